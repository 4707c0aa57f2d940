package trace

import (
	"cmp"
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/words"
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
				why: words.Say("clause.controller-not-modelled", f.Value),
			})
		}
		c = as
	}
	if e.view.Source().Kind == cluster.SourceLive && !portDetected(c, int32(b.dst.Port())) {
		certainty = worse(certainty, e.uses(facts.KeyListening))
	}
	e.add(&b, nil, at{
		title: acceptTitle(b), kind: StepProxyAccept, ref: h.at, about: pointer(c.Ref()), layer: h.layer, certainty: certainty, evidence: c.Evidence,
		sentence: acceptSentence(b, h, c),
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
				why: words.Say("fact.tls-port.tls", b.dst.Port()),
			}, "")
		}
		return b.stop(ending{
			class: TLSError, reason: "tls.plain-to-tls", certainty: worse(certainty, Assumed), decidedBy: pointer(c.Ref()), object: pointer(c.Ref()),
			why: words.Say("clause.port-speaks-http", b.dst.Port()),
		})
	}
	client := b.src.Addr()
	if e.from.unnamed && client == e.from.addr {
		client = netip.Addr{} // somebody, nobody knows who
	}
	d := ingress.Match(e.view, c, ingress.Request{
		Scheme: scheme, Host: b.http.Headers["Host"], Path: e.req.Path, Query: e.req.Query, Port: int32(e.dialled(b)), At: int32(b.dst.Port()), Method: b.http.Method,
		Headers: b.http.Headers, SNI: e.req.ServerName, Client: client, BodySize: e.req.BodySize, Otherwise: e.otherwise, User: e.req.User,
	})
	return e.decided(b, h, c, d, certainty)
}

func acceptSentence(b branch, h *ingressHop, c *ingress.Controller) string {
	if h.pod != nil {
		return words.Say("says.proxy.accept", b.leg, refText(&h.at))
	}
	return words.Say("says.proxy.accept.by", b.leg, cmp.Or(c.Name, string(c.Product)), objectText(&h.at))
}

// acceptTitle names the connection that ends at a proxy: behind another proxy it is not the first.
func acceptTitle(b branch) string { return words.Say("title.connection-ends", b.leg) }

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
	if t := d.TLS; t != nil && t.Reason != "" && (t.Closed || !e.req.Insecure) {
		end := ending{
			class: TLSError, reason: t.Reason, badCert: !t.Closed, certainty: certainty, decidedBy: pointer(c.Ref()), object: d.Ingress, name: cmp.Or(e.req.ServerName, b.http.Headers["Host"]),
		}
		if t.Closed {
			end.says = words.Say("reason.tls.no-certificate.handshake", refText(pointer(c.Ref())), end.name)
		}
		return b.stop(end)
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
		end := ending{class: CannotTell, reason: d.Reason, certainty: Unknown, decidedBy: decider(d, c), object: d.Ingress, name: words.Say("clause.backend", d.Backend.Text), on: pointer(d.Backend.Service)}
		if d.Because != "" && d.Ingress != nil {
			end.says = words.Say("reason.l7.no-backend.external", cmp.Or(c.Name, string(c.Product)), objectText(d.Ingress), refText(&d.Backend.Service), d.Because)
		}
		return b.stop(end)
	}
	end := ending{
		reason: cmp.Or(d.Reason, "l7.no-match"), status: d.Status, class: statusClass(d.Status), certainty: certainty, decidedBy: decider(d, c), object: d.Ingress,
		on: pointer(c.Ref()), name: cmp.Or(b.http.Headers["Host"], words.Say("clause.any-host")), why: b.http.Path,
	}
	if d.Because != "" && d.Ingress != nil {
		end.says = words.Say("reason.l7.no-match.class", capital(objectText(d.Ingress)), d.Status, d.Because)
	}
	for _, r := range d.Rows {
		if r.Foreign && end.reason == "l7.no-controller" {
			end.object, end.why = pointer(r.Ingress), e.whyUnserved(r.Ingress)
			break
		}
		if r.Foreign && end.reason == "l7.not-admitted" {
			end.object, end.why = pointer(r.Ingress), words.Say("clause.no-class-served")
			if ing := e.view.Ingress(r.Ingress.Namespace, r.Ingress.Name); ing != nil && ing.Spec.IngressClassName != nil {
				end.why = words.Say("clause.class-not-served", *ing.Spec.IngressClassName)
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
	text := words.Say("says.proxy.answer", refText(pointer(c.Ref())), end.status)
	if location != "" {
		text += words.Say("clause.location", location)
	}
	e.add(&b, before, at{
		kind: StepProxyAnswer, ref: h.at, about: pointer(c.Ref()), layer: h.layer, certainty: end.certainty, evidence: c.Evidence,
		title: words.Say("title.writes-status", end.status), sentence: text + ".",
	})
	return b.stop(end)
}
