package reach_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// told is what a group and a trace must agree in.
type told struct {
	Class     trace.Class
	Reason    string
	Certainty trace.Certainty
	DecidedBy string
}

func ofTrace(t *testing.T, view *cluster.View, from, command string) told {
	t.Helper()
	tr, err := trace.Run(view, trace.Ask{From: from, Command: []string{command}})
	if err != nil {
		t.Fatalf("%s $ %s: %v", from, command, err)
	}
	return told{tr.Verdict.Class, tr.Verdict.Reason, tr.Verdict.Certainty, policyName(tr.Verdict.Reason, tr.Verdict.DecidedBy)}
}

func policyName(reason string, ref *cluster.Ref) string {
	if (reason == "policy.egress-denied" || reason == "policy.ingress-denied") && ref != nil {
		return fmt.Sprint(*ref)
	}
	return ""
}

func ofGroup(g *reach.Group) told {
	return told{g.Class, g.Reason, g.Certainty, policyName(g.Reason, g.DecidedBy)}
}

func fromOf(ref cluster.Ref) string {
	switch ref.Kind {
	case cluster.KindPod:
		return "pod/" + ref.Namespace + "/" + ref.Name
	case cluster.KindNode:
		return "node/" + ref.Name
	}
	return ref.Name
}

// worlds is how many clusters are generated; a thousand were.
const worlds = 40

func TestWhoCanReachAgreesWithTheTraceOfEveryPair(t *testing.T) {
	pairs := 0
	for seed := range uint64(worlds) {
		view := generate(t, seed)
		var targets []string
		for _, s := range view.Services() {
			targets = append(targets, "service/"+s.Namespace+"/"+s.Name)
		}
		for p := range view.Pods() {
			targets = append(targets, "pod/"+p.Namespace+"/"+p.Name)
		}
		targets = append(targets, "ip/172.20.0.11")
		for _, target := range targets {
			ask := reach.Ask{Target: target}
			if target == "ip/172.20.0.11" {
				ask.Port = "30081"
			}
			a, err := reach.WhoCanReach(view, ask)
			var bad *reach.Error
			if errors.As(err, &bad) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for i := range a.Groups {
				g := &a.Groups[i]
				if g.Kind == reach.OfPods {
					seen += g.Members
				}
				for _, member := range g.Examples {
					from := fromOf(member)
					if g.Kind == reach.OfHosts {
						from = g.Trace.From
					}
					pairs++
					if diff := cmp.Diff(ofTrace(t, view, from, g.Trace.Command), ofGroup(g)); diff != "" {
						t.Errorf("world %d, %s, %s $ %s (group of %s) (-trace +group):\n%s", seed, target, from, g.Trace.Command, g.Trace.From, diff)
					}
				}
			}
			if seen != a.Summary.Pods {
				t.Errorf("%d pods are counted, %d are in groups", a.Summary.Pods, seen)
			}
		}
		if t.Failed() {
			t.Fatalf("after %d pairs", pairs)
		}
	}
	if pairs < 3_000 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}

func TestReachableFromAgreesWithTheTraceOfEveryPair(t *testing.T) {
	pairs := 0
	for seed := range uint64(worlds / 2) {
		view := generate(t, seed)
		sources := []string{"node/n1", "lan", "internet"}
		for p := range view.Pods() {
			if !p.Done() {
				sources = append(sources, "pod/"+p.Namespace+"/"+p.Name)
			}
		}
		for _, source := range sources {
			a, err := reach.ReachableFrom(view, reach.Ask{Source: source})
			if err != nil {
				t.Fatal(err)
			}
			for i := range a.Groups {
				g := &a.Groups[i]
				for _, member := range g.Examples {
					command := g.Trace.Command
					if member.Kind == cluster.KindPod {
						command = fmt.Sprintf("nc -zv -w 2 %s %d", view.Pod(member.Namespace, member.Name).IP(), g.Port)
					}
					pairs++
					if diff := cmp.Diff(ofTrace(t, view, source, command), ofGroup(g)); diff != "" {
						t.Errorf("world %d, from %s, %s (group of %s) (-trace +group):\n%s", seed, source, command, g.Trace.Command, diff)
					}
				}
			}
		}
		if t.Failed() {
			t.Fatalf("after %d pairs", pairs)
		}
	}
	if pairs < 3_000 {
		t.Errorf("only %d pairs were compared", pairs)
	}
}
