package kube

import (
	"context"
	"sync"

	"k8s.io/client-go/rest"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// source is a live cluster. It implements cluster.Source.
type source struct {
	name       string
	client     *client
	namespaces []string // to which reading is restricted; empty means all
	own        string   // namespace of the context, read where all may not be
	timing     timing
}

func newSource(name string, cfg *rest.Config, namespaces []string, own string) (*source, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	return &source{name: name, client: c, namespaces: namespaces, own: own, timing: usualTiming}, nil
}

func (s *source) Info() cluster.SourceInfo {
	return cluster.SourceInfo{Kind: cluster.SourceLive, Name: s.name}
}

// session is what the loops of one Run share.
type session struct {
	client *client
	store  *cluster.Store
	batch  *batcher
	health *health
	board  *board
	crds   *definitions
	timing timing
	wait   *sync.WaitGroup
}

// Run follows everything in the table Accesses until ctx ends; it returns nil then, after its last write.
func (s *source) Run(ctx context.Context, store *cluster.Store) error {
	batch := newBatcher(store, s.timing.window)
	var wait sync.WaitGroup
	x := &session{client: s.client, store: store, batch: batch, crds: newDefinitions(), timing: s.timing, wait: &wait}
	x.health = newHealth(func(c cluster.Connection) {
		batch.send(ctx, func(w *cluster.Writer) { w.SetConnection(c) })
	})
	x.board = newBoard(func(k cluster.KindStatus) {
		batch.send(ctx, func(w *cluster.Writer) { w.SetStatus(k) })
	})
	wait.Go(func() { batch.run(ctx) })
	x.health.begin()
	for _, f := range s.followers(x) {
		wait.Go(func() { f.run(ctx) })
	}
	<-ctx.Done()
	wait.Wait()
	return nil
}

// followers makes the loops: a kind that has namespaces is read everywhere, or in each of the namespaces asked for; what
// is read by name, by each name; all else once.
func (s *source) followers(x *session) []*follower {
	var out []*follower
	add := func(sc scope, narrower ...func(context.Context)) {
		out = append(out, &follower{session: x, scope: sc, narrower: narrower})
	}
	for _, a := range Accesses {
		res, ok := cluster.ResourceOf(a.Kind)
		switch {
		case !ok:
		case len(a.Objects) > 0:
			for _, o := range a.Objects {
				add(scope{res, o.Namespace, o.Name})
			}
		case res.Kind == cluster.KindNamespace:
			add(scope{res: res}, s.pollers(x, res)...)
		case !res.Namespaced:
			add(scope{res: res})
		case len(s.namespaces) > 0:
			for _, ns := range s.namespaces {
				add(scope{res: res, namespace: ns})
			}
		case s.own != "":
			own := scope{res: res, namespace: s.own}
			add(scope{res: res}, func(ctx context.Context) { (&follower{session: x, scope: own}).run(ctx) })
		default:
			add(scope{res: res})
		}
	}
	return out
}

// pollers read the namespaces that are asked for one by one, for people who may not list them all.
func (s *source) pollers(x *session, res cluster.Resource) (out []func(context.Context)) {
	names := s.namespaces
	if len(names) == 0 && s.own != "" {
		names = []string{s.own}
	}
	for _, name := range names {
		one := scope{res: res, name: name}
		out = append(out, func(ctx context.Context) { (&follower{session: x, scope: one}).poll(ctx) })
	}
	return out
}
