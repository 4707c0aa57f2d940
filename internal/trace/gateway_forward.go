package trace

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gatewayShare is one backend of the rule that won.
func (e *engine) gatewayShare(b branch, h *gatewayHop, d gateway.Decision, s *gateway.Share, base ending) []branch {
	b.backend = &Backend{Kind: s.Backend.Ref.Kind, Namespace: s.Backend.Ref.Namespace, Name: s.Backend.Ref.Name, Port: s.Backend.Port}
	switch {
	case s.Unreadable != "":
		return b.stop(e.unread(string(s.Unreadable)))
	case s.NotModelled != "":
		base.decidedBy = d.Route
		return b.stop(e.gatewayUnknown(base, s.NotModelled, s.Why))
	case s.Reason != "":
		base.reason, base.status, base.class, base.why, base.wanted = s.Reason, s.Status, HTTPError, s.Why, s.Backend.Text
		base.decidedBy, base.on = d.Route, pointer(s.Backend.Ref)
		if s.Reason == "l7.no-endpoints" {
			base.decidedBy = pointer(s.Backend.Ref)
		}
		return e.gatewayWrites(b, h, base)
	}
	var out []branch
	for i := range s.Endpoints {
		if e.tooMany() {
			break
		}
		order := append(append([]gateway.Endpoint{}, s.Endpoints[i:]...), s.Endpoints[:i]...)
		out = append(out, e.gatewayUpstream(b.split(s.Endpoints[i].Part), h, d, s, order, base, 1)...)
	}
	return out
}

// gatewayUpstream is one second connection, to the first of the endpoints: straight, past the service's rules.
func (e *engine) gatewayUpstream(b branch, h *gatewayHop, d gateway.Decision, s *gateway.Share, to []gateway.Endpoint, base ending, try int) []branch {
	ep := to[0]
	first := b.suspend()
	firstHTTP := b.http
	before := e.header(&b)
	headers := e.upstreamHeaders(b, firstHTTP, s)
	b.legs++
	b.leg = b.legs
	b.sender = e.gatewaySender(h, first.dst.Addr())
	b.src = netip.AddrPortFrom(b.sender.addr, clientPort+uint16(b.leg)-1)
	b.dst = ep.Addr
	b.guard, b.back, b.masqueraded = nil, nil, false
	b.http = &HTTP{Method: firstHTTP.Method, Path: s.Path, Headers: headers}
	b.upstreamPath = s.Path
	b.setEndpoint(ep.Pod, "", "", ep.Node, ep.Addr)
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: h.at, about: d.Route, layer: h.layer, certainty: base.certainty, evidence: d.Evidence,
		sentence: words.Say("says.proxy.connect.gateway", b.leg, e.socket(b.dst)),
	})
	var ends []branch
	if h.pod != nil {
		ends = e.connect(b)
	} else {
		ends = e.fromUnseen(b, ep.Pod)
	}
	var out []branch
	for _, r := range ends {
		seen, masked := r.seen, r.masqueraded
		r = e.unwind(r)
		r.resume(first)
		end := *r.end
		r.seen, r.masqueraded = seen, masked
		switch end.class {
		case Refused, NoAnswer, Reset:
			if d.Retries && len(to) > 1 && try < maxUpstreamTries {
				r.end = nil
				r.http = firstHTTP
				out = append(out, e.gatewayUpstream(r, h, d, s, to[1:], base, try+1)...)
				continue
			}
			out = append(out, e.gatewayWrites(r, h, e.gatewayFailed(d, end, base))...)
			continue
		case Answered, HTTPError:
			if end.status != 0 {
				r.http = &HTTP{Status: end.status, Body: clip(end.body, 200), Headers: map[string]string{}}
			}
		}
		out = append(out, r)
	}
	return out
}

// gatewaySender is who opens second connections. Of a proxy that no object shows the gateway's address stands for its
// own, which nothing tells.
func (e *engine) gatewaySender(h *gatewayHop, addr netip.Addr) sender {
	if h.pod != nil {
		return podSender(e.view, h.pod).sender
	}
	return sender{ref: h.at, layer: h.layer, addr: addr}
}

// fromUnseen is a second connection of a proxy that no object shows: how it gets to the endpoint is its own affair, but
// the endpoint's in-gate stands before it, and its node must be up.
func (e *engine) fromUnseen(b branch, pod *cluster.Pod) []branch {
	if pod == nil {
		return b.stop(ending{class: LeftTheMap, reason: "outside.unknown", certainty: Assumed, why: e.addrText(b.dst.Addr())})
	}
	if n := e.view.Node(pod.Node); n != nil && !nodeUp(n) {
		return b.stop(e.nodeDown(b, pod.Node))
	}
	q := policy.Question{Direction: policy.Ingress, Pod: pod, Peer: policy.Peer{}, Protocol: corev1.ProtocolTCP, Port: int32(b.dst.Port()), PortPod: pod}
	if d := e.gates.Evaluate(q); d.Unreadable != "" || d.Isolated {
		if d.Unreadable != "" {
			return b.stop(e.unread(string(d.Unreadable)))
		}
		if !d.Allowed && e.facts.Value(facts.KeyPolicy) != facts.None {
			return b.stop(ending{
				reason: "assumption.gateway-source", certainty: Unknown, decidedBy: firstSelecting(d), object: firstSelecting(d),
				why: words.Say("clause.gateway-source-unknown"),
			})
		}
	}
	e.assume("gateway-way", words.Say("fact.gateway-way"), facts.Default, nil)
	b.certainty = worse(b.certainty, Assumed)
	b.pass(b.sender.ref, string(b.sender.layer))
	b.pass(pod.Ref(), "pod")
	b.seen = ""
	e.add(&b, nil, at{
		kind: StepPodIn, ref: pod.Ref(), layer: "pod", certainty: Assumed, title: words.Say("title.enters-pod"), evidence: []cluster.Evidence{podEvidence(pod, "status.podIPs")},
		sentence: words.Say("says.pod.in.unseen", pod.Name),
	})
	out := e.podSocket(b, pod)
	for i := range out {
		out[i].seen = ""
	}
	return out
}

// gatewayFailed is what the proxy writes when its second connection fails.
func (e *engine) gatewayFailed(d gateway.Decision, cause, base ending) ending {
	end := base
	end.class, end.reason, end.status = HTTPError, "l7.upstream-refused", d.Upstream
	end.certainty, end.on, end.wanted, end.try = worse(base.certainty, cause.certainty), cause.decidedBy, cause.addr.String(), cause.try
	end.why = cause.reason
	if cause.class == NoAnswer {
		end.reason, end.status = "l7.upstream-timeout", 504
	}
	e.assume("upstream-failure-status", fmt.Sprint(end.status), facts.Default, nil)
	end.decidedBy = pointer(d.Gateway)
	return end
}
