package world_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// A server opens a world by the clock on the wall, the command line does not: both give the same bytes.
func TestAServedWorldAnswersAsTheCommandLineDoes(t *testing.T) {
	for _, info := range world.List() {
		for _, r := range info.Requests {
			still, err := world.View(r.World)
			if err != nil {
				t.Fatal(err)
			}
			ask := trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}}
			want, got := answer(t, still, ask), answer(t, served(t, r.World), ask)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s %s differs when it is served:\n%s", r.World, r.ID, d)
			}
		}
	}
}

// served is the first revision of a world that runs.
func served(t *testing.T, name string) *cluster.View {
	t.Helper()
	w, err := world.OpenWith(name, world.Options{Paused: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	store := cluster.NewStore(w.Info(), nil)
	first := make(chan *cluster.View, 1)
	_, forget := store.Observe(func(v *cluster.View, _ cluster.Change) {
		select {
		case first <- v:
		default:
		}
	})
	defer forget()
	ended := make(chan error)
	go func() { ended <- w.Run(ctx, store) }()
	view := <-first
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return view
}

func answer(t *testing.T, view *cluster.View, ask trace.Ask) string {
	t.Helper()
	tr, err := trace.Run(view, ask)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tr.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
