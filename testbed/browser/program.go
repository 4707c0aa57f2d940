package browser

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// Program is a running Kubestrata.
type Program struct {
	URL     string // with a slash at the end
	Started time.Time
	cmd     *exec.Cmd
	done    chan struct{}
	err     error // set before done is closed
	log     *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var address = regexp.MustCompile(`http://\S+/`)

// Run starts a Kubestrata binary on a free port and waits until it says where it is. env is added to an environment
// without any kubeconfig, so that nothing of this machine is met by chance.
func Run(ctx context.Context, binary string, env []string, args ...string) (*Program, error) {
	p := &Program{done: make(chan struct{}), log: &logBuffer{}}
	p.cmd = exec.CommandContext(ctx, binary, append([]string{"serve", "--port", "0"}, args...)...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}, env...)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 15 * time.Second
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.Started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if url := address.FindString(lines.Text()); url != "" {
				select {
				case said <- url:
				default:
				}
			}
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	select {
	case p.URL = <-said:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended before it said where it is: %v\n%s", binary, p.err, p.log)
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		return nil, fmt.Errorf("%s did not say within 20 s where it is\n%s", binary, p.log)
	}
}

// Log is what the program has written to its standard error.
func (p *Program) Log() string { return p.log.String() }

// PID is the program's process id.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Stop asks the program to end and waits for it. It may be called again.
func (p *Program) Stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.done
	return p.err
}
