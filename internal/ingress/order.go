package ingress

import (
	"cmp"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// KeyRuleOrder is the assumption that a longer path and a closer host come first, whatever the order in which they are
// written. AWS' load balancer takes the first of its rules that matches, and they stand in the order of the ingresses and of
// their rules; only the paths of one rule are sorted (aws-load-balancer-controller pkg/ingress model_build_listener_rules.go
// sortIngressPaths, docs Ingress annotations group.order).
const KeyRuleOrder = "rule-order"

// KeyHostOwner is the assumption that rules of several ingresses for one host go together. F5's controller gives a host to the
// oldest ingress that claims it, unless annotations make it a master with minions, and wants a host in every rule (docs, Host
// and listener collisions; internal/k8s configuration.go, validation.go).
const KeyHostOwner = "host-owner"

// firstRule is the row that AWS' load balancer comes to first.
func (m *match) firstRule() *candidate {
	rank := map[networkingv1.PathType]int{networkingv1.PathTypeExact: 0, networkingv1.PathTypePrefix: 1, networkingv1.PathTypeImplementationSpecific: 2}
	list := slices.Clone(m.list)
	slices.SortStableFunc(list, func(a, b *candidate) int {
		order := cmp.Compare(number(a.ing.Annotations[albPrefix+"group.order"], 0), number(b.ing.Annotations[albPrefix+"group.order"], 0))
		same := cmp.Or(order, cmp.Compare(a.ing.Namespace, b.ing.Namespace), cmp.Compare(a.ing.Name, b.ing.Name), cmp.Compare(a.rule, b.rule), cmp.Compare(rank[a.kind], rank[b.kind]))
		if same == 0 && a.kind == networkingv1.PathTypePrefix {
			return cmp.Compare(len(b.path), len(a.path))
		}
		return same
	})
	for _, x := range list {
		if x.lost != classDiffers && x.lost != elsewhere && x.rule >= 0 && m.matchesHost(x) && m.matchesPath(x) {
			return x
		}
	}
	return nil
}

// byOrder replaces the winner by the first rule, where the load balancer goes by that and was asked to; that it would, it notes.
func (m *match) byOrder(won *candidate) *candidate {
	if m.c.Product != ALB || won == nil {
		return won
	}
	first := m.firstRule()
	if first == nil || first == won {
		return won
	}
	m.assume(KeyRuleOrder, words.Say("ingress.order.closest"), "default", words.Say("ingress.order.aws"), true)
	if m.req.Otherwise != KeyRuleOrder {
		return won
	}
	won.lost, first.lost = lowerPriority, ""
	return first
}

const minionKind = "nginx.org/mergeable-ingress-type"

// hostOwners takes out the rows of hosts that another ingress of F5's controller owns, where that was asked; that there are
// some, it notes.
func (m *match) hostOwners() {
	if m.c.Product != NginxInc {
		return
	}
	owner := map[string]*networkingv1.Ingress{}
	var lost []*candidate
	for _, x := range m.list { // oldest first
		switch {
		case x.lost != "" || x.rule < 0 || x.ing.Annotations[minionKind] == "minion":
		case x.host == "":
			if m.c.Flags["allow-empty-ingress-host"] != "true" {
				lost = append(lost, x)
			}
		case owner[x.host] == nil:
			owner[x.host] = x.ing
		case owner[x.host] != x.ing:
			lost = append(lost, x)
		}
	}
	if !slices.ContainsFunc(lost, func(x *candidate) bool { return m.matchesHost(x) && elementPath(x, m.path) }) {
		return
	}
	m.assume(KeyHostOwner, words.Say("ingress.hosts.every"), "default", words.Say("ingress.hosts.f5"), true)
	if m.req.Otherwise == KeyHostOwner {
		for _, x := range lost {
			x.lost = hostTaken
		}
	}
}
