// Package policy decides NetworkPolicy v1: whether a pod may send to a peer (egress) or be reached by one (ingress), with
// every policy, rule and comparison that was considered. It also says which network plug-in runs and what that plug-in
// is known to do with policies.
//
// The rules are those of k8s.io/api networking/v1 types.go. What they leave to the plug-in (host network, ipBlock on pod
// addresses, ICMP) is decided by the most common reading and listed in Decision.Uncertain.
package policy
