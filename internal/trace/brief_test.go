package trace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// A walk that writes no steps takes shortcuts: it must end as the one that writes them does, with the same certainty,
// assumptions and alternatives.
func TestAWalkWithoutStepsEndsAsTheOneWithSteps(t *testing.T) {
	asked := 0
	for seed := range uint64(30) {
		p, questions := generated(t, seed, plainNames)
		view := p.view()
		r := trace.NewRunner(view)
		for _, q := range questions {
			ask := trace.Ask{From: q.from, Command: []string{q.command}}
			brief, briefErr := r.Brief(ask)
			full, err := trace.Run(view, ask)
			if err != nil || briefErr != nil {
				t.Fatalf("cluster %d, %s $ %s: %v, brief: %v", seed, q.from, q.command, err, briefErr)
			}
			full.Steps, brief.Steps = nil, nil
			for i := range full.Outcomes {
				full.Outcomes[i].Steps = []string{}
			}
			asked++
			if diff := cmp.Diff(full, brief); diff != "" {
				t.Fatalf("cluster %d, %s $ %s (-with steps +without):\n%s", seed, q.from, q.command, diff)
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d questions were asked", asked)
	}
}
