package kube

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"k8s.io/klog/v2"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestEveryKeptKindHasOneRowInOrder(t *testing.T) {
	if len(Accesses) != len(cluster.Resources) {
		t.Fatalf("%d rows for %d kinds", len(Accesses), len(cluster.Resources))
	}
	for i, a := range Accesses {
		if want := cluster.Resources[i].Kind; a.Kind != want {
			t.Errorf("row %d is of %s, want %s", i, a.Kind, want)
		}
		if a.Kept == "" || a.Without == "" {
			t.Errorf("%s does not say what is kept, or what becomes cannot-tell without it", a.Kind)
		}
	}
}

func TestTheTableOnlyReads(t *testing.T) {
	for _, a := range Accesses {
		for _, verb := range a.Verbs {
			if !slices.Contains([]string{"get", "list", "watch"}, verb) {
				t.Errorf("%s has the verb %s", a.Kind, verb)
			}
		}
		if a.Kind == "Secret" {
			t.Error("secrets are in the table")
		}
		if a.Kind == cluster.KindConfigMap && len(a.Objects) == 0 {
			t.Error("all config maps are in the table")
		}
		seen := map[cluster.Key]bool{}
		for _, o := range a.Objects {
			if seen[o] || o.Namespace == "" || o.Name == "" {
				t.Errorf("%s names %v twice or by half", a.Kind, o)
			}
			seen[o] = true
		}
	}
}

func TestWhatClientGoLogsJoinsTheLog(t *testing.T) {
	var out bytes.Buffer
	LogTo(slog.New(slog.NewTextHandler(&out, nil)))
	defer klog.ClearLogger()
	klog.InfoS("Watch ended", "resource", "pods")
	if !strings.Contains(out.String(), "Watch ended") || !strings.Contains(out.String(), "from=client-go") {
		t.Errorf("the log is %q", out.String())
	}
}
