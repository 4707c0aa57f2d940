package trace

import (
	"cmp"
	"maps"
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxUpstreamTries is how many upstreams ingress-nginx tries when one refuses or stays silent
// (proxy-next-upstream-tries, default 3).
const maxUpstreamTries = 3

// forward opens the second connection to each endpoint that may get it.
func (e *engine) forward(b branch, h *ingressHop, c *ingress.Controller, d ingress.Decision, certainty Certainty) []branch {
	if d.ThroughClusterIP {
		svc := e.view.Service(d.Backend.Service.Namespace, d.Backend.Service.Name)
		if svc != nil {
			if addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP); ok {
				to := ingress.Endpoint{Addr: netip.AddrPortFrom(addr, uint16(d.Backend.Port)), Share: 1}
				return e.upstream(b, h, c, d, []ingress.Endpoint{to}, certainty, 1)
			}
		}
	}
	if d.NodePort != 0 {
		return e.throughNodes(b, h, c, d, certainty)
	}
	var out []branch
	for i := range d.Endpoints {
		order := append(append([]ingress.Endpoint{}, d.Endpoints[i:]...), d.Endpoints[:i]...)
		out = append(out, e.upstream(b.split(d.Endpoints[i].Share), h, c, d, order, certainty, 1)...)
	}
	if len(out) == 0 {
		return b.stop(ending{reason: "l7.no-endpoints", class: HTTPError, status: 503, certainty: certainty, decidedBy: decider(d, c), object: d.Ingress})
	}
	return out
}

// upstream is one second connection to the first of the endpoints.
func (e *engine) upstream(b branch, h *ingressHop, c *ingress.Controller, d ingress.Decision, to []ingress.Endpoint, certainty Certainty, try int) []branch {
	ep := to[0]
	if !ep.Addr.IsValid() {
		addr, end := e.externalName(h, c, d, ep)
		if end != nil {
			if end.status != 0 {
				return e.writes(b, h, c, *end, "")
			}
			return b.stop(*end)
		}
		ep.Addr, d.ThroughClusterIP, certainty = addr, true, worse(certainty, Assumed)
	}
	first := b.suspend()
	firstHTTP := b.http
	before := e.header(&b)
	b.legs++
	b.leg = b.legs
	b.sender = e.ingressSender(h, first.dst.Addr())
	b.src = netip.AddrPortFrom(b.sender.addr, clientPort+uint16(b.leg)-1)
	b.dst = ep.Addr
	b.guard = nil
	b.masqueraded = false
	headers := maps.Clone(firstHTTP.Headers)
	if d.UpstreamHost != "" {
		headers["Host"] = d.UpstreamHost
	}
	for _, h := range d.UpstreamHeaders {
		headers[h.Name] = h.Value
	}
	path := cmp.Or(d.UpstreamPath, firstHTTP.Path)
	b.http = &HTTP{Method: firstHTTP.Method, Path: path, Headers: headers}
	b.upstreamPath = path
	b.back = nil
	if d.ThroughClusterIP || d.NodePort != 0 {
		b.endpoint, b.endpointPod = nil, nil
	} else {
		b.setEndpoint(ep.Pod, "", "", ep.Node, ep.Addr)
	}
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: h.at, about: d.Ingress, layer: h.layer, certainty: certainty, evidence: d.Evidence,
		sentence: words.Say("says.proxy.connect.controller", b.leg, straight(d), e.socket(b.dst)),
	})
	var out []branch
	var ends []branch
	if h.pod == nil && !d.ThroughClusterIP && d.NodePort == 0 {
		ends = e.fromUnseen(b, ep.Pod)
	} else {
		ends = e.connect(b)
	}
	for _, r := range ends {
		seen := r.seen
		masked := r.masqueraded
		r = e.unwind(r)
		r.resume(first)
		end := *r.end
		r.seen, r.masqueraded = seen, masked
		switch end.class {
		case Refused, NoAnswer, Reset:
			if retries(c) && len(to) > 1 && try < maxUpstreamTries {
				r.end = nil
				r.http = firstHTTP
				out = append(out, e.upstream(r, h, c, d, to[1:], certainty, try+1)...)
				continue
			}
			out = append(out, e.writes(r, h, c, upstreamFailed(c, d, end), "")...)
			continue
		case Answered, HTTPError:
			e.passOn(&r, end)
		}
		out = append(out, r)
	}
	return out
}

// externalName is the address of an ExternalName backend: the controller asks the DNS of its own pod, and then connects
// like any client, to whatever that is. Where the name leads nowhere, what becomes of the request is returned.
func (e *engine) externalName(h *ingressHop, c *ingress.Controller, d ingress.Decision, ep ingress.Endpoint) (netip.AddrPort, *ending) {
	delivered := func(dns.Nameserver, dns.Question, bool) dns.Delivery { return dns.Delivered }
	look := e.dns.Resolve(e.view, dns.Client{Pod: h.pod, Layer: h.layer}, ep.Host, dns.ResolveOptions{Libc: dns.Libc(e.facts.Value(facts.KeyLibc))}, delivered)
	switch {
	case look.Unknown != "":
		return netip.AddrPort{}, &ending{class: CannotTell, reason: "outside.unknown", certainty: Unknown, decidedBy: pointer(ep.Service), object: pointer(ep.Service), why: look.Unknown}
	case len(look.Addresses) == 0:
		return netip.AddrPort{}, &ending{
			class: HTTPError, reason: "l7.no-endpoints", status: 503, certainty: Assumed, decidedBy: decider(d, c), object: d.Ingress,
			on: pointer(ep.Service), wanted: ep.Host,
		}
	}
	return netip.AddrPortFrom(look.Addresses[0], uint16(d.Backend.Port)), nil
}

func straight(d ingress.Decision) string {
	if d.ThroughClusterIP {
		return words.Say("clause.like-any-client")
	}
	return words.Say("clause.straight")
}

// retries reports whether the controller asks another endpoint when one fails to answer
// (nginx proxy_next_upstream, Kong's retries, HAProxy's option redispatch, Istio's default retry on connect-failure).
func retries(c *ingress.Controller) bool {
	switch c.Product {
	case ingress.Nginx, ingress.NginxInc, ingress.Kong, ingress.HAProxy, ingress.HAProxyIngress, ingress.Istio:
		return true
	}
	return false
}

// upstreamFailed is what the controller writes when its second connection fails (SEMANTICS.md 4.2).
func upstreamFailed(c *ingress.Controller, d ingress.Decision, cause ending) ending {
	end := ending{
		class: HTTPError, reason: "l7.upstream-refused", status: 502, certainty: cause.certainty, decidedBy: decider(d, c), object: d.Ingress,
		on: cause.decidedBy, why: cause.reason, wanted: cause.addr.String(), try: cause.try,
	}
	if cause.class == NoAnswer {
		end.reason, end.status = "l7.upstream-timeout", 504
	}
	switch c.Product {
	case ingress.HAProxy, ingress.HAProxyIngress:
		end.status = 503
	case ingress.Contour, ingress.Istio, ingress.Cilium:
		if end.reason == "l7.upstream-refused" {
			end.status = 503
		}
	case ingress.GCE:
		end.status = 502
	}
	return end
}

// passOn hands the second connection's answer to the first.
func (e *engine) passOn(b *branch, end ending) {
	request := b.http
	b.http = &HTTP{Status: end.status, Body: clip(end.body, 200), Headers: map[string]string{}}
	if end.status == 0 {
		b.http = request
	}
}
