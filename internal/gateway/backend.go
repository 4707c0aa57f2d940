package gateway

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// backends shares a rule's requests between its backendRefs by weight. A backend that cannot be used keeps its share,
// which is answered 500 (HTTPRouteRule.BackendRefs).
func (s *Set) backends(d *Decision, c *candidate, refs []gatewayv1.HTTPBackendRef, out outgoing, query string) {
	total := int64(0)
	for i := range refs {
		total += weight(&refs[i])
	}
	if total == 0 {
		d.Action, d.Status, d.Reason, d.Why = Respond, 500, "l7.no-backend", words.Say("gateway.backend.none")
		if len(refs) > 0 {
			d.Why = words.Say("gateway.backend.weights")
			d.assume("weights-all-zero", "500", false)
		}
		return
	}
	d.Action = Forward
	for i := range refs {
		w := weight(&refs[i])
		if w == 0 {
			d.Notes = append(d.Notes, Note{c.route.ref(), words.Say("gateway.note.weight", refText(c.route, &refs[i].BackendObjectReference))})
			continue
		}
		o := outgoing{host: out.host, path: out.path, changes: slices.Clone(out.changes)}
		share := s.backend(d, c, &refs[i])
		share.Part = float64(w) / float64(total)
		s.backendFilters(d, &share, c, refs[i].Filters, &o)
		share.Host, share.Path, share.Changes = o.host, o.path, o.changes
		if query != "" {
			share.Path += "?" + query
		}
		d.Shares = append(d.Shares, share)
	}
}

// backendFilters are filters of one backendRef, which the API leaves to the implementation. A backend that cannot be
// used is never forwarded to, so that its filters do nothing.
func (s *Set) backendFilters(d *Decision, share *Share, c *candidate, list []gatewayv1.HTTPRouteFilter, o *outgoing) {
	if share.Status != 0 {
		return
	}
	for i := range list {
		switch f := &list[i]; f.Type {
		case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
			o.changes = append(o.changes, headerChanges(f.RequestHeaderModifier)...)
		case gatewayv1.HTTPRouteFilterURLRewrite:
			o.rewrite(f.URLRewrite, c)
		case gatewayv1.HTTPRouteFilterResponseHeaderModifier, gatewayv1.HTTPRouteFilterRequestMirror, gatewayv1.HTTPRouteFilterCORS:
		case gatewayv1.HTTPRouteFilterExtensionRef:
			why := s.unresolved(c, f.ExtensionRef)
			if why == "" {
				share.NotModelled, share.Why = "backend-filter", words.Say("gateway.filter.backend-own", extensionText(f.ExtensionRef))
				continue
			}
			share.Status, share.Reason, share.Why, share.Endpoints = 500, "l7.invalid-backend", why, nil
			d.assume("extension-filter", words.Say("gateway.not-resolved"), true)
			return
		default:
			share.NotModelled, share.Why = "backend-filter", words.Say("gateway.filter.backend-own", string(f.Type))
		}
	}
}

func weight(ref *gatewayv1.HTTPBackendRef) int64 { return int64(max(value(ref.Weight, 1), 0)) }

func refText(r *route, b *gatewayv1.BackendObjectReference) string {
	out := fmt.Sprintf("%s/%s", value(b.Namespace, gatewayv1.Namespace(r.meta.Namespace)), b.Name)
	if kind := value(b.Kind, "Service"); kind != "Service" {
		out = string(kind) + " " + out
	}
	if b.Port != nil {
		out += fmt.Sprintf(":%d", *b.Port)
	}
	return out
}

// backend finds out whether a backendRef can be used and where it leads.
func (s *Set) backend(d *Decision, c *candidate, b *gatewayv1.HTTPBackendRef) Share {
	share, svc, port := s.usable(d, c, b)
	if svc == nil {
		return share
	}
	if !s.view.Readable(cluster.KindEndpointSlice, svc.Namespace) {
		share.Unreadable = cluster.KindEndpointSlice
		return share
	}
	for _, slice := range s.view.Slices(svc.Namespace, svc.Name) {
		d.Evidence = append(d.Evidence, cluster.Evidence{
			Kind: cluster.KindEndpointSlice, Namespace: slice.Namespace, Name: slice.Name, ResourceVersion: slice.ResourceVersion, Fields: []string{"endpoints", "ports"},
		})
	}
	share.Endpoints = s.endpoints(svc, port)
	if len(share.Endpoints) == 0 {
		share.Status, share.Reason, share.Why = 503, "l7.no-endpoints", words.Say("gateway.backend.no-endpoint")
		d.assume("no-endpoints-status", words.Say("gateway.fact.503"), false)
	}
	return share
}

// usable finds out whether a backendRef can be used; the service is nil where it cannot, or where that cannot be told.
func (s *Set) usable(d *Decision, c *candidate, b *gatewayv1.HTTPBackendRef) (Share, *corev1.Service, *corev1.ServicePort) {
	r := c.route
	group, kind := string(value(b.Group, "")), string(value(b.Kind, "Service"))
	namespace := string(value(b.Namespace, gatewayv1.Namespace(r.meta.Namespace)))
	share := Share{Backend: Backend{
		Ref: cluster.Ref{Kind: cluster.Kind(kind), Namespace: namespace, Name: string(b.Name)}, Port: value(b.Port, 0), Text: refText(r, &b.BackendObjectReference),
	}}
	invalid := func(why string) (Share, *corev1.Service, *corev1.ServicePort) {
		share.Status, share.Reason, share.Why = 500, "l7.invalid-backend", why
		return share, nil, nil
	}
	resolved, cond := s.resolved(c.gateway, r)
	if group != "" || kind != "Service" {
		if resolved == yes || resolved == silent && (c.gateway.owns(group) || group == "multicluster.x-k8s.io" || strings.HasPrefix(group, "inference.networking.")) {
			share.NotModelled, share.Why = "backend-"+strings.ToLower(kind), words.Say("gateway.backend.own", share.Backend.Text)
			return share, nil, nil
		}
		d.assume("backend-kinds", words.Say("gateway.fact.service-only"), true)
		return invalid(words.Say("gateway.backend.invalid-kind", kind))
	}
	if namespace != r.meta.Namespace {
		if !s.view.Readable(cluster.KindReferenceGrant, namespace) {
			share.Unreadable = cluster.KindReferenceGrant
			return share, nil, nil
		}
		if !granted(s.view, reference{
			fromGroup: gatewayv1.GroupName, fromKind: string(r.kind), fromNamespace: r.meta.Namespace, toKind: "Service", toNamespace: namespace, toName: string(b.Name),
		}) {
			if resolved == yes {
				d.Notes = append(d.Notes, Note{r.ref(), words.Say("gateway.fact.no-grant", share.Backend.Text)})
			} else {
				return invalid(words.Say("gateway.backend.no-grant", namespace))
			}
		}
	}
	if !s.view.Readable(cluster.KindService, namespace) {
		share.Unreadable = cluster.KindService
		return share, nil, nil
	}
	svc := s.view.Service(namespace, string(b.Name))
	if svc == nil {
		return invalid(words.Say("gateway.backend.no-service", b.Name))
	}
	d.evidence(cluster.KindService, svc, "spec.ports")
	if b.Port == nil {
		return invalid(words.Say("gateway.backend.port-missing"))
	}
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		if resolved == yes {
			share.NotModelled, share.Why = "external-name-backend", words.Say("gateway.fact.looks-up", svc.Spec.ExternalName)
			return share, nil, nil
		}
		d.assume("external-name-backends", words.Say("gateway.fact.not-supported"), true)
		return invalid(words.Say("gateway.backend.external-name", b.Name))
	}
	port := portOf(svc, *b.Port)
	if port == nil {
		return invalid(words.Say("gateway.backend.no-port", b.Name, *b.Port))
	}
	if app := value(port.AppProtocol, ""); resolved != yes && !speaksHTTP(app) {
		d.assume("app-protocol", words.Say("gateway.fact.app-protocol", app), true)
		return invalid(words.Say("gateway.backend.app-protocol", app))
	} else if tlsUpstream(app) {
		d.assume("backend-protocol", words.Say("gateway.fact.plain-http"), true)
	}
	if resolved == no {
		// The controller could not resolve some reference of the route, and nothing in the objects shows which: where there
		// is but one, it is that one.
		d.Notes = append(d.Notes, Note{r.ref(), words.Say("gateway.backend.not-resolved.no-cause", cond.Reason)})
		if onlyReference(r) && slices.Contains(unresolved, cond.Reason) {
			d.assume("route-references", words.Say("gateway.fact.resolved-refs", share.Backend.Text), true)
			return invalid(words.Say("gateway.backend.not-resolved", cond.Reason))
		}
		d.assume("route-references", words.Say("gateway.fact.resolved", share.Backend.Text), true)
	}
	return share, svc, port
}

// unresolved are the reasons of ResolvedRefs that speak of a backend.
var unresolved = []string{
	string(gatewayv1.RouteReasonRefNotPermitted), string(gatewayv1.RouteReasonInvalidKind), string(gatewayv1.RouteReasonBackendNotFound),
	string(gatewayv1.RouteReasonUnsupportedProtocol),
}

// onlyReference reports whether a route refers to one backend and nothing else.
func onlyReference(r *route) bool {
	backends := 0
	for _, x := range r.rules {
		backends += len(x.backends)
		for _, f := range x.filters {
			if f.RequestMirror != nil || f.ExtensionRef != nil || f.ExternalAuth != nil {
				return false
			}
		}
	}
	return backends == 1
}

func portOf(svc *corev1.Service, number int32) *corev1.ServicePort {
	for i := range svc.Spec.Ports {
		if p := &svc.Spec.Ports[i]; p.Port == number && cmp.Or(p.Protocol, corev1.ProtocolTCP) == corev1.ProtocolTCP {
			return p
		}
	}
	return nil
}

// speaksHTTP reports whether a route can send requests to a service port with this appProtocol: the standard names of
// KEP-3726 and the usual spellings; a name that another protocol has makes the backend invalid. Names nobody knows are
// let be, as implementations do.
func speaksHTTP(app string) bool {
	switch strings.ToLower(app) {
	case "tcp", "udp", "sctp", "tls", "ssl", "ssh", "dns", "ftp", "smtp", "imap", "pop3", "ldap", "mysql", "postgres", "postgresql", "redis", "mongo", "mongodb", "kafka", "amqp", "mqtt", "sip":
		return false
	}
	if name, ok := strings.CutPrefix(app, "kubernetes.io/"); ok {
		return slices.Contains([]string{"h2c", "ws", "wss"}, name)
	}
	return true
}

func tlsUpstream(app string) bool {
	return slices.Contains([]string{"https", "kubernetes.io/wss"}, strings.ToLower(app))
}

// endpoints are the ready endpoints of a service port, each once, in the order of address and port: proxies know nothing
// of traffic policies and topology. Where both families have some, those of the service's first family are used.
func (s *Set) endpoints(svc *corev1.Service, port *corev1.ServicePort) []Endpoint {
	var out []Endpoint
	seen := map[netip.AddrPort]bool{}
	for _, slice := range s.view.Slices(svc.Namespace, svc.Name) {
		for _, p := range slice.Ports {
			if !p.HasPort || p.Name != port.Name || p.Protocol != cmp.Or(port.Protocol, corev1.ProtocolTCP) {
				continue
			}
			for i := range slice.Endpoints {
				e := &slice.Endpoints[i]
				at := netip.AddrPortFrom(e.Addr, uint16(p.Port))
				if !e.Ready || !e.Addr.IsValid() || seen[at] {
					continue
				}
				seen[at] = true
				x := Endpoint{Addr: at, Node: e.Node}
				if e.Pod != "" {
					x.Pod = s.view.Pod(e.TargetNamespace, e.Pod)
				}
				out = append(out, x)
			}
		}
	}
	first := len(svc.Spec.IPFamilies) == 0 || svc.Spec.IPFamilies[0] == corev1.IPv4Protocol
	inFirst := func(e Endpoint) bool { return e.Addr.Addr().Is4() == first }
	if slices.ContainsFunc(out, inFirst) {
		out = slices.DeleteFunc(out, func(e Endpoint) bool { return !inFirst(e) })
	}
	slices.SortFunc(out, func(a, b Endpoint) int { return a.Addr.Compare(b.Addr) })
	for i := range out {
		out[i].Part = 1 / float64(len(out))
	}
	return out
}
