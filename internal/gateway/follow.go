package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// doubts are the things that some comparison took for granted and that could give another winner: those of the winner,
// and those of matches that would have precedence over it.
func (x *decider) doubts(list []*candidate, won *candidate) {
	for _, c := range list {
		if len(c.doubts) == 0 {
			continue
		}
		if won != nil && c != won {
			if wins, _ := c.beats(won); !wins {
				continue
			}
		}
		for _, key := range slices.Sorted(maps.Keys(c.doubts)) {
			x.d.assume(key, c.doubts[key], true)
		}
	}
	if strings.HasSuffix(withoutPort(x.a.Host), ".") {
		x.d.assume("host-trailing-dot", words.Say("gateway.fact.final-dot"), true)
	}
	if x.a.rawPath() {
		x.d.assume("path-normalization", words.Say("gateway.fact.path-as-sent"), true)
	}
}

// fallback notes a winner whose hostname is not the most specific one that covers the host: the specification puts all
// matches together, proxies that choose a virtual host first answer 404.
func (x *decider) fallback(list []*candidate, won *candidate) {
	for _, c := range list {
		if covers(c.host, x.a.host) && c.route.kind == won.route.kind && specificity(c.host) > specificity(won.host) {
			x.d.assume(keyLessSpecific, words.Say("gateway.fact.less-specific"), true)
			return
		}
	}
}

// ages notes a winner by name alone: of routes that nobody has created yet (they come from files) nothing shows which will
// be the older, and that one wins before any name does. It gives the match that would then have won.
func (x *decider) ages(list []*candidate, won *candidate) *candidate {
	var other *candidate
	for _, c := range list {
		if !c.ok || c.route == won.route || !c.route.meta.CreationTimestamp.IsZero() && !won.route.meta.CreationTimestamp.IsZero() || !won.ranks(c) {
			continue
		}
		if other == nil {
			other = c
		} else if wins, _ := c.beats(other); wins {
			other = c
		}
	}
	if other == nil {
		return won
	}
	x.d.assume(keyRouteAge, words.Say("gateway.fact.age", won.route.meta.Name, other.route.meta.Name), true)
	if x.a.Otherwise == keyRouteAge {
		return other
	}
	return won
}

// mostSpecific are the matches under the most specific hostname alone, as a proxy has them that chooses a virtual host
// before it compares anything else.
func mostSpecific(list []*candidate) []*candidate {
	best := 0
	for _, c := range list {
		best = max(best, specificity(c.host))
	}
	var out []*candidate
	for _, c := range list {
		if specificity(c.host) == best {
			out = append(out, c)
		}
	}
	return out
}

// unmatched is a request that no match takes: 404, and the route that would have had it, had it been attached.
func (x *decider) unmatched(l *Listener) {
	x.d.Why, x.d.Unheard = words.Say("gateway.no-listener-host", x.port, x.a.host), l == nil
	if l != nil {
		x.d.Why = words.Say("gateway.no-route", l.Name())
	}
	if x.a.grpc {
		x.d.Status = 0
		x.d.Why += words.Say("gateway.grpc.unimplemented")
	}
	for _, r := range x.routes {
		for _, g := range x.gateways {
			a := x.attached.of(g, r)
			if a == nil || a.reason == "" && (l == nil || l.Gateway != g) {
				continue
			}
			reason, why := a.turnedBy(l)
			if reason == "" || !x.wouldMatch(g, r) {
				continue
			}
			x.d.Reason, x.d.Route = "l7.not-admitted", pointer(r.ref())
			x.d.Why = fmt.Sprintf("%s: %s", reason, why)
			x.d.Evidence = append(x.d.Evidence, cluster.Evidence{Kind: r.kind, Namespace: r.meta.Namespace, Name: r.meta.Name, ResourceVersion: r.meta.ResourceVersion, Fields: []string{"spec.parentRefs", "spec.hostnames", "status"}})
			return
		}
	}
}

// wouldMatch reports whether a route that is not attached would take the request.
func (x *decider) wouldMatch(g *Gateway, r *route) bool {
	if len(r.hosts) > 0 && !slices.ContainsFunc(r.hosts, func(h string) bool { return covers(h, x.a.host) }) {
		return false
	}
	return slices.ContainsFunc(x.matchesOf(g, nil, r, ""), func(c *candidate) bool { return c.ok })
}

// follow does what the winning rule says.
func (x *decider) follow(c *candidate) {
	d := &x.d
	x.take(c.listener)
	d.Route, d.Rule, d.Match, d.Compared = pointer(c.route.ref()), c.rule, c.match, append([]Comparison{{"host", shown(c.host), x.a.Host, true}}, c.compared...)
	d.Status, d.Reason, d.Why = 0, "", ""
	d.Evidence = append(d.Evidence, cluster.Evidence{
		Kind: c.route.kind, Namespace: c.route.meta.Namespace, Name: c.route.meta.Name, ResourceVersion: c.route.meta.ResourceVersion,
		Fields: []string{"spec.hostnames", fmt.Sprintf("spec.rules[%d]", c.rule), "status"},
	})
	if a := x.attached.of(c.gateway, c.route); a != nil && a.differs != "" {
		d.Notes = append(d.Notes, Note{c.route.ref(), a.differs})
		d.assume("route-status", words.Say("gateway.fact.accepted-counts"), true)
	}
	for i := range c.route.status {
		if v, _ := condition(c.route.status[i].Conditions, string(gatewayv1.RouteConditionPartiallyInvalid), c.route.meta.Generation); v == yes {
			d.assume("partially-invalid", words.Say("gateway.fact.rule-counts"), true)
		}
	}
	rule := c.route.rules[c.rule]
	d.Retries = c.gateway.retries || rule.http != nil && rule.http.Retry != nil
	d.Upstream = 502
	if c.gateway.envoy || c.gateway.Product == HAProxy {
		d.Upstream = 503
	}
	out := outgoing{host: x.a.Host, path: x.a.Path}
	if x.filters(d, x.a, c, rule.filters, &out) {
		return
	}
	x.backends(d, c, rule.backends, out, x.a.Query)
	if c.route.kind == cluster.KindGRPCRoute {
		d.grpc()
	}
}

// grpc turns the errors of a GRPCRoute into those of gRPC: UNAVAILABLE, which is no HTTP status.
func (d *Decision) grpc() {
	for i := range d.Shares {
		if d.Shares[i].Reason != "" {
			d.Shares[i].Status = 0
			d.Shares[i].Why += words.Say("gateway.grpc.unavailable")
		}
	}
	if d.Action == Respond {
		d.Status = 0
		d.Why += words.Say("gateway.grpc.unavailable")
	}
}
