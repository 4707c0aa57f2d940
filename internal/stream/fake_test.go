package stream

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/kubestrata/kubestrata/internal/wire"
)

// page is a browser: it decodes Frames into what it shows, and acknowledges them when it likes.
type page struct {
	t    testing.TB
	auto bool // acknowledge at once

	mu      sync.Mutex
	frames  []*wire.Frame
	sizes   []int
	code    Code
	status  *wire.Status
	cards   map[string]any
	classes map[uint32]wire.Class
	dict    map[string]map[uint32]string
	pods    map[uint32]wire.PodRow
	extras  map[uint32]wire.PodExtra
	ends    map[uint32]wire.EndpointRow
	whole   uint32 // the last seq that left nothing out
	acked   int    // frames that acknowledge has answered

	out    chan []byte
	closed chan struct{}
	once   sync.Once
}

func newPage(t testing.TB, auto bool) *page {
	p := &page{t: t, auto: auto}
	p.forget()
	p.reconnect()
	return p
}

// reconnect gives the page a new connection; it keeps what it shows.
func (p *page) reconnect() {
	p.out, p.closed, p.once = make(chan []byte, 100), make(chan struct{}), sync.Once{}
}

func (p *page) forget() {
	p.cards, p.classes = map[string]any{}, map[uint32]wire.Class{}
	p.dict = map[string]map[uint32]string{"node": {}, "service": {}}
	p.pods, p.extras, p.ends = map[uint32]wire.PodRow{}, map[uint32]wire.PodExtra{}, map[uint32]wire.EndpointRow{}
}

func (p *page) Write(_ context.Context, binary bool, message []byte) error {
	select {
	case <-p.closed:
		return errors.New("closed")
	default:
	}
	if !binary {
		return nil
	}
	f, err := wire.Decode(append([]byte(nil), message...))
	if err != nil {
		p.t.Errorf("the server sent what cannot be decoded: %v", err)
		return err
	}
	p.mu.Lock()
	p.apply(f, len(message))
	p.mu.Unlock()
	if p.auto {
		p.ack(f.Seq)
	}
	return nil
}

func (p *page) ack(seq uint32) { p.say(wire.Ack{Type: "ack", Seq: seq}) }

func (p *page) say(message any) {
	b, err := json.Marshal(message)
	if err != nil {
		p.t.Fatal(err)
	}
	p.out <- b
}

func (p *page) Read(ctx context.Context) ([]byte, error) {
	select {
	case m := <-p.out:
		return m, nil
	case <-p.closed:
		return nil, errors.New("closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *page) Close(code Code, _ string) {
	p.once.Do(func() {
		p.mu.Lock()
		p.code = code
		p.mu.Unlock()
		close(p.closed)
	})
}

func (p *page) apply(f *wire.Frame, size int) {
	if n := len(p.frames); n > 0 && f.Flags&wire.FlagReset == 0 && f.Seq <= p.frames[n-1].Seq {
		p.t.Errorf("frame %d comes after %d", f.Seq, p.frames[n-1].Seq)
	}
	p.frames, p.sizes = append(p.frames, f), append(p.sizes, size)
	if f.Flags&wire.FlagReset != 0 {
		p.forget()
	}
	if o := f.Objects; o != nil {
		p.objects(o)
	}
	for _, r := range f.Pods {
		p.pods[r.Slot] = r
		delete(p.extras, r.Slot)
	}
	for _, r := range f.PodStates {
		row, ok := p.pods[r.Slot]
		if !ok {
			p.t.Errorf("a state came for pod slot %d, which the page does not have", r.Slot)
		}
		row.State = r.State
		p.pods[r.Slot] = row
	}
	for _, slot := range f.PodsGone {
		delete(p.pods, slot)
		delete(p.extras, slot)
	}
	for _, r := range f.Endpoints {
		p.ends[r.Slot] = r
	}
	for _, r := range f.EndpointStates {
		row, ok := p.ends[r.Slot]
		if !ok {
			p.t.Errorf("a state came for endpoint slot %d, which the page does not have", r.Slot)
		}
		row.State = r.State
		p.ends[r.Slot] = row
	}
	for _, slot := range f.EndpointsGone {
		delete(p.ends, slot)
	}
	if f.Objects != nil {
		for _, e := range f.Objects.PodExtras {
			p.extras[e.Slot] = e
		}
	}
	if f.Flags&wire.FlagMore == 0 {
		p.whole = f.Seq
	}
}

func (p *page) objects(o *wire.Objects) {
	if o.Status != nil {
		p.status = o.Status
	}
	if o.Bands != nil {
		p.cards["bands"] = *o.Bands
	}
	for _, c := range o.Namespaces {
		p.cards[c.ID] = c
	}
	for _, c := range o.Nodes {
		p.cards[c.ID] = c
	}
	for _, c := range o.Services {
		p.cards[c.ID] = c
	}
	for _, c := range o.Ingresses {
		p.cards[c.ID] = c
	}
	for _, c := range o.Policies {
		p.cards[c.ID] = c
	}
	for _, c := range o.Hosts {
		p.cards[c.ID] = c
	}
	for _, c := range o.Resolvers {
		p.cards[c.ID] = c
	}
	for _, c := range o.Routers {
		p.cards[c.ID] = c
	}
	for _, c := range o.LoadBalancers {
		p.cards[c.ID] = c
	}
	for _, c := range o.Classes {
		p.classes[c.ID] = c
	}
	for _, e := range o.NodeNames {
		p.dict["node"][e.ID] = e.Text
	}
	for _, e := range o.ServiceIDs {
		p.dict["service"][e.ID] = e.Text
	}
	for _, id := range o.Removed {
		delete(p.cards, id)
	}
}

// podShown is a pod as the page shows it, without the numbers that only mean something to one picture.
type podShown struct {
	Namespace, Name, Owner, Labels, Node string
	GateIn, GateOut                      int
	IPv4, Created                        uint32
	State                                uint8
	Extra                                wire.PodExtra
}

// shown is the whole picture, by names.
type shown struct {
	Cards map[string]any
	Pods  map[uint32]podShown
	Ends  map[string]string // service and pod or address, to state
}

func (p *page) shown() shown {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := shown{map[string]any{}, map[uint32]podShown{}, map[string]string{}}
	for id, c := range p.cards {
		out.Cards[id] = c
	}
	for slot, r := range p.pods {
		c, ok := p.classes[r.Class]
		if !ok {
			p.t.Errorf("pod slot %d has class %d, which the page does not have", slot, r.Class)
		}
		name := r.Name
		if r.State&wire.PodNameHasOwner != 0 {
			name = c.OwnerName + "-" + name
		}
		node := ""
		if r.Node != wire.NoNode {
			if node, ok = p.dict["node"][r.Node]; !ok {
				p.t.Errorf("pod slot %d is on node number %d, which the page does not have", slot, r.Node)
			}
		}
		out.Pods[slot] = podShown{c.Namespace, name, c.OwnerName, c.Labels, node, len(c.GateIn), len(c.GateOut), r.IPv4, r.Created, r.State, p.extras[slot]}
	}
	for slot, r := range p.ends {
		service, ok := p.dict["service"][r.Service]
		if !ok {
			p.t.Errorf("endpoint slot %d is of service number %d, which the page does not have", slot, r.Service)
		}
		b, _ := json.Marshal([]any{r.Pod, r.IPv4})
		out.Ends[service+string(b)] = string(rune('0' + r.State))
	}
	return out
}

func (p *page) resume(epoch string) *wire.Resume {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.whole == 0 {
		return nil
	}
	return &wire.Resume{Epoch: epoch, Seq: p.whole}
}

func (p *page) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.frames)
}

func (p *page) last() *wire.Frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.frames) == 0 {
		return nil
	}
	return p.frames[len(p.frames)-1]
}
