package reach

import (
	"net/netip"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// kindOfPod is what pods that stand alike have in common. The parts of a pod's row are shared between pods, so that their
// pointers stand for their values.
type kindOfPod struct {
	namespace                   string
	labels                      *cluster.Labels
	shape                       *cluster.Shape
	owner                       *cluster.Owner
	phase                       cluster.Phase
	ready, waiting, terminating bool
	states                      cluster.ContainerStates
	up                          bool   // its node
	sides                       string // of each range that matters: inside or outside
	node                        string // what matters of its node
	itself                      string
}

// sender is who asks: a pod or a node.
type sender struct {
	pod  *cluster.Pod
	node *corev1.Node // of a pod: the node it runs on, nil where there is none
	addr netip.Addr
	from string
	ref  cluster.Ref
}

// onHost reports whether a sender has no network of its own.
func (s *sender) onHost() bool { return s.pod == nil || s.pod.Shape.HostNetwork }

func (s *sender) nodeName() string {
	if s.pod != nil {
		return s.pod.Node
	}
	return s.node.Name
}

func podSender(view *cluster.View, p *cluster.Pod) sender {
	return sender{pod: p, node: view.Node(p.Node), addr: p.IP(), from: "pod/" + p.Namespace + "/" + p.Name, ref: p.Ref()}
}

func nodeSender(n *corev1.Node) sender {
	s := sender{node: n, from: "node/" + n.Name, ref: cluster.Ref{Kind: cluster.KindNode, Name: n.Name}}
	if addrs := cluster.NodeAddrs(n); len(addrs) > 0 {
		s.addr = addrs[0]
	}
	return s
}

// asker asks the policies and the traces about one View.
type asker struct {
	view   *cluster.View
	ask    Ask
	gates  *policy.Book
	facts  *facts.Facts
	pods   []netip.Prefix // kube-proxy's ranges of pods
	traced map[string]*told
	order  []*told // in the order in which they were traced
}

func newAsker(view *cluster.View, ask Ask) (*asker, error) {
	f, err := facts.Of(view, ask.Assume)
	if err != nil {
		return nil, bad("assume", "%s", err)
	}
	return &asker{
		view: view, ask: ask, gates: policy.NewBook(view), facts: f, pods: f.Prefixes(facts.KeyClusterCIDR), traced: map[string]*told{},
	}, nil
}

// peerAt is who has an address, as a network plug-in sees it.
func (a *asker) peerAt(addr netip.Addr) policy.Peer {
	p := policy.Peer{Addr: addr}
	if n := a.view.NodeWithAddr(addr); n != nil {
		p.Node = n.Name
		return p
	}
	if o := boundary.OwnerOf(a.view, addr); o.Kind == boundary.OwnerPod {
		p.Pod = o.Pod
	}
	return p
}

// peer is the sender as the gate of a pod sees it, unless something on the way puts another address in its place.
func (s *sender) peer() policy.Peer {
	if s.onHost() {
		return policy.Peer{Addr: s.addr, Node: s.nodeName()}
	}
	return policy.Peer{Addr: s.addr, Pod: s.pod}
}

// signature is all that a trace from a sender to a spot depends on. Two senders with equal signatures get equal traces,
// but for names.
func (a *asker) signature(s *sender, t *spot, protocol corev1.Protocol) (text string, egress, ingress *policy.Decision) {
	b := make([]byte, 0, 64)
	flag := func(yes bool) {
		if yes {
			b = append(b, '1')
		} else {
			b = append(b, '0')
		}
	}
	flag(s.pod == nil)
	flag(s.onHost())
	if s.pod != nil {
		flag(s.pod.IPs[1].IsValid())
		flag(s.addr.Is6())
	}
	local := contains(a.pods, s.addr)
	flag(local)
	for _, r := range t.ranges {
		flag(r.Contains(s.addr))
	}
	itself := false
	for i := range t.ends {
		itself = itself || s.pod == t.ends[i].pod
	}
	if itself || s.pod != nil && s.addr == t.addr {
		b = append(b, s.from...)
	}
	if t.nodeMatters || s.onHost() || !local || a.facts.Bool(facts.KeyMasqueradeAll) {
		b = append(b, a.nodeSignature(s, t, protocol)...)
	}
	decided := func(d policy.Decision, keep **policy.Decision) {
		flag(d.Allowed)
		b = append(b, string(d.Exempt)...)
		b = append(b, string(d.Unreadable)...)
		for _, u := range d.Uncertain {
			b = append(b, u.Key...)
			flag(u.Detected)
		}
		if !d.Allowed && *keep == nil {
			*keep = &d
		}
	}
	out := func(addr netip.Addr, port int32) {
		if s.pod != nil {
			peer := a.peerAt(addr)
			decided(a.gates.Evaluate(policy.Question{
				Direction: policy.Egress, Pod: s.pod, Peer: peer, Protocol: protocol, Port: port, PortPod: peer.Pod,
			}), &egress)
		}
	}
	if len(t.ends) == 0 {
		out(t.addr, t.port)
	}
	for _, e := range t.ends {
		out(e.addr, e.port)
		decided(a.gates.Evaluate(policy.Question{
			Direction: policy.Ingress, Pod: e.pod, Peer: s.peer(), Protocol: protocol, Port: e.port, PortPod: e.pod,
		}), &ingress)
	}
	return string(b), egress, ingress
}

// nodeSignature is what may matter of a sender's node: which of the endpoints run on it, its zone, whether it has the
// address that is asked for, and what the gates say to the node itself, whose address may stand for the sender's.
func (a *asker) nodeSignature(s *sender, t *spot, protocol corev1.Protocol) string {
	n := s.node
	if n == nil {
		return "@" + s.nodeName()
	}
	b := []byte{'@'}
	b = strconv.AppendBool(b, nodeUp(a.view, n.Name))
	b = append(b, n.Labels[corev1.LabelTopologyZone]...)
	owner := a.view.NodeWithAddr(t.addr)
	b = strconv.AppendBool(b, owner != nil && owner.Name == n.Name)
	peer := nodeSender(n)
	for _, e := range t.ends {
		b = strconv.AppendBool(b, e.pod.Node == n.Name)
		d := a.gates.Evaluate(policy.Question{
			Direction: policy.Ingress, Pod: e.pod, Peer: peer.peer(), Protocol: protocol, Port: e.port, PortPod: e.pod,
		})
		b = strconv.AppendBool(b, d.Allowed)
		b = strconv.AppendInt(b, int64(len(d.Uncertain)), 10)
	}
	return string(b)
}

func contains(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
