package simulate

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

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

// addDNS adds the cluster DNS that kubeadm installs, where the objects bring none of their own: hardly a cluster is without,
// and who may not reach it finds no name. A Corefile or the kubelets' configuration that came stays.
func (s *settling) addDNS() {
	for _, o := range s.objects {
		if bringsDNS(o) {
			return
		}
	}
	labels := map[string]string{"k8s-app": "kube-dns"}
	svc := &corev1.Service{}
	svc.Namespace, svc.Name = "kube-system", "kube-dns"
	svc.Labels = map[string]string{"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
	svc.Spec.ClusterIP = s.dnsAddress()
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
	d.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}} // it runs wherever it can
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

// bringsDNS reports whether an object is part of a cluster DNS, by the names and labels that installers give it.
func bringsDNS(o cluster.Object) bool {
	named := func(name string, labels map[string]string) bool {
		app := labels["k8s-app"]
		return app == "kube-dns" || app == "coredns" || app == "node-local-dns" || labels["app.kubernetes.io/name"] == "coredns" ||
			strings.Contains(name, "coredns") || name == "kube-dns"
	}
	switch o := o.(type) {
	case *corev1.Service:
		return named(o.Name, o.Labels) || named("", o.Spec.Selector) || o.Namespace == "openshift-dns"
	case *corev1.Pod:
		return o.Namespace != "default" && named(o.Name, o.Labels)
	case *appsv1.Deployment:
		return named(o.Name, o.Spec.Template.Labels)
	case *appsv1.DaemonSet:
		return named(o.Name, o.Spec.Template.Labels) || o.Namespace == "openshift-dns"
	}
	return false
}

// dnsAddress is the address that the kubelets give to their pods, the tenth of the services' range where nothing says so.
func (s *settling) dnsAddress() string {
	tenth := at(s.ranges.services[0], 10)
	cm, ok := s.objects[cluster.Ref{Kind: cluster.KindConfigMap, Namespace: "kube-system", Name: "kubelet-config"}].(*corev1.ConfigMap)
	if !ok {
		return tenth.String()
	}
	var kubelet struct {
		ClusterDNS []string `json:"clusterDNS"`
	}
	if err := yaml.Unmarshal([]byte(cm.Data["kubelet"]), &kubelet); err != nil || len(kubelet.ClusterDNS) == 0 {
		return tenth.String()
	}
	if a, ok := cluster.ParseAddr(kubelet.ClusterDNS[0]); ok && !a.IsLinkLocalUnicast() {
		return a.String()
	}
	return tenth.String()
}
