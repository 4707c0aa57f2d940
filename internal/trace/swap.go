package trace

import (
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// swapped is a packet whose destination the rules replace: one branch for each endpoint that may get it.
func (e *engine) swapped(b branch, node string, d service.Decision, certainty Certainty, depth int) []branch {
	var out []branch
	pick := b.pick
	b.pick, b.picked = nil, b.picked || pick != nil
	for _, c := range d.Endpoints {
		if e.tooMany() {
			break
		}
		share := c.Share
		if pick != nil {
			at := c.Node
			if c.Pod != nil {
				at = c.Pod.Node
			}
			if share *= pick.of(at); share == 0 {
				continue
			}
		}
		out = append(out, e.swappedTo(b.split(share), node, d, c, certainty, depth)...)
	}
	if len(out) == 0 && pick == nil { // a decision without endpoints to choose from is no decision
		return b.stop(ending{reason: "service.no-endpoints", certainty: certainty, decidedBy: serviceRef(d.Service), object: serviceRef(d.Service)})
	}
	return out
}

func (e *engine) swappedTo(b branch, node string, d service.Decision, c service.Choice, certainty Certainty, depth int) []branch {
	before := e.header(&b)
	original := b.src.Addr()
	b.remember(nodeRef(node), string(surroundings.LayerPod), undoDNAT)
	b.dst = c.Addr
	b.backend = backendOf(d.Service, d.Port)
	b.setEndpoint(c.Pod, c.PodName, c.Namespace, c.Node, c.Addr)
	if !e.skips(&b, certainty) {
		e.add(&b, before, at{
			kind: StepRulesDNAT, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, rule: ruleFor(d, c), tried: triedOf(d),
			certainty: certainty, evidence: d.Evidence, sentence: e.swapSentence(b, node, d, before),
		})
	}
	if blocked, stopped := e.outGate(&b, node); stopped {
		return blocked
	}
	if c.After != nil {
		return e.turnedAway(b, node, *c.After, certainty)
	}
	if c.Hairpin {
		// The pod's own port of the bridge must send back what it received; not every network plug-in sets it so.
		e.assumeFlip("pod-hairpin", words.Say("fact.pod-hairpin"), facts.Default)
		certainty = worse(certainty, Assumed)
		b.certainty = worse(b.certainty, Assumed)
	}
	if c.Masked {
		e.mask(&b, node, d, c, certainty)
		b.guard = &gateNote{node: node, src: original}
	}
	if c.ReplyLost {
		b.certainty = worse(b.certainty, certainty)
		return e.replyLost(b, node, d, c, depth)
	}
	return e.toEndpoint(b, node, c.Pod, depth)
}

func (b *branch) setEndpoint(pod *cluster.Pod, name, namespace, node string, addr netip.AddrPort) {
	b.endpointPod = pod
	b.endpoint = &Endpoint{Namespace: namespace, Pod: name, IP: addr.Addr().String(), Port: int32(addr.Port()), Node: node}
	if pod != nil {
		b.endpoint.Namespace, b.endpoint.Pod, b.endpoint.Node = pod.Namespace, pod.Name, pod.Node
	}
	if b.endpoint.Pod == "" {
		b.endpoint.Namespace = ""
	}
}

func (e *engine) swapSentence(b branch, node string, d service.Decision, before *Header) string {
	how := words.Say("clause.endpoint.only")
	if n := len(d.Endpoints); n > 1 {
		how = words.Say("clause.endpoint.one-of", n)
		if d.RoundRobin {
			how += words.Say("clause.endpoint.in-turn")
		} else {
			how += words.Say("clause.endpoint.at-random")
		}
		if d.Affinity > 0 {
			how += words.Say("clause.endpoint.affinity", d.Affinity)
		}
	}
	return words.Say("says.rules.dnat", before.Dst, d.Service.Namespace, d.Service.Name, e.socket(b.dst), how)
}

// mask replaces the source by the node's own address.
func (e *engine) mask(b *branch, node string, d service.Decision, c service.Choice, certainty Certainty) {
	addr := e.nodeAddr(node, b.dst.Addr())
	if !addr.IsValid() {
		e.assume("node-address", node, "default", nil)
		b.certainty = worse(b.certainty, Assumed)
		b.masqueraded = true
		return
	}
	if addr == b.src.Addr() {
		b.masqueraded = true
		return
	}
	before := e.header(b)
	b.remember(nodeRef(node), string(surroundings.LayerPod), undoMasquerade)
	b.src = withAddr(b.src, addr)
	b.masqueraded = true
	if e.skips(b, certainty) {
		return
	}
	e.add(b, before, at{
		kind: StepRulesMasquerade, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, certainty: certainty,
		evidence: append(slices.Clone(d.Evidence), e.nodeFacts(node, "status.addresses")...),
		sentence: words.Say("says.rules.masquerade", before.Src, e.socket(b.src), node, maskWhy(d, c)),
	})
}

func maskWhy(d service.Decision, c service.Choice) string {
	switch {
	case c.Hairpin && !d.Masquerade:
		return words.Say("clause.mask.itself")
	case d.MasqueradeWhy == "external-traffic-policy-cluster":
		return words.Say("clause.mask.cluster")
	case d.MasqueradeWhy == "not-a-pod":
		return words.Say("clause.mask.no-pod")
	case d.MasqueradeWhy == "masquerade-all":
		return words.Say("clause.mask.all")
	case d.MasqueradeWhy == "local-source":
		return words.Say("clause.mask.node")
	}
	return ""
}

// replyLost walks to the endpoint, whose reply then comes back with the wrong address.
func (e *engine) replyLost(b branch, node string, d service.Decision, c service.Choice, depth int) []branch {
	out := e.toEndpoint(b, node, c.Pod, depth)
	for i := range out {
		if end := out[i].end; end != nil && (end.class == Answered || end.class == HTTPError) {
			lost := *end
			lost.class, lost.reason, lost.status = NoAnswer, "service.no-local-endpoints", 0
			lost.why = words.Say("clause.reply-lost", c.Addr.Addr())
			lost.on = pointer(nodeRef(node))
			lost.object, lost.decidedBy = serviceRef(d.Service), serviceRef(d.Service)
			out[i].end = &lost
		}
	}
	return out
}
