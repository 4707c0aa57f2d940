package trace

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// policyText names a policy of any kind.
func policyText(r *cluster.Ref) string {
	if r == nil {
		return "NetworkPolicy"
	}
	return string(r.Kind) + " " + refText(r)
}

func gateTitle(q policy.Question, d policy.Decision, passes bool) string {
	side := "in-gate"
	if q.Direction == policy.Egress {
		side = "out-gate"
	}
	switch {
	case !passes:
		return side + " closed"
	case !d.Allowed:
		return side + " not enforced"
	}
	return side + " open"
}

func (e *engine) gateSentence(b branch, q policy.Question, d policy.Decision, passes bool) string {
	pod := q.Pod.Namespace + "/" + q.Pod.Name
	switch {
	case !d.Allowed && passes:
		return fmt.Sprintf("%s denies this, but nothing enforces it here: the packet passes.", policyText(d.DecidedBy))
	case !d.Allowed:
		return fmt.Sprintf("%s turns the packet away: %s.", policyText(d.DecidedBy), e.lacking(d))
	case !d.Isolated:
		return fmt.Sprintf("No policy selects pod %s for %s: its gate is open.", pod, q.Direction)
	case d.Exempt == policy.ExemptOwnNode:
		return fmt.Sprintf("The gate of pod %s is open for its own node.", pod)
	case d.Exempt == policy.ExemptLoopback:
		return fmt.Sprintf("The gate of pod %s is open for the pod itself.", pod)
	case d.DecidedBy == nil:
		return fmt.Sprintf("No rule of the policies that select pod %s for %s is about this packet: its gate is open.", pod, q.Direction)
	}
	return fmt.Sprintf("%s admits the packet%s.", policyText(d.DecidedBy), ruleNumber(d))
}

func ruleNumber(d policy.Decision) string {
	if d.DecidedRule < 0 {
		return ""
	}
	return fmt.Sprintf(" by rule %d", d.DecidedRule+1)
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
			return fmt.Sprintf("%s %s lacks %s", strings.ToLower(string(m.On.Kind)), m.On.Name, m.Text)
		case "namespace":
			return fmt.Sprintf("pod %s is not in %s", m.On.Name, m.Text)
		case "rule":
			return "it has no rule that admits anybody"
		case "deny":
			if d.Rule != "" {
				return fmt.Sprintf("its rule %d (%s) denies this", d.DecidedRule+1, d.Rule)
			}
			return fmt.Sprintf("its rule %d denies this", d.DecidedRule+1)
		}
	}
	for _, c := range d.Compared {
		if !c.Holds && c.What != "peer" {
			return fmt.Sprintf("%s wants %s, got %s", c.What, c.Wanted, c.Got)
		}
	}
	for _, m := range d.Missing {
		return "it does not admit " + m.Text
	}
	return "no rule matches"
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
			out = append(out, Tried{Object: ref, Why: "not asked: its turn comes later"})
			continue
		}
		if len(p.Rules) == 0 {
			out = append(out, Tried{Object: ref, Why: "has no rule"})
			continue
		}
		for j := range p.Rules {
			r := &p.Rules[j]
			if decided && j >= d.DecidedRule && admin {
				break
			}
			switch {
			case !r.Matches:
				out = append(out, Tried{Object: ref, Why: ruleWords(j, cmp.Or(r.Lost, "does not match"))})
			case admin && r.Action == policy.Pass:
				out = append(out, Tried{Object: ref, Why: ruleWords(j, "passes it on to the next tier")})
			case admin:
				out = append(out, Tried{Object: ref, Why: ruleWords(j, "matches, of equal priority")})
			}
			if r.Matches && admin {
				break
			}
		}
	}
	for i := range d.NotSelecting.Policies {
		out = append(out, Tried{Object: &d.NotSelecting.Policies[i], Why: "selects other pods"})
	}
	return out
}

func ruleWords(i int, why string) string {
	if known, ok := lostWords[why]; ok && i < len(known) {
		return known[i]
	}
	return "rule " + strconv.Itoa(i+1) + ": " + why
}

// lostWords are what is said of most rules, written once.
var lostWords = func() map[string][8]string {
	out := map[string][8]string{}
	for _, why := range []string{"other peer", "other port", "other protocol"} {
		var list [8]string
		for i := range list {
			list[i] = "rule " + strconv.Itoa(i+1) + ": " + why
		}
		out[why] = list
	}
	return out
}()

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
