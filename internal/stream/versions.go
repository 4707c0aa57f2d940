package stream

// versions says for every slot when it last changed, in sequence numbers of the Hub's epoch: what a browser that comes
// back with sequence number n has yet to see is what changed after n.
type versions struct{ seq []uint32 }

func (v *versions) set(slot, seq uint32) {
	for int(slot) >= len(v.seq) {
		v.seq = append(v.seq, 0)
	}
	v.seq[slot] = seq
}

func (v *versions) of(slot uint32) uint32 {
	if int(slot) >= len(v.seq) {
		return 0
	}
	return v.seq[slot]
}

// after calls visit with the slots that changed after a sequence number.
func (v *versions) after(seq uint32, visit func(slot uint32)) {
	for slot, at := range v.seq {
		if at > seq {
			visit(uint32(slot))
		}
	}
}
