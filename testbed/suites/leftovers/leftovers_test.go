// Package leftovers tests that a testbed leaves nothing behind, however it ends.
package leftovers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/harness"
	"github.com/kubestrata/kubestrata/testbed/process"
)

const programs = 5 // etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok

func TestInterruptedTestbedLeavesNothing(t *testing.T) {
	up := harness.RunProgram(t, "up", "--nodes", "1")
	dir, mark := started(t, up)
	if n := len(process.Marked(mark)); n != programs {
		t.Errorf("%d programs run, want %d", n, programs)
	}
	up.Signal(syscall.SIGINT)
	up.Wait()
	expectGone(t, dir, mark)
}

func TestKilledTestbedIsCleanedUpByTheNext(t *testing.T) {
	up := harness.RunProgram(t, "up", "--nodes", "1")
	dir, mark := started(t, up)
	up.Signal(syscall.SIGKILL)
	up.Wait()
	harness.Eventually(t, "see the killed testbed's programs die with it", func() bool { return len(process.Marked(mark)) == 0 })

	next := harness.RunProgram(t, "up", "--nodes", "1")
	started(t, next)
	expectGone(t, dir, mark)
	if !strings.Contains(next.Stderr(), mark) {
		t.Errorf("the next testbed does not say that it cleaned up after %s:\n%s", mark, next.Stderr())
	}
}

// A grandchild gets no signal when the testbed dies: the kernel sends it only to children.
func TestWhatACommandStartedInTheBackgroundIsCleanedUpByTheNextTestbed(t *testing.T) {
	killed := harness.RunProgram(t, "classroom", "--nodes", "1", "--", "sh", "-c", "sleep 3600 & echo export KUBECONFIG=$KUBECONFIG; wait")
	dir, mark := started(t, killed)
	killed.Signal(syscall.SIGKILL)
	killed.Wait()
	harness.Eventually(t, "see only the grandchild left", func() bool { return len(process.Marked(mark)) == 1 })

	started(t, harness.RunProgram(t, "up", "--nodes", "1"))
	expectGone(t, dir, mark)
}

// As when whoever started it is killed while it starts.
func TestTestbedThatNobodyListensToEnds(t *testing.T) {
	up := harness.RunProgram(t, "up", "--nodes", "1")
	up.CloseOutput()
	up.Wait()
	cache, err := binaries.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	records, err := filepath.Glob(filepath.Join(cache, "running", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range records {
		var record process.Record
		data, err := os.ReadFile(path)
		if err != nil || json.Unmarshal(data, &record) != nil {
			continue // another testbed's, which ended just now
		}
		if record.Owner.PID == up.PID() {
			t.Errorf("its record is left: %s", path)
		}
	}
}

func TestTwoTestbedsRunBesideEachOther(t *testing.T) {
	one := harness.RunProgram(t, "up", "--nodes", "1")
	two := harness.RunProgram(t, "up", "--nodes", "1")
	oneDir, oneMark := started(t, one)
	twoDir, twoMark := started(t, two)
	if oneDir == twoDir {
		t.Fatalf("both use %s", oneDir)
	}
	one.Signal(syscall.SIGTERM)
	one.Wait()
	expectGone(t, oneDir, oneMark)
	if n := len(process.Marked(twoMark)); n != programs {
		t.Errorf("%d programs of the other run, want %d", n, programs)
	}
}

// started waits until a testbed is ready, and returns its directory and mark.
func started(t *testing.T, p *harness.Program) (dir, mark string) {
	t.Helper()
	dir = filepath.Dir(p.Line("export KUBECONFIG="))
	return dir, filepath.Base(dir)
}

func expectGone(t *testing.T, dir, mark string) {
	t.Helper()
	if left := process.Marked(mark); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its directory is left: %v", err)
	}
	cache, err := binaries.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(cache, "running", mark+".json")); !os.IsNotExist(err) {
		t.Errorf("its record is left: %v", err)
	}
}
