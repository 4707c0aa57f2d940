package gateway

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// attachment is what became of a route at a gateway.
type attachment struct {
	route   *route
	hosts   map[*Listener][]string // the listeners that take it, with the hostnames that both want
	reason  string                 // where none does: NoMatchingParent …
	why     string
	turned  []turned     // the parentRefs by which no listener takes it
	differs string       // what the API's rules say, where the route's conditions say otherwise
	unread  cluster.Kind // it depends on objects that may not be read
	said    bool         // the conditions are current
}

// turned is one of a route's parentRefs that came to nothing: its condition Accepted is False, whatever becomes of others.
type turned struct {
	parent      *gatewayv1.ParentReference
	reason, why string
}

// turnedBy says why a listener does not take a route that it is named for; reason is empty where it is not, or takes it.
func (a *attachment) turnedBy(l *Listener) (reason, why string) {
	if a.reason != "" {
		return a.reason, a.why
	}
	if l == nil || len(a.hosts[l]) > 0 {
		return "", ""
	}
	for _, t := range a.turned {
		if l.named(t.parent) {
			return t.reason, t.why
		}
	}
	return "", ""
}

// named reports whether a parentRef to the listener's gateway means this listener.
func (l *Listener) named(p *gatewayv1.ParentReference) bool {
	return (p.SectionName == nil || *p.SectionName == "" || *p.SectionName == l.Spec.Name) && (p.Port == nil || *p.Port == 0 || *p.Port == l.Spec.Port) && l.routed()
}

// attach asks for one gateway whether it takes a route; nil if the route does not name it. A route's conditions beat what
// the objects say where they are current.
func (s *Set) attach(g *Gateway, r *route) *attachment {
	a := &attachment{route: r, hosts: map[*Listener][]string{}}
	named := false
	for i := range r.spec.ParentRefs {
		p := &r.spec.ParentRefs[i]
		if g.parentOf(r, p) {
			named = true
			s.attachBy(a, g, p)
		}
	}
	if !named && r.spec.UseDefaultGateways == gatewayv1.GatewayDefaultScopeAll && g.Object.Spec.DefaultScope == gatewayv1.GatewayDefaultScopeAll {
		named = true
		s.attachBy(a, g, &gatewayv1.ParentReference{Name: gatewayv1.ObjectName(g.Object.Name), Namespace: pointer(gatewayv1.Namespace(g.Object.Namespace))})
	}
	if !named {
		return nil
	}
	if len(a.hosts) > 0 {
		a.reason, a.why = "", ""
	}
	return a
}

func pointer[T any](v T) *T { return &v }

func (g *Gateway) parentOf(r *route, p *gatewayv1.ParentReference) bool {
	return value(p.Group, gatewayv1.GroupName) == gatewayv1.GroupName && value(p.Kind, "Gateway") == "Gateway" &&
		string(value(p.Namespace, gatewayv1.Namespace(r.meta.Namespace))) == g.Object.Namespace && string(p.Name) == g.Object.Name
}

// attachBy follows one parentRef.
func (s *Set) attachBy(a *attachment, g *Gateway, p *gatewayv1.ParentReference) {
	r := a.route
	reason, why := string(gatewayv1.RouteReasonNoMatchingParent), words.Say("gateway.attach.parent-ref", sectionText(p))
	worst := 0
	found := map[*Listener][]string{}
	loose := map[*Listener][]string{} // what the parentRef alone would give
	note := func(rank int, newReason gatewayv1.RouteConditionReason, text string) {
		if rank > worst {
			worst, reason, why = rank, string(newReason), text
		}
	}
	for _, l := range g.Listeners {
		if !l.named(p) {
			continue
		}
		hosts := common(l.Host, r.hosts)
		if len(hosts) > 0 {
			loose[l] = hosts
		}
		allowed, text, unread := s.allows(l, r)
		if unread != "" {
			a.unread = unread
		}
		switch {
		case !allowed:
			note(1, gatewayv1.RouteReasonNotAllowedByListeners, text)
		case len(hosts) == 0:
			note(2, gatewayv1.RouteReasonNoMatchingListenerHostname, words.Say("gateway.attach.hostnames", shown(l.Host), l.Name()))
		default:
			found[l] = hosts
		}
	}
	if len(found) > 0 && !slices.Contains(r.invalid, "") && len(r.invalid) > 0 {
		found, reason, why = nil, string(gatewayv1.RouteReasonUnsupportedValue), r.invalid[0]
	}
	switch accepted, c := s.says(a, g, p); {
	case accepted == no:
		if len(found) > 0 {
			a.differs = words.Say("gateway.attach.no-cause")
		}
		found, reason, why = nil, c.Reason, words.Say("gateway.attach.not-accepted")
		a.unread = ""
	case accepted == yes && len(found) == 0:
		a.differs = words.Say("gateway.fact.accepted", reason, why)
		found = loose
		a.unread = ""
	case accepted == yes:
		a.unread = ""
	}
	for l, hosts := range found {
		a.hosts[l] = append(a.hosts[l], hosts...)
	}
	if len(found) == 0 {
		a.reason, a.why = reason, why
		a.turned = append(a.turned, turned{p, reason, why})
	}
}

func sectionText(p *gatewayv1.ParentReference) string {
	switch {
	case p.SectionName != nil && p.Port != nil:
		return words.Say("gateway.section.listener-port", *p.SectionName, *p.Port)
	case p.SectionName != nil:
		return words.Say("gateway.section.listener", string(*p.SectionName))
	case p.Port != nil:
		return words.Say("gateway.section.port", *p.Port)
	}
	return words.Say("gateway.section.kind")
}

// says is what the gateway's controller wrote about the route and this parentRef, if it is current.
func (s *Set) says(a *attachment, g *Gateway, p *gatewayv1.ParentReference) (verdict, *v1.Condition) {
	r := a.route
	for i := range r.status {
		st := &r.status[i]
		q := &st.ParentRef
		if !g.parentOf(r, q) || value(q.SectionName, "") != value(p.SectionName, "") || value(q.Port, 0) != value(p.Port, 0) {
			continue
		}
		if g.Controller != "" && string(st.ControllerName) != g.Controller {
			continue
		}
		if v, c := condition(st.Conditions, string(gatewayv1.RouteConditionAccepted), r.meta.Generation); v != silent {
			a.said = true
			return v, c
		}
	}
	return silent, nil
}

// resolved is what the controller wrote about the route's references, if it is current.
func (s *Set) resolved(g *Gateway, r *route) (verdict, *v1.Condition) {
	for i := range r.status {
		st := &r.status[i]
		if !g.parentOf(r, &st.ParentRef) || g.Controller != "" && string(st.ControllerName) != g.Controller {
			continue
		}
		if v, c := condition(st.Conditions, string(gatewayv1.RouteConditionResolvedRefs), r.meta.Generation); v != silent {
			return v, c
		}
	}
	return silent, nil
}

// allows reports whether a listener takes routes of this kind and namespace.
func (s *Set) allows(l *Listener, r *route) (ok bool, why string, unread cluster.Kind) {
	allowed := l.Spec.AllowedRoutes
	if allowed != nil && len(allowed.Kinds) > 0 && !slices.ContainsFunc(allowed.Kinds, func(k gatewayv1.RouteGroupKind) bool {
		return value(k.Group, gatewayv1.GroupName) == gatewayv1.GroupName && string(k.Kind) == string(r.kind)
	}) {
		return false, words.Say("gateway.attach.kind", l.Name(), r.kind), ""
	}
	from := gatewayv1.NamespacesFromSame
	var selector *v1.LabelSelector
	if allowed != nil && allowed.Namespaces != nil {
		from, selector = value(allowed.Namespaces.From, from), allowed.Namespaces.Selector
	}
	switch from {
	case gatewayv1.NamespacesFromAll:
		return true, "", ""
	case gatewayv1.NamespacesFromSame:
		return r.meta.Namespace == l.Gateway.Object.Namespace, words.Say("gateway.attach.own-namespace", l.Name(), l.Gateway.Object.Namespace), ""
	case gatewayv1.NamespacesFromSelector:
		if !s.view.Readable(cluster.KindNamespace, "") {
			return false, "", cluster.KindNamespace
		}
		sel, err := v1.LabelSelectorAsSelector(selector)
		set := labels.Set{"kubernetes.io/metadata.name": r.meta.Namespace}
		if ns := s.view.Namespace(r.meta.Namespace); ns != nil {
			for k, v := range ns.Labels {
				set[k] = v
			}
		}
		return err == nil && sel.Matches(set), words.Say("gateway.attach.namespace-labels", l.Name(), v1.FormatLabelSelector(selector), r.meta.Namespace), ""
	}
	return false, words.Say("gateway.attach.no-namespace", l.Name()), ""
}

// common are the hostnames under which a route is served by a listener; those that the listener does not cover are
// ignored.
func common(listener string, route []string) []string {
	if len(route) == 0 {
		return []string{listener}
	}
	var out []string
	for _, h := range route {
		if both, ok := intersect(h, listener); ok && !slices.Contains(out, both) {
			out = append(out, both)
		}
	}
	return out
}
