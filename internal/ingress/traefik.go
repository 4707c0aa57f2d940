package ingress

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

const traefikPrefix = "traefik.ingress.kubernetes.io/"

// router is one of Traefik's routers: its rule as text, whose length is its priority.
type router struct {
	*candidate
	rule     string
	priority int
	prefix   bool // the path is a prefix by characters
}

// traefik follows Traefik 3's Ingress provider: every row is a router of its own; a row whose service has nothing to
// offer makes no router; the longest rule that matches wins, and two of one length have no stable winner.
func (m *match) traefik() *candidate {
	if to := m.c.flag("entrypoints." + m.entryPoint() + ".http.redirections.entrypoint.to"); to != "" && m.req.Scheme == "http" {
		status := 301
		if m.req.Method != "" && m.req.Method != "GET" && m.req.Method != "HEAD" {
			status = 308
		}
		m.redirect(status, m.https())
		return nil
	}
	if m.withoutIngresses() {
		return nil
	}
	empty, known := m.allowEmpty()
	if !known {
		m.assume("allow-empty-services", strconv.FormatBool(empty), "default", words.Say("ingress.traefik.default"), m.anyEmpty())
	}
	var best []*router
	var dropped *candidate
	for _, x := range m.list {
		if x.lost != "" {
			continue
		}
		if x.rule < 0 && len(x.ing.Spec.Rules) > 0 {
			x.lost = overshadowed
			continue
		}
		r := m.router(x)
		if !m.routerMatches(r) {
			continue
		}
		backend, endpoints := resolve(m.view, x.ing.Namespace, x.backend)
		if backend.Resource != nil || !backend.Exists || !backend.HasPort || len(endpoints) == 0 && !empty {
			x.lost = routerDropped
			if dropped == nil {
				dropped = x
			}
			continue
		}
		switch {
		case len(best) == 0 || r.priority > best[0].priority:
			for _, b := range best {
				b.lost = lowerPriority
			}
			best = []*router{r}
		case r.priority == best[0].priority:
			best = append(best, r)
		default:
			x.lost = lowerPriority
		}
	}
	if len(best) == 0 {
		m.traefikMiss(dropped)
		return nil
	}
	for _, other := range best[1:] {
		o := &match{view: m.view, c: m.c, req: m.req, host: m.host, path: m.path, d: m.d}
		o.traefikAnswer(other)
		ref := other.ref()
		o.d.Ingress, o.d.Rule, o.d.Path = &ref, other.candidate.rule, other.at
		m.d.OrElse = append(m.d.OrElse, o.d)
		other.lost = noOrder
	}
	if len(best) > 1 {
		m.assume("rule-order", best[0].ing.Namespace+"/"+best[0].ing.Name, "default", words.Say("ingress.traefik.no-winner"), true)
	}
	m.traefikAnswer(best[0])
	return best[0].candidate
}

func (m *match) strictPrefix() bool {
	return m.c.Flags["providers.kubernetesingress.strictprefixmatching"] == "true"
}

// beforeHostWildcards reports whether the image's tag is of a Traefik before 3.7, which writes a wildcard host as a regular
// expression. The rule is longer then, and longer than that of a host without wildcard, before which it comes.
func (m *match) beforeHostWildcards() bool {
	for _, pod := range m.c.Pods {
		if pod.Shape == nil {
			continue
		}
		for _, c := range pod.Shape.Containers {
			name, tag, _ := strings.Cut(c.Image[strings.LastIndexByte(c.Image, '/')+1:], ":")
			if major, minor, ok := strings.Cut(strings.TrimPrefix(tag, "v"), "."); ok && strings.Contains(name, "traefik") && major == "3" {
				minor, _, _ = strings.Cut(minor, ".")
				return number(minor, 7) < 7
			}
		}
	}
	return false
}

// router writes a row as Traefik does: the matcher of the host, then that of the path (pkg/provider/kubernetes/ingress,
// loadRouter and buildRule). It quotes as Go does, which counts for the length.
func (m *match) router(x *candidate) *router {
	r := &router{candidate: x}
	if x.rule < 0 {
		r.prefix, r.priority = true, math.MinInt32
		return r
	}
	x.viaNginx = m.c.nginxProvider(m.view, x.ing)
	var parts []string
	suffix, wild := strings.CutPrefix(x.host, "*.")
	switch {
	case wild && m.beforeHostWildcards():
		parts = append(parts, fmt.Sprintf("HostRegexp(%q)", `^[a-zA-Z0-9-]+\.`+regexp.QuoteMeta(suffix)+"$"))
	case x.host != "":
		parts = append(parts, fmt.Sprintf("Host(%q)", x.host))
	}
	if x.path != "" {
		matcher := "PathPrefix"
		if x.kind == networkingv1.PathTypeExact {
			matcher = "Path"
		}
		if own := x.ing.Annotations[traefikPrefix+"router.pathmatcher"]; own != "" && x.kind == networkingv1.PathTypeImplementationSpecific {
			matcher = own
		}
		r.prefix = matcher == "PathPrefix"
		written := fmt.Sprintf("%s(%q)", matcher, x.path)
		if r.prefix && m.strictPrefix() && x.path != "/" {
			path := strings.TrimSuffix(x.path, "/")
			written = fmt.Sprintf("(Path(%q) || PathPrefix(%q))", path, path+"/")
		}
		parts = append(parts, written)
	} else {
		r.prefix = true
	}
	r.rule = strings.Join(parts, " && ")
	r.priority = number(x.ing.Annotations[traefikPrefix+"router.priority"], 0)
	if r.priority == 0 {
		r.priority = len(r.rule)
	}
	return r
}

func (m *match) routerMatches(r *router) bool {
	if !m.attached(r.ing.Annotations[traefikPrefix+"router.entrypoints"]) {
		r.lost = otherEntryPoint
		return false
	}
	// A router with TLS sees no plain request, and one without no encrypted one. An entry point may turn it on for all of
	// its routers, as the chart's websecure does; of a controller whose flags are not seen, that is taken for granted.
	withTLS := routerTLS(r.ing)
	switch {
	case m.req.Scheme == "http" && withTLS:
		r.lost = needsTLS
		return false
	case m.req.Scheme == "https" && !withTLS && len(m.c.Flags) > 0 && !m.entryTLS():
		r.lost = withoutTLS
		return false
	}
	if !hostMatches(r.host, m.host) {
		r.lost = hostDiffers
		return false
	}
	// Rules are compared with the decoded path, so one written with an escape never matches (SEMANTICS 4.2, measured).
	ok := r.path == m.path
	if r.prefix {
		ok = strings.HasPrefix(m.path, r.path)
		if (m.strictPrefix() || r.viaNginx) && ok {
			ok = elementPath(r.candidate, m.path)
		}
	}
	if !ok || strings.Contains(r.path, "%") {
		r.lost = pathDiffers
		return false
	}
	return true
}

// entryPoint is the name of the entry point that the request came in by: that of the port, else the usual one.
func (m *match) entryPoint() string {
	for _, p := range m.c.Ports {
		if p.Number == m.req.At && (m.c.Flags["entrypoints."+p.Name+".address"] != "" || p.Name == "web" || p.Name == "websecure") {
			return p.Name
		}
	}
	return map[string]string{"http": "web", "https": "websecure"}[m.req.Scheme]
}

// attached reports whether a router hangs on the entry point of the request: on those that its annotation names, else on
// those that are default ones by a flag, else on all (docs, EntryPoints, asDefault).
func (m *match) attached(annotation string) bool {
	entry := m.entryPoint()
	if annotation != "" {
		return strings.Contains(","+strings.ReplaceAll(annotation, " ", "")+",", ","+entry+",")
	}
	some := false
	for flag, value := range m.c.Flags {
		if strings.HasPrefix(flag, "entrypoints.") && strings.HasSuffix(flag, ".asdefault") && value == "true" {
			some = true
		}
	}
	return !some || m.c.Flags["entrypoints."+entry+".asdefault"] == "true"
}

// routerTLS reports whether annotations give the routers of an ingress TLS: router.tls, or any option of it.
func routerTLS(ing *networkingv1.Ingress) bool {
	if on, err := strconv.ParseBool(ing.Annotations[traefikPrefix+"router.tls"]); err == nil {
		return on
	}
	for name := range ing.Annotations {
		if strings.HasPrefix(name, traefikPrefix+"router.tls.") {
			return true
		}
	}
	return false
}

// entryTLS reports whether a flag turns TLS on for the routers of the entry point.
func (m *match) entryTLS() bool { return m.c.entryTLS(m.entryPoint()) }

func (c *Controller) entryTLS(entry string) bool {
	for name, value := range c.Flags {
		if rest, ok := strings.CutPrefix(name, "entrypoints."+entry+".http.tls"); ok && (rest != "" || value != "false") {
			return true
		}
	}
	return false
}

// traefikMiss answers 404; where a router was dropped for its service, that is the reason.
func (m *match) traefikMiss(dropped *candidate) {
	if dropped == nil {
		return
	}
	m.d.to(m.view, dropped.ing.Namespace, dropped.backend)
	if m.d.Reason == resourceReason {
		m.d.Reason = "l7.invalid-backend" // its Ingress provider logs the row and makes no router of it
	}
	ref := dropped.ref()
	m.d.Ingress, m.d.Rule, m.d.Path = &ref, dropped.rule, dropped.at
	m.d.Action, m.d.Status = Respond, 404
}

func (m *match) traefikAnswer(r *router) {
	for _, k := range sortedAnnotations(r.ing, traefikPrefix) {
		name := strings.TrimPrefix(k, traefikPrefix)
		if strings.HasPrefix(name, "router.tls.") {
			continue // which certificate is shown, and which clients' are asked for
		}
		switch name {
		case "router.entrypoints", "router.pathmatcher", "router.priority", "router.tls", "service.nativelb":
		default:
			m.assume("annotation", name, "default", words.Say("ingress.fact.annotation", k), true)
		}
	}
	if r.viaNginx {
		m.likeNginx(r.ing)
	}
	if !m.d.to(m.view, r.ing.Namespace, r.backend) {
		m.d.Action, m.d.Status = Respond, 503
		return
	}
	if svc := m.view.Service(r.ing.Namespace, m.d.Backend.Service.Name); svc != nil {
		m.d.ThroughClusterIP = svc.Annotations[traefikPrefix+"service.nativelb"] == "true"
		if len(m.d.Endpoints) == 1 && m.d.Endpoints[0].Host != "" && m.c.Flags["providers.kubernetesingress.allowexternalnameservices"] != "true" {
			m.d.Endpoints = nil
			m.respond(404, "l7.no-backend")
			return
		}
	}
	m.pass()
	if m.d.Backend.Port == 443 || strings.HasPrefix(m.d.Backend.PortName, "https") {
		m.d.UpstreamScheme = "https"
	}
}

// allowEmpty is whether a service without endpoints keeps its router (and answers 503): by flag, else by the version of
// the chart, else Traefik's own default, no.
func (m *match) allowEmpty() (allowed, known bool) {
	if v := m.c.Flags["providers.kubernetesingress.allowemptyservices"]; v != "" {
		return v == "true", true
	}
	for _, p := range m.c.Pods {
		if v, ok := strings.CutPrefix(p.Labels.Get("helm.sh/chart"), "traefik-"); ok {
			major, _, _ := strings.Cut(v, ".")
			return number(major, 0) >= 31, true
		}
	}
	return false, false
}

// anyEmpty reports whether some row that may match has a service without endpoints, so that the default counts.
func (m *match) anyEmpty() bool {
	for _, x := range m.list {
		if x.lost != "" || !hostMatches(x.host, m.host) {
			continue
		}
		if b, e := resolve(m.view, x.ing.Namespace, x.backend); b.HasPort && len(e) == 0 && b.Service.Kind == cluster.KindService {
			return true
		}
	}
	return false
}
