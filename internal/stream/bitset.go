package stream

import "math/bits"

// bitset has one bit a slot.
type bitset struct {
	words []uint64
	count int
}

func (b *bitset) set(i uint32) {
	w := int(i >> 6)
	for w >= len(b.words) {
		b.words = append(b.words, 0)
	}
	if mask := uint64(1) << (i & 63); b.words[w]&mask == 0 {
		b.words[w] |= mask
		b.count++
	}
}

func (b *bitset) clear(i uint32) {
	w := int(i >> 6)
	if w >= len(b.words) {
		return
	}
	if mask := uint64(1) << (i & 63); b.words[w]&mask != 0 {
		b.words[w] &^= mask
		b.count--
	}
}

// each calls visit with the bits that are set, in order, until it returns false. visit may clear the bit it is called
// with.
func (b *bitset) each(visit func(uint32) bool) {
	for i, word := range b.words {
		for word != 0 {
			bit := bits.TrailingZeros64(word)
			if !visit(uint32(i<<6 + bit)) {
				return
			}
			word &= word - 1
		}
	}
}
