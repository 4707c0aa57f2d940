package service

import (
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The assumption keys of the trace contract that a Config answers.
const (
	KeyProxyMode          = "proxy-mode"
	KeyClusterCIDR        = "cluster-cidr"
	KeyMasqueradeAll      = "masquerade-all"
	KeyNodePortAddresses  = "nodeport-addresses"
	KeyLocalhostNodePorts = "localhost-nodeports"
	KeyServiceCIDR        = "service-cidr"
)

// uses finds the keys on which a decision depends by deciding again under every other plausible value of each: a key
// that changes nothing is not named, so that a certain decision stays certain.
func uses(view *cluster.View, cfg Config, p *Packet, d *Decision) []string {
	if d.Unread != "" {
		return nil
	}
	var keys []string
	for _, v := range variants(cfg, p) {
		if slices.Contains(keys, v.key) || !matters(v.key, view, &cfg, p, d) {
			continue
		}
		packet := *p
		if other := decide(view, &v.cfg, &packet); !sameEffect(d, &other, p) {
			keys = append(keys, v.key)
		}
	}
	slices.Sort(keys)
	return keys
}

// matters says whether a decision of this kind could depend on a key at all, so that most need not be asked about.
func matters(key string, view *cluster.View, cfg *Config, p *Packet, d *Decision) bool {
	switch key {
	case KeyNodePortAddresses, KeyLocalhostNodePorts:
		local := func(a netip.Addr) bool { return isNodeAddress(view, p.Node, a) }
		return local(p.Dst.Addr()) || slices.ContainsFunc(d.Endpoints, func(c Choice) bool { return local(c.Addr.Addr()) })
	case KeyMasqueradeAll:
		return d.Kind == DNAT && d.Via == ViaClusterIP
	case KeyServiceCIDR:
		in := func(a netip.Addr) bool { return inServiceCIDRs(cfg, a) }
		return d.Port == nil && in(p.Dst.Addr()) || slices.ContainsFunc(d.Endpoints, func(c Choice) bool { return in(c.Addr.Addr()) })
	}
	return true
}

type variant struct {
	key string
	cfg Config
}

func variants(cfg Config, p *Packet) []variant {
	var out []variant
	add := func(key string, change func(*Config)) {
		c := cfg
		c.Terse = true
		change(&c)
		out = append(out, variant{key, c})
	}
	for _, m := range []Mode{IPTables, NFTables, IPVS} {
		if m != cfg.Mode {
			add(KeyProxyMode, func(c *Config) { c.Mode = m })
		}
	}
	add(KeyClusterCIDR, func(c *Config) { c.Detector, c.ClusterCIDRs = DetectNone, nil })
	// With a detector at work a pod is taken for a pod and everything else is not, whatever the range.
	bits := 0
	if p.SrcKind == FromPod || p.SrcPod != nil && p.SrcPod.HasIP(p.Src) {
		bits = p.Src.BitLen()
	}
	r := netip.PrefixFrom(p.Src, bits)
	if bits == 0 {
		r = outOfTheWay(p.Src)
	}
	if p.Src.IsValid() && p.Src.Is4() == p.Dst.Addr().Is4() {
		add(KeyClusterCIDR, func(c *Config) { c.Detector, c.ClusterCIDRs = DetectClusterCIDR, []netip.Prefix{r} })
	}
	add(KeyMasqueradeAll, func(c *Config) { c.MasqueradeAll = !c.MasqueradeAll })
	add(KeyNodePortAddresses, func(c *Config) { c.NodePortAddresses = NodePortAddresses{Primary: true} })
	add(KeyNodePortAddresses, func(c *Config) {
		c.NodePortAddresses = NodePortAddresses{CIDRs: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
	})
	add(KeyLocalhostNodePorts, func(c *Config) { c.LocalhostNodePorts = !c.LocalhostNodePorts })
	add(KeyServiceCIDR, func(c *Config) { c.ServiceCIDRs = nil })
	return out
}

// outOfTheWay is a range of one address that is not addr.
func outOfTheWay(addr netip.Addr) netip.Prefix {
	if !addr.IsValid() {
		return netip.Prefix{}
	}
	if n := addr.Next(); n.IsValid() {
		return netip.PrefixFrom(n, n.BitLen())
	}
	return netip.PrefixFrom(addr.Prev(), addr.BitLen())
}

// sameEffect compares what a packet meets, not how it is told.
func sameEffect(a, b *Decision, p *Packet) bool {
	if a.Kind != b.Kind || a.HTTPStatus != b.HTTPStatus || len(a.Endpoints) != len(b.Endpoints) || a.ReplyLost != b.ReplyLost {
		return false
	}
	for i := range a.Endpoints {
		x, y := &a.Endpoints[i], &b.Endpoints[i]
		if x.Addr != y.Addr || x.Hairpin != y.Hairpin || x.ReplyLost != y.ReplyLost {
			return false
		}
		if (x.After == nil) != (y.After == nil) || x.After != nil && x.After.Kind != y.After.Kind {
			return false
		}
		// What a process of the node sends carries the node's address either way.
		if x.Masked != y.Masked && p.SrcKind != FromNode {
			return false
		}
	}
	return true
}
