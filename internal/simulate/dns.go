package simulate

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Corefile is what kubeadm writes into the ConfigMap coredns of a cluster whose domain is cluster.local
// (k8s.io/kubernetes cmd/kubeadm/app/phases/addons/dns).
const Corefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

// addDNS adds the cluster DNS that kubeadm installs. Files with nodes or with a DNS of their own describe a whole
// cluster: nothing is added to those.
func (s *settling) addDNS() {
	for ref := range s.objects {
		switch {
		case ref.Kind == cluster.KindNode,
			ref.Kind == cluster.KindService && ref.Namespace == "kube-system" && ref.Name == "kube-dns",
			ref.Kind == cluster.KindConfigMap && ref.Namespace == "kube-system" && ref.Name == "coredns":
			return
		}
	}
	labels := map[string]string{"k8s-app": "kube-dns"}
	svc := &corev1.Service{}
	svc.Namespace, svc.Name = "kube-system", "kube-dns"
	svc.Labels = map[string]string{"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
	svc.Spec.ClusterIP = at(s.ranges.services[0], 10).String()
	svc.Spec.Selector = labels
	for _, p := range []struct {
		name     string
		port     int32
		protocol corev1.Protocol
	}{{"dns", 53, corev1.ProtocolUDP}, {"dns-tcp", 53, corev1.ProtocolTCP}, {"metrics", 9153, corev1.ProtocolTCP}} {
		svc.Spec.Ports = append(svc.Spec.Ports, corev1.ServicePort{
			Name: p.name, Port: p.port, Protocol: p.protocol, TargetPort: intstr.FromInt32(p.port),
		})
	}
	defaultService(svc)

	config := &corev1.ConfigMap{Data: map[string]string{"Corefile": Corefile}}
	config.Namespace, config.Name = "kube-system", "coredns"

	d := &appsv1.Deployment{}
	d.Namespace, d.Name, d.Labels = "kube-system", "coredns", labels
	replicas := int32(2)
	d.Spec.Replicas = &replicas
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.DNSPolicy = corev1.DNSDefault
	d.Spec.Template.Spec.Containers = []corev1.Container{{
		Name: "coredns", Image: "registry.k8s.io/coredns/coredns:v1.12.1", Args: []string{"-conf", "/etc/coredns/Corefile"},
		Ports: []corev1.ContainerPort{
			{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP},
			{Name: "dns-tcp", ContainerPort: 53, Protocol: corev1.ProtocolTCP},
			{Name: "metrics", ContainerPort: 9153, Protocol: corev1.ProtocolTCP},
		},
		ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromInt32(8181)}}},
	}}
	defaultPodSpec(&d.Spec.Template.Spec)
	s.make(svc)
	s.make(config)
	s.make(d)
}
