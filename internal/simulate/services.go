package simulate

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The default range of node ports (k8s.io/kubernetes pkg/kubeapiserver/options).
const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// services gives services their addresses and node ports, and writes load balancers' addresses.
func (s *settling) services() {
	s.addKubernetesService()
	all := list[*corev1.Service](s, cluster.KindService)
	used, ports := map[netip.Addr]bool{}, map[int32]bool{}
	for _, svc := range all {
		for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
			if a, ok := cluster.ParseAddr(text); ok {
				used[a] = true
			}
		}
		for _, p := range svc.Spec.Ports {
			ports[p.NodePort] = true
		}
		ports[svc.Spec.HealthCheckNodePort] = true
	}
	for _, svc := range all {
		s.clusterIPs(svc, used)
		s.nodePorts(svc, ports)
		s.loadBalancer(svc)
	}
}

// addKubernetesService adds the service of the API server, which has the first address of the range
// (k8s.io/kubernetes pkg/controlplane/controller/kubernetesservice).
func (s *settling) addKubernetesService() {
	svc := &corev1.Service{}
	svc.Namespace, svc.Name = "default", "kubernetes"
	svc.Labels = map[string]string{"component": "apiserver", "provider": "kubernetes"}
	svc.Spec.ClusterIP = at(s.ranges.services[0], 1).String()
	svc.Spec.Ports = []corev1.ServicePort{{Name: "https", Port: 443, Protocol: corev1.ProtocolTCP, TargetPort: intstr.FromInt32(6443)}}
	defaultService(svc)
	s.addressed(svc, at(s.ranges.services[0], 1))
	s.make(svc)
}

func (s *settling) clusterIPs(svc *corev1.Service, used map[netip.Addr]bool) {
	spec := &svc.Spec
	if spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	if spec.ClusterIP == "" && len(spec.ClusterIPs) > 0 {
		spec.ClusterIP = spec.ClusterIPs[0]
	}
	first := corev1.IPv4Protocol
	if !s.ranges.services[0].Addr().Is4() {
		first = corev1.IPv6Protocol
	}
	if a, ok := cluster.ParseAddr(spec.ClusterIP); ok && len(spec.IPFamilies) == 0 {
		if first = corev1.IPv4Protocol; a.Is6() {
			first = corev1.IPv6Protocol
		}
	}
	if spec.IPFamilyPolicy == nil {
		policy := corev1.IPFamilyPolicySingleStack
		if len(spec.IPFamilies) > 1 || len(spec.ClusterIPs) > 1 {
			policy = corev1.IPFamilyPolicyRequireDualStack
		} else if spec.ClusterIP == corev1.ClusterIPNone && len(spec.Selector) == 0 {
			policy = corev1.IPFamilyPolicyRequireDualStack // a headless service without selector: the API server's choice
		}
		spec.IPFamilyPolicy = &policy
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []corev1.IPFamily{first}
	}
	if *spec.IPFamilyPolicy != corev1.IPFamilyPolicySingleStack && len(spec.IPFamilies) == 1 &&
		(len(s.ranges.services) > 1 || spec.ClusterIP == corev1.ClusterIPNone && len(spec.Selector) == 0) {
		other := corev1.IPv6Protocol
		if spec.IPFamilies[0] == corev1.IPv6Protocol {
			other = corev1.IPv4Protocol
		}
		spec.IPFamilies = append(spec.IPFamilies, other)
	}
	if spec.ClusterIP == corev1.ClusterIPNone {
		spec.ClusterIPs = []string{corev1.ClusterIPNone}
		return
	}
	key := cluster.Key{Namespace: svc.Namespace, Name: svc.Name}
	if spec.ClusterIP == "" {
		had := s.m.services[key]
		for i, family := range spec.IPFamilies {
			var a netip.Addr
			if i < len(had) && !used[had[i]] && had[i].Is4() == (family == corev1.IPv4Protocol) {
				a = had[i]
			} else {
				a = s.serviceAddr(key, family, used)
			}
			if !a.IsValid() {
				continue
			}
			used[a] = true
			spec.ClusterIPs = append(spec.ClusterIPs, a.String())
			s.addressed(svc, a)
		}
		if len(spec.ClusterIPs) > 0 {
			spec.ClusterIP = spec.ClusterIPs[0]
		}
	}
	if len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	s.m.services[key] = nil
	for _, text := range spec.ClusterIPs {
		if a, ok := cluster.ParseAddr(text); ok {
			s.m.services[key] = append(s.m.services[key], a)
		}
	}
}

// serviceAddr takes an address of the upper part of the range, which is where the API server takes those nobody asked
// for by number (k8s.io/kubernetes pkg/registry/core/service/ipallocator: the lower part is left to static ones). Which
// one depends on the service's name alone, as long as it is free.
func (s *settling) serviceAddr(key cluster.Key, family corev1.IPFamily, used map[netip.Addr]bool) netip.Addr {
	for _, r := range s.ranges.services {
		if r.Addr().Is4() != (family == corev1.IPv4Protocol) {
			continue
		}
		n := size(r)
		low := min(max(16, n/16), 256)
		if n <= low+2 {
			low = 1
		}
		span := n - low - 1
		if span == 0 {
			continue
		}
		start := draw("service", key.Namespace, key.Name) % span
		for i := range min(span, 1<<12) {
			if a := at(r, low+(start+i)%span); !used[a] {
				return a
			}
		}
	}
	return netip.Addr{}
}

func (s *settling) nodePorts(svc *corev1.Service, used map[int32]bool) {
	spec := &svc.Spec
	wants := spec.Type == corev1.ServiceTypeNodePort ||
		spec.Type == corev1.ServiceTypeLoadBalancer && (spec.AllocateLoadBalancerNodePorts == nil || *spec.AllocateLoadBalancerNodePorts)
	if !wants {
		return
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		if p.NodePort == 0 {
			p.NodePort = s.nodePort(portKey{svc.Namespace, svc.Name, p.Name + "/" + string(p.Protocol)}, used)
			s.annotate(svc, cluster.AnnotationAddressed, fmt.Sprint(p.NodePort))
		}
	}
	if spec.Type == corev1.ServiceTypeLoadBalancer && spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && spec.HealthCheckNodePort == 0 {
		spec.HealthCheckNodePort = s.nodePort(portKey{svc.Namespace, svc.Name, "health check"}, used)
		s.annotate(svc, cluster.AnnotationAddressed, fmt.Sprint(spec.HealthCheckNodePort))
	}
}

func (s *settling) nodePort(key portKey, used map[int32]bool) int32 {
	const span = lastNodePort - firstNodePort + 1
	if had := s.m.ports[key]; had != 0 && !used[had] {
		used[had] = true
		return had
	}
	start := int32(draw("node port", key.namespace, key.service, key.port) % span)
	for i := range int32(span) {
		port := firstNodePort + (start+i)%span
		if !used[port] {
			used[port] = true
			s.m.ports[key] = port
			return port
		}
	}
	return 0
}

// loadBalancer writes the addresses that the surroundings know; without any the service stays pending, as it does in a
// cluster that no provider serves.
func (s *settling) loadBalancer(svc *corev1.Service) {
	if svc.Spec.Type != corev1.ServiceTypeLoadBalancer || len(svc.Status.LoadBalancer.Ingress) > 0 {
		return
	}
	for _, lb := range s.Surroundings.LoadBalancers {
		if lb.Service != svc.Namespace+"/"+svc.Name {
			continue
		}
		for _, a := range lb.Addresses {
			vip := corev1.LoadBalancerIPModeVIP
			svc.Status.LoadBalancer.Ingress = append(svc.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: a.String(), IPMode: &vip})
		}
	}
}
