package room

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Options bound what rooms may take. Zero fields take the usual values.
type Options struct {
	Rooms      int           // at once: 24
	Followers  int           // a room: 250
	Stages     int           // a room: 8
	Traces     int           // kept a room: 4
	TraceBytes int           // of one trace, in both its forms: 3 MiB
	Idle       time.Duration // a room whose presenter is away for so long ends: 2 h
	AckTimeout time.Duration // a state that is not acknowledged for so long ends the connection: 30 s
	Beat       time.Duration // the state is sent again after so much silence: 10 s
	Now        func() time.Time
	// Shown is told, for every follower that acknowledges it, how long a move took from the presenter's message to the
	// follower's.
	Shown func(time.Duration)
}

func (o Options) withDefaults() Options {
	number := func(n *int, usual int) {
		if *n == 0 {
			*n = usual
		}
	}
	number(&o.Rooms, 24)
	number(&o.Followers, 250)
	number(&o.Stages, 8)
	number(&o.Traces, 4)
	number(&o.TraceBytes, 3<<20)
	duration := func(d *time.Duration, usual time.Duration) {
		if *d == 0 {
			*d = usual
		}
	}
	duration(&o.Idle, 2*time.Hour)
	duration(&o.AckTimeout, 30*time.Second)
	duration(&o.Beat, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Rooms are all rooms of a server. They live in memory: a restart ends them.
type Rooms struct {
	options Options

	mu    sync.Mutex
	rooms map[string]*Room
}

// ErrRooms is the refusal of one room too many.
var ErrRooms = errors.New("too many rooms are open")

// New makes an empty house.
func New(o Options) *Rooms {
	return &Rooms{options: o.withDefaults(), rooms: map[string]*Room{}}
}

// Open makes a room and the token that alone can move it. The room shows a source from the start.
func (h *Rooms) Open(source string) (r *Room, token string, err error) {
	if !plainName(source, maxSource) {
		return nil, "", fmt.Errorf("%w: no source has such a name", ErrMessage)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweep()
	if len(h.rooms) >= h.options.Rooms {
		return nil, "", fmt.Errorf("%w: %d; end one, or wait until one has been idle for %s", ErrRooms, h.options.Rooms, h.options.Idle)
	}
	code := newCode()
	for h.rooms[code] != nil {
		code = newCode()
	}
	token = newSecret()
	r = &Room{
		Code: code, options: &h.options, token: digest(token), rev: 1, move: Move{Source: source, Speed: 1},
		clients: map[*Client]bool{}, members: map[string]*member{}, active: h.options.Now(),
	}
	h.rooms[code] = r
	return r, token, nil
}

// Find returns a room by its code as somebody typed it.
func (h *Rooms) Find(text string) (*Room, bool) {
	code, ok := ParseCode(text)
	if !ok {
		return nil, false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweep()
	r := h.rooms[code]
	return r, r != nil
}

// End ends a room. It fails unless the token is its presenter's.
func (h *Rooms) End(r *Room, token string) error {
	if !r.Presents(token) {
		return ErrPresenter
	}
	h.mu.Lock()
	delete(h.rooms, r.Code)
	h.mu.Unlock()
	r.close()
	return nil
}

// Sweep ends the rooms whose presenter has been away for too long. Rooms that are looked for are swept by that alone;
// those that nobody asks about wait for this.
func (h *Rooms) Sweep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweep()
}

func (h *Rooms) sweep() {
	now := h.options.Now()
	for code, r := range h.rooms {
		if r.idle(now) {
			delete(h.rooms, code)
			r.close()
		}
	}
}

// Len is the number of rooms.
func (h *Rooms) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms)
}
