package policy

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Evaluate answers a question about one end of a connection.
func Evaluate(view *cluster.View, q Question) Decision {
	return Decision{Allowed: true, DecidedRule: -1}
}

// Selecting returns the policies that isolate a pod for ingress and for egress, by name.
func Selecting(view *cluster.View, pod *cluster.Pod) (in, out []*networkingv1.NetworkPolicy) {
	return nil, nil
}
