package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
)

type reachOptions struct {
	objects
	streams
	ask    reach.Ask
	assume []string
	output string
	answer func(*cluster.View, reach.Ask) (*reach.Answer, error)
}

func whoCanReachCommand(s streams) *cobra.Command {
	o := &reachOptions{streams: s, answer: reach.WhoCanReach}
	cmd := o.command("who-can-reach [flags] TARGET", "Say who in and around the cluster can reach a thing, and which policy keeps the others away",
		"TARGET is pod/NAMESPACE/NAME, service/NAMESPACE/NAME, deployment/NAMESPACE/NAME (likewise statefulset, daemonset, replicaset,\n"+
			"job), node/NAME, ingress/HOST[/PATH], gateway/HOST[/PATH] or ip/ADDRESS.",
		"  kubestrata who-can-reach service/shop/db --port 5432\n  kubestrata who-can-reach --world tour deployment/default/web")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.ask.Target = args[0]
		return o.run(cmd.Context(), cmd.Flags())
	}
	return cmd
}

func reachableFromCommand(s streams) *cobra.Command {
	o := &reachOptions{streams: s, answer: reach.ReachableFrom}
	cmd := o.command("reachable-from [flags] SOURCE", "Say what a source can reach, and which policy keeps it from the rest",
		"SOURCE is written as --from of a trace: pod/NAMESPACE/NAME, node/NAME, lan[/NAME], internet[/NAME] or ip/IP. Without --port the\n"+
			"declared ports of each thing are tried.",
		"  kubestrata reachable-from pod/shop/frontend\n  kubestrata reachable-from --world tour internet")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.ask.Source = args[0]
		return o.run(cmd.Context(), cmd.Flags())
	}
	return cmd
}

func (o *reachOptions) command(use, short, long, example string) *cobra.Command {
	o.stdin = o.in
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example,
		Long: long + "\n\nEach group of the answer names the trace that explains one of its pairs.\n\n" +
			"Exit status: 0 there is an answer, 1 this program failed, 2 wrong usage.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("one thing to ask about, as in: kubestrata %s", use)
			}
			return nil
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&o.ask.Port, "port", "", "Number or name of the port that is asked for")
	fs.StringVar(&o.ask.Protocol, "protocol", "", "TCP (default), UDP or SCTP")
	fs.StringArrayVar(&o.assume, "assume", nil, "KEY=VALUE that objects may not show, as for trace (may be repeated)")
	fs.StringVarP(&o.output, "output", "o", "text", "text, json or yaml")
	o.bind(fs)
	return cmd
}

func (o *reachOptions) run(ctx context.Context, fs *pflag.FlagSet) error {
	if o.output != "text" && o.output != "json" && o.output != "yaml" {
		return usage("-o %s: want text, json or yaml", o.output)
	}
	given, err := facts.ParseGiven(o.assume)
	if err != nil {
		return usage("--assume: %w", err)
	}
	o.ask.Assume = given
	if len(o.paths) > 0 || o.world != "" {
		if o.ask.Namespace, err = o.ownNamespace(fs); err != nil {
			return err
		}
	}
	if err := o.check(); err != nil {
		return err
	}
	if list := o.kube.Namespaces(); len(list) == 1 {
		o.ask.Namespace = list[0]
	}
	view, err := o.read(ctx, o.streams)
	if err != nil {
		return err
	}
	a, err := o.answer(view, o.ask)
	var wrong *reach.Error
	var ask *trace.AskError
	if errors.As(err, &wrong) || errors.As(err, &ask) {
		return usage("%w", err)
	}
	if err != nil {
		return err
	}
	return writeAs(o.out, o.output, a, func() string { return reach.Text(a) })
}
