//go:build linux

// Command dataplane sends real requests through a real data plane (kube-proxy, CoreDNS, network namespaces) and holds
// what they meet against what traces say. It needs root, since it makes network namespaces.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/dataplane"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	ok, err := run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dataplane:", err)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context) (ok bool, err error) {
	names := make([]string, len(dataplane.Variants))
	for i, v := range dataplane.Variants {
		names[i] = v.Name
	}
	var (
		variants = flag.String("variants", strings.Join(names, ","), "configurations of kube-proxy, one after the other")
		worlds   = flag.Int("worlds", 3, "how many generated worlds for each of them")
		probes   = flag.Int("probes", 120, "how many requests in each world")
		seed     = flag.Uint64("seed", 1, "the first world's seed")
		keep     = flag.String("keep", "", "a directory for the worlds of which something was predicted wrongly: kubestrata trace -f DIRECTORY/VARIANT-SEED")
		all      = flag.Bool("all", false, "also print the requests of which nothing could be told")
	)
	flag.Parse()
	chosen, err := dataplane.VariantsNamed(*variants)
	if err != nil {
		return false, err
	}
	ok = true
	for i, v := range chosen {
		report := &dataplane.Report{Judged: map[dataplane.Judgement]int{}, Classes: map[trace.Class]int{}}
		start := time.Now()
		options := dataplane.Options{Variant: v, Keep: *keep, Progress: os.Stderr}
		if err := play(ctx, options, *seed+uint64(i**worlds), *worlds, *probes, report); err != nil {
			return false, fmt.Errorf("%s: %w", v.Name, err)
		}
		print(v.Name, report, *all, time.Since(start))
		ok = ok && !report.Failed()
	}
	return ok, nil
}

func play(ctx context.Context, options dataplane.Options, seed uint64, worlds, probes int, report *dataplane.Report) (err error) {
	bed, err := dataplane.Start(ctx, options)
	defer func() {
		if stopErr := bed.Stop(); err == nil {
			err = stopErr
		}
	}()
	if err != nil {
		return err
	}
	for i := range worlds {
		if err := bed.Run(ctx, seed+uint64(i), probes, report); err != nil {
			return err
		}
	}
	return nil
}

func print(name string, report *dataplane.Report, all bool, took time.Duration) {
	for _, f := range report.Findings {
		if all || f.Judgement == dataplane.Wrong || f.Judgement == dataplane.CertainlyWrong {
			fmt.Println(f)
		}
	}
	fmt.Printf("%s: %s in %s; %d predicted with certainty; met: %s\n", name, counts(report.Judged), took.Round(time.Second), report.Certain, counts(report.Classes))
}

func counts[K ~string](of map[K]int) string {
	var out []string
	for k, n := range of {
		out = append(out, fmt.Sprintf("%d %s", n, k))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}
