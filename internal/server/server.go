package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/templates"
)

// Options say how to serve.
type Options struct {
	Catalog        *source.Catalog
	Build          string   // names this build: a page of another one reloads
	Token          string   // off loopback: what a browser must know; empty: nothing
	AllowedHosts   []string // names by which this server is reached, beside addresses and localhost
	AllowedOrigins []string // origins of pages that may connect, beside the server's own: what a proxy shows to browsers
	Address        string   // what the program listens on, as it was told; for rooms, which phones must reach
	Addresses      func() []netip.Addr
	States         bool // serve /states, which shows every component once
	Log            *slog.Logger
	Metrics        *Metrics
}

// Server answers HTTP.
type Server struct {
	options  Options
	log      *slog.Logger
	handler  http.Handler
	limit    *limiter
	guesses  *limiter // of rooms' codes
	rooms    *room.Rooms
	closing  atomic.Bool
	shutdown context.Context // ends when sockets are to be closed
	stop     context.CancelFunc
	sockets  sync.WaitGroup
}

// bodyLimit is how much any request may carry.
const bodyLimit = 1 << 20

// New makes a Server.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	s := &Server{options: o, log: o.Log, limit: newLimiter(20, 60, time.Now), guesses: newLimiter(1, 40, time.Now)}
	s.rooms = room.New(room.Options{Shown: o.Metrics.Shown})
	s.shutdown, s.stop = context.WithCancel(context.Background())
	go s.sweepRooms()
	s.handler = s.routes()
	return s
}

func (s *Server) routes() http.Handler {
	r := chi.NewRouter()
	r.Use(s.recovered, secured)
	// Health is asked by kubelets and load balancers, under whatever name they have.
	r.Get("/livez", s.livez)
	r.Get("/readyz", s.readyz)
	r.Get("/healthz", s.livez)
	r.Group(func(r chi.Router) {
		r.Use(s.knownHost, s.sameOrigin, limited)
		r.Use(middleware.Compress(5, "text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"))
		r.Get("/static/*", s.static)
		r.Post("/login", s.login)
		r.Get("/ws", s.socket) // the token comes in the first message
		r.Get("/help", s.help)
		s.phoneRoutes(r)
		r.Group(func(r chi.Router) {
			r.Use(s.authenticated)
			r.Get("/", s.page)
			r.Get("/room/{code}/stage", s.stage)
			if s.options.States {
				r.Get("/states", s.states)
			}
			r.Route("/api/v1", func(r chi.Router) {
				r.Get("/sources", s.sources)
				r.Post("/trace", s.trace)
				r.Post("/trace.html", s.traceHTML)
				r.Get("/trace.html", s.traceHTML)
				r.Post("/report", s.report)
				r.Post("/observe", s.observe)
				r.Post("/export.md", s.exportMarkdown)
				r.Post("/export.html", s.exportHTML)
				r.Get("/reach", s.reach)
				r.Post("/reach", s.reach)
				r.Get("/reach.html", s.reachHTML)
				r.Post("/exposure", s.exposure)
				r.Get("/recipes", s.recipes)
				r.Get("/recipes.html", s.recipesHTML)
				r.Get("/firststeps", s.firstSteps)
				r.Get("/object", s.object)
				r.Post("/excerpts", s.excerpts)
				r.Post("/remedies", s.remedies)
				r.Post("/whatif", s.whatIf)
				r.Get("/complete", s.complete)
				r.Post("/pause", s.pause)
				r.Post("/retry", s.retry)
				s.roomRoutes(r)
			})
		})
		r.NotFound(func(w http.ResponseWriter, r *http.Request) {
			fail(w, http.StatusNotFound, problem{"not-found", "there is nothing at " + r.URL.Path, ""})
		})
		r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
			fail(w, http.StatusMethodNotAllowed, problem{"method-not-allowed", r.Method + " is not allowed here", ""})
		})
	})
	return r
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Drain makes /readyz fail and closes the sockets with "going away", so that browsers come back to whoever is next. It
// waits until they are closed or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	s.closing.Store(true)
	s.stop()
	done := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

func (s *Server) help(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, templates.HelpPage(s.shell()))
}
