package trace

import (
	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// toPod goes from a node to a pod with a network of its own: on the same node, or by the wire to its node.
func (e *engine) toPod(b branch, node string, pod *cluster.Pod) []branch {
	e.doubtWire(&b, node, pod)
	e.doubtWindows(&b, pod.Node)
	if pod.Node == node || pod.Node == "" || node == "" {
		e.add(&b, nil, at{
			kind: StepRouteLocal, ref: nodeRef(node), about: pointer(pod.Ref()), layer: surroundings.LayerPod,
			evidence: []cluster.Evidence{podEvidence(pod, "spec.nodeName", "status.podIPs")},
			sentence: words.Say("says.route.local", pod.Name, named(node)),
		})
		return e.arriveAtPod(b, pod)
	}
	// Whether an envelope is put round the packet changes how it looks on the wire, not whether it arrives: what the
	// verdict rests on is not touched.
	if e.quiet { // an envelope changes nothing then
		e.steps += 2
		b.certainty = worse(b.certainty, Certain)
		b.pass(networkRef(surroundings.LayerLAN), string(surroundings.LayerLAN))
		if n := e.view.Node(pod.Node); n != nil && !nodeUp(n) {
			return b.stop(e.nodeDown(b, pod.Node))
		}
		e.steps++
		b.outer = nil
		b.pass(nodeRef(pod.Node), string(surroundings.LayerPod))
		return e.arriveAtPod(b, pod)
	}
	before := e.header(&b)
	src, dst := e.nodeAddr(node, b.dst.Addr()), e.nodeAddr(pod.Node, b.dst.Addr())
	overlay := e.facts.Value(facts.KeyPodNetwork) == "overlay" && src.IsValid() && dst.IsValid()
	how := words.Say("clause.carried.as-it-is")
	if overlay {
		b.outer = &Outer{Src: src.String(), Dst: dst.String()}
		how = words.Say("clause.carried.envelope")
	}
	evidence := append(e.nodeFacts(node, "status.addresses"), e.nodeFacts(pod.Node, "status.addresses", "spec.podCIDRs")...)
	e.add(&b, before, at{
		kind: StepRouteNode, ref: nodeRef(node), about: pointer(nodeRef(pod.Node)), layer: surroundings.LayerPod, title: words.Say("title.to-node", pod.Node), evidence: evidence,
		sentence: words.Say("says.route.node", pod.Name, pod.Node, node, how),
	})
	wire := networkRef(surroundings.LayerLAN)
	b.pass(wire, string(surroundings.LayerLAN))
	e.add(&b, nil, at{
		kind: StepWire, ref: wire, layer: surroundings.LayerLAN,
		sentence: words.Say("says.wire.nodes", node, pod.Node),
	})
	if n := e.view.Node(pod.Node); n != nil && !nodeUp(n) {
		return b.stop(e.nodeDown(b, pod.Node))
	}
	before = e.header(&b)
	b.outer = nil
	b.pass(nodeRef(pod.Node), string(surroundings.LayerPod))
	text := words.Say("says.wire.hands", pod.Node, pod.Name)
	if overlay {
		text = words.Say("says.wire.takes-off", pod.Node, pod.Name)
	}
	e.add(&b, before, at{
		kind: StepRouteNode, ref: nodeRef(pod.Node), about: pointer(pod.Ref()), layer: surroundings.LayerPod, title: words.Say("title.in-at", pod.Node),
		evidence: []cluster.Evidence{podEvidence(pod, "spec.nodeName", "status.podIPs")}, sentence: text,
	})
	return e.arriveAtPod(b, pod)
}

func (e *engine) nodeDown(b branch, node string) ending {
	end := ending{
		reason: "node.not-ready", certainty: Assumed, decidedBy: pointer(nodeRef(node)), object: pointer(nodeRef(node)), on: pointer(nodeRef(node)),
		why: words.Say("clause.node-not-ready"),
	}
	// A node that is not ready may still forward what it was told before.
	e.assumeFlip("node-down", node, facts.Default)
	return end
}

// arriveAtPod is a packet at the pod's in-gate.
func (e *engine) arriveAtPod(b branch, pod *cluster.Pod) []branch {
	if pod == nil {
		return b.stop(ending{reason: "pod.gone", certainty: Assumed})
	}
	if b.endpoint == nil {
		b.setEndpoint(pod, pod.Name, pod.Namespace, pod.Node, b.dst)
	}
	b.pass(pod.Ref(), string(surroundings.LayerPod))
	e.doubtMesh(&b, pod)
	e.doubtSharedPod(&b, pod)
	if blocked, stopped := e.inGate(&b, pod); stopped {
		return blocked
	}
	b.seen = e.addrText(b.src.Addr())
	if !e.skips(&b, Certain) {
		e.add(&b, nil, at{
			kind: StepPodIn, ref: pod.Ref(), layer: surroundings.LayerPod, title: words.Say("title.sees", b.seen),
			evidence: []cluster.Evidence{podEvidence(pod, "status.podIPs")},
			sentence: words.Say("says.pod.in", pod.Name, b.seen),
		})
	}
	return e.podSocket(b, pod)
}

// onNode is a packet for an address of the node itself that no service rule takes: whatever listens on the node decides.
func (e *engine) onNode(b branch, node string, d service.Decision, depth int) []branch {
	if p := b.endpointPod; hostNetwork(p) && p.Node == node && p.HasIP(b.dst.Addr()) && b.endpoint.Port == int32(b.dst.Port()) {
		return e.arriveAtPod(b, p) // the EndpointSlice says so, whatever ports the pod declares
	}
	cfg := e.boundary
	cfg.AfterRules = true
	cfg.Protocol = e.transport(&b)
	r := boundary.Route(e.view, cfg, boundary.Place{Layer: surroundings.LayerLAN, Node: node, Addr: b.src.Addr(), Passing: true}, b.dst)
	switch {
	case r.Open && r.End.Kind == boundary.EndPod && r.End.Pod != nil:
		if r.End.HostPort {
			// Host ports are opened by the network plug-in (portmap or its own), which some set-ups lack.
			e.assumeFlip("host-ports", words.Say("fact.host-ports"), facts.Default)
			before := e.header(&b)
			b.remember(nodeRef(node), string(surroundings.LayerLAN), undoDNAT)
			b.dst = r.End.Dst
			e.add(&b, before, at{
				certainty: Assumed, kind: StepDoor, ref: nodeRef(node), about: pointer(r.End.Pod.Ref()), layer: surroundings.LayerLAN, title: words.Say("title.host-port"), evidence: r.Evidence,
				sentence: words.Say("says.door.host-port", portOf(before.Dst), node, r.End.Pod.Namespace, r.End.Pod.Name),
			})
			b.setEndpoint(r.End.Pod, "", "", "", b.dst)
			e.maskHostPort(&b, node, r.End.Pod)
			return e.toPod(b, node, r.End.Pod)
		}
		if r.End.Pod.Placed && hostNetwork(r.End.Pod) {
			e.assumePlacement()
			b.certainty = worse(b.certainty, Assumed)
		}
		return e.arriveAtPod(b, r.End.Pod)
	case r.Open && r.End.Listener != nil:
		for _, a := range r.Assumptions {
			b.certainty = worse(b.certainty, e.assumption(a.Key, a.Value, a.Source, a.Flips))
		}
		return e.hostSocket(b, r)
	case r.Open && r.End.Kind == boundary.EndProxy:
		return e.hostProxy(b, r)
	}
	if e.atSliceEndpoint(&b) && d.Service == nil {
		return e.nodeProcess(b, node)
	}
	if d.Service == nil {
		if out, ok := e.gatewayOnNode(b, node); ok {
			return out
		}
		if pod := e.ingressOnNode(&b, node); pod != nil {
			return e.arriveAtPod(b, pod)
		}
	}
	if d.Service != nil {
		b.backend = backendOf(d.Service, d.Port)
	}
	if e.icmp(&b) {
		return e.answersPing(b, nodeRef(node), surroundings.LayerLAN, "host.delivered")
	}
	e.add(&b, nil, at{
		kind: StepHost, ref: nodeRef(node), layer: surroundings.LayerLAN, title: words.Say("title.closed-port"), certainty: Assumed, evidence: append(d.Evidence, e.nodeFacts(node, "status.addresses")...),
		sentence: words.Say("says.host.nothing-known-listens", b.dst.Port(), node), tried: triedOf(d),
	})
	// Processes of the node itself are no objects, so that a closed port of a node is never certain (SEMANTICS.md B).
	e.assumeFlip("node-listeners", words.Say("fact.node-listeners"), facts.Default)
	end := ending{
		reason: "node.port-closed", certainty: Assumed, decidedBy: pointer(nodeRef(node)), object: pointer(nodeRef(node)), on: pointer(nodeRef(node)), why: d.Why,
	}
	if d.Reason != "" {
		end.reason = d.Reason
	}
	if d.Service != nil {
		end.wanted = objectText(serviceRef(d.Service))
	}
	return b.stop(e.noControllerAt(&b, end))
}

// maskHostPort puts the node's address on what comes to a host port from the node's own localhost or from the pod behind
// it, as the portmap plug-in does (containernetworking/plugins portmap, fillDnatRules: "snat" is on unless switched off):
// a loopback address means nothing in the pod, and a pod drops what comes from itself.
func (e *engine) maskHostPort(b *branch, node string, pod *cluster.Pod) {
	addr := e.nodeAddr(node, b.dst.Addr())
	if !addr.IsValid() || !b.src.Addr().IsLoopback() && !pod.HasIP(b.src.Addr()) {
		return
	}
	before := e.header(b)
	b.remember(nodeRef(node), string(surroundings.LayerLAN), undoMasquerade)
	b.src, b.masqueraded = withAddr(b.src, addr), true
	e.add(b, before, at{
		certainty: Assumed, kind: StepRulesMasquerade, ref: nodeRef(node), about: pointer(pod.Ref()), layer: surroundings.LayerLAN, evidence: e.nodeFacts(node, "status.addresses"),
		sentence: words.Say("says.rules.masquerade.host-port", before.Src, e.socket(b.src), node),
	})
}

// loopback is a packet to 127.0.0.0/8 or ::1: it stays where it is.
func (e *engine) loopback(b branch) []branch {
	s := b.sender
	switch {
	case s.inPodNetwork():
		e.add(&b, nil, at{
			kind: StepRouteLocal, ref: s.ref, layer: surroundings.LayerPod, sentence: words.Say("says.host.loopback", s.pod.Name),
		})
		b.setEndpoint(s.pod, s.pod.Name, s.pod.Namespace, s.pod.Node, b.dst)
		return e.podSocket(b, s.pod)
	case s.node != "":
		return e.atNode(b, s.node, service.FromNode, 1)
	}
	return e.travel(b, e.start(b), 0, false)
}
