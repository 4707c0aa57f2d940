package cluster

import "sync"

// derived holds what was made from the objects of one kind. It lives as long as they stay as they are: revisions in
// which nothing of the kind changes share it.
type derived struct {
	mu   sync.Mutex
	made map[any]any
}

// Derived returns what build makes of the objects of a few-of-a-kind kind, in the order of List, and remembers it under
// the key for as long as these objects stay as they are, over revisions. What is made must depend on nothing else and
// must be safe for concurrent use; the key is a type of the caller's own.
func (v *View) Derived(kind Kind, key any, build func([]Object) any) any {
	t := v.tables[kind]
	if t == nil {
		return build(nil)
	}
	t.derived.mu.Lock()
	defer t.derived.mu.Unlock()
	if made, ok := t.derived.made[key]; ok {
		return made
	}
	made := build(t.list())
	if t.derived.made == nil {
		t.derived.made = map[any]any{}
	}
	t.derived.made[key] = made
	return made
}
