package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// broken says where the packet of one course is not what the step before left, or its reply does not come back to where
// it was sent from. Each connection is followed for itself: a proxy's second one starts anew, and what comes back over the
// first turns the addresses round that the request arrived with.
func broken(tr *trace.Trace, course int) []string {
	var out []string
	type packet struct {
		first, last *trace.Step
	}
	legs := map[int]*packet{}
	for _, s := range tr.Course(course) {
		if s.Before == nil || s.After == nil || s.Leg == 0 {
			continue
		}
		at := fmt.Sprintf("%s %s leg %d: ", s.ID, s.Kind, s.Leg)
		p := legs[s.Leg]
		if p == nil || s.Kind == trace.StepProxyConnect {
			step := s
			legs[s.Leg] = &packet{&step, &step}
			continue
		}
		was := p.last.After
		src, dst := was.Src, was.Dst
		turned := s.Direction != p.last.Direction
		if turned {
			src, dst = dst, src
		}
		if s.Before.Src != src || s.Before.Dst != dst {
			out = append(out, fmt.Sprintf("%s%s > %s comes after %s, which left %s > %s", at, s.Before.Src, s.Before.Dst, p.last.ID, was.Src, was.Dst))
		}
		if !turned && s.Kind != trace.StepProxyAnswer && s.Kind != trace.StepEnd && !cmp.Equal(s.Before.HTTP, was.HTTP) {
			out = append(out, at+"HTTP differs from "+p.last.ID+": "+cmp.Diff(was.HTTP, s.Before.HTTP))
		}
		if s.Kind == trace.StepEnd && s.Direction == trace.OfReply {
			sent := p.first.Before
			if s.After.Src != sent.Dst || s.After.Dst != sent.Src {
				out = append(out, fmt.Sprintf("%s%s > %s ends what was sent as %s > %s", at, s.After.Src, s.After.Dst, sent.Src, sent.Dst))
			}
		}
		step := s
		p.last = &step
	}
	return out
}

func holdTogether(t *testing.T, what string, tr *trace.Trace) {
	t.Helper()
	for i := range tr.Outcomes {
		if list := broken(tr, i); len(list) > 0 {
			t.Errorf("%s, outcome %d (%s):\n  %s", what, i, tr.Outcomes[i].Class, strings.Join(list, "\n  "))
			return
		}
	}
}

// What a step leaves is what the next one meets, and every reply comes back to its sender with the addresses turned round.
func TestStepsHoldTogether(t *testing.T) {
	t.Run("in generated clusters", func(t *testing.T) {
		each(t, func(t *testing.T, seed uint64) {
			p, questions := generated(t, seed, plainNames)
			view := p.view()
			for _, q := range questions {
				tr, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}})
				if err != nil {
					t.Fatal(err)
				}
				holdTogether(t, fmt.Sprintf("seed %d: %s $ %s", seed, q.from, q.command), tr)
			}
		})
	})
	t.Run("in every world", func(t *testing.T) {
		for _, info := range world.List() {
			for _, r := range info.Requests {
				view, err := world.View(r.World)
				if err != nil {
					t.Fatal(err)
				}
				tr, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
				if err != nil {
					t.Fatal(err)
				}
				holdTogether(t, r.World+" "+r.ID, tr)
			}
		}
	})
}
