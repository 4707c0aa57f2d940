// Package cli is the command line: it reads flags, puts the parts together, and says by its exit status how it went.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// streams are the standard streams of a run.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit is an error that carries its exit status. What it says has been printed where quiet is set.
type exit struct {
	status int
	err    error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exit{trace.ExitUsage, fmt.Errorf(format, args...)}
}

// Main runs the command line and returns the exit status. args begin with the name of the program. Results go to stdout,
// everything else to stderr. SIGINT and SIGTERM end it in good order.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand(name(args), streams{stdin, stdout, stderr})
	if len(args) > 0 {
		args = args[1:]
	}
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	status := trace.ExitFailed
	var e *exit
	if errors.As(err, &e) {
		status = e.status
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "kubestrata:", text)
	}
	return status
}

// name is how the program is called in its help: `kubectl strata` where kubectl runs it as a plugin.
func name(args []string) string {
	if len(args) == 0 {
		return "kubestrata"
	}
	base := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if plugin, ok := strings.CutPrefix(base, "kubectl-"); ok {
		return "kubectl " + strings.ReplaceAll(plugin, "_", "-")
	}
	return "kubestrata"
}

func rootCommand(name string, s streams) *cobra.Command {
	serve := &serveCommand{streams: s}
	root := &cobra.Command{
		Use:   "kubestrata",
		Short: "See a cluster's network in layers, and trace a request through it",
		Long: "Kubestrata shows a Kubernetes cluster's network live in a browser: the Internet, the LAN of the nodes, and the inner\n" +
			"cluster with its service network and its pod network. Without a subcommand it serves that page. Without a cluster it\n" +
			"shows an example world.",
		Example:       "  " + name + "\n  " + name + " -f manifests/ --open\n  " + name + " trace --from pod/default/client -- curl http://web/",
		Args:          noArguments,
		SilenceUsage:  true,
		SilenceErrors: true,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: name},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve.run(cmd.Context(), cmd.Flags())
		},
	}
	serve.bind(root.Flags())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w; see %s --help", err, cmd.CommandPath())
	})
	alias := &cobra.Command{
		Use: "serve", Short: "Serve the page (what happens without a subcommand)", Args: noArguments,
	}
	again := &serveCommand{streams: s}
	again.bind(alias.Flags())
	alias.RunE = func(cmd *cobra.Command, _ []string) error { return again.run(cmd.Context(), cmd.Flags()) }
	root.AddCommand(alias, traceCommand(s), checkCommand(s), whoCanReachCommand(s), reachableFromCommand(s), worldsCommand(s), versionCommand(s))
	speak(root)
	return root
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("unknown command %q; see %s --help", args[0], cmd.CommandPath())
	}
	return nil
}
