// Command bench measures Kubestrata and writes BENCHMARKS.md. Sizes are exact; times are of one run on one machine, and
// ratios within one run are what to compare.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kubestrata/kubestrata/testbed/figures"
	"github.com/kubestrata/kubestrata/testbed/firstcontact"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench` with %s on %s/%s, %d cores. Sizes are exact; times are of this run alone, compare\nratios.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())

	fmt.Fprintln(os.Stderr, "bench: two cold builds; this takes minutes")
	builds, err := firstcontact.ColdBuilds(ctx, root)
	if err != nil {
		return err
	}
	binary := filepath.Join(root, "bin", "kubestrata-release")
	size, err := firstcontact.Stripped(ctx, root, binary)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "bench: first paint")
	paints, err := firstcontact.FirstPaint(ctx, binary, 7)
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "## First contact\n\n| what | figure | goal |\n|---|---|---|\n")
	fmt.Fprintf(&b, "| cold build (empty build cache, modules downloaded) | %.0f s | |\n", builds.Plain)
	fmt.Fprintf(&b, "| the same program with client-go's clientset and informers imported | %.0f s | |\n", builds.WithClientset)
	fmt.Fprintf(&b, "| ratio of the two | %.2f | at most 0.70 |\n", builds.Ratio())
	fmt.Fprintf(&b, "| stripped binary | %.1f MB | at most 40 MB |\n", float64(size)/1e6)
	fmt.Fprintf(&b, "| process start to the world painted whole, %d runs: median (min to max) | %.0f ms (%.0f to %.0f) | under 1,000 ms |\n",
		len(paints), paints[len(paints)/2], paints[0], paints[len(paints)-1])
	fmt.Fprintln(&b)

	fmt.Fprintln(os.Stderr, "bench: the page")
	page, err := figures.All(ctx, binary, filepath.Join(root, "static"))
	if err != nil {
		return err
	}
	fmt.Fprintf(&b, "## The page\n\nOn a computer that is four times slower, without a GPU; the load behind a line of 10 Mbit/s, best of three.\n\n| what | figure | bar | |\n|---|---|---|---|\n")
	for _, f := range page {
		bar, kept := "at most", ""
		if f.AtLeast {
			bar = "at least"
		}
		if !f.Holds() {
			kept = "not kept"
		}
		fmt.Fprintf(&b, "| %s | %.3g %s | %s %g %s | %s |\n", f.What, f.Value, f.Unit, bar, f.Limit, f.Unit, kept)
	}
	fmt.Fprintln(&b)

	fmt.Fprintln(os.Stderr, "bench: hot paths")
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./internal/...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go test -bench: %w", err)
	}
	fmt.Fprintf(&b, "## Hot paths\n\n`go test -run '^$' -bench . -benchmem ./internal/...`\n\n```\n")
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Benchmark") || strings.HasPrefix(line, "pkg:") {
			b.WriteString(line)
		}
	}
	b.WriteString("```\n")
	return os.WriteFile(filepath.Join(root, "BENCHMARKS.md"), b.Bytes(), 0o644)
}
