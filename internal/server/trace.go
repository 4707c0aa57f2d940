package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/whatif"
	"github.com/kubestrata/kubestrata/templates"
)

// question is the body of POST /api/v1/trace.
type question struct {
	From      string            `json:"from"`
	Via       string            `json:"via"`
	Assume    map[string]string `json:"assume"`
	Command   string            `json:"command"`
	Namespace string            `json:"namespace"`
	Fork      []json.RawMessage `json:"fork"`
}

// trace answers a question as JSON: the same bytes as the command line.
func (s *Server) trace(w http.ResponseWriter, r *http.Request) {
	t := s.ask(w, r)
	if t == nil {
		return
	}
	body, err := t.JSON()
	if err != nil {
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}

// traceHTML answers a question as the list that the page shows.
func (s *Server) traceHTML(w http.ResponseWriter, r *http.Request) {
	t := s.ask(w, r)
	if t == nil {
		return
	}
	s.render(w, r, http.StatusOK, templates.TraceReport(templates.Report{Trace: t, Current: min(1, len(t.Steps))}))
}

// report renders a trace that the browser has: one that a link carries.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var t trace.Trace
	if !decode(w, r, &t) {
		return
	}
	if t.Schema != trace.Schema {
		fail(w, http.StatusUnprocessableEntity, problem{"schema", "this is not a trace of the form " + trace.Schema, "schema"})
		return
	}
	s.render(w, r, http.StatusOK, templates.TraceReport(templates.Report{Trace: &t, Current: min(1, len(t.Steps))}))
}

// ask computes the trace that a request asks for; on failure it has answered and returns nil.
func (s *Server) ask(w http.ResponseWriter, r *http.Request) *trace.Trace {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return nil
	}
	var q question
	if r.Method == http.MethodPost {
		if !decode(w, r, &q) {
			return nil
		}
	} else if !fromQuery(w, r.URL.Query(), &q) {
		return nil
	}
	for key, value := range q.Assume {
		if err := facts.Validate(key, value); err != nil {
			fail(w, http.StatusBadRequest, problem{trace.CodeBadAssume, err.Error(), "assume"})
			return nil
		}
	}
	edits, err := parseFork(q.Fork)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, problem{"bad-fork", err.Error(), "fork"})
		return nil
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
	if len(edits) > 0 {
		if view, err = whatif.Apply(view, edits); err != nil {
			fail(w, http.StatusUnprocessableEntity, problem{"bad-fork", err.Error(), "fork"})
			return nil
		}
	}
	t, err := s.run(view, trace.Ask{
		From: q.From, Via: q.Via, Assume: q.Assume, Command: []string{q.Command}, Namespace: q.Namespace,
	})
	if err != nil {
		refused := refusalOf(err)
		fail(w, http.StatusBadRequest, problem(refused))
		return nil
	}
	return t
}

func fromQuery(w http.ResponseWriter, query url.Values, q *question) bool {
	assume, err := facts.ParseGiven(query["assume"])
	if err != nil {
		fail(w, http.StatusBadRequest, problem{trace.CodeBadAssume, err.Error(), "assume"})
		return false
	}
	*q = question{From: query.Get("from"), Via: query.Get("via"), Command: query.Get("cmd"), Assume: assume, Namespace: query.Get("namespace")}
	return true
}

// disconnected says why nothing can be traced: a source that never delivered has no objects to look at.
func disconnected(o *source.Opened, view *cluster.View) *problem {
	c := view.Connection()
	if c.State != cluster.ConnDisconnected {
		return nil
	}
	message := c.Message
	if message == "" {
		message = "it does not answer"
	}
	return &problem{"source", o.ID + ": " + message, "source"}
}

func tooMany(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	fail(w, http.StatusTooManyRequests, problem{"too-many", "too many requests at once; wait a moment", ""})
}

// decode reads a JSON body strictly; on failure it has answered and returns false.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			fail(w, http.StatusRequestEntityTooLarge, problem{"too-large", "the body may have 1 MiB", ""})
			return false
		}
		fail(w, http.StatusBadRequest, problem{"bad-body", "the body could not be read", ""})
		return false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		fail(w, http.StatusBadRequest, jsonProblem(err))
		return false
	}
	if d.More() {
		fail(w, http.StatusBadRequest, problem{"bad-json", "the body holds more than one JSON value", ""})
		return false
	}
	return true
}

func jsonProblem(err error) problem {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return problem{"bad-json", "a " + kind.Value + " is not what " + kind.Field + " holds", kind.Field}
	}
	if field, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok {
		field = strings.TrimSuffix(field, `"`)
		return problem{"unknown-field", "there is no field " + clean(field), clean(field)}
	}
	return problem{"bad-json", "the body is not JSON: " + clean(err.Error()), ""}
}
