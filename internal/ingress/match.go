package ingress

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// match is one request while it is decided.
type match struct {
	view *cluster.View
	c    *Controller
	req  Request
	host string // lower case, without port
	path string // as rules are compared with it: without escapes
	list []*candidate
	d    Decision

	ownPaths bool // the controller's own way to compare a path would differ
	ownHosts bool // and a wildcard host
}

// Match decides what a controller does with a request. The controller's own configuration (its ConfigMap, its
// environment) is not read, so no answer is more than assumed.
func Match(view *cluster.View, c *Controller, req Request) Decision {
	if req.Path == "" {
		req.Path = "/"
	}
	m := &match{view: view, c: c, req: req, host: hostOnly(req.Host), path: decodedPath(req.Path)}
	m.d = Decision{Action: Respond, Status: 404, Reason: "l7.no-match", Rule: -1, Path: -1, Author: c.Ref(), Certainty: Assumed, UpstreamScheme: "http"}
	m.d.Evidence = slices.Clone(c.Evidence)
	if !view.Readable(cluster.KindIngress, c.Namespace) {
		m.d.Unreadable, m.d.Certainty = cluster.KindIngress, Unknown
		return m.d
	}
	if !view.Readable(cluster.KindIngressClass, "") && (c.Product != Traefik || anyClassed(view)) {
		m.d.Unreadable, m.d.Certainty = cluster.KindIngressClass, Unknown
		return m.d
	}
	for _, kind := range []cluster.Kind{cluster.KindService, cluster.KindEndpointSlice} {
		if !view.Readable(kind, c.Namespace) {
			m.d.Unreadable, m.d.Certainty = kind, Unknown
			return m.d
		}
	}
	m.assume("ingress-controller", string(c.Product), "detected", words.Say("ingress.fact.behaves", string(c.Product)), c.Product != Nginx && c.Product != Traefik)
	m.list = candidates(view, c, req.Otherwise)
	m.otherClasses()
	var won *candidate
	switch c.Product {
	case Nginx:
		won = m.nginx()
	case Traefik:
		won = m.traefik()
	default:
		won = m.contract()
	}
	if won == nil {
		m.defaultService()
	}
	m.finish(won)
	return m.d
}

// decodedPath is a path without its escapes, as nginx ("normalized URI, after decoding the text encoded in the %XX form",
// ngx_http_core_module, location) and Traefik (url.URL.Path) compare it with rules.
func decodedPath(path string) string {
	if decoded, err := url.PathUnescape(path); err == nil {
		return decoded
	}
	return path
}

// anyClassed reports whether any ingress names a class.
func anyClassed(view *cluster.View) bool {
	return slices.ContainsFunc(view.Ingresses(), func(ing *networkingv1.Ingress) bool { return ing.Spec.IngressClassName != nil })
}

// finish writes down the rows, and that a rule would have matched had its class been this controller's.
func (m *match) finish(won *candidate) {
	if won != nil {
		ref := won.ref()
		m.d.Ingress, m.d.Rule, m.d.Path = &ref, won.rule, won.at
		m.d.Rows = append(m.d.Rows, won.row(true))
		m.d.Evidence = append(m.d.Evidence, evidenceOf(cluster.KindIngress, won.ing, "spec", "metadata.annotations"))
	}
	for _, x := range m.list {
		if x == won {
			continue
		}
		if x.lost == "" {
			x.lost = pathDiffers
			if x.rule < 0 {
				x.lost = fallbackOnly
			}
		}
		m.d.Rows = append(m.d.Rows, x.row(false))
		if won == nil && x.lost == classDiffers && m.d.Reason == "l7.no-match" && hostMatches(x.host, m.host) && (x.rule < 0 || elementPath(x, m.path)) {
			m.d.Reason = "l7.not-admitted"
			if m.unserved(x.ing) {
				m.d.Reason = "l7.no-controller"
			}
			m.d.Rows[len(m.d.Rows)-1].Foreign = true
		}
	}
	if m.req.Scheme == "https" {
		m.tls()
	}
}

// unserved reports whether an ingress has a class that no controller serves. One without any is left by this controller, which
// might as well take it.
func (m *match) unserved(ing *networkingv1.Ingress) bool {
	if _, annotated := ing.Annotations[legacyClass]; !annotated && className(m.view, ing) == "" {
		return false
	}
	serving, _ := Serving(m.view, ing)
	return len(serving) == 0 && !MaybeServed(m.view, ing)
}

// respond makes the controller answer by itself.
func (m *match) respond(status int, reason string) {
	m.d.Action, m.d.Status, m.d.Reason = Respond, status, reason
}

// turnAway makes the controller answer by itself because of an annotation, which the clause names.
func (m *match) turnAway(status int, because string) {
	m.respond(status, "http.status")
	m.d.Because = because
}

func (m *match) redirect(status int, location string) {
	m.d.Action, m.d.Status, m.d.Reason, m.d.Location = Redirect, status, "l7.redirect", location
	m.d.Endpoints = nil
}

// https is the request's own address under https, as redirects to it are written.
func (m *match) https() string { return "https://" + m.host + m.uri() }

func (m *match) uri() string {
	if m.req.Query != "" {
		return m.req.Path + "?" + m.req.Query
	}
	return m.req.Path
}

func (m *match) assume(key, value, source, why string, flips bool) {
	m.d.Assumptions = append(m.d.Assumptions, Assumption{key, value, source, why, flips})
}

// contract follows networking/v1 alone, for controllers that are not modelled: exact host before wildcard before none,
// Exact before Prefix, longest first, ImplementationSpecific as Prefix.
func (m *match) contract() *candidate {
	m.hostOwners()
	best := m.bestHost()
	var won, fallback *candidate
	for _, x := range m.list {
		switch {
		case x.lost != "":
		case x.rule < 0:
			x.lost = fallbackOnly
			if fallback == nil {
				fallback = x
			}
		case x.host != best:
			x.lost = lostHost(x.host, m.host)
		case !m.matchesPath(x):
			x.lost = pathDiffers
		case won == nil:
			won = x
		case better(x, won):
			won.lost = why(won, x)
			won = x
		default:
			x.lost = why(x, won)
		}
	}
	won = m.byOrder(won)
	if m.ownPaths {
		m.assume(KeyOwnPaths, words.Say("ingress.as-api-says"), "default", words.Say("ingress.fact.own-paths"), true)
	}
	if m.ownHosts {
		m.assume(KeyOwnHosts, words.Say("ingress.one-label"), "default", words.Say("ingress.fact.own-hosts"), true)
	}
	if won == nil {
		won = fallback
	}
	if won == nil {
		return nil
	}
	m.otherAnnotations(won.ing)
	if status := m.secureOnly(won); status != 0 && m.req.Scheme == "http" {
		m.redirect(status, m.https())
		return won
	}
	if m.actionByAnnotation(won) {
		return won
	}
	if !m.d.to(m.view, won.ing.Namespace, won.backend) {
		m.d.Action, m.d.Status = Respond, m.statusOfNothing()
		if m.d.Reason == resourceReason {
			m.d.Certainty = Unknown // what it does is for the controller to say (networking/v1 IngressBackend.Resource)
		}
		return won
	}
	if !m.cloudBackend(won) {
		return won
	}
	if m.c.Product == Kong && won.ing.Annotations["konghq.com/strip-path"] == "true" {
		m.d.UpstreamPath = stripped(won, m.req.Path)
	}
	m.pass()
	return won
}

// pass fills in the second connection as every proxy opens it, unless somebody changed it before.
func (m *match) pass() {
	if m.d.UpstreamPath == "" {
		m.d.UpstreamPath = m.req.Path
	}
	if m.d.UpstreamHost == "" {
		m.d.UpstreamHost = m.req.Host
	}
	m.d.UpstreamHeaders = m.headers()
}

// bestHost is the most specific host of any row still in that matches the request: exact, then wildcard, then none.
func (m *match) bestHost() string {
	best := ""
	for _, x := range m.list {
		if x.lost != "" || x.rule < 0 || !m.matchesHost(x) {
			continue
		}
		if x.host == m.host {
			return x.host
		}
		if len(x.host) > len(best) {
			best = x.host
		}
	}
	return best
}

func better(a, b *candidate) bool {
	if n, o := len(trimSlash(a.path)), len(trimSlash(b.path)); n != o {
		return n > o
	}
	return a.kind == networkingv1.PathTypeExact && b.kind != networkingv1.PathTypeExact
}

func why(loser, winner *candidate) string {
	switch {
	case len(trimSlash(loser.path)) < len(trimSlash(winner.path)):
		return shorterPath
	case winner.kind == networkingv1.PathTypeExact && loser.kind != networkingv1.PathTypeExact:
		return lessExact
	}
	return olderWins
}

func lostHost(rule, host string) string {
	switch {
	case !hostMatches(rule, host):
		return hostDiffers
	case rule == "":
		return anyHost
	}
	return wildcardHost
}

// hostMatches compares a rule's host with the request's: a wildcard stands for exactly one label (networking/v1
// IngressRule.Host), an empty host for all.
func hostMatches(rule, host string) bool {
	if rule == "" || rule == host {
		return true
	}
	suffix, ok := strings.CutPrefix(rule, "*.")
	if !ok {
		return false
	}
	label, rest, ok := strings.Cut(host, ".")
	return ok && rest == suffix && oneLabel.MatchString(label)
}

var oneLabel = regexp.MustCompile(`^[\w-]+$`)

// elementPath compares a path as networking/v1 HTTPIngressPath.PathType says: Exact as it is, Prefix by whole elements,
// a trailing slash of the rule not counting.
func elementPath(x *candidate, path string) bool {
	if x.kind == networkingv1.PathTypeExact {
		return x.path == path
	}
	prefix := trimSlash(x.path)
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

func trimSlash(path string) string { return strings.TrimSuffix(path, "/") }

// hostOnly is a Host header without its port, in lower case and without a final dot.
func hostOnly(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host, ':') == i || strings.HasPrefix(host, "[") && strings.LastIndexByte(host, ']') < i {
		host = host[:i]
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}
