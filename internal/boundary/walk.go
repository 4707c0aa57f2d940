package boundary

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxForwards ends a walk that port forwards send in circles.
const maxForwards = 8

// walk follows one packet and writes down its way.
type walk struct {
	view  *cluster.View
	cfg   Config
	d     Decision
	src   netip.Addr
	dst   netip.AddrPort
	hops  int
	after bool // cfg.AfterRules, until the packet reaches another node
}

// Route says whether and how a packet gets from a place to an address.
func Route(view *cluster.View, cfg Config, from Place, to netip.AddrPort) Decision {
	cfg.Protocol = cmp.Or(cfg.Protocol, corev1.ProtocolTCP)
	w := &walk{view: view, cfg: cfg, src: from.Addr.Unmap(), after: cfg.AfterRules}
	w.dst = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	w.d.Certainty = Certain
	w.d.Owner = OwnerOf(view, w.dst.Addr())
	w.d.Evidence = append(w.d.Evidence, w.d.Owner.Evidence...)
	w.start(from)
	w.d.End.Src, w.d.End.Dst = w.src, w.dst
	if !w.d.Open {
		w.doors()
	}
	return w.d
}

func (w *walk) start(from Place) {
	if from.Host != nil && w.view.Node(from.Host.Name) != nil {
		from.Node, from.Host = from.Host.Name, nil
	}
	if from.Pod != nil && from.Pod.Shape.HostNetwork {
		from.Node, from.Pod = from.Pod.Node, nil
	}
	switch {
	case from.Pod != nil:
		if !w.src.IsValid() {
			w.src = sameFamily(from.Pod.IPs[:], w.dst.Addr())
		}
		if w.dst.Addr().IsLoopback() || from.Pod.HasIP(w.dst.Addr()) {
			w.open(End{Kind: EndPod, Pod: from.Pod, Node: from.Pod.Node})
			return
		}
		w.fromNode(from.Pod.Node)
	case from.Node != "":
		if !w.src.IsValid() && !from.Passing {
			w.src = w.nodeAddr(from.Node)
		}
		w.fromNode(from.Node)
	case from.Host != nil:
		if !w.src.IsValid() {
			w.src = sameFamily(from.Host.Addresses, w.dst.Addr())
		}
		if w.dst.Addr().IsLoopback() || slices.Contains(from.Host.Addresses, w.dst.Addr()) {
			w.onHost(from.Host)
			return
		}
		w.fromOutside(cmp.Or(from.Host.Layer, surroundings.LayerLAN))
	case w.dst.Addr().IsLoopback():
		w.assume("listening", "true", "default", words.Say("boundary.unknown.unnamed"), true)
		w.open(End{Kind: EndOutside})
		w.d.Reason = "outside.unknown"
	default:
		w.fromOutside(cmp.Or(from.Layer, surroundings.LayerLAN))
	}
}

// fromNode is a packet inside the cluster, at a node, sent by it or by one of its pods, or passing through it.
func (w *walk) fromNode(node string) {
	if w.dst.Addr().IsLoopback() {
		w.atNode(node)
		return
	}
	o := OwnerOf(w.view, w.dst.Addr())
	if !w.after && w.ruled(&o) {
		// kube-proxy's rules on the sender's own node own every virtual address: the packet never leaves for it.
		w.open(End{Kind: EndService, Node: node, Service: w.serviceOn(o.Services)})
		return
	}
	if o.Kind == OwnerNode && w.view.HasNodeAddr(node, o.Addr) {
		o.Node = w.view.Node(node) // of several nodes that claim an address, each has it for itself
	}
	switch o.Kind {
	case OwnerPod:
		w.toPod(node, o.Pod)
	case OwnerNode:
		if o.Node.Name == node {
			w.atNode(node)
			return
		}
		w.leave(node, true)
		w.toNode(o.Node, StepNode)
	case OwnerUnknownInPod:
		w.gone(node, &o)
	case OwnerService, OwnerUnknownInService, OwnerExternalIP:
		if o.Kind == OwnerExternalIP && w.cfg.Via != "" { // somebody knows that the network outside sends it to a node
			w.leave(node, true)
			w.after = false
			w.outsideFrom(surroundings.LayerLAN, &o)
			return
		}
		w.leave(node, false)
		w.assume("default-route", "drops", "default", words.Say("boundary.unknown.beyond", w.dst.Addr().String()), false)
		w.wall(surroundings.LayerLAN, "boundary.no-route", words.Say("boundary.no-rule", w.dst.Addr().String()))
	default:
		w.leave(node, o.Layer != surroundings.LayerInternet)
		w.after = false
		w.outsideFrom(surroundings.LayerLAN, &o)
	}
}

// ruled reports whether the rules of a node decide what becomes of the destination: a virtual address of a service.
// Addresses of load balancers that are proxies (ipMode Proxy) have no rule; those that are also a node's address have
// one only for the ports of their service.
func (w *walk) ruled(o *Owner) bool {
	switch o.Kind {
	case OwnerService, OwnerUnknownInService, OwnerExternalIP:
		return true
	case OwnerLoadBalancer, OwnerNode:
		svc := w.serviceOn(o.Services)
		return svc != nil && virtual(svc, o.Addr)
	}
	return false
}

// virtual reports whether kube-proxy writes rules for the address: not for load balancers in ipMode Proxy, nor for those
// that only the surroundings know of.
func virtual(svc *corev1.Service, addr netip.Addr) bool {
	for _, i := range svc.Status.LoadBalancer.Ingress {
		if a, ok := cluster.ParseAddr(i.IP); ok && a == addr {
			return i.IPMode == nil || *i.IPMode == corev1.LoadBalancerIPModeVIP
		}
	}
	for _, text := range svc.Spec.ExternalIPs {
		if a, ok := cluster.ParseAddr(text); ok && a == addr {
			return true
		}
	}
	return hasClusterIP(svc, addr)
}

// serviceOn picks the service that has the destination port, nil if none has.
func (w *walk) serviceOn(list []*corev1.Service) *corev1.Service {
	for _, svc := range list {
		for _, p := range svc.Spec.Ports {
			if p.Port == int32(w.dst.Port()) && cmp.Or(p.Protocol, corev1.ProtocolTCP) == w.cfg.Protocol {
				return svc
			}
		}
	}
	return nil
}

func (w *walk) toPod(node string, pod *cluster.Pod) {
	if pod.Node == node {
		w.step(Waypoint{Kind: StepLocal, Layer: surroundings.LayerPod, At: nodeRef(node)})
		w.open(End{Kind: EndPod, Pod: pod, Node: node})
		return
	}
	to := w.view.Node(pod.Node)
	p := Waypoint{Kind: StepNode, Layer: surroundings.LayerLAN, At: nodeRef(pod.Node)}
	if w.cfg.PodNetwork != Routed && w.cfg.PodNetwork != Direct {
		if a, b := w.nodeAddr(node), w.nodeAddr(pod.Node); a.IsValid() && b.IsValid() {
			p.Outer = &Envelope{a, b}
		}
	}
	if to != nil && w.down(to) {
		p.Blocked = true
		w.step(p)
		return
	}
	w.step(p)
	w.open(End{Kind: EndPod, Pod: pod, Node: pod.Node})
}

func (w *walk) toNode(n *corev1.Node, kind WaypointKind) {
	w.after = false
	w.step(Waypoint{Kind: kind, Layer: surroundings.LayerLAN, At: nodeRef(n.Name)})
	if w.down(n) {
		w.d.Waypoints[len(w.d.Waypoints)-1].Blocked = true
		return
	}
	w.open(End{Kind: EndNode, Node: n.Name, Nodes: []string{n.Name}, Service: w.serviceOn(w.view.ServicesWithAddr(w.dst.Addr()))})
}

// atNode is a packet for the node it is at: its rules come first, then what listens there.
func (w *walk) atNode(node string) {
	if w.after {
		w.onNode(node)
		return
	}
	w.open(End{Kind: EndNode, Node: node, Nodes: []string{node}, Service: w.serviceOn(w.view.ServicesWithAddr(w.dst.Addr()))})
}

// gone is an address of the pod range that no pod has. A plug-in may use other addresses than the range for pods that
// were not read, so the answer needs the pods.
func (w *walk) gone(node string, o *Owner) {
	if w.unread(cluster.KindPod, Waypoint{Kind: StepNode, Layer: surroundings.LayerPod, At: nodeRef(node)}) {
		return
	}
	why := words.Say("boundary.no-pod", w.dst.Addr().String())
	if o.Left != nil {
		why = words.Say("boundary.pod-ended", o.Left.Namespace, o.Left.Name, w.dst.Addr().String())
	}
	if o.Range != nil {
		w.assume("pod-range", o.Range.Prefix.String(), "detected", o.Range.From, o.Range.Guess)
	} else if w.d.Certainty == Certain {
		w.d.Certainty = Assumed
	}
	w.block(Waypoint{Kind: StepNode, Layer: surroundings.LayerPod, At: nodeRef(node), Why: why}, "pod.gone")
}

// leave takes a packet out of the cluster by its node. A pod's address means nothing there, so the plug-in puts the
// node's address in its place, unless the pod network is routed and the destination near.
func (w *walk) leave(node string, near bool) {
	w.step(Waypoint{Kind: StepOut, Layer: surroundings.LayerPod, At: nodeRef(node)})
	fromPod := slices.ContainsFunc(w.view.PodsWithAddr(w.src), func(p *cluster.Pod) bool { return !p.Done() && !p.Shape.HostNetwork })
	if !fromPod {
		return
	}
	if w.cfg.PodNetwork == Routed && near {
		w.podNetworkAssumption(words.Say("boundary.fact.way-back"), false)
		return
	}
	if w.cfg.KeepSource {
		w.assume("pod-masquerade", "false", "default", words.Say("boundary.fact.keeps-address"), false)
		return
	}
	addr := w.nodeAddr(node)
	if !addr.IsValid() {
		w.assume("node-address", "", "default", words.Say("boundary.unknown.masquerade"), false)
		w.src = netip.Addr{}
		return
	}
	w.assume("pod-masquerade", "true", "default", words.Say("boundary.fact.pod-masquerade"), false)
	w.src = addr
	w.step(Waypoint{Kind: StepSNAT, Layer: surroundings.LayerLAN, At: nodeRef(node), Changed: []string{"src"}})
}

// down stops the way at a node that is not ready.
func (w *walk) down(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type != corev1.NodeReady || c.Status == corev1.ConditionTrue {
			continue
		}
		w.d.Evidence = append(w.d.Evidence, evidenceOf(cluster.KindNode, n, "status.conditions[Ready]"))
		w.assume("node-down", "true", "default", words.Say("boundary.fact.node-down"), true)
		w.d.Reason, w.d.End = "node.not-ready", End{Kind: EndNowhere, Node: n.Name}
		return true
	}
	return false
}

func (w *walk) open(e End) { w.d.Open, w.d.End = true, e }

// step appends a waypoint with the packet as it is behind it.
func (w *walk) step(p Waypoint) {
	p.Src, p.Dst = w.src, w.dst
	w.d.Waypoints = append(w.d.Waypoints, p)
}

// block ends the way at a waypoint.
func (w *walk) block(p Waypoint, reason string) {
	p.Blocked = true
	w.step(p)
	w.d.Open, w.d.Reason, w.d.End = false, reason, End{Kind: EndNowhere}
}

func (w *walk) wall(layer surroundings.Layer, reason, why string) {
	w.block(Waypoint{Kind: StepBoundary, Layer: layer, At: networkRef(layer), Why: why}, reason)
}

func (w *walk) assume(key, value, source, why string, flips bool) {
	if w.d.Certainty == Certain {
		w.d.Certainty = Assumed
	}
	w.d.Assumptions = append(w.d.Assumptions, Assumption{key, value, source, why, flips})
}

func (w *walk) nodeAddr(name string) netip.Addr {
	n := w.view.Node(name)
	if n == nil {
		return netip.Addr{}
	}
	return sameFamily(cluster.NodeAddrs(n), w.dst.Addr())
}

// sameFamily is the first address of the family of another, or of any family where that is a loopback address.
func sameFamily(list []netip.Addr, like netip.Addr) netip.Addr {
	for _, a := range list {
		if a.IsValid() && a.Is4() == like.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

func nodeRef(name string) cluster.Ref { return cluster.Ref{Kind: cluster.KindNode, Name: name} }

func networkRef(l surroundings.Layer) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindNetwork, Name: string(l)}
}
