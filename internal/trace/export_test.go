package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
)

// Decide walks a request once and tells only how its courses end: no steps, no sentences, no other values tried. It is
// what a benchmark compares the explained trace with.
func Decide(view *cluster.View, ask Ask) (outcomes int, err error) {
	req, err := command.Parse(ask.Command)
	if err != nil {
		return 0, err
	}
	from, err := originOf(view, ask, req)
	if err != nil {
		return 0, err
	}
	e, err := newEngine(view, ask, req, from, ask.Assume)
	if err != nil {
		return 0, err
	}
	e.quiet = true
	r, _ := merge(e.walk())
	return len(r.outcomes), nil
}
