package service

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// after is what becomes of a packet on this node once its destination has been replaced: the filter rules see it again,
// under the endpoint's address, and that may be one which another service has. nil where they let it go its way. Addresses
// are replaced once only, so that a cluster IP that stands in for an endpoint is not replaced again. marked packets are
// those whose source will be replaced.
func after(view *cluster.View, cfg *Config, p *Packet, to netip.AddrPort, marked bool) *Decision {
	stays := isNodeAddress(view, p.Node, to.Addr())
	if !stays && len(view.ServicesWithAddr(to.Addr())) == 0 && !inServiceCIDRs(cfg, to.Addr()) {
		return nil // as good as always
	}
	q := *p
	q.Dst = to
	// What the node sends meets the hook output, and input where it comes back by the loopback device.
	passes := hooks{input: stays, forward: !stays && p.SrcKind != FromNode, output: p.SrcKind == FromNode}
	passes.accepted = cfg.Mode == IPTables && passes.forward && marked
	if cfg.Mode == IPVS {
		passes = hooks{} // its rules are asked about addresses before they are replaced
	}
	found, _, lost := owners(view, &q)
	for _, m := range found {
		if d := refiltered(view, cfg, &q, m, passes); d != nil {
			return d
		}
	}
	if stays {
		if m := nodePortOwner(view, int32(to.Port()), p.Protocol, to.Addr().Is6()); m != nil && m.via == ViaNodePort {
			listens, _ := cfg.inNodePortAddresses(view, p.Node, to.Addr())
			if cfg.Mode == IPTables || listens && !to.Addr().IsLoopback() {
				return refiltered(view, cfg, &q, *m, passes)
			}
		}
		return nil
	}
	for _, m := range slices.Concat(found, lost) {
		if m.via == ViaClusterIP {
			return secondClusterIP(cfg, &q, m, passes)
		}
	}
	if len(found)+len(lost) == 0 && cfg.Mode == NFTables && cfg.HasServiceCIDRObjects && inServiceCIDRs(cfg, to.Addr()) && (passes.forward || passes.output) {
		d := unmatched(view, cfg, &q, nil, nil)
		return &d
	}
	return nil
}

// hooks are the places of netfilter at which a packet meets filter rules.
type hooks struct {
	input, forward, output bool
	// accepted says that KUBE-FORWARD, which comes before the rules of services without endpoints but behind those of
	// source ranges, lets the packet pass.
	accepted bool
}

// refiltered is what the filter rules of a service port do with a packet that was not meant for it: they look at address
// and port only. nil where they do nothing.
func refiltered(view *cluster.View, cfg *Config, q *Packet, m match, passes hooks) *Decision {
	if m.port == nil || cfg.Mode == IPVS || !view.Readable(cluster.KindEndpointSlice, m.svc.Namespace) {
		return nil
	}
	var asked bool // whether the packet comes by the rules of services without endpoints
	switch {
	case cfg.Mode == NFTables:
		asked = m.via != ViaNodePort || passes.input
	case m.via == ViaClusterIP: // KUBE-SERVICES
		asked = (passes.forward || passes.output) && !passes.accepted
	default: // KUBE-EXTERNAL-SERVICES
		asked = (passes.forward || passes.input) && !passes.accepted
	}
	v6 := q.Dst.Addr().Is6()
	c, pol := categoriesOf(view, q, m, EndpointsOf(view, m.svc, m.port, v6))
	d := Decision{Via: m.via, Service: m.svc, Port: m.port}
	guarded := false
	if ranges := sourceRanges(m.svc, v6); len(ranges) > 0 && slices.Contains(loadBalancerVIPs(m.svc, v6), q.Dst.Addr()) {
		// KUBE-PROXY-FIREWALL drops what has come to the filter table under the load balancer's address; nftables looks at
		// what comes in, be it by the loopback device.
		guarded = cfg.Mode == IPTables && c.any || cfg.Mode == NFTables && passes.output && passes.input && !inRanges(view, q, m, ranges)
	}
	switch onlyLocal := m.via == ViaClusterIP && pol.internalLocal || m.via != ViaClusterIP && pol.externalLocal; {
	case !c.any && asked:
		d = d.as(Reject, "service.no-endpoints", words.Say("service.after.no-endpoint"))
	case guarded:
		d = d.as(Drop, "lb.source-ranges", words.Say("service.after.replaced-only"))
	case onlyLocal && len(c.local) == 0 && c.any && asked:
		d = d.as(Drop, "service.no-local-endpoints", words.Say("service.after.no-local", q.Node))
	default:
		return nil
	}
	if !cfg.Terse {
		d.Evidence = serviceEvidence(m.svc, "spec.ports")
		ruleText(view, cfg, q, m, c, pol, &d)
	}
	return &d
}

// secondClusterIP is a packet whose endpoint is a cluster IP.
func secondClusterIP(cfg *Config, q *Packet, m match, passes hooks) *Decision {
	d := Decision{Via: ViaClusterIP, Service: m.svc, Evidence: serviceEvidence(m.svc, "spec.clusterIPs")}
	ok, _ := proxied(m.svc)
	if cfg.Mode == NFTables && ok && (passes.forward || passes.output) {
		d = d.as(Reject, "service.port-undefined", words.Say("service.after.cluster-ip"))
		clusterIPsCheck(q.Dst.Addr(), q.Node, &d)
		return &d
	}
	if cfg.Mode == NFTables && !ok && cfg.HasServiceCIDRObjects && inServiceCIDRs(cfg, q.Dst.Addr()) && (passes.forward || passes.output) {
		d = d.as(Drop, "service.not-proxied", words.Say("service.after.unknown-cluster-ip"))
		return &d
	}
	d = d.as(Astray, "service.not-proxied", words.Say("service.after.once"))
	return &d
}

func inServiceCIDRs(cfg *Config, addr netip.Addr) bool {
	return slices.ContainsFunc(cfg.ServiceCIDRs, func(r netip.Prefix) bool { return r.Contains(addr) })
}

// hairpins says whether nftables masquerades a pod that was sent back to itself: it keeps one set of endpoints for all
// services, so that what one service's slice leaves out another's may say. e is the endpoint with the sender's address.
func hairpins(view *cluster.View, p *Packet, e *Endpoint) bool {
	v6 := e.Addr.Addr().Is6()
	for _, svc := range view.Services() {
		if ok, _ := proxied(svc); !ok || !clusterIP(svc, v6).IsValid() {
			continue
		}
		for i := range svc.Spec.Ports {
			port := &svc.Spec.Ports[i]
			if protocolOf(port.Protocol) != p.Protocol || !view.Readable(cluster.KindEndpointSlice, svc.Namespace) {
				continue
			}
			here := func(x Endpoint) bool { return x.Addr == e.Addr && x.Node != "" && x.Node == p.Node }
			all := EndpointsOf(view, svc, port, v6)
			if !slices.ContainsFunc(all, here) {
				continue
			}
			zone := ""
			if n := view.Node(p.Node); n != nil {
				zone = n.Labels[corev1.LabelTopologyZone]
			}
			c := categorize(all, policiesOf(svc, port, v6), p.Node, zone)
			if slices.ContainsFunc(c.cluster, here) || slices.ContainsFunc(c.local, here) {
				return true
			}
		}
	}
	return false
}
