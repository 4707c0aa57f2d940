package world

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestEveryEmbeddedWorldParses(t *testing.T) {
	entries, err := embedded.ReadDir("worlds")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := embedded.ReadFile("worlds/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse(strings.TrimSuffix(e.Name(), ".txtar"), data); err != nil {
			t.Error(err)
		}
	}
}

// all are the names of every world in every variant and state.
func all() (names []string) {
	for _, i := range List() {
		for _, s := range i.States {
			names = append(names, fmt.Sprintf("%s@%d", i.Name, s.Number))
		}
		for _, v := range i.Variants {
			for _, s := range v.States {
				names = append(names, fmt.Sprintf("%s/%s@%d", i.Name, v.Name, s.Number))
			}
		}
	}
	return names
}

func TestEveryStateOfEveryWorldOpensAlike(t *testing.T) {
	for _, name := range all() {
		t.Run(strings.ReplaceAll(name, "/", "."), func(t *testing.T) {
			first, err := View(name)
			if err != nil {
				t.Fatal(err)
			}
			again, err := View(name)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(dump(first), dump(again)); d != "" {
				t.Fatal(d)
			}
		})
	}
}

func BenchmarkOpenTour(b *testing.B) {
	for b.Loop() {
		if _, err := View(Default); err != nil {
			b.Fatal(err)
		}
	}
}

func TestEveryWorldSaysWhatItIs(t *testing.T) {
	for _, i := range List() {
		if i.Title == "" || i.About == "" || i.Ready == nil {
			t.Errorf("%s: title %q, about %q, ready %v", i.Name, i.Title, i.About, i.Ready)
		}
		seen := map[string]bool{}
		for _, r := range i.Requests {
			if seen[r.ID] {
				t.Errorf("%s: request %s stands twice", i.Name, r.ID)
			}
			seen[r.ID] = true
			if _, err := ParseName(r.World); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
		}
		for _, v := range i.Variants {
			if v.Title == "" || v.Ready == nil {
				t.Errorf("%s/%s: title %q, ready %v", i.Name, v.Name, v.Title, v.Ready)
			}
			for _, s := range v.States {
				if s.Title == "" {
					t.Errorf("%s/%s@%d has no title", i.Name, v.Name, s.Number)
				}
			}
		}
	}
	if first := List()[0]; first.Name != Default {
		t.Errorf("%s comes first", first.Name)
	}
}

func TestNamesThatLeadNowhereSayWhatThereIs(t *testing.T) {
	tests := []struct{ name, want string }{
		{"nowhere", `there is no world "nowhere"; the worlds are tour, ckad, colima, corp, four, lab, mini`},
		{"", `there is no world ""; the worlds are tour, ckad, colima, corp, four, lab, mini`},
		{"ckad/none", `world ckad has no variant "none"; its variants are calico, encrypted, fanout, multihost, start, unenforced`},
		{"tour/x", "world tour has no variants"},
		{"lab@4", `world lab has no state "4"; its states are 1 to 3`},
		{"lab@0", `world lab has no state "0"`},
		{"lab@x", `world lab has no state "x"`},
		{"ckad/fanout@3", `world ckad/fanout has no state "3"; its states are 1 to 2`},
	}
	for _, test := range tests {
		for what, open := range map[string]func(string) error{
			"Open": func(n string) error { _, err := Open(n); return err },
			"View": func(n string) error { _, err := View(n); return err },
		} {
			if err := open(test.name); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s(%q): want %s, got %v", what, test.name, test.want, err)
			}
		}
	}
}

func TestMistakesInAWorldNameTheirPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an unknown file", "t\n-- x.txt --\n", "w/x.txt: unknown file"},
		{"a request without a want", "t\n-- requests --\n== A a\n$ curl x\n", "request A needs a command and a want block"},
		{"a request's unknown key", "t\n-- requests --\n== A a\n\nhue: red\n", `w/requests:3: unknown key "hue"`},
		{"a state without a number", "t\n-- states/x.yaml --\n", "named by its number"},
		{"a play that is none", "t\n-- play --\nevery 20s dance\n", "w/play:1:"},
		{"a play that is too fast", "t\n-- play --\nevery 1s replace default app=web\n", "10s or more"},
		{"a deletion that is none", "t\n-- delete --\nPod\n", "w/delete:1:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := parse("w", []byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %s, got %v", test.want, err)
			}
		})
	}
}

// dump is a View as lines of text.
func dump(v *cluster.View) (out []string) {
	for _, r := range cluster.Resources {
		for _, o := range v.List(r.Kind) {
			out = append(out, fmt.Sprintf("%s %s/%s %s %s", r.Kind, o.GetNamespace(), o.GetName(), o.GetResourceVersion(), o.GetUID()))
		}
	}
	for p := range v.Pods() {
		out = append(out, fmt.Sprintf("%d %s/%s %s %v %v %s %v %s", p.Slot, p.Namespace, p.Name, p.Node, p.IPs, p.Ready, p.Phase, p.Terminating, p.ResourceVersion))
	}
	for _, s := range v.Services() {
		for _, slice := range v.Slices(s.Namespace, s.Name) {
			out = append(out, fmt.Sprintf("%+v", *slice))
		}
	}
	return out
}

func TestTheTourHasEveryKindThatIsBuiltIn(t *testing.T) {
	v, err := View(Default)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range cluster.Resources {
		if v.Count(r.Kind) == 0 && !r.Custom {
			t.Errorf("no %s", r.Kind)
		}
	}
}

func TestTheTourIsThePictureOfTheComps(t *testing.T) {
	v, err := View(Default)
	if err != nil {
		t.Fatal(err)
	}
	wantPods := map[string]string{
		"toolbox": "node-a 10.244.1.7", "web-x2x4p": "node-a 10.244.1.9", "ingress-nginx-controller-h4k2z": "node-a 10.244.1.12",
		"web-k9fd2": "node-b 10.244.2.5", "api-7l2mq": "node-b 10.244.2.8", "coredns-5d78c": "node-b 10.244.2.2",
		"web-q7rt8": "node-c 10.244.3.4", "db-0": "node-c 10.244.3.6", "db-1": "node-c 10.244.3.7",
	}
	got := map[string]string{}
	for p := range v.Pods() {
		if p.Shape.HostNetwork || p.Done() {
			continue
		}
		name := strings.Replace(p.Name, "-"+p.Labels.Get("pod-template-hash"), "", 1)
		if p.Labels.Get("pod-template-hash") == "" {
			name = p.Name
		}
		got[name] = fmt.Sprintf("%s %s", p.Node, p.IP())
	}
	if d := cmp.Diff(wantPods, got); d != "" {
		t.Error(d)
	}
	services := map[string]string{}
	for _, s := range v.Services() {
		ready := 0
		for _, slice := range v.Slices(s.Namespace, s.Name) {
			for _, e := range slice.Endpoints {
				if e.Ready {
					ready++
				}
			}
		}
		services[s.Name] = fmt.Sprintf("%s %s %d", s.Spec.Type, s.Spec.ClusterIP, ready)
	}
	if d := cmp.Diff(map[string]string{
		"web": "NodePort 10.96.4.20 2", "api": "ClusterIP 10.96.9.31 1", "kube-dns": "ClusterIP 10.96.0.10 1", "db": "ClusterIP None 2",
		"pay": "ClusterIP 10.96.7.2 0", "promo": "LoadBalancer 10.96.5.5 2", "kubernetes": "ClusterIP 10.96.0.1 1",
		"ingress-nginx-controller": "LoadBalancer 10.96.3.3 1",
	}, services); d != "" {
		t.Error(d)
	}
	if p := v.Service("default", "promo"); len(p.Status.LoadBalancer.Ingress) != 0 {
		t.Error("promo has an address")
	}
	if s := v.Service("ingress-nginx", "ingress-nginx-controller"); len(s.Status.LoadBalancer.Ingress) != 1 || s.Status.LoadBalancer.Ingress[0].IP != "198.51.100.80" {
		t.Errorf("controller: %+v", s.Status)
	}
}

// clock is a time that moves when a test says so, once the world waits for it.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits chan wait
}

type wait struct {
	d  time.Duration
	ch chan time.Time
}

func newClock() *clock { return &clock{now: Epoch, waits: make(chan wait)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	ch := make(chan time.Time, 1)
	c.waits <- wait{d, ch}
	return ch
}

// pass lets time pass, wait by wait.
func (c *clock) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for d > 0 {
		select {
		case w := <-c.waits:
			step := min(w.d, d)
			c.mu.Lock()
			c.now = c.now.Add(step)
			c.mu.Unlock()
			d -= step
			w.ch <- c.Now()
		case <-time.After(20 * time.Second):
			t.Fatal("the world does not wait for its clock")
		}
	}
	select { // it waits again: what was due is done
	case w := <-c.waits:
		go func() { c.waits <- w }()
	case <-time.After(20 * time.Second):
		t.Fatal("the world does not wait for its clock")
	}
}

func live(t *testing.T, name string, o Options) (*World, *cluster.Store, *clock) {
	t.Helper()
	c := newClock()
	o.Clock = c
	w, err := OpenWith(name, o)
	if err != nil {
		t.Fatal(err)
	}
	store := cluster.NewStore(w.Info(), c.Now)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx, store) }()
	t.Cleanup(func() {
		stop()
		for {
			select {
			case <-c.waits:
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
				return
			}
		}
	})
	c.pass(t, time.Second)
	return w, store, c
}

// webPods are the pods of web with what is to be said of them.
func webPods(v *cluster.View) map[string]string {
	out := map[string]string{}
	for p := range v.PodsIn("default") {
		if p.Labels.Get("app") != "web" {
			continue
		}
		text := p.Phase.String()
		if p.Ready {
			text += " ready"
		}
		if p.Terminating {
			text += " terminating"
		}
		out[p.Name] = text
	}
	return out
}

func TestTheTourReplacesAPodEveryTwentySeconds(t *testing.T) {
	_, store, c := live(t, Default, Options{})
	addresses := map[string]string{}
	note := func() {
		for p := range store.View().PodsIn("default") {
			if a := p.IP().String(); p.IP().IsValid() && !p.Done() {
				if owner := addresses[a]; owner != "" && owner != p.Name {
					t.Errorf("%s was %s's and is %s's", a, owner, p.Name)
				}
				addresses[a] = p.Name
			}
		}
	}
	before := webPods(store.View())
	untilNext := 19 * time.Second // one has passed
	for range 6 {
		note()
		was := webPods(store.View())
		if len(was) != 3 || count(was, "Running ready") != 2 || count(was, "Running") != 1 {
			t.Fatalf("before: %v", was)
		}
		c.pass(t, untilNext)
		during := webPods(store.View())
		if len(during) != 4 || count(during, "Running ready terminating") != 1 || count(during, "Pending") != 1 {
			t.Fatalf("as the pod ends: %v", during)
		}
		c.pass(t, startsAfter)
		note()
		if now := webPods(store.View()); count(now, "Running") != 2 || count(now, "Pending") != 0 {
			t.Fatalf("as the new one starts: %v", now)
		}
		c.pass(t, readyAfter-startsAfter)
		if now := webPods(store.View()); len(now) != 4 || count(now, "Running ready") != 2 {
			t.Fatalf("as the new one is ready: %v", now)
		}
		c.pass(t, goneAfter-readyAfter)
		ready := 0
		for _, s := range store.View().Slices("default", "web") {
			for _, e := range s.Endpoints {
				if e.Ready {
					ready++
				}
			}
		}
		if now := webPods(store.View()); len(now) != 3 || ready != 2 {
			t.Fatalf("when the old one is gone: %v, %d endpoints", now, ready)
		}
		untilNext = 20*time.Second - goneAfter
	}
	after := webPods(store.View())
	kept := 0
	for name := range after {
		if _, was := before[name]; was {
			kept++
		}
	}
	if kept != 1 { // the one that is not ready stays
		t.Errorf("before %v, after %v", before, after)
	}
}

func count(pods map[string]string, text string) (n int) {
	for _, have := range pods {
		if have == text {
			n++
		}
	}
	return n
}

func TestAPausedWorldStandsStillAndSaysThatItLives(t *testing.T) {
	w, store, c := live(t, Default, Options{Paused: true})
	before := store.View()
	c.pass(t, 65*time.Second)
	if store.View() != before || !w.Paused() {
		t.Error("it moved")
	}
	if got := store.LastData(); c.Now().Sub(got) > 2*time.Second {
		t.Errorf("the last sign of life is of %s, now it is %s", got, c.Now())
	}
	w.Pause(false)
	c.pass(t, 25*time.Second)
	if store.View() == before {
		t.Error("it does not go on")
	}
}

func TestAWorldWithoutAPlayStandsStill(t *testing.T) {
	_, store, c := live(t, "lab", Options{})
	before := store.View()
	c.pass(t, 2*time.Minute)
	if store.View() != before {
		t.Error("it moved")
	}
}

func TestAWorldIsASourceOfWholeObjects(t *testing.T) {
	w, err := Open("tour")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "tour"}, w.Info()); d != "" {
		t.Error(d)
	}
	o, err := w.Get(t.Context(), cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "api-7b9c6d5f4-7l2mq"})
	if err != nil {
		t.Fatal(err)
	}
	pod := o.(*corev1.Pod)
	if env := pod.Spec.Containers[0].Env; len(env) != 1 || env[0].Value == "db-0.db" || pod.Kind != "Pod" {
		t.Errorf("%+v %s", env, pod.Kind)
	}
	if _, err := w.Get(t.Context(), cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "nobody"}); err == nil || !strings.Contains(err.Error(), `pods "nobody" not found`) {
		t.Error(err)
	}
}

func TestStatesBuildOnEachOther(t *testing.T) {
	tests := []struct {
		name string
		want []string // pods of default
	}{
		{"ckad", []string{"bar", "foo", "nginx-app", "nginx-app", "nginx-app", "testpod"}},
		{"ckad@2", []string{"bar", "foo", "newdeploy", "nginx-app", "nginx-app", "nginx-app", "testpod"}},
		{"ckad@3", []string{"bar", "foo", "newdeploy", "testpod"}},
		{"ckad/calico", []string{"busybox", "nginx"}},
	}
	for _, test := range tests {
		v, err := View(test.name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for p := range v.PodsIn("default") {
			name := p.Name
			if h := p.Labels.Get("pod-template-hash"); h != "" {
				name, _, _ = strings.Cut(name, "-"+h)
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s: %s", test.name, d)
		}
	}
}
