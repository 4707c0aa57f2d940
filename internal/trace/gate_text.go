package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

// policyText names a policy of any kind.
func policyText(r *cluster.Ref) string {
	if r == nil {
		return string(cluster.KindNetworkPolicy)
	}
	return string(r.Kind) + " " + refText(r)
}

func gateTitle(q policy.Question, d policy.Decision, passes bool) string {
	key := "title.gate.in"
	if q.Direction == policy.Egress {
		key = "title.gate.out"
	}
	switch {
	case !passes:
		return words.Say(key + ".closed")
	case !d.Allowed:
		return words.Say(key + ".not-enforced")
	}
	return words.Say(key + ".open")
}

func (e *engine) gateSentence(b branch, q policy.Question, d policy.Decision, passes bool) string {
	pod := q.Pod.Namespace + "/" + q.Pod.Name
	switch {
	case !d.Allowed && passes:
		return words.Say("says.gate.not-enforced", policyText(d.DecidedBy))
	case !d.Allowed:
		return words.Say("says.gate.denies", policyText(d.DecidedBy), e.lacking(d))
	case !d.Isolated:
		return words.Say("says.gate.no-policy", pod, q.Direction)
	case d.Exempt == policy.ExemptOwnNode:
		return words.Say("says.gate.own-node", pod)
	case d.Exempt == policy.ExemptLoopback:
		return words.Say("says.gate.own-pod", pod)
	case d.DecidedBy == nil:
		return words.Say("says.gate.no-rule", pod, q.Direction)
	}
	return words.Say("says.gate.admits", policyText(d.DecidedBy), ruleNumber(d))
}

func ruleNumber(d policy.Decision) string {
	if d.DecidedRule < 0 {
		return ""
	}
	return " " + words.Say("clause.by-rule", d.DecidedRule+1)
}

func refText(r *cluster.Ref) string {
	if r == nil {
		return ""
	}
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// lacking says in words what the closest rule wants and the packet has not.
func (e *engine) lacking(d policy.Decision) string {
	for _, m := range d.Missing {
		switch m.Kind {
		case "label", "namespace-label":
			return words.Say("clause.policy.lacks", words.Kind(string(m.On.Kind)), m.On.Name, m.Text)
		case "namespace":
			return words.Say("clause.policy.not-in", m.On.Name, m.Text)
		case "rule":
			return words.Say("clause.policy.admits-nobody")
		case "deny":
			if d.Rule != "" {
				return words.Say("clause.policy.rule-denies.named", d.DecidedRule+1, d.Rule)
			}
			return words.Say("clause.policy.rule-denies", d.DecidedRule+1)
		}
	}
	for _, c := range d.Compared {
		if !c.Holds && c.What != "peer" {
			return words.Say("clause.policy.wants", c.What, c.Wanted, c.Got)
		}
	}
	for _, m := range d.Missing {
		return words.Say("clause.policy.does-not-admit", m.Text)
	}
	return words.Say("clause.no-rule-matches")
}

func comparisons(d policy.Decision) []Comparison {
	var out []Comparison
	for _, c := range d.Compared {
		out = append(out, Comparison(c))
	}
	return out
}

// rulesTried are the policies and rules that did not decide.
func rulesTried(d policy.Decision) []Tried {
	n := len(d.NotSelecting.Policies)
	for i := range d.Selecting {
		n += max(1, len(d.Selecting[i].Rules))
	}
	if n == 0 {
		return nil
	}
	out := make([]Tried, 0, n)
	for i := range d.Selecting {
		p := &d.Selecting[i]
		ref := &p.Policy
		decided := d.DecidedBy != nil && *d.DecidedBy == *ref && d.DecidedRule >= 0
		admin := p.Tier != policy.TierNetwork
		if d.Allowed && decided && !admin {
			continue
		}
		if admin && !p.Reached {
			out = append(out, Tried{Object: ref, Why: words.Say("tried.policy.later")})
			continue
		}
		if len(p.Rules) == 0 {
			out = append(out, Tried{Object: ref, Why: words.Say("tried.policy.no-rule")})
			continue
		}
		for j := range p.Rules {
			r := &p.Rules[j]
			if decided && j >= d.DecidedRule && admin {
				break
			}
			switch {
			case !r.Matches:
				out = append(out, Tried{Object: ref, Why: lostWords(j, r.Lost)})
			case admin && r.Action == policy.Pass:
				out = append(out, Tried{Object: ref, Why: ruleWords(j, words.Say("tried.policy.passes-on"))})
			case admin:
				out = append(out, Tried{Object: ref, Why: ruleWords(j, words.Say("tried.policy.equal-priority"))})
			}
			if r.Matches && admin {
				break
			}
		}
	}
	others := words.Say("tried.policy.other-pods") // of hundreds, in a big namespace
	for i := range d.NotSelecting.Policies {
		out = append(out, Tried{Object: &d.NotSelecting.Policies[i], Why: others})
	}
	return out
}

func ruleWords(i int, why string) string { return words.Say("tried.policy.rule", i+1, why) }

// lostWords say why a rule does not match.
func lostWords(i int, lost string) string {
	if known, ok := usualLosses()[lost]; ok && i < len(known) {
		return known[i]
	}
	return ruleWords(i, lossWord(lost))
}

func lossWord(lost string) string {
	switch lost {
	case "other peer":
		return words.Say("tried.policy.other-peer")
	case "other port":
		return words.Say("tried.policy.other-port")
	case "other protocol":
		return words.Say("tried.policy.other-protocol")
	case "unknown entry":
		return words.Say("tried.policy.unknown-entry")
	}
	return words.Say("tried.policy.does-not-match")
}

// usualLosses are what is said of most rules, written once.
var usualLosses = words.Kept(func() map[string][8]string {
	out := map[string][8]string{}
	for _, lost := range []string{"other peer", "other port", "other protocol"} {
		var list [8]string
		for i := range list {
			list[i] = ruleWords(i, lossWord(lost))
		}
		out[lost] = list
	}
	return out
})

func firstSelecting(d policy.Decision) *cluster.Ref {
	if d.DecidedBy != nil {
		return d.DecidedBy
	}
	if len(d.Selecting) > 0 {
		return pointer(d.Selecting[0].Policy)
	}
	return nil
}

func (e *engine) gateEnding(b branch, q policy.Question, d policy.Decision, certainty Certainty) ending {
	reason, class := "policy.ingress-denied", NoAnswer
	if q.Direction == policy.Egress {
		reason = "policy.egress-denied"
	}
	if e.facts.Value(facts.KeyPolicy) == "reject" {
		class = Refused
	}
	end := ending{
		class: class, reason: reason, certainty: certainty, decidedBy: d.DecidedBy, object: d.DecidedBy, on: pointer(q.Pod.Ref()),
		why: e.lacking(d), direction: string(q.Direction), protocol: e.protocol(&b),
	}
	for _, m := range d.Missing {
		if m.Kind == "label" || m.Kind == "namespace-label" {
			if try, ok := e.labelTry(m); ok {
				end.try = append(end.try, try)
			}
		}
	}
	return end
}
