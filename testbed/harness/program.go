package harness

import (
	"bufio"
	"io"
	"os"
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
	stdout io.Closer
	stderr string
	done   chan struct{}
	state  *os.ProcessState // set before done is closed
}

// RunProgram runs `testbed` with arguments. If it still runs when the test ends, it is interrupted.
func RunProgram(t testing.TB, args ...string) *Program {
	t.Helper()
	path, err := buildProgram()
	if err != nil {
		t.Fatalf("build the testbed: %v\n%s", err, path)
	}
	p := &Program{t: t, cmd: exec.Command(path, args...), lines: make(chan string, 1000), done: make(chan struct{})}
	// A file rather than a pipe: what the program leaves behind would hold the pipe open.
	p.stderr = filepath.Join(t.TempDir(), "stderr")
	stderr, err := os.Create(p.stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	p.cmd.Stderr = stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = stdout
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start the testbed: %v", err)
	}
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	go func() {
		// Not cmd.Wait, which would close the pipe before all is read.
		p.state, _ = p.cmd.Process.Wait()
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
				p.t.Fatalf("the testbed ended before it printed %q; it said:\n%s", prefix, p.Stderr())
			}
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				return rest
			}
		case <-ctx.Done():
			p.t.Fatalf("%v; it said:\n%s", ctx.Err(), p.Stderr())
		}
	}
}

// Lines returns the lines of standard output that have not been read yet, until the program ends.
func (p *Program) Lines() <-chan string { return p.lines }

// Stderr is what the program has said so far.
func (p *Program) Stderr() string {
	data, err := os.ReadFile(p.stderr)
	if err != nil {
		p.t.Error(err)
	}
	return string(data)
}

// CloseOutput stops reading what it prints, so that it writes to a broken pipe.
func (p *Program) CloseOutput() { p.stdout.Close() }

// Signal sends it a signal.
func (p *Program) Signal(sig syscall.Signal) {
	// Fails only if it has ended.
	_ = p.cmd.Process.Signal(sig)
}

// Wait waits until it has ended and returns its exit code, which is -1 if a signal ended it.
func (p *Program) Wait() int {
	<-p.done
	return p.state.ExitCode()
}
