package boundary

import (
	"net/netip"

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

// OwnerOf finds who has an address.
func OwnerOf(view *cluster.View, addr netip.Addr) Owner { return Owner{Addr: addr} }

// Range is one address range of a layer and where it was read.
type Range struct {
	Prefix   netip.Prefix
	From     string // in words: "ServiceCIDR kubernetes", "podCIDRs of 3 nodes", "guess from node addresses"
	Guess    bool
	Evidence []cluster.Evidence
}

// Ranges are the address ranges of the layers, best source first; what is guessed is marked.
type Ranges struct {
	LAN, Service, Pod []Range
}

// RangesOf reads the ranges of the layers.
func RangesOf(view *cluster.View) Ranges { return Ranges{} }
