package server

import (
	"net/http"

	"github.com/kubestrata/kubestrata/internal/trace"
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
