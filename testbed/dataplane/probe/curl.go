//go:build linux

// Package probe sends real requests and names their end in the words of a trace.
package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/dataplane/echo"
	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
)

// Patience is when silence counts as silence. Everything is on one machine: an answer takes milliseconds, and a refusal
// does too, but a retransmission takes a second. Long is for silence that was not expected: a busy machine is silent, too.
const (
	Patience = 1500 * time.Millisecond
	Long     = 8 * time.Second
)

// A Result is what a request met.
type Result struct {
	Class trace.Class
	// ExitCode is curl's, -1 where no program ran.
	ExitCode int
	// Status and Location are those of HTTP, 0 and "" where nobody spoke it.
	Status   int
	Location string
	// Answer is what the server said, if one did.
	Answer *echo.Answer
	// Silent is whether patience ended it.
	Silent bool
	// Said is what the program printed about its failure.
	Said string
}

func (r Result) String() string {
	if r.Answer != nil {
		return fmt.Sprintf("%s by %s:%d, which saw %s", r.Class, r.Answer.Name, r.Answer.Port, r.Answer.Seen)
	}
	if r.Status != 0 {
		return fmt.Sprintf("%s with HTTP %d %s", r.Class, r.Status, r.Location)
	}
	return fmt.Sprintf("%s (exit %d: %s)", r.Class, r.ExitCode, r.Said)
}

// A Machine is where requests are sent from: a network, and the files by which names are found there.
type Machine struct {
	*netns.Namespace
	dir string
}

// NewMachine writes the files that a machine's programs shall find under /etc.
func NewMachine(n *netns.Namespace, dir, resolvConf, hosts string) (*Machine, error) {
	m := &Machine{Namespace: n, dir: filepath.Join(dir, n.Name)}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return nil, err
	}
	for name, content := range map[string]string{
		"resolv.conf":   resolvConf,
		"hosts":         hosts,
		"nsswitch.conf": "hosts: files dns\n",
	} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// inside runs a program with the machine's own files in the place of this machine's, in a mount namespace of its own.
const inside = `for f in resolv.conf hosts nsswitch.conf; do mount --bind "$0/$f" "$(readlink -f /etc/$f)"; done && exec "$@"`

// Curl sends a request with curl itself; args are what a person types after its name.
func (m *Machine) Curl(ctx context.Context, args []string, patience time.Duration) (Result, error) {
	// --max-time is for names that nobody answers for: two servers' worth of the resolver's patience.
	cmd := m.Command(ctx, "unshare", append([]string{"--mount", "sh", "-c", inside, m.dir,
		"curl", "-sv", "--connect-timeout", fmt.Sprint(patience.Seconds()), "--max-time", "25"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // no proxy of this machine's
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && exit.ExitCode() > 0:
	default:
		return Result{}, fmt.Errorf("run curl on %s: %w: %s", m.Name, err, stderr.String())
	}
	result := Result{ExitCode: cmd.ProcessState.ExitCode(), Said: lastWords(stderr.String())}
	result.Silent = result.ExitCode == 28
	switch result.ExitCode {
	case 0:
		result.Class = trace.Answered
		var answer echo.Answer
		if err := json.Unmarshal(stdout.Bytes(), &answer); err == nil && answer.Name != "" {
			result.Answer = &answer // otherwise not a server of ours: kube-proxy's health check answers with its own words
		}
		if result.Status, result.Location = head(stderr.String()); result.Status >= 400 {
			result.Class, result.Answer = trace.HTTPError, nil
		}
	case 6:
		result.Class = trace.NameNotFound
	case 7:
		result.Class = trace.NoAnswer
		if strings.Contains(stderr.String(), "Connection refused") {
			result.Class = trace.Refused
		}
	case 28:
		result.Class = trace.NoAnswer
		if strings.Contains(stderr.String(), "Resolving timed out") {
			result.Class = trace.NameNotFound
		}
	case 52, 56:
		result.Class = trace.Reset
	case 35, 60:
		result.Class = trace.TLSError
	default:
		return Result{}, fmt.Errorf("curl on %s ended with %d: %s", m.Name, result.ExitCode, stderr.String())
	}
	return result, nil
}

// head reads the status and the Location of the response from what curl -v prints.
func head(stderr string) (status int, location string) {
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "< HTTP/1.1 "); ok {
			status, _ = strconv.Atoi(rest[:min(3, len(rest))])
		}
		if name, value, ok := strings.Cut(line, ": "); ok && strings.EqualFold(name, "< location") {
			location = value
		}
	}
	return status, location
}

// lastWords is the line by which curl says why it failed.
func lastWords(stderr string) string {
	said := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "failed: ") || strings.Contains(line, "curl: (") || strings.Contains(line, "Could not resolve") ||
			strings.Contains(line, "timed out") || strings.Contains(line, "timeout") {
			said = strings.TrimPrefix(line, "* ")
		}
	}
	return said
}

// Datagram sends a datagram, as `nc -u` does with a line.
func (m *Machine) Datagram(ctx context.Context, to string, patience time.Duration) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, err := echo.Datagram(ctx, m.Namespace, to)
	var timeout net.Error
	switch {
	case err == nil:
		return Result{Class: trace.Answered, ExitCode: -1, Answer: &answer}, nil
	case errors.Is(err, syscall.ECONNREFUSED):
		return Result{Class: trace.Refused, ExitCode: -1, Said: err.Error()}, nil
	case errors.As(err, &timeout) && timeout.Timeout(),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Result{Class: trace.NoAnswer, ExitCode: -1, Silent: true, Said: err.Error()}, nil
	default:
		return Result{}, fmt.Errorf("send a datagram from %s to %s: %w", m.Name, to, err)
	}
}
