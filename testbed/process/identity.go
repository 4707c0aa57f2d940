package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

// An Identity names one process for good. A process ID alone does not: it is given again to a stranger.
type Identity struct {
	PID int `json:"pid"`
	// Start is when the process started, in clock ticks since boot.
	Start uint64 `json:"start"`
}

// Self is the running process.
func Self() (Identity, error) { return Identify(os.Getpid()) }

// Identify says who has a process ID now. The error is fs.ErrNotExist if nobody has, or only a zombie.
func Identify(pid int) (Identity, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// A process that goes away between open and read answers ESRCH, which fs.ErrNotExist does not cover.
	if err != nil {
		return Identity{}, fmt.Errorf("read the state of process %d: %w", pid, fs.ErrNotExist)
	}
	// The second field is the program's name in parentheses and may itself hold spaces and parentheses.
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return Identity{}, fmt.Errorf("read the state of process %d: no name in %q", pid, data)
	}
	fields := bytes.Fields(data[end+1:])
	const state, startTime = 0, 19 // fields 3 and 22 of proc_pid_stat(5): it counts from 1, and two are cut off
	if len(fields) <= startTime {
		return Identity{}, fmt.Errorf("read the state of process %d: only %d fields", pid, len(fields)+2)
	}
	if s := fields[state][0]; s == 'Z' || s == 'X' || s == 'x' {
		return Identity{}, fmt.Errorf("process %d has ended: %w", pid, fs.ErrNotExist)
	}
	start, err := strconv.ParseUint(string(fields[startTime]), 10, 64)
	if err != nil {
		return Identity{}, fmt.Errorf("read the start of process %d: %w", pid, err)
	}
	return Identity{PID: pid, Start: start}, nil
}

// Alive says whether exactly this process still runs. A zombie does not run.
func (id Identity) Alive() bool {
	now, err := Identify(id.PID)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	return err == nil && now == id
}
