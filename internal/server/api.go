package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/complete"
	"github.com/kubestrata/kubestrata/internal/inspect"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/templates"
)

// sources lists what can be shown.
func (s *Server) sources(w http.ResponseWriter, _ *http.Request) {
	out := struct {
		Default string        `json:"default"`
		Problem string        `json:"problem,omitempty"`
		Choices []wire.Choice `json:"choices"`
	}{Choices: s.options.Catalog.Choices()}
	id, problem := s.options.Catalog.Default()
	out.Default = id
	if problem != nil {
		out.Problem = problem.Error()
	}
	answer(w, http.StatusOK, out)
}

// objectTimeout is how long the inspector waits for the whole object; its rows do not need it.
const objectTimeout = 5 * time.Second

// object is the inspector's content for one thing on the map.
func (s *Server) object(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	ref := cluster.Ref{Kind: cluster.Kind(q.Get("kind")), Namespace: q.Get("namespace"), Name: q.Get("name")}
	if ref.Kind == "" || ref.Name == "" {
		fail(w, http.StatusBadRequest, problem{"bad-object", "say which object: kind, namespace and name", "kind"})
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	view := s.synced(r.Context(), opened)
	about, ok := inspect.Object(view, ref, time.Now())
	if !ok {
		s.render(w, r, http.StatusNotFound, templates.InspectorGone(ref))
		return
	}
	in := templates.Inspected{About: about}
	if _, kubernetes := cluster.ResourceOf(ref.Kind); kubernetes {
		ctx, cancel := context.WithTimeout(r.Context(), objectTimeout)
		defer cancel()
		if whole, err := opened.Source.Get(ctx, ref); err != nil {
			in.YAMLProblem = err.Error()
		} else if in.YAML, err = inspect.YAML(whole); err != nil {
			in.YAMLProblem = err.Error()
		}
	}
	s.render(w, r, http.StatusOK, templates.Inspector(in))
}

// complete proposes how a request may go on.
func (s *Server) complete(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit := 20
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 && n <= 100 {
		limit = n
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	answer(w, http.StatusOK, struct {
		Items []complete.Item `json:"items"`
	}{complete.For(s.synced(r.Context(), opened), clip(q.Get("from")), clip(q.Get("q")), limit)})
}

// clip keeps hostile input short.
func clip(text string) string {
	if len(text) > 500 {
		return text[:500]
	}
	return text
}

// Pauser is a source that can stand still: a world.
type Pauser interface {
	Pause(paused bool)
	Paused() bool
}

// pause stops a world or lets it go on.
func (s *Server) pause(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Paused bool `json:"paused"`
	}
	if !decode(w, r, &body) {
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	p, ok := opened.Source.(Pauser)
	if !ok {
		fail(w, http.StatusConflict, problem{"not-a-world", "only worlds can be paused; nothing here changes a cluster", "source"})
		return
	}
	p.Pause(body.Paused)
	answer(w, http.StatusOK, struct {
		Paused bool `json:"paused"`
	}{p.Paused()})
}

// retry opens a source anew that could not be reached.
func (s *Server) retry(w http.ResponseWriter, r *http.Request) {
	s.options.Catalog.Retry(r.URL.Query().Get("source"))
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	view := s.synced(r.Context(), opened)
	answer(w, http.StatusOK, struct {
		Source     string             `json:"source"`
		Connection cluster.Connection `json:"connection"`
		NotSynced  []string           `json:"notSynced"`
	}{opened.ID, view.Connection(), append([]string{}, source.NotSynced(view)...)})
}
