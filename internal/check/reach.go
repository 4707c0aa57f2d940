package check

import (
	"path"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// askReach holds who reaches a target against who should: each that is named must, and nobody else may.
func askReach(view *cluster.View, file string, r *Reach) (Result, *trace.Source) {
	out := Result{Name: r.Name, File: file, Line: r.line, Differs: []Difference{}}
	a, err := reach.WhoCanReach(view, reach.Ask{Target: r.Target, Port: r.Port, Protocol: r.Protocol, Assume: r.Assume})
	if err != nil {
		out.Error = err.Error()
		return out, nil
	}
	met := map[string]bool{}
	for _, g := range a.Groups {
		if g.Kind == reach.OfNodes || exempt(view, a.Subject, g) {
			continue
		}
		pattern, named := first(r.Only, nameOf(g))
		switch reaches := g.Verdict == reach.Allowed || g.Verdict == reach.Partly; {
		case named && g.Verdict == reach.Allowed:
			met[pattern] = true
		case named && g.Kind == reach.OfPods:
			met[pattern] = true // it is there, and what it meets is said here
			out.Differs = append(out.Differs, Difference{Field: reach.Who(g), Want: words.Say("check.reaches"), Got: string(g.Verdict) + ": " + reach.Why(g)})
		case !named && reaches:
			out.Differs = append(out.Differs, Difference{Field: reach.Who(g), Want: words.Say("check.does-not-reach"), Got: string(g.Verdict)})
		case !named && g.Verdict == reach.Unknown:
			out.Differs = append(out.Differs, Difference{Field: reach.Who(g), Want: words.Say("check.does-not-reach"), Got: words.Say("check.cannot-be-told", g.Reason)})
		}
	}
	for _, pattern := range r.Only {
		if !met[pattern] {
			out.Differs = append(out.Differs, Difference{Field: pattern, Want: words.Say("check.reaches"), Got: words.Say("check.nobody")})
		}
	}
	out.Passed = len(out.Differs) == 0
	return out, &a.Source
}

// exempt is who is left out of "nobody else": pods on their node's network, which pass for the node, and the target's own
// pods, which nothing keeps from themselves.
func exempt(view *cluster.View, target reach.Subject, g reach.Group) bool {
	for _, ref := range g.Examples {
		p := view.Pod(ref.Namespace, ref.Name)
		if p == nil {
			continue
		}
		if p.Shape.HostNetwork || slices.ContainsFunc(target.Addresses, func(text string) bool { return text == p.IP().String() }) {
			return true
		}
		if target.Ref.Kind != cluster.KindService {
			continue
		}
		for _, s := range view.Slices(target.Ref.Namespace, target.Ref.Name) {
			for _, e := range s.Endpoints {
				if e.Pod == ref.Name && e.TargetNamespace == ref.Namespace {
					return true
				}
			}
		}
	}
	return false
}

// nameOf is how a file names a group: the workload of pods, lan or internet, a host.
func nameOf(g reach.Group) string {
	kind := strings.ToLower(string(g.Object.Kind))
	switch {
	case g.Object.Kind == cluster.KindNetwork:
		return g.Object.Name
	case g.Object.Namespace != "":
		return kind + "/" + g.Object.Namespace + "/" + g.Object.Name
	}
	return kind + "/" + g.Object.Name
}

func first(patterns []string, name string) (string, bool) {
	for _, p := range patterns {
		if ok, _ := path.Match(strings.ToLower(p), name); ok { // Decode has looked at the patterns
			return p, true
		}
	}
	return "", false
}
