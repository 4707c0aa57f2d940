package picture

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/wire"
)

func (p *Picture) notePolicy(key cluster.Key) {
	card := ID(cluster.KindNetworkPolicy, key.Namespace, key.Name)
	has := p.view.Get(cluster.KindNetworkPolicy, key.Namespace, key.Name) != nil
	p.hold(key.Namespace, p.cards.has(card), has)
	p.putPolicy(key)
}

func (p *Picture) putPolicy(key cluster.Key) {
	card := ID(cluster.KindNetworkPolicy, key.Namespace, key.Name)
	np, ok := p.view.Get(cluster.KindNetworkPolicy, key.Namespace, key.Name).(*networkingv1.NetworkPolicy)
	if !ok {
		p.cards.remove(card)
		return
	}
	in, out := directions(np)
	p.cards.put(SectionPolicies, card, wire.Policy{
		ID: card, Namespace: np.Namespace, Name: np.Name, Ingress: in, Egress: out,
		Summary: Summary(np), Enforced: p.enforcedText(),
	})
}

func (p *Picture) enforcedText() string { return string(cmp.Or(p.enforced.Enforces, policy.Unknown)) }

// adminKinds are the kinds of policies that concern whole clusters.
var adminKinds = []cluster.Kind{cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy}

func (p *Picture) putAdminPolicy(ref cluster.Ref) {
	card := ID(ref.Kind, "", ref.Name)
	a, ok := policy.AdminPolicyOf(p.view, ref)
	if !ok {
		p.cards.remove(card)
		return
	}
	w := wire.Policy{ID: card, Name: ref.Name, Summary: AdminSummary(a), Tier: string(a.Tier), Enforced: p.enforcedText()}
	for _, r := range a.Rules {
		w.Ingress = w.Ingress || r.Direction == policy.Ingress
		w.Egress = w.Egress || r.Direction == policy.Egress
	}
	p.cards.put(SectionPolicies, card, w)
}

// AdminSummary says in a few words what the rules of a policy of the tiers Admin and Baseline do: "denies all pods of
// namespaces with team=a; out: accepts networks 10.0.0.0/8 on TCP 443".
func AdminSummary(a policy.AdminPolicy) string {
	parts := make([]string, 0, len(a.Rules))
	for i, r := range a.Rules {
		text := AdminVerbs[r.Action] + " " + r.Peers
		if r.Ports != "" {
			text += " on " + r.Ports
		}
		if r.Direction == policy.Egress && (i == 0 || a.Rules[i-1].Direction != policy.Egress) {
			text = "out: " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// AdminVerbs are what rules of the tiers Admin and Baseline do.
var AdminVerbs = map[policy.Action]string{
	policy.Allow: "accepts", policy.Accept: "accepts", policy.Deny: "denies", policy.Pass: "passes on",
}

// directions says for what a policy isolates. Objects from files may lack policyTypes; then the API server's default
// holds: ingress always, egress where there is an egress rule.
func directions(np *networkingv1.NetworkPolicy) (in, out bool) {
	if len(np.Spec.PolicyTypes) == 0 {
		return true, len(np.Spec.Egress) > 0
	}
	return slices.Contains(np.Spec.PolicyTypes, networkingv1.PolicyTypeIngress),
		slices.Contains(np.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// Summary says in a few words whom a policy lets through: "only app=api", "nobody", "everybody on 80".
func Summary(np *networkingv1.NetworkPolicy) string {
	in, out := directions(np)
	var parts []string
	if in {
		var rules []string
		for _, r := range np.Spec.Ingress {
			rules = append(rules, ruleText(r.From, r.Ports))
		}
		parts = append(parts, rulesText(rules))
	}
	if out {
		var rules []string
		for _, r := range np.Spec.Egress {
			rules = append(rules, ruleText(r.To, r.Ports))
		}
		text := "out: " + strings.Replace(rulesText(rules), "nobody", "nowhere", 1)
		parts = append(parts, strings.Replace(text, "everybody", "everywhere", 1))
	}
	return strings.Join(parts, "; ")
}

const everybody = "everybody"

func rulesText(rules []string) string {
	if len(rules) == 0 {
		return "nobody"
	}
	if slices.Contains(rules, everybody) {
		return everybody
	}
	if len(rules) == 1 && strings.HasPrefix(rules[0], everybody) {
		return rules[0]
	}
	return "only " + strings.Join(slices.Compact(rules), " or ")
}

func ruleText(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) string {
	who := everybody
	if len(peers) > 0 {
		var names []string
		for _, peer := range peers {
			names = append(names, peerText(peer))
		}
		who = strings.Join(names, ", ")
	}
	if len(ports) == 0 {
		return who
	}
	var numbers []string
	for _, port := range ports {
		text := "any port"
		if port.Port != nil {
			text = port.Port.String()
		}
		if port.EndPort != nil {
			text += "-" + strconv.Itoa(int(*port.EndPort))
		}
		if port.Protocol != nil && *port.Protocol != "TCP" {
			text += "/" + string(*port.Protocol)
		}
		numbers = append(numbers, text)
	}
	return who + " on " + strings.Join(numbers, ", ")
}

func peerText(peer networkingv1.NetworkPolicyPeer) string {
	if b := peer.IPBlock; b != nil {
		if len(b.Except) > 0 {
			return b.CIDR + " without " + strings.Join(b.Except, ", ")
		}
		return b.CIDR
	}
	var text string
	if peer.PodSelector != nil {
		text = labelsText(peer.PodSelector)
	}
	if text == "" {
		text = "all pods"
	}
	if peer.NamespaceSelector == nil {
		return text
	}
	namespaces := labelsText(peer.NamespaceSelector)
	if name, ok := strings.CutPrefix(namespaces, "kubernetes.io/metadata.name="); ok {
		namespaces = name
	}
	if namespaces == "" {
		return text + " of all namespaces"
	}
	return text + " of " + namespaces
}

func labelsText(s *metav1.LabelSelector) string {
	text := selectorText(s.MatchLabels)
	for _, e := range s.MatchExpressions {
		if text != "" {
			text += ","
		}
		switch e.Operator {
		case metav1.LabelSelectorOpExists:
			text += e.Key
		case metav1.LabelSelectorOpDoesNotExist:
			text += "!" + e.Key
		case metav1.LabelSelectorOpNotIn:
			text += e.Key + " not in (" + strings.Join(e.Values, ",") + ")"
		default:
			text += e.Key + " in (" + strings.Join(e.Values, ",") + ")"
		}
	}
	return text
}
