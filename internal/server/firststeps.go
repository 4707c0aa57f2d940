package server

import (
	"net/http"

	"github.com/kubestrata/kubestrata/internal/firststeps"
)

// firstSteps proposes what somebody new may ask next, after the request that they saw: ?from=…&cmd=….
func (s *Server) firstSteps(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	view := s.synced(r.Context(), opened)
	if problem := disconnected(opened, view); problem != nil {
		fail(w, http.StatusServiceUnavailable, *problem)
		return
	}
	q := r.URL.Query()
	answer(w, http.StatusOK, firststeps.For(view, firststeps.Ask{From: clip(q.Get("from")), Command: clip(q.Get("cmd"))}))
}
