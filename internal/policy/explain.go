package policy

import (
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// conclude decides from the effects: allowed if any rule of any policy matches. The order of policies never matters for
// that; it only picks which of several matching policies is named, the first by name.
func (d *Decision) conclude() {
	for i := range d.Selecting {
		p := &d.Selecting[i]
		for j := range p.Rules {
			if p.Rules[j].Matches {
				d.DecidedBy, d.DecidedRule = &p.Policy, p.Rules[j].Index
				d.Compared = p.Rules[j].comparisons()
				return
			}
		}
	}
	d.Allowed = false
	policy, rule := d.closest()
	d.DecidedBy = &policy.Policy
	if rule != nil {
		d.Compared = rule.comparisons()
	}
}

// closest is the rule that lacked least: one whose peer matches before one whose ports match, then the one with the
// fewest failed comparisons, then the first. rule is nil if no selecting policy has any rule.
func (d *Decision) closest() (policy *PolicyEffect, rule *RuleEffect) {
	policy = &d.Selecting[0]
	best := 1 << 30
	for i := range d.Selecting {
		for j := range d.Selecting[i].Rules {
			r := &d.Selecting[i].Rules[j]
			if n := r.distance(); n < best {
				best, policy, rule = n, &d.Selecting[i], r
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
func (e *evaluator) missing(d *Decision) []Missing {
	policy, rule := d.closest()
	if rule == nil {
		return []Missing{{"rule", policy.Policy, "any rule"}}
	}
	var out []Missing
	if p := rule.bestPeer(); p != nil && !p.Matches {
		for _, c := range p.Compared {
			if !c.Holds {
				out = append(out, e.missingPeer(policy, c))
			}
		}
	}
	if p := rule.bestPort(); p != nil && !p.Matches {
		port := "port " + strconv.Itoa(int(e.q.Port))
		if !p.Compared[0].Holds {
			out = append(out, Missing{"protocol", policy.Policy, string(e.q.Protocol) + " " + port})
		} else {
			out = append(out, Missing{"port", policy.Policy, port})
		}
	}
	return out
}

func (e *evaluator) missingPeer(policy *PolicyEffect, c Comparison) Missing {
	pod := e.peerPod()
	switch {
	case c.What == "podSelector" && pod != nil:
		return Missing{"label", pod.Ref(), c.Wanted}
	case c.What == "namespaceSelector" && pod != nil:
		return Missing{"namespace-label", cluster.Ref{Kind: cluster.KindNamespace, Name: pod.Namespace}, c.Wanted}
	case c.What == "namespace" && pod != nil:
		return Missing{"namespace", pod.Ref(), "namespace " + c.Wanted}
	case c.What == "ipBlock" || c.What == "except":
		return Missing{"address", policy.Policy, e.peerText()}
	}
	return Missing{"peer", policy.Policy, e.peerText()}
}

// evidence lists what was read: the selecting policies, the subject's labels, the peer's labels and its namespace's.
func (e *evaluator) evidence(selecting []*networkingv1.NetworkPolicy) []cluster.Evidence {
	section := "spec." + string(e.q.Direction)
	var out []cluster.Evidence
	for _, np := range selecting {
		out = append(out, cluster.Evidence{
			Kind: cluster.KindNetworkPolicy, Namespace: np.Namespace, Name: np.Name, ResourceVersion: np.ResourceVersion,
			Fields: []string{"spec.podSelector", "spec.policyTypes", section},
		})
	}
	pod := func(p *cluster.Pod) {
		out = append(out, cluster.Evidence{
			Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name, ResourceVersion: p.ResourceVersion,
			Fields: []string{"metadata.labels"},
		})
	}
	pod(e.q.Pod)
	p := e.q.Peer.Pod
	if len(selecting) == 0 || p == nil {
		return out
	}
	pod(p)
	if ns := e.view.Namespace(p.Namespace); ns != nil {
		out = append(out, cluster.Evidence{
			Kind: cluster.KindNamespace, Name: ns.Name, ResourceVersion: ns.ResourceVersion,
			Fields: []string{"metadata.labels"},
		})
	}
	return out
}
