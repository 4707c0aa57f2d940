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
)

// Resource says where a kind lives in the API.
type Resource struct {
	Kind       Kind
	Group      schema.GroupVersion
	Plural     string // the resource name of URLs and RBAC rules
	Namespaced bool
}

// Resources lists every kept kind, in the order in which a first picture wants them: what explains the picture first,
// the many last.
var Resources = []Resource{
	{KindNamespace, schema.GroupVersion{Version: "v1"}, "namespaces", false},
	{KindNode, schema.GroupVersion{Version: "v1"}, "nodes", false},
	{KindService, schema.GroupVersion{Version: "v1"}, "services", true},
	{KindEndpointSlice, schema.GroupVersion{Group: "discovery.k8s.io", Version: "v1"}, "endpointslices", true},
	{KindIngressClass, schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, "ingressclasses", false},
	{KindIngress, schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, "ingresses", true},
	{KindNetworkPolicy, schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, "networkpolicies", true},
	{KindServiceCIDR, schema.GroupVersion{Group: "networking.k8s.io", Version: "v1"}, "servicecidrs", false},
	{KindConfigMap, schema.GroupVersion{Version: "v1"}, "configmaps", true},
	{KindDaemonSet, schema.GroupVersion{Group: "apps", Version: "v1"}, "daemonsets", true},
	{KindDeployment, schema.GroupVersion{Group: "apps", Version: "v1"}, "deployments", true},
	{KindReplicaSet, schema.GroupVersion{Group: "apps", Version: "v1"}, "replicasets", true},
	{KindStatefulSet, schema.GroupVersion{Group: "apps", Version: "v1"}, "statefulsets", true},
	{KindJob, schema.GroupVersion{Group: "batch", Version: "v1"}, "jobs", true},
	{KindCRD, schema.GroupVersion{Group: "apiextensions.k8s.io", Version: "v1"}, "customresourcedefinitions", false},
	{KindPod, schema.GroupVersion{Version: "v1"}, "pods", true},
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
