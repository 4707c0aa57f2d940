package trace

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// splitsRanges reports whether an unnamed host of a network would fare differently by its address.
func (e *engine) splitsRanges(d service.Decision, p service.Packet) bool {
	if d.Service == nil || len(d.Service.Spec.LoadBalancerSourceRanges) == 0 {
		return false
	}
	for _, addr := range samples(e.view, e.from.layer, d.Service.Spec.LoadBalancerSourceRanges) {
		if addr.Is4() != p.Dst.Addr().Is4() {
			continue
		}
		q := p
		q.Src = addr
		if other := service.Decide(e.view, e.service, q); other.Kind != d.Kind {
			return true
		}
	}
	return false
}

// abroad are addresses of the Internet, far from each other: few lists of ranges hold all of them.
var abroad = []netip.Addr{
	netip.MustParseAddr("11.0.0.1"), netip.MustParseAddr("88.0.0.1"), netip.MustParseAddr("203.0.112.1"), netip.MustParseAddr("2001:4860::1"),
	netip.MustParseAddr("2a00::1"),
}

// samples are addresses of a layer on both sides of the bounds of ranges.
func samples(view *cluster.View, layer surroundings.Layer, ranges []string) []netip.Addr {
	var networks []netip.Prefix
	if layer != surroundings.LayerInternet {
		for _, lan := range boundary.RangesOf(view).LAN {
			networks = append(networks, lan.Prefix.Masked())
		}
	}
	var out []netip.Addr
	if layer == surroundings.LayerInternet {
		out = append(out, abroad...)
	}
	for _, n := range networks {
		out = append(out, n.Addr().Next(), last(n).Prev())
	}
	for _, text := range ranges {
		r, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || r.Bits() == 0 {
			continue
		}
		r = r.Masked()
		for _, a := range []netip.Addr{r.Addr(), r.Addr().Prev(), last(r), last(r).Next()} {
			if a.IsValid() && inLayer(a, layer, networks) {
				out = append(out, a)
			}
		}
	}
	return out
}

// inLayer reports whether a host of a layer may have an address; where nothing shows the ranges of a LAN, any may.
func inLayer(a netip.Addr, layer surroundings.Layer, networks []netip.Prefix) bool {
	if layer == surroundings.LayerInternet {
		return !a.IsPrivate()
	}
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return len(networks) == 0
}

// last is the last address of a range.
func last(r netip.Prefix) netip.Addr {
	b := r.Addr().As16()
	bits := r.Bits()
	if r.Addr().Is4() {
		bits += 96
	}
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	if bits < 64 {
		hi, lo = hi|^uint64(0)>>bits, ^uint64(0)
	} else {
		lo |= ^uint64(0) >> (bits - 64)
	}
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	if r.Addr().Is4() {
		return netip.AddrFrom16(b).Unmap()
	}
	return netip.AddrFrom16(b)
}
