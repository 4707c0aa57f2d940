package gateway

import (
	"cmp"
	"fmt"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// outgoing is the second connection's request while filters work on it.
type outgoing struct {
	host, path string // path without query
	changes    []HeaderChange
}

// filters applies a rule's filters in their order. done means that one of them ends the request; d says how.
func (s *Set) filters(d *Decision, a *asked, c *candidate, list []gatewayv1.HTTPRouteFilter, out *outgoing) (done bool) {
	for i := range list {
		f := &list[i]
		switch f.Type {
		case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
			out.changes = append(out.changes, headerChanges(f.RequestHeaderModifier)...)
		case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
		case gatewayv1.HTTPRouteFilterRequestMirror:
			d.Notes = append(d.Notes, Note{c.route.ref(), words.Say("gateway.note.mirror", mirrorText(f))})
		case gatewayv1.HTTPRouteFilterURLRewrite:
			out.rewrite(f.URLRewrite, c)
		case gatewayv1.HTTPRouteFilterRequestRedirect:
			d.Action, d.Reason = Redirect, "l7.redirect"
			d.Status, d.Location = location(f.RequestRedirect, a, c)
			return true
		case gatewayv1.HTTPRouteFilterCORS:
			if a.preflight() {
				d.Action, d.Status, d.Reason = Respond, 204, "http.status"
				d.Why = words.Say("gateway.fact.cors")
				d.assume("cors-preflight", words.Say("gateway.fact.204"), false)
				return true
			}
		case gatewayv1.HTTPRouteFilterExternalAuth:
			d.Action, d.NotModelled, d.Why = Unknown, "external-auth", words.Say("gateway.fact.external-auth")
			return true
		case gatewayv1.HTTPRouteFilterExtensionRef:
			return s.extension(d, c, f.ExtensionRef)
		default:
			d.Action, d.Status, d.Reason, d.Why = Respond, 500, "l7.invalid-backend", words.Say("gateway.filter.unknown", string(f.Type))
			return true
		}
	}
	return false
}

// extension is a filter of the implementation's own. One that cannot be resolved must not be skipped: the request gets an
// error (HTTPRouteFilter.Type). Which one that is may be known, or what it does may be known, to the implementation only.
func (s *Set) extension(d *Decision, c *candidate, ref *gatewayv1.LocalObjectReference) bool {
	why := s.unresolved(c, ref)
	if why == "" {
		d.Action, d.NotModelled, d.Why = Unknown, "extension-filter", words.Say("gateway.filter.own", extensionText(ref))
		return true
	}
	d.Action, d.Status, d.Reason, d.Why = Respond, 500, "l7.invalid-backend", why
	d.assume("extension-filter", words.Say("gateway.not-resolved"), true)
	return true
}

// unresolved says why the implementation cannot resolve an extension; empty where it can, or may.
func (s *Set) unresolved(c *candidate, ref *gatewayv1.LocalObjectReference) string {
	group := ""
	if ref != nil {
		group = string(ref.Group)
	}
	resolved, cond := s.resolved(c.gateway, c.route)
	if resolved == yes || resolved == silent && c.gateway.owns(group) {
		return ""
	}
	if cond != nil {
		return words.Say("gateway.filter.not-resolved", extensionText(ref), cond.Reason)
	}
	return words.Say("gateway.filter.unknown-extension", extensionText(ref))
}

func extensionText(ref *gatewayv1.LocalObjectReference) string {
	if ref == nil {
		return "none"
	}
	return fmt.Sprintf("%s %s", ref.Kind, ref.Name)
}

func mirrorText(f *gatewayv1.HTTPRouteFilter) string {
	if f.RequestMirror == nil {
		return "nobody"
	}
	return words.Say("gateway.service", string(f.RequestMirror.BackendRef.Name))
}

func (a *asked) preflight() bool {
	_, origin := a.header("origin")
	_, method := a.header("access-control-request-method")
	return a.Method == "OPTIONS" && origin && method
}

func headerChanges(f *gatewayv1.HTTPHeaderFilter) []HeaderChange {
	if f == nil {
		return nil
	}
	var out []HeaderChange
	for _, h := range f.Set {
		out = append(out, HeaderChange{"set", string(h.Name), h.Value})
	}
	for _, h := range f.Add {
		out = append(out, HeaderChange{"add", string(h.Name), h.Value})
	}
	for _, name := range f.Remove {
		out = append(out, HeaderChange{"remove", name, ""})
	}
	return out
}

func (o *outgoing) rewrite(f *gatewayv1.HTTPURLRewriteFilter, c *candidate) {
	if f == nil {
		return
	}
	if f.Hostname != nil {
		o.host = string(*f.Hostname)
	}
	o.path = modified(f.Path, o.path, c)
}

// modified is a path after a HTTPPathModifier.
func modified(m *gatewayv1.HTTPPathModifier, path string, c *candidate) string {
	if m == nil {
		return path
	}
	switch m.Type {
	case gatewayv1.FullPathHTTPPathModifier:
		return cmp.Or(value(m.ReplaceFullPath, ""), "/")
	case gatewayv1.PrefixMatchHTTPPathModifier:
		kind, prefix := pathOf(c.http)
		if kind != gatewayv1.PathMatchPathPrefix || !hasPrefix(path, prefix) {
			return path
		}
		rest := strings.TrimPrefix(path, strings.TrimSuffix(prefix, "/"))
		return cmp.Or(strings.TrimSuffix(value(m.ReplacePrefixMatch, ""), "/")+rest, "/")
	}
	return path
}

// location is where a redirect points (HTTPRequestRedirectFilter): without a port of its own, that of a scheme that was
// set, else the listener's; ports that go without saying are left out.
func location(f *gatewayv1.HTTPRequestRedirectFilter, a *asked, c *candidate) (status int, to string) {
	if f == nil {
		f = &gatewayv1.HTTPRequestRedirectFilter{}
	}
	own := "http"
	if c.listener.secure() {
		own = "https"
	}
	scheme := strings.ToLower(cmp.Or(value(f.Scheme, ""), own))
	usual := map[string]int32{"http": 80, "https": 443}[scheme]
	port := c.listener.Spec.Port
	switch {
	case f.Port != nil:
		port = *f.Port
	case value(f.Scheme, "") != "" && usual != 0:
		port = usual
	}
	host := a.host
	if f.Hostname != nil && *f.Hostname != "" {
		host = string(*f.Hostname)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != usual {
		host = fmt.Sprintf("%s:%d", host, port)
	}
	to = scheme + "://" + host + modified(f.Path, a.Path, c)
	if a.Query != "" {
		to += "?" + a.Query
	}
	return value(f.StatusCode, 302), to
}

func (d *Decision) assume(key, text string, flips bool) {
	for _, a := range d.Assumptions {
		if a.Key == key {
			return
		}
	}
	d.Assumptions = append(d.Assumptions, Assumption{Key: key, Value: text, Source: "default", Flips: flips})
}

func (d *Decision) evidence(kind cluster.Kind, o cluster.Object, fields ...string) {
	d.Evidence = append(d.Evidence, cluster.Evidence{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), ResourceVersion: o.GetResourceVersion(), Fields: fields})
}
