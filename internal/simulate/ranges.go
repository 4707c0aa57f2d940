package simulate

import (
	"cmp"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ranges are the networks addresses are taken from, the first of each family.
type ranges struct {
	lan      netip.Prefix
	services []netip.Prefix
	pods     []netip.Prefix
}

func (s *settling) findRanges() ranges {
	r := ranges{lan: defaultLAN}
	if lan := s.Surroundings.Networks.LAN; len(lan) > 0 {
		r.lan = lan[0].Masked()
	}
	for _, c := range list[*networkingv1.ServiceCIDR](s, cluster.KindServiceCIDR) {
		if c.Name != "kubernetes" && len(r.services) > 0 {
			continue
		}
		r.services = nil
		for _, text := range c.Spec.CIDRs {
			if p, err := netip.ParsePrefix(text); err == nil {
				r.services = append(r.services, p.Masked())
			}
		}
	}
	if len(r.services) == 0 {
		r.services = onePerFamily(s.Surroundings.Networks.Service)
	}
	pods, services := s.configuredRanges()
	if len(r.services) == 0 {
		r.services = services
	}
	if len(r.services) == 0 {
		r.services = []netip.Prefix{s.serviceRangeAround()}
	}
	if r.pods = onePerFamily(s.Surroundings.Networks.Pod); len(r.pods) == 0 {
		r.pods = pods
	}
	if len(r.pods) == 0 {
		r.pods = s.podRangeAround()
	}
	if len(r.pods) == 0 && r.services[0].Addr().Is6() {
		r.pods = []netip.Prefix{defaultPods6}
	}
	if len(r.pods) == 0 {
		r.pods = []netip.Prefix{defaultPods}
	}
	if s.bothFamilies() { // the API server takes such services only where both families have ranges
		if r.services[0].Addr().Is4() {
			r.services = onePerFamily(append(r.services, defaultServices6))
		}
		if r.pods[0].Addr().Is4() {
			r.pods = onePerFamily(append(r.pods, defaultPods6))
		}
	}
	return r
}

// podRangeAround guesses the range from the addresses that pods came with, unless nodes stand in it too.
func (s *settling) podRangeAround() []netip.Prefix {
	for _, p := range list[*corev1.Pod](s, cluster.KindPod) {
		a, ok := cluster.ParseAddr(p.Status.PodIP)
		if !ok || !a.Is4() || p.Spec.HostNetwork {
			continue
		}
		around := netip.PrefixFrom(a, 16).Masked()
		nodes := slices.ContainsFunc(list[*corev1.Node](s, cluster.KindNode), func(n *corev1.Node) bool {
			return slices.ContainsFunc(cluster.NodeAddrs(n), around.Contains)
		})
		if nodes || around.Overlaps(s.serviceRangeAround()) {
			return nil
		}
		return []netip.Prefix{around}
	}
	return nil
}

// bothFamilies reports whether a service needs a cluster of both families: it asks for two, or for IPv6 where IPv4 is used.
func (s *settling) bothFamilies() bool {
	return slices.ContainsFunc(list[*corev1.Service](s, cluster.KindService), func(svc *corev1.Service) bool {
		policy := svc.Spec.IPFamilyPolicy
		return policy != nil && *policy == corev1.IPFamilyPolicyRequireDualStack || slices.Contains(svc.Spec.IPFamilies, corev1.IPv6Protocol)
	})
}

// configuredRanges are those that kubeadm's configuration and kube-proxy's name.
func (s *settling) configuredRanges() (pods, services []netip.Prefix) {
	read := func(name, key string, into any) {
		if cm, ok := s.objects[cluster.Ref{Kind: cluster.KindConfigMap, Namespace: "kube-system", Name: name}].(*corev1.ConfigMap); ok {
			_ = yaml.Unmarshal([]byte(cm.Data[key]), into) // what is no YAML says nothing
		}
	}
	var kubeadm struct {
		Networking struct {
			PodSubnet     string `json:"podSubnet"`
			ServiceSubnet string `json:"serviceSubnet"`
		} `json:"networking"`
	}
	read("kubeadm-config", "ClusterConfiguration", &kubeadm)
	var proxy struct {
		ClusterCIDR string `json:"clusterCIDR"`
	}
	read("kube-proxy", "config.conf", &proxy)
	pods = onePerFamily(parseRanges(cmp.Or(kubeadm.Networking.PodSubnet, proxy.ClusterCIDR)))
	return pods, onePerFamily(parseRanges(kubeadm.Networking.ServiceSubnet))
}

func parseRanges(text string) []netip.Prefix {
	var out []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		if p, err := netip.ParsePrefix(strings.TrimSpace(part)); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// serviceRangeAround guesses the range from the services that are given, those that every cluster has first: new addresses
// must not come from elsewhere. Where none has an address, the nodes' say of which family they are.
func (s *settling) serviceRangeAround() netip.Prefix {
	var have []netip.Addr
	for _, svc := range list[*corev1.Service](s, cluster.KindService) {
		addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP)
		if !ok {
			continue
		}
		if svc.Name == "kubernetes" || svc.Name == "kube-dns" {
			have = append([]netip.Addr{addr}, have...)
		} else {
			have = append(have, addr)
		}
	}
	within := func(whole string) bool {
		p := netip.MustParsePrefix(whole)
		return len(have) > 0 && !slices.ContainsFunc(have, func(a netip.Addr) bool { return !p.Contains(a) })
	}
	switch {
	case within("10.96.0.0/12"): // kubeadm's
		return defaultServices
	case len(have) > 0 && have[0].Is4():
		return netip.PrefixFrom(have[0], 16).Masked()
	case len(have) > 0:
		return netip.PrefixFrom(have[0], 112).Masked()
	case s.onlySix():
		return defaultServices6
	}
	return defaultServices
}

// onlySix reports whether nodes were given and have IPv6 addresses only.
func (s *settling) onlySix() bool {
	n := 0
	for _, node := range list[*corev1.Node](s, cluster.KindNode) {
		for _, a := range cluster.NodeAddrs(node) {
			if a.Is4() {
				return false
			}
			n++
		}
	}
	return n > 0
}

func onePerFamily(list []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		if len(out) == 0 || len(out) == 1 && out[0].Addr().Is4() != p.Addr().Is4() {
			out = append(out, p.Masked())
		}
	}
	return out
}

// nextFree is the first unused address of a range from the given place on; the zero Addr if none is left within reach.
func nextFree(p netip.Prefix, from int, used map[netip.Addr]bool) netip.Addr {
	addr := at(p, uint64(from))
	for range 1 << 16 {
		if !p.Contains(addr) {
			return netip.Addr{}
		}
		if !used[addr] {
			return addr
		}
		addr = addr.Next()
	}
	return netip.Addr{}
}

// nextRange is the first part of a pod network that overlaps none of those in use, of the size a node gets (a /24, or a
// /64 of IPv6), counted from the second on as the pictures do.
func nextRange(whole netip.Prefix, used []netip.Prefix) netip.Prefix {
	bits := 24
	if whole.Addr().Is6() {
		bits = 64
	}
	bits = max(bits, whole.Bits())
	part := netip.PrefixFrom(whole.Addr(), bits)
	for range 1 << 12 {
		part = netip.PrefixFrom(at(part, 1<<min(part.Addr().BitLen()-bits, 63)), bits)
		if !whole.Overlaps(part) {
			break
		}
		free := true
		for _, u := range used {
			if u.Overlaps(part) {
				free = false
				break
			}
		}
		if free {
			return part
		}
	}
	return netip.PrefixFrom(whole.Addr(), bits)
}

// at is the address n places after a range's first.
func at(p netip.Prefix, n uint64) netip.Addr {
	sum := new(big.Int).SetBytes(p.Masked().Addr().AsSlice())
	if p.Addr().Is6() && n == 1<<63 { // one /64 on: the difference does not fit a uint64
		sum.Add(sum, new(big.Int).Lsh(big.NewInt(1), 64))
	} else {
		sum.Add(sum, new(big.Int).SetUint64(n))
	}
	b := make([]byte, p.Addr().BitLen()/8)
	if sum.BitLen() > len(b)*8 {
		return netip.Addr{}
	}
	sum.FillBytes(b)
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

// size is the number of addresses of a range, at most 1<<32.
func size(p netip.Prefix) uint64 {
	return 1 << min(p.Addr().BitLen()-p.Bits(), 32)
}
