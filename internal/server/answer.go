package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"github.com/kubestrata/kubestrata/internal/source"
)

// problem is what went wrong with a request; the form of TRACE.md.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"` // a sentence that says what to do
	Field   string `json:"field"`
}

// fail answers an error as JSON.
func fail(w http.ResponseWriter, status int, p problem) {
	answer(w, status, struct {
		Error problem `json:"error"`
	}{p})
}

// answer writes JSON the way traces are written.
func answer(w http.ResponseWriter, status int, value any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone away needs no answer
}

// render answers HTML. It is rendered whole before the first byte is sent, so that an error is an error page.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		s.log.Error("page", "path", r.URL.Path, "error", err)
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// use opens the source that a request names; on failure it has answered and opened is nil.
func (s *Server) use(w http.ResponseWriter, r *http.Request) (opened *source.Opened, release func()) {
	opened, release, err := s.options.Catalog.Use(r.URL.Query().Get("source"))
	if err != nil {
		fail(w, sourceStatus(err), problem{"source", err.Error(), "source"})
		return nil, nil
	}
	return opened, release
}

func sourceStatus(err error) int {
	if errors.Is(err, source.ErrUnknown) {
		return http.StatusNotFound
	}
	return http.StatusServiceUnavailable
}
