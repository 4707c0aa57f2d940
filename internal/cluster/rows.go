package cluster

import (
	"hash/maphash"
	"net/netip"
	"slices"
)

// Pods lie in pages of pageSize rows. A writer copies a page before its first change to it, so a change of one pod costs
// one page and the list of pages, whatever the number of pods.
const (
	pageBits = 6
	pageSize = 1 << pageBits
)

type page [pageSize]*Pod

// podRows is one immutable revision of all pods: the rows by slot, and two indexes whose buckets are copied on write.
type podRows struct {
	pages  []*page
	names  buckets // slots by hash of namespace and name
	addrs  buckets // slots by hash of each address
	spaces map[string]*namespaceSlots
	count  int
	high   uint32 // slots below this were used at some time
}

// namespaceSlots are the slots of one namespace's pods, unordered.
type namespaceSlots struct{ slots []uint32 }

// buckets is a hash index from a key to slots. It holds no keys: a look-up compares the rows.
type buckets [][]uint32

const bucketCount = 1 << 11

var hashSeed = maphash.MakeSeed()

func nameBucket(namespace, name string) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	h.WriteString(namespace)
	h.WriteByte('/')
	h.WriteString(name)
	return h.Sum64() % bucketCount
}

func addrBucket(addr netip.Addr) uint64 {
	b := addr.As16()
	return maphash.Bytes(hashSeed, b[:]) % bucketCount
}

func (r *podRows) at(slot uint32) *Pod {
	if int(slot>>pageBits) >= len(r.pages) {
		return nil
	}
	p := r.pages[slot>>pageBits]
	if p == nil {
		return nil
	}
	return p[slot&(pageSize-1)]
}

func (r *podRows) named(namespace, name string) *Pod {
	if len(r.names) == 0 {
		return nil
	}
	for _, slot := range r.names[nameBucket(namespace, name)] {
		if p := r.at(slot); p.Name == name && p.Namespace == namespace {
			return p
		}
	}
	return nil
}

func (r *podRows) withAddr(addr netip.Addr) []*Pod {
	if len(r.addrs) == 0 || !addr.IsValid() {
		return nil
	}
	var found []*Pod
	for _, slot := range r.addrs[addrBucket(addr)] {
		if p := r.at(slot); p.HasIP(addr) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, comparePods)
	return found
}

func comparePods(a, b *Pod) int {
	return Key{a.Namespace, a.Name}.Compare(Key{b.Namespace, b.Name})
}

func (r *podRows) all(yield func(*Pod) bool) {
	for _, p := range r.pages {
		for _, pod := range p {
			if pod != nil && !yield(pod) {
				return
			}
		}
	}
}
