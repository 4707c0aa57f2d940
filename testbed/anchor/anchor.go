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

	"github.com/kubestrata/kubestrata/testbed/process"
)

// Drop drops an anchor in dir for whoever this process works for: `go test`, which runs one process after another,
// or this process itself.
func Drop(dir string) error {
	holder, err := holder()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create the directory of anchors: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name(holder)), nil, 0o644); err != nil {
		return fmt.Errorf("drop an anchor: %w", err)
	}
	return nil
}

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

// Held says whether an anchor of a running process lies in dir. It removes those of dead ones.
func Held(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	held := false
	for _, entry := range entries {
		pid, start, _ := strings.Cut(entry.Name(), "-")
		var id process.Identity
		id.PID, _ = strconv.Atoi(pid)
		id.Start, _ = strconv.ParseUint(start, 10, 64)
		if id.PID > 0 && id.Alive() {
			held = true
		} else {
			os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
	return held
}

// Wait returns when no anchor is held any more.
func Wait(ctx context.Context, dir string) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for Held(dir) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
