package service

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Decide applies the rules of packet.Node to the packet.
func Decide(view *cluster.View, cfg Config, packet Packet) Decision {
	cfg.memo = &endpointMemo{}
	d := decide(view, &cfg, &packet)
	d.Uses = uses(view, cfg, &packet, &d)
	return d
}

func decide(view *cluster.View, cfg *Config, p *Packet) Decision {
	p.Src, p.Dst = p.Src.Unmap(), netip.AddrPortFrom(p.Dst.Addr().Unmap(), p.Dst.Port())
	p.Protocol = protocolOf(p.Protocol)
	addr := p.Dst.Addr()
	if !addr.IsValid() {
		return Decision{Kind: NoRule}
	}
	found, tried, lost := owners(view, p)
	if len(found) > 0 && found[0].port != nil {
		return claimed(view, cfg, p, found, tried)
	}
	if !view.Readable(cluster.KindService, "") && !podOwns(view, addr) {
		return Decision{Unread: "services", Why: words.Say("service.not-read", addr.String())}
	}
	if isNodeAddress(view, p.Node, addr) {
		d := nodeAddress(view, cfg, p)
		d.Tried = append(tried, d.Tried...)
		return d
	}
	d := unmatched(view, cfg, p, found, lost)
	d.Tried = append(tried, d.Tried...)
	return d
}

// claimed decides what goes to an address and port that services have; found begins with one that has the port. Where
// several have it, the rules of those without endpoints are never met: no endpoint has that address (iptables and nftables
// refuse after they have replaced it).
func claimed(view *cluster.View, cfg *Config, p *Packet, found []match, tried []Tried) Decision {
	var claims []Decision
	served := false
	for _, m := range found {
		if m.port != nil {
			d := servicePort(view, cfg, p, m)
			served = served || d.Kind == DNAT
			claims = append(claims, d)
		}
	}
	first := -1
	var rivals []Decision
	for i := range claims {
		d := &claims[i]
		if served && d.Kind != DNAT && d.Reason == "service.no-endpoints" && cfg.Mode != IPVS {
			tried = append(tried, Tried{serviceRef(d.Service), words.Say("service.tried.no-endpoint")})
			continue
		}
		if first < 0 {
			first = i
			continue
		}
		d.Tried = append(tried, Tried{serviceRef(claims[first].Service), words.Say("service.tried.same-claim")})
		rivals = append(rivals, *d)
	}
	d := claims[first]
	d.Tried = append(tried, d.Tried...)
	for i := range rivals {
		d.Tried = append(d.Tried, Tried{serviceRef(rivals[i].Service), words.Say("service.tried.same-claim")})
		d.Exact, rivals[i].Exact = false, false // which of their rules is there depends on who came first
	}
	d.Rivals = rivals
	return d
}

// podOwns says whether an address is a pod's own, so that no service can have it; on the host network a pod shares its
// node's, which node ports have as well.
func podOwns(view *cluster.View, addr netip.Addr) bool {
	return slices.ContainsFunc(view.PodsWithAddr(addr), func(p *cluster.Pod) bool { return !p.Done() && !p.Shape.HostNetwork })
}

func serviceRef(svc *corev1.Service) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
}

// nodeAddress decides what goes to an address of the node itself, at a port that no service owns together with that
// address: node ports, kube-proxy's health checks, or whatever listens on the node.
func nodeAddress(view *cluster.View, cfg *Config, p *Packet) Decision {
	addr := p.Dst.Addr()
	local := Decision{Kind: Local, Reason: "node.port-closed", Why: words.Say("service.no-node-port", p.Dst.Port(), p.Protocol)}
	if p.ICMP {
		return Decision{Kind: NoRule}
	}
	m := nodePortOwner(view, int32(p.Dst.Port()), p.Protocol, addr.Is6())
	if m == nil {
		return local
	}
	if m.via == ViaHealthCheck {
		served, why := cfg.inNodePortAddresses(view, p.Node, addr)
		if !served {
			local.Why = why
			return local
		}
		return healthCheck(view, p, m.svc)
	}
	allowed, why := cfg.nodePortsOn(view, p.Node, addr)
	if allowed {
		return servicePort(view, cfg, p, *m)
	}
	local.Tried = []Tried{{serviceRef(m.svc), why}}
	local.Why = why
	local.Service, local.Port, local.Via = m.svc, m.port, ViaNodePort
	// iptables rejects and drops by node port on every local address, whichever of them node ports are restricted to,
	// and whatever listens there (KUBE-EXTERNAL-SERVICES has --dst-type LOCAL only).
	if cfg.Mode == IPTables && view.Readable(cluster.KindEndpointSlice, m.svc.Namespace) {
		c, pol := categoriesOf(view, p, *m, cfg.endpoints(view, m.svc, m.port, addr.Is6()))
		switch {
		case !c.any:
			local = local.as(Reject, "service.no-endpoints", words.Say("service.no-ready-endpoint"))
		case pol.externalLocal && len(c.local) == 0:
			local = local.as(Drop, "service.no-local-endpoints", words.Say("service.external-local", p.Node))
		default:
			return local
		}
		if !cfg.Terse {
			ruleText(view, cfg, p, *m, c, pol, &local)
		}
	}
	return local
}

func (d Decision) as(kind Kind, reason, why string) Decision {
	d.Kind, d.Reason, d.Why = kind, reason, why
	return d
}

// healthCheck is what kube-proxy answers on a health-check node port: 200 if an endpoint on this node is ready; a
// terminating one does not count (pkg/proxy/healthcheck, EndpointsMap.LocalReadyEndpoints).
func healthCheck(view *cluster.View, p *Packet, svc *corev1.Service) Decision {
	d := Decision{Kind: Answered, Via: ViaHealthCheck, Service: svc, HTTPStatus: 503, Evidence: serviceEvidence(svc, "spec.healthCheckNodePort", "spec.externalTrafficPolicy")}
	if !view.Readable(cluster.KindEndpointSlice, svc.Namespace) {
		return Decision{Unread: "endpointslices", Service: svc, Via: ViaHealthCheck}
	}
	d.LocalReady = readyNodes(view, svc, p.Dst.Addr().Is6())[p.Node]
	d.Why = words.Say("service.health.none", p.Node)
	if d.LocalReady > 0 {
		d.HTTPStatus, d.Why = 200, words.Say("service.health.some", p.Node)
	}
	return d
}

// unmatched decides what goes to no service port and to no address of the node: SEMANTICS 2.3 rows 12 to 14 and 16.
func unmatched(view *cluster.View, cfg *Config, p *Packet, found, lost []match) Decision {
	addr := p.Dst.Addr()
	inServiceCIDR := inServiceCIDRs(cfg, addr)
	nftDrops := cfg.Mode == NFTables && cfg.HasServiceCIDRObjects && inServiceCIDR
	if len(found) > 0 {
		m := found[0]
		d := Decision{Service: m.svc, Via: m.via, Reason: "service.port-undefined", Evidence: serviceEvidence(m.svc, "spec.ports")}
		d.Why = words.Say("service.no-port", wanted(p))
		if p.ICMP {
			d.Why = words.Say("service.no-ping")
		}
		switch {
		case cfg.Mode == IPVS:
			d.Kind = Reject
			d.RuleText = "-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable"
			d.RuleWhere = "iptables-save on " + p.Node
			if p.ICMP {
				d.Guess = words.Say("service.ipvs.no-ping")
			}
		case cfg.Mode == NFTables && m.via == ViaClusterIP:
			d.Kind = Reject
			clusterIPsCheck(addr, p.Node, &d)
		default:
			d.Kind = Astray
			d.Why += words.Say("service.default-route")
		}
		return d
	}
	if len(lost) > 0 {
		m := lost[0]
		d := Decision{Service: m.svc, Via: m.via, Kind: NoRule, Evidence: serviceEvidence(m.svc, "metadata.labels", "status.loadBalancer")}
		_, why := proxied(m.svc)
		if why == "" && !clusterIP(m.svc, addr.Is6()).IsValid() {
			d.Why = words.Say("service.no-family")
			if m.via == ViaLoadBalancer && p.SrcKind == FromOther { // else it is on its way to the load balancer
				d.Kind, d.Reason = Astray, "service.not-proxied"
			}
			return d
		}
		if why == "" {
			d.Why = words.Say("service.ip-mode-proxy")
			return d
		}
		d.Why = why
		if m.via != ViaClusterIP {
			return d
		}
		d.Kind, d.Reason = Astray, "service.not-proxied"
		if nftDrops {
			d.Kind = Drop
		}
		return d
	}
	if !inServiceCIDR {
		return Decision{Kind: NoRule}
	}
	d := Decision{Kind: Astray, Reason: "service.unknown-address", Why: words.Say("service.no-service", addr.String())}
	if nftDrops {
		d.Kind = Drop
		d.RuleText = fmt.Sprintf("%s daddr { %s } drop comment \"Drop traffic to unallocated ClusterIPs\"", family(addr), joinPrefixes(cfg.ServiceCIDRs, addr.Is6()))
		d.RuleWhere = nftWhere(addr, "cluster-ips-check", p.Node)
	}
	return d
}

func categoriesOf(view *cluster.View, p *Packet, m match, all []Endpoint) (categories, policies) {
	pol := policiesOf(m.svc, m.port, p.Dst.Addr().Is6())
	zone := ""
	if n := view.Node(p.Node); n != nil {
		zone = n.Labels[corev1.LabelTopologyZone]
	}
	return categorize(all, pol, p.Node, zone), pol
}

// clusterIPsCheck shows the rule by which nftables refuses what is left for a cluster IP.
func clusterIPsCheck(addr netip.Addr, node string, d *Decision) {
	d.RuleText, d.Exact = family(addr)+" daddr @cluster-ips reject comment \"Reject traffic to invalid ports of ClusterIPs\"", true
	d.RuleWhere = nftWhere(addr, "cluster-ips-check", node)
}

func family(addr netip.Addr) string {
	if addr.Is6() {
		return "ip6"
	}
	return "ip"
}
