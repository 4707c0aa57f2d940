package room

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	rows := []struct {
		typed, code string
		ok          bool
	}{
		{"QK7PM", "QK7PM", true},
		{"qk7pm", "QK7PM", true},
		{" qk7-pm ", "QK7PM", true},
		{"QK 7 PM", "QK7PM", true},
		{"QK7P", "", false},
		{"QK7PMX", "", false},
		{"QK7P0", "", false},
		{"QK7PO", "", false},
		{"QK7P1", "", false},
		{"QK7PI", "", false},
		{"QK7Pß", "", false},
		{"", "", false},
		{strings.Repeat(" ", 1000) + "QK7PM", "", false},
		{"../..", "", false},
	}
	for _, row := range rows {
		if code, ok := ParseCode(row.typed); code != row.code || ok != row.ok {
			t.Errorf("ParseCode(%q) = %q, %v; want %q, %v", row.typed, code, ok, row.code, row.ok)
		}
	}
}

func TestNewCodesAreCodesAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		code := newCode()
		if got, ok := ParseCode(code); !ok || got != code {
			t.Fatalf("%q is no code", code)
		}
		seen[code] = true
	}
	if len(seen) < 1990 { // 2000 of 33 million: two meet in one run of 17
		t.Errorf("2000 codes are only %d different ones", len(seen))
	}
}

func TestEverybodySeesWhereThePresenterIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, trace, presenter := class(t, Options{})
		phone, stage := enter(t, r, Hello{Role: "follow"}, true), enter(t, r, Hello{Role: "stage"}, true)
		want := Move{Source: "world:tour", Trace: trace, Step: 3, Steps: 9, Playing: true, Speed: 2, Spotlight: "Pod/default/web"}
		presenter.moves(want)
		for name, p := range map[string]*peer{"the phone": phone, "the stage": stage, "the presenter": presenter} {
			if d := cmp.Diff(want, p.last().Move); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
		}
		late := enter(t, r, Hello{Role: "follow"}, true)
		if d := cmp.Diff(phone.last(), late.last(), cmpopts.IgnoreFields(State{}, "Rev")); d != "" {
			t.Errorf("who comes late sees something else (-first +late):\n%s", d)
		}
		if late.got() != 1 {
			t.Errorf("who comes late is sent %d states, want the newest alone", late.got())
		}
		if s := presenter.last(); s.Followers != 2 || s.InStep != 2 {
			t.Errorf("the presenter sees %d followers, %d in step; want 2 and 2", s.Followers, s.InStep)
		}
		if s := phone.last(); s.Followers != 0 || s.InStep != 0 {
			t.Errorf("a phone is told about others: %+v", s)
		}
	})
}

// Every message that would lead, from everybody who must not.
func TestOnlyTheTokenMovesTheRoom(t *testing.T) {
	leading := []Said{
		{Type: "move", Move: &Move{Source: "world:tour", Speed: 1}}, {Type: "ask"}, {Type: "reveal"}, {Type: "away"}, {Type: "gather"},
	}
	for _, role := range []string{"follow", "stage"} {
		for _, said := range leading {
			t.Run(role+" says "+said.Type, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					_, r, token, trace, presenter := class(t, Options{})
					presenter.moves(Move{Source: "world:tour", Trace: trace, Step: 2, Steps: 5})
					presenter.does(Said{Type: "ask"})
					before := r.State(Stage)
					// A token in the hello of a follower makes no presenter of it either.
					p := enter(t, r, Hello{Role: role, Token: token}, true)
					p.does(said)
					p.ended(ErrPresenter)
					if d := cmp.Diff(before, r.State(Stage), cmpopts.IgnoreFields(State{}, "Rev")); d != "" {
						t.Errorf("the room has changed (-before +after):\n%s", d)
					}
				})
			})
		}
	}
}

func TestNobodyPresentsWithoutTheToken(t *testing.T) {
	h := New(Options{})
	r, token, err := h.Open("world:tour")
	if err != nil {
		t.Fatal(err)
	}
	other, otherToken, _ := h.Open("world:tour")
	for name, wrong := range map[string]string{"none": "", "another room's": otherToken, "a longer one": token + "0", "in capitals": strings.ToUpper(token) + "X"} {
		if _, err := r.Join(Hello{Role: "present", Token: wrong}); !errors.Is(err, ErrPresenter) {
			t.Errorf("token %s: joining says %v", name, err)
		}
		if _, err := r.PutTrace(wrong, Trace{JSON: []byte("{}")}); !errors.Is(err, ErrPresenter) {
			t.Errorf("token %s: putting a trace says %v", name, err)
		}
		if err := h.End(r, wrong); !errors.Is(err, ErrPresenter) {
			t.Errorf("token %s: ending says %v", name, err)
		}
	}
	if _, found := h.Find(r.Code); !found {
		t.Error("the room is gone")
	}
	if err := h.End(other, otherToken); err != nil {
		t.Errorf("its own token does not end a room: %v", err)
	}
	if _, found := h.Find(other.Code); found {
		t.Error("the room that was ended is still found")
	}
}

func TestAPresenterThatComesBackFindsTheRoomAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, token, trace, presenter := class(t, Options{})
		phone := enter(t, r, Hello{Role: "follow"}, true)
		presenter.moves(Move{Source: "world:tour", Trace: trace, Step: 4, Steps: 9})
		presenter.leaves()
		if s := phone.last(); s.Presenter || s.Step != 4 {
			t.Errorf("while the presenter is away the phone shows step %d, presenter %v", s.Step, s.Presenter)
		}
		again := enter(t, r, Hello{Role: "present", Token: token}, true)
		if s := again.last(); s.Step != 4 || s.Trace != trace {
			t.Errorf("the presenter comes back to step %d of %q", s.Step, s.Trace)
		}
		if !phone.last().Presenter {
			t.Error("the phone is not told that the presenter is back")
		}
		third := enter(t, r, Hello{Role: "present", Token: token}, true)
		again.ended(ErrReplaced)
		third.moves(Move{Source: "world:tour", Trace: trace, Step: 5, Steps: 9})
		if phone.last().Step != 5 || !phone.last().Presenter {
			t.Errorf("after a second window took over, the phone shows %+v", phone.last())
		}
	})
}

func TestASleepingPhoneHoldsUpNobodyAndWakesToTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, trace, presenter := class(t, Options{})
		asleep, awake := enter(t, r, Hello{Role: "follow"}, false), enter(t, r, Hello{Role: "follow"}, true)
		for step := range 50 {
			presenter.moves(Move{Source: "world:tour", Trace: trace, Step: step, Steps: 50})
			if got := awake.last().Step; got != step {
				t.Fatalf("the presenter is on %d, the phone that is awake on %d", step, got)
			}
		}
		if asleep.got() != 1 {
			t.Errorf("the phone that acknowledges nothing was sent %d states", asleep.got())
		}
		asleep.wakes(false)
		synctest.Wait()
		if asleep.got() != 2 || asleep.last().Step != 49 {
			t.Errorf("it wakes to %d states, the last with step %d; want one more, with 49", asleep.got(), asleep.last().Step)
		}
		time.Sleep(31 * time.Second)
		asleep.ended(ErrSlow)
		awake.moves(Move{}) // not its business: it is closed, and the room goes on
		awake.ended(ErrPresenter)
		if s := presenter.last(); s.Followers != 0 {
			t.Errorf("%d followers are left", s.Followers)
		}
	})
}

func TestAQuietRoomIsHeardOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, _, _ := class(t, Options{})
		phone := enter(t, r, Hello{Role: "follow"}, true)
		before := phone.got()
		time.Sleep(35 * time.Second)
		synctest.Wait()
		if n := phone.got() - before; n != 3 {
			t.Errorf("in 35 s the phone hears %d times, want 3", n)
		}
	})
}

func TestPredictions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, _, presenter := class(t, Options{})
		a, b, c := enter(t, r, Hello{Role: "follow"}, true), enter(t, r, Hello{Role: "follow"}, true), enter(t, r, Hello{Role: "follow"}, true)
		stage := enter(t, r, Hello{Role: "stage"}, true)
		a.votes(1, "refused") // nothing was asked
		presenter.does(Said{Type: "ask"})
		a.votes(1, "refused")
		a.votes(1, "no-answer") // changed its mind
		b.votes(1, "no-answer")
		c.votes(2, "answered") // of a question that is not open
		c.votes(1, "perhaps")
		stage.does(Said{Type: "vote", Number: 1, Choice: "answered"})
		presenter.does(Said{Type: "vote", Number: 1, Choice: "answered"})
		for name, p := range map[string]*peer{"a phone": a, "the stage": stage} {
			if q := p.last().Question; q == nil || !q.Open || q.Counts != nil || q.Answered != 0 {
				t.Errorf("before they are revealed, %s sees %+v", name, q)
			}
		}
		want := &Question{Number: 1, Open: true, Counts: []int{0, 0, 0, 2, 0}, Answered: 2}
		if d := cmp.Diff(want, presenter.last().Question); d != "" {
			t.Errorf("the presenter sees (-want +got):\n%s", d)
		}

		// The phone that lost its line comes back with its choice, and does not count twice.
		key := b.welcome.Key
		b.leaves()
		b = enter(t, r, Hello{Role: "follow", Key: key}, true)
		b.votes(1, "no-answer")
		// A key that is in use is nobody else's.
		thief := enter(t, r, Hello{Role: "follow", Key: key}, true)
		if thief.welcome.Key == key || key == "" {
			t.Errorf("two phones have the key %q", key)
		}

		presenter.does(Said{Type: "reveal"})
		c.votes(1, "answered") // too late
		want = &Question{Number: 1, Revealed: true, Counts: []int{0, 0, 0, 2, 0}, Answered: 2}
		for name, p := range map[string]*peer{"a phone": a, "the stage": stage, "the presenter": presenter} {
			if d := cmp.Diff(want, p.last().Question); d != "" {
				t.Errorf("revealed, %s sees (-want +got):\n%s", name, d)
			}
		}
		presenter.does(Said{Type: "ask"})
		if d := cmp.Diff(&Question{Number: 2, Open: true, Counts: []int{0, 0, 0, 0, 0}}, presenter.last().Question); d != "" {
			t.Errorf("the second question (-want +got):\n%s", d)
		}
		presenter.does(Said{Type: "away"})
		if q := a.last().Question; q != nil {
			t.Errorf("put away, a phone still sees %+v", q)
		}
	})
}

func TestPlacesOfTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, token, other, presenter := class(t, Options{})
		trace, err := r.PutTrace(token, Trace{JSON: []byte(`{"with":"places"}`), Places: []string{"Node/a", "Pod/default/web", "Wall/cluster"}})
		if err != nil {
			t.Fatal(err)
		}
		presenter.moves(Move{Source: "world:tour", Trace: trace, Steps: 5})
		a, b := enter(t, r, Hello{Role: "follow"}, true), enter(t, r, Hello{Role: "follow"}, true)
		stage := enter(t, r, Hello{Role: "stage"}, true)
		presenter.does(Said{Type: "ask"})
		late := enter(t, r, Hello{Role: "follow"}, true)
		if q := late.last().Question; q == nil || !q.Open {
			t.Errorf("who comes late sees %+v, not the open question", q)
		}
		points := func(p *peer, choice, place string) {
			p.does(Said{Type: "vote", Number: 1, Choice: choice, Place: place})
		}
		points(a, "", "Node/a")
		points(a, "", "Pod/default/web") // changed its mind
		points(a, "refused", "")         // which leaves the place
		points(b, "refused", "Pod/default/web")
		points(late, "", "Pod/default/other") // is none of the places
		points(stage, "", "Node/a")
		want := &Question{Number: 1, Open: true, Counts: []int{0, 0, 2, 0, 0}, Places: []int{0, 2, 0}, Answered: 2}
		if d := cmp.Diff(want, presenter.last().Question); d != "" {
			t.Errorf("the presenter sees (-want +got):\n%s", d)
		}
		if q := stage.last().Question; q.Places != nil {
			t.Errorf("before they are revealed the stage sees %v", q.Places)
		}
		presenter.does(Said{Type: "reveal"})
		want = &Question{Number: 1, Revealed: true, Counts: []int{0, 0, 2, 0, 0}, Places: []int{0, 2, 0}, Answered: 2}
		for name, p := range map[string]*peer{"a phone": late, "the stage": stage} {
			if d := cmp.Diff(want, p.last().Question); d != "" {
				t.Errorf("revealed, %s sees (-want +got):\n%s", name, d)
			}
		}
		presenter.moves(Move{Source: "world:tour", Trace: trace, Step: 4, Steps: 5})
		if stage.last().Question == nil {
			t.Error("with another step of the trace the counts are gone")
		}
		presenter.moves(Move{Source: "world:tour", Trace: other, Steps: 5})
		if q := stage.last().Question; q != nil {
			t.Errorf("with another trace there still is %+v", q)
		}
		// What is asked before the trace is there stays open; where it ends is chosen anew.
		presenter.does(Said{Type: "ask"})
		presenter.moves(Move{Source: "world:tour", Trace: trace, Steps: 5})
		a.does(Said{Type: "vote", Number: 2, Place: "Wall/cluster"})
		presenter.moves(Move{Source: "world:tour", Trace: other, Steps: 5})
		if d := cmp.Diff(&Question{Number: 2, Open: true, Counts: []int{0, 0, 0, 0, 0}}, presenter.last().Question); d != "" {
			t.Errorf("the second question (-want +got):\n%s", d)
		}
	})
}

func TestLookingRoundAndBeingCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, trace, presenter := class(t, Options{})
		phone := enter(t, r, Hello{Role: "follow"}, true)
		phone.does(Said{Type: "look", Exploring: true})
		if s := presenter.last(); s.Exploring != 1 || s.InStep != 0 {
			t.Errorf("the presenter sees %d exploring, %d in step; want 1 and 0", s.Exploring, s.InStep)
		}
		presenter.moves(Move{Source: "world:tour", Trace: trace, Step: 6, Steps: 9})
		if phone.last().Step != 6 {
			t.Error("who looks round is not told where the presenter is")
		}
		before := phone.last().Gather
		presenter.does(Said{Type: "gather"})
		if phone.last().Gather != before+1 {
			t.Error("the phone is not called back")
		}
	})
}

func TestWhatMakesNoSenseEndsTheConnectionAndChangesNothing(t *testing.T) {
	good := Move{Source: "world:tour", Speed: 1}
	rows := map[string]func(*Move, string){
		"a step beyond the last":            func(m *Move, trace string) { m.Trace, m.Step, m.Steps = trace, 9, 9 },
		"a negative step":                   func(m *Move, trace string) { m.Trace, m.Step, m.Steps = trace, -1, 9 },
		"more steps than any trace":         func(m *Move, trace string) { m.Trace, m.Steps = trace, maxSteps+1 },
		"a trace that the room has not":     func(m *Move, _ string) { m.Trace, m.Steps = "0123", 9 },
		"steps of no trace":                 func(m *Move, _ string) { m.Steps = 9 },
		"a speed of nought":                 func(m *Move, _ string) { m.Speed = 0 },
		"a speed of a thousand":             func(m *Move, _ string) { m.Speed = 1000 },
		"a source with a line break":        func(m *Move, _ string) { m.Source = "world\ntour" },
		"a source that is too long":         func(m *Move, _ string) { m.Source = strings.Repeat("x", maxSource+1) },
		"a spotlight that is too long":      func(m *Move, _ string) { m.Spotlight = strings.Repeat("x", maxLit+1) },
		"an outcome that no trace can have": func(m *Move, trace string) { m.Trace, m.Steps, m.Outcome = trace, 9, maxSteps+1 },
	}
	for name, spoil := range rows {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, r, _, trace, presenter := class(t, Options{})
				before := r.State(Stage).Move
				m := good
				spoil(&m, trace)
				presenter.does(Said{Type: "move", Move: &m})
				presenter.ended(ErrMessage)
				if d := cmp.Diff(before, r.State(Stage).Move); d != "" {
					t.Errorf("the room has moved (-before +after):\n%s", d)
				}
			})
		})
	}
	for name, text := range map[string]string{"no JSON": "{", "a move without where to": `{"type":"move"}`, "an acknowledgement of what was never sent": `{"type":"ack","rev":77}`} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, _, _, _, presenter := class(t, Options{})
				presenter.in <- []byte(text)
				synctest.Wait()
				presenter.ended(ErrMessage)
			})
		})
	}
}

func TestAFloodOfMessagesEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, _, _ := class(t, Options{})
		phone := enter(t, r, Hello{Role: "follow"}, true)
		for range 200 {
			phone.say(Said{Type: "look"})
		}
		synctest.Wait()
		phone.ended(ErrFlood)
	})
}

func TestRoomsHearNothingOfEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, r, _, trace, presenter := class(t, Options{})
		other, otherToken, err := h.Open("world:lab")
		if err != nil {
			t.Fatal(err)
		}
		stranger := enter(t, other, Hello{Role: "follow"}, true)
		second := enter(t, other, Hello{Role: "present", Token: otherToken}, true)
		before := stranger.got()
		presenter.moves(Move{Source: "world:tour", Trace: trace, Step: 2, Steps: 9})
		presenter.does(Said{Type: "ask"})
		if stranger.got() != before || stranger.last().Question != nil {
			t.Errorf("the other room hears: %+v", stranger.last())
		}
		if _, there := other.Trace(trace); there {
			t.Error("the other room gives out the trace of the first")
		}
		second.does(Said{Type: "move", Move: &Move{Source: "world:lab", Trace: trace, Steps: 9, Speed: 1}})
		second.ended(ErrMessage)
		if s := r.State(Stage); s.Step != 2 {
			t.Errorf("the first room is on step %d", s.Step)
		}
	})
}

func TestRoomsAndTheirPeersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, r, token, first, presenter := class(t, Options{Rooms: 2, Followers: 3, Stages: 1, Traces: 2, TraceBytes: 100, Idle: time.Hour})
		for range 3 {
			enter(t, r, Hello{Role: "follow"}, true)
		}
		enter(t, r, Hello{Role: "stage"}, true)
		for _, role := range []string{"follow", "stage"} {
			if _, err := r.Join(Hello{Role: role}); !errors.Is(err, ErrFull) {
				t.Errorf("one %s too many: %v", role, err)
			}
		}
		if _, err := r.Join(Hello{Role: "king"}); !errors.Is(err, ErrMessage) {
			t.Errorf("an unknown role: %v", err)
		}
		if _, err := r.PutTrace(token, Trace{JSON: make([]byte, 60), HTML: make([]byte, 41)}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("a trace that is too large: %v", err)
		}

		// The trace that is shown is kept, whatever comes after it.
		presenter.moves(Move{Source: "world:tour", Trace: first, Steps: 3})
		for i := range 5 {
			if _, err := r.PutTrace(token, Trace{JSON: fmt.Appendf(nil, `{"n":%d}`, i)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, there := r.Trace(first); !there || len(r.traces) != 2 {
			t.Errorf("of %d traces the one that is shown is there: %v", len(r.traces), there)
		}

		other, _, err := h.Open("world:lab")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.Open("world:lab"); !errors.Is(err, ErrRooms) {
			t.Errorf("one room too many: %v", err)
		}
		time.Sleep(61 * time.Minute)
		h.Sweep()
		if _, there := h.Find(other.Code); there {
			t.Error("a room that nobody presents is still there after its time")
		}
		if _, there := h.Find(r.Code); !there {
			t.Error("a room with its presenter ended")
		}
		if err := h.End(r, token); err != nil {
			t.Fatal(err)
		}
		presenter.ended(ErrEnded)
		if _, err := r.Join(Hello{Role: "follow"}); !errors.Is(err, ErrEnded) {
			t.Errorf("joining a room that has ended: %v", err)
		}
		if h.Len() != 0 {
			t.Errorf("%d rooms are left", h.Len())
		}
	})
}

func TestMembersThatLeftAreForgottenWhenThereAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, r, _, _, _ := class(t, Options{Followers: 2})
		stays := enter(t, r, Hello{Role: "follow"}, true)
		for range 20 {
			enter(t, r, Hello{Role: "follow"}, true).leaves()
		}
		if len(r.members) > 4 || len(r.order) != len(r.members) {
			t.Errorf("%d members are remembered, %d in order; want at most 4", len(r.members), len(r.order))
		}
		if r.members[stays.welcome.Key] == nil {
			t.Error("who is here was forgotten")
		}
	})
}

func TestAStateIsUnderAKilobyteAtItsLargest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(Options{})
		r, token, err := h.Open(strings.Repeat(`"`, maxSource))
		if err != nil {
			t.Fatal(err)
		}
		// More places than there may be.
		trace, err := r.PutTrace(token, Trace{JSON: []byte("{}"), Places: strings.Fields("a b c d e f g h i j k l m n o p q r s t")})
		if err != nil {
			t.Fatal(err)
		}
		presenter := enter(t, r, Hello{Role: "present", Token: token}, true)
		presenter.moves(Move{Source: "world:tour", Trace: trace, Steps: 5})
		presenter.does(Said{Type: "ask"})
		enter(t, r, Hello{Role: "follow"}, true).does(Said{Type: "vote", Number: 1, Choice: "refused", Place: "p"})
		r.mu.Lock()
		r.rev, r.gather, r.question.Number = 1<<53, 1<<31, 1<<31
		r.mu.Unlock()
		presenter.moves(Move{Source: strings.Repeat(`"`, maxSource), Trace: trace, Spotlight: strings.Repeat("<", maxLit/2) + strings.Repeat(`\`, maxLit/2),
			Step: maxSteps - 1, Steps: maxSteps, Outcome: maxSteps, Speed: 0.3333333333333333, Playing: true, Hold: true})
		presenter.does(Said{Type: "reveal"})
		if presenter.last().Steps != maxSteps {
			t.Fatal("the largest move was not taken")
		}
		for i, size := range presenter.sizes {
			if size >= 1024 {
				t.Errorf("state %d has %d bytes", i, size)
			}
		}
	})
}

// Whoever comes and goes, however slowly they answer: nobody is sent an older state after a newer one, and everybody ends
// where the presenter is.
func TestStatesAreInOrderAndTheLastOneReachesEverybody(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 4))
			_, r, token, trace, presenter := class(t, Options{})
			phones := []*peer{}
			for range 150 {
				switch n := dice.IntN(10); {
				case n < 3 && len(phones) < 30:
					phones = append(phones, enter(t, r, Hello{Role: "follow"}, dice.IntN(2) == 0))
				case n < 7:
					presenter.say(Said{Type: "move", Move: &Move{Source: "world:tour", Trace: trace, Step: dice.IntN(20), Steps: 20, Speed: 1}})
				case n == 7 && len(phones) > 0:
					phones[dice.IntN(len(phones))].wakes(dice.IntN(2) == 0)
				case n == 8:
					presenter = enter(t, r, Hello{Role: "present", Token: token}, true)
				default:
					presenter.say(Said{Type: "gather"})
				}
				if dice.IntN(3) == 0 {
					synctest.Wait()
				}
				time.Sleep(time.Duration(dice.IntN(40)) * time.Millisecond)
			}
			synctest.Wait()
			for _, p := range phones {
				p.wakes(true)
			}
			synctest.Wait()
			want := r.State(Follower)
			for i, p := range phones {
				for j := 1; j < len(p.states); j++ {
					if p.states[j].Rev <= p.states[j-1].Rev {
						t.Fatalf("seed %d: phone %d is sent revision %d after %d", seed, i, p.states[j].Rev, p.states[j-1].Rev)
					}
				}
				if d := cmp.Diff(want, p.last(), cmpopts.IgnoreFields(State{}, "Rev")); d != "" {
					t.Fatalf("seed %d: phone %d ends elsewhere (-room +phone):\n%s", seed, i, d)
				}
			}
		})
	}
}
