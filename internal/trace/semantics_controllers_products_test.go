package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// flipsTo is the class of the alternative by an assumption.
func flipsTo(alternatives []trace.Alternative, key string) string {
	for _, a := range alternatives {
		if a.Assume[key] != "" {
			return string(a.Verdict.Class)
		}
	}
	return ""
}

// More controllers, as nginx and the others of a doorway.
const (
	community = "haproxy haproxy-ingress.github.io/controller quay.io/jcmoraisjr/haproxy-ingress:v0.15.0"
	kong      = "kong ingress-controllers.konghq.com/kong docker.io/library/kong:3.9"
	f5        = "nginx nginx.org/ingress-controller docker.io/nginx/nginx-ingress:5.0.0"
)

func behind(controller string, args ...string) func(t *testing.T) *place {
	return func(t *testing.T) *place { return doorway(t, controller, args...) }
}

// Which controller takes an ingress, where there are several, or several ways to say it.
func TestSemanticsA41Classes(t *testing.T) {
	rule := "shop.test / P web"
	plain := func(class string) string { return ingressOf("i", class, "", "", rule) }
	old := func(class, annotation string) string {
		return ingressOf("i", class, "kubernetes.io/ingress.class: "+annotation, "", rule)
	}
	const ok, none, other = "answered pod.delivered 200 assumed", "http-error l7.no-controller 404 assumed", "http-error l7.not-admitted 404 assumed"
	byDefault := ", annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}"
	second := func(name, created string) string {
		return classOf(name, "k8s.io/ingress-nginx", byDefault, fmt.Sprintf(", creationTimestamp: '%s'", created))
	}
	both := func(t *testing.T) *place { // a Traefik beside the ingress-nginx of the door
		return doorway(t, nginx).add(classOf("traefik", "traefik.io/ingress-controller")).
			pod("edge/traefik-1", "node01", "10.244.1.70", "app=traefik", image("docker.io/library/traefik:v3.7.0"), func(pod *corev1.Pod) {
				pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "web", ContainerPort: 8000}}
			}).service("edge/traefik", "10.96.3.9", "app=traefik", "web:80:8000")
	}
	const toTraefik = "curl -H 'Host: shop.test' http://10.96.3.9/"
	askControllers(t, []controllerRow{
		{name: "A4.1 row 1: two classes of one controller: both are served", at: behind(nginx), objects: classOf("internal", "k8s.io/ingress-nginx") + plain("internal"), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 1: by Traefik only the first of them", at: behind(traefik), objects: classOf("zweite", "traefik.io/ingress-controller", ", creationTimestamp: '2030-01-01T00:00:00Z'") + plain("zweite"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 1: two controllers, each leaves the other's alone", at: both, objects: plain("traefik"), command: at("shop.test", "/"), want: other, decided: "Deployment/nginx"},
		{name: "A4.1 row 1: and serves its own", at: both, objects: plain("traefik"), from: "pod/default/client", command: toTraefik, want: ok},
		{name: "A4.1 row 1: the same one class at the other's door", at: both, objects: plain("nginx"), from: "pod/default/client", command: toTraefik, want: other},
		{name: "A4.1 row 4: what has no class goes to the one that takes it", at: both, objects: plain(""), from: "pod/default/client", command: toTraefik, want: ok},
		{name: "A4.1 row 4: and not to the one that does not", at: both, objects: plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 1: --controller-class names the controller", at: behind(nginx, "--controller-class=k8s.io/internal"), objects: plain("nginx"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 1: and takes classes of that name", at: behind(nginx, "--controller-class=k8s.io/internal"), objects: classOf("in", "k8s.io/internal") + plain("in"), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 3: two default classes do not adopt what is there without one", at: behind(nginx), objects: second("a", "2026-01-01T00:00:00Z") + second("b", "2026-02-01T00:00:00Z") + plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 2: ingress-nginx looks at the field first", at: behind(nginx), objects: old("nginx", "other"), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 2: and leaves what the field gives to another", at: both, objects: old("traefik", "nginx"), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 2: so does Traefik", at: both, objects: old("nginx", "traefik"), from: "pod/default/client", command: toTraefik, want: other},
		{name: "A4.1 row 2: an empty annotation is none for Traefik", at: both, objects: old("", "''"), from: "pod/default/client", command: toTraefik, want: ok},
		{name: "A4.1 row 2: and is one for ingress-nginx", at: behind(nginx), objects: old("", "''"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 2: Kong looks at the annotation first", at: behind(kong), objects: old("kong", "other"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 2: Contour does, too", at: behind(contour), objects: old("other", "contour"), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 4: Contour takes what has no class", at: behind(contour), objects: plain(""), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 4: unless a flag names its class", at: behind(contour, "--ingress-class-name=contour"), objects: plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 4: Kong does where its class is the default", at: behind(kong), objects: plain("") + classOf("kong-too", "ingress-controllers.konghq.com/kong", byDefault), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 4: F5's controller leaves it", at: behind(f5), objects: plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 4: and the community's HAProxy, unless told", at: behind(community), objects: plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 4: told", at: behind(community, "--watch-ingress-without-class"), objects: plain(""), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 1: a second class of a controller that compares names may be nobody's", at: behind(kong), objects: classOf("other", "ingress-controllers.konghq.com/kong") + plain("other"), command: at("shop.test", "/"), want: ok, flips: "ingress-class-by-name http-error"},
		{name: "A4.1 row 1: one that it was told by flag is served", at: behind(f5, "-ingress-class=special"), objects: classOf("special", "nginx.org/ingress-controller") + plain("special"), command: at("shop.test", "/"), want: ok, flips: "none"},
		{name: "A4.1 row 1: and the others are not", at: behind(f5, "-ingress-class=special"), objects: plain("nginx"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 1: HAProxy's two controllers do not share classes", at: behind(haproxy), objects: classOf("community", "haproxy-ingress.github.io/controller") + plain("community"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 1: the same the other way round", at: behind(community), objects: classOf("tech", "haproxy.org/ingress-controller/tech") + plain("tech"), command: at("shop.test", "/"), want: none},
		{name: "A4.1 row 4: haproxytech's takes what has no class, without a class of its own", at: behind(haproxy), objects: plain(""), command: at("shop.test", "/"), want: ok},
		{name: "A4.1 row 4: not with one", at: behind(haproxy, "--ingress.class=haproxy"), objects: plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 4: nor where a default class is another's", at: behind(haproxy), objects: classOf("d", "example.com/d", byDefault) + plain(""), command: at("shop.test", "/"), want: other},
		{name: "A4.1 row 1: it compares the controller to the letter", at: behind(haproxy), objects: plain("haproxy"), command: at("shop.test", "/"), want: ok, flips: "ingress-class-by-name http-error"},
		{name: "A4.1 row 1: which its flag spells", at: behind(haproxy, "--ingress.class=haproxy"), objects: plain("haproxy"), command: at("shop.test", "/"), want: ok, flips: "none"},
		{name: "A4.1 row 1: several controllers with one class: each serves it", at: func(t *testing.T) *place {
			return both(t).pod("other/nginx-1", "node01", "10.244.1.71", "app=more", image("registry.k8s.io/ingress-nginx/controller:v1.15.1")).service("other/nginx", "10.96.3.10", "app=more", ":80:80")
		}, objects: plain("nginx"), from: "pod/default/client", command: "curl -H 'Host: shop.test' http://10.96.3.10/", want: ok},
		{name: "A4.1 row 1: haproxytech's --ingress.class is part of the name", at: behind(haproxy, "--ingress.class=a"), objects: classOf("b", "haproxy.org/ingress-controller/b") + plain("b"), command: at("shop.test", "/"), want: none},
	})
	t.Run("A4.1 row 3: of two default classes the newest is written into what is created", func(t *testing.T) {
		p := doorway(t, nginx).add(classOf("a", "example.com/other", byDefault, ", creationTimestamp: '2026-01-01T00:00:00Z'") + classOf("b", "k8s.io/ingress-nginx", byDefault, ", creationTimestamp: '2026-02-01T00:00:00Z'") + plain(""))
		p.source.Kind = "files"
		equal(t, summary(p.ask("lan/laptop", at("shop.test", "/"))), "answered pod.delivered assumed")
	})
}

// What is known of controllers that only the API's contract describes.
func TestSemanticsA42Products(t *testing.T) {
	tls := ", tls: [{hosts: [shop.test], secretName: cert}]"
	one := func(class, rule string) string { return ingressOf("i", class, "", "", rule) }
	noted := func(class, annotation, more, rule string) string {
		return ingressOf("i", class, annotation, more, rule)
	}
	const ok, missed = "answered pod.delivered 200 assumed", "http-error l7.no-match 404 assumed"
	askControllers(t, []controllerRow{
		{name: "A4.2 row 7: F5's Prefix may be one of characters", at: behind(f5), objects: one("nginx", "shop.test /foo P web"), command: at("shop.test", "/foobar"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.2 row 7: HAProxy's is by elements", at: behind(haproxy), objects: one("haproxy", "shop.test /foo P web"), command: at("shop.test", "/foobar"), want: missed, flips: "none"},
		{name: "A4.2 row 7: F5's annotation makes expressions of all paths", at: behind(f5), objects: noted("nginx", "nginx.org/path-regex: case_insensitive", "", "shop.test /tea/[a-z]+ P web"), command: at("shop.test", "/TEA/green"), want: ok},
		{name: "A4.2 row 7: case counts where it says so", at: behind(f5), objects: noted("nginx", "nginx.org/path-regex: case_sensitive", "", "shop.test /tea/[a-z]+ P web"), command: at("shop.test", "/TEA/green"), want: missed},
		{name: "A4.2 row 7: Kong reads an expression after /~", at: behind(kong), objects: one("kong", "shop.test /~/v[0-9]+ I web"), command: at("shop.test", "/v12"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.2 row 7: Contour one that looks like one", at: behind(contour), objects: one("contour", "shop.test /v[0-9]+ I web"), command: at("shop.test", "/v12"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.2 row 7: HAProxy compares characters of what is left to it", at: behind(community), objects: one("haproxy", "shop.test /app I web"), command: at("shop.test", "/apple"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.2: F5's gives a host to the oldest ingress, others' paths are nobody's", at: behind(f5), objects: one("nginx", "shop.test /a P web") + ingressOf("j", "nginx", "", "", "shop.test /b P api"), command: at("shop.test", "/b"), want: ok, pods: "api-1", flips: "host-owner http-error"},
		{name: "A4.2: unless they are its minions", at: behind(f5), objects: one("nginx", "shop.test /a P web") + ingressOf("j", "nginx", "nginx.org/mergeable-ingress-type: minion", "", "shop.test /b P api"), command: at("shop.test", "/b"), want: ok, pods: "api-1", flips: "none"},
		{name: "A4.2: and wants a host in every rule", at: behind(f5), objects: one("nginx", "- / P web"), command: at("shop.test", "/"), want: ok, flips: "host-owner http-error"},
		{name: "A4.2: unless it is told otherwise", at: behind(f5, "-allow-empty-ingress-host=true"), objects: one("nginx", "- / P web"), command: at("shop.test", "/"), want: ok, flips: "none"},
		{name: "A4.2 row 9: F5's wildcards stand for any number of labels", at: behind(f5), objects: one("nginx", "*.shop.test / P web"), command: at("a.b.shop.test", "/"), want: missed, flips: "wildcard-host answered"},
		{name: "A4.2 row 9: so do Kong's", at: behind(kong), objects: one("kong", "*.shop.test / P web"), command: at("a.b.shop.test", "/"), want: missed, flips: "wildcard-host answered"},
		{name: "A4.2 row 9: Contour's for one", at: behind(contour), objects: one("contour", "*.shop.test / P web"), command: at("a.b.shop.test", "/"), want: missed, flips: "none"},
		{name: "A4.2 row 8: of two wildcards the longer counts", at: behind(haproxy), objects: one("haproxy", "*.test / P web") + ingressOf("j", "haproxy", "", "", "shop.test / P api"), command: at("shop.test", "/"), want: ok, pods: "api-1"},
		{name: "A4.2 row 5: haproxytech redirects where there is TLS", at: behind(haproxy), objects: noted("haproxy", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered l7.redirect 302 assumed"},
		{name: "A4.2 row 5: unless told not to", at: behind(haproxy), objects: noted("haproxy", "haproxy.org/ssl-redirect: 'false'", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: ok},
		{name: "A4.2 row 5: the community's HAProxy redirects, too", at: behind(community), objects: noted("haproxy", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered l7.redirect 302 assumed"},
		{name: "A4.2 row 5: F5's with 301", at: behind(f5), objects: noted("nginx", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered l7.redirect 301 assumed"},
		{name: "A4.2 row 5: Kong serves both", at: behind(kong), objects: noted("kong", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: ok},
		{name: "A4.2 row 2: no such service, F5's asks a server that answers 502", at: behind(f5), objects: one("nginx", "shop.test / P gone"), command: at("shop.test", "/"), want: "http-error l7.no-backend 502 assumed"},
		{name: "A4.2 row 3: nor endpoints", at: behind(f5), objects: one("nginx", "shop.test / P empty"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 502 assumed"},
		{name: "A4.2 row 3: Kong 503", at: behind(kong), objects: one("kong", "shop.test / P empty"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 3: HAProxy 503", at: behind(community), objects: one("haproxy", "shop.test / P sick"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 4: an endpoint that refuses, Kong 502", at: behind(kong), objects: one("kong", "shop.test / P deaf"), command: at("shop.test", "/"), want: "http-error l7.upstream-refused 502 assumed"},
		{name: "A4.2: Kong strips what matched where it is told to", at: behind(kong), objects: noted("kong", "konghq.com/strip-path: 'true'", "", "shop.test /app P web"), command: at("shop.test", "/app/x/y"), want: ok, path: "/x/y"},
		{name: "A4.2: and leaves the path as it is otherwise", at: behind(kong), objects: one("kong", "shop.test /app P web"), command: at("shop.test", "/app/x/y"), want: ok, path: "/app/x/y"},
	})
	t.Run("A4.2: an annotation of the product that is not followed is named", func(t *testing.T) {
		tr := doorway(t, kong).add(noted("kong", "konghq.com/plugins: key-auth", "", "shop.test / P web")).ask("lan/laptop", at("shop.test", "/"))
		equal(t, assumption(tr, "annotation").Value, "plugins")
		equal(t, assumption(tr, "annotation").WouldFlip, true)
	})
	t.Run("A4.2: Contour as its own manifests install it, known by what runs beside Envoy", func(t *testing.T) {
		p := bare(t).add(classOf("contour", "projectcontour.io/contour")+one("contour", "shop.test / P web")).
			pod("projectcontour/envoy-1", "node02", "10.244.2.80", "app=envoy", func(pod *corev1.Pod) {
				pod.Spec.Containers = []corev1.Container{
					{Name: "shutdown-manager", Image: "ghcr.io/projectcontour/contour:v1.33.0"},
					{Name: "envoy", Image: "docker.io/envoyproxy/envoy:distroless-v1.35.2", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, HostPort: 80}, {Name: "https", ContainerPort: 8443, HostPort: 443}}},
				}
			})
		equal(t, summary(p.ask("lan/laptop", hostOf("172.20.128.7", "/"))), "answered pod.delivered assumed")
	})
	istio := func(t *testing.T, objects string) *place {
		return bare(t).add(objects).pod("istio-system/ingressgateway-1", "node02", "10.244.2.81", "istio=ingressgateway,app=istio-ingressgateway", image("docker.io/istio/proxyv2:1.29.0"), func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 15021}, {Name: "http-envoy-prom", ContainerPort: 15090}}
		}).service("istio-system/istio-ingressgateway", "10.96.4.4", "istio=ingressgateway", "status-port:15021:15021", "http2:80:8080", "https:443:8443").nodePort(30080)
	}
	viaIstio := "curl -H 'Host: shop.test' http://10.96.4.4"
	class := ingressOf("i", "", "kubernetes.io/ingress.class: istio", "", "shop.test /app I web")
	t.Run("A4.2: Istio's ingress gateway serves the annotation", func(t *testing.T) {
		tr := istio(t, class).ask("pod/default/client", viaIstio+"/app")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Verdict.Certainty, trace.Assumed)
	})
	t.Run("A4.2: and compares a path that is left to it as it is", func(t *testing.T) {
		tr := istio(t, class).ask("pod/default/client", viaIstio+"/app/x")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, flipsTo(tr.Alternatives, "implementation-specific-path"), "http-error")
	})
	t.Run("A4.2: and a class by its controller", func(t *testing.T) {
		p := istio(t, classOf("istio", "istio.io/ingress-controller")+one("istio", "shop.test / P web"))
		equal(t, p.ask("pod/default/client", viaIstio+"/x").Verdict.Class, trace.Answered)
	})
	t.Run("A4.2: what is none of Istio's ingresses leaves its gateway to objects that are not read", func(t *testing.T) {
		tr := istio(t, one("other", "shop.test / P web")).ask("pod/default/client", viaIstio+"/")
		equal(t, tr.Verdict.Certainty != trace.Certain, true)
		if strings.HasPrefix(tr.Verdict.Reason, "l7.") {
			t.Error(tr.Verdict.Sentence)
		}
	})
}

// Cilium's Envoy takes requests on the nodes.
func TestSemanticsA42Cilium(t *testing.T) {
	// The Services that its operator makes, with an endpoint that nobody has (operator/pkg/ingress endpoint.go).
	service := func(name, address, owner string) string {
		return fmt.Sprintf(`
---
apiVersion: v1
kind: Service
metadata: {namespace: default, name: %[1]s, labels: {cilium.io/ingress: "true"}%[3]s}
spec: {type: LoadBalancer, clusterIP: %[2]s, clusterIPs: [%[2]s], ports: [{name: http, port: 80, nodePort: 31080, protocol: TCP}, {name: https, port: 443, nodePort: 31443, protocol: TCP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: default, name: %[1]s-x, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{name: "", port: 9999, protocol: TCP}]
endpoints: [{addresses: [192.192.192.192]}]
`, name, address, owner)
	}
	cilium := func(t *testing.T) *place {
		return bare(t).daemonSet("cilium", "quay.io/cilium/cilium:v1.19.0").add(classOf("cilium", "cilium.io/ingress-controller"))
	}
	dedicated := service("cilium-ingress-i", "10.96.5.5", ", ownerReferences: [{apiVersion: networking.k8s.io/v1, kind: Ingress, name: i, uid: '1'}]")
	rule := ingressOf("i", "cilium", "", "", "shop.test / P web")
	tls := ingressOf("i", "cilium", "", ", tls: [{hosts: [shop.test], secretName: c}]", "shop.test / P web")
	const to, ok = "curl -H 'Host: shop.test' http://10.96.5.5", "answered pod.delivered 200 assumed"
	askControllers(t, []controllerRow{
		{name: "A4.2: by its cluster IP", at: cilium, objects: dedicated + rule, from: "pod/default/client", command: to + "/", want: ok, pods: "web-1 web-2"},
		{name: "A4.1 row 2: also by the annotation of old, without a class object", at: func(t *testing.T) *place { return bare(t) }, objects: dedicated + ingressOf("i", "", "kubernetes.io/ingress.class: cilium", "", "shop.test / P web"), from: "pod/default/client", command: to + "/", want: ok},
		{name: "A4.2: by its node port, at any node", at: cilium, objects: dedicated + rule, command: hostOf("172.20.128.6:31080", "/"), want: ok},
		{name: "A4.2: no rule matches", at: cilium, objects: dedicated + rule, from: "pod/default/client", command: "curl http://10.96.5.5/", want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: of an ingress with a Service of its own no other is served there", at: cilium, objects: dedicated + rule + ingressOf("j", "cilium", "", "", "other.test / P api"), from: "pod/default/client", command: "curl -H 'Host: other.test' http://10.96.5.5/", want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: but at the shared one", at: cilium, objects: service("cilium-ingress", "10.96.5.5", "") + ingressOf("j", "cilium", "", "", "shop.test / P api"), from: "pod/default/client", command: to + "/", want: ok, pods: "api-1"},
		{name: "A4.2 row 3: no endpoints, 503", at: cilium, objects: dedicated + ingressOf("i", "cilium", "", "", "shop.test / P empty"), from: "pod/default/client", command: to + "/", want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 5: plain HTTP to a host with TLS, 301", at: cilium, objects: dedicated + tls, from: "pod/default/client", command: to + "/", want: "answered l7.redirect 301 assumed"},
		{name: "A4.2 row 7: a path that is left to it is an expression", at: cilium, objects: dedicated + ingressOf("i", "cilium", "", "", "shop.test /v[0-9]+ I web"), from: "pod/default/client", command: to + "/v12", want: "http-error l7.no-match 404 assumed", flips: "implementation-specific-path answered"},
		{name: "A3.2: a policy that admits some pods does not say whether it admits Envoy", at: func(t *testing.T) *place {
			return cilium(t).policy("\nmetadata: {namespace: default, name: few}\nspec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]}")
		}, objects: dedicated + rule, from: "pod/default/client", command: to + "/", want: "cannot-tell assumption.gateway-source - unknown"},
	})
}

// Load balancers of clouds take requests, whose controllers have no pod that does.
func TestSemanticsA42Clouds(t *testing.T) {
	const address = "198.51.100.90"
	get := hostOf(address, "/")
	class := func(name string) string {
		return map[string]string{"alb": classOf("alb", "ingress.k8s.aws/alb"), "agic": classOf("agic", "azure/application-gateway")}[name]
	}
	alb := func(annotations, more string, rules ...string) string {
		return class("alb") + withStatus(ingressOf("i", "alb", annotations, more, rules...), address)
	}
	gce := func(annotations, more string, rules ...string) string {
		if annotations != "" {
			annotations = ", " + annotations
		}
		return withStatus(ingressOf("i", "", "kubernetes.io/ingress.class: gce"+annotations, more, rules...), address)
	}
	agic := func(annotations string, rules ...string) string {
		return class("agic") + withStatus(ingressOf("i", "agic", annotations, "", rules...), address)
	}
	web, ip := "shop.test / P web", "alb.ingress.kubernetes.io/target-type: ip"
	nodePort := func(t *testing.T) *place {
		p := bare(t)
		for _, s := range p.services() {
			if s.Name == "web" {
				s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, 30111
			}
		}
		return p
	}
	neg := func(t *testing.T) *place {
		p := bare(t)
		for _, s := range p.services() {
			s.Annotations = map[string]string{"cloud.google.com/neg": `{"ingress": true}`}
		}
		return p
	}
	const ok, missed = "answered pod.delivered 200 assumed", "http-error l7.no-match 404 assumed"
	rows := []controllerRow{
		{name: "A4.2 row 11: AWS' load balancer to pods", objects: alb(ip, "", web), command: get, want: ok, pods: "web-1 web-2"},
		{name: "A4.2 row 11: to instances, by the node port", at: nodePort, objects: alb("", "", web), command: get, want: ok, pods: "web-1 web-2"},
		{name: "A4.2 row 11: to instances of a service that has none nobody can tell", objects: alb("", "", web), command: get, want: "cannot-tell l7.invalid-backend - unknown", also: "target-type instance"},
		{name: "A4.2 row 1: no rule matches", objects: alb(ip, "", web), command: "curl http://" + address + "/", want: missed},
		{name: "A4.2 row 2: no such service, 503", objects: alb(ip, "", "shop.test / P gone"), command: get, want: "http-error l7.no-backend 503 assumed"},
		{name: "A4.2 row 3: no endpoints, 503", objects: alb(ip, "", "shop.test / P empty"), command: get, want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 4: an endpoint that refuses, 502", objects: alb(ip, "", "shop.test / P deaf"), command: get, want: "http-error l7.upstream-refused 502 assumed"},
		{name: "A4.2 row 5: with a certificate it has no listener on 80", objects: alb(ip, ", tls: [{hosts: [shop.test]}]", web), command: get, want: "no-answer boundary.needs-door - assumed"},
		{name: "A4.2 row 5: unless an annotation says so", objects: alb(ip+", alb.ingress.kubernetes.io/listen-ports: '[{\"HTTP\": 80}, {\"HTTPS\": 443}]'", ", tls: [{hosts: [shop.test]}]", web), command: get, want: ok},
		{name: "A4.2 row 5: ssl-redirect", objects: alb(ip+", alb.ingress.kubernetes.io/listen-ports: '[{\"HTTP\": 80}, {\"HTTPS\": 443}]', alb.ingress.kubernetes.io/ssl-redirect: '443'", "", web), command: get, want: "answered l7.redirect 301 assumed"},
		{name: "A4.2 row 7: patterns are its own", objects: alb(ip, "", "shop.test /app/* I web"), command: hostOf(address, "/app/x"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.2 row 7: and a path without one is as it is", objects: alb(ip, "", "shop.test /app I web"), command: hostOf(address, "/app/x"), want: ok, flips: "implementation-specific-path http-error"},
		{name: "A4.2 row 9: a wildcard host is any number of labels", objects: alb(ip, "", "*.shop.test / P web"), command: "curl -H 'Host: a.b.shop.test' http://" + address + "/", want: missed, flips: "wildcard-host answered"},
		{name: "A4.2 row 8: rules count in their own order", objects: alb(ip, "", "- / P empty", "shop.test / P web"), command: get, want: ok, flips: "rule-order http-error"},
		{name: "A4.2 row 8: also of one host in two rules", objects: alb(ip, "", "shop.test / P empty", "shop.test /x P web"), command: hostOf(address, "/x"), want: ok, flips: "rule-order http-error"},
		{name: "A4.1 row 2: AWS' by the annotation of old", objects: withStatus(ingressOf("i", "", "kubernetes.io/ingress.class: alb, "+ip, "", web), address), command: get, want: ok},
		{name: "A4.1 row 2: without an address nobody is known to serve it", objects: ingressOf("i", "", "kubernetes.io/ingress.class: alb, "+ip, "", web), command: hostOf("172.20.128.6", "/"), want: "refused l7.no-controller - assumed"},
		{name: "A4.2: an action that an annotation describes is not followed", objects: alb(ip, "", "shop.test / P redirect:use-annotation"), command: get, want: "cannot-tell not-modelled.action-annotation - unknown"},
		{name: "A4.2 row 11: Google's to pods, where the service has an endpoint group", at: neg, objects: gce("", "", web), command: get, want: ok, pods: "web-1 web-2"},
		{name: "A4.2 row 11: else by the node port", at: nodePort, objects: gce("", "", web), command: get, want: ok},
		{name: "A4.2 row 11: and where there is neither nobody can tell", objects: gce("", "", web), command: get, want: "cannot-tell l7.invalid-backend - unknown", also: "network endpoint group"},
		{name: "A4.2 row 1: its default backend answers 404", at: neg, objects: gce("", "", web), command: "curl http://" + address + "/", want: missed},
		{name: "A4.2 row 3: no endpoints, 502", at: neg, objects: gce("", "", "shop.test / P empty"), command: get, want: "http-error l7.no-endpoints 502 assumed"},
		{name: "A4.2 row 4: an endpoint that refuses, 502", at: neg, objects: gce("", "", "shop.test / P deaf"), command: get, want: "http-error l7.upstream-refused 502 assumed"},
		{name: "A4.2 row 7: /* is needed for what is below", at: neg, objects: gce("", "", "shop.test /app I web"), command: hostOf(address, "/app/x"), want: ok, flips: "implementation-specific-path http-error"},
		{name: "A4.2 row 7: and is not of the API's contract", at: neg, objects: gce("", "", "shop.test /app/* I web"), command: hostOf(address, "/app/x"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.1 row 2: gce-internal is Google's, too", at: neg, objects: withStatus(ingressOf("i", "", "kubernetes.io/ingress.class: gce-internal", "", web), address), command: get, want: ok},
		{name: "A4.1: Google's serves no plain requests where told so", at: neg, objects: gce("kubernetes.io/ingress.allow-http: 'false'", ", tls: [{secretName: c}]", web), command: get, want: "no-answer boundary.needs-door - assumed"},
		{name: "A4.2 row 11: Azure's to pods", objects: agic("", web), command: get, want: ok, pods: "web-1 web-2"},
		{name: "A4.2 row 3: no endpoints, 502", objects: agic("", "shop.test / P empty"), command: get, want: "http-error l7.no-endpoints 502 assumed"},
		{name: "A4.2 row 7: its Prefix is one of characters", objects: agic("", "shop.test /foo P web"), command: hostOf(address, "/foobar"), want: missed, flips: "implementation-specific-path answered"},
		{name: "A4.1: a load balancer carries the ingresses with its address, no others", objects: alb(ip, "", web) + withStatus(ingressOf("j", "alb", ip, "", "other.test / P api"), "198.51.100.91"), command: "curl -H 'Host: other.test' http://" + address + "/", want: missed},
		{name: "A4.1: those of a group share it", objects: alb(ip, "", web) + withStatus(ingressOf("j", "alb", ip, "", "other.test / P api"), address), command: "curl -H 'Host: other.test' http://" + address + "/", want: ok, pods: "api-1"},
		{name: "A4.1: before it has an address there is nobody to ask", objects: class("alb") + ingressOf("i", "alb", ip, "", web), command: get, want: "left-the-map outside.unknown - certain"},
		{name: "A6: from the Internet", objects: alb(ip, "", web), from: "internet", command: get, want: ok},
		{name: "A6: and from a pod", objects: alb(ip, "", web), from: "pod/default/client", command: get, want: ok},
		{name: "A6: one with a private address is not for the Internet", objects: class("alb") + withStatus(ingressOf("i", "alb", ip, "", web), "172.20.128.99"), from: "internet", command: hostOf("172.20.128.99", "/"), want: "no-answer lb.private-address - certain"},
		{name: "A6: but for the LAN", objects: class("alb") + withStatus(ingressOf("i", "alb", ip, "", web), "172.20.128.99"), command: hostOf("172.20.128.99", "/"), want: ok},
		{name: "A4.2: a load balancer of HTTP says nothing to a datagram", objects: alb(ip, "", web), command: "nc -u " + address + " 80", want: "no-answer boundary.needs-door - assumed"},
		{name: "A4.2: who only connects rests on as much", objects: alb(ip, "", web), command: "nc -zv " + address + " 80", want: "answered pod.delivered - assumed"},
		{name: "A4.2 row 6: a certificate that AWS keeps", objects: alb(ip+", alb.ingress.kubernetes.io/certificate-arn: 'arn:x'", "", web), command: "curl --resolve shop.test:443:" + address + " https://shop.test/", want: ok},
		{name: "A4.2 row 6: or finds by the host", objects: alb(ip, ", tls: [{hosts: [shop.test]}]", web), command: "curl --resolve shop.test:443:" + address + " https://shop.test/", want: ok},
		{name: "A4.2 row 6: one that Google keeps", at: neg, objects: gce("networking.gke.io/managed-certificates: c", "", web), command: "curl --resolve shop.test:443:" + address + " https://shop.test/", want: ok},
		{name: "A4.2 row 9: an ExternalName is no target", objects: alb(ip, "", "shop.test / P outside"), command: get, want: "cannot-tell l7.invalid-backend - unknown"},
		{name: "A3.2: a policy that admits some does not say whether it admits the load balancer", at: func(t *testing.T) *place {
			return bare(t).enforces().policy("\nmetadata: {namespace: default, name: few}\nspec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]}")
		}, objects: alb(ip, "", web), command: get, want: "cannot-tell assumption.gateway-source - unknown"},
	}
	askControllers(t, rows)
	t.Run("A4.2: by the name that the status has, where a resolver knows it", func(t *testing.T) {
		p := bare(t).add(class("alb") + withStatus(ingressOf("i", "alb", ip, "", "- / P web"), "k8s-shop.elb.test"))
		for i := range p.around.Resolvers {
			if p.around.Resolvers[i].Name == "public" {
				p.around.Resolvers[i].Zones["elb.test"] = map[string]string{"k8s-shop": address}
			}
		}
		equal(t, summary(p.ask("lan/laptop", "curl http://k8s-shop.elb.test/")), "answered pod.delivered assumed")
	})
	t.Run("A4.2: never certain, whatever is asked", func(t *testing.T) {
		for _, r := range rows {
			if strings.HasSuffix(r.want, " certain") && !strings.HasPrefix(r.want, "left-the-map") && !strings.Contains(r.want, "private-address") {
				t.Error(r.name)
			}
		}
	})
	t.Run("A4.1: GKE's takes what names no class in either way", func(t *testing.T) {
		p := neg(t).add(withStatus(ingressOf("i", "", "", "", web), address))
		for _, o := range p.objects {
			if n, ok := o.(*corev1.Node); ok {
				n.Status.NodeInfo.KubeletVersion = "v1.34.1-gke.1000000"
			}
		}
		equal(t, summary(p.ask("internet", get)), "answered pod.delivered assumed")
	})
	t.Run("A4.2 row 11: files have not been through GKE, which writes endpoint groups into services", func(t *testing.T) {
		p := bare(t).add(gce("", "", web))
		p.source.Kind = "files"
		tr := p.ask("internet", get)
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "network-endpoint-group").WouldFlip, true)
	})
	t.Run("A4.2: it is said what is taken for granted", func(t *testing.T) {
		tr := bare(t).add(alb(ip, "", web)).ask("internet", get)
		for _, key := range []string{"ingress-load-balancer", "backend-health", "backend-targets", "ingress-controller"} {
			if !slices.ContainsFunc(tr.Assumptions, func(a trace.Assumption) bool { return a.Key == key }) {
				t.Errorf("%s is not among the assumptions", key)
			}
		}
	})
}
