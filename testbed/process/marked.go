package process

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Marked finds all running processes that carry the mark of a testbed, however they came to be:
// a child's child inherits it, and so does one whose parent has died.
func Marked(mark string) []Identity {
	want := []byte(Marker + "=" + mark)
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	var found []Identity
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		// The identity comes first: if the process is replaced by another in between, Alive says so later.
		id, err := Identify(pid)
		if err != nil {
			continue
		}
		// Other users' environments cannot be read, and are not ours either.
		environ, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil {
			continue
		}
		for v := range bytes.SplitSeq(environ, []byte{0}) {
			if bytes.Equal(v, want) {
				found = append(found, id)
				break
			}
		}
	}
	return found
}

// KillMarked kills all processes that carry the mark, and says how many there were.
func KillMarked(mark string) int {
	killed := 0
	// A process may start another while the list is made, so it is made until it is empty.
	for range 10 {
		ids := Marked(mark)
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if Kill(id) {
				killed++
			}
		}
	}
	return killed
}

// Kill kills exactly this process. It says whether it did.
func Kill(id Identity) bool {
	p, err := os.FindProcess(id.PID)
	if err != nil {
		return false
	}
	defer p.Release()
	// On Linux p is a file descriptor of one process. If that is still the one meant now, it stays so:
	// no stranger can be hit between the check and the kill.
	if !id.Alive() {
		return false
	}
	if p.Signal(syscall.SIGKILL) != nil {
		return false
	}
	return true
}
