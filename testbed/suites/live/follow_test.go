// Package live tests the live source on a real control plane, as a ServiceAccount that may do exactly what deploy/rbac.yaml
// grants.
package live

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// load reads the configuration as `kubestrata ARGS` would.
func load(t *testing.T, args ...string) kube.Config {
	t.Helper()
	var flags kube.Flags
	set := pflag.NewFlagSet("kubestrata", pflag.ContinueOnError)
	flags.Bind(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	config, err := flags.Load()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func open(t *testing.T, args ...string) cluster.Source {
	t.Helper()
	source, err := load(t, args...).Open("")
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// follow runs the source into a new Store until the test ends, and sees to it that it then ends as well.
func follow(t *testing.T, source cluster.Source) *cluster.Store {
	t.Helper()
	return followInto(t, source, cluster.NewStore(source.Info(), nil))
}

func followInto(t *testing.T, source cluster.Source, store *cluster.Store) *cluster.Store {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- source.Run(ctx, store) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the source ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the source goes on after it was told to end")
		}
	})
	return store
}

// until waits for a revision that is as want asks, and returns it.
func until(t *testing.T, store *cluster.Store, what string, want func(*cluster.View) bool) *cluster.View {
	t.Helper()
	came := make(chan struct{}, 1)
	view, cancel := store.Observe(func(*cluster.View, cluster.Change) {
		select {
		case came <- struct{}{}:
		default:
		}
	})
	defer cancel()
	ctx := harness.Context(t, what)
	for !want(view) {
		select {
		case <-came:
			view = store.View()
		case <-ctx.Done():
			t.Fatalf("%v; the source says:\n%s", context.Cause(ctx), states(store.View()))
		}
	}
	return view
}

func states(v *cluster.View) string {
	out, err := json.MarshalIndent(map[string]any{"connection": v.Connection(), "kinds": v.Kinds()}, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// settled reports whether every kind was asked for and none is still waited for. A kind that is read in namespaces may
// have been refused as a whole just before; then its namespaces are not listed yet.
func settled(v *cluster.View) bool {
	asked := map[cluster.Kind]bool{}
	for _, k := range v.Kinds() {
		if k.State == cluster.StatePending {
			return false
		}
		asked[k.Kind] = true
	}
	return len(asked) == len(cluster.Resources) && v.Connection().State == cluster.ConnLive
}

// inState is how many lines of the source's report are in a state.
func inState(v *cluster.View, state cluster.KindState) (out []cluster.KindStatus) {
	for _, k := range v.Kinds() {
		if k.State == state {
			out = append(out, k)
		}
	}
	return out
}
