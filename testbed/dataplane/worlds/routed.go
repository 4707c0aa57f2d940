package worlds

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A Routed world has rules by host and path before its services. Its manifests are YAML, for what no client is at hand.
type Routed struct {
	*World
	Manifests string
	hosts     []string
	paths     []string
	headers   []string
}

// newRouted makes the pods and services that all routed worlds share: two services with pods, one without ready ones.
func newRouted(seed uint64, prefix string) (*generator, *Routed) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 13)), World: &World{Namespace: fmt.Sprintf("%s-%d", prefix, seed)}, nodes: 2}
	for i, p := range []Pod{
		{Name: "client-1", Labels: map[string]string{"app": "client"}, Ready: true},
		{Name: "alpha-1", Labels: map[string]string{"app": "alpha"}, Ready: true},
		{Name: "alpha-2", Labels: map[string]string{"app": "alpha"}, Ready: true},
		{Name: "beta-1", Labels: map[string]string{"app": "beta"}, Ready: true},
		{Name: "gamma-1", Labels: map[string]string{"app": "gamma"}, Ready: true},
		{Name: "unready-1", Labels: map[string]string{"app": "unready"}},
	} {
		p.Node, p.Named = i%2, map[string]int32{"http": 8080}
		g.Pods = append(g.Pods, &p)
	}
	for _, app := range []string{"alpha", "beta", "gamma", "unready"} {
		g.Services = append(g.Services, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: g.Namespace, Name: app},
			Spec: corev1.ServiceSpec{
				Selector: map[string]string{"app": app},
				Ports:    []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: intstr.FromString("http")}},
			},
		})
	}
	return g, &Routed{World: g.World}
}

var (
	ruleHosts = []string{"a.example.test", "b.example.test", "*.wild.test", "x.wild.test"}
	rulePaths = []string{"/", "/app", "/app/", "/app/x", "/api", "/API", "/api/v1", "/a"}
	askHosts  = []string{"a.example.test", "b.example.test", "x.wild.test", "y.wild.test", "deep.y.wild.test", "wild.test", "elsewhere.test", "A.EXAMPLE.test", "a.example.test:80"}
	askPaths  = []string{"/", "/app", "/app/", "/app/x", "/app/x/y", "/apple", "/api", "/API", "/api/v1", "/api/v2", "/a", "/b", "/app?q=1", "/%61pp"}
)

// Requests chooses n requests of a routed world, all to one address.
func (w *Routed) Requests(seed uint64, address string, n int) (out []Probe) {
	r := rand.New(rand.NewPCG(seed, 17))
	for range n {
		p := Probe{From: "lan/laptop", Via: entry, Target: "http://" + address + choose(r, w.paths), Headers: []string{"Host: " + choose(r, w.hosts)}}
		if r.IntN(4) == 0 && len(w.headers) > 0 {
			p.Headers = append(p.Headers, choose(r, w.headers))
		}
		out = append(out, p)
	}
	return out
}

// NewIngress makes a world of Ingress objects.
func NewIngress(seed uint64) *Routed {
	g, w := newRouted(seed, "ingress")
	w.hosts, w.paths = askHosts, askPaths
	var docs []string
	for i := range 3 + g.IntN(4) {
		docs = append(docs, g.ingress(i+1))
	}
	w.Manifests = strings.Join(docs, "---\n")
	return w
}

func (g *generator) ingress(number int) string {
	class, annotations := "ingressClassName: traefik, ", ""
	switch g.IntN(12) {
	case 0:
		class = ""
	case 1:
		class = "ingressClassName: other, "
	case 2:
		class, annotations = "", "kubernetes.io/ingress.class: traefik"
	}
	if annotations == "" && g.chance(0.15) {
		annotations = fmt.Sprintf("traefik.ingress.kubernetes.io/router.priority: %q", fmt.Sprint(1+g.IntN(60)))
	}
	spec := class
	if g.chance(0.15) {
		spec += "defaultBackend: " + g.ingressBackend() + ", "
	}
	var rules []string
	for range g.IntN(3) + 1 {
		host := ""
		if g.chance(0.85) {
			host = fmt.Sprintf("host: %q, ", pick(g, ruleHosts...))
		}
		var paths []string
		used := map[string]bool{}
		for range 1 + g.IntN(3) {
			path, kind := pick(g, rulePaths...), pick(g, "Prefix", "Prefix", "Exact", "ImplementationSpecific")
			if used[path] {
				continue
			}
			used[path] = true
			paths = append(paths, fmt.Sprintf("{path: %q, pathType: %s, backend: %s}", path, kind, g.ingressBackend()))
		}
		rules = append(rules, fmt.Sprintf("{%shttp: {paths: [%s]}}", host, strings.Join(paths, ", ")))
	}
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {namespace: %s, name: rules-%d, annotations: {%s}}\nspec: {%srules: [%s]}\n",
		g.Namespace, number, annotations, spec, strings.Join(rules, ", "))
}

func (g *generator) ingressBackend() string {
	return fmt.Sprintf("{service: {name: %s, port: {%s}}}", pick(g, "alpha", "beta", "gamma", "alpha", "beta", "unready", "missing"),
		pick(g, "number: 80", "number: 80", "number: 80", "name: web", "number: 81"))
}

// gatewayHosts are hosts of which none is a special case of another.
var gatewayHosts = []string{"a.example.test", "b.example.test", "*.wild.test", "elsewhere.test"}

// NewGateway makes a world of one Gateway and HTTPRoutes. What is left out is where Traefik 3.6 departs from Gateway API: a
// rule without backendRefs, or whose weights are all 0 (it answers 503, not 500); routes of which one has a more specific host (the length of the written
// rule decides, not the host); equal matches of two routes (their age and name do not count); and escapes in paths, of
// which the specification does not say whether they are decoded.
func NewGateway(seed uint64) *Routed {
	g, w := newRouted(seed, "gateway")
	w.hosts = askHosts
	for _, p := range askPaths {
		if !strings.Contains(p, "%") {
			w.paths = append(w.paths, p)
		}
	}
	w.headers = []string{"X-Version: 2", "X-Version: 3", "x-version: 2", "X-Debug: on"}
	host := ""
	if g.chance(0.4) {
		host = fmt.Sprintf("hostname: %q, ", pick(g, "*.wild.test", "*.example.test", "a.example.test"))
	}
	docs := []string{fmt.Sprintf("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {namespace: %s, name: front}\nspec: {gatewayClassName: traefik, listeners: [{name: web, port: 80, protocol: HTTP, %sallowedRoutes: {namespaces: {from: Same}}}]}\n", g.Namespace, host)}
	hosts := slices.Clone(gatewayHosts)
	g.Shuffle(len(hosts), func(i, k int) { hosts[i], hosts[k] = hosts[k], hosts[i] })
	for i := range 2 + g.IntN(3) {
		docs = append(docs, g.httpRoute(i+1, hosts[i]))
	}
	w.Manifests = strings.Join(docs, "---\n")
	return w
}

func (g *generator) httpRoute(number int, host string) string {
	hosts := fmt.Sprintf("hostnames: [%q], ", host)
	var rules []string
	for range 1 + g.IntN(3) {
		rules = append(rules, g.httpRule())
	}
	return fmt.Sprintf("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {namespace: %s, name: route-%d}\nspec: {parentRefs: [{name: front}], %srules: [%s]}\n",
		g.Namespace, number, hosts, strings.Join(rules, ", "))
}

func (g *generator) httpRule() string {
	var parts, matches []string
	for range g.IntN(3) {
		var m []string
		if g.chance(0.9) {
			m = append(m, fmt.Sprintf("path: {type: %s, value: %q}", pick(g, "PathPrefix", "PathPrefix", "Exact"), pick(g, rulePaths...)))
		}
		if g.chance(0.25) {
			m = append(m, fmt.Sprintf("headers: [{name: x-version, value: %q}]", pick(g, "2", "3")))
		}
		if g.chance(0.15) {
			m = append(m, fmt.Sprintf("method: %s", pick(g, "GET", "POST")))
		}
		if g.chance(0.15) {
			m = append(m, "queryParams: [{name: q, value: \"1\"}]")
		}
		if match := "{" + strings.Join(m, ", ") + "}"; !slices.Contains(matches, match) {
			matches = append(matches, match)
		}
	}
	if len(matches) > 0 {
		parts = append(parts, "matches: ["+strings.Join(matches, ", ")+"]")
	}
	redirects := g.chance(0.15)
	if redirects {
		parts = append(parts, "filters: [{type: RequestRedirect, requestRedirect: {"+pick(g,
			"scheme: https", "hostname: other.test", "statusCode: 301", "scheme: https, port: 8443, statusCode: 301", "path: {type: ReplaceFullPath, replaceFullPath: /new}")+"}}]")
	} else if g.chance(0.15) {
		parts = append(parts, "filters: [{type: URLRewrite, urlRewrite: {"+pick(g, "path: {type: ReplaceFullPath, replaceFullPath: /full}", "hostname: inner.test")+"}}]")
	}
	if !redirects {
		var refs []string
		for i := range 1 + g.IntN(2) {
			refs = append(refs, fmt.Sprintf("{name: %s, port: %s, weight: %d}", pick(g, "alpha", "beta", "gamma", "alpha", "unready", "missing"),
				pick(g, "80", "80", "80", "81"), pick(g, 1, 1, 1, 3, 1-i)))
		}
		parts = append(parts, "backendRefs: ["+strings.Join(refs, ", ")+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
