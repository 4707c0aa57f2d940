package picture

import (
	"bytes"
	"encoding/json"
)

// Section is the field of wire.Objects that a card belongs to, in the order in which a first picture sends them: what
// explains the picture first.
type Section uint8

// The sections. Dictionary entries and classes come before what refers to them.
const (
	SectionStatus Section = iota
	SectionBands
	SectionNamespaces
	SectionNodes
	SectionHosts
	SectionResolvers
	SectionRouters
	SectionLoadBalancers
	SectionServices
	SectionIngresses
	SectionGatewayClasses
	SectionGateways
	SectionRoutes
	SectionPolicies
	SectionClasses
	SectionNodeNames
	SectionServiceIDs
	SectionCount
)

// Field is the section's name in the JSON of wire.Objects.
func (s Section) Field() string {
	return [...]string{
		"status", "bands", "namespaces", "nodes", "hosts", "resolvers", "routers", "loadBalancers", "services", "ingresses",
		"gatewayClasses", "gateways", "routes", "policies", "classes", "nodeNames", "serviceIds",
	}[s]
}

// Single reports whether the section is one value rather than a list.
func (s Section) Single() bool { return s <= SectionBands }

// Card is one encoded value of a section. Its place in the table is its slot.
type Card struct {
	ID      string
	Section Section
	JSON    []byte // nil where the card is gone
}

// Gone reports whether the card was removed: a browser that has it must be told.
func (c *Card) Gone() bool { return c.JSON == nil }

// cards is the table of all cards. Slots of cards that are gone stay until Forget, so that a browser that comes back can
// be told.
type cards struct {
	list    []Card
	byID    map[string]uint32
	free    []uint32
	gone    []uint32 // slots of cards that are gone, oldest first
	changed []uint32
}

// put writes a card; one that says the same as before is no change.
func (c *cards) put(section Section, id string, value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		// Cards are structs of strings, numbers and lists: they always encode.
		return
	}
	slot, ok := c.byID[id]
	if ok && bytes.Equal(c.list[slot].JSON, encoded) {
		return
	}
	if !ok {
		slot = c.newSlot()
		c.byID[id] = slot
	} else if c.list[slot].Gone() {
		c.ungone(slot)
	}
	c.list[slot] = Card{id, section, encoded}
	c.changed = append(c.changed, slot)
}

// has reports whether there is a card now.
func (c *cards) has(id string) bool {
	slot, ok := c.byID[id]
	return ok && !c.list[slot].Gone()
}

func (c *cards) newSlot() uint32 {
	if n := len(c.free); n > 0 {
		slot := c.free[n-1]
		c.free = c.free[:n-1]
		return slot
	}
	c.list = append(c.list, Card{})
	return uint32(len(c.list) - 1)
}

// remove takes a card away and leaves a mark that it was there.
func (c *cards) remove(id string) {
	slot, ok := c.byID[id]
	if !ok || c.list[slot].Gone() {
		return
	}
	c.list[slot].JSON = nil
	c.gone = append(c.gone, slot)
	c.changed = append(c.changed, slot)
}

// drop takes away what nobody needs to be told about: a dictionary entry or class that nothing refers to any more.
func (c *cards) drop(id string) {
	slot, ok := c.byID[id]
	if !ok {
		return
	}
	delete(c.byID, id)
	c.list[slot] = Card{}
	c.free = append(c.free, slot)
}

func (c *cards) ungone(slot uint32) {
	for i, s := range c.gone {
		if s == slot {
			c.gone = append(c.gone[:i], c.gone[i+1:]...)
			return
		}
	}
}

// forget frees the slots of the oldest cards that are gone, so that keep remain. It reports how many were freed.
func (c *cards) forget(keep int) int {
	n := len(c.gone) - keep
	if n <= 0 {
		return 0
	}
	for _, slot := range c.gone[:n] {
		delete(c.byID, c.list[slot].ID)
		c.list[slot] = Card{}
		c.free = append(c.free, slot)
	}
	c.gone = append([]uint32(nil), c.gone[n:]...)
	return n
}
