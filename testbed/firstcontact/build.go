// Package firstcontact measures what a newcomer waits for: the first compile, the size of the program, and the time from
// its start to a painted picture.
package firstcontact

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Builds are two cold builds, seconds: of Kubestrata as it is, and of the same program with an import of client-go's
// clientset and informer factory added.
type Builds struct{ Plain, WithClientset float64 }

// Ratio is how much of the second the first takes.
func (b Builds) Ratio() float64 { return b.Plain / b.WithClientset }

// ColdBuilds builds the program at root twice, each with an empty build cache; modules are downloaded before.
func ColdBuilds(ctx context.Context, root string) (Builds, error) {
	work, err := os.MkdirTemp("", "kubestrata-coldbuild-")
	if err != nil {
		return Builds{}, err
	}
	defer os.RemoveAll(work)
	// The baseline's import goes into the build by an overlay and into a copy of go.mod: the tree stays as it is.
	added := filepath.Join(work, "clientset.go")
	source := "package main\n\nimport (\n\t_ \"k8s.io/client-go/informers\"\n\t_ \"k8s.io/client-go/kubernetes\"\n)\n"
	if err := os.WriteFile(added, []byte(source), 0o644); err != nil {
		return Builds{}, err
	}
	overlay := filepath.Join(work, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, "cmd", "kubestrata", "clientset.go"): added},
	})
	if err != nil {
		return Builds{}, err
	}
	if err := os.WriteFile(overlay, replace, 0o644); err != nil {
		return Builds{}, err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return Builds{}, err
		}
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return Builds{}, err
		}
	}
	baseline := []string{"-overlay", overlay, "-mod=mod", "-modfile", filepath.Join(work, "go.mod")}
	// Listing first downloads what is missing, so that neither build waits for the network.
	for _, extra := range [][]string{nil, baseline} {
		args := append(append([]string{"list", "-deps"}, extra...), "./cmd/kubestrata")
		if out, err := command(ctx, root, "", args...).CombinedOutput(); err != nil {
			return Builds{}, fmt.Errorf("go %v: %w\n%s", args, err, out)
		}
	}
	var b Builds
	if b.Plain, err = coldBuild(ctx, root, work, "plain", nil); err != nil {
		return Builds{}, err
	}
	if b.WithClientset, err = coldBuild(ctx, root, work, "clientset", baseline); err != nil {
		return Builds{}, err
	}
	return b, nil
}

func coldBuild(ctx context.Context, root, work, name string, extra []string) (float64, error) {
	cache := filepath.Join(work, "cache-"+name)
	defer os.RemoveAll(cache)
	args := append(append([]string{"build"}, extra...), "-o", filepath.Join(work, name), "./cmd/kubestrata")
	start := time.Now()
	if out, err := command(ctx, root, cache, args...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go %v: %w\n%s", args, err, out)
	}
	return time.Since(start).Seconds(), nil
}

func command(ctx context.Context, dir, cache string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	return cmd
}

// Stripped builds the program as it is released, into path, and returns its size in bytes.
func Stripped(ctx context.Context, root, path string) (int64, error) {
	cmd := command(ctx, root, "", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/kubestrata")
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
