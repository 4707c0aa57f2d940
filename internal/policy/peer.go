package policy

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// peers compares the peers of a rule. An empty list admits everybody, machines outside the cluster included.
func (e *evaluator) peers(namespace string, list []networkingv1.NetworkPolicyPeer) (effects []PeerEffect, any, ok bool) {
	if len(list) == 0 {
		return nil, true, true
	}
	for i := range list {
		p := e.peer(namespace, &list[i])
		p.Index = i
		ok = ok || p.Matches
		effects = append(effects, p)
	}
	return effects, false, ok
}

func (e *evaluator) peer(namespace string, p *networkingv1.NetworkPolicyPeer) PeerEffect {
	out := PeerEffect{Text: peerText(namespace, p)}
	switch {
	case p.IPBlock != nil:
		out.Compared, out.Matches = e.block(p.IPBlock)
	case p.PodSelector == nil && p.NamespaceSelector == nil:
		// The API server refuses an entry that names nothing; a file may hold one. It names nobody.
		out.Compared = []Comparison{{"peer", "a selector or ipBlock", "an empty entry", false}}
	default:
		out.Compared = e.selectors(namespace, p)
		out.Matches = allHold(out.Compared)
	}
	return out
}

// selectors compares podSelector AND namespaceSelector. Only a pod with an address of its own can match: one on the host
// network is seen as its node, unless this reading says otherwise.
func (e *evaluator) selectors(namespace string, p *networkingv1.NetworkPolicyPeer) []Comparison {
	pod := e.peerPod()
	if pod == nil {
		if e.addr.IsValid() && e.q.Peer.Pod == nil && e.q.Peer.Node == "" && !e.view.Readable(cluster.KindPod, "") && e.r.unreadable {
			e.usedKind = cluster.KindPod
			return []Comparison{{"peer", "a pod", "pods may not be read", true}}
		}
		return []Comparison{{"peer", "a pod", e.peerText(), false}}
	}
	var out []Comparison
	if p.NamespaceSelector != nil {
		out = append(out, e.namespace(p.NamespaceSelector, pod.Namespace)...)
	} else {
		out = append(out, Comparison{"namespace", namespace, pod.Namespace, pod.Namespace == namespace})
	}
	if p.PodSelector != nil {
		out = append(out, compare("podSelector", p.PodSelector, pod.Labels)...)
	}
	return out
}

// namespace compares a namespaceSelector with the labels of a namespace. Every namespace carries its name as label
// kubernetes.io/metadata.name: the API server writes it, so it also holds for namespaces from files and for those that
// may not be read.
func (e *evaluator) namespace(s *metav1.LabelSelector, name string) []Comparison {
	labels := map[string]string{}
	if ns := e.view.Namespace(name); ns != nil {
		for k, v := range ns.Labels {
			labels[k] = v
		}
	} else if !e.view.Readable(cluster.KindNamespace, "") && needsLabels(s) {
		if e.r.unreadable {
			e.usedKind = cluster.KindNamespace
		}
		return []Comparison{{"namespaceSelector", selectorText(s), "namespaces may not be read", e.r.unreadable}}
	}
	labels[corev1.LabelMetadataName] = name
	return compare("namespaceSelector", s, cluster.NewLabels(labels))
}

// needsLabels reports whether a selector reads any label but the namespace's name.
func needsLabels(s *metav1.LabelSelector) bool {
	for k := range s.MatchLabels {
		if k != corev1.LabelMetadataName {
			return true
		}
	}
	for _, x := range s.MatchExpressions {
		if x.Key != corev1.LabelMetadataName {
			return true
		}
	}
	return false
}

// block compares an ipBlock: inside the CIDR and inside none of the exceptions.
func (e *evaluator) block(b *networkingv1.IPBlock) ([]Comparison, bool) {
	cidr, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		return []Comparison{{"ipBlock", b.CIDR, "not a CIDR", false}}, false
	}
	cidr = cidr.Masked()
	if !e.addr.IsValid() {
		return e.blockOfUnnamed(b, cidr)
	}
	if e.inCluster && !e.r.blockInCluster {
		return []Comparison{{"ipBlock", cidr.String(), e.peerText() + ", which this plug-in does not match by address", false}}, false
	}
	out := []Comparison{{"ipBlock", cidr.String(), e.addr.String(), cidr.Contains(e.addr)}}
	ok := out[0].Holds
	for _, x := range b.Except {
		p, err := netip.ParsePrefix(x)
		if err != nil {
			continue
		}
		in := p.Masked().Contains(e.addr)
		out = append(out, Comparison{"except", "outside " + p.Masked().String(), e.addr.String(), !in})
		ok = ok && !in
	}
	return out, ok
}

// blockOfUnnamed compares an ipBlock with a whole network: a machine somewhere in it matches if all of it does, does not
// if none of it does, and otherwise nobody can tell.
func (e *evaluator) blockOfUnnamed(b *networkingv1.IPBlock, cidr netip.Prefix) ([]Comparison, bool) {
	where, all, none := "an unnamed machine of the Internet", false, false
	if len(e.q.Peer.Within) == 0 {
		all, none = coversInternet(cidr, b.Except)
	} else {
		var texts []string
		all, none = true, true
		for _, w := range e.q.Peer.Within {
			a, n := covers(w, cidr, b.Except)
			all, none = all && a, none && n
			texts = append(texts, w.String())
		}
		where = "an unnamed machine of " + strings.Join(texts, ", ")
	}
	holds := all || !none && e.r.split
	return []Comparison{{"ipBlock", blockText(b), where, holds}}, holds
}

// covers says whether all, and whether nothing, of a range lies in the block. Exceptions that only together cut out
// everything leave both false, which is honest if not sharp.
func covers(w, cidr netip.Prefix, except []string) (all, none bool) {
	w = w.Masked()
	if !w.Overlaps(cidr) {
		return false, true
	}
	all = cidr.Bits() <= w.Bits()
	for _, x := range except {
		p, err := netip.ParsePrefix(x)
		if err != nil || !p.Overlaps(w) {
			continue
		}
		all = false
		none = none || p.Bits() <= w.Bits() || p.Bits() <= cidr.Bits()
	}
	return all, none
}

// notInternet are the ranges no machine of the Internet has (RFC 1918, 6598, 3927, 1122, 4193, 4291).
var notInternet = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func coversInternet(cidr netip.Prefix, except []string) (all, none bool) {
	private := func(p netip.Prefix) bool {
		for _, n := range notInternet {
			if n.Addr().Is4() == p.Addr().Is4() && n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
				return true
			}
		}
		return false
	}
	all, none = cidr.Bits() == 0, private(cidr)
	for _, x := range except {
		if p, err := netip.ParsePrefix(x); err == nil && p.Overlaps(cidr) {
			all = all && private(p)
			none = none || p.Bits() <= cidr.Bits()
		}
	}
	return all, none
}

func peerText(namespace string, p *networkingv1.NetworkPolicyPeer) string {
	pods := func(s *metav1.LabelSelector) string {
		if s == nil || selectorText(s) == "" {
			return "all pods"
		}
		return "pods with " + selectorText(s)
	}
	switch {
	case p.IPBlock != nil:
		return blockText(p.IPBlock)
	case p.PodSelector == nil && p.NamespaceSelector == nil:
		return "nobody (empty entry)"
	case p.NamespaceSelector == nil:
		return pods(p.PodSelector) + " of namespace " + namespace
	case selectorText(p.NamespaceSelector) == "":
		return pods(p.PodSelector) + " of all namespaces"
	}
	return pods(p.PodSelector) + " of namespaces with " + selectorText(p.NamespaceSelector)
}

func blockText(b *networkingv1.IPBlock) string {
	if len(b.Except) == 0 {
		return b.CIDR
	}
	return b.CIDR + " except " + strings.Join(b.Except, ", ")
}
