package gateway

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxLoose bounds the rows about routes that were not attached.
const maxLoose = 50

// candidates are the matches of all routes that are attached to some listener of the list under a hostname that covers
// the request's; loose are rows about the routes that are not.
func (x *decider) candidates(list []*Listener, l *Listener) (out []*candidate, loose []Row) {
	say := func(r *route, why string) {
		if len(loose) < maxLoose {
			loose = append(loose, Row{Route: r.ref(), Why: why})
		}
	}
	x.attached = x.attachments(x.gateways, x.a.Otherwise != keyRouteKinds)
	for _, r := range x.routes {
		for _, g := range x.gateways {
			if a := x.attached.of(g, r); a != nil && a.unread != "" && len(a.hosts) == 0 && x.mayMatch(r) {
				x.unread(a.unread)
				return nil, nil
			}
		}
	}
	for _, pair := range x.attached.excluded {
		if x.mayMatch(pair[0]) && x.mayMatch(pair[1]) {
			x.d.assume(keyRouteKinds, words.Say("gateway.fact.route-kinds"), true)
		}
	}
	for _, r := range x.routes {
		for _, g := range x.gateways {
			a := x.attached.of(g, r)
			if a == nil {
				continue
			}
			if a.reason != "" {
				say(r, a.reason+": "+a.why)
				continue
			}
			here := false
			for _, at := range list {
				hosts, ok := a.hosts[at]
				if !ok || at.Gateway != g {
					continue
				}
				here = true
				host, covered := bestHost(hosts, x.a.host)
				if !covered {
					if at == l || l == nil {
						say(r, words.Say("gateway.tried.host"))
					}
					continue
				}
				if !covers(at.Host, x.a.host) {
					continue
				}
				out = append(out, x.matchesOf(g, at, r, host)...)
			}
			if !here {
				say(r, words.Say("gateway.tried.other-listener"))
			}
		}
	}
	return out, loose
}

// mayMatch reports whether the route's own hostnames cover the request's.
func (x *decider) mayMatch(r *route) bool {
	return len(r.hosts) == 0 || slices.ContainsFunc(r.hosts, func(h string) bool { return covers(h, x.a.host) })
}

func bestHost(hosts []string, host string) (string, bool) {
	best, found := "", false
	for _, h := range hosts {
		if covers(h, host) && (!found || specificity(h) > specificity(best)) {
			best, found = h, true
		}
	}
	return best, found
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(h string) bool {
		return slices.ContainsFunc(b, func(o string) bool { _, ok := intersect(h, o); return ok })
	})
}

// matchesOf compares every match of every rule of a route.
func (x *decider) matchesOf(g *Gateway, l *Listener, r *route, host string) []*candidate {
	var out []*candidate
	for i, rule := range r.rules {
		base := candidate{route: r, gateway: g, listener: l, host: host, rule: i}
		add := func(match int, http *gatewayv1.HTTPRouteMatch, grpc *gatewayv1.GRPCRouteMatch) {
			c := base
			c.match, c.http, c.grpc = match, http, grpc
			switch {
			case r.invalid[i] != "":
				c.result = result{why: r.invalid[i]}
			case r.kind == cluster.KindHTTPRoute:
				if http == nil {
					http = &gatewayv1.HTTPRouteMatch{}
				}
				c.result = x.a.httpMatch(g.product, http)
			default:
				c.result = x.a.grpcMatch(g.product, grpc)
			}
			out = append(out, &c)
		}
		switch {
		case rule.http != nil && len(rule.http.Matches) == 0, rule.grpc != nil && len(rule.grpc.Matches) == 0:
			add(-1, nil, nil)
		case rule.http != nil:
			for j := range rule.http.Matches {
				add(j, &rule.http.Matches[j], nil)
			}
		default:
			for j := range rule.grpc.Matches {
				add(j, nil, &rule.grpc.Matches[j])
			}
		}
	}
	return out
}
