package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/service"
)

// spot is one address and port that a request goes to, and every pod that may end up with it.
type spot struct {
	ref     cluster.Ref // what has the address
	addr    netip.Addr
	port    int32
	command string
	ends    []end
	// nodeMatters says that a sender's node may change how it ends: a local traffic policy, topology hints, an address of
	// a node.
	nodeMatters bool
	// rangesMatter says that services compare the sender's address with ranges.
	ranges []netip.Prefix
	// raw says that a request may leave its sender for this very address: nothing need have translated it before.
	raw bool
	// direct says that it is the address of a pod, which no rule of a service takes.
	direct bool
	peer   policy.Peer // who has the address
}

// end is a pod that may get a request, and on which port.
type end struct {
	pod  *cluster.Pod
	addr netip.Addr
	port int32
	// peer is the pod as the gate of a sender sees it.
	peer policy.Peer
	// first is the first of the ends that policies cannot tell apart but by their addresses and nodes.
	first bool
	// state is what tells endpoints of one service apart beside the policies, empty where only one service is asked about.
	state string
}

func (e *end) same() same { return same{e.pod.Namespace, e.pod.Labels, e.pod.Shape, e.port} }

// same is what policies tell pods apart by, addresses and nodes aside.
type same struct {
	namespace string
	labels    *cluster.Labels
	shape     *cluster.Shape
	port      int32
}

type sharedKey struct{}

// sharedAddrs are the addresses that several pods have, and those of nodes.
type sharedAddrs map[netip.Addr]bool

// shared reports whether several pods, or a pod and something else, have an address: then it is looked up who is meant.
func (a *asker) shared(addr netip.Addr) bool {
	if a.several == nil {
		a.several = a.sharedAddrs()
	}
	return a.several[addr]
}

func (a *asker) sharedAddrs() sharedAddrs {
	return a.view.Remember(sharedKey{}, func() any {
		seen, out := make(map[netip.Addr]bool, a.view.PodCount()), sharedAddrs{}
		for p := range a.view.Pods() {
			if p.Done() || p.Shape.HostNetwork {
				continue
			}
			for _, ip := range p.IPs {
				if seen[ip] {
					out[ip] = true
				}
				seen[ip] = true
			}
		}
		for _, n := range a.view.Nodes() {
			for _, ip := range cluster.NodeAddrs(n) {
				out[ip] = true
			}
		}
		return out
	}).(sharedAddrs)
}

// ready finds out who the ends are to a gate.
func (a *asker) ready(s *spot) {
	s.peer = a.peerAt(s.addr)
	seen := map[same]bool{}
	for i := range s.ends {
		e := &s.ends[i]
		if e.pod.Shape.HostNetwork || a.shared(e.addr) || !e.pod.HasIP(e.addr) {
			e.peer = a.peerAt(e.addr)
		} else {
			e.peer = policy.Peer{Addr: e.addr, Pod: e.pod}
		}
		if a.said != nil {
			continue // every end is looked at, and its state is known
		}
		e.state += a.podState(e.pod)
		key := e.same()
		e.first = !seen[key] || e.peer.Pod != e.pod
		seen[key] = true
	}
}

func podSpot(view *cluster.View, p *cluster.Pod, port int32, protocol corev1.Protocol) spot {
	s := spot{
		ref: p.Ref(), addr: p.IP(), port: port, command: command(p.IP(), port, protocol), ends: []end{{pod: p, addr: p.IP(), port: port}},
		nodeMatters: p.Shape.HostNetwork || !nodeUp(view, p.Node), direct: !p.Shape.HostNetwork,
	}
	return s
}

func serviceSpot(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, addr netip.Addr) spot {
	protocol := cmp.Or(port.Protocol, corev1.ProtocolTCP)
	s := spot{
		ref: cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}, addr: addr, port: port.Port,
		command: command(addr, port.Port, protocol),
	}
	s.behind(view, svc, port)
	return s
}

// behind adds the endpoints of a service port, and whether a sender's node or address makes a difference to its rules.
func (s *spot) behind(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort) {
	local := svc.Spec.InternalTrafficPolicy != nil && *svc.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal
	s.nodeMatters = s.nodeMatters || local || svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
	for _, text := range svc.Spec.LoadBalancerSourceRanges {
		if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
			s.ranges = append(s.ranges, p.Masked())
		}
	}
	for _, e := range service.EndpointsOf(view, svc, port, s.addr.Is6()) {
		s.nodeMatters = s.nodeMatters || len(e.ForNodes) > 0 || len(e.ForZones) > 0 || !nodeUp(view, e.Node)
		if e.Pod != nil && !e.Pod.Done() {
			s.nodeMatters = s.nodeMatters || e.Pod.Shape.HostNetwork
			s.ends = append(s.ends, end{pod: e.Pod, addr: e.Addr.Addr(), port: int32(e.Addr.Port()), state: stateOf(&e)})
		}
	}
}

// stateOf is what of an endpoint's own fields the rules of services read.
func stateOf(e *service.Endpoint) string {
	if e.Ready && e.Serving && !e.Terminating && len(e.ForZones) == 0 && len(e.ForNodes) == 0 {
		return "r"
	}
	return fmt.Sprint(e.Ready, e.Serving, e.Terminating, e.ForZones, e.ForNodes)
}

func addressSpot(view *cluster.View, ref cluster.Ref, addr netip.Addr, port int32, protocol corev1.Protocol) spot {
	s := spot{ref: ref, addr: addr, port: port, command: command(addr, port, protocol), nodeMatters: true, raw: true}
	for _, svc := range view.ServicesWithAddr(addr) {
		for i := range svc.Spec.Ports {
			if p := &svc.Spec.Ports[i]; p.Port == port {
				s.behind(view, svc, p)
			}
		}
	}
	if view.NodeWithAddr(addr) != nil {
		for _, svc := range view.Services() {
			for i := range svc.Spec.Ports {
				if p := &svc.Spec.Ports[i]; p.NodePort == port {
					s.behind(view, svc, p)
				}
			}
		}
	}
	for _, p := range view.PodsWithAddr(addr) {
		if !p.Done() && !p.Shape.HostNetwork {
			s.ends = append(s.ends, end{pod: p, addr: addr, port: port})
		}
	}
	return s
}

// command is the line whose trace stands for a pair: it opens a connection and closes it again.
func command(addr netip.Addr, port int32, protocol corev1.Protocol) string {
	flags := "-zv"
	switch protocol {
	case corev1.ProtocolUDP:
		flags = "-zuv"
	case corev1.ProtocolSCTP:
		flags = "-zv --sctp"
	}
	return "nc " + flags + " -w 2 " + addr.String() + " " + strconv.Itoa(int(port))
}
