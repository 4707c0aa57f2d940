package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/stream"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// Options say what a Catalog offers.
type Options struct {
	// Choices lists what can be opened. It is asked every time: a kubeconfig changes.
	Choices func() []wire.Choice
	// Open makes the source with an id, also of one that is not listed (another state of a world).
	Open func(id string) (cluster.Source, error)
	// Default is the id of the source that is shown where none is asked for; empty where there is none, and Problem
	// says why. Both are asked every time: that is what a retry is.
	Default func() (id string, problem error)
	// About is what the status says of a source beyond its objects; may be nil.
	About  func(cluster.Source) picture.About
	Stream stream.Options
	Idle   time.Duration // a source nobody looked at for so long is closed; 0: five minutes
	Log    *slog.Logger
}

// Catalog holds the open sources.
type Catalog struct {
	ctx     context.Context
	options Options

	mu     sync.Mutex
	open   map[string]*Opened
	closed bool
	wait   sync.WaitGroup
}

// Opened is one open source.
type Opened struct {
	ID     string
	Source cluster.Source
	Store  *cluster.Store
	Hub    *stream.Hub

	stop  context.CancelFunc
	users int
	idle  *time.Timer
}

// The errors of Use.
var (
	ErrNone    = errors.New("there is no source")
	ErrUnknown = errors.New("no such source")
	ErrClosed  = errors.New("the program is shutting down")
)

// New makes a Catalog whose sources live until ctx ends.
func New(ctx context.Context, o Options) *Catalog {
	if o.Idle == 0 {
		o.Idle = 5 * time.Minute
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Catalog{ctx: ctx, options: o, open: map[string]*Opened{}}
}

// Choices lists what can be opened.
func (c *Catalog) Choices() []wire.Choice { return c.options.Choices() }

// Default is the source that is shown where none is asked for, or why there is none.
func (c *Catalog) Default() (id string, problem error) { return c.options.Default() }

// Use opens a source, or joins one that is open; "" is the default one. release must be called when done.
func (c *Catalog) Use(id string) (o *Opened, release func(), err error) {
	if id == "" {
		var problem error
		if id, problem = c.Default(); problem != nil {
			return nil, nil, problem
		}
		if id == "" {
			return nil, nil, ErrNone
		}
	}
	if len(id) > 512 || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' }) {
		return nil, nil, ErrUnknown
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, ErrClosed
	}
	o = c.open[id]
	if o == nil {
		src, err := c.options.Open(id)
		if err != nil {
			return nil, nil, err
		}
		o = c.start(id, src)
	}
	o.users++
	if o.idle != nil {
		o.idle.Stop()
		o.idle = nil
	}
	return o, sync.OnceFunc(func() { c.release(o) }), nil
}

// start runs a source; the lock is held.
func (c *Catalog) start(id string, src cluster.Source) *Opened {
	ctx, stop := context.WithCancel(c.ctx)
	store := cluster.NewStore(src.Info(), nil)
	about := func() picture.About { return picture.About{} }
	if c.options.About != nil {
		about = func() picture.About { return c.options.About(src) }
	}
	hub, forget := stream.New(store, about, c.options.Stream)
	o := &Opened{ID: id, Source: src, Store: store, Hub: hub, stop: stop}
	c.open[id] = o
	c.options.Log.Info("source opened", "source", id)
	c.wait.Go(func() {
		defer forget()
		hub.Run(ctx)
	})
	c.wait.Go(func() {
		err := run(ctx, src, store)
		if err != nil && ctx.Err() == nil {
			c.options.Log.Error("source ended", "source", id, "error", err)
			store.Update(func(w *cluster.Writer) {
				w.SetConnection(cluster.Connection{State: cluster.ConnDisconnected, Since: time.Now(), Message: err.Error()})
			})
		}
	})
	return o
}

// run keeps a source's panic to itself: other sources and their browsers go on.
func run(ctx context.Context, src cluster.Source, store *cluster.Store) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("internal error: %v\n%s", r, debug.Stack())
		}
	}()
	return src.Run(ctx, store)
}

func (c *Catalog) release(o *Opened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.users--
	if o.users > 0 || c.closed || c.open[o.ID] != o {
		return
	}
	o.idle = time.AfterFunc(c.options.Idle, func() { c.closeIdle(o) })
}

func (c *Catalog) closeIdle(o *Opened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.users > 0 || c.open[o.ID] != o {
		return
	}
	c.options.Log.Info("source closed, nobody looks at it", "source", o.ID)
	c.drop(o)
}

func (c *Catalog) drop(o *Opened) {
	delete(c.open, o.ID)
	if o.idle != nil {
		o.idle.Stop()
	}
	o.stop()
}

// Retry closes a source that does not deliver, so that the next Use opens it anew at once instead of after its backoff.
func (c *Catalog) Retry(id string) {
	if id == "" {
		id, _ = c.Default()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.open[id]; o != nil && o.Store.View().Connection().State == cluster.ConnDisconnected {
		c.drop(o)
	}
}

// Open lists the open sources, sorted by id.
func (c *Catalog) Open() []*Opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*Opened
	for _, o := range c.open {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b *Opened) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Close ends all sources and waits for them.
func (c *Catalog) Close() {
	c.mu.Lock()
	c.closed = true
	for _, o := range c.open {
		c.drop(o)
	}
	c.mu.Unlock()
	c.wait.Wait()
}
