package picture

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// pods are the rows of all pods by slot; a row whose Class is 0 is free.
type pods struct {
	rows    []wire.PodRow
	nodes   []string // by slot: the text that row.Node stands for, empty while unscheduled
	extras  map[uint32]wire.PodExtra
	onNode  map[string]map[uint32]bool // slots of pods with doors in their node
	changed []uint32
	states  []uint32
}

// PodRow is the row in a slot; ok is false where the slot is free.
func (p *Picture) PodRow(slot uint32) (row wire.PodRow, ok bool) {
	if int(slot) >= len(p.pods.rows) {
		return wire.PodRow{}, false
	}
	row = p.pods.rows[slot]
	return row, row.Class != 0
}

// PodSlots is the number of slots that were ever used.
func (p *Picture) PodSlots() uint32 { return uint32(len(p.pods.rows)) }

// PodExtra is what a pod has beyond its row; ok is false where there is nothing.
func (p *Picture) PodExtra(slot uint32) (extra wire.PodExtra, ok bool) {
	extra, ok = p.pods.extras[slot]
	return extra, ok
}

// updatePod brings one slot up to date.
func (p *Picture) updatePod(slot uint32) {
	for int(slot) >= len(p.pods.rows) {
		p.pods.rows = append(p.pods.rows, wire.PodRow{})
		p.pods.nodes = append(p.pods.nodes, "")
	}
	old, oldNode := p.pods.rows[slot], p.pods.nodes[slot]
	oldExtra, hadExtra := p.pods.extras[slot]
	pod := p.view.PodAt(slot)
	if pod == nil {
		if old.Class == 0 {
			return
		}
		p.pods.rows[slot], p.pods.nodes[slot] = wire.PodRow{}, ""
		delete(p.pods.extras, slot)
		p.noteFront(slot, p.classes.byID[old.Class], old, wire.PodRow{})
		p.leave(slot, old, oldNode)
		p.pods.changed = append(p.pods.changed, slot)
		return
	}
	row := wire.PodRow{Slot: slot, Node: wire.NoNode, IPv4: ipv4(pod.IP()), State: podState(pod), Name: pod.Name}
	if created := pod.Created.Unix(); created > 0 {
		row.Created = uint32(created)
	}
	c := p.acquireClass(pod)
	row.Class = c.id
	if rest, ok := strings.CutPrefix(pod.Name, c.owner.Name+"-"); ok && c.owner.Name != "" {
		row.Name, row.State = rest, row.State|wire.PodNameHasOwner
	}
	if pod.Node != "" {
		row.Node = p.nodeNames.acquire(&p.cards, pod.Node)
	}
	p.holdNamespace(pod.Namespace)
	p.pods.rows[slot], p.pods.nodes[slot] = row, pod.Node
	extra, hasExtra := extraOf(slot, pod)
	if hasExtra {
		p.pods.extras[slot] = extra
	} else {
		delete(p.pods.extras, slot)
	}
	p.doorsOf(slot, c, pod.Node)
	p.noteFront(slot, c, old, row)
	if old.Class != 0 {
		p.leave(slot, old, oldNode)
	}
	sameExtra := hadExtra == hasExtra && extra.Reason == oldExtra.Reason && extra.Restarts == oldExtra.Restarts &&
		slices.Equal(extra.IPs, oldExtra.IPs)
	onlyState := old
	onlyState.State = row.State
	switch {
	case old == row && sameExtra:
	case onlyState == row && sameExtra:
		p.pods.states = append(p.pods.states, slot)
	default:
		p.pods.changed = append(p.pods.changed, slot)
	}
}

// leave gives back what a row that is gone or replaced referred to.
func (p *Picture) leave(slot uint32, old wire.PodRow, node string) {
	c := p.classes.byID[old.Class]
	p.releaseNamespace(c.key.namespace)
	if node != "" {
		p.nodeNames.release(&p.cards, node)
		if len(c.doors) > 0 && (p.pods.rows[slot].Class == 0 || p.pods.nodes[slot] != node) {
			delete(p.pods.onNode[node], slot)
			p.due.nodes[node] = true
		}
	}
	p.releaseClass(c)
}

// doorsOf notes that a pod opens doors in its node.
func (p *Picture) doorsOf(slot uint32, c *class, node string) {
	if len(c.doors) == 0 || node == "" || p.pods.onNode[node][slot] {
		return
	}
	if p.pods.onNode[node] == nil {
		p.pods.onNode[node] = map[uint32]bool{}
	}
	p.pods.onNode[node][slot] = true
	p.due.nodes[node] = true
}

func podState(pod *cluster.Pod) uint8 {
	state := phases[pod.Phase]
	if pod.Ready {
		state |= wire.PodReady
	}
	if pod.Terminating {
		state |= wire.PodTerminating
	}
	if pod.Waiting || pod.Phase == cluster.PhaseFailed {
		state |= wire.PodFailing
	}
	return state
}

var phases = map[cluster.Phase]uint8{
	cluster.PhaseUnknown: wire.PhaseUnknown, cluster.PhasePending: wire.PhasePending, cluster.PhaseRunning: wire.PhaseRunning,
	cluster.PhaseSucceeded: wire.PhaseSucceeded, cluster.PhaseFailed: wire.PhaseFailed,
}

func extraOf(slot uint32, pod *cluster.Pod) (wire.PodExtra, bool) {
	e := wire.PodExtra{Slot: slot, Reason: pod.Reason, Restarts: pod.Restarts}
	if pod.IPs[1].IsValid() || pod.IPs[0].IsValid() && !pod.IPs[0].Is4() {
		for _, a := range pod.IPs {
			if a.IsValid() {
				e.IPs = append(e.IPs, a.String())
			}
		}
	}
	return e, e.Reason != "" || e.Restarts != 0 || len(e.IPs) > 0
}

func ipv4(a netip.Addr) uint32 {
	if !a.Is4() {
		return 0
	}
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}
