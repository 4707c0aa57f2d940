package page

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
	"github.com/kubestrata/kubestrata/testbed/browser"
)

// covering are requests of the worlds that together meet every kind of step, few enough to be played one by one.
func covering(t *testing.T) []world.Request {
	t.Helper()
	var all []world.Request
	kinds := map[string][]trace.StepKind{}
	for _, info := range world.List() {
		for _, r := range info.Requests {
			view, err := world.View(r.World)
			must(t, err)
			got, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
			must(t, err)
			if len(r.Assume) > 0 || r.Via != "" || r.From == "" {
				continue // the bar has no place for these
			}
			all = append(all, r)
			for _, s := range got.Steps {
				kinds[r.World+r.ID] = append(kinds[r.World+r.ID], s.Kind)
			}
		}
	}
	var chosen []world.Request
	left := slices.Clone(trace.StepKinds)
	for len(left) > 0 {
		best, most := -1, 0
		for i, r := range all {
			n := 0
			for _, k := range left {
				if slices.Contains(kinds[r.World+r.ID], k) {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			t.Fatalf("no request of any world meets %v", left)
		}
		chosen = append(chosen, all[best])
		left = slices.DeleteFunc(left, func(k trace.StepKind) bool { return slices.Contains(kinds[all[best].World+all[best].ID], k) })
	}
	slices.SortFunc(chosen, func(a, b world.Request) int { return strings.Compare(a.World, b.World) })
	return chosen
}

func TestThePagePlaysEveryKindOfStep(t *testing.T) {
	t.Parallel()
	played := map[string]bool{}
	name := ""
	var p *browser.Program
	for _, r := range covering(t) {
		if p == nil || r.World != name {
			name = r.World
			p = start(t, nil, "--world", name)
		}
		t.Run(strings.ReplaceAll(r.World, "/", ".")+"/"+r.ID, func(t *testing.T) {
			ctx := tab(t, browser.Options{ReducedMotion: true})
			must(t, browser.Open(ctx, p.URL))
			a, err := browser.Trace(ctx, r.From, r.Command)
			must(t, err)
			unknown, err := browser.Eval[[]string](ctx, `window.kubestrata.unknown()`)
			must(t, err)
			if len(unknown) > 0 {
				t.Errorf("the page does not know the kinds %v", unknown)
			}
			steps, err := browser.Steps(ctx)
			must(t, err)
			for i := range steps {
				must(t, browser.Step(ctx, i))
				at, err := browser.Eval[string](ctx, `window.kubestrata.at()`)
				must(t, err)
				said, err := browser.Eval[string](ctx, `document.querySelector("#player .sentence").textContent`)
				must(t, err)
				if at == "" || said == "" {
					t.Errorf("step %d of %d is nowhere or says nothing: at %q, %q", i+1, steps, at, said)
				}
			}
			for _, s := range a.Steps {
				played[s.Kind] = true
			}
		})
	}
	for _, k := range trace.StepKinds {
		if !played[string(k)] {
			t.Errorf("%s was not played", k)
		}
	}
}
