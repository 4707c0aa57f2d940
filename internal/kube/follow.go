package kube

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// timing holds how long things take; tests shorten it.
type timing struct {
	window     time.Duration // of coalescing
	backoff    time.Duration // after the first failure; doubles up to maxBackoff
	maxBackoff time.Duration
	doubt      time.Duration // for which a refusal of what could be followed until now is not believed
	denied     time.Duration // at most, until rights that are missing are asked for again
	absent     time.Duration // until a kind that the server does not have is asked for again
	watch      time.Duration // shortest life of a watch; the longest is twice that
	silence    time.Duration // without an event or bookmark after which a watch is taken for dead
	poll       time.Duration // between two reads of an object that cannot be watched
}

var usualTiming = timing{
	window: 10 * time.Millisecond, backoff: 300 * time.Millisecond, maxBackoff: 15 * time.Second,
	doubt: 10 * time.Second, denied: 30 * time.Second, absent: 2 * time.Minute,
	// The server sends a bookmark about every minute (k8s.io/apiserver cacher, defaultBookmarkFrequency); a right that was
	// taken away shows when a watch is begun anew.
	watch: 3 * time.Minute, silence: 150 * time.Second,
	poll: 30 * time.Second,
}

// follower lists and watches one scope into the Store, for ever. Nothing it meets ends it, and it holds up no other.
type follower struct {
	*session
	scope scope
	// narrower are run instead while this scope is forbidden: they read the namespaces that the person has rights in.
	narrower []func(context.Context)

	synced  bool // the whole list was read, and what is in the Store is of that list
	version string
	failed  int // times in a row
	expired int // times in a row that the version was too old

	followed     bool      // what is in the Store was allowed to be followed
	refusedSince time.Time // without a watch in between; the zero time if it was not
	refusals     int       // that were believed, in a row
}

var errExpired = errors.New("the resource version is too old")

func (f *follower) run(ctx context.Context) {
	defer f.health.gone(f)
	stopNarrower := func() {}
	defer func() { stopNarrower() }()
	f.board.note(f.scope, cluster.StatePending, "", "")
	narrow := false
	for ctx.Err() == nil {
		// Taken before the attempt: the server may come back just while this one fails.
		back := f.health.back()
		var err error
		if f.version == "" {
			err = f.begin(ctx)
		} else {
			err = f.watch(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		var denied *forbidden
		gone := apierrors.IsNotFound(err) && f.scope.res.Group.Group != ""
		switch {
		case err == nil:
			if f.synced && narrow {
				stopNarrower()
				narrow = false
			}
		case gone && f.scope.res.Custom:
			f.version = "" // its definition went, or another version is served: discovery will say
			f.fail(err)
			f.rest(ctx, f.delay(), back)
		case errors.Is(err, errNotServed) && (f.undefined() || !f.doubts()):
			f.refuse(ctx, cluster.StateAbsent, "", "the server does not have "+f.scope.res.CRD())
			f.restUntilDefined(ctx)
		case (errors.As(err, &denied) || gone || errors.Is(err, errNotServed)) && f.doubts():
			f.fail(err)
			f.rest(ctx, f.delay(), back)
		case errors.As(err, &denied):
			f.refuse(ctx, cluster.StateForbidden, denied.verb, denied.message)
			if !narrow && len(f.narrower) > 0 {
				narrow = true
				stopNarrower = f.runNarrower(ctx)
			}
			f.rest(ctx, f.deniedDelay(), nil)
		case gone:
			f.refuse(ctx, cluster.StateAbsent, "", "the server does not have "+f.scope.res.Plural+"."+f.scope.res.Group.Group)
			f.rest(ctx, jitter(f.timing.absent), nil)
		case errors.Is(err, errExpired):
			// An answer, so that failures before it, of which an outage leaves many, do not hold up the list.
			f.version, f.failed = "", 0
			if f.expired++; f.expired > 1 { // a server that expires each version at once is not asked in a tight loop
				f.rest(ctx, f.backoff(f.expired), back)
			}
		default:
			f.fail(err)
			delay := f.delay()
			if seconds, asked := apierrors.SuggestsClientDelay(err); asked { // 429 and 503 of a server that is overloaded
				delay = max(delay, jitter(time.Duration(seconds)*time.Second))
			}
			f.rest(ctx, delay, back)
		}
	}
}

// undefined reports whether it is known that the definition of a custom kind is not there.
func (f *follower) undefined() bool {
	exists, known, _ := f.crds.of(f.scope.res)
	return known && !exists
}

// restUntilDefined waits until the definition of a custom kind may be there. A server needs a moment to serve a kind after
// its definition was written, which no event tells.
func (f *follower) restUntilDefined(ctx context.Context) {
	exists, _, changed := f.crds.of(f.scope.res)
	delay := jitter(f.timing.absent)
	if exists {
		delay = f.backoff(min(f.refusals, 4))
	}
	f.rest(ctx, delay, changed)
}

// begin asks what may be read, and reads the whole list.
func (f *follower) begin(ctx context.Context) error {
	if f.scope.res.Custom {
		if err := f.client.discover(ctx, f.scope.res); err != nil {
			return err
		}
	}
	if err := f.client.ask(ctx, f.scope); err != nil {
		return err
	}
	version, err := f.list(ctx)
	if err != nil {
		return f.deniedBy(err, "list")
	}
	f.version = version
	f.ok()
	return nil
}

// deniedBy makes a *forbidden of a 403 that came although the review allowed it, or because there was no review.
func (f *follower) deniedBy(err error, verb string) error {
	if apierrors.IsForbidden(err) {
		return &forbidden{verb, f.scope.deniedText(verb, err.Error())}
	}
	return err
}

// ok notes that the scope is served.
func (f *follower) ok() {
	f.synced, f.refusals = true, 0
	f.health.served(f)
	f.board.note(f.scope, cluster.StateSynced, "", "")
}

// doubts reports whether a refusal is not believed yet. An API server that has just started refuses what it will allow a
// moment later: requests are served before its authorizer has read the roles (k8s.io/kubernetes
// plugin/pkg/auth/authorizer/rbac answers from informers; only /readyz waits for them). Taking its word would empty the
// picture after each restart.
func (f *follower) doubts() bool {
	if !f.followed {
		return false
	}
	if f.refusedSince.IsZero() {
		f.refusedSince = time.Now()
	}
	return time.Since(f.refusedSince) < f.timing.doubt
}

// refuse notes that the server will not give the scope, and forgets what was read of it: what may not be read any more
// is not shown as if it were true.
func (f *follower) refuse(ctx context.Context, state cluster.KindState, verb, message string) {
	if f.synced {
		f.clear(ctx)
	}
	f.synced, f.version, f.failed = false, "", 0
	f.followed = false
	f.refusals++
	if f.scope.res.Kind == cluster.KindCRD {
		f.crds.forget()
	}
	if state == cluster.StateForbidden {
		f.health.refused(f)
	} else {
		f.health.absent(f)
	}
	f.board.note(f.scope, state, verb, message)
}

// fail notes a failure. What was read stays; a first failure of a scope that was read is not worth a word, since
// connections end all the time.
func (f *follower) fail(err error) {
	f.failed++
	message := f.client.explain(err)
	f.health.failing(f, message)
	var status apierrors.APIStatus
	if errors.As(err, &status) && f.failed > 2 && !apierrors.IsUnauthorized(err) {
		f.version = "" // the server answers, but not to this watch: begin anew
	}
	switch {
	case !f.synced:
		f.board.note(f.scope, cluster.StatePending, "", message)
	case f.failed > 1:
		f.board.note(f.scope, cluster.StateStalled, "", message)
	}
}

func (f *follower) runNarrower(ctx context.Context) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	for _, run := range f.narrower {
		f.wait.Go(func() { run(ctx) })
	}
	return stop
}

// delay is the time to wait after the failures so far.
func (f *follower) delay() time.Duration { return f.backoff(f.failed) }

// backoff is the time to wait after something has happened n times: doubled each time, between a half and the whole of
// it, so that not everybody comes back at once.
func (f *follower) backoff(n int) time.Duration {
	d := f.timing.backoff << min(max(n-1, 0), 16)
	if d <= 0 || d > f.timing.maxBackoff {
		d = f.timing.maxBackoff
	}
	return d/2 + rand.N(d/2+1)
}

// deniedDelay is the time until a right that is missing is asked for again: short at first, since the roles of a new
// ServiceAccount are often written just then, and a starting server refuses everybody.
func (f *follower) deniedDelay() time.Duration {
	return jitter(min(time.Second<<min(max(f.refusals-1, 0), 16), f.timing.denied))
}

func jitter(d time.Duration) time.Duration { return d*3/4 + rand.N(d/2+1) }

// rest waits; where back is given, its closing ends the wait: then another loop is served again.
func (f *follower) rest(ctx context.Context, d time.Duration, back <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-back:
	}
}
