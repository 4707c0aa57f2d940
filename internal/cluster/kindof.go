package cluster

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// KindOf is the kind of an object, empty for kinds that are not kept. Objects from client-go carry no kind of their
// own, so the Go type decides.
func KindOf(o Object) Kind {
	switch o := o.(type) {
	case *corev1.Namespace:
		return KindNamespace
	case *corev1.Node:
		return KindNode
	case *corev1.Pod:
		return KindPod
	case *corev1.Service:
		return KindService
	case *discoveryv1.EndpointSlice:
		return KindEndpointSlice
	case *networkingv1.Ingress:
		return KindIngress
	case *networkingv1.IngressClass:
		return KindIngressClass
	case *networkingv1.NetworkPolicy:
		return KindNetworkPolicy
	case *networkingv1.ServiceCIDR:
		return KindServiceCIDR
	case *corev1.ConfigMap:
		return KindConfigMap
	case *appsv1.Deployment:
		return KindDeployment
	case *appsv1.ReplicaSet:
		return KindReplicaSet
	case *appsv1.StatefulSet:
		return KindStatefulSet
	case *appsv1.DaemonSet:
		return KindDaemonSet
	case *batchv1.Job:
		return KindJob
	case *gatewayv1.GatewayClass:
		return KindGatewayClass
	case *gatewayv1.Gateway:
		return KindGateway
	case *gatewayv1.HTTPRoute:
		return KindHTTPRoute
	case *gatewayv1.GRPCRoute:
		return KindGRPCRoute
	case *gatewayv1.ReferenceGrant:
		return KindReferenceGrant
	case *policyv1alpha1.AdminNetworkPolicy:
		return KindAdminNetworkPolicy
	case *policyv1alpha1.BaselineAdminNetworkPolicy:
		return KindBaselineAdminNetworkPolicy
	case *policyv1alpha2.ClusterNetworkPolicy:
		return KindClusterNetworkPolicy
	case *v1.PartialObjectMetadata:
		if o.Kind == string(KindCRD) {
			return KindCRD
		}
	}
	return ""
}
