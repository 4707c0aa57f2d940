package reach

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// knock is a door and the line that knocks at it.
type knock struct {
	door    *Door
	port    int32
	command string
}

// doorKinds are the objects whose address is a door by itself.
var doorKinds = map[cluster.Kind]string{cluster.KindIngress: "ingress", cluster.KindGateway: "gateway"}

// doors are the ways in from outside: the target's own address, and the doors of the services that lead to the same
// pods. A node port is tried at one Ready node.
func (a *asker) doors(t *target) []knock {
	var out []knock
	for _, s := range t.spots {
		kind := cmp.Or(doorKinds[s.ref.Kind], "address")
		out = append(out, knock{&Door{Kind: kind, Object: s.ref, Address: s.addr.String(), Port: s.port}, s.port, s.command})
	}
	if doorKinds[t.ref.Kind] != "" || t.ref.Kind == cluster.KindNode || t.ref.Kind == cluster.KindNetwork {
		return out
	}
	for _, l := range a.leading(t) {
		out = append(out, a.serviceDoors(l.svc, l.port)...)
	}
	for _, s := range t.spots {
		for _, e := range s.ends {
			out = append(out, a.hostPorts(e, t)...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(k knock) bool {
		twice := seen[k.command]
		seen[k.command] = true
		return twice
	})
}

type leads struct {
	svc  *corev1.Service
	port *corev1.ServicePort
}

// leading are the services with doors to the outside whose endpoints are pods of the target.
func (a *asker) leading(t *target) []leads {
	var out []leads
	for _, svc := range a.view.Services() {
		if svc.Spec.Type != corev1.ServiceTypeNodePort && svc.Spec.Type != corev1.ServiceTypeLoadBalancer && len(svc.Spec.ExternalIPs) == 0 {
			continue
		}
		own := t.ref == cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
		if t.ref.Kind == cluster.KindService && !own {
			continue
		}
		for i := range svc.Spec.Ports {
			port := &svc.Spec.Ports[i]
			if own && port.Port == t.port || !own && a.endsAt(svc, port, t) {
				out = append(out, leads{svc, port})
			}
		}
	}
	return out
}

func (a *asker) endsAt(svc *corev1.Service, port *corev1.ServicePort, t *target) bool {
	for _, v6 := range []bool{false, true} {
		for _, e := range service.EndpointsOf(a.view, svc, port, v6) {
			for i := range t.spots {
				for _, end := range t.spots[i].ends {
					if e.Pod != nil && e.Pod == end.pod && int32(e.Addr.Port()) == end.port {
						return true
					}
				}
			}
		}
	}
	return false
}

func (a *asker) serviceDoors(svc *corev1.Service, port *corev1.ServicePort) []knock {
	ref := cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
	var out []knock
	add := func(kind string, addr netip.Addr, n int32) {
		out = append(out, knock{&Door{Kind: kind, Object: ref, Address: addr.String(), Port: n}, n, command(addr, n, protocolOf(port.Protocol))})
	}
	for _, i := range svc.Status.LoadBalancer.Ingress {
		if addr, ok := cluster.ParseAddr(i.IP); ok {
			add("load-balancer", addr, port.Port)
		}
	}
	for _, text := range svc.Spec.ExternalIPs {
		if addr, ok := cluster.ParseAddr(text); ok {
			add("external-ip", addr, port.Port)
		}
	}
	if port.NodePort != 0 {
		if addr := a.someNode(); addr.IsValid() {
			add("node-port", addr, port.NodePort)
		}
	}
	return out
}

func (a *asker) someNode() netip.Addr {
	for _, n := range a.view.Nodes() {
		if addrs := cluster.NodeAddrs(n); len(addrs) > 0 && nodeUp(a.view, n.Name) {
			return addrs[0]
		}
	}
	return netip.Addr{}
}

// hostPorts are the ports of its node that a pod takes for this port.
func (a *asker) hostPorts(e end, t *target) []knock {
	n := a.view.Node(e.pod.Node)
	if n == nil || e.pod.Shape.HostNetwork {
		return nil
	}
	var out []knock
	for _, c := range e.pod.Shape.Containers {
		for _, p := range c.Ports {
			addrs := cluster.NodeAddrs(n)
			if p.HostPort == 0 || p.Port != e.port || p.Protocol != t.protocol || len(addrs) == 0 {
				continue
			}
			out = append(out, knock{&Door{Kind: "host-port", Object: e.pod.Ref(), Address: addrs[0].String(), Port: p.HostPort}, p.HostPort, command(addrs[0], p.HostPort, t.protocol)})
		}
	}
	return out
}

func protocolOf(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}
