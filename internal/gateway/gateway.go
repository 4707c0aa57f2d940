package gateway

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Gateway is one Gateway with its class, its listeners as they stand, and what carries it.
type Gateway struct {
	Object     *gatewayv1.Gateway
	Class      *gatewayv1.GatewayClass // nil if there is none of that name
	Controller string                  // the class' controllerName
	Services   []cluster.Ref           // that lead to its proxy, sorted
	Addresses  []netip.Addr            // status.addresses that are addresses
	Listeners  []*Listener

	product
	pods []*cluster.Pod
}

// Ref names the gateway.
func (g *Gateway) Ref() cluster.Ref {
	return cluster.Ref{Kind: cluster.KindGateway, Namespace: g.Object.Namespace, Name: g.Object.Name}
}

// Outside reports whether no pod that is known carries the gateway.
func (g *Gateway) Outside() bool { return g.outside || len(g.pods) == 0 }

// AddressesOf are the addresses that a gateway has by its status; those that its spec asks for where no controller has
// written a status yet.
func AddressesOf(o *gatewayv1.Gateway) []netip.Addr {
	var out []netip.Addr
	for _, a := range o.Status.Addresses {
		if addr, ok := cluster.ParseAddr(a.Value); ok {
			out = append(out, addr)
		}
	}
	if len(o.Status.Addresses) == 0 && len(o.Status.Conditions) == 0 {
		for _, a := range o.Spec.Addresses {
			if addr, ok := cluster.ParseAddr(a.Value); ok {
				out = append(out, addr)
			}
		}
	}
	return out
}

// labels by which implementations say which gateway a service or pod serves: GEP-1762's own in the gateway's namespace,
// and the products' pairs of name and namespace.
const (
	ciliumGateway  = "io.cilium.gateway/owning-gateway"
	envoyName      = "gateway.envoyproxy.io/owning-gateway-name"
	envoyNamespace = "gateway.envoyproxy.io/owning-gateway-namespace"
	envoyClass     = "gateway.envoyproxy.io/owning-gatewayclass"
	contourName    = "projectcontour.io/owning-gateway-name"
	contourNewName = "projectcontour.io/owning-gateway"
)

// labelled reports whether labels of something in a namespace say that it serves the gateway.
func (g *Gateway) labelled(namespace string, get func(string) string) bool {
	here := namespace == g.Object.Namespace
	name := g.Object.Name
	switch {
	case get(envoyName) != "":
		return get(envoyName) == name && get(envoyNamespace) == g.Object.Namespace
	case get(envoyClass) != "": // one proxy for all gateways of a class (mergeGateways)
		return get(envoyClass) == string(g.Object.Spec.GatewayClassName)
	case !here:
		return false
	}
	for _, key := range []string{gatewayv1.GatewayNameLabelKey, ciliumGateway, contourName, contourNewName} {
		if get(key) == name {
			return true
		}
	}
	return false
}

// marked reports whether labels say that something serves a gateway at all, whichever.
func marked(get func(string) string) bool {
	return slices.ContainsFunc([]string{gatewayv1.GatewayNameLabelKey, envoyName, envoyClass, ciliumGateway, contourName, contourNewName}, func(key string) bool {
		return get(key) != ""
	})
}

// MayCarry reports whether a pod may serve gateways that may not be read: it or a service in front of it says so,
// or, where there are routes, it is a proxy that gateways of its product share or stands behind a load balancer.
func MayCarry(view *cluster.View, pod *cluster.Pod) bool {
	if marked(pod.Labels.Get) {
		return true
	}
	for _, o := range view.ListIn(cluster.KindService, pod.Namespace) {
		svc := o.(*corev1.Service)
		if marked(func(k string) string { return svc.Labels[k] }) && carries(pod.Labels, svc.Spec.Selector) {
			return true
		}
	}
	if view.Count(cluster.KindHTTPRoute)+view.Count(cluster.KindGRPCRoute) == 0 {
		return false
	}
	if slices.ContainsFunc(products, func(x product) bool { return x.runs(pod) }) {
		return true
	}
	// Something that is open to the outside, in a cluster that has routes.
	return slices.ContainsFunc(view.ListIn(cluster.KindService, pod.Namespace), func(o cluster.Object) bool {
		svc := o.(*corev1.Service)
		return (svc.Spec.Type == corev1.ServiceTypeLoadBalancer || len(svc.Spec.ExternalIPs) > 0) && carries(pod.Labels, svc.Spec.Selector)
	})
}

func ownedBy(svc *corev1.Service, g *Gateway) bool {
	if svc.Namespace != g.Object.Namespace {
		return false
	}
	for _, o := range svc.OwnerReferences {
		if o.Kind == string(cluster.KindGateway) && o.Name == g.Object.Name && strings.HasPrefix(o.APIVersion, gatewayv1.GroupName+"/") {
			return true
		}
	}
	return false
}

// namedLike reports whether a service has the name that implementations give to what they make for a gateway
// (GEP-1762: NAME-CLASS).
func (g *Gateway) namedLike(svc *corev1.Service) bool {
	o := g.Object
	switch {
	case strings.HasPrefix(svc.Name, "envoy-"+o.Namespace+"-"+o.Name+"-"):
		return g.Product == EnvoyGateway
	case svc.Namespace != o.Namespace:
		return false
	}
	return svc.Name == o.Name+"-"+string(o.Spec.GatewayClassName) || svc.Name == "cilium-gateway-"+o.Name && g.Product == Cilium
}

// addressedBy reports whether a service has an address or name that the gateway's status (or, for gateways that are
// put before a proxy by hand, its spec) names.
func (g *Gateway) addressedBy(svc *corev1.Service) bool {
	var values []string
	for _, a := range g.Object.Status.Addresses {
		values = append(values, a.Value)
	}
	for _, a := range g.Object.Spec.Addresses {
		values = append(values, a.Value)
	}
	return slices.ContainsFunc(values, func(v string) bool { return hasAddress(svc, v) })
}

// leads reports whether a port of a service leads to a listener on a pod: listeners name the service's port, with some
// products that of the pods. Services may share addresses with others that have nothing to do with the gateway.
func (g *Gateway) leads(svc *corev1.Service, pod *cluster.Pod) bool {
	return slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool {
		return slices.ContainsFunc(g.Object.Spec.Listeners, func(l gatewayv1.Listener) bool {
			if l.Port == p.Port && !g.podPorts {
				return true
			}
			target := p.TargetPort.IntVal
			if p.TargetPort.StrVal != "" && pod.Shape != nil {
				target, _ = pod.Shape.PortNamed(p.TargetPort.StrVal, corev1.ProtocolTCP)
			}
			return l.Port == target
		})
	})
}

func hasAddress(svc *corev1.Service, value string) bool {
	if addr, ok := cluster.ParseAddr(value); ok {
		same := func(text string) bool { a, ok := cluster.ParseAddr(text); return ok && a == addr }
		return same(svc.Spec.ClusterIP) || slices.ContainsFunc(svc.Spec.ClusterIPs, same) || slices.ContainsFunc(svc.Spec.ExternalIPs, same) ||
			slices.ContainsFunc(svc.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool { return same(i.IP) })
	}
	name := svc.Name + "." + svc.Namespace
	if value == name || strings.HasPrefix(value, name+".svc") {
		return true
	}
	return value != "" && slices.ContainsFunc(svc.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool { return i.Hostname == value })
}
