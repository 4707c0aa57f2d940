package boundary

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Range is one address range of a layer and where it was read.
type Range struct {
	Prefix   netip.Prefix
	From     string // in words: "ServiceCIDR kubernetes", "podCIDRs of 3 nodes", "guess from node addresses"
	Guess    bool
	Evidence []cluster.Evidence
}

// Ranges are the address ranges of the layers, best source first; what is guessed is marked.
type Ranges struct {
	LAN, Service, Pod []Range
}

// RangesOf reads the ranges of the layers: what the surroundings say comes first, then what the API or the cluster's own
// configuration says, and a guess only where nothing does.
func RangesOf(view *cluster.View) Ranges {
	return view.Remember(rangesKey{}, func() any { return rangesOf(view) }).(Ranges)
}

type rangesKey struct{}

func rangesOf(view *cluster.View) Ranges {
	var out Ranges
	n := view.Surroundings().Networks
	given := func(list *[]Range, prefixes []netip.Prefix) {
		for _, p := range prefixes {
			*list = append(*list, Range{Prefix: p.Masked(), From: "surroundings"})
		}
	}
	given(&out.LAN, n.LAN)
	given(&out.Service, n.Service)
	given(&out.Pod, n.Pod)
	out.service(view)
	out.pod(view)
	if len(out.LAN) == 0 {
		out.LAN = guessLAN(view)
	}
	return out
}

func (r *Ranges) service(view *cluster.View) {
	for _, o := range view.List(cluster.KindServiceCIDR) {
		c := o.(*networkingv1.ServiceCIDR)
		for _, text := range c.Spec.CIDRs {
			r.Service = add(r.Service, text, "ServiceCIDR "+c.Name, evidenceOf(cluster.KindServiceCIDR, c, "spec.cidrs"))
		}
	}
	if len(r.Service) > 0 {
		return
	}
	_, subnet, e := kubeadmSubnets(view)
	for _, text := range split(subnet) {
		r.Service = add(r.Service, text, "ConfigMap kube-system/kubeadm-config", e)
	}
	if len(r.Service) > 0 {
		return
	}
	r.Service = guessService(view)
}

func (r *Ranges) pod(view *cluster.View) {
	if len(r.Pod) > 0 {
		return
	}
	if cm := view.ConfigMap("kube-system", "kube-proxy"); cm != nil {
		var conf struct {
			ClusterCIDR string `json:"clusterCIDR"`
		}
		if yaml.Unmarshal([]byte(cm.Data["config.conf"]), &conf) == nil {
			for _, text := range split(conf.ClusterCIDR) {
				r.Pod = add(r.Pod, text, "ConfigMap kube-system/kube-proxy clusterCIDR", evidenceOf(cluster.KindConfigMap, cm, "data[config.conf]"))
			}
		}
	}
	subnet, _, e := kubeadmSubnets(view)
	for _, text := range split(subnet) {
		r.Pod = add(r.Pod, text, "ConfigMap kube-system/kubeadm-config", e)
	}
	if len(r.Pod) > 0 {
		return
	}
	var prefixes []netip.Prefix
	nodes := 0
	var evidence []cluster.Evidence
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		texts := n.Spec.PodCIDRs
		if len(texts) == 0 && n.Spec.PodCIDR != "" {
			texts = []string{n.Spec.PodCIDR}
		}
		for _, text := range texts {
			if p, err := netip.ParsePrefix(text); err == nil {
				prefixes = append(prefixes, p.Masked())
			}
		}
		if len(texts) > 0 {
			if nodes++; nodes <= 3 {
				evidence = append(evidence, evidenceOf(cluster.KindNode, n, "spec.podCIDRs"))
			}
		}
	}
	for _, p := range aggregate(prefixes) {
		r.Pod = append(r.Pod, Range{Prefix: p, From: words.Say("boundary.range.pod-cidrs", nodes), Evidence: evidence})
	}
}

func kubeadmSubnets(view *cluster.View) (pod, service string, e cluster.Evidence) {
	cm := view.ConfigMap("kube-system", "kubeadm-config")
	if cm == nil {
		return "", "", e
	}
	var conf struct {
		Networking struct {
			PodSubnet     string `json:"podSubnet"`
			ServiceSubnet string `json:"serviceSubnet"`
		} `json:"networking"`
	}
	if yaml.Unmarshal([]byte(cm.Data["ClusterConfiguration"]), &conf) != nil {
		return "", "", e
	}
	return conf.Networking.PodSubnet, conf.Networking.ServiceSubnet, evidenceOf(cluster.KindConfigMap, cm, "data[ClusterConfiguration]")
}

// guessLAN takes the network of every node's first address to be a /24 (/64): nothing in the API says how large it is.
func guessLAN(view *cluster.View) []Range {
	seen := map[netip.Prefix]bool{}
	var out []Range
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		for _, a := range n.Status.Addresses {
			addr, ok := cluster.ParseAddr(a.Address)
			if !ok || a.Type != corev1.NodeInternalIP {
				continue
			}
			bits := 24
			if addr.Is6() {
				bits = 64
			}
			p := netip.PrefixFrom(addr, bits).Masked()
			if !seen[p] {
				seen[p] = true
				out = append(out, Range{p, words.Say("boundary.range.guess-nodes"), true, []cluster.Evidence{evidenceOf(cluster.KindNode, n, "status.addresses")}})
			}
		}
	}
	slices.SortFunc(out, func(a, b Range) int { return comparePrefix(a.Prefix, b.Prefix) })
	return out
}

// guessService is the smallest range of at least 2^16 addresses that holds every cluster IP of a family, if it is no
// larger than a /12: service ranges are seldom larger, and one stray address must not swallow the world.
func guessService(view *cluster.View) []Range {
	var out []Range
	for _, v6 := range []bool{false, true} {
		var have netip.Prefix
		for _, o := range view.List(cluster.KindService) {
			s := o.(*corev1.Service)
			for _, text := range append([]string{s.Spec.ClusterIP}, s.Spec.ClusterIPs...) {
				a, ok := cluster.ParseAddr(text)
				if !ok || a.Is6() != v6 {
					continue
				}
				if !have.IsValid() {
					have = netip.PrefixFrom(a, map[bool]int{false: 16, true: 112}[v6]).Masked()
				}
				for !have.Contains(a) {
					have = netip.PrefixFrom(have.Addr(), have.Bits()-1).Masked()
				}
			}
		}
		if have.IsValid() && (have.Bits() >= 12 && !v6 || have.Bits() >= 96) {
			out = append(out, Range{Prefix: have, From: words.Say("boundary.range.guess-services"), Guess: true})
		}
	}
	return out
}

// aggregate joins prefixes that together make a larger one and drops those inside another, so that a range of 5,000
// nodes is one line.
func aggregate(list []netip.Prefix) []netip.Prefix {
	slices.SortFunc(list, comparePrefix)
	var out []netip.Prefix
	for _, p := range list {
		if n := len(out); n > 0 && out[n-1].Bits() <= p.Bits() && out[n-1].Contains(p.Addr()) {
			continue
		}
		out = append(out, p)
		for len(out) >= 2 {
			a, b := out[len(out)-2], out[len(out)-1]
			if a.Bits() != b.Bits() || a.Bits() == 0 {
				break
			}
			joined := netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked()
			if joined.Addr() != a.Addr() || !joined.Contains(b.Addr()) {
				break
			}
			out = append(out[:len(out)-2], joined)
		}
	}
	return out
}

func comparePrefix(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}

func add(list []Range, text, from string, e cluster.Evidence) []Range {
	p, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil {
		return list
	}
	p = p.Masked()
	for _, r := range list {
		if r.Prefix == p {
			return list
		}
	}
	return append(list, Range{Prefix: p, From: from, Evidence: []cluster.Evidence{e}})
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func within(list []Range, addr netip.Addr) *Range {
	for i := range list {
		if list[i].Prefix.Contains(addr) {
			return &list[i]
		}
	}
	return nil
}

func evidenceOf(kind cluster.Kind, o cluster.Object, fields ...string) cluster.Evidence {
	return cluster.Evidence{
		Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), ResourceVersion: o.GetResourceVersion(), Fields: fields,
	}
}

func podEvidence(p *cluster.Pod, fields ...string) cluster.Evidence {
	return cluster.Evidence{Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name, ResourceVersion: p.ResourceVersion, Fields: fields}
}
