package ingress

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// resolve finds the service port that a rule names and its ready endpoints. A port is named by the Service's own port
// number or name, never by the target port; endpoints join by the port's name and protocol, as everywhere.
func resolve(view *cluster.View, namespace string, b *networkingv1.IngressBackend) (Backend, []Endpoint) {
	out := Backend{Text: backendText(b)}
	if b.Service == nil {
		if b.Resource != nil {
			out.Resource = &cluster.Ref{Kind: cluster.Kind(b.Resource.Kind), Namespace: namespace, Name: b.Resource.Name}
		}
		return out, nil
	}
	out.Service = cluster.Ref{Kind: cluster.KindService, Namespace: namespace, Name: b.Service.Name}
	out.Port, out.PortName = b.Service.Port.Number, b.Service.Port.Name
	svc := view.Service(namespace, b.Service.Name)
	if svc == nil {
		return out, nil
	}
	out.Exists = true
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		// An ExternalName Service needs no ports; the rule's number is the one that is dialled.
		out.HasPort = true
		return out, []Endpoint{{Host: svc.Spec.ExternalName, Service: out.Service, Share: 1}}
	}
	i := slices.IndexFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool {
		return b.Service.Port.Name != "" && p.Name == b.Service.Port.Name || b.Service.Port.Name == "" && p.Port == b.Service.Port.Number
	})
	if i < 0 {
		return out, nil
	}
	port := &svc.Spec.Ports[i]
	out.HasPort, out.Port, out.PortName = true, port.Port, port.Name
	return out, readyEndpoints(view, svc, port)
}

// readyEndpoints are the ready endpoints of a service port, each once, in the order of address and port. Controllers do
// not fall back to terminating ones, as kube-proxy does.
func readyEndpoints(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort) []Endpoint {
	var out []Endpoint
	seen := map[netip.AddrPort]bool{}
	for _, s := range view.Slices(svc.Namespace, svc.Name) {
		for _, p := range s.Ports {
			if !p.HasPort || p.Name != port.Name || p.Protocol != cmp.Or(port.Protocol, corev1.ProtocolTCP) {
				continue
			}
			for i := range s.Endpoints {
				e := &s.Endpoints[i]
				at := netip.AddrPortFrom(e.Addr, uint16(p.Port))
				if !e.Ready || !e.Addr.IsValid() || seen[at] {
					continue
				}
				seen[at] = true
				x := Endpoint{Addr: at, Node: e.Node, Service: cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}}
				if e.Pod != "" {
					x.Pod = view.Pod(e.TargetNamespace, e.Pod)
				}
				out = append(out, x)
			}
		}
	}
	slices.SortFunc(out, func(a, b Endpoint) int { return a.Addr.Compare(b.Addr) })
	for i := range out {
		out[i].Share = 1 / float64(len(out))
	}
	return out
}

// to fills in the backend of a decision and reports whether it can be forwarded to.
func (d *Decision) to(view *cluster.View, namespace string, b *networkingv1.IngressBackend) bool {
	backend, endpoints := resolve(view, namespace, b)
	d.Backend, d.Endpoints = &backend, endpoints
	if svc := view.Service(namespace, backend.Service.Name); svc != nil {
		d.Evidence = append(d.Evidence, evidenceOf(cluster.KindService, svc, "spec.ports"))
		for _, s := range view.Slices(namespace, svc.Name) {
			d.Evidence = append(d.Evidence, cluster.Evidence{
				Kind: cluster.KindEndpointSlice, Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion,
				Fields: []string{"endpoints", "ports"},
			})
		}
	}
	switch {
	case backend.Resource != nil || b.Service == nil:
		d.Reason = resourceReason
	case !backend.Exists && !view.Readable(cluster.KindService, namespace):
		d.Unreadable = cluster.KindService
	case !backend.Exists || !backend.HasPort:
		d.Reason = "l7.no-backend"
	case len(endpoints) == 0 && !view.Readable(cluster.KindEndpointSlice, namespace):
		d.Unreadable = cluster.KindEndpointSlice
	case len(endpoints) == 0:
		d.Reason = "l7.no-endpoints"
	default:
		d.Action, d.Reason, d.Status = Forward, "", 0
		return true
	}
	return false
}
