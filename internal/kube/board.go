package kube

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// board turns the states of scopes into the states of kinds. The two differ for objects that are read by name: there the
// scopes of one namespace are one line, and its state is that of the worst of them.
type board struct {
	set func(cluster.KindStatus)

	mu    sync.Mutex
	lines map[line]map[string]cluster.KindStatus // by object name, "" for whole kinds
}

type line struct {
	kind      cluster.Kind
	namespace string
}

func newBoard(set func(cluster.KindStatus)) *board {
	return &board{set: set, lines: map[line]map[string]cluster.KindStatus{}}
}

func (b *board) note(s scope, state cluster.KindState, verb, message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := line{s.res.Kind, s.namespace}
	if b.lines[at] == nil {
		b.lines[at] = map[string]cluster.KindStatus{}
	}
	if old, ok := b.lines[at][s.name]; ok && old.State == state && old.Verb == verb && old.Message == message {
		return
	}
	b.lines[at][s.name] = cluster.KindStatus{
		Kind: s.res.Kind, Resource: s.res.Plural, Namespace: s.namespace, State: state, Verb: verb, Message: message,
		Since: time.Now(),
	}
	var all []cluster.KindStatus
	var names []string
	for name := range b.lines[at] {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		all = append(all, b.lines[at][name])
	}
	b.set(slices.MaxFunc(all, func(a, c cluster.KindStatus) int { return cmp.Compare(weight[a.State], weight[c.State]) }))
}

// weight orders states by how much they need to be said.
var weight = map[cluster.KindState]int{
	cluster.StateAbsent: 0, cluster.StateSynced: 1, cluster.StatePending: 2, cluster.StateStalled: 3, cluster.StateForbidden: 4,
}
