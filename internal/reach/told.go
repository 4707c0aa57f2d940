package reach

import (
	"maps"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// told is what a trace said of one pair.
type told struct {
	verdict     trace.Verdict
	partly      bool
	assumptions []trace.Assumption
	flips       []string
}

// tracedKey is all that a trace depends on. about tells targets apart, text senders and what the gates say.
type tracedKey struct {
	about kindOfPod
	port  int32
	text  string
}

// trace asks for one pair, or remembers what was said of an equal one.
func (a *asker) trace(key tracedKey, from, command string) (*told, error) {
	if t, known := a.traced[key]; known {
		return t, nil
	}
	tr, err := a.runner.Brief(trace.Ask{From: from, Command: []string{command}, Assume: a.ask.Assume, Namespace: a.ask.Namespace})
	if err != nil {
		return nil, err
	}
	t := &told{verdict: tr.Verdict, assumptions: tr.Assumptions, flips: []string{}}
	for _, as := range tr.Assumptions {
		if as.WouldFlip {
			t.flips = append(t.flips, as.Key)
		}
	}
	for _, o := range tr.Outcomes {
		t.partly = t.partly || tr.Verdict.Class == trace.Mixed && o.Class == trace.Answered
	}
	a.traced[key] = t
	a.order = append(a.order, t)
	return t, nil
}

// verdictOf is a trace's verdict in the words of reach.
func verdictOf(t *told) Verdict {
	switch {
	case t.verdict.Class == trace.Answered:
		return Allowed
	case t.partly:
		return Partly
	case t.verdict.Class == trace.CannotTell, t.verdict.Class == trace.LeftTheMap:
		return Unknown
	case t.verdict.Class == trace.HTTPError && !strings.HasPrefix(t.verdict.Reason, "l7."):
		return Allowed // an answer came back, if a bad one
	case strings.HasPrefix(t.verdict.Reason, "policy."):
		return Denied
	}
	return Fails
}

// fill writes what a trace said into a group, with the policies that decide for this group in the place of those that
// decided for the pair which was traced.
func (a *asker) fill(g *Group, t *told, egress, ingress *policy.Question) {
	g.Verdict, g.Certainty, g.Class, g.Reason = verdictOf(t), t.verdict.Certainty, t.verdict.Class, t.verdict.Reason
	g.DecidedBy, g.Flips, g.Sentence = t.verdict.DecidedBy, t.flips, t.verdict.Sentence
	q, key := ingress, "reach.denied.in"
	switch g.Reason {
	case "policy.egress-denied":
		q, key = egress, "reach.denied.out"
	case "policy.ingress-denied":
	default:
		return
	}
	if q == nil {
		return
	}
	if d := a.gates.Evaluate(*q); d.DecidedBy != nil {
		g.DecidedBy = d.DecidedBy
		g.Sentence = words.Say(key, d.DecidedBy.Kind, path(*d.DecidedBy))
	}
}

func path(r cluster.Ref) string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// pair names the trace that explains a pair.
func (a *asker) pair(from, command string) Pair {
	p := Pair{From: from, Command: command, Assume: a.ask.Assume}
	line := "kubestrata trace --from " + from
	if len(a.ask.Assume) == 0 {
		p.Line = line + " -- " + command
		return p
	}
	for _, key := range slices.Sorted(maps.Keys(a.ask.Assume)) {
		line += " --assume " + key + "=" + a.ask.Assume[key]
	}
	p.Line = line + " -- " + command
	return p
}
