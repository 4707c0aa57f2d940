//go:build linux

package dataplane

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/dataplane/probe"
)

// A Judgement says how a prediction and what really happened go together.
type Judgement string

// The judgements, best first.
const (
	Agreed Judgement = "agreed"
	// Alternative is a prediction of which an alternative agrees: the assumption it rests on was wrong.
	Alternative Judgement = "alternative agreed"
	// Untold is a prediction that says it cannot tell.
	Untold Judgement = "cannot tell"
	// Wrong is an assumed prediction that does not agree, and CertainlyWrong one that was called certain.
	Wrong          Judgement = "wrong"
	CertainlyWrong Judgement = "certain and wrong"
)

// judge holds what each try met against the prediction. Tries of one request may end differently; each must be one of the
// predicted outcomes. listens says whether something listens on a socket: a trace of a live cluster cannot know, so it says
// "if it listens", and what it says of the other case is what a socket without listener is held against.
func judge(t *trace.Trace, tries []probe.Result, listens func(trace.Endpoint) bool) (Judgement, string) {
	if t.Verdict.Class == trace.CannotTell || t.Verdict.Class == trace.LeftTheMap {
		return Untold, t.Verdict.Reason
	}
	outcomes := slices.Clone(t.Outcomes)
	for i, o := range outcomes {
		if o.Reason == "pod.delivered" && !listens(*o.Endpoint) {
			if outcomes[i].Class = trace.Refused; t.Verdict.Certainty == trace.Certain {
				return CertainlyWrong, fmt.Sprintf("nothing listens on %s:%d", o.Endpoint.IP, o.Endpoint.Port)
			}
		}
	}
	why := unlike(t.Verdict, outcomes, tries)
	switch {
	case why == "":
		return Agreed, ""
	case t.Verdict.Certainty == trace.Certain:
		return CertainlyWrong, why
	}
	for _, a := range t.Alternatives {
		if unlike(a.Verdict, a.Outcomes, tries) == "" {
			return Alternative, fmt.Sprint(a.Assume)
		}
	}
	return Wrong, why
}

// unlike says why one of the tries is none of the outcomes, or "".
func unlike(v trace.Verdict, outcomes []trace.Outcome, tries []probe.Result) string {
	for _, r := range tries {
		why := ""
		for _, o := range outcomes {
			if why = differs(o, r); why == "" {
				break
			}
		}
		if why != "" {
			return why
		}
		// Silence may be heard by its end (28) or as a router's word that comes late (7): the class is the same. A class
		// that is not the verdict's own has another code.
		if code := v.Client.ExitCode; r.Class == v.Class && r.Class != trace.NoAnswer && code >= 0 && r.ExitCode >= 0 && code != r.ExitCode {
			return fmt.Sprintf("%s ends with exit code %d, not %d", v.Client.Program, r.ExitCode, code)
		}
	}
	return ""
}

func differs(o trace.Outcome, r probe.Result) string {
	if o.Class != r.Class {
		return fmt.Sprintf("it is %s, not %s", r.Class, o.Class)
	}
	if o.HTTPStatus != nil && r.Status != 0 && *o.HTTPStatus != r.Status {
		return fmt.Sprintf("the status is %d, not %d", r.Status, *o.HTTPStatus)
	}
	if o.Location != r.Location && o.Location != absolute(r.Location) {
		return fmt.Sprintf("it redirects to %q, not %q", r.Location, o.Location)
	}
	if r.Answer == nil {
		return ""
	}
	if o.Endpoint == nil {
		return "an answer without an endpoint is predicted"
	}
	if o.Endpoint.Pod != "" && o.Endpoint.Pod != r.Answer.Name {
		return fmt.Sprintf("%s answers, not %s", r.Answer.Name, o.Endpoint.Pod)
	}
	if int(o.Endpoint.Port) != r.Answer.Port {
		return fmt.Sprintf("port %d answers, not %d", r.Answer.Port, o.Endpoint.Port)
	}
	if path := upstreamPath(o.UpstreamPath); path != "" && r.Answer.Path != "" && path != r.Answer.Path {
		return fmt.Sprintf("the path is %s upstream, not %s", r.Answer.Path, o.UpstreamPath)
	}
	if o.SourceSeen != r.Answer.Seen {
		return fmt.Sprintf("%s sees the source %s, not %s", r.Answer.Name, r.Answer.Seen, o.SourceSeen)
	}
	return ""
}

// absolute is a Location as a client that came by HTTP follows it: Traefik leaves the scheme out where a route does not say
// one, writes the host as the client did, and may name the scheme's own port.
func absolute(location string) string {
	to, err := url.Parse(location)
	if err != nil {
		return location
	}
	to.Scheme, to.Host = cmp.Or(to.Scheme, "http"), strings.ToLower(to.Host)
	if to.Scheme == "http" && to.Port() == "80" || to.Scheme == "https" && to.Port() == "443" {
		to.Host = to.Hostname()
	}
	return to.String()
}

// upstreamPath is a path as a server sees it: without its query and its escapes.
func upstreamPath(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		return decoded
	}
	return path
}
