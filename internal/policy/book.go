package policy

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Book answers questions about one View and remembers its answers, for whoever asks about many endpoints of one kind, or
// again and again. The Decisions it gives are shared: nobody may change them. It is not safe for concurrent use.
type Book struct {
	view     *cluster.View
	selected map[selectedKey]*selected
	answers  map[questionKey]Decision
	plugin   *Enforcement
}

// selectedKey is what selection depends on. Label sets are shared by all pods that carry the same.
type selectedKey struct {
	namespace string
	labels    *cluster.Labels
	done      bool
	direction Direction
}

// questionKey is a Question that can be compared.
type questionKey struct {
	direction          Direction
	pod, peer, portPod *cluster.Pod
	addr, before       netip.Addr
	node               string
	protocol           corev1.Protocol
	port               int32
}

// NewBook opens a book about a View.
func NewBook(view *cluster.View) *Book {
	return &Book{view: view, selected: map[selectedKey]*selected{}, answers: map[questionKey]Decision{}}
}

// Evaluate answers a question about one end of a connection.
func (b *Book) Evaluate(q Question) Decision {
	if len(q.Peer.Within) > 0 || !q.Peer.Addr.IsValid() {
		return b.evaluate(q)
	}
	key := questionKey{
		q.Direction, q.Pod, q.Peer.Pod, q.PortPod, q.Peer.Addr, q.Peer.Before, q.Peer.Node, q.Protocol, q.Port,
	}
	if d, known := b.answers[key]; known {
		return d
	}
	d := b.evaluate(q)
	b.answers[key] = d
	return d
}

func (b *Book) selecting(q Question) *selected {
	key := selectedKey{q.Pod.Namespace, q.Pod.Labels, q.Pod.Done(), q.Direction}
	if s, known := b.selected[key]; known {
		return s
	}
	s := selectingFor(b.view, q)
	b.selected[key] = s
	return s
}

// enforcement is what is known of the plug-in, found out once.
func (b *Book) enforcement() Enforcement {
	if b.plugin == nil {
		e := EnforcementOf(b.view)
		b.plugin = &e
	}
	return *b.plugin
}
