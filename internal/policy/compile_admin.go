package policy

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// compileAdmin takes an AdminNetworkPolicy (network-policy-api apis/v1alpha1).
func compileAdmin(anp *v1alpha1.AdminNetworkPolicy) *guard {
	g := &guard{
		ref: cluster.Ref{Kind: cluster.KindAdminNetworkPolicy, Name: anp.Name}, version: anp.ResourceVersion, tier: TierAdmin, priority: anp.Spec.Priority,
		subject: adminSubject(anp.Spec.Subject),
	}
	for _, r := range anp.Spec.Ingress {
		g.add(Ingress, adminRule(r.Name, Action(r.Action), ingressPeers(r.From), r.Ports))
	}
	for _, r := range anp.Spec.Egress {
		peers := make([]peer, 0, len(r.To))
		for _, p := range r.To {
			peers = append(peers, anyPeer(p.Namespaces, podsOf(p.Pods), p.Nodes, texts(p.Networks), texts(p.DomainNames)))
		}
		g.add(Egress, adminRule(r.Name, Action(r.Action), peers, r.Ports))
	}
	return g.closed()
}

// compileBaseline takes a BaselineAdminNetworkPolicy.
func compileBaseline(banp *v1alpha1.BaselineAdminNetworkPolicy) *guard {
	g := &guard{
		ref: cluster.Ref{Kind: cluster.KindBaselineAdminNetworkPolicy, Name: banp.Name}, version: banp.ResourceVersion, tier: TierBaseline,
		subject: adminSubject(banp.Spec.Subject),
	}
	for _, r := range banp.Spec.Ingress {
		g.add(Ingress, adminRule(r.Name, Action(r.Action), ingressPeers(r.From), r.Ports))
	}
	for _, r := range banp.Spec.Egress {
		peers := make([]peer, 0, len(r.To))
		for _, p := range r.To {
			peers = append(peers, anyPeer(p.Namespaces, podsOf(p.Pods), p.Nodes, texts(p.Networks), nil))
		}
		g.add(Egress, adminRule(r.Name, Action(r.Action), peers, r.Ports))
	}
	return g.closed()
}

// compileCluster takes a ClusterNetworkPolicy (network-policy-api apis/v1alpha2). A tier that is not known stands in none.
func compileCluster(cnp *v1alpha2.ClusterNetworkPolicy) *guard {
	g := &guard{
		ref: cluster.Ref{Kind: cluster.KindClusterNetworkPolicy, Name: cnp.Name}, version: cnp.ResourceVersion, tier: Tier(cnp.Spec.Tier), priority: cnp.Spec.Priority,
	}
	if p := cnp.Spec.Subject.Pods; p != nil {
		g.subject = subject{spaces: compile(&p.NamespaceSelector), pods: compile(&p.PodSelector)}
	} else {
		g.subject = subject{spaces: compile(cnp.Spec.Subject.Namespaces), nobody: cnp.Spec.Subject.Namespaces == nil}
	}
	pods := func(p *v1alpha2.NamespacedPod) *namespacedPod {
		if p == nil {
			return nil
		}
		return &namespacedPod{&p.NamespaceSelector, &p.PodSelector}
	}
	for _, r := range cnp.Spec.Ingress {
		out := rule{name: r.Name, action: Action(r.Action)}
		for _, p := range r.From {
			out.peers = append(out.peers, anyPeer(p.Namespaces, pods(p.Pods), nil, nil, nil))
		}
		out.ports = protocols(r.Protocols)
		g.add(Ingress, out)
	}
	for _, r := range cnp.Spec.Egress {
		out := rule{name: r.Name, action: Action(r.Action)}
		for _, p := range r.To {
			out.peers = append(out.peers, anyPeer(p.Namespaces, pods(p.Pods), p.Nodes, texts(p.Networks), texts(p.DomainNames)))
		}
		out.ports = protocols(r.Protocols)
		g.add(Egress, out)
	}
	return g.closed()
}

// namespacedPod is what both versions call by this name.
type namespacedPod struct{ spaces, pods *metav1.LabelSelector }

func podsOf(p *v1alpha1.NamespacedPod) *namespacedPod {
	if p == nil {
		return nil
	}
	return &namespacedPod{&p.NamespaceSelector, &p.PodSelector}
}

func adminSubject(s v1alpha1.AdminNetworkPolicySubject) subject {
	if s.Pods != nil {
		return subject{spaces: compile(&s.Pods.NamespaceSelector), pods: compile(&s.Pods.PodSelector)}
	}
	return subject{spaces: compile(s.Namespaces), nobody: s.Namespaces == nil}
}

func ingressPeers(list []v1alpha1.AdminNetworkPolicyIngressPeer) []peer {
	out := make([]peer, 0, len(list))
	for _, p := range list {
		out = append(out, anyPeer(p.Namespaces, podsOf(p.Pods), nil, nil, nil))
	}
	return out
}

// anyPeer makes a peer of whichever of its fields is set; exactly one is.
func anyPeer(spaces *metav1.LabelSelector, pods *namespacedPod, nodes *metav1.LabelSelector, networks, domains []string) peer {
	switch {
	case spaces != nil:
		return peer{kind: bySelector, spaces: compile(spaces)}
	case pods != nil:
		return peer{kind: bySelector, spaces: compile(pods.spaces), pods: compile(pods.pods)}
	case nodes != nil:
		return peer{kind: byNodes, nodes: compile(nodes)}
	case len(networks) > 0:
		cidrs, bad := compileCIDRs(networks)
		return peer{kind: byNetworks, cidrs: cidrs, bad: bad, text: strings.Join(networks, ", ")}
	case len(domains) > 0:
		for i := range domains {
			domains[i] = strings.ToLower(strings.TrimSuffix(domains[i], "."))
		}
		return peer{kind: byDomains, domains: domains}
	}
	return peer{kind: byNothing}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = string(t)
	}
	return out
}

func adminRule(name string, action Action, peers []peer, ports *[]v1alpha1.AdminNetworkPolicyPort) rule {
	r := rule{name: name, action: action, peers: peers}
	if ports == nil {
		return r
	}
	for _, p := range *ports {
		switch {
		case p.PortNumber != nil:
			r.ports = append(r.ports, port{protocol: cmp.Or(p.PortNumber.Protocol, corev1.ProtocolTCP), first: p.PortNumber.Port, last: p.PortNumber.Port})
		case p.PortRange != nil:
			r.ports = append(r.ports, port{protocol: cmp.Or(p.PortRange.Protocol, corev1.ProtocolTCP), first: p.PortRange.Start, last: p.PortRange.End})
		case p.NamedPort != nil && *p.NamedPort != "":
			r.ports = append(r.ports, port{name: *p.NamedPort})
		default:
			r.ports = append(r.ports, port{nothing: true})
		}
	}
	return r
}

func protocols(list []v1alpha2.ClusterNetworkPolicyProtocol) []port {
	var out []port
	for _, p := range list {
		var protocol corev1.Protocol
		var number *v1alpha2.Port
		switch {
		case p.TCP != nil:
			protocol, number = corev1.ProtocolTCP, p.TCP.DestinationPort
		case p.UDP != nil:
			protocol, number = corev1.ProtocolUDP, p.UDP.DestinationPort
		case p.SCTP != nil:
			protocol, number = corev1.ProtocolSCTP, p.SCTP.DestinationPort
		case p.DestinationNamedPort != "":
			out = append(out, port{name: p.DestinationNamedPort})
			continue
		default:
			out = append(out, port{nothing: true})
			continue
		}
		switch {
		case number == nil:
			out = append(out, port{protocol: protocol, any: true})
		case number.Range != nil:
			out = append(out, port{protocol: protocol, first: number.Range.Start, last: number.Range.End})
		case number.Number != 0:
			out = append(out, port{protocol: protocol, first: number.Number, last: number.Number})
		default:
			out = append(out, port{nothing: true})
		}
	}
	return out
}

func (g *guard) add(d Direction, r rule) {
	s := g.side(d)
	s.applies = true // without rules these policies do not affect a direction
	s.rules = append(s.rules, r)
}

// closed marks the rules that name something unknown, an action that is none included.
func (g *guard) closed() *guard {
	for i := range g.sides {
		for j := range g.sides[i].rules {
			r := &g.sides[i].rules[j]
			r.closed = len(r.peers) == 0
			for k := range r.peers {
				p := &r.peers[k]
				r.closed = r.closed || p.kind == byNothing || p.bad || p.kind == byDomains && !r.action.admits()
			}
			for k := range r.ports {
				r.closed = r.closed || r.ports[k].nothing
			}
			if !r.action.admits() && r.action != Deny && r.action != Pass {
				r.closed, r.action = true, Deny
			}
		}
	}
	g.note()
	return g
}
