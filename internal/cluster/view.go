package cluster

import (
	"iter"
	"net/netip"
	"slices"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// View is one immutable revision of everything that is known. All its methods are safe for concurrent use; what they
// return must not be changed. Lists are sorted by namespace and name, so that equal Views give equal answers.
type View struct {
	state

	indexOnce sync.Once
	index     addressIndex
	memo      derived
}

// state is what a revision holds, apart from the indexes that are made when first asked for.
type state struct {
	revision     uint64
	source       SourceInfo
	asOf         time.Time
	tables       map[Kind]*table
	pods         *podRows
	slices       *sliceRows
	status       *statuses
	surroundings *surroundings.Surroundings
}

// SourceInfo says where the objects come from.
type SourceInfo struct {
	Kind    string `json:"kind"` // live, files or world
	Name    string `json:"name"` // the context, the path, the world
	Example bool   `json:"-"`    // opened because nothing else was there: the page says "not your cluster"
}

// The kinds of sources.
const (
	SourceLive  = "live"
	SourceFiles = "files"
	SourceWorld = "world"
)

// Revision counts the changes of the Store that this View was made from.
func (v *View) Revision() uint64 { return v.revision }

// Source says where the objects come from.
func (v *View) Source() SourceInfo { return v.source }

// AsOf is when the last data arrived that this View holds.
func (v *View) AsOf() time.Time { return v.asOf }

// Surroundings is what is no Kubernetes object; never nil.
func (v *View) Surroundings() *surroundings.Surroundings {
	if v.surroundings == nil {
		return &surroundings.Surroundings{}
	}
	return v.surroundings
}

// Pod finds a pod by name, nil if there is none.
func (v *View) Pod(namespace, name string) *Pod { return v.pods.named(namespace, name) }

// PodAt returns the pod in a slot, nil if the slot is free.
func (v *View) PodAt(slot uint32) *Pod { return v.pods.at(slot) }

// PodSlots is the number of slots that were ever used; every pod's Slot is below it.
func (v *View) PodSlots() uint32 { return v.pods.high }

// PodsWithAddr returns the pods that have the address, completed ones included, sorted.
func (v *View) PodsWithAddr(addr netip.Addr) []*Pod { return v.pods.withAddr(addr) }

// Pods iterates over all pods in slot order.
func (v *View) Pods() iter.Seq[*Pod] { return v.pods.all }

// PodCount is the number of pods.
func (v *View) PodCount() int { return v.pods.count }

// PodsIn iterates over the pods of one namespace, sorted by name.
func (v *View) PodsIn(namespace string) iter.Seq[*Pod] {
	return func(yield func(*Pod) bool) {
		ns := v.pods.spaces[namespace]
		if ns == nil {
			return
		}
		pods := make([]*Pod, len(ns.slots))
		for i, slot := range ns.slots {
			pods[i] = v.pods.at(slot)
		}
		slices.SortFunc(pods, comparePods)
		for _, p := range pods {
			if !yield(p) {
				return
			}
		}
	}
}

// Slices returns the endpoint slices of a service, sorted by name.
func (v *View) Slices(namespace, service string) []*Slice {
	return v.slices.of(Key{namespace, service})
}

// AllSlices iterates over all slices, in no stable order.
func (v *View) AllSlices() iter.Seq[*Slice] { return v.slices.all }

// Get finds a few-of-a-kind object, nil if there is none.
func (v *View) Get(kind Kind, namespace, name string) Object {
	return v.tables[kind].get(Key{namespace, name})
}

// List returns all objects of a few-of-a-kind kind.
func (v *View) List(kind Kind) []Object { return v.tables[kind].list() }

// ListIn returns the objects of one namespace.
func (v *View) ListIn(kind Kind, namespace string) []Object { return v.tables[kind].in(namespace) }

// Count is the number of objects of a kind.
func (v *View) Count(kind Kind) int {
	switch kind {
	case KindPod:
		return v.pods.count
	case KindEndpointSlice:
		return v.slices.count
	}
	return v.tables[kind].len()
}

func typed[T Object](objects []Object) []T {
	out := make([]T, len(objects))
	for i, o := range objects {
		out[i] = o.(T)
	}
	return out
}

// many is typed for kinds that are asked for often: the list is made once.
func many[T Object](v *View, kind Kind) []T {
	return v.Derived(kind, typedKey{}, func(list []Object) any { return typed[T](list) }).([]T)
}

type typedKey struct{}

func one[T Object](o Object) (t T) {
	if o != nil {
		t = o.(T)
	}
	return t
}

// Namespace finds a namespace.
func (v *View) Namespace(name string) *corev1.Namespace {
	return one[*corev1.Namespace](v.Get(KindNamespace, "", name))
}

// Namespaces returns all namespaces.
func (v *View) Namespaces() []*corev1.Namespace {
	return typed[*corev1.Namespace](v.List(KindNamespace))
}

// Node finds a node.
func (v *View) Node(name string) *corev1.Node { return one[*corev1.Node](v.Get(KindNode, "", name)) }

// Nodes returns all nodes.
func (v *View) Nodes() []*corev1.Node { return many[*corev1.Node](v, KindNode) }

// Service finds a service.
func (v *View) Service(namespace, name string) *corev1.Service {
	return one[*corev1.Service](v.Get(KindService, namespace, name))
}

// Services returns all services.
func (v *View) Services() []*corev1.Service { return many[*corev1.Service](v, KindService) }

// Ingress finds an ingress.
func (v *View) Ingress(namespace, name string) *networkingv1.Ingress {
	return one[*networkingv1.Ingress](v.Get(KindIngress, namespace, name))
}

// Ingresses returns all ingresses.
func (v *View) Ingresses() []*networkingv1.Ingress {
	return typed[*networkingv1.Ingress](v.List(KindIngress))
}

// IngressClass finds an ingress class.
func (v *View) IngressClass(name string) *networkingv1.IngressClass {
	return one[*networkingv1.IngressClass](v.Get(KindIngressClass, "", name))
}

// IngressClasses returns all ingress classes.
func (v *View) IngressClasses() []*networkingv1.IngressClass {
	return typed[*networkingv1.IngressClass](v.List(KindIngressClass))
}

// NetworkPolicies returns all network policies.
func (v *View) NetworkPolicies() []*networkingv1.NetworkPolicy {
	return typed[*networkingv1.NetworkPolicy](v.List(KindNetworkPolicy))
}

// NetworkPoliciesIn returns the network policies of a namespace.
func (v *View) NetworkPoliciesIn(namespace string) []*networkingv1.NetworkPolicy {
	return typed[*networkingv1.NetworkPolicy](v.ListIn(KindNetworkPolicy, namespace))
}

// ServiceCIDRs returns all service CIDR objects.
func (v *View) ServiceCIDRs() []*networkingv1.ServiceCIDR {
	return typed[*networkingv1.ServiceCIDR](v.List(KindServiceCIDR))
}

// ConfigMap finds a config map; only those that Kubestrata asks for by name are ever there.
func (v *View) ConfigMap(namespace, name string) *corev1.ConfigMap {
	return one[*corev1.ConfigMap](v.Get(KindConfigMap, namespace, name))
}

// DaemonSets returns all daemon sets.
func (v *View) DaemonSets() []*appsv1.DaemonSet {
	return typed[*appsv1.DaemonSet](v.List(KindDaemonSet))
}

// Deployments returns all deployments.
func (v *View) Deployments() []*appsv1.Deployment {
	return typed[*appsv1.Deployment](v.List(KindDeployment))
}

// GatewayClasses returns all gateway classes.
func (v *View) GatewayClasses() []*gatewayv1.GatewayClass {
	return typed[*gatewayv1.GatewayClass](v.List(KindGatewayClass))
}

// Gateways returns all gateways.
func (v *View) Gateways() []*gatewayv1.Gateway {
	return typed[*gatewayv1.Gateway](v.List(KindGateway))
}

// HTTPRoutes returns all HTTP routes.
func (v *View) HTTPRoutes() []*gatewayv1.HTTPRoute {
	return typed[*gatewayv1.HTTPRoute](v.List(KindHTTPRoute))
}

// GRPCRoutes returns all gRPC routes.
func (v *View) GRPCRoutes() []*gatewayv1.GRPCRoute {
	return typed[*gatewayv1.GRPCRoute](v.List(KindGRPCRoute))
}

// ReferenceGrants returns all reference grants.
func (v *View) ReferenceGrants() []*gatewayv1.ReferenceGrant {
	return typed[*gatewayv1.ReferenceGrant](v.List(KindReferenceGrant))
}

// AdminNetworkPolicies returns all admin network policies.
func (v *View) AdminNetworkPolicies() []*policyv1alpha1.AdminNetworkPolicy {
	return typed[*policyv1alpha1.AdminNetworkPolicy](v.List(KindAdminNetworkPolicy))
}

// BaselineAdminNetworkPolicies returns all baseline admin network policies; the API allows one, named default.
func (v *View) BaselineAdminNetworkPolicies() []*policyv1alpha1.BaselineAdminNetworkPolicy {
	return typed[*policyv1alpha1.BaselineAdminNetworkPolicy](v.List(KindBaselineAdminNetworkPolicy))
}

// ClusterNetworkPolicies returns all cluster network policies.
func (v *View) ClusterNetworkPolicies() []*policyv1alpha2.ClusterNetworkPolicy {
	return typed[*policyv1alpha2.ClusterNetworkPolicy](v.List(KindClusterNetworkPolicy))
}
