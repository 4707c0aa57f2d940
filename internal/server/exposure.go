package server

import (
	"errors"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// exposure says of some targets from which networks they can be reached: {"targets": ["service/default/web"], "assume": {}}.
func (s *Server) exposure(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var ask struct {
		Targets []string          `json:"targets"`
		Assume  map[string]string `json:"assume"`
	}
	if !decode(w, r, &ask) {
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
	items, err := reach.Exposure(view, ask.Targets, reach.Ask{Assume: ask.Assume})
	var wrong *reach.Error
	var refused *trace.AskError
	switch {
	case errors.As(err, &wrong):
		fail(w, http.StatusBadRequest, problem{"bad-question", wrong.Message, "targets"})
		return
	case errors.As(err, &refused):
		fail(w, http.StatusBadRequest, problem{refused.Code, refused.Message, refused.Field})
		return
	case err != nil:
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	answer(w, http.StatusOK, struct {
		Schema string          `json:"schema"`
		Items  []reach.Exposed `json:"items"`
	}{reach.ExposureSchema, items})
}
