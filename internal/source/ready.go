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
	changed := make(chan struct{}, 1)
	view, cancel := o.Store.Observe(func(*cluster.View, cluster.Change) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer cancel()
	for {
		if NotSynced(view) == nil || view.Connection().State == cluster.ConnDisconnected {
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
