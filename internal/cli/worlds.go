package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kubestrata/kubestrata/internal/world"
)

func worldsCommand(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "worlds", Short: "List the embedded worlds: example clusters that need no cluster", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			switch output {
			case "json":
				return printJSON(s, world.List())
			case "text":
				t := tabwriter.NewWriter(s.out, 0, 0, 3, ' ', 0)
				fmt.Fprintln(t, "NAME\tSTATES\tTITLE")
				for _, w := range world.List() {
					fmt.Fprintf(t, "%s\t%d\t%s\n", w.Name, max(1, len(w.States)), w.Title)
					for _, v := range w.Variants {
						fmt.Fprintf(t, "%s/%s\t%d\t%s\n", w.Name, v.Name, max(1, len(v.States)), v.Title)
					}
				}
				return t.Flush()
			}
			return usage("-o %s: want text or json", output)
		},
	}
	cmd.AddCommand(exportCommand(s))
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func exportCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "export NAME DIRECTORY",
		Short: "Write a world's objects (objects.yaml) and its surroundings (surroundings.yaml) into a directory",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("want NAME and DIRECTORY")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			manifests, around, err := world.Export(args[0])
			if err != nil {
				return usage("%v", err)
			}
			if err := os.MkdirAll(args[1], 0o755); err != nil {
				return err
			}
			for name, content := range map[string][]byte{"objects.yaml": manifests, "surroundings.yaml": around} {
				path := filepath.Join(args[1], name)
				if err := os.WriteFile(path, content, 0o644); err != nil {
					return err
				}
				fmt.Fprintln(s.err, "wrote", path)
			}
			return nil
		},
	}
}

func printJSON(s streams, value any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}
