package policy

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Book answers questions about one View and remembers its answers, for whoever asks about many endpoints of one kind, or
// again and again. The Decisions it gives are shared: nobody may change them. It is not safe for concurrent use; what it
// is made of (the policies, made ready for asking) is shared between all books of equal policies.
type Book struct {
	view     *cluster.View
	rules    *rules
	admins   admins
	spaces   spaceLabels
	unread   cluster.Kind // a kind of the tiers Admin and Baseline that exists and may not be read
	selected map[selectedKey]*selected
	answers  map[questionKey]*Decision
	unshown  map[string]*spaceLabel
	plugin   *Enforcement
}

// selectedKey is what selection depends on. Label sets are shared by all pods that carry the same.
type selectedKey struct {
	namespace string
	labels    *cluster.Labels
	done      bool
	host      bool
	direction Direction
}

// questionKey is a Question that can be compared.
type questionKey struct {
	direction          Direction
	pod, peer, portPod *cluster.Pod
	addr, before       netip.Addr
	node               string
	domain             string
	protocol           corev1.Protocol
	port               int32
}

// NewBook opens a book about a View.
func NewBook(view *cluster.View) *Book {
	return &Book{
		view: view, rules: rulesOf(view), admins: adminsOf(view), spaces: spaceLabelsOf(view), unread: unreadAdmin(view),
		selected: map[selectedKey]*selected{}, answers: map[questionKey]*Decision{}, unshown: map[string]*spaceLabel{},
	}
}

// unreadAdmin is a kind of the tiers Admin and Baseline that the cluster has and that may not be read.
func unreadAdmin(view *cluster.View) cluster.Kind {
	if view.Source().Kind != cluster.SourceLive {
		return ""
	}
	for _, kind := range adminKinds {
		if view.Readable(kind, "") {
			continue
		}
		for _, s := range view.Kinds() {
			if s.Kind == kind && s.State == cluster.StateForbidden {
				return kind
			}
		}
		if r, ok := cluster.ResourceOf(kind); ok && view.Get(cluster.KindCRD, "", r.CRD()) != nil {
			return kind
		}
	}
	return ""
}

// Evaluate answers a question about one end of a connection, with all that was considered.
func Evaluate(view *cluster.View, q Question) Decision { return NewBook(view).Evaluate(q) }

// Evaluate answers a question about one end of a connection, with all that was considered.
func (b *Book) Evaluate(q Question) Decision {
	q = normal(q)
	if len(q.Peer.Within) > 0 || !q.Peer.Addr.IsValid() {
		d, w := b.decide(&q)
		b.explain(&d, &q, w)
		return d
	}
	key := keyOf(&q)
	if d, known := b.answers[key]; known {
		return *d
	}
	d, w := b.decide(&q)
	b.explain(&d, &q, w)
	b.answers[key] = &d
	return d
}

// Decide is Evaluate without the explanation: it writes no texts.
func (b *Book) Decide(q Question) Decision {
	q = normal(q)
	d, w := b.decide(&q)
	if w.out.by != nil {
		d.DecidedBy = &w.out.by.ref
	} else if !d.Allowed && len(w.s.network) > 0 {
		d.DecidedBy = &w.s.network[0].ref
	}
	return d
}

// Settle is Decide for whoever asks only whether and how certainly: where Evaluate has been asked before, that answer, with
// its explanation, is given.
func (b *Book) Settle(q Question) Decision {
	if n := normal(q); len(n.Peer.Within) == 0 && n.Peer.Addr.IsValid() {
		if d, known := b.answers[keyOf(&n)]; known {
			return *d
		}
	}
	return b.Decide(q)
}

func normal(q Question) Question {
	q.Protocol = protocolOr(q.Protocol)
	q.Peer.Addr = q.Peer.Addr.Unmap()
	if q.Peer.Pod != nil && q.Peer.Pod.Done() {
		q.Peer.Pod = nil // its labels select nobody any more, and its address may be another's by now
	}
	return q
}

func keyOf(q *Question) questionKey {
	return questionKey{
		q.Direction, q.Pod, q.Peer.Pod, q.PortPod, q.Peer.Addr, q.Peer.Before, q.Peer.Node, q.Peer.Domain, q.Protocol, q.Port,
	}
}

// selecting are the policies that concern a pod in one direction. A pod that has ended has no address to guard, so no
// policy selects it; the tiers Admin and Baseline leave pods on the host network out.
func (b *Book) selecting(q *Question) *selected {
	key := selectedKey{q.Pod.Namespace, q.Pod.Labels, q.Pod.Done(), q.Pod.Shape.HostNetwork, q.Direction}
	if s, known := b.selected[key]; known {
		return s
	}
	s := &selected{}
	b.selected[key] = s
	if key.done {
		return s
	}
	keep := func(to *[]*guard, g *guard) {
		side := g.side(q.Direction)
		if !side.applies {
			return
		}
		*to = append(*to, g)
		s.blocks, s.pods, s.domains = s.blocks || side.blocks, s.pods || side.pods, s.domains || side.domains
		s.names, s.ends = s.names || side.names, s.ends || side.ends
	}
	for _, g := range b.rules.selecting(q.Pod.Namespace, q.Pod.Labels) {
		keep(&s.network, g)
	}
	if key.host {
		return s
	}
	for _, g := range b.admins.admin {
		if b.subject(g, q.Pod) {
			keep(&s.admin, g)
		}
	}
	for _, g := range b.admins.baseline {
		if b.subject(g, q.Pod) {
			keep(&s.baseline, g)
		}
	}
	return s
}

func (b *Book) subject(g *guard, p *cluster.Pod) bool {
	return !g.subject.nobody && g.subject.spaces.matches(b.space(p.Namespace).labels) && g.subject.pods.matches(p.Labels)
}

// space are the labels of a namespace; of one that is not there its name is all that is known.
func (b *Book) space(name string) *spaceLabel {
	if s := b.spaces[name]; s != nil {
		return s
	}
	if s := b.unshown[name]; s != nil {
		return s
	}
	s := &spaceLabel{labels: cluster.NewLabels(map[string]string{corev1.LabelMetadataName: name})}
	b.unshown[name] = s
	return s
}

// enforcement is what is known of the plug-in, found out once.
func (b *Book) enforcement() *Enforcement {
	if b.plugin == nil {
		e := EnforcementOf(b.view)
		b.plugin = &e
	}
	return b.plugin
}
