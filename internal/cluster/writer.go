package cluster

import (
	"maps"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Writer collects the changes of one revision. It is valid only inside the function that Store.Update or View.Fork
// calls.
type Writer struct {
	next   state
	pods   podWriter
	slices sliceWriter
	owned  map[Kind]bool
	intern *interner // nil in a Fork: nothing is shared then
	change Change
	data   bool // anything but a status was written, be it a change or not
	asOf   time.Time
}

// AsOf says of what time the data is, where that is not the clock's: a world tells its own time, so that whoever opens it
// gets the same answers. Change.At and LastData stay the clock's.
func (w *Writer) AsOf(t time.Time) { w.asOf = t }

// Change says what differs between a revision and the one before.
type Change struct {
	Revision     uint64
	At           time.Time
	Pods         []uint32 // slots whose row is new, different or gone
	Objects      []Ref    // few-of-a-kind objects that are new, different or gone
	Endpoints    []Key    // services whose endpoint slices differ
	Surroundings bool
	Status       bool // kinds, connection or source
}

// Empty reports whether nothing differs.
func (c *Change) Empty() bool {
	return len(c.Pods) == 0 && len(c.Objects) == 0 && len(c.Endpoints) == 0 && !c.Surroundings && !c.Status
}

func newWriter(from *View, n *interner) *Writer {
	w := &Writer{intern: n, owned: map[Kind]bool{}}
	w.next = state{
		revision: from.revision, source: from.source, asOf: from.asOf, tables: maps.Clone(from.tables),
		status: from.status, surroundings: from.surroundings,
	}
	w.pods = podWriter{
		rows: *from.pods, ownedPage: map[uint32]bool{}, ownedName: map[uint64]bool{},
		ownedAddr: map[uint64]bool{}, ownedSpace: map[string]bool{},
	}
	w.slices = sliceWriter{rows: *from.slices, owned: map[uint64]bool{}}
	return w
}

// Put adds or replaces an object. The object is the Writer's afterwards; it is stripped in place.
func (w *Writer) Put(o Object) {
	w.data = true
	switch o := o.(type) {
	case *corev1.Pod:
		w.PutPod(PodOf(o))
	case *discoveryv1.EndpointSlice:
		w.PutSlice(SliceOf(o))
	default:
		w.putObject(o)
	}
}

// PutPod adds or replaces a pod's row.
func (w *Writer) PutPod(p *Pod) {
	w.data = true
	if w.intern != nil {
		w.intern.acquire(p)
	}
	old := w.pods.rows.named(p.Namespace, p.Name)
	changed := w.pods.put(p)
	if w.intern != nil {
		if len(changed) == 0 {
			w.intern.release(p)
		} else if old != nil {
			w.intern.release(old)
		}
	}
	w.change.Pods = append(w.change.Pods, changed...)
}

// PutSlice adds or replaces an endpoint slice.
func (w *Writer) PutSlice(s *Slice) {
	w.data = true
	old := w.slices.find(Key{s.Namespace, s.Name})
	if old != nil {
		same := *old
		same.ResourceVersion = s.ResourceVersion
		if reflect.DeepEqual(&same, s) {
			return
		}
		w.slices.remove(old)
		if old.Service != s.Service {
			w.change.Endpoints = append(w.change.Endpoints, Key{old.Namespace, old.Service})
		}
	}
	if w.intern != nil {
		for i := range s.Endpoints {
			e := &s.Endpoints[i]
			e.Node, e.Zone = w.shareText(e.Node), w.shareText(e.Zone)
		}
	}
	w.slices.insert(s)
	w.change.Endpoints = append(w.change.Endpoints, Key{s.Namespace, s.Service})
}

// shareText uses the interner's copy of a text if some pod row keeps one.
func (w *Writer) shareText(s string) string {
	if have := w.intern.strings[s]; have != nil {
		return have.value
	}
	return s
}

func (w *Writer) putObject(o Object) {
	kind := KindOf(o)
	if kind == "" {
		return
	}
	Strip(o)
	key := keyOf(o)
	if old := w.next.tables[kind].get(key); old != nil && sameObject(old, o) {
		return
	}
	w.table(kind).objects[key] = o
	w.change.Objects = append(w.change.Objects, Ref{kind, key.Namespace, key.Name})
}

// sameObject compares two stripped objects but for their resource version and generation.
func sameObject(a, b Object) bool {
	av, ag, bv, bg := a.GetResourceVersion(), a.GetGeneration(), b.GetResourceVersion(), b.GetGeneration()
	b.SetResourceVersion(av)
	b.SetGeneration(ag)
	same := equality.Semantic.DeepEqual(a, b)
	b.SetResourceVersion(bv)
	b.SetGeneration(bg)
	return same
}

func (w *Writer) table(kind Kind) *table {
	if !w.owned[kind] {
		w.owned[kind] = true
		w.next.tables[kind] = w.next.tables[kind].clone()
	}
	return w.next.tables[kind]
}

// Delete removes an object; one that is not there is no change.
func (w *Writer) Delete(kind Kind, namespace, name string) {
	w.data = true
	switch kind {
	case KindPod:
		if old := w.pods.rows.named(namespace, name); old != nil {
			w.change.Pods = append(w.change.Pods, w.pods.remove(old))
			if w.intern != nil {
				w.intern.release(old)
			}
		}
	case KindEndpointSlice:
		if old := w.slices.find(Key{namespace, name}); old != nil {
			w.slices.remove(old)
			w.change.Endpoints = append(w.change.Endpoints, Key{old.Namespace, old.Service})
		}
	default:
		if w.next.tables[kind].get(Key{namespace, name}) == nil {
			return
		}
		delete(w.table(kind).objects, Key{namespace, name})
		w.change.Objects = append(w.change.Objects, Ref{kind, namespace, name})
	}
}

// Retain removes every object of a kind, in one namespace or ("") in all, that is not in keep: what a fresh list no
// longer has.
func (w *Writer) Retain(kind Kind, namespace string, keep map[Key]bool) {
	w.data = true
	var gone []Key
	add := func(ns, name string) {
		if k := (Key{ns, name}); (namespace == "" || ns == namespace) && !keep[k] {
			gone = append(gone, k)
		}
	}
	switch kind {
	case KindPod:
		for p := range w.pods.rows.all {
			add(p.Namespace, p.Name)
		}
	case KindEndpointSlice:
		for s := range w.slices.rows.all {
			add(s.Namespace, s.Name)
		}
	default:
		if t := w.next.tables[kind]; t != nil {
			for k := range t.objects {
				add(k.Namespace, k.Name)
			}
		}
	}
	for _, k := range gone {
		w.Delete(kind, k.Namespace, k.Name)
	}
}

// SetSurroundings replaces what is no Kubernetes object.
func (w *Writer) SetSurroundings(s *surroundings.Surroundings) {
	w.data = true
	if reflect.DeepEqual(w.next.surroundings, s) {
		return
	}
	w.next.surroundings = s
	w.change.Surroundings = true
}

// SetStatus says how far a kind is read.
func (w *Writer) SetStatus(s KindStatus) {
	if next, changed := w.next.status.with(s); changed {
		w.next.status = next
		w.change.Status = true
	}
}

// SetConnection says whether the source delivers.
func (w *Writer) SetConnection(c Connection) {
	if c == w.next.status.connection {
		return
	}
	w.next.status = &statuses{kinds: w.next.status.kinds, connection: c}
	w.change.Status = true
}
