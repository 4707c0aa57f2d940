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
	return t.derived.get(key, func() any { return build(t.list()) })
}

// Remember returns what build makes of this View and remembers it under the key for as long as the View lives. What is
// made must depend on nothing else and must be safe for concurrent use; the key is a type of the caller's own.
func (v *View) Remember(key any, build func() any) any { return v.memo.get(key, build) }

// get builds without holding the lock, so that what is built may rest on other things that are remembered. Two that ask
// at once may both build; they get the same one.
func (d *derived) get(key any, build func() any) any {
	d.mu.Lock()
	made, ok := d.made[key]
	d.mu.Unlock()
	if ok {
		return made
	}
	made = build()
	d.mu.Lock()
	defer d.mu.Unlock()
	if first, ok := d.made[key]; ok {
		return first
	}
	if d.made == nil {
		d.made = map[any]any{}
	}
	d.made[key] = made
	return made
}
