package room

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Conn is a peer's connection. Write and Read are each called from one goroutine. Close may be called at any time and makes
// both return.
type Conn interface {
	Write(ctx context.Context, message []byte) error
	Read(ctx context.Context) ([]byte, error)
	// Close ends the connection, telling the peer why: one of this package's errors, or the network's.
	Close(why error)
}

// Hello is how a peer comes in: its first message.
type Hello struct {
	Type  string `json:"type"`            // "hello"
	Role  string `json:"role"`            // "follow", "stage" or "present"
	Token string `json:"token,omitempty"` // the presenter's
	Key   string `json:"key,omitempty"`   // a follower that comes back: what Welcome gave it
}

// Welcome is the first message that a peer gets; its state follows.
type Welcome struct {
	Type string `json:"type"` // "welcome"
	Room string `json:"room"`
	Key  string `json:"key,omitempty"` // stands for a follower's choice when its connection is lost; says nothing of who it is
}

// Said is what a peer says after its Hello.
type Said struct {
	Type      string `json:"type"`
	Rev       uint64 `json:"rev"`       // ack: the state that is on the screen now
	Exploring bool   `json:"exploring"` // ack, look: it looks round on its own
	Number    int    `json:"number"`    // vote: of the question
	Choice    string `json:"choice"`    // vote: one of Choices; empty: not said
	Place     string `json:"place"`     // vote: one of the trace's places; empty: not said
	Move      *Move  `json:"move"`      // move
}

// The ends of a connection that are not the network's.
var (
	ErrSlow     = errors.New("nothing was acknowledged for too long")
	ErrReplaced = errors.New("the room is presented from another window now")
	ErrFlood    = errors.New("too many messages")
)

// Client is one peer's connection to a Room.
type Client struct {
	Welcome Welcome

	room *Room
	role Role
	key  string // of its member

	// Guarded by the room's lock.
	shown     uint64 // the newest move that it has on the screen; nothing: none yet
	exploring bool

	pace bucket // of the reading goroutine
	wake chan struct{}
	done chan struct{}
	why  error
	once sync.Once
}

// nothing is a revision that never comes.
const nothing = ^uint64(0)

// Join lets a peer in. Run must follow, or Leave.
func (r *Room) Join(h Hello) (*Client, error) {
	c := &Client{room: r, shown: nothing, wake: make(chan struct{}, 1), done: make(chan struct{}), Welcome: Welcome{Type: "welcome", Room: r.Code}}
	c.pace = bucket{rate: 10, burst: 60, tokens: 60}
	switch h.Role {
	case "follow":
		c.role = Follower
	case "stage":
		c.role = Stage
	case "present":
		if c.role = Presenter; !r.Presents(h.Token) {
			return nil, ErrPresenter
		}
		c.pace = bucket{rate: 60, burst: 240, tokens: 240} // a slider that is dragged
	default:
		return nil, fmt.Errorf("%w: a peer is follow, stage or present", ErrMessage)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrEnded
	}
	switch c.role {
	case Presenter:
		// One window presents. The token was copied with the tab, or the old connection is dead and does not know it.
		for other := range r.clients {
			if other.role == Presenter {
				other.end(ErrReplaced)
			}
		}
		r.present++
		r.active = r.options.Now()
	case Stage:
		if r.count(Stage) >= r.options.Stages {
			return nil, fmt.Errorf("%w: %d stages", ErrFull, r.options.Stages)
		}
	case Follower:
		if r.count(Follower) >= r.options.Followers {
			return nil, fmt.Errorf("%w: %d followers", ErrFull, r.options.Followers)
		}
		c.key = r.remember(h.Key)
		c.Welcome.Key = c.key
	}
	r.clients[c] = true
	c.wakeUp()
	if c.role == Presenter {
		r.changed(Follower, Stage, Presenter)
	} else {
		r.changed(Stage, Presenter)
	}
	return c, nil
}

// remember finds the member that a key stands for, or makes one. Those that left first are forgotten first where there
// are too many; their choices leave the count with them.
func (r *Room) remember(key string) string {
	if m := r.members[key]; m != nil && !m.here {
		m.here = true
		return key
	}
	key = newSecret()
	r.members[key] = &member{choice: -1, place: -1, here: true}
	r.order = append(r.order, key)
	for i := 0; len(r.order) > 2*r.options.Followers && i < len(r.order); {
		if r.members[r.order[i]].here {
			i++
			continue
		}
		delete(r.members, r.order[i])
		r.order = append(r.order[:i], r.order[i+1:]...)
	}
	return key
}

func (r *Room) count(role Role) (n int) {
	for c := range r.clients {
		if c.role == role {
			n++
		}
	}
	return n
}

func (c *Client) wakeUp() {
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

// Leave takes a peer out of its room. Run does so by itself.
func (c *Client) Leave() {
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.clients[c] {
		return
	}
	delete(r.clients, c)
	c.end(nil)
	if m := r.members[c.key]; m != nil {
		m.here = false
	}
	if c.role == Presenter {
		r.present--
		r.active = r.options.Now()
		r.changed(Follower, Stage, Presenter)
	} else {
		r.changed(Stage, Presenter)
	}
}

// Run serves the peer until its connection, ctx or the room ends. The error says which, and never is nil.
func (c *Client) Run(ctx context.Context, conn Conn) error {
	defer c.Leave()
	ctx, cancel := context.WithCancelCause(ctx)
	acks := make(chan uint64)
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		cancel(c.read(ctx, conn, acks))
	}()
	// Nothing touches the connection after Run has returned.
	defer func() {
		cancel(nil)
		<-reading
	}()
	err := c.write(ctx, conn, acks)
	conn.Close(err)
	return err
}

// write sends states: one at a time, each after the one before was acknowledged.
func (c *Client) write(ctx context.Context, conn Conn, acks <-chan uint64) error {
	if err := c.send(ctx, conn, c.Welcome); err != nil {
		return err
	}
	o := c.room.options
	var inFlight, sent, moved uint64
	var movedAt time.Time
	wake := c.wake
	timer := time.NewTimer(o.Beat)
	defer timer.Stop()
	for {
		due := true // even if nothing is new
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.done:
			if c.why != nil {
				return c.why
			}
			return ErrEnded
		case rev := <-acks:
			if rev != inFlight {
				return fmt.Errorf("%w: acknowledges %d, which is not in flight", ErrMessage, rev)
			}
			c.acknowledged(moved, movedAt)
			inFlight, wake = 0, c.wake
			timer.Reset(o.Beat)
			continue
		case <-timer.C:
			if inFlight != 0 {
				return ErrSlow
			}
		case <-wake:
			due = false
		}
		c.room.mu.Lock()
		rev := c.room.rev
		if rev == sent && !due { // the change that woke it was in the state before
			c.room.mu.Unlock()
			continue
		}
		message, err := c.room.encode(c.role)
		moved, movedAt = c.room.moved, c.room.movedAt
		c.room.mu.Unlock()
		if err == nil {
			err = conn.Write(ctx, message)
		}
		if err != nil {
			return err
		}
		inFlight, sent, wake = rev, rev, nil
		timer.Reset(o.AckTimeout)
	}
}

// acknowledged notes which move the peer has on its screen.
func (c *Client) acknowledged(moved uint64, at time.Time) {
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.role != Follower || c.shown == moved {
		return
	}
	c.shown = moved
	if r.options.Shown != nil && moved == r.moved && !c.exploring && !at.IsZero() {
		r.options.Shown(r.options.Now().Sub(at))
	}
	r.changed(Presenter)
}

func (c *Client) send(ctx context.Context, conn Conn, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return conn.Write(ctx, text)
}

// read does what the peer says.
func (c *Client) read(ctx context.Context, conn Conn, acks chan<- uint64) error {
	for {
		message, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var said Said
		if err := json.Unmarshal(message, &said); err != nil {
			return fmt.Errorf("%w: not JSON", ErrMessage)
		}
		// Acknowledgements are as many as the states that were sent; one too many ends the connection anyhow.
		if said.Type != "ack" && !c.pace.allow(c.room.options.Now()) {
			return ErrFlood
		}
		switch said.Type {
		case "ack":
			c.looks(said.Exploring)
			select {
			case acks <- said.Rev:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case "look":
			c.looks(said.Exploring)
		case "vote":
			c.room.mu.Lock()
			if c.role == Follower {
				c.room.vote(c.key, said.Number, said.Choice, said.Place)
			}
			c.room.mu.Unlock()
		case "move", "ask", "reveal", "away", "gather":
			if err := c.lead(said); err != nil {
				return err
			}
		default:
			// A newer page may say more; what is not understood does no harm.
		}
	}
}

// lead does what only the presenter may.
func (c *Client) lead(said Said) error {
	if c.role != Presenter {
		return ErrPresenter
	}
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.clients[c] || c.ended() {
		return ErrReplaced
	}
	r.active = r.options.Now()
	switch said.Type {
	case "move":
		if said.Move == nil {
			return fmt.Errorf("%w: a move without where to", ErrMessage)
		}
		return r.apply(*said.Move)
	case "ask":
		r.ask()
	case "reveal":
		r.reveal()
	case "away":
		r.putAway()
	case "gather":
		r.callBack()
	}
	return nil
}

func (c *Client) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *Client) looks(exploring bool) {
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.role == Follower && c.exploring != exploring {
		c.exploring = exploring
		r.changed(Presenter)
	}
}

// bucket lets a peer say so many things a second, and a burst.
type bucket struct {
	rate, burst, tokens float64
	at                  time.Time
}

func (b *bucket) allow(now time.Time) bool {
	if !b.at.IsZero() {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.at).Seconds()*b.rate)
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
