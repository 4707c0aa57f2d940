package gateway

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// route is an HTTPRoute or a GRPCRoute, as far as they are alike.
type route struct {
	kind    cluster.Kind
	meta    *v1.ObjectMeta
	spec    *gatewayv1.CommonRouteSpec
	status  []gatewayv1.RouteParentStatus
	hosts   []string // lower case
	rules   []rule
	invalid []string // per rule: why the API would not have it, empty if it would
}

// rule is one rule of a route.
type rule struct {
	http     *gatewayv1.HTTPRouteRule
	grpc     *gatewayv1.GRPCRouteRule
	backends []gatewayv1.HTTPBackendRef
	filters  []gatewayv1.HTTPRouteFilter
}

func (r *route) ref() cluster.Ref {
	return cluster.Ref{Kind: r.kind, Namespace: r.meta.Namespace, Name: r.meta.Name}
}

// older reports whether a route has precedence over another by age, then by namespace and name. Routes that come without
// a creation time (from files, or from an edit that is being tried) are all equally old.
func (r *route) older(o *route) bool {
	if n := r.age(o); n != 0 {
		return n < 0
	}
	return r.meta.Namespace+"/"+r.meta.Name < o.meta.Namespace+"/"+o.meta.Name
}

// age compares the creation of two routes, the earlier first. One that nobody has created yet is younger than any that
// is there.
func (r *route) age(o *route) int {
	a, b := r.meta.CreationTimestamp, o.meta.CreationTimestamp
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b.Time)
}

// readRoutes reads the routes of the View.
func (s *Set) readRoutes() {
	for _, o := range s.view.HTTPRoutes() {
		r := &route{kind: cluster.KindHTTPRoute, meta: &o.ObjectMeta, spec: &o.Spec.CommonRouteSpec, status: o.Status.Parents, hosts: lower(o.Spec.Hostnames)}
		for i := range o.Spec.Rules {
			x := &o.Spec.Rules[i]
			r.rules = append(r.rules, rule{http: x, backends: x.BackendRefs, filters: x.Filters})
			r.invalid = append(r.invalid, invalidRule(x))
		}
		if len(r.rules) == 0 {
			// A route without rules: the CRD gives it one rule that matches every path and has no backend.
			r.rules, r.invalid = []rule{{http: &gatewayv1.HTTPRouteRule{}}}, []string{""}
		}
		s.routes = append(s.routes, r)
	}
	for _, o := range s.view.GRPCRoutes() {
		r := &route{kind: cluster.KindGRPCRoute, meta: &o.ObjectMeta, spec: &o.Spec.CommonRouteSpec, status: o.Status.Parents, hosts: lower(o.Spec.Hostnames)}
		for i := range o.Spec.Rules {
			x := &o.Spec.Rules[i]
			y := rule{grpc: x}
			for _, b := range x.BackendRefs {
				y.backends = append(y.backends, gatewayv1.HTTPBackendRef{BackendRef: b.BackendRef})
			}
			for _, f := range x.Filters {
				y.filters = append(y.filters, gatewayv1.HTTPRouteFilter{
					Type: gatewayv1.HTTPRouteFilterType(f.Type), RequestHeaderModifier: f.RequestHeaderModifier,
					ResponseHeaderModifier: f.ResponseHeaderModifier, RequestMirror: f.RequestMirror, ExtensionRef: f.ExtensionRef,
				})
			}
			r.rules, r.invalid = append(r.rules, y), append(r.invalid, "")
		}
		s.routes = append(s.routes, r)
	}
}

func lower(list []gatewayv1.Hostname) []string {
	var out []string
	for _, h := range list {
		out = append(out, strings.ToLower(string(h)))
	}
	return out
}

// invalidRule says what makes a rule one that implementations must not take: combinations that the CRD's own validation
// turns away as well, so that they come from files only. Invalid rules are dropped, the others stay
// (Listener.AllowedRoutes).
func invalidRule(x *gatewayv1.HTTPRouteRule) string {
	var redirect, rewrite, prefix bool
	for _, f := range x.Filters {
		switch f.Type {
		case gatewayv1.HTTPRouteFilterRequestRedirect:
			redirect = true
			prefix = prefix || f.RequestRedirect != nil && f.RequestRedirect.Path != nil && f.RequestRedirect.Path.Type == gatewayv1.PrefixMatchHTTPPathModifier
		case gatewayv1.HTTPRouteFilterURLRewrite:
			rewrite = true
			prefix = prefix || f.URLRewrite != nil && f.URLRewrite.Path != nil && f.URLRewrite.Path.Type == gatewayv1.PrefixMatchHTTPPathModifier
		case gatewayv1.HTTPRouteFilterRequestHeaderModifier, gatewayv1.HTTPRouteFilterResponseHeaderModifier, gatewayv1.HTTPRouteFilterRequestMirror,
			gatewayv1.HTTPRouteFilterCORS, gatewayv1.HTTPRouteFilterExternalAuth, gatewayv1.HTTPRouteFilterExtensionRef:
		default:
			return words.Say("gateway.rule.unknown-filter", string(f.Type))
		}
	}
	switch {
	case redirect && rewrite:
		return words.Say("gateway.rule.filters-exclude")
	case redirect && len(x.BackendRefs) > 0:
		return words.Say("gateway.rule.redirect-backends")
	case prefix && !slices.ContainsFunc(x.Matches, func(m gatewayv1.HTTPRouteMatch) bool {
		return m.Path != nil && pathType(m.Path) != gatewayv1.PathMatchPathPrefix
	}):
		return ""
	case prefix:
		return words.Say("gateway.rule.prefix-match")
	}
	return ""
}

func pathType(p *gatewayv1.HTTPPathMatch) gatewayv1.PathMatchType {
	return value(p.Type, gatewayv1.PathMatchPathPrefix)
}
