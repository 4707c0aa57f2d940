package kube

import (
	"context"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// batcher is the one writer of a Store. What arrives while a revision is made, or within the window after it, makes the
// next revision together; a change that comes alone does not wait.
type batcher struct {
	store  *cluster.Store
	window time.Duration
	queue  chan func(*cluster.Writer)
}

func newBatcher(store *cluster.Store, window time.Duration) *batcher {
	return &batcher{store: store, window: window, queue: make(chan func(*cluster.Writer), 1024)}
}

// send hands over a change. Changes of one sender are written in their order. After ctx has ended they are dropped.
func (b *batcher) send(ctx context.Context, change func(*cluster.Writer)) {
	select {
	case b.queue <- change:
	case <-ctx.Done():
	}
}

// maxBatch bounds a revision, so that a flood still becomes visible in steps.
const maxBatch = 4096

func (b *batcher) run(ctx context.Context) {
	batch := make([]func(*cluster.Writer), 0, maxBatch)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case change := <-b.queue:
			batch = append(batch, change)
		}
		open := true
		for open && len(batch) < maxBatch { // first what waits already, and what comes until the window has passed
			select {
			case change := <-b.queue:
				batch = append(batch, change)
				continue
			default:
			}
			select {
			case <-ctx.Done():
				return
			case change := <-b.queue:
				batch = append(batch, change)
			case <-timer.C:
				open = false
			}
		}
		b.store.Update(func(w *cluster.Writer) {
			for _, change := range batch {
				change(w)
			}
		})
		clear(batch)
		batch = batch[:0]
		timer.Reset(b.window)
	}
}
