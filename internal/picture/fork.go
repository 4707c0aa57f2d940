package picture

import (
	"bytes"
	"encoding/json"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// Forked is how the picture of a Fork differs from that of the View that it was made of: whole cards, so that whoever has
// the one picture can draw the other. Numbers of slots and classes are of no use to them, so none is told.
type Forked struct {
	Objects map[string][]json.RawMessage `json:"objects"` // cards by their field of wire.Objects
	Removed []string                     `json:"removed"` // ids of cards and pods that are gone
	Pods    []ForkedPod                  `json:"pods"`
	Gates   []ForkedGates                `json:"gates"`
	// Services whose endpoints are others although nobody edited them.
	Endpoints []ForkedEndpoints `json:"-"`
}

// ForkedPod is a pod that is new or different, with its class in place of a number.
type ForkedPod struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Node  string     `json:"node"`
	IP    string     `json:"ip"`
	State uint8      `json:"state"` // as in the columns of pods, without PodNameHasOwner
	Class wire.Class `json:"class"`
}

// ForkedGates is a class whose gates are others: pods of the class Was have those of the class Is.
type ForkedGates struct {
	Was wire.Class `json:"was"`
	Is  wire.Class `json:"is"`
}

// ForkedEndpoints are the counts of a service's endpoints before and after.
type ForkedEndpoints struct {
	Service                          cluster.Ref
	WasReady, WasTotal, Ready, Total int
}

// Fork compares the pictures of a View and of a Fork in which the objects of edited may be others. It costs about as much
// as a first picture.
func Fork(before, after *cluster.View, edited []cluster.Ref) Forked {
	p := New(before, About{})
	was := map[string][]byte{}
	for slot := range p.CardSlots() {
		if c := p.Card(slot); !c.Gone() && (c.Section == SectionClasses || c.Section == SectionServices) {
			was[c.ID] = bytes.Clone(c.JSON)
		}
	}
	names := map[uint32]string{}
	change := cluster.Change{Revision: after.Revision(), At: after.AsOf()}
	endpoints := map[cluster.Key]bool{}
	for _, ref := range edited {
		if ref.Kind != cluster.KindPod && ref.Kind != cluster.KindEndpointSlice {
			change.Objects = append(change.Objects, ref)
		}
		if ref.Kind == cluster.KindPod {
			for _, view := range []*cluster.View{before, after} {
				if pod := view.Pod(ref.Namespace, ref.Name); pod != nil {
					change.Pods = append(change.Pods, pod.Slot)
					names[pod.Slot] = ID(cluster.KindPod, ref.Namespace, ref.Name)
				}
			}
		}
		if ref.Kind == cluster.KindPod || ref.Kind == cluster.KindService {
			for _, view := range []*cluster.View{before, after} {
				for _, s := range view.Services() {
					key := cluster.Key{Namespace: s.Namespace, Name: s.Name}
					if s.Namespace == ref.Namespace && !endpoints[key] {
						endpoints[key] = true
						change.Endpoints = append(change.Endpoints, key)
					}
				}
			}
		}
	}
	d := p.Update(after, change, About{})
	out := Forked{Objects: map[string][]json.RawMessage{}, Removed: []string{}, Pods: []ForkedPod{}, Gates: []ForkedGates{}}
	p.forkedCards(&out, d.Cards, was)
	seen := map[uint32]bool{}
	for _, slot := range append(d.Pods, d.PodStates...) {
		if !seen[slot] {
			seen[slot] = true
			p.forkedPod(&out, slot, names[slot])
		}
	}
	return out
}

func (p *Picture) forkedCards(out *Forked, changed []uint32, was map[string][]byte) {
	seen := map[uint32]bool{}
	for _, slot := range changed {
		c := p.Card(slot)
		if seen[slot] || c.ID == "" {
			continue
		}
		seen[slot] = true
		switch {
		case c.Section == SectionStatus || c.Section == SectionBands || c.Section == SectionNodeNames || c.Section == SectionServiceIDs:
		case c.Section == SectionClasses:
			var g ForkedGates
			if old := was[c.ID]; old != nil && json.Unmarshal(old, &g.Was) == nil && json.Unmarshal(c.JSON, &g.Is) == nil {
				out.Gates = append(out.Gates, g)
			}
		case c.Gone():
			out.Removed = append(out.Removed, c.ID)
		default:
			out.Objects[c.Section.Field()] = append(out.Objects[c.Section.Field()], bytes.Clone(c.JSON))
			var a, b wire.Service
			if c.Section == SectionServices && json.Unmarshal(was[c.ID], &a) == nil && json.Unmarshal(c.JSON, &b) == nil && (a.Ready != b.Ready || a.Total != b.Total) {
				ref := cluster.Ref{Kind: cluster.KindService, Namespace: b.Namespace, Name: b.Name}
				out.Endpoints = append(out.Endpoints, ForkedEndpoints{ref, a.Ready, a.Total, b.Ready, b.Total})
			}
		}
	}
}

func (p *Picture) forkedPod(out *Forked, slot uint32, id string) {
	row, ok := p.PodRow(slot)
	if !ok {
		out.Removed = append(out.Removed, id)
		return
	}
	pod := p.view.PodAt(slot)
	var class wire.Class
	if i, ok := p.cards.byID[classCard(row.Class)]; !ok || json.Unmarshal(p.cards.list[i].JSON, &class) != nil {
		return
	}
	ip := ""
	if pod.IP().IsValid() {
		ip = pod.IP().String()
	}
	out.Pods = append(out.Pods, ForkedPod{
		ID: ID(cluster.KindPod, pod.Namespace, pod.Name), Name: pod.Name, Node: pod.Node, IP: ip,
		State: row.State &^ wire.PodNameHasOwner, Class: class,
	})
}
