package worlds

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// Forwarded is the name of the service whose node port the router forwards to.
const Forwarded = "web-1"

func (g *generator) addService(number int) {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: g.Namespace, Name: fmt.Sprintf("web-%d", number)}}
	if number == 2 {
		s.Name = "headless"
	}
	s.Spec.Type = pick(g,
		corev1.ServiceTypeClusterIP, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeNodePort,
		corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeLoadBalancer)
	switch {
	case s.Name == Forwarded:
		s.Spec.Type = corev1.ServiceTypeNodePort
	case s.Name == "headless":
		s.Spec.Type, s.Spec.ClusterIP = corev1.ServiceTypeClusterIP, corev1.ClusterIPNone
	case number > 3 && g.chance(0.08):
		g.addAlias(s)
		return
	case g.chance(0.08):
		s.Spec.Type, s.Spec.ClusterIP = corev1.ServiceTypeClusterIP, corev1.ClusterIPNone
	}
	if g.chance(0.04) {
		s.Labels = map[string]string{"service.kubernetes.io/service-proxy-name": "another"}
	}
	g.addPorts(s)
	if s.Spec.ClusterIP != corev1.ClusterIPNone {
		g.addPolicies(s)
	}
	s.Spec.PublishNotReadyAddresses = g.chance(0.1)
	g.Services = append(g.Services, s)
	if g.chance(0.3) && s.Name != "headless" {
		g.addSlice(s)
		return
	}
	s.Spec.Selector = map[string]string{"app": pick(g, "a", "a", "b", "c", "nobody")}
	if s.Spec.ClusterIP != corev1.ClusterIPNone && g.chance(0.15) {
		s.Spec.TrafficDistribution = pick(g, ptr.To(corev1.ServiceTrafficDistributionPreferClose), ptr.To(corev1.ServiceTrafficDistributionPreferSameNode))
	}
}

// addAlias makes a service that is only another name: of a service, of nothing, or of a host in the Internet.
func (g *generator) addAlias(s *corev1.Service) {
	s.Spec.Type = corev1.ServiceTypeExternalName
	s.Spec.ExternalName = pick(g,
		Forwarded+"."+g.Namespace+".svc.cluster.local", "missing."+g.Namespace+".svc.cluster.local", "server.example.com")
	if g.chance(0.5) {
		s.Spec.Ports = []corev1.ServicePort{{Port: 80}}
	}
	g.Services = append(g.Services, s)
}

func (g *generator) addPorts(s *corev1.Service) {
	count := 1 + g.IntN(2)
	for i := range count {
		p := corev1.ServicePort{Port: pick(g, int32(80), 8080, 5000) + int32(i)}
		if count > 1 || g.chance(0.5) {
			p.Name = fmt.Sprintf("p%d", i)
		}
		p.TargetPort = pick(g, intstr.FromString("http"), intstr.FromString("http"), intstr.FromInt32(8080), intstr.FromInt32(9090),
			intstr.FromInt32(7070)) // on which nobody listens
		if i == 1 && g.chance(0.5) {
			p.Protocol, p.TargetPort = corev1.ProtocolUDP, pick(g, intstr.FromString("dns"), intstr.FromInt32(5353))
		}
		if s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer {
			g.nodePort++
			p.NodePort = g.nodePort
			if s.Name == Forwarded && i == 0 {
				p.NodePort, p.TargetPort = 30080, intstr.FromString("http")
			}
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
}

func (g *generator) addPolicies(s *corev1.Service) {
	local := func(share float64) bool { return g.chance(share) }
	if local(0.2) {
		s.Spec.InternalTrafficPolicy = ptr.To(corev1.ServiceInternalTrafficPolicyLocal)
	}
	if g.chance(0.1) {
		s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP
	}
	external := s.Spec.Type != corev1.ServiceTypeClusterIP
	if external && local(0.4) {
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
	}
	if g.chance(0.2) {
		if address := fmt.Sprintf("192.168.77.%d", 1+g.IntN(100)); g.claim(address) {
			s.Spec.ExternalIPs = []string{address}
			if !external && local(0.4) {
				s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
			}
		}
	}
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return
	}
	if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		// Given, since the API server would choose one that another service shall have.
		g.nodePort++
		s.Spec.HealthCheckNodePort = g.nodePort
	}
	if g.chance(0.3) {
		s.Spec.LoadBalancerSourceRanges = pick(g,
			[]string{"192.168.10.0/24"}, []string{"192.168.10.50/32"}, []string{"10.244.0.0/16"}, []string{"203.0.113.0/24"}, []string{"10.244.1.0/24", "192.168.10.0/24"})
	}
	if g.chance(0.1) {
		s.Spec.AllocateLoadBalancerNodePorts = ptr.To(false)
		for i := range s.Spec.Ports {
			s.Spec.Ports[i].NodePort = 0
		}
	}
	if address := fmt.Sprintf("192.168.77.%d", 101+g.IntN(150)); g.chance(0.9) && g.claim(address) {
		g.Addresses[s.Name] = []corev1.LoadBalancerIngress{{IP: address}}
	}
}

func (g *generator) claim(address string) bool {
	if g.taken[address] {
		return false
	}
	g.taken[address] = true
	return true
}

// addSlice writes endpoints as no controller does: ports that do not fit, conditions of any kind, hints.
func (g *generator) addSlice(s *corev1.Service) {
	out := &Slice{EndpointSlice: &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: g.Namespace, Name: s.Name + "-written", Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}}
	for _, p := range s.Spec.Ports {
		name, protocol, port := p.Name, p.Protocol, int32(8080)
		if p.Protocol == corev1.ProtocolUDP {
			port = 5353
		} else if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		if g.chance(0.1) {
			name = fmt.Sprintf("other-%d", len(out.Ports))
		}
		out.Ports = append(out.Ports, discoveryv1.EndpointPort{Name: &name, Protocol: &protocol, Port: &port})
	}
	hints := g.IntN(3)
	for _, p := range g.Pods {
		if p.HostNetwork || !g.chance(0.4) {
			continue
		}
		e := discoveryv1.Endpoint{}
		switch g.IntN(5) {
		case 0:
			e.Conditions.Ready = ptr.To(false)
		case 1:
			e.Conditions = discoveryv1.EndpointConditions{Ready: ptr.To(false), Serving: ptr.To(g.chance(0.7)), Terminating: ptr.To(true)}
		case 2:
			e.Conditions = discoveryv1.EndpointConditions{Ready: ptr.To(true), Serving: ptr.To(true), Terminating: ptr.To(false)}
		}
		if hints > 0 {
			e.Hints = &discoveryv1.EndpointHints{ForZones: []discoveryv1.ForZone{{Name: pick(g, "lab-a", "lab-b")}}}
		}
		if hints == 2 {
			e.Hints.ForNodes = []discoveryv1.ForNode{{Name: fmt.Sprintf("node-%d", 1+g.IntN(g.nodes))}}
		}
		out.Of = append(out.Of, p)
		out.Endpoints = append(out.Endpoints, e)
	}
	g.Slices = append(g.Slices, out)
}
