package stream

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// scratch is what building a Frame needs; browsers that are idle need none.
type scratch struct {
	bytes     []byte
	bySection [picture.SectionCount][]uint32
	removed   []uint32
	pods      []wire.PodRow
	ends      []wire.EndpointRow
	podStates []wire.StateRow
	endStates []wire.StateRow
	podsGone  []uint32
	endsGone  []uint32
	extras    []wire.PodExtra
}

var scratches = sync.Pool{New: func() any { return &scratch{} }}

func (s *scratch) begin() {
	s.bytes = s.bytes[:0]
	for i := range s.bySection {
		s.bySection[i] = s.bySection[i][:0]
	}
	s.removed, s.pods, s.ends = s.removed[:0], s.pods[:0], s.ends[:0]
	s.podStates, s.endStates = s.podStates[:0], s.endStates[:0]
	s.podsGone, s.endsGone, s.extras = s.podsGone[:0], s.endsGone[:0], s.extras[:0]
}

// The bytes of a row in its columns, names apart, and about those of a PodExtra.
const (
	podBytes   = 22
	endBytes   = 17
	stateBytes = 5
	goneBytes  = 4
	extraBytes = 64
)

// build makes the next Frame from what the browser has yet to see, few-of-a-kind first; nil where there is nothing and
// no sign of life is due. The scratch goes back to scratches once its bytes are sent.
func (c *Client) build(signOfLife bool) (*scratch, *flight) {
	h := c.hub
	h.mu.RLock()
	if c.cards.count+c.pods.count+c.ends.count == 0 && !signOfLife && !c.reset {
		h.mu.RUnlock()
		return nil, nil
	}
	if h.seq == c.last {
		// Another Frame of the same state (a long picture, a sign of life) still needs a number of its own.
		h.mu.RUnlock()
		h.mu.Lock()
		if h.seq == c.last {
			h.seq++
		}
		h.mu.Unlock()
		h.mu.RLock()
	}
	defer h.mu.RUnlock()
	select {
	case <-c.done:
		// The Hub may have begun a new epoch meanwhile, for which the marks of this browser mean nothing.
		return nil, nil
	default:
	}

	s := scratches.Get().(*scratch)
	s.begin()
	s.bytes = wire.AppendHeader(s.bytes, 0, 0, 0) // written again below
	room := c.takeCards(s, h.options.ChunkBytes)
	if c.cards.count == 0 {
		room = c.takePods(s, room)
		c.takeEnds(s, room)
	}
	s.sections(h.picture)

	var flags uint16
	if c.reset {
		flags |= wire.FlagReset
	}
	more := c.cards.count+c.pods.count+c.ends.count > 0
	if more {
		flags |= wire.FlagMore
	}
	f := &flight{seq: h.seq}
	changed := 0.0
	if c.whole != 0 && !c.newest.IsZero() {
		f.first = c.first
		changed = float64(c.newest.UnixMicro()) / 1000
	}
	wire.AppendHeader(s.bytes[:0], flags, h.seq, changed)
	c.last, c.reset = h.seq, false
	if !more {
		c.whole, c.first, c.newest = h.seq, time.Time{}, time.Time{}
	}
	return s, f
}

// takeCards moves dirty cards to the scratch while they fit, and returns the room that is left. A first card is taken
// whatever its size.
func (c *Client) takeCards(s *scratch, room int) int {
	p := c.hub.picture
	for section := range picture.SectionCount {
		if c.cards.count == 0 {
			break
		}
		c.cards.each(func(slot uint32) bool {
			if room <= 0 {
				return false
			}
			card := p.Card(slot)
			switch {
			case card.ID == "":
				c.cards.clear(slot)
			case card.Section != section:
			case card.Gone():
				s.removed = append(s.removed, slot)
				c.cards.clear(slot)
				room -= len(card.ID) + 3
			default:
				s.bySection[section] = append(s.bySection[section], slot)
				c.cards.clear(slot)
				room -= len(card.JSON) + 1
			}
			return true
		})
	}
	return room
}

func (c *Client) takePods(s *scratch, room int) int {
	h := c.hub
	c.pods.each(func(slot uint32) bool {
		if room <= 0 {
			return false
		}
		c.pods.clear(slot)
		row, there := h.picture.PodRow(slot)
		switch {
		case !there:
			s.podsGone = append(s.podsGone, slot)
			room -= goneBytes
		case h.pods.of(slot) > c.whole:
			s.pods = append(s.pods, row)
			room -= podBytes + len(row.Name)
			if extra, ok := h.picture.PodExtra(slot); ok {
				s.extras = append(s.extras, extra)
				room -= extraBytes + len(extra.Reason)
			}
		default:
			s.podStates = append(s.podStates, wire.StateRow{Slot: slot, State: row.State})
			room -= stateBytes
		}
		return true
	})
	return room
}

func (c *Client) takeEnds(s *scratch, room int) {
	h := c.hub
	c.ends.each(func(slot uint32) bool {
		if room <= 0 {
			return false
		}
		c.ends.clear(slot)
		row, there := h.picture.EndpointRow(slot)
		switch {
		case !there:
			s.endsGone = append(s.endsGone, slot)
			room -= goneBytes
		case h.ends.of(slot) > c.whole:
			s.ends = append(s.ends, row)
			room -= endBytes
		default:
			s.endStates = append(s.endStates, wire.StateRow{Slot: slot, State: row.State})
			room -= stateBytes
		}
		return true
	})
}

// sections writes what was taken.
func (s *scratch) sections(p *picture.Picture) {
	s.objects(p)
	s.bytes = wire.AppendPods(s.bytes, s.pods)
	s.bytes = wire.AppendStates(s.bytes, wire.SectionPodStates, s.podStates)
	s.bytes = wire.AppendGone(s.bytes, wire.SectionPodsGone, s.podsGone)
	s.bytes = wire.AppendEndpoints(s.bytes, s.ends)
	s.bytes = wire.AppendStates(s.bytes, wire.SectionEndpointStates, s.endStates)
	s.bytes = wire.AppendGone(s.bytes, wire.SectionEndpointsGone, s.endsGone)
}

// objects puts the JSON of the cards together; every card was encoded once, for all browsers.
func (s *scratch) objects(p *picture.Picture) {
	b, at := wire.OpenObjects(s.bytes)
	start := len(b)
	field := func(name string) {
		if len(b) == start {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, '"', ':')
	}
	for section, slots := range s.bySection {
		if len(slots) == 0 {
			continue
		}
		kind := picture.Section(section)
		field(kind.Field())
		if kind.Single() {
			b = append(b, p.Card(slots[0]).JSON...)
			continue
		}
		b = append(b, '[')
		for i, slot := range slots {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, p.Card(slot).JSON...)
		}
		b = append(b, ']')
	}
	if len(s.removed) > 0 {
		field("removed")
		b = append(b, '[')
		for i, slot := range s.removed {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, p.Card(slot).ID)
		}
		b = append(b, ']')
	}
	if len(s.extras) > 0 {
		field("podExtras")
		encoded, err := json.Marshal(s.extras)
		if err != nil {
			encoded = []byte("[]") // cannot be: strings and numbers always encode
		}
		b = append(b, encoded...)
	}
	if len(b) == start {
		return // s.bytes still ends before the section
	}
	s.bytes = wire.CloseObjects(append(b, '}'), at)
}

func appendText(b []byte, text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil {
		return append(b, `""`...) // cannot be: strings always encode
	}
	return append(b, encoded...)
}
