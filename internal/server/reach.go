package server

import (
	"errors"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/templates"
)

// reach answers who can reach a thing, or what a source can reach, as JSON: the same bytes as the command line.
func (s *Server) reach(w http.ResponseWriter, r *http.Request) {
	a := s.reached(w, r)
	if a == nil {
		return
	}
	body, err := a.JSON()
	if err != nil {
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}

// reachHTML is the same as a list for the inspector.
func (s *Server) reachHTML(w http.ResponseWriter, r *http.Request) {
	if a := s.reached(w, r); a != nil {
		s.render(w, r, http.StatusOK, templates.Reach(a))
	}
}

// reached computes the answer; on failure it has answered and returns nil.
func (s *Server) reached(w http.ResponseWriter, r *http.Request) *reach.Answer {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return nil
	}
	var ask reach.Ask
	if r.Method == http.MethodPost {
		if !decode(w, r, &ask) {
			return nil
		}
	} else {
		q := r.URL.Query()
		assume, err := facts.ParseGiven(q["assume"])
		if err != nil {
			fail(w, http.StatusBadRequest, problem{trace.CodeBadAssume, err.Error(), "assume"})
			return nil
		}
		ask = reach.Ask{
			Target: clip(q.Get("target")), Source: clip(q.Get("from")), Port: clip(q.Get("port")), Protocol: clip(q.Get("protocol")),
			Namespace: clip(q.Get("namespace")), Assume: assume,
		}
	}
	answer := reach.WhoCanReach
	switch {
	case ask.Target != "" && ask.Source != "" || ask.Target == "" && ask.Source == "":
		fail(w, http.StatusBadRequest, problem{"bad-question", "give either a target or a source", "target"})
		return nil
	case ask.Source != "":
		answer = reach.ReachableFrom
	}
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
	a, err := answer(view, ask)
	var wrong *reach.Error
	var refused *trace.AskError
	switch {
	case errors.As(err, &wrong):
		fail(w, http.StatusBadRequest, problem{"bad-question", wrong.Message, wrong.Field})
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
