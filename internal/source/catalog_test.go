package source

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// fake is a source that does what run says.
type fake struct {
	name string
	run  func(context.Context, *cluster.Store) error
}

func (f fake) Info() cluster.SourceInfo {
	return cluster.SourceInfo{Kind: cluster.SourceLive, Name: f.name}
}
func (f fake) Run(ctx context.Context, s *cluster.Store) error { return f.run(ctx, s) }
func (f fake) Get(context.Context, cluster.Ref) (runtime.Object, error) {
	return nil, errors.New("no")
}

func state(s *cluster.Store, connection string, kinds ...cluster.KindState) {
	s.Update(func(w *cluster.Writer) {
		w.SetConnection(cluster.Connection{State: connection})
		for i, k := range kinds {
			w.SetStatus(cluster.KindStatus{Kind: cluster.Resources[i].Kind, Resource: cluster.Resources[i].Plural, State: k})
		}
	})
}

// testbed is a Catalog whose sources are counted.
type bed struct {
	*Catalog
	opened, ended []string
}

func newBed(t *testing.T, run func(id string, ctx context.Context, s *cluster.Store) error) *bed {
	b := &bed{}
	b.Catalog = New(t.Context(), Options{
		Choices: func() []wire.Choice { return nil },
		Default: func() (string, error) { return "a", nil },
		Idle:    time.Minute,
		Open: func(id string) (cluster.Source, error) {
			if id == "unknown" {
				return nil, ErrUnknown
			}
			b.opened = append(b.opened, id)
			return fake{id, func(ctx context.Context, s *cluster.Store) error {
				if run != nil {
					return run(id, ctx, s)
				}
				state(s, cluster.ConnLive)
				<-ctx.Done()
				b.ended = append(b.ended, id)
				return nil
			}}, nil
		},
	})
	t.Cleanup(b.Close)
	return b
}

func (b *bed) names() string {
	var out []string
	for _, o := range b.Open() {
		out = append(out, o.ID)
	}
	return strings.Join(out, " ")
}

func TestCatalog(t *testing.T) {
	bubble := func(name string, test func(*testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
	}
	bubble("a source is opened once, however many look at it", func(t *testing.T) {
		b := newBed(t, nil)
		one, release, err := b.Use("")
		if err != nil {
			t.Fatal(err)
		}
		two, releaseTwo, err := b.Use("a")
		if err != nil || one != two || len(b.opened) != 1 {
			t.Errorf("opened %v, %v", b.opened, err)
		}
		release()
		releaseTwo()
	})
	bubble("it is closed when nobody has looked for a while, not before", func(t *testing.T) {
		b := newBed(t, nil)
		_, release, _ := b.Use("a")
		time.Sleep(time.Hour)
		if b.names() != "a" {
			t.Error("closed while in use")
		}
		release()
		release() // once more does no harm
		time.Sleep(50 * time.Second)
		_, again, _ := b.Use("a")
		time.Sleep(time.Hour)
		if b.names() != "a" || len(b.opened) != 1 {
			t.Errorf("a source that is looked at again was closed: open %q", b.names())
		}
		again()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if b.names() != "" || !slices.Equal(b.ended, []string{"a"}) {
			t.Errorf("open %q, ended %v", b.names(), b.ended)
		}
	})
	bubble("what cannot be opened is an error each time, and nothing is kept", func(t *testing.T) {
		b := newBed(t, nil)
		for _, id := range []string{"unknown", "with\nnewline", strings.Repeat("x", 1000)} {
			if _, _, err := b.Use(id); !errors.Is(err, ErrUnknown) {
				t.Errorf("%.20q: %v", id, err)
			}
		}
		if b.names() != "" {
			t.Errorf("open %q", b.names())
		}
	})
	bubble("a source that panics takes nobody with it, and says so", func(t *testing.T) {
		b := newBed(t, func(id string, ctx context.Context, s *cluster.Store) error {
			if id == "bad" {
				panic("boom")
			}
			state(s, cluster.ConnLive)
			<-ctx.Done()
			return nil
		})
		bad, releaseBad, _ := b.Use("bad")
		good, releaseGood, _ := b.Use("good")
		defer releaseBad()
		defer releaseGood()
		synctest.Wait()
		if c := bad.Store.View().Connection(); c.State != cluster.ConnDisconnected || !strings.Contains(c.Message, "boom") {
			t.Errorf("connection %+v", c)
		}
		if c := good.Store.View().Connection(); c.State != cluster.ConnLive {
			t.Errorf("the other is %+v", c)
		}
	})
	bubble("a retry opens anew what does not answer, and leaves alone what does", func(t *testing.T) {
		b := newBed(t, func(id string, ctx context.Context, s *cluster.Store) error {
			if id == "dead" {
				state(s, cluster.ConnDisconnected)
			} else {
				state(s, cluster.ConnLive)
			}
			<-ctx.Done()
			return nil
		})
		_, release, _ := b.Use("dead")
		_, releaseA, _ := b.Use("a")
		synctest.Wait()
		b.Retry("dead")
		b.Retry("")
		if b.names() != "a" {
			t.Errorf("open %q, want a", b.names())
		}
		_, releaseDead, _ := b.Use("dead")
		if !slices.Equal(b.opened, []string{"dead", "a", "dead"}) {
			t.Errorf("opened %v", b.opened)
		}
		release()
		releaseA()
		releaseDead()
	})
	bubble("after the end nothing opens", func(t *testing.T) {
		b := newBed(t, nil)
		_, release, _ := b.Use("a")
		b.Close()
		if _, _, err := b.Use("a"); !errors.Is(err, ErrClosed) {
			t.Errorf("got %v", err)
		}
		release()
	})
	bubble("waiting ends when every kind has come or may not be read", func(t *testing.T) {
		b := newBed(t, func(_ string, ctx context.Context, s *cluster.Store) error {
			state(s, cluster.ConnConnecting, cluster.StatePending, cluster.StatePending)
			time.Sleep(time.Second)
			state(s, cluster.ConnLive, cluster.StateSynced, cluster.StatePending)
			time.Sleep(time.Second)
			state(s, cluster.ConnLive, cluster.StateSynced, cluster.StateForbidden)
			<-ctx.Done()
			return nil
		})
		o, release, _ := b.Use("a")
		defer release()
		start := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if missing := NotSynced(o.WaitSynced(short)); !slices.Equal(missing, []string{"nodes"}) {
			t.Errorf("after 1.5 s %v is missing, want nodes", missing)
		}
		if missing := NotSynced(o.WaitSynced(t.Context())); missing != nil || time.Since(start) != 2*time.Second {
			t.Errorf("after %v %v is missing", time.Since(start), missing)
		}
	})
	bubble("waiting ends at once for a source that does not answer", func(t *testing.T) {
		b := newBed(t, func(_ string, ctx context.Context, s *cluster.Store) error {
			state(s, cluster.ConnDisconnected)
			<-ctx.Done()
			return nil
		})
		o, release, _ := b.Use("a")
		defer release()
		start := time.Now()
		o.WaitSynced(t.Context())
		if d := time.Since(start); d != 0 {
			t.Errorf("waited %v", d)
		}
	})
}
