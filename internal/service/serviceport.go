package service

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// servicePort decides a packet that goes to a port of a service: SEMANTICS 2.3 rows 1 to 11 and section 2.4.
func servicePort(view *cluster.View, cfg *Config, p *Packet, m match) Decision {
	d := Decision{Via: m.via, Service: m.svc, Port: m.port, Affinity: affinity(m.svc), RoundRobin: cfg.Mode == IPVS}
	if !view.Readable(cluster.KindEndpointSlice, m.svc.Namespace) {
		d.Unread, d.Why = "endpointslices", words.Say("service.slices-not-read")
		return d
	}
	v6 := p.Dst.Addr().Is6()
	all := cfg.endpoints(view, m.svc, m.port, v6)
	c, pol := categoriesOf(view, p, m, all)
	if cfg.Mode == IPVS {
		ipvs(view, cfg, p, m, c, pol, &d)
	} else {
		chains(view, cfg, p, m, c, pol, &d)
	}
	if cfg.Terse {
		return d
	}
	d.Evidence = evidence(view, p, m, all, c)
	d.NotChosen = notChosen(all, &d, p.Node, c)
	if d.Kind != Drop && d.Kind != Reject && d.Kind != DNAT {
		return d
	}
	ruleText(view, cfg, p, m, c, pol, &d)
	return d
}

// chains follows syncProxyRules of pkg/proxy/iptables and pkg/proxy/nftables, which differ in when source ranges are
// looked at and in which hooks refuse.
func chains(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	ranges := rangesOf(cfg, p, m)
	if len(ranges) > 0 && (c.any || cfg.Mode == NFTables) && !inRanges(view, p, m, ranges) {
		d.Kind, d.Reason = Drop, "lb.source-ranges"
		d.Why = words.Say("service.source-ranges", p.Src, joinPrefixes(ranges, p.Dst.Addr().Is6()))
		return
	}
	if !c.any {
		if cfg.Mode == IPTables && p.SrcKind == FromNode && m.via != ViaClusterIP && !isNodeAddress(view, p.Node, p.Dst.Addr()) {
			// KUBE-EXTERNAL-SERVICES hangs in INPUT and FORWARD, not in OUTPUT: what the node itself sends to an
			// external address is not refused here, it leaves toward whoever holds that address.
			d.Kind = NoRule
			d.Why = words.Say("service.iptables-external")
			return
		}
		d.Kind, d.Reason, d.Why = Reject, "service.no-endpoints", words.Say("service.no-ready-endpoint")
		return
	}
	implemented, isPod := cfg.detects(view, p)
	if m.via == ViaClusterIP {
		if pol.internalLocal {
			if len(c.local) == 0 {
				d.Kind, d.Reason, d.Why = Drop, "service.no-local-endpoints", words.Say("service.internal-local", p.Node)
				return
			}
			d.dnat(view, c.local, p, cfg)
		} else {
			d.dnat(view, c.cluster, p, cfg)
		}
		switch {
		case cfg.MasqueradeAll:
			d.masquerade("masquerade-all")
		case implemented && !isPod:
			d.masquerade("not-a-pod")
		}
		d.sources(view, cfg, p)
		return
	}
	switch local := isLocalSource(view, p); {
	case !pol.externalLocal:
		d.masquerade("external-traffic-policy-cluster")
		d.dnat(view, c.cluster, p, cfg)
	case implemented && isPod:
		d.ShortCircuit = true
		d.dnat(view, c.cluster, p, cfg)
	case local:
		d.ShortCircuit = true
		d.masquerade("local-source")
		d.dnat(view, c.cluster, p, cfg)
	case len(c.local) > 0:
		d.dnat(view, c.local, p, cfg)
	default:
		d.Kind, d.Reason, d.Why = Drop, "service.no-local-endpoints", words.Say("service.external-local", p.Node)
	}
	d.sources(view, cfg, p)
}

// ipvs follows pkg/proxy/ipvs syncEndpoint: where a Local policy finds no endpoint on the node, the cluster's endpoints
// serve, and what comes from outside loses its reply.
func ipvs(view *cluster.View, cfg *Config, p *Packet, m match, c categories, pol policies, d *Decision) {
	ranges := rangesOf(cfg, p, m)
	if len(ranges) > 0 && !inRanges(view, p, m, ranges) {
		d.Kind, d.Reason = Drop, "lb.source-ranges"
		d.Why = words.Say("service.source-ranges", p.Src, joinPrefixes(ranges, p.Dst.Addr().Is6()))
		return
	}
	onlyLocal := pol.externalLocal
	if m.via == ViaClusterIP {
		onlyLocal = pol.internalLocal
	}
	chosen := c.cluster
	if onlyLocal && len(c.local) > 0 {
		chosen = c.local
	}
	if len(chosen) == 0 {
		d.Kind, d.Reason, d.Why = Reject, "service.no-endpoints", words.Say("service.ipvs.no-destination")
		d.Guess = words.Say("service.ipvs.refuses")
		if c.any {
			d.Reason = "service.no-local-endpoints"
		}
		return
	}
	implemented, isPod := cfg.detects(view, p)
	switch {
	case m.via == ViaClusterIP && cfg.MasqueradeAll:
		d.masquerade("masquerade-all")
	case m.via == ViaClusterIP && implemented && !isPod:
		d.masquerade("not-a-pod")
	case m.via == ViaClusterIP && !implemented && p.SrcKind == FromNode:
		// The node would send from the cluster IP itself, which is its own on kube-ipvs0.
		d.masquerade("local-source")
	case m.via != ViaClusterIP && !pol.externalLocal:
		d.masquerade("external-traffic-policy-cluster")
	}
	d.dnat(view, chosen, p, cfg)
	d.ShortCircuit = onlyLocal && len(c.local) == 0
	d.sources(view, cfg, p)
	if d.ReplyLost && onlyLocal {
		d.Reason = "service.no-local-endpoints"
		d.Why = words.Say("service.ipvs.local", p.Node)
	}
}

func (d *Decision) dnat(view *cluster.View, chosen []Endpoint, p *Packet, cfg *Config) {
	d.Kind = DNAT
	d.Endpoints = make([]Choice, len(chosen))
	for i := range chosen {
		e := &chosen[i]
		local := e.Node != "" && e.Node == p.Node
		hairpin := e.Addr.Addr() == p.Src && (cfg.Mode == IPTables || local || cfg.Mode == NFTables && hairpins(view, p, e))
		d.Endpoints[i] = Choice{Endpoint: *e, Share: 1 / float64(len(chosen)), Local: local, Hairpin: hairpin}
	}
}

func (d *Decision) masquerade(why string) { d.Masquerade, d.MasqueradeWhy = true, why }

// sources says of every choice whose address it sees, what the node does with the packet from there on, and whether its
// reply finds back.
func (d *Decision) sources(view *cluster.View, cfg *Config, p *Packet) {
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		e.After = after(view, cfg, p, e.Addr, d.Masquerade || e.Hairpin)
		delivered := p.SrcKind != FromNode && isNodeAddress(view, p.Node, e.Addr.Addr())
		e.Masked = (d.Masquerade || e.Hairpin) && !delivered
	}
	d.replies(p)
}

// replies marks the choices whose reply does not come back through this node and so keeps the endpoint's address: the
// packet came in by the wire, its source is kept, and the endpoint stands elsewhere.
func (d *Decision) replies(p *Packet) {
	if d.Kind != DNAT || d.Masquerade || p.SrcKind != FromOther {
		return
	}
	d.ReplyLost = true
	for i := range d.Endpoints {
		e := &d.Endpoints[i]
		e.ReplyLost = !e.Local && !e.Hairpin
		d.ReplyLost = d.ReplyLost && e.ReplyLost
	}
}

// isLocalSource says whether the packet's source is an address of this node: a process of the node, or a load balancer
// that sits on it.
func isLocalSource(view *cluster.View, p *Packet) bool {
	return p.SrcKind == FromNode || isNodeAddress(view, p.Node, p.Src)
}

// rangesOf are the source ranges that guard the packet's destination, none where it is no load-balancer address. One that is
// an external IP of the service as well is taken by the rule of that first in iptables, and that asks for no ranges; the
// other modes ask by address and port before anything else.
func rangesOf(cfg *Config, p *Packet, m match) []netip.Prefix {
	v6 := p.Dst.Addr().Is6()
	both := m.via == ViaExternalIP && cfg.Mode != IPTables && slices.Contains(loadBalancerVIPs(m.svc, v6), p.Dst.Addr())
	if m.via != ViaLoadBalancer && !both {
		return nil
	}
	return sourceRanges(m.svc, v6)
}

// inRanges says whether load-balancer source ranges admit the packet.
func inRanges(view *cluster.View, p *Packet, m match, ranges []netip.Prefix) bool {
	admits := func(r netip.Prefix) bool { return r.Contains(p.Src) }
	return slices.ContainsFunc(ranges, admits) || slices.Contains(admittedVIPs(view, p, m, ranges), p.Src)
}

// admittedVIPs are the load-balancer addresses that are admitted as sources: all of them where the ranges contain the
// node's own address, since what the node sends to a load balancer's address that it holds comes from that address.
func admittedVIPs(view *cluster.View, p *Packet, m match, ranges []netip.Prefix) []netip.Addr {
	v6 := p.Dst.Addr().Is6()
	own := nodeAddresses(view, p.Node, v6)
	if len(own) == 0 || !slices.ContainsFunc(ranges, func(r netip.Prefix) bool { return r.Contains(own[0]) }) {
		return nil
	}
	return loadBalancerVIPs(m.svc, v6)
}

func joinPrefixes(prefixes []netip.Prefix, v6 bool) string {
	var out []string
	for _, p := range prefixes {
		if p.Addr().Is6() == v6 {
			out = append(out, p.String())
		}
	}
	return strings.Join(out, ", ")
}

func notChosen(all []Endpoint, d *Decision, node string, c categories) []NotChosen {
	chosen := map[netip.AddrPort]bool{}
	localOnly := d.Kind == DNAT && len(c.local) > 0
	for _, e := range d.Endpoints {
		chosen[e.Addr] = true
		localOnly = localOnly && e.Local
	}
	var out []NotChosen
	for _, e := range all {
		if chosen[e.Addr] {
			continue
		}
		why := ""
		switch {
		case e.Terminating && !e.Ready && e.Serving:
			why = words.Say("service.not-chosen.terminating-others")
		case e.Terminating && !e.Ready:
			why = words.Say("service.not-chosen.terminating")
		case !e.Ready:
			why = words.Say("service.not-chosen.not-ready")
		case d.Kind == DNAT && c.topology == corev1.ServiceTrafficDistributionPreferSameNode && !slices.Contains(e.ForNodes, node):
			why = words.Say("service.not-chosen.hints-nodes", strings.Join(e.ForNodes, ", "))
		case d.Kind == DNAT && c.topology == corev1.ServiceTrafficDistributionPreferSameZone && !localOnly:
			why = words.Say("service.not-chosen.hints-zones", strings.Join(e.ForZones, ", "))
		case e.Node != node:
			why = words.Say("service.not-chosen.local", nodeOr(e.Node))
		}
		if d.Kind == Drop && d.Reason == "lb.source-ranges" {
			why = words.Say("service.tried.source-range-first")
		}
		out = append(out, NotChosen{e, why})
	}
	return out
}

func nodeOr(node string) string {
	if node == "" {
		return words.Say("service.no-node-named")
	}
	return node
}

func serviceEvidence(svc *corev1.Service, fields ...string) []cluster.Evidence {
	return []cluster.Evidence{{
		Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name, ResourceVersion: svc.ResourceVersion, Fields: fields,
	}}
}

func evidence(view *cluster.View, p *Packet, m match, all []Endpoint, c categories) []cluster.Evidence {
	fields := []string{"spec.ports"}
	switch m.via {
	case ViaClusterIP:
		fields = append(fields, "spec.clusterIPs", "spec.internalTrafficPolicy")
	case ViaExternalIP:
		fields = append(fields, "spec.externalIPs", "spec.externalTrafficPolicy")
	case ViaLoadBalancer:
		fields = append(fields, "status.loadBalancer.ingress", "spec.externalTrafficPolicy", "spec.loadBalancerSourceRanges")
	case ViaNodePort:
		fields = append(fields, "spec.externalTrafficPolicy")
	}
	out := serviceEvidence(m.svc, fields...)
	for _, s := range view.Slices(m.svc.Namespace, m.svc.Name) {
		out = append(out, cluster.Evidence{
			Kind: cluster.KindEndpointSlice, Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion,
			Fields: []string{"ports", "endpoints"},
		})
	}
	if c.topology != "" {
		if n := view.Node(p.Node); n != nil {
			out = append(out, cluster.Evidence{
				Kind: cluster.KindNode, Name: n.Name, ResourceVersion: n.ResourceVersion, Fields: []string{"metadata.labels"},
			})
		}
	}
	return out
}
