package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/kubestrata/kubestrata/static"
)

// version is what this program was built from.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Page     string `json:"page"` // hash of the page's files
}

// release is set by -ldflags where a build has no module version of its own: in the image.
var release string

func versionNow() version {
	v := version{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Page: static.Hash()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = m
	}
	if release != "" {
		v.Version = release
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.time":
			v.Time = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// build names the build: a page that was served by another one reloads.
func (v version) build() string { return v.Version + "-" + v.Page }

func versionCommand(s streams) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			v := versionNow()
			switch output {
			case "json":
				return printJSON(s, v)
			case "text":
				_, err := fmt.Fprintf(s.out, "kubestrata %s (%s, %s)\n", v.Version, v.Go, v.Platform)
				return err
			}
			return usage("-o %s: want text or json", output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}
