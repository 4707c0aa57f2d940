package cluster

import (
	"hash/maphash"
	"slices"
	"strings"
)

// sliceRows is one immutable revision of all endpoint slices, in buckets by service that are copied on write.
type sliceRows struct {
	buckets [][]*Slice // by hash of namespace and service, sorted by namespace, service, name
	count   int
}

const sliceBuckets = 1 << 10

func sliceBucket(service Key) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	h.WriteString(service.Namespace)
	h.WriteByte('/')
	h.WriteString(service.Name)
	return h.Sum64() % sliceBuckets
}

func (r *sliceRows) of(service Key) []*Slice {
	if len(r.buckets) == 0 {
		return nil
	}
	var found []*Slice
	for _, s := range r.buckets[sliceBucket(service)] {
		if s.Service == service.Name && s.Namespace == service.Namespace {
			found = append(found, s)
		}
	}
	return found
}

func (r *sliceRows) all(yield func(*Slice) bool) {
	for _, b := range r.buckets {
		for _, s := range b {
			if !yield(s) {
				return
			}
		}
	}
}

func compareSlices(a, b *Slice) int {
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	if c := strings.Compare(a.Service, b.Service); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}

// sliceWriter changes slices; it remembers which service each slice belongs to, since a deletion names only the slice.
type sliceWriter struct {
	rows  sliceRows
	byKey map[Key]*Slice // shared by all revisions of one Store, nil in a Fork until needed
	owned map[uint64]bool
	top   bool // the list of buckets is our own
}

func (w *sliceWriter) find(key Key) *Slice {
	if w.byKey == nil {
		w.byKey = map[Key]*Slice{}
		for s := range w.rows.all {
			w.byKey[Key{s.Namespace, s.Name}] = s
		}
	}
	return w.byKey[key]
}

func (w *sliceWriter) bucket(service Key) *[]*Slice {
	if !w.top {
		w.top = true
		if w.rows.buckets == nil {
			w.rows.buckets = make([][]*Slice, sliceBuckets)
		} else {
			w.rows.buckets = slices.Clone(w.rows.buckets)
		}
	}
	i := sliceBucket(service)
	if !w.owned[i] {
		w.owned[i] = true
		w.rows.buckets[i] = slices.Clone(w.rows.buckets[i])
	}
	return &w.rows.buckets[i]
}

func (w *sliceWriter) remove(s *Slice) {
	b := w.bucket(Key{s.Namespace, s.Service})
	if i := slices.Index(*b, s); i >= 0 {
		*b = slices.Delete(*b, i, i+1)
		w.rows.count--
	}
	delete(w.byKey, Key{s.Namespace, s.Name})
}

func (w *sliceWriter) insert(s *Slice) {
	b := w.bucket(Key{s.Namespace, s.Service})
	i, _ := slices.BinarySearchFunc(*b, s, compareSlices)
	*b = slices.Insert(*b, i, s)
	w.rows.count++
	w.byKey[Key{s.Namespace, s.Name}] = s
}
