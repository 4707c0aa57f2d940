package policy

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

const labelName = corev1.LabelMetadataName

// explain adds all that was considered to a decision.
func (b *Book) explain(d *Decision, q *Question, w work) {
	if d.Unreadable != "" && w.s.none() {
		return
	}
	j := b.judge(q, w.r, w.s)
	asked := true
	add := func(list []*guard, last bool) {
		for _, g := range list {
			e := j.effect(g)
			e.Reached = asked && !(w.out.by != nil && w.out.tier == g.tier && after(g, w.out.by))
			d.Selecting = append(d.Selecting, e)
		}
		if last {
			asked = false
		}
	}
	add(w.s.admin, w.out.tier == TierAdmin)
	add(w.s.network, w.out.tier == TierNetwork)
	add(w.s.baseline, true)
	d.NotSelecting = b.notSelecting(q)
	d.Evidence = j.evidence()
	if d.Exempt != ExemptNone || !d.Isolated {
		return
	}
	switch by := w.out.by; {
	case by != nil:
		for i := range d.Selecting {
			if d.Selecting[i].Policy == by.ref {
				r := &d.Selecting[i].Rules[w.out.rule]
				d.DecidedBy, d.DecidedRule, d.Rule, d.Compared = &d.Selecting[i].Policy, w.out.rule, r.Name, r.comparisons()
				if !d.Allowed {
					d.Missing = []Missing{{"deny", by.ref, "rule " + strconv.Itoa(w.out.rule+1)}}
				}
			}
		}
	case !d.Allowed:
		list := networkEffects(d.Selecting)
		policy, rule := closest(list)
		d.DecidedBy = &policy.Policy
		if rule != nil {
			d.Compared = rule.comparisons()
		}
		d.Missing = j.missing(policy, rule)
	}
}

// after reports whether a guard comes later than the one that decided. NetworkPolicies are all asked.
func after(g, by *guard) bool { return g.tier != TierNetwork && compareGuards(g, by) > 0 }

func networkEffects(list []PolicyEffect) []PolicyEffect {
	first, last := -1, 0
	for i := range list {
		if list[i].Tier == TierNetwork {
			if first < 0 {
				first = i
			}
			last = i + 1
		}
	}
	return list[max(first, 0):last]
}

func (j *judge) effect(g *guard) PolicyEffect {
	rules := g.side(j.q.Direction).rules
	out := PolicyEffect{Policy: g.ref, Tier: g.tier, Priority: g.priority, Selector: g.subject.text()}
	if len(rules) > 0 {
		out.Rules = make([]RuleEffect, 0, len(rules))
	}
	for i := range rules {
		r := &rules[i]
		x := RuleEffect{Index: i, Name: r.name, Action: r.action, Closed: r.closed, AnyPeer: r.anyone, AnyPort: len(r.ports) == 0}
		peer, port, listed := r.anyone, x.AnyPort, false
		for k := range r.peers {
			p := j.peerEffect(r, &r.peers[k])
			p.Index = k
			peer = peer || p.Matches
			x.Peers = append(x.Peers, p)
		}
		for k := range r.ports {
			p := j.portEffect(&r.ports[k])
			p.Index = k
			port, listed = port || p.Matches, listed || p.Compared[0].Holds
			x.Ports = append(x.Ports, p)
		}
		x.Matches = peer && port
		switch {
		case r.closed && r.action.admits():
			x.Matches, x.Lost = false, "unknown entry"
		case r.closed:
			x.Matches, x.Action = true, Deny
		case x.Matches:
		case !peer:
			x.Lost = "other peer"
		case !listed:
			x.Lost = "other protocol"
		default:
			x.Lost = "other port"
		}
		out.Matches = out.Matches || x.Matches
		out.Rules = append(out.Rules, x)
	}
	return out
}

// closest is the rule that lacked least: one whose peer matches before one whose ports match, then the one with the
// fewest failed comparisons, then the first. rule is nil if no selecting policy has any rule.
func closest(list []PolicyEffect) (policy *PolicyEffect, rule *RuleEffect) {
	policy = &list[0]
	best := 1 << 30
	for i := range list {
		for k := range list[i].Rules {
			r := &list[i].Rules[k]
			if n := r.distance(); n < best {
				best, policy, rule = n, &list[i], r
			}
		}
	}
	return policy, rule
}

func (r *RuleEffect) distance() int {
	n := 0
	if p := r.bestPeer(); p != nil && !p.Matches {
		n += 100 + failed(p.Compared)
	}
	if p := r.bestPort(); p != nil && !p.Matches {
		n += 10 + failed(p.Compared)
	}
	return n
}

func (r *RuleEffect) bestPeer() *PeerEffect {
	var best *PeerEffect
	for i := range r.Peers {
		if p := &r.Peers[i]; best == nil || p.Matches && !best.Matches ||
			p.Matches == best.Matches && failed(p.Compared) < failed(best.Compared) {
			best = p
		}
	}
	return best
}

func (r *RuleEffect) bestPort() *PortEffect {
	var best *PortEffect
	for i := range r.Ports {
		if p := &r.Ports[i]; best == nil || p.Matches && !best.Matches ||
			p.Matches == best.Matches && failed(p.Compared) < failed(best.Compared) {
			best = p
		}
	}
	return best
}

func (r *RuleEffect) comparisons() []Comparison {
	var out []Comparison
	if p := r.bestPeer(); p != nil {
		out = append(out, p.Compared...)
	}
	if p := r.bestPort(); p != nil {
		out = append(out, p.Compared...)
	}
	return out
}

func failed(list []Comparison) int {
	n := 0
	for _, c := range list {
		if !c.Holds {
			n++
		}
	}
	return n
}

// missing says what the closest rule wants and the connection lacks.
func (j *judge) missing(policy *PolicyEffect, rule *RuleEffect) []Missing {
	if rule == nil {
		return []Missing{{"rule", policy.Policy, "any rule"}}
	}
	var out []Missing
	if p := rule.bestPeer(); p != nil && !p.Matches {
		for _, c := range p.Compared {
			if !c.Holds {
				out = append(out, j.missingPeer(policy, c))
			}
		}
	}
	if p := rule.bestPort(); p != nil && !p.Matches {
		port := "port " + strconv.Itoa(int(j.q.Port))
		if !p.Compared[0].Holds {
			out = append(out, Missing{"protocol", policy.Policy, string(j.q.Protocol) + " " + port})
		} else {
			out = append(out, Missing{"port", policy.Policy, port})
		}
	}
	return out
}

func (j *judge) missingPeer(policy *PolicyEffect, c Comparison) Missing {
	pod := j.peer
	switch {
	case c.What == "podSelector" && pod != nil:
		return Missing{"label", pod.Ref(), c.Wanted}
	case c.What == "namespaceSelector" && pod != nil:
		return Missing{"namespace-label", cluster.Ref{Kind: cluster.KindNamespace, Name: pod.Namespace}, c.Wanted}
	case c.What == "namespace" && pod != nil:
		return Missing{"namespace", pod.Ref(), "namespace " + c.Wanted}
	case c.What == "ipBlock" || c.What == "except":
		return Missing{"address", policy.Policy, j.peerText()}
	}
	return Missing{"peer", policy.Policy, j.peerText()}
}

// notSelecting counts the NetworkPolicies of the subject's namespace that are not about it.
func (b *Book) notSelecting(q *Question) NotSelecting {
	var out NotSelecting
	space := b.rules.spaces[q.Pod.Namespace]
	if q.Pod.Done() || space == nil {
		return out
	}
	selecting := b.rules.selecting(q.Pod.Namespace, q.Pod.Labels)
	out.Selector = len(space.all) - len(selecting)
	concerned := 0
	for _, g := range selecting {
		if g.side(q.Direction).applies {
			concerned++
		}
	}
	out.Direction = len(selecting) - concerned
	for _, g := range space.all {
		if len(out.Policies) == min(10, len(space.all)-concerned) {
			break
		}
		if !g.side(q.Direction).applies || !g.subject.pods.matches(q.Pod.Labels) {
			out.Policies = append(out.Policies, g.ref)
		}
	}
	return out
}

// evidence lists what was read: the selecting policies, the subject's labels, the peer's labels and its namespace's.
func (j *judge) evidence() []cluster.Evidence {
	fields := []string{"spec.podSelector", "spec.policyTypes", "spec." + string(j.q.Direction)}
	adminFields := []string{"spec.tier", "spec.priority", "spec.subject", "spec." + string(j.q.Direction)}
	out := make([]cluster.Evidence, 0, len(j.s.admin)+len(j.s.network)+len(j.s.baseline)+3)
	for _, list := range [][]*guard{j.s.admin, j.s.network, j.s.baseline} {
		for _, g := range list {
			e := cluster.Evidence{Kind: g.ref.Kind, Namespace: g.ref.Namespace, Name: g.ref.Name, ResourceVersion: g.version, Fields: fields}
			if g.tier != TierNetwork {
				e.Fields = adminFields
				if g.ref.Kind != cluster.KindClusterNetworkPolicy {
					e.Fields = adminFields[1:]
				}
			}
			out = append(out, e)
		}
	}
	labels := []string{"metadata.labels"}
	pod := func(p *cluster.Pod) {
		out = append(out, cluster.Evidence{Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name, ResourceVersion: p.ResourceVersion, Fields: labels})
	}
	pod(j.q.Pod)
	p := j.q.Peer.Pod
	if j.s.none() || p == nil {
		return out
	}
	pod(p)
	if s := j.book.space(p.Namespace); s.shown {
		out = append(out, cluster.Evidence{Kind: cluster.KindNamespace, Name: p.Namespace, ResourceVersion: s.version, Fields: labels})
	}
	return out
}
