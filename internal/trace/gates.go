package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// outGate asks the policies of the sender, when the packet is at the sender's node. What is judged is the endpoint, not
// the service: the address has been swapped already (SEMANTICS.md 3.2).
func (e *engine) outGate(b *branch, node string) ([]branch, bool) {
	if b.sender.pod == nil || b.sender.node != node || b.left {
		return nil, false
	}
	peer := e.peerAt(b.dst.Addr())
	q := policy.Question{
		Direction: policy.Egress, Pod: b.sender.pod, Peer: peer, Protocol: e.gateProtocol(b), Port: int32(b.dst.Port()), PortPod: peer.Pod,
	}
	return e.gate(b, q, e.gates.Evaluate(q), at{kind: StepPolicyEgress, ref: nodeRef(node), about: pointer(b.sender.ref), layer: surroundings.LayerPod})
}

// inGate asks the policies of the pod that the packet has come to, with the source as it is there.
func (e *engine) inGate(b *branch, pod *cluster.Pod) ([]branch, bool) {
	peer := e.peerAt(b.src.Addr())
	if b.guard != nil && b.guard.src != b.src.Addr() {
		// The node has masked the source. An engine that filters before the masking still sees the sender's own address
		// when the pod is on that node (SEMANTICS.md 3.2).
		peer.Before = b.guard.src
	}
	if e.from.unnamed && b.src.Addr() == e.from.addr {
		peer = policy.Peer{Within: e.from.within}
	}
	q := policy.Question{
		Direction: policy.Ingress, Pod: pod, Peer: peer, Protocol: e.gateProtocol(b), Port: int32(b.dst.Port()), PortPod: pod,
	}
	return e.gate(b, q, e.gates.Evaluate(q), at{kind: StepPolicyIngress, ref: pod.Ref(), about: pointer(pod.Ref()), layer: surroundings.LayerPod})
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
func (e *engine) gate(b *branch, q policy.Question, d policy.Decision, s at) ([]branch, bool) {
	if hostNetwork(q.Pod) {
		// Most plug-ins leave pods on the host network alone, which the API leaves to them: no gate stands there, but a
		// policy that would shut one makes that less than certain.
		b.certainty = worse(b.certainty, e.doubts(d))
		if d.Unreadable != "" {
			e.assume(policy.UncertainHostNetworkSubject, "policies do not guard pods on the host network", facts.Default, nil)
			b.certainty = worse(b.certainty, Assumed)
		}
		return nil, false
	}
	if d.Unreadable != "" {
		return b.stop(e.unread(string(d.Unreadable))), true
	}
	enforced := e.facts.Value(facts.KeyPolicy) != facts.None
	for _, u := range d.Uncertain {
		if u.Key == policy.UncertainSourceAddress {
			return b.stop(ending{reason: "assumption.source-address", certainty: Unknown, decidedBy: firstSelecting(d), why: u.Why}), true
		}
	}
	certainty := e.doubts(d)
	if q.Peer.Before.IsValid() && namesAddresses(d) {
		// Which of the two addresses a plug-in judges is its own affair (SEMANTICS.md 3.2): never certain, even where both
		// readings agree here.
		e.assume(policy.UncertainBeforeMasquerade, "the address after masquerade is judged", facts.Default, nil)
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
	s.certainty, s.evidence = certainty, d.Evidence
	s.compared, s.tried = comparisons(d), rulesTried(d)
	s.sentence, s.title = e.gateSentence(*b, q, d, passes), gateTitle(q, d, passes)
	if d.DecidedBy != nil {
		text := "spec." + string(q.Direction)
		if d.DecidedRule >= 0 {
			text = fmt.Sprintf("spec.%s[%d]", q.Direction, d.DecidedRule)
		}
		s.rule = &Rule{Text: text, Where: fmt.Sprintf("NetworkPolicy %s/%s", d.DecidedBy.Namespace, d.DecidedBy.Name), Exact: false}
	}
	e.add(b, nil, s)
	if passes {
		return nil, false
	}
	return b.stop(e.gateEnding(*b, q, d, certainty)), true
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

// namesAddresses reports whether a rule that was looked at goes by addresses.
func namesAddresses(d policy.Decision) bool {
	for i := range d.Selecting {
		for j := range d.Selecting[i].Rules {
			for k := range d.Selecting[i].Rules[j].Peers {
				for _, c := range d.Selecting[i].Rules[j].Peers[k].Compared {
					if c.What == "ipBlock" {
						return true
					}
				}
			}
		}
	}
	return false
}

func gateTitle(q policy.Question, d policy.Decision, passes bool) string {
	side := "in-gate"
	if q.Direction == policy.Egress {
		side = "out-gate"
	}
	switch {
	case !passes:
		return side + " closed"
	case !d.Allowed:
		return side + " not enforced"
	}
	return side + " open"
}

func (e *engine) gateSentence(b branch, q policy.Question, d policy.Decision, passes bool) string {
	pod := q.Pod.Namespace + "/" + q.Pod.Name
	switch {
	case !d.Allowed && passes:
		return fmt.Sprintf("NetworkPolicy %s denies this, but nothing enforces it here: the packet passes.", refText(d.DecidedBy))
	case !d.Allowed:
		return fmt.Sprintf("NetworkPolicy %s turns the packet away: %s.", refText(d.DecidedBy), e.lacking(d))
	case !d.Isolated:
		return fmt.Sprintf("No policy selects pod %s for %s: its gate is open.", pod, q.Direction)
	case d.Exempt == policy.ExemptOwnNode:
		return fmt.Sprintf("The gate of pod %s is open for its own node.", pod)
	case d.Exempt == policy.ExemptLoopback:
		return fmt.Sprintf("The gate of pod %s is open for the pod itself.", pod)
	}
	return fmt.Sprintf("NetworkPolicy %s admits the packet%s.", refText(d.DecidedBy), ruleNumber(d))
}

func ruleNumber(d policy.Decision) string {
	if d.DecidedRule < 0 {
		return ""
	}
	return fmt.Sprintf(" by rule %d", d.DecidedRule+1)
}

func refText(r *cluster.Ref) string {
	if r == nil {
		return ""
	}
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// lacking says in words what the closest rule wants and the packet has not.
func (e *engine) lacking(d policy.Decision) string {
	for _, m := range d.Missing {
		switch m.Kind {
		case "label", "namespace-label":
			return fmt.Sprintf("%s %s lacks %s", strings.ToLower(string(m.On.Kind)), m.On.Name, m.Text)
		case "namespace":
			return fmt.Sprintf("pod %s is not in %s", m.On.Name, m.Text)
		case "rule":
			return "it has no rule that admits anybody"
		}
	}
	for _, c := range d.Compared {
		if !c.Holds && c.What != "peer" {
			return fmt.Sprintf("%s wants %s, got %s", c.What, c.Wanted, c.Got)
		}
	}
	for _, m := range d.Missing {
		return "it does not admit " + m.Text
	}
	return "no rule matches"
}

func comparisons(d policy.Decision) []Comparison {
	var out []Comparison
	for _, c := range d.Compared {
		out = append(out, Comparison(c))
	}
	return out
}

// rulesTried are the policies and rules that did not decide.
func rulesTried(d policy.Decision) []Tried {
	var out []Tried
	for _, p := range d.Selecting {
		ref := p.Policy
		if d.Allowed && d.DecidedBy != nil && *d.DecidedBy == ref {
			continue
		}
		if len(p.Rules) == 0 {
			out = append(out, Tried{Object: &ref, Why: "has no rule"})
			continue
		}
		for _, r := range p.Rules {
			if !r.Matches {
				out = append(out, Tried{Object: &ref, Why: fmt.Sprintf("rule %d: %s", r.Index+1, cmp.Or(r.Lost, "does not match"))})
			}
		}
	}
	for _, ref := range d.NotSelecting.Policies {
		out = append(out, Tried{Object: pointer(ref), Why: "selects other pods"})
	}
	return out
}

func firstSelecting(d policy.Decision) *cluster.Ref {
	if d.DecidedBy != nil {
		return d.DecidedBy
	}
	if len(d.Selecting) > 0 {
		return pointer(d.Selecting[0].Policy)
	}
	return nil
}

func (e *engine) gateEnding(b branch, q policy.Question, d policy.Decision, certainty Certainty) ending {
	reason, class := "policy.ingress-denied", NoAnswer
	if q.Direction == policy.Egress {
		reason = "policy.egress-denied"
	}
	if e.facts.Value(facts.KeyPolicy) == "reject" {
		class = Refused
	}
	end := ending{
		class: class, reason: reason, certainty: certainty, decidedBy: d.DecidedBy, object: d.DecidedBy, on: pointer(q.Pod.Ref()),
		why: e.lacking(d), direction: string(q.Direction), protocol: e.protocol(&b),
	}
	for _, m := range d.Missing {
		if m.Kind == "label" || m.Kind == "namespace-label" {
			end.try = append(end.try, labelTry(m))
		}
	}
	return end
}

func labelTry(m policy.Missing) Try {
	command := fmt.Sprintf("kubectl label %s %s %s", strings.ToLower(string(m.On.Kind)), m.On.Name, m.Text)
	if m.On.Namespace != "" {
		command = fmt.Sprintf("kubectl -n %s label %s %s %s", m.On.Namespace, strings.ToLower(string(m.On.Kind)), m.On.Name, m.Text)
	}
	return Try{Text: fmt.Sprintf("Give %s %s the label that the policy asks for.", strings.ToLower(string(m.On.Kind)), m.On.Name), Command: command}
}
