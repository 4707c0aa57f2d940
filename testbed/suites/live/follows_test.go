package live

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

func TestTheModelStaysEqualToTheClusterWhateverHappens(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{})
	kubeconfig, wire := wired(t, c.ServiceAccountKubeconfig(t))
	source := open(t, "--kubeconfig", kubeconfig)
	store := cluster.NewStore(source.Info(), nil)
	told := mirrorOf(store)
	var refused atomic.Pointer[[]cluster.KindStatus]
	store.Observe(func(v *cluster.View, _ cluster.Change) {
		if list := inState(v, cluster.StateForbidden); len(list) > 0 {
			refused.CompareAndSwap(nil, &list)
		}
	})
	followInto(t, source, store)
	until(t, store, "every kind has an answer", settled)
	x := newChurn(t, c.Cluster, 20260302)
	equal := func(t *testing.T) {
		t.Helper()
		begun := time.Now()
		view := becomesTheCluster(t, c.Cluster, store)
		t.Logf("it took %s until the model was equal to the cluster", time.Since(begun).Round(time.Millisecond))
		told.check(t, store)
		t.Logf("revision %d: %d pods, %d slices, %d services, %d namespaces; requests granted so far: %v", view.Revision(),
			view.PodCount(), view.Count(cluster.KindEndpointSlice), view.Count(cluster.KindService), view.Count(cluster.KindNamespace), x.done)
	}
	// goes waits for a state of the connection, and sees how soon it comes.
	goes := func(t *testing.T, state string) {
		t.Helper()
		begun := time.Now()
		view := until(t, store, "the source is "+state, func(v *cluster.View) bool { return v.Connection().State == state })
		t.Logf("%s after %s: %s", state, time.Since(begun).Round(time.Millisecond), view.Connection().Message)
		if said := view.Connection().Message != ""; said != (state != cluster.ConnLive) {
			t.Errorf("a source that is %s says %q", state, view.Connection().Message)
		}
	}

	t.Run("while objects come, change and go", func(t *testing.T) {
		for range 4 {
			x.run(100)
			equal(t)
		}
		for _, verb := range []string{"create", "change", "delete"} {
			if x.done[verb] < 40 {
				t.Errorf("only %d requests to %s were granted", x.done[verb], verb)
			}
		}
	})
	t.Run("when the connection is cut and objects change meanwhile", func(t *testing.T) {
		wire.setCut(true)
		goes(t, cluster.ConnStale)
		before := store.View()
		x.run(100)
		if after := store.View(); after.PodCount() != before.PodCount() {
			t.Errorf("a source that is cut off has %d pods instead of %d", after.PodCount(), before.PodCount())
		}
		wire.setCut(false)
		goes(t, cluster.ConnLive)
		equal(t)
	})
	t.Run("when the API server crashes and comes back", func(t *testing.T) {
		c.StopAPIServer(t)
		goes(t, cluster.ConnStale)
		if view := store.View(); view.PodCount() == 0 || !view.Readable(cluster.KindPod, "") {
			t.Error("what was read does not stay while the server is away")
		}
		c.StartAPIServer(t)
		x.run(50)
		goes(t, cluster.ConnLive)
		equal(t)
	})
	t.Run("when the API server has forgotten the history since the connection was cut", func(t *testing.T) {
		wire.setCut(true)
		goes(t, cluster.ConnStale)
		x.run(100)
		c.StopAPIServer(t)
		c.StartAPIServer(t) // its watch cache begins with what is there now
		wire.setCut(false)
		goes(t, cluster.ConnLive)
		equal(t)
		x.run(50)
		equal(t)
	})
	if list := refused.Load(); list != nil {
		t.Errorf("what may be read was called forbidden for a while: %+v", *list)
	}
}
