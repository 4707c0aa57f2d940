package trace

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/words"
)

// groupAbove is from how many pairs of entry node and endpoint on entry nodes that nothing tells apart are walked once:
// up to there every pair is an outcome of its own.
const groupAbove = 2000

// entry is one walk that stands for a part of the courses of a group of entry nodes.
type entry struct {
	node  string
	share float64
	pick  *pick
	// part says that only the courses in which an endpoint was chosen count: others stand for the rest.
	part bool
}

// pick says what part of the choice of an endpoint on a node a walk for a group stands for; nil: all of each.
type pick struct {
	of   func(node string) float64
	once *decided // what the rules of the group's nodes say
}

// decided is a decision that is the same on every node of a group.
type decided struct {
	node     string
	decision *service.Decision
}

// decide asks the rules of a node, once for all nodes of a group.
func (e *engine) decide(b *branch, p service.Packet) service.Decision {
	if b.pick == nil {
		return service.Decide(e.view, e.service, p)
	}
	o := b.pick.once
	if o.decision == nil {
		d := service.Decide(e.view, e.service, p)
		o.node, o.decision = p.Node, &d
		return d
	}
	d := *o.decision
	d.RuleWhere = strings.ReplaceAll(d.RuleWhere, o.node, p.Node)
	return d
}

// entries turns the nodes at which a packet may come in into the walks that are to be made. Where the pairs of node and
// endpoint are few, each node is walked for itself. Else one node stands for all that nothing tells apart, as far as the
// endpoint is on another node than the packet came in at; an endpoint on the very node is walked for each node that has
// one, since a node always reaches its own pods and puts nothing on the wire.
func (e *engine) entries(nodes []string, dst netip.AddrPort) []entry {
	services := e.servicesAt(dst)
	hosts, endpoints := e.hostsOf(services)
	each := 1 / float64(len(nodes))
	var out []entry
	if len(services) == 0 || len(nodes) < 3 || len(nodes)*endpoints <= groupAbove && !e.grouping {
		for _, n := range nodes {
			out = append(out, entry{node: n, share: each})
		}
		return out
	}
	groups := map[string][]string{}
	var order []string
	tells := e.differences(services, dst, hosts)
	for _, n := range nodes {
		key := tells(n)
		if _, have := groups[key]; !have {
			order = append(order, key)
		}
		groups[key] = append(groups[key], n)
	}
	for _, key := range order {
		out = append(out, grouped(groups[key], each, hosts)...)
	}
	if len(out) < len(nodes) {
		e.assume("entry-node", words.Say("fact.entry-node.alike-one-shown", len(nodes)), facts.Default, nil)
	}
	return out
}

// grouped are the walks that stand for nodes that nothing tells apart but which endpoints they host.
func grouped(members []string, each float64, hosts map[string]bool) []entry {
	m := float64(len(members))
	if m < 3 {
		var out []entry
		for _, n := range members {
			out = append(out, entry{node: n, share: each})
		}
		return out
	}
	is := make(map[string]bool, len(members))
	for _, n := range members {
		is[n] = true
	}
	first := members[0]
	if i := slices.IndexFunc(members, func(n string) bool { return !hosts[n] }); i >= 0 {
		first = members[i]
	}
	// Of m alike nodes, m-1 send what is for an endpoint on one of them over the wire.
	away := func(node string) float64 {
		switch {
		case node == first && hosts[first]:
			return 0
		case is[node]:
			return (m - 1) / m
		}
		return 1
	}
	once := &decided{}
	out := []entry{{node: first, share: m * each, pick: &pick{away, once}}}
	if hosts[first] {
		second := members[0]
		if second == first {
			second = members[1]
		}
		out = append(out, entry{node: second, share: m * each, part: true, pick: &pick{func(node string) float64 {
			if node == first {
				return (m - 1) / m
			}
			return 0
		}, once}})
	}
	for _, n := range members {
		if hosts[n] {
			out = append(out, entry{node: n, share: each, part: true, pick: &pick{func(node string) float64 {
				if node == n {
					return 1
				}
				return 0
			}, once}})
		}
	}
	return out
}

// servicesAt are the services whose address or node port a destination may be.
func (e *engine) servicesAt(dst netip.AddrPort) []*corev1.Service {
	out := slices.Clone(e.view.ServicesWithAddr(dst.Addr()))
	if e.view.NodeWithAddr(dst.Addr()) == nil {
		return out
	}
	for _, s := range e.view.Services() {
		if slices.Contains(out, s) {
			continue
		}
		if slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return p.NodePort == int32(dst.Port()) }) {
			out = append(out, s)
		}
	}
	return out
}

// hostsOf says which nodes have endpoints of services, and how many endpoints there are.
func (e *engine) hostsOf(services []*corev1.Service) (hosts map[string]bool, endpoints int) {
	hosts = map[string]bool{}
	for _, s := range services {
		for _, slice := range e.view.Slices(s.Namespace, s.Name) {
			endpoints += len(slice.Endpoints)
			for i := range slice.Endpoints {
				node := slice.Endpoints[i].Node
				if node == "" {
					if pods := e.view.PodsWithAddr(slice.Endpoints[i].Addr); len(pods) > 0 {
						node = pods[0].Node
					}
				}
				hosts[node] = true
			}
		}
	}
	return hosts, endpoints
}

// differences makes the function that says of an entry node all that could make a packet's course from there another
// than from the next: its own endpoints under a Local policy, its zone and hints, whether it works, how policies see its
// address, what else it hosts on that port, and whatever the surroundings say of it.
func (e *engine) differences(services []*corev1.Service, dst netip.AddrPort, hosts map[string]bool) func(node string) string {
	local, hinted := false, map[string]bool{}
	for _, s := range services {
		local = local || s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal ||
			s.Spec.InternalTrafficPolicy != nil && *s.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal
		for _, slice := range e.view.Slices(s.Namespace, s.Name) {
			for i := range slice.Endpoints {
				for _, n := range slice.Endpoints[i].ForNodes {
					hinted[n] = true
				}
			}
		}
	}
	blocks := e.blocks()
	described := map[string]bool{}
	for _, h := range e.view.Surroundings().Hosts {
		described[h.Name] = true
	}
	return func(name string) string {
		n := e.view.Node(name)
		if n == nil || described[name] || hinted[name] || local && hosts[name] || e.hasPort(name, int32(dst.Port())) {
			return "node " + name
		}
		addrs := cluster.NodeAddrs(n)
		var b strings.Builder
		fmt.Fprintf(&b, "up=%v zone=%s addresses=%d network=%v os=%s ", nodeUp(n), n.Labels[corev1.LabelTopologyZone], len(addrs), networkUnavailable(n), n.Status.NodeInfo.OperatingSystem+n.Labels[corev1.LabelOSStable])
		for _, a := range addrs {
			if a.Is4() {
				b.WriteByte('4')
			} else {
				b.WriteByte('6')
			}
			for i, p := range blocks {
				if p.Contains(a) {
					fmt.Fprintf(&b, ",%d", i)
				}
			}
		}
		return b.String()
	}
}

// blocks are the ranges that policies tell apart.
func (e *engine) blocks() []netip.Prefix {
	return e.view.Remember("trace: ranges of policies", func() any {
		seen := map[netip.Prefix]bool{}
		add := func(text string) {
			if p, err := netip.ParsePrefix(text); err == nil {
				seen[p.Masked()] = true
			}
		}
		peers := func(list []networkingv1.NetworkPolicyPeer) {
			for _, peer := range list {
				if peer.IPBlock != nil {
					add(peer.IPBlock.CIDR)
					for _, x := range peer.IPBlock.Except {
						add(x)
					}
				}
			}
		}
		for _, p := range e.view.NetworkPolicies() {
			for _, r := range p.Spec.Ingress {
				peers(r.From)
			}
			for _, r := range p.Spec.Egress {
				peers(r.To)
			}
		}
		out := make([]netip.Prefix, 0, len(seen))
		for p := range seen {
			out = append(out, p)
		}
		slices.SortFunc(out, netip.Prefix.Compare)
		return out
	}).([]netip.Prefix)
}

// hasPort reports whether a pod of a node has a port of the node itself.
func (e *engine) hasPort(node string, port int32) bool {
	for _, p := range e.view.PodsOnHost(node) {
		for _, c := range p.Shape.Containers {
			for _, d := range c.Ports {
				if d.HostPort == port || p.Shape.HostNetwork && d.Port == port {
					return true
				}
			}
		}
	}
	return false
}
