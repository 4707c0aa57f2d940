package cluster

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// addressIndex finds nodes and services by address. It is made once per View, when first asked for.
type addressIndex struct {
	nodes    map[netip.Addr][]*corev1.Node
	services map[netip.Addr][]*corev1.Service
}

// NodeWithAddr finds the node that has the address among its status.addresses, nil if none has.
func (v *View) NodeWithAddr(addr netip.Addr) *corev1.Node {
	if nodes := v.addresses().nodes[addr]; len(nodes) > 0 {
		return nodes[0]
	}
	return nil
}

// NodesWithAddr finds all nodes that claim an address, sorted by name: where machines were cloned it may be more than one.
func (v *View) NodesWithAddr(addr netip.Addr) []*corev1.Node { return v.addresses().nodes[addr] }

// HasNodeAddr reports whether a node has the address among its status.addresses.
func (v *View) HasNodeAddr(name string, addr netip.Addr) bool {
	return slices.ContainsFunc(v.addresses().nodes[addr], func(n *corev1.Node) bool { return n.Name == name })
}

// ServicesWithAddr returns the services that own the address: as a cluster IP, an external IP or a load balancer's
// ingress IP (whatever its ipMode), sorted by namespace and name.
func (v *View) ServicesWithAddr(addr netip.Addr) []*corev1.Service {
	return v.addresses().services[addr]
}

// PodsOnHost returns the pods of a node that take part in the node's own network, by its host network or by a host
// port, sorted by namespace and name.
func (v *View) PodsOnHost(node string) []*Pod {
	return v.Remember(onHostKey{}, func() any {
		out := map[string][]*Pod{}
		for p := range v.Pods() {
			if p.Node != "" && (p.Shape.HostNetwork || hasHostPort(p.Shape)) {
				out[p.Node] = append(out[p.Node], p)
			}
		}
		for _, pods := range out {
			slices.SortFunc(pods, comparePods)
		}
		return out
	}).(map[string][]*Pod)[node]
}

type onHostKey struct{}

func hasHostPort(s *Shape) bool {
	for i := range s.Containers {
		for j := range s.Containers[i].Ports {
			if s.Containers[i].Ports[j].HostPort != 0 {
				return true
			}
		}
	}
	return false
}

func (v *View) addresses() *addressIndex {
	v.indexOnce.Do(func() {
		x := addressIndex{nodes: map[netip.Addr][]*corev1.Node{}, services: map[netip.Addr][]*corev1.Service{}}
		for _, n := range v.Nodes() {
			for _, a := range NodeAddrs(n) {
				x.nodes[a] = append(x.nodes[a], n)
			}
		}
		for _, s := range v.Services() {
			seen := map[netip.Addr]bool{}
			add := func(text string) {
				if a, ok := ParseAddr(text); ok && !seen[a] {
					seen[a] = true
					x.services[a] = append(x.services[a], s)
				}
			}
			add(s.Spec.ClusterIP)
			for _, a := range s.Spec.ClusterIPs {
				add(a)
			}
			for _, a := range s.Spec.ExternalIPs {
				add(a)
			}
			for _, i := range s.Status.LoadBalancer.Ingress {
				add(i.IP)
			}
		}
		v.index = x
	})
	return &v.index
}

// NodeAddrs are the IP addresses of a node, internal ones first, in the order of its status.
func NodeAddrs(n *corev1.Node) []netip.Addr {
	var internal, other []netip.Addr
	for _, a := range n.Status.Addresses {
		addr, ok := ParseAddr(a.Address)
		if !ok {
			continue
		}
		if a.Type == corev1.NodeInternalIP {
			internal = append(internal, addr)
		} else {
			other = append(other, addr)
		}
	}
	return append(internal, other...)
}

// NodeReady reports whether a node's Ready condition is True.
func NodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// ParseAddr parses an address as the API writes it; "None", the empty string and host names are not addresses. Addresses
// that embed IPv4 in IPv6 are unmapped, so that equal addresses compare equal.
func ParseAddr(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap().WithZone(""), true
}
