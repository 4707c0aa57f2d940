package trace

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// ingressHop is where an ingress controller takes requests: a pod, or something that no object shows (a cloud's load
// balancer, the Envoy of Cilium on a node).
type ingressHop struct {
	at    cluster.Ref
	layer surroundings.Layer
	pod   *cluster.Pod // nil where the proxy is not shown
	node  string       // where it is a proxy on the nodes
}

func podHop(pod *cluster.Pod) *ingressHop {
	return &ingressHop{at: pod.Ref(), layer: surroundings.LayerPod, pod: pod}
}

// ingressSender is who opens second connections. Of a proxy that no object shows the address that it was reached by stands
// for its own, which nothing tells.
func (e *engine) ingressSender(h *ingressHop, addr netip.Addr) sender {
	if h.pod != nil {
		return podSender(e.view, h.pod).sender
	}
	return sender{ref: h.at, layer: h.layer, addr: addr}
}

// controllerListens is what is known of a controller's port, where that says more than that it is a controller: the
// surroundings may describe what listens in its pod, and whoever only connects gets no answer that would rest on the
// controller's configuration as well (a declared port shows no process, SEMANTICS.md A.7).
func (e *engine) controllerListens(b branch, pod *cluster.Pod) (l listening, doubt bool) {
	described := slices.ContainsFunc(e.view.Surroundings().Listeners, func(l surroundings.Listener) bool {
		return l.Namespace == pod.Namespace && selects(l.Selector, pod)
	})
	if b.http != nil && (!described || e.facts.Get(facts.KeyListening).Source == facts.Given) {
		return listening{}, false
	}
	return e.listenerOf(b, pod), true
}

const ingressHostPrefix = "ingress "

// ingressOfHost is the ingress whose load balancer a machine of the surroundings stands for.
func ingressOfHost(h *surroundings.Host) (ref cluster.Ref, ok bool) {
	if h == nil {
		return cluster.Ref{}, false
	}
	path, ok := strings.CutPrefix(h.Name, ingressHostPrefix)
	namespace, name, both := strings.Cut(path, "/")
	return cluster.Ref{Kind: cluster.KindIngress, Namespace: namespace, Name: name}, ok && both
}

// ingressHosts gives an address that the status of an ingress names, and that nobody is known to have, a machine in the
// surroundings, where a controller of a cloud serves the ingress: its load balancer.
func ingressHosts(view *cluster.View) *cluster.View {
	var hosts []surroundings.Host
	seen := map[netip.Addr]bool{}
	for _, ing := range view.Ingresses() {
		for _, addr := range ingress.AddressesOf(view, ing) {
			if seen[addr] {
				continue
			}
			seen[addr] = true
			host := surroundings.Host{Name: ingressHostPrefix + ing.Namespace + "/" + ing.Name, Layer: surroundings.LayerInternet, Addresses: []netip.Addr{addr}}
			switch boundary.OwnerOf(view, addr).Kind {
			case boundary.OwnerUnknownInLAN, boundary.OwnerUnknownPrivate:
				host.Layer = surroundings.LayerLAN
			case boundary.OwnerInternet:
			default:
				continue
			}
			balancer := ingress.Outside(view, addr)
			if balancer == nil {
				continue
			}
			for _, port := range balancer.Listeners(view) {
				host.Listeners = append(host.Listeners, surroundings.HostListener{Port: port})
			}
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return view
	}
	return view.Fork(func(w *cluster.Writer) {
		around := *view.Surroundings()
		around.Hosts = append(slices.Clone(around.Hosts), hosts...)
		w.SetSurroundings(&around)
	})
}

// ingressHost is a packet at the address of a cloud's load balancer that ingresses set up.
func (e *engine) ingressHost(b branch, d boundary.Decision) (out []branch, ok bool) {
	if _, mine := ingressOfHost(d.End.Host); !mine || e.icmp(&b) {
		return nil, false
	}
	c := ingress.Outside(e.view, b.dst.Addr())
	if c == nil {
		return nil, false
	}
	h := &ingressHop{at: c.Shared[0], layer: d.Owner.Layer}
	if h.layer == "" {
		h.layer = surroundings.LayerInternet
	}
	b.pass(h.at, string(h.layer))
	e.assumeFlip("ingress-load-balancer", words.Say("fact.ingress-load-balancer", refText(&h.at)), facts.Default)
	scheme, listens := c.ListensAt(e.view, int32(b.dst.Port()))
	if !listens || !e.isTCP() || b.leg < 1 {
		// Its firewall admits what it has listeners for: AWS' security groups, Google's and Azure's front ends answer nothing else.
		e.assumeFlip("load-balancer", words.Say("fact.load-balancer.silent"), facts.Default)
		return b.stop(ending{
			class: NoAnswer, reason: "boundary.needs-door", certainty: Assumed, decidedBy: pointer(h.at), object: pointer(h.at), addr: b.dst, protocol: e.protocol(&b),
			why: words.Say("clause.no-listener-of-load-balancer", e.transport(&b), b.dst.Port()),
		}), true
	}
	b.certainty = worse(b.certainty, Assumed)
	b.seen = e.addrText(b.src.Addr())
	return e.proxy(b, h, c, scheme), true
}

// ingressOnNode is the pod of an ingress controller that shares the network of a node and has a port there, whether it declares
// it or not.
func (e *engine) ingressOnNode(b *branch, node string) *cluster.Pod {
	if !e.isTCP() || b.leg < 1 {
		return nil
	}
	for _, pod := range e.view.PodsOnHost(node) {
		if pod.Phase != cluster.PhaseRunning || !hostNetwork(pod) {
			continue
		}
		if c := ingress.ControllerOf(e.view, pod); c != nil {
			if _, ok := c.Scheme(int32(b.dst.Port())); ok {
				return pod
			}
		}
	}
	return nil
}

// ingressNode is a packet for a Service that Cilium made for ingresses: its endpoint is a stand-in that nobody has, and the
// Envoy of the node at which the packet is takes it (TPROXY), so that no pod need be seen.
func (e *engine) ingressNode(b branch, node string, d service.Decision) (out []branch, ok bool) {
	if d.Service == nil || d.Port == nil || !e.isTCP() || b.leg < 1 || d.Service.Labels[ingress.CiliumLabel] != "true" && d.Service.Name != "cilium-ingress" {
		return nil, false
	}
	c := ingress.OfCiliumService(e.view, d.Service)
	if c == nil {
		return nil, false
	}
	scheme := "http"
	if d.Port.Port == 443 || strings.HasPrefix(d.Port.Name, "https") {
		scheme = "https"
	}
	e.assume("ingress-proxy", words.Say("fact.ingress-proxy"), facts.Default, nil)
	b.certainty = worse(b.certainty, Assumed)
	b.seen = e.addrText(b.src.Addr())
	b.setEndpoint(nil, "", "", node, b.dst)
	b.pass(nodeRef(node), string(surroundings.LayerPod))
	return e.proxy(b, &ingressHop{at: nodeRef(node), layer: surroundings.LayerPod, node: node}, c, scheme), true
}

// throughNodes is a load balancer outside that sends to a port that every node has: any that is ready, like any client.
func (e *engine) throughNodes(b branch, h *ingressHop, c *ingress.Controller, d ingress.Decision, certainty Certainty) []branch {
	var to []ingress.Endpoint
	for _, n := range e.view.Nodes() {
		if addrs := cluster.NodeAddrs(n); len(addrs) > 0 && nodeUp(n) {
			to = append(to, ingress.Endpoint{Addr: netip.AddrPortFrom(addrs[0], uint16(d.NodePort)), Node: n.Name})
		}
	}
	if len(to) == 0 {
		return b.stop(ending{reason: "node.not-ready", certainty: Assumed, why: words.Say("clause.no-node-ready")})
	}
	e.assume("entry-node", words.Say("fact.entry-node"), facts.Default, nil)
	inside := *h
	inside.layer = surroundings.LayerLAN // wherever it is reached from, it has a leg in the nodes' network
	var out []branch
	for i := range to {
		out = append(out, e.upstream(b.split(1/float64(len(to))), &inside, c, d, to[i:i+1], certainty, 1)...)
	}
	return out
}
