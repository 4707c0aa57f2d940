package service

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// LabelProxyName keeps a service away from kube-proxy (pkg/proxy/apis well_known_labels.go).
const LabelProxyName = "service.kubernetes.io/service-proxy-name"

// clusterIP is the service's cluster IP of a family, invalid if it has none. A service without spec.clusterIPs (an old
// object, a hand-written file) has the one of spec.clusterIP.
func clusterIP(svc *corev1.Service, v6 bool) netip.Addr {
	for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
		if a, ok := cluster.ParseAddr(text); ok && a.Is6() == v6 {
			return a
		}
	}
	return netip.Addr{}
}

// proxied says whether kube-proxy looks at a service, and if not, why.
func proxied(svc *corev1.Service) (bool, string) {
	switch {
	case svc.Spec.Type == corev1.ServiceTypeExternalName:
		return false, words.Say("service.external-name")
	case svc.Spec.ClusterIP == corev1.ClusterIPNone:
		return false, words.Say("service.headless")
	}
	if name, ok := svc.Labels[LabelProxyName]; ok {
		return false, words.Say("service.other-proxy", LabelProxyName, name)
	}
	return true, ""
}

func parseAddrs(texts []string, v6 bool) []netip.Addr {
	var out []netip.Addr
	for _, t := range texts {
		if a, ok := cluster.ParseAddr(t); ok && a.Is6() == v6 {
			out = append(out, a)
		}
	}
	return out
}

// loadBalancerVIPs are the load-balancer addresses for which kube-proxy makes rules: those whose ipMode is VIP or absent.
func loadBalancerVIPs(svc *corev1.Service, v6 bool) []netip.Addr {
	var out []netip.Addr
	for _, i := range svc.Status.LoadBalancer.Ingress {
		if i.IPMode != nil && *i.IPMode != corev1.LoadBalancerIPModeVIP {
			continue
		}
		out = append(out, parseAddrs([]string{i.IP}, v6)...)
	}
	return out
}

// sourceRanges are a service's load-balancer source ranges of a family. A range of all addresses is no restriction, and
// ranges of the other family only are none either (pkg/proxy/serviceport.go newBaseServiceInfo).
func sourceRanges(svc *corev1.Service, v6 bool) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range svc.Spec.LoadBalancerSourceRanges {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || p.Addr().Is6() != v6 {
			continue
		}
		if p.Bits() == 0 {
			return nil
		}
		out = append(out, p)
	}
	return out
}

func policiesOf(svc *corev1.Service, port *corev1.ServicePort, v6 bool) policies {
	external := port.NodePort != 0 || len(loadBalancerVIPs(svc, v6)) > 0 || len(parseAddrs(svc.Spec.ExternalIPs, v6)) > 0
	p := policies{external: external}
	if t := svc.Spec.InternalTrafficPolicy; t != nil && *t == corev1.ServiceInternalTrafficPolicyLocal {
		p.internalLocal = true
	}
	// Without an external address of its own the field means nothing (pkg/api/v1/service ExternallyAccessible).
	accessible := svc.Spec.Type == corev1.ServiceTypeLoadBalancer || svc.Spec.Type == corev1.ServiceTypeNodePort ||
		svc.Spec.Type == corev1.ServiceTypeClusterIP && len(svc.Spec.ExternalIPs) > 0 || svc.Spec.Type == "" && len(svc.Spec.ExternalIPs) > 0
	p.externalLocal = accessible && svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
	return p
}

// affinity is the session affinity in seconds, 0 without.
func affinity(svc *corev1.Service) int32 {
	if svc.Spec.SessionAffinity != corev1.ServiceAffinityClientIP {
		return 0
	}
	if c := svc.Spec.SessionAffinityConfig; c != nil && c.ClientIP != nil && c.ClientIP.TimeoutSeconds != nil {
		return *c.ClientIP.TimeoutSeconds
	}
	return corev1.DefaultClientIPServiceAffinitySeconds
}

// portName is how kube-proxy writes a service port: namespace/name:port, without the colon where the port has no name.
func portName(svc *corev1.Service, port *corev1.ServicePort) string {
	s := svc.Namespace + "/" + svc.Name
	if port.Name != "" {
		s += ":" + port.Name
	}
	return s
}

// match is a service port that a packet's destination belongs to.
type match struct {
	svc  *corev1.Service
	port *corev1.ServicePort // nil: the service has the address, but not the port
	via  Via
}

// owners finds the services whose cluster IP, external IP or load-balancer address the packet goes to. The first match
// with a port decides; owners without one say that the address is taken.
func owners(view *cluster.View, p *Packet) (found []match, tried []Tried, lost []match) {
	addr := p.Dst.Addr()
	v6 := addr.Is6()
	for _, svc := range view.ServicesWithAddr(addr) {
		ref := cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
		via := ViaLoadBalancer
		switch {
		case clusterIP(svc, v6) == addr || slices.Contains(parseAddrs(svc.Spec.ClusterIPs, v6), addr):
			via = ViaClusterIP
		case slices.Contains(parseAddrs(svc.Spec.ExternalIPs, v6), addr):
			via = ViaExternalIP
		}
		if ok, why := proxied(svc); !ok {
			tried = append(tried, Tried{ref, why})
			lost = append(lost, match{svc: svc, via: via})
			continue
		}
		if !clusterIP(svc, v6).IsValid() {
			// kube-proxy keeps services by family and skips those without a cluster IP of it.
			tried = append(tried, Tried{ref, words.Say("service.no-family")})
			lost = append(lost, match{svc: svc, via: via})
			continue
		}
		if via == ViaLoadBalancer && !slices.Contains(loadBalancerVIPs(svc, v6), addr) {
			tried = append(tried, Tried{ref, words.Say("service.ip-mode-proxy")})
			lost = append(lost, match{svc: svc, via: via})
			continue
		}
		m := match{svc: svc, via: via}
		if !p.ICMP {
			for i := range svc.Spec.Ports {
				port := &svc.Spec.Ports[i]
				if port.Port == int32(p.Dst.Port()) && protocolOf(port.Protocol) == p.Protocol {
					m.port = port
				}
			}
		}
		if m.port == nil {
			tried = append(tried, Tried{ref, words.Say("service.has-only", wanted(p), portList(svc))})
		}
		found = append(found, m)
	}
	slices.SortStableFunc(found, func(a, b match) int {
		return cmp.Compare(boolInt(a.port == nil), boolInt(b.port == nil))
	})
	return found, tried, lost
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func wanted(p *Packet) string {
	if p.ICMP {
		return words.Say("service.for-icmp")
	}
	return fmt.Sprintf("%d/%s", p.Dst.Port(), p.Protocol)
}

func portList(svc *corev1.Service) string {
	var out []string
	for _, p := range svc.Spec.Ports {
		out = append(out, fmt.Sprintf("%d/%s", p.Port, protocolOf(p.Protocol)))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// nodePortOwner finds the service port that has a node port: the first by namespace and name.
func nodePortOwner(view *cluster.View, port int32, protocol corev1.Protocol, v6 bool) *match {
	if port == 0 {
		return nil
	}
	index := view.Derived(cluster.KindService, nodePortsKey{}, func(list []cluster.Object) any { return nodePorts(list) }).(map[portOfNodes]*match)
	if m := index[portOfNodes{port, protocol, v6}]; m != nil {
		found := *m
		return &found
	}
	return nil
}

type nodePortsKey struct{}

type portOfNodes struct {
	port     int32
	protocol corev1.Protocol
	v6       bool
}

// nodePorts finds services by the ports of nodes that they take.
func nodePorts(list []cluster.Object) map[portOfNodes]*match {
	out := map[portOfNodes]*match{}
	put := func(key portOfNodes, m match) {
		if out[key] == nil && key.port != 0 {
			out[key] = &m
		}
	}
	for _, o := range list {
		svc := o.(*corev1.Service)
		if ok, _ := proxied(svc); !ok {
			continue
		}
		for _, v6 := range []bool{false, true} {
			if !clusterIP(svc, v6).IsValid() {
				continue
			}
			for i := range svc.Spec.Ports {
				sp := &svc.Spec.Ports[i]
				put(portOfNodes{sp.NodePort, protocolOf(sp.Protocol), v6}, match{svc, sp, ViaNodePort})
			}
			put(portOfNodes{healthCheckPort(svc), corev1.ProtocolTCP, v6}, match{svc: svc, via: ViaHealthCheck})
		}
	}
	return out
}

// healthCheckPort is the port on which kube-proxy tells load balancers whether a node has endpoints, 0 without.
func healthCheckPort(svc *corev1.Service) int32 {
	if svc.Spec.Type == corev1.ServiceTypeLoadBalancer && svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		return svc.Spec.HealthCheckNodePort
	}
	return 0
}
