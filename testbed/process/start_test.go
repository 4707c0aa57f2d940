package process

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func waitUntil(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("not within 20 s")
		}
	}
}

func start(t *testing.T, script string) *Process {
	t.Helper()
	dir := t.TempDir()
	p, err := Start(Spec{
		Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Dir: dir, Env: os.Environ(),
		LogFile: filepath.Join(dir, "log"), Mark: "test-" + rand.Text(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background(), 0) })
	return p
}

func mark(t *testing.T, p *Process) string {
	t.Helper()
	data, err := os.ReadFile(p.LogFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func TestProcessRunsInAGroupOfItsOwnAndIsStopped(t *testing.T) {
	p := start(t, "exec sleep 3600")
	group, err := syscall.Getpgid(p.Identity.PID)
	if err != nil || group != p.Identity.PID {
		t.Errorf("its group is %d (%v), want its own, %d", group, err, p.Identity.PID)
	}
	p.Stop(t.Context(), time.Minute)
	if p.Identity.Alive() {
		t.Error("it still runs")
	}
	if got, want := p.ExitCode(), 128+int(syscall.SIGTERM); got != want {
		t.Errorf("its exit code is %d, want %d", got, want)
	}
}

func TestProcessThatDoesNotListenIsKilled(t *testing.T) {
	p := start(t, `trap "" TERM; echo ready; while :; do read line < /dev/zero; done`)
	waitUntil(t, func() bool { return mark(t, p) == "ready" })
	p.Stop(t.Context(), time.Millisecond)
	if got, want := p.ExitCode(), 128+int(syscall.SIGKILL); got != want {
		t.Errorf("its exit code is %d, want %d", got, want)
	}
}

func TestExitCodeIsTheProgramsOwn(t *testing.T) {
	p := start(t, "exit 7")
	<-p.Done()
	if p.ExitCode() != 7 {
		t.Errorf("its exit code is %d, want 7", p.ExitCode())
	}
}

func TestMarkFindsWhatAProgramLeftBehind(t *testing.T) {
	p := start(t, `echo $`+Marker+`; setsid sleep 3600 & exit 0`)
	<-p.Done()
	name := mark(t, p)
	waitUntil(t, func() bool { return len(Marked(name)) == 1 })
	if n := KillMarked(name); n < 1 {
		t.Errorf("killed %d processes", n)
	}
	waitUntil(t, func() bool { return len(Marked(name)) == 0 })
}

func TestDeadTestbedIsErasedAndALivingOneIsNot(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	records := t.TempDir()
	alive, err := NewRecord(records)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := NewRecord(records)
	if err != nil {
		t.Fatal(err)
	}
	dead.Owner.Start-- // whoever had this ID before
	if err := dead.Save(records); err != nil {
		t.Fatal(err)
	}
	erased, err := EraseDead(records)
	if err != nil {
		t.Fatal(err)
	}
	if len(erased) != 1 || erased[0] != dead.Name {
		t.Errorf("erased %v, want only %s", erased, dead.Name)
	}
	if _, err := os.Stat(dead.Dir); !os.IsNotExist(err) {
		t.Errorf("the directory of the dead one is there: %v", err)
	}
	if _, err := os.Stat(alive.Dir); err != nil {
		t.Errorf("the directory of the living one is gone: %v", err)
	}
}

func TestOnlyATestbedsDirectoryIsRemoved(t *testing.T) {
	precious := t.TempDir()
	records := t.TempDir()
	r := &Record{Name: "made-up", Dir: precious}
	if err := r.Save(records); err != nil {
		t.Fatal(err)
	}
	if _, err := EraseDead(records); err == nil {
		t.Error("no error for a record that names another directory")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("it was removed: %v", err)
	}
}
