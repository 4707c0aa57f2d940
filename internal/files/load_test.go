package files

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAFileThatIsCutBeforeItIsWrittenKeepsItsObjects(t *testing.T) {
	name := filepath.Join(t.TempDir(), "app.yaml")
	write := func(content string) {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	count := func(r *reader) int {
		r.read()
		objects, _, _ := r.merged()
		return len(objects)
	}
	write("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
	r := newReader([]string{name}, nil)
	if n := count(r); n != 1 {
		t.Fatalf("%d objects", n)
	}
	write("")
	if n := count(r); n != 1 {
		t.Errorf("%d objects while the file is being written", n)
	}
	long := time.Now().Add(-time.Minute)
	if err := os.Chtimes(name, long, long); err != nil {
		t.Fatal(err)
	}
	if n := count(r); n != 0 {
		t.Errorf("%d objects although the file has been empty for long", n)
	}
}
