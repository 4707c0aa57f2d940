package reach_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// What is said of groups rests on walks that write no steps: they must end as those that write them do, also where nodes
// are down, pods wait and policies deny.
func TestATraceWithoutStepsSaysWhatTheWholeOneSays(t *testing.T) {
	for seed := range uint64(12) {
		view := generate(t, seed)
		r := trace.NewRunner(view)
		for p := range view.Pods() {
			for _, s := range view.Services() {
				ask := trace.Ask{From: "pod/" + p.Namespace + "/" + p.Name, Command: []string{"curl http://" + s.Spec.ClusterIP + "/"}}
				brief, briefErr := r.Brief(ask)
				full, err := trace.Run(view, ask)
				if (err == nil) != (briefErr == nil) {
					t.Fatalf("%v, brief: %v", err, briefErr)
				}
				if err != nil {
					continue // a pod that has ended asks nothing
				}
				full.Steps, brief.Steps = nil, nil
				for i := range full.Outcomes {
					full.Outcomes[i].Steps = []string{}
				}
				if diff := cmp.Diff(full, brief); diff != "" {
					t.Fatalf("world %d, %s $ %s (-whole +brief):\n%s", seed, ask.From, ask.Command, diff)
				}
			}
		}
	}
}
