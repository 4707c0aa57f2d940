package gateway

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// RouteView is a route as it stands, without any request: where it is attached, and what its rules say.
type RouteView struct {
	Ref     cluster.Ref
	Hosts   []string // lower case; none: those of the listeners that take it
	Rules   []RuleView
	Parents []ParentView
}

// ParentView is a parent that a route names.
type ParentView struct {
	Gateway   cluster.Ref
	Missing   bool     // there is no such gateway
	Other     string   // the kind of a parent that is no Gateway
	Listeners []string // names of those that take the route; none where Why says why not
	Hosts     []string // under which they do, each once
	Why       string   // "NotAllowedByListeners: listener http takes routes of namespace shop only"
	Differs   string   // what the objects say, where the conditions say otherwise
	Unread    cluster.Kind
}

// RuleView is one match of a rule: a rule with several matches has one for each.
type RuleView struct {
	Rule     int
	Text     string // as Row.Text has it, without the hostname: "PathPrefix /cart"
	Path     string // of HTTPRoutes
	PathType string
	Answers  string // what the proxy answers itself: "redirect 301"; empty where Backends count
	Backends []BackendView
	Filters  []string // types of the others
	Invalid  string   // why the API would not have the rule
}

// BackendView is one backendRef with its weight and whether it can be used.
type BackendView struct {
	Backend
	Weight int64
	Why    string // why it cannot: "service cart does not exist (BackendNotFound)"
}

// Routes are all routes, HTTPRoutes first, each by namespace and name.
func (s *Set) Routes() []RouteView {
	out := make([]RouteView, 0, len(s.routes))
	for _, r := range s.routes {
		out = append(out, s.routeView(r))
	}
	return out
}

// Route is one route as it stands; ok is false where there is none.
func (s *Set) Route(ref cluster.Ref) (v RouteView, ok bool) {
	for _, r := range s.routes {
		if r.ref() == ref {
			return s.routeView(r), true
		}
	}
	return RouteView{}, false
}

func (s *Set) routeView(r *route) RouteView {
	out := RouteView{Ref: r.ref(), Hosts: r.hosts}
	for _, g := range s.list {
		a := s.attachments([]*Gateway{g}, true).of(g, r)
		if a == nil {
			continue
		}
		p := ParentView{Gateway: g.Ref(), Differs: a.differs, Unread: a.unread}
		for _, l := range g.Listeners {
			if hosts, takes := a.hosts[l]; takes {
				p.Listeners = append(p.Listeners, l.Name())
				for _, h := range hosts {
					if !slices.Contains(p.Hosts, h) {
						p.Hosts = append(p.Hosts, h)
					}
				}
			}
		}
		if len(p.Listeners) == 0 {
			p.Why = a.reason + ": " + a.why
		}
		out.Parents = append(out.Parents, p)
	}
	for i := range r.spec.ParentRefs {
		p := &r.spec.ParentRefs[i]
		ref := cluster.Ref{
			Kind:      cluster.Kind(value(p.Kind, gatewayv1.Kind(cluster.KindGateway))),
			Namespace: string(value(p.Namespace, gatewayv1.Namespace(r.meta.Namespace))), Name: string(p.Name),
		}
		if ref.Kind != cluster.KindGateway || value(p.Group, gatewayv1.GroupName) != gatewayv1.GroupName {
			out.Parents = append(out.Parents, ParentView{Gateway: ref, Other: string(ref.Kind), Why: words.Say("gateway.overview.not-modelled", string(ref.Kind))})
			continue
		}
		if !slices.ContainsFunc(out.Parents, func(v ParentView) bool { return v.Gateway == ref }) {
			out.Parents = append(out.Parents, ParentView{Gateway: ref, Missing: true, Why: words.Say("gateway.overview.none")})
		}
	}
	out.Rules = s.rulesOf(r)
	return out
}

func (s *Set) rulesOf(r *route) []RuleView {
	var out []RuleView
	g := s.someParent(r)
	for i := range r.rules {
		rule := &r.rules[i]
		base := RuleView{Rule: i, Invalid: r.invalid[i]}
		for j := range rule.filters {
			if f := &rule.filters[j]; f.Type == gatewayv1.HTTPRouteFilterRequestRedirect && f.RequestRedirect != nil {
				base.Answers = words.Say("gateway.overview.redirect", value(f.RequestRedirect.StatusCode, 302))
			} else {
				base.Filters = append(base.Filters, string(f.Type))
			}
		}
		c := &candidate{route: r, gateway: g, rule: i}
		for j := range rule.backends {
			b := &rule.backends[j]
			share, _, _ := s.usable(&Decision{}, c, b)
			base.Backends = append(base.Backends, BackendView{Backend: share.Backend, Weight: weight(b), Why: share.Why})
		}
		add := func(http *gatewayv1.HTTPRouteMatch, grpc *gatewayv1.GRPCRouteMatch) {
			v, c := base, candidate{route: r, http: http, grpc: grpc}
			v.Text = c.matchText()
			if kind, path := c.path(); r.kind == cluster.KindHTTPRoute {
				v.Path, v.PathType = path, string(kind)
			}
			out = append(out, v)
		}
		switch {
		case rule.http != nil && len(rule.http.Matches) > 0:
			for j := range rule.http.Matches {
				add(&rule.http.Matches[j], nil)
			}
		case rule.grpc != nil && len(rule.grpc.Matches) > 0:
			for j := range rule.grpc.Matches {
				add(nil, &rule.grpc.Matches[j])
			}
		default:
			add(nil, nil)
		}
	}
	return out
}

// someParent is a gateway that a route names, by whose conditions its references are judged; one of no product where there
// is none.
func (s *Set) someParent(r *route) *Gateway {
	for _, g := range s.list {
		for i := range r.spec.ParentRefs {
			if g.parentOf(r, &r.spec.ParentRefs[i]) {
				return g
			}
		}
	}
	return &Gateway{Object: &gatewayv1.Gateway{}, product: product{Product: Other}}
}

// Standing says whether a gateway serves anything, and if not why.
func (s *Set) Standing(g *Gateway) (serves bool, why string) {
	for _, l := range g.Listeners {
		if !l.Serves && why == "" {
			why = l.Why
		}
		serves = serves || l.Serves
	}
	switch {
	case len(g.Listeners) == 0:
		return false, words.Say("gateway.overview.no-listener")
	case !serves:
		return false, why
	case len(g.pods) > 0 || g.outside || len(g.Services) > 0 || g.settled():
	case g.Class == nil && s.view.Readable(cluster.KindGatewayClass, ""):
		// With a proxy in sight decisions take it that the class has a controller, too.
		return false, words.Say("gateway.overview.no-class", g.Object.Spec.GatewayClassName)
	default:
		return false, words.Say("gateway.overview.no-proxy")
	}
	return true, ""
}

// Proxies are the pods that carry the gateway, sorted.
func (g *Gateway) Proxies() []*cluster.Pod { return g.pods }
