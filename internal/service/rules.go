package service

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ruleText writes what the node holds for the decision: the rules that catch the packet and, of each choice, those that
// lead to it. Exact is set where iptables-save, or nft list, prints every line just so; the lines of ipvs show the virtual
// server as ipvsadm lists it, whose counters nobody can know. testbed/oracle holds exact lines to those that kube-proxy
// writes.
func ruleText(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	switch cfg.Mode {
	case IPTables:
		iptablesRules(view, cfg, p, m, c, pol, d)
	case NFTables:
		nftablesRules(view, cfg, p, m, c, pol, d)
	case IPVS:
		ipvsRules(p, d)
	}
}

// TextFor is the text of the rules by which a packet comes to one choice.
func (d *Decision) TextFor(c *Choice) string {
	if c.RuleText == "" {
		return d.RuleText
	}
	return d.RuleText + "\n" + c.RuleText
}

// detectorCIDR is the range by which the local detector knows pods, as kube-proxy writes it into rules; none for a detector
// by interface, whose name is not known here.
func detectorCIDR(view *cluster.View, cfg *Config, p *Packet) (string, bool) {
	ranges := cfg.ClusterCIDRs
	switch cfg.Detector {
	case DetectClusterCIDR:
	case DetectNodeCIDR:
		ranges = nil
		if n := view.Node(p.Node); n != nil {
			ranges = podCIDRs(n)
		}
	default:
		return "", false
	}
	found := ""
	for _, r := range ranges {
		if r.Addr().Is4() != p.Dst.Addr().Is4() {
			continue
		}
		if found != "" {
			return found, false // kube-proxy takes one of a family only
		}
		found = r.Masked().String()
	}
	return found, found != ""
}

func ipvsRules(p *Packet, d *Decision) {
	d.RuleWhere = "ipvsadm -Ln on " + p.Node
	if d.Reason == "lb.source-ranges" {
		d.RuleText, d.RuleWhere = "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP", "iptables-save on "+p.Node
		return
	}
	d.RuleText = fmt.Sprintf("%s  %s rr", p.Protocol, p.Dst)
	if d.Affinity > 0 {
		d.RuleText += fmt.Sprintf(" persistent %d", d.Affinity)
	}
	for i := range d.Endpoints {
		d.Endpoints[i].RuleText = fmt.Sprintf("  -> %s  Masq  1", d.Endpoints[i].Addr)
	}
}

func lowerProtocol(p *Packet) string { return strings.ToLower(string(p.Protocol)) }
