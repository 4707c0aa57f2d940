// Package binaries builds the programs of a control plane from the Go module proxy
// and keeps them outside the tree, so that they are built once per set of versions.
package binaries

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/testbed/lock"
)

// KubernetesVersion is what the built programs say they are; parts/go.mod pins the source they are built from.
const KubernetesVersion = "v1.36.3"

// Set holds the paths of all programs.
type Set struct {
	Etcd              string
	APIServer         string
	ControllerManager string
	Scheduler         string
	KWOK              string
	// Kubectl is for machines that have none.
	Kubectl string
}

// A part is one program to build.
type part struct {
	name    string
	pkg     string
	ldflags string
	path    func(*Set) *string
}

// The largest comes first: what it compiles is most of what the others need.
var parts = []part{
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", kubernetesLDFlags(), func(s *Set) *string { return &s.APIServer }},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", kubernetesLDFlags(), func(s *Set) *string { return &s.ControllerManager }},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", kubernetesLDFlags(), func(s *Set) *string { return &s.Scheduler }},
	{"etcd", "go.etcd.io/etcd/server/v3", "", func(s *Set) *string { return &s.Etcd }},
	{"kwok", "sigs.k8s.io/kwok/cmd/kwok", "", func(s *Set) *string { return &s.KWOK }},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", kubernetesLDFlags(), func(s *Set) *string { return &s.Kubectl }},
}

// kubernetesLDFlags sets the version that Kubernetes' own build sets; without it the API server calls itself v0.0.0-master.
func kubernetesLDFlags() string {
	const version = "k8s.io/component-base/version"
	major, rest, _ := strings.Cut(strings.TrimPrefix(KubernetesVersion, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	var flags []string
	for _, kv := range [][2]string{
		{"gitVersion", KubernetesVersion},
		{"gitMajor", major},
		{"gitMinor", minor},
		{"gitTreeState", "clean"},
		{"gitCommit", "unknown"},
		// A fixed date: the same sources give the same bytes.
		{"buildDate", "1970-01-01T00:00:00Z"},
	} {
		flags = append(flags, fmt.Sprintf("-X %s.%s=%s", version, kv[0], kv[1]))
	}
	return strings.Join(flags, " ")
}

// Ensure returns all programs, building those that are not in the cache yet.
// It writes what it does to progress, and nothing if there is nothing to do.
// A second process that needs the same programs waits for the first.
func Ensure(ctx context.Context, progress io.Writer) (Set, error) {
	module, err := moduleDir()
	if err != nil {
		return Set{}, err
	}
	root, err := CacheDir()
	if err != nil {
		return Set{}, err
	}
	key, err := cacheKey(ctx, module)
	if err != nil {
		return Set{}, err
	}
	dir := filepath.Join(root, key)
	set, missing := inDir(filepath.Join(dir, "bin"))
	if len(missing) == 0 {
		return set, nil
	}
	held, err := lock.Acquire(ctx, filepath.Join(dir, "build.lock"), func() {
		fmt.Fprintln(progress, "testbed: another process is building the control plane, waiting for it")
	})
	if err != nil {
		return Set{}, err
	}
	defer held.Release()
	set, missing = inDir(filepath.Join(dir, "bin"))
	if err := build(ctx, module, filepath.Join(dir, "bin"), missing, progress); err != nil {
		return Set{}, err
	}
	return set, nil
}

// inDir says where each program is or will be, and which are not there yet.
func inDir(bin string) (set Set, missing []part) {
	for _, p := range parts {
		path := filepath.Join(bin, p.name)
		*p.path(&set) = path
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, p)
		}
	}
	return set, missing
}

func build(ctx context.Context, module, bin string, missing []part, progress io.Writer) error {
	if len(missing) == 0 {
		return nil
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("create the cache of built programs: %w", err)
	}
	fmt.Fprintf(progress, "testbed: building %d of %d programs of the control plane, once, into %s\n", len(missing), len(parts), bin)
	start := time.Now()
	for i, p := range missing {
		label := fmt.Sprintf("[%d of %d] %s", i+1, len(missing), p.name)
		if err := buildPart(ctx, module, bin, p, label, progress); err != nil {
			return err
		}
	}
	fmt.Fprintf(progress, "testbed: built all in %s\n", time.Since(start).Round(time.Second))
	return nil
}

func buildPart(ctx context.Context, module, bin string, p part, label string, progress io.Writer) error {
	unfinished := filepath.Join(bin, fmt.Sprintf(".%s.%d", p.name, os.Getpid()))
	defer os.Remove(unfinished)
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
		"-ldflags", strings.TrimSpace("-s -w "+p.ldflags), "-o", unfinished, p.pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output

	start := time.Now()
	done := make(chan struct{})
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		report(label, start, done, progress)
	}()
	err := cmd.Run()
	close(done)
	<-reported
	if err != nil {
		return fmt.Errorf("build %s in %s: %w\n%s", p.pkg, module, err, strings.TrimSpace(output.String()))
	}
	// Renaming makes the program appear whole or not at all.
	if err := os.Rename(unfinished, filepath.Join(bin, p.name)); err != nil {
		return fmt.Errorf("keep the built %s: %w", p.name, err)
	}
	fmt.Fprintf(progress, "testbed: %s built in %s\n", label, time.Since(start).Round(time.Second))
	return nil
}

// report says at once what is being built, and every ten seconds that it still is.
func report(label string, start time.Time, done <-chan struct{}, progress io.Writer) {
	fmt.Fprintf(progress, "testbed: %s ...\n", label)
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			fmt.Fprintf(progress, "testbed: %s ... %s\n", label, time.Since(start).Round(time.Second))
		}
	}
}
