package trace

import (
	"strconv"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// podSocket is a packet inside a pod: is there a process on the port, and what does it answer?
func (e *engine) podSocket(b branch, pod *cluster.Pod) []branch {
	if b.seen == "" {
		b.seen = e.addrText(b.src.Addr())
	}
	if b.endpoint == nil {
		b.setEndpoint(pod, pod.Name, pod.Namespace, pod.Node, b.dst)
	}
	if hostNetwork(pod) {
		e.doubtHost(&b, pod.Node)
	}
	if e.icmp(&b) {
		return e.answersPing(b, pod.Ref(), surroundings.LayerPod, "pod.delivered")
	}
	e.doubtPod(&b, pod)
	state := e.stateOf(&b, pod)
	if state.down || state.certainty == Assumed {
		if state.certainty == Assumed && (b.leg >= 1 || state.down) {
			e.assumeFlip(keyWaitingContainer, waitingValue(state), facts.Default)
		}
		b.certainty = worse(b.certainty, state.certainty)
	}
	if state.down {
		return e.closed(b, pod, "pod.not-running", state.certainty, state.why, nil)
	}
	if b.leg >= 1 && !e.isTCP() {
		if out, ok := e.gatewayDatagram(b, pod); ok {
			return out
		}
	}
	if b.leg >= 1 {
		if out, ok := e.klipper(b, pod); ok {
			return out
		}
	}
	if b.leg >= 1 && e.isTCP() {
		if out, ok := e.gatewayPod(b, pod); ok {
			return out
		}
		if c := ingress.ControllerOf(e.view, pod); c != nil {
			if scheme, ok := c.Scheme(int32(b.dst.Port())); ok {
				if l, doubt := e.controllerListens(b, pod); doubt && !l.listens {
					return e.closed(b, pod, "pod.port-closed", l.certainty, l.why, l.evidence)
				} else if doubt {
					b.certainty = worse(b.certainty, l.certainty)
				}
				return e.proxy(b, podHop(pod), c, scheme)
			}
		}
	}
	l := e.listenerOf(b, pod)
	if b.leg == 0 {
		l = e.dnsListener(l, pod, b.dst.Port())
	}
	if !l.listens {
		return e.closed(b, pod, "pod.port-closed", l.certainty, l.why, l.evidence)
	}
	if !e.skips(&b, l.certainty) {
		port := strconv.Itoa(int(b.dst.Port()))
		e.add(&b, nil, at{
			kind: StepPodSocket, ref: pod.Ref(), layer: surroundings.LayerPod, certainty: l.certainty, evidence: l.evidence, title: words.Say("title.port-listens", port),
			sentence: words.Say("says.pod.socket", port, pod.Name, l.note),
		})
	}
	var out []branch
	for _, r := range e.calls(b, pod, l) {
		if r.end != nil {
			out = append(out, r)
			continue
		}
		out = append(out, e.answers(r, pod.Ref(), surroundings.LayerPod, "pod.delivered", l)...)
	}
	return out
}

func (e *engine) isTCP() bool { return e.req.Protocol == command.TCP }

// closed is a port on which nothing listens.
func (e *engine) closed(b branch, pod *cluster.Pod, reason string, certainty Certainty, why string, evidence []cluster.Evidence) []branch {
	if evidence == nil {
		evidence = []cluster.Evidence{podEvidence(pod, "status.containerStatuses")}
	}
	if !e.skips(&b, certainty) {
		e.add(&b, nil, at{
			kind: StepPodSocket, ref: pod.Ref(), layer: surroundings.LayerPod, certainty: certainty, evidence: evidence, title: words.Say("title.port-closed", b.dst.Port()),
			sentence: words.Say("says.pod.socket.closed", b.dst.Port(), pod.Name, why),
		})
	}
	if e.facts.Get(facts.KeyListening).Source == facts.Given && reason == "pod.port-closed" {
		why = ""
	}
	return b.stop(ending{
		class: Refused, reason: reason, certainty: certainty, decidedBy: pointer(pod.Ref()), object: pointer(pod.Ref()), why: why, protocol: e.protocol(&b),
	})
}

// answersPing is an echo request at its destination: the kernel answers, no process is needed.
func (e *engine) answersPing(b branch, ref cluster.Ref, layer surroundings.Layer, reason string) []branch {
	certainty := Certain
	if ref.Kind != cluster.KindPod && ref.Kind != cluster.KindNode {
		e.assumeFlip("echo", words.Say("fact.echo"), facts.Default) // many filter them
		certainty = Assumed
	}
	if ref.Kind == cluster.KindNode {
		e.doubtHost(&b, ref.Name)
	}
	e.add(&b, nil, at{
		kind: StepAnswer, ref: ref, layer: layer, certainty: certainty, sentence: words.Say("says.host.echo", ref.Kind, ref.Name),
	})
	return b.stop(ending{class: Answered, reason: reason, decidedBy: pointer(ref), object: pointer(ref)})
}

// hostSocket is a packet at a host of the surroundings.
func (e *engine) hostSocket(b branch, d boundary.Decision) []branch {
	ref := d.Owner.Ref()
	if d.End.Kind == boundary.EndNode {
		ref = nodeRef(d.End.Node)
	} else if d.End.Host != nil {
		ref.Kind, ref.Namespace = cluster.KindHost, ""
		ref.Name = d.End.Host.Name
		if e.view.Node(ref.Name) != nil {
			ref.Kind = cluster.KindNode
		}
	}
	if r := d.End.Resolver; r != nil {
		ref = cluster.Ref{Kind: cluster.KindResolver, Name: r.Name}
	}
	layer := d.Owner.Layer
	if layer == "" {
		layer = surroundings.LayerLAN
	}
	b.endpoint = &Endpoint{IP: e.addrText(b.dst.Addr()), Port: int32(b.dst.Port())}
	b.seen = e.addrText(b.src.Addr())
	if out, ok := e.gatewayHost(b, d); ok {
		return out
	}
	if out, ok := e.ingressHost(b, d); ok {
		return out
	}
	if !e.standsAt(b, ref) {
		b.pass(ref, string(layer))
	}
	if e.icmp(&b) {
		return e.answersPing(b, ref, layer, "host.delivered")
	}
	if ref.Kind == cluster.KindNode {
		e.doubtHost(&b, ref.Name)
	}
	if d.End.TLS && e.apiServerSimulated() {
		e.assumeFlip(keyAddresses, words.Say("fact.addresses.api-server"), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	l := listening{listens: true, certainty: Certain, evidence: []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"hosts"}}}}
	if ref.Kind == cluster.KindResolver {
		l.evidence = []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"resolvers"}}}
	} else if d.End.Listener != nil {
		l.answers = d.End.Listener.Answers
		if len(d.Evidence) > 0 && (d.End.TLS || d.End.Host == nil) {
			l.evidence = d.Evidence
		}
	} else if d.Refused {
		l.listens = false
	} else {
		l.certainty = e.uses(facts.KeyListening)
		l.listens = e.facts.Bool(facts.KeyListening)
	}
	e.add(&b, nil, at{
		kind: StepHost, ref: ref, layer: layer, certainty: l.certainty, evidence: l.evidence,
		sentence: words.Say("says.host", words.Kind(string(ref.Kind)), ref.Name, b.dst.Port()),
	})
	if !l.listens {
		return b.stop(ending{class: Refused, reason: "host.port-closed", certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref)})
	}
	l.tls = d.End.TLS
	return e.answers(b, ref, layer, "host.delivered", l)
}
