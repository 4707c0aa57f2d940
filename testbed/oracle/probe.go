package oracle

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// probe is one packet that a world is asked about.
type probe struct {
	src      netip.Addr
	kind     service.SourceKind
	pod      string // name of the sending pod, in namespace default; empty for other senders
	dst      netip.AddrPort
	protocol corev1.Protocol
	icmp     bool
}

func (p probe) String() string {
	if p.icmp {
		return fmt.Sprintf("%s %s %s -> %s ICMP", p.kind, p.pod, p.src, p.dst.Addr())
	}
	return fmt.Sprintf("%s %s %s -> %s/%s", p.kind, p.pod, p.src, p.dst, p.protocol)
}

// newProbes makes packets from every kind of sender to addresses and ports that the world knows, and to some it does not.
func newProbes(seed uint64, w *world, count int) []probe {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 2)), world: w}
	for _, f := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
		for _, a := range cluster.NodeAddrs(w.find(w.node)) {
			if familyOf(a) == f {
				g.families = append(g.families, f)
				break
			}
		}
	}
	var out []probe
	for range count {
		out = append(out, g.probe(pick(g, g.families)))
	}
	return out
}

func (g *generator) probe(family corev1.IPFamily) probe {
	p := probe{protocol: pick(g, []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP})}
	p.icmp = g.chance(0.04)
	addr, port := g.destination(family)
	if port.protocol != "" && g.chance(0.9) {
		p.protocol = port.protocol
	}
	p.dst = netip.AddrPortFrom(addr, uint16(port.number))
	if p.icmp {
		p.dst = netip.AddrPortFrom(addr, 0)
	}
	g.sender(&p, family)
	return p
}

type portOf struct {
	number   int32
	protocol corev1.Protocol
}

// destination prefers the addresses of services, each with the ports that somebody might try there.
func (g *generator) destination(family corev1.IPFamily) (netip.Addr, portOf) {
	pool := pools[family]
	var addrs []string
	ports := []portOf{{number: 80}, {number: 443}, {number: 8080}, {number: 30001}, {number: 31999}}
	parse := func(text string) (netip.Addr, bool) {
		a, err := netip.ParseAddr(text)
		return a, err == nil && familyOf(a) == family
	}
	s := pick(g, g.world.services)
	for _, p := range s.Spec.Ports {
		ports = append(ports, slices.Repeat([]portOf{{p.Port, p.Protocol}}, 8)...)
	}
	var nodePorts []portOf
	for _, other := range g.world.services {
		for _, p := range other.Spec.Ports {
			if p.NodePort != 0 {
				nodePorts = append(nodePorts, portOf{p.NodePort, p.Protocol})
			}
		}
		if hc := other.Spec.HealthCheckNodePort; hc != 0 {
			nodePorts = append(nodePorts, portOf{hc, corev1.ProtocolTCP})
		}
	}
	own := cluster.NodeAddrs(g.world.find(g.world.node))
	switch g.IntN(10) {
	case 0, 1, 2:
		addrs = append(addrs, s.Spec.ClusterIPs...)
	case 3, 4, 5:
		addrs = append(addrs, s.Spec.ExternalIPs...)
		for _, in := range s.Status.LoadBalancer.Ingress {
			addrs = append(addrs, in.IP)
		}
	case 6, 7, 8:
		for _, a := range own {
			addrs = append(addrs, a.String(), a.String())
		}
		loopback := "127.0.0.1"
		if family == corev1.IPv6Protocol {
			loopback = "::1"
		}
		addrs = append(addrs, loopback)
		ports = append(ports, slices.Repeat(nodePorts, 3)...)
	default:
		addrs = append(append(addrs, pool.unknown...), pool.public...)
		addrs = append(addrs, pool.outside...)
		addrs = append(addrs, fmt.Sprintf(pool.node, 2), fmt.Sprintf(pool.pod, 1, 1))
	}
	var fitting []netip.Addr
	for _, texts := range [][]string{addrs, s.Spec.ClusterIPs, pool.unknown} {
		for _, text := range texts {
			if a, ok := parse(text); ok {
				fitting = append(fitting, a)
			}
		}
		if len(fitting) > 0 {
			break
		}
	}
	if len(nodePorts) > 0 && g.chance(0.1) {
		ports = nodePorts
	}
	return pick(g, fitting), pick(g, ports)
}

// sender picks who sends. What goes to the loopback addresses of a node comes from that node.
func (g *generator) sender(p *probe, family corev1.IPFamily) {
	pool := pools[family]
	var own []netip.Addr
	for _, a := range cluster.NodeAddrs(g.world.find(g.world.node)) {
		if familyOf(a) == family {
			own = append(own, a)
		}
	}
	if p.dst.Addr().IsLoopback() {
		p.kind, p.src = service.FromNode, p.dst.Addr()
		return
	}
	fromPod := func(pod *corev1.Pod) bool {
		for _, a := range pod.Status.PodIPs {
			if addr := netip.MustParseAddr(a.IP); familyOf(addr) == family {
				p.src = addr
			}
		}
		switch {
		case !p.src.IsValid():
			return false
		case pod.Spec.NodeName != g.world.node:
			p.kind = service.FromOther
			if !pod.Spec.HostNetwork {
				p.pod = pod.Name
			}
		case pod.Spec.HostNetwork:
			p.kind = service.FromNode
		default:
			p.kind, p.pod = service.FromPod, pod.Name
		}
		return true
	}
	switch g.IntN(8) {
	case 0, 1, 2, 3:
		if len(g.world.pods) > 0 && fromPod(pick(g, g.world.pods)) {
			return
		}
	case 4, 5:
		p.kind, p.src = service.FromNode, own[0]
		for _, a := range own {
			if a == p.dst.Addr() { // the kernel sends from the address it sends to
				p.src = a
			}
		}
		return
	case 6: // a load balancer that sends from its own address
		p.kind, p.src = service.FromOther, netip.MustParseAddr(pick(g, pool.public))
		return
	}
	p.kind = service.FromOther
	p.src = netip.MustParseAddr(pick(g, append([]string{fmt.Sprintf(pool.node, 9)}, pool.outside...)))
}
