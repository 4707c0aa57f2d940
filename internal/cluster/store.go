package cluster

import (
	"sync"
	"sync/atomic"
	"time"
)

// Store holds the current View. One writer at a time makes the next one; readers never wait.
type Store struct {
	current  atomic.Pointer[View]
	lastData atomic.Int64 // Unix nanoseconds, see Touch

	mu        sync.Mutex // held while a revision is made and told
	intern    *interner
	free      []uint32
	slices    map[Key]*Slice
	observers map[int]func(*View, Change)
	nextID    int
	now       func() time.Time
}

// NewStore makes an empty Store. now stamps revisions; nil means time.Now.
func NewStore(source SourceInfo, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	s := &Store{intern: newInterner(), slices: map[Key]*Slice{}, observers: map[int]func(*View, Change){}, now: now}
	s.current.Store(emptyView(source))
	return s
}

func emptyView(source SourceInfo) *View {
	return &View{state: state{
		source: source, tables: map[Kind]*table{}, pods: &podRows{spaces: map[string]*namespaceSlots{}},
		slices: &sliceRows{}, status: &statuses{},
	}}
}

// View is the current revision.
func (s *Store) View() *View { return s.current.Load() }

// Update makes the next revision from what change writes, and tells the observers before it returns. When nothing
// changed there is no new revision, but the View's AsOf moves on with the next one that is.
func (s *Store) Update(change func(*Writer)) *View {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := newWriter(s.current.Load(), s.intern)
	w.pods.free, w.slices.byKey = s.free, s.slices
	change(w)
	if w.data { // that a source has gone silent is no data
		s.lastData.Store(s.now().UnixNano())
	}
	s.free = w.pods.free
	if w.change.Empty() {
		return s.current.Load()
	}
	v := w.finish()
	v.revision++
	now := s.now()
	switch {
	case !w.asOf.IsZero():
		v.asOf = w.asOf
	case w.data:
		v.asOf = now
	}
	w.change.Revision, w.change.At = v.revision, now
	s.current.Store(v)
	for _, tell := range s.observers {
		tell(v, w.change)
	}
	return v
}

func (w *Writer) finish() *View {
	pods, slices := w.pods.rows, w.slices.rows
	v := &View{state: w.next}
	v.pods, v.slices = &pods, &slices
	return v
}

// Touch notes that the source has just delivered something, be it only a sign of life (a bookmark, a heartbeat): the age
// of the data that the page shows counts from here.
func (s *Store) Touch() { s.lastData.Store(s.now().UnixNano()) }

// LastData is when the source last delivered anything; the zero time if it never did.
func (s *Store) LastData() time.Time {
	if n := s.lastData.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Observe calls tell with every new revision, in order, from the writer's goroutine: it must return quickly and must
// not call the Store. The View it returns is the revision from which on changes are told. cancel ends it.
func (s *Store) Observe(tell func(*View, Change)) (from *View, cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextID
	s.nextID++
	s.observers[id] = tell
	return s.current.Load(), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.observers, id)
	}
}
