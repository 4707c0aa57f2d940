package policy

import (
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// evaluator answers one question in one reading of what the API leaves open.
type evaluator struct {
	view *cluster.View
	q    Question
	r    reading
	*selected

	addr      netip.Addr // the address that ipBlock rules see
	inCluster bool       // it belongs to a pod or a node
	portPod   *cluster.Pod

	usedKind cluster.Kind // a kind that may not be read and that this reading took to match
}

// reading is one way to read what the API leaves to the plug-in.
type reading struct {
	blockInCluster bool // ipBlock matches addresses of pods and nodes
	hostPeer       bool // selectors match a peer on the host network
	hostSubject    bool // policies guard a pod on the host network
	ownNode        bool // a pod may always send to its own node
	before         bool // the sender is judged by its address before masquerade
	split          bool // an unnamed machine lies inside an ipBlock that splits its network
	unreadable     bool // what may not be read matches
}

// usual is the reading most plug-ins share.
var usual = reading{blockInCluster: true, ownNode: true}

// Evaluate answers a question about one end of a connection.
func Evaluate(view *cluster.View, q Question) Decision { return NewBook(view).evaluate(q) }

func (b *Book) evaluate(q Question) Decision {
	view := b.view
	q.Protocol = protocolOr(q.Protocol)
	q.Peer.Addr = q.Peer.Addr.Unmap()
	if q.Peer.Pod != nil && q.Peer.Pod.Done() {
		q.Peer.Pod = nil // its labels select nobody any more, and its address may be another's by now
	}
	if !view.Readable(cluster.KindNetworkPolicy, q.Pod.Namespace) && !samePod(q.Pod, q.Peer.Pod) {
		return Decision{Unreadable: cluster.KindNetworkPolicy, DecidedRule: -1}
	}
	r := usual
	s := b.selecting(q)
	d := decide(view, q, r, s)
	if !d.Isolated || d.Exempt == ExemptLoopback {
		return d
	}
	d.readings(b, q, &r, s)
	if q.Protocol == ProtocolICMP && d.Exempt == ExemptNone {
		d.Uncertain = append(d.Uncertain, Uncertain{UncertainICMP, "NetworkPolicy says nothing of ICMP; plug-ins differ", false, !d.Allowed})
	}
	if !d.Allowed && !(view.Readable(cluster.KindPod, "") && view.Readable(cluster.KindNamespace, "")) {
		other := r
		other.unreadable = true
		if o, kind := decideKind(view, q, other, s); o.Allowed {
			d.Unreadable = kind
		}
	}
	return d
}

// readings asks again in every other reading that applies to this question, and lists those that flip the answer. The
// usual reading of ipBlock gives way to that of the plug-in that runs.
func (d *Decision) readings(b *Book, q Question, r *reading, s *selected) {
	view := b.view
	point := func(applies bool, key UncertainKey, why string, detected bool, change func(*reading)) {
		if !applies {
			return
		}
		other := *r
		change(&other)
		if decide(view, q, other, s).Allowed != d.Allowed {
			d.Uncertain = append(d.Uncertain, Uncertain{key, why, detected, !d.Allowed})
		}
	}
	if (q.Peer.Pod != nil || q.Peer.Node != "") && s.blocks(q.Direction) {
		turned := *r
		turned.blockInCluster = false
		if o := decide(view, q, turned, s); o.Allowed != d.Allowed {
			plugin := b.enforcement()
			if plugin.IPBlockMatchesPod == No {
				*d, *r = o, turned
			}
			d.Uncertain = append(d.Uncertain, Uncertain{
				UncertainIPBlock, "plug-ins differ in whether ipBlock matches the address of a pod or a node",
				plugin.IPBlockMatchesPod != Unknown, !d.Allowed,
			})
		}
	}
	point(q.Pod.Shape.HostNetwork, UncertainHostNetworkSubject, "whether policies guard a pod on the host network is left to the plug-in",
		false, func(r *reading) { r.hostSubject = true })
	point(q.Peer.Pod != nil && q.Peer.Pod.Shape.HostNetwork, UncertainHostNetworkPeer,
		"whether a selector matches a peer on the host network is left to the plug-in", false, func(r *reading) { r.hostPeer = true })
	point(d.Exempt == ExemptOwnNode && q.Direction == Egress, UncertainOwnNode,
		"whether an isolated pod may send to its own node is left to the plug-in", false, func(r *reading) { r.ownNode = false })
	point(q.Peer.Before.IsValid(), UncertainBeforeMasquerade,
		"on this node the plug-in may see the sender's own address, before masquerade", false, func(r *reading) { r.before = true })
	point(!q.Peer.Addr.IsValid(), UncertainSourceAddress, "an ipBlock splits the network that the unnamed machine stands in",
		false, func(r *reading) { r.split = true })
}

func decide(view *cluster.View, q Question, r reading, s *selected) Decision {
	d, _ := decideKind(view, q, r, s)
	return d
}

func decideKind(view *cluster.View, q Question, r reading, s *selected) (Decision, cluster.Kind) {
	e := &evaluator{view: view, q: q, r: r, selected: s, addr: q.Peer.Addr, inCluster: q.Peer.Pod != nil || q.Peer.Node != ""}
	if r.before && q.Peer.Before.IsValid() && q.Peer.Node == q.Pod.Node {
		e.useBefore()
	}
	e.portPod = q.PortPod
	if e.portPod == nil && q.Direction == Ingress {
		e.portPod = q.Pod
	}
	return e.decide(), e.usedKind
}

// useBefore puts the sender's own address in the place of its node's.
func (e *evaluator) useBefore() {
	e.addr, e.inCluster, e.q.Peer.Node, e.q.Peer.Pod = e.q.Peer.Before.Unmap(), false, "", nil
	for _, p := range e.view.PodsWithAddr(e.addr) {
		if !p.Done() && !p.Shape.HostNetwork {
			e.q.Peer.Pod, e.inCluster = p, true
		}
	}
	if n := e.view.NodeWithAddr(e.addr); n != nil && e.q.Peer.Pod == nil {
		e.q.Peer.Node, e.inCluster = n.Name, true
	}
}

func (e *evaluator) decide() Decision {
	d := Decision{Allowed: true, DecidedRule: -1}
	d.NotSelecting = e.not
	d.Isolated = len(e.policies) > 0
	d.Evidence = e.evidence(e.policies)
	for _, np := range e.policies {
		d.Selecting = append(d.Selecting, e.effect(np))
	}
	if d.Exempt = e.exempt(); d.Exempt != ExemptNone || !d.Isolated {
		return d
	}
	d.conclude()
	if !d.Allowed {
		d.Missing = e.missing(&d)
	}
	return d
}

// exempt names the reason for which the rules do not count. networking/v1 NetworkPolicySpec.Ingress excepts traffic from
// the pod's own node; kubernetes.io/docs/concepts/services-networking/network-policies extends that to traffic towards
// it, and says that a pod cannot block itself.
func (e *evaluator) exempt() Exempt {
	switch {
	case samePod(e.q.Pod, e.q.Peer.Pod):
		return ExemptLoopback
	case e.q.Pod.Shape.HostNetwork && !e.r.hostSubject:
		return ExemptHostNetwork
	case e.q.Pod.Node == "" || e.peerNode() != e.q.Pod.Node:
		return ExemptNone
	case e.q.Direction == Ingress || e.r.ownNode:
		return ExemptOwnNode
	}
	return ExemptNone
}

// peerNode is the node that the peer is, itself or by a pod on its host network.
func (e *evaluator) peerNode() string {
	if p := e.q.Peer.Pod; p != nil {
		if p.Shape.HostNetwork {
			return p.Node
		}
		return ""
	}
	return e.q.Peer.Node
}

// peerPod is the pod that selectors see.
func (e *evaluator) peerPod() *cluster.Pod {
	if p := e.q.Peer.Pod; p != nil && (!p.Shape.HostNetwork || e.r.hostPeer) {
		return p
	}
	return nil
}

func (e *evaluator) effect(np *networkingv1.NetworkPolicy) PolicyEffect {
	out := PolicyEffect{Policy: refOf(np), Selector: selectorText(&np.Spec.PodSelector)}
	for i, r := range rulesOf(np, e.q.Direction) {
		x := RuleEffect{Index: i}
		var peer, port bool
		x.Peers, x.AnyPeer, peer = e.peers(np.Namespace, r.peers)
		x.Ports, x.AnyPort, port = e.ports(r.ports)
		x.Matches = peer && port
		switch {
		case x.Matches:
		case !peer:
			x.Lost = "other peer"
		case !e.protocolListed(r.ports):
			x.Lost = "other protocol"
		default:
			x.Lost = "other port"
		}
		out.Matches = out.Matches || x.Matches
		out.Rules = append(out.Rules, x)
	}
	return out
}

func (e *evaluator) protocolListed(ports []networkingv1.NetworkPolicyPort) bool {
	for i := range ports {
		if e.port(&ports[i]).Compared[0].Holds {
			return true
		}
	}
	return false
}

func (e *evaluator) peerText() string {
	switch p := e.q.Peer; {
	case p.Pod != nil && p.Pod.Shape.HostNetwork:
		return "pod " + p.Pod.Name + " on the host network of " + p.Pod.Node
	case p.Pod != nil:
		return "pod " + p.Pod.Name + " " + e.addr.String()
	case p.Node != "":
		return "node " + p.Node
	case e.addr.IsValid():
		return e.addr.String()
	}
	return "a machine outside"
}

func samePod(a, b *cluster.Pod) bool {
	return a != nil && b != nil && a.Namespace == b.Namespace && a.Name == b.Name && a.UID == b.UID
}

func refOf(np *networkingv1.NetworkPolicy) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindNetworkPolicy, Namespace: np.Namespace, Name: np.Name}
}
