package binaries

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyChangesWithWhatIsBuilt(t *testing.T) {
	module := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(module, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	key := func() string {
		k, err := cacheKey(t.Context(), module, controlPlaneParts)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	write("go.mod", "module x\n\ngo 1.26\n")
	write("go.sum", "a")
	first := key()
	if key() != first {
		t.Error("it changes by itself")
	}
	write("go.sum", "b")
	if key() == first {
		t.Error("it does not change with go.sum")
	}
	write("go.sum", "a")
	write("go.mod", "module x\n\ngo 1.26 \n")
	if key() == first {
		t.Error("it does not change with go.mod")
	}
}

func TestPartsAreFoundAndPinTheVersion(t *testing.T) {
	control, err := moduleDir()
	if err != nil {
		t.Fatal(err)
	}
	for dir, parts := range map[string][]part{
		control: controlPlaneParts,
		filepath.Join(filepath.Dir(control), "dataplane", "parts"):   dataPlaneParts,
		filepath.Join(filepath.Dir(control), "dataplane", "traefik"): traefikParts,
	} {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		if want := "\tk8s.io/kubernetes " + KubernetesVersion; strings.HasPrefix(parts[0].pkg, "k8s.io/") && !strings.Contains(string(data), want) {
			t.Errorf("%s/go.mod does not require %q", dir, want)
		}
		for _, p := range parts {
			if !strings.Contains(string(data), p.pkg+"\n") {
				t.Errorf("%s/go.mod does not name the tool %s, so `go mod tidy` would drop what it needs", dir, p.pkg)
			}
		}
	}
}

func TestNothingIsBuiltThatIsThere(t *testing.T) {
	bin := t.TempDir()
	for _, p := range controlPlaneParts {
		if err := os.WriteFile(filepath.Join(bin, p.name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if gone := missing(bin, controlPlaneParts); len(gone) != 0 {
		t.Errorf("missing are %v", gone)
	}
	if err := os.Remove(filepath.Join(bin, "etcd")); err != nil {
		t.Fatal(err)
	}
	if gone := missing(bin, controlPlaneParts); len(gone) != 1 || gone[0].name != "etcd" {
		t.Errorf("missing are %v, want only etcd", gone)
	}
	if err := build(t.Context(), "", bin, nil, io.Discard); err != nil {
		t.Errorf("nothing to build, and it fails: %v", err)
	}
}

func TestWhatCannotBeBuiltIsNotThereHalf(t *testing.T) {
	module, bin := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module x\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := build(t.Context(), module, bin, []part{{name: "nothing", pkg: "x/nothing"}}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "x/nothing") {
		t.Errorf("the error is %v, want it to name the package", err)
	}
	if left, _ := os.ReadDir(bin); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}
