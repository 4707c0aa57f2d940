package policy

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func compileNetworkPolicy(np *networkingv1.NetworkPolicy) *guard {
	g := &guard{
		ref: refOf(np), version: np.ResourceVersion, tier: TierNetwork,
		subject: subject{namespace: np.Namespace, pods: compile(&np.Spec.PodSelector)},
	}
	for _, r := range np.Spec.Ingress {
		g.sides[0].rules = append(g.sides[0].rules, networkRule(np.Namespace, r.From, r.Ports))
	}
	for _, r := range np.Spec.Egress {
		g.sides[1].rules = append(g.sides[1].rules, networkRule(np.Namespace, r.To, r.Ports))
	}
	g.sides[0].applies, g.sides[1].applies = affects(np, Ingress), affects(np, Egress)
	g.note()
	return g
}

func networkRule(namespace string, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) rule {
	r := rule{action: Allow, anyone: len(peers) == 0}
	for i := range peers {
		p := &peers[i]
		switch {
		case p.IPBlock != nil:
			cidrs, bad := compileCIDRs([]string{p.IPBlock.CIDR})
			except, _ := compileCIDRs(p.IPBlock.Except)
			r.peers = append(r.peers, peer{kind: byBlock, cidrs: cidrs, except: except, bad: bad, text: blockText(p.IPBlock)})
		case p.PodSelector == nil && p.NamespaceSelector == nil:
			// The API server refuses an entry that names nothing; a file may hold one. It names nobody.
			r.peers = append(r.peers, peer{kind: byNothing})
		default:
			c := peer{kind: bySelector, spaces: compile(p.NamespaceSelector), pods: compile(p.PodSelector)}
			if c.spaces == nil {
				c.namespace = namespace
			}
			r.peers = append(r.peers, c)
		}
	}
	for i := range ports {
		r.ports = append(r.ports, networkPort(&ports[i]))
	}
	return r
}

func networkPort(p *networkingv1.NetworkPolicyPort) port {
	out := port{protocol: corev1.ProtocolTCP}
	if p.Protocol != nil && *p.Protocol != "" {
		out.protocol = *p.Protocol
	}
	switch {
	case p.Port == nil:
		out.any = true
	case p.Port.Type == intstr.Int:
		out.first, out.last = p.Port.IntVal, p.Port.IntVal
		if p.EndPort != nil {
			out.last, out.ends = *p.EndPort, true
		}
	default:
		out.name = p.Port.StrVal
	}
	return out
}

// affects reports whether a policy isolates for a direction. Objects from the API carry policyTypes; those from files may
// lack it, and then the API server's default holds (k8s.io/kubernetes pkg/apis/networking/v1 SetDefaults_NetworkPolicy):
// ingress always, egress if there is at least one egress rule. An empty list counts as none.
func affects(np *networkingv1.NetworkPolicy, d Direction) bool {
	if len(np.Spec.PolicyTypes) == 0 {
		return d == Ingress || len(np.Spec.Egress) > 0
	}
	want := networkingv1.PolicyTypeIngress
	if d == Egress {
		want = networkingv1.PolicyTypeEgress
	}
	for _, t := range np.Spec.PolicyTypes {
		if t == want {
			return true
		}
	}
	return false
}

// note remembers what the rules of each side go by.
func (g *guard) note() {
	g.subject.words = g.subject.text()
	for i := range g.sides {
		s := &g.sides[i]
		for j := range s.rules {
			for k := range s.rules[j].ports {
				s.names = s.names || s.rules[j].ports[k].name != ""
				s.ends = s.ends || s.rules[j].ports[k].ends
			}
			for k := range s.rules[j].peers {
				switch s.rules[j].peers[k].kind {
				case byBlock, byNetworks:
					s.blocks = true
				case bySelector:
					s.pods = true
				case byDomains:
					s.domains = true
				}
			}
		}
	}
}

func refOf(np *networkingv1.NetworkPolicy) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindNetworkPolicy, Namespace: np.Namespace, Name: np.Name}
}
