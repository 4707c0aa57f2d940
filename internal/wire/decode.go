package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Frame is a decoded Frame.
type Frame struct {
	Flags          uint16
	Seq            uint32
	Changed        float64
	Objects        *Objects
	Pods           []PodRow
	PodStates      []StateRow
	PodsGone       []uint32
	Endpoints      []EndpointRow
	EndpointStates []StateRow
	EndpointsGone  []uint32
}

// ErrFrame is what every error of Decode wraps.
var ErrFrame = errors.New("not a frame")

// Decode reads a Frame. It is the Go side's proof of what the page reads; whatever the bytes, it returns an error and
// never panics.
func Decode(b []byte) (*Frame, error) {
	if len(b) < HeaderSize {
		return nil, fmt.Errorf("%w: %d bytes are fewer than the header has", ErrFrame, len(b))
	}
	if b[0] != Magic || b[1] != Protocol {
		return nil, fmt.Errorf("%w: begins with %#x, protocol %d", ErrFrame, b[0], b[1])
	}
	f := &Frame{
		Flags:   binary.LittleEndian.Uint16(b[2:]),
		Seq:     binary.LittleEndian.Uint32(b[4:]),
		Changed: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
	}
	for at := HeaderSize; at < len(b); {
		if len(b)-at < 8 {
			return nil, fmt.Errorf("%w: a section's head is cut off at byte %d", ErrFrame, at)
		}
		kind, size := b[at], uint64(binary.LittleEndian.Uint32(b[at+4:]))
		at += 8
		if padded := (size + 3) &^ 3; padded > uint64(len(b)-at) {
			return nil, fmt.Errorf("%w: section %d wants %d bytes, %d are left", ErrFrame, kind, padded, len(b)-at)
		}
		c := columns{rest: b[at : at+int(size)]}
		if err := f.section(kind, &c); err != nil {
			return nil, fmt.Errorf("%w: section %d: %w", ErrFrame, kind, err)
		}
		at += int((size + 3) &^ 3)
	}
	return f, nil
}

func (f *Frame) section(kind uint8, c *columns) error {
	switch kind {
	case SectionObjects:
		f.Objects = &Objects{}
		return json.Unmarshal(c.rest, f.Objects)
	case SectionPods:
		n := c.count(4*5 + 2)
		slot, class, node, ip, created := c.u32(n), c.u32(n), c.u32(n), c.u32(n), c.u32(n)
		state, length := c.u8(n), c.u8(n)
		for i := range n {
			row := PodRow{Slot: slot(i), Class: class(i), Node: node(i), IPv4: ip(i), Created: created(i)}
			row.State, row.Name = state(i), c.text(int(length(i)))
			f.Pods = append(f.Pods, row)
		}
	case SectionEndpoints:
		n := c.count(4*4 + 1)
		slot, service, pod, ip, state := c.u32(n), c.u32(n), c.u32(n), c.u32(n), c.u8(n)
		for i := range n {
			f.Endpoints = append(f.Endpoints, EndpointRow{slot(i), service(i), pod(i), ip(i), state(i)})
		}
	case SectionPodStates:
		f.PodStates = append(f.PodStates, c.states()...)
	case SectionEndpointStates:
		f.EndpointStates = append(f.EndpointStates, c.states()...)
	case SectionPodsGone:
		f.PodsGone = append(f.PodsGone, c.slots()...)
	case SectionEndpointsGone:
		f.EndpointsGone = append(f.EndpointsGone, c.slots()...)
	default:
		return errors.New("unknown type")
	}
	return c.err
}

// columns cuts a payload into columns. After an error every column is empty, so that a reader need check only once.
type columns struct {
	rest []byte
	err  error
}

func (c *columns) take(n int) []byte {
	if c.err != nil || n > len(c.rest) {
		if c.err == nil {
			c.err = fmt.Errorf("%d bytes wanted, %d are left", n, len(c.rest))
		}
		return nil
	}
	out := c.rest[:n]
	c.rest = c.rest[min((n+3)&^3, len(c.rest)):]
	return out
}

// count reads the number of rows, of which each has at least size bytes.
func (c *columns) count(size int) int {
	head := c.take(4)
	if head == nil {
		return 0
	}
	n := binary.LittleEndian.Uint32(head)
	if uint64(n)*uint64(size) > uint64(len(c.rest)) {
		c.err = fmt.Errorf("%d rows do not fit into %d bytes", n, len(c.rest))
		return 0
	}
	return int(n)
}

func (c *columns) u32(n int) func(int) uint32 {
	b := c.take(4 * n)
	return func(i int) uint32 {
		if b == nil {
			return 0
		}
		return binary.LittleEndian.Uint32(b[4*i:])
	}
}

func (c *columns) u8(n int) func(int) uint8 {
	b := c.take(n)
	return func(i int) uint8 {
		if b == nil {
			return 0
		}
		return b[i]
	}
}

// text cuts off n bytes; unlike columns, texts follow each other without padding.
func (c *columns) text(n int) string {
	if c.err != nil || n > len(c.rest) {
		if c.err == nil {
			c.err = errors.New("the names are cut off")
		}
		return ""
	}
	out := string(c.rest[:n])
	c.rest = c.rest[n:]
	return out
}

func (c *columns) states() []StateRow {
	n := c.count(5)
	slot, state := c.u32(n), c.u8(n)
	var rows []StateRow
	for i := range n {
		rows = append(rows, StateRow{slot(i), state(i)})
	}
	return rows
}

func (c *columns) slots() []uint32 {
	n := c.count(4)
	slot := c.u32(n)
	var rows []uint32
	for i := range n {
		rows = append(rows, slot(i))
	}
	return rows
}
