package source

import (
	"context"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// NotSynced names the kinds of which no list has come yet, by their plural; nil where all have, or may not be read.
func NotSynced(v *cluster.View) []string {
	if v.Connection().State == "" {
		return []string{"everything"}
	}
	var out []string
	for _, k := range v.Kinds() {
		if k.State == cluster.StatePending {
			out = append(out, k.Resource)
		}
	}
	if len(out) == 0 && (v.Connection().State == cluster.ConnConnecting || v.Connection().State == cluster.ConnDisconnected) {
		out = []string{"everything"}
	}
	return out
}

// WaitSynced waits until every kind has come or may not be read, the source says that it cannot connect, or ctx ends. It
// returns the View of that moment.
func (o *Opened) WaitSynced(ctx context.Context) *cluster.View {
	return o.wait(ctx, func(v *cluster.View) bool {
		return NotSynced(v) == nil || v.Connection().State == cluster.ConnDisconnected
	})
}

// WaitTried waits until the source has connected or says that it cannot, or ctx ends. It returns the View of that moment.
func (o *Opened) WaitTried(ctx context.Context) *cluster.View {
	return o.wait(ctx, func(v *cluster.View) bool {
		state := v.Connection().State
		return state != "" && state != cluster.ConnConnecting
	})
}

func (o *Opened) wait(ctx context.Context, done func(*cluster.View) bool) *cluster.View {
	changed := make(chan struct{}, 1)
	view, cancel := o.Store.Observe(func(*cluster.View, cluster.Change) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer cancel()
	for {
		if done(view) {
			return view
		}
		select {
		case <-ctx.Done():
			return o.Store.View()
		case <-changed:
			view = o.Store.View()
		case <-time.After(time.Second):
			view = o.Store.View()
		}
	}
}
