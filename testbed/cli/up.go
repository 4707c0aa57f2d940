package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/fill"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// shape is how large a cluster shall be.
type shape struct {
	nodes, pods, services int
}

func (s *shape) bind(flags *flag.FlagSet) {
	flags.IntVar(&s.nodes, "nodes", 3, "how many nodes")
	flags.IntVar(&s.pods, "pods", 0, "how many pods to fill it with")
	flags.IntVar(&s.services, "services", 0, "how many services to fill it with")
}

func up(ctx context.Context, args []string, stdout, stderr io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("testbed up", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var size shape
	size.bind(flags)
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	start := time.Now()
	cluster, err := controlplane.Start(ctx, controlplane.Options{Nodes: size.nodes, Progress: stderr})
	if err != nil {
		return 1, err
	}
	defer func() {
		if stopErr := cluster.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err := populate(ctx, cluster, size, stderr); err != nil {
		return 1, err
	}
	fmt.Fprintf(stderr, "testbed: %d nodes, %d pods and %d services ready after %.1f s\n",
		size.nodes, size.pods, size.services, time.Since(start).Seconds())
	fmt.Fprintf(stdout, "export KUBECONFIG=%s\n", cluster.Kubeconfig)
	select {
	case <-ctx.Done():
		return 0, nil
	case err := <-cluster.Failed():
		return 1, err
	}
}

// populate starts the controllers on a cluster of this shape and returns when it has settled.
func populate(ctx context.Context, cluster *controlplane.Cluster, size shape, stderr io.Writer) error {
	config, err := cluster.Config()
	if err != nil {
		return err
	}
	if size.pods == 0 && size.services == 0 {
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		if err := cluster.StartControllers(); err != nil {
			return err
		}
		if err := nodes.Create(ctx, client, cluster.PodCIDR, size.nodes); err != nil {
			return err
		}
		return nodes.WaitReady(ctx, client, size.nodes)
	}
	filling, err := fill.Write(ctx, config, cluster.PodCIDR, fill.Size{Nodes: size.nodes, Pods: size.pods, Services: size.services}, stderr)
	if err != nil {
		return err
	}
	if err := cluster.StartControllers(); err != nil {
		return err
	}
	return filling.WaitSettled(ctx)
}
