package trace

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
)

// Run answers a question about a View. Its errors are *AskError only: what the question itself gets wrong. Whatever the
// View holds, there is an answer.
func Run(view *cluster.View, ask Ask) (*Trace, error) {
	if err := checkAssume(ask.Assume); err != nil {
		return nil, err
	}
	req, err := command.Parse(ask.Command)
	if err != nil {
		return nil, commandError(err)
	}
	if err := substitute(view, ask, req); err != nil {
		return nil, err
	}
	if err := checkVia(view, ask.Via); err != nil {
		return nil, err
	}
	from, err := originOf(view, ask, req)
	if err != nil {
		return nil, err
	}
	if from.host != nil && !from.addr.IsValid() {
		bare := bareOrigin(view, from.layer)
		from.addr, from.within, from.unnamed = bare.addr, bare.within, true
	}
	if from.ghost {
		ghost := *from.pod
		view = view.Fork(func(w *cluster.Writer) { w.PutPod(&ghost) })
		from.pod = view.Pod(ghost.Namespace, ghost.Name)
	}
	if ask.runner == nil || ask.runner.view != view {
		ask.runner = NewRunner(view)
	}
	e, err := newEngine(view, ask, req, from, ask.Assume)
	if err != nil {
		return nil, err
	}
	var r result
	if e.quiet = ask.brief; e.quiet {
		r, _ = merge(e.walk())
	} else {
		r = assemble(e.walk())
	}
	t := &Trace{
		Schema: Schema, Request: e.shownRequest(), Source: SourceOf(view), Outcomes: r.outcomes, Lookup: e.lookup, Steps: r.steps,
		Assumptions: []Assumption{}, Alternatives: []Alternative{},
	}
	if t.Outcomes == nil {
		t.Outcomes = []Outcome{}
	}
	if t.Steps == nil {
		t.Steps = []Step{}
	}
	t.Verdict = e.verdict(r)
	e.weigh(t)
	t.Yourself = e.yourself(t.Verdict)
	return t, nil
}

// shownRequest is the request as the contract shows it.
func (e *engine) shownRequest() Request {
	r := e.req
	out := Request{
		Command: command.Join(e.ask.Command), From: e.from.party(), Scheme: r.Scheme, Host: r.Host, Port: int32(r.Port), Method: r.Method, Path: r.Path,
		Headers: map[string]string{}, Protocol: string(r.Protocol), IgnoredFlags: append([]string{}, r.IgnoredFlags...),
	}
	if r.Query != "" {
		out.Path += "?" + r.Query
	}
	for _, h := range r.Headers {
		out.Headers[canonical(h.Name)] = h.Value
	}
	return out
}

// SourceOf says where a View comes from, how old it is and what of it may not be read.
func SourceOf(view *cluster.View) Source {
	s := Source{Kind: view.Source().Kind, Name: view.Source().Name, NotRead: view.NotRead()}
	if t := view.AsOf(); !t.IsZero() {
		s.AsOf = t.UTC().Format(time.RFC3339)
	}
	return s
}

func checkAssume(given map[string]string) error {
	for _, key := range sortedKeys(given) {
		if err := facts.Validate(key, given[key]); err != nil {
			return &AskError{Code: CodeBadAssume, Field: "assume", Message: err.Error()}
		}
	}
	return nil
}

func commandError(err error) error {
	var not *command.NotARequest
	if errors.As(err, &not) {
		return &AskError{Code: CodeBadCommand, Field: "command", Message: "no network request: " + not.Message}
	}
	return &AskError{Code: CodeBadCommand, Field: "command", Message: err.Error()}
}

func checkVia(view *cluster.View, via string) error {
	if via == "" {
		return nil
	}
	name, ok := strings.CutPrefix(via, "node/")
	if !ok || name == "" {
		return &AskError{Code: CodeBadVia, Field: "via", Message: fmt.Sprintf("%q is no node; write node/NAME", via)}
	}
	if view.Node(name) == nil {
		return &AskError{Code: CodeBadVia, Field: "via", Message: fmt.Sprintf("node %q does not exist%s", name, nearest(name, nodeNames(view)))}
	}
	return nil
}
