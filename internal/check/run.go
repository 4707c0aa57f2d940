package check

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// Schema names the form of a Report as JSON.
const Schema = "kubestrata.io/check/v1"

// Report is how the requests of all files ended. Lists are never nil.
type Report struct {
	Schema  string       `json:"schema"`
	Source  trace.Source `json:"source"`
	Passed  int          `json:"passed"`
	Failed  int          `json:"failed"`
	Results []Result     `json:"results"`
}

// Result is one request held against what was expected of it.
type Result struct {
	Name    string         `json:"name"`
	File    string         `json:"file"`
	Line    int            `json:"line"`
	Passed  bool           `json:"passed"`
	Error   string         `json:"error"` // the question was wrong: a source that does not exist, a line that is no request
	Differs []Difference   `json:"differs"`
	From    string         `json:"from"`
	Command string         `json:"command"` // empty for who reaches a target
	Verdict *trace.Verdict `json:"verdict"` // nil with an Error
}

// Difference is one thing that is not as expected.
type Difference struct {
	Field string `json:"field"`
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// Run traces every request of the files, in their order.
func Run(view *cluster.View, files []*File) *Report {
	r := &Report{Schema: Schema, Results: []Result{}}
	add := func(result Result, source *trace.Source) {
		if source != nil {
			r.Source = *source
		}
		if result.Passed {
			r.Passed++
		} else {
			r.Failed++
		}
		r.Results = append(r.Results, result)
	}
	for _, f := range files {
		for i := range f.Requests {
			add(ask(view, f.Name, &f.Requests[i]))
		}
		for i := range f.Reaches {
			add(askReach(view, f.Name, &f.Reaches[i]))
		}
	}
	return r
}

func ask(view *cluster.View, file string, request *Request) (Result, *trace.Source) {
	out := Result{Name: request.Name, File: file, Line: request.line, Differs: []Difference{}, From: request.From, Command: request.Command}
	t, err := trace.Run(view, trace.Ask{From: request.From, Via: request.Via, Assume: request.Assume, Command: []string{request.Command}})
	if err != nil {
		out.Error = err.Error()
		return out, nil
	}
	out.Verdict = &t.Verdict
	out.Differs = append(out.Differs, request.Expect.differences(t)...)
	out.Passed = len(out.Differs) == 0
	return out, &t.Source
}

func (e *Expect) differences(t *trace.Trace) (out []Difference) {
	v := t.Verdict
	differs := func(field, want, got string) { out = append(out, Difference{field, want, got}) }
	if len(e.Class) > 0 && !slices.Contains(e.Class, string(v.Class)) {
		differs("class", strings.Join(e.Class, " or "), string(v.Class))
	}
	if e.Reason != "" && e.Reason != v.Reason {
		differs("reason", e.Reason, v.Reason)
	}
	if e.Certainty != "" && slices.Index(certainties, string(v.Certainty)) > slices.Index(certainties, e.Certainty) {
		differs("certainty", e.Certainty, string(v.Certainty))
	}
	if e.HTTPStatus != 0 && (v.HTTPStatus == nil || *v.HTTPStatus != e.HTTPStatus) {
		got := "none"
		if v.HTTPStatus != nil {
			got = fmt.Sprint(*v.HTTPStatus)
		}
		differs("httpStatus", fmt.Sprint(e.HTTPStatus), got)
	}
	if e.DecidedBy != "" && !names(e.DecidedBy, v.DecidedBy) {
		differs("decidedBy", e.DecidedBy, refText(v.DecidedBy))
	}
	if e.Endpoint != "" {
		if got, all := endpoints(t, e.Endpoint); !all {
			differs("endpoint", e.Endpoint, got)
		}
	}
	if e.SourceSeen != "" {
		for _, o := range t.Outcomes {
			if !sameAddr(o.SourceSeen, e.SourceSeen) {
				differs("sourceSeen", e.SourceSeen, orNone(o.SourceSeen))
				break
			}
		}
	}
	return out
}

// endpoints reports whether every outcome reaches an endpoint that fits, and what the outcomes reach otherwise.
func endpoints(t *trace.Trace, want string) (got string, all bool) {
	fits := func(text string) bool {
		if begin, any := strings.CutSuffix(want, "*"); any {
			return strings.HasPrefix(text, begin)
		}
		return text == want
	}
	seen := map[string]bool{}
	all = len(t.Outcomes) > 0
	for _, o := range t.Outcomes {
		if o.Endpoint == nil {
			seen["none"] = true
			all = false
			continue
		}
		name := o.Endpoint.Namespace + "/" + o.Endpoint.Pod
		if o.Endpoint.Pod == "" {
			name = o.Endpoint.IP
		}
		seen[name] = true
		all = all && (fits(name) || fits(o.Endpoint.IP))
	}
	if len(seen) == 0 {
		return "none", false
	}
	return strings.Join(sorted(seen), ", "), all
}

func names(want string, got *cluster.Ref) bool {
	if got == nil {
		return false
	}
	parts := strings.Split(want, "/")
	if !strings.EqualFold(parts[0], string(got.Kind)) || parts[len(parts)-1] != got.Name {
		return false
	}
	return len(parts) == 2 || parts[1] == got.Namespace
}

func refText(r *cluster.Ref) string {
	switch {
	case r == nil:
		return "nothing"
	case r.Namespace == "":
		return string(r.Kind) + "/" + r.Name
	}
	return string(r.Kind) + "/" + r.Namespace + "/" + r.Name
}

func sameAddr(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	return a == b || errX == nil && errY == nil && x == y
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
