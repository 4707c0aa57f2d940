package simulate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// defaults fills in what the API server writes into every object on creation, as far as a request can meet it
// (k8s.io/kubernetes pkg/apis/*/v1/defaults.go).
func (s *settling) defaults() {
	for ref, o := range s.objects {
		if r, ok := cluster.ResourceOf(ref.Kind); ok && r.Namespaced && ref.Namespace == "" {
			delete(s.objects, ref)
			given := s.given[ref]
			delete(s.given, ref)
			ref.Namespace = "default"
			o.SetNamespace("default")
			s.objects[ref], s.given[ref] = o, given
		}
	}
	defaultClass := s.defaultIngressClass()
	for _, o := range s.objects {
		switch o := o.(type) {
		case *corev1.Service:
			defaultService(o)
		case *corev1.Pod:
			defaultPodSpec(&o.Spec)
		case *appsv1.Deployment:
			o.Spec.Replicas = orOne(o.Spec.Replicas)
			defaultPodSpec(&o.Spec.Template.Spec)
			o.Spec.Selector = orTemplateLabels(o.Spec.Selector, o.Spec.Template.Labels)
		case *appsv1.ReplicaSet:
			o.Spec.Replicas = orOne(o.Spec.Replicas)
			defaultPodSpec(&o.Spec.Template.Spec)
			o.Spec.Selector = orTemplateLabels(o.Spec.Selector, o.Spec.Template.Labels)
		case *appsv1.StatefulSet:
			o.Spec.Replicas = orOne(o.Spec.Replicas)
			defaultPodSpec(&o.Spec.Template.Spec)
			o.Spec.Selector = orTemplateLabels(o.Spec.Selector, o.Spec.Template.Labels)
		case *appsv1.DaemonSet:
			defaultPodSpec(&o.Spec.Template.Spec)
			o.Spec.Selector = orTemplateLabels(o.Spec.Selector, o.Spec.Template.Labels)
		case *batchv1.Job:
			o.Spec.Completions = orOne(o.Spec.Completions)
			defaultPodSpec(&o.Spec.Template.Spec)
		case *networkingv1.NetworkPolicy:
			defaultPolicy(o)
		case *networkingv1.Ingress:
			if o.Spec.IngressClassName == nil && o.Annotations["kubernetes.io/ingress.class"] == "" {
				o.Spec.IngressClassName = defaultClass
			}
		case *discoveryv1.EndpointSlice:
			defaultSlice(o)
		}
	}
}

func defaultService(svc *corev1.Service) {
	spec := &svc.Spec
	if spec.Type == "" {
		spec.Type = corev1.ServiceTypeClusterIP
	}
	if spec.SessionAffinity == "" {
		spec.SessionAffinity = corev1.ServiceAffinityNone
	}
	if spec.SessionAffinity == corev1.ServiceAffinityClientIP && spec.SessionAffinityConfig == nil {
		seconds := int32(corev1.DefaultClientIPServiceAffinitySeconds)
		spec.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: &seconds}}
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		if p.Protocol == "" {
			p.Protocol = corev1.ProtocolTCP
		}
		if p.TargetPort == intstr.FromInt32(0) || p.TargetPort == intstr.FromString("") {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
	if spec.Type != corev1.ServiceTypeExternalName && spec.InternalTrafficPolicy == nil {
		policy := corev1.ServiceInternalTrafficPolicyCluster
		spec.InternalTrafficPolicy = &policy
	}
	external := spec.Type == corev1.ServiceTypeNodePort || spec.Type == corev1.ServiceTypeLoadBalancer
	if (external || len(spec.ExternalIPs) > 0) && spec.ExternalTrafficPolicy == "" {
		spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster
	}
	if spec.Type == corev1.ServiceTypeLoadBalancer && spec.AllocateLoadBalancerNodePorts == nil {
		yes := true
		spec.AllocateLoadBalancerNodePorts = &yes
	}
}

func defaultPodSpec(spec *corev1.PodSpec) {
	if spec.DNSPolicy == "" {
		spec.DNSPolicy = corev1.DNSClusterFirst
	}
	if spec.RestartPolicy == "" {
		spec.RestartPolicy = corev1.RestartPolicyAlways
	}
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			for j := range containers[i].Ports {
				p := &containers[i].Ports[j]
				if p.Protocol == "" {
					p.Protocol = corev1.ProtocolTCP
				}
				if spec.HostNetwork && p.HostPort == 0 {
					p.HostPort = p.ContainerPort
				}
			}
		}
	}
}

func defaultPolicy(p *networkingv1.NetworkPolicy) {
	if len(p.Spec.PolicyTypes) == 0 {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	tcp := corev1.ProtocolTCP
	ports := func(list []networkingv1.NetworkPolicyPort) {
		for i := range list {
			if list[i].Protocol == nil {
				list[i].Protocol = &tcp
			}
		}
	}
	for i := range p.Spec.Ingress {
		ports(p.Spec.Ingress[i].Ports)
	}
	for i := range p.Spec.Egress {
		ports(p.Spec.Egress[i].Ports)
	}
}

func defaultSlice(slice *discoveryv1.EndpointSlice) {
	if slice.AddressType == "" { // the API server would not have taken it
		slice.AddressType = typeOf(slice.Endpoints)
	}
	empty, tcp := "", corev1.ProtocolTCP
	for i := range slice.Ports {
		p := &slice.Ports[i]
		if p.Name == nil {
			p.Name = &empty
		}
		if p.Protocol == nil {
			p.Protocol = &tcp
		}
	}
}

// typeOf is the type of the first address.
func typeOf(endpoints []discoveryv1.Endpoint) discoveryv1.AddressType {
	for _, e := range endpoints {
		if len(e.Addresses) == 0 {
			continue
		}
		switch a, ok := cluster.ParseAddr(e.Addresses[0]); {
		case !ok:
			return discoveryv1.AddressTypeFQDN
		case a.Is6():
			return discoveryv1.AddressTypeIPv6
		}
		return discoveryv1.AddressTypeIPv4
	}
	return discoveryv1.AddressTypeIPv4
}

// defaultIngressClass is the class that admission writes into an Ingress without one: the newest default class, the
// first by name among equals (k8s.io/kubernetes plugin/pkg/admission/network/defaultingressclass).
func (s *settling) defaultIngressClass() *string {
	var best *networkingv1.IngressClass
	for _, c := range list[*networkingv1.IngressClass](s, cluster.KindIngressClass) {
		if c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] != "true" {
			continue
		}
		if best == nil || c.CreationTimestamp.After(best.CreationTimestamp.Time) {
			best = c
		}
	}
	if best == nil {
		return nil
	}
	return &best.Name
}

func orOne(n *int32) *int32 {
	if n == nil {
		one := int32(1)
		return &one
	}
	return n
}

// orTemplateLabels forgives a missing selector: the API server would refuse the object, and a problem says so, but what
// is meant is clear.
func orTemplateLabels(selector *metav1.LabelSelector, labels map[string]string) *metav1.LabelSelector {
	if selector == nil {
		return &metav1.LabelSelector{MatchLabels: labels}
	}
	return selector
}
