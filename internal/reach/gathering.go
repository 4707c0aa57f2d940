package reach

import (
	"cmp"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gathering puts those that stand alike into one group.
type gathering struct {
	at   map[groupKey]int
	list []Group
}

type groupKey struct {
	kind, namespace string
	object          cluster.Ref
	port            int32
	protocol        string
	verdict         Verdict
	certainty       trace.Certainty
	class           trace.Class
	reason          string
	decidedBy       cluster.Ref
}

func newGathering() *gathering { return &gathering{at: map[groupKey]int{}} }

func (g *gathering) add(group Group, member cluster.Ref) { g.addAs(group, member, group.Object) }

// addAs adds a member to the group of an object.
func (g *gathering) addAs(group Group, member, object cluster.Ref) {
	g.join(g.open(group, object), member, group.Node)
}

// open finds the group that one stands with, or makes it.
func (g *gathering) open(group Group, object cluster.Ref) int {
	key := groupKey{
		group.Kind, group.Namespace, object, group.Port, group.Protocol, group.Verdict, group.Certainty, group.Class, group.Reason, cluster.Ref{},
	}
	if group.DecidedBy != nil {
		key.decidedBy = *group.DecidedBy
	}
	i, have := g.at[key]
	if !have {
		i = len(g.list)
		g.at[key] = i
		group.Examples = []cluster.Ref{}
		g.list = append(g.list, group)
	}
	return i
}

// join counts one more member of a group.
func (g *gathering) join(i int, member cluster.Ref, node string) {
	x := &g.list[i]
	x.Members++
	if x.Node != node {
		x.Node = ""
	}
	if len(x.Examples) < 3 {
		x.Examples = append(x.Examples, member)
	}
}

var order = map[string]int{OfPods: 0, OfServices: 1, OfNodes: 2, OfHosts: 3}

// groups are all groups, sorted.
func (g *gathering) groups() []Group {
	for i := range g.list {
		slices.SortFunc(g.list[i].Examples, func(a, b cluster.Ref) int { return cmp.Compare(a.Name, b.Name) })
		if g.list[i].Flips == nil {
			g.list[i].Flips = []string{}
		}
	}
	slices.SortStableFunc(g.list, func(a, b Group) int {
		return cmp.Or(
			cmp.Compare(order[a.Kind], order[b.Kind]), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Object.Name, b.Object.Name),
			cmp.Compare(a.Object.Kind, b.Object.Kind), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Verdict, b.Verdict), cmp.Compare(a.Reason, b.Reason),
		)
	})
	if g.list == nil {
		return []Group{}
	}
	return g.list
}

func newAnswer(view *cluster.View, direction string) *Answer {
	out := &Answer{Schema: Schema, Direction: direction, Groups: []Group{}, Assumptions: []trace.Assumption{}}
	out.Source = trace.SourceOf(view)
	return out
}

// assumptions are those of all traces for an answer, each once.
func (a *asker) assumptions(of *Answer) []trace.Assumption {
	of.traced = len(a.order)
	at := map[string]int{}
	out := []trace.Assumption{}
	for _, t := range a.order {
		for _, as := range t.assumptions {
			i, have := at[as.Key]
			if !have {
				at[as.Key] = len(out)
				out = append(out, as)
				continue
			}
			out[i].WouldFlip = out[i].WouldFlip || as.WouldFlip
			if cmp.Compare(as.Value, out[i].Value) < 0 {
				out[i].Value, out[i].Source, out[i].Evidence = as.Value, as.Source, as.Evidence
			}
		}
	}
	slices.SortFunc(out, func(a, b trace.Assumption) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// summarise counts the pods.
func (a *Answer) summarise() {
	s := &a.Summary
	for _, g := range a.Groups {
		if g.Kind != OfPods {
			continue
		}
		s.Pods += g.Members
		switch g.Verdict {
		case Allowed:
			s.Allowed += g.Members
		case Denied:
			s.Denied += g.Members
		case Partly:
			s.Partly += g.Members
		case Fails:
			s.Fails += g.Members
		case Unknown:
			s.Unknown += g.Members
		}
	}
	key := "reach.summary"
	if a.Direction == ReachableFromHere {
		key = "reach.summary.from"
	}
	s.Sentence = words.Say(key, s.Allowed, s.Pods, a.Subject.Text, s.Denied)
}
