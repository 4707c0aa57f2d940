package wire

import (
	"encoding/binary"
	"math"
)

// PodRow is one row of SectionPods. Name is what is sent: without the owner's name where State has PodNameHasOwner.
type PodRow struct {
	Slot, Class, Node uint32
	IPv4, Created     uint32
	State             uint8
	Name              string // at most 255 bytes; the rest is cut off
}

// EndpointRow is one row of SectionEndpoints.
type EndpointRow struct {
	Slot, Service, Pod, IPv4 uint32
	State                    uint8
}

// StateRow is one row of SectionPodStates and SectionEndpointStates.
type StateRow struct {
	Slot  uint32
	State uint8
}

// HeaderSize is the number of bytes before a Frame's first section.
const HeaderSize = 16

// AppendHeader begins a Frame. changed is in Unix milliseconds, 0 for none.
func AppendHeader(b []byte, flags uint16, seq uint32, changed float64) []byte {
	b = append(b, Magic, Protocol)
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint32(b, seq)
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(changed))
}

// openSection appends the head of a section and returns where it begins, for closeSection.
func openSection(b []byte, section uint8) ([]byte, int) {
	return append(b, section, 0, 0, 0, 0, 0, 0, 0), len(b)
}

func closeSection(b []byte, at int) []byte {
	binary.LittleEndian.PutUint32(b[at+4:], uint32(len(b)-at-8))
	return pad(b)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func putU32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

// AppendObjects appends a SectionObjects; objects is the JSON of one Objects value.
func AppendObjects(b, objects []byte) []byte {
	b, at := OpenObjects(b)
	return CloseObjects(append(b, objects...), at)
}

// OpenObjects appends the head of a SectionObjects; the JSON is to follow, and then CloseObjects with what at says.
func OpenObjects(b []byte) (next []byte, at int) { return openSection(b, SectionObjects) }

// CloseObjects ends the section that OpenObjects began.
func CloseObjects(b []byte, at int) []byte { return closeSection(b, at) }

// AppendPods appends a SectionPods; nothing for no rows.
func AppendPods(b []byte, rows []PodRow) []byte {
	if len(rows) == 0 {
		return b
	}
	b, at := openSection(b, SectionPods)
	b = putU32(b, uint32(len(rows)))
	for i := range rows {
		b = putU32(b, rows[i].Slot)
	}
	for i := range rows {
		b = putU32(b, rows[i].Class)
	}
	for i := range rows {
		b = putU32(b, rows[i].Node)
	}
	for i := range rows {
		b = putU32(b, rows[i].IPv4)
	}
	for i := range rows {
		b = putU32(b, rows[i].Created)
	}
	for i := range rows {
		b = append(b, rows[i].State)
	}
	b = pad(b)
	for i := range rows {
		b = append(b, uint8(min(len(rows[i].Name), math.MaxUint8)))
	}
	b = pad(b)
	for i := range rows {
		b = append(b, rows[i].Name[:min(len(rows[i].Name), math.MaxUint8)]...)
	}
	return closeSection(b, at)
}

// AppendEndpoints appends a SectionEndpoints; nothing for no rows.
func AppendEndpoints(b []byte, rows []EndpointRow) []byte {
	if len(rows) == 0 {
		return b
	}
	b, at := openSection(b, SectionEndpoints)
	b = putU32(b, uint32(len(rows)))
	for i := range rows {
		b = putU32(b, rows[i].Slot)
	}
	for i := range rows {
		b = putU32(b, rows[i].Service)
	}
	for i := range rows {
		b = putU32(b, rows[i].Pod)
	}
	for i := range rows {
		b = putU32(b, rows[i].IPv4)
	}
	for i := range rows {
		b = append(b, rows[i].State)
	}
	return closeSection(b, at)
}

// AppendStates appends a SectionPodStates or SectionEndpointStates; nothing for no rows.
func AppendStates(b []byte, section uint8, rows []StateRow) []byte {
	if len(rows) == 0 {
		return b
	}
	b, at := openSection(b, section)
	b = putU32(b, uint32(len(rows)))
	for i := range rows {
		b = putU32(b, rows[i].Slot)
	}
	for i := range rows {
		b = append(b, rows[i].State)
	}
	return closeSection(b, at)
}

// AppendGone appends a SectionPodsGone or SectionEndpointsGone; nothing for no slots.
func AppendGone(b []byte, section uint8, slots []uint32) []byte {
	if len(slots) == 0 {
		return b
	}
	b, at := openSection(b, section)
	b = putU32(b, uint32(len(slots)))
	for _, s := range slots {
		b = putU32(b, s)
	}
	return closeSection(b, at)
}
