package oracle

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/service"
)

// generator makes worlds. What it makes is what an API server admits or what is left over in an object when its type
// changes, without what nobody defines the meaning of: one endpoint that two slices describe differently while both call it
// alive. Of an address and port that two services claim, what either would do is asked for.
type generator struct {
	*rand.Rand
	world    *world
	families []corev1.IPFamily
	claimed  map[string]bool // address, protocol and port
	nodePort int32
}

func newWorld(seed uint64, mode service.Mode) *world {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), world: &world{}, claimed: map[string]bool{}, nodePort: 30000}
	g.families = pick(g, [][]corev1.IPFamily{
		{corev1.IPv4Protocol}, {corev1.IPv4Protocol}, {corev1.IPv6Protocol},
		{corev1.IPv4Protocol, corev1.IPv6Protocol}, {corev1.IPv6Protocol, corev1.IPv4Protocol},
	})
	for i := range 1 + g.IntN(3) {
		g.addNode(i + 1)
	}
	g.world.node = pick(g, g.world.nodes).Name
	for i := range 2 + g.IntN(6) {
		g.addPod(i + 1)
	}
	for i := range 1 + g.IntN(4) {
		g.addService(i + 1)
	}
	g.configure(mode)
	return g.world
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

func (g *generator) chance(share float64) bool { return g.Float64() < share }

func (g *generator) maybe(share float64, value bool) *bool {
	if !g.chance(share) {
		return nil
	}
	return &value
}

func (g *generator) coin() *bool { return g.maybe(1, g.chance(0.5)) }

func (g *generator) addNode(number int) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node%02d", number), Labels: map[string]string{}}}
	if g.chance(0.8) {
		n.Labels[corev1.LabelTopologyZone] = pick(g, []string{"a", "b"})
	}
	secondFirst := g.chance(0.2)
	for _, f := range g.families {
		pool := pools[f]
		n.Spec.PodCIDRs = append(n.Spec.PodCIDRs, fmt.Sprintf(pool.podCIDR, number))
		first := corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: fmt.Sprintf(pool.node, number)}
		second := corev1.NodeAddress{Type: pick(g, []corev1.NodeAddressType{corev1.NodeInternalIP, corev1.NodeExternalIP}), Address: fmt.Sprintf(pool.second, number)}
		list := []corev1.NodeAddress{first}
		if g.chance(0.5) {
			list = append(list, second)
			if secondFirst {
				slices.Reverse(list)
			}
		}
		n.Status.Addresses = append(n.Status.Addresses, list...)
	}
	n.Spec.PodCIDR = n.Spec.PodCIDRs[0]
	g.world.nodes = append(g.world.nodes, n)
}

func (g *generator) addPod(number int) {
	at := g.IntN(len(g.world.nodes))
	node := g.world.nodes[at]
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("pod-%d", number)}}
	p.Spec.NodeName = node.Name
	p.Spec.HostNetwork = g.chance(0.15)
	for _, f := range g.families {
		addr := fmt.Sprintf(pools[f].pod, at+1, number)
		if p.Spec.HostNetwork {
			addr = fmt.Sprintf(pools[f].node, at+1)
		}
		p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: addr})
	}
	p.Status.PodIP, p.Status.Phase = p.Status.PodIPs[0].IP, corev1.PodRunning
	g.world.pods = append(g.world.pods, p)
}

func (g *generator) addService(number int) {
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: pick(g, []string{"default", "shop"}), Name: fmt.Sprintf("web%d", number)}}
	s.Spec.Type = pick(g, []corev1.ServiceType{
		corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeLoadBalancer,
	})
	if g.chance(0.04) {
		s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "example.org"
	}
	if g.chance(0.05) {
		s.Labels = map[string]string{"service.kubernetes.io/service-proxy-name": "mine"}
	}
	s.Spec.IPFamilies = slices.Clone(g.families)
	if len(g.families) == 2 && g.chance(0.4) {
		s.Spec.IPFamilies = []corev1.IPFamily{pick(g, g.families)}
	}
	g.addPorts(s)
	if s.Spec.Type != corev1.ServiceTypeExternalName {
		g.addClusterIPs(s, number)
		g.setPolicies(s)
	}
	if s.Spec.ClusterIP != corev1.ClusterIPNone || s.Spec.Type == corev1.ServiceTypeExternalName {
		g.addExternal(s)
	}
	g.world.services = append(g.world.services, s)
	if g.chance(0.1) {
		return
	}
	for i := range 1 + g.IntN(3) {
		g.addSlice(s, i)
	}
}

func (g *generator) addPorts(s *corev1.Service) {
	count := 1 + g.IntN(3)
	named := count > 1 || g.chance(0.5)
	seen := map[string]bool{}
	for i := range count {
		p := corev1.ServicePort{
			Port:     pick(g, []int32{80, 443, 53, 8080}),
			Protocol: pick(g, []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}),
		}
		if named {
			p.Name = pick(g, []string{"http", "web", "dns"}) + fmt.Sprint(i)
		}
		key := fmt.Sprint(p.Port, p.Protocol)
		if seen[key] {
			continue
		}
		seen[key] = true
		p.TargetPort = intstr.FromInt32(pick(g, []int32{80, 8080, 9090}))
		if g.chance(0.1) {
			p.TargetPort = intstr.FromString("named")
		}
		external := s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer && g.chance(0.8)
		if external {
			if g.nodePort == 30000 || g.chance(0.8) {
				g.nodePort++
			}
			// The same number may serve another protocol.
			if g.claim("nodeport", p.Protocol, g.nodePort) {
				p.NodePort = g.nodePort
			} else {
				g.nodePort++
				g.claim("nodeport", p.Protocol, g.nodePort)
				p.NodePort = g.nodePort
			}
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
}

func (g *generator) claim(addr string, protocol corev1.Protocol, port int32) bool {
	key := fmt.Sprint(addr, protocol, port)
	if g.claimed[key] {
		return false
	}
	g.claimed[key] = true
	return true
}

// claimAll takes an address for all ports of a service, or none; at times one that others have.
func (g *generator) claimAll(addr string, s *corev1.Service) bool {
	if g.chance(0.03) {
		return true
	}
	for _, p := range s.Spec.Ports {
		if g.claimed[fmt.Sprint(addr, p.Protocol, p.Port)] {
			return false
		}
	}
	for _, p := range s.Spec.Ports {
		g.claim(addr, p.Protocol, p.Port)
	}
	return true
}

func (g *generator) addClusterIPs(s *corev1.Service, number int) {
	if s.Spec.Type == corev1.ServiceTypeClusterIP && g.chance(0.1) {
		s.Spec.ClusterIP, s.Spec.ClusterIPs = corev1.ClusterIPNone, []string{corev1.ClusterIPNone}
		return
	}
	if g.chance(0.02) { // nothing has been allocated
		return
	}
	for _, f := range s.Spec.IPFamilies {
		addr := fmt.Sprintf(pools[f].clusterIP, number)
		g.claimAll(addr, s)
		s.Spec.ClusterIPs = append(s.Spec.ClusterIPs, addr)
	}
	s.Spec.ClusterIP = s.Spec.ClusterIPs[0]
}

func (g *generator) setPolicies(s *corev1.Service) {
	if g.chance(0.6) {
		internal := pick(g, []corev1.ServiceInternalTrafficPolicy{corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal})
		s.Spec.InternalTrafficPolicy = &internal
	}
	if g.chance(0.2) {
		s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP
		seconds := pick(g, []int32{10, 10800})
		s.Spec.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: &seconds}}
	}
}

// addExternal gives a service external IPs, load-balancer addresses and what goes with them.
func (g *generator) addExternal(s *corev1.Service) {
	if g.chance(0.3) {
		for range 1 + g.IntN(2) {
			if addr := g.publicAddr(); g.claimAll(addr, s) {
				s.Spec.ExternalIPs = append(s.Spec.ExternalIPs, addr)
			}
		}
	}
	accessible := s.Spec.Type == corev1.ServiceTypeNodePort || s.Spec.Type == corev1.ServiceTypeLoadBalancer || len(s.Spec.ExternalIPs) > 0
	leftOver := g.chance(0.03)
	if (accessible || leftOver) && s.Spec.Type != corev1.ServiceTypeExternalName {
		s.Spec.ExternalTrafficPolicy = pick(g, []corev1.ServiceExternalTrafficPolicy{corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal})
	}
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer && !leftOver {
		return
	}
	if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && g.chance(0.9) {
		g.nodePort++
		g.claim("nodeport", corev1.ProtocolTCP, g.nodePort)
		s.Spec.HealthCheckNodePort = g.nodePort
	}
	for range g.IntN(3) {
		in := corev1.LoadBalancerIngress{}
		if g.chance(0.1) {
			in.Hostname = "lb.example.org"
			s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, in)
			continue
		}
		in.IP = g.publicAddr()
		// A service may have an address as an external IP and from its load balancer.
		if !slices.Contains(s.Spec.ExternalIPs, in.IP) && !g.claimAll(in.IP, s) {
			continue
		}
		if g.chance(0.5) {
			mode := pick(g, []corev1.LoadBalancerIPMode{corev1.LoadBalancerIPModeVIP, corev1.LoadBalancerIPModeProxy})
			in.IPMode = &mode
		}
		s.Status.LoadBalancer.Ingress = append(s.Status.LoadBalancer.Ingress, in)
	}
	if g.chance(0.5) {
		for range 1 + g.IntN(2) {
			text := pick(g, pools[pick(g, g.families)].ranges)
			if g.chance(0.1) {
				text = " " + text
			}
			s.Spec.LoadBalancerSourceRanges = append(s.Spec.LoadBalancerSourceRanges, text)
		}
	}
}

// publicAddr is an address of the outside, or one of a node: some load balancers announce those.
func (g *generator) publicAddr() string {
	f := pick(g, g.families)
	if g.chance(0.25) {
		number := 1 + g.IntN(len(g.world.nodes))
		return fmt.Sprintf(pick(g, []string{pools[f].node, pools[f].second}), number)
	}
	return pick(g, pools[f].public)
}

func (g *generator) configure(mode service.Mode) {
	c := &g.world.config
	*c = service.DefaultConfig()
	c.Mode = mode
	c.Detector = pick(g, []service.Detector{service.DetectClusterCIDR, service.DetectClusterCIDR, service.DetectClusterCIDR, service.DetectNodeCIDR, service.DetectInterface, service.DetectNone})
	for _, f := range g.families {
		if g.chance(0.9) {
			c.ClusterCIDRs = append(c.ClusterCIDRs, netip.MustParsePrefix(pools[f].clusterCIDR))
		}
		c.ServiceCIDRs = append(c.ServiceCIDRs, netip.MustParsePrefix(pools[f].serviceCIDR))
	}
	c.MasqueradeAll = g.chance(0.15)
	c.LocalhostNodePorts = g.chance(0.7)
	c.HasServiceCIDRObjects = g.chance(0.7)
	switch g.IntN(4) {
	case 0:
		c.NodePortAddresses = service.NodePortAddresses{Primary: true}
	case 1:
		c.NodePortAddresses = service.NodePortAddresses{}
		for range 1 + g.IntN(2) {
			text := pick(g, []string{"192.168.0.0/24", "203.0.113.0/24", "127.0.0.0/8", "0.0.0.0/0", "fd00:1::/64", "::/0", "172.16.0.0/12"})
			c.NodePortAddresses.CIDRs = append(c.NodePortAddresses.CIDRs, netip.MustParsePrefix(text))
		}
	}
}
