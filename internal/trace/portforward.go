package trace

import (
	"fmt"
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// The assumptions of a port-forward: no object shows who may use the API server, nor which ports of a machine are free.
const (
	keyAPIServer = "api-server"
	keyLocalPort = "local-port"
)

// kubeletPort is where every kubelet serves port forwards to the API server.
const kubeletPort = 10250

// intoPortForward is a connection to a port on which a kubectl port-forward beside the client listens.
func (e *engine) intoPortForward(b branch) ([]branch, bool) {
	if e.req.PortForward == nil || e.req.Program == command.ProgramPortForward || !e.isTCP() || !e.ownAddress(b.dst.Addr()) {
		return nil, false
	}
	plan := e.forwardPlan()
	if plan.end != nil && plan.end.class == CannotTell {
		return b.stop(*plan.end), true
	}
	port, ok := plan.takes(b.dst)
	if plan.end != nil {
		// It never listens; what else may have that port, the machine itself says.
		if !e.wouldTake(plan, b.dst) || e.taken(b.dst) {
			return nil, false
		}
		failed := *plan.end
		if h := e.from.host; h == nil || len(h.Listeners)+len(h.Forwards)+len(h.Proxies) == 0 {
			e.assumeFlip(keyLocalPort, words.Say("fact.local-port.nothing-else", b.dst.Port()), facts.Default)
			failed.certainty = worse(failed.certainty, Assumed)
		}
		b.back = nil
		b.pass(b.sender.ref, string(b.sender.layer))
		e.add(&b, nil, at{
			kind: StepRouteLocal, ref: b.sender.ref, about: plan.end.object, layer: b.sender.layer, certainty: failed.certainty, evidence: plan.evidence, title: words.Say("title.no-port-forward"),
			sentence: words.Say("says.host.port-forward-gone", plan.end.kubectl, b.dst.Port()),
		})
		return b.stop(failed), true
	}
	if !ok || e.taken(b.dst) {
		return nil, false
	}
	return e.portForward(b, plan, port), true
}

// wouldTake reports whether the line asks for a port, whatever becomes of the rest.
func (e *engine) wouldTake(plan *forwardPlan, to netip.AddrPort) bool {
	asked := forwardPlan{listens: plan.listens}
	for _, p := range e.req.PortForward.Ports {
		if p.Local == fmt.Sprint(to.Port()) {
			asked.ports = append(asked.ports, plannedPort{local: to.Port()})
		}
	}
	_, is := asked.takes(to)
	return is
}

// taken reports whether something that the surroundings describe has the port already: kubectl cannot listen there then.
func (e *engine) taken(to netip.AddrPort) bool {
	h := e.from.host
	if h == nil {
		return false
	}
	for _, l := range h.Listeners {
		if l.Port == int32(to.Port()) && (l.Protocol == "" || l.Protocol == string(command.TCP)) {
			return true
		}
	}
	for _, f := range h.Forwards {
		if onAddress(f.Listen, to) {
			return true
		}
	}
	for _, x := range h.Proxies {
		if onAddress(x.Listen, to) {
			return true
		}
	}
	return false
}

// onAddress reports whether a listen address of the surroundings ("127.0.0.1:80", ":80") takes a destination.
func onAddress(listen string, to netip.AddrPort) bool {
	a, err := netip.ParseAddrPort(listen)
	if err != nil {
		return listen == fmt.Sprintf(":%d", to.Port()) || listen == fmt.Sprintf("*:%d", to.Port())
	}
	return a.Port() == to.Port() && (a.Addr().IsUnspecified() || a.Addr().Unmap() == to.Addr())
}

// ownAddress reports whether an address is one of the client's own machine.
func (e *engine) ownAddress(a netip.Addr) bool {
	return a.IsLoopback() || a == e.sourceFor(a) && !e.unnamedSource(a)
}

// forwardAlone is `kubectl port-forward` by itself: what comes of a connection to its first port.
func (e *engine) forwardAlone(b branch) []branch {
	b.legs, b.leg = 1, 1
	plan := e.forwardPlan()
	if plan.end != nil {
		return e.finishAll(b.stop(*plan.end))
	}
	to := netip.AddrPortFrom(plan.listens[0], plan.ports[0].local)
	b.src, b.dst = netip.AddrPortFrom(to.Addr(), clientPort), to
	if src := e.sourceFor(to.Addr()); to.Addr().IsUnspecified() || !src.IsValid() {
		lo := dialled(to.Addr())
		b.src, b.dst = netip.AddrPortFrom(lo, clientPort), netip.AddrPortFrom(lo, to.Port())
	}
	if e.taken(b.dst) {
		return e.finishAll(b.stop(ending{
			class: Refused, reason: "host.port-closed", decidedBy: pointer(e.from.ref), object: pointer(e.from.ref),
			why: words.Say("clause.port-taken", to.Port()), kubectl: fmt.Sprintf("unable to listen on any of the requested ports: [{%d %d}]", to.Port(), plan.ports[0].remote),
		}))
	}
	var out []branch
	for _, r := range e.portForward(b, plan, plan.ports[0]) {
		out = append(out, e.finish(e.unwind(r)))
	}
	return out
}

// portForward is a connection that kubectl takes on the client's machine: the API server and the kubelet pass what it
// says to the container runtime, which connects to localhost inside the pod's network. No service rule and no policy is
// on that way. The branches that come back stand at the client, as those of connect do.
func (e *engine) portForward(b branch, plan *forwardPlan, port plannedPort) []branch {
	pod, here := plan.pod, e.from.sender
	b.back, b.left = nil, false
	b.pass(here.ref, string(here.layer))
	e.assumeFlip(keyAPIServer, words.Say("fact.api-server"), facts.Default)
	if port.local < 1024 && port.local > 0 {
		e.assumeFlip(keyLocalPort, words.Say("fact.local-port", port.local), facts.Default)
	}
	e.add(&b, nil, at{
		kind: StepProxyMatch, ref: here.ref, about: pointer(pod.Ref()), layer: here.layer, noPacket: true, evidence: plan.evidence, compared: plan.compared,
		title: "port-forward", sentence: words.Say("says.port-forward.chosen", refText(pointer(pod.Ref())), port.remote),
	})
	e.add(&b, nil, at{
		kind: StepProxyAccept, ref: here.ref, layer: here.layer, certainty: Assumed, title: acceptTitle(b),
		sentence: words.Say("says.proxy.accept.port-forward", b.leg),
	})
	if n := e.view.Node(pod.Node); n != nil && !nodeUp(n) {
		end := e.nodeDown(b, pod.Node)
		end.class, end.kubectl = Refused, fmt.Sprintf("error upgrading connection: error dialing backend: dial tcp %s:%d: i/o timeout", e.nodeText(pod.Node), kubeletPort)
		return b.stop(end)
	}
	first := b.suspend()
	tunnel := b.tunnel
	through := e.throughAPIServer(&b, pod)
	b.http = first.http
	b.legs++
	b.leg = b.legs
	lo := dialled(netip.IPv4Unspecified())
	if !pod.IP().Is4() {
		lo = netip.IPv6Loopback()
	}
	before := e.header(&b)
	b.sender = podSender(e.view, pod).sender
	if hostNetwork(pod) && pod.Node != "" {
		b.sender.pod, b.sender.ref, b.sender.layer = nil, nodeRef(pod.Node), surroundings.LayerLAN
	}
	b.sender.host = nil
	b.src, b.dst = netip.AddrPortFrom(lo, clientPort+uint16(b.leg)-1), netip.AddrPortFrom(lo, port.remote)
	b.tunnel = b.leg
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: nodeRef(pod.Node), about: pointer(pod.Ref()), layer: surroundings.LayerPod, certainty: Assumed, evidence: []cluster.Evidence{podEvidence(pod, "spec.nodeName")},
		sentence: words.Say("says.proxy.connect.kubelet", port.remote, pod.Name),
	})
	var out []branch
	for _, r := range e.connect(b) {
		seen, masked := r.seen, r.masqueraded
		r = e.unwind(r)
		http := r.http
		r.resume(first)
		r.tunnel, r.seen, r.masqueraded = tunnel, seen, masked
		end := *r.end
		if comesBack(end.class) {
			e.add(&r, nil, at{
				kind: StepReply, ref: through, layer: surroundings.LayerLAN, direction: OfReply, noPacket: true, title: words.Say("title.back"),
				sentence: words.Say("says.reply.kubelet"),
			})
		}
		switch end.class {
		case Refused:
			// The stream is closed, and so is the connection that kubectl had taken already (handleConnection).
			end.class, end.closed = Reset, true
			if e.req.Nc != nil && e.req.Nc.Zero { // it asked for no more than the connection, which kubectl took
				end = ending{class: Answered, reason: "host.delivered", certainty: Assumed, decidedBy: pointer(here.ref), object: pointer(here.ref), addr: end.addr}
			}
			r.end = &end
		case Answered, HTTPError:
			r.http = http
		}
		out = append(out, r)
	}
	return out
}

func (e *engine) nodeText(name string) string {
	if n := e.view.Node(name); n != nil {
		if addrs := cluster.NodeAddrs(n); len(addrs) > 0 {
			return addrs[0].String()
		}
	}
	return name
}

// throughAPIServer is the way of what kubectl forwards, to the kubelet of the pod's node.
func (e *engine) throughAPIServer(b *branch, pod *cluster.Pod) cluster.Ref {
	api, ref, evidence := e.apiServer()
	from := e.from.sender
	b.legs++
	b.leg = b.legs
	b.http = nil
	b.src, b.dst = netip.AddrPortFrom(e.sourceFor(api.Addr()), clientPort+uint16(b.leg)-1), api
	known := api.IsValid() && b.src.Addr().IsValid()
	e.add(b, nil, at{
		kind: StepProxyConnect, ref: from.ref, about: pointer(ref), layer: from.layer, certainty: Assumed, noPacket: !known, title: words.Say("title.to-api-server"),
		sentence: words.Say("says.proxy.connect.port-forward", b.leg, pod.Name),
	})
	e.add(b, nil, at{
		kind: StepProxyAccept, ref: ref, layer: surroundings.LayerLAN, certainty: Assumed, noPacket: !known, evidence: evidence, title: acceptTitle(*b),
		sentence: words.Say("says.proxy.accept.api-server-forward", b.leg),
	})
	b.legs++
	b.leg = b.legs
	kubelet := e.nodeAddr(pod.Node, api.Addr())
	if !kubelet.IsValid() {
		known = false
	}
	b.src, b.dst = netip.AddrPortFrom(api.Addr(), clientPort+uint16(b.leg)-1), netip.AddrPortFrom(kubelet, kubeletPort)
	e.add(b, nil, at{
		kind: StepProxyConnect, ref: ref, about: pointer(nodeRef(pod.Node)), layer: surroundings.LayerLAN, certainty: Assumed, noPacket: !known, title: words.Say("title.to-kubelet"),
		sentence: words.Say("says.proxy.connect.api-server-forward", b.leg, of(pod.Node), kubeletPort),
	})
	e.add(b, nil, at{
		kind: StepProxyAccept, ref: nodeRef(pod.Node), layer: surroundings.LayerLAN, certainty: Assumed, noPacket: !known, title: acceptTitle(*b),
		evidence: e.nodeFacts(pod.Node, "status.addresses", "status.conditions"), sentence: words.Say("says.proxy.accept.kubelet", b.leg, of(pod.Node)),
	})
	return ref
}

func of(node string) string {
	if node == "" {
		return ""
	}
	return " " + words.Say("clause.of-node", node)
}

// apiServer is where the API server listens, as the endpoints of its own service say, and the place to show it at.
func (e *engine) apiServer() (netip.AddrPort, cluster.Ref, []cluster.Evidence) {
	for _, s := range e.view.Slices("default", "kubernetes") {
		for _, p := range s.Ports {
			for _, ep := range s.Endpoints {
				if !ep.Addr.IsValid() || p.Port == 0 {
					continue
				}
				ref := networkRef(surroundings.LayerLAN)
				if n := e.view.NodeWithAddr(ep.Addr); n != nil {
					ref = nodeRef(n.Name)
				}
				return netip.AddrPortFrom(ep.Addr, uint16(p.Port)), ref, []cluster.Evidence{{
					Kind: cluster.KindEndpointSlice, Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion, Fields: []string{"endpoints", "ports"},
				}}
			}
		}
	}
	return netip.AddrPort{}, networkRef(surroundings.LayerLAN), nil
}
