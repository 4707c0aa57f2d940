package server

import (
	"errors"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/recipes"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/templates"
)

// recipes says how a thing is reached, as JSON.
func (s *Server) recipes(w http.ResponseWriter, r *http.Request) {
	if a := s.reachedHow(w, r); a != nil {
		answer(w, http.StatusOK, a)
	}
}

// recipesHTML is the same as a list for the inspector.
func (s *Server) recipesHTML(w http.ResponseWriter, r *http.Request) {
	if a := s.reachedHow(w, r); a != nil {
		s.render(w, r, http.StatusOK, templates.Recipes(a))
	}
}

// reachedHow computes the answer; on failure it has answered and returns nil.
func (s *Server) reachedHow(w http.ResponseWriter, r *http.Request) *recipes.Answer {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return nil
	}
	q := r.URL.Query()
	ref := cluster.Ref{Kind: cluster.Kind(clip(q.Get("kind"))), Namespace: clip(q.Get("namespace")), Name: clip(q.Get("name"))}
	opened, release := s.use(w, r)
	if opened == nil {
		return nil
	}
	defer release()
	view := s.synced(r.Context(), opened)
	if problem := disconnected(opened, view); problem != nil {
		fail(w, http.StatusServiceUnavailable, *problem)
		return nil
	}
	a, err := recipes.For(view, ref)
	var wrong *recipes.Error
	var refused *trace.AskError
	switch {
	case errors.As(err, &wrong):
		fail(w, http.StatusBadRequest, problem{"bad-question", wrong.Message, "name"})
		return nil
	case errors.As(err, &refused):
		fail(w, http.StatusBadRequest, problem{refused.Code, refused.Message, refused.Field})
		return nil
	case err != nil:
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return nil
	}
	return a
}
