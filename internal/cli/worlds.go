package cli

import (
	"encoding/json"
	"fmt"
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
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func printJSON(s streams, value any) error {
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(value)
}
