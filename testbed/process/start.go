// Package process starts the programs of a testbed so that none outlives it:
// not when it ends, not when it is killed, and not when the machine was too busy to notice.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Marker is the environment variable that every process of a testbed, and every process that those start, carries.
// It holds the testbed's name. It finds what has left its parent behind.
const Marker = "KUBESTRATA_TESTBED_MARK"

// A Spec says what to start.
type Spec struct {
	// Name is used in messages.
	Name string
	Path string
	Args []string
	Dir  string
	// Env is the whole environment.
	Env []string
	// LogFile receives what the program says. If it is empty, Stdin, Stdout and Stderr are this process's own,
	// and the terminal, if there is one, is the program's as long as it runs.
	LogFile string
	// Mark is the name of the testbed that the process belongs to.
	Mark string
}

// A Process is a started program.
type Process struct {
	Name     string
	LogFile  string
	Identity Identity

	done chan struct{}
	err  error
}

// starter runs functions on one thread that lives as long as this process.
//
// The kernel sends a parent-death signal when the *thread* that forked ends, not the process.
// Go may end a thread whose goroutine was locked to it, so everything is started from this one, which never ends.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// Start starts a program in a process group of its own; the kernel kills it when this process dies.
func Start(spec Spec) (*Process, error) {
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Dir = spec.Dir
	cmd.Env = append(append([]string{}, spec.Env...), Marker+"="+spec.Mark)
	cmd.SysProcAttr = ownGroupDyingWithParent(spec.LogFile == "")
	if spec.LogFile == "" {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	} else {
		log, err := os.OpenFile(spec.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, fmt.Errorf("open the log of %s: %w", spec.Name, err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	}

	started := make(chan error)
	starter() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	p := &Process{Name: spec.Name, LogFile: spec.LogFile, done: make(chan struct{})}
	// Nobody has waited for it yet, so the ID is still its own, even if it has ended already.
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		id = Identity{PID: cmd.Process.Pid}
	}
	p.Identity = id
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the program ended. Call it only after Done is closed.
func (p *Process) Err() error { return p.err }

// ExitCode is the exit code as a shell gives it. Call it only after Done is closed.
func (p *Process) ExitCode() int {
	if p.err == nil {
		return 0
	}
	var exit *exec.ExitError
	if !errors.As(p.err, &exit) {
		return 1
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// Signal sends a signal to the program and everything in its process group.
func (p *Process) Signal(sig syscall.Signal) {
	select {
	case <-p.done:
		// Its ID may belong to somebody else by now. What it left behind is found by Marker.
	default:
		// Fails only if all are gone already, which is what is wanted.
		_ = syscall.Kill(-p.Identity.PID, sig)
	}
}

// Stop asks the program to end, and kills it if it has not within the grace time.
func (p *Process) Stop(ctx context.Context, grace time.Duration) {
	if grace > 0 {
		p.Signal(syscall.SIGTERM)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-p.done:
			return
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	p.Signal(syscall.SIGKILL)
	<-p.done
}
