package kube

import "github.com/kubestrata/kubestrata/internal/cluster"

// Access is one row of the table of what is read: what Run asks for, and what the ClusterRole of deploy/ grants.
type Access struct {
	Kind cluster.Kind
	// Verbs are those of RBAC rules.
	Verbs []string
	// Objects are the only objects of the kind that are read, by namespace and name; empty means all.
	Objects []cluster.Key
	// Kept says what is kept of each object.
	Kept string
	// Without says what becomes cannot-tell when it may not be read.
	Without string
}

var read = []string{"get", "list", "watch"}

// Accesses is the table. There are no wildcards in it, and no Secrets, logs or exec. It has one row for each of
// cluster.Resources, in their order.
var Accesses = []Access{
	{cluster.KindNamespace, read, nil, "labels, phase",
		"which namespaces a policy's namespaceSelector selects"},
	{cluster.KindNode, read, nil, "labels, addresses, pod ranges, taints, conditions without heartbeats",
		"everything that passes through a node: node ports, address translation, the way out of the cluster"},
	{cluster.KindService, read, nil, "spec, load balancer status",
		"every request to a service name, a cluster IP, a node port or a load balancer"},
	{cluster.KindEndpointSlice, read, nil, "addresses, ports, conditions, node, zone and hints",
		"which pods answer for a service"},
	{cluster.KindIngressClass, read, nil, "controller, parameters, whether it is the default",
		"which controller serves an ingress"},
	{cluster.KindIngress, read, nil, "rules, TLS hosts (not their secrets' content), status",
		"which service an ingress controller sends a request to"},
	{cluster.KindNetworkPolicy, read, nil, "spec", "whether a policy lets a connection pass"},
	{cluster.KindServiceCIDR, read, nil, "ranges",
		"whether an unknown address lies in the service network; the range is then guessed from the services"},
	{cluster.KindConfigMap, read, namedConfigMaps, "data",
		"the cluster's DNS zone and resolvers, kube-proxy's mode, the network plug-in's settings: defaults are assumed"},
	{cluster.KindDaemonSet, read, nil, "labels, image, command, arguments and ports of the template; no environment",
		"which network plug-in and which kube-proxy runs; the owners of their pods"},
	{cluster.KindDeployment, read, nil, "labels, image, command, arguments and ports of the template; no environment",
		"which ingress controller runs, with which flags; the owners of pods"},
	{cluster.KindReplicaSet, read, nil, "owner, labels; no environment", "which Deployment a pod belongs to"},
	{cluster.KindStatefulSet, read, nil, "labels, governing service; no environment", "the owners of pods"},
	{cluster.KindJob, read, nil, "owner, labels; no template", "the owners of pods"},
	{cluster.KindCRD, read, nil, "metadata only", "whether Gateway API or a plug-in's own policies are in use"},
	{cluster.KindGatewayClass, read, nil, "spec, status", "which controller serves a gateway"},
	{cluster.KindGateway, read, nil, "spec, status", "which requests a gateway takes, and at which address"},
	{cluster.KindHTTPRoute, read, nil, "spec, status", "which service a gateway sends a request to"},
	{cluster.KindGRPCRoute, read, nil, "spec, status", "which service a gateway sends a gRPC request to"},
	{cluster.KindReferenceGrant, read, nil, "spec", "whether a route may use a service of another namespace"},
	{cluster.KindAdminNetworkPolicy, read, nil, "spec", "whether a policy of the cluster's admins lets a connection pass"},
	{cluster.KindBaselineAdminNetworkPolicy, read, nil, "spec", "whether a connection passes that no other policy decides"},
	{cluster.KindClusterNetworkPolicy, read, nil, "spec", "whether a policy of the whole cluster lets a connection pass"},
	{cluster.KindPod, read, nil, "labels, addresses, node, ports, DNS settings, readiness; no environment",
		"every request from or to a pod"},
}

// namedConfigMaps are what detection reads. Everything else that ConfigMaps hold is none of our business.
var namedConfigMaps = []cluster.Key{
	// DNS: the Corefile, additions to it (k3s, AKS), the older kube-dns, the cache on every node.
	{Namespace: "kube-system", Name: "coredns"},
	{Namespace: "kube-system", Name: "coredns-custom"},
	{Namespace: "kube-system", Name: "kube-dns"},
	{Namespace: "kube-system", Name: "node-local-dns"},
	// What kubeadm, and EKS, say of kube-proxy, the kubelets and the ranges of addresses.
	{Namespace: "kube-system", Name: "kube-proxy"},
	{Namespace: "kube-system", Name: "kube-proxy-config"},
	{Namespace: "kube-system", Name: "kubelet-config"},
	{Namespace: "kube-system", Name: "kubeadm-config"},
	{Namespace: "kube-system", Name: "ip-masq-agent"},
	// Network plug-ins.
	{Namespace: "kube-system", Name: "cilium-config"},
	{Namespace: "kube-system", Name: "calico-config"},
	{Namespace: "kube-system", Name: "antrea-config"},
	{Namespace: "kube-system", Name: "amazon-vpc-cni"},
	{Namespace: "kube-system", Name: "kube-router-cfg"},
	{Namespace: "kube-system", Name: "kube-flannel-cfg"},
	{Namespace: "kube-flannel", Name: "kube-flannel-cfg"},
	// Ingress controllers.
	{Namespace: "ingress-nginx", Name: "ingress-nginx-controller"},
}

// AccessTo finds the row of a kind.
func AccessTo(kind cluster.Kind) (Access, bool) {
	for _, a := range Accesses {
		if a.Kind == kind {
			return a, true
		}
	}
	return Access{}, false
}

// allows reports whether the row holds the object.
func (a Access) allows(namespace, name string) bool {
	if len(a.Objects) == 0 {
		return true
	}
	for _, k := range a.Objects {
		if k.Namespace == namespace && k.Name == name {
			return true
		}
	}
	return false
}
