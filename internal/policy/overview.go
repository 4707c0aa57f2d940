package policy

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// AdminPolicy is a policy of the tiers Admin and Baseline in words.
type AdminPolicy struct {
	Ref      cluster.Ref
	Tier     Tier // as written; one that is not known stands in none
	Priority int32
	Subject  string // "pods with app=web of namespaces with team=a"; empty for every pod
	Rules    []RuleWords
}

// RuleWords is one rule of an AdminPolicy.
type RuleWords struct {
	Direction Direction
	Name      string
	Action    Action
	Peers     string // "all pods of namespaces with team=a or networks 10.0.0.0/8"
	Ports     string // "TCP 80, UDP 53"; empty for every port
	Closed    bool   // it names something unknown: treated as the API says for that case
}

// AdminPolicyOf describes a policy of the tiers Admin and Baseline; ok is false where there is none of that kind and name.
func AdminPolicyOf(view *cluster.View, ref cluster.Ref) (out AdminPolicy, ok bool) {
	for _, g := range adminGuards(view, ref.Kind) {
		if g.ref == ref {
			return describe(g), true
		}
	}
	return AdminPolicy{}, false
}

// AdminPoliciesOf describes all policies of one of the kinds of the tiers Admin and Baseline, by name.
func AdminPoliciesOf(view *cluster.View, kind cluster.Kind) []AdminPolicy {
	var out []AdminPolicy
	for _, g := range adminGuards(view, kind) {
		out = append(out, describe(g))
	}
	return out
}

func describe(g *guard) AdminPolicy {
	out := AdminPolicy{Ref: g.ref, Tier: g.tier, Priority: g.priority, Subject: g.subject.whom()}
	for _, d := range []Direction{Ingress, Egress} {
		for i := range g.side(d).rules {
			r := &g.side(d).rules[i]
			out.Rules = append(out.Rules, RuleWords{Direction: d, Name: r.name, Action: r.action, Peers: r.peersWords(), Ports: r.portsWords(), Closed: r.closed})
		}
	}
	return out
}

// whom is subject.text as a clause of its own.
func (s *subject) whom() string {
	switch {
	case s.nobody:
		return words.Say("policy.nobody.subject")
	case s.pods.text() == "" && s.spaces.text() == "":
		return ""
	case s.pods.text() == "":
		return words.Say("policy.namespaces-with", s.spaces.text())
	case s.spaces.text() == "":
		return words.Say("policy.pods-with", s.pods.text())
	}
	return words.Say("policy.pods-with.of-namespaces-with", s.pods.text(), s.spaces.text())
}

func (r *rule) peersWords() string {
	texts := make([]string, len(r.peers))
	for i := range r.peers {
		texts[i] = r.peers[i].words()
	}
	return cmp.Or(strings.Join(texts, " or "), "nobody")
}

func (r *rule) portsWords() string {
	texts := make([]string, len(r.ports))
	for i := range r.ports {
		p := &r.ports[i]
		switch {
		case p.nothing:
			texts[i] = words.Say("policy.nothing.entry")
		case p.name != "":
			texts[i] = strings.TrimSpace(string(p.protocol) + " " + p.name)
		case p.any:
			texts[i] = string(p.protocol)
		case p.first != p.last:
			texts[i] = fmt.Sprintf("%s %d-%d", p.protocol, p.first, p.last)
		default:
			texts[i] = string(p.protocol) + " " + strconv.Itoa(int(p.first))
		}
	}
	return strings.Join(texts, ", ")
}
