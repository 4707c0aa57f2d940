//go:build linux

package dataplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/dataplane/echo"
	"github.com/kubestrata/kubestrata/testbed/dataplane/plane"
	"github.com/kubestrata/kubestrata/testbed/dataplane/probe"
)

// Options say what to play.
type Options struct {
	Variant Variant
	// Keep is a directory for the worlds of which something was predicted wrongly; "" for none.
	Keep string
	// Progress receives what goes on, a line at a time.
	Progress io.Writer
}

// nodeCount is how many nodes there are: enough for "here" and "elsewhere".
const nodeCount = 2

// A Bed is a running cluster with its data plane.
type Bed struct {
	options  Options
	dir      string
	control  *controlplane.Cluster
	config   *rest.Config
	client   kubernetes.Interface
	network  *plane.Network
	programs *plane.Programs
	machines map[string]*probe.Machine // by source, as a trace names it
	servers  []*echo.Server
	store    *cluster.Store
	stop     context.CancelFunc
	followed chan error
	barriers int
	dns      *plane.Pod
	traefik  *plane.Pod
	watch    *plane.Pod // by which the end of changes is marked
}

// Start starts all of it. Stop must be called whatever it returns.
func Start(ctx context.Context, options Options) (*Bed, error) {
	b := &Bed{options: options, machines: map[string]*probe.Machine{}}
	for _, step := range []func(context.Context) error{b.startControlPlane, b.layNetwork, b.setUp, b.startPrograms, b.follow} {
		if err := step(ctx); err != nil {
			return b, err
		}
	}
	return b, nil
}

// Stop ends all of it.
func (b *Bed) Stop() error {
	var errs []error
	if b.stop != nil {
		b.stop()
		errs = append(errs, <-b.followed)
	}
	if b.programs != nil {
		b.programs.Stop()
	}
	for _, s := range b.servers {
		s.Close()
	}
	if b.network != nil {
		errs = append(errs, b.network.Close())
	}
	if b.control != nil {
		errs = append(errs, b.control.Stop())
	}
	if b.dir != "" {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	return errors.Join(errs...)
}

func (b *Bed) startControlPlane(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp("", "kubestrata-dataplane-"); err != nil {
		return err
	}
	if b.control, err = controlplane.Start(ctx, controlplane.Options{Nodes: nodeCount, Progress: b.options.Progress}); err != nil {
		return err
	}
	if b.config, err = clientcmd.BuildConfigFromFlags("", b.control.Kubeconfig); err != nil {
		return fmt.Errorf("read the testbed's kubeconfig: %w", err)
	}
	b.config.QPS = -1
	b.config.WarningHandler = rest.NoWarnings{} // worlds have deprecated fields on purpose
	if b.client, err = kubernetes.NewForConfig(b.config); err != nil {
		return err
	}
	return b.control.StartControllers()
}

func (b *Bed) layNetwork(ctx context.Context) (err error) {
	if b.network, err = plane.New(ctx, b.control.PodCIDR, nodeCount); err != nil {
		return err
	}
	// Neither the laptop nor the nodes have a resolver: only hosts files, which name nothing.
	const none, loopback = "", "127.0.0.1 localhost\n"
	for source, n := range map[string]*plane.Node{"node/node-1": b.network.Nodes[0], "node/node-2": b.network.Nodes[1]} {
		if b.machines[source], err = probe.NewMachine(n.Namespace, b.dir, none, loopback); err != nil {
			return err
		}
	}
	if b.machines["lan/laptop"], err = probe.NewMachine(b.network.Laptop, b.dir, none, loopback); err != nil {
		return err
	}
	if b.machines["internet/server"], err = probe.NewMachine(b.network.Internet, b.dir, none, loopback); err != nil {
		return err
	}
	for name, m := range map[string]string{"laptop": "lan/laptop", "server": "internet/server"} {
		s, err := echo.Serve(b.machines[m].Namespace, name, []int{80}, nil)
		if err != nil {
			return err
		}
		b.servers = append(b.servers, s)
	}
	return nil
}

func (b *Bed) startPrograms(ctx context.Context) error {
	set, err := binaries.EnsureDataPlane(ctx, b.options.Progress)
	if err != nil {
		return err
	}
	api, err := url.Parse(b.config.Host)
	if err != nil {
		return err
	}
	b.programs = &plane.Programs{
		KubeProxy: set.KubeProxy, CoreDNS: set.CoreDNS,
		Kubeconfig: b.control.Kubeconfig, APIServer: api.Host, Dir: b.dir,
	}
	for i, node := range b.network.Nodes {
		if err := b.programs.StartProxy(node, proxyConfiguration(b.options.Variant, b.control, i)); err != nil {
			return err
		}
	}
	if err := b.programs.StartResolver(b.network.Internet, internetCorefile); err != nil {
		return err
	}
	if b.dns, err = b.addPod(ctx, dnsPod); err != nil {
		return err
	}
	if err := b.programs.StartDNS(b.dns, withKubeconfig(corefile, b.control.Kubeconfig)); err != nil {
		return err
	}
	if b.watch, err = b.addPod(ctx, watchPod); err != nil {
		return err
	}
	server, err := echo.Serve(b.watch.Namespace, watchPod.Name, []int{8080}, nil)
	if err != nil {
		return err
	}
	b.servers = append(b.servers, server)
	if b.options.Variant.Proxy != NoProxy {
		if err := b.startTraefik(ctx); err != nil {
			return err
		}
	}
	return b.settle(ctx)
}

// follow keeps a model of the cluster, as `kubestrata` does.
func (b *Bed) follow(context.Context) error {
	around, err := surroundings.Decode("surroundings", []byte(surroundingsText))
	if err != nil {
		return err
	}
	var flags kube.Flags
	set := pflag.NewFlagSet("kubestrata", pflag.ContinueOnError)
	flags.Bind(set)
	if err := set.Parse([]string{"--kubeconfig", b.control.Kubeconfig}); err != nil {
		return err
	}
	config, err := flags.Load()
	if err != nil {
		return err
	}
	source, err := config.Open("")
	if err != nil {
		return err
	}
	b.store = cluster.NewStore(source.Info(), nil)
	b.store.Update(func(w *cluster.Writer) { w.SetSurroundings(around) })
	ctx, cancel := context.WithCancel(context.Background())
	b.stop, b.followed = cancel, make(chan error, 1)
	go func() { b.followed <- source.Run(ctx, b.store) }()
	return nil
}
