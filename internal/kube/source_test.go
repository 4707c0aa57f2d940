package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func about(namespace, name, version string) v1.ObjectMeta {
	return v1.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: version}
}

func service(namespace, name, version string) *corev1.Service {
	s := &corev1.Service{ObjectMeta: about(namespace, name, version)}
	s.Spec.ClusterIP = "10.96.0." + version
	return s
}

func crd(name string) *v1.PartialObjectMetadata {
	return &v1.PartialObjectMetadata{
		TypeMeta:   v1.TypeMeta{Kind: string(cluster.KindCRD)},
		ObjectMeta: about("", name, "1"),
	}
}

func TestEveryKindIsReadAndNamedSynced(t *testing.T) {
	api := newFakeAPI(t)
	api.put(
		&corev1.Namespace{ObjectMeta: about("", "team-a", "1")},
		service("team-a", "web", "2"),
		&corev1.Pod{ObjectMeta: about("team-a", "web-1", "3")},
		crd("gateways.gateway.networking.k8s.io"),
		&corev1.ConfigMap{ObjectMeta: about("kube-system", "coredns", "4"), Data: map[string]string{"Corefile": ".:53"}},
		&corev1.ConfigMap{ObjectMeta: about("kube-system", "passwords", "5")},
	)
	store := follow(t, api.open(nil, ""))
	var kinds []cluster.Kind
	for _, r := range cluster.Resources {
		if r.Kind != cluster.KindConfigMap {
			kinds = append(kinds, r.Kind)
		}
	}
	v := wait(t, store, "every kind", func(v *cluster.View) bool {
		return synced(kinds...)(v) && status(v, cluster.KindConfigMap, "kube-system").State == cluster.StateSynced &&
			v.Connection().State == cluster.ConnLive
	})
	if v.Namespace("team-a") == nil || v.Service("team-a", "web") == nil || v.Pod("team-a", "web-1") == nil {
		t.Error("an object is missing")
	}
	if v.Get(cluster.KindCRD, "", "gateways.gateway.networking.k8s.io") == nil {
		t.Error("the custom resource definition is missing")
	}
	if c := v.ConfigMap("kube-system", "coredns"); c == nil || c.Data["Corefile"] != ".:53" {
		t.Errorf("coredns is %v", c)
	}
	if v.ConfigMap("kube-system", "passwords") != nil {
		t.Error("a config map was read that nobody asked for")
	}
	for _, r := range append(api.asked("list configmaps"), api.asked("watch configmaps")...) {
		if !strings.Contains(r, "fieldSelector=metadata.name%3D") {
			t.Errorf("config maps were asked for without a name: %s", r)
		}
	}
	if len(v.NotRead()) != 0 {
		t.Errorf("not read: %v", v.NotRead())
	}
}

func TestAListComesInPages(t *testing.T) {
	api := newFakeAPI(t)
	for i := range 1201 {
		api.put(&corev1.Pod{ObjectMeta: about("a", fmt.Sprintf("p%04d", i), "1")})
	}
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "pods", synced(cluster.KindPod))
	if v.PodCount() != 1201 {
		t.Errorf("%d pods were read of 1201", v.PodCount())
	}
	want := []string{"list pods / limit=500", "list pods / continue=500&limit=500", "list pods / continue=1000&limit=500"}
	if diff := cmp.Diff(want, api.asked("list pods")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestAListWhoseNextPageHasExpiredIsReadInOne(t *testing.T) {
	api := newFakeAPI(t)
	for i := range 600 {
		api.put(service("a", fmt.Sprintf("s%d", i), "1"))
	}
	api.failWith["list services"] = []*v1.Status{statusOf(apierrors.NewResourceExpired("too old"))}
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "services", synced(cluster.KindService))
	if n := v.Count(cluster.KindService); n != 600 {
		t.Errorf("%d services were read of 600", n)
	}
	if diff := cmp.Diff([]string{"list services / limit=500", "list services / "}, api.asked("list services")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestChangesFollow(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "stays", "1"), service("a", "goes", "2"))
	store := follow(t, api.open(nil, ""))
	w := api.watch("services")
	if w.query.Get("resourceVersion") != "100" || w.query.Get("allowWatchBookmarks") != "true" || w.query.Get("timeoutSeconds") == "" {
		t.Errorf("the watch begins with %v", w.query)
	}
	w.send("ADDED", service("a", "new", "101"))
	w.send("MODIFIED", service("a", "stays", "102"))
	w.send("DELETED", service("a", "goes", "103"))
	v := wait(t, store, "the deletion", func(v *cluster.View) bool { return v.Service("a", "goes") == nil && v.Count(cluster.KindService) == 2 })
	if v.Service("a", "new") == nil || v.Service("a", "stays").Spec.ClusterIP != "10.96.0.102" {
		t.Errorf("services are %v", v.Services())
	}
	close(w.events)
	if next := api.watch("services"); next.query.Get("resourceVersion") != "103" {
		t.Errorf("the next watch begins with %v", next.query)
	}
	if n := len(api.asked("list services")); n != 1 {
		t.Errorf("the end of a watch led to %d lists", n)
	}
}

func TestABookmarkMovesTheVersionAndTheAgeOfTheData(t *testing.T) {
	api := newFakeAPI(t)
	store := follow(t, api.open(nil, ""))
	w := api.watch("nodes")
	wait(t, store, "nodes", synced(cluster.KindNode))
	before := time.Now()
	w.send("BOOKMARK", &corev1.Node{ObjectMeta: about("", "", "555")})
	close(w.events)
	if next := api.watch("nodes"); next.query.Get("resourceVersion") != "555" {
		t.Errorf("the next watch begins with %v", next.query)
	}
	if store.LastData().Before(before) {
		t.Error("the bookmark is no sign of life")
	}
	if store.View().Count(cluster.KindNode) != 0 {
		t.Error("the bookmark became a node")
	}
}

func TestAnExpiredVersionIsListedAnewAndWhatIsGoneGoes(t *testing.T) {
	for _, row := range []struct {
		name   string
		expire func(*fakeAPI, *fakeWatch)
	}{
		{"said by an event", func(_ *fakeAPI, w *fakeWatch) {
			w.send("ERROR", statusOf(apierrors.NewResourceExpired("too old")))
		}},
		{"said by an event of the older kind", func(_ *fakeAPI, w *fakeWatch) {
			w.send("ERROR", &v1.Status{Status: "Failure", Reason: v1.StatusReasonGone, Code: 410})
		}},
		{"said by the answer to the next watch", func(f *fakeAPI, w *fakeWatch) {
			f.set(func() { f.failWith["watch services"] = []*v1.Status{statusOf(apierrors.NewResourceExpired("too old"))} })
			w.send("BOOKMARK", service("", "", "9"))
			close(w.events)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := newFakeAPI(t)
			api.put(service("a", "goes", "1"), service("b", "stays", "2"))
			store := follow(t, api.open(nil, ""))
			w := api.watch("services")
			wait(t, store, "services", func(v *cluster.View) bool { return v.Count(cluster.KindService) == 2 })
			api.set(func() {
				api.objects["services"] = []cluster.Object{service("b", "stays", "2"), service("b", "came", "3")}
			})
			row.expire(api, w)
			v := wait(t, store, "the new list", func(v *cluster.View) bool { return v.Service("b", "came") != nil })
			if v.Service("a", "goes") != nil || v.Service("b", "stays") == nil {
				t.Errorf("services are %v", v.Services())
			}
		})
	}
}

// alone makes a follower of services that is run by the test itself.
func alone(t *testing.T, s *source) (*follower, *cluster.Store) {
	t.Helper()
	store := cluster.NewStore(s.Info(), nil)
	batch := newBatcher(store, s.timing.window)
	x := &session{
		client: s.client, timing: s.timing, store: store, batch: batch,
		health: newHealth(func(cluster.Connection) {}), board: newBoard(func(cluster.KindStatus) {}),
	}
	res, _ := cluster.ResourceOf(cluster.KindService)
	f := &follower{session: x, scope: scope{res: res}}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { batch.run(ctx) })
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	return f, store
}

// After an outage the version is often too old, and the failures that were counted meanwhile say nothing any more.
func TestAListThatFollowsAnOutageDoesNotWait(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "web", "1"))
	api.failWith["watch services"] = []*v1.Status{statusOf(apierrors.NewResourceExpired("too old"))}
	s := api.open(nil, "")
	s.timing.maxBackoff = time.Hour
	f, store := alone(t, s)
	f.version, f.failed, f.synced, f.followed = "7", 30, true, true
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { f.run(ctx); close(ended) }()
	wait(t, store, "the list", func(v *cluster.View) bool { return v.Service("a", "web") != nil })
	cancel()
	<-ended
}

func TestAServerThatExpiresEveryVersionIsNotAskedWithoutPause(t *testing.T) {
	api := newFakeAPI(t)
	s := api.open(nil, "")
	s.timing.backoff, s.timing.maxBackoff = 50*time.Millisecond, time.Second
	f, _ := alone(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { f.run(ctx); close(ended) }()
	var last time.Time
	for i := range 4 {
		w := api.watch("services")
		// The second expiry in a row waits for at least half of twice the backoff, and the next for more.
		if pause := time.Since(last); i > 1 && pause < 50*time.Millisecond {
			t.Errorf("the list after expiry %d came after %s", i, pause)
		}
		last = time.Now()
		w.send("ERROR", statusOf(apierrors.NewResourceExpired("too old")))
	}
	cancel()
	<-ended
}

func TestAKindThatIsNotServedIsNamedAndHoldsUpNothing(t *testing.T) {
	for _, row := range []struct {
		name string
		set  func(*fakeAPI)
		want cluster.KindStatus
	}{
		{"no right to list, says the review", func(f *fakeAPI) { f.denied["list services"] = true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "list", Message: "may not list services in all namespaces"}},
		{"no right to watch, says the review", func(f *fakeAPI) { f.denied["watch services"] = true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "watch", Message: "may not watch services in all namespaces"}},
		{"no right at all, says the review", func(f *fakeAPI) { f.denied["list services"], f.denied["watch services"] = true, true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "list", Message: "may not list and watch services in all namespaces"}},
		{"no right to list, says only the list", func(f *fakeAPI) { f.unsaid["list services"] = true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "list",
				Message: `may not list services in all namespaces: services is forbidden: not today`}},
		{"no right to watch, says only the watch", func(f *fakeAPI) { f.unsaid["watch services"] = true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "watch",
				Message: `may not watch services in all namespaces: services is forbidden: not today`}},
		{"no reviews on this server, and no right", func(f *fakeAPI) { f.noReviews, f.unsaid["list services"] = true, true },
			cluster.KindStatus{State: cluster.StateForbidden, Verb: "list",
				Message: `may not list services in all namespaces: services is forbidden: not today`}},
		{"no reviews on this server, and all rights", func(f *fakeAPI) { f.noReviews = true },
			cluster.KindStatus{State: cluster.StateSynced}},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := newFakeAPI(t)
			row.set(api)
			store := follow(t, api.open(nil, ""))
			row.want.Kind, row.want.Resource = cluster.KindService, "services"
			v := wait(t, store, string(row.want.State), func(v *cluster.View) bool {
				s := status(v, cluster.KindService, "")
				return synced(cluster.KindPod, cluster.KindNode, cluster.KindJob)(v) && s.State == row.want.State && s.Verb == row.want.Verb
			})
			if diff := cmp.Diff(row.want, status(v, cluster.KindService, "")); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
			if v.Connection().State != cluster.ConnLive {
				t.Errorf("the connection is %+v", v.Connection())
			}
		})
	}
}

func TestARightThatIsGivenLaterIsUsed(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "web", "1"))
	api.denied["list services"] = true
	store := follow(t, api.open(nil, ""))
	wait(t, store, "the refusal", func(v *cluster.View) bool { return len(v.NotRead()) == 1 })
	api.set(func() { delete(api.denied, "list services") })
	v := wait(t, store, "services", synced(cluster.KindService))
	if v.Service("a", "web") == nil || len(v.NotRead()) != 0 {
		t.Errorf("services %v, not read %v", v.Services(), v.NotRead())
	}
}

func TestARightThatIsTakenAwayIsNamedAndNothingOldIsShown(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "web", "1"))
	store := follow(t, api.open(nil, ""))
	w := api.watch("services")
	wait(t, store, "the service", func(v *cluster.View) bool { return v.Service("a", "web") != nil })
	api.set(func() { api.denied["watch services"] = true })
	w.send("BOOKMARK", service("", "", "9"))
	close(w.events)
	v := wait(t, store, "the refusal", func(v *cluster.View) bool { return len(v.NotRead()) == 1 && v.Count(cluster.KindService) == 0 })
	want := []cluster.NotRead{{Resource: "services", Verb: "watch"}}
	if diff := cmp.Diff(want, v.NotRead()); diff != "" {
		t.Errorf("not read (-want +got):\n%s", diff)
	}
}

// An API server that has just started refuses until it has read the roles.
func TestARefusalOfWhatWasFollowedIsNotBelievedAtOnce(t *testing.T) {
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	for _, row := range []struct {
		name   string
		answer *apierrors.StatusError
	}{
		{"forbidden", apierrors.NewForbidden(resource, "", errors.New("not today"))},
		{"no such kind", apierrors.NewGenericServerResponse(404, "watch", resource, "", "", 0, true)},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := newFakeAPI(t)
			api.put(&appsv1.Deployment{ObjectMeta: about("a", "web", "1")})
			s := api.open(nil, "")
			s.timing.doubt = time.Minute
			store := follow(t, s)
			w := api.watch("deployments")
			wait(t, store, "the deployment", func(v *cluster.View) bool { return len(v.Deployments()) == 1 })
			var lost atomic.Bool
			_, cancel := store.Observe(func(v *cluster.View, _ cluster.Change) {
				if len(v.Deployments()) == 0 || !v.Readable(cluster.KindDeployment, "") {
					lost.Store(true)
				}
			})
			defer cancel()
			api.set(func() {
				for range 5 {
					api.failWith["watch deployments"] = append(api.failWith["watch deployments"], statusOf(row.answer))
				}
			})
			close(w.events)
			w = api.watch("deployments")
			w.send("ADDED", &appsv1.Deployment{ObjectMeta: about("b", "new", "9")})
			wait(t, store, "what came since", func(v *cluster.View) bool { return len(v.Deployments()) == 2 })
			if n := len(api.asked("watch deployments")); n != 7 {
				t.Errorf("%d watches were begun, want 7: one at first, five that are refused, one more", n)
			}
			if lost.Load() {
				t.Error("meanwhile what was read was gone, or called unreadable")
			}
		})
	}
}

func TestARightThatIsMissingIsAskedForMoreAndMoreSeldom(t *testing.T) {
	f := &follower{session: &session{timing: usualTiming}}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		f.refusals++
		want *= time.Second
		for range 20 {
			if d := f.deniedDelay(); d < want*3/4 || d > want*5/4 {
				t.Errorf("after %d refusals the delay is %s, want about %s", f.refusals, d, want)
			}
		}
	}
	f.refusals = 1 << 40
	if d := f.deniedDelay(); d > 40*time.Second || d < 20*time.Second {
		t.Errorf("in the end the delay is %s", d)
	}
}

func TestAKindTheServerDoesNotHaveIsAbsentUntilItHas(t *testing.T) {
	api := newFakeAPI(t)
	api.put(&networkingv1.ServiceCIDR{ObjectMeta: about("", "kubernetes", "1")})
	api.missing["servicecidrs"] = true
	store := follow(t, api.open(nil, ""))
	wait(t, store, "absence", func(v *cluster.View) bool {
		return status(v, cluster.KindServiceCIDR, "").State == cluster.StateAbsent && synced(cluster.KindPod)(v)
	})
	api.set(func() { delete(api.missing, "servicecidrs") })
	v := wait(t, store, "the ranges", synced(cluster.KindServiceCIDR))
	if len(v.ServiceCIDRs()) != 1 {
		t.Error("the range is missing")
	}
}

func TestAForbiddenConfigMapNamesItsNamespace(t *testing.T) {
	api := newFakeAPI(t)
	api.denied["list configmaps kube-system"] = true
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "the refusal", func(v *cluster.View) bool {
		return len(v.NotRead()) == 1 && status(v, cluster.KindConfigMap, "kube-flannel").State == cluster.StateSynced
	})
	if diff := cmp.Diff([]cluster.NotRead{{Resource: "configmaps", Verb: "list", Namespace: "kube-system"}}, v.NotRead()); diff != "" {
		t.Errorf("not read (-want +got):\n%s", diff)
	}
}

func TestNamespacesRestrictWhatIsRead(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "one", "1"), service("b", "two", "2"), service("c", "three", "3"))
	store := follow(t, api.open([]string{"a", "c"}, ""))
	v := wait(t, store, "both namespaces", func(v *cluster.View) bool {
		return status(v, cluster.KindService, "a").State == cluster.StateSynced &&
			status(v, cluster.KindService, "c").State == cluster.StateSynced && synced(cluster.KindNode)(v)
	})
	if v.Service("a", "one") == nil || v.Service("b", "two") != nil || v.Service("c", "three") == nil {
		t.Errorf("services are %v", v.Services())
	}
	if all := api.asked("list services /"); len(all) != 0 {
		t.Errorf("all namespaces were asked for: %v", all)
	}
}

func TestOneWithRightsInTheirNamespaceOnlyReadsThat(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("mine", "web", "1"), service("theirs", "db", "2"),
		&corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: "mine", Labels: map[string]string{"team": "a"}}})
	for _, r := range cluster.Resources {
		api.denied["list "+r.Plural+" "] = true // the empty namespace: everywhere
	}
	store := follow(t, api.open(nil, "mine"))
	v := wait(t, store, "the own namespace", func(v *cluster.View) bool {
		return status(v, cluster.KindService, "mine").State == cluster.StateSynced && v.Namespace("mine") != nil
	})
	if v.Service("mine", "web") == nil || v.Service("theirs", "db") != nil {
		t.Errorf("services are %v", v.Services())
	}
	if !v.Readable(cluster.KindService, "mine") || v.Readable(cluster.KindService, "theirs") {
		t.Error("what is readable is not what was read")
	}
	api.set(func() { clear(api.denied) })
	wait(t, store, "everything", func(v *cluster.View) bool {
		return synced(cluster.KindService)(v) && v.Service("theirs", "db") != nil && v.Service("mine", "web") != nil
	})
}

func TestTheConnectionSaysWhetherTheServerIsThere(t *testing.T) {
	api := newFakeAPI(t)
	api.put(service("a", "web", "1"))
	api.down = true
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "disconnected", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
	if !strings.HasPrefix(v.Connection().Message, "cannot reach 127.0.0.1:") {
		t.Errorf("the message is %q", v.Connection().Message)
	}
	api.set(func() { api.down = false })
	wait(t, store, "live", func(v *cluster.View) bool {
		return v.Connection().State == cluster.ConnLive && v.Service("a", "web") != nil
	})
	api.set(func() { api.down = true })
	api.CloseClientConnections()
	v = wait(t, store, "stale", func(v *cluster.View) bool {
		return v.Connection().State == cluster.ConnStale && status(v, cluster.KindService, "").State == cluster.StateStalled
	})
	if v.Service("a", "web") == nil {
		t.Error("what was read is gone with the connection")
	}
	api.set(func() { api.down = false })
	wait(t, store, "live again", func(v *cluster.View) bool {
		return v.Connection().State == cluster.ConnLive && synced(cluster.KindService, cluster.KindPod)(v)
	})
}

// client-go calls a watch whose connection is cut off, or times out, before the answer an empty one, and no error.
func TestAWatchWithoutAnAnswerIsNoWatch(t *testing.T) {
	api := newFakeAPI(t)
	api.down = true
	s := api.open(nil, "")
	var states []cluster.KindState
	var connections []string
	x := &session{
		client: s.client, timing: s.timing, store: cluster.NewStore(s.Info(), nil),
		health: newHealth(func(c cluster.Connection) { connections = append(connections, c.State) }),
		board:  newBoard(func(k cluster.KindStatus) { states = append(states, k.State) }),
	}
	res, _ := cluster.ResourceOf(cluster.KindPod)
	f := &follower{session: x, scope: scope{res: res}, version: "100"}
	if err := f.watch(t.Context()); err == nil {
		t.Error("the watch ended without an error")
	}
	if f.synced || len(states) != 0 || len(connections) != 0 || !x.store.LastData().IsZero() {
		t.Errorf("without an answer it was synced %v, kind %v, connection %v", f.synced, states, connections)
	}
}

func TestRefusedCredentialsAreSaid(t *testing.T) {
	api := newFakeAPI(t)
	api.set(func() {
		for _, r := range cluster.Resources {
			for range 1000 {
				api.failWith["list "+r.Plural] = append(api.failWith["list "+r.Plural], statusOf(apierrors.NewUnauthorized("Unauthorized")))
			}
		}
	})
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "disconnected", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
	if !strings.Contains(v.Connection().Message, "does not accept the credentials") {
		t.Errorf("the message is %q", v.Connection().Message)
	}
}

func TestAServerThatIsNoKubernetesIsNotLive(t *testing.T) {
	api := newFakeAPI(t)
	for _, r := range cluster.Resources {
		api.missing[r.Plural] = true
	}
	store := follow(t, api.open(nil, ""))
	v := wait(t, store, "disconnected", func(v *cluster.View) bool { return v.Connection().State == cluster.ConnDisconnected })
	if !strings.Contains(v.Connection().Message, "no Kubernetes API server") {
		t.Errorf("the message is %q", v.Connection().Message)
	}
}

func TestASilentWatchIsGivenUpAndGoesOn(t *testing.T) {
	api := newFakeAPI(t)
	s := api.open(nil, "")
	s.timing.silence = 20 * time.Millisecond
	store := follow(t, s)
	first, second := api.watch("pods"), api.watch("pods")
	if first.query.Get("resourceVersion") != "100" || second.query.Get("resourceVersion") != "100" {
		t.Errorf("watches begin with %v and %v", first.query, second.query)
	}
	if v := store.View(); status(v, cluster.KindPod, "").State == cluster.StateStalled {
		t.Error("a silent watch that is renewed is no stall")
	}
	if n := len(api.asked("list pods")); n != 1 {
		t.Errorf("silence led to %d lists", n)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	api := newFakeAPI(t)
	ctx, cancel := context.WithCancel(context.Background())
	s := api.open(nil, "")
	store := cluster.NewStore(s.Info(), nil)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, store) }()
	wait(t, store, "pods", synced(cluster.KindPod))
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("Run does not end")
	}
}
