package boundary

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// onHost is a packet at a machine of the surroundings: a listener answers, a forward passes it on, a proxy ends it.
func (w *walk) onHost(h *surroundings.Host) {
	ref := cluster.Ref{Kind: cluster.KindHost, Name: h.Name}
	layer := cmp.Or(h.Layer, surroundings.LayerLAN)
	if l := listenerOn(h, w.dst.Port(), w.cfg.Protocol); l != nil {
		w.open(End{Kind: EndHost, Host: h, Listener: l})
		return
	}
	for i := range h.Proxies {
		if listens(h.Proxies[i].Listen, w.dst) {
			w.open(End{Kind: EndProxy, Host: h, Proxy: &h.Proxies[i], Upstreams: upstreamsOf(&h.Proxies[i])})
			return
		}
	}
	if to, ok := forwardTo(h.Forwards, w.dst); ok {
		if w.hops++; w.hops > maxForwards {
			// Each turn opens another connection, until some machine has no more of them: what the client sees then is
			// nobody's rule.
			w.d.Certainty = Unknown
			w.block(Waypoint{Kind: StepHost, Layer: layer, At: ref, Why: words.Say("boundary.forward-circle")}, "not-modelled.forwards-in-a-circle")
			return
		}
		w.dst = to
		changed := []string{"dst"}
		if own := sameFamily(h.Addresses, to.Addr()); (w.src.IsLoopback() || !w.src.IsValid()) && own.IsValid() {
			w.src, changed = own, []string{"src", "dst"}
		}
		w.step(Waypoint{Kind: StepHost, Layer: layer, At: ref, Changed: changed, Why: "port forward"})
		if to.Addr().IsLoopback() {
			w.onHost(h)
			return
		}
		w.fromOutside(layer)
		return
	}
	w.open(End{Kind: EndHost, Host: h})
	if len(h.Listeners) > 0 || len(h.Proxies) > 0 || len(h.Forwards) > 0 {
		// A host whose ports are described has no others, as with the listeners of pods.
		w.d.Refused, w.d.Reason = true, "host.port-closed"
		return
	}
	w.assume("listening", "true", "default", words.Say("boundary.unknown.host-ports", h.Name), true)
}

// onNode is a packet for a node's own address after its rules: host ports, pods on the host network, and what the
// surroundings or the cluster's own endpoints say listens there.
func (w *walk) onNode(node string) {
	for _, hostPort := range []bool{true, false} {
		if pod := w.podOnNode(node, hostPort); pod != nil {
			w.d.Evidence = append(w.d.Evidence, podEvidence(pod, "spec.containers[].ports"))
			if hostPort {
				w.step(Waypoint{Kind: StepDoor, Layer: surroundings.LayerLAN, At: nodeRef(node), Changed: []string{"dst"}, Why: words.Say("boundary.host-port", pod.Name)})
			}
			w.open(End{Kind: EndPod, Pod: pod, Node: node, HostPort: hostPort})
			return
		}
	}
	end := End{Kind: EndNode, Node: node, Nodes: []string{node}}
	for i := range w.view.Surroundings().Hosts {
		h := &w.view.Surroundings().Hosts[i]
		if h.Name != node {
			continue
		}
		end.Host = h
		if end.Listener = listenerOn(h, w.dst.Port(), w.cfg.Protocol); end.Listener != nil {
			w.open(end)
			return
		}
	}
	if w.controlPlane(end) || w.daemon(end) {
		return
	}
	w.open(end)
	w.d.Refused, w.d.Reason = true, "node.port-closed"
	if end.Host == nil || len(end.Host.Listeners) == 0 {
		w.assume("node-listening", "false", "default", words.Say("boundary.fact.node-listening", strconv.Itoa(int(w.dst.Port()))), true)
	}
}

// podOnNode finds the pod behind a port of a node: by host port (rewriting the destination as the portmap plug-in does,
// SEMANTICS A.6), or on the host network, where it declares the port or the surroundings say it listens. Of several the
// first by namespace and name counts; the scheduler admits no two.
func (w *walk) podOnNode(node string, hostPort bool) *cluster.Pod {
	var found *cluster.Pod
	var to netip.AddrPort
	port := int32(w.dst.Port())
	for _, p := range w.view.PodsOnHost(node) {
		if p.Phase != cluster.PhaseRunning || p.Shape.HostNetwork == hostPort {
			continue
		}
		if found != nil && (cluster.Key{Namespace: p.Namespace, Name: p.Name}).Compare(cluster.Key{Namespace: found.Namespace, Name: found.Name}) > 0 {
			continue
		}
		if !hostPort {
			if p.Shape.Declares(port, w.cfg.Protocol) || w.listensIn(p, port) || w.probedOn(p, port) {
				found = p
			}
			continue
		}
		for _, c := range p.Shape.Containers {
			for _, d := range c.Ports {
				if ip := sameFamily(p.IPs[:], w.dst.Addr()); d.HostPort == port && d.Protocol == w.cfg.Protocol && onIP(d.HostIP, w.dst.Addr()) && ip.IsValid() {
					found, to = p, netip.AddrPortFrom(ip, uint16(d.Port))
				}
			}
		}
	}
	if found != nil && hostPort {
		w.dst = to
	}
	return found
}

// probedOn reports whether a container of a pod on the host network is probed on a port. A probe of another address than
// the pod's own, such as localhost, shows nothing of what was dialled unless that is it.
func (w *walk) probedOn(p *cluster.Pod, port int32) bool {
	for _, c := range p.Shape.Containers {
		for _, probe := range c.Probes {
			host, named := cluster.ParseAddr(probe.Host)
			if probe.Port == port && w.cfg.Protocol == corev1.ProtocolTCP && (probe.Host == "" || named && host == w.dst.Addr()) {
				return true
			}
		}
	}
	return false
}

func (w *walk) listensIn(p *cluster.Pod, port int32) bool {
	for _, l := range w.view.Surroundings().Listeners {
		if l.Namespace != p.Namespace || l.Port != port || cmp.Or(l.Protocol, string(corev1.ProtocolTCP)) != string(w.cfg.Protocol) {
			continue
		}
		if s, err := labels.Parse(l.Selector); err == nil && s.Matches(p.Labels) {
			return true
		}
	}
	return false
}

// controlPlane ends the way at an API server, if the destination is an endpoint of the default/kubernetes service: there
// one listens, on a node or on a machine that nothing else describes.
func (w *walk) controlPlane(end End) bool {
	if w.cfg.Protocol != corev1.ProtocolTCP {
		return false
	}
	for _, s := range w.view.Slices("default", "kubernetes") {
		for _, p := range s.Ports {
			for _, e := range s.Endpoints {
				if e.Addr != w.dst.Addr() || p.Port != int32(w.dst.Port()) {
					continue
				}
				end.Listener, end.TLS = &surroundings.HostListener{Port: p.Port, Protocol: string(corev1.ProtocolTCP)}, true
				w.d.Evidence = append(w.d.Evidence, cluster.Evidence{
					Kind: cluster.KindEndpointSlice, Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion, Fields: []string{"endpoints", "ports"},
				})
				w.open(end)
				return true
			}
		}
	}
	return false
}

func onIP(hostIP string, addr netip.Addr) bool {
	a, ok := cluster.ParseAddr(hostIP)
	return !ok || a.IsUnspecified() || a == addr
}

func listenerOn(h *surroundings.Host, port uint16, protocol corev1.Protocol) *surroundings.HostListener {
	for i := range h.Listeners {
		l := &h.Listeners[i]
		if l.Port == int32(port) && cmp.Or(l.Protocol, string(corev1.ProtocolTCP)) == string(protocol) {
			return l
		}
	}
	return nil
}

// listens reports whether a listen address ("127.0.0.1:80", ":80", "*:80") takes a destination.
func listens(listen string, dst netip.AddrPort) bool {
	i := strings.LastIndexByte(listen, ':')
	if i < 0 || listen[i+1:] != strconv.Itoa(int(dst.Port())) {
		return false
	}
	host := strings.Trim(listen[:i], "[]")
	a, err := netip.ParseAddr(host)
	return err != nil && (host == "" || host == "*") || err == nil && (a.IsUnspecified() || a.Unmap() == dst.Addr())
}

func forwardTo(list []surroundings.Forward, dst netip.AddrPort) (netip.AddrPort, bool) {
	for _, f := range list {
		if !listens(f.Listen, dst) {
			continue
		}
		if to, err := netip.ParseAddrPort(f.To); err == nil {
			return netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), true
		}
	}
	return netip.AddrPort{}, false
}

func upstreamsOf(p *surroundings.Proxy) []netip.AddrPort {
	var out []netip.AddrPort
	for _, text := range p.Upstreams {
		if to, err := netip.ParseAddrPort(text); err == nil {
			out = append(out, netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
		}
	}
	return out
}
