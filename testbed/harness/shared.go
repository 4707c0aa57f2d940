package harness

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/kubestrata/kubestrata/testbed/anchor"
	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/lock"
	"github.com/kubestrata/kubestrata/testbed/process"
)

// A sharedRecord tells other test processes about the control plane that one of them has started.
type sharedRecord struct {
	Owner      process.Identity `json:"owner"`
	Kubeconfig string           `json:"kubeconfig"`
	Anchors    string           `json:"anchors"`
}

// shared returns the kubeconfig of the control plane that all test processes share. It is asked for once per process.
var shared = sync.OnceValues(func() (kubeconfig string, err error) {
	ctx := context.Background()
	// Here rather than in the process that is started, so that the progress of minutes of building is seen.
	if _, err := binaries.Ensure(ctx, os.Stderr); err != nil {
		return "", err
	}
	source, err := binaries.Source()
	if err != nil {
		return "", err
	}
	cache, err := binaries.CacheDir()
	if err != nil {
		return "", err
	}
	// Two clones on one machine do not share: one may have changed what is started.
	sum := sha256.Sum256([]byte(source))
	state := filepath.Join(cache, "shared", hex.EncodeToString(sum[:8]))
	held, err := lock.Acquire(ctx, filepath.Join(state, "start.lock"), nil)
	if err != nil {
		return "", err
	}
	defer held.Release()

	file := filepath.Join(state, "shared.json")
	if kubeconfig, ok := join(ctx, file); ok {
		return kubeconfig, nil
	}
	record, err := startShared(ctx, source, state)
	if err != nil {
		return "", err
	}
	data, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		return "", fmt.Errorf("record the shared testbed: %w", err)
	}
	return record.Kubeconfig, nil
})

// join keeps a running control plane alive for this process, too. ok is false if none runs.
func join(ctx context.Context, file string) (kubeconfig string, ok bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	var record sharedRecord
	if json.Unmarshal(data, &record) != nil || !record.Owner.Alive() {
		return "", false
	}
	if err := anchor.Drop(ctx, record.Anchors); err != nil {
		return "", false // it is about to end
	}
	return record.Kubeconfig, true
}

// startShared starts a control plane in a session of its own, so that it survives this process.
func startShared(ctx context.Context, source, state string) (record sharedRecord, err error) {
	program := filepath.Join(state, "testbed")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cmd/testbed")
	build.Dir = source
	if output, err := build.CombinedOutput(); err != nil {
		return sharedRecord{}, fmt.Errorf("build the testbed: %w\n%s", err, output)
	}
	anchors, err := anchor.New(state)
	if err != nil {
		return sharedRecord{}, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(anchors)
		}
	}()
	// A file rather than a pipe: `go test` would wait for whoever holds its output.
	log, err := os.Create(filepath.Join(state, "testbed.log"))
	if err != nil {
		return sharedRecord{}, fmt.Errorf("create the log of the shared testbed: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(program, "up", "--addons=false", "--anchors", anchors)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return sharedRecord{}, err
	}
	if err := cmd.Start(); err != nil {
		return sharedRecord{}, fmt.Errorf("start the shared testbed: %w", err)
	}
	owner, err := process.Identify(cmd.Process.Pid)
	if err != nil {
		owner = process.Identity{PID: cmd.Process.Pid}
	}
	kubeconfig, readErr := readKubeconfig(stdout)
	if readErr != nil {
		// It has said nothing and closed its output, so it has ended or is about to.
		waitErr := cmd.Wait()
		said, _ := os.ReadFile(log.Name())
		return sharedRecord{}, errors.Join(readErr, waitErr, fmt.Errorf("it said:\n%s", said))
	}
	// Whoever outlives the other: it is not waited for here. A zombie counts as dead everywhere.
	go func() { _ = cmd.Wait() }()
	return sharedRecord{Owner: owner, Kubeconfig: kubeconfig, Anchors: anchors}, nil
}

func readKubeconfig(stdout interface{ Read([]byte) (int, error) }) (string, error) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if path, ok := strings.CutPrefix(lines.Text(), "export KUBECONFIG="); ok {
			return path, nil
		}
	}
	return "", errors.New("the shared testbed ended before it was ready")
}
