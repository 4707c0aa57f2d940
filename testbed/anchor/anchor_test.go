package anchor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestNothingIsKeptForTheDead(t *testing.T) {
	dir, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if !held(dir) {
		t.Fatal("it is not held although this process runs")
	}
	// This process gives way to one that started at another time and had the same ID.
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("it holds %v, %v", entries, err)
	}
	if err := os.Rename(filepath.Join(dir, entries[0].Name()), filepath.Join(dir, "1-1")); err != nil {
		t.Fatal(err)
	}
	if err := Wait(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if err := Drop(t.Context(), dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an anchor can still be dropped: %v", err)
	}
}
