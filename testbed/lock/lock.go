// Package lock holds a file for one process at a time.
package lock

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A File is a lock that is held. The kernel frees it when its holder dies, so it never goes stale;
// the file itself stays, since removing it would let two processes hold "the" lock on different inodes.
type File struct {
	f *os.File
}

// Acquire waits until the lock at path is free. If it has to wait, it calls waiting once first.
func Acquire(ctx context.Context, path string, waiting func()) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create the directory of lock %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock %s: %w", path, err)
	}
	// A blocking flock cannot be cancelled, so this asks again at short intervals.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return &File{f: f}, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if waiting != nil {
			waiting()
			waiting = nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("wait for lock %s: %w", path, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

// Release frees the lock.
func (l *File) Release() {
	// Closing the only descriptor of the open file drops the lock.
	l.f.Close()
}
