package picture

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// endpoints are the rows of all endpoints by slot; a row whose Service is 0 is free. A service has one row for each thing
// that stands behind it, however many slices and address families name it.
type endpoints struct {
	rows     []wire.EndpointRow
	services map[cluster.Key]map[target]uint32
	byPod    map[cluster.Key][]uint32 // slots of the endpoints that name a pod, whether it is there or not
	free     []uint32                 // first in, first out, so that a slot is not another endpoint at once
	changed  []uint32
	states   []uint32
}

// target is what stands behind an endpoint: the pod it names, else its address or host name.
type target struct {
	pod  cluster.Key
	addr netip.Addr
	fqdn string
}

// EndpointRow is the row in a slot; ok is false where the slot is free.
func (p *Picture) EndpointRow(slot uint32) (row wire.EndpointRow, ok bool) {
	if int(slot) >= len(p.endpoints.rows) {
		return wire.EndpointRow{}, false
	}
	row = p.endpoints.rows[slot]
	return row, row.Service != 0
}

// EndpointSlots is the number of slots that were ever used.
func (p *Picture) EndpointSlots() uint32 { return uint32(len(p.endpoints.rows)) }

// updateEndpoints brings the endpoints of one service up to date.
func (p *Picture) updateEndpoints(service cluster.Key) {
	if service.Name == "" {
		return
	}
	e := &p.endpoints
	wanted := targetsOf(p.view.Slices(service.Namespace, service.Name))
	have := e.services[service]
	card := ID(cluster.KindService, service.Namespace, service.Name)
	for t, slot := range have {
		if _, ok := wanted[t]; !ok {
			delete(have, t)
			e.rows[slot] = wire.EndpointRow{}
			e.free = append(e.free, slot)
			e.changed = append(e.changed, slot)
			p.unlinkPod(t.pod, slot)
			p.serviceIDs.release(&p.cards, card)
		}
	}
	if have == nil && len(wanted) > 0 {
		have = make(map[target]uint32, len(wanted))
		e.services[service] = have
	}
	for _, t := range sortedTargets(wanted) {
		row := wanted[t]
		slot, ok := have[t]
		if !ok {
			slot = e.newSlot()
			have[t] = slot
			row.Service = p.serviceIDs.acquire(&p.cards, card)
			if t.pod.Name != "" {
				e.byPod[t.pod] = append(e.byPod[t.pod], slot)
			}
		} else {
			row.Service = e.rows[slot].Service
		}
		row.Slot, row.Pod = slot, p.podSlot(t.pod)
		e.set(row)
	}
	if len(have) == 0 {
		delete(e.services, service)
	}
	p.due.services[service] = true
}

// set writes a row and notes what about it differs.
func (e *endpoints) set(row wire.EndpointRow) {
	old := e.rows[row.Slot]
	e.rows[row.Slot] = row
	state := old.State
	old.State = row.State
	switch {
	case old != row:
		e.changed = append(e.changed, row.Slot)
	case state != row.State:
		e.states = append(e.states, row.Slot)
	}
}

func (e *endpoints) newSlot() uint32 {
	if len(e.free) > 0 {
		slot := e.free[0]
		e.free = e.free[1:]
		return slot
	}
	e.rows = append(e.rows, wire.EndpointRow{})
	return uint32(len(e.rows) - 1)
}

func (p *Picture) unlinkPod(pod cluster.Key, slot uint32) {
	if pod.Name == "" {
		return
	}
	list := p.endpoints.byPod[pod]
	if i := slices.Index(list, slot); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(p.endpoints.byPod, pod)
	} else {
		p.endpoints.byPod[pod] = list
	}
}

// podSlot is the slot of the pod that an endpoint names, NoPod where it is not there.
func (p *Picture) podSlot(pod cluster.Key) uint32 {
	if pod.Name == "" {
		return wire.NoPod
	}
	if found := p.view.Pod(pod.Namespace, pod.Name); found != nil {
		return found.Slot
	}
	return wire.NoPod
}

// relinkEndpoints points the endpoints that name a pod at its slot, after the pod came, went or was replaced.
func (p *Picture) relinkEndpoints(pod cluster.Key) {
	for _, slot := range p.endpoints.byPod[pod] {
		row := p.endpoints.rows[slot]
		row.Pod = p.podSlot(pod)
		p.endpoints.set(row)
	}
}

// counts are the endpoints of a service, ready ones and all.
func (p *Picture) counts(service cluster.Key) (ready, total int) {
	for _, slot := range p.endpoints.services[service] {
		total++
		if p.endpoints.rows[slot].State&wire.EndpointReady != 0 {
			ready++
		}
	}
	return ready, total
}

// targetsOf merges slices. A thing that two slices name is ready if either says so, terminating only if all do; the IPv4
// address is shown where there are two.
func targetsOf(list []*cluster.Slice) map[target]wire.EndpointRow {
	if len(list) == 0 {
		return nil
	}
	found := map[target]wire.EndpointRow{}
	for _, s := range list {
		for i := range s.Endpoints {
			ep := &s.Endpoints[i]
			t := target{addr: ep.Addr, fqdn: ep.FQDN}
			if ep.Pod != "" {
				namespace := ep.TargetNamespace
				if namespace == "" {
					namespace = s.Namespace
				}
				t = target{pod: cluster.Key{Namespace: namespace, Name: ep.Pod}}
			}
			row := wire.EndpointRow{IPv4: ipv4(ep.Addr), State: endpointState(ep)}
			if before, ok := found[t]; ok {
				ending := before.State & row.State & wire.EndpointTerminating
				row.State = (before.State|row.State)&^wire.EndpointTerminating | ending
				if before.IPv4 != 0 {
					row.IPv4 = before.IPv4
				}
			}
			found[t] = row
		}
	}
	return found
}

func sortedTargets(m map[target]wire.EndpointRow) []target {
	list := make([]target, 0, len(m))
	for t := range m {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b target) int {
		if c := a.pod.Compare(b.pod); c != 0 {
			return c
		}
		if c := a.addr.Compare(b.addr); c != 0 {
			return c
		}
		return strings.Compare(a.fqdn, b.fqdn)
	})
	return list
}

func endpointState(e *cluster.Endpoint) uint8 {
	var state uint8
	if e.Ready {
		state |= wire.EndpointReady
	}
	if e.Serving {
		state |= wire.EndpointServing
	}
	if e.Terminating {
		state |= wire.EndpointTerminating
	}
	return state
}
