package trace

import (
	"maps"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/service"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// weigh lists what the answer rests on, and asks again with the other plausible values of everything that is merely
// usual: where one leads to another class it stands beside as an alternative, and the verdict is no longer certain.
func (e *engine) weigh(t *Trace) {
	e.doubtAwaited(t)
	for _, key := range facts.Keys {
		fact := e.facts.Get(key)
		if !e.used[key] && !e.maybe[key] {
			continue
		}
		a := Assumption{Key: key, Value: fact.Value, Source: fact.Source, Evidence: fact.Evidence}
		if fact.Source == facts.Default {
			for _, value := range e.otherValues(key, fact.Value) {
				other, ok := e.again(key, value)
				if !ok || other.Verdict.Class == t.Verdict.Class {
					continue
				}
				a.WouldFlip = true
				t.Alternatives = append(t.Alternatives, other)
			}
		}
		if !e.used[key] && !a.WouldFlip {
			continue
		}
		if a.WouldFlip {
			t.Verdict.Certainty = worse(t.Verdict.Certainty, Assumed)
			if !e.used[key] {
				e.doubt(t, key)
			}
		}
		t.Assumptions = append(t.Assumptions, a)
	}
	for _, key := range sortedKeys(e.extra) {
		if slices.ContainsFunc(t.Assumptions, func(a Assumption) bool { return a.Key == key }) {
			continue
		}
		a := e.extra[key]
		a.WouldFlip = a.WouldFlip || key == "entry-node" && t.Verdict.Class == Mixed && e.entryFlips() || key == "source-node" && e.otherNodesFlip(t) || key == keySourcePod && e.otherPodsFlip(t) || key == keyForwardPod && e.otherForwardsFlip(t)
		if key == keyCalls && e.callsFlip(t) {
			a.WouldFlip = true
		}
		if key == keyCertificate {
			a.WouldFlip = e.distrustFlips(t)
		}
		if key == keyPodMasquerade && e.keepingFlips(t) {
			a.WouldFlip = true
		}
		if slices.Contains(policy.Points, key) && a.WouldFlip {
			e.otherReading(t, &a)
		}
		if (slices.Contains(gateway.Choices, key) || slices.Contains(ingress.Choices, key)) && a.WouldFlip {
			a.WouldFlip = e.otherwiseFlips(t, key)
		}
		if (key == "source-node" || key == keySourcePod || key == keyForwardPod) && a.WouldFlip {
			t.Verdict.Certainty = worse(t.Verdict.Certainty, Assumed)
		}
		t.Assumptions = append(t.Assumptions, a)
	}
}

// doubt marks the steps that rest on a fact that was found out afterwards to matter.
func (e *engine) doubt(t *Trace, key string) {
	for i := range t.Steps {
		if key == facts.KeyLibc && t.Steps[i].Kind == StepDNSSearch || key != facts.KeyLibc && t.Steps[i].Kind == StepDNSQuery {
			t.Steps[i].Certainty = worse(t.Steps[i].Certainty, Assumed)
		}
	}
}

// otherValues are the other plausible values of a fact.
func (e *engine) otherValues(key, value string) []string {
	switch key {
	case facts.KeyClusterCIDR:
		if value != facts.None {
			return []string{facts.None}
		}
		return nil
	case facts.KeyNodePortAddresses:
		if value != facts.Primary {
			return []string{facts.Primary}
		}
		return []string{"0.0.0.0/0,::/0"}
	}
	return slices.DeleteFunc(facts.Choices(key), func(v string) bool { return v == value })
}

// again walks the same request under another value of one fact. Its steps are not part of this trace, so that outcomes
// name none.
func (e *engine) again(key, value string) (Alternative, bool) {
	given := maps.Clone(e.ask.Assume)
	if given == nil {
		given = map[string]string{}
	}
	given[key] = value
	other, err := newEngine(e.view, e.ask, e.req, e.from, given)
	if err != nil {
		return Alternative{}, false
	}
	if key == facts.KeyProxyMode && !e.facts.Firm(facts.KeyNodePortAddresses) {
		other.service.NodePortAddresses = service.NodePortAddresses{Default: true}
	}
	other.gates = e.gates
	return other.alternative(map[string]string{key: value}), true
}

func (e *engine) alternative(assume map[string]string) Alternative {
	e.quiet, e.service.Terse = true, true
	r, _ := merge(e.walk())
	a := Alternative{Assume: assume, Verdict: e.verdict(r), Outcomes: r.outcomes}
	if a.Outcomes == nil {
		a.Outcomes = []Outcome{}
	}
	return a
}

// keyPodMasquerade is whether the network plug-in masks what pods send out of the pod network.
const keyPodMasquerade = "pod-masquerade"

// keepingFlips asks again with a plug-in that leaves the pods' addresses as they are.
func (e *engine) keepingFlips(t *Trace) bool {
	other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
	if err != nil {
		return false
	}
	other.boundary.KeepSource = true
	a := other.alternative(map[string]string{keyPodMasquerade: "false"})
	if a.Verdict.Class == t.Verdict.Class {
		return false
	}
	t.Alternatives = append(t.Alternatives, a)
	return true
}

// otherReading asks again with a point that policies leave open taken the other way.
func (e *engine) otherReading(t *Trace, a *Assumption) {
	other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
	if err != nil {
		return
	}
	other.gates, other.turned = e.gates, a.Key
	alternative := other.alternative(map[string]string{a.Key: "otherwise"})
	a.WouldFlip = alternative.Verdict.Class != t.Verdict.Class
	if a.WouldFlip {
		t.Alternatives = append(t.Alternatives, alternative)
	}
}

// maxNodesTried bounds how many other nodes a one-shot pod is put on, or a packet let in by, to see whether it matters.
const maxNodesTried = 8

// entryFlips reports whether ways that differ are alike where the packet comes in by one node: what differs by itself (the
// backends of a route, say) does not rest on the node.
func (e *engine) entryFlips() bool {
	nodes := e.view.Nodes()
	if len(nodes) > maxNodesTried {
		return true
	}
	for _, n := range nodes {
		if !nodeUp(n) {
			continue
		}
		ask := e.ask
		ask.Via = "node/" + n.Name
		other, err := newEngine(e.view, ask, e.req, e.from, e.ask.Assume)
		if err != nil || other.alternative(nil).Verdict.Class != Mixed {
			return true
		}
	}
	return false
}

// otherNodesFlip puts the one-shot pod on other nodes.
func (e *engine) otherNodesFlip(t *Trace) bool {
	flips := false
	tried := 0
	for _, n := range e.view.Nodes() {
		if n.Name == e.from.node || !nodeUp(n) || tainted(n) || tried >= maxNodesTried {
			continue
		}
		tried++
		from := e.from
		pod := *from.pod
		pod.Node = n.Name
		if !hostNetwork(&pod) {
			if a := ghostAddress(e.view, n); a.IsValid() {
				pod.IPs[0] = a
			}
		}
		from.pod, from.node, from.nodeObj, from.addr = &pod, n.Name, n, pod.IPs[0]
		view := e.view.Fork(func(w *cluster.Writer) { w.PutPod(&pod) })
		from.pod = view.Pod(pod.Namespace, pod.Name)
		other, err := newEngine(view, e.ask, e.req, from, e.ask.Assume)
		if err != nil {
			continue
		}
		if a := other.alternative(map[string]string{"source-node": n.Name}); a.Verdict.Class != t.Verdict.Class {
			flips = true
			t.Alternatives = append(t.Alternatives, a)
		}
	}
	return flips
}
