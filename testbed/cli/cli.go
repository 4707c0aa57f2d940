// Package cli holds the commands of the testbed.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

const usage = `testbed starts a real Kubernetes control plane on this machine: etcd, kube-apiserver,
kube-controller-manager, kube-scheduler, and KWOK, which plays the nodes and their pods.

Usage:
  testbed [up] [flags]                      start it, print its kubeconfig, and keep it until interrupted
  testbed build                             only build what it needs; this happens once
  testbed classroom [flags] -- COMMAND ...  start it with objects, and run a command on it

Flags of a command: testbed COMMAND -h
`

// A command returns the exit code of the program.
type command func(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error)

// Main runs the program and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	commands := map[string]command{"up": up, "build": build, "classroom": classroom}
	name := "up"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}
	if len(args) > 0 && name == "up" && (args[0] == "-h" || args[0] == "--help") || name == "help" {
		fmt.Fprint(stderr, usage, "\n")
		if name == "help" {
			return 0
		}
	}
	run, ok := commands[name]
	if !ok {
		fmt.Fprintf(stderr, "testbed: there is no command %q\n\n%s", name, usage)
		return 2
	}

	if runtime.GOOS != "linux" {
		fmt.Fprintln(stderr, "testbed: it runs on Linux only, where the kernel ends what it started when it is killed; use a Linux machine or VM")
		return 1
	}
	ctx, stop := interruptible(context.Background())
	defer stop()
	code, err := run(ctx, args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil && ctx.Err() != nil:
		fmt.Fprintln(stderr, "testbed: stopped")
		return 130
	case err != nil:
		fmt.Fprintf(stderr, "testbed: %v\n", err)
		if code == 0 {
			code = 1
		}
	}
	return code
}

// An interrupt is the signal that ended a context.
type interrupt struct{ syscall.Signal }

func (i interrupt) Error() string { return i.String() }

// interruptible returns a context that ends with the first signal that asks the program to end; its cause is the interrupt.
func interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	// A hangup is what a closed terminal sends, and a broken pipe means that nobody reads any more what is printed;
	// without this it would be left to the next start to clean up.
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		if sig, ok := (<-signals).(syscall.Signal); ok {
			cancel(interrupt{sig})
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}
