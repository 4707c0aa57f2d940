package gateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// candidate is one match of one rule of an attached route, under the hostname by which the request may reach it.
type candidate struct {
	route       *route
	gateway     *Gateway
	listener    *Listener
	host        string
	rule, match int // match is -1 for the one that an empty list stands for
	http        *gatewayv1.HTTPRouteMatch
	grpc        *gatewayv1.GRPCRouteMatch
	result
}

func (c *candidate) text() string { return shown(c.host) + " " + c.matchText() }

// matchText is the match without its hostname.
func (c *candidate) matchText() string {
	if c.route.kind == cluster.KindGRPCRoute {
		if c.grpc == nil || c.grpc.Method == nil {
			return words.Say("gateway.every-grpc-method")
		}
		return cmp.Or(value(c.grpc.Method.Service, ""), "*") + "/" + cmp.Or(value(c.grpc.Method.Method, ""), "*")
	}
	kind, path := pathOf(c.http)
	out := string(kind) + " " + path
	if c.http == nil {
		return out
	}
	if c.http.Method != nil {
		out += " " + string(*c.http.Method)
	}
	for _, h := range firstHeaders(c.http.Headers) {
		out += fmt.Sprintf(" %s:%s", h.Name, h.Value)
	}
	for _, q := range firstParams(c.http.QueryParams) {
		out += fmt.Sprintf(" ?%s=%s", q.Name, q.Value)
	}
	return out
}

// criterion is one of the orders that decide between two matches that both hold; lost is the key of what is said of
// losing by it.
type criterion struct {
	lost  string
	order func(a, b *candidate) int // positive where a wins
}

func byNumber(lost string, of func(*candidate) int) criterion {
	return criterion{lost, func(a, b *candidate) int { return cmp.Compare(of(a), of(b)) }}
}

const olderWins = "gateway.lost.older-route-wins"

// precedence is HTTPRouteSpec.Hostnames and HTTPRouteRule.Matches, in that order; GRPCRouteRule.Matches for the criteria
// of gRPC. Where regular expressions stand is the implementation's affair: below Exact, above prefixes, as Envoy Gateway
// and nginx have it.
var precedence = []criterion{
	byNumber("gateway.lost.less-specific-host", func(c *candidate) int { return exactLength(c.host) }),
	byNumber("gateway.lost.less-specific-host", func(c *candidate) int { return len(c.host) }),
	byNumber("gateway.lost.less-exact", func(c *candidate) int { k, _ := c.path(); return pathRank[k] }),
	byNumber("gateway.lost.shorter-path", func(c *candidate) int {
		if k, p := c.path(); k == gatewayv1.PathMatchPathPrefix {
			return len(strings.TrimSuffix(p, "/"))
		}
		return 0
	}),
	byNumber("gateway.lost.no-method", func(c *candidate) int {
		if c.http != nil && c.http.Method != nil {
			return 1
		}
		return 0
	}),
	byNumber("gateway.lost.shorter-service", func(c *candidate) int { s, _ := c.method(); return len(s) }),
	byNumber("gateway.lost.shorter-method", func(c *candidate) int { _, m := c.method(); return len(m) }),
	byNumber("gateway.lost.fewer-headers", func(c *candidate) int {
		switch {
		case c.http != nil:
			return len(firstHeaders(c.http.Headers))
		case c.grpc != nil:
			return len(c.grpc.Headers)
		}
		return 0
	}),
	byNumber("gateway.lost.fewer-query-parameters", func(c *candidate) int {
		if c.http == nil {
			return 0
		}
		return len(firstParams(c.http.QueryParams))
	}),
	{olderWins, func(a, b *candidate) int {
		return b.route.age(a.route)
	}},
	{"gateway.lost.route-first-by-name-wins", func(a, b *candidate) int {
		return cmp.Compare(b.route.meta.Namespace+"/"+b.route.meta.Name, a.route.meta.Namespace+"/"+a.route.meta.Name)
	}},
	byNumber("gateway.lost.earlier-rule-wins", func(c *candidate) int { return -c.rule }),
	byNumber("gateway.lost.earlier-match-wins", func(c *candidate) int { return -c.match }),
}

var pathRank = map[gatewayv1.PathMatchType]int{
	gatewayv1.PathMatchExact: 2, gatewayv1.PathMatchRegularExpression: 1,
}

func (c *candidate) path() (gatewayv1.PathMatchType, string) {
	if c.route.kind == cluster.KindGRPCRoute {
		return "", ""
	}
	return pathOf(c.http)
}

func (c *candidate) method() (service, method string) {
	if c.grpc == nil || c.grpc.Method == nil {
		return "", ""
	}
	return value(c.grpc.Method.Service, ""), value(c.grpc.Method.Method, "")
}

// ranks reports whether two matches are equal in all that comes before the age of their routes.
func (c *candidate) ranks(o *candidate) bool {
	for _, x := range precedence {
		if x.lost == olderWins {
			break
		}
		if x.order(c, o) != 0 {
			return false
		}
	}
	return true
}

// beats reports whether a has precedence over b, and by what b loses.
func (c *candidate) beats(o *candidate) (bool, string) {
	for _, x := range precedence {
		if n := x.order(c, o); n != 0 {
			return n > 0, words.Say(x.lost)
		}
	}
	return true, words.Say("gateway.lost.same")
}

// winner is the match that has precedence over all others that hold.
func winner(list []*candidate) *candidate {
	var best *candidate
	for _, c := range list {
		if !c.ok {
			continue
		}
		if best == nil {
			best = c
			continue
		}
		if wins, _ := c.beats(best); wins {
			best = c
		}
	}
	return best
}

// rowsOf writes down how every match fared, the winner first.
func rowsOf(list []*candidate, won *candidate) []Row {
	var out []Row
	for _, c := range list {
		row := Row{Route: c.route.ref(), Text: c.text(), Why: c.why}
		switch {
		case c == won:
			row.Won, row.Why = true, ""
		case c.ok && won != nil:
			_, row.Why = won.beats(c)
		}
		out = append(out, row)
	}
	slices.SortStableFunc(out, func(a, b Row) int {
		switch {
		case a.Won == b.Won:
			return 0
		case a.Won:
			return -1
		}
		return 1
	})
	return out
}
