package trace_test

import (
	"strings"
	"testing"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// asLive is a world as a live cluster of which one kind may not be read ("" for none).
func asLive(t *testing.T, name string, forbidden cluster.Kind) *cluster.View {
	t.Helper()
	from, err := world.View(name)
	if err != nil {
		t.Fatal(err)
	}
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive, Name: "prod"}, func() time.Time { return monday })
	return store.Update(func(w *cluster.Writer) {
		for _, r := range cluster.Resources {
			s := cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced}
			if r.Kind == forbidden {
				s.State, s.Verb = cluster.StateForbidden, "list"
				w.SetStatus(s)
				continue
			}
			w.SetStatus(s)
			for _, o := range from.List(r.Kind) {
				w.Put(o.DeepCopyObject().(cluster.Object))
			}
		}
		if forbidden != cluster.KindPod {
			for p := range from.Pods() {
				w.PutPod(p)
			}
		}
		if forbidden != cluster.KindEndpointSlice {
			for s := range from.AllSlices() {
				w.PutSlice(s)
			}
		}
		around := *from.Surroundings()
		w.SetSurroundings(&around)
	})
}

// requestsOfTour are requests that between them meet every mechanism.
var requestsOfTour = []struct{ from, command string }{
	{"pod/default/toolbox", "curl http://web/"},
	{"pod/default/toolbox", "curl http://pay/"},
	{"pod/default/toolbox", "curl http://nobody/"},
	{"pod/default/toolbox", "curl http://10.244.2.8:3000/"},
	{"pod/default/toolbox", "curl http://10.244.2.99:3000/"},
	{"pod/default/toolbox", "curl http://10.96.9.31/"},
	{"pod/default/toolbox", "curl http://10.96.200.1/"},
	{"pod/default/toolbox", "nc -zv db-0.db 5432"},
	{"pod/default/toolbox", "curl http://192.168.10.50:8000/"},
	{"pod/default/toolbox", "curl http://192.168.10.12:30080/"},
	{"pod/default/toolbox", "curl http://shop.test/"},
	{"node/node-b", "nc -zv 10.244.3.6 5432"},
	{"ip/10.244.2.8", "nc -zv 10.244.3.6 5432"},
	{"lan/laptop", "curl http://192.168.10.12:30080/"},
	{"lan/laptop", "curl http://192.168.10.12:30081/"},
	{"lan/laptop", "curl http://10.96.9.31/"},
	{"lan/laptop", "curl http://10.244.2.8:3000/"},
	{"internet/user", "curl http://shop.test/"},
	{"internet/user", "curl http://shop.test/api/items"},
	{"internet/user", "curl http://blog.test/"},
	{"internet/user", "curl -H 'Host: other.test' http://198.51.100.80/"},
	{"internet/user", "curl https://shop.test/"},
	{"internet/user", "curl http://192.168.10.12:30080/"},
}

// What may not be read makes an answer less certain, never other and certain, and never opens what is closed.
func TestAMissingRightNeverOpens(t *testing.T) {
	full := asLive(t, "tour", "")
	for _, r := range cluster.Resources {
		view := asLive(t, "tour", r.Kind)
		for _, q := range requestsOfTour {
			t.Run("without "+r.Plural+" "+q.from+" "+q.command, func(t *testing.T) {
				want, err := trace.Run(full, trace.Ask{From: q.from, Command: []string{q.command}})
				if err != nil {
					t.Fatal(err)
				}
				got, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}})
				if err != nil {
					return // the source itself may not be read
				}
				check(t, got)
				if strings.HasPrefix(got.Verdict.Reason, "rights.") {
					equal(t, got.Verdict.Class, trace.CannotTell)
				}
				if got.Verdict.Class != want.Verdict.Class && got.Verdict.Class != trace.CannotTell {
					t.Errorf("it is %s, with all rights %s\n%s", summary(got), summary(want), got.Verdict.Sentence)
				}
				if got.Verdict.Certainty == trace.Certain && (got.Verdict.Class != want.Verdict.Class || got.Verdict.Reason != want.Verdict.Reason) {
					t.Errorf("certain and other: %s, with all rights %s\n%s", summary(got), summary(want), got.Verdict.Sentence)
				}
			})
		}
	}
}

// plausible are other values of the facts that objects may not show.
var plausible = []string{
	"proxy-mode=iptables", "proxy-mode=nftables", "proxy-mode=ipvs", "cluster-cidr=none", "cluster-cidr=10.244.0.0/16", "masquerade-all=true", "nodeport-addresses=primary",
	"localhost-nodeports=false", "policy=drop", "policy=reject", "policy=none", "libc=musl", "pod-network=routed", "pod-network=overlay", "listening=false",
}

// A certain verdict is the same under every other value of whatever was not detected; where another value leads elsewhere,
// the answer says that its assumption would flip it.
func TestWhatIsCertainHoldsUnderEveryAssumption(t *testing.T) {
	detects := []cluster.Kind{"", cluster.KindConfigMap, cluster.KindDaemonSet}
	for _, missing := range detects {
		view := asLive(t, "tour", missing)
		known := map[string]bool{}
		for _, f := range facts.DetectedIn(view) {
			known[f.Key] = true
		}
		for _, q := range requestsOfTour {
			got, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range plausible {
				key, value, _ := strings.Cut(p, "=")
				if known[key] {
					continue
				}
				other, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}, Assume: map[string]string{key: value}})
				if err != nil {
					t.Fatal(err)
				}
				if other.Verdict.Class == got.Verdict.Class {
					continue
				}
				name := "without " + string(missing) + " " + q.from + " " + q.command + " under " + p
				if got.Verdict.Certainty == trace.Certain {
					t.Errorf("%s: certain %s, but %s", name, summary(got), summary(other))
				}
				if a := assumption(got, key); a == nil || !a.WouldFlip && a.Source != facts.Detected {
					t.Errorf("%s: %s becomes %s, and no assumption says so", name, summary(got), summary(other))
				}
			}
		}
	}
}

// Somebody with rights in one namespace only sees what its objects show, and nothing certain that the whole would deny.
func TestRightsInOneNamespaceNeverOpen(t *testing.T) {
	full := asLive(t, "tour", "")
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive, Name: "prod"}, func() time.Time { return monday })
	view := store.Update(func(w *cluster.Writer) {
		for _, r := range cluster.Resources {
			if !r.Namespaced {
				w.SetStatus(cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateForbidden})
				continue
			}
			w.SetStatus(cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, Namespace: "default", State: cluster.StateSynced})
			for _, o := range full.ListIn(r.Kind, "default") {
				w.Put(o.DeepCopyObject().(cluster.Object))
			}
		}
		for p := range full.PodsIn("default") {
			w.PutPod(p)
		}
		for s := range full.AllSlices() {
			if s.Namespace == "default" {
				w.PutSlice(s)
			}
		}
		around := *full.Surroundings()
		w.SetSurroundings(&around)
	})
	for _, q := range requestsOfTour {
		want, err := trace.Run(full, trace.Ask{From: q.from, Command: []string{q.command}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := trace.Run(view, trace.Ask{From: q.from, Command: []string{q.command}})
		if err != nil {
			continue
		}
		check(t, got)
		if got.Verdict.Class != want.Verdict.Class && got.Verdict.Class != trace.CannotTell {
			t.Errorf("%s $ %s: %s, with all rights %s\n%s", q.from, q.command, summary(got), summary(want), got.Verdict.Sentence)
		}
	}
}

// Who stands at an address outside may be a proxy that only an Ingress names: without ingresses nothing is certain there.
func TestAnAddressOutsideIsNotCertainWithoutIngresses(t *testing.T) {
	for _, r := range []struct {
		forbidden cluster.Kind
		want      string
	}{{"", "left-the-map outside.unknown certain"}, {cluster.KindIngress, "left-the-map outside.unknown assumed"}} {
		tr, err := trace.Run(asLive(t, "tour", r.forbidden), trace.Ask{From: "internet/user", Command: []string{"curl http://198.51.100.200/"}})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, summary(tr), r.want)
	}
}
