package objects

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Definitions are the files of the CustomResourceDefinitions that a module such as sigs.k8s.io/gateway-api brings, out of the
// module cache and in the version that the testbed is built with. pattern is one of file names.
func Definitions(module, pattern string) ([]string, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("find the definitions of %s (fetch it with: cd testbed && go mod download %s): %w", module, module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "standard", pattern))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no definitions %s (fetch it with: cd testbed && go mod download %s)", module, pattern, module)
	}
	return files, nil
}
