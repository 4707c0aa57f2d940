package fill

import (
	"fmt"
	"hash/fnv"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

const (
	labelApp       = "app.kubernetes.io/name"
	labelVersion   = "app.kubernetes.io/version"
	labelManagedBy = "app.kubernetes.io/managed-by"
	ingressClass   = "nginx"
)

func (w *workload) labels() map[string]string {
	return map[string]string{labelApp: w.app, labelVersion: w.version, "app.kubernetes.io/instance": w.name, labelManagedBy: "Helm"}
}

// hash is any name for the pod template; the Deployment controller recognises its ReplicaSet by the template itself.
func (w *workload) hash() string {
	h := fnv.New32a()
	fmt.Fprint(h, w.namespace, "/", w.name)
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

func (w *workload) template() corev1.PodTemplateSpec {
	probe := func(path string) *corev1.Probe {
		return &corev1.Probe{
			ProbeHandler:     corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}},
			PeriodSeconds:    10,
			TimeoutSeconds:   1,
			FailureThreshold: 3,
		}
	}
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{
			Labels:      w.labels(),
			Annotations: map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": "9090"},
		},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{
				Name:  "app",
				Image: "registry.example.com/" + w.app + ":" + w.version,
				Ports: []corev1.ContainerPort{
					{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP},
					{Name: "metrics", ContainerPort: 9090, Protocol: corev1.ProtocolTCP},
				},
				Env: []corev1.EnvVar{
					{Name: "LOG_LEVEL", Value: "info"},
					{Name: "POD_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
				},
				Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m"), corev1.ResourceMemory: resource.MustParse("64Mi")},
					Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("128Mi")},
				},
				ReadinessProbe: probe("/ready"),
				LivenessProbe:  probe("/live"),
			}},
			TerminationGracePeriodSeconds: ptr.To[int64](30),
		},
	}
}

func (w *workload) deployment() *appsv1.Deployment {
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   w.namespace,
			Name:        w.name,
			Labels:      w.labels(),
			Annotations: map[string]string{"deployment.kubernetes.io/revision": "1"},
		},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(w.replicas)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/instance": w.name}},
			Template: w.template(),
		},
	}
}

func (w *workload) replicaSet(owner *appsv1.Deployment) *appsv1.ReplicaSet {
	template := w.template()
	template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = w.hash()
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.namespace,
			Name:      w.name + "-" + w.hash(),
			Labels:    template.Labels,
			Annotations: map[string]string{
				"deployment.kubernetes.io/revision":         "1",
				"deployment.kubernetes.io/desired-replicas": strconv.Itoa(w.replicas),
				"deployment.kubernetes.io/max-replicas":     strconv.Itoa(w.replicas + (w.replicas+3)/4),
			},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: ptr.To(int32(w.replicas)),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{
				"app.kubernetes.io/instance":           w.name,
				appsv1.DefaultDeploymentUniqueLabelKey: w.hash(),
			}},
			Template: template,
		},
	}
}

// suffix names the i-th pod of a ReplicaSet with the letters that Kubernetes uses.
func suffix(i int) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	// Spread over all suffixes, as random ones are; the factor and 27 have no common divisor, so none comes twice.
	n := (i*1_234_577 + 7) % (27 * 27 * 27 * 27 * 27)
	b := make([]byte, 5)
	for k := range b {
		b[k] = letters[n%27]
		n /= 27
	}
	return string(b)
}

func (s *service) object(i int) *corev1.Service {
	out := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.namespace,
			Name:      s.name,
			Labels:    map[string]string{labelApp: s.name, labelManagedBy: "Helm"},
		},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{labelApp: s.app},
			Ports: []corev1.ServicePort{
				{Name: "http", Port: 80, TargetPort: intstr.FromString("http"), Protocol: corev1.ProtocolTCP},
				{Name: "metrics", Port: 9090, TargetPort: intstr.FromInt32(9090), Protocol: corev1.ProtocolTCP},
			},
		},
	}
	switch s.kind {
	case headless:
		out.Spec.ClusterIP = corev1.ClusterIPNone
	case nodePort:
		out.Spec.Type = corev1.ServiceTypeNodePort
	case loadBalancer, pendingLoadBalancer:
		out.Spec.Type = corev1.ServiceTypeLoadBalancer
		if i%3 == 0 {
			out.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		}
	}
	return out
}

// externalAddress is the i-th load balancer's, from a network that is reserved for documentation.
func externalAddress(i int) string { return fmt.Sprintf("203.0.113.%d", 1+i%254) }

func policies(p *plan) []*networkingv1.NetworkPolicy {
	var all []*networkingv1.NetworkPolicy
	for i, namespace := range p.namespaces {
		if i%3 == 0 {
			all = append(all, &networkingv1.NetworkPolicy{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default-deny"},
				Spec:       networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}},
			})
		}
	}
	for i, s := range p.services {
		if i%4 != 0 {
			continue
		}
		// The service after it may call it, and so may all that is in a namespace for ingress controllers.
		caller := p.services[(i+len(p.namespaces))%len(p.services)]
		all = append(all, &networkingv1.NetworkPolicy{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: s.name},
			Spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{labelApp: s.app}},
				PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
				Ingress: []networkingv1.NetworkPolicyIngressRule{{
					From: []networkingv1.NetworkPolicyPeer{
						{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{labelApp: caller.app}}},
						{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: "ingress-nginx"}}},
					},
					Ports: []networkingv1.NetworkPolicyPort{{Port: ptr.To(intstr.FromString("http"))}},
				}},
			},
		})
	}
	return all
}

func ingresses(p *plan) []*networkingv1.Ingress {
	var all []*networkingv1.Ingress
	for i := 0; i < len(p.services); i += 10 {
		s := p.services[i]
		rule := func(host, path, service string) networkingv1.IngressRule {
			return networkingv1.IngressRule{
				Host: host,
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{{
						Path: path, PathType: ptr.To(networkingv1.PathTypePrefix),
						Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
							Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"},
						}},
					}},
				}},
			}
		}
		ingress := &networkingv1.Ingress{
			ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: s.name},
			Spec: networkingv1.IngressSpec{
				IngressClassName: ptr.To(ingressClass),
				Rules:            []networkingv1.IngressRule{rule(s.name+".example.com", "/", s.name)},
			},
		}
		// A second host leads to another service of the same namespace, where there is one.
		if next := i + len(p.namespaces); next < len(p.services) {
			ingress.Spec.Rules = append(ingress.Spec.Rules, rule("www.example.com", "/"+s.name, p.services[next].name))
		}
		all = append(all, ingress)
	}
	return all
}

func class() *networkingv1.IngressClass {
	return &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: ingressClass, Annotations: map[string]string{networkingv1.AnnotationIsDefaultIngressClass: "true"}},
		Spec:       networkingv1.IngressClassSpec{Controller: "k8s.io/ingress-nginx"},
	}
}
