package trace

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// result is a walk that has been made into outcomes and steps.
type result struct {
	outcomes []Outcome
	ends     []*ending // of each outcome
	steps    []Step
	worst    Certainty
}

// outcomeKey is what makes two courses the same outcome (TRACE.md, "outcomes").
type outcomeKey struct {
	endpoint    Endpoint
	class       Class
	reason      string
	status      int
	seen        string
	masqueraded bool
}

func keyOf(o Outcome) outcomeKey {
	k := outcomeKey{class: o.Class, reason: o.Reason, seen: o.SourceSeen, masqueraded: o.Masqueraded}
	if o.HTTPStatus != nil {
		k.status = *o.HTTPStatus
	}
	if o.Endpoint != nil {
		k.endpoint = *o.Endpoint
	}
	return k
}

// assemble merges equal courses, numbers the steps and rounds the shares.
func assemble(branches []branch) result {
	r, kept := merge(branches)
	paths := make([][]*Step, len(kept))
	for i := range kept {
		paths[i] = kept[i].steps()
	}
	var ids [][]string
	r.steps, ids = share(paths)
	for i := range r.outcomes {
		r.outcomes[i].Steps = ids[i]
	}
	return r
}

// merge makes outcomes of courses, without steps; the branches that come back are the first of each outcome.
func merge(branches []branch) (r result, kept []branch) {
	at := make(map[outcomeKey]int, len(branches))
	r.outcomes, r.ends, kept = make([]Outcome, 0, len(branches)), make([]*ending, 0, len(branches)), make([]branch, 0, len(branches))
	for _, b := range branches {
		if b.end == nil || b.share <= 0 {
			continue
		}
		o := outcomeOf(b)
		key := keyOf(o)
		r.worst = worse(r.worst, b.certainty)
		if i, have := at[key]; have {
			r.outcomes[i].Share += o.Share
			continue
		}
		at[key] = len(kept)
		kept = append(kept, b)
		r.outcomes = append(r.outcomes, o)
		r.ends = append(r.ends, b.end)
	}
	roundShares(r.outcomes)
	return r, kept
}

func outcomeOf(b branch) Outcome {
	o := Outcome{
		Share: b.share, Class: b.end.class, Reason: b.end.reason, Endpoint: b.endpoint, Backend: b.backend, SourceSeen: b.seen,
		Masqueraded: b.masqueraded, UpstreamPath: b.upstreamPath, Location: b.location, Steps: []string{},
	}
	if b.grouped && b.masqueraded {
		o.SourceSeen = "" // one of the entry nodes
	}
	if b.end.status != 0 {
		status := b.end.status
		o.HTTPStatus = &status
	}
	return o
}

// roundShares rounds to 6 places. Three thirds are 0.333333 each: each share is right, their sum within rounding.
func roundShares(list []Outcome) {
	for i := range list {
		list[i].Share = math.Round(list[i].Share*1e6) / 1e6
	}
}

// share makes one list of all steps in which a step that several courses have in common stands once, and gives each
// course the ids of its own, in order. Courses share how they begin, since a step is made once before they part, and how
// they end where everything from some step on is the same.
func share(paths [][]*Step) ([]Step, [][]string) {
	g := graph{at: map[*Step]int{}, alike: map[likeness][]int{}}
	number := func(s *Step) int {
		i, have := g.at[s]
		if !have {
			i = len(g.steps)
			g.at[s] = i
			g.steps, g.next, g.known = append(g.steps, s), append(g.next, nil), append(g.known, -1)
		}
		return i
	}
	var roots []int
	numbers := make([][]int, len(paths))
	for k, path := range paths {
		numbers[k] = make([]int, len(path))
		for i, s := range path {
			n := number(s)
			numbers[k][i] = n
			if i == 0 && !slices.Contains(roots, n) {
				roots = append(roots, n)
			}
			if i > 0 {
				if before := numbers[k][i-1]; !slices.Contains(g.next[before], n) {
					g.next[before] = append(g.next[before], n)
				}
			}
		}
	}
	for _, root := range roots {
		g.node(root)
	}
	order := g.order(roots)
	name := make([]string, len(g.nodes))
	steps := make([]Step, 0, len(order))
	for i, n := range order {
		name[n] = "s" + strconv.Itoa(i+1)
		s := *g.nodes[n].step
		s.ID = name[n]
		steps = append(steps, s)
	}
	ids := make([][]string, len(paths))
	for k := range paths {
		ids[k] = make([]string, 0, len(paths[k]))
		for _, n := range numbers[k] {
			ids[k] = append(ids[k], name[g.known[n]])
		}
	}
	return steps, ids
}

// graph merges steps that say the same and are followed by the same.
type graph struct {
	at    map[*Step]int
	steps []*Step
	next  [][]int // of each step: those that follow it
	known []int   // of each step: its node, -1 while it has none
	alike map[likeness][]int
	nodes []merged
}

type merged struct {
	step          *Step
	after, sorted []int
}

func (g *graph) node(number int) int {
	if n := g.known[number]; n >= 0 {
		return n
	}
	s := g.steps[number]
	after := make([]int, 0, len(g.next[number]))
	for _, child := range g.next[number] {
		if n := g.node(child); !slices.Contains(after, n) {
			after = append(after, n)
		}
	}
	sorted := after
	if len(after) > 1 {
		sorted = slices.Sorted(slices.Values(after))
	}
	key := likenessOf(s, sorted)
	for _, n := range g.alike[key] {
		if slices.Equal(g.nodes[n].sorted, sorted) && reflect.DeepEqual(g.nodes[n].step, s) {
			g.known[number] = n
			return n
		}
	}
	n := len(g.nodes)
	g.nodes = append(g.nodes, merged{s, after, sorted})
	g.alike[key] = append(g.alike[key], n)
	g.known[number] = n
	return n
}

// likeness is what steps that are equal have in common and others seldom have: whole steps are compared only then.
type likeness struct {
	sentence, src string
	first         int // of the steps that follow
}

func likenessOf(s *Step, after []int) likeness {
	l := likeness{sentence: s.Sentence, first: -1}
	if s.After != nil {
		l.src = s.After.Src
	}
	if len(after) > 0 {
		l.first = after[0]
	}
	return l
}

// order sorts the steps so that every course reads from top to bottom.
func (g *graph) order(roots []int) []int {
	var out []int
	done := make([]bool, len(g.nodes))
	var visit func(int)
	visit = func(n int) {
		if done[n] {
			return
		}
		done[n] = true
		for _, child := range slices.Backward(g.nodes[n].after) {
			visit(child)
		}
		out = append(out, n)
	}
	for _, root := range slices.Backward(roots) {
		visit(g.known[root])
	}
	slices.Reverse(out)
	return out
}

// mainCourse is the outcome that the verdict speaks of: the largest, or under a mixed verdict the largest failing one.
func (t *Trace) mainCourse() int {
	best := -1
	for i, o := range t.Outcomes {
		if t.Verdict.Class == Mixed && o.Class == Answered {
			continue
		}
		if best < 0 || o.Share > t.Outcomes[best].Share {
			best = i
		}
	}
	return max(best, 0)
}

// Course returns the steps of one outcome in order; of the one that the verdict speaks of where i is negative.
func (t *Trace) Course(i int) []Step {
	if i < 0 {
		i = t.mainCourse()
	}
	if i >= len(t.Outcomes) {
		return t.Steps
	}
	at := make(map[string]int, len(t.Steps))
	for n, s := range t.Steps {
		at[s.ID] = n
	}
	out := make([]Step, 0, len(t.Outcomes[i].Steps))
	for _, id := range t.Outcomes[i].Steps {
		out = append(out, t.Steps[at[id]])
	}
	return out
}

// classOf is the class that a reason has by itself.
func classOf(reason string) Class {
	switch {
	case strings.HasPrefix(reason, "rights."), strings.HasPrefix(reason, "assumption."), strings.HasPrefix(reason, "not-modelled."):
		return CannotTell
	case strings.HasPrefix(reason, "dns."):
		return NameNotFound
	case strings.HasPrefix(reason, "tls."):
		return TLSError
	}
	switch reason {
	case "pod.delivered", "host.delivered", "l7.redirect":
		return Answered
	case "pod.port-closed", "pod.not-running", "host.port-closed", "service.no-endpoints", "node.port-closed":
		return Refused
	case "l7.no-match", "l7.no-endpoints", "l7.no-backend", "l7.invalid-backend", "l7.upstream-refused", "l7.upstream-timeout", "http.status":
		return HTTPError
	case "outside.unknown":
		return LeftTheMap
	}
	return NoAnswer
}
