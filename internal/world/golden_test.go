package world_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

// Every request of every world leads to what its world says.
func TestRequestsLeadWhereTheirWorldSays(t *testing.T) {
	for _, info := range world.List() {
		for _, r := range info.Requests {
			t.Run(strings.ReplaceAll(r.World, "/", ".")+"/"+r.ID, func(t *testing.T) {
				view, err := world.View(r.World)
				if err != nil {
					t.Fatal(err)
				}
				got, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
				if err != nil {
					t.Fatalf("%s: %v", r.Title, err)
				}
				if differ := compare(r.Want, got); len(differ) > 0 {
					t.Errorf("%s\n  from %s $ %s\n  %s\n  verdict: %s\n  steps: %s", r.Title, r.From, r.Command, strings.Join(differ, "\n  "), got.Verdict.Sentence, kinds(got))
				}
			})
		}
	}
}

// What the page must be able to play stands in the worlds, too: a kind of step that none of their requests meets would
// never be looked at.
func TestTheWorldsMeetEveryKindOfStep(t *testing.T) {
	met := map[trace.StepKind]bool{}
	for _, info := range world.List() {
		for _, r := range info.Requests {
			view, err := world.View(r.World)
			if err != nil {
				t.Fatal(err)
			}
			got, err := trace.Run(view, trace.Ask{From: r.From, Via: r.Via, Assume: r.Assume, Command: []string{r.Command}})
			if err != nil {
				t.Fatalf("%s: %v", r.ID, err)
			}
			for _, s := range got.Steps {
				met[s.Kind] = true
			}
		}
	}
	for _, k := range trace.StepKinds {
		if !met[k] {
			t.Errorf("no request of any world meets %s", k)
		}
	}
}

// compare lists where a trace differs from what is wanted.
func compare(w world.Want, got *trace.Trace) (out []string) {
	check := func(what, wanted, got string) {
		if wanted != "" && wanted != got {
			out = append(out, fmt.Sprintf("%s: want %s, got %s", what, wanted, got))
		}
	}
	v := got.Verdict
	check("class", w.Class, string(v.Class))
	check("reason", w.Reason, v.Reason)
	check("certainty", w.Certainty, string(v.Certainty))
	if w.Status != 0 {
		status := "none"
		if v.HTTPStatus != nil {
			status = strconv.Itoa(*v.HTTPStatus)
		}
		check("status", strconv.Itoa(w.Status), status)
	}
	if w.Exit != nil {
		check("exit", strconv.Itoa(*w.Exit), strconv.Itoa(v.Client.ExitCode))
	}
	if w.Message != "" && !strings.Contains(v.Client.Message, w.Message) {
		check("message", w.Message, v.Client.Message)
	}
	decided := "nobody"
	if d := v.DecidedBy; d != nil {
		decided = string(d.Kind) + " " + strings.TrimPrefix(d.Namespace+"/"+d.Name, "/")
	}
	check("decided", w.Decided, decided)
	lookup, question := "nothing", "nothing"
	if l := got.Lookup; l != nil {
		lookup, question = l.RCode, l.Question
		if len(l.Addresses) > 0 {
			lookup = strings.Join(slices.Sorted(slices.Values(l.Addresses)), " ")
		}
	}
	check("lookup", w.Lookup, lookup)
	check("question", w.Question, question)
	var endpoints []string
	for _, o := range got.Outcomes {
		if w.Seen != "" {
			check("source seen", w.Seen, o.SourceSeen)
		}
		if o.Endpoint == nil {
			continue
		}
		endpoints = append(endpoints, fmt.Sprintf("%s/%s %s:%d %g", o.Endpoint.Namespace, o.Endpoint.Pod, o.Endpoint.IP, o.Endpoint.Port, math.Round(o.Share*1e6)/1e6))
	}
	for _, e := range w.Endpoints {
		if !slices.ContainsFunc(endpoints, func(have string) bool { return have == e || strings.HasPrefix(have, e+" ") }) {
			out = append(out, fmt.Sprintf("endpoint: want %s, got %q", e, endpoints))
		}
	}
	if len(w.Endpoints) > 0 {
		distinct := map[string]bool{}
		for _, e := range endpoints {
			distinct[e[:strings.LastIndexByte(e, ' ')]] = true
		}
		check("number of endpoints", strconv.Itoa(len(w.Endpoints)), strconv.Itoa(len(distinct)))
	}
	rewritten, headers := map[string]bool{}, map[string]string{}
	for _, s := range got.Steps {
		if s.Leg > 0 && s.Direction == trace.OfRequest {
			for _, f := range s.Changed {
				rewritten[f] = f == "src" || f == "dst"
			}
			if s.Kind != trace.StepAnswer && s.After != nil && s.After.HTTP != nil {
				headers = s.After.HTTP.Headers
			}
		}
	}
	if w.Rewritten != nil {
		maps.DeleteFunc(rewritten, func(_ string, address bool) bool { return !address })
		check("rewritten", strings.Join(w.Rewritten, " "), cmp.Or(strings.Join(slices.Sorted(maps.Keys(rewritten)), " "), "none"))
	}
	for _, h := range w.Headers {
		if _, have := headers[h]; !have {
			out = append(out, fmt.Sprintf("header: want %s, got %v", h, headers))
		}
	}
	if w.Tried != 0 && got.Lookup != nil {
		check("tried", strconv.Itoa(w.Tried), strconv.Itoa(len(got.Lookup.Tried)))
	}
	rest := w.Steps
	for _, s := range got.Steps {
		if s.Leg == 0 && !strings.HasPrefix(string(s.Kind), "dns.") && s.Kind != trace.StepHostsFile && s.Kind != trace.StepEnd {
			continue // the look-up is a journey of its own; what is wanted is that of the request
		}
		if len(rest) > 0 && string(s.Kind) == rest[0] {
			rest = rest[1:]
		}
		if slices.Contains(w.Absent, string(s.Kind)) {
			out = append(out, fmt.Sprintf("step %s must not come", s.Kind))
		}
	}
	if len(rest) > 0 {
		out = append(out, fmt.Sprintf("step %s does not come in its place", rest[0]))
	}
	return out
}

func kinds(t *trace.Trace) string {
	var out []string
	for _, s := range t.Steps {
		out = append(out, string(s.Kind))
	}
	return strings.Join(out, " ")
}
