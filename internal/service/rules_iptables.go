package service

import (
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func iptablesRules(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	name, proto := portName(m.svc, m.port), lowerProtocol(p)
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
		// Where the kernel counts packets to localhost, a rule that counts takes them first.
		d.Exact = !p.Dst.Addr().IsLoopback()
	}
	if m.via != ViaClusterIP {
		lines = append(lines, externalJump(view, p, ext, chain, name, cfg, d)...)
	} else if d.Masquerade {
		not := ""
		if d.MasqueradeWhy == "not-a-pod" {
			text, known := detectorCIDR(view, cfg, p)
			if not = " ! -s " + text; !known {
				not, d.Exact = "", false
			}
		}
		lines = append(lines, fmt.Sprintf("-A %s%s -d %s/%d -p %s -m comment --comment %s -m %s --dport %d -j KUBE-MARK-MASQ",
			chain, not, p.Dst.Addr(), bits, proto, quote(name+" cluster IP"), proto, p.Dst.Port()))
	}
	d.RuleText = strings.Join(lines, "\n")
	// In large clusters kube-proxy leaves the comments of these chains away.
	comments := !largeCluster(view, p.Dst.Addr().Is6())
	comment := func(text string) string {
		if !comments {
			return ""
		}
		return " -m comment --comment " + quote(text)
	}
	mask := "255.255.255.255"
	if p.Dst.Addr().Is6() {
		mask = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
	}
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		sep := iptablesEndpointChain(name, proto, e.Addr)
		lines = lines[:0]
		recent, to := "", comment(name+" -> "+e.Addr.String())
		if d.Affinity > 0 {
			lines = append(lines, fmt.Sprintf("-A %s%s -m recent --rcheck --seconds %d --reap --name %s --mask %s --rsource -j %s", chain, to, d.Affinity, sep, mask, sep))
			recent = " -m recent --set --name " + sep + " --mask " + mask + " --rsource"
		}
		statistic := ""
		if rest := len(d.Endpoints) - i; rest > 1 {
			statistic = " -m statistic --mode random --probability " + probability(rest)
		}
		lines = append(lines, fmt.Sprintf("-A %s%s%s -j %s", chain, to, statistic, sep))
		if e.Hairpin {
			lines = append(lines, fmt.Sprintf("-A %s -s %s/%d%s -j KUBE-MARK-MASQ", sep, e.Addr.Addr(), bits, comment(name)))
		}
		lines = append(lines, fmt.Sprintf("-A %s -p %s%s%s -m %s -j DNAT --to-destination %s", sep, proto, comment(name), recent, proto, e.Addr))
		e.RuleText = strings.Join(lines, "\n")
	}
}

// externalJump is the rule of KUBE-EXT-… that the packet takes.
func externalJump(view *cluster.View, p *Packet, ext, chain, name string, cfg *Config, d *Decision) []string {
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
	source, known := detectorCIDR(view, cfg, p)
	if !known {
		d.Exact = false
		return []string{fmt.Sprintf("-A %s -m comment --comment %s -j %s", ext, quote("pod traffic for "+name+" external destinations"), chain)}
	}
	return []string{fmt.Sprintf("-A %s -s %s -m comment --comment %s -j %s", ext, source, quote("pod traffic for "+name+" external destinations"), chain)}
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

// largeClusterEndpoints is how many endpoints of service ports make a large cluster (largeClusterEndpointsThreshold of
// pkg/proxy/iptables).
const largeClusterEndpoints = 1000

// largeKey is a family, of what is remembered of a View.
type largeKey struct{ v6 bool }

// largeCluster says whether kube-proxy is in its large-cluster mode for a family.
func largeCluster(view *cluster.View, v6 bool) bool {
	return view.Remember(largeKey{v6}, func() any { return countsAsLarge(view, v6) }).(bool)
}

func countsAsLarge(view *cluster.View, v6 bool) bool {
	n := 0
	for s := range view.AllSlices() {
		if s.Headless || s.Service == "" || v6 != (s.AddressType == discoveryv1.AddressTypeIPv6) {
			continue
		}
		svc := view.Service(s.Namespace, s.Service)
		if svc == nil || !clusterIP(svc, v6).IsValid() {
			continue
		}
		if ok, _ := proxied(svc); !ok {
			continue
		}
		for _, p := range s.Ports {
			if p.HasName && p.HasPort && slices.ContainsFunc(svc.Spec.Ports, func(q corev1.ServicePort) bool { return q.Name == p.Name && protocolOf(q.Protocol) == p.Protocol }) {
				n += len(s.Endpoints)
			}
		}
		if n > largeClusterEndpoints {
			return true
		}
	}
	return false
}
