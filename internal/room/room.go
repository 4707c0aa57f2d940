package room

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Room is one class. All its methods may be called from any goroutine.
type Room struct {
	Code string

	options *Options
	token   [sha256.Size]byte

	mu       sync.Mutex
	rev      uint64 // of the newest state that anybody sees
	moved    uint64 // the rev with which the presenter moved last
	movedAt  time.Time
	move     Move
	gather   int
	asked    int
	question *Question
	traces   []kept // oldest first
	clients  map[*Client]bool
	members  map[string]*member // by key: those who come back keep their choice
	order    []string           // keys of members, oldest first
	present  int                // connected presenters
	active   time.Time          // when the presenter was here last
	closed   bool
	encoded  [3][]byte // the newest state for each role; nil: to be made
}

// member is a phone, also while it is asleep.
type member struct {
	choice int  // index in Choices; -1: none
	place  int  // index in the trace's Places; -1: none
	here   bool // connected
}

// Trace is what was opened in a room: the answer itself, and how phones show it.
type Trace struct {
	JSON []byte
	HTML []byte
	// Places are the ids of things at one of which a follower may expect the request to end, at most MaxPlaces.
	Places []string
}

// MaxPlaces bounds what a question's counts take in a state.
const MaxPlaces = 16

type kept struct {
	hash  string
	trace Trace
}

// The ends of what can be asked of a room.
var (
	ErrFull      = errors.New("the room is full")
	ErrEnded     = errors.New("the room has ended")
	ErrPresenter = errors.New("only who has the room's presenter token can do this")
	ErrTooLarge  = errors.New("the trace is too large for a room")
)

// Presents reports whether a token is the presenter's.
func (r *Room) Presents(token string) bool { return same(digest(token), r.token) }

// PutTrace keeps a trace for the room and returns its hash, by which Move names it. The newest few are kept. The same
// bytes have the same hash. It fails unless the token is the presenter's.
func (r *Room) PutTrace(token string, t Trace) (hash string, err error) {
	if !r.Presents(token) {
		return "", ErrPresenter
	}
	if size := len(t.JSON) + len(t.HTML); size > r.options.TraceBytes {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, r.options.TraceBytes)
	}
	t.Places = t.Places[:min(len(t.Places), MaxPlaces)]
	sum := sha256.Sum256(t.JSON)
	hash = hex.EncodeToString(sum[:16])
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return "", ErrEnded
	}
	for i, k := range r.traces {
		if k.hash == hash { // used again: it is the newest once more
			r.traces = append(append(r.traces[:i:i], r.traces[i+1:]...), k)
			return hash, nil
		}
	}
	r.traces = append(r.traces, kept{hash, t})
	// The one that is shown stays, whatever is put beside it.
	for i := 0; len(r.traces) > r.options.Traces && i < len(r.traces); i++ {
		if r.traces[i].hash != r.move.Trace {
			r.traces = append(r.traces[:i:i], r.traces[i+1:]...)
			break
		}
	}
	return hash, nil
}

// Trace returns a trace by its hash.
func (r *Room) Trace(hash string) (Trace, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.traces {
		if k.hash == hash {
			return k.trace, true
		}
	}
	return Trace{}, false
}

// State is what a role sees now.
func (r *Room) State(role Role) State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen(role)
}

// apply takes the presenter's Move. The lock is held.
func (r *Room) apply(m Move) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.Trace != "" {
		known := false
		for _, k := range r.traces {
			known = known || k.hash == m.Trace
		}
		if !known {
			return fmt.Errorf("%w: this room has no trace %s", ErrMessage, m.Trace)
		}
	} else if m.Steps != 0 || m.Outcome != 0 {
		return fmt.Errorf("%w: steps without a trace", ErrMessage)
	}
	if m == r.move {
		return nil
	}
	if m.Trace != r.move.Trace {
		r.elsewhere()
	}
	r.move = m
	r.changed(Follower, Stage, Presenter)
	r.moved, r.movedAt = r.rev, r.options.Now()
	return nil
}

// ask opens a question; who had chosen in the one before chooses anew.
func (r *Room) ask() {
	r.asked++
	r.question = &Question{Number: r.asked, Open: true}
	for _, m := range r.members {
		m.choice, m.place = -1, -1
	}
	r.changed(Follower, Stage, Presenter)
}

// elsewhere is called when another trace is shown: what was said of the one before is over, and so is where it might end. A
// question that is still open was asked of what comes. The lock is held.
func (r *Room) elsewhere() {
	if r.question != nil && r.question.Revealed {
		r.question = nil
	}
	for _, m := range r.members {
		m.place = -1
	}
}

// places are those of the trace that is shown. The lock is held.
func (r *Room) places() []string {
	for _, k := range r.traces {
		if k.hash == r.move.Trace {
			return k.trace.Places
		}
	}
	return nil
}

// reveal closes the question and shows its counts to everybody.
func (r *Room) reveal() {
	if r.question == nil || r.question.Revealed {
		return
	}
	r.question.Open, r.question.Revealed = false, true
	r.changed(Follower, Stage, Presenter)
}

// putAway takes the question off all screens.
func (r *Room) putAway() {
	if r.question != nil {
		r.question = nil
		r.changed(Follower, Stage, Presenter)
	}
}

func (r *Room) callBack() {
	r.gather++
	r.changed(Follower, Stage, Presenter)
}

// vote takes a follower's choice and the place where it expects the end: one of each a question, which it may change until
// the counts are revealed. What is empty was not said; what is none of those there are changes nothing.
func (r *Room) vote(key string, number int, choice, place string) {
	m := r.members[key]
	if m == nil || r.question == nil || !r.question.Open || r.question.Number != number {
		return // too late: nothing is said, the next state says what is open
	}
	before := *m
	if i := slices.Index(Choices, choice); i >= 0 {
		m.choice = i
	}
	if i := slices.Index(r.places(), place); i >= 0 {
		m.place = i
	}
	if *m != before {
		r.changed(Presenter)
	}
}

// changed makes a new revision and wakes those who see something else than before. The lock is held.
func (r *Room) changed(roles ...Role) {
	r.rev++
	r.encoded = [3][]byte{}
	for c := range r.clients {
		for _, role := range roles {
			if c.role == role {
				c.wakeUp()
			}
		}
	}
}

// encode is the newest state for a role, made once for all of them. The lock is held.
func (r *Room) encode(role Role) ([]byte, error) {
	if r.encoded[role] == nil {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(r.seen(role)); err != nil {
			return nil, err
		}
		r.encoded[role] = bytes.TrimSpace(b.Bytes())
	}
	return r.encoded[role], nil
}

// close ends the room for everybody.
func (r *Room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for c := range r.clients {
		c.end(ErrEnded)
	}
	r.traces = nil
}

// idle reports whether the presenter has been away for too long.
func (r *Room) idle(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed || r.present == 0 && now.Sub(r.active) > r.options.Idle
}
