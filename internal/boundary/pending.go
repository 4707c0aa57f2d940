package boundary

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// requestAnnotations are the annotations by which MetalLB is asked for addresses.
var requestAnnotations = []string{"metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"}

// asksFor reports whether a service of type LoadBalancer asks for an address, which nobody has given to it yet.
func asksFor(svc *corev1.Service, addr netip.Addr) bool {
	return svc.Spec.Type == corev1.ServiceTypeLoadBalancer && len(svc.Status.LoadBalancer.Ingress) == 0 && slices.Contains(wantedBy(svc), addr)
}

// wantedBy are the addresses that a service asks for.
func wantedBy(svc *corev1.Service) (out []netip.Addr) {
	wanted := []string{svc.Spec.LoadBalancerIP}
	for _, key := range requestAnnotations {
		wanted = append(wanted, strings.Split(svc.Annotations[key], ",")...)
	}
	for _, text := range wanted {
		if a, ok := cluster.ParseAddr(strings.TrimSpace(text)); ok {
			out = append(out, a)
		}
	}
	return out
}

// addressTaken is another service that has an address for which a pending one asks: two share one only where both say so,
// and have no port in common (MetalLB's allow-shared-ip).
func addressTaken(view *cluster.View, svc *corev1.Service) (*corev1.Service, netip.Addr) {
	for _, addr := range wantedBy(svc) {
		for _, o := range view.List(cluster.KindService) {
			other := o.(*corev1.Service)
			if other == svc || other.Spec.Type != corev1.ServiceTypeLoadBalancer {
				continue
			}
			for _, i := range other.Status.LoadBalancer.Ingress {
				if a, ok := cluster.ParseAddr(i.IP); ok && a == addr {
					return other, addr
				}
			}
		}
	}
	return nil, netip.Addr{}
}

// pendingAt ends the way at an address that a service has asked for in vain: as long as it is pending, nobody has it.
func (w *walk) pendingAt(layer surroundings.Layer) bool {
	for _, lb := range LoadBalancers(w.view) {
		if !lb.Pending || !asksFor(lb.Service, w.dst.Addr()) {
			continue
		}
		w.d.Owner.Kind, w.d.Owner.Services = OwnerLoadBalancer, []*corev1.Service{lb.Service}
		w.d.Evidence = append(w.d.Evidence, lb.Evidence...)
		w.assume("address-owner", "nobody", "default", words.Say("boundary.fact.pending-address", w.dst.Addr().String()), true)
		at := cluster.Ref{Kind: cluster.KindLoadBalancer, Namespace: lb.Service.Namespace, Name: lb.Service.Name}
		w.block(Waypoint{Kind: StepLB, Layer: layer, At: at, Why: lb.Why}, "lb.pending")
		return true
	}
	return false
}
