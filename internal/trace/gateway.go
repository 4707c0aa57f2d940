package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gatewayHop is a proxy that carries gateways: a pod, or something that no object shows (a cloud's load balancer, a proxy
// on the nodes), of which only the gateway itself is known.
type gatewayHop struct {
	gateways []*gateway.Gateway
	port     int32 // of the listeners
	at       cluster.Ref
	layer    surroundings.Layer
	pod      *cluster.Pod // nil where the proxy is not known
	node     string       // where it is a proxy on the nodes
}

// gatewaySet is all gateways of the View.
func (e *engine) gatewaySet() *gateway.Set { return gateway.Read(e.view) }

// gatewayPod is a packet at a port of a pod that carries gateways; ok is false where the port is none of theirs.
func (e *engine) gatewayPod(b branch, pod *cluster.Pod) (out []branch, ok bool) {
	gateways := e.gatewaySet().Carried(pod)
	if len(gateways) == 0 {
		switch {
		case !e.view.Readable(cluster.KindGateway, "") && gateway.MayCarry(e.view, pod):
			return b.stop(e.unread(string(cluster.KindGateway))), true
		case e.gatewaySet().Lost():
			return b.stop(e.unread(string(cluster.KindService))), true
		}
		return nil, false
	}
	hop := &gatewayHop{gateways: gateways, at: pod.Ref(), layer: surroundings.LayerPod, pod: pod}
	for _, port := range e.listenerPorts(b, pod, gateways, corev1.ProtocolTCP) {
		if gateway.PodPorts(gateways) && port != int32(b.dst.Port()) && !gateway.Accepted(gateways, port) {
			continue // the product looks for a socket of that very port, and finds none
		}
		if named, serving := gateway.Opens(gateways, port); named {
			if !serving && e.ownPort(pod, int32(b.dst.Port())) {
				return nil, false
			}
			hop.port = port
			return e.gatewayProxy(b, hop)
		}
	}
	if !e.view.Readable(cluster.KindService, pod.Namespace) { // which may say that the port stands for a listener's
		return b.stop(e.unread(string(cluster.KindService))), true
	}
	if e.ownPort(pod, int32(b.dst.Port())) {
		return nil, false
	}
	hop.port = e.listenerPorts(b, pod, gateways, corev1.ProtocolTCP)[0]
	return e.gatewayProxy(b, hop)
}

// gatewayDatagram is a datagram at a pod that carries gateways; ok is false where no listener takes datagrams there.
func (e *engine) gatewayDatagram(b branch, pod *cluster.Pod) (out []branch, ok bool) {
	gateways := e.gatewaySet().Carried(pod)
	if len(gateways) == 0 || e.transport(&b) != corev1.ProtocolUDP {
		return nil, false
	}
	for _, port := range e.listenerPorts(b, pod, gateways, corev1.ProtocolUDP) {
		if g := gateway.TakesDatagrams(gateways, port); g != nil {
			return b.stop(e.gatewayUnknown(ending{decidedBy: pointer(g.Ref())}, "UDPRoute", words.Say("clause.udp-listener", refText(pointer(g.Ref())), port))), true
		}
	}
	return nil, false
}

// ownPort reports whether a port of a proxy that no listener names may be open all the same: one for probes, metrics or
// administration, one that the surroundings describe, or one of the ingress controller that the proxy is as well.
func (e *engine) ownPort(pod *cluster.Pod, port int32) bool {
	if e.servesIngresses(pod, port) {
		return true
	}
	if slices.ContainsFunc(e.view.Surroundings().Listeners, func(l surroundings.Listener) bool {
		return l.Namespace == pod.Namespace && l.Port == port && selects(l.Selector, pod)
	}) {
		return true
	}
	if pod.Shape == nil {
		return true
	}
	return probed(pod, port) || slices.ContainsFunc(pod.Shape.Containers, func(c cluster.Container) bool {
		return slices.ContainsFunc(c.Ports, func(p cluster.ContainerPort) bool {
			return p.Port == port && slices.ContainsFunc([]string{"metric", "prom", "status", "health", "ready", "readiness", "live", "admin", "stat", "probe", "traefik", "mgmt", "debug"}, func(part string) bool {
				return strings.Contains(p.Name, part)
			})
		})
	})
}

// listenerPorts are the ports of listeners that a pod's port may stand for, the likeliest first: listeners name the port
// of the service in front of the proxy, with some products that of its pods.
func (e *engine) listenerPorts(b branch, pod *cluster.Pod, gateways []*gateway.Gateway, protocol corev1.Protocol) []int32 {
	var dialled, mapped []int32
	here := int32(b.dst.Port())
	for _, svc := range servicesSelecting(e.view, pod) {
		for _, p := range svc.Spec.Ports {
			if cmp.Or(p.Protocol, corev1.ProtocolTCP) != protocol || targetOf(&p, pod) != here {
				continue
			}
			mapped = append(mapped, p.Port)
			if slices.ContainsFunc(b.back, func(h *hop) bool {
				return h.undo == undoDNAT && (h.dst.Port() == uint16(p.Port) && hasAddr(svc, h) || p.NodePort != 0 && h.dst.Port() == uint16(p.NodePort))
			}) {
				dialled = append(dialled, p.Port)
			}
		}
	}
	out := append(append(dialled, here), mapped...)
	if pod.Shape != nil {
		for _, c := range pod.Shape.Containers {
			for _, p := range c.Ports {
				if p.Port == here && p.HostPort != 0 {
					out = append(out, p.HostPort)
				}
			}
		}
	}
	if gateway.PodPorts(gateways) {
		out = append([]int32{here}, out...)
	}
	return out
}

func servicesSelecting(view *cluster.View, pod *cluster.Pod) []*corev1.Service {
	var out []*corev1.Service
	for _, o := range view.ListIn(cluster.KindService, pod.Namespace) {
		if svc := o.(*corev1.Service); len(svc.Spec.Selector) > 0 && carries(pod.Labels, svc.Spec.Selector) {
			out = append(out, svc)
		}
	}
	return out
}

func targetOf(p *corev1.ServicePort, pod *cluster.Pod) int32 {
	switch {
	case p.TargetPort.Type == intstr.String && pod.Shape != nil:
		n, _ := pod.Shape.PortNamed(p.TargetPort.StrVal, corev1.ProtocolTCP)
		return n
	case p.TargetPort.IntVal != 0:
		return p.TargetPort.IntVal
	}
	return p.Port
}

func hasAddr(svc *corev1.Service, h *hop) bool {
	same := func(text string) bool { a, ok := cluster.ParseAddr(text); return ok && a == h.dst.Addr() }
	return same(svc.Spec.ClusterIP) || slices.ContainsFunc(svc.Spec.ClusterIPs, same) || slices.ContainsFunc(svc.Spec.ExternalIPs, same) ||
		slices.ContainsFunc(svc.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool { return same(i.IP) })
}

// gatewayProxy is a connection that ends at a gateway's proxy.
func (e *engine) gatewayProxy(b branch, h *gatewayHop) (out []branch, ok bool) {
	req := gateway.Request{
		TLS: b.http != nil && e.scheme(b) == "https", Curl: e.req.Program == command.ProgramCurl, Body: e.req.Body, User: e.req.User != "",
		Otherwise: e.otherwise,
	}
	if b.http == nil {
		return e.gatewayConnected(b, h), true
	}
	req.Path, req.Query, _ = strings.Cut(b.http.Path, "?")
	req.Host, req.Method = b.http.Headers["Host"], b.http.Method
	for _, name := range sortedKeys(b.http.Headers) {
		if mine := e.repeated(name); len(mine) > 1 && b.sender.ref == e.from.ref {
			req.Headers = append(req.Headers, mine...)
			continue
		}
		req.Headers = append(req.Headers, gateway.Header{Name: name, Value: b.http.Headers[name]})
	}
	if req.TLS && b.sender.ref == e.from.ref {
		req.SNI = e.req.ServerName
	}
	d := e.gatewayDecides(h, req)
	if h.pod != nil && e.servesIngresses(h.pod, int32(b.dst.Port())) {
		// A proxy that serves ingresses as well puts both kinds of rules together.
		if d.Action == gateway.Respond && d.Status == 404 && d.Unreadable == "" {
			return nil, false
		}
		if len(e.view.Ingresses()) > 0 || !e.view.Readable(cluster.KindIngress, "") {
			e.assumeFlip("ingresses-beside-routes", words.Say("fact.ingresses-beside-routes"), facts.Default)
		}
	}
	return e.gatewayDecided(b, h, d), true
}

// otherwiseFlips asks again with gateways, or ingress controllers, that do one thing the other way.
func (e *engine) otherwiseFlips(t *Trace, key string) bool {
	other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
	if err != nil {
		return false
	}
	other.gates, other.otherwise = e.gates, key
	a := other.alternative(map[string]string{key: "otherwise"})
	if a.Verdict.Class == t.Verdict.Class {
		return false
	}
	t.Alternatives = append(t.Alternatives, a)
	return true
}

// gatewayDecides asks the gateways, once for courses that bring the same request to the same listeners.
func (e *engine) gatewayDecides(h *gatewayHop, req gateway.Request) gateway.Decision {
	var key strings.Builder
	for _, g := range h.gateways {
		key.WriteString(refText(pointer(g.Ref())) + " ")
	}
	fmt.Fprintf(&key, "%d %+v", h.port, req)
	d, known := e.routed[key.String()]
	if !known {
		d = e.gatewaySet().Decide(h.gateways, h.port, req)
		if e.routed == nil {
			e.routed = map[string]gateway.Decision{}
		}
		e.routed[key.String()] = d
	}
	return d
}

// repeated are the client's headers of one name.
func (e *engine) repeated(name string) []gateway.Header {
	var out []gateway.Header
	for _, h := range e.req.Headers {
		if canonical(h.Name) == name {
			out = append(out, gateway.Header{Name: name, Value: h.Value})
		}
	}
	return out
}

func (e *engine) servesIngresses(pod *cluster.Pod, port int32) bool {
	c := ingress.ControllerOf(e.view, pod)
	if c == nil {
		return false
	}
	_, serves := c.Scheme(port)
	return serves
}

// gatewayConnected is a client that only connects: it is enough that the proxy listens.
func (e *engine) gatewayConnected(b branch, h *gatewayHop) []branch {
	_, serving := gateway.Opens(h.gateways, h.port)
	d := e.gatewaySet().Decide(h.gateways, h.port, gateway.Request{})
	if !serving || d.NotModelled == "TCPRoute" || d.NotModelled == "ListenerSet" {
		return e.gatewayDecided(b, h, d)
	}
	// What becomes of a request does not matter to one who sends none.
	d.Assumptions = slices.DeleteFunc(slices.Clone(d.Assumptions), func(a gateway.Assumption) bool { return !strings.HasPrefix(a.Key, "gateway-") })
	certainty := e.gatewayAssumes(d)
	e.gatewayAccepts(&b, h, d, certainty)
	ref := h.at
	return b.stop(ending{class: Answered, reason: "pod.delivered", certainty: certainty, decidedBy: &ref, object: &ref})
}

// gatewayAssumes notes what the decision took for granted. Whatever a gateway does is never more than assumed: no object
// shows how its implementation behaves.
func (e *engine) gatewayAssumes(d gateway.Decision) Certainty {
	for _, a := range d.Assumptions {
		if a.Flips {
			e.assumeFlip(a.Key, a.Value, a.Source)
			continue
		}
		e.assume(a.Key, a.Value, a.Source, firstEvidence(d.Evidence))
	}
	return Assumed
}

func (e *engine) gatewayAccepts(b *branch, h *gatewayHop, d gateway.Decision, certainty Certainty) {
	listener := ""
	if d.Listener != "" {
		listener = words.Say("clause.listener", d.Listener)
	}
	e.add(b, nil, at{
		title: acceptTitle(*b), kind: StepProxyAccept, ref: h.at, about: pointer(d.Gateway), layer: h.layer, certainty: certainty, evidence: d.Evidence,
		sentence: words.Say("says.proxy.accept.gateway", b.leg, refText(&d.Gateway), listener), tried: notesTried(d),
	})
}

func notesTried(d gateway.Decision) []Tried {
	var out []Tried
	for _, n := range d.Notes {
		out = append(out, Tried{Object: pointer(n.Object), Why: n.Why})
	}
	return out
}
