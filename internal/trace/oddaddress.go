package trace

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// The assumptions about addresses that are not as plain as they look.
const (
	keySameAddress     = "same-address"
	keyHostFirewall    = "host-firewall"
	keyExternalAddress = "node-external-address"
	keyForward         = "forward"
)

// many is an address of many machines at once.
func many(a netip.Addr) bool {
	return a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// toMany is the end of a packet to a multicast or broadcast address. The kernel opens no connection to one (Linux
// tcp_v4_connect, tcp_v6_connect: ENETUNREACH); who gets a datagram is not modelled.
func (e *engine) toMany(b *branch) ending {
	if e.isTCP() && b.leg != 0 {
		return ending{
			reason: "boundary.no-route", unreachable: true, decidedBy: pointer(b.sender.ref), object: pointer(b.sender.ref),
			why: words.Say("clause.multicast"),
		}
	}
	return ending{reason: "not-modelled.multicast", certainty: Unknown, name: words.Say("reason.not-modelled.multicast")}
}

// doubtSharedPod notes that several pods claim the address of the one that gets the packet.
func (e *engine) doubtSharedPod(b *branch, pod *cluster.Pod) {
	var names []string
	for _, p := range e.view.PodsWithAddr(b.dst.Addr()) {
		if !p.Done() && !hostNetwork(p) {
			names = append(names, p.Namespace+"/"+p.Name)
		}
	}
	if len(names) < 2 || hostNetwork(pod) {
		return
	}
	e.assumeFlip(keySameAddress, words.Say("fact.same-address.pod", b.dst.Addr(), pod.Namespace, pod.Name, strings.Join(names, ", ")), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
}

// doubtNode notes what makes it less than certain that a packet for an address of a node is at that node: several nodes
// that claim it, and an external address, which often stands on a router before the node and on no interface of its own.
func (e *engine) doubtNode(b *branch, node string) {
	addr := b.dst.Addr()
	n := e.view.Node(node)
	if n == nil || !e.view.HasNodeAddr(node, addr) {
		return
	}
	if nodes := e.view.NodesWithAddr(addr); len(nodes) > 1 {
		e.assumeFlip(keySameAddress, words.Say("fact.same-address.node", addr, node, len(nodes)), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	if externalOnly(n, addr) {
		e.assumeFlip(keyExternalAddress, words.Say("fact.node-external-address", node, addr), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
}

// doubtHost is a packet that a process of a node is to take, come from elsewhere: the node's own firewall is no object, so
// that nothing about it is certain (SEMANTICS.md B). What the node itself sends comes by the loopback interface, which
// firewalls leave alone.
func (e *engine) doubtHost(b *branch, node string) {
	if b.sender.node == node && !b.sender.inPodNetwork() {
		return
	}
	e.assumeFlip(keyHostFirewall, words.Say("fact.host-firewall", node), facts.Default)
	b.certainty = worse(b.certainty, Assumed)
}

// externalOnly reports whether an address is listed for a node as an external one and not as an internal one, too.
func externalOnly(n *corev1.Node, addr netip.Addr) bool {
	external := false
	for _, a := range n.Status.Addresses {
		if x, ok := cluster.ParseAddr(a.Address); !ok || x != addr {
			continue
		}
		if a.Type == corev1.NodeInternalIP {
			return false
		}
		external = external || a.Type == corev1.NodeExternalIP
	}
	return external
}
