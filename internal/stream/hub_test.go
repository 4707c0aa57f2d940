package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// stage is a Store with a Hub that runs.
type stage struct {
	t     *testing.T
	store *cluster.Store
	hub   *Hub
	ctx   context.Context
}

func newStage(t *testing.T, o Options) *stage {
	t.Helper()
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "test"}, nil)
	hub, forget := New(store, nil, o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		hub.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		forget()
		<-done
	})
	return &stage{t, store, hub, ctx}
}

// connect runs a page on the hub; the channel gets how it ended.
func (s *stage) connect(p *page, resume *wire.Resume) (*Client, chan error) {
	c := s.hub.Join(resume)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(s.ctx, p) }()
	return c, ended
}

func (s *stage) write(change func(*cluster.Writer)) { s.store.Update(change) }

// fresh is what a browser sees that connects now.
func (s *stage) fresh() shown {
	p := newPage(s.t, true)
	_, ended := s.connect(p, nil)
	time.Sleep(time.Second)
	synctest.Wait()
	p.Close(CloseNormal, "")
	<-ended
	return p.shown()
}

func bubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestStream(t *testing.T) {
	bubble(t, "the first frame resets and holds the whole small picture", func(t *testing.T) {
		s := newStage(t, Options{})
		s.write(func(w *cluster.Writer) {
			w.Put(node("n1", "192.168.0.1"))
			w.Put(service("shop", "web", "10.96.0.1"))
			w.PutPod(pod("shop", "web-0", "web", "n1", 1, "10.244.0.1", true))
			w.PutSlice(slice("shop", "web-x", "web", "web-0"))
		})
		time.Sleep(500 * time.Millisecond)
		p := newPage(t, true)
		s.connect(p, nil)
		synctest.Wait()
		if len(p.frames) != 1 || p.frames[0].Flags != wire.FlagReset {
			t.Fatalf("got %d frames, the first with flags %d", len(p.frames), p.frames[0].Flags)
		}
		svc := p.shown().Cards["Service/shop/web"].(wire.Service)
		if svc.Ready != 1 || svc.Total != 1 {
			t.Errorf("the service has %d of %d endpoints ready, want 1 of 1", svc.Ready, svc.Total)
		}
		if got := p.shown().Pods[0]; got.Name != "web-0" || got.Node != "n1" || got.IPv4 != 0x0AF40001 {
			t.Errorf("the pod is %+v", got)
		}
	})

	bubble(t, "a change arrives as a difference", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, true)
		s.connect(p, nil)
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "web-0", "web", "", 1, "", false)) })
		time.Sleep(100 * time.Millisecond)
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "web-0", "web", "", 1, "", true)) })
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		f := p.last()
		if len(f.PodStates) != 1 || len(f.Pods) != 0 || f.PodStates[0].State&wire.PodReady == 0 {
			t.Errorf("a pod that became ready came as %d rows and %d states", len(f.Pods), len(f.PodStates))
		}
		if f.Changed == 0 {
			t.Error("the frame does not say when its change reached the server")
		}
	})

	bubble(t, "many changes at once are gathered", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, true)
		s.connect(p, nil)
		synctest.Wait()
		before := p.count()
		for i := range 100 {
			s.write(func(w *cluster.Writer) { w.PutPod(pod("a", fmt.Sprintf("web-%d", i), "web", "", i, "", true)) })
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if n := p.count() - before; n > 8 {
			t.Errorf("100 changes in 100 ms made %d frames, want at most 8 with a tick of 20 ms", n)
		}
		if n := len(p.shown().Pods); n != 100 {
			t.Errorf("the page shows %d pods, want 100", n)
		}
	})

	bubble(t, "one frame is in flight, and the next holds everything since", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, false)
		s.connect(p, nil)
		synctest.Wait()
		for i := range 50 {
			s.write(func(w *cluster.Writer) {
				w.PutPod(pod("a", "web-0", "web", "", 1, fmt.Sprintf("10.244.0.%d", i+1), true))
				w.PutPod(pod("a", fmt.Sprintf("tmp-%d", i), "tmp", "", i, "", true))
			})
			if i > 0 {
				s.write(func(w *cluster.Writer) { w.Delete(cluster.KindPod, "a", fmt.Sprintf("tmp-%d", i-1)) })
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if p.count() != 1 {
			t.Fatalf("a page that acknowledges nothing got %d frames, want 1", p.count())
		}
		p.ack(p.last().Seq)
		synctest.Wait()
		if p.count() != 2 {
			t.Fatalf("after its acknowledgement it has %d frames, want 2", p.count())
		}
		got := p.shown().Pods
		if len(got) != 2 {
			t.Errorf("the page shows %d pods, want 2: %+v", len(got), got)
		}
		for _, row := range got {
			if row.Name == "web-0" && row.IPv4 != 0x0AF40032 {
				t.Errorf("web-0 has address %#x, want the newest", row.IPv4)
			}
		}
	})

	bubble(t, "a page that never acknowledges is closed", func(t *testing.T) {
		s := newStage(t, Options{AckTimeout: 10 * time.Second})
		p := newPage(t, false)
		_, ended := s.connect(p, nil)
		start := time.Now()
		if err := <-ended; !errors.Is(err, ErrSlow) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d != 10*time.Second {
			t.Errorf("closed after %v, want 10s", d)
		}
		if p.code != CloseSlow {
			t.Errorf("closed with %d", p.code)
		}
		if n := s.hub.Clients(); n != 0 {
			t.Errorf("the hub still has %d clients", n)
		}
	})

	bubble(t, "one page that hangs does not hold up another", func(t *testing.T) {
		s := newStage(t, Options{})
		slow, quick := newPage(t, false), newPage(t, true)
		s.connect(slow, nil)
		s.connect(quick, nil)
		synctest.Wait()
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "web-0", "web", "", 1, "", true)) })
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		if len(quick.shown().Pods) != 1 || len(slow.shown().Pods) != 0 {
			t.Errorf("the quick page shows %d pods, the slow one %d", len(quick.shown().Pods), len(slow.shown().Pods))
		}
	})

	bubble(t, "what breaks the protocol is closed, what is unknown is passed over", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, false)
		_, ended := s.connect(p, nil)
		synctest.Wait()
		p.say(map[string]string{"type": "from the future"})
		p.ack(p.last().Seq)
		synctest.Wait()
		if n := s.hub.Clients(); n != 1 {
			t.Fatal("an unknown message ended the connection")
		}
		p.ack(12345)
		if err := <-ended; !errors.Is(err, ErrProtocol) || p.code != CloseProtocol {
			t.Errorf("an acknowledgement of what was never sent gives %v, code %d", err, p.code)
		}
		q := newPage(t, false)
		_, ended = s.connect(q, nil)
		q.out <- []byte("{")
		if err := <-ended; !errors.Is(err, ErrProtocol) {
			t.Errorf("broken JSON gives %v", err)
		}
	})

	bubble(t, "a hidden tab gets one frame a second and is left out of the meter", func(t *testing.T) {
		measured := 0
		s := newStage(t, Options{Latency: func(time.Duration) { measured++ }})
		p := newPage(t, true)
		s.connect(p, nil)
		synctest.Wait()
		p.say(wire.Visibility{Type: "visibility", Hidden: true})
		synctest.Wait()
		before := p.count()
		for i := range 100 {
			s.write(func(w *cluster.Writer) {
				w.PutPod(pod("a", "web-0", "web", "", 1, fmt.Sprintf("10.244.0.%d", i+1), true))
			})
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if n := p.count() - before; n < 4 || n > 6 {
			t.Errorf("5 s hidden gave %d frames, want about 5", n)
		}
		if measured != 0 {
			t.Errorf("%d frames of a hidden tab were measured", measured)
		}
		p.say(wire.Visibility{Type: "visibility"})
		synctest.Wait()
		s.write(func(w *cluster.Writer) { w.Delete(cluster.KindPod, "a", "web-0") })
		time.Sleep(30 * time.Millisecond)
		synctest.Wait()
		if measured == 0 || len(p.shown().Pods) != 0 {
			t.Errorf("after it is shown again: %d measured, %d pods", measured, len(p.shown().Pods))
		}
	})

	bubble(t, "the meter counts from the oldest change to the acknowledgement", func(t *testing.T) {
		var measured []time.Duration
		s := newStage(t, Options{Latency: func(d time.Duration) { measured = append(measured, d) }})
		p := newPage(t, false)
		s.connect(p, nil)
		synctest.Wait()
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "x-0", "x", "", 1, "", true)) })
		time.Sleep(300 * time.Millisecond)
		p.ack(p.last().Seq) // the first picture is not measured
		synctest.Wait()
		time.Sleep(200 * time.Millisecond)
		p.ack(p.last().Seq)
		synctest.Wait()
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "x-0", "x", "", 1, "", false)) })
		synctest.Wait()
		time.Sleep(320 * time.Millisecond) // 20 of them until the frame is sent
		synctest.Wait()
		p.say(wire.Ack{Type: "ack", Seq: p.last().Seq, Waited: 250})
		synctest.Wait()
		if diff := cmp.Diff([]time.Duration{500 * time.Millisecond, 70 * time.Millisecond}, measured); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})

	bubble(t, "silence is broken by signs of life", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, true)
		s.connect(p, nil)
		synctest.Wait()
		before := p.count()
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if n := p.count() - before; n != 4 {
			t.Errorf("21 s of silence gave %d frames, want 4", n)
		}
	})

	bubble(t, "a source that ends closes its pages", func(t *testing.T) {
		store := cluster.NewStore(cluster.SourceInfo{}, nil)
		hub, forget := New(store, nil, Options{})
		defer forget()
		ctx, cancel := context.WithCancel(t.Context())
		go hub.Run(ctx)
		p := newPage(t, true)
		ended := make(chan error, 1)
		c := hub.Join(nil)
		go func() { ended <- c.Run(t.Context(), p) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, ErrClosed) || p.code != CloseSource {
			t.Errorf("got %v, code %d", err, p.code)
		}
		if err := hub.Join(nil).Run(t.Context(), newPage(t, true)); !errors.Is(err, ErrClosed) {
			t.Errorf("joining afterwards gives %v", err)
		}
	})
}

func TestAFirstPictureComesInChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chunk = 4 << 10
		s := newStage(t, Options{ChunkBytes: chunk})
		s.write(func(w *cluster.Writer) {
			for i := range 40 {
				w.Put(service("shop", fmt.Sprintf("svc%d", i), "10.96.0.1"))
			}
			for i := range 1000 {
				w.PutPod(pod("shop", fmt.Sprintf("web-%d", i), "web", "n1", i, "10.244.0.1", true))
			}
		})
		time.Sleep(time.Second)
		p := newPage(t, true)
		s.connect(p, nil)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if len(p.frames) < 5 {
			t.Fatalf("got %d frames", len(p.frames))
		}
		// What comes after the picture is whole may only say how the source is.
		last := slices.IndexFunc(p.frames, func(f *wire.Frame) bool { return f.Flags&wire.FlagMore == 0 })
		for _, f := range p.frames[last+1:] {
			if len(f.Pods) > 0 || f.Objects != nil && len(f.Objects.Services) > 0 {
				t.Errorf("a frame after the last of the picture brings %d pods and %v", len(f.Pods), f.Objects)
			}
		}
		podsBegan := false
		for i, f := range p.frames[:last+1] {
			if p.sizes[i] > chunk+1500 {
				t.Errorf("frame %d has %d bytes, want about %d at most", i, p.sizes[i], chunk)
			}
			if reset := f.Flags&wire.FlagReset != 0; reset != (i == 0) {
				t.Errorf("frame %d: reset is %v", i, reset)
			}
			podsBegan = podsBegan || len(f.Pods) > 0
			if podsBegan && f.Objects != nil && len(f.Objects.Services) > 0 && len(p.frames[max(0, i-1)].Pods) > 0 {
				t.Errorf("frame %d brings services after pods", i)
			}
		}
		if n := len(p.shown().Pods); n != 1000 {
			t.Errorf("the page shows %d pods", n)
		}
	})
}

// What every page shows after any changes, at whatever pace it acknowledges and however often it comes back, is what a
// page shows that has just connected.
func TestNothingIsLost(t *testing.T) {
	for seed := range int64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewSource(seed))
				s := newStage(t, Options{ChunkBytes: 300 + r.Intn(2000), AckTimeout: time.Hour})
				steady, slow, flaky := newPage(t, true), newPage(t, false), newPage(t, true)
				s.connect(steady, nil)
				s.connect(slow, nil)
				client, ended := s.connect(flaky, nil)
				resumed := 0
				for range 300 {
					s.write(func(w *cluster.Writer) {
						for range 1 + r.Intn(4) {
							chaos(r, w)
						}
					})
					time.Sleep(time.Duration(r.Intn(40)) * time.Millisecond)
					if r.Intn(10) == 0 {
						synctest.Wait()
						acknowledge(slow)
					}
					if r.Intn(40) == 0 {
						flaky.Close(CloseNormal, "")
						<-ended
						time.Sleep(time.Duration(r.Intn(500)) * time.Millisecond)
						resume := flaky.resume(client.Epoch)
						flaky.reconnect()
						client, ended = s.connect(flaky, resume)
						if client.Resumed {
							resumed++
						}
					}
				}
				for range 500 {
					time.Sleep(50 * time.Millisecond)
					synctest.Wait()
					acknowledge(slow)
				}
				want := s.fresh()
				for name, p := range map[string]*page{"steady": steady, "slow": slow, "flaky": flaky} {
					if diff := cmp.Diff(want, p.shown()); diff != "" {
						t.Errorf("the %s page differs (-want +got):\n%s", name, diff)
					}
				}
				if got := len(want.Pods); got != s.store.View().PodCount() {
					t.Errorf("the page shows %d pods, the view has %d", got, s.store.View().PodCount())
				}
				if resumed == 0 {
					t.Error("nothing was ever resumed: this test proves less than it says")
				}
			})
		})
	}
}

// acknowledge answers the page's last frame if that has not been done.
func acknowledge(p *page) {
	p.mu.Lock()
	n := len(p.frames)
	var seq uint32
	if n > p.acked {
		seq, p.acked = p.frames[n-1].Seq, n
	}
	p.mu.Unlock()
	if seq != 0 {
		p.ack(seq)
	}
}

func TestResume(t *testing.T) {
	bubble(t, "only what changed since comes again", func(t *testing.T) {
		s := newStage(t, Options{})
		s.write(func(w *cluster.Writer) {
			for i := range 200 {
				w.PutPod(pod("a", fmt.Sprintf("web-%d", i), "web", "", i, "", true))
			}
			w.Put(service("a", "old", "10.96.0.1"))
		})
		p := newPage(t, true)
		c, ended := s.connect(p, nil)
		time.Sleep(time.Second)
		p.Close(CloseNormal, "")
		<-ended
		s.write(func(w *cluster.Writer) {
			w.PutPod(pod("a", "web-7", "web", "", 7, "", false))
			w.Delete(cluster.KindPod, "a", "web-8")
			w.Delete(cluster.KindService, "a", "old")
		})
		time.Sleep(time.Second)
		resume := p.resume(c.Epoch)
		p.reconnect()
		before := p.count()
		c, _ = s.connect(p, resume)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if !c.Resumed {
			t.Fatal("the page could not resume")
		}
		f := p.frames[before]
		if f.Flags&wire.FlagReset != 0 || len(f.Pods) != 0 || len(f.PodStates) != 1 || len(f.PodsGone) != 1 || len(f.Objects.Removed) != 1 {
			t.Errorf("resumed with flags %d, %d rows, %d states, %d gone, %v removed", f.Flags, len(f.Pods), len(f.PodStates), len(f.PodsGone), f.Objects.Removed)
		}
	})

	bubble(t, "another epoch, or a number from the future, starts anew", func(t *testing.T) {
		s := newStage(t, Options{})
		for _, resume := range []*wire.Resume{nil, {Epoch: "other", Seq: 1}, {Epoch: s.hub.epoch, Seq: 4000}, {Epoch: s.hub.epoch, Seq: 0}} {
			c := s.hub.Join(resume)
			if c.Resumed || !c.reset {
				t.Errorf("%+v resumes", resume)
			}
			c.Leave()
		}
	})

	bubble(t, "whose picture is older than what was forgotten starts anew", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, true)
		c, ended := s.connect(p, nil)
		time.Sleep(time.Second)
		p.Close(CloseNormal, "")
		<-ended
		for i := range 2*keepGone + 10 {
			name := fmt.Sprintf("s%d", i)
			s.write(func(w *cluster.Writer) { w.Put(service("a", name, "10.96.0.1")) })
			if i%50 == 0 {
				time.Sleep(time.Second)
			}
		}
		time.Sleep(time.Second)
		s.write(func(w *cluster.Writer) { w.Retain(cluster.KindService, "", nil) })
		time.Sleep(time.Second)
		if again := s.hub.Join(p.resume(c.Epoch)); again.Resumed {
			t.Error("the page resumes although the server forgot what it would have to be told")
		}
	})

	bubble(t, "sequence numbers that run out begin a new epoch", func(t *testing.T) {
		s := newStage(t, Options{})
		p := newPage(t, true)
		c, ended := s.connect(p, nil)
		synctest.Wait()
		s.hub.mu.Lock()
		s.hub.seq = lastSeq
		s.hub.mu.Unlock()
		s.write(func(w *cluster.Writer) { w.PutPod(pod("a", "web-0", "web", "", 1, "", true)) })
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		again := s.hub.Join(p.resume(c.Epoch))
		if again.Resumed || again.Epoch == c.Epoch {
			t.Error("the epoch did not change")
		}
	})
}

func BenchmarkTick(b *testing.B) {
	store := cluster.NewStore(cluster.SourceInfo{}, nil)
	store.Update(func(w *cluster.Writer) {
		for i := range 30000 {
			w.PutPod(pod("a", fmt.Sprintf("web-%d", i), "web", "n", i, "10.0.0.1", true))
		}
	})
	hub, forget := New(store, nil, Options{})
	defer forget()
	c := hub.Join(nil)
	for {
		s, _ := c.build(false)
		if s == nil {
			break
		}
		scratches.Put(s)
	}
	ready := false
	b.ReportAllocs()
	for b.Loop() {
		ready = !ready
		store.Update(func(w *cluster.Writer) { w.PutPod(pod("a", "web-77", "web", "n", 77, "10.0.0.1", ready)) })
		hub.take()
		if s, _ := c.build(false); s != nil {
			scratches.Put(s)
		}
	}
}
