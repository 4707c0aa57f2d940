package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// atSliceEndpoint reports whether a packet is where an EndpointSlice sent it, and no pod stands behind that endpoint.
func (e *engine) atSliceEndpoint(b *branch) bool {
	return b.endpoint != nil && b.endpoint.Pod == "" && b.backend != nil && b.backend.Kind == cluster.KindService && !e.icmp(b) &&
		b.endpoint.IP == b.dst.Addr().String() && b.endpoint.Port == int32(b.dst.Port())
}

// nodeProcess is a port of a node that somebody wrote into an EndpointSlice: a process of the node is meant to listen
// there, and as with a pod's, no object shows whether it does.
func (e *engine) nodeProcess(b branch, node string) []branch {
	certainty := worse(Assumed, e.uses(facts.KeyListening))
	b.seen = e.addrText(b.src.Addr())
	if !e.facts.Bool(facts.KeyListening) {
		e.add(&b, nil, at{
			kind: StepHost, ref: nodeRef(node), layer: surroundings.LayerLAN, title: words.Say("title.closed-port"), certainty: certainty,
			sentence: words.Say("says.host.nothing-listens", b.dst.Port(), node),
		})
		return b.stop(ending{class: Refused, reason: "host.port-closed", certainty: certainty, decidedBy: pointer(nodeRef(node)), object: pointer(nodeRef(node)), protocol: e.protocol(&b)})
	}
	e.add(&b, nil, at{
		kind: StepHost, ref: nodeRef(node), layer: surroundings.LayerLAN, certainty: certainty, evidence: e.nodeFacts(node, "status.addresses"),
		sentence: words.Say("says.host.process", node, b.dst.Port()),
	})
	return e.answers(b, nodeRef(node), surroundings.LayerLAN, "host.delivered", listening{listens: true, certainty: certainty})
}
