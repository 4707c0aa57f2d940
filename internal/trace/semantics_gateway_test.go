package trace_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// market is a lab with a gateway on one proxy pod, which a load balancer brings to 172.20.128.80, and three services
// behind it: web (two pods), new (one pod), empty (none ready). Namespace team has a service far.
func market(t *testing.T, listeners string) *place {
	p := web(t).
		pod("default/new-1", "node01", "10.244.1.20", "app=new").service("default/new", "10.96.7.20", "app=new", "http:80:8080").
		pod("default/sick", "node01", "10.244.1.21", "app=empty", unready).service("default/empty", "10.96.7.21", "app=empty", ":80:8080").
		pod("team/far-1", "node02", "10.244.2.30", "app=far").service("team/far", "10.96.7.30", "app=far", ":80:8080").
		listens("default", "app=new", 8080, "TCP", surroundings.Answer{Path: "*", Status: 200, Body: "new"}).
		listens("team", "app=far", 8080, "TCP", surroundings.Answer{Path: "*", Status: 200, Body: "far"}).
		listens("default", "app=web", 8080, "TCP", surroundings.Answer{Path: "*", Status: 200})
	for _, o := range p.objects {
		if ns, ok := o.(*corev1.Namespace); ok && ns.Name == "team" {
			ns.Labels["tier"] = "front"
		}
	}
	p.yaml(&gatewayv1.GatewayClass{}, `{metadata: {name: eg, generation: 1}, spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}}`)
	p.pod("default/proxy", "node02", "10.244.2.40", "app=proxy,gateway.networking.k8s.io/gateway-name=gw", declares("http:10080", "https:10443", "alt:18080"))
	p.service("default/proxy", "10.96.7.40", "app=proxy", "http:80:10080", "https:443:10443", "alt:8080:18080").loadBalancer(30080, "172.20.128.80")
	p.change(func(s *corev1.Service) { s.Labels = map[string]string{"gateway.networking.k8s.io/gateway-name": "gw"} })
	return p.gateway("gw", listeners)
}

func (p *place) gateway(name, listeners string) *place {
	p.t.Helper()
	return p.yaml(&gatewayv1.Gateway{}, fmt.Sprintf(`
metadata: {namespace: default, name: %s, generation: 3}
spec: {gatewayClassName: eg, listeners: [%s]}`, name, listeners))
}

// route adds an HTTPRoute NAMESPACE/NAME of gateway gw.
func (p *place) route(path, spec string) *place {
	p.t.Helper()
	ns, name := split(path)
	if !strings.Contains(spec, "parentRefs") {
		spec = "parentRefs: [{name: gw, namespace: default}], " + spec
	}
	return p.yaml(&gatewayv1.HTTPRoute{}, fmt.Sprintf(`
metadata: {namespace: %s, name: %s, generation: 2}
spec: {%s}`, ns, name, spec))
}

func (p *place) last() cluster.Object { return p.objects[len(p.objects)-1] }

func (p *place) lastRoute() *gatewayv1.HTTPRoute { return p.last().(*gatewayv1.HTTPRoute) }

func (p *place) theGateway() *gatewayv1.Gateway {
	for _, o := range p.objects {
		if g, ok := o.(*gatewayv1.Gateway); ok {
			return g
		}
	}
	return nil
}

func (p *place) grant(text string) *place {
	p.t.Helper()
	return p.yaml(&gatewayv1.ReferenceGrant{}, text)
}

// accepted adds the controller's condition Accepted to the route that was made last, about a generation.
func (p *place) accepted(status string, reason string, generation int) *place {
	r := p.lastRoute()
	s := gatewayv1.RouteParentStatus{ParentRef: r.Spec.ParentRefs[0], ControllerName: "gateway.envoyproxy.io/gatewayclass-controller"}
	p.t.Helper()
	yamlInto(p.t, &s.Conditions, fmt.Sprintf(`[{type: Accepted, status: "%s", reason: %s, observedGeneration: %d}]`, status, reason, generation))
	r.Status.Parents = append(r.Status.Parents, s)
	return p
}

func (p *place) resolved(status string, reason string, generation int) *place {
	p.accepted("True", "Accepted", generation)
	r := p.lastRoute()
	yamlInto(p.t, &r.Status.Parents[0].Conditions, fmt.Sprintf(`[{type: ResolvedRefs, status: "%s", reason: %s, observedGeneration: %d}]`, status, reason, generation))
	return p
}

const (
	plain   = `{name: http, port: 80, protocol: HTTP}`
	toWeb   = `rules: [{backendRefs: [{name: web, port: 80}]}]`
	toNew   = `rules: [{backendRefs: [{name: new, port: 80}]}]`
	address = "http://172.20.128.80"
)

// prefix is a rule that sends a path to a service.
func prefix(path, service string) string {
	return fmt.Sprintf(`{matches: [{path: {value: %s}}], backendRefs: [{name: %s, port: 80}]}`, path, service)
}

// gist is what a row of the tables is held to: class, reason, status, who decided, and who got the request.
func gist(t *trace.Trace) string {
	v := t.Verdict
	out := string(v.Class) + " " + v.Reason
	if v.HTTPStatus != nil {
		out += fmt.Sprintf(" %d", *v.HTTPStatus)
	}
	if v.DecidedBy != nil && v.Class != trace.Answered {
		out += fmt.Sprintf(" by %s %s", v.DecidedBy.Kind, v.DecidedBy.Name)
	}
	if o := t.Outcomes[0]; v.Class == trace.Answered && o.Backend != nil && o.Location == "" {
		out += " " + o.Backend.Name
	}
	if o := t.Outcomes[0]; o.Location != "" {
		out += " " + o.Location
	}
	return out
}

func host(name string) string { return `-H "Host: ` + name + `"` }

func TestSemanticsGateway(t *testing.T) {
	const none = "http-error l7.no-match 404 by Gateway gw"
	for _, row := range []struct {
		name, command string
		place         *place
		want          string
		also          string // in the verdict's sentence
		rests         string // an assumption that the status alone rests on
		flips         string // an assumption that another value would turn
	}{
		// GatewayClass and address
		{name: "A5 GatewayClass: one that its controller does not accept serves nothing",
			place: func() *place {
				p := market(t, plain).route("default/r", toWeb)
				for _, o := range p.objects {
					if c, ok := o.(*gatewayv1.GatewayClass); ok {
						yamlInto(t, &c.Status.Conditions, `[{type: Accepted, status: "False", reason: InvalidParameters, observedGeneration: 1}]`)
					}
				}
				return p
			}(), command: address, want: "refused pod.port-closed by Gateway gw", also: "InvalidParameters"},
		{name: "A5 GatewayClass: what it said of an older generation does not count",
			place: func() *place {
				p := market(t, plain).route("default/r", toNew)
				for _, o := range p.objects {
					if c, ok := o.(*gatewayv1.GatewayClass); ok {
						c.Generation = 4
						yamlInto(t, &c.Status.Conditions, `[{type: Accepted, status: "False", reason: InvalidParameters, observedGeneration: 1}]`)
					}
				}
				return p
			}(), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 Gateway address: the gateway's service brings the request to its proxy, the listener's port is the service's", place: market(t, plain).route("default/r", toNew), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 Gateway address: a port that no listener has is not bound", place: market(t, plain).route("default/r", toNew), command: address + ":8080", want: "refused pod.port-closed by Gateway gw", flips: "gateway-listeners"},
		{name: "A5 Gateway address: a gateway that is not accepted binds nothing",
			place: func() *place {
				p := market(t, plain).route("default/r", toNew)
				yamlInto(t, &p.theGateway().Status.Conditions, `[{type: Accepted, status: "False", reason: UnsupportedAddress, observedGeneration: 3}]`)
				return p
			}(), command: address, want: "refused pod.port-closed by Gateway gw", also: "UnsupportedAddress"},
		{name: "A5 Gateway address: without an address of its own the proxy still takes what comes in at a node",
			place: func() *place {
				p := market(t, plain).route("default/r", toNew)
				yamlInto(t, &p.theGateway().Status.Conditions, `[{type: Accepted, status: "True", reason: Accepted, observedGeneration: 3}, {type: Programmed, status: "False", reason: AddressNotAssigned, observedGeneration: 3}]`)
				return p
			}(), command: "http://172.20.128.6:30080", want: "answered pod.delivered 200 new"},

		// listener choice
		{name: "A5 listener choice: the exact hostname before the wildcard, which keeps its own routes",
			place: market(t, `{name: exact, port: 80, protocol: HTTP, hostname: a.test}, {name: wild, port: 80, protocol: HTTP, hostname: "*.test"}`).
				route("default/w", `parentRefs: [{name: gw, sectionName: wild}], `+toWeb).route("default/n", `parentRefs: [{name: gw, sectionName: exact}], `+toNew),
			command: host("a.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 listener choice: without isolation a less specific listener's route may take it",
			place: market(t, `{name: exact, port: 80, protocol: HTTP, hostname: a.test}, {name: wild, port: 80, protocol: HTTP, hostname: "*.test"}`).
				route("default/w", `parentRefs: [{name: gw, sectionName: wild}], `+toNew),
			command: host("a.test") + " " + address, want: none, flips: "listener-isolation"},
		{name: "A5 listener choice: a class whose features lack isolation serves routes of the less specific listener",
			place: func() *place {
				p := market(t, `{name: exact, port: 80, protocol: HTTP, hostname: a.test}, {name: wild, port: 80, protocol: HTTP, hostname: "*.test"}`).
					route("default/w", `parentRefs: [{name: gw, sectionName: wild}], `+toNew)
				for _, o := range p.objects {
					if c, ok := o.(*gatewayv1.GatewayClass); ok {
						c.Status.SupportedFeatures = []gatewayv1.SupportedFeature{{Name: "HTTPRoute"}}
					}
				}
				return p
			}(), command: host("a.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 listener choice, E11: a wildcard covers any number of labels", place: market(t, `{name: w, port: 80, protocol: HTTP, hostname: "*.example.com"}`).route("default/r", toNew),
			command: host("a.b.example.com") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 listener choice, E11: a wildcard does not cover the bare suffix", place: market(t, `{name: w, port: 80, protocol: HTTP, hostname: "*.example.com"}`).route("default/r", toNew),
			command: host("example.com") + " " + address, want: none, also: "no listener for host example.com"},
		{name: "A5 listener choice: of two wildcards the one with more labels",
			place: market(t, `{name: a, port: 80, protocol: HTTP, hostname: "*.test"}, {name: b, port: 80, protocol: HTTP, hostname: "*.a.test"}`).
				route("default/a", `parentRefs: [{name: gw, sectionName: a}], `+toWeb).route("default/b", `parentRefs: [{name: gw, sectionName: b}], `+toNew),
			command: host("x.a.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 conflicted listeners: none of them wins", place: market(t, `{name: a, port: 80, protocol: HTTP, hostname: a.test}, {name: b, port: 80, protocol: HTTP, hostname: A.test}`).route("default/r", toNew),
			command: host("a.test") + " " + address, want: "refused pod.port-closed by Gateway gw", also: "conflict"},
		{name: "A5 conflicted listeners: the others of the port go on",
			place:   market(t, `{name: a, port: 80, protocol: HTTP, hostname: a.test}, {name: b, port: 80, protocol: HTTP, hostname: a.test}, {name: c, port: 80, protocol: HTTP}`).route("default/r", toNew),
			command: host("a.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 conflicted listeners: TCP conflicts with all others of its port", place: market(t, `{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: TCP}`).route("default/r", toNew),
			command: address, want: "refused pod.port-closed by Gateway gw"},
		{name: "A5 conflicted listeners: a listener's own conditions beat what follows from the objects",
			place: func() *place {
				p := market(t, `{name: a, port: 80, protocol: HTTP}, {name: b, port: 8080, protocol: HTTP}`).route("default/r", toNew)
				yamlInto(t, &p.theGateway().Status.Listeners, `[{name: a, conditions: [{type: Conflicted, status: "True", reason: HostnameConflict, observedGeneration: 3}]}]`)
				return p
			}(), command: address, want: "refused pod.port-closed by Gateway gw", also: "Conflicted"},

		// attachment
		{name: "A5 attachment: a parentRef to a section that is not there (NoMatchingParent)", place: market(t, plain).route("default/r", `parentRefs: [{name: gw, sectionName: https}], `+toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NoMatchingParent"},
		{name: "A5 attachment: a parentRef to a port that no listener has", place: market(t, plain).route("default/r", `parentRefs: [{name: gw, port: 8080}], `+toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NoMatchingParent"},
		{name: "A5 attachment: section and port must both be the listener's", place: market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, sectionName: http, port: 8080}], `+toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NoMatchingParent"},
		{name: "A5 attachment: by port the route is on that listener alone", place: market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, port: 8080}], `+toNew),
			command: address + ":8080", want: "answered pod.delivered 200 new"},
		{name: "A5 attachment: and not on the others", place: market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, port: 8080}], `+toNew),
			command: address, want: none},
		{name: "A5 attachment: routes of other namespaces are not taken by default (NotAllowedByListeners)", place: market(t, plain).route("team/r", `rules: [{backendRefs: [{name: far, port: 80}]}]`),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NotAllowedByListeners"},
		{name: "A5 attachment: from All takes them", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}`).route("team/r", `rules: [{backendRefs: [{name: far, port: 80}]}]`),
			command: address, want: "answered pod.delivered 200 far"},
		{name: "A5 attachment: from Selector takes namespaces with the label", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {tier: front}}}}}`).route("team/r", `rules: [{backendRefs: [{name: far, port: 80}]}]`),
			command: address, want: "answered pod.delivered 200 far"},
		{name: "A5 attachment: from Selector takes no namespace without it, the gateway's own included", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {tier: front}}}}}`).route("default/r", toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NotAllowedByListeners"},
		{name: "A5 attachment: from None takes none", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: None}}}`).route("default/r", toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw"},
		{name: "A5 attachment: a listener for GRPCRoutes takes no HTTPRoute", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}`).route("default/r", toNew),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NotAllowedByListeners"},
		{name: "A5 attachment: hostnames without intersection (NoMatchingListenerHostname)", place: market(t, `{name: http, port: 80, protocol: HTTP, hostname: "*.shop.test"}, {name: any, port: 8080, protocol: HTTP}`).route("default/r", `parentRefs: [{name: gw, sectionName: http}], hostnames: [shop.test], `+toNew),
			command: host("shop.test") + " " + address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "NoMatchingListenerHostname"},
		{name: "A5 attachment: a route that its controller has not accepted matches nothing, whatever its spec says", place: market(t, plain).route("default/r", toNew).accepted("False", "UnsupportedValue", 2),
			command: address, want: "http-error l7.not-admitted 404 by Gateway gw", also: "UnsupportedValue"},
		{name: "A5 attachment: what the controller said of an older generation does not count", place: market(t, plain).route("default/r", toNew).accepted("False", "UnsupportedValue", 1),
			command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 attachment: a route that its controller has accepted is attached, the difference is said", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: None}}}`).route("default/r", toNew).accepted("True", "Accepted", 2),
			command: address, want: "answered pod.delivered 200 new", flips: "route-status"},
		{name: "A5 attachment: a parentRef to a Service is none to the gateway", place: market(t, plain).route("default/r", `parentRefs: [{group: "", kind: Service, name: gw}], `+toNew),
			command: address, want: none},

		// effective hostnames
		{name: "A5 hostnames: those of the route outside the listener's are ignored", place: market(t, `{name: http, port: 80, protocol: HTTP, hostname: "*.shop.test"}`).route("default/r", `hostnames: [a.shop.test, other.test], `+toNew),
			command: host("other.test") + " " + address, want: none},
		{name: "A5 hostnames: the port of the Host header does not count", place: market(t, plain).route("default/r", `hostnames: [a.shop.test], `+toNew),
			command: host("a.shop.test:8080") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 hostnames: the case of the Host header does not count", place: market(t, plain).route("default/r", `hostnames: [a.shop.test], `+toNew),
			command: host("A.Shop.Test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 hostnames: an exact listener narrows a wildcard route", place: market(t, `{name: http, port: 80, protocol: HTTP, hostname: a.shop.test}`).route("default/r", `hostnames: ["*.shop.test"], `+toNew),
			command: host("b.shop.test") + " " + address, want: none},
		{name: "A5 hostnames: an address as host meets no hostname", place: market(t, plain).route("default/r", `hostnames: [a.shop.test], `+toNew), command: address, want: none},

		// precedence
		{name: "A5 precedence 1: the longer exact hostname", place: market(t, plain).route("default/a", `hostnames: ["*.a.shop.test"], `+toWeb).route("default/b", `hostnames: [x.a.shop.test], `+toNew),
			command: host("x.a.shop.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 2: the longer wildcard hostname", place: market(t, plain).route("default/a", `hostnames: ["*.shop.test"], `+toWeb).route("default/b", `hostnames: ["*.a.shop.test"], `+toNew),
			command: host("x.a.shop.test") + " " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence: a hostname decides before any path", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {type: Exact, value: /x}}], backendRefs: [{name: web, port: 80}]}]`).route("default/b", `hostnames: [a.test], `+toNew),
			command: host("a.test") + " " + address + "/x", want: "answered pod.delivered 200 new"},
		{name: "A5 precedence: what the more specific hostname leaves, the less specific takes", place: market(t, plain).route("default/a", toNew).route("default/b", `hostnames: [a.test], rules: [`+prefix("/only", "web")+`]`),
			command: host("a.test") + " " + address + "/x", want: "answered pod.delivered 200 new", flips: "less-specific-host"},
		{name: "A5 precedence 3: Exact before the longest prefix", place: market(t, plain).route("default/a", `rules: [`+prefix("/a/b", "web")+`, {matches: [{path: {type: Exact, value: /a/b}}], backendRefs: [{name: new, port: 80}]}]`),
			command: address + "/a/b", want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 4: the longest prefix, over all routes together", place: market(t, plain).route("default/a", `rules: [`+prefix("/a", "web")+`]`).route("default/b", `rules: [`+prefix("/a/b", "new")+`]`),
			command: address + "/a/b/c", want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 5: a method", place: market(t, plain).route("default/a", `rules: [`+prefix("/a", "web")+`, {matches: [{path: {value: /a}, method: POST}], backendRefs: [{name: new, port: 80}]}]`),
			command: "-X POST " + address + "/a", want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 5: a method before any number of headers", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: xx, value: "1"}, {name: yy, value: "2"}]}], backendRefs: [{name: web, port: 80}]}, {matches: [{method: GET}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "XX: 1" -H "YY: 2" ` + address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 6: more headers", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: xx, value: "1"}]}], backendRefs: [{name: web, port: 80}]}, {matches: [{headers: [{name: xx, value: "1"}, {name: yy, value: "2"}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "XX: 1" -H "YY: 2" ` + address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 7: more query parameters", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: web, port: 80}]}, {matches: [{queryParams: [{name: v, value: "2"}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `"` + address + `/?v=2"`, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 8: the older route", place: func() *place {
			p := market(t, plain).route("default/a", toWeb)
			p.last().SetCreationTimestamp(later(2))
			p.route("default/b", toNew)
			p.last().SetCreationTimestamp(later(1))
			return p
		}(), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 9: the route whose namespace and name come first", place: market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}`).route("team/a", `rules: [{backendRefs: [{name: far, port: 80}]}]`).route("default/z", toNew),
			command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 precedence 10: the first rule", place: market(t, plain).route("default/a", `rules: [`+prefix("/a", "new")+`, `+prefix("/a", "web")+`]`), command: address + "/a", want: "answered pod.delivered 200 new"},
		{name: "A5 precedence: nothing matches", place: market(t, plain).route("default/a", `rules: [`+prefix("/a", "new")+`]`), command: address + "/b", want: none},

		// matches
		{name: "A5 PathPrefix: by whole elements", place: market(t, plain).route("default/a", `rules: [`+prefix("/v2", "new")+`]`), command: address + "/v2example", want: none},
		{name: "A5 PathPrefix: a trailing slash of the prefix does not count", place: market(t, plain).route("default/a", `rules: [`+prefix("/v2/", "new")+`]`), command: address + "/v2", want: "answered pod.delivered 200 new"},
		{name: "A5 Exact: a trailing slash counts", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {type: Exact, value: /v2}}], backendRefs: [{name: new, port: 80}]}]`), command: address + "/v2/", want: none},
		{name: "A5 Exact: case counts", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {type: Exact, value: /v2}}], backendRefs: [{name: new, port: 80}]}]`), command: address + "/V2", want: none},
		{name: "A5 RegularExpression: the dialect is the implementation's own", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {type: RegularExpression, value: "/v[0-9]+"}}], backendRefs: [{name: new, port: 80}]}]`),
			command: address + "/v12", want: "answered pod.delivered 200 new", flips: "regular-expression"},
		{name: "A5 matches: a route without rules matches everything and has no backend", place: market(t, plain).route("default/a", `hostnames: [a.test]`), command: host("a.test") + " " + address + "/x", want: "http-error l7.no-backend 500 by HTTPRoute a"},
		{name: "A5 matches: several matches are alternatives", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {value: /a}}, {path: {value: /b}}], backendRefs: [{name: new, port: 80}]}]`), command: address + "/b", want: "answered pod.delivered 200 new"},
		{name: "A5 header match: the name's case does not count", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: X-Version, value: v1}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "x-version: v1" ` + address, want: "answered pod.delivered 200 new"},
		{name: "A5 header match: the value's case does", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: X-Version, value: v1}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "x-version: V1" ` + address, want: none},
		{name: "A5 header match: of two entries for one name the first counts", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: X-Version, value: v1}, {name: x-version, value: v2}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "x-version: v1" ` + address, want: "answered pod.delivered 200 new"},
		{name: "A5 header match: headers and query parameters of a match must both hold", place: market(t, plain).route("default/a", `rules: [{matches: [{headers: [{name: xx, value: "1"}], queryParams: [{name: v, value: "2"}]}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-H "xx: 1" ` + address, want: none},

		// filters
		{name: "A5 filters: a redirect is 302 to the same host and path", place: market(t, plain).route("default/a", `rules: [{filters: [{type: RequestRedirect, requestRedirect: {}}]}]`), command: host("a.test") + " " + address + "/x?y=1", want: "answered l7.redirect 302 http://a.test/x?y=1"},
		{name: "A5 filters: a redirect to https names no port", place: market(t, plain).route("default/a", `rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}]`), command: host("a.test") + " " + address + "/x", want: "answered l7.redirect 301 https://a.test/x"},
		{name: "A5 filters: a redirect without scheme takes the listener's port, not the client's", place: market(t, `{name: alt, port: 8080, protocol: HTTP}`).route("default/a", `rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: b.test}}]}]`), command: host("a.test:9") + " " + address + ":8080/x", want: "answered l7.redirect 302 http://b.test:8080/x"},
		{name: "A5 filters: a redirect with a port of its own", place: market(t, plain).route("default/a", `rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, port: 8443}}]}]`), command: host("a.test") + " " + address, want: "answered l7.redirect 302 https://a.test:8443/"},
		{name: "A5 filters: a redirect that replaces the prefix", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]}]`), command: host("a.test") + " " + address + "/old/x", want: "answered l7.redirect 302 http://a.test/new/x"},
		{name: "A5 filters: the client follows a redirect with -L", place: market(t, plain+`, {name: alt, port: 8080, protocol: HTTP}`).
			route("default/a", `parentRefs: [{name: gw, sectionName: http}], rules: [{filters: [{type: RequestRedirect, requestRedirect: {port: 8080}}]}]`).route("default/b", `parentRefs: [{name: gw, sectionName: alt}], `+toNew),
			command: "-L " + address, want: "answered pod.delivered 200 new"},
		{name: "A5 filters: an extension that the implementation does not know is an error, never skipped", place: market(t, plain).route("default/a", `rules: [{filters: [{type: ExtensionRef, extensionRef: {group: example.net, kind: Magic, name: m}}], backendRefs: [{name: new, port: 80}]}]`),
			command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", flips: "extension-filter"},
		{name: "A5 filters: what an extension of the implementation's own does cannot be told", place: market(t, plain).route("default/a", `rules: [{filters: [{type: ExtensionRef, extensionRef: {group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: m}}], backendRefs: [{name: new, port: 80}]}]`),
			command: address, want: "cannot-tell not-modelled.extension-filter by HTTPRoute a"},
		{name: "A5 filters: a mirror changes nothing", place: market(t, plain).route("default/a", `rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: nowhere, port: 80}}}], backendRefs: [{name: new, port: 80}]}]`), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 filters: CORS answers preflight requests itself", place: market(t, plain).route("default/a", `rules: [{filters: [{type: CORS, cors: {allowOrigins: ["https://a.test"]}}], backendRefs: [{name: new, port: 80}]}]`),
			command: `-X OPTIONS -H "Origin: https://a.test" -H "Access-Control-Request-Method: PUT" ` + address, want: "answered http.status 204 proxy", rests: "cors-preflight"},
		{name: "A5 filters: CORS lets other requests pass", place: market(t, plain).route("default/a", `rules: [{filters: [{type: CORS, cors: {allowOrigins: ["https://a.test"]}}], backendRefs: [{name: new, port: 80}]}]`), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 filters: external authentication is not modelled", place: market(t, plain).route("default/a", `rules: [{filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: {name: web, port: 80}}}], backendRefs: [{name: new, port: 80}]}]`), command: address, want: "cannot-tell not-modelled.external-auth by HTTPRoute a"},
		{name: "A5 filters: a rule with a redirect and a rewrite is dropped", place: market(t, plain).route("default/a", `rules: [{filters: [{type: URLRewrite, urlRewrite: {hostname: b.test}}, {type: RequestRedirect, requestRedirect: {}}]}, `+prefix("/", "new")+`]`), command: address, want: "answered pod.delivered 200 new"},

		// backends
		{name: "A5 backendRefs, E14: none at all is 500", place: market(t, plain).route("default/a", `rules: [{matches: [{path: {value: /}}]}]`), command: address, want: "http-error l7.no-backend 500 by HTTPRoute a"},
		{name: "A5 backendRef, E14: of an unknown kind (InvalidKind)", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{group: example.net, kind: Bucket, name: b}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", also: "InvalidKind"},
		{name: "A5 backendRef, E14: to a service that does not exist (BackendNotFound)", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: nowhere, port: 80}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", also: "BackendNotFound"},
		{name: "A5 backendRef, E14: to another namespace without a grant (RefNotPermitted)", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", also: "RefNotPermitted"},
		{name: "A5 backendRef: with an appProtocol that is none of HTTP (UnsupportedProtocol)", place: market(t, plain).service("default/sql", "10.96.7.99", "app=new", ":80:8080").change(func(s *corev1.Service) { app := "mysql"; s.Spec.Ports[0].AppProtocol = &app }).
			route("default/a", `rules: [{backendRefs: [{name: sql, port: 80}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", flips: "app-protocol"},
		{name: "A5 backendRef: without a port", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: new}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a"},
		{name: "A5 backendRef: the port is the service's, not the pod's", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: new, port: 8080}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", also: "no port 8080"},
		{name: "A5 backendRef: a headless service's endpoints are used", place: market(t, plain).service("default/bare", "None", "app=new", ":80:8080").route("default/a", `rules: [{backendRefs: [{name: bare, port: 80}]}]`), command: address, want: "answered pod.delivered 200 bare"},
		{name: "A5 backendRef: ExternalName should not be supported", place: market(t, plain).service("default/alias", "", "", ":80:80").change(func(s *corev1.Service) {
			s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "example.org"
		}).
			route("default/a", `rules: [{backendRefs: [{name: alias, port: 80}]}]`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", flips: "external-name-backends"},
		{name: "A5 backendRef, E14: one that its controller could not resolve, though the objects show nothing wrong", place: market(t, plain).route("default/a", toNew).resolved("False", "BackendNotFound", 2),
			command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a", flips: "route-references"},
		{name: "A5 backendRef: what the controller said of an older generation does not count", place: market(t, plain).route("default/a", toNew).resolved("False", "BackendNotFound", 1),
			command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 endpoints: a service without a ready one is 503", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: empty, port: 80}]}]`), command: address, want: "http-error l7.no-endpoints 503 by Service empty", rests: "no-endpoints-status"},
		{name: "A5 weight: 0 gets nothing", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: web, port: 80, weight: 0}, {name: new, port: 80}]}]`), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 weight: all 0 is 500", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: web, port: 80, weight: 0}, {name: new, port: 80, weight: 0}]}]`), command: address, want: "http-error l7.no-backend 500 by HTTPRoute a"},

		// ReferenceGrant
		{name: "A5 ReferenceGrant: in the target's namespace", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
			grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: "", kind: Service}]}}`), command: address, want: "answered pod.delivered 200 far"},
		{name: "A5 ReferenceGrant: not in the route's", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
			grant(`{metadata: {namespace: default, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: "", kind: Service}]}}`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a"},
		{name: "A5 ReferenceGrant: for another kind of route", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
			grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: default}], to: [{group: "", kind: Service}]}}`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a"},
		{name: "A5 ReferenceGrant: for another service by name", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
			grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: "", kind: Service, name: near}]}}`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a"},
		{name: "A5 ReferenceGrant: from and to of different grants do not add up", place: market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
			grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: "", kind: Secret}]}}`).
			grant(`{metadata: {namespace: team, name: h}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team}], to: [{group: "", kind: Service}]}}`), command: address, want: "http-error l7.invalid-backend 500 by HTTPRoute a"},

		// HTTPS
		{name: "A5 HTTPS: the server name picks the listener", place: market(t, https("a.test")+", "+https("*.test")).route("default/w", `parentRefs: [{name: gw, sectionName: a.test}], `+toNew).route("default/x", `parentRefs: [{name: gw, sectionName: wild.test}], `+toWeb),
			command: "--resolve a.test:443:172.20.128.80 https://a.test/", want: "answered pod.delivered 200 new", flips: "tls-secret"},
		{name: "A5 HTTPS: no listener for the server name", place: market(t, https("a.test")).route("default/w", toNew), command: "-k --resolve b.test:443:172.20.128.80 https://b.test/", want: "tls-error tls.no-certificate by Gateway gw"},
		{name: "A5 HTTPS: by address there is no server name", place: market(t, https("a.test")).route("default/w", toNew), command: "-k https://172.20.128.80/", want: "tls-error tls.no-certificate by Gateway gw"},
		{name: "A5 HTTPS: a host of another listener is misdirected (421)", place: market(t, https("a.test")+", "+https("b.test")).route("default/w", toNew), command: `-k -H "Host: b.test" --resolve a.test:443:172.20.128.80 https://a.test/`, want: "http-error l7.no-match 421 by Gateway gw", flips: "misdirected-request"},
		{name: "A5 HTTPS: a host that a more specific listener has is misdirected, too", place: market(t, https("*.test")+", "+https("b.test")).route("default/w", toNew), command: `-k -H "Host: b.test" --resolve a.test:443:172.20.128.80 https://a.test/`, want: "http-error l7.no-match 421 by Gateway gw"},
		{name: "A5 HTTPS: a host that is nobody's is 404", place: market(t, https("a.test")).route("default/w", toNew), command: `-k -H "Host: b.test" --resolve a.test:443:172.20.128.80 https://a.test/`, want: none},
		{name: "A5 HTTPS: a listener without a certificate", place: market(t, `{name: https, port: 443, protocol: HTTPS}`).route("default/w", toNew), command: "-k --resolve a.test:443:172.20.128.80 https://a.test/", want: "tls-error tls.no-certificate by Gateway gw", flips: "listener-without-certificate"},
		{name: "A5 HTTPS, ReferenceGrant: a certificate of another namespace without a grant", place: market(t, `{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert, namespace: team}]}}`).route("default/w", toNew), command: "-k --resolve a.test:443:172.20.128.80 https://a.test/", want: "tls-error tls.no-certificate by Gateway gw", also: "RefNotPermitted"},
		{name: "A5 HTTPS, ReferenceGrant: a certificate of another namespace with one", place: market(t, `{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert, namespace: team}]}}`).route("default/w", toNew).
			grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: default}], to: [{group: "", kind: Secret, name: cert}]}}`), command: "-k --resolve a.test:443:172.20.128.80 https://a.test/", want: "answered pod.delivered 200 new"},
		{name: "A5 HTTPS: a listener whose references the controller could not resolve", place: func() *place {
			p := market(t, https("a.test")).route("default/w", toNew)
			yamlInto(t, &p.theGateway().Status.Listeners, `[{name: a.test, conditions: [{type: ResolvedRefs, status: "False", reason: InvalidCertificateRef, observedGeneration: 3}]}]`)
			return p
		}(), command: "-k --resolve a.test:443:172.20.128.80 https://a.test/", want: "tls-error tls.no-certificate by Gateway gw", also: "InvalidCertificateRef"},
		{name: "A5 HTTPS: plain HTTP to it is turned away", place: market(t, https("a.test")).route("default/w", toNew), command: host("a.test") + " " + address + ":443", want: "reset tls.plain-to-tls by Gateway gw", flips: "plain-to-tls"},
		{name: "A5 HTTPS: TLS to a plain listener", place: market(t, plain).route("default/w", toNew), command: "-k https://172.20.128.80:80/", want: "tls-error tls.plain-to-tls by Gateway gw"},

		// other routes
		{name: "A5 TLSRoute: not modelled", place: market(t, `{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}`), command: "-k --resolve a.test:443:172.20.128.80 https://a.test/", want: "cannot-tell not-modelled.TLSRoute by Gateway gw"},
		{name: "A5 TCPRoute: not modelled", place: market(t, `{name: tcp, port: 8080, protocol: TCP}`), command: address + ":8080", want: "cannot-tell not-modelled.TCPRoute by Gateway gw"},
		{name: "A5 ListenerSet: not modelled", place: func() *place {
			p := market(t, plain).route("default/w", toNew)
			all := gatewayv1.NamespacesFromAll
			p.theGateway().Spec.AllowedListeners = &gatewayv1.AllowedListeners{Namespaces: &gatewayv1.ListenerNamespaces{From: &all}}
			return p
		}(), command: address, want: "cannot-tell not-modelled.ListenerSet by Gateway gw"},
		{name: "A5 GRPCRoute: a plain request matches none", place: market(t, plain).grpc("default/g", `rules: [{backendRefs: [{name: new, port: 80}]}]`), command: address + "/shop.Cart/Get", want: none, flips: "grpc-content-type"},
		{name: "A5 GRPCRoute: by service and method", place: market(t, plain).grpc("default/g", `rules: [{matches: [{method: {service: shop.Cart, method: Get}}], backendRefs: [{name: new, port: 80}]}]`), command: `-H "Content-Type: application/grpc" ` + address + "/shop.Cart/Get", want: "answered pod.delivered 200 new"},
		{name: "A5 GRPCRoute: no match is UNIMPLEMENTED", place: market(t, plain).grpc("default/g", `rules: [{matches: [{method: {service: shop.Cart, method: Get}}], backendRefs: [{name: new, port: 80}]}]`), command: `-H "Content-Type: application/grpc" ` + address + "/shop.Cart/Put", want: "http-error l7.no-match by Gateway gw"},
		{name: "A5 GRPCRoute: an invalid backend is UNAVAILABLE", place: market(t, plain).grpc("default/g", `rules: [{backendRefs: [{name: nowhere, port: 80}]}]`), command: `-H "Content-Type: application/grpc" ` + address + "/shop.Cart/Put", want: "http-error l7.invalid-backend by GRPCRoute g", also: "UNAVAILABLE"},
		{name: "A5 GRPCRoute: not merged with an HTTPRoute, the older is served", place: func() *place {
			p := market(t, plain).route("default/h", `hostnames: [a.test], `+toNew)
			p.last().SetCreationTimestamp(later(2))
			p.grpc("default/g", `hostnames: ["*.test"], rules: [{backendRefs: [{name: web, port: 80}]}]`)
			p.last().SetCreationTimestamp(later(1))
			return p
		}(), command: host("a.test") + " " + address, want: "http-error l7.not-admitted 404 by Gateway gw", flips: "route-kinds"},

		// data path
		{name: "A5 data path: an endpoint that refuses is an error of the proxy", place: func() *place {
			p := market(t, plain).route("default/a", toNew)
			p.around.Listeners = nil
			return p.listens("default", "app=new", 9999, "TCP")
		}(), command: address, want: "http-error l7.upstream-refused 503 by Gateway gw", rests: "upstream-failure-status"},
		{name: "A5 data path: a policy judges the proxy pod, not the client", place: market(t, plain).route("default/a", toNew).enforces().policy(`
metadata: {namespace: default, name: only-proxy}
spec: {podSelector: {matchLabels: {app: new}}, ingress: [{from: [{podSelector: {matchLabels: {app: proxy}}}]}]}`), command: address, want: "answered pod.delivered 200 new"},
		{name: "A5 data path: a policy that shuts the proxy out is a timeout of the proxy's", place: market(t, plain).route("default/a", toNew).enforces().policy(`
metadata: {namespace: default, name: shut}
spec: {podSelector: {matchLabels: {app: new}}, ingress: []}`), command: address, want: "http-error l7.upstream-timeout 504 by Gateway gw"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr := row.place.ask("lan/laptop", "curl "+row.command)
			equal(t, gist(tr), row.want)
			if tr.Verdict.Certainty == trace.Certain {
				switch tr.Verdict.Reason {
				case "service.port-undefined":
				default:
					t.Errorf("what a gateway does is never certain: %s", tr.Verdict.Sentence)
				}
			}
			if !strings.Contains(tr.Verdict.Sentence, row.also) {
				t.Errorf("%q lacks %q", tr.Verdict.Sentence, row.also)
			}
			if row.rests != "" && (flips(tr, row.rests) || !slices.ContainsFunc(tr.Assumptions, func(a trace.Assumption) bool { return a.Key == row.rests })) {
				t.Errorf("it does not rest on %s, or says that the class would change: %+v", row.rests, tr.Assumptions)
			}
			if row.flips != "" && !flips(tr, row.flips) {
				t.Errorf("nothing says that another %s would change this: %+v", row.flips, tr.Assumptions)
			}
		})
	}
}

func flips(tr *trace.Trace, key string) bool {
	for _, a := range tr.Assumptions {
		if a.Key == key {
			return a.WouldFlip
		}
	}
	return false
}

// https is a listener with a certificate, named like its hostname.
func https(hostname string) string {
	return fmt.Sprintf(`{name: %q, port: 443, protocol: HTTPS, hostname: %q, tls: {certificateRefs: [{name: cert}]}}`, strings.Replace(hostname, "*", "wild", 1), hostname)
}

func (p *place) grpc(path, spec string) *place {
	p.t.Helper()
	ns, name := split(path)
	return p.yaml(&gatewayv1.GRPCRoute{}, fmt.Sprintf(`
metadata: {namespace: %s, name: %s, generation: 2}
spec: {parentRefs: [{name: gw}], %s}`, ns, name, spec))
}

func TestGatewayShares(t *testing.T) {
	t.Run("A5 weight: shares are weight by sum, an invalid backend keeps its share (E14)", func(t *testing.T) {
		tr := market(t, plain).route("default/a", `rules: [{backendRefs: [{name: new, port: 80, weight: 3}, {name: nowhere, port: 80, weight: 1}]}]`).ask("lan/laptop", "curl http://172.20.128.6:30080")
		equal(t, gist(tr), "mixed l7.invalid-backend by HTTPRoute a")
		equal(t, tr.Outcomes[0].Share, 0.75)
		equal(t, tr.Outcomes[1].Share, 0.25)
		equal(t, *tr.Outcomes[1].HTTPStatus, 500)
	})
	t.Run("A5 weight: within a service each endpoint alike", func(t *testing.T) {
		tr := market(t, plain).route("default/a", `rules: [{backendRefs: [{name: new, port: 80}, {name: web, port: 80}]}]`).ask("lan/laptop", "curl http://172.20.128.6:30080")
		equal(t, len(tr.Outcomes), 3)
		equal(t, tr.Outcomes[0].Share, 0.5)
		equal(t, tr.Outcomes[1].Share, 0.25)
	})
	t.Run("A5 endpoints: a share without ready endpoints is 503", func(t *testing.T) {
		tr := market(t, plain).route("default/a", `rules: [{backendRefs: [{name: new, port: 80}, {name: empty, port: 80}]}]`).ask("lan/laptop", "curl http://172.20.128.6:30080")
		equal(t, gist(tr), "mixed l7.no-endpoints by Service empty")
		equal(t, *tr.Outcomes[1].HTTPStatus, 503)
	})
}

func TestGatewaySteps(t *testing.T) {
	t.Run("A5 data path: the second connection goes straight to an endpoint, from the proxy", func(t *testing.T) {
		tr := market(t, plain).route("default/a", `rules: [{matches: [{path: {value: /old}}], filters: [{type: URLRewrite, urlRewrite: {hostname: b.test, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}, {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: "1"}], add: [{name: x-b, value: "2"}], remove: [x-c]}}], backendRefs: [{name: new, port: 80}]}]`).
			ask("lan/laptop", `curl -H "X-B: 1" -H "X-C: 1" `+address+"/old/x?q=1")
		equal(t, gist(tr), "answered pod.delivered 200 new")
		second := stepOf(tr, trace.StepProxyConnect)
		equal(t, second.Leg, 2)
		equal(t, second.After.Src, "10.244.2.40:40313")
		equal(t, second.After.Dst, "10.244.1.20:8080")
		equal(t, second.After.HTTP.Path, "/new/x?q=1")
		equal(t, second.After.HTTP.Headers["Host"], "b.test")
		equal(t, second.After.HTTP.Headers["X-A"], "1")
		equal(t, second.After.HTTP.Headers["X-B"], "1,2")
		equal(t, second.After.HTTP.Headers["X-C"], "")
		equal(t, tr.Outcomes[0].UpstreamPath, "/new/x?q=1")
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.2.40")
		equal(t, *stepOf(tr, trace.StepProxyAccept).About, cluster.Ref{Kind: "Gateway", Namespace: "default", Name: "gw"})
		for _, s := range tr.Steps {
			if s.Leg == 2 && s.Kind == trace.StepRulesDNAT {
				t.Error("the second connection meets the service's rules")
			}
		}
	})
	t.Run("A5 route precedence: the losers are there, each with its reason", func(t *testing.T) {
		tr := market(t, plain).route("default/a", `rules: [`+prefix("/", "web")+`]`).route("default/b", `rules: [`+prefix("/a", "new")+`]`).
			route("default/c", `hostnames: [other.test], `+toNew).route("team/d", toNew).ask("lan/laptop", "curl "+address+"/a")
		match := stepOf(tr, trace.StepProxyMatch)
		equal(t, *match.About, cluster.Ref{Kind: "HTTPRoute", Namespace: "default", Name: "b"})
		var lost []string
		for _, x := range match.Tried {
			lost = append(lost, x.Object.Name+" "+cmp.Or(x.Why))
		}
		equal(t, strings.Join(lost, "; "), "a * PathPrefix /: shorter path; c host differs; d NotAllowedByListeners: listener http takes routes of namespace default only")
		if len(match.Compared) < 2 || !match.Compared[1].Holds {
			t.Errorf("%+v", match.Compared)
		}
	})
	t.Run("A5 status: a difference between conditions and objects is said", func(t *testing.T) {
		tr := market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: None}}}`).route("default/r", toNew).accepted("True", "Accepted", 2).ask("lan/laptop", "curl "+address)
		said := ""
		for _, x := range append(stepOf(tr, trace.StepProxyAccept).Tried, stepOf(tr, trace.StepProxyMatch).Tried...) {
			said += x.Why
		}
		if !strings.Contains(said, "its condition Accepted is True") {
			t.Errorf("%q", said)
		}
	})
}

func TestGatewayProxies(t *testing.T) {
	t.Run("a gateway's address that nobody is known to have is a proxy outside, which reaches pods", func(t *testing.T) {
		tr := cloud(t).ask("internet/user", "curl http://198.51.100.90/")
		equal(t, gist(tr), "answered pod.delivered 200 new")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		equal(t, tr.Outcomes[0].SourceSeen, "")
	})
	t.Run("from where such a proxy connects nothing shows: a policy over the pod makes it cannot-tell", func(t *testing.T) {
		tr := cloud(t).enforces().policy(`
metadata: {namespace: default, name: shut}
spec: {podSelector: {matchLabels: {app: new}}, ingress: [{from: [{ipBlock: {cidr: 35.191.0.0/16}}]}]}`).ask("internet/user", "curl http://198.51.100.90/")
		equal(t, gist(tr), "cannot-tell assumption.gateway-source by NetworkPolicy shut")
	})
	t.Run("a policy that admits everybody stands in nobody's way", func(t *testing.T) {
		tr := cloud(t).enforces().policy(`
metadata: {namespace: default, name: open}
spec: {podSelector: {matchLabels: {app: new}}, ingress: [{}]}`).ask("internet/user", "curl http://198.51.100.90/")
		equal(t, gist(tr), "answered pod.delivered 200 new")
	})
	t.Run("a port that such a gateway has no listener for", func(t *testing.T) {
		tr := cloud(t).ask("internet/user", "curl http://198.51.100.90:8080/")
		equal(t, gist(tr), "refused pod.port-closed by Gateway gke")
	})
	t.Run("the Internet has no way to a private gateway address", func(t *testing.T) {
		p := cloud(t)
		p.theGateway().Status.Addresses[0].Value = "172.20.128.99"
		equal(t, string(p.ask("internet/user", "curl -m 3 http://172.20.128.99/").Verdict.Class), "no-answer")
		equal(t, gist(p.ask("lan/laptop", "curl http://172.20.128.99/")), "answered pod.delivered 200 new")
	})
	t.Run("Cilium's proxy is on the nodes: its service leads to no pod", func(t *testing.T) {
		p := market(t, plain).route("default/a", toNew)
		p.objects = p.objects[:0:0]
		p = market(t, plain).route("default/a", `parentRefs: [{name: cil}], `+toNew)
		p.yaml(&gatewayv1.GatewayClass{}, `{metadata: {name: cilium}, spec: {controllerName: io.cilium/gateway-controller}}`)
		p.yaml(&gatewayv1.Gateway{}, `{metadata: {namespace: default, name: cil}, spec: {gatewayClassName: cilium, listeners: [{name: http, port: 80, protocol: HTTP}]}}`)
		p.service("default/cilium-gateway-cil", "10.96.7.50", "", ":80:80").loadBalancer(30090, "172.20.128.81")
		p.change(func(s *corev1.Service) { s.Labels = map[string]string{"io.cilium.gateway/owning-gateway": "cil"} })
		slice := p.last().(*discoveryv1.EndpointSlice)
		slice.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{"192.192.192.192"}}}
		tr := p.ask("lan/laptop", "curl http://172.20.128.81/")
		equal(t, gist(tr), "answered pod.delivered 200 new")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
	})
	t.Run("Traefik's listeners name the port of its pods, and all gateways share them", func(t *testing.T) {
		p := web(t).listens("default", "app=web", 8080, "TCP", surroundings.Answer{Path: "*", Status: 200}).
			pod("traefik/t-1", "node02", "10.244.2.60", "app=traefik", image("docker.io/traefik:v3.7"), declares("web:8000")).
			service("traefik/traefik", "10.96.7.60", "app=traefik", "web:80:8000").nodePort(30080)
		p.yaml(&gatewayv1.GatewayClass{}, `{metadata: {name: traefik}, spec: {controllerName: traefik.io/gateway-controller}}`)
		p.yaml(&gatewayv1.Gateway{}, `{metadata: {namespace: default, name: gw}, spec: {gatewayClassName: traefik, listeners: [{name: web, port: 8000, protocol: HTTP}]}}`)
		p.route("default/a", `rules: [`+prefix("/a", "web")+`]`)
		equal(t, gist(p.ask("lan/laptop", "curl http://172.20.128.6:30080/a")), "answered pod.delivered 200 web")
	})
	t.Run("what such a proxy has no route for, its ingresses may have", func(t *testing.T) {
		p := web(t).pod("traefik/t-1", "node02", "10.244.2.60", "app=traefik", image("docker.io/traefik:v3.7"), declares("web:8000")).
			service("traefik/traefik", "10.96.7.60", "app=traefik", "web:80:8000").nodePort(30080)
		p.yaml(&gatewayv1.GatewayClass{}, `{metadata: {name: traefik}, spec: {controllerName: traefik.io/gateway-controller}}`)
		p.yaml(&gatewayv1.Gateway{}, `{metadata: {namespace: default, name: gw}, spec: {gatewayClassName: traefik, listeners: [{name: web, port: 8000, protocol: HTTP}]}}`)
		tr := p.ask("lan/laptop", "curl http://172.20.128.6:30080/a")
		equal(t, *tr.Verdict.HTTPStatus, 404)
		equal(t, tr.Verdict.DecidedBy.Kind, cluster.KindPod)
	})
	t.Run("two gateways on one proxy share its port", func(t *testing.T) {
		p := market(t, plain).route("default/a", `hostnames: [a.test], `+toWeb)
		p.gateway("other", `{name: http, port: 80, protocol: HTTP}`).route("default/b", `parentRefs: [{name: other}], hostnames: [b.test], `+toNew)
		for _, o := range p.objects {
			switch o := o.(type) {
			case *corev1.Pod:
				delete(o.Labels, "gateway.networking.k8s.io/gateway-name")
			case *corev1.Service:
				o.Labels = nil
			case *gatewayv1.Gateway:
				o.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Value: "172.20.128.80"}}
			}
		}
		tr := p.ask("lan/laptop", "curl "+host("b.test")+" "+address)
		equal(t, gist(tr), "answered pod.delivered 200 new")
		equal(t, flips(tr, "merged-gateways"), true)
	})
}

// cloud is a gateway of a class whose proxies are no pods, at an address that nobody in the cluster has.
func cloud(t *testing.T) *place {
	p := web(t).pod("default/new-1", "node01", "10.244.1.20", "app=new").service("default/new", "10.96.7.20", "app=new", "http:80:8080").
		listens("default", "app=new", 8080, "TCP", surroundings.Answer{Path: "*", Status: 200})
	p.yaml(&gatewayv1.GatewayClass{}, `{metadata: {name: gke}, spec: {controllerName: networking.gke.io/gateway}}`)
	p.yaml(&gatewayv1.Gateway{}, `{metadata: {namespace: default, name: gke}, spec: {gatewayClassName: gke, listeners: [{name: http, port: 80, protocol: HTTP}]}, status: {addresses: [{value: 198.51.100.90}]}}`)
	return p.route("default/a", `parentRefs: [{name: gke}], `+toNew)
}

func TestGatewayRights(t *testing.T) {
	for _, kind := range []cluster.Kind{cluster.KindGateway, cluster.KindGatewayClass, cluster.KindHTTPRoute, cluster.KindGRPCRoute, cluster.KindReferenceGrant, cluster.KindService, cluster.KindEndpointSlice} {
		t.Run("A5: "+string(kind)+" may not be read", func(t *testing.T) {
			p := market(t, plain).route("default/a", `rules: [{backendRefs: [{name: far, namespace: team, port: 80}]}]`).
				grant(`{metadata: {namespace: team, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}], to: [{group: "", kind: Service}]}}`)
			p.source.Kind = cluster.SourceLive
			for _, r := range cluster.Resources {
				s := cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced}
				if r.Kind == kind {
					s.State, s.Verb = cluster.StateForbidden, "list"
				}
				p.status = append(p.status, s)
			}
			var kept []cluster.Object
			for _, o := range p.objects {
				if cluster.KindOf(o) != kind {
					kept = append(kept, o)
				}
			}
			p.objects = kept
			tr := p.ask("pod/default/client", "curl http://10.244.2.40:10080/")
			equal(t, tr.Verdict.Class, trace.CannotTell)
			equal(t, tr.Verdict.Reason, "rights."+string(kind))
		})
	}
}

// later is monday and some hours, a creation time.
func later(hours int) metav1.Time {
	return metav1.Time{Time: monday.Add(time.Duration(hours) * time.Hour)}
}

func yamlInto(t *testing.T, into any, text string) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func TestGatewayOrder(t *testing.T) {
	places := map[string]func() *place{
		"routes that compete": func() *place {
			return market(t, plain+`, {name: alt, port: 8080, protocol: HTTP, hostname: "*.test"}`).route("default/a", toWeb).route("default/b", toNew).route("team/c", toNew).
				route("default/d", `hostnames: [a.test], rules: [`+prefix("/x", "web")+`]`).grpc("default/g", `hostnames: [g.test], rules: [{backendRefs: [{name: web, port: 80}]}]`)
		},
		"two gateways on one proxy": func() *place {
			p := market(t, plain).route("default/a", toWeb)
			p.gateway("other", plain).route("default/b", `parentRefs: [{name: other}], `+toNew)
			for _, o := range p.objects {
				switch o := o.(type) {
				case *corev1.Pod:
					delete(o.Labels, "gateway.networking.k8s.io/gateway-name")
				case *corev1.Service:
					o.Labels = nil
				case *gatewayv1.Gateway:
					o.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Value: "172.20.128.80"}}
				}
			}
			return p
		},
	}
	for name, build := range places {
		t.Run("the order of objects does not matter: "+name, func(t *testing.T) {
			p := build()
			for _, command := range []string{"curl " + address, "curl " + host("a.test") + " " + address + "/x", "curl " + host("g.test") + " " + address} {
				want := run(t, p.view(), "lan/laptop", command)
				got := run(t, p.view(func(list []cluster.Object) { slices.Reverse(list) }), "lan/laptop", command)
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", command, diff)
				}
			}
		})
	}
}

func TestGatewayAlternatives(t *testing.T) {
	two := `{name: exact, port: 80, protocol: HTTP, hostname: a.test}, {name: wild, port: 80, protocol: HTTP, hostname: "*.test"}`
	for _, row := range []struct {
		key, command string
		place        *place
		want, other  string
	}{
		{"listener-isolation", host("a.test") + " " + address, market(t, two).route("default/w", `parentRefs: [{name: gw, sectionName: wild}], `+toNew), "http-error l7.no-match", "answered pod.delivered"},
		{"less-specific-host", host("a.test") + " " + address + "/x", market(t, plain).route("default/a", toNew).route("default/b", `hostnames: [a.test], rules: [`+prefix("/only", "web")+`]`), "answered pod.delivered", "http-error l7.no-match"},
		{"grpc-content-type", address + "/shop.Cart/Get", market(t, plain).grpc("default/g", `rules: [{backendRefs: [{name: new, port: 80}]}]`), "http-error l7.no-match", "answered pod.delivered"},
		{"misdirected-request", `-k -H "Host: b.test" --resolve a.test:443:172.20.128.80 https://a.test/`, market(t, https("a.test")+", "+https("b.test")).route("default/w", toNew), "http-error l7.no-match", "answered pod.delivered"},
	} {
		t.Run("what implementations do beside the specification stands beside the verdict: "+row.key, func(t *testing.T) {
			tr := row.place.ask("lan/laptop", "curl "+row.command)
			equal(t, string(tr.Verdict.Class)+" "+tr.Verdict.Reason, row.want)
			i := slices.IndexFunc(tr.Alternatives, func(a trace.Alternative) bool { return a.Assume[row.key] != "" })
			if i < 0 {
				t.Fatalf("%+v", tr.Alternatives)
			}
			v := tr.Alternatives[i].Verdict
			equal(t, string(v.Class)+" "+v.Reason, row.other)
		})
	}
}

func TestGatewayImplementations(t *testing.T) {
	t.Run("Envoy Gateway's proxies stand in a namespace of their own and say whose they are", func(t *testing.T) {
		p := market(t, plain).route("default/r", toNew)
		for _, o := range p.objects {
			if o.GetName() == "proxy" || o.GetName() == "proxy-1" {
				o.SetNamespace("envoy-gateway-system")
				labels := o.GetLabels()
				delete(labels, "gateway.networking.k8s.io/gateway-name")
				labels["gateway.envoyproxy.io/owning-gateway-name"], labels["gateway.envoyproxy.io/owning-gateway-namespace"] = "gw", "default"
			}
			if s, ok := o.(*discoveryv1.EndpointSlice); ok && o.GetName() == "proxy-1" {
				s.Endpoints[0].TargetRef.Namespace = "envoy-gateway-system"
			}
		}
		equal(t, gist(p.ask("lan/laptop", "curl "+address)), "answered pod.delivered 200 new")
	})
	t.Run("Istio names its service in the status, by name", func(t *testing.T) {
		p := market(t, plain).route("default/r", toNew)
		for _, o := range p.objects {
			switch o := o.(type) {
			case *gatewayv1.GatewayClass:
				o.Spec.ControllerName = "istio.io/gateway-controller"
			case *gatewayv1.Gateway:
				kind := gatewayv1.HostnameAddressType
				o.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Type: &kind, Value: "proxy.default.svc.cluster.local"}}
			case *corev1.Pod:
				delete(o.Labels, "gateway.networking.k8s.io/gateway-name")
			case *corev1.Service:
				o.Labels = nil
			}
		}
		equal(t, gist(p.ask("pod/default/client", "curl http://10.96.7.40/")), "answered pod.delivered 200 new")
	})
	t.Run("a service that shares the gateway's address with other ports carries no gateway", func(t *testing.T) {
		p := market(t, plain).route("default/r", toNew).service("team/other", "10.96.7.77", "app=far", ":9000:8080").loadBalancer(30999, "172.20.128.80")
		for _, o := range p.objects {
			switch o := o.(type) {
			case *corev1.Pod:
				delete(o.Labels, "gateway.networking.k8s.io/gateway-name")
			case *corev1.Service:
				if o.Name == "proxy" {
					o.Labels = nil
				}
			case *gatewayv1.Gateway:
				o.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Value: "172.20.128.80"}}
			}
		}
		equal(t, gist(p.ask("lan/laptop", "curl "+address+":9000")), "answered pod.delivered 200 other")
		equal(t, gist(p.ask("lan/laptop", "curl "+address)), "answered pod.delivered 200 new")
	})
	t.Run("a gateway with a node's address is carried by the pod that has its port there", func(t *testing.T) {
		p := cloud(t).pod("edge/envoy", "node02", "10.244.2.70", "app=edge", func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, HostPort: 80}}
		})
		p.theGateway().Status.Addresses[0].Value = "172.20.128.7"
		tr := p.ask("lan/laptop", "curl http://172.20.128.7/")
		equal(t, gist(tr), "answered pod.delivered 200 new")
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.2.70")
	})
	t.Run("a gateway with a node's address and no pod that is known has its proxy there", func(t *testing.T) {
		p := cloud(t)
		p.theGateway().Status.Addresses[0].Value = "172.20.128.7"
		equal(t, gist(p.ask("lan/laptop", "curl http://172.20.128.7/")), "answered pod.delivered 200 new")
		equal(t, gist(p.ask("lan/laptop", "curl http://172.20.128.7:81/")), "refused node.port-closed by Node node02")
	})
	t.Run("a gateway that no controller took over serves nothing", func(t *testing.T) {
		p := market(t, plain).route("default/r", toNew)
		yamlInto(t, &p.theGateway().Status.Conditions, `[{type: Accepted, status: Unknown, reason: Pending}, {type: Programmed, status: Unknown, reason: Pending}]`)
		tr := p.ask("lan/laptop", "curl "+address)
		equal(t, gist(tr), "refused pod.port-closed by Gateway gw")
	})
	t.Run("a class that is not there leaves open whether anybody serves it", func(t *testing.T) {
		p := market(t, plain).route("default/r", toNew)
		p.theGateway().Spec.GatewayClassName = "nobody"
		equal(t, flips(p.ask("lan/laptop", "curl "+address), "gateway-class"), true)
	})
	t.Run("a connection alone is taken where a listener serves", func(t *testing.T) {
		equal(t, gist(market(t, plain).ask("lan/laptop", "nc -zv 172.20.128.80 80")), "answered pod.delivered proxy")
		equal(t, gist(market(t, plain).ask("lan/laptop", "nc -zv 172.20.128.80 443")), "refused pod.port-closed by Gateway gw")
	})
	t.Run("A5 TCPRoute, UDPRoute: connections and datagrams that they would take cannot be told", func(t *testing.T) {
		equal(t, gist(market(t, `{name: tcp, port: 8080, protocol: TCP}`).ask("lan/laptop", "nc -zv 172.20.128.80 8080")), "cannot-tell not-modelled.TCPRoute by Gateway gw")
		p := market(t, `{name: dns, port: 5353, protocol: UDP}`)
		equal(t, gist(p.ask("pod/default/client", "nc -u -zv 10.244.2.40 5353")), "cannot-tell not-modelled.UDPRoute by Gateway gw")
	})
	t.Run("ports of the proxy for probes and metrics are its own", func(t *testing.T) {
		p := market(t, plain)
		for _, o := range p.objects {
			if pod, ok := o.(*corev1.Pod); ok && pod.Name == "proxy" {
				declares("metrics:19001")(pod)
			}
		}
		equal(t, string(p.ask("pod/default/client", "curl http://10.244.2.40:19001/stats").Verdict.Class), "answered")
		equal(t, string(p.ask("pod/default/client", "curl http://10.244.2.40:7777/").Verdict.Class), "refused")
	})
}

// without makes the place a live cluster of which one kind may not be read ("" for none).
func (p *place) without(forbidden cluster.Kind) *place {
	p.source.Kind = cluster.SourceLive
	for _, r := range cluster.Resources {
		s := cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced}
		if r.Kind == forbidden {
			s.State, s.Verb = cluster.StateForbidden, "list"
		}
		p.status = append(p.status, s)
	}
	p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool { return cluster.KindOf(o) == forbidden })
	return p
}

// unlabelled takes away what says which gateway a pod or service serves, and lets the gateway's address say it.
func (p *place) unlabelled() *place {
	for _, o := range p.objects {
		switch o := o.(type) {
		case *corev1.Pod:
			delete(o.Labels, "gateway.networking.k8s.io/gateway-name")
		case *corev1.Service:
			if o.Name == "proxy" {
				o.Labels = nil
			}
		case *gatewayv1.Gateway:
			o.Status.Addresses = []gatewayv1.GatewayStatusAddress{{Value: "172.20.128.80"}}
		}
	}
	return p
}

func TestGatewayMissingRightsNeverOpen(t *testing.T) {
	build := func() *place {
		return market(t, `{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {tier: front}}}}}`).
			route("team/far", `hostnames: [far.test], rules: [{backendRefs: [{name: far, port: 80}]}]`).
			route("team/near", `hostnames: [near.test], rules: [{backendRefs: [{name: new, namespace: default, port: 80}]}]`).
			route("default/no", `hostnames: [no.test], `+toNew).
			route("team/gone", `hostnames: [gone.test], rules: [{backendRefs: [{name: gone, port: 80}]}]`).
			grant(`{metadata: {namespace: default, name: g}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: team}], to: [{group: "", kind: Service}]}}`)
	}
	for variant, change := range map[string]func(*place) *place{"labelled": func(p *place) *place { return p }, "by address": (*place).unlabelled} {
		for _, name := range []string{"far.test", "near.test", "no.test", "gone.test", "other.test"} {
			for _, where := range []struct{ from, url string }{{"lan/laptop", address}, {"pod/default/client", "http://10.96.7.40"}, {"pod/default/client", "http://10.244.2.40:10080"}} {
				full := change(build()).without("").ask(where.from, "curl "+host(name)+" "+where.url)
				for _, r := range cluster.Resources {
					if r.Kind == cluster.KindPod || r.Kind == cluster.KindNode {
						continue // without them the request has no source, or no way to the proxy
					}
					tr := change(build()).without(r.Kind).ask(where.from, "curl "+host(name)+" "+where.url)
					if tr.Verdict.Class == full.Verdict.Class || tr.Verdict.Class == trace.CannotTell {
						continue
					}
					t.Errorf("%s, %s from %s to %s without %s: %s, with it %s", variant, name, where.from, where.url, r.Kind, gist(tr), gist(full))
				}
			}
		}
	}
}

// Objects from files have not been through the API's validation: whatever they lack, there is an answer.
func TestGatewayIncompleteObjects(t *testing.T) {
	for _, spec := range []string{
		`rules: [{matches: [{}]}]`,
		`rules: [{matches: [{path: {}}]}]`,
		`rules: [{matches: [{path: {type: Odd, value: x}}]}]`,
		`rules: [{matches: [{path: {type: RegularExpression, value: "("}}], backendRefs: [{name: new, port: 80}]}]`,
		`rules: [{matches: [{headers: [{name: "", value: ""}], queryParams: [{name: "", value: ""}], method: ""}]}]`,
		`rules: [{filters: [{type: ""}]}]`,
		`rules: [{filters: [{type: RequestRedirect}]}]`,
		`rules: [{filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch}}}]}]`,
		`rules: [{filters: [{type: URLRewrite}, {type: RequestMirror}, {type: RequestHeaderModifier}, {type: ResponseHeaderModifier}, {type: CORS}], backendRefs: [{name: new, port: 80}]}]`,
		`rules: [{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}}], backendRefs: [{name: new, port: 80}]}]`,
		`rules: [{filters: [{type: ExtensionRef}]}]`,
		`rules: [{filters: [{type: ExternalAuth}]}]`,
		`rules: [{backendRefs: [{name: ""}]}]`,
		`rules: [{backendRefs: [{name: new, port: 80, weight: -1}]}]`,
		`rules: [{backendRefs: [{name: new, port: 80, filters: [{type: RequestRedirect}]}]}]`,
		`hostnames: ["", "*", "*."], rules: [{}]`,
		`parentRefs: [{}], rules: [{}]`,
		`parentRefs: []`,
		`rules: []`,
	} {
		t.Run(spec, func(t *testing.T) {
			for _, listeners := range []string{plain, ``, `{name: "", port: 80, protocol: ""}`, `{name: x, port: 80, protocol: HTTP, hostname: "*"}`, `{name: x, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector}, kinds: [{kind: ""}]}}`, `{name: x, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: ""}]}}`} {
				p := market(t, listeners).route("default/r", spec)
				for _, command := range []string{"curl " + address + "/a", "curl -k https://172.20.128.80:80/", "curl -X OPTIONS -H 'Origin: x' " + address, "nc -zv 172.20.128.80 80"} {
					p.ask("lan/laptop", command)
				}
			}
		})
	}
}
