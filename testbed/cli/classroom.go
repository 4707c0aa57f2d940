package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/objects"
	"github.com/kubestrata/kubestrata/testbed/process"
)

// farewell is how long the command may take to end after it was asked to.
const farewell = 10 * time.Second

func classroom(ctx context.Context, args []string, _, stderr io.Writer) (code int, err error) {
	flags := flag.NewFlagSet("testbed classroom", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "Usage: testbed classroom [flags] -- COMMAND [ARGUMENT ...]")
		flags.PrintDefaults()
	}
	var size shape
	size.bind(flags, -1)
	var second grant
	second.bind(flags)
	withAddons := addonsFlag(flags, false, "; the objects may bring their own")
	path := flags.String("objects", "", "a YAML file, or a directory of them, with what the cluster shall hold")
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	command := flags.Args()
	if len(command) == 0 {
		return 2, errors.New("classroom needs a command to run, after --")
	}
	var documents []objects.Document
	if *path != "" {
		if documents, err = objects.Read(*path); err != nil {
			return 1, err
		}
	}
	if size.Nodes < 0 {
		size.Nodes = defaultNodes(documents)
	}

	cluster, err := controlplane.Start(ctx, controlplane.Options{
		Nodes: max(size.Nodes, objects.Count(documents, "Node")), PodCIDR: size.podCIDR, Progress: stderr,
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	if err := furnish(ctx, cluster, size, documents, stderr); err != nil {
		return 1, err
	}
	if *withAddons {
		if err := setUpAddons(ctx, cluster, stderr); err != nil {
			return 1, err
		}
	}
	kubeconfig, err := second.kubeconfig(ctx, cluster, stderr)
	if err != nil {
		return 1, err
	}
	if kubeconfig == "" {
		kubeconfig = cluster.Kubeconfig
	}
	fmt.Fprintf(stderr, "testbed: use it with: export KUBECONFIG=%s\n", cluster.Kubeconfig)
	return attend(ctx, cluster, command, kubeconfig)
}

// defaultNodes is none if the objects bring their own.
func defaultNodes(documents []objects.Document) int {
	if objects.Count(documents, "Node") > 0 {
		return 0
	}
	return 3
}

// furnish fills the cluster, then applies the objects.
func furnish(ctx context.Context, cluster *controlplane.Cluster, size shape, documents []objects.Document, stderr io.Writer) error {
	if err := size.populate(ctx, cluster, stderr); err != nil {
		return err
	}
	if len(documents) == 0 {
		return nil
	}
	config, err := cluster.Config()
	if err != nil {
		return err
	}
	applier, err := objects.NewApplier(config, stderr)
	if err != nil {
		return err
	}
	return applier.Apply(ctx, documents)
}

// attend runs the command until it, the control plane or the patience of the user ends.
// Signals go to the command, whose exit code is the classroom's.
func attend(ctx context.Context, cluster *controlplane.Cluster, command []string, kubeconfig string) (int, error) {
	wd, err := os.Getwd()
	if err != nil {
		return 1, err
	}
	run, err := process.Start(process.Spec{
		Name: command[0],
		Path: command[0],
		Args: command[1:],
		Dir:  wd,
		Env:  append(environWithout("KUBECONFIG"), "KUBECONFIG="+kubeconfig),
		Mark: cluster.Mark(),
	})
	if err != nil {
		return 127, err
	}
	select {
	case <-run.Done():
		return run.ExitCode(), nil
	case err := <-cluster.Failed():
		run.Stop(context.Background(), farewell)
		return 1, err
	case <-ctx.Done():
		var why interrupt
		if !errors.As(context.Cause(ctx), &why) || why.Signal == syscall.SIGPIPE {
			why.Signal = syscall.SIGTERM // a broken pipe is the testbed's own affair
		}
		run.Signal(why.Signal)
		select {
		case <-run.Done():
		case <-time.After(farewell):
			run.Stop(context.Background(), 0)
		}
		return run.ExitCode(), nil
	}
}

func environWithout(name string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, name+"=") {
			env = append(env, kv)
		}
	}
	return env
}
