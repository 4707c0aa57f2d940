package room

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Move is where the presenter is. It is sent whole each time: a state, not a difference.
type Move struct {
	Source    string  `json:"source"`              // id of what is shown
	Trace     string  `json:"trace"`               // hash of the trace that is open, from PutTrace; empty: none
	Outcome   int     `json:"outcome"`             // which of its outcomes is followed, from 0
	Step      int     `json:"step"`                // of that outcome, from 0
	Steps     int     `json:"steps"`               // how many it has
	Playing   bool    `json:"playing"`             // steps go on by themselves
	Speed     float64 `json:"speed"`               // 1 is normal
	Spotlight string  `json:"spotlight,omitempty"` // what is lit while the rest is dimmed; empty: nothing
	Hold      bool    `json:"hold,omitempty"`      // the presenter wants attention: all but the current hop is dimmed
}

// The bounds of a Move. With them a state stays under a kilobyte.
const (
	maxSource = 128
	maxHash   = 64
	maxLit    = 128
	maxSteps  = 1000
)

// ErrMessage is what a peer sent and makes no sense.
var ErrMessage = errors.New("the message makes no sense")

func (m Move) check() error {
	switch {
	case !plainName(m.Source, maxSource), !plainName(m.Trace, maxHash), !plainName(m.Spotlight, maxLit):
		return fmt.Errorf("%w: source, trace and spotlight are short names without control characters", ErrMessage)
	case m.Steps < 0 || m.Steps > maxSteps || m.Outcome < 0 || m.Outcome > maxSteps:
		return fmt.Errorf("%w: a trace has at most %d steps and outcomes", ErrMessage, maxSteps)
	case m.Step < 0 || m.Step > max(0, m.Steps-1):
		return fmt.Errorf("%w: step %d of %d", ErrMessage, m.Step, m.Steps)
	case !(m.Speed >= 0.1 && m.Speed <= 10): // not a number is neither
		return fmt.Errorf("%w: the speed is between 0.1 and 10", ErrMessage)
	}
	return nil
}

// plainName allows what JSON carries as it is: nothing that an encoder makes six bytes of.
func plainName(s string, longest int) bool {
	return len(s) <= longest && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029
	})
}

// Choices are what can be predicted of a request, by the classes of the trace contract.
var Choices = []string{"answered", "http-error", "refused", "no-answer", "name-not-found"}

// Question is a prediction that the presenter has asked for.
type Question struct {
	Number   int   `json:"number"`             // from 1: the room's first question
	Open     bool  `json:"open"`               // choices are taken
	Revealed bool  `json:"revealed"`           // the counts are for everybody
	Counts   []int `json:"counts,omitempty"`   // one for each of Choices; only for the presenter before they are revealed
	Places   []int `json:"places,omitempty"`   // one for each place of the trace, where somebody chose one; like the counts
	Answered int   `json:"answered,omitempty"` // how many have chosen either; like the counts
}

// State is the whole of a room as one peer may see it. It is what is sent, always whole, under 1 KB.
type State struct {
	Type string `json:"type"` // "state"
	Room string `json:"room"`
	Rev  uint64 `json:"rev"` // grows with every change; what has a smaller one is older
	Move
	Gather    int       `json:"gather"`             // grows when the presenter calls everybody back
	Question  *Question `json:"question,omitempty"` // none was asked, or it was put away
	Presenter bool      `json:"presenter"`          // somebody who can move the room is connected
	Followers int       `json:"followers,omitempty"`
	InStep    int       `json:"inStep,omitempty"`    // of them: have shown where the presenter is; for the presenter
	Exploring int       `json:"exploring,omitempty"` // of them: are looking round; for the presenter
}

// Role is what a peer is in a room.
type Role int

// The roles.
const (
	Follower  Role = iota // a phone
	Stage                 // a projector
	Presenter             // who has the token
)

// seen is the state as one role may see it. The room's lock is held.
func (r *Room) seen(role Role) State {
	s := State{Type: "state", Room: r.Code, Rev: r.rev, Move: r.move, Gather: r.gather, Presenter: r.present > 0}
	if r.question != nil {
		q := *r.question
		if q.Revealed || role == Presenter {
			r.tally(&q)
		}
		s.Question = &q
	}
	if role == Follower {
		return s
	}
	for c := range r.clients {
		if c.role == Follower {
			s.Followers++
			if role == Presenter && c.exploring {
				s.Exploring++
			} else if role == Presenter && c.shown == r.moved {
				s.InStep++
			}
		}
	}
	return s
}

func (r *Room) tally(q *Question) {
	q.Counts = make([]int, len(Choices))
	places := make([]int, len(r.places()))
	for _, m := range r.members {
		if m.choice >= 0 {
			q.Counts[m.choice]++
		}
		if m.place >= 0 && m.place < len(places) {
			places[m.place]++
			q.Places = places
		}
		if m.choice >= 0 || m.place >= 0 {
			q.Answered++
		}
	}
}
