package trace

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// apiTarget is where the API server's own proxy sends a request (pods/proxy, services/proxy).
type apiTarget struct {
	addr  netip.AddrPort
	pod   *cluster.Pod
	share float64
}

// apiProxy is what the API server makes of a path.
type apiProxy struct {
	is       bool // a path of pods/proxy or services/proxy
	scheme   string
	path     string // what is asked of the pod
	targets  []apiTarget
	object   *cluster.Ref
	backend  *Backend
	end      *ending
	evidence []cluster.Evidence
}

// intoKubectlProxy is a connection to the port on which a kubectl proxy beside the client listens: it passes requests on
// to the API server, which sends those for a pod's or a service's proxy straight to a pod.
func (e *engine) intoKubectlProxy(b branch) ([]branch, bool) {
	k := e.req.KubectlProxy
	if k == nil || !e.isTCP() || b.dst.Port() != k.Port || !e.ownAddress(b.dst.Addr()) {
		return nil, false
	}
	a, ok := cluster.ParseAddr(k.Address)
	if k.Address == "localhost" {
		a, ok = b.dst.Addr(), b.dst.Addr().IsLoopback()
	}
	if !ok || a != b.dst.Addr() && !(a.IsUnspecified() && a.Is4() == b.dst.Addr().Is4()) || e.taken(b.dst) {
		return nil, false
	}
	here := e.from.sender
	b.back, b.left = nil, false
	b.pass(here.ref, string(here.layer))
	e.assumeFlip(keyAPIServer, words.Say("fact.api-server.proxy"), facts.Default)
	e.add(&b, nil, at{
		kind: StepProxyAccept, ref: here.ref, layer: here.layer, certainty: Assumed, title: acceptTitle(b),
		sentence: words.Say("says.proxy.accept.kubectl-proxy", b.leg),
	})
	if b.http == nil {
		return b.stop(ending{class: Answered, reason: "host.delivered", certainty: Assumed, decidedBy: pointer(here.ref), object: pointer(here.ref)}), true
	}
	if e.speaksTLS(b) {
		return b.stop(ending{
			class: TLSError, reason: "tls.plain-to-tls", certainty: Assumed, decidedBy: pointer(here.ref), object: pointer(here.ref), why: words.Say("clause.kubectl-proxy-speaks-http"),
		}), true
	}
	if host := hostOnly(b.http.Headers["Host"]); host != "localhost" && host != "127.0.0.1" && host != "::1" && !k.AnyHost {
		return e.apiAnswers(b, here.ref, ending{
			class: HTTPError, reason: "http.status", status: 403, certainty: Assumed, object: pointer(here.ref), why: words.Say("clause.kubectl-proxy-host", host),
		}), true
	}
	return e.viaAPIServer(b, k.Prefix), true
}

// apiAnswers is an answer that the API server, or kubectl proxy, writes itself.
func (e *engine) apiAnswers(b branch, author cluster.Ref, end ending) []branch {
	before := e.header(&b)
	b.http = &HTTP{Status: end.status, Headers: map[string]string{}}
	end.decidedBy = pointer(author)
	if end.object == nil {
		end.object = end.decidedBy
	}
	who := words.Say("kind.api-server")
	if author == e.from.ref {
		who = words.Say("kind.kubectl-proxy")
	}
	end.says = words.Say("reason.l7.no-backend.api-proxy", capital(objectText(end.object)), who, end.status, end.why)
	e.add(&b, before, at{
		kind: StepProxyAnswer, ref: author, about: end.object, layer: surroundings.LayerLAN, certainty: end.certainty, title: words.Say("title.writes-status", end.status),
		sentence: words.Say("says.proxy.answer.api", end.status, end.why),
	})
	return b.stop(end)
}

// viaAPIServer is the second connection, to the API server, and what becomes of it there.
func (e *engine) viaAPIServer(b branch, prefix string) []branch {
	api, ref, evidence := e.apiServer()
	node := e.apiServerNode(ref)
	if node != "" {
		ref = nodeRef(node)
	}
	first := b.suspend()
	b.legs++
	b.leg = b.legs
	b.src, b.dst = netip.AddrPortFrom(e.sourceFor(api.Addr()), clientPort+uint16(b.leg)-1), api
	known := api.IsValid() && b.src.Addr().IsValid()
	e.add(&b, nil, at{
		kind: StepProxyConnect, ref: e.from.ref, about: pointer(ref), layer: e.from.layer, certainty: Assumed, noPacket: !known, title: words.Say("title.to-api-server"),
		sentence: words.Say("says.proxy.connect.kubectl-proxy", b.leg),
	})
	e.add(&b, nil, at{
		kind: StepProxyAccept, ref: ref, layer: surroundings.LayerLAN, certainty: Assumed, noPacket: !known, evidence: evidence, title: acceptTitle(b),
		sentence: words.Say("says.proxy.accept.api-server", b.leg),
	})
	path := strings.TrimPrefix(e.req.Path, strings.TrimSuffix(prefix, "/"))
	p := e.apiProxied(path)
	back := func(r branch) branch {
		seen, masked, http := r.seen, r.masqueraded, r.http
		r.resume(first)
		r.seen, r.masqueraded, r.http = seen, masked, http
		return r
	}
	var out []branch
	switch {
	case p.end != nil && p.end.class == CannotTell:
		return back(b.stop(*p.end)[0]).stop(*p.end)
	case p.end != nil:
		for _, r := range e.apiAnswers(b, ref, *p.end) {
			out = append(out, back(r))
		}
		return out
	case !p.is:
		e.add(&b, nil, at{
			kind: StepAnswer, ref: ref, layer: surroundings.LayerLAN, certainty: Assumed, sentence: words.Say("says.answer.api-server"),
		})
		return []branch{back(b.stop(ending{class: Answered, reason: "host.delivered", certainty: Assumed, decidedBy: pointer(ref), object: pointer(ref)})[0])}
	}
	e.add(&b, nil, at{
		kind: StepProxyMatch, ref: ref, about: p.object, layer: surroundings.LayerLAN, certainty: Assumed, noPacket: true, evidence: p.evidence, title: words.Say("title.api-servers-proxy"),
		sentence: words.Say("says.proxy.match.api-server", objectText(p.object), p.path),
	})
	for _, t := range p.targets {
		for _, r := range e.apiUpstream(b.split(t.share), ref, node, p, t) {
			out = append(out, back(r))
		}
	}
	return out
}

// apiUpstream is the API server's own connection to a pod, from its node.
func (e *engine) apiUpstream(b branch, ref cluster.Ref, node string, p apiProxy, t apiTarget) []branch {
	second := b.suspend()
	before := e.header(&b)
	b.legs++
	b.leg = b.legs
	b.sender = sender{ref: ref, layer: surroundings.LayerLAN, node: node, addr: e.nodeAddr(node, t.addr.Addr())}
	b.src, b.dst = netip.AddrPortFrom(b.sender.addr, clientPort+uint16(b.leg)-1), t.addr
	b.guard, b.back, b.masqueraded = nil, nil, false
	b.backend = p.backend
	b.setEndpoint(t.pod, "", "", "", t.addr)
	b.http = &HTTP{Method: b.http.Method, Path: p.path, Headers: maps.Clone(b.http.Headers)}
	b.upstreamPath = p.path
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: ref, about: pointer(t.pod.Ref()), layer: surroundings.LayerLAN, certainty: Assumed, evidence: []cluster.Evidence{podEvidence(t.pod, "status.podIPs")},
		sentence: words.Say("says.proxy.connect.api-server", b.leg, e.socket(t.addr)),
	})
	var out []branch
	for _, r := range e.connect(b) {
		seen, masked := r.seen, r.masqueraded
		r = e.unwind(r)
		end := *r.end
		http := r.http
		r.resume(second)
		r.seen, r.masqueraded = seen, masked
		switch end.class {
		case Refused, NoAnswer, Reset, TLSError:
			// apimachinery util/proxy Transport.RoundTrip: whatever fails on the way is a 503.
			failed := ending{
				class: HTTPError, reason: "l7.upstream-refused", status: 503, certainty: worse(end.certainty, Assumed), object: p.object, on: end.decidedBy,
				wanted: t.addr.String(), why: "error trying to reach service: " + t.addr.String(),
			}
			if end.class == NoAnswer {
				failed.reason = "l7.upstream-timeout"
			}
			out = append(out, e.apiAnswers(r, ref, failed)...)
			continue
		case Answered, HTTPError:
			r.http = &HTTP{Status: end.status, Body: clip(end.body, 200), Headers: map[string]string{}}
			if end.status == 0 {
				r.http = http
			}
		}
		out = append(out, r)
	}
	return out
}

// apiServerNode is the node on which the API server runs, as its endpoints say or else as nodes are labelled.
func (e *engine) apiServerNode(ref cluster.Ref) string {
	if ref.Kind == cluster.KindNode {
		return ref.Name
	}
	for _, n := range e.view.Nodes() {
		_, is := n.Labels["node-role.kubernetes.io/control-plane"]
		if _, old := n.Labels["node-role.kubernetes.io/master"]; is || old {
			e.assume("api-server-node", n.Name, facts.Default, nil)
			return n.Name
		}
	}
	for _, n := range e.view.Nodes() {
		e.assumeFlip("api-server-node", n.Name, facts.Default)
		return n.Name
	}
	return ""
}

// apiProxied reads a path of the API: /api/v1/namespaces/NS/services/[SCHEME:]NAME[:PORT]/proxy/PATH, or pods.
func (e *engine) apiProxied(path string) apiProxy {
	parts := strings.SplitN(strings.TrimPrefix(path, "/"), "/", 8)
	if len(parts) >= 5 && parts[0] == "api" && parts[2] == "nodes" && parts[4] == "proxy" {
		return apiProxy{end: &ending{class: CannotTell, reason: "not-modelled.api-node-proxy", certainty: Unknown, name: words.Say("reason.not-modelled.api-node-proxy")}}
	}
	if len(parts) < 7 || parts[0] != "api" || parts[2] != "namespaces" || parts[6] != "proxy" {
		return apiProxy{}
	}
	p := apiProxy{is: true, path: "/"}
	if len(parts) == 8 {
		p.path = "/" + parts[7]
	}
	if e.req.Query != "" {
		p.path += "?" + e.req.Query
	}
	ns, id := parts[3], strings.Split(parts[5], ":")
	name, port := id[0], ""
	switch len(id) {
	case 2:
		port = id[1]
	case 3:
		p.scheme, name, port = id[0], id[1], id[2]
	}
	if kind := map[string]cluster.Kind{"pods": cluster.KindPod, "services": cluster.KindService}[parts[4]]; kind != "" {
		p.object = refOf(kind, ns, name)
	}
	bad := func(status int, reason, format string, args ...any) apiProxy {
		p.end = &ending{class: HTTPError, reason: reason, status: status, certainty: Assumed, object: p.object, why: fmt.Sprintf(format, args...)}
		p.end.wanted = p.end.why
		return p
	}
	if len(id) > 3 || name == "" || p.scheme != "" && p.scheme != "http" && p.scheme != "https" {
		return bad(400, "l7.invalid-backend", "invalid request %q", parts[5])
	}
	if p.scheme == "https" {
		p.end = &ending{class: CannotTell, reason: "not-modelled.api-proxy-https", certainty: Unknown, name: words.Say("reason.not-modelled.api-proxy-https")}
		return p
	}
	for _, kind := range []cluster.Kind{cluster.KindPod, cluster.KindService} {
		if !e.view.Readable(kind, ns) {
			end := e.unread(string(kind))
			p.end = &end
			return p
		}
	}
	switch parts[4] {
	case "pods":
		return e.apiPod(p, ns, name, port, bad)
	case "services":
		return e.apiService(p, ns, name, port, bad)
	}
	return bad(404, "l7.no-backend", "the API has no proxy for %s", parts[4])
}

// apiPod is pods/proxy: the port is the first that a container declares where none is given (registry/core/pod
// ResourceLocation).
func (e *engine) apiPod(p apiProxy, ns, name, port string, bad func(int, string, string, ...any) apiProxy) apiProxy {
	pod := e.view.Pod(ns, name)
	if pod == nil {
		return bad(404, "l7.no-backend", "pods %q not found", name)
	}
	number := 80
	for i := 0; pod.Shape != nil && i < len(pod.Shape.Containers); i++ {
		if c := pod.Shape.Containers[i]; !c.Sidecar && len(c.Ports) > 0 {
			number = int(c.Ports[0].Port)
			break
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return bad(503, "l7.invalid-backend", "error trying to reach service: %s is no port", port)
		}
		number = int(n)
	}
	if !pod.IP().IsValid() || !pod.IP().IsGlobalUnicast() {
		return bad(400, "l7.invalid-backend", "address not allowed: pod %s has none", name)
	}
	p.evidence = []cluster.Evidence{podEvidence(pod, "status.podIPs", "spec.containers")}
	p.targets = []apiTarget{{addr: netip.AddrPortFrom(pod.IP(), uint16(number)), pod: pod, share: 1}}
	return p
}

// second reports whether an address is of a service's second family, which its Endpoints object does not have.
func second(svc *corev1.Service, a netip.Addr) bool {
	return len(svc.Spec.IPFamilies) > 0 && (svc.Spec.IPFamilies[0] == corev1.IPv4Protocol) != a.Is4()
}

// apiService is services/proxy: a port by its number or name, the unnamed one where none is given, and a ready endpoint
// that is a pod of the namespace, at random (registry/core/service/storage ResourceLocation).
func (e *engine) apiService(p apiProxy, ns, name, port string, bad func(int, string, string, ...any) apiProxy) apiProxy {
	svc := e.view.Service(ns, name)
	if svc == nil {
		return bad(404, "l7.no-backend", "services %q not found", name)
	}
	shown := int32(0)
	if n, err := strconv.ParseInt(port, 10, 64); err == nil {
		i := slices.IndexFunc(svc.Spec.Ports, func(sp corev1.ServicePort) bool { return int64(sp.Port) == n })
		if i < 0 {
			return bad(503, "l7.no-backend", "no service port %d found for service %q", n, name)
		}
		port, shown = svc.Spec.Ports[i].Name, svc.Spec.Ports[i].Port
	} else if i := slices.IndexFunc(svc.Spec.Ports, func(sp corev1.ServicePort) bool { return sp.Name == port }); i >= 0 {
		shown = svc.Spec.Ports[i].Port
	}
	p.backend = &Backend{Kind: cluster.KindService, Namespace: ns, Name: name, Port: shown}
	p.evidence = []cluster.Evidence{{Kind: cluster.KindService, Namespace: ns, Name: name, ResourceVersion: svc.ResourceVersion, Fields: []string{"spec.ports"}}}
	byPort := map[int32][]apiTarget{}
	for _, s := range e.view.Slices(ns, name) {
		for _, sp := range s.Ports {
			if sp.Name != port {
				continue
			}
			for i := range s.Endpoints {
				ep := &s.Endpoints[i]
				pod := e.view.Pod(ns, ep.Pod)
				if !ep.Ready || pod == nil || !pod.HasIP(ep.Addr) || cmp.Or(ep.TargetNamespace, ns) != ns || second(svc, ep.Addr) {
					continue
				}
				t := apiTarget{addr: netip.AddrPortFrom(ep.Addr, uint16(sp.Port)), pod: pod}
				if !slices.Contains(byPort[sp.Port], t) {
					byPort[sp.Port] = append(byPort[sp.Port], t)
				}
			}
		}
	}
	if len(byPort) == 0 {
		return bad(503, "l7.no-endpoints", "no endpoints available for service %q", strings.Trim(name+":"+port, ":"))
	}
	for _, number := range slices.Sorted(maps.Keys(byPort)) {
		for _, t := range byPort[number] {
			t.share = 1 / float64(len(byPort)*len(byPort[number]))
			p.targets = append(p.targets, t)
		}
	}
	return p
}
