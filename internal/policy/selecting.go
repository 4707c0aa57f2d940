package policy

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Selecting returns the policies that isolate a pod for ingress and for egress, by name. A pod that has ended has no
// address to guard, so no policy selects it.
func Selecting(view *cluster.View, pod *cluster.Pod) (in, out []*networkingv1.NetworkPolicy) {
	if pod.Done() {
		return nil, nil
	}
	for _, o := range view.ListIn(cluster.KindNetworkPolicy, pod.Namespace) {
		np := o.(*networkingv1.NetworkPolicy)
		if !matches(&np.Spec.PodSelector, pod.Labels) {
			continue
		}
		if affects(np, Ingress) {
			in = append(in, np)
		}
		if affects(np, Egress) {
			out = append(out, np)
		}
	}
	return in, out
}

// selected are the policies that isolate a pod for one direction; every reading of a question has the same.
type selected struct {
	policies []*networkingv1.NetworkPolicy
	not      NotSelecting
}

func selectingFor(view *cluster.View, q Question) *selected {
	var s selected
	if q.Pod.Done() {
		return &s
	}
	for _, o := range view.ListIn(cluster.KindNetworkPolicy, q.Pod.Namespace) {
		np := o.(*networkingv1.NetworkPolicy)
		switch {
		case !matches(&np.Spec.PodSelector, q.Pod.Labels):
			s.not.Selector++
		case !affects(np, q.Direction):
			s.not.Direction++
		default:
			s.policies = append(s.policies, np)
			continue
		}
		if len(s.not.Policies) < 10 {
			s.not.Policies = append(s.not.Policies, refOf(np))
		}
	}
	return &s
}

// blocks reports whether any rule of the direction names addresses.
func (s *selected) blocks(d Direction) bool {
	for _, np := range s.policies {
		for _, r := range rulesOf(np, d) {
			for i := range r.peers {
				if r.peers[i].IPBlock != nil {
					return true
				}
			}
		}
	}
	return false
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

// rule is an ingress or an egress rule, which differ only in names.
type rule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

func rulesOf(np *networkingv1.NetworkPolicy, d Direction) []rule {
	var out []rule
	if d == Ingress {
		for _, r := range np.Spec.Ingress {
			out = append(out, rule{r.From, r.Ports})
		}
		return out
	}
	for _, r := range np.Spec.Egress {
		out = append(out, rule{r.To, r.Ports})
	}
	return out
}
