package page

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// The steps are those of tools/classroom, which `make classroom` runs.
func TestTheClassroomShowsTheTourOnARealControlPlane(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), binary, "worlds", "export", "tour", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := harness.RunProgram(t, "classroom", "--objects", filepath.Join(dir, "objects.yaml"), "--",
		binary, "serve", "--surroundings", filepath.Join(dir, "surroundings.yaml"), "--port", "0")
	url := p.Line("Kubestrata is at ")
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, url))
	must(t, browser.Wait30(ctx, "the shop is served", `window.kubestrata.card("Ingress/default/shop")?.served`))
	must(t, browser.Wait30(ctx, "web has its endpoints", `window.kubestrata.card("Service/default/web")?.ready > 0`))
	must(t, browser.Wait30(ctx, "toolbox runs", `window.kubestrata.pods().includes("default/toolbox")`))
	shop := expect(t, ctx, "internet/user", "curl http://shop.test/api/items", "answered", "pod.delivered", "")
	for _, layer := range []string{"internet", "lan", "pod"} {
		if !shop.Layers()[layer] {
			t.Errorf("the request touches %v, not %s", shop.Layers(), layer)
		}
	}
	if t.Failed() {
		t.Log(p.Stderr())
	}

	_, said, ok := strings.Cut(p.Stderr(), "export KUBECONFIG=")
	if !ok {
		t.Fatalf("it does not say which kubeconfig to use:\n%s", p.Stderr())
	}
	kubeconfig, _, _ := strings.Cut(said, "\n")
	home := filepath.Dir(strings.TrimSpace(kubeconfig))
	if left := running(t, home); len(left) == 0 {
		t.Fatalf("no process of the classroom mentions %s: the next check could not fail", home)
	}
	p.Signal(syscall.SIGINT)
	if code := p.Wait(); code != 0 {
		t.Errorf("the classroom ends with %d after SIGINT:\n%s", code, p.Stderr())
	}
	if left := running(t, home); len(left) > 0 {
		t.Errorf("still running: %s", left)
	}
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", home, err)
	}
}

// running lists the processes whose command line or environment mentions something.
func running(t *testing.T, what string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, path := range all {
		// Processes end while they are looked at: what cannot be read is gone.
		line, _ := os.ReadFile(path)
		env, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		if bytes.Contains(line, []byte(what)) || bytes.Contains(env, []byte(what)) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
