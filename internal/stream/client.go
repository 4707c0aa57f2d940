package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// Client is one browser's view of a Hub. The Hub marks what changed, the browser's goroutine builds Frames from it; the
// Hub's lock keeps the two apart.
type Client struct {
	hub *Hub

	// Epoch and Resumed belong into the Hello that the browser gets.
	Epoch   string
	Resumed bool

	// Guarded by the Hub's lock: written by the Hub under Lock, by the builder under RLock (one builder a client).
	cards, pods, ends bitset
	whole             uint32    // the sequence number of the last Frame that left nothing out; 0: none yet
	last              uint32    // of the last Frame
	reset             bool      // the next Frame begins the picture
	first, newest     time.Time // of the changes that no Frame has yet

	wake chan struct{}
	done chan struct{}
	why  error
	once sync.Once
}

// flight is a Frame that was sent and not yet acknowledged.
type flight struct {
	seq   uint32
	first time.Time // when its oldest change reached the server; zero: it is left out of the meter
	at    time.Time
}

// Join registers a browser. It starts empty, or with what it says it has. Run must follow.
func (h *Hub) Join(resume *wire.Resume) *Client {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := &Client{hub: h, Epoch: h.epoch, wake: make(chan struct{}, 1), done: make(chan struct{})}
	if h.closed {
		c.end(ErrClosed)
		return c
	}
	var since uint32
	if resume != nil && resume.Epoch == h.epoch && resume.Seq > 0 && resume.Seq <= h.seq && resume.Seq >= h.oldest {
		c.Resumed, since, c.whole, c.last = true, resume.Seq, resume.Seq, resume.Seq
	} else {
		c.reset = true
	}
	h.cards.after(since, func(slot uint32) {
		if card := h.picture.Card(slot); c.Resumed || !card.Gone() {
			c.cards.set(slot)
		}
	})
	h.states.after(since, func(slot uint32) {
		if _, there := h.picture.PodRow(slot); c.Resumed || there {
			c.pods.set(slot)
		}
	})
	h.endings.after(since, func(slot uint32) {
		if _, there := h.picture.EndpointRow(slot); c.Resumed || there {
			c.ends.set(slot)
		}
	})
	h.clients[c] = true
	return c
}

// mark notes what changed; the Hub holds its lock.
func (c *Client) mark(d *picture.Delta, first, newest time.Time) {
	for _, slot := range d.Cards {
		c.cards.set(slot)
	}
	for _, slot := range d.Pods {
		c.pods.set(slot)
	}
	for _, slot := range d.PodStates {
		c.pods.set(slot)
	}
	for _, slot := range d.Endpoints {
		c.ends.set(slot)
	}
	for _, slot := range d.EndpointStates {
		c.ends.set(slot)
	}
	if c.first.IsZero() {
		c.first = first
	}
	if !newest.IsZero() {
		c.newest = newest
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Client) end(why error) {
	c.once.Do(func() {
		c.why = why
		close(c.done)
	})
}

// Leave takes the browser off the Hub. Run does so by itself.
func (c *Client) Leave() {
	c.hub.mu.Lock()
	defer c.hub.mu.Unlock()
	delete(c.hub.clients, c)
	c.end(nil)
}

// Run serves the browser until its connection or ctx ends, or the Hub does. The error says which, and never is nil.
func (c *Client) Run(ctx context.Context, conn Conn) error {
	defer c.Leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	acks := make(chan wire.Ack)
	visible := make(chan bool)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		cancel(c.read(ctx, conn, acks, visible))
	}()
	// Nothing touches the connection after Run has returned.
	defer func() {
		cancel(nil)
		<-reading
	}()
	err := c.write(ctx, conn, acks, visible)
	switch {
	case errors.Is(err, ErrSlow):
		conn.Close(CloseSlow, ErrSlow.Error())
	case errors.Is(err, ErrProtocol):
		conn.Close(CloseProtocol, err.Error())
	case errors.Is(err, ErrClosed):
		conn.Close(CloseSource, ErrClosed.Error())
	default:
		conn.Close(CloseGoingAway, "")
	}
	return err
}

// read passes on what the browser says.
func (c *Client) read(ctx context.Context, conn Conn, acks chan<- wire.Ack, visible chan<- bool) error {
	for {
		message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(message, &kind); err != nil {
			return fmt.Errorf("%w: not JSON", ErrProtocol)
		}
		switch kind.Type {
		case "ack":
			var a wire.Ack
			if err := json.Unmarshal(message, &a); err != nil {
				return fmt.Errorf("%w: ack", ErrProtocol)
			}
			select {
			case acks <- a:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case "visibility":
			var v wire.Visibility
			if err := json.Unmarshal(message, &v); err != nil {
				return fmt.Errorf("%w: visibility", ErrProtocol)
			}
			select {
			case visible <- !v.Hidden:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		default:
			// A newer page may say more; what is not understood does no harm.
		}
	}
}

// write sends Frames: one at a time, each after the one before was acknowledged.
func (c *Client) write(ctx context.Context, conn Conn, acks <-chan wire.Ack, visible <-chan bool) error {
	o := &c.hub.options
	var (
		inFlight *flight
		hidden   bool
		sentAt   = time.Now()
		timer    = time.NewTimer(0) // whatever is next: a Frame for a hidden tab, a heartbeat, the end of patience
	)
	defer timer.Stop()
	for {
		wake := c.wake
		var wait time.Duration
		now := time.Now()
		switch {
		case inFlight != nil:
			wake, wait = nil, o.AckTimeout-now.Sub(inFlight.at)
			if wait <= 0 {
				return ErrSlow
			}
		case hidden && now.Sub(sentAt) < o.Hidden:
			wake, wait = nil, o.Hidden-now.Sub(sentAt)
		default:
			frame, f := c.build(now.Sub(sentAt) >= o.Heartbeat)
			if frame == nil {
				wait = o.Heartbeat - now.Sub(sentAt)
				break
			}
			err := conn.Write(ctx, true, frame.bytes)
			if o.Sent != nil {
				o.Sent(len(frame.bytes))
			}
			scratches.Put(frame)
			if err != nil {
				return err
			}
			f.at = time.Now()
			if hidden {
				f.first = time.Time{}
			}
			inFlight, sentAt, wake, wait = f, f.at, nil, o.AckTimeout
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.done:
			if c.why != nil {
				return c.why
			}
			return ErrClosed
		case <-timer.C:
		case <-wake:
		case v := <-visible:
			hidden = !v
			if hidden && inFlight != nil {
				inFlight.first = time.Time{}
			}
		case a := <-acks:
			if inFlight == nil || a.Seq != inFlight.seq {
				return fmt.Errorf("%w: acknowledges %d, which is not in flight", ErrProtocol, a.Seq)
			}
			if o.Latency != nil && !inFlight.first.IsZero() && !a.Hidden {
				waited := time.Duration(min(max(a.Waited, 0), 1000) * float64(time.Millisecond))
				o.Latency(max(0, time.Since(inFlight.first)-waited))
			}
			inFlight = nil
		}
	}
}
