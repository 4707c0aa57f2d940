// Package anchor keeps something running as long as anybody needs it: whoever does drops an anchor,
// which is a file that names a process, and what is kept runs until no named process is alive.
// Nobody has to pull an anchor up, so it does not matter how they end.
package anchor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/testbed/lock"
	"github.com/kubestrata/kubestrata/testbed/process"
)

// New makes a directory for anchors under parent, with one already in it.
func New(parent string) (dir string, err error) {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", fmt.Errorf("create the directory of anchors: %w", err)
	}
	if dir, err = os.MkdirTemp(parent, "anchors-"); err != nil {
		return "", fmt.Errorf("create the directory of anchors: %w", err)
	}
	return dir, Drop(context.Background(), dir)
}

// Drop drops an anchor in dir for whoever this process works for: `go test`, which runs one process after another,
// or this process itself. The error is fs.ErrNotExist if nothing is kept any more.
func Drop(ctx context.Context, dir string) error {
	holder, err := holder()
	if err != nil {
		return err
	}
	held, err := lock.Acquire(ctx, lockOf(dir), nil)
	if err != nil {
		return err
	}
	defer held.Release()
	if err := os.WriteFile(filepath.Join(dir, name(holder)), nil, 0o644); err != nil {
		return fmt.Errorf("drop an anchor: %w", err)
	}
	return nil
}

// lockOf keeps an anchor from being dropped just when the last one is found to be gone.
func lockOf(dir string) string { return filepath.Join(filepath.Dir(dir), "anchors.lock") }

func holder() (process.Identity, error) {
	parent := os.Getppid()
	if comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)); err == nil && strings.TrimSpace(string(comm)) == "go" {
		if id, err := process.Identify(parent); err == nil {
			return id, nil
		}
	}
	return process.Self()
}

func name(id process.Identity) string { return fmt.Sprintf("%d-%d", id.PID, id.Start) }

// held says whether an anchor of a running process lies in dir.
func held(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		pid, start, _ := strings.Cut(entry.Name(), "-")
		var id process.Identity
		id.PID, _ = strconv.Atoi(pid)
		id.Start, _ = strconv.ParseUint(start, 10, 64)
		if id.PID > 0 && id.Alive() {
			return true
		}
	}
	return false
}

// Wait returns when no anchor is held any more. From then on none can be dropped: the directory is gone.
func Wait(ctx context.Context, dir string) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		gone, err := removeUnlessHeld(ctx, dir)
		if gone || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func removeUnlessHeld(ctx context.Context, dir string) (removed bool, err error) {
	if held(dir) {
		return false, nil
	}
	locked, err := lock.Acquire(ctx, lockOf(dir), nil)
	if err != nil {
		return false, err
	}
	defer locked.Release()
	if held(dir) {
		return false, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return false, fmt.Errorf("remove the directory of anchors: %w", err)
	}
	return true, nil
}
