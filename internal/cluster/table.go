package cluster

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Object is what the few-of-a-kind objects are kept as: an API type.
type Object interface {
	v1.Object
	runtime.Object
}

// Key is the place of an object within its kind; Namespace is empty for cluster-wide kinds.
type Key struct{ Namespace, Name string }

// Compare orders keys by namespace, then name.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, o.Namespace), cmp.Compare(k.Name, o.Name))
}

// table is one immutable revision of a kind. A writer clones it before its first change; the sorted lists are made once
// per revision, when first asked for.
type table struct {
	objects map[Key]Object

	once        sync.Once
	sorted      []Object
	byNamespace map[string][]Object

	derived derived
}

func (t *table) clone() *table {
	if t == nil {
		return &table{objects: map[Key]Object{}}
	}
	return &table{objects: maps.Clone(t.objects)}
}

func (t *table) get(key Key) Object {
	if t == nil {
		return nil
	}
	return t.objects[key]
}

func (t *table) len() int {
	if t == nil {
		return 0
	}
	return len(t.objects)
}

func (t *table) index() {
	t.once.Do(func() {
		t.sorted = slices.SortedFunc(maps.Values(t.objects), func(a, b Object) int {
			return keyOf(a).Compare(keyOf(b))
		})
		t.byNamespace = map[string][]Object{}
		for _, o := range t.sorted {
			t.byNamespace[o.GetNamespace()] = append(t.byNamespace[o.GetNamespace()], o)
		}
	})
}

func (t *table) list() []Object {
	if t == nil {
		return nil
	}
	t.index()
	return t.sorted
}

func (t *table) in(namespace string) []Object {
	if t == nil {
		return nil
	}
	t.index()
	return t.byNamespace[namespace]
}

func keyOf(o Object) Key { return Key{o.GetNamespace(), o.GetName()} }
