package oracle

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"github.com/kubestrata/kubestrata/internal/service"
)

var (
	seedFlag  = flag.Uint64("seed", 1, "of the first world; 0 takes one by chance")
	worldFlag = flag.Int("worlds", 1000, "how many worlds to make for each mode")
	showRules = flag.Bool("rules", false, "show kube-proxy's rules with every disagreement")
	perWorld  = flag.Int("packets", 40, "how many packets to ask about in each world")
)

func TestDecideAgreesWithKubeProxy(t *testing.T) {
	quiet(t)
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64() >> 16
	}
	for _, mode := range []service.Mode{service.IPTables, service.NFTables} {
		t.Run(string(mode), func(t *testing.T) {
			asked, reports := 0, 0
			kinds := map[string]int{}
			lines, exact, modest := 0, 0, 0
			for i := range *worldFlag {
				at := seed + uint64(i)
				w := newWorld(at, mode)
				j := newJudge(w)
				for _, p := range newProbes(at, w, *perWorld) {
					a, err := j.ask(p)
					if err != nil {
						t.Fatalf("world %d, %s: %v", at, p, err)
					}
					asked++
					kinds[string(a.decision.Kind)]++
					lines, exact = lines+a.text.lines, exact+a.text.exact
					if a.text.modest {
						modest++
					}
					if a.differ == "" {
						continue
					}
					t.Error(report(at, w, p, a))
					if reports++; reports == 5 {
						t.Fatal("there may be more")
					}
					break
				}
			}
			t.Logf("seed %d: %d packets in %d worlds: %v", seed, asked, *worldFlag, kinds)
			t.Logf("%d lines of rules were shown, %d of them as exact; %d decisions are right to the letter without saying so", lines, exact, modest)
			if exact == 0 {
				t.Error("no rule was ever shown as exact")
			}
		})
	}
}

// quiet keeps kube-proxy's words about what it ignores out of the test's.
func quiet(t *testing.T) {
	t.Helper()
	klog.SetLogger(logr.Discard())
	t.Cleanup(klog.ClearLogger)
}

// report shows a disagreement in the smallest world that still has it.
func report(seed uint64, w *world, p probe, a answer) string {
	small := shrink(w, func(smaller *world) bool {
		other, err := newJudge(smaller).ask(p)
		return err == nil && other.differ != ""
	})
	j := newJudge(small)
	b, err := j.ask(p)
	if err != nil || b.differ == "" {
		return fmt.Sprintf("world %d, %s: %s; it could not be made smaller: %v", seed, p, a.differ, err)
	}
	text := fmt.Sprintf("world %d, on %s: %s\n%s (%s %s)\n%+v\n%s", seed, w.node, p, b.differ, b.decision.Reason, b.decision.Why, small.config, small)
	if *showRules {
		text += "\n" + j.proxies[familyOf(p.dst.Addr())].text()
	}
	return text
}
