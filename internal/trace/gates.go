package trace

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// outGate asks the policies of the sender, when the packet is at the sender's node. What is judged is the endpoint, not
// the service: the address has been swapped already (SEMANTICS.md 3.2).
func (e *engine) outGate(b *branch, node string) ([]branch, bool) {
	if b.sender.pod == nil || b.sender.node != node || b.left {
		return nil, false
	}
	peer := e.peerAt(b.dst.Addr())
	if _, err := netip.ParseAddr(e.req.Host); b.leg == 1 && err != nil {
		peer.Domain = strings.ToLower(strings.TrimSuffix(e.req.Host, "."))
	}
	peer.Placed = peer.Node != "" && hostNetwork(b.endpointPod) && b.endpointPod.Placed
	q := policy.Question{
		Direction: policy.Egress, Pod: b.sender.pod, Peer: peer, Protocol: e.gateProtocol(b), Port: int32(b.dst.Port()), PortPod: peer.Pod,
	}
	return e.gate(b, q, at{kind: StepPolicyEgress, ref: nodeRef(node), about: pointer(b.sender.ref), layer: surroundings.LayerPod})
}

// inGate asks the policies of the pod that the packet has come to, with the source as it is there.
func (e *engine) inGate(b *branch, pod *cluster.Pod) ([]branch, bool) {
	peer := e.peerAt(b.src.Addr())
	if b.guard != nil && b.guard.src != b.src.Addr() {
		// The node has masked the source. An engine that filters before the masking still sees the sender's own address
		// when the pod is on that node (SEMANTICS.md 3.2).
		peer.Before = b.guard.src
	}
	peer.Placed = peer.Node != "" && peer.Node == b.sender.node && b.sender.pod != nil && b.sender.pod.Placed
	if e.unnamedSource(b.src.Addr()) {
		peer = policy.Peer{Within: e.from.within}
	}
	q := policy.Question{
		Direction: policy.Ingress, Pod: pod, Peer: peer, Protocol: e.gateProtocol(b), Port: int32(b.dst.Port()), PortPod: pod,
	}
	return e.gate(b, q, at{kind: StepPolicyIngress, ref: pod.Ref(), about: pointer(pod.Ref()), layer: surroundings.LayerPod})
}

func (e *engine) gateProtocol(b *branch) corev1.Protocol {
	if e.icmp(b) {
		return policy.ProtocolICMP
	}
	return e.transport(b)
}

// peerAt is who has an address, as a network plug-in sees it.
func (e *engine) peerAt(addr netip.Addr) policy.Peer {
	p := policy.Peer{Addr: addr}
	if n := e.view.NodeWithAddr(addr); n != nil {
		p.Node = n.Name
		return p
	}
	if o := boundary.OwnerOf(e.view, addr); o.Kind == boundary.OwnerPod {
		if hostNetwork(o.Pod) { // its address is its node's, also where nodes may not be read
			p.Node = o.Pod.Node
			return p
		}
		p.Pod = o.Pod
	}
	return p
}

// gate writes what the policies say as a step and stops the branch where they turn the packet away.
func (e *engine) gate(b *branch, q policy.Question, s at) ([]branch, bool) {
	enforced := e.facts.Value(facts.KeyPolicy) != facts.None
	var d policy.Decision
	if e.quiet {
		d = e.gates.Settle(q)
	} else {
		d = e.gates.Evaluate(q)
	}
	if hostNetwork(q.Pod) {
		// Most plug-ins leave pods on the host network alone, which the API leaves to them: no gate stands there, but a
		// policy that would shut one makes that less than certain.
		if turned, stopped := e.turnedGate(b, q, &d, s); stopped || !enforced {
			return turned, stopped
		}
		b.certainty = worse(b.certainty, e.doubts(d))
		if d.Unreadable != "" {
			e.assume(policy.UncertainHostNetworkSubject, words.Say("fact.policy-host-network"), facts.Default, nil)
			b.certainty = worse(b.certainty, Assumed)
		}
		return nil, false
	}
	if d.Unreadable != "" {
		if enforced {
			return b.stop(e.unread(string(d.Unreadable))), true
		}
		s.certainty, s.title = e.uses(facts.KeyPolicy), words.Say("title.gate.not-enforced")
		s.sentence = words.Say("says.gate.unread", q.Pod.Namespace, q.Pod.Name)
		e.add(b, nil, s)
		return nil, false
	}
	for _, u := range d.Uncertain {
		if u.Key == policy.UncertainSourceAddress && enforced {
			d = e.gates.Evaluate(q)
			return b.stop(ending{reason: "assumption.source-address", certainty: Unknown, decidedBy: firstSelecting(d), why: u.Why}), true
		}
	}
	if turned, stopped := e.turnedGate(b, q, &d, s); stopped {
		return turned, true
	}
	if e.quiet && !d.Allowed && enforced {
		allowed := d.Allowed
		d = e.gates.Evaluate(q)
		d.Allowed = allowed
	}
	certainty := Certain
	if enforced {
		certainty = worse(e.doubts(d), e.otherKinds())
	}
	if enforced && q.Peer.Before.IsValid() && e.gates.NamesAddresses(q) {
		// Which of the two addresses a plug-in judges is its own affair (SEMANTICS.md 3.2): never certain, even where both
		// readings agree here.
		e.assume(policy.UncertainBeforeMasquerade, words.Say("fact.policy-masquerade"), facts.Default, nil)
		certainty = worse(certainty, Assumed)
	}
	passes := d.Allowed || !enforced
	if !passes && q.Peer.Pod == nil && q.Peer.Node == "" && !e.view.Readable(cluster.KindNode, "") {
		// The address may be that of the pod's own node, which no policy keeps apart from it.
		return b.stop(e.unread(string(cluster.KindNode))), true
	}
	if !d.Allowed {
		certainty = worse(certainty, e.uses(facts.KeyPolicy))
	}
	if e.quiet && passes {
		b.certainty = worse(b.certainty, certainty)
		return nil, false
	}
	s.certainty, s.evidence = certainty, d.Evidence
	s.compared, s.tried = comparisons(d), rulesTried(d)
	s.sentence, s.title = e.gateSentence(*b, q, d, passes), gateTitle(q, d, passes)
	if d.DecidedBy != nil {
		text := "spec." + string(q.Direction)
		if d.DecidedRule >= 0 {
			text = fmt.Sprintf("spec.%s[%d]", q.Direction, d.DecidedRule)
			if d.Tier != policy.TierNetwork {
				text += ": " + string(d.Action)
			}
		}
		s.rule = &Rule{Text: text, Where: policyText(d.DecidedBy), Exact: false}
	}
	e.add(b, nil, s)
	if passes {
		return nil, false
	}
	return b.stop(e.gateEnding(*b, q, d, certainty)), true
}

// turnedGate answers a gate in the other reading of a point that the API leaves open, where this walk is there to find
// out what that leads to.
func (e *engine) turnedGate(b *branch, q policy.Question, d *policy.Decision, s at) ([]branch, bool) {
	if e.turned == "" || e.facts.Value(facts.KeyPolicy) == facts.None {
		return nil, false
	}
	i := slices.IndexFunc(d.Uncertain, func(u policy.Uncertain) bool { return u.Key == e.turned })
	if i < 0 {
		return nil, false
	}
	why := d.Uncertain[i].Why
	if d.Allowed = d.Uncertain[i].Otherwise; d.Allowed {
		d.Uncertain = nil
		return nil, false
	}
	full := e.gates.Evaluate(q)
	full.Allowed = false
	if full.DecidedBy == nil {
		full.DecidedBy = firstSelecting(full)
	}
	end := e.gateEnding(*b, q, full, Assumed)
	end.why = why
	return b.stop(end), true
}

// otherKinds lowers the certainty of every gate where the plug-in has kinds of policies of its own, which are not read.
func (e *engine) otherKinds() Certainty {
	own, ev := e.gates.OwnKinds()
	if own == "" {
		return Certain
	}
	e.assume("policy-own-kinds", own, facts.Default, ev)
	return Assumed
}

// doubts says what the API leaves to the plug-in in this case.
func (e *engine) doubts(d policy.Decision) Certainty {
	c := Certain
	for _, u := range d.Uncertain {
		source := facts.Default
		if u.Detected {
			source = facts.Detected
		}
		e.assumeFlip(string(u.Key), u.Why, source)
		c = worse(c, Assumed)
	}
	return c
}
