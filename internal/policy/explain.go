package policy

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

const labelName = corev1.LabelMetadataName

// explain adds all that was considered to a decision. Of every rule it says whether it matches and what it lost by; every
// comparison is written down for one rule only, the one that decided or came closest.
func (b *Book) explain(d *Decision, q *Question, w work) {
	if d.Unreadable != "" && w.s.none() {
		return
	}
	j := b.judge(q, w.r, w.s)
	lists := [...][]*guard{w.s.admin, w.s.network, w.s.baseline}
	policies, rules := 0, 0
	for _, list := range lists {
		policies += len(list)
		for _, g := range list {
			rules += len(g.side(q.Direction).rules)
		}
	}
	if policies > 0 {
		d.Selecting = make([]PolicyEffect, 0, policies)
	}
	room := make([]RuleEffect, 0, rules)
	asked := true
	for i, tier := range [...]Tier{TierAdmin, TierNetwork, TierBaseline} {
		for _, g := range lists[i] {
			e := j.effect(g, &room)
			e.Reached = asked && !after(g, w.out.by, w.out.passed)
			d.Selecting = append(d.Selecting, e)
		}
		asked = asked && w.out.tier != tier
	}
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
				j.write(by, r)
				d.DecidedBy, d.DecidedRule, d.Rule, d.Compared = &d.Selecting[i].Policy, w.out.rule, r.Name, r.comparisons()
				if !d.Allowed {
					d.Missing = []Missing{{"deny", by.ref, words.Say("policy.rule", strconv.Itoa(w.out.rule+1))}}
				}
			}
		}
	case !d.Allowed:
		g, at := j.closest(w.s.network)
		policy := &d.Selecting[len(w.s.admin)+slices.Index(w.s.network, g)]
		var rule *RuleEffect
		if at >= 0 {
			rule = &policy.Rules[at]
			j.write(g, rule)
			d.Compared = rule.comparisons()
		}
		d.DecidedBy = &policy.Policy
		d.Missing = j.missing(policy, rule)
	}
}

// after reports whether a guard comes later than one of its tier that decided. NetworkPolicies are all asked, and so are
// policies of equal priority.
func after(g *guard, deciders ...*guard) bool {
	return g.tier != TierNetwork && slices.ContainsFunc(deciders, func(by *guard) bool { return by != nil && by.tier == g.tier && g.priority > by.priority })
}

// effect says of every rule of a policy whether it matches. room has space for the rules of all policies.
func (j *judge) effect(g *guard, room *[]RuleEffect) PolicyEffect {
	rules := g.side(j.q.Direction).rules
	out := PolicyEffect{Policy: g.ref, Tier: g.tier, Priority: g.priority, Selector: g.subject.words}
	from := len(*room)
	for i := range rules {
		r := &rules[i]
		x := RuleEffect{Index: i, Name: r.name, Action: r.action, Closed: r.closed, AnyPeer: r.anyone, AnyPort: len(r.ports) == 0}
		peer := r.anyone || j.anyPeer(r)
		x.Matches = peer && (x.AnyPort || j.anyPort(r))
		switch {
		case r.closed && r.action.admits():
			x.Matches, x.Lost = false, "unknown entry"
		case r.closed:
			x.Matches, x.Action = true, Deny
		case x.Matches:
		case !peer:
			x.Lost = "other peer"
		case !slices.ContainsFunc(r.ports, func(p port) bool { return p.speaks(j.q.Protocol) }):
			x.Lost = "other protocol"
		default:
			x.Lost = "other port"
		}
		out.Matches = out.Matches || x.Matches
		*room = append(*room, x)
	}
	if len(rules) > 0 {
		out.Rules = (*room)[from:len(*room):len(*room)]
	}
	return out
}

// speaks reports whether an entry of ports is about a protocol.
func (p *port) speaks(protocol corev1.Protocol) bool {
	return !p.nothing && protocol != ProtocolICMP && (p.protocol == "" || p.protocol == protocol)
}

// write writes every comparison of a rule down.
func (j *judge) write(g *guard, x *RuleEffect) {
	r := &g.side(j.q.Direction).rules[x.Index]
	for k := range r.peers {
		p := j.peerEffect(r, &r.peers[k])
		p.Index = k
		x.Peers = append(x.Peers, p)
	}
	for k := range r.ports {
		p := j.portEffect(&r.ports[k])
		p.Index = k
		x.Ports = append(x.Ports, p)
	}
}

// closest is the rule that lacked least: one whose peer matches before one whose ports match, then the one with the
// fewest failed comparisons, then the first. at is -1 if no policy has any rule.
func (j *judge) closest(list []*guard) (policy *guard, at int) {
	policy, at = list[0], -1
	best := 1 << 30
	for _, g := range list {
		rules := g.side(j.q.Direction).rules
		for i := range rules {
			if n := j.distance(&rules[i]); n < best {
				best, policy, at = n, g, i
			}
		}
	}
	return policy, at
}

func (j *judge) distance(r *rule) int {
	peer, port := -1, -1
	for k := range r.peers {
		n := 0
		if !j.peerMatches(r, &r.peers[k]) {
			n = 100 + j.peerFails(&r.peers[k])
		}
		if peer < 0 || n < peer {
			peer = n
		}
	}
	for k := range r.ports {
		n := 0
		if p := &r.ports[k]; !j.portMatches(p) {
			n = 11
			if !p.speaks(j.q.Protocol) {
				n = 12
			}
		}
		if port < 0 || n < port {
			port = n
		}
	}
	return max(peer, 0) + max(port, 0)
}

// peerFails counts what an entry that does not match lacks.
func (j *judge) peerFails(p *peer) int {
	switch {
	case p.kind == byBlock && !p.bad && j.addr.IsValid():
		n := 0
		for _, x := range p.except {
			if x.Contains(j.addr) {
				n++
			}
		}
		if !p.cidrs[0].Contains(j.addr) {
			n++
		}
		return max(n, 1)
	case p.kind != bySelector || j.peer == nil:
		return 1
	}
	n := 0
	if p.namespace != "" && j.peer.Namespace != p.namespace {
		n++
	}
	if p.namespace == "" {
		n += p.spaces.fails(j.book.space(j.peer.Namespace).labels)
	}
	return max(1, n+p.pods.fails(j.peer.Labels))
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
		return []Missing{{"rule", policy.Policy, words.Say("policy.any-rule")}}
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
		port := words.Say("policy.port", strconv.Itoa(int(j.q.Port)))
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
		return Missing{"namespace", pod.Ref(), words.Say("policy.namespace", c.Wanted)}
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
