package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/static"
	"github.com/kubestrata/kubestrata/templates"
)

// patience is how long a page waits for a source that has just been opened, so that its trace has objects to look at.
const patience = 3 * time.Second

// glance is how long a page waits to know whether a source that has just been opened can be reached: a refused connection
// is known by then, and the page says so at once.
const glance = 250 * time.Millisecond

func (s *Server) shell() templates.Page {
	return templates.Page{Build: s.options.Build, Hash: static.Hash()}
}

// page is the whole page. With ?cmd= it holds the trace, computed here: so it works without JavaScript.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p := s.shell()
	p.Choices = s.options.Catalog.Choices()
	p.From, p.Command, p.Via, p.Assume = q.Get("from"), q.Get("cmd"), q.Get("via"), q["assume"]
	p.Source = q.Get("source")
	waits := glance
	if q.Has("retry") {
		s.options.Catalog.Retry(p.Source)
		waits = patience // whoever asks again waits for the answer
	}
	opened, release, err := s.options.Catalog.Use(p.Source)
	if err != nil {
		p.Problem = err.Error()
		status := http.StatusOK // the page is whole; what it cannot show stands on it
		if errors.Is(err, source.ErrUnknown) {
			status = http.StatusNotFound
		}
		s.render(w, r, status, templates.Shell(p))
		return
	}
	defer release()
	p.Source = opened.ID
	status := http.StatusOK
	trying, cancel := context.WithTimeout(r.Context(), waits)
	defer cancel()
	view := opened.WaitTried(trying)
	if p.Command != "" {
		view = s.synced(r.Context(), opened)
		status = s.fill(&p, r, view, q)
	}
	p.Example = view.Source().Example
	if c := view.Connection(); c.State == cluster.ConnDisconnected {
		p.Problem = c.Message
		if p.Problem == "" {
			p.Problem = "the source does not answer"
		}
	}
	s.render(w, r, status, templates.Shell(p))
}

// fill computes the trace that the address asks for.
func (s *Server) fill(p *templates.Page, r *http.Request, view *cluster.View, q url.Values) int {
	if !s.limit.allow(caller(r)) {
		p.Refused = &templates.Refusal{Code: "too-many", Message: "Too many requests at once; wait a moment."}
		return http.StatusTooManyRequests
	}
	assume, err := facts.ParseGiven(q["assume"])
	if err != nil {
		p.Refused = &templates.Refusal{Code: trace.CodeBadAssume, Message: err.Error(), Field: "assume"}
		return http.StatusBadRequest
	}
	t, err := s.run(view, trace.Ask{From: p.From, Via: p.Via, Assume: assume, Command: []string{p.Command}})
	if err != nil {
		refused := refusalOf(err)
		p.Refused = &refused
		return http.StatusBadRequest
	}
	current, err := strconv.Atoi(q.Get("step"))
	if err != nil || current < 1 || current > len(t.Steps) {
		current = min(1, len(t.Steps))
	}
	p.Report = &templates.Report{Trace: t, Current: current, Link: link(q, p.Source)}
	return http.StatusOK
}

// link is the address that computes a trace again.
func link(q url.Values, sourceID string) string {
	out := url.Values{}
	for _, key := range []string{"from", "cmd", "via", "assume"} {
		if list := q[key]; len(list) > 0 && list[0] != "" {
			out[key] = list
		}
	}
	if sourceID != "" {
		out.Set("source", sourceID)
	}
	return "./?" + out.Encode()
}

func refusalOf(err error) templates.Refusal {
	var ask *trace.AskError
	if errors.As(err, &ask) {
		return templates.Refusal{Code: ask.Code, Message: ask.Message, Field: ask.Field}
	}
	return templates.Refusal{Code: trace.CodeBadCommand, Message: err.Error(), Field: "command"}
}

// synced waits a moment for a source that was just opened.
func (s *Server) synced(ctx context.Context, o *source.Opened) *cluster.View {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return o.WaitSynced(ctx)
}

// run computes a trace and counts it.
func (s *Server) run(view *cluster.View, ask trace.Ask) (*trace.Trace, error) {
	began := time.Now()
	t, err := trace.Run(view, ask)
	s.options.Metrics.tracing.Observe(time.Since(began).Seconds())
	class := "error"
	if err == nil {
		class = string(t.Verdict.Class)
	}
	s.options.Metrics.traces.WithLabelValues(class).Inc()
	return t, err
}

// caller is who is counted together by the rate limit.
func caller(r *http.Request) string { return hostname(r.RemoteAddr) }

// states shows every component and every kind of step once: for whoever changes the page.
func (s *Server) states(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, templates.StatesPage(s.shell()))
}
