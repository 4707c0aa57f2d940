package ingress

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// byStatus finds the pods of a controller that nothing here knows by the address that the status of its ingresses names: that
// of one Service, whose pods take the requests (SEMANTICS 4.4).
func (c *Controller) byStatus(view *cluster.View) {
	var found *corev1.Service
	for _, ing := range view.Ingresses() {
		if len(ing.Status.LoadBalancer.Ingress) == 0 || !slices.Contains(c.Classes, className(view, ing)) {
			continue
		}
		for _, svc := range view.Services() {
			if !fronts(svc, ing) {
				continue
			}
			if found != nil && found != svc {
				return // addresses that services share, such as those of nodes, do not tell which
			}
			found = svc
		}
	}
	if found == nil {
		return
	}
	for pod := range view.PodsIn(found.Namespace) {
		if live(pod) && carries(pod.Labels, found.Spec.Selector) {
			c.Pods = append(c.Pods, pod)
		}
	}
	slices.SortFunc(c.Pods, comparePods)
	c.Evidence = append(c.Evidence, evidenceOf(cluster.KindService, found, "spec.selector", "status.loadBalancer"))
	c.describe(view)
}

// fronts reports whether a service has a port for requests and an address that the status of an ingress names.
func fronts(svc *corev1.Service, ing *networkingv1.Ingress) bool {
	if len(svc.Spec.Selector) == 0 || !slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool { return p.Port == 80 || p.Port == 443 }) {
		return false
	}
	return slices.ContainsFunc(svc.Status.LoadBalancer.Ingress, func(a corev1.LoadBalancerIngress) bool {
		return slices.ContainsFunc(ing.Status.LoadBalancer.Ingress, func(b networkingv1.IngressLoadBalancerIngress) bool {
			return a.IP == b.IP && a.Hostname == b.Hostname
		})
	})
}

// MaybeServed reports whether the class of an ingress names a controller that nothing here knows: whether it runs cannot be told.
func MaybeServed(view *cluster.View, ing *networkingv1.Ingress) bool {
	class := view.IngressClass(className(view, ing))
	return class != nil && productOfController(class.Spec.Controller).Product == Other && len(controllersNamed(view, class.Spec.Controller)) == 0
}

// controllersNamed are the controllers with pods whose flags name them so.
func controllersNamed(view *cluster.View, name string) []*Controller {
	return slices.DeleteFunc(slices.Clone(Controllers(view)), func(c *Controller) bool { return c.Name != name || len(c.Pods) == 0 })
}
