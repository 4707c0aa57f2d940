package harness

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/objects"
)

// Kubectl returns the path of a kubectl: the machine's own, or one of the testbed.
func Kubectl(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("kubectl"); err == nil {
		return path
	}
	set, err := binaries.Ensure(t.Context(), progress(t))
	if err != nil {
		t.Fatalf("build kubectl: %v", err)
	}
	return set.Kubectl
}

// Kubectl runs kubectl as the administrator.
func (c *Cluster) Kubectl(t testing.TB, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command(Kubectl(t), append([]string{"--kubeconfig", c.Kubeconfig}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Definitions are the files of real CustomResourceDefinitions (objects.Definitions).
func Definitions(t testing.TB, module, pattern string) []string {
	t.Helper()
	files, err := objects.Definitions(module, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
