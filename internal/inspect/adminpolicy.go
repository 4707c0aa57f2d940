package inspect

import (
	"cmp"
	"strconv"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

// when says in the order of evaluation where a tier stands.
func when(tier policy.Tier) string {
	switch tier {
	case policy.TierAdmin:
		return words.Say("inspect.policy.tier-admin")
	case policy.TierBaseline:
		return words.Say("inspect.policy.tier-baseline")
	}
	return words.Say("inspect.policy.tier-unknown")
}

func describeAdminPolicy(a *About, view *cluster.View, now time.Time) bool {
	p, ok := policy.AdminPolicyOf(view, a.Ref)
	o := view.Get(a.Ref.Kind, "", a.Ref.Name)
	if !ok || o == nil {
		return false
	}
	a.Wide = []Cell{{"NAME", a.Ref.Name}, {"PRIORITY", strconv.Itoa(int(p.Priority))}, {"AGE", age(o.GetCreationTimestamp().Time, now)}}
	about := Section{Title: words.Say("inspect.title.policy"), Lines: []Line{
		line(words.Say("inspect.line.tier"), string(p.Tier)+", "+when(p.Tier)), line(words.Say("inspect.line.selects"), cmp.Or(p.Subject, words.Say("inspect.policy.every-pod"))),
	}}
	switch a.Ref.Kind {
	case cluster.KindBaselineAdminNetworkPolicy:
		a.Wide = []Cell{a.Wide[0], a.Wide[2]}
	case cluster.KindClusterNetworkPolicy:
		a.Wide = []Cell{a.Wide[0], {"TIER", string(p.Tier)}, a.Wide[1], a.Wide[2]}
	}
	if a.Ref.Kind != cluster.KindBaselineAdminNetworkPolicy {
		about.Lines = append(about.Lines, line(words.Say("inspect.line.priority"), words.Say("inspect.policy.priority", strconv.Itoa(int(p.Priority)))))
	}
	a.Sections = []Section{about}
	for _, side := range []struct {
		d     policy.Direction
		title string
	}{{policy.Ingress, words.Say("inspect.title.rules-in-the-first-that-matches-decides")}, {policy.Egress, words.Say("inspect.title.rules-out-the-first-that-matches-decides")}} {
		s := Section{Title: side.title}
		for _, r := range p.Rules {
			if r.Direction != side.d {
				continue
			}
			text := picture.AdminVerbs[r.Action] + " " + r.Peers
			if r.Ports != "" {
				text += " " + words.Say("inspect.policy.on-ports", r.Ports)
			}
			if r.Closed {
				text += " " + words.Say("inspect.policy.names-unknown")
			}
			s.Lines = append(s.Lines, line(cmp.Or(r.Name, words.Say("inspect.line.rule")), text))
		}
		a.Sections = append(a.Sections, s)
	}
	return true
}
