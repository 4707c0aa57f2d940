package service

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Door is a port that is open on nodes because of a service.
type Door struct {
	Via      Via // NodePort or HealthCheckNodePort
	Port     int32
	Protocol corev1.Protocol
	Service  cluster.Ref
	PortName string
	Nodes    []string // nodes that forward it to an endpoint (health check: that answer 200); sorted
	Silent   []string // nodes whose rules drop it: external traffic policy Local and no endpoint there
	Closed   bool     // no endpoint anywhere: refused on every node
}

// NodeDoors are the doors that services open on the nodes, for whoever comes from outside, in iptables or nftables mode,
// sorted by port and protocol. That an endpoint's own address may be one that another service refuses (Choice.After) is not
// looked at.
func NodeDoors(view *cluster.View) []Door {
	nodes := view.Nodes()
	var out []Door
	for _, svc := range view.Services() {
		if ok, _ := proxied(svc); !ok {
			continue
		}
		v6 := !clusterIP(svc, false).IsValid()
		if v6 && !clusterIP(svc, true).IsValid() {
			continue // none has been allocated, and kube-proxy makes no rules without
		}
		for i := range svc.Spec.Ports {
			port := &svc.Spec.Ports[i]
			if port.NodePort != 0 {
				out = append(out, nodePortDoor(view, svc, port, nodes, v6))
			}
		}
		if hc := healthCheckPort(svc); hc != 0 {
			door := Door{Via: ViaHealthCheck, Port: hc, Protocol: corev1.ProtocolTCP, Service: serviceRef(svc)}
			ready := readyNodes(view, svc, v6)
			for _, n := range nodes {
				if ready[n.Name] > 0 {
					door.Nodes = append(door.Nodes, n.Name)
				}
			}
			out = append(out, door)
		}
	}
	slices.SortFunc(out, func(a, b Door) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Service.Namespace, b.Service.Namespace), cmp.Compare(a.Service.Name, b.Service.Name))
	})
	return out
}

func nodePortDoor(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, nodes []*corev1.Node, v6 bool) Door {
	door := Door{Via: ViaNodePort, Port: port.NodePort, Protocol: protocolOf(port.Protocol), Service: serviceRef(svc), PortName: port.Name}
	all := EndpointsOf(view, svc, port, v6)
	pol := policiesOf(svc, port, v6)
	for _, n := range nodes {
		c := categorize(all, pol, n.Name, n.Labels[corev1.LabelTopologyZone])
		switch {
		case !c.any:
			door.Closed = true
			return door
		case pol.externalLocal && len(c.local) == 0:
			door.Silent = append(door.Silent, n.Name)
		default:
			door.Nodes = append(door.Nodes, n.Name)
		}
	}
	return door
}
