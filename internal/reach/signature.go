package reach

import (
	"encoding/binary"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
)

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
		b = binary.AppendVarint(b, int64(a.shape(s.pod.Shape)))
		b = flag(flag(flag(b, s.pod.Ready), s.pod.Waiting), s.pod.Terminating)
		b = append(binary.LittleEndian.AppendUint64(b, uint64(s.pod.States)), byte(s.pod.Phase))
	}
	local := contains(a.pods, s.addr)
	b = flag(flag(b, local), a.up(s.nodeName()))
	for _, r := range t.ranges {
		b = flag(b, r.Contains(s.addr))
	}
	b = flag(b, s.pod != nil && s.addr == t.addr)
	if a.nodeCounts(s, t) {
		b = a.nodeSignature(b, s, t)
	}
	if s.pod != nil && (t.raw || len(t.ends) == 0) {
		q := policy.Question{Direction: policy.Egress, Pod: s.pod, Protocol: protocol, Peer: t.peer, Port: t.port, PortPod: t.peer.Pod}
		d := a.gates.Decide(q)
		if b = decided(b, &d); !d.Allowed {
			noOut.add(q, d.DecidedBy)
		}
	}
	var cuts []netip.Prefix
	if s.pod != nil {
		cuts = a.gates.Ranges(s.pod, policy.Egress)
	}
	itself := slices.ContainsFunc(t.ends, func(e end) bool { return e.pod == s.pod })
	each := a.said != nil || itself || t.nodeMatters || s.onHost() || len(cuts) > 0
	a.parts = a.parts[:0]
	var last *end
	var said *said
	for i := range t.ends {
		e := &t.ends[i]
		if !e.first && !each {
			continue
		}
		if last == nil || !a.alike(s, last, e, cuts) {
			said = a.say(s, t, e, cuts, protocol)
		}
		last = e
		a.parts = append(a.parts, said.text)
		if said.out != nil {
			noOut.add(*said.out, said.outBy)
		}
		if said.in != nil {
			noIn.add(*said.in, said.inBy)
		}
	}
	if !t.raw && mayChangePlaces(a.parts) {
		slices.Sort(a.parts)
	}
	b = counted(b, a.parts)
	b = noIn.names(noOut.names(b))
	a.room = b
	return string(b), noOut.only(), noIn.only()
}

// mayChangePlaces reports whether the order of endpoints makes no difference: where two things happen equally often the
// first in order is named, so that there must be at most two kinds of them, and not as many of each.
func mayChangePlaces(parts []string) bool {
	first, second := 0, 0
	other := ""
	for _, p := range parts {
		switch {
		case p == parts[0]:
			first++
		case second == 0 || p == other:
			other = p
			second++
		default:
			return false
		}
	}
	return first != second
}

// counted writes a list of texts, each once where it stands several times in a row, and how often.
func counted(b []byte, parts []string) []byte {
	for i := 0; i < len(parts); {
		n := i
		for n < len(parts) && parts[n] == parts[i] {
			n++
		}
		b = append(b, parts[i]...)
		if n-i != len(parts) { // where all stand alike their number makes no difference
			b = binary.AppendUvarint(b, uint64(n-i))
		} else if n-i > 1 {
			b = append(b, '+')
		}
		i = n
	}
	return b
}

// said is what the policies of both ends say of a sender and an endpoint, and what else tells endpoints apart.
type said struct {
	text        string
	out, in     *policy.Question // to which they say no
	outBy, inBy *cluster.Ref
}

type saidKey struct {
	same
	state string
	sides string
	own   bool
	node  bool         // the sender's node counts
	alone *cluster.Pod // set where nothing is shared: a pod of the host network, the sender itself
}

// say asks both gates about an endpoint. Where one sender asks about very many endpoints, those that differ in nothing
// that is asked about are asked for once.
func (a *asker) say(s *sender, t *spot, e *end, cuts []netip.Prefix, protocol corev1.Protocol) *said {
	own := e.pod.Node == s.nodeName()
	var key saidKey
	if a.said != nil {
		key = saidKey{same: e.same(), state: e.state, own: own, node: a.nodeCounts(s, t), sides: sides(cuts, e.addr)}
		if e.pod == s.pod || e.pod.Shape.HostNetwork || e.peer.Pod != e.pod {
			key.alone = e.pod
		}
		if known := a.said[key]; known != nil {
			return known
		}
	}
	out := &said{}
	b := flag(append(a.space[:0], e.state...), e.pod == s.pod)
	if s.pod != nil {
		q := policy.Question{Direction: policy.Egress, Pod: s.pod, Peer: e.peer, Protocol: protocol, Port: e.port, PortPod: e.peer.Pod}
		d := a.gates.Decide(q)
		if b = decided(b, &d); !d.Allowed {
			out.out, out.outBy = &q, d.DecidedBy
		}
	}
	q := policy.Question{Direction: policy.Ingress, Pod: e.pod, Peer: s.peer(), Protocol: protocol, Port: e.port, PortPod: e.pod}
	d := a.gates.Decide(q)
	if b = decided(b, &d); !d.Allowed {
		no := q
		out.in, out.inBy = &no, d.DecidedBy
	}
	if a.nodeCounts(s, t) && s.node != nil {
		// The address of the sender's node may stand for its own.
		sees := nodeSender(s.node)
		q.Peer = sees.peer()
		d := a.gates.Decide(q)
		b = decided(flag(b, own), &d)
	}
	a.space = b
	out.text = string(b)
	if a.said != nil {
		a.said[key] = out
	}
	return out
}

// alike reports whether nothing that is asked about tells two endpoints apart.
func (a *asker) alike(s *sender, x, y *end, cuts []netip.Prefix) bool {
	if x.pod.Labels != y.pod.Labels || x.pod.Shape != y.pod.Shape || x.port != y.port || x.state != y.state || x.pod.Namespace != y.pod.Namespace {
		return false
	}
	own := s.nodeName()
	if x.pod.Shape.HostNetwork || x.peer.Pod != x.pod || y.peer.Pod != y.pod || x.pod == s.pod || y.pod == s.pod || (x.pod.Node == own) != (y.pod.Node == own) {
		return false
	}
	for _, c := range cuts {
		if c.Contains(x.addr) != c.Contains(y.addr) {
			return false
		}
	}
	return true
}

// masked reports whether the rules of services may put a node's address in the place of a pod's.
func (a *asker) masked(addr netip.Addr) bool {
	return !contains(a.pods, addr) || a.facts.Bool(facts.KeyMasqueradeAll)
}

// nodeCounts reports whether a sender's node may change how a request ends.
func (a *asker) nodeCounts(s *sender, t *spot) bool {
	return t.nodeMatters || s.onHost() || !t.direct && a.masked(s.addr)
}

// noes are the questions to which the policies of one direction say no.
type noes struct {
	first policy.Question
	by    []cluster.Ref
}

func (n *noes) add(q policy.Question, by *cluster.Ref) {
	if by == nil || slices.Contains(n.by, *by) {
		return
	}
	if len(n.by) == 0 {
		n.first = q
	}
	n.by = append(n.by, *by)
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

// nodeSignature is what may matter of a sender's node beside what the gates say to it: its zone, and whether it has the
// address that is asked for.
func (a *asker) nodeSignature(b []byte, s *sender, t *spot) []byte {
	n := s.node
	b = append(b, '@')
	if n == nil {
		return append(b, s.nodeName()...)
	}
	b = flag(b, a.up(n.Name))
	b = append(b, n.Labels[corev1.LabelTopologyZone]...)
	owner := a.view.NodeWithAddr(t.addr)
	return append(flag(b, owner != nil && owner.Name == n.Name), '@')
}
