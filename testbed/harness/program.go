package harness

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/binaries"
)

var buildProgram = sync.OnceValues(func() (string, error) {
	source, err := binaries.Source()
	if err != nil {
		return "", err
	}
	cache, err := binaries.CacheDir()
	if err != nil {
		return "", err
	}
	program := filepath.Join(cache, "shared", "program", "testbed")
	build := exec.Command("go", "build", "-o", program, "./cmd/testbed")
	build.Dir = source
	if output, err := build.CombinedOutput(); err != nil {
		return string(output), err
	}
	return program, nil
})

// A Program is a running `testbed`, as a person starts it.
type Program struct {
	t      testing.TB
	cmd    *exec.Cmd
	lines  chan string
	stderr syncBuffer
	done   chan struct{}
}

// RunProgram runs `testbed` with arguments. If it still runs when the test ends, it is interrupted.
func RunProgram(t testing.TB, args ...string) *Program {
	t.Helper()
	path, err := buildProgram()
	if err != nil {
		t.Fatalf("build the testbed: %v\n%s", err, path)
	}
	p := &Program{t: t, cmd: exec.Command(path, args...), lines: make(chan string, 1000), done: make(chan struct{})}
	p.cmd.Stderr = &p.stderr
	// A child that outlives the program must not keep Wait from returning.
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start the testbed: %v", err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(p.lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	go func() {
		_, _ = p.cmd.Process.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Signal(syscall.SIGINT)
		p.Wait()
	})
	return p
}

// PID is the program's process ID.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Line waits for a line on standard output that starts with prefix, and returns the rest of it.
func (p *Program) Line(prefix string) string {
	p.t.Helper()
	ctx := Context(p.t, "wait for the testbed to print "+prefix)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("the testbed ended before it printed %q; it said:\n%s", prefix, p.stderr.String())
			}
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return rest
			}
		case <-ctx.Done():
			p.t.Fatalf("%v; it said:\n%s", ctx.Err(), p.stderr.String())
		}
	}
}

// Stderr is what the program has said so far.
func (p *Program) Stderr() string { return p.stderr.String() }

// Signal sends it a signal.
func (p *Program) Signal(sig syscall.Signal) {
	// Fails only if it has ended.
	_ = p.cmd.Process.Signal(sig)
}

// Wait waits until it has ended.
func (p *Program) Wait() {
	<-p.done
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(data)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
