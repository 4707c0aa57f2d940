package ingress_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/ingress"
)

// controllerYAML is a Deployment of a controller, its pod, its Service and its class.
func controllerYAML(namespace, name, image, class, controller, args string, labels string) string {
	return fmt.Sprintf(`
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: %[4]s}
spec: {controller: %[5]s}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  selector: {matchLabels: {app: %[2]s}}
  template:
    metadata: {labels: {app: %[2]s}}
    spec: {containers: [{name: c, image: "%[3]s", args: [%[6]s], ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}, {name: metrics, containerPort: 9100}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: %[2]s-abc-1, namespace: %[1]s, labels: {app: %[2]s%[7]s}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: %[2]s-abc, uid: x, controller: true}]}
spec: {nodeName: n1, containers: [{name: c, image: "%[3]s", ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}, {name: metrics, containerPort: 9100}]}]}
status: {phase: Running, podIP: 10.244.0.9}
---
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec: {selector: {app: %[2]s}, clusterIP: 10.96.0.9, ports: [{name: http, port: 80}]}
---
`, namespace, name, image, class, controller, args, labels)
}

func nginx(args ...string) string {
	return controllerYAML("ingress-nginx", "ctl", "registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:00", "nginx", "k8s.io/ingress-nginx", strings.Join(append([]string{"/nginx-ingress-controller"}, args...), ", "), "")
}

func traefik(args ...string) string {
	return controllerYAML("kube-system", "traefik", "docker.io/rancher/mirrored-library-traefik:3.3", "traefik", "traefik.io/ingress-controller", strings.Join(append([]string{"--providers.kubernetesingress"}, args...), ", "), "")
}

// service is a Service with endpoints: "web 10.244.1.2 10.244.1.3"; a leading - makes an endpoint not ready.
func service(line string) string {
	f := strings.Fields(line)
	var endpoints []string
	for _, e := range f[1:] {
		addr, notReady := strings.CutPrefix(e, "-")
		endpoints = append(endpoints, fmt.Sprintf("{addresses: [%s], conditions: {ready: %t}}", addr, !notReady))
	}
	return fmt.Sprintf(`
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: default}
spec: {clusterIP: 10.96.1.1, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s-1, namespace: default, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [%[2]s]
---
`, f[0], strings.Join(endpoints, ", "))
}

// rules is an Ingress: lines "HOST PATH TYPE SERVICE" joined by ";", with - for no host. more goes into spec.
func rules(name string, age int, annotations, more, lines string) string {
	var out []string
	for _, line := range strings.Split(lines, ";") {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		host := ""
		if f[0] != "-" {
			host = `host: "` + f[0] + `", `
		}
		kind := map[string]string{"E": "Exact", "P": "Prefix", "I": "ImplementationSpecific"}[f[2]]
		out = append(out, fmt.Sprintf(`{%shttp: {paths: [{path: "%s", pathType: %s, backend: {service: {name: %s, port: {number: 80}}}}]}}`, host, f[1], kind, f[3]))
	}
	text := ""
	if len(out) > 0 {
		text = "rules: [" + strings.Join(out, ", ") + "]"
	}
	if more != "" && text != "" {
		more += ", "
	}
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: %s, namespace: default, creationTimestamp: \"2026-01-%02dT00:00:00Z\", annotations: {%s}}\nspec: {%s%s}\n---\n", name, 28-age, annotations, more, text)
}

const class = "ingressClassName: nginx"

func world(t *testing.T, text string) *cluster.View {
	t.Helper()
	objects, _, problems := files.Decode("test", []byte(text))
	for _, p := range problems {
		if p.Severity == files.Error {
			t.Fatalf("%+v", p)
		}
	}
	return cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld}, nil).Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
	})
}

const services = "web 10.244.1.2 10.244.1.3|api 10.244.2.2|none|sick -10.244.3.3"

func town(controller string, ingresses ...string) string {
	text := controller
	for _, s := range strings.Split(services, "|") {
		text += service(s)
	}
	return text + strings.Join(ingresses, "")
}

func ask(t *testing.T, v *cluster.View, url string) ingress.Decision {
	t.Helper()
	scheme, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, query, _ := strings.Cut("/"+path, "?")
	req := ingress.Request{Scheme: scheme, Host: host, Path: path, Query: query, Method: "GET"}
	if scheme == "https" {
		req.SNI = host
	}
	return ingress.Match(v, ingress.Controllers(v)[0], req)
}

// short writes a decision in a line.
func short(d ingress.Decision) string {
	switch d.Action {
	case ingress.Forward:
		return "-> " + d.Backend.Service.Name + " " + d.UpstreamPath
	case ingress.Redirect:
		return fmt.Sprintf("%d %s", d.Status, d.Location)
	}
	return fmt.Sprintf("%d %s", d.Status, d.Reason)
}

func TestIngressNginx(t *testing.T) {
	const rewrite = "nginx.ingress.kubernetes.io/rewrite-target: "
	const a = "nginx.ingress.kubernetes.io/"
	for _, c := range []struct{ name, ingresses, url, want string }{
		{"host and prefix", rules("i", 0, "", class, "foo.example / P web"), "http://foo.example/x", "-> web /x"},
		{"the host's case and port do not count", rules("i", 0, "", class, "foo.example / P web"), "http://FOO.example:8080/", "-> web /"},
		{"another host gets the default server", rules("i", 0, "", class, "foo.example / P web"), "http://bar.example/", "404 l7.no-match"},
		{"no host in the rule takes all hosts", rules("i", 0, "", class, "- / P web"), "http://any.example/", "-> web /"},
		{"an exact host before a wildcard", rules("i", 0, "", class, "*.example / P web; foo.example / P api"), "http://foo.example/", "-> api /"},
		{"a wildcard is one label", rules("i", 0, "", class, "*.example / P web"), "http://a.b.example/", "404 l7.no-match"},
		{"a wildcard is not the bare domain", rules("i", 0, "", class, "*.example / P web"), "http://example/", "404 l7.no-match"},
		{"a matching host never falls back to others", rules("i", 0, "", class, "foo.example /a P web; - / P api"), "http://foo.example/b", "404 l7.no-match"},

		{"Exact is exact", rules("i", 0, "", class, "- /foo E web"), "http://h/foo", "-> web /foo"},
		{"Exact has no slash", rules("i", 0, "", class, "- /foo E web"), "http://h/foo/", "404 l7.no-match"},
		{"Exact minds case", rules("i", 0, "", class, "- /foo E web"), "http://h/Foo", "404 l7.no-match"},
		{"Prefix takes itself", rules("i", 0, "", class, "- /foo P web"), "http://h/foo", "-> web /foo"},
		{"Prefix takes what lies below", rules("i", 0, "", class, "- /foo P web"), "http://h/foo/bar", "-> web /foo/bar"},
		{"Prefix goes by elements", rules("i", 0, "", class, "- /foo P web"), "http://h/foobar", "404 l7.no-match"},
		{"a Prefix with slash redirects the path without", rules("i", 0, "", class, "- /foo/ P web"), "http://h/foo", "301 http://h/foo/"},
		{"ImplementationSpecific is a prefix of characters", rules("i", 0, "", class, "- /foo I web"), "http://h/foobar", "-> web /foobar"},
		{"the longest prefix wins", rules("i", 0, "", class, "- / P web; - /a/b P api"), "http://h/a/b/c", "-> api /a/b/c"},
		{"Exact before Prefix", rules("i", 0, "", class, "- /foo P web; - /foo E api"), "http://h/foo", "-> api /foo"},
		{"beside an Exact, Prefix keeps what lies below", rules("i", 0, "", class, "- /foo P web; - /foo E api"), "http://h/foo/x", "-> web /foo/x"},
		{"slashes are merged for the match and kept for the backend", rules("i", 0, "", class, "- /foo/bar E web"), "http://h//foo/./bar", "-> web //foo/./bar"},
		{"the query plays no part", rules("i", 0, "", class, "- /foo E web"), "http://h/foo?x=/y", "-> web /foo"},

		{"the older of two equal rules wins", rules("a-young", 0, "", class, "- /foo P api") + rules("b-old", 5, "", class, "- /foo P web"), "http://h/foo", "-> web /foo"},
		{"the default backend of the ingress of that host", rules("i", 0, "", class+", defaultBackend: {service: {name: api, port: {number: 80}}}", "foo.example /a P web"), "http://foo.example/b", "-> api /b"},
		{"a default backend alone takes everything", rules("i", 0, "", class+", defaultBackend: {service: {name: api, port: {number: 80}}}", ""), "http://x/b", "-> api /b"},
		{"a default backend of one host does not serve another", rules("i", 0, "", class+", defaultBackend: {service: {name: api, port: {number: 80}}}", "foo.example /a P web") + rules("j", 0, "", class, "bar.example /a P web"), "http://bar.example/b", "404 l7.no-match"},

		{"a missing service", rules("i", 0, "", class, "- /hello P newdeploy"), "http://h/hello", "503 l7.no-backend"},
		{"a service without endpoints", rules("i", 0, "", class, "- / P none"), "http://h/", "503 l7.no-endpoints"},
		{"a service whose endpoints are not ready", rules("i", 0, "", class, "- / P sick"), "http://h/", "503 l7.no-endpoints"},
		{"a port that the service lacks", strings.Replace(rules("i", 0, "", class, "- / P web"), "number: 80", "number: 81", 1), "http://h/", "503 l7.no-backend"},

		{"rewrite-target takes the whole path", rules("i", 0, rewrite+"/", class, "- /server P web"), "http://h/server/x", "-> web /"},
		{"rewrite-target with what was captured", rules("i", 0, rewrite+"/$2", class, "- /server(/|$)(.*) I web"), "http://h/server/x/y", "-> web /x/y"},
		{"rewrite-target makes its own path a prefix of characters", rules("i", 0, rewrite+"/", class, "- /server P web"), "http://h/servers", "-> web /"},
		{"one rewrite makes all paths of the host expressions", rules("i", 0, rewrite+"/", class, "h.x /server P web") + rules("j", 0, "", class, "h.x /foo E api"), "http://h.x/FOObar", "-> api /FOObar"},
		{"a rewrite of another host does not", rules("i", 0, rewrite+"/", class, "g.x /server P web") + rules("j", 0, "", class, "h.x /foo E api"), "http://h.x/foobar", "404 l7.no-match"},
		{"use-regex, longest expression first", rules("i", 0, a+`use-regex: "true"`, class, "- /a.* I web; - /a[0-9]+ I api"), "http://h/a12", "-> api /a12"},

		{"TLS turns plain requests to https", rules("i", 0, "", class+", tls: [{hosts: [foo.example], secretName: s}]", "foo.example / P web"), "http://foo.example/x?y=1", "308 https://foo.example/x?y=1"},
		{"TLS without a secret does so too", rules("i", 0, "", class+", tls: [{hosts: [foo.example]}]", "foo.example / P web"), "http://foo.example/", "308 https://foo.example/"},
		{"TLS of another host does not", rules("i", 0, "", class+", tls: [{hosts: [bar.example], secretName: s}]", "foo.example / P web"), "http://foo.example/", "-> web /"},
		{"ssl-redirect false", rules("i", 0, a+`ssl-redirect: "false"`, class+", tls: [{hosts: [foo.example], secretName: s}]", "foo.example / P web"), "http://foo.example/", "-> web /"},
		{"force-ssl-redirect without TLS", rules("i", 0, a+`force-ssl-redirect: "true"`, class, "foo.example / P web"), "http://foo.example/", "308 https://foo.example/"},
		{"permanent-redirect", rules("i", 0, a+"permanent-redirect: https://new.example", class, "- / P web"), "http://h/", "301 https://new.example"},
		{"app-root", rules("i", 0, a+"app-root: /app", class, "h / P web"), "http://h/", "302 http://h/app"},

		{"a class that is not there", rules("i", 0, "", "ingressClassName: nope", "- / P web"), "http://h/", "404 l7.no-controller"},
		{"no class at all", rules("i", 0, "", "", "- / P web"), "http://h/", "404 l7.not-admitted"},
		{"the old annotation", rules("i", 0, "kubernetes.io/ingress.class: nginx", "", "- / P web"), "http://h/", "-> web /"},
		{"the old annotation of another class", rules("i", 0, "kubernetes.io/ingress.class: traefik", "", "- / P web"), "http://h/", "404 l7.no-controller"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ask(t, world(t, town(nginx(), c.ingresses)), c.url)
			if got := short(d); got != c.want {
				t.Errorf("got %q, want %q\nrows %+v", got, c.want, d.Rows)
			}
			if d.Certainty == ingress.Certain {
				t.Error("certain, though the controller's ConfigMap was not read")
			}
		})
	}
}

func TestWatchIngressWithoutClass(t *testing.T) {
	v := world(t, town(nginx("--watch-ingress-without-class=true"), rules("i", 0, "", "", "- / P web")))
	if got := short(ask(t, v, "http://h/")); got != "-> web /" {
		t.Errorf("got %q", got)
	}
}

func TestTraefik(t *testing.T) {
	const class = "ingressClassName: traefik"
	for _, c := range []struct{ name, args, ingresses, url, want string }{
		{"host and prefix", "", rules("i", 0, "", class, "foo.example / P web"), "http://foo.example/x", "-> web /x"},
		{"Prefix is a prefix of characters", "", rules("i", 0, "", class, "- /foo P web"), "http://h/foobar", "-> web /foobar"},
		{"strictPrefixMatching goes by elements", "--providers.kubernetesIngress.strictPrefixMatching=true", rules("i", 0, "", class, "- /foo P web"), "http://h/foobar", "404 l7.no-match"},
		{"on the same path Prefix beats Exact", "", rules("i", 0, "", class, "- /foo P web; - /foo E api"), "http://h/foo", "-> web /foo"},
		{"the longest rule wins", "", rules("i", 0, "", class, "- / P web; - /longer P api"), "http://h/longer", "-> api /longer"},
		{"no class is served", "", rules("i", 0, "", "", "- / P web"), "http://h/", "-> web /"},
		{"no class is not served where a class was asked for", "--providers.kubernetesingress.ingressclass=traefik", rules("i", 0, "", "", "- / P web"), "http://h/", "404 l7.not-admitted"},
		{"a missing service drops the rule", "", rules("i", 0, "", class, "- /x P gone"), "http://h/x", "404 l7.no-backend"},
		{"a service without endpoints drops the rule", "", rules("i", 0, "", class, "- /x P none"), "http://h/x", "404 l7.no-endpoints"},
		{"a dropped rule lets a shorter one win", "", rules("i", 0, "", class, "- /x P none; - / P web"), "http://h/x", "-> web /x"},
		{"allowEmptyServices keeps it", "--providers.kubernetesingress.allowemptyservices=true", rules("i", 0, "", class, "- /x P none; - / P web"), "http://h/x", "503 l7.no-endpoints"},
		{"a default backend beside rules is ignored", "", rules("i", 0, "", class+", defaultBackend: {service: {name: api, port: {number: 80}}}", "foo.example /a P web"), "http://foo.example/b", "404 l7.no-match"},
		{"a default backend alone takes everything", "", rules("i", 0, "", class+", defaultBackend: {service: {name: api, port: {number: 80}}}", ""), "http://x/b", "-> api /b"},
		{"TLS does not redirect", "", rules("i", 0, "", class+", tls: [{hosts: [foo.example], secretName: s}]", "foo.example / P web"), "http://foo.example/", "-> web /"},
		{"a path with an escape matches nothing", "", rules("i", 0, "", class, "- /a%20b P web"), "http://h/a%20b", "404 l7.no-match"},
		{"the entry point redirects", "--entryPoints.web.http.redirections.entryPoint.to=websecure", rules("i", 0, "", class, "- / P web"), "http://h/x", "301 https://h/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := []string{}
			if c.args != "" {
				args = append(args, c.args)
			}
			d := ask(t, world(t, town(traefik(args...), c.ingresses)), c.url)
			if got := short(d); got != c.want {
				t.Errorf("got %q, want %q\nrows %+v", got, c.want, d.Rows)
			}
		})
	}
}

func TestTraefikHasNoStableWinnerOfEqualRules(t *testing.T) {
	v := world(t, town(traefik(), rules("a", 0, "", "", "- /x P web"), rules("b", 3, "", "", "- /x P api")))
	d := ask(t, v, "http://h/x")
	if len(d.OrElse) != 1 || short(d) == short(d.OrElse[0]) {
		t.Fatalf("%s or else %d others", short(d), len(d.OrElse))
	}
}

func TestEmptyServiceFlipsWithTraefiksDefault(t *testing.T) {
	d := ask(t, world(t, town(traefik(), rules("i", 0, "", "", "- /x P none"))), "http://h/x")
	for _, a := range d.Assumptions {
		if a.Key == "allow-empty-services" && a.Flips {
			return
		}
	}
	t.Errorf("nothing says that allowEmptyServices would change this: %+v", d.Assumptions)
}

func TestEndpointsAreReachedDirectly(t *testing.T) {
	d := ask(t, world(t, town(nginx(), rules("i", 0, "", class, "- / P web"))), "http://h/")
	var got []string
	for _, e := range d.Endpoints {
		got = append(got, fmt.Sprintf("%s %.2f", e.Addr, e.Share))
	}
	if diff := cmp.Diff([]string{"10.244.1.2:8080 0.50", "10.244.1.3:8080 0.50"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.UpstreamHost != "h" || d.UpstreamScheme != "http" {
		t.Errorf("host %q, scheme %q", d.UpstreamHost, d.UpstreamScheme)
	}
}

func TestCanary(t *testing.T) {
	const a = "nginx.ingress.kubernetes.io/canary"
	v := world(t, town(nginx(), rules("i", 5, "", class, "- / P api"), rules("j", 0, a+`: "true", `+a+`-weight: "20"`, class, "- / P web")))
	d := ask(t, v, "http://h/")
	var got []string
	for _, e := range d.Endpoints {
		got = append(got, fmt.Sprintf("%s %s %.2f", e.Service.Name, e.Addr.Addr(), e.Share))
	}
	if diff := cmp.Diff([]string{"api 10.244.2.2 0.80", "web 10.244.1.2 0.10", "web 10.244.1.3 0.10"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsSayWhyTheyLost(t *testing.T) {
	v := world(t, town(nginx(),
		rules("a", 9, "", class, "foo.example / P web; foo.example /a P api; foo.example /b P api; bar.example / P web"),
		rules("b", 3, "", class, "foo.example /a P web; *.example / P web; - / P web"),
		rules("c", 1, "", "ingressClassName: nope", "foo.example /a/b P web")))
	var got []string
	for _, r := range ask(t, v, "http://foo.example/a/b").Rows {
		got = append(got, fmt.Sprintf("%s %s%s %t %s", r.Ingress.Name, r.Host, r.Path, r.Won, r.Why))
	}
	want := []string{
		"a foo.example/a true ",
		"a foo.example/ false shorter path",
		"a foo.example/b false path differs",
		"a bar.example/ false host differs",
		"b foo.example/a false older wins",
		"b *.example/ false wildcard host",
		"b / false any host",
		"c foo.example/a/b false class differs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCertificates(t *testing.T) {
	v := world(t, town(nginx(), rules("i", 0, "", class+", tls: [{hosts: [foo.example], secretName: s}, {hosts: [bare.example]}, {hosts: ['*.wild'], secretName: w}]", "foo.example / P web; bare.example / P web; a.wild / P web; other.example / P web")))
	for _, c := range []struct{ url, secret, reason string }{
		{"https://foo.example/", "s", ""},
		{"https://a.wild/", "w", ""},
		{"https://bare.example/", "", "tls.no-certificate"},
		{"https://other.example/", "", "tls.no-certificate"},
	} {
		d := ask(t, v, c.url)
		secret := ""
		if d.TLS.Secret != nil {
			secret = d.TLS.Secret.Name
		}
		if secret != c.secret || d.TLS.Reason != c.reason || d.Action != ingress.Forward {
			t.Errorf("%s: secret %q reason %q action %s, want %q %q", c.url, secret, d.TLS.Reason, d.Action, c.secret, c.reason)
		}
	}
	if d := ask(t, v, "http://foo.example/"); d.TLS != nil {
		t.Error("plain HTTP has no certificate")
	}
}

func TestForeignAnnotationsAreNamed(t *testing.T) {
	d := ask(t, world(t, town(nginx(), rules("i", 0, "nginx.ingress.kubernetes.io/auth-url: http://auth/", class, "- / P web"))), "http://h/")
	for _, a := range d.Assumptions {
		if a.Key == "annotation" && a.Value == "auth-url" && a.Flips {
			return
		}
	}
	t.Errorf("%+v", d.Assumptions)
}

func TestControllers(t *testing.T) {
	v := world(t, nginx()+traefik()+`
apiVersion: v1
kind: Pod
metadata: {name: whoami, namespace: default}
spec: {containers: [{name: c, image: traefik/whoami, ports: [{name: http, containerPort: 80}]}]}
status: {phase: Running, podIP: 10.244.5.5}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: haproxy}
spec: {controller: haproxy.org/ingress-controller/haproxy}
---
`)
	var got []string
	for _, c := range ingress.Controllers(v) {
		got = append(got, fmt.Sprintf("%s %v pods=%d services=%d ports=%d", c.Product, c.Classes, len(c.Pods), len(c.Services), len(c.Ports)))
	}
	want := []string{
		"ingress-nginx [nginx] pods=1 services=1 ports=2",
		"traefik [traefik] pods=1 services=1 ports=2",
		"haproxy [haproxy] pods=0 services=0 ports=0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c := ingress.ControllerOf(v, v.Pod("ingress-nginx", "ctl-abc-1"))
	if c == nil {
		t.Fatal("the controller's pod is not recognised")
	}
	for port, want := range map[int32]string{80: "http", 443: "https", 9100: ""} {
		if got, _ := c.Scheme(port); got != want {
			t.Errorf("port %d speaks %q, want %q", port, got, want)
		}
	}
	if ingress.ControllerOf(v, v.Pod("default", "whoami")) != nil {
		t.Error("traefik/whoami is no ingress controller")
	}
}

func TestControllerFromItsPodAlone(t *testing.T) {
	v := world(t, `
apiVersion: v1
kind: Pod
metadata: {name: c, namespace: ingress-nginx, labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}}
spec: {hostNetwork: true, containers: [{name: c, image: registry.k8s.io/ingress-nginx/controller:v1.9.0}]}
status: {phase: Running, podIP: 192.168.49.2}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
`)
	list := ingress.Controllers(v)
	if len(list) != 1 || len(list[0].Pods) != 1 || list[0].Ports[0].HostPort != 80 || !cmp.Equal(list[0].Classes, []string{"nginx"}) {
		t.Errorf("%+v", list)
	}
}

func TestAControllerTakenForAnother(t *testing.T) {
	v := world(t, town(nginx(), rules("i", 0, "", class, "- /foo P web")))
	c := ingress.Controllers(v)[0]
	for name, want := range map[string]string{"ingress-nginx": "404 l7.no-match", "traefik": "-> web /foobar", "traefik.io/ingress-controller": "-> web /foobar"} {
		as, ok := c.As(name)
		if got := short(ingress.Match(v, as, ingress.Request{Scheme: "http", Host: "h", Path: "/foobar"})); !ok || got != want {
			t.Errorf("%s: %t %q, want %q", name, ok, got, want)
		}
	}
	if _, ok := c.As("nobody"); ok {
		t.Error("an unknown name was accepted")
	}
}

func TestServing(t *testing.T) {
	v := world(t, town(nginx(), rules("good", 0, "", class, "- / P web"), rules("bad", 0, "", "ingressClassName: nope", "- / P web")))
	for name, want := range map[string]string{"good": "", "bad": "class nope does not exist"} {
		list, why := ingress.Serving(v, v.Ingress("default", name))
		if why != want || (len(list) == 0) != (want != "") {
			t.Errorf("%s: %d controllers, %q; want %q", name, len(list), why, want)
		}
	}
	v = world(t, rules("i", 0, "", class, "- / P web"))
	if _, why := ingress.Serving(v, v.Ingress("default", "i")); why != "no ingress controller was seen; class nginx does not exist" {
		t.Errorf("%q", why)
	}
}

func TestRows(t *testing.T) {
	v := world(t, town("", rules("i", 0, "", class+", defaultBackend: {service: {name: gone, port: {number: 80}}}", "foo.example / P web; - /x E none")))
	var got []string
	for _, r := range ingress.Rows(v, v.Ingress("default", "i")) {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s|%t|%s", r.Host, r.Path, r.PathType, r.Backend, r.BackendOK, r.BackendWhy))
	}
	want := []string{
		"foo.example|/|Prefix|web:80|true|", "|/x|Exact|none:80|false|no ready endpoints", "|||gone:80|false|service gone not found",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOtherControllersFollowTheContract(t *testing.T) {
	haproxy := controllerYAML("haproxy", "ctl", "haproxytech/kubernetes-ingress:3.1", "haproxy", "haproxy.org/ingress-controller/haproxy", "", "")
	const class = "ingressClassName: haproxy"
	for _, c := range []struct{ name, ingresses, url, want string }{
		{"longest prefix by elements", rules("i", 0, "", class, "- / P web; - /foo P api"), "http://h/foo/x", "-> api /foo/x"},
		{"not by characters", rules("i", 0, "", class, "- / P web; - /foo P api"), "http://h/foobar", "-> web /foobar"},
		{"Exact before Prefix", rules("i", 0, "", class, "- /foo P web; - /foo E api"), "http://h/foo", "-> api /foo"},
		{"no endpoints", rules("i", 0, "", class, "- / P none"), "http://h/", "503 l7.no-endpoints"},
		{"no match", rules("i", 0, "", class, "foo.example / P web"), "http://h/", "404 l7.no-match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ask(t, world(t, town(haproxy, c.ingresses)), c.url)
			if got := short(d); got != c.want || d.Certainty != ingress.Assumed || !d.Assumptions[0].Flips {
				t.Errorf("got %q, want %q; %s %+v", got, c.want, d.Certainty, d.Assumptions)
			}
		})
	}
}

func TestOrderOfObjectsNeverMatters(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	hosts, paths, backends := []string{"-", "foo.example", "*.example"}, []string{"/", "/a", "/a/b", "/a/"}, []string{"web", "api", "none", "gone"}
	for range 60 {
		var list []string
		for i := range 4 {
			var lines []string
			for range 1 + r.Intn(3) {
				lines = append(lines, fmt.Sprintf("%s %s %s %s", hosts[r.Intn(3)], paths[r.Intn(4)], []string{"E", "P", "I"}[r.Intn(3)], backends[r.Intn(4)]))
			}
			list = append(list, rules(fmt.Sprintf("i%d", i), r.Intn(3), "", class, strings.Join(lines, ";")))
		}
		controller := []string{nginx(), strings.ReplaceAll(traefik(), "name: traefik}\nspec: {controller", "name: nginx}\nspec: {controller")}[r.Intn(2)]
		a := world(t, town(controller, list...))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		b := world(t, town(controller, list...))
		for _, url := range []string{"http://foo.example/a", "http://foo.example/a/b/c", "http://bar.example/", "http://h/ab"} {
			if diff := cmp.Diff(short(ask(t, a, url)), short(ask(t, b, url))); diff != "" {
				t.Fatalf("%s (-first +shuffled):\n%s", url, diff)
			}
		}
	}
}

// TestOddObjects: what the API server would refuse may stand in files, and must not take the program down.
func TestOddObjects(t *testing.T) {
	prefix := networkingv1.PathTypePrefix
	v := world(t, town(nginx())).Fork(func(w *cluster.Writer) {
		name := "nginx"
		w.Put(&networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "odd"}, Spec: networkingv1.IngressSpec{
			IngressClassName: &name, DefaultBackend: &networkingv1.IngressBackend{},
			TLS: []networkingv1.IngressTLS{{}},
			Rules: []networkingv1.IngressRule{
				{Host: "empty"},
				{Host: "*.", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{}}},
				{Host: "h", IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{
					{}, {Path: "no-slash", PathType: &prefix}, {Path: "/(", Backend: networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{Kind: "Bucket", Name: "b"}}},
				}}}},
			},
		}})
	})
	ingress.Rows(v, v.Ingress("default", "odd"))
	for _, p := range []ingress.Product{ingress.Nginx, ingress.Traefik, ingress.Contour} {
		for _, host := range []string{"", "h", "empty", "*.", "[::1]:80", ":", "h:80:80"} {
			for _, path := range []string{"", "/", "/(", "no-slash", "//../..", "%"} {
				for _, scheme := range []string{"http", "https"} {
					c := *ingress.Controllers(v)[0]
					c.Product = p
					ingress.Match(v, &c, ingress.Request{Scheme: scheme, Host: host, Path: path, SNI: host})
				}
			}
		}
	}
}
