package kube

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// watch follows the scope from f.version on until the server ends it, which is no error, or nothing has come for so long
// that the connection must be dead, which is none either: the next watch goes on where this one ended. It returns
// errExpired when the server no longer knows what has happened since f.version.
func (f *follower) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	life := f.timing.watch + rand.N(f.timing.watch)
	seconds := int64(max(life/time.Second, 1))
	options := f.scope.options()
	options.ResourceVersion, options.AllowWatchBookmarks, options.TimeoutSeconds = f.version, true, &seconds

	begun := time.Now()
	// The server answers at once; where it does not, the request is given up like any other.
	giveUp := time.AfterFunc(f.client.timeout, cancel)
	events, err := f.client.watch(ctx, f.scope.res, f.scope.namespace, options)
	if !giveUp.Stop() && err == nil {
		events.Stop()
		err = errors.New("the server did not answer in time")
	}
	if err != nil {
		return f.watchError(err)
	}
	defer events.Stop()
	if reflect.TypeOf(events) == emptyWatch {
		return errors.New("the connection broke or timed out before the server answered")
	}
	f.ok()
	f.followed, f.refusedSince = true, time.Time{}
	f.store.Touch() // from here on silence means that nothing changes

	silence := time.NewTimer(f.timing.silence)
	defer silence.Stop()
	for came := 0; ; came++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-silence.C:
			return nil
		case event, open := <-events.ResultChan():
			if !open {
				return f.ended(came, time.Since(begun))
			}
			silence.Reset(f.timing.silence)
			if err := f.take(ctx, event); err != nil {
				return f.watchError(err)
			}
			f.store.Touch()
			f.failed, f.expired = 0, 0
		}
	}
}

// emptyWatch is what client-go's Request.Watch returns, without an error, where a connection was cut off or timed out
// before there was an answer. Taken for a watch, it would call a server alive that is not.
var emptyWatch = reflect.TypeOf(watch.NewEmptyWatch())

// brokenStream is the cause by which client-go marks an event that it could not read: the connection broke within it.
const brokenStream v1.CauseType = "ClientWatchDecoding"

// ended tells the usual end of a watch from that of a server, or of something between, that ends every watch at once.
func (f *follower) ended(events int, after time.Duration) error {
	if events == 0 && after < time.Second {
		return errors.New("the connection ended as soon as it was made")
	}
	f.failed, f.expired = 0, 0
	return nil
}

// watchError tells what a failed watch means.
func (f *follower) watchError(err error) error {
	switch {
	case apierrors.IsResourceExpired(err), apierrors.IsGone(err),
		apierrors.HasStatusCause(err, v1.CauseTypeResourceVersionTooLarge): // the server was restored from a backup
		return errExpired
	case apierrors.IsForbidden(err):
		return f.deniedBy(err, "watch")
	}
	if cause, broke := apierrors.StatusCause(err, brokenStream); broke {
		return fmt.Errorf("the connection broke: %s", strings.TrimPrefix(cause.Message, "unable to decode an event from the watch stream: "))
	}
	return err
}

// take writes one event.
func (f *follower) take(ctx context.Context, event watch.Event) error {
	switch event.Type {
	case watch.Bookmark:
		about, err := meta.Accessor(event.Object)
		if err != nil {
			return fmt.Errorf("bookmark of %s: %w", f.scope.res.Plural, err)
		}
		f.version = about.GetResourceVersion()
		return nil
	case watch.Error:
		return apierrors.FromObject(event.Object)
	case watch.Added, watch.Modified:
		put, object, err := f.put(event.Object)
		if err != nil {
			return err
		}
		f.version = object.GetResourceVersion() // before the object is the Writer's, which changes it
		name := object.GetName()
		f.batch.send(ctx, put)
		f.defined(name, true)
	case watch.Deleted:
		object, err := meta.Accessor(event.Object)
		if err != nil {
			return fmt.Errorf("deletion of %s: %w", f.scope.res.Plural, err)
		}
		kind, namespace, name := f.scope.res.Kind, object.GetNamespace(), object.GetName()
		f.batch.send(ctx, func(w *cluster.Writer) { w.Delete(kind, namespace, name) })
		f.version = object.GetResourceVersion()
		f.defined(name, false)
	default:
		return fmt.Errorf("the server sent an event of type %q", event.Type)
	}
	return nil
}

// defined tells those who wait for it that a definition came, changed or went.
func (f *follower) defined(name string, exists bool) {
	if f.scope.res.Kind == cluster.KindCRD {
		f.crds.note(name, exists)
	}
}
