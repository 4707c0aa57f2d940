package service

import (
	"fmt"
	"math"
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ruleText writes what the node holds for the decision: the rule that catches the packet and, for a DNAT, the rules that
// choose. Exact is set for iptables rules as iptables-save prints them and for the element of an nftables map; the lines
// of ipvs show the virtual server as ipvsadm lists it, whose counters nobody can know.
func ruleText(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	switch cfg.Mode {
	case IPTables:
		iptablesRules(view, cfg, p, m, c, pol, d)
	case NFTables:
		nftablesRules(view, p, m, c, pol, d)
	case IPVS:
		ipvsRules(p, d)
	}
}

func iptablesRules(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	name, proto := portName(m.svc, m.port), strings.ToLower(string(p.Protocol))
	d.RuleWhere = "iptables-save on " + p.Node
	if p.Dst.Addr().Is6() {
		d.RuleWhere = "ip6tables-save on " + p.Node
	}
	d.Exact = true
	bits := p.Dst.Addr().BitLen()
	matchDst := func(chain, comment, target string) string {
		if m.via == ViaNodePort {
			local := ""
			if d.Kind != DNAT {
				local = " -m addrtype --dst-type LOCAL"
			}
			return fmt.Sprintf("-A %s -p %s -m comment --comment %s%s -m %s --dport %d -j %s", chain, proto, quote(comment), local, proto, p.Dst.Port(), target)
		}
		return fmt.Sprintf("-A %s -d %s/%d -p %s -m comment --comment %s -m %s --dport %d -j %s",
			chain, p.Dst.Addr(), bits, proto, quote(comment), proto, p.Dst.Port(), target)
	}
	if d.Kind != DNAT {
		chain, comment, target := "KUBE-SERVICES", name+" has no endpoints", "REJECT --reject-with icmp-port-unreachable"
		if p.Dst.Addr().Is6() {
			target = "REJECT --reject-with icmp6-port-unreachable"
		}
		if m.via != ViaClusterIP {
			chain = "KUBE-EXTERNAL-SERVICES"
		}
		switch d.Reason {
		case "service.no-local-endpoints":
			comment, target = name+" has no local endpoints", "DROP"
		case "lb.source-ranges":
			chain, target = "KUBE-PROXY-FIREWALL", "DROP"
			comment = name + " traffic not accepted by " + iptablesChain("KUBE-FW-", name, proto)
		}
		d.RuleText = matchDst(chain, comment, target)
		return
	}
	chain := iptablesChain("KUBE-SVC-", name, proto)
	if usesLocalChain(m, c, pol, d) {
		chain = iptablesChain("KUBE-SVL-", name, proto)
	}
	var lines []string
	ext := iptablesChain("KUBE-EXT-", name, proto)
	switch m.via {
	case ViaClusterIP:
		lines = append(lines, matchDst("KUBE-SERVICES", name+" cluster IP", chain))
	case ViaExternalIP:
		lines = append(lines, matchDst("KUBE-SERVICES", name+" external IP", ext))
	case ViaLoadBalancer:
		target := ext
		if len(sourceRanges(m.svc, p.Dst.Addr().Is6())) > 0 {
			target = iptablesChain("KUBE-FW-", name, proto)
		}
		lines = append(lines, matchDst("KUBE-SERVICES", name+" loadbalancer IP", target))
	case ViaNodePort:
		lines = append(lines, matchDst("KUBE-NODEPORTS", name, ext))
	}
	if m.via != ViaClusterIP {
		lines = append(lines, externalJump(ext, chain, name, cfg, d)...)
	} else if d.Masquerade {
		not := ""
		if d.MasqueradeWhy == "not-a-pod" {
			if not = notLocal(cfg, p); not == "" {
				d.Exact = false
			}
		}
		lines = append(lines, fmt.Sprintf("-A %s%s -d %s/%d -p %s -m comment --comment %s -m %s --dport %d -j KUBE-MARK-MASQ",
			chain, not, p.Dst.Addr(), bits, proto, quote(name+" cluster IP"), proto, p.Dst.Port()))
	}
	// In large clusters kube-proxy leaves the comments of these chains away.
	comments := !largeCluster(view)
	comment := func(text string) string {
		if !comments {
			return ""
		}
		return " -m comment --comment " + quote(text)
	}
	for i, e := range d.Endpoints {
		sep := iptablesEndpointChain(name, proto, e.Addr)
		statistic := ""
		if rest := len(d.Endpoints) - i; rest > 1 {
			statistic = " -m statistic --mode random --probability " + probability(rest)
		}
		lines = append(lines, fmt.Sprintf("-A %s%s%s -j %s", chain, comment(name+" -> "+e.Addr.String()), statistic, sep))
	}
	for _, e := range d.Endpoints {
		sep := iptablesEndpointChain(name, proto, e.Addr)
		recent := ""
		if d.Affinity > 0 {
			recent = " -m recent --set --name " + sep + " --mask 255.255.255.255 --rsource"
			if p.Dst.Addr().Is6() {
				recent = " -m recent --set --name " + sep + " --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource"
			}
		}
		lines = append(lines, fmt.Sprintf("-A %s -p %s%s%s -m %s -j DNAT --to-destination %s", sep, proto, comment(name), recent, proto, e.Addr))
	}
	d.RuleText = strings.Join(lines, "\n")
}

// externalJump is the rule of KUBE-EXT-… that the packet takes.
func externalJump(ext, chain, name string, cfg *Config, d *Decision) []string {
	switch d.MasqueradeWhy {
	case "external-traffic-policy-cluster":
		return []string{
			fmt.Sprintf("-A %s -m comment --comment %s -j KUBE-MARK-MASQ", ext, quote("masquerade traffic for "+name+" external destinations")),
			fmt.Sprintf("-A %s -j %s", ext, chain),
		}
	case "local-source":
		return []string{
			fmt.Sprintf("-A %s -m comment --comment %s -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ", ext, quote("masquerade LOCAL traffic for "+name+" external destinations")),
			fmt.Sprintf("-A %s -m comment --comment %s -m addrtype --src-type LOCAL -j %s", ext, quote("route LOCAL traffic for "+name+" external destinations"), chain),
		}
	}
	if !d.ShortCircuit {
		return []string{fmt.Sprintf("-A %s -j %s", ext, chain)}
	}
	if cfg.Detector != DetectClusterCIDR || len(cfg.ClusterCIDRs) != 1 {
		d.Exact = false
		return []string{fmt.Sprintf("-A %s -m comment --comment %s -j %s", ext, quote("pod traffic for "+name+" external destinations"), chain)}
	}
	return []string{fmt.Sprintf("-A %s -s %s -m comment --comment %s -j %s", ext, cfg.ClusterCIDRs[0].Masked(), quote("pod traffic for "+name+" external destinations"), chain)}
}

// notLocal is the match for "no pod" of the local detector by cluster CIDR, empty for the others.
func notLocal(cfg *Config, p *Packet) string {
	if cfg.Detector != DetectClusterCIDR {
		return ""
	}
	for _, r := range cfg.ClusterCIDRs {
		if r.Addr().Is4() == p.Dst.Addr().Is4() {
			return " ! -s " + r.Masked().String()
		}
	}
	return ""
}

// usesLocalChain says whether the packet goes through the chain of the Local traffic policy.
func usesLocalChain(m match, c categories, pol policies, d *Decision) bool {
	if len(c.local) == 0 || d.ShortCircuit {
		return false
	}
	if m.via == ViaClusterIP {
		return pol.internalLocal
	}
	return pol.externalLocal
}

// probability prints 1/n the way iptables-save prints what kube-proxy wrote: kube-proxy gives ten digits, the kernel
// keeps 31 bits of them, and iptables prints eleven digits of those.
func probability(n int) string {
	const scale = 1 << 31
	var written float64
	fmt.Sscanf(fmt.Sprintf("%.10f", 1/float64(n)), "%g", &written)
	return fmt.Sprintf("%.11f", math.Round(written*scale)/scale)
}

// quote writes a comment as iptables-save does: in quotes if it has anything but letters, digits and a few signs.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
	}
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return `"` + s + `"`
}

// largeCluster says whether kube-proxy is in its large-cluster mode (pkg/proxy/iptables: more than 1000 endpoints of
// service ports).
func largeCluster(view *cluster.View) bool {
	n := 0
	for s := range view.AllSlices() {
		if s.Headless || s.Service == "" {
			continue
		}
		if n += len(s.Ports) * len(s.Endpoints); n > 1000 {
			return true
		}
	}
	return false
}

func nftWhere(addr netip.Addr, chain, node string) string {
	return fmt.Sprintf("nft list chain %s kube-proxy %s on %s", family(addr), chain, node)
}

func nftablesRules(view *cluster.View, p *Packet, m match, c categories, pol policies, d *Decision) {
	addr, proto := p.Dst.Addr(), strings.ToLower(string(p.Protocol))
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
	var lines []string
	if m.via != ViaClusterIP {
		first = chain("external-")
	}
	lines = append(lines, fmt.Sprintf("%s : goto %s", key, first))
	if first != target {
		lines = append(lines, "goto "+target)
	}
	var elements []string
	for i, e := range d.Endpoints {
		if d.Affinity > 0 {
			elements = append(elements, fmt.Sprintf("%d : goto %s", i, nftablesEndpointChain(m.svc.Namespace, m.svc.Name, proto, m.port.Name, e.Addr)))
			continue
		}
		elements = append(elements, fmt.Sprintf("%d : %s . %d", i, e.Addr.Addr(), e.Addr.Port()))
	}
	if d.Affinity > 0 {
		lines = append(lines, fmt.Sprintf("numgen random mod %d vmap { %s }", len(elements), strings.Join(elements, ", ")))
	} else {
		lines = append(lines, fmt.Sprintf("meta l4proto %s dnat %s to numgen random mod %d map { %s }", proto, family(addr), len(elements), strings.Join(elements, ", ")))
	}
	d.RuleText = strings.Join(lines, "\n")
	d.RuleWhere = where("map", set) + "; " + nftWhere(addr, target, p.Node)
}

func ipvsRules(p *Packet, d *Decision) {
	d.RuleWhere = "ipvsadm -Ln on " + p.Node
	if d.Reason == "lb.source-ranges" {
		d.RuleText, d.RuleWhere = "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP", "iptables-save on "+p.Node
		return
	}
	lines := []string{fmt.Sprintf("%s  %s rr", p.Protocol, p.Dst)}
	if d.Affinity > 0 {
		lines[0] += fmt.Sprintf(" persistent %d", d.Affinity)
	}
	for _, e := range d.Endpoints {
		lines = append(lines, fmt.Sprintf("  -> %s  Masq  1", e.Addr))
	}
	d.RuleText = strings.Join(lines, "\n")
}
