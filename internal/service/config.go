package service

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// DefaultConfig is kube-proxy without a configuration file: iptables, no local detector, node ports everywhere.
func DefaultConfig() Config {
	return Config{Mode: IPTables, Detector: DetectNone, LocalhostNodePorts: true, NodePortAddresses: NodePortAddresses{Default: true}}
}

// detects says whether the local detector exists for an address family, and whether it takes the packet's source for a
// pod. kube-proxy has one detector a family, and none for a family of which no range is configured
// (cmd/kube-proxy/app/server_linux.go getLocalDetectors).
func (c *Config) detects(view *cluster.View, p *Packet) (implemented, local bool) {
	inRange := func(prefixes []netip.Prefix) {
		for _, r := range prefixes {
			if r.Addr().Is4() != p.Dst.Addr().Is4() {
				continue
			}
			implemented = true
			local = local || r.Contains(p.Src)
		}
	}
	switch c.Detector {
	case DetectClusterCIDR:
		inRange(c.ClusterCIDRs)
	case DetectNodeCIDR:
		if n := view.Node(p.Node); n != nil {
			inRange(podCIDRs(n))
		}
	case DetectInterface:
		return true, p.SrcKind == FromPod
	}
	return implemented, local
}

func podCIDRs(n *corev1.Node) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range append([]string{n.Spec.PodCIDR}, n.Spec.PodCIDRs...) {
		if p, err := netip.ParsePrefix(text); err == nil && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// addresses are the node's own addresses of the family of addr, the primary one first.
func nodeAddresses(view *cluster.View, node string, v6 bool) []netip.Addr {
	n := view.Node(node)
	if n == nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range cluster.NodeAddrs(n) {
		if a.Is6() == v6 {
			out = append(out, a)
		}
	}
	return out
}

// isNodeAddress says whether an address belongs to the node itself, as far as its status shows.
func isNodeAddress(view *cluster.View, node string, addr netip.Addr) bool {
	return addr.IsLoopback() || view.HasNodeAddr(node, addr)
}

// nodePortsOn says whether node ports answer on one of the node's own addresses, and if not, why. Sources:
// pkg/proxy/iptables, nftables and ipvs syncProxyRules; the meaning of "primary" and of a list without a range of the
// family is that of pkg/proxy/util NodePortAddresses.
func (c *Config) nodePortsOn(view *cluster.View, node string, addr netip.Addr) (bool, string) {
	if addr.IsLoopback() {
		switch {
		case c.Mode != IPTables:
			return false, words.Say("service.node-port.loopback", string(c.Mode))
		case addr.Is6():
			return false, words.Say("service.node-port.loopback6")
		case !c.LocalhostNodePorts:
			return false, words.Say("service.node-port.localhost-off")
		}
	}
	return c.inNodePortAddresses(view, node, addr)
}

// inNodePortAddresses says whether an address is one of those that --nodeport-addresses names. kube-proxy serves health
// checks on these, loopback addresses included.
func (c *Config) inNodePortAddresses(view *cluster.View, node string, addr netip.Addr) (bool, string) {
	npa := c.NodePortAddresses
	if npa.Primary || npa.Default && c.Mode == NFTables {
		own := nodeAddresses(view, node, addr.Is6())
		// Where the node has no address of the family no range of it is left, which means every address.
		if len(own) == 0 || own[0] == addr {
			return true, ""
		}
		return false, words.Say("service.node-port.primary")
	}
	if npa.Default {
		return true, ""
	}
	family := false
	for _, r := range npa.CIDRs {
		if r.Addr().Is4() != addr.Is4() {
			continue
		}
		family = true
		if r.Contains(addr) {
			return true, ""
		}
	}
	if !family {
		return true, ""
	}
	return false, words.Say("service.node-port.not-in-addresses")
}
