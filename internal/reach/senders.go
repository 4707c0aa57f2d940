package reach

import (
	"encoding/binary"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/trace"
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
	runner *trace.Runner
	facts  *facts.Facts
	pods   []netip.Prefix // kube-proxy's ranges of pods
	traced map[tracedKey]*told
	room   []byte
	ups    map[string]bool
	marked map[*cluster.Shape]string
	order  []*told // in the order in which they were traced
	host   bool    // the source is a machine outside
	// described are the namespaces of whose pods the surroundings say what listens.
	described map[string]bool
}

func newAsker(view *cluster.View, ask Ask) (*asker, error) {
	f, err := facts.Of(view, ask.Assume)
	if err != nil {
		return nil, bad("assume", "%s", err)
	}
	described := map[string]bool{}
	for i := range view.Surroundings().Listeners {
		described[view.Surroundings().Listeners[i].Namespace] = true
	}
	return &asker{
		described: described, ups: map[string]bool{}, marked: map[*cluster.Shape]string{}, view: view, ask: ask, gates: policy.NewBook(view), facts: f, pods: f.Prefixes(facts.KeyClusterCIDR), traced: map[tracedKey]*told{}, runner: trace.NewRunner(view),
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
// but for names. egress and ingress are questions to which one policy alone says no, nil where none or several do.
func (a *asker) signature(s *sender, t *spot, protocol corev1.Protocol) (text string, egress, ingress *policy.Question) {
	var noOut, noIn noes
	b := a.room[:0]
	b = flag(b, s.pod == nil)
	b = flag(b, s.onHost())
	if s.pod != nil {
		b = flag(b, s.pod.IPs[1].IsValid())
		b = flag(b, s.addr.Is6())
		b = append(b, a.marks(s.pod.Shape)...)
		b = flag(flag(flag(b, s.pod.Ready), s.pod.Waiting), s.pod.Terminating)
		b = append(binary.LittleEndian.AppendUint64(b, uint64(s.pod.States)), byte(s.pod.Phase))
	}
	local := contains(a.pods, s.addr)
	b = flag(flag(b, local), a.up(s.nodeName()))
	for _, r := range t.ranges {
		b = flag(b, r.Contains(s.addr))
	}
	itself := false
	for i := range t.ends {
		itself = itself || s.pod == t.ends[i].pod
	}
	if itself || s.pod != nil && s.addr == t.addr {
		b = append(b, s.from...)
	}
	if t.nodeMatters || s.onHost() || !local || a.facts.Bool(facts.KeyMasqueradeAll) {
		b = a.nodeSignature(b, s, t, protocol)
	}
	if s.pod != nil {
		q := policy.Question{Direction: policy.Egress, Pod: s.pod, Protocol: protocol}
		say := func(peer policy.Peer, port int32) {
			q.Peer, q.Port, q.PortPod = peer, port, peer.Pod
			d := a.gates.Decide(q)
			if b = decided(b, &d); !d.Allowed {
				noOut.add(&q, &d)
			}
		}
		if t.raw || len(t.ends) == 0 {
			say(t.peer, t.port)
		}
		each := len(a.gates.Ranges(s.pod, policy.Egress)) > 0 || s.onHost()
		for i := range t.ends {
			if e := &t.ends[i]; e.first || each {
				say(e.peer, e.port)
			}
		}
	}
	q := policy.Question{Direction: policy.Ingress, Peer: s.peer(), Protocol: protocol}
	for i := range t.ends {
		e := &t.ends[i]
		if !e.first && !s.onHost() {
			continue
		}
		q.Pod, q.Port, q.PortPod = e.pod, e.port, e.pod
		d := a.gates.Decide(q)
		if b = decided(b, &d); !d.Allowed {
			noIn.add(&q, &d)
		}
	}
	b = noIn.names(noOut.names(b))
	a.room = b
	return string(b), noOut.only(), noIn.only()
}

// noes are the questions to which the policies of one direction say no.
type noes struct {
	first policy.Question
	by    []cluster.Ref
}

func (n *noes) add(q *policy.Question, d *policy.Decision) {
	if d.DecidedBy == nil || slices.Contains(n.by, *d.DecidedBy) {
		return
	}
	if len(n.by) == 0 {
		n.first = *q
	}
	n.by = append(n.by, *d.DecidedBy)
}

// names writes who says no, where several do: which of them is named is then left to the trace.
func (n *noes) names(b []byte) []byte {
	if len(n.by) > 1 {
		for _, r := range n.by {
			b = append(append(append(append(b, r.Kind...), r.Namespace...), '/'), r.Name...)
		}
	}
	return b
}

// only is the question, where one policy alone says no.
func (n *noes) only() *policy.Question {
	if len(n.by) != 1 {
		return nil
	}
	return &n.first
}

func flag(b []byte, yes bool) []byte {
	if yes {
		return append(b, '1')
	}
	return append(b, '0')
}

// decided writes what of a decision a trace depends on.
func decided(b []byte, d *policy.Decision) []byte {
	b = flag(b, d.Allowed)
	b = flag(b, d.Isolated)
	b = append(b, d.Exempt...)
	b = append(b, d.Unreadable...)
	for i := range d.Uncertain {
		b = append(b, d.Uncertain[i].Key...)
		b = flag(b, d.Uncertain[i].Detected)
	}
	return append(b, ';')
}

// marks tells shapes apart by what may stand between a pod's processes and the network: the proxies of meshes are known
// by their images.
func (a *asker) marks(s *cluster.Shape) string {
	text, known := a.marked[s]
	if !known {
		if len(s.Containers) > 1 {
			for _, c := range s.Containers {
				text += c.Image + ","
			}
		}
		a.marked[s] = text
	}
	return text
}

// nodeSignature is what may matter of a sender's node: which of the endpoints run on it, its zone, whether it has the
// address that is asked for, and what the gates say to the node itself, whose address may stand for the sender's.
func (a *asker) nodeSignature(b []byte, s *sender, t *spot, protocol corev1.Protocol) []byte {
	n := s.node
	b = append(b, '@')
	if n == nil {
		return append(b, s.nodeName()...)
	}
	b = flag(b, a.up(n.Name))
	b = append(b, n.Labels[corev1.LabelTopologyZone]...)
	owner := a.view.NodeWithAddr(t.addr)
	b = flag(b, owner != nil && owner.Name == n.Name)
	sees := nodeSender(n)
	q := policy.Question{Direction: policy.Ingress, Peer: sees.peer(), Protocol: protocol}
	for i := range t.ends {
		e := &t.ends[i]
		b = flag(b, e.pod.Node == n.Name)
		q.Pod, q.Port, q.PortPod = e.pod, e.port, e.pod
		d := a.gates.Decide(q)
		b = decided(b, &d)
	}
	return append(b, '@')
}

func contains(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func (a *asker) up(node string) bool {
	up, known := a.ups[node]
	if !known {
		up = nodeUp(a.view, node)
		a.ups[node] = up
	}
	return up
}
