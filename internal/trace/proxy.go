package trace

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
)

// proxy is a connection that ends at an ingress controller: it reads the request and answers itself or opens a second
// connection, straight to an endpoint (SEMANTICS.md 4.2: kube-proxy's rules have no word there, policies have).
func (e *engine) proxy(b branch, h *ingressHop, c *ingress.Controller, scheme string) []branch {
	certainty := Certain
	if f := e.facts.Get(facts.KeyIngressController); f.Source == facts.Given {
		certainty = e.uses(facts.KeyIngressController)
		as, known := c.As(f.Value)
		if !known {
			return b.stop(ending{
				reason: "assumption." + facts.KeyIngressController, certainty: Unknown, decidedBy: pointer(c.Ref()),
				why: "how " + f.Value + " behaves is not modelled",
			})
		}
		c = as
	}
	if e.view.Source().Kind == cluster.SourceLive && !portDetected(c, int32(b.dst.Port())) {
		certainty = worse(certainty, e.uses(facts.KeyListening))
	}
	e.add(&b, nil, at{
		title: acceptTitle(b), kind: StepProxyAccept, ref: h.at, about: pointer(c.Ref()), layer: h.layer, certainty: certainty, evidence: c.Evidence,
		sentence: fmt.Sprintf("Connection %d ends at ingress controller %s.", b.leg, refText(&h.at)),
	})
	if b.http == nil {
		return b.stop(ending{class: Answered, reason: "pod.delivered", certainty: certainty, decidedBy: pointer(h.at), object: pointer(h.at)})
	}
	if plain := e.scheme(b) != "https"; plain == (scheme == "https") {
		// Which of its ports speak TLS is how the controller is set up.
		e.assume(facts.KeyIngressController, cmp.Or(c.Name, string(c.Product)), facts.Detected, firstEvidence(c.Evidence))
		if plain {
			return e.writes(b, h, c, ending{
				class: HTTPError, reason: "tls.plain-to-tls", status: 400, certainty: Assumed, decidedBy: pointer(c.Ref()), object: pointer(c.Ref()),
				why: fmt.Sprintf("port %d speaks TLS", b.dst.Port()),
			}, "")
		}
		return b.stop(ending{
			class: TLSError, reason: "tls.plain-to-tls", certainty: worse(certainty, Assumed), decidedBy: pointer(c.Ref()), object: pointer(c.Ref()),
			why: fmt.Sprintf("port %d speaks plain HTTP", b.dst.Port()),
		})
	}
	client := b.src.Addr()
	if e.from.unnamed && client == e.from.addr {
		client = netip.Addr{} // somebody, nobody knows who
	}
	d := ingress.Match(e.view, c, ingress.Request{
		Scheme: scheme, Host: b.http.Headers["Host"], Path: e.req.Path, Query: e.req.Query, Port: int32(e.dialled(b)), Method: b.http.Method,
		Headers: b.http.Headers, SNI: e.req.ServerName, Client: client, BodySize: e.req.BodySize, Otherwise: e.otherwise, User: e.req.User,
	})
	return e.decided(b, h, c, d, certainty)
}

// acceptTitle names the connection that ends at a proxy: behind another proxy it is not the first.
func acceptTitle(b branch) string { return fmt.Sprintf("connection %d ends", b.leg) }

func portDetected(c *ingress.Controller, port int32) bool {
	for _, p := range c.Ports {
		if p.Number == port {
			return p.Detected
		}
	}
	return false
}

// dialled is the port that the client dialled, before any address was swapped.
func (e *engine) dialled(b branch) uint16 {
	for _, h := range b.back {
		if h.undo != undoNothing && h.undo != undoMasquerade {
			return h.dst.Port()
		}
	}
	return b.dst.Port()
}

// decided follows the controller's decision; where it has no stable winner, each of its possible ones.
func (e *engine) decided(b branch, h *ingressHop, c *ingress.Controller, d ingress.Decision, certainty Certainty) []branch {
	if d.Unreadable != "" {
		return b.stop(e.unread(string(d.Unreadable)))
	}
	all := append([]ingress.Decision{d}, d.OrElse...)
	var out []branch
	for i := range all {
		one := all[i]
		one.OrElse = nil
		n := b.split(1 / float64(len(all)))
		out = append(out, e.decidedOne(n, h, c, one, certainty)...)
	}
	return out
}

func (e *engine) decidedOne(b branch, h *ingressHop, c *ingress.Controller, d ingress.Decision, certainty Certainty) []branch {
	certainty = worse(certainty, certaintyOf(d.Certainty))
	if certainty == Assumed {
		// How a controller is set up inside (its ConfigMap, its templates) no object here shows in full.
		e.assume(facts.KeyIngressController, cmp.Or(c.Name, string(c.Product)), facts.Detected, firstEvidence(c.Evidence))
	}
	for _, a := range d.Assumptions {
		certainty = worse(certainty, e.ingressAssumption(a))
	}
	if t := d.TLS; t != nil && t.Reason != "" && !e.req.Insecure {
		return b.stop(ending{
			class: TLSError, reason: t.Reason, badCert: true, certainty: certainty, decidedBy: pointer(c.Ref()), object: d.Ingress, name: cmp.Or(e.req.ServerName, b.http.Headers["Host"]),
		})
	}
	about := d.Ingress
	if about == nil {
		about = pointer(c.Ref())
	}
	e.add(&b, nil, at{
		kind: StepProxyMatch, ref: h.at, about: about, layer: h.layer, certainty: certainty, evidence: d.Evidence,
		rule: matchRule(d), tried: rowsTried(d), compared: rowCompared(d, b.http), sentence: matchSentence(d, b.http), title: matchTitle(d),
	})
	if d.Backend != nil {
		b.backend = &Backend{Kind: d.Backend.Service.Kind, Namespace: d.Backend.Service.Namespace, Name: d.Backend.Service.Name, Port: d.Backend.Port}
	}
	switch d.Action {
	case ingress.Forward:
		return e.forward(b, h, c, d, certainty)
	case ingress.Redirect:
		b.location = d.Location
		return e.writes(b, h, c, ending{
			class: statusClass(d.Status), reason: cmp.Or(d.Reason, "l7.redirect"), status: d.Status, certainty: certainty, decidedBy: decider(d, c), object: d.Ingress, name: d.Location,
		}, d.Location)
	}
	if d.Certainty == ingress.Unknown {
		end := ending{class: CannotTell, reason: d.Reason, certainty: Unknown, decidedBy: decider(d, c), object: d.Ingress, name: "backend " + d.Backend.Text, on: pointer(d.Backend.Service)}
		if d.Because != "" && d.Ingress != nil {
			end.says = fmt.Sprintf("Controller %s cannot set up the rule of %s: service %s is %s.", cmp.Or(c.Name, string(c.Product)), objectText(d.Ingress), refText(&d.Backend.Service), d.Because)
		}
		return b.stop(end)
	}
	end := ending{
		reason: cmp.Or(d.Reason, "l7.no-match"), status: d.Status, class: statusClass(d.Status), certainty: certainty, decidedBy: decider(d, c), object: d.Ingress,
		on: pointer(c.Ref()), name: cmp.Or(b.http.Headers["Host"], "any host"), why: b.http.Path,
	}
	if d.Because != "" && d.Ingress != nil {
		end.says = fmt.Sprintf("%s answers HTTP %d: %s.", capital(objectText(d.Ingress)), d.Status, d.Because)
	}
	for _, r := range d.Rows {
		if r.Foreign && end.reason == "l7.no-controller" {
			end.object, end.why = pointer(r.Ingress), e.whyUnserved(r.Ingress)
			break
		}
		if r.Foreign && end.reason == "l7.not-admitted" {
			end.object, end.why = pointer(r.Ingress), "its class is not served there"
			if ing := e.view.Ingress(r.Ingress.Namespace, r.Ingress.Name); ing != nil && ing.Spec.IngressClassName != nil {
				end.why = "its class " + *ing.Spec.IngressClassName + " is not served there"
			}
		}
	}
	if d.Backend != nil {
		end.wanted = d.Backend.Text
		end.on = pointer(d.Backend.Service)
	}
	return e.writes(b, h, c, end, "")
}

// ingressAssumption notes what the controller's decision took for granted; only what would change it makes it less
// certain.
func (e *engine) ingressAssumption(a ingress.Assumption) Certainty {
	if a.Flips {
		e.assumeFlip(a.Key, a.Value, a.Source)
		return Assumed
	}
	e.assume(a.Key, a.Value, a.Source, nil)
	return Certain
}

func firstEvidence(list []cluster.Evidence) *cluster.Evidence {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

func decider(d ingress.Decision, c *ingress.Controller) *cluster.Ref {
	if d.Author.Name != "" {
		return pointer(d.Author)
	}
	return pointer(c.Ref())
}

// writes is an answer by the controller's own hand.
func (e *engine) writes(b branch, h *ingressHop, c *ingress.Controller, end ending, location string) []branch {
	before := e.header(&b)
	headers := map[string]string{}
	if location != "" {
		headers["Location"] = location
	}
	if b.backend == nil && b.endpoint == nil && h.pod != nil {
		b.setEndpoint(h.pod, h.pod.Name, h.pod.Namespace, h.pod.Node, b.dst)
	}
	b.http = &HTTP{Status: end.status, Headers: headers}
	text := fmt.Sprintf("Controller %s writes HTTP %d itself", refText(pointer(c.Ref())), end.status)
	if location != "" {
		text += ", location " + location
	}
	e.add(&b, before, at{
		kind: StepProxyAnswer, ref: h.at, about: pointer(c.Ref()), layer: h.layer, certainty: end.certainty, evidence: c.Evidence,
		title: fmt.Sprintf("writes %d itself", end.status), sentence: text + ".",
	})
	return b.stop(end)
}

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
		sentence: fmt.Sprintf("The controller opens connection %d%s to %s.", b.leg, straight(d), e.socket(b.dst)),
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
		return ", like any other client,"
	}
	return ", straight"
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
