package service

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func nftWhere(addr netip.Addr, chain, node string) string {
	return fmt.Sprintf("nft list chain %s kube-proxy %s on %s", family(addr), chain, node)
}

func nftablesRules(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	addr, proto := p.Dst.Addr(), lowerProtocol(p)
	key := fmt.Sprintf("%s . %s . %d", addr, proto, p.Dst.Port())
	set := "service-ips"
	if m.via == ViaNodePort {
		key, set = fmt.Sprintf("%s . %d", proto, p.Dst.Port()), "service-nodeports"
	}
	chain := func(prefix string) string {
		return nftablesChain(prefix, m.svc.Namespace, m.svc.Name, proto, m.port.Name)
	}
	name := portName(m.svc, m.port)
	where := func(kind, object string) string {
		return fmt.Sprintf("nft list %s %s kube-proxy %s on %s", kind, family(addr), object, p.Node)
	}
	switch {
	case d.Reason == "lb.source-ranges":
		ranges := sourceRanges(m.svc, addr.Is6())
		sources := joinPrefixes(ranges, addr.Is6())
		for _, vip := range admittedVIPs(view, p, m, ranges) {
			sources += ", " + vip.String()
		}
		d.RuleText = fmt.Sprintf("%s saddr != { %s } drop", family(addr), sources)
		d.RuleWhere = nftWhere(addr, chain("firewall-"), p.Node)
		return
	case d.Kind != DNAT:
		verdict, set := "goto reject-chain", "no-endpoint-services"
		if d.Kind == Drop {
			verdict = "drop"
		}
		if m.via == ViaNodePort {
			set = "no-endpoint-nodeports"
		}
		d.RuleText = fmt.Sprintf("%s comment %q : %s", key, name, verdict)
		d.RuleWhere, d.Exact = where("map", set), true
		return
	}
	target := chain("service-")
	if usesLocalChain(m, c, pol, d) {
		target = chain("local-")
	}
	first := target
	if m.via != ViaClusterIP {
		first = chain("external-")
	}
	d.RuleText = fmt.Sprintf("%s : goto %s", key, first)
	d.RuleWhere = where("map", set)
	exact := true
	if first != target {
		var line string
		line, exact = externalGoto(view, cfg, p, target, d)
		d.RuleText += "\n" + line
		d.RuleWhere += "; " + nftWhere(addr, first, p.Node)
	}
	d.RuleWhere += "; " + nftWhere(addr, target, p.Node)
	if len(d.Endpoints) > nftMaxShown {
		d.Exact = false
		for i := range d.Endpoints {
			e := &d.Endpoints[i]
			e.RuleText = fmt.Sprintf("meta l4proto %s dnat %s to numgen random mod %d map { …, %d : %s . %d, … }", proto, family(addr), len(d.Endpoints), i, e.Addr.Addr(), e.Addr.Port())
		}
		return
	}
	var elements []string
	for i, e := range d.Endpoints {
		if d.Affinity > 0 {
			elements = append(elements, fmt.Sprintf("%d : goto %s", i, nftablesEndpointChain(m.svc.Namespace, m.svc.Name, proto, m.port.Name, e.Addr)))
			continue
		}
		elements = append(elements, fmt.Sprintf("%d : %s . %d", i, e.Addr.Addr(), e.Addr.Port()))
	}
	if d.Affinity == 0 {
		// kube-proxy writes "dnat ip addr . port to", which nft prints in ways that differ by its version.
		d.RuleText += fmt.Sprintf("\nmeta l4proto %s dnat %s to numgen random mod %d map { %s }", proto, family(addr), len(elements), strings.Join(elements, ", "))
		return
	}
	d.Exact = exact
	d.RuleText += fmt.Sprintf("\nnumgen random mod %d vmap { %s }", len(elements), strings.Join(elements, ", "))
	for i := range d.Endpoints {
		d.Endpoints[i].RuleText = fmt.Sprintf("meta l4proto %s dnat to %s", proto, d.Endpoints[i].Addr)
	}
	d.RuleWhere += "; " + nftWhere(addr, "endpoint-…", p.Node)
}

// nftMaxShown is of how many endpoints a map is written out: it is the same for each of them.
const nftMaxShown = 32

// externalGoto is the rule of an external-… chain that the packet takes, and whether it is literally so.
func externalGoto(view *cluster.View, cfg *Config, p *Packet, target string, d *Decision) (string, bool) {
	switch {
	case d.MasqueradeWhy == "local-source":
		return "fib saddr type local goto " + target + ` comment "short-circuit local traffic"`, true
	case !d.ShortCircuit:
		return "goto " + target, true
	}
	source, known := detectorCIDR(view, cfg, p)
	if !known {
		return "goto " + target + ` comment "short-circuit pod traffic"`, false
	}
	return family(p.Dst.Addr()) + " saddr " + source + " goto " + target + ` comment "short-circuit pod traffic"`, true
}
