package fill

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// writers is how many requests are under way at once; more than the machine has cores, since each waits for etcd.
const writers = 48

// each calls f for 0 to n-1 from many goroutines, and says how far it is every few seconds. The first error ends it.
func each(ctx context.Context, progress io.Writer, what string, n int, f func(context.Context, int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	start := time.Now()
	var next, done atomic.Int64
	var workers sync.WaitGroup
	for range min(writers, n) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(ctx, i); err != nil {
					cancel(fmt.Errorf("write %s: %w", what, err))
					return
				}
				done.Add(1)
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		workers.Wait()
		close(finished)
	}()
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-finished:
			if err := context.Cause(ctx); err != nil {
				return err
			}
			fmt.Fprintf(progress, "testbed: wrote %d %s in %.1f s\n", n, what, time.Since(start).Seconds())
			return nil
		case <-tick.C:
			fmt.Fprintf(progress, "testbed: wrote %d of %d %s\n", done.Load(), n, what)
		}
	}
}
