package trace

import (
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// branch is one course of events, up to some moment. Every random choice of the network splits a branch; what came
// before is shared. Branches are values: a copy goes its own way.
type branch struct {
	share float64 // of all courses
	last  *link   // the newest step

	leg       int  // 0 for a DNS query, else the number of the connection
	tcpQuery  bool // a DNS query over TCP
	src       netip.AddrPort
	dst       netip.AddrPort
	http      *HTTP
	outer     *Outer
	back      []*hop // the places passed on the way there, with what has to be put back
	sender    sender
	left      bool      // the packet has left the sender's node: coming back there it is a stranger
	visits    []visit   // the nodes at which the packet came in from outside
	forwarded bool      // a host on the way has passed the connection on
	tunnel    int       // the connection on which what the client says is passed on as it is, though another opened it
	pick      *pick     // of a walk for a group of entry nodes: what part of each endpoint it stands for
	picked    bool      // an endpoint was chosen under pick
	grouped   bool      // it stands for several entry nodes: the address that it is masked by is one of many
	guard     *gateNote // the in-gate's view of the packet before a masquerade

	endpoint     *Endpoint
	endpointPod  *cluster.Pod
	backend      *Backend
	masqueraded  bool
	seen         string // the source as the endpoint sees it
	upstreamPath string
	location     string
	legs         int // connections so far
	redirects    int
	asked        []string // the places that redirected the client so far

	certainty Certainty
	end       *ending // set when the current connection has come to its end
}

// visit is a packet as it came in at a node.
type visit struct {
	node     string
	src, dst netip.AddrPort
}

// gateNote remembers the source before the node masked it.
type gateNote struct {
	node string
	src  netip.Addr
}

// sender is who opened the current connection.
type sender struct {
	ref   cluster.Ref
	layer surroundings.Layer
	pod   *cluster.Pod
	node  string // where its network is: the pod's node, or the node itself; empty outside the cluster
	host  *surroundings.Host
	addr  netip.Addr
}

// inPodNetwork reports whether the sender has a network namespace of its own.
func (s sender) inPodNetwork() bool { return s.pod != nil && !hostNetwork(s.pod) }

func hostNetwork(p *cluster.Pod) bool { return p != nil && p.Shape != nil && p.Shape.HostNetwork }

// link is a step and the ones before it.
type link struct {
	step *Step
	prev *link
}

func (b *branch) steps() []*Step {
	var out []*Step
	for l := b.last; l != nil; l = l.prev {
		out = append(out, l.step)
	}
	slices.Reverse(out)
	return out
}

// hop is a place on the way there. Courses share those that they have in common: nobody changes one.
type hop struct {
	at    cluster.Ref
	layer string
	outer *Outer
	undo  undoKind
	src   netip.AddrPort // the source before it was replaced
	dst   netip.AddrPort // the destination before it was replaced
}

// undoKind says what a place puts back into the reply.
type undoKind int

const (
	undoNothing undoKind = iota
	undoDNAT
	undoMasquerade
	undoPAT
)

// pass notes that the packet is at a place.
func (b *branch) pass(at cluster.Ref, layer string) {
	b.back = append(slices.Clip(b.back), &hop{at: at, layer: layer, outer: b.outer})
}

// remember notes what a place has to put back.
func (b *branch) remember(at cluster.Ref, layer string, kind undoKind) {
	b.back = append(slices.Clip(b.back), &hop{at: at, layer: layer, undo: kind, src: b.src, dst: b.dst})
}

// split makes a branch with a part of the share.
func (b branch) split(part float64) branch {
	b.share *= part
	return b
}

// worse is the lesser of two certainties.
func worse(a, b Certainty) Certainty {
	if rank(b) > rank(a) {
		return b
	}
	if a == "" {
		return Certain
	}
	return a
}

func rank(c Certainty) int {
	switch c {
	case Assumed:
		return 1
	case Unknown:
		return 2
	}
	return 0
}

// connection keeps the first connection while a proxy speaks over a second one.
type connection struct {
	leg      int
	src, dst netip.AddrPort
	http     *HTTP
	back     []*hop
	sender   sender
	guard    *gateNote
	left     bool
}

func (b *branch) suspend() connection {
	return connection{b.leg, b.src, b.dst, b.http, b.back, b.sender, b.guard, b.left}
}

func (b *branch) resume(c connection) {
	b.leg, b.src, b.dst, b.http, b.back, b.sender, b.guard, b.left = c.leg, c.src, c.dst, c.http, c.back, c.sender, c.guard, c.left
	b.outer = nil
}
