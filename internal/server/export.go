package server

import (
	"encoding/base64"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/templates"
)

// exportMarkdown writes a trace that the browser has as Markdown: the same bytes as the command line's.
func (s *Server) exportMarkdown(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var t trace.Trace
	if !decode(w, r, &t) || !ours(w, &t) {
		return
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(trace.Markdown(&t)))
}

// ours turns away traces of another form; it has answered then.
func ours(w http.ResponseWriter, t *trace.Trace) bool {
	if t.Schema == trace.Schema {
		return true
	}
	fail(w, http.StatusUnprocessableEntity, problem{"schema", "this is not a trace of the form " + trace.Schema, "schema"})
	return false
}

// frozenAsk is the body of POST /api/v1/export.html: a trace that the browser has, and what it drew it on.
type frozenAsk struct {
	Trace    trace.Trace `json:"trace"`
	Snapshot string      `json:"snapshot"` // the things of the map, deflated, in base64; only the page reads it
}

// exportHTML writes a trace as a file of its own that plays without this server.
func (s *Server) exportHTML(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var in frozenAsk
	if !decode(w, r, &in) || !ours(w, &in.Trace) {
		return
	}
	if _, err := base64.StdEncoding.DecodeString(in.Snapshot); err != nil || in.Snapshot == "" {
		fail(w, http.StatusBadRequest, problem{"bad-snapshot", "the snapshot is no base64", "snapshot"})
		return
	}
	frozen, err := freeze(&in.Trace, in.Snapshot)
	if err != nil {
		s.log.Error("export", "error", err)
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	p := s.shell()
	p.Report = &templates.Report{Trace: &in.Trace, Current: min(1, len(in.Trace.Steps))}
	p.Frozen = frozen
	s.render(w, r, http.StatusOK, templates.Shell(p))
}
