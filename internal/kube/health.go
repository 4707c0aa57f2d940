package kube

import (
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// health sums up how the loops fare into one Connection. The server is there when any loop is served. A refusal is also
// an answer, but counts less than a failure, since it says nothing about now: a refused loop rests. That a kind is not
// there says nothing at all: whatever is no API server answers so.
type health struct {
	set func(cluster.Connection)

	mu    sync.Mutex
	loops map[*follower]fare
	last  cluster.Connection
	was   bool          // live at some time
	wake  chan struct{} // closed when the server is back
}

type fare struct {
	served, refused, failing bool
	message                  string
}

func newHealth(set func(cluster.Connection)) *health {
	return &health{set: set, loops: map[*follower]fare{}, wake: make(chan struct{})}
}

func (h *health) served(f *follower)  { h.note(f, fare{served: true}) }
func (h *health) refused(f *follower) { h.note(f, fare{refused: true}) }
func (h *health) absent(f *follower)  { h.note(f, fare{}) }

func (h *health) failing(f *follower, message string) {
	h.note(f, fare{failing: true, message: message})
}

// begin is the state before the first answer.
func (h *health) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = cluster.Connection{State: cluster.ConnConnecting, Since: time.Now()}
	h.set(h.last)
}

func (h *health) gone(f *follower) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.loops, f)
}

func (h *health) note(f *follower, now fare) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.loops[f] = now
	next := h.last
	switch {
	case h.any(func(x fare) bool { return x.served }):
		next.State, next.Message = cluster.ConnLive, ""
	case h.any(func(x fare) bool { return x.failing }):
		next.State = cluster.ConnDisconnected
		if h.was {
			next.State = cluster.ConnStale
		}
		if now.failing {
			next.Message = now.message
		}
	case h.any(func(x fare) bool { return x.refused }):
		next.State, next.Message = cluster.ConnLive, ""
	}
	if next.State == h.last.State && next.Message == h.last.Message {
		return
	}
	if next.State != h.last.State {
		next.Since = time.Now()
	}
	if next.State == cluster.ConnLive && h.last.State != cluster.ConnLive {
		h.was = true
		close(h.wake)
		h.wake = make(chan struct{})
	}
	h.last = next
	h.set(next)
}

func (h *health) any(is func(fare) bool) bool {
	for _, x := range h.loops {
		if is(x) {
			return true
		}
	}
	return false
}

// back is closed when the server answers again after none did.
func (h *health) back() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wake
}
