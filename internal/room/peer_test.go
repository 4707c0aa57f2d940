package room

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// peer is a page: it keeps what it is sent, and acknowledges it when it likes.
type peer struct {
	t *testing.T

	in   chan []byte // what it says
	stop context.CancelFunc
	end  chan error // how its connection ended

	mu      sync.Mutex
	auto    bool // acknowledge at once
	acked   int  // of the states
	welcome Welcome
	states  []State
	sizes   []int
}

// enter joins a room and runs the connection; the test's bubble waits for it.
func enter(t *testing.T, r *Room, h Hello, auto bool) *peer {
	t.Helper()
	h.Type = "hello"
	c, err := r.Join(h)
	if err != nil {
		t.Fatalf("join as %s: %v", h.Role, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p := &peer{t: t, auto: auto, in: make(chan []byte, 256), stop: cancel, end: make(chan error, 1)}
	go func() { p.end <- c.Run(ctx, p) }()
	t.Cleanup(cancel)
	synctest.Wait()
	return p
}

func (p *peer) Write(_ context.Context, message []byte) error {
	var kind struct{ Type string }
	if err := json.Unmarshal(message, &kind); err != nil {
		p.t.Errorf("the room sent %q: %v", message, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if kind.Type == "welcome" {
		return json.Unmarshal(message, &p.welcome)
	}
	var s State
	if err := json.Unmarshal(message, &s); err != nil {
		p.t.Errorf("the room sent %q: %v", message, err)
	}
	p.states, p.sizes = append(p.states, s), append(p.sizes, len(message))
	if p.auto {
		p.acknowledge()
	}
	return nil
}

// acknowledge answers the newest state, unless that was done. The lock is held.
func (p *peer) acknowledge() {
	if p.acked < len(p.states) {
		p.acked = len(p.states)
		p.say(Said{Type: "ack", Rev: p.states[p.acked-1].Rev})
	}
}

// wakes answers what it slept through; from then on it is awake, or goes on sleeping.
func (p *peer) wakes(auto bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.auto = auto
	p.acknowledge()
}

func (p *peer) Read(ctx context.Context) ([]byte, error) {
	select {
	case m := <-p.in:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *peer) Close(error) { p.stop() }

func (p *peer) say(s Said) {
	b, err := json.Marshal(s)
	if err != nil {
		p.t.Error(err)
	}
	p.in <- b
}

// does says something and waits until all that follows from it has happened.
func (p *peer) does(s Said) {
	p.say(s)
	synctest.Wait()
}

func (p *peer) moves(m Move) {
	if m.Speed == 0 {
		m.Speed = 1
	}
	p.does(Said{Type: "move", Move: &m})
}

func (p *peer) votes(number int, choice string) {
	p.does(Said{Type: "vote", Number: number, Choice: choice})
}

// last is what its screen shows.
func (p *peer) last() State {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.states) == 0 {
		p.t.Fatal("nothing was sent")
	}
	return p.states[len(p.states)-1]
}

func (p *peer) got() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.states)
}

// leaves ends the connection as a network does.
func (p *peer) leaves() {
	p.stop()
	synctest.Wait()
}

// ended waits for the end of the connection.
func (p *peer) ended(want error) {
	p.t.Helper()
	select {
	case err := <-p.end:
		if !errors.Is(err, want) {
			p.t.Errorf("the connection ends with %v, want %v", err, want)
		}
	case <-time.After(time.Hour): // of the bubble's own clock
		p.t.Errorf("the connection goes on; want it to end with %v", want)
	}
}

// class opens a room with a trace and its presenter.
func class(t *testing.T, o Options) (h *Rooms, r *Room, token, trace string, presenter *peer) {
	t.Helper()
	h = New(o)
	r, token, err := h.Open("world:tour")
	if err != nil {
		t.Fatal(err)
	}
	trace, err = r.PutTrace(token, Trace{JSON: []byte(`{"a":1}`), HTML: []byte("<p>")})
	if err != nil {
		t.Fatal(err)
	}
	return h, r, token, trace, enter(t, r, Hello{Role: "present", Token: token}, true)
}
