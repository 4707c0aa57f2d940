package trace

import (
	"cmp"
	"fmt"
	"maps"
	"strings"

	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gatewayDecided writes a gateway's decision as steps and follows it.
func (e *engine) gatewayDecided(b branch, h *gatewayHop, d gateway.Decision) []branch {
	certainty := e.gatewayAssumes(d)
	base := ending{certainty: certainty, reason: d.Reason, status: d.Status, gateway: pointer(d.Gateway), decidedBy: pointer(d.Gateway), object: d.Route, why: d.Why, unheard: d.Unheard}
	switch {
	case d.Unreadable != "":
		return b.stop(e.unread(string(d.Unreadable)))
	case d.Action == gateway.Closed:
		return e.gatewayClosed(b, h, d, base)
	}
	e.gatewayAccepts(&b, h, d, certainty)
	if d.NotModelled != "" && d.Route == nil {
		return b.stop(e.gatewayUnknown(base, d.NotModelled, d.Why))
	}
	if d.Action == gateway.Abort {
		base.class = TLSError
		if e.scheme(b) != "https" {
			base.class, base.closed = Reset, true
		}
		return b.stop(base)
	}
	e.gatewayMatches(&b, h, d, certainty)
	switch {
	case d.NotModelled != "":
		base.decidedBy = d.Route
		return b.stop(e.gatewayUnknown(base, d.NotModelled, d.Why))
	case d.Action == gateway.Redirect:
		b.location = d.Location
		base.decidedBy, base.name, base.class = d.Route, d.Location, statusClass(d.Status)
		return e.gatewayWrites(b, h, base)
	case d.Action == gateway.Respond:
		if d.Route != nil && (d.Reason == "l7.no-backend" || d.Reason == "l7.invalid-backend" || d.Reason == "http.status") {
			base.decidedBy = d.Route
		}
		base.name, base.wanted = cmp.Or(b.http.Headers["Host"], words.Say("clause.any-host")), b.http.Path
		base.class = statusClass(d.Status)
		if d.Status == 0 { // a gRPC status instead of one of HTTP
			base.class = HTTPError
		}
		return e.gatewayWrites(b, h, base)
	}
	var out []branch
	for i := range d.Shares {
		out = append(out, e.gatewayShare(b.split(d.Shares[i].Part), h, d, &d.Shares[i], base)...)
	}
	return out
}

func (e *engine) gatewayUnknown(base ending, what, why string) ending {
	base.reason, base.class, base.certainty, base.status = "not-modelled."+what, CannotTell, Unknown, 0
	base.name, base.why, base.gateway = strings.ReplaceAll(what, "-", " "), why, nil
	return base
}

// gatewayClosed is a port that no listener serves: nothing is bound there.
func (e *engine) gatewayClosed(b branch, h *gatewayHop, d gateway.Decision, end ending) []branch {
	e.assumeFlip("gateway-listeners", words.Say("fact.gateway-listeners"), "default")
	e.add(&b, nil, at{
		kind: StepPodSocket, ref: h.at, about: pointer(d.Gateway), layer: h.layer, certainty: end.certainty, evidence: d.Evidence, title: words.Say("title.port-closed", h.port),
		sentence: words.Say("says.pod.socket.gateway-closed", refText(&d.Gateway), h.port, d.Why), tried: notesTried(d),
	})
	end.class, end.protocol = Refused, "TCP"
	end.got = fmt.Sprint(h.port)
	return b.stop(end)
}

// gatewayMatches is the step in which routes are compared.
func (e *engine) gatewayMatches(b *branch, h *gatewayHop, d gateway.Decision, certainty Certainty) {
	s := at{
		kind: StepProxyMatch, ref: h.at, about: d.Route, layer: h.layer, certainty: certainty, evidence: d.Evidence, title: words.Say("title.no-route-matches"),
		sentence: words.Say("says.proxy.match.no-route", refText(&d.Gateway), cmp.Or(b.http.Headers["Host"], words.Say("clause.none")), b.http.Path, d.Why),
	}
	if s.about == nil {
		s.about = pointer(d.Gateway)
	}
	for _, c := range d.Compared {
		s.compared = append(s.compared, Comparison(c))
	}
	for _, r := range d.Rows {
		if r.Won {
			s.title = words.Say("title.route-matched")
			s.rule = &Rule{Text: r.Text, Where: fmt.Sprintf("%s %s, spec.rules[%d]", r.Route.Kind, refText(&r.Route), d.Rule)}
			s.sentence = words.Say("says.proxy.match.route", r.Route.Kind, refText(&r.Route), r.Text, sharesText(d))
			continue
		}
		why := r.Why
		if r.Text != "" {
			why = r.Text + ": " + r.Why
		}
		s.tried = append(s.tried, Tried{Object: pointer(r.Route), Why: why})
	}
	e.add(b, nil, s)
}

func sharesText(d gateway.Decision) string {
	switch {
	case d.Action == gateway.Redirect:
		return words.Say("clause.and-redirects")
	case len(d.Shares) == 1:
		return " " + words.Say("clause.goes-to", d.Shares[0].Backend.Text)
	}
	var parts []string
	for _, s := range d.Shares {
		parts = append(parts, fmt.Sprintf("%d%% %s", percent(s.Part), s.Backend.Text))
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + words.Say("clause.goes-to", strings.Join(parts, ", "))
}

// gatewayWrites is an answer by the proxy's own hand.
func (e *engine) gatewayWrites(b branch, h *gatewayHop, end ending) []branch {
	before := e.header(&b)
	headers := map[string]string{}
	if b.location != "" {
		headers["Location"] = b.location
	}
	if h.pod != nil && b.endpoint == nil {
		b.setEndpoint(h.pod, h.pod.Name, h.pod.Namespace, h.pod.Node, b.dst)
	}
	status, title := words.Say("clause.http-status", end.status), words.Say("title.writes-status", end.status)
	if end.status == 0 {
		status, title = words.Say("clause.grpc-error"), words.Say("title.writes-itself")
	}
	b.http = &HTTP{Status: end.status, Headers: headers}
	text := words.Say("says.proxy.answer.gateway", refText(end.gateway), status)
	if b.location != "" {
		text += words.Say("clause.location", b.location)
	}
	e.add(&b, before, at{
		kind: StepProxyAnswer, ref: h.at, about: end.gateway, layer: h.layer, certainty: end.certainty, title: title, sentence: text + ".",
	})
	return b.stop(end)
}

// upstreamHeaders are the headers of the second connection.
func (e *engine) upstreamHeaders(b branch, first *HTTP, s *gateway.Share) map[string]string {
	headers := maps.Clone(first.Headers)
	headers["Host"] = s.Host
	headers["X-Forwarded-For"] = e.addrText(b.src.Addr())
	headers["X-Forwarded-Proto"] = e.scheme(b)
	for _, c := range s.Changes {
		name := canonical(c.Name)
		switch c.Op {
		case "set":
			headers[name] = c.Value
		case "add":
			if old, have := headers[name]; have {
				headers[name] = old + "," + c.Value
			} else {
				headers[name] = c.Value
			}
		case "remove":
			delete(headers, name)
		}
	}
	return headers
}
