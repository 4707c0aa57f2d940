package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/observation"
	"github.com/kubestrata/kubestrata/internal/trace"
)

type traceOptions struct {
	objects
	streams
	from, via, output string
	printed           string
	assume            []string
}

var outputs = []string{"text", "json", "yaml", "markdown"}

func traceCommand(s streams) *cobra.Command {
	o := &traceOptions{streams: s}
	o.stdin = s.in
	cmd := &cobra.Command{
		Use:   "trace [flags] -- COMMAND",
		Short: "Say what happens to a request, hop by hop, and which object decides",
		Long: "COMMAND is what a person would type at the source: curl, wget, nc, ping, nslookup, dig or host, also behind\n" +
			"`kubectl exec POD --`, as words or as one quoted line.\n\n" +
			"Exit status: 0 the request is answered, 1 this program failed, 2 wrong usage, 3 the request fails, 4 it cannot be told.",
		Example: "  kubestrata trace --from pod/default/client -- curl http://web/\n" +
			"  kubestrata trace --world tour --from lan/laptop -o json -- curl http://192.168.10.11:30080/",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("which request? put it behind --, as in: kubestrata trace --from pod/default/client -- curl http://web/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), cmd.Flags(), args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&o.from, "from", "", "Where the request starts: pod/NAMESPACE/NAME, node/NAME, lan[/NAME], internet[/NAME] or ip/IP")
	fs.StringVar(&o.via, "via", "", "node/NAME at which a packet from outside arrives, where its destination does not say")
	fs.StringArrayVar(&o.assume, "assume", nil, "KEY=VALUE that objects may not show, for example proxy-mode=nftables (may be repeated)")
	fs.StringVarP(&o.output, "output", "o", "text", "text, json, yaml or markdown")
	fs.StringVar(&o.printed, "printed", "", "File with what the client really printed, or -; says whether that agrees, or what explains the difference")
	o.bind(fs)
	return cmd
}

func (o *traceOptions) run(ctx context.Context, fs *pflag.FlagSet, command []string) error {
	if !slices.Contains(outputs, o.output) {
		return usage("-o %s: want text, json, yaml or markdown", o.output)
	}
	assume, err := facts.ParseGiven(o.assume)
	if err != nil {
		return usage("--assume: %w", err)
	}
	namespace, err := o.ownNamespace(fs)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	view, err := o.read(ctx, o.streams)
	if err != nil {
		return err
	}
	t, err := trace.Run(view, trace.Ask{From: o.from, Via: o.via, Assume: assume, Command: command, Namespace: namespace})
	var ask *trace.AskError
	if errors.As(err, &ask) {
		return usage("%w", err)
	}
	if err != nil {
		return err
	}
	if err := o.write(t); err != nil {
		return err
	}
	if err := o.judge(t); err != nil {
		return err
	}
	if status := t.ExitCode(); status != 0 {
		return &exit{status: status}
	}
	return nil
}

// ownNamespace takes -n for a request: it says in which namespace pod/NAME is, and the request's way may lead through any
// other, so that nothing is left out of what is read. It goes with files and worlds as well.
func (o *objects) ownNamespace(fs *pflag.FlagSet) (string, error) {
	list := o.kube.Namespaces()
	if len(list) == 0 {
		return "", nil
	}
	if len(list) > 1 {
		return "", usage("-n: a request has one namespace, not %d", len(list))
	}
	namespace := list[0]
	if all, ok := fs.Lookup("namespace").Value.(pflag.SliceValue); ok {
		if err := all.Replace(nil); err != nil {
			return "", err
		}
	}
	return namespace, nil
}

func (o *traceOptions) write(t *trace.Trace) error {
	var text string
	switch o.output {
	case "text":
		text = trace.Text(t, textOptions(o.out))
	case "markdown":
		text = trace.Markdown(t)
	default:
		b, err := t.JSON()
		if err != nil {
			return err
		}
		if o.output == "yaml" {
			if b, err = yaml.JSONToYAML(b); err != nil {
				return err
			}
		}
		text = string(b)
	}
	_, err := io.WriteString(o.out, text)
	return err
}

// judge holds the trace against what a client printed. What it says belongs to the text, and not into JSON or YAML: a
// trace is the same whatever happened.
func (o *traceOptions) judge(t *trace.Trace) error {
	if o.printed == "" {
		return nil
	}
	text, err := readInput(o.printed, o.in, observation.MaxText)
	if err != nil {
		return fmt.Errorf("--printed: %w", err)
	}
	saw, err := observation.Read(t.Verdict.Client.Program, string(text))
	if err != nil {
		return usage("--printed %s: %w", o.printed, err)
	}
	to := o.out
	if o.output == "json" || o.output == "yaml" {
		to = o.err
	}
	_, err = fmt.Fprintf(to, "\n%s\n", observation.Compare(t, saw).Sentence)
	return err
}

// readInput reads a file, or standard input where the name is -, up to most bytes.
func readInput(name string, stdin io.Reader, most int64) ([]byte, error) {
	from := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("%s: more than the %d bytes that are read", name, most)
	}
	return b, err
}

// textOptions looks at where the text goes: colours are for terminals, and not for those who set NO_COLOR.
func textOptions(w io.Writer) trace.TextOptions {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return trace.TextOptions{}
	}
	o := trace.TextOptions{Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		o.Width = min(width, 140)
	}
	return o
}
