package picture

import (
	"strconv"

	"github.com/kubestrata/kubestrata/internal/wire"
)

// dictionary gives numbers to texts that columns repeat. A number keeps its text while anything refers to it, and is
// never given to another text afterwards.
type dictionary struct {
	section Section
	prefix  string
	entries map[string]*entry
	next    uint32
}

type entry struct {
	id   uint32
	refs int
}

func newDictionary(section Section) dictionary {
	return dictionary{section: section, prefix: section.Field() + "/", entries: map[string]*entry{}}
}

// acquire returns the number of a text and counts one more use of it.
func (d *dictionary) acquire(c *cards, text string) uint32 {
	e := d.entries[text]
	if e == nil {
		d.next++
		e = &entry{id: d.next}
		d.entries[text] = e
		c.put(d.section, d.card(e.id), wire.DictEntry{ID: e.id, Text: text})
	}
	e.refs++
	return e.id
}

// release counts one use less.
func (d *dictionary) release(c *cards, text string) {
	e := d.entries[text]
	if e == nil {
		return
	}
	if e.refs--; e.refs == 0 {
		delete(d.entries, text)
		c.drop(d.card(e.id))
	}
}

func (d *dictionary) card(id uint32) string { return d.prefix + strconv.FormatUint(uint64(id), 10) }
