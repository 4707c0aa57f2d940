package cluster

import (
	"slices"
)

// podWriter changes pod rows. It copies what it touches, so the revision it started from stays as it was.
type podWriter struct {
	rows       podRows
	free       []uint32 // slots of pods that left, reused first in, first out
	ownedPage  map[uint32]bool
	ownedName  map[uint64]bool
	ownedAddr  map[uint64]bool
	ownedSpace map[string]bool
	top        bool
}

func (w *podWriter) own() {
	if w.top {
		return
	}
	w.top = true
	w.rows.pages = slices.Clone(w.rows.pages)
	if w.rows.names == nil {
		w.rows.names, w.rows.addrs = make(buckets, bucketCount), make(buckets, bucketCount)
	} else {
		w.rows.names, w.rows.addrs = slices.Clone(w.rows.names), slices.Clone(w.rows.addrs)
	}
	spaces := make(map[string]*namespaceSlots, len(w.rows.spaces)+1)
	for k, v := range w.rows.spaces {
		spaces[k] = v
	}
	w.rows.spaces = spaces
}

func (w *podWriter) set(slot uint32, pod *Pod) {
	w.own()
	i := slot >> pageBits
	for uint32(len(w.rows.pages)) <= i {
		w.rows.pages = append(w.rows.pages, &page{})
		w.ownedPage[uint32(len(w.rows.pages)-1)] = true
	}
	if !w.ownedPage[i] {
		w.ownedPage[i] = true
		copied := *w.rows.pages[i]
		w.rows.pages[i] = &copied
	}
	w.rows.pages[i][slot&(pageSize-1)] = pod
}

func (w *podWriter) newSlot() uint32 {
	if len(w.free) > 0 {
		slot := w.free[0]
		w.free = w.free[1:]
		return slot
	}
	slot := w.rows.high
	w.rows.high++
	return slot
}

// put inserts or replaces a pod by name and reports the slots that changed. A pod of the same name with another UID is
// another pod: it gets a slot of its own, so that its card does not inherit the place of the one that left.
func (w *podWriter) put(pod *Pod) (changed []uint32) {
	old := w.rows.named(pod.Namespace, pod.Name)
	if old != nil && old.UID == pod.UID {
		pod.Slot = old.Slot
		if samePod(old, pod) {
			return nil
		}
		w.unindexAddrs(old)
		w.set(pod.Slot, pod)
		w.indexAddrs(pod)
		return []uint32{pod.Slot}
	}
	if old != nil {
		changed = append(changed, w.remove(old))
	}
	pod.Slot = w.newSlot()
	w.set(pod.Slot, pod)
	w.rows.count++
	w.index(&w.rows.names, w.ownedName, nameBucket(pod.Namespace, pod.Name), pod.Slot)
	w.indexAddrs(pod)
	space := w.space(pod.Namespace)
	space.slots = append(space.slots, pod.Slot)
	return append(changed, pod.Slot)
}

func (w *podWriter) remove(old *Pod) uint32 {
	w.unindexAddrs(old)
	w.unindex(&w.rows.names, w.ownedName, nameBucket(old.Namespace, old.Name), old.Slot)
	w.set(old.Slot, nil)
	w.rows.count--
	w.free = append(w.free, old.Slot)
	space := w.space(old.Namespace)
	if i := slices.Index(space.slots, old.Slot); i >= 0 {
		space.slots[i] = space.slots[len(space.slots)-1]
		space.slots = space.slots[:len(space.slots)-1]
	}
	if len(space.slots) == 0 {
		delete(w.rows.spaces, old.Namespace)
		delete(w.ownedSpace, old.Namespace)
	}
	return old.Slot
}

func (w *podWriter) space(namespace string) *namespaceSlots {
	w.own()
	s := w.rows.spaces[namespace]
	if s == nil {
		s = &namespaceSlots{}
	} else if !w.ownedSpace[namespace] {
		s = &namespaceSlots{slots: slices.Clone(s.slots)}
	}
	w.ownedSpace[namespace] = true
	w.rows.spaces[namespace] = s
	return s
}

func (w *podWriter) indexAddrs(pod *Pod) {
	for i, a := range pod.IPs {
		if a.IsValid() && (i == 0 || a != pod.IPs[0]) {
			w.index(&w.rows.addrs, w.ownedAddr, addrBucket(a), pod.Slot)
		}
	}
}

func (w *podWriter) unindexAddrs(pod *Pod) {
	for i, a := range pod.IPs {
		if a.IsValid() && (i == 0 || a != pod.IPs[0]) {
			w.unindex(&w.rows.addrs, w.ownedAddr, addrBucket(a), pod.Slot)
		}
	}
}

func (w *podWriter) index(b *buckets, owned map[uint64]bool, i uint64, slot uint32) {
	w.own()
	if !owned[i] {
		owned[i] = true
		(*b)[i] = slices.Clone((*b)[i])
	}
	(*b)[i] = append((*b)[i], slot)
}

func (w *podWriter) unindex(b *buckets, owned map[uint64]bool, i uint64, slot uint32) {
	w.own()
	if !owned[i] {
		owned[i] = true
		(*b)[i] = slices.Clone((*b)[i])
	}
	if at := slices.Index((*b)[i], slot); at >= 0 {
		(*b)[i] = slices.Delete((*b)[i], at, at+1)
	}
}

// samePod reports whether two rows of one pod say the same; the resource version does not count.
func samePod(a, b *Pod) bool {
	x, y := *a, *b
	x.ResourceVersion, y.ResourceVersion = "", ""
	x.Slot = y.Slot
	if x.Labels.String() != y.Labels.String() || (x.Owner == nil) != (y.Owner == nil) || x.Shape.key != y.Shape.key {
		return false
	}
	if x.Owner != nil && *x.Owner != *y.Owner {
		return false
	}
	if !x.Created.Equal(y.Created) {
		return false
	}
	x.Labels, x.Owner, x.Shape, x.Created = y.Labels, y.Owner, y.Shape, y.Created
	return x == y
}
