package boundary

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Kinds of doors.
const (
	DoorNodePort     = "NodePort"
	DoorLoadBalancer = "LoadBalancer"
	DoorIngress      = "Ingress"
	DoorHostPort     = "HostPort"
	DoorForward      = "port forward" // of the router between the Internet and the LAN; only ever missing
)

// doors lists the ways in to what was dialled, and the kinds of doors it does not have.
func (w *walk) doors() {
	var services []*corev1.Service
	switch o := &w.d.Owner; {
	case o.Pod != nil:
		services = servicesOf(w.view, o.Pod)
		w.d.Doors = hostPorts(w.view, o.Pod)
	case len(o.Services) > 0:
		services = o.Services
	case o.Kind == OwnerUnknownInService || o.Kind == OwnerUnknownInPod:
	case o.Kind == OwnerNode || o.Kind == OwnerHost:
		if w.d.Reason == "boundary.needs-door" {
			w.d.Missing = append(w.d.Missing, DoorForward)
		}
		for _, svc := range w.servicesWithNodePort() {
			for _, d := range DoorsOf(w.view, svc) {
				if d.Kind != DoorNodePort { // the node port is what was dialled
					w.d.Doors = append(w.d.Doors, d)
				}
			}
		}
		return
	default:
		return
	}
	balancers := LoadBalancers(w.view)
	for _, svc := range services {
		w.d.Doors = append(w.d.Doors, doorsOf(w.view, svc, balancers)...)
	}
	for _, kind := range []string{DoorNodePort, DoorLoadBalancer, DoorIngress} {
		if !slices.ContainsFunc(w.d.Doors, func(d Door) bool { return d.Kind == kind }) {
			w.d.Missing = append(w.d.Missing, kind)
		}
	}
}

// DoorsOf lists the ways into the cluster that lead to a service: its node ports at the first ready node, its
// load-balancer addresses (or that they are pending), and the ingress rules that name it.
func DoorsOf(view *cluster.View, svc *corev1.Service) []Door {
	return doorsOf(view, svc, LoadBalancers(view))
}

func doorsOf(view *cluster.View, svc *corev1.Service, balancers []LoadBalancer) []Door {
	var out []Door
	ref := cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
	node := firstNode(view)
	for _, p := range svc.Spec.Ports {
		if p.NodePort != 0 && node.IsValid() {
			layer := surroundings.LayerLAN
			if !Private(node) {
				layer = surroundings.LayerInternet
			}
			out = append(out, Door{Kind: DoorNodePort, By: ref, Text: netip.AddrPortFrom(node, uint16(p.NodePort)).String(), Layer: layer})
		}
	}
	for _, lb := range balancers {
		if lb.Service != svc {
			continue
		}
		if lb.Pending {
			out = append(out, Door{Kind: DoorLoadBalancer, By: ref, Text: lb.Why, Pending: true})
		}
		for _, a := range lb.Addresses {
			for _, p := range svc.Spec.Ports {
				out = append(out, Door{Kind: DoorLoadBalancer, By: ref, Text: netip.AddrPortFrom(a, uint16(p.Port)).String(), Layer: lb.Layer})
			}
		}
		for _, h := range lb.Hostnames {
			for _, p := range svc.Spec.Ports {
				out = append(out, Door{Kind: DoorLoadBalancer, By: ref, Text: h + ":" + strconv.Itoa(int(p.Port)), Layer: surroundings.LayerInternet})
			}
		}
	}
	for _, o := range view.ListIn(cluster.KindIngress, svc.Namespace) {
		out = append(out, ingressDoors(o.(*networkingv1.Ingress), svc.Name)...)
	}
	return out
}

func ingressDoors(ing *networkingv1.Ingress, service string) []Door {
	ref := cluster.Ref{Kind: cluster.KindIngress, Namespace: ing.Namespace, Name: ing.Name}
	door := func(host, path string) Door {
		if host == "" {
			host = "*"
		}
		return Door{Kind: DoorIngress, By: ref, Text: "http://" + host + path, Layer: surroundings.LayerLAN, Pending: len(ing.Status.LoadBalancer.Ingress) == 0}
	}
	var out []Door
	if b := ing.Spec.DefaultBackend; b != nil && b.Service != nil && b.Service.Name == service {
		out = append(out, door("", "/"))
	}
	for _, r := range ing.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for _, p := range r.HTTP.Paths {
			if p.Backend.Service != nil && p.Backend.Service.Name == service {
				out = append(out, door(r.Host, p.Path))
			}
		}
	}
	return out
}

// servicesWithNodePort are the services that the dialled port of a node leads to.
func (w *walk) servicesWithNodePort() []*corev1.Service {
	if w.d.Owner.Kind != OwnerNode {
		return nil
	}
	var out []*corev1.Service
	for _, o := range w.view.List(cluster.KindService) {
		svc := o.(*corev1.Service)
		if slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool {
			return p.NodePort != 0 && p.NodePort == int32(w.dst.Port()) && cmp.Or(p.Protocol, corev1.ProtocolTCP) == w.cfg.Protocol
		}) {
			out = append(out, svc)
		}
	}
	return out
}

func hostPorts(view *cluster.View, pod *cluster.Pod) []Door {
	n := view.Node(pod.Node)
	if n == nil || len(cluster.NodeAddrs(n)) == 0 {
		return nil
	}
	var out []Door
	for _, c := range pod.Shape.Containers {
		for _, p := range c.Ports {
			if p.HostPort != 0 {
				at := netip.AddrPortFrom(cluster.NodeAddrs(n)[0], uint16(p.HostPort))
				out = append(out, Door{Kind: DoorHostPort, By: pod.Ref(), Text: at.String(), Layer: surroundings.LayerLAN})
			}
		}
	}
	return out
}

// servicesOf lists the services that have a pod among their endpoints.
func servicesOf(view *cluster.View, pod *cluster.Pod) []*corev1.Service {
	var out []*corev1.Service
	for _, o := range view.ListIn(cluster.KindService, pod.Namespace) {
		svc := o.(*corev1.Service)
		if slices.ContainsFunc(view.Slices(svc.Namespace, svc.Name), func(s *cluster.Slice) bool {
			return slices.ContainsFunc(s.Endpoints, func(e cluster.Endpoint) bool { return pod.HasIP(e.Addr) })
		}) {
			out = append(out, svc)
		}
	}
	return out
}

func firstNode(view *cluster.View) netip.Addr {
	for _, o := range view.List(cluster.KindNode) {
		if n := o.(*corev1.Node); !notReady(n) {
			if list := cluster.NodeAddrs(n); len(list) > 0 {
				return list[0]
			}
		}
	}
	return netip.Addr{}
}
