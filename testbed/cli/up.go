package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/kubestrata/kubestrata/testbed/addons"
	"github.com/kubestrata/kubestrata/testbed/anchor"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
)

func up(ctx context.Context, args []string, stdout, stderr io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("testbed up", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var size shape
	size.bind(flags, 3)
	var second grant
	second.bind(flags)
	withAddons := addonsFlag(flags, true, "")
	anchors := flags.String("anchors", "", "a directory; end when no process named there is alive")
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	if flags.NArg() > 0 {
		return 2, fmt.Errorf("up takes no arguments, but got %q", flags.Args())
	}

	start := time.Now()
	cluster, err := controlplane.Start(ctx, controlplane.Options{Nodes: size.Nodes, PodCIDR: size.podCIDR, Progress: stderr})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err := size.populate(ctx, cluster, stderr); err != nil {
		return 1, err
	}
	// Without a node, cluster DNS would never be ready.
	if *withAddons && size.Nodes > 0 {
		if err := setUpAddons(ctx, cluster, stderr); err != nil {
			return 1, err
		}
	}
	restricted, err := second.kubeconfig(ctx, cluster, stderr)
	if err != nil {
		return 1, err
	}
	fmt.Fprintf(stderr, "testbed: %d nodes, %d pods and %d services ready after %.1f s\n",
		size.Nodes, size.Pods, size.Services, time.Since(start).Seconds())
	exports := fmt.Sprintf("export KUBECONFIG=%s\n", cluster.Kubeconfig)
	if restricted != "" {
		exports += fmt.Sprintf("export KUBESTRATA_KUBECONFIG=%s\n", restricted)
	}
	if _, err := io.WriteString(stdout, exports); err != nil {
		return 1, fmt.Errorf("print the kubeconfig: %w", err)
	}

	abandoned := make(chan error, 1)
	if *anchors != "" {
		go func() { abandoned <- anchor.Wait(ctx, *anchors) }()
	} else {
		fmt.Fprintln(stderr, "testbed: running until interrupted")
	}
	select {
	case <-ctx.Done():
		return 0, nil
	case err := <-abandoned:
		return 0, err
	case err := <-cluster.Failed():
		return 1, err
	}
}

func setUpAddons(ctx context.Context, cluster *controlplane.Cluster, stderr io.Writer) error {
	config, err := cluster.Config()
	if err != nil {
		return err
	}
	return addons.Apply(ctx, config, cluster.PodCIDR, stderr)
}
