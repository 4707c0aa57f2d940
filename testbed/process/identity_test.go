package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"
)

func TestThisProcessIsAlive(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if self.PID != os.Getpid() || self.Start == 0 {
		t.Errorf("it is %+v", self)
	}
	if !self.Alive() {
		t.Error("it is not alive")
	}
}

func TestAStrangerWithTheSameIDIsNotMeant(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	self.Start--
	if self.Alive() {
		t.Error("a process that started at another time counts as the same")
	}
	if Kill(self) {
		t.Error("it was killed")
	}
}

func TestZombieIsDead(t *testing.T) {
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if !id.Alive() {
		t.Error("it is dead although it waits for its input")
	}
	stdin.Close()
	// The kernel closes its files before it turns into a zombie, so the end of its output comes a moment too early.
	if _, err := stdout.Read(make([]byte, 1)); err == nil {
		t.Error("it said something")
	}
	waitUntil(t, func() bool { return !id.Alive() })
	if _, err := Identify(id.PID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("identifying a zombie gives %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
