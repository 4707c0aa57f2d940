package kube

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestChangesThatComeTogetherAreOneRevision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil)
		b := newBatcher(store, 10*time.Millisecond)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go b.run(ctx)
		put := func(name string) {
			b.send(ctx, func(w *cluster.Writer) { w.Put(service("a", name, "1")) })
		}
		time.Sleep(time.Second)
		put("alone")
		synctest.Wait()
		if got := store.View().Revision(); got != 1 {
			t.Errorf("a change that comes alone waits: revision %d", got)
		}
		for i := range 100 { // one each 90 µs: all within the window after the first
			put(fmt.Sprint("burst", i))
			time.Sleep(90 * time.Microsecond)
		}
		time.Sleep(time.Second)
		if v := store.View(); v.Revision() != 2 || v.Count(cluster.KindService) != 101 {
			t.Errorf("the burst ends at revision %d with %d services", v.Revision(), v.Count(cluster.KindService))
		}
	})
}

func TestDelaysGrowToABound(t *testing.T) {
	f := &follower{session: &session{timing: timing{backoff: 100 * time.Millisecond, maxBackoff: time.Second}}}
	for _, row := range []struct {
		failed    int
		low, high time.Duration
	}{
		{1, 50 * time.Millisecond, 100 * time.Millisecond}, {3, 200 * time.Millisecond, 400 * time.Millisecond},
		{5, 500 * time.Millisecond, time.Second}, {1000, 500 * time.Millisecond, time.Second},
	} {
		for range 50 {
			f.failed = row.failed
			if d := f.delay(); d < row.low || d > row.high {
				t.Errorf("after %d failures the delay is %v, want %v to %v", row.failed, d, row.low, row.high)
			}
		}
	}
}
