package simulate

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The networks of a cluster that says nothing of its own: the LAN is the one of the documentation's pictures, the others
// are the defaults of kubeadm's guides.
var (
	defaultLAN      = netip.MustParsePrefix("192.168.10.0/24")
	defaultServices = netip.MustParsePrefix("10.96.0.0/16")
	defaultPods     = netip.MustParsePrefix("10.244.0.0/16")

	defaultServices6 = netip.MustParsePrefix("fd00:10:96::/112")
	defaultPods6     = netip.MustParsePrefix("fd00:10:244::/56")
)

// madeNodes is how many nodes a cluster gets that names none: two show what crosses from one to the other.
const madeNodes = 2

// nodes makes nodes up where none is given, and completes those that were written by hand.
func (s *settling) nodes() {
	given := list[*corev1.Node](s, cluster.KindNode)
	if len(given) == 0 {
		names := map[string]bool{}
		for _, p := range list[*corev1.Pod](s, cluster.KindPod) {
			if p.Spec.NodeName != "" {
				names[p.Spec.NodeName] = true
			}
		}
		for i := 1; len(names) < madeNodes; i++ {
			names[fmt.Sprintf("node-%d", i)] = true
		}
		for name := range names {
			n := &corev1.Node{}
			n.Name = name
			s.make(n)
		}
		given = list[*corev1.Node](s, cluster.KindNode)
	}
	used, ranges := s.usedByNodes(given)
	for _, n := range given {
		if len(cluster.NodeAddrs(n)) == 0 {
			addr := nextFree(s.ranges.lan, 11, used)
			used[addr] = true
			n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: addr.String()})
			s.addressed(n, addr)
		}
		if len(n.Status.Conditions) > 0 {
			// It comes from a cluster, and without a range of its own a plug-in gives addresses there in its own way: its
			// pods that came without one need some all the same.
			if len(nodeRanges(n)) == 0 {
				for _, whole := range s.ranges.pods {
					part := nextRange(whole, ranges)
					ranges = append(ranges, part)
					s.plugin[n.Name] = append(s.plugin[n.Name], part)
				}
			}
			continue
		}
		n.Status.Conditions = []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is posting ready status",
		}}
		s.label(n, corev1.LabelHostname, n.Name)
		s.label(n, corev1.LabelOSStable, "linux")
		if !slices.ContainsFunc(n.Status.Addresses, func(a corev1.NodeAddress) bool { return a.Type == corev1.NodeHostName }) {
			n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeHostName, Address: n.Name})
		}
		if n.Spec.PodCIDR == "" && len(n.Spec.PodCIDRs) == 0 {
			for _, whole := range s.ranges.pods {
				part := nextRange(whole, ranges)
				ranges = append(ranges, part)
				n.Spec.PodCIDRs = append(n.Spec.PodCIDRs, part.String())
			}
		}
		if len(n.Spec.PodCIDRs) == 0 {
			n.Spec.PodCIDRs = []string{n.Spec.PodCIDR}
		}
		n.Spec.PodCIDR = n.Spec.PodCIDRs[0]
	}
}

func (s *settling) usedByNodes(nodes []*corev1.Node) (used map[netip.Addr]bool, ranges []netip.Prefix) {
	used = map[netip.Addr]bool{}
	for _, h := range s.Surroundings.Hosts {
		for _, a := range h.Addresses {
			used[a] = true
		}
	}
	for _, r := range s.Surroundings.Resolvers {
		used[r.Address] = true
	}
	for _, n := range nodes {
		for _, a := range cluster.NodeAddrs(n) {
			used[a] = true
		}
		ranges = append(ranges, nodeRanges(n)...)
	}
	return used, ranges
}

func (s *settling) label(n *corev1.Node, key, value string) {
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	if n.Labels[key] == "" {
		n.Labels[key] = value
	}
}

// podRanges are the ranges from which a node's pods get their addresses.
func (s *settling) podRanges(n *corev1.Node) []netip.Prefix {
	if own := nodeRanges(n); len(own) > 0 {
		return own
	}
	return s.plugin[n.Name]
}

// nodeRanges are the pod ranges that a node names.
func nodeRanges(n *corev1.Node) []netip.Prefix {
	texts := n.Spec.PodCIDRs
	if len(texts) == 0 && n.Spec.PodCIDR != "" {
		texts = []string{n.Spec.PodCIDR}
	}
	var out []netip.Prefix
	for _, t := range texts {
		if p, err := netip.ParsePrefix(t); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}
