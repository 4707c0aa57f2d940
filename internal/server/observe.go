package server

import (
	"encoding/json"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/observation"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// observed is the body of POST /api/v1/observe: a trace that the browser has, and what a client really printed, or what a
// person picked from the list.
type observed struct {
	Trace   trace.Trace `json:"trace"`
	Printed string      `json:"printed"`
	Pick    string      `json:"pick"`
	Status  int         `json:"status"` // with a pick: the HTTP status, 0 for none
}

// observe says whether what was observed agrees with a trace, and what explains the difference if it does not.
func (s *Server) observe(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var in observed
	if !decode(w, r, &in) {
		return
	}
	if in.Trace.Schema != trace.Schema {
		fail(w, http.StatusUnprocessableEntity, problem{"schema", "this is not a trace of the form " + trace.Schema, "trace"})
		return
	}
	var saw observation.Observation
	var err error
	field := "printed"
	if in.Pick != "" {
		field = "pick"
		saw, err = observation.Pick(in.Pick, in.Status)
	} else {
		saw, err = observation.Read(in.Trace.Verdict.Client.Program, in.Printed)
	}
	if err != nil {
		fail(w, http.StatusBadRequest, problem{"unreadable", err.Error(), field})
		return
	}
	body, err := json.MarshalIndent(observation.Compare(&in.Trace, saw), "", "  ")
	if err != nil {
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n'))
}
