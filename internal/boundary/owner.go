package boundary

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// OwnerKind says what an address belongs to.
type OwnerKind string

// The kinds of owners. The Unknown ones are addresses inside a known range that nothing known has.
const (
	OwnerPod              OwnerKind = "pod"
	OwnerNode             OwnerKind = "node"
	OwnerService          OwnerKind = "service"  // a cluster IP
	OwnerExternalIP       OwnerKind = "external" // a Service's spec.externalIPs
	OwnerLoadBalancer     OwnerKind = "lb"
	OwnerHost             OwnerKind = "host"
	OwnerRouter           OwnerKind = "router"
	OwnerResolver         OwnerKind = "resolver"
	OwnerUnknownInPod     OwnerKind = "unknown-in-pod-range"
	OwnerUnknownInService OwnerKind = "unknown-in-service-range"
	OwnerUnknownInLAN     OwnerKind = "unknown-in-lan"
	OwnerInternet         OwnerKind = "internet"        // a public address that nothing here describes
	OwnerUnknownPrivate   OwnerKind = "unknown-private" // a private address in no known range
	OwnerLoopback         OwnerKind = "loopback"
)

// Owner is who has an address. Where several do (a node's address that a load balancer also has), Kind is the one that
// receives a packet sent there and Also names the others.
type Owner struct {
	Kind     OwnerKind
	Addr     netip.Addr
	Layer    surroundings.Layer
	Pod      *cluster.Pod // completed pods own nothing; see Left
	Left     *cluster.Pod // a completed pod that had the address and has it no more
	Node     *corev1.Node // of OwnerNode; also set for a hostNetwork pod's address
	Services []*corev1.Service
	Host     *surroundings.Host
	Router   *surroundings.Router
	Resolver *surroundings.Resolver
	Range    *Range // the range that Layer was read from, nil if an object decides
	Also     []cluster.Ref
	Evidence []cluster.Evidence
}

// Ref names the owner; Kind is KindNetwork where nobody in particular has the address.
func (o Owner) Ref() cluster.Ref {
	switch {
	case o.Kind == OwnerPod:
		return o.Pod.Ref()
	case o.Kind == OwnerNode:
		return cluster.Ref{Kind: cluster.KindNode, Name: o.Node.Name}
	case o.Kind == OwnerLoadBalancer && len(o.Services) > 0:
		return cluster.Ref{Kind: cluster.KindLoadBalancer, Namespace: o.Services[0].Namespace, Name: o.Services[0].Name}
	case len(o.Services) > 0:
		return cluster.Ref{Kind: cluster.KindService, Namespace: o.Services[0].Namespace, Name: o.Services[0].Name}
	case o.Host != nil:
		return cluster.Ref{Kind: cluster.KindHost, Name: o.Host.Name}
	case o.Router != nil:
		return cluster.Ref{Kind: cluster.KindRouter, Name: o.Router.Name}
	case o.Resolver != nil:
		return cluster.Ref{Kind: cluster.KindResolver, Name: o.Resolver.Name}
	}
	return cluster.Ref{Kind: cluster.KindNetwork, Name: string(o.Layer)}
}

// claimedOnly reports whether services claim an address as an external IP and none has it otherwise.
func claimedOnly(services []*corev1.Service, addr netip.Addr) bool {
	is := func(text string) bool {
		a, ok := cluster.ParseAddr(text)
		return ok && a == addr
	}
	for _, s := range services {
		ingress := func(i corev1.LoadBalancerIngress) bool { return is(i.IP) }
		if is(s.Spec.ClusterIP) || slices.ContainsFunc(s.Spec.ClusterIPs, is) || slices.ContainsFunc(s.Status.LoadBalancer.Ingress, ingress) {
			return false
		}
	}
	return true
}

// OwnerOf finds who has an address. Objects decide before ranges, and a pod before everything: its address is a route on
// its node. A node's address stays the node's when a load balancer has it too (as k3s' ServiceLB does).
func OwnerOf(view *cluster.View, addr netip.Addr) Owner {
	addr = addr.Unmap()
	o := Owner{Addr: addr}
	if addr.IsLoopback() {
		o.Kind = OwnerLoopback
		return o
	}
	for _, p := range view.PodsWithAddr(addr) {
		switch {
		case p.Done():
			o.Left = p
		case !p.Shape.HostNetwork && (o.Pod == nil || likelier(view, p, o.Pod)):
			if o.Pod != nil {
				o.Also = append(o.Also, o.Pod.Ref())
			}
			o.Pod = p
		default:
			o.Also = append(o.Also, p.Ref())
		}
	}
	s := view.Surroundings()
	o.Services = view.ServicesWithAddr(addr)
	o.Node = view.NodeWithAddr(addr)
	for i := range s.Hosts {
		if slices.Contains(s.Hosts[i].Addresses, addr) {
			o.Host = &s.Hosts[i]
			if n := view.Node(o.Host.Name); n != nil && o.Node == nil {
				o.Node = n // the surroundings add an address to a node
			}
			break
		}
	}
	for i := range s.Routers {
		if s.Routers[i].Outside != nil && *s.Routers[i].Outside == addr {
			o.Router = &s.Routers[i]
			break
		}
	}
	for i := range s.Resolvers {
		if s.Resolvers[i].Address == addr {
			o.Resolver = &s.Resolvers[i]
			break
		}
	}
	stands := balancerWith(view, addr)
	if stands != nil {
		if svc := serviceNamed(view, stands.Service); svc != nil && !slices.Contains(o.Services, svc) {
			o.Services = append(slices.Clone(o.Services), svc)
		}
	}
	switch {
	case o.Pod != nil:
		o.Kind, o.Layer = OwnerPod, surroundings.LayerPod
		o.Evidence = append(o.Evidence, podEvidence(o.Pod, "status.podIPs"))
	case o.Node != nil:
		o.Kind, o.Layer = OwnerNode, surroundings.LayerLAN
		o.Evidence = append(o.Evidence, evidenceOf(cluster.KindNode, o.Node, "status.addresses"))
		for _, svc := range o.Services {
			o.Also = append(o.Also, cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name})
		}
	case stands == nil && o.Host != nil && claimedOnly(o.Services, addr):
		// Whoever asks a node for it gets the service; on its own network the host answers.
		o.Kind, o.Layer = OwnerHost, cmp.Or(o.Host.Layer, surroundings.LayerLAN)
	case stands != nil || len(o.Services) > 0:
		o.service(stands)
	case o.Host != nil:
		o.Kind, o.Layer = OwnerHost, cmp.Or(o.Host.Layer, surroundings.LayerLAN)
	case o.Router != nil:
		o.Kind, o.Layer = OwnerRouter, surroundings.LayerInternet
	case o.Resolver != nil:
		o.Kind, o.Layer = OwnerResolver, cmp.Or(o.Resolver.Layer, surroundings.LayerLAN)
	default:
		o.byRange(RangesOf(view))
	}
	return o
}

// likelier reports whether of two pods that claim an address the first is the one that has it: a pod that is told to stop
// or whose node is gone may have lost it to the other.
func likelier(view *cluster.View, p, than *cluster.Pod) bool {
	rank := func(p *cluster.Pod) int {
		n := view.Node(p.Node)
		switch {
		case p.Terminating:
			return 2
		case n != nil && notReady(n), p.Phase != cluster.PhaseRunning:
			return 1
		}
		return 0
	}
	return rank(p) < rank(than)
}

func (o *Owner) service(stands *surroundings.LoadBalancer) {
	fields := "status.loadBalancer"
	o.Kind = OwnerLoadBalancer
	if stands == nil {
		o.Kind, fields = OwnerExternalIP, "spec.externalIPs"
		for _, svc := range o.Services {
			if hasClusterIP(svc, o.Addr) {
				o.Kind, fields = OwnerService, "spec.clusterIPs"
				break
			}
			if hasIngressIP(svc, o.Addr) {
				o.Kind, fields = OwnerLoadBalancer, "status.loadBalancer"
			}
		}
	}
	switch {
	case o.Kind == OwnerService:
		o.Layer = surroundings.LayerService
	case stands != nil && stands.Layer != "":
		o.Layer = stands.Layer
	case Private(o.Addr):
		o.Layer = surroundings.LayerLAN
	default:
		o.Layer = surroundings.LayerInternet
	}
	for _, svc := range o.Services {
		o.Evidence = append(o.Evidence, evidenceOf(cluster.KindService, svc, fields))
	}
}

func (o *Owner) byRange(r Ranges) {
	for _, x := range []struct {
		list  []Range
		kind  OwnerKind
		layer surroundings.Layer
	}{
		{r.Pod, OwnerUnknownInPod, surroundings.LayerPod},
		{r.Service, OwnerUnknownInService, surroundings.LayerService},
		{r.LAN, OwnerUnknownInLAN, surroundings.LayerLAN},
	} {
		if found := within(x.list, o.Addr); found != nil {
			o.Kind, o.Layer, o.Range = x.kind, x.layer, found
			o.Evidence = append(o.Evidence, found.Evidence...)
			return
		}
	}
	switch {
	case o.Left != nil: // a pod had it, so it is a pod address, whatever the ranges say
		o.Kind, o.Layer = OwnerUnknownInPod, surroundings.LayerPod
		o.Evidence = append(o.Evidence, podEvidence(o.Left, "status.phase", "status.podIPs"))
	case Private(o.Addr):
		o.Kind, o.Layer = OwnerUnknownPrivate, surroundings.LayerLAN
	default:
		o.Kind, o.Layer = OwnerInternet, surroundings.LayerInternet
	}
}

// notPublic are the ranges that no router of the Internet knows: RFC 1918, 6598 (carrier-grade NAT), 3927, 4193, 4291.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// Private reports whether the Internet has no route to an address.
func Private(addr netip.Addr) bool {
	return slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

func balancerWith(view *cluster.View, addr netip.Addr) *surroundings.LoadBalancer {
	list := view.Surroundings().LoadBalancers
	for i := range list {
		if slices.Contains(list[i].Addresses, addr) {
			return &list[i]
		}
	}
	return nil
}

func serviceNamed(view *cluster.View, path string) *corev1.Service {
	namespace, name, _ := strings.Cut(path, "/")
	return view.Service(namespace, name)
}

func hasClusterIP(svc *corev1.Service, addr netip.Addr) bool {
	for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
		if a, ok := cluster.ParseAddr(text); ok && a == addr {
			return true
		}
	}
	return false
}

func hasIngressIP(svc *corev1.Service, addr netip.Addr) bool {
	for _, i := range svc.Status.LoadBalancer.Ingress {
		if a, ok := cluster.ParseAddr(i.IP); ok && a == addr {
			return true
		}
	}
	return false
}
