package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// canaryOf is an ingress that is a canary, with more annotations.
func canaryOf(annotations, more string, rules ...string) string {
	if annotations != "" {
		annotations = ", " + annotations
	}
	return ingressOf("zcanary", "nginx", n+"canary: 'true'"+annotations, more, rules...)
}

func askedWith(flags string) string { return "curl " + flags + " -H 'Host: shop.test' " + door + "/" }

func TestSemanticsA4Canary(t *testing.T) {
	main := ingressOf("i", "nginx", "", "", "shop.test / P web")
	api := "shop.test / P api"
	const web, both, answered = "web-1 web-2", "api-1 web-1 web-2", "answered pod.delivered 200 assumed"
	askIngress(t, []ingressRow{
		{name: "A4.3 row 6: canary by cookie, always", controller: nginx, objects: main + canaryOf(n+"canary-by-cookie: x", "", api), command: askedWith("-b 'a=b; x=always'"), want: answered, pods: "api-1"},
		{name: "A4.3 row 6: canary by cookie, never, beats the weight", controller: nginx, objects: main + canaryOf(n+"canary-by-cookie: x, "+n+"canary-weight: '50'", "", api), command: askedWith("-b x=never"), want: answered, pods: web},
		{name: "A4.3 row 6: another cookie does not count", controller: nginx, objects: main + canaryOf(n+"canary-by-cookie: x", "", api), command: askedWith("-b y=always"), want: answered, pods: web},
		{name: "A4.3 row 6: canary by a header's pattern", controller: nginx, objects: main + canaryOf(n+"canary-by-header: X-New, "+n+"canary-by-header-pattern: '^a.*z$'", "", api), command: askedWith("-H 'X-New: a--z'"), want: answered, pods: "api-1"},
		{name: "A4.3 row 6: a pattern that does not match", controller: nginx, objects: main + canaryOf(n+"canary-by-header: X-New, "+n+"canary-by-header-pattern: '^a.*z$'", "", api), command: askedWith("-H 'X-New: b'"), want: answered, pods: web},
		{name: "A4.3 row 6: always is no value of a header that has one of its own", controller: nginx, objects: main + canaryOf(n+"canary-by-header: X-New, "+n+"canary-by-header-value: yes-please", "", api), command: askedWith("-H 'X-New: always'"), want: answered, pods: web},
		{name: "A4.3 row 6: the header's value", controller: nginx, objects: main + canaryOf(n+"canary-by-header: X-New, "+n+"canary-by-header-value: yes-please", "", api), command: askedWith("-H 'X-New: yes-please'"), want: answered, pods: "api-1"},
		{name: "A4.3 row 6: never by header beats always by cookie", controller: nginx, objects: main + canaryOf(n+"canary-by-header: X-New, "+n+"canary-by-cookie: x", "", api), command: askedWith("-H 'X-New: never' -b x=always"), want: answered, pods: web},
		{name: "A4.3 row 6: all of the weight, of a total of its own", controller: nginx, objects: main + canaryOf(n+"canary-weight: '1000', "+n+"canary-weight-total: '1000'", "", api), command: askedWith(""), want: answered, pods: "api-1"},
		{name: "A4.3 row 6: part of a larger total", controller: nginx, objects: main + canaryOf(n+"canary-weight: '100', "+n+"canary-weight-total: '1000'", "", api), command: askedWith(""), want: answered, pods: both},
		{name: "A4.3 row 6: a total below 100 is not taken", controller: nginx, objects: main + canaryOf(n+"canary-weight: '10', "+n+"canary-weight-total: '10'", "", api), command: askedWith(""), want: answered, pods: both},
		{name: "A4.3 row 6: a canary without endpoints gets nothing", controller: nginx, objects: main + canaryOf(n+"canary-weight: '100'", "", "shop.test / P empty"), command: askedWith(""), want: answered, pods: web},
		{name: "A4.3 row 6: other annotations of a canary do not count", controller: nginx, objects: main + canaryOf(n+"canary-weight: '100', "+n+"permanent-redirect: 'http://x.test/', "+n+"whitelist-source-range: 192.0.2.0/24, "+n+"rewrite-target: /z", ", tls: [{hosts: [shop.test]}]", api), command: askedWith(""), want: answered, pods: "api-1", path: "/"},
		{name: "A4.3 row 6: the main one's do", controller: nginx, objects: ingressOf("i", "nginx", n+"whitelist-source-range: 192.0.2.0/24", "", "shop.test / P web") + canaryOf(n+"canary-weight: '100'", "", api), command: askedWith(""), want: "http-error http.status 403 assumed"},
		{name: "A4.3 row 6: a canary of another path joins the service's other rules", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web", "shop.test /new P web") + canaryOf(n+"canary-weight: '100'", "", "shop.test /new P api"), command: askedWith(""), want: answered, pods: "api-1"},
		{name: "A4.3 row 6: a canary that no main rule matches does nothing", controller: nginx, objects: main + canaryOf(n+"canary-weight: '100'", "", "shop.test /other P api"), command: askedWith(""), want: answered, pods: web},
		{name: "A4.3 row 6: a canary alone serves nobody", controller: nginx, objects: canaryOf(n+"canary-weight: '100'", "", api), command: askedWith(""), want: "http-error l7.no-match 404 assumed"},
	})
}

func TestSemanticsA4Guards(t *testing.T) {
	with := func(annotations string) string {
		return ingressOf("i", "nginx", annotations, "", "shop.test / P web")
	}
	basic := n + "auth-type: basic, " + n + "auth-secret: users"
	askIngress(t, []ingressRow{
		{name: "A4.3 row 6: a range that cannot be read closes the location", controller: nginx, objects: with(n + "whitelist-source-range: nonsense"), command: askedWith(""), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: one bad entry spoils the list", controller: nginx, objects: with(n + "allowlist-source-range: '172.20.0.0/16, 10.0.0.0/33'"), command: askedWith(""), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: also of sources that are kept out", controller: nginx, objects: with(n + "denylist-source-range: 'x'"), command: askedWith(""), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: a closed location redirects nowhere", controller: nginx, objects: with(n + "whitelist-source-range: x, " + n + "permanent-redirect: 'http://y.test/'"), command: askedWith(""), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: a single address is a range", controller: nginx, objects: with(n + "denylist-source-range: 192.0.2.1"), command: askedWith(""), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: auth-type without a user gets 401", controller: nginx, objects: with(basic), command: askedWith(""), want: "http-error http.status 401 assumed"},
		{name: "A4.3 row 6: with one it is let in, if the secret has it", controller: nginx, objects: with(basic), command: askedWith("-u alice:secret"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: or with the header itself", controller: nginx, objects: with(basic), command: askedWith("-H 'Authorization: Basic YTpi'"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: auth-type without a secret closes the location", controller: nginx, objects: with(n + "auth-type: basic"), command: askedWith("-u a:b"), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: a type that there is not closes it", controller: nginx, objects: with(n + "auth-type: oauth, " + n + "auth-secret: users"), command: askedWith("-u a:b"), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: a secret without a type guards nothing", controller: nginx, objects: with(n + "auth-secret: users"), command: askedWith(""), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: 403 comes before 401", controller: nginx, objects: with(basic + ", " + n + "whitelist-source-range: 192.0.2.0/24"), command: askedWith(""), want: "http-error http.status 403 assumed"},
		{name: "A4.3 row 6: auth-url that is no URL closes it", controller: nginx, objects: with(n + "auth-url: nonsense"), command: askedWith(""), want: "http-error http.status 503 assumed"},
		{name: "A4.3 row 6: auth-url at a service that is not there", controller: nginx, objects: with(n + "auth-url: 'http://auth.default.svc.cluster.local/check'"), command: askedWith(""), want: "http-error http.status 500 assumed"},
		{name: "A4.3 row 6: auth-url at a service that may say yes", controller: nginx, objects: with(n + "auth-url: 'http://api.default.svc.cluster.local/check'"), command: askedWith(""), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: 413 comes before every other guard", controller: nginx, objects: with(basic + ", " + n + "whitelist-source-range: 192.0.2.0/24, " + n + "proxy-body-size: '3'"), command: askedWith("-d hello"), want: "http-error http.status 413 assumed"},
		{name: "A4.2 row 3: no endpoints, 503, comes before 401", controller: nginx, objects: ingressOf("i", "nginx", basic, "", "shop.test / P empty"), command: askedWith(""), want: "http-error l7.no-endpoints 503 assumed"},
	})
}

// bucketOf is an ingress whose root goes to a backend that is no Service, with more rules of its host.
func bucketOf(class string, more ...string) string {
	text := fmt.Sprintf("\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {namespace: default, name: r}\nspec: {ingressClassName: %s, rules: [{host: shop.test, http: {paths: [{path: /files, pathType: Prefix, backend: {resource: {apiGroup: k.test, kind: Bucket, name: b}}}]}}]}\n", class)
	if len(more) > 0 {
		text += ingressOf("i", class, "", "", more...)
	}
	return text
}

func TestSemanticsA4ResourceBackend(t *testing.T) {
	askIngress(t, []ingressRow{
		{name: "A4.1: nginx makes no location of a resource backend", controller: nginx, objects: bucketOf("nginx"), command: at("shop.test", "/files/a"), want: "http-error l7.invalid-backend 404 assumed"},
		{name: "A4.1: so that a shorter path takes the request", controller: nginx, objects: bucketOf("nginx", "shop.test / P api"), command: at("shop.test", "/files/a"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.1: Traefik makes no router of one", controller: traefik, objects: bucketOf("traefik"), command: at("shop.test", "/files/a"), want: "http-error l7.invalid-backend 404 assumed"},
		{name: "A4.1: of other controllers nobody can tell", controller: haproxy, objects: bucketOf("haproxy"), command: at("shop.test", "/files/a"), want: "cannot-tell not-modelled.resource-backend - unknown"},
	})
}

func TestSemanticsA4TraefikProviders(t *testing.T) {
	rule := "shop.test /foo P web"
	askIngress(t, []ingressRow{
		{name: "A4.2: Traefik with the provider for its own kinds alone serves no ingress", controller: traefik, args: []string{"--providers.kubernetescrd=true"}, objects: ingressOf("i", "traefik", "", "", rule), command: at("shop.test", "/foo"), want: "http-error l7.not-admitted 404 assumed"},
		{name: "A4.2: with both it does", controller: traefik, args: []string{"--providers.kubernetescrd", "--providers.kubernetesingress"}, objects: ingressOf("i", "traefik", "", "", rule), command: at("shop.test", "/foo"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.2: one turned off is none", controller: traefik, args: []string{"--providers.kubernetescrd", "--providers.kubernetesingress=false"}, objects: ingressOf("i", "traefik", "", "", rule), command: at("shop.test", "/foo"), want: "http-error l7.not-admitted 404 assumed"},
		{name: "A4.4: the provider for ingress-nginx's objects takes that class", controller: traefik, args: []string{"--providers.kubernetesingressnginx=true"}, objects: nginxClass + ingressOf("i", "nginx", "", "", rule), command: at("shop.test", "/foo/x"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: by elements, as that one does", controller: traefik, args: []string{"--providers.kubernetesingressnginx=true"}, objects: nginxClass + ingressOf("i", "nginx", "", "", rule), command: at("shop.test", "/foobar"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.4: and no other", controller: traefik, args: []string{"--providers.kubernetesingressnginx=true"}, objects: nginxClass + ingressOf("i", "traefik", "", "", rule), command: at("shop.test", "/foo"), want: "http-error l7.not-admitted 404 assumed"},
	})
	t.Run("A4.4: an annotation that the provider may follow is named", func(t *testing.T) {
		tr := doorway(t, traefik, "--providers.kubernetesingressnginx=true").add(nginxClass+ingressOf("i", "nginx", n+"rewrite-target: /", "", rule)).ask("lan/laptop", at("shop.test", "/foo"))
		named := false
		for _, a := range tr.Assumptions {
			named = named || a.WouldFlip && strings.Contains(a.Value, "rewrite-target")
		}
		equal(t, named, true)
		equal(t, tr.Verdict.Class, trace.Answered)
	})
}

const nginxClass = "\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: k8s.io/ingress-nginx}\n"
