package kube

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// poll reads one object by name every now and then. It is for namespaces: a role inside a namespace can give the right to
// get that namespace, but never to list or watch it (a list names no namespace, so no RoleBinding applies to it).
func (f *follower) poll(ctx context.Context) {
	s := f.scope
	named := scope{res: s.res, namespace: s.name} // the board names it by the namespace
	defer f.health.gone(f)
	f.board.note(named, cluster.StatePending, "", "")
	for ctx.Err() == nil {
		back := f.health.back()
		f.pollOnce(ctx, named)
		if f.failed > 0 {
			f.rest(ctx, min(jitter(f.timing.poll), f.delay()), back)
		} else {
			f.rest(ctx, jitter(f.timing.poll), nil)
		}
	}
}

func (f *follower) pollOnce(ctx context.Context, named scope) {
	s := f.scope
	object, err := f.client.get(ctx, s.res, "", s.name)
	switch {
	case ctx.Err() != nil:
	case apierrors.IsForbidden(err) && f.doubts():
		f.failed++
		f.health.failing(f, f.client.explain(err))
	case apierrors.IsForbidden(err):
		f.failed, f.followed = 0, false
		f.clear(ctx)
		f.health.refused(f)
		f.board.note(named, cluster.StateForbidden, "get", named.deniedText("get", err.Error()))
	case apierrors.IsNotFound(err):
		f.failed = 0
		f.health.served(f)
		f.clear(ctx)
		f.board.note(named, cluster.StateSynced, "", "there is no namespace "+s.name)
	case err != nil:
		f.failed++
		f.health.failing(f, f.client.explain(err))
	default:
		put, _, err := f.put(object)
		if err != nil {
			f.failed++
			f.board.note(named, cluster.StatePending, "", err.Error())
			return
		}
		f.failed, f.followed, f.refusedSince = 0, true, time.Time{}
		f.batch.send(ctx, put)
		f.health.served(f)
		f.board.note(named, cluster.StateSynced, "", "")
	}
}
