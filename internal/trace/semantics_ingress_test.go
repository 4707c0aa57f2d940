package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// The controllers of these rows, each with its class, a pod on node02 and a Service with node ports 30080 and 30443.
const (
	nginx   = "nginx k8s.io/ingress-nginx registry.k8s.io/ingress-nginx/controller:v1.15.1"
	traefik = "traefik traefik.io/ingress-controller docker.io/library/traefik:v3.7.0"
	haproxy = "haproxy haproxy.org/ingress-controller/haproxy docker.io/haproxytech/kubernetes-ingress:3.1"
	contour = "contour projectcontour.io/ingress-controller docker.io/envoyproxy/envoy:v1.35.2"
)

// doorway is a cluster with services web (two pods that answer /, on both nodes), api (one pod), empty (no endpoint), sick
// (an unready one), deaf (nothing listens) and outside (ExternalName), behind a controller. Further arguments are the
// controller's.
func doorway(t *testing.T, controller string, args ...string) *place {
	name, class, image := words3(controller)
	every := surroundings.Answer{Path: "*", Status: 200, Body: "hello"}
	p := lab(t).
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/web-1", "node01", "10.244.1.4", "app=web").
		pod("default/web-2", "node02", "10.244.2.4", "app=web").
		pod("default/api-1", "node02", "10.244.2.5", "app=api").
		pod("default/sick-1", "node02", "10.244.2.6", "app=sick", unready).
		pod("default/deaf-1", "node02", "10.244.2.7", "app=deaf").
		service("default/web", "10.96.7.7", "app=web", "http:80:8080").listens("default", "app=web", 8080, "TCP", every).
		service("default/api", "10.96.7.8", "app=api", ":80:8080").listens("default", "app=api", 8080, "TCP", every).
		service("default/empty", "10.96.7.9", "app=nobody", ":80:8080").
		service("default/sick", "10.96.7.10", "app=sick", ":80:8080").
		service("default/deaf", "10.96.7.11", "app=deaf", ":80:8080").listens("default", "app=deaf", 9999, "TCP", every).
		service("default/headless", "None", "app=api", ":80:8080").
		add("{apiVersion: v1, kind: Service, metadata: {namespace: default, name: outside}, spec: {type: ExternalName, externalName: example.org}}")
	list := ""
	for _, a := range append([]string{"/controller"}, args...) {
		list += fmt.Sprintf("%q, ", a)
	}
	ports, labels, http, https := []string{"http:80:80", "https:443:443"}, "", 80, 443
	if controller == contour { // its data plane is an Envoy with labels and ports of its own
		ports, http, https = []string{"http:80:8080", "https:443:8443"}, 8080, 8443
		labels = ", app.kubernetes.io/name: contour, app.kubernetes.io/component: envoy"
	}
	p.add(fmt.Sprintf(`
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: %[1]s}
spec: {controller: %[2]s}
---
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: front, name: %[1]s}
spec:
  replicas: 1
  selector: {matchLabels: {app: door}}
  template:
    metadata: {labels: {app: door%[5]s}}
    spec: {containers: [{name: c, image: %[3]q, args: [%[4]s], ports: [{name: http, containerPort: %[6]d}, {name: https, containerPort: %[7]d}]}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {namespace: front, name: %[1]s-1, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: %[1]s, uid: "1", controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {app: door}}, template: {metadata: {labels: {app: door}}, spec: {containers: [{name: c, image: %[3]q}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {kubernetes.io/metadata.name: front}}
---
apiVersion: v1
kind: Pod
metadata: {namespace: front, name: door-1, labels: {app: door%[5]s}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: %[1]s-1, uid: "2", controller: true}]}
spec: {nodeName: node02, containers: [{name: c, image: %[3]q, args: [%[4]s], ports: [{name: http, containerPort: %[6]d}, {name: https, containerPort: %[7]d}]}]}
status: {phase: Running, podIP: 10.244.2.12, conditions: [{type: Ready, status: "True"}]}
`, name, class, image, list, labels, http, https))
	p.service("front/door", "10.96.3.3", "app=door", ports...).nodePort(30080)
	last := p.services()[len(p.services())-1]
	last.Spec.Ports[1].NodePort = 30443
	return p
}

func words3(text string) (a, b, c string) {
	f := strings.Fields(text)
	return f[0], f[1], f[2]
}

// ingressOf writes an Ingress of the class of a controller. A rule is HOST PATH TYPE BACKEND, "-" is no host, BACKEND is
// NAME, NAME:PORT; annotations are of nginx or the whole key.
func ingressOf(name, class, annotations, more string, rules ...string) string {
	var list []string
	for _, rule := range rules {
		f := strings.Fields(rule)
		host := ""
		if f[0] != "-" {
			host = fmt.Sprintf("host: %q, ", f[0])
		}
		kind := map[string]string{"E": "Exact", "P": "Prefix", "I": "ImplementationSpecific"}[f[2]]
		service, port, ok := strings.Cut(f[3], ":")
		if !ok {
			port = "80"
		}
		number := "number: " + port
		if strings.Trim(port, "0123456789") != "" {
			number = "name: " + port
		}
		list = append(list, fmt.Sprintf("{%shttp: {paths: [{path: %q, pathType: %s, backend: {service: {name: %s, port: {%s}}}}]}}", host, f[1], kind, service, number))
	}
	if class != "" {
		class = "ingressClassName: " + class + ", "
	}
	return fmt.Sprintf("\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {namespace: default, name: %s, annotations: {%s}}\nspec: {%srules: [%s]%s}\n",
		name, annotations, class, strings.Join(list, ", "), more)
}

type ingressRow struct {
	name       string
	controller string
	args       []string
	objects    string
	command    string // from the laptop, unless from says otherwise
	from       string
	want       string // class reason status certainty
	decided    string // Kind/name
	pods       string // of all outcomes, sorted
	seen       string // the address that the application sees
	path       string // upstreamPath
	location   string
	exit       int
}

const door = "http://172.20.128.6:30080"

func at(host, path string) string { return fmt.Sprintf("curl -H 'Host: %s' %s%s", host, door, path) }

const n = "nginx.ingress.kubernetes.io/"

func askIngress(t *testing.T, rows []ingressRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			from := r.from
			if from == "" {
				from = "lan/laptop"
			}
			tr := doorway(t, r.controller, r.args...).add(r.objects).ask(from, r.command)
			status := "-"
			if tr.Verdict.HTTPStatus != nil {
				status = fmt.Sprint(*tr.Verdict.HTTPStatus)
			}
			equal(t, fmt.Sprintf("%s %s %s %s", tr.Verdict.Class, tr.Verdict.Reason, status, tr.Verdict.Certainty), r.want)
			if t.Failed() {
				t.Log(tr.Verdict.Sentence)
			}
			if r.decided != "" {
				got := "nobody"
				if d := tr.Verdict.DecidedBy; d != nil {
					got = string(d.Kind) + "/" + d.Name
				}
				equal(t, got, r.decided)
			}
			if r.pods != "" {
				var pods []string
				for _, o := range tr.Outcomes {
					if o.Endpoint != nil {
						pods = append(pods, o.Endpoint.Pod)
					}
				}
				slices.Sort(pods)
				equal(t, strings.Join(slices.Compact(pods), " "), r.pods)
			}
			first := trace.Outcome{}
			if len(tr.Outcomes) > 0 {
				first = tr.Outcomes[0]
			}
			if r.seen != "" {
				equal(t, first.SourceSeen, r.seen)
			}
			if r.path != "" {
				equal(t, first.UpstreamPath, r.path)
			}
			if r.location != "" {
				equal(t, first.Location, r.location)
			}
			if r.exit != 0 {
				equal(t, tr.Verdict.Client.ExitCode, r.exit)
			}
		})
	}
}

func TestSemanticsA4Selection(t *testing.T) {
	webRule := "shop.test / P web"
	askIngress(t, []ingressRow{
		{name: "A4.1 row 1: the class that a controller serves", controller: nginx, objects: ingressOf("i", "nginx", "", "", webRule), command: at("shop.test", "/x"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2", seen: "10.244.2.12", path: "/x"},
		{name: "A4.1 row 1: a class object that is missing: nobody", controller: nginx, objects: ingressOf("i", "gone", "", "", webRule), command: at("shop.test", "/"), want: "http-error l7.no-controller 404 assumed"},
		{name: "A4.1 row 2: the annotation of old", controller: nginx, objects: ingressOf("i", "", "kubernetes.io/ingress.class: nginx", "", webRule), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 2: the annotation of another controller", controller: nginx, objects: ingressOf("i", "", "kubernetes.io/ingress.class: other", "", webRule), command: at("shop.test", "/"), want: "http-error l7.no-controller 404 assumed"},
		{name: "A4.1 row 3, E25: a default class does not adopt what has none", controller: nginx, objects: ingressOf("i", "", "", "", webRule) + "\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: later, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}\nspec: {controller: k8s.io/ingress-nginx}\n", command: at("shop.test", "/"), want: "http-error l7.not-admitted 404 assumed"},
		{name: "A4.1 row 4: class-less, nginx leaves it", controller: nginx, objects: ingressOf("i", "", "", "", webRule), command: at("shop.test", "/"), want: "http-error l7.not-admitted 404 assumed"},
		{name: "A4.1 row 4: unless it watches what has no class", controller: nginx, args: []string{"--watch-ingress-without-class=true"}, objects: ingressOf("i", "", "", "", webRule), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 4: Traefik takes it", controller: traefik, objects: ingressOf("i", "", "", "", webRule), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 6: the host's case and port do not count", controller: nginx, objects: ingressOf("i", "nginx", "", "", webRule), command: at("SHOP.test:30080", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 7, E11: a wildcard is one label", controller: nginx, objects: ingressOf("i", "nginx", "", "", "*.test / P web"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 7, E11: not two", controller: nginx, objects: ingressOf("i", "nginx", "", "", "*.test / P web"), command: at("a.shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.1 row 7: and not none", controller: contour, objects: ingressOf("i", "contour", "", "", "*.shop.test / P web"), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.1 row 9: an exact host beats a wildcard", controller: nginx, objects: ingressOf("i", "nginx", "", "", "*.test / P web", "shop.test / P api"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.1 row 9: a host whose paths all fail does not fall back", controller: nginx, objects: ingressOf("i", "nginx", "", "", "- / P web", "shop.test /api P api"), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.1 row 10: Exact is byte for byte", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /foo E web"), command: at("shop.test", "/foo/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.1 row 11: Prefix goes by elements", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /aaa P web"), command: at("shop.test", "/aaaccc"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.1 row 11: the longest wins", controller: haproxy, objects: ingressOf("i", "haproxy", "", "", "shop.test / P web", "shop.test /api P api"), command: at("shop.test", "/api/x"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.1 row 13: the ingress's own default backend", controller: nginx, objects: ingressOf("i", "nginx", "", ", defaultBackend: {service: {name: api, port: {number: 80}}}", "shop.test /only P web"), command: at("shop.test", "/else"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.1 row 14: a port by name", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web:http"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1 row 14: the Service's port counts, not the target's", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web:8080"), command: at("shop.test", "/"), want: "http-error l7.no-backend 503 assumed"},
		{name: "A4.1 row 14: and is none for Traefik", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P web:8080"), command: at("shop.test", "/"), want: "http-error l7.no-backend 404 assumed"},
		{name: "A4.1 row 15: the query is no part of the match", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /foo E web"), command: at("shop.test", "/foo?a=/b"), want: "answered pod.delivered 200 assumed"},
	})
}

func TestSemanticsA4Controllers(t *testing.T) {
	tls := ", tls: [{hosts: [shop.test], secretName: cert}]"
	https := "curl -k --resolve shop.test:30443:172.20.128.6 https://shop.test:30443/"
	askIngress(t, []ingressRow{
		{name: "A4.2 row 1: no rule matches, nginx's default server", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web"), command: at("other.test", "/"), want: "http-error l7.no-match 404 assumed", decided: "Deployment/nginx"},
		{name: "A4.2 row 1: Traefik's page", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P web"), command: at("other.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2 row 2: no such service, nginx 503", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P gone"), command: at("shop.test", "/"), want: "http-error l7.no-backend 503 assumed"},
		{name: "A4.2 row 2: Traefik drops the router, 404", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P gone"), command: at("shop.test", "/"), want: "http-error l7.no-backend 404 assumed"},
		{name: "A4.2 row 3, E12: no endpoints, nginx 503", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P empty"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 3, E12: no ready endpoint, Traefik 404", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P sick"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 404 assumed"},
		{name: "A4.2 row 3, E12: Traefik that keeps empty services 503", controller: traefik, args: []string{"--providers.kubernetesingress.allowemptyservices=true"}, objects: ingressOf("i", "traefik", "", "", "shop.test / P empty"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 3: Contour 503", controller: contour, objects: ingressOf("i", "contour", "", "", "shop.test / P empty"), command: at("shop.test", "/"), want: "http-error l7.no-endpoints 503 assumed"},
		{name: "A4.2 row 4: an endpoint that refuses, nginx 502", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P deaf"), command: at("shop.test", "/"), want: "http-error l7.upstream-refused 502 assumed", pods: "deaf-1"},
		{name: "A4.2 row 4: Traefik 502", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P deaf"), command: at("shop.test", "/"), want: "http-error l7.upstream-refused 502 assumed"},
		{name: "A4.2 row 4: HAProxy 503", controller: haproxy, objects: ingressOf("i", "haproxy", "", "", "shop.test / P deaf"), command: at("shop.test", "/"), want: "http-error l7.upstream-refused 503 assumed"},
		{name: "A4.2 row 4: Contour 503", controller: contour, objects: ingressOf("i", "contour", "", "", "shop.test / P deaf"), command: at("shop.test", "/"), want: "http-error l7.upstream-refused 503 assumed"},
		{name: "A4.2 row 5: plain HTTP to a host with TLS, nginx 308", controller: nginx, objects: ingressOf("i", "nginx", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered l7.redirect 308 assumed", location: "https://shop.test/x"},
		{name: "A4.2 row 5: Traefik serves both", controller: traefik, objects: ingressOf("i", "traefik", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered pod.delivered 200 assumed"},
		// The page says 301; Contour's documentation of annotations: only force-ssl-redirect asks for it (HTTPProxy differs).
		{name: "A4.2 row 5: Contour serves both", controller: contour, objects: ingressOf("i", "contour", "", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.2 row 5: and 301 where the ingress forces it", controller: contour, objects: ingressOf("i", "contour", "ingress.kubernetes.io/force-ssl-redirect: 'true'", tls, "shop.test / P web"), command: at("shop.test", "/x"), want: "answered l7.redirect 301 assumed", location: "https://shop.test/x"},
		{name: "A4.2 row 6: no secret, the controller's own certificate fails the client", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web"), command: strings.Replace(https, " -k", "", 1), want: "tls-error tls.no-certificate - assumed", exit: 60},
		{name: "A4.2 row 6: which -k does not mind", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web"), command: https, want: "answered pod.delivered 200 assumed"},
		{name: "A4.2 row 7, E12: Traefik's prefix is one of characters", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test /foo P web"), command: at("shop.test", "/foobar"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.2 row 7: unless strict", controller: traefik, args: []string{"--providers.kubernetesIngress.strictPrefixMatching=true"}, objects: ingressOf("i", "traefik", "", "", "shop.test /foo P web"), command: at("shop.test", "/foobar"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2 row 8: Traefik's precedence is the length of the rule", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test /a P web", "shop.test /a/longer P api"), command: at("shop.test", "/a/longer/x"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.2 below: on the same path Traefik's Prefix beats Exact", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test /a P web", "shop.test /a E api"), command: at("shop.test", "/a"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A4.2 below: Traefik ignores a default backend beside rules", controller: traefik, objects: ingressOf("i", "traefik", "", ", defaultBackend: {service: {name: api, port: {number: 80}}}", "shop.test /only P web"), command: at("shop.test", "/else"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2 below: the same rule in two objects has no stable winner in Traefik", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P web") + ingressOf("j", "traefik", "", "", "shop.test / P api"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1 web-1 web-2"},
		{name: "A4.2 row 11, E10: the data path goes to endpoints", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P headless"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1", seen: "10.244.2.12"},
	})
}

func TestSemanticsA4Nginx(t *testing.T) {
	askIngress(t, []ingressRow{
		{name: "A4.3 row 1, E13: one rewrite makes expressions of all paths of its host", controller: nginx, objects: ingressOf("i", "nginx", n+"rewrite-target: /", "", "shop.test /first P web") + ingressOf("j", "nginx", "", "", "shop.test /second E api"), command: at("shop.test", "/SECONDly"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 2: a Prefix with a slash sends the path without one there", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /foo/ P web"), command: at("shop.test", "/foo"), want: "answered l7.redirect 301 assumed"},
		{name: "A4.3 row 3: paths are made plain before the match", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test /foo/bar E web"), command: "curl --path-as-is -H 'Host: shop.test' " + door + "/foo//x/../bar", want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 4: the application gets the rewritten path", controller: nginx, objects: ingressOf("i", "nginx", n+"rewrite-target: /$2", "", "shop.test /app(/|$)(.*) I web"), command: at("shop.test", "/app/x/y"), want: "answered pod.delivered 200 assumed", path: "/x/y"},
		{name: "A4.3 row 6: force-ssl-redirect", controller: nginx, objects: ingressOf("i", "nginx", n+"force-ssl-redirect: 'true'", "", "shop.test / P web"), command: at("shop.test", "/"), want: "answered l7.redirect 308 assumed"},
		{name: "A4.3 row 6: ssl-redirect off", controller: nginx, objects: ingressOf("i", "nginx", n+"ssl-redirect: 'false'", ", tls: [{hosts: [shop.test], secretName: c}]", "shop.test / P web"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.3 row 6: permanent-redirect", controller: nginx, objects: ingressOf("i", "nginx", n+"permanent-redirect: 'https://new.test/'", "", "shop.test / P web"), command: at("shop.test", "/"), want: "answered l7.redirect 301 assumed", location: "https://new.test/"},
		{name: "A4.3 row 6: canary by weight", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web") + ingressOf("c", "nginx", n+"canary: 'true', "+n+"canary-weight: '30'", "", "shop.test / P api"), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1 web-1 web-2"},
		{name: "A4.3 row 6: canary by header", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P web") + ingressOf("c", "nginx", n+"canary: 'true', "+n+"canary-by-header: X-New", "", "shop.test / P api"), command: "curl -H 'Host: shop.test' -H 'X-New: always' " + door + "/", want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.3 row 6: a source outside the white list gets 403", controller: nginx, objects: ingressOf("i", "nginx", n+"whitelist-source-range: 192.0.2.0/24", "", "shop.test / P web"), command: at("shop.test", "/"), want: "http-error http.status 403 assumed"},
		{name: "A4.3 row 7: the oldest of equal rules wins", controller: nginx, objects: strings.Replace(ingressOf("young", "nginx", "", "", "shop.test / P web"), "name: young", "name: young, creationTimestamp: '2026-02-02T00:00:00Z'", 1) + strings.Replace(ingressOf("zold", "nginx", "", "", "shop.test / P api"), "name: zold", "name: zold, creationTimestamp: '2026-01-01T00:00:00Z'", 1), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.2: an ExternalName backend goes outside", controller: nginx, objects: ingressOf("i", "nginx", "", "", "shop.test / P outside"), command: at("shop.test", "/"), want: "cannot-tell outside.unknown - unknown"},
		{name: "A4.2: one that names a Service of the cluster goes there", controller: nginx, objects: strings.Replace(ingressOf("i", "nginx", "", "", "shop.test / P inside"), "\n---\n", "\n---\n{apiVersion: v1, kind: Service, metadata: {namespace: default, name: inside}, spec: {type: ExternalName, externalName: api.default.svc.cluster.local}}\n---\n", 1), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed", pods: "api-1"},
		{name: "A4.2: Traefik does not take an ExternalName", controller: traefik, objects: ingressOf("i", "traefik", "", "", "shop.test / P outside"), command: at("shop.test", "/"), want: "http-error l7.no-backend 404 assumed"},
	})
}

func TestSemanticsA4FirstLeg(t *testing.T) {
	rule := ingressOf("i", "nginx", "", "", "shop.test / P web")
	onlyFront := `
metadata: {namespace: default, name: only-front}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}}]}]}`
	t.Run("A4.4: a pod comes by the controller's cluster IP", func(t *testing.T) {
		tr := doorway(t, nginx).add(rule).ask("pod/default/client", "curl -H 'Host: shop.test' http://10.96.3.3/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, stepOf(tr, trace.StepRulesDNAT).Leg, 1)
		equal(t, stepOf(tr, trace.StepProxyConnect).Leg, 2)
	})
	t.Run("A4.4: a controller on the host network answers at its node only", func(t *testing.T) {
		p := doorway(t, nginx).add(rule)
		for _, o := range p.objects {
			if pod, ok := asPod(o); ok && pod.Name == "door-1" {
				pod.Spec.HostNetwork, pod.Status.PodIP = true, "172.20.128.7"
			}
		}
		equal(t, summary(p.ask("lan/laptop", "curl -H 'Host: shop.test' http://172.20.128.7/")), "answered pod.delivered assumed")
		equal(t, p.ask("lan/laptop", "curl -H 'Host: shop.test' http://172.20.128.6/").Verdict.Class, trace.Refused)
	})
	t.Run("A4.1 row 5: no controller pods: the end is that of the first leg", func(t *testing.T) {
		p := doorway(t, nginx).add(rule)
		for _, o := range p.objects {
			if s, ok := asSlice(o); ok && s.Namespace == "front" {
				s.Endpoints = nil
			}
		}
		equal(t, summary(p.ask("lan/laptop", at("shop.test", "/"))), "refused service.no-endpoints certain")
	})
	t.Run("A3.2 item 3: the policy sees the controller, not the client", func(t *testing.T) {
		tr := doorway(t, nginx).enforces().add(rule).policy(onlyFront).ask("lan/laptop", at("shop.test", "/"))
		equal(t, tr.Verdict.Class, trace.Answered)
	})
	t.Run("A3.2 item 3, E9: a rule for the client's address never lets it in", func(t *testing.T) {
		tr := doorway(t, nginx).enforces().add(rule).policy(strings.Replace(onlyFront, "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: front}}", "ipBlock: {cidr: 172.20.128.50/32}", 1)).ask("lan/laptop", at("shop.test", "/"))
		equal(t, tr.Verdict.Reason, "l7.upstream-timeout")
		equal(t, *tr.Verdict.HTTPStatus, 504)
	})
	t.Run("A4.4: the pod's own port reached without a Host that has a rule", func(t *testing.T) {
		tr := doorway(t, nginx).add(rule).ask("lan/laptop", "curl "+door+"/")
		equal(t, tr.Verdict.Reason, "l7.no-match")
	})
	t.Run("plain HTTP at the controller's https port", func(t *testing.T) {
		tr := doorway(t, nginx).add(rule).ask("lan/laptop", "curl -H 'Host: shop.test' http://172.20.128.6:30443/")
		equal(t, tr.Verdict.Class, trace.HTTPError)
		equal(t, *tr.Verdict.HTTPStatus, 400)
	})
	t.Run("https at the controller's http port", func(t *testing.T) {
		tr := doorway(t, nginx).add(rule).ask("lan/laptop", "curl -k --resolve shop.test:30080:172.20.128.6 https://shop.test:30080/")
		equal(t, tr.Verdict.Class, trace.TLSError)
		equal(t, tr.Verdict.Client.ExitCode, 35)
	})
}

func asPod(o cluster.Object) (*corev1.Pod, bool) { p, ok := o.(*corev1.Pod); return p, ok }

func asSlice(o cluster.Object) (*discoveryv1.EndpointSlice, bool) {
	s, ok := o.(*discoveryv1.EndpointSlice)
	return s, ok
}
