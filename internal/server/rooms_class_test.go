package server

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/kubestrata/kubestrata/internal/room"
)

// classroom is a server with one room, its presenter and its followers, each on a real websocket.
type classroom struct {
	testing.TB
	url       string
	trace     string
	presenter *websocket.Conn
	shown     chan shown // what followers have been sent
	writing   sync.Mutex
}

type shown struct {
	phone, step int
	at          time.Time
}

const stepsOfClass = 40

func newClassroom(t testing.TB, followers int) *classroom {
	t.Helper()
	s := New(Options{})
	listening := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Drain(t.Context())
		listening.Close()
	})
	r, token, err := s.rooms.Open("world:tour")
	if err != nil {
		t.Fatal(err)
	}
	c := &classroom{TB: t, url: "ws" + strings.TrimPrefix(listening.URL, "http") + "/room/" + r.Code + "/ws", shown: make(chan shown, 64*followers)}
	if c.trace, err = r.PutTrace(token, room.Trace{JSON: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	c.presenter = c.join(room.Hello{Role: "present", Token: token})
	go func() {
		for {
			s, err := c.next(c.presenter)
			if err != nil {
				return
			}
			c.writing.Lock()
			err = c.say(c.presenter, room.Said{Type: "ack", Rev: s.Rev})
			c.writing.Unlock()
			if err != nil {
				return
			}
		}
	}()
	for phone := range followers {
		c.follow(phone)
	}
	return c
}

func (c *classroom) join(h room.Hello) *websocket.Conn {
	c.Helper()
	socket, _, err := websocket.Dial(c.Context(), c.url, nil)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = socket.CloseNow() })
	h.Type = "hello"
	if err := c.say(socket, h); err != nil {
		c.Fatal(err)
	}
	return socket
}

// follow is a phone that tells when it has a step, and acknowledges it.
func (c *classroom) follow(phone int) {
	socket := c.join(room.Hello{Role: "follow"})
	go func() {
		for {
			s, err := c.next(socket)
			if err != nil {
				return // the test is over
			}
			c.shown <- shown{phone, s.Step, time.Now()}
			if c.say(socket, room.Said{Type: "ack", Rev: s.Rev}) != nil {
				return
			}
		}
	}()
}

func (c *classroom) say(socket *websocket.Conn, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return socket.Write(c.Context(), websocket.MessageText, b)
}

func (c *classroom) next(socket *websocket.Conn) (s room.State, err error) {
	for {
		_, message, err := socket.Read(c.Context())
		if err != nil {
			return s, err
		}
		if err := json.Unmarshal(message, &s); err == nil && s.Type == "state" {
			return s, nil
		}
	}
}

// press moves the presenter to a step and returns how long it took to each of so many phones.
func (c *classroom) press(step, phones int) []time.Duration {
	c.Helper()
	pressed := time.Now()
	c.writing.Lock()
	err := c.say(c.presenter, room.Said{Type: "move", Move: &room.Move{Source: "world:tour", Trace: c.trace, Step: step, Steps: stepsOfClass, Speed: 1}})
	c.writing.Unlock()
	if err != nil {
		c.Fatal(err)
	}
	return c.reached(step, phones, pressed)
}

func (c *classroom) reached(step, phones int, since time.Time) (took []time.Duration) {
	c.Helper()
	there := map[int]bool{}
	patience := time.After(20 * time.Second)
	for len(there) < phones {
		select {
		case s := <-c.shown:
			if s.step == step && !there[s.phone] {
				there[s.phone] = true
				took = append(took, s.at.Sub(since))
			}
		case <-patience:
			c.Fatalf("%d of %d phones are on step %d", len(there), phones, step)
		}
	}
	return took
}

// spread says what of a distribution counts.
func spread(took []time.Duration) (p50, p95, most time.Duration) {
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*95/100], took[len(took)-1]
}

func TestSixtyFollowersAreInStepWithinAQuarterOfASecond(t *testing.T) {
	const phones = 60
	c := newClassroom(t, phones)
	c.reached(0, phones, time.Now())
	var all []time.Duration
	for step := 1; step < stepsOfClass; step++ {
		all = append(all, c.press(step, phones)...)
	}
	p50, p95, most := spread(all)
	t.Logf("press to %d followers, %d presses: median %s, p95 %s, most %s", phones, stepsOfClass-1, p50, p95, most)
	if len(all) != phones*(stepsOfClass-1) {
		t.Errorf("%d steps were shown, want %d", len(all), phones*(stepsOfClass-1))
	}
	if p95 > 250*time.Millisecond {
		t.Errorf("p95 is %s, want at most 250 ms", p95)
	}

	began := time.Now()
	c.follow(phones)
	for {
		if s := <-c.shown; s.phone == phones {
			if took := s.at.Sub(began); s.step != stepsOfClass-1 || took > time.Second {
				t.Errorf("who comes late is on step %d after %s", s.step, took)
			} else {
				t.Logf("late join: %s", took)
			}
			break
		}
	}
}

// Half of the class has put the phone away: it reads nothing. The others do not notice.
func TestPhonesThatAreAsleepHoldUpNobody(t *testing.T) {
	const phones, asleep = 30, 30
	c := newClassroom(t, phones)
	for range asleep {
		c.join(room.Hello{Role: "follow"})
	}
	c.reached(0, phones, time.Now())
	var all []time.Duration
	for step := 1; step < stepsOfClass; step++ {
		all = append(all, c.press(step, phones)...)
	}
	_, p95, most := spread(all)
	t.Logf("beside %d that sleep: p95 %s, most %s", asleep, p95, most)
	if p95 > 250*time.Millisecond {
		t.Errorf("p95 is %s, want at most 250 ms", p95)
	}
}

// Keys held down: the presenter moves faster than phones show. Every phone ends on the last step.
func TestABurstOfMovesEndsOnTheLastOneEverywhere(t *testing.T) {
	const phones = 60
	c := newClassroom(t, phones)
	c.reached(0, phones, time.Now())
	c.writing.Lock()
	for step := 1; step < stepsOfClass; step++ {
		if err := c.say(c.presenter, room.Said{Type: "move", Move: &room.Move{Source: "world:tour", Trace: c.trace, Step: step, Steps: stepsOfClass, Speed: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	c.writing.Unlock()
	c.reached(stepsOfClass-1, phones, time.Now())
}

// The figure of `make bench`: from the presenter's press to the state in a follower's hands, over websockets on loopback.
func BenchmarkPressToFollowers(b *testing.B) {
	for _, phones := range []int{1, 60, 200} {
		b.Run(fmt.Sprintf("%d followers", phones), func(b *testing.B) {
			c := newClassroom(b, phones)
			c.reached(0, phones, time.Now())
			var all []time.Duration
			step := 0
			for b.Loop() {
				step = step%(stepsOfClass-1) + 1
				all = append(all, c.press(step, phones)...)
				// A hand is no faster; and the room's guard against floods would say so.
				b.StopTimer()
				time.Sleep(20 * time.Millisecond)
				b.StartTimer()
			}
			p50, p95, most := spread(all)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(p50), "p50-ms")
			b.ReportMetric(ms(p95), "p95-ms")
			b.ReportMetric(ms(most), "max-ms")
		})
	}
}
