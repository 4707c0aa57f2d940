package trace_test

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// gateRow is a request from the LAN to the gateway of the market.
type gateRow struct {
	name, command string
	place         func(*testing.T) *place
	want          string // as gist writes it
	open          bool   // the specification leaves it to implementations
	upstream      string // the path that the backend gets, where it is looked at
}

func (r gateRow) run(t *testing.T) {
	t.Run(r.name, func(t *testing.T) {
		tr := r.place(t).ask("lan/laptop", "curl "+r.command)
		equal(t, gist(tr), r.want)
		if r.open {
			// What a specification leaves open must be named, beside what every trace to a gateway rests on.
			if !slices.ContainsFunc(tr.Assumptions, func(a trace.Assumption) bool {
				return a.Key != "entry-node" && a.Key != "gateway-controller" && a.Key != "load-balancer"
			}) && tr.Verdict.Class != trace.CannotTell {
				t.Errorf("nothing names what is left open: %s %+v", tr.Verdict.Sentence, tr.Assumptions)
			}
		}
		if r.upstream != "" {
			equal(t, tr.Outcomes[0].UpstreamPath, r.upstream)
		}
	})
}

// routed is the market with one plain listener and one route of these rules.
func routed(rules string) func(*testing.T) *place { return routedBy(plain, "rules: ["+rules+"]") }

func routedBy(listeners, spec string) func(*testing.T) *place {
	return func(t *testing.T) *place { return market(t, listeners).route("default/r", spec) }
}

const (
	gotNew  = "answered pod.delivered 200 new"
	noMatch = "http-error l7.no-match 404 by Gateway gw"
	newRef  = "backendRefs: [{name: new, port: 80}]"
)

func matching(match string) func(*testing.T) *place {
	return routed("{matches: [{" + match + "}], " + newRef + "}")
}

func TestAdversaryA5Matches(t *testing.T) {
	for _, row := range []gateRow{
		{name: "A5 match: curl takes the dots out of a path before it asks", place: matching("path: {value: /b}"), command: address + "/a/../b", want: gotNew},
		{name: "A5 match: with --path-as-is what a proxy makes of the dots is its own affair", place: matching("path: {value: /b}"), command: "--path-as-is " + address + "/a/../b", want: noMatch, open: true},
		{name: "A5 match: a doubled slash is normalised by some", place: matching("path: {type: Exact, value: /a/b}"), command: address + "/a//b", want: noMatch, open: true},
		{name: "A5 match: an escaped slash is normalised by some", place: matching("path: {type: Exact, value: /a/b}"), command: address + "/a%2Fb", want: noMatch, open: true},
		{name: "A5 match: the query is no part of the path", place: matching("path: {type: Exact, value: /a}"), command: "'" + address + "/a?x=/b'", want: gotNew},
		{name: "A5 match: -I asks with HEAD, which is not GET", place: matching("method: GET"), command: "-I " + address + "/", want: noMatch},
		{name: "A5 match: -d asks with POST", place: matching("method: POST"), command: "-d x=1 " + address + "/", want: gotNew},
		{name: "A5 match: -G puts the data in the query", place: matching("method: GET, queryParams: [{name: x, value: '1'}]"), command: "-G -d x=1 " + address + "/", want: gotNew},
		{name: "A5 match: a query parameter's name has case", place: matching("queryParams: [{name: V, value: '1'}]"), command: "'" + address + "/?v=1'", want: noMatch},
		{name: "A5 match: a query parameter must have the whole value", place: matching("queryParams: [{name: v, value: '1'}]"), command: "'" + address + "/?v=12'", want: noMatch},
		{name: "A5 match: a query parameter that is given twice is left open", place: matching("queryParams: [{name: v, value: '2'}]"), command: "'" + address + "/?v=1&v=2'", want: noMatch, open: true},
		{name: "A5 match: of two entries for one query parameter the first counts", place: matching("queryParams: [{name: v, value: '1'}, {name: w, value: '2'}]"), command: "'" + address + "/?v=1'", want: noMatch},
		{name: "A5 match: a header that is sent twice is left open", place: matching("headers: [{name: v, value: '1'}]"), command: "-H 'v: 1' -H 'v: 2' " + address + "/", want: noMatch, open: true},
		{name: "A5 match: a header with no value does not match a value", place: matching("headers: [{name: v, value: '1'}]"), command: "-H 'v;' " + address + "/", want: noMatch},
		{name: "A5 match: the user agent that curl sends by itself is a header", place: matching("headers: [{name: User-Agent, type: RegularExpression, value: 'curl/.*'}]"), command: address + "/", want: gotNew, open: true},
		{name: "A5 match: a user agent that is given", place: matching("headers: [{name: User-Agent, value: probe}]"), command: "-A probe " + address + "/", want: gotNew},
		{name: "A5 match: two matches of a rule are alternatives and one rule", place: matching("headers: [{name: v, value: '9'}]}, {path: {type: Exact, value: /ok}"), command: address + "/ok", want: gotNew},
		{name: "A5 match: a prefix with an element more is longer, wherever it stands", place: routed(prefix("/a", "web") + ", " + prefix("/a/b", "new") + ", " + prefix("/", "web")), command: address + "/a/b/c", want: gotNew},
		{name: "A5 match: a longer prefix that is no whole element does not win", place: routed(prefix("/a", "new") + ", " + prefix("/a/bc", "web")), command: address + "/a/b", want: gotNew},
		{name: "A5 match: the prefix / takes everything", place: routed(prefix("/", "new")), command: address + "/any/thing", want: gotNew},
		{name: "A5 match: Exact / is only the root", place: routed("{matches: [{path: {type: Exact, value: /}}], " + newRef + "}"), command: address + "/x", want: noMatch},
		{name: "A5 match: the order of a regular expression and a prefix is not specified", place: routed("{matches: [{path: {type: RegularExpression, value: '/ab?c?'}}], backendRefs: [{name: web, port: 80}]}, {matches: [{path: {value: /a}}], " + newRef + "}"), command: address + "/a", want: "answered pod.delivered 200 web", open: true},
		{name: "A5 match: rules of one route go by their matches, not by their order", place: routed("{backendRefs: [{name: web, port: 80}]}, {matches: [{path: {type: Exact, value: /x}}], " + newRef + "}"), command: address + "/x", want: gotNew},
		{name: "A5 match: a method beats a query", place: routed("{matches: [{queryParams: [{name: a, value: '1'}, {name: b, value: '1'}]}], backendRefs: [{name: web, port: 80}]}, {matches: [{method: GET}], " + newRef + "}"), command: "'" + address + "/?a=1&b=1'", want: gotNew},
		{name: "A5 match: a header beats any number of queries", place: routed("{matches: [{queryParams: [{name: a, value: '1'}, {name: b, value: '1'}]}], backendRefs: [{name: web, port: 80}]}, {matches: [{headers: [{name: v, value: '1'}]}], " + newRef + "}"), command: "-H 'v: 1' '" + address + "/?a=1&b=1'", want: gotNew},
		{name: "A5 match: a longer path beats a method", place: routed("{matches: [{method: GET}], backendRefs: [{name: web, port: 80}]}, {matches: [{path: {value: /a}}], " + newRef + "}"), command: address + "/a", want: gotNew},
		{name: "A5 match: the specification's examples of a prefix hold to case", place: routed(prefix("/Abc", "new")), command: address + "/abc", want: noMatch},
	} {
		row.run(t)
	}
}

func TestAdversaryA5Hostnames(t *testing.T) {
	const wild = `{name: http, port: 80, protocol: HTTP, hostname: "*.test"}`
	for _, row := range []gateRow{
		{name: "A5 hostnames: a wildcard of the route narrower than the listener's", place: routedBy(wild, `hostnames: ["*.a.test"], `+toNew), command: host("x.a.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: outside of the narrower", place: routedBy(wild, `hostnames: ["*.a.test"], `+toNew), command: host("x.b.test") + " " + address, want: noMatch},
		{name: "A5 hostnames: a wildcard of the route wider than the listener's is narrowed", place: routedBy(`{name: http, port: 80, protocol: HTTP, hostname: "*.a.test"}`, `hostnames: ["*.test"], `+toNew), command: host("x.b.test") + " " + address, want: noMatch},
		{name: "A5 hostnames: and holds within", place: routedBy(`{name: http, port: 80, protocol: HTTP, hostname: "*.a.test"}`, `hostnames: ["*.test"], `+toNew), command: host("x.a.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: a suffix without its dot is not covered", place: routedBy(plain, `hostnames: ["*.test"], `+toNew), command: host("atest") + " " + address, want: noMatch},
		{name: "A5 hostnames: a route's wildcard covers several labels", place: routedBy(plain, `hostnames: ["*.test"], `+toNew), command: host("a.b.c.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: one of several", place: routedBy(plain, `hostnames: [a.test, "*.b.test"], `+toNew), command: host("c.b.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: a route without hostnames takes those of its listener", place: routedBy(wild, toNew), command: host("a.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: and no others", place: routedBy(wild, toNew), command: host("a.example") + " " + address, want: noMatch},
		{name: "A5 hostnames: a listener of every name and an exact one, the route on both", place: func(t *testing.T) *place {
			return market(t, `{name: any, port: 80, protocol: HTTP}, {name: a, port: 80, protocol: HTTP, hostname: a.test}`).route("default/r", toNew)
		}, command: host("a.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: an exact name beats a wildcard with the longer path", place: func(t *testing.T) *place {
			return market(t, plain).route("default/a", `hostnames: ["*.test"], rules: [`+prefix("/x/y", "web")+`]`).route("default/b", `hostnames: [a.test], rules: [`+prefix("/x", "new")+`]`)
		}, command: host("a.test") + " " + address + "/x/y", want: gotNew},
		{name: "A5 hostnames: a trailing dot of the Host header is left open", place: routedBy(plain, `hostnames: [a.test], `+toNew), command: host("a.test.") + " " + address, want: gotNew, open: true},
		{name: "A5 hostnames: two parents, of which one has the name", place: routedBy(`{name: a, port: 80, protocol: HTTP, hostname: a.test}, {name: b, port: 8080, protocol: HTTP, hostname: b.test}`, `hostnames: [a.test], `+toNew), command: host("a.test") + " " + address, want: gotNew},
		{name: "A5 hostnames: on the other port the listener has no such name", place: routedBy(`{name: a, port: 80, protocol: HTTP, hostname: a.test}, {name: b, port: 8080, protocol: HTTP, hostname: b.test}`, `hostnames: [a.test], `+toNew), command: host("a.test") + " " + address + ":8080", want: noMatch},
	} {
		row.run(t)
	}
}

func TestAdversaryA5Ties(t *testing.T) {
	two := func(first, second int) func(*testing.T) *place {
		return func(t *testing.T) *place {
			p := market(t, plain).route("default/a", toWeb)
			if first != 0 {
				p.last().SetCreationTimestamp(later(first))
			}
			p.route("default/b", toNew)
			if second != 0 {
				p.last().SetCreationTimestamp(later(second))
			}
			return p
		}
	}
	for _, row := range []gateRow{
		{name: "A5 ties: the older route wins though its name is later", place: two(2, 1), command: address, want: gotNew},
		{name: "A5 ties: equal ages go by name", place: two(1, 1), command: address, want: "answered pod.delivered 200 web"},
		{name: "A5 ties: where no age is shown, the name alone is no certain verdict", place: two(0, 0), command: address, want: "answered pod.delivered 200 web", open: true},
		{name: "A5 ties: where one age is shown only, the route that is still to be created is the younger", place: two(0, 1), command: address, want: gotNew, open: true},
		{name: "A5 ties: a route of two hostnames ties on one of them only", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/a", `hostnames: [b.test], `+toWeb)
			p.last().SetCreationTimestamp(later(1))
			p.route("default/b", `hostnames: [a.test, b.test], `+toNew)
			p.last().SetCreationTimestamp(later(2))
			return p
		}, command: host("a.test") + " " + address, want: gotNew},
		{name: "A5 ties: more headers in the younger route beat the older", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/a", toWeb)
			p.last().SetCreationTimestamp(later(1))
			p.route("default/b", "rules: [{matches: [{headers: [{name: v, value: '1'}]}], "+newRef+"}]")
			p.last().SetCreationTimestamp(later(2))
			return p
		}, command: "-H 'v: 1' " + address, want: gotNew},
	} {
		row.run(t)
	}
}

func TestAdversaryA5Filters(t *testing.T) {
	redirect := func(more string) string {
		return "{filters: [{type: RequestRedirect, requestRedirect: {" + more + "}}]}"
	}
	under := func(prefix, more string) string {
		return "{matches: [{path: {value: " + prefix + "}}], filters: [{type: RequestRedirect, requestRedirect: {" + more + "}}]}"
	}
	replace := func(text string) string {
		return "path: {type: ReplacePrefixMatch, replacePrefixMatch: " + text + "}"
	}
	rewrite := func(prefix, more string) string {
		return "{matches: [{path: {value: " + prefix + "}}], filters: [{type: URLRewrite, urlRewrite: {" + more + "}}], " + newRef + "}"
	}
	a := host("a.test") + " " + address
	for _, row := range []gateRow{
		{name: "A5 redirect: scheme https from a listener on 8080 names no port", place: routedBy(`{name: alt, port: 8080, protocol: HTTP}`, "rules: ["+redirect("scheme: https")+"]"), command: host("a.test") + " " + address + ":8080/x", want: "answered l7.redirect 302 https://a.test/x"},
		{name: "A5 redirect: scheme http from a listener on 8080 goes to port 80", place: routedBy(`{name: alt, port: 8080, protocol: HTTP}`, "rules: ["+redirect("scheme: http")+"]"), command: host("a.test") + " " + address + ":8080/x", want: "answered l7.redirect 302 http://a.test/x"},
		{name: "A5 redirect: port 443 of scheme https is left out", place: routed(redirect("scheme: https, port: 443")), command: a, want: "answered l7.redirect 302 https://a.test/"},
		{name: "A5 redirect: port 443 without a scheme is not left out of http", place: routed(redirect("port: 443")), command: a, want: "answered l7.redirect 302 http://a.test:443/"},
		{name: "A5 redirect: the whole path is replaced, the query stays", place: routed(redirect("path: {type: ReplaceFullPath, replaceFullPath: /new}")), command: "'" + address + "/old/x?q=1' " + host("a.test"), want: "answered l7.redirect 302 http://a.test/new?q=1"},
		{name: "A5 redirect: prefix /foo, new prefix /xyz, path /foo", place: routed(under("/foo", replace("/xyz"))), command: a + "/foo", want: "answered l7.redirect 302 http://a.test/xyz"},
		{name: "A5 redirect: prefix /foo, new prefix /xyz/, path /foo/bar", place: routed(under("/foo", replace("/xyz/"))), command: a + "/foo/bar", want: "answered l7.redirect 302 http://a.test/xyz/bar"},
		{name: "A5 redirect: prefix /foo/, new prefix /xyz, path /foo/bar", place: routed(under("/foo/", replace("/xyz"))), command: a + "/foo/bar", want: "answered l7.redirect 302 http://a.test/xyz/bar"},
		{name: "A5 redirect: prefix /foo, new prefix /xyz, path /foo/", place: routed(under("/foo", replace("/xyz"))), command: a + "/foo/", want: "answered l7.redirect 302 http://a.test/xyz/"},
		{name: "A5 redirect: prefix /foo, new prefix empty, path /foo/bar", place: routed(under("/foo", replace("''"))), command: a + "/foo/bar", want: "answered l7.redirect 302 http://a.test/bar"},
		{name: "A5 redirect: prefix /foo, new prefix empty, path /foo", place: routed(under("/foo", replace("''"))), command: a + "/foo", want: "answered l7.redirect 302 http://a.test/"},
		{name: "A5 redirect: prefix /foo, new prefix /, path /foo/bar", place: routed(under("/foo", replace("/"))), command: a + "/foo/bar", want: "answered l7.redirect 302 http://a.test/bar"},
		{name: "A5 redirect: a status of its own", place: routed(redirect("statusCode: 308")), command: a, want: "answered l7.redirect 308 http://a.test/"},
		{name: "A5 rewrite: the prefix", place: routed(rewrite("/foo", replace("/xyz"))), command: a + "/foo/bar", want: gotNew, upstream: "/xyz/bar"},
		{name: "A5 rewrite: the prefix to nothing", place: routed(rewrite("/foo", replace("/"))), command: a + "/foo", want: gotNew, upstream: "/"},
		{name: "A5 rewrite: the whole path keeps the query", place: routed(rewrite("/foo", "path: {type: ReplaceFullPath, replaceFullPath: /one}")), command: "'" + address + "/foo/bar?q=1'", want: gotNew, upstream: "/one?q=1"},
		{name: "A5 rewrite: the host is not matched again", place: routed(rewrite("/", "hostname: other.test")), command: a + "/foo", want: gotNew, upstream: "/foo"},
		{name: "A5 mirror: to a service that does not exist leaves the request alone", place: routed("{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: nobody, port: 80}}}], " + newRef + "}"), command: a, want: gotNew},
		{name: "A5 headers: one that is removed changes no match", place: routed("{matches: [{headers: [{name: v, value: '1'}]}], filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [v]}}], " + newRef + "}"), command: "-H 'v: 1' " + a, want: gotNew},
		{name: "A5 timeouts: of zero are none", place: routed("{timeouts: {request: 0s}, " + newRef + "}"), command: a, want: gotNew},
		{name: "A5 timeouts: an application that answers is in time, as far as is shown", place: routed("{timeouts: {request: 10s, backendRequest: 1s}, " + newRef + "}"), command: a, want: gotNew},
		{name: "A5 filters of a backend: a header modifier", place: routed("{backendRefs: [{name: new, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: v, value: '1'}]}}]}]}"), command: a, want: gotNew},
		{name: "A5 filters of a backend: an extension that nobody knows is never skipped", place: routed("{backendRefs: [{name: new, port: 80, filters: [{type: ExtensionRef, extensionRef: {group: example.net, kind: Magic, name: m}}]}]}"), command: a, want: "http-error l7.invalid-backend 500 by HTTPRoute r"},
	} {
		row.run(t)
	}
}

func TestAdversaryA5Backends(t *testing.T) {
	to := func(refs string) func(*testing.T) *place { return routed("{backendRefs: [" + refs + "]}") }
	const bad = "http-error l7.invalid-backend 500 by HTTPRoute r"
	grant := func(ns, spec string) func(*testing.T) *place {
		return func(t *testing.T) *place {
			return to("{name: far, namespace: team, port: 80}")(t).grant(`{metadata: {namespace: ` + ns + `, name: g}, spec: {` + spec + `}}`)
		}
	}
	const far = "answered pod.delivered 200 far"
	for _, row := range []gateRow{
		{name: "A5 backends: of a kind of another group", place: to("{group: example.net, kind: Thing, name: x, port: 80}"), command: address, want: bad},
		{name: "A5 backends: a Secret is no backend", place: to("{kind: Secret, name: new, port: 80}"), command: address, want: bad},
		{name: "A5 backends: a ServiceImport is known to some implementations: no certain error", place: to("{group: multicluster.x-k8s.io, kind: ServiceImport, name: new, port: 80}"), command: address, want: "cannot-tell not-modelled.backend-serviceimport by HTTPRoute r", open: true},
		{name: "A5 backends: an InferencePool is known to some implementations: no certain error", place: to("{group: inference.networking.k8s.io, kind: InferencePool, name: new, port: 80}"), command: address, want: "cannot-tell not-modelled.backend-inferencepool by HTTPRoute r", open: true},
		{name: "A5 backends: a kind of the implementation's own group cannot be told", place: to("{group: gateway.envoyproxy.io, kind: Backend, name: new}"), command: address, want: "cannot-tell not-modelled.backend-backend by HTTPRoute r", open: true},
		{name: "A5 filters of a backend: what does not exist is not forwarded to, whatever its filters", place: to("{name: nobody, port: 80, filters: [{type: ExtensionRef, extensionRef: {group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: m}}]}"), command: address, want: bad},
		{name: "A5 backends: weight 0 of an invalid one is no failure", place: to("{name: nobody, port: 80, weight: 0}, {name: new, port: 80}"), command: address, want: gotNew},
		{name: "A5 backends: group and kind written out", place: to("{group: '', kind: Service, name: new, port: 80, weight: 7}"), command: address, want: gotNew},
		{name: "A5 backends: the same service twice is one", place: to("{name: new, port: 80, weight: 1}, {name: new, port: 80, weight: 3}"), command: address, want: gotNew},
		{name: "A5 backends: an unready backend and one of another namespace without a grant fail alike", place: to("{name: far, namespace: team, port: 80}"), command: address, want: bad},
		{name: "A5 grant: for every service of the namespace", place: grant("team", "from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: '', kind: Service}]"), command: address, want: far},
		{name: "A5 grant: from another namespace", place: grant("team", "from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team}], to: [{group: '', kind: Service}]"), command: address, want: bad},
		{name: "A5 grant: for another kind of target", place: grant("team", "from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: '', kind: Secret}]"), command: address, want: bad},
		{name: "A5 grant: from another group", place: grant("team", "from: [{group: networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: '', kind: Service}]"), command: address, want: bad},
		{name: "A5 grant: one of several from and one of several to", place: grant("team", "from: [{group: gateway.networking.k8s.io, kind: TCPRoute, namespace: default}, {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: '', kind: Service, name: other}, {group: '', kind: Service, name: far}]"), command: address, want: far},
		{name: "A5 backends: the namespace of the route written out needs no grant", place: to("{name: new, namespace: default, port: 80}"), command: address, want: gotNew},
		{name: "A5 backends: not ready is 503", place: to("{name: empty, port: 80}"), command: address, want: "http-error l7.no-endpoints 503 by Service empty"},
	} {
		row.run(t)
	}
	shares := func(refs string) string {
		tr := to(refs)(t).ask("lan/laptop", "curl "+address)
		var out string
		for _, o := range tr.Outcomes {
			status := 0
			if o.HTTPStatus != nil {
				status = *o.HTTPStatus
			}
			out += fmt.Sprintf(" %s %s %v %d", o.Class, o.Reason, o.Share, status)
		}
		return string(tr.Verdict.Class) + out
	}
	t.Run("A5 weights: invalid ones keep their share", func(t *testing.T) {
		equal(t, shares("{name: new, port: 80}, {name: nobody, port: 80, weight: 3}"), "mixed answered pod.delivered 0.25 200 http-error l7.invalid-backend 0.375 500 http-error l7.invalid-backend 0.375 500")
	})
	t.Run("A5 weights: those without endpoints keep their share", func(t *testing.T) {
		equal(t, shares("{name: new, port: 80, weight: 9}, {name: empty, port: 80}"), "mixed answered pod.delivered 0.9 200 http-error l7.no-endpoints 0.05 503 http-error l7.no-endpoints 0.05 503")
	})
}

func TestAdversaryA5Gateways(t *testing.T) {
	for _, row := range []gateRow{
		{name: "A5 attachment: a parentRef without a namespace means the route's own", place: func(t *testing.T) *place {
			return market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}`).route("team/r", `parentRefs: [{name: gw}], rules: [{backendRefs: [{name: far, port: 80}]}]`)
		}, command: address, want: noMatch},
		{name: "A5 attachment: from Same written out", place: routedBy(`{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}`, toNew), command: address, want: gotNew},
		{name: "A5 attachment: from Selector by an expression", place: func(t *testing.T) *place {
			return market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchExpressions: [{key: tier, operator: Exists}]}}}}`).route("team/r", `rules: [{backendRefs: [{name: far, port: 80}]}]`)
		}, command: address, want: "answered pod.delivered 200 far"},
		{name: "A5 attachment: an empty selector takes every namespace", place: func(t *testing.T) *place {
			return market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {}}}}`).route("team/r", `rules: [{backendRefs: [{name: far, port: 80}]}]`)
		}, command: address, want: "answered pod.delivered 200 far"},
		{name: "A5 attachment: kinds with their group written out", place: routedBy(`{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{group: gateway.networking.k8s.io, kind: HTTPRoute}]}}`, toNew), command: address, want: gotNew},
		{name: "A5 attachment: a kind of another group is not this one", place: routedBy(`{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{group: example.net, kind: HTTPRoute}, {kind: GRPCRoute}]}}`, toNew), command: address, want: "http-error l7.not-admitted 404 by Gateway gw"},
		{name: "A5 attachment: the empty kinds are those of the protocol", place: routedBy(`{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: []}}`, toNew), command: address, want: gotNew},
		{name: "A5 attachment: two listeners, a route on one of them by its section", place: routedBy(plain+`, {name: alt, port: 8080, protocol: HTTP}`, `parentRefs: [{name: gw, sectionName: alt}], `+toNew), command: address + ":8080", want: gotNew},
		{name: "A5 attachment: two parentRefs to one gateway", place: routedBy(plain+`, {name: alt, port: 8080, protocol: HTTP}`, `parentRefs: [{name: gw, sectionName: alt}, {name: gw, sectionName: http}], `+toNew), command: address, want: gotNew},
		{name: "A5 listeners: HTTP and HTTPS on one port conflict", place: func(t *testing.T) *place {
			return market(t, plain+", "+`{name: tls, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}`).route("default/r", toNew)
		}, command: address, want: "refused pod.port-closed by Gateway gw"},
		{name: "A5 listeners: equal ports with different names do not conflict", place: routedBy(`{name: a, port: 80, protocol: HTTP, hostname: a.test}, {name: b, port: 80, protocol: HTTP, hostname: b.test}`, toNew), command: host("b.test") + " " + address, want: gotNew},
		{name: "A5 class: one that does not exist leaves what runs unexplained", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/r", toNew)
			p.theGateway().Spec.GatewayClassName = "gone"
			return p
		}, command: address, want: gotNew, open: true},
		{name: "A5 class: of a controller that nobody knows goes by the specification, not certain of its extensions", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/r", toNew)
			for _, o := range p.objects {
				if c, ok := o.(*gatewayv1.GatewayClass); ok {
					c.Spec.ControllerName = "example.net/own"
				}
			}
			return p
		}, command: address, want: gotNew},
		{name: "A5 several gateways of one address and port: whose the request is, is not certain", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/r", toNew)
			yamlInto(t, &p.theGateway().Status.Addresses, `[{type: IPAddress, value: 172.20.128.80}]`)
			p.gateway("gx", plain)
			yamlInto(t, &p.last().(*gatewayv1.Gateway).Status.Addresses, `[{type: IPAddress, value: 172.20.128.80}]`)
			return p
		}, command: address, want: gotNew, open: true},
		{name: "A5 service: a pod of the proxy that is not ready leaves the gateway without endpoints", place: func(t *testing.T) *place {
			p := market(t, plain).route("default/r", toNew)
			for _, o := range p.objects {
				if pod, ok := o.(*corev1.Pod); ok && pod.Name == "proxy" {
					unready(pod)
				}
			}
			for _, slice := range p.slicesOf("proxy") {
				no := false
				slice.Endpoints[0].Conditions.Ready, slice.Endpoints[0].Conditions.Serving = &no, &no
			}
			return p
		}, command: address, want: "refused service.no-endpoints by Service proxy"},
	} {
		row.run(t)
	}
}

// What the way over the proxy does to a request, beside matching it.
func TestAdversaryA5Ways(t *testing.T) {
	redirect := func(more string) string {
		return "rules: [{filters: [{type: RequestRedirect, requestRedirect: {" + more + "}}]}]"
	}
	const tls = `{name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}`
	secure := `-k -H "Host: a.test" --resolve a.test:443:172.20.128.80 https://a.test/x`
	change := func(spec string, f func(*corev1.Service), names ...string) func(*testing.T) *place {
		return func(t *testing.T) *place {
			p := routed(spec)(t)
			for _, s := range p.services() {
				if slices.Contains(names, s.Name) {
					f(s)
				}
			}
			return p
		}
	}
	for _, row := range []gateRow{
		{name: "A5 redirect: from HTTPS without a scheme stays HTTPS and names no port", place: routedBy(tls, redirect("hostname: b.test")), command: secure, want: "answered l7.redirect 302 https://b.test/x"},
		{name: "A5 redirect: from HTTPS to http names no port", place: routedBy(tls, redirect("scheme: http")), command: secure, want: "answered l7.redirect 302 http://a.test/x"},
		{name: "A5 data path: the traffic policy of the backend's service is none of the proxy's", place: change("{"+newRef+"}", func(s *corev1.Service) {
			local := corev1.ServiceInternalTrafficPolicyLocal
			s.Spec.InternalTrafficPolicy = &local
		}, "new"), command: address, want: gotNew},
		{name: "A5 data path: nor is its session affinity", place: change("{"+newRef+"}", func(s *corev1.Service) { s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP }, "new"), command: address, want: gotNew},
		{name: "A5 data path: a policy that admits the client but not the proxy", place: func(t *testing.T) *place {
			return routed("{" + newRef + "}")(t).enforces().policy(`{metadata: {namespace: default, name: p}, spec: {podSelector: {matchLabels: {app: new}}, ingress: [{from: [{ipBlock: {cidr: 172.20.128.50/32}}]}]}}`)
		}, command: address, want: "http-error l7.upstream-timeout 504 by Gateway gw"},
		{name: "A5 data path: a policy that admits the proxy by its labels", place: func(t *testing.T) *place {
			return routed("{" + newRef + "}")(t).enforces().policy(`{metadata: {namespace: default, name: p}, spec: {podSelector: {matchLabels: {app: new}}, ingress: [{from: [{podSelector: {matchLabels: {app: proxy}}}], ports: [{port: 8080}]}]}}`)
		}, command: address, want: gotNew},
		{name: "A5 data path: the backend's port in a policy is the pod's", place: func(t *testing.T) *place {
			return routed("{" + newRef + "}")(t).enforces().policy(`{metadata: {namespace: default, name: p}, spec: {podSelector: {matchLabels: {app: new}}, ingress: [{ports: [{port: 80}]}]}}`)
		}, command: address, want: "http-error l7.upstream-timeout 504 by Gateway gw"},
		{name: "A5 data path: egress of the proxy that is shut", place: func(t *testing.T) *place {
			return routed("{" + newRef + "}")(t).enforces().policy(`{metadata: {namespace: default, name: p}, spec: {podSelector: {matchLabels: {app: proxy}}, policyTypes: [Egress]}}`)
		}, command: address, want: "http-error l7.upstream-timeout 504 by Gateway gw"},
		{name: "A5 data path: the proxy itself is shut to everybody but its own node, by which half of the connections come", place: func(t *testing.T) *place {
			return routed("{" + newRef + "}")(t).enforces().policy(`{metadata: {namespace: default, name: p}, spec: {podSelector: {matchLabels: {app: proxy}}}}`)
		}, command: address, want: "mixed policy.ingress-denied by NetworkPolicy p"},
		{name: "A5 match: of two routes for one host, each has its own paths", place: func(t *testing.T) *place {
			return market(t, plain).route("default/a", `hostnames: [a.test], rules: [`+prefix("/a", "web")+`]`).route("default/b", `hostnames: [a.test], rules: [`+prefix("/b", "new")+`]`)
		}, command: host("a.test") + " " + address + "/b/c", want: gotNew},
		{name: "A5 match: an exact path of the wildcard does not beat a prefix of the exact name", place: func(t *testing.T) *place {
			return market(t, plain).route("default/a", `hostnames: ["*.test"], rules: [{matches: [{path: {type: Exact, value: /b}}], backendRefs: [{name: web, port: 80}]}]`).route("default/b", `hostnames: [a.test], rules: [`+prefix("/", "new")+`]`)
		}, command: host("a.test") + " " + address + "/b", want: gotNew},
		{name: "A5 match: the same prefix with and without its slash ranks alike, the first rule wins", place: routed(prefix("/a/", "new") + ", " + prefix("/a", "web")), command: address + "/a/b", want: gotNew},
		{name: "A5 status: a route that is accepted by one parent and not by another", place: func(t *testing.T) *place {
			p := market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, sectionName: http}, {name: gw, sectionName: alt}], `+toNew)
			r := p.lastRoute()
			for i, status := range []string{"True", "False"} {
				s := gatewayv1.RouteParentStatus{ParentRef: r.Spec.ParentRefs[i], ControllerName: "gateway.envoyproxy.io/gatewayclass-controller"}
				yamlInto(t, &s.Conditions, `[{type: Accepted, status: "`+status+`", reason: X, observedGeneration: 2}]`)
				r.Status.Parents = append(r.Status.Parents, s)
			}
			return p
		}, command: address, want: gotNew},
		{name: "A5 status: and is not served there", place: func(t *testing.T) *place {
			p := market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, sectionName: http}, {name: gw, sectionName: alt}], `+toNew)
			r := p.lastRoute()
			for i, status := range []string{"True", "False"} {
				s := gatewayv1.RouteParentStatus{ParentRef: r.Spec.ParentRefs[i], ControllerName: "gateway.envoyproxy.io/gatewayclass-controller"}
				yamlInto(t, &s.Conditions, `[{type: Accepted, status: "`+status+`", reason: X, observedGeneration: 2}]`)
				r.Status.Parents = append(r.Status.Parents, s)
			}
			return p
		}, command: address + ":8080", want: "http-error l7.not-admitted 404 by Gateway gw"},
		{name: "A5 status: of another controller's parent it says nothing", place: func(t *testing.T) *place {
			p := routedBy(plain, toNew)(t).accepted("False", "Foreign", 2)
			p.lastRoute().Status.Parents[0].ControllerName = "example.net/other"
			return p
		}, command: address, want: gotNew},
	} {
		row.run(t)
	}
	for _, row := range []struct {
		name, spec, path, want string
	}{
		{"A5 GRPCRoute: by service alone", "rules: [{matches: [{method: {service: shop.Cart}}], " + newRef + "}]", "/shop.Cart/Get", "answered pod.delivered new"},
		{"A5 GRPCRoute: a service's case counts", "rules: [{matches: [{method: {service: shop.Cart}}], " + newRef + "}]", "/shop.cart/Get", "http-error l7.no-match"},
		{"A5 GRPCRoute: a method's case counts", "rules: [{matches: [{method: {service: shop.Cart, method: Get}}], " + newRef + "}]", "/shop.Cart/get", "http-error l7.no-match"},
		{"A5 GRPCRoute: a method alone, of any service", "rules: [{matches: [{method: {method: Get}}], " + newRef + "}]", "/shop.Other/Get", "answered pod.delivered new"},
		{"A5 GRPCRoute: the longer service wins over a method", "rules: [{matches: [{method: {method: Get}}], backendRefs: [{name: web, port: 80}]}, {matches: [{method: {service: shop.Cart}}], " + newRef + "}]", "/shop.Cart/Get", "answered pod.delivered new"},
		{"A5 GRPCRoute: no prefix of a service", "rules: [{matches: [{method: {service: shop}}], " + newRef + "}]", "/shop.Cart/Get", "http-error l7.no-match"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr := market(t, plain).grpc("default/g", row.spec).ask("lan/laptop", "curl -X POST -H 'Content-Type: application/grpc' "+address+row.path)
			got := fmt.Sprintf("%s %s", tr.Verdict.Class, tr.Verdict.Reason)
			if b := tr.Outcomes[0].Backend; tr.Verdict.Class == trace.Answered && b != nil {
				got += " " + b.Name
			}
			equal(t, got, row.want)
		})
	}
}
