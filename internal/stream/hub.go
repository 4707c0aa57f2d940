package stream

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// keepGone is how many removed cards are remembered for browsers that come back; twice as many are gathered before the
// oldest are forgotten.
const keepGone = 4096

// lastSeq is where an epoch ends: the next one begins before sequence numbers run out.
const lastSeq = 1<<32 - 1<<20

// Hub follows one Store and serves the browsers that look at it.
type Hub struct {
	store   *cluster.Store
	about   func() picture.About // fills in everything but the times
	options Options

	arriving arriving

	mu      sync.RWMutex // written by the Hub's goroutine, read by those of the browsers
	epoch   string
	seq     uint32 // of the newest state
	oldest  uint32 // what changed before this cannot be resumed: cards that went were forgotten
	picture *picture.Picture
	cards   versions
	pods    versions // of whole rows
	states  versions // of the pods' rows, state included
	ends    versions // of whole endpoint rows
	endings versions
	clients map[*Client]bool
	closed  bool
}

// arriving gathers what the Store tells until the Hub takes it.
type arriving struct {
	mu     sync.Mutex
	view   *cluster.View
	change cluster.Change
	first  time.Time // when the oldest of it reached the server
	wake   chan struct{}
}

// New makes a Hub and begins to gather changes; Run does the rest. about may be nil.
func New(store *cluster.Store, about func() picture.About, options Options) (*Hub, func()) {
	if about == nil {
		about = func() picture.About { return picture.About{} }
	}
	h := &Hub{
		store: store, about: about, options: withDefaults(options), epoch: newEpoch(), seq: 1,
		arriving: arriving{wake: make(chan struct{}, 1)}, clients: map[*Client]bool{},
	}
	from, cancel := store.Observe(h.tell)
	h.picture = picture.New(from, h.aboutNow())
	h.markAll()
	return h, cancel
}

func withDefaults(o Options) Options {
	set := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	set(&o.Tick, 20*time.Millisecond)
	set(&o.Hidden, time.Second)
	set(&o.AckTimeout, time.Minute)
	set(&o.Heartbeat, wire.HeartbeatSeconds*time.Second)
	set(&o.Refresh, time.Second)
	if o.ChunkBytes == 0 {
		o.ChunkBytes = 64 << 10
	}
	return o
}

func newEpoch() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

func (h *Hub) aboutNow() picture.About {
	a := h.about()
	a.Now, a.LastData = time.Now(), h.store.LastData()
	return a
}

// tell is called by the Store's writer with every revision; it only notes what differs.
func (h *Hub) tell(view *cluster.View, c cluster.Change) {
	a := &h.arriving
	a.mu.Lock()
	a.view = view
	if a.first.IsZero() {
		a.first = c.At
	}
	a.change.At = c.At
	a.change.Pods = append(a.change.Pods, c.Pods...)
	a.change.Objects = append(a.change.Objects, c.Objects...)
	a.change.Endpoints = append(a.change.Endpoints, c.Endpoints...)
	a.change.Surroundings = a.change.Surroundings || c.Surroundings
	a.change.Status = a.change.Status || c.Status
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run keeps the picture up to date until ctx ends; then all connections are closed.
func (h *Hub) Run(ctx context.Context) {
	refresh := time.NewTicker(h.options.Refresh)
	defer refresh.Stop()
	defer h.close()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-refresh.C:
			h.refresh()
		case <-h.arriving.wake:
			// A change after a quiet time goes out at once; those that follow closely are gathered.
			if wait := h.options.Tick - time.Since(last); wait > 0 {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
			}
			last = time.Now()
			h.take()
		}
	}
}

// take applies what has arrived.
func (h *Hub) take() {
	a := &h.arriving
	a.mu.Lock()
	view, change, first := a.view, a.change, a.first
	a.view, a.change, a.first = nil, cluster.Change{}, time.Time{}
	a.mu.Unlock()
	if view == nil {
		return
	}
	slices.Sort(change.Pods)
	change.Pods = slices.Compact(change.Pods)
	h.apply(func() picture.Delta { return h.picture.Update(view, change, h.aboutNow()) }, first, change.At)
}

// refresh renews the status where only time or counts have moved: the page shows the age of the data.
func (h *Hub) refresh() {
	h.apply(func() picture.Delta { return h.picture.Refresh(h.aboutNow()) }, time.Time{}, time.Time{})
}

func (h *Hub) apply(update func() picture.Delta, first, newest time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := update()
	if d.Empty() {
		return
	}
	h.seq++
	for _, slot := range d.Cards {
		h.cards.set(slot, h.seq)
	}
	for _, slot := range d.Pods {
		h.pods.set(slot, h.seq)
		h.states.set(slot, h.seq)
	}
	for _, slot := range d.PodStates {
		h.states.set(slot, h.seq)
	}
	for _, slot := range d.Endpoints {
		h.ends.set(slot, h.seq)
		h.endings.set(slot, h.seq)
	}
	for _, slot := range d.EndpointStates {
		h.endings.set(slot, h.seq)
	}
	for c := range h.clients {
		c.mark(&d, first, newest)
	}
	if h.picture.Forget(2*keepGone) > 0 {
		h.picture.Forget(keepGone)
		h.oldest = h.seq
	}
	if h.seq > lastSeq {
		h.newEpoch()
	}
}

// markAll stamps everything with the first sequence number.
func (h *Hub) markAll() {
	for slot := range h.picture.CardSlots() {
		h.cards.set(slot, h.seq)
	}
	for slot := range h.picture.PodSlots() {
		h.pods.set(slot, h.seq)
		h.states.set(slot, h.seq)
	}
	for slot := range h.picture.EndpointSlots() {
		h.ends.set(slot, h.seq)
		h.endings.set(slot, h.seq)
	}
}

// newEpoch starts sequence numbers anew; all browsers come back and start with the whole picture.
func (h *Hub) newEpoch() {
	for c := range h.clients {
		c.end(ErrClosed)
	}
	h.epoch, h.seq, h.oldest = newEpoch(), 1, 0
	h.cards, h.pods, h.states, h.ends, h.endings = versions{}, versions{}, versions{}, versions{}, versions{}
	h.markAll()
}

func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.clients {
		c.end(ErrClosed)
	}
}

// Clients is the number of browsers that are connected.
func (h *Hub) Clients() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.clients)
}

// Store is what the Hub follows.
func (h *Hub) Store() *cluster.Store { return h.store }
