package simulate

import (
	"math/big"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

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
	if len(r.services) == 0 {
		r.services = []netip.Prefix{s.serviceRangeAround()}
	}
	if r.pods = onePerFamily(s.Surroundings.Networks.Pod); len(r.pods) == 0 {
		r.pods = []netip.Prefix{defaultPods}
	}
	return r
}

// serviceRangeAround guesses the range from a kube-dns or kubernetes service that is given: files taken from a cluster
// hold its addresses, and new ones must not come from elsewhere.
func (s *settling) serviceRangeAround() netip.Prefix {
	for _, svc := range list[*corev1.Service](s, cluster.KindService) {
		if addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP); ok && addr.Is4() && !defaultServices.Contains(addr) &&
			(svc.Name == "kubernetes" || svc.Name == "kube-dns") {
			return netip.PrefixFrom(addr, 16).Masked()
		}
	}
	return defaultServices
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
