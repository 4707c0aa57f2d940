package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/check"
	"github.com/kubestrata/kubestrata/internal/trace"
)

type checkOptions struct {
	objects
	streams
	output string
}

func checkCommand(s streams) *cobra.Command {
	o := &checkOptions{streams: s}
	o.stdin = s.in
	cmd := &cobra.Command{
		Use:   "check [flags] FILE...",
		Short: "Trace the requests of a file and hold each against the end that is expected of it",
		Long: "FILE holds requests and what is expected of them:\n\n" +
			"  apiVersion: kubestrata.io/v1alpha1\n" +
			"  kind: Check\n" +
			"  from: pod/shop/frontend            # for requests that do not say otherwise; so are via and assume\n" +
			"  requests:\n" +
			"  - command: curl http://api:8080/\n" +
			"    expect: answered                 # a class, or a list of classes\n" +
			"  - name: nobody else reaches the API\n" +
			"    from: pod/shop/other\n" +
			"    command: curl http://api:8080/\n" +
			"    expect: {class: no-answer, reason: policy.ingress-denied, decidedBy: NetworkPolicy/shop/api}\n\n" +
			"  reach:\n" +
			"  - target: service/shop/api         # exactly these reach it (nodes and their host-network pods aside)\n" +
			"    port: \"8080\"\n" +
			"    only: [deployment/shop/frontend, lan]\n\n" +
			"Further fields of expect: certainty, httpStatus, endpoint (NAMESPACE/POD or an address, * at its end), sourceSeen.\n\n" +
			"Exit status: 0 all is as expected, 1 this program failed, 2 wrong usage or a mistake in FILE, 3 something differs.",
		Example: "  kubestrata check -f rendered/ checks.yaml\n  kubestrata check --world tour -o json checks.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("which file holds the requests? as in: kubestrata check -f manifests/ checks.yaml")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "text", "text, json or yaml")
	o.bind(cmd.Flags())
	return cmd
}

func (o *checkOptions) run(ctx context.Context, names []string) error {
	if o.output != "text" && o.output != "json" && o.output != "yaml" {
		return usage("-o %s: want text, json or yaml", o.output)
	}
	if err := o.check(); err != nil {
		return err
	}
	var files []*check.File
	var wrong []error
	for _, name := range names {
		data, err := readInput(name, o.in, check.MaxSize)
		if err != nil {
			return err
		}
		f, err := check.Decode(name, data)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		files = append(files, f)
	}
	if len(wrong) > 0 {
		return usage("%w", errors.Join(wrong...))
	}
	view, err := o.read(ctx, o.streams)
	if err != nil {
		return err
	}
	report := check.Run(view, files)
	if err := writeAs(o.out, o.output, report, func() string { return check.Text(report) }); err != nil {
		return err
	}
	if report.Failed > 0 {
		return &exit{status: trace.ExitFails}
	}
	return nil
}

// writeAs writes an answer as text, JSON or YAML.
func writeAs(w io.Writer, form string, answer any, text func() string) error {
	if form == "text" {
		_, err := io.WriteString(w, text())
		return err
	}
	b, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	b = append(b, '\n')
	if form == "yaml" {
		if b, err = yaml.JSONToYAML(b); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	}
	_, err = w.Write(b)
	return err
}
