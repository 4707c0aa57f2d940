package harness

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/kubestrata/kubestrata/testbed/addons"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/fill"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// Options say what private control plane to start.
type Options struct {
	// Nodes is how many nodes to play; 0 stands for three.
	Nodes int
	// Pods and Services fill it.
	Pods, Services int
	// PodCIDR is the pod network; "" stands for the testbed's own choice.
	PodCIDR string
	// Addons sets up cluster DNS and the configuration of kube-proxy.
	Addons bool
}

// A Private control plane belongs to one test, which may do to it what it likes.
type Private struct {
	*Cluster
	ControlPlane *controlplane.Cluster
}

// StartPrivate starts a control plane for one test, and ends it when the test ends.
func StartPrivate(t testing.TB, options Options) *Private {
	t.Helper()
	if options.Nodes == 0 {
		options.Nodes = 3
	}
	// Filling takes a second for some 400 pods on two cores, and the machine may be busy.
	ctx := bounded(t, "start a private testbed", patience+time.Duration(options.Pods)*10*time.Millisecond)
	control, err := controlplane.Start(ctx, controlplane.Options{Nodes: options.Nodes, PodCIDR: options.PodCIDR, Progress: progress(t)})
	check(t, ctx, err)
	t.Cleanup(func() {
		if err := control.Stop(); err != nil {
			t.Errorf("stop the private testbed: %v", err)
		}
	})
	p := &Private{Cluster: connect(t, control.Kubeconfig), ControlPlane: control}
	p.populate(t, ctx, options)
	if options.Addons {
		check(t, ctx, addons.Apply(ctx, p.Config, control.PodCIDR, progress(t)))
	}
	return p
}

func (p *Private) populate(t testing.TB, ctx context.Context, options Options) {
	t.Helper()
	if options.Pods == 0 && options.Services == 0 {
		check(t, ctx, p.ControlPlane.StartControllers())
		check(t, ctx, nodes.Create(ctx, p.Client, p.ControlPlane.PodCIDR, options.Nodes))
		check(t, ctx, nodes.WaitReady(ctx, p.Client, options.Nodes))
		return
	}
	size := fill.Size{Nodes: options.Nodes, Pods: options.Pods, Services: options.Services}
	filling, err := fill.Write(ctx, p.Config, p.ControlPlane.PodCIDR, size, progress(t))
	check(t, ctx, err)
	check(t, ctx, p.ControlPlane.StartControllers())
	check(t, ctx, filling.WaitSettled(ctx))
}

// progress shows what goes on when tests are run with -v, as that is when somebody looks.
func progress(t testing.TB) interface{ Write([]byte) (int, error) } {
	if testing.Verbose() {
		return os.Stderr
	}
	return t.Output()
}

// StopAPIServer ends the API server as a crash would; connections break, and its port refuses new ones.
func (p *Private) StopAPIServer(t testing.TB) {
	t.Helper()
	p.ControlPlane.StopAPIServer()
}

// StartAPIServer starts the API server again, on the same port and with the same data, and waits until it is ready.
func (p *Private) StartAPIServer(t testing.TB) {
	t.Helper()
	ctx := Context(t, "start the API server again")
	check(t, ctx, p.ControlPlane.StartAPIServer(ctx))
}
