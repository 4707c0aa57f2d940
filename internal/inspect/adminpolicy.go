package inspect

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// when says in the order of evaluation where a tier stands.
var when = map[policy.Tier]string{
	policy.TierAdmin:    "asked before all NetworkPolicies",
	policy.TierBaseline: "asked last, of pods that no NetworkPolicy isolates",
}

func describeAdminPolicy(a *About, view *cluster.View, now time.Time) bool {
	p, ok := policy.AdminPolicyOf(view, a.Ref)
	o := view.Get(a.Ref.Kind, "", a.Ref.Name)
	if !ok || o == nil {
		return false
	}
	a.Wide = []Cell{{"NAME", a.Ref.Name}, {"PRIORITY", strconv.Itoa(int(p.Priority))}, {"AGE", age(o.GetCreationTimestamp().Time, now)}}
	about := Section{Title: "Policy", Lines: []Line{
		line("tier", string(p.Tier)+", "+cmp.Or(when[p.Tier], "which is not known, so nobody asks it")), line("selects", cmp.Or(p.Subject, "every pod")),
	}}
	switch a.Ref.Kind {
	case cluster.KindBaselineAdminNetworkPolicy:
		a.Wide = []Cell{a.Wide[0], a.Wide[2]}
	case cluster.KindClusterNetworkPolicy:
		a.Wide = []Cell{a.Wide[0], {"TIER", string(p.Tier)}, a.Wide[1], a.Wide[2]}
	}
	if a.Ref.Kind != cluster.KindBaselineAdminNetworkPolicy {
		about.Lines = append(about.Lines, line("priority", strconv.Itoa(int(p.Priority))+", a lower number is asked first"))
	}
	a.Sections = []Section{about}
	for _, side := range []struct {
		d     policy.Direction
		title string
	}{{policy.Ingress, "Rules in, the first that matches decides"}, {policy.Egress, "Rules out, the first that matches decides"}} {
		s := Section{Title: side.title}
		for _, r := range p.Rules {
			if r.Direction != side.d {
				continue
			}
			text := picture.AdminVerbs[r.Action] + " " + r.Peers
			if r.Ports != "" {
				text += " on " + r.Ports
			}
			if r.Closed {
				text += " (it names something unknown)"
			}
			s.Lines = append(s.Lines, line(cmp.Or(r.Name, "rule"), text))
		}
		a.Sections = append(a.Sections, s)
	}
	return true
}
