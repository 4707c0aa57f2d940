package trace_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// clusters is how many generated clusters each property is tried on.
var clusters = flag.Uint64("clusters", 25, "how many generated clusters the properties are tried on")

func metaOf(namespace, name, labels string) v1.ObjectMeta {
	return v1.ObjectMeta{Namespace: namespace, Name: name, Labels: pairs(labels)}
}

// each runs a property over generated clusters; what fails names its seed.
func each(t *testing.T, property func(t *testing.T, seed uint64)) {
	for seed := range *clusters {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { property(t, seed) })
	}
}

func bytesOf(t *testing.T, tr *trace.Trace) []byte {
	t.Helper()
	b, err := tr.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheOrderOfObjectsNeverMatters(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		p, asked := generated(t, seed, plainNames)
		r := rand.New(rand.NewPCG(seed, 1))
		view := p.view()
		other := p.view(func(list []cluster.Object) {
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		})
		for _, q := range asked {
			want, got := bytesOf(t, run(t, view, q.from, q.command)), bytesOf(t, run(t, other, q.from, q.command))
			if !bytes.Equal(want, got) {
				t.Errorf("%s $ %s:\n%s", q.from, q.command, gocmp.Diff(string(want), string(got)))
			}
		}
	})
}

// shape is what of an answer has no names in it.
func shape(tr *trace.Trace) []string {
	out := []string{summary(tr)}
	for _, o := range tr.Outcomes {
		status := 0
		if o.HTTPStatus != nil {
			status = *o.HTTPStatus
		}
		address := ""
		if o.Endpoint != nil {
			address = o.Endpoint.IP
		}
		out = append(out, fmt.Sprintf("%.4f %s %s %d %s seen %s %v", o.Share, o.Class, o.Reason, status, address, o.SourceSeen, o.Masqueraded))
	}
	slices.Sort(out[1:])
	for _, a := range tr.Assumptions {
		out = append(out, fmt.Sprintf("%s %v", a.Key, a.WouldFlip))
	}
	return out
}

func TestRenamingEverythingChangesNothingButNames(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		p, asked := generated(t, seed, plainNames)
		other, renamed := generated(t, seed, otherNames)
		view, otherView := p.view(), other.view()
		for i, q := range asked {
			want, got := run(t, view, q.from, q.command), run(t, otherView, renamed[i].from, renamed[i].command)
			if diff := gocmp.Diff(shape(want), shape(got)); diff != "" {
				t.Errorf("%s $ %s and %s $ %s:\n%s", q.from, q.command, renamed[i].from, renamed[i].command, diff)
			}
		}
	})
}

func TestAnAllowRuleMoreNeverClosesAPath(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		p, asked := generated(t, seed, plainNames)
		more, _ := generated(t, seed, plainNames)
		if !more.opened(rand.New(rand.NewPCG(seed, 2))) {
			return
		}
		view, opened := p.view(), more.view()
		for _, q := range asked {
			before, after := run(t, view, q.from, q.command), run(t, opened, q.from, q.command)
			if answered(after) < answered(before)-1e-6 {
				t.Errorf("%s $ %s: %s, and with one rule more %s", q.from, q.command, summary(before), summary(after))
			}
		}
	})
}

// A kind that may not be read makes no path more open and no verdict more certain.
func TestAKindThatMayNotBeReadNeverOpensAPath(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		p, asked := generated(t, seed, plainNames)
		full := p.live().view()
		kinds := []cluster.Kind{
			cluster.KindNetworkPolicy, cluster.KindNamespace, cluster.KindEndpointSlice, cluster.KindService, cluster.KindNode, cluster.KindConfigMap,
			cluster.KindDaemonSet, cluster.KindServiceCIDR, cluster.KindPod,
		}
		for _, kind := range kinds {
			limited, _ := generated(t, seed, plainNames)
			view := limited.live(kind).view()
			for _, q := range asked {
				got, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}})
				if err != nil {
					continue // the source itself may not be read
				}
				want := run(t, full, q.from, q.command)
				// A ConfigMap may show a mode of kube-proxy of which less is known than of the others (ipvs without endpoints): where
				// all modes end alike, not knowing which one it is takes nothing away.
				alike := kind == cluster.KindConfigMap && got.Verdict.Class == want.Verdict.Class
				if rank(got.Verdict.Certainty) < rank(want.Verdict.Certainty) && !alike {
					t.Errorf("without %s %s $ %s: %s, with it %s", kind, q.from, q.command, summary(got), summary(want))
				}
				if a, b := answered(got), answered(want); a > b+1e-6 && got.Verdict.Certainty == trace.Certain {
					t.Errorf("without %s %s $ %s: certainly %s, with it %s", kind, q.from, q.command, summary(got), summary(want))
				}
				if kind == cluster.KindNetworkPolicy && answered(got) > answered(want)+1e-6 {
					t.Errorf("without %s %s $ %s is open: %s, with it %s", kind, q.from, q.command, summary(got), summary(want))
				}
			}
		}
	})
}

func rank(c trace.Certainty) int {
	return slices.Index([]trace.Certainty{trace.Certain, trace.Assumed, trace.Unknown}, c)
}

// What is called certain is so under every other plausible value of what the objects do not show; where another value
// leads elsewhere, an assumption says that it would.
func TestWhatIsCertainOfGeneratedClustersHoldsUnderEveryAssumption(t *testing.T) {
	each(t, func(t *testing.T, seed uint64) {
		p, asked := generated(t, seed, plainNames)
		view := p.view()
		known := map[string]bool{}
		for _, f := range facts.DetectedIn(view) {
			known[f.Key] = true
		}
		known[facts.KeyListening] = len(p.around.Listeners) > 1 // besides that of the DNS: some pods say on what they listen
		for _, q := range asked {
			got := run(t, view, q.from, q.command)
			for _, word := range plausible {
				key, value, _ := strings.Cut(word, "=")
				if known[key] {
					continue
				}
				other := run(t, view, q.from, q.command, word)
				if other.Verdict.Class == got.Verdict.Class {
					continue
				}
				if got.Verdict.Certainty == trace.Certain {
					t.Errorf("%s $ %s: certain %s, but %s with %s=%s", q.from, q.command, summary(got), summary(other), key, value)
				}
				if a := assumption(got, key); got.Verdict.Class != trace.CannotTell && (a == nil || !a.WouldFlip && a.Source != facts.Detected) {
					t.Errorf("%s $ %s: %s becomes %s with %s=%s, and no assumption says so", q.from, q.command, summary(got), summary(other), key, value)
				}
			}
		}
	})
}
