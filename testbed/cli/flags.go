package cli

import (
	"context"
	"flag"
	"io"

	"k8s.io/client-go/kubernetes"

	"github.com/kubestrata/kubestrata/testbed/access"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/fill"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// shape says how large a cluster shall be.
type shape struct {
	fill.Size
	podCIDR string
}

func (s *shape) bind(flags *flag.FlagSet, defaultNodes int) {
	flags.IntVar(&s.Nodes, "nodes", defaultNodes, "how many nodes")
	flags.IntVar(&s.Pods, "pods", 0, "how many pods to fill it with")
	flags.IntVar(&s.Services, "services", 0, "how many services to fill it with")
	flags.StringVar(&s.podCIDR, "pod-cidr", "", "the pod network (default 10.244.0.0/16, or 10.128.0.0/9 for more than 250 nodes)")
}

// addonsFlag says whether to set up cluster DNS and the configuration of kube-proxy.
func addonsFlag(flags *flag.FlagSet, byDefault bool, when string) *bool {
	return flags.Bool("addons", byDefault, "set up cluster DNS and the configuration of kube-proxy as kubeadm does"+when)
}

// populate starts the controllers on a cluster of this shape and returns when it has settled.
func (s *shape) populate(ctx context.Context, cluster *controlplane.Cluster, progress io.Writer) error {
	config, err := cluster.Config()
	if err != nil {
		return err
	}
	if s.Pods == 0 && s.Services == 0 {
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		if err := cluster.StartControllers(); err != nil {
			return err
		}
		if err := nodes.Create(ctx, client, cluster.PodCIDR, s.Nodes); err != nil {
			return err
		}
		return nodes.WaitReady(ctx, client, s.Nodes)
	}
	filling, err := fill.Write(ctx, config, cluster.PodCIDR, s.Size, progress)
	if err != nil {
		return err
	}
	if err := cluster.StartControllers(); err != nil {
		return err
	}
	return filling.WaitSettled(ctx)
}

// grant says for which ServiceAccount to make a second kubeconfig.
type grant struct {
	account, roles string
}

func (g *grant) bind(flags *flag.FlagSet) {
	flags.StringVar(&g.account, "serviceaccount", "", "NAMESPACE/NAME of a ServiceAccount to write a second kubeconfig for")
	flags.StringVar(&g.roles, "clusterrole", "", "a YAML file with the roles and bindings of that ServiceAccount")
}

// kubeconfig returns the path of the second kubeconfig, or "" if none is wanted.
func (g *grant) kubeconfig(ctx context.Context, cluster *controlplane.Cluster, progress io.Writer) (string, error) {
	if g.account == "" {
		return "", nil
	}
	account, err := access.ParseAccount(g.account)
	if err != nil {
		return "", err
	}
	config, err := cluster.Config()
	if err != nil {
		return "", err
	}
	return access.Grant(ctx, config, account, g.roles, cluster.Dir, progress)
}
