package templates

import (
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/words"
)

func reachTitle(a *reach.Answer) string {
	if a.Direction == reach.WhoCanReachTarget {
		return words.Say("page.inspector.who-can-reach")
	}
	return words.Say("page.inspector.what-it-can-reach")
}

// reachPart is all groups of one verdict.
type reachPart struct {
	verdict reach.Verdict
	title   string
	groups  []reach.Group
	open    bool
}

// reachParts puts together what stands alike. What fails for reasons that are no policy's is folded away: it is much, and
// seldom what is asked for.
func reachParts(a *reach.Answer) (out []reachPart) {
	for _, v := range reach.Verdicts() {
		p := reachPart{verdict: v, title: reach.Heading(a.Direction, v), open: v != reach.Fails}
		for _, g := range a.Groups {
			if g.Verdict == v {
				p.groups = append(p.groups, g)
			}
		}
		if len(p.groups) > 0 {
			out = append(out, p)
		}
	}
	return out
}
