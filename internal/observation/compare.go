package observation

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Judgement is what an observation means for a trace.
type Judgement struct {
	Agreed   bool              `json:"agreed"`
	Observed Observation       `json:"observed"`
	Share    float64           `json:"share"`    // of the outcomes that end as observed, 0 to 1
	Explains map[string]string `json:"explains"` // assumptions under which a trace ends as observed; nil where none does
	Sentence string            `json:"sentence"`
}

// Compare holds what was observed against what was predicted.
func Compare(t *trace.Trace, o Observation) Judgement {
	j := Judgement{Observed: o, Share: share(t.Verdict, t.Outcomes, o)}
	saw := Describe(o)
	switch {
	case t.Verdict.Class == trace.CannotTell || t.Verdict.Class == trace.LeftTheMap:
		j.Sentence = words.Say("observation.missing-fact", capital(saw), strings.TrimSuffix(t.Verdict.Sentence, "."))
		return j
	case j.Share > 0:
		j.Agreed = true
		j.Sentence = words.Say("observation.agreed", saw)
		if t.Verdict.Class == trace.Mixed || j.Share < 1-1e-6 {
			j.Sentence = words.Say("observation.agreed.share", saw, fmt.Sprintf("%.4g", j.Share*100))
		}
		return j
	}
	for _, a := range t.Alternatives {
		if share(a.Verdict, a.Outcomes, o) > 0 {
			j.Explains = a.Assume
			j.Sentence = words.Say("observation.explained", saw, pairs(a.Assume))
			return j
		}
	}
	j.Sentence = words.Say("observation.not-predicted", saw, t.Verdict.Class.Word())
	switch {
	case t.Verdict.Certainty == trace.Certain:
		j.Sentence += words.Say("observation.not-predicted.certain")
	case listens(t) && o.Class == trace.Refused:
		j.Explains = map[string]string{"listening": "false"}
		j.Sentence = words.Say("observation.explained.nothing-listens", saw)
	default:
		j.Sentence += words.Say("observation.not-predicted.assumptions")
		if keys := assumed(t); len(keys) > 0 {
			j.Sentence = words.Say("observation.not-predicted", saw, t.Verdict.Class.Word()) + words.Say("observation.not-predicted.look-at", strings.Join(keys, ", "))
		}
	}
	return j
}

// share is how much of an answer ends as observed. A status counts only where both sides show one.
func share(v trace.Verdict, outcomes []trace.Outcome, o Observation) float64 {
	fits := func(class trace.Class, status *int) bool {
		if class != o.Class {
			return false
		}
		return o.Status == 0 || status == nil || *status == o.Status
	}
	if len(outcomes) == 0 {
		if fits(v.Class, v.HTTPStatus) {
			return 1
		}
		return 0
	}
	sum := 0.0
	for _, out := range outcomes {
		if fits(out.Class, out.HTTPStatus) {
			sum += out.Share
		}
	}
	return min(sum, 1)
}

func listens(t *trace.Trace) bool {
	return slices.ContainsFunc(t.Assumptions, func(a trace.Assumption) bool { return a.Key == "listening" && a.Value != "false" })
}

func assumed(t *trace.Trace) (keys []string) {
	for _, a := range t.Assumptions {
		if a.Source == "default" {
			keys = append(keys, a.Key)
		}
	}
	sort.Strings(keys)
	return keys
}

func pairs(m map[string]string) string {
	var out []string
	for k, v := range m {
		out = append(out, k+"="+v)
	}
	sort.Strings(out)
	return strings.Join(out, " "+words.Say("clause.and")+" ")
}

func capital(text string) string {
	_, n := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:n]) + text[n:]
}

// Choice is one of the observations that a person can pick instead of pasting.
type Choice struct {
	ID    string      `json:"id"`
	Text  string      `json:"text"`
	Class trace.Class `json:"class"`
}

// Choices are all that a client can meet.
func Choices() []Choice {
	var out []Choice
	for _, c := range []trace.Class{trace.Answered, trace.HTTPError, trace.Refused, trace.NoAnswer, trace.NameNotFound, trace.Reset, trace.TLSError} {
		out = append(out, Choice{string(c), words.Say("observation.choice." + string(c)), c})
	}
	return out
}

// Pick is the observation of a choice; status is an HTTP status, 0 where the person gives none.
func Pick(id string, status int) (Observation, error) {
	for _, c := range Choices() {
		if c.ID == id {
			if status != 0 && (status < 100 || status > 599) {
				return Observation{}, fmt.Errorf("%d is no HTTP status", status)
			}
			return Observation{Class: c.Class, Status: status, Why: c.Text}, nil
		}
	}
	return Observation{}, fmt.Errorf("%q is none of the results to pick", id)
}

// Describe says an observation in words.
func Describe(o Observation) string {
	if o.Status != 0 {
		return words.Say("observation.saw.status", o.Status)
	}
	switch o.Class {
	case trace.Answered:
		return words.Say("observation.saw.answer")
	case trace.HTTPError:
		return words.Say("observation.saw.http-error")
	case trace.Refused:
		return words.Say("observation.saw.refused")
	case trace.NoAnswer:
		return words.Say("observation.saw.silence")
	case trace.NameNotFound:
		return words.Say("observation.saw.no-name")
	case trace.Reset:
		return words.Say("observation.saw.reset")
	case trace.TLSError:
		return words.Say("observation.saw.tls")
	}
	return string(o.Class)
}
