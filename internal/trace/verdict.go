package trace

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// verdict sums the outcomes up. Where they differ in class or HTTP status it is mixed, and speaks of the largest failing
// one (TRACE.md).
func (e *engine) verdict(r result) Verdict {
	if len(r.outcomes) == 0 {
		end := ending{class: CannotTell, reason: "not-modelled.nothing", certainty: Unknown}
		return e.verdictOf(result{outcomes: []Outcome{{Share: 1, Class: CannotTell}}, ends: []*ending{&end}, worst: Unknown}, 0, CannotTell)
	}
	largest, failing, w := 0, -1, weigh(r.outcomes)
	mixed := false
	for i, o := range r.outcomes {
		first := r.outcomes[0]
		if o.Class != first.Class || !sameStatus(o.HTTPStatus, first.HTTPStatus) {
			mixed = true
		}
		if w.more(i, largest) {
			largest = i
		}
		if o.Class != Answered && (failing < 0 || w.more(i, failing)) {
			failing = i
		}
	}
	if !mixed {
		return e.verdictOf(r, largest, r.outcomes[0].Class)
	}
	if failing < 0 { // all answered, with different statuses
		failing = largest
	}
	return e.verdictOf(r, failing, Mixed)
}

// weights compare outcomes: by their share, and of equal ones by how much of all ways ends as they do.
type weights struct {
	outcomes []Outcome
	alike    map[ends]float64
}

// ends is what makes two outcomes end alike.
type ends struct {
	class  Class
	reason string
	status int
}

func endsOf(o *Outcome) ends {
	e := ends{class: o.Class, reason: o.Reason}
	if o.HTTPStatus != nil {
		e.status = *o.HTTPStatus
	}
	return e
}

func weigh(outcomes []Outcome) weights {
	w := weights{outcomes, map[ends]float64{}}
	for i := range outcomes {
		w.alike[endsOf(&outcomes[i])] += outcomes[i].Share
	}
	return w
}

// more reports whether outcome i weighs more than outcome k.
func (w weights) more(i, k int) bool {
	a, b := &w.outcomes[i], &w.outcomes[k]
	if math.Abs(a.Share-b.Share) > 1e-9 {
		return a.Share > b.Share
	}
	return w.alike[endsOf(a)] > w.alike[endsOf(b)]+1e-9
}

func sameStatus(a, b *int) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func (e *engine) verdictOf(r result, i int, class Class) Verdict {
	end, o := r.ends[i], r.outcomes[i]
	v := Verdict{
		Class: class, Certainty: cmp.Or(r.worst, Certain), Reason: end.reason, DecidedBy: end.decidedBy, Try: []Try{},
		Client: Client{Program: string(e.req.Program)},
	}
	if class == CannotTell && v.Certainty == Certain {
		v.Certainty = Unknown
	}
	if class != Mixed {
		v.HTTPStatus = o.HTTPStatus
	}
	v.Client.ExitCode, v.Client.Message = e.clientResult(end)
	v.Sentence = clipWords(e.verdictSentence(r, i, class), maxWords)
	if class == Answered {
		pods := map[string]bool{}
		for _, o := range r.outcomes {
			if o.Endpoint != nil {
				pods[o.Endpoint.Namespace+"/"+o.Endpoint.Pod+o.Endpoint.IP] = true
			}
		}
		if len(pods) > 1 && o.Backend != nil {
			v.DecidedBy = refOf(o.Backend.Kind, o.Backend.Namespace, o.Backend.Name)
		}
	} else {
		v.Try = e.remedies(end, o)
	}
	return v
}

// share of the answered outcomes, in whole percent.
func answeredShare(r result) int {
	sum := 0.0
	for _, o := range r.outcomes {
		if o.Class == Answered {
			sum += o.Share
		}
	}
	return int(sum*100 + 0.5)
}

// endpoints counts the different sockets of the outcomes.
func (r result) endpoints() int {
	var seen []string
	for _, o := range r.outcomes {
		if o.Endpoint == nil {
			continue
		}
		if key := fmt.Sprintf("%s:%d", o.Endpoint.IP, o.Endpoint.Port); !slices.Contains(seen, key) {
			seen = append(seen, key)
		}
	}
	return len(seen)
}
