package cluster

import "k8s.io/apimachinery/pkg/runtime/schema"

// Kind names a kind of Kubernetes object the way it is written in YAML. Every watched kind has a constant here; a kind
// that is not here is not read.
type Kind string

// The kinds that are kept. Pods and EndpointSlices are kept as compact rows, all others as their API types.
const (
	KindNamespace     Kind = "Namespace"
	KindNode          Kind = "Node"
	KindPod           Kind = "Pod"
	KindService       Kind = "Service"
	KindEndpointSlice Kind = "EndpointSlice"
	KindIngress       Kind = "Ingress"
	KindIngressClass  Kind = "IngressClass"
	KindNetworkPolicy Kind = "NetworkPolicy"
	KindServiceCIDR   Kind = "ServiceCIDR"
	KindConfigMap     Kind = "ConfigMap"
	KindDeployment    Kind = "Deployment"
	KindReplicaSet    Kind = "ReplicaSet"
	KindStatefulSet   Kind = "StatefulSet"
	KindDaemonSet     Kind = "DaemonSet"
	KindJob           Kind = "Job"
	KindCRD           Kind = "CustomResourceDefinition"

	// Custom resources: kept where their definitions exist.
	KindGatewayClass               Kind = "GatewayClass"
	KindGateway                    Kind = "Gateway"
	KindHTTPRoute                  Kind = "HTTPRoute"
	KindGRPCRoute                  Kind = "GRPCRoute"
	KindReferenceGrant             Kind = "ReferenceGrant"
	KindAdminNetworkPolicy         Kind = "AdminNetworkPolicy"
	KindBaselineAdminNetworkPolicy Kind = "BaselineAdminNetworkPolicy"
	KindClusterNetworkPolicy       Kind = "ClusterNetworkPolicy"
)

// Resource says where a kind lives in the API.
type Resource struct {
	Kind       Kind
	Group      schema.GroupVersion
	Plural     string // the resource name of URLs and RBAC rules
	Namespaced bool
	// Custom says that the kind exists only where its CustomResourceDefinition does.
	Custom bool
	// Older are further versions that hold the same fields, in order of preference, for servers that do not serve Group.
	Older []string
}

// CRD is the name of the CustomResourceDefinition that a custom kind needs.
func (r Resource) CRD() string { return r.Plural + "." + r.Group.Group }

var (
	gatewayV1      = schema.GroupVersion{Group: "gateway.networking.k8s.io", Version: "v1"}
	policyV1alpha1 = schema.GroupVersion{Group: "policy.networking.k8s.io", Version: "v1alpha1"}
	policyV1alpha2 = schema.GroupVersion{Group: "policy.networking.k8s.io", Version: "v1alpha2"}
)

// Resources lists every kept kind, in the order in which a first picture wants them: what explains the picture first,
// the many last.
var Resources = []Resource{
	{Kind: KindNamespace, Group: schema.GroupVersion{Version: "v1"}, Plural: "namespaces"},
	{Kind: KindNode, Group: schema.GroupVersion{Version: "v1"}, Plural: "nodes"},
	{Kind: KindService, Group: schema.GroupVersion{Version: "v1"}, Plural: "services", Namespaced: true},
	{Kind: KindEndpointSlice, Group: schema.GroupVersion{Group: "discovery.k8s.io", Version: "v1"}, Plural: "endpointslices", Namespaced: true},
	{Kind: KindIngressClass, Group: schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, Plural: "ingressclasses"},
	{Kind: KindIngress, Group: schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, Plural: "ingresses", Namespaced: true},
	{Kind: KindNetworkPolicy, Group: schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, Plural: "networkpolicies", Namespaced: true},
	{Kind: KindServiceCIDR, Group: schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, Plural: "servicecidrs"},
	{Kind: KindConfigMap, Group: schema.GroupVersion{Version: "v1"}, Plural: "configmaps", Namespaced: true},
	{Kind: KindDaemonSet, Group: schema.GroupVersion{Group: "apps", Version: "v1"}, Plural: "daemonsets", Namespaced: true},
	{Kind: KindDeployment, Group: schema.GroupVersion{Group: "apps", Version: "v1"}, Plural: "deployments", Namespaced: true},
	{Kind: KindReplicaSet, Group: schema.GroupVersion{Group: "apps", Version: "v1"}, Plural: "replicasets", Namespaced: true},
	{Kind: KindStatefulSet, Group: schema.GroupVersion{Group: "apps", Version: "v1"}, Plural: "statefulsets", Namespaced: true},
	{Kind: KindJob, Group: schema.GroupVersion{Group: "batch", Version: "v1"}, Plural: "jobs", Namespaced: true},
	{Kind: KindCRD, Group: schema.GroupVersion{Group: "apiextensions.k8s.io", Version: "v1"}, Plural: "customresourcedefinitions"},
	{Kind: KindGatewayClass, Group: gatewayV1, Plural: "gatewayclasses", Custom: true, Older: []string{"v1beta1"}},
	{Kind: KindGateway, Group: gatewayV1, Plural: "gateways", Namespaced: true, Custom: true, Older: []string{"v1beta1"}},
	{Kind: KindHTTPRoute, Group: gatewayV1, Plural: "httproutes", Namespaced: true, Custom: true, Older: []string{"v1beta1"}},
	{Kind: KindGRPCRoute, Group: gatewayV1, Plural: "grpcroutes", Namespaced: true, Custom: true},
	{Kind: KindReferenceGrant, Group: gatewayV1, Plural: "referencegrants", Namespaced: true, Custom: true, Older: []string{"v1beta1"}},
	{Kind: KindAdminNetworkPolicy, Group: policyV1alpha1, Plural: "adminnetworkpolicies", Custom: true},
	{Kind: KindBaselineAdminNetworkPolicy, Group: policyV1alpha1, Plural: "baselineadminnetworkpolicies", Custom: true},
	{Kind: KindClusterNetworkPolicy, Group: policyV1alpha2, Plural: "clusternetworkpolicies", Custom: true},
	{Kind: KindPod, Group: schema.GroupVersion{Version: "v1"}, Plural: "pods", Namespaced: true},
}

// ResourceOf finds the resource of a kind.
func ResourceOf(kind Kind) (Resource, bool) {
	for _, r := range Resources {
		if r.Kind == kind {
			return r, true
		}
	}
	return Resource{}, false
}

// Ref names one object. It is what steps, verdicts, cards and the inspector point with. Kinds beyond the kept ones name
// what is no Kubernetes object: Host, Resolver, Router, LoadBalancer, Network.
type Ref struct {
	Kind      Kind   `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Kinds of things that the surroundings hold; they appear in Refs beside the Kubernetes kinds.
const (
	KindHost         Kind = "Host"         // a machine of the LAN or the Internet that is no node
	KindResolver     Kind = "Resolver"     // a DNS server outside the cluster
	KindRouter       Kind = "Router"       // a boundary that routes or translates
	KindLoadBalancer Kind = "LoadBalancer" // named like the Service it stands for
	KindNetwork      Kind = "Network"      // named internet, lan, service or pod
)

// Evidence is an object a statement rests on, and which of its fields were read.
type Evidence struct {
	Kind            Kind     `json:"kind"`
	Namespace       string   `json:"namespace,omitempty"`
	Name            string   `json:"name"`
	ResourceVersion string   `json:"resourceVersion,omitempty"`
	Fields          []string `json:"fields,omitempty"`
}
