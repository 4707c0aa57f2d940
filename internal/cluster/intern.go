package cluster

import (
	"strings"
)

// interner shares what many rows have in common. It counts its users, so that what the last row left behind (a label
// set with an old template hash, say) is forgotten and memory stays flat under churn.
type interner struct {
	strings map[string]*shared[string]
	labels  map[string]*shared[*Labels]
	shapes  map[string]*shared[*Shape]
	owners  map[Owner]*shared[*Owner]
}

type shared[T any] struct {
	value T
	users int
}

func newInterner() *interner {
	return &interner{
		strings: map[string]*shared[string]{},
		labels:  map[string]*shared[*Labels]{},
		shapes:  map[string]*shared[*Shape]{},
		owners:  map[Owner]*shared[*Owner]{},
	}
}

func share[K comparable, T any](m map[K]*shared[T], key K, value T) T {
	s := m[key]
	if s == nil {
		s = &shared[T]{value: value}
		m[key] = s
	}
	s.users++
	return s.value
}

func release[K comparable, T any](m map[K]*shared[T], key K) {
	if s := m[key]; s != nil {
		if s.users--; s.users == 0 {
			delete(m, key)
		}
	}
}

func (n *interner) text(s string) string {
	if s == "" {
		return ""
	}
	if have := n.strings[s]; have != nil {
		have.users++
		return have.value
	}
	return share(n.strings, s, strings.Clone(s))
}

// acquire replaces a row's common parts by the shared ones; every acquired row must be released once.
func (n *interner) acquire(p *Pod) {
	p.Namespace, p.Node, p.Reason = n.text(p.Namespace), n.text(p.Node), n.text(p.Reason)
	p.Labels = share(n.labels, p.Labels.String(), p.Labels)
	p.Shape = share(n.shapes, p.Shape.key, p.Shape)
	if p.Owner != nil {
		p.Owner = share(n.owners, *p.Owner, p.Owner)
	}
}

func (n *interner) release(p *Pod) {
	for _, s := range []string{p.Namespace, p.Node, p.Reason} {
		release(n.strings, s)
	}
	release(n.labels, p.Labels.String())
	release(n.shapes, p.Shape.key)
	if p.Owner != nil {
		release(n.owners, *p.Owner)
	}
}
