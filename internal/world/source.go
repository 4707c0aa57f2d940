package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
)

// Clock is the time a world plays by.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Options say how a world is opened.
type Options struct {
	Clock   Clock // nil: the real one
	Example bool  // it opens because nothing else is there, see cluster.SourceInfo
	Paused  bool  // it opens paused
}

// World is an open world: a source of objects that lives by itself. Its methods are safe for concurrent use.
type World struct {
	name  Name
	info  Info
	clock Clock
	opts  Options

	control chan struct{} // told when paused changes
	mu      sync.Mutex
	paused  bool
	stage   *simulate.Stage
	play    []play
}

var _ cluster.Source = (*World)(nil)

// age is how old the objects of a world are when it opens.
const age = 3 * 24 * time.Hour

// Epoch is when a world begins, by its own time: traces of it must come out alike on every day, from the command line and
// from a server that opened it. What plays counts on from there.
var Epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// Open opens the world NAME[/VARIANT][@STATE]. The errors name the known worlds.
func Open(name string) (*World, error) { return OpenWith(name, Options{}) }

// OpenWith is Open with options.
func OpenWith(name string, o Options) (*World, error) {
	n, a, err := resolve(name)
	if err != nil {
		return nil, err
	}
	c, err := a.load(n)
	if err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	w := &World{name: n, info: a.info(), clock: o.Clock, opts: o, control: make(chan struct{}, 1), paused: o.Paused, play: c.play}
	w.stage = newStage(c, o.Clock.Now())
	return w, nil
}

func newStage(c *content, now time.Time) *simulate.Stage {
	stage := simulate.NewStage(simulate.Options{Surroundings: c.around, Now: now.Add(-age)})
	objects := make([]cluster.Object, 0, len(c.objects))
	for _, o := range c.objects {
		objects = append(objects, o)
	}
	stage.Replace(objects)
	return stage
}

// View is a world that stands still at its state, for a trace or a test.
func View(name string) (*cluster.View, error) {
	n, a, err := resolve(name)
	if err != nil {
		return nil, err
	}
	c, err := a.load(n)
	if err != nil {
		return nil, err
	}
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: n.String()}, func() time.Time { return Epoch })
	stage := newStage(c, Epoch)
	return store.Update(func(w *cluster.Writer) { begin(w, stage, Epoch) }), nil
}

// begin writes everything, and that nothing more is to come.
func begin(w *cluster.Writer, stage *simulate.Stage, now time.Time) {
	stage.Write(w)
	w.AsOf(Epoch)
	for _, r := range cluster.Resources {
		w.SetStatus(cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: cluster.StateSynced, Since: now})
	}
	w.SetConnection(cluster.Connection{State: cluster.ConnLive, Since: now})
}

// Info names the source.
func (w *World) Info() cluster.SourceInfo {
	return cluster.SourceInfo{Kind: cluster.SourceWorld, Name: w.name.String(), Example: w.opts.Example}
}

// Describe is what List says of the world.
func (w *World) Describe() Info { return w.info }

// Life says what happens by itself, empty where nothing does.
func (w *World) Life() string {
	var words []string
	for _, p := range w.play {
		words = append(words, fmt.Sprintf("a pod of %s is replaced every %g s", strings.TrimPrefix(p.selector, "app="), p.every.Seconds()))
	}
	return strings.Join(words, ", ")
}

// Pause stops or starts what happens by itself.
func (w *World) Pause(paused bool) {
	w.mu.Lock()
	w.paused = paused
	w.mu.Unlock()
	select {
	case w.control <- struct{}{}:
	default: // it has been told already and looks at paused itself
	}
}

// Paused reports whether the world stands still.
func (w *World) Paused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paused
}

// Get fetches one whole object for the inspector, with environment values redacted.
func (w *World) Get(_ context.Context, ref cluster.Ref) (runtime.Object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o := w.stage.Get(ref); o != nil {
		return o, nil
	}
	r, _ := cluster.ResourceOf(ref.Kind)
	return nil, apierrors.NewNotFound(r.Group.WithResource(cmp.Or(r.Plural, string(ref.Kind))).GroupResource(), ref.Name)
}

// Run lets the world live in the Store until ctx ends.
func (w *World) Run(ctx context.Context, store *cluster.Store) error {
	w.mu.Lock()
	w.stage.Restart()
	store.Update(func(wr *cluster.Writer) { begin(wr, w.stage, w.clock.Now()) })
	w.mu.Unlock()
	t := &theatre{w: w, store: store}
	for _, p := range w.play {
		t.at(p.every, func() { t.replace(p) })
	}
	t.run(ctx)
	return nil
}

// pulse is how often a world says that it lives, as a watch's bookmarks do.
const pulse = time.Second

// theatre plays: it holds what is to happen when, in time that stands still while the world is paused.
type theatre struct {
	w      *World
	store  *cluster.Store
	played time.Duration
	acts   []act
}

type act struct {
	due time.Duration
	do  func()
}

func (t *theatre) at(in time.Duration, do func()) {
	a := act{t.played + in, do}
	i, _ := slices.BinarySearchFunc(t.acts, a.due, func(have act, due time.Duration) int {
		return cmp.Or(cmp.Compare(have.due, due), -1) // behind those due at the same time
	})
	t.acts = slices.Insert(t.acts, i, a)
}

func (t *theatre) run(ctx context.Context) {
	for {
		wait := pulse
		paused := t.w.Paused()
		if !paused && len(t.acts) > 0 {
			wait = min(wait, t.acts[0].due-t.played)
		}
		start := t.w.clock.Now()
		select {
		case <-ctx.Done():
			return
		case <-t.w.control:
		case <-t.w.clock.After(wait):
		}
		t.store.Touch()
		if paused {
			continue
		}
		t.played += min(t.w.clock.Now().Sub(start), wait) // a sleeping laptop does not catch up
		for len(t.acts) > 0 && t.acts[0].due <= t.played {
			do := t.acts[0].do
			t.acts = t.acts[1:]
			do()
		}
	}
}

// How a pod is replaced, counted from the moment it is told to end.
const (
	startsAfter = 2 * time.Second // the new one has an address
	readyAfter  = 5 * time.Second // the new one is ready
	goneAfter   = 6 * time.Second // the old one is gone
)

// replace ends the oldest ready pod of a selection, and lets its successor come up the way pods do.
func (t *theatre) replace(p play) {
	t.at(p.every, func() { t.replace(p) })
	w := t.w
	w.mu.Lock()
	old, ok := oldest(w.stage, p)
	if !ok {
		w.mu.Unlock()
		return
	}
	w.stage.SetNow(w.clock.Now())
	successor := cluster.Key{Namespace: old.Namespace, Name: w.stage.Terminate(old, w.clock.Now())}
	w.stage.Hold(successor, simulate.PodPending)
	w.mu.Unlock()
	t.write()
	t.at(startsAfter, func() { t.change(func(s *simulate.Stage) { s.Hold(successor, simulate.PodUnready) }) })
	t.at(readyAfter, func() { t.change(func(s *simulate.Stage) { s.Hold(successor, simulate.PodReady) }) })
	t.at(goneAfter, func() {
		t.change(func(s *simulate.Stage) {
			s.Remove(cluster.Ref{Kind: cluster.KindPod, Namespace: old.Namespace, Name: old.Name})
		})
	})
}

func (t *theatre) change(do func(*simulate.Stage)) {
	t.w.mu.Lock()
	do(t.w.stage)
	t.w.mu.Unlock()
	t.write()
}

func (t *theatre) write() {
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	t.store.Update(func(w *cluster.Writer) {
		t.w.stage.Write(w)
		w.AsOf(Epoch.Add(t.played))
	})
}

func oldest(stage *simulate.Stage, p play) (cluster.Key, bool) {
	selector, err := labels.Parse(p.selector)
	if err != nil {
		return cluster.Key{}, false
	}
	var best *corev1.Pod
	for _, o := range stage.Objects() {
		pod, ok := o.(*corev1.Pod)
		if !ok || pod.Namespace != p.namespace || !selector.Matches(labels.Set(pod.Labels)) || !cluster.PodOf(pod).Ready ||
			!stage.Replaceable(cluster.Key{Namespace: pod.Namespace, Name: pod.Name}) {
			continue
		}
		if best == nil || pod.CreationTimestamp.Before(&best.CreationTimestamp) {
			best = pod
		}
	}
	if best == nil {
		return cluster.Key{}, false
	}
	return cluster.Key{Namespace: best.Namespace, Name: best.Name}, true
}
