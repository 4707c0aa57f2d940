package simulate

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Stage is a cluster that no API server keeps: it holds the given objects and what follows from them, counts resource
// versions, and writes differences into a Store. It is for one goroutine at a time.
type Stage struct {
	options Options
	given   map[cluster.Ref]cluster.Object
	memory  Memory
	slots   map[cluster.Key]slot
	settled map[cluster.Ref]cluster.Object
	stale   bool                   // settled is behind given
	written map[cluster.Ref]string // resource versions as last written
	wrote   *surroundings.Surroundings
	version int
}

// NewStage makes an empty cluster.
func NewStage(o Options) *Stage {
	return &Stage{
		options: o, given: map[cluster.Ref]cluster.Object{}, settled: map[cluster.Ref]cluster.Object{},
		written: map[cluster.Ref]string{}, version: 100, stale: true,
	}
}

// Replace puts other objects in the place of all that were given.
func (s *Stage) Replace(objects []cluster.Object) {
	s.given = map[cluster.Ref]cluster.Object{}
	for _, o := range objects {
		s.Put(o)
	}
	s.stale = true
}

// Put adds or replaces one given object, which is the Stage's afterwards.
func (s *Stage) Put(o cluster.Object) {
	kind := cluster.KindOf(o)
	if kind == "" {
		return
	}
	if r, _ := cluster.ResourceOf(kind); r.Namespaced && o.GetNamespace() == "" {
		o.SetNamespace("default")
	}
	s.given[cluster.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()}] = o
	s.stale = true
}

// Remove takes a given object away; what followed from it goes too.
func (s *Stage) Remove(ref cluster.Ref) {
	delete(s.given, ref)
	s.stale = true
}

// SetSurroundings replaces what is no object.
func (s *Stage) SetSurroundings(to *surroundings.Surroundings) {
	s.options.Surroundings = to
	s.stale = true
}

// SetNow sets the creation time of what is made from here on.
func (s *Stage) SetNow(now time.Time) { s.options.Now = now }

// Replaceable reports whether Terminate would find a successor for a pod: it was made, not given.
func (s *Stage) Replaceable(pod cluster.Key) bool {
	s.settle()
	_, ok := s.slots[pod]
	return ok
}

// Terminate marks a made pod as being deleted and has another take its place, as its controller would at once: with a
// name and an address of its own, which it returns. Remove takes the old pod away. It is "" for a pod that was not made.
func (s *Stage) Terminate(pod cluster.Key, now time.Time) string {
	s.settle()
	at, ok := s.slots[pod]
	if !ok {
		return ""
	}
	ref := cluster.Ref{Kind: cluster.KindPod, Namespace: pod.Namespace, Name: pod.Name}
	leaving := s.settled[ref].DeepCopyObject().(*corev1.Pod)
	deleted := metaTime(now)
	leaving.DeletionTimestamp, leaving.ResourceVersion = &deleted, ""
	s.memory.generation[at]++
	s.Put(leaving)
	s.settle()
	for key, slot := range s.slots {
		if slot == at {
			return key.Name
		}
	}
	return ""
}

// Hold keeps a pod in a state until it is held in another.
func (s *Stage) Hold(pod cluster.Key, state PodState) {
	if s.memory.held == nil {
		s.memory.held = map[cluster.Key]PodState{}
	}
	if state == PodReady {
		delete(s.memory.held, pod)
	} else {
		s.memory.held[pod] = state
	}
	s.stale = true
}

// Object is a settled object, nil if there is none. The caller must not change it.
func (s *Stage) Object(ref cluster.Ref) cluster.Object {
	s.settle()
	return s.settled[ref]
}

// Get is a whole object for the inspector, with environment values redacted; nil if there is none.
func (s *Stage) Get(ref cluster.Ref) runtime.Object {
	o := s.Object(ref)
	if o == nil {
		return nil
	}
	o = o.DeepCopyObject().(cluster.Object)
	cluster.Redact(o)
	if r, ok := cluster.ResourceOf(ref.Kind); ok {
		o.GetObjectKind().SetGroupVersionKind(r.Group.WithKind(string(ref.Kind)))
	}
	return o
}

func (s *Stage) settle() {
	if !s.stale {
		return
	}
	given := make([]cluster.Object, 0, len(s.given))
	for _, o := range s.given {
		given = append(given, o)
	}
	r := Settle(given, s.options, s.memory)
	s.memory, s.slots, s.stale = r.Memory, r.slots, false
	next := make(map[cluster.Ref]cluster.Object, len(r.Objects))
	for _, o := range r.Objects { // sorted, so that versions are counted in the same order every time
		ref := cluster.Ref{Kind: cluster.KindOf(o), Namespace: o.GetNamespace(), Name: o.GetName()}
		if old := s.settled[ref]; old != nil {
			given := o.GetResourceVersion()
			o.SetResourceVersion(old.GetResourceVersion())
			if equality.Semantic.DeepEqual(old, o) {
				next[ref] = old
				continue
			}
			o.SetResourceVersion(given)
		}
		if _, known := s.settled[ref]; known || o.GetResourceVersion() == "" {
			s.version++
			o.SetResourceVersion(strconv.Itoa(s.version))
		} else if n, err := strconv.Atoi(o.GetResourceVersion()); err == nil {
			s.version = max(s.version, n)
		}
		next[ref] = o
	}
	s.settled = next
}

// Restart has the next Write write everything, for a Store that has nothing yet.
func (s *Stage) Restart() {
	s.written, s.wrote = map[cluster.Ref]string{}, nil
}

// Objects are all settled objects, sorted. The caller must not change them.
func (s *Stage) Objects() []cluster.Object {
	s.settle()
	out := make([]cluster.Object, 0, len(s.settled))
	for _, ref := range sortedRefs(s.settled) {
		out = append(out, s.settled[ref])
	}
	return out
}

// Write brings a Store's next revision to where the Stage is.
func (s *Stage) Write(w *cluster.Writer) {
	s.settle()
	for _, ref := range sortedRefs(s.written) {
		if s.settled[ref] == nil {
			w.Delete(ref.Kind, ref.Namespace, ref.Name)
			delete(s.written, ref)
		}
	}
	for _, ref := range sortedRefs(s.settled) {
		o := s.settled[ref]
		if s.written[ref] != o.GetResourceVersion() {
			w.Put(o.DeepCopyObject().(cluster.Object))
			s.written[ref] = o.GetResourceVersion()
		}
	}
	if s.options.Surroundings != s.wrote {
		w.SetSurroundings(s.options.Surroundings)
		s.wrote = s.options.Surroundings
	}
}

func sortedRefs[V any](m map[cluster.Ref]V) []cluster.Ref {
	return slices.SortedFunc(maps.Keys(m), func(a, b cluster.Ref) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}
