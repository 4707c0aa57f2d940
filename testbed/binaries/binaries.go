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

// DataPlane holds the paths of what runs on nodes and answers names.
type DataPlane struct {
	KubeProxy, CoreDNS string
}

// A part is one program to build.
type part struct {
	name    string
	pkg     string
	ldflags string
}

// The largest comes first: what it compiles is most of what the others need.
var controlPlaneParts = []part{
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", kubernetesLDFlags()},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", kubernetesLDFlags()},
	{"kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", kubernetesLDFlags()},
	{"etcd", "go.etcd.io/etcd/server/v3", ""},
	{"kwok", "sigs.k8s.io/kwok/cmd/kwok", ""},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", kubernetesLDFlags()},
}

// They are built from a module of their own: CoreDNS would change the versions that the control plane is built with.
var dataPlaneParts = []part{
	{"kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", kubernetesLDFlags()},
	{"coredns", "github.com/coredns/coredns", ""},
}

var traefikParts = []part{{"traefik", "github.com/traefik/traefik/v3/cmd/traefik", ""}}

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

// Ensure returns the programs of the control plane, building those that are not in the cache yet.
// It writes what it does to progress, and nothing if there is nothing to do.
// A second process that needs the same programs waits for the first.
func Ensure(ctx context.Context, progress io.Writer) (Set, error) {
	module, err := moduleDir()
	if err != nil {
		return Set{}, err
	}
	bin, err := ensure(ctx, module, controlPlaneParts, progress)
	return Set{
		Etcd:              filepath.Join(bin, "etcd"),
		APIServer:         filepath.Join(bin, "kube-apiserver"),
		ControllerManager: filepath.Join(bin, "kube-controller-manager"),
		Scheduler:         filepath.Join(bin, "kube-scheduler"),
		KWOK:              filepath.Join(bin, "kwok"),
		Kubectl:           filepath.Join(bin, "kubectl"),
	}, err
}

// EnsureDataPlane is Ensure for the programs of the data plane.
func EnsureDataPlane(ctx context.Context, progress io.Writer) (DataPlane, error) {
	source, err := Source()
	if err != nil {
		return DataPlane{}, err
	}
	bin, err := ensure(ctx, filepath.Join(source, "dataplane", "parts"), dataPlaneParts, progress)
	return DataPlane{KubeProxy: filepath.Join(bin, "kube-proxy"), CoreDNS: filepath.Join(bin, "coredns")}, err
}

// EnsureTraefik is Ensure for Traefik, whose dependencies fit nobody else's.
func EnsureTraefik(ctx context.Context, progress io.Writer) (program string, err error) {
	source, err := Source()
	if err != nil {
		return "", err
	}
	bin, err := ensure(ctx, filepath.Join(source, "dataplane", "traefik"), traefikParts, progress)
	return filepath.Join(bin, "traefik"), err
}

// ensure returns the directory of the built programs of a module.
func ensure(ctx context.Context, module string, parts []part, progress io.Writer) (bin string, err error) {
	root, err := CacheDir()
	if err != nil {
		return "", err
	}
	key, err := cacheKey(ctx, module, parts)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, key)
	bin = filepath.Join(dir, "bin")
	if len(missing(bin, parts)) == 0 {
		return bin, nil
	}
	held, err := lock.Acquire(ctx, filepath.Join(dir, "build.lock"), func() {
		fmt.Fprintln(progress, "testbed: another process is building the same programs, waiting for it")
	})
	if err != nil {
		return "", err
	}
	defer held.Release()
	return bin, build(ctx, module, bin, missing(bin, parts), progress)
}

// missing are the programs that are not there yet.
func missing(bin string, parts []part) (out []part) {
	for _, p := range parts {
		if _, err := os.Stat(filepath.Join(bin, p.name)); err != nil {
			out = append(out, p)
		}
	}
	return out
}

func build(ctx context.Context, module, bin string, missing []part, progress io.Writer) error {
	if len(missing) == 0 {
		return nil
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("create the cache of built programs: %w", err)
	}
	fmt.Fprintf(progress, "testbed: building %d programs, once, into %s\n", len(missing), bin)
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
