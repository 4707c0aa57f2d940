package trace

import (
	"slices"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxNested bounds how many proxies may stand one behind the other, each waiting for the next: those that lead back to
// themselves never end.
const maxNested = 8

// connect takes a branch whose packet stands at its sender to the end of the connection: every branch that comes back
// has its end set. Whatever happens at the far end (a proxy's second connection included) has happened then; the reply
// has not been walked.
func (e *engine) connect(b branch) []branch {
	if e.tooMany() {
		return b.stop(ending{reason: "not-modelled.so-many-steps", certainty: Unknown})
	}
	if e.nested >= maxNested {
		return b.stop(ending{reason: "not-modelled.proxies-in-a-circle", certainty: Unknown, name: words.Say("reason.not-modelled.proxies-in-a-circle", maxNested)})
	}
	e.nested++
	defer func() { e.nested-- }()
	s := b.sender
	b.back, b.left = nil, false
	b.pass(s.ref, string(s.layer))
	if n := e.view.Node(s.node); n != nil && !nodeUp(n) {
		// It asks, so that it lives; whether its rules still follow the cluster is another matter.
		e.assumeFlip("node-down", words.Say("fact.node-down", s.node), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	switch {
	case many(b.dst.Addr()):
		return b.stop(e.toMany(&b))
	case b.dst.Addr().IsLoopback():
		return e.loopback(b)
	case s.inPodNetwork() && s.pod.HasIP(b.dst.Addr()):
		e.add(&b, nil, at{
			kind: StepRouteLocal, ref: s.ref, layer: surroundings.LayerPod, evidence: []cluster.Evidence{podEvidence(s.pod, "status.podIPs")},
			sentence: words.Say("says.host.own-address", b.dst.Addr()),
		})
		return e.podSocket(b, s.pod)
	case s.inPodNetwork():
		b.pass(nodeRef(s.node), string(surroundings.LayerPod))
		e.add(&b, nil, at{
			kind: StepPodOut, ref: nodeRef(s.node), about: pointer(s.ref), layer: surroundings.LayerPod,
			evidence: []cluster.Evidence{podEvidence(s.pod, "spec.nodeName", "status.podIPs")},
			sentence: words.Say("says.pod.out", s.pod.Name, named(s.node)),
		})
		e.doubtMesh(&b, s.pod)
		return e.atNode(b, s.node, service.FromPod, 0)
	case s.node != "":
		return e.atNode(b, s.node, service.FromNode, 0)
	}
	return e.travel(b, e.start(b), 0, false)
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return " " + name
}

// maxDepth bounds the nodes that one packet may visit.
const maxDepth = 6

// travel asks the walls for a way and follows it.
func (e *engine) travel(b branch, from boundary.Place, depth int, afterRules bool) []branch {
	if depth > maxDepth {
		return b.stop(ending{reason: "not-modelled.so-many-nodes", certainty: Unknown})
	}
	if b.sender.inPodNetwork() && !b.left {
		e.doubtNetworks(&b, b.sender.pod)
	}
	cfg := e.boundary
	cfg.AfterRules = afterRules
	cfg.Protocol = e.transport(&b)
	return e.follow(b, boundary.Route(e.view, cfg, from, b.dst), depth)
}

// start is where the sender of a packet is, for the walls.
func (e *engine) start(b branch) boundary.Place {
	s := b.sender
	p := boundary.Place{Layer: s.layer, Addr: b.src.Addr(), Host: s.host}
	switch {
	case s.pod != nil:
		p.Pod, p.Host = s.pod, nil
	case s.node != "":
		p.Node, p.Host = s.node, nil
	}
	return p
}

// passing is a packet at a node whose rules it has met: it is the sender's own while nothing has masked it and this is
// the sender's node, else it comes through.
func (e *engine) passing(b branch, node string) boundary.Place {
	if b.sender.node == node && !b.masqueraded && !b.left {
		return e.start(b)
	}
	return boundary.Place{Layer: surroundings.LayerLAN, Node: node, Addr: b.src.Addr(), Passing: true}
}

// follow writes the waypoints of a way as steps and goes on at its end.
func (e *engine) follow(b branch, d boundary.Decision, depth int) []branch {
	certainty := certaintyOf(d.Certainty)
	for _, a := range d.Assumptions {
		certainty = worse(certainty, e.assumption(a.Key, a.Value, a.Source, a.Flips))
	}
	if d.Open && d.End.Kind == boundary.EndNode && d.End.Node == "" && len(d.End.Nodes) > 1 {
		return e.anyNode(b, d, depth, certainty)
	}
	b.left = b.left || len(d.Waypoints) > 0
	for i, w := range d.Waypoints {
		last := i == len(d.Waypoints)-1
		e.waypoint(&b, w, d.Evidence, last && !d.Open, certainty)
	}
	return e.arrive(b, d, depth, certainty)
}

// arrive is the end of a way.
func (e *engine) arrive(b branch, d boundary.Decision, depth int, certainty Certainty) []branch {
	b.outer = nil
	if !d.Open {
		return b.stop(e.wallEnding(b, d, certainty))
	}
	b.certainty = worse(b.certainty, certainty)
	if d.End.Src.IsValid() && d.End.Src != b.src.Addr() {
		b.src = withAddr(b.src, d.End.Src)
	}
	if d.End.Dst.Addr().IsValid() {
		b.dst = d.End.Dst
	}
	switch d.End.Kind {
	case boundary.EndPod:
		return e.arriveAtPod(b, d.End.Pod)
	case boundary.EndService:
		node := b.sender.node
		return e.atNode(b, node, e.kindAt(b, node), depth+1)
	case boundary.EndNode:
		return e.enterNode(b, d, depth)
	case boundary.EndHost:
		return e.hostSocket(b, d)
	case boundary.EndProxy:
		return e.hostProxy(b, d)
	case boundary.EndOutside:
		if end, ok := e.addressOfIngress(&b); ok {
			return b.stop(end)
		}
		if !e.view.Readable(cluster.KindIngress, "") && e.isTCP() {
			// An Ingress has the address in its status, perhaps: then a proxy that is no pod answers there.
			certainty = worse(certainty, e.assumption("ingress-addresses", words.Say("fact.ingress-addresses", b.dst.Addr().String()), facts.Default, false))
		}
		return b.stop(ending{
			class: LeftTheMap, reason: "outside.unknown", certainty: certainty, decidedBy: pointer(d.Owner.Ref()), why: e.addrText(b.dst.Addr()),
		})
	}
	return b.stop(e.wallEnding(b, d, certainty))
}

// kindAt is how a node sees the sender.
func (e *engine) kindAt(b branch, node string) service.SourceKind {
	switch {
	case node == "" || b.sender.node != node || b.left:
		return service.FromOther
	case b.sender.inPodNetwork():
		return service.FromPod
	}
	return service.FromNode
}

// assumption notes what a mechanism took for granted and says how certain that leaves things.
func (e *engine) assumption(key, value, source string, flips bool) Certainty {
	if key == keyPodMasquerade { // routed pod networks usually leave the pods' addresses as they are
		e.maybe[facts.KeyPodNetwork] = true
	}
	switch {
	case e.facts.Get(key).Key != "":
		return e.uses(key)
	case flips:
		e.assumeFlip(key, value, source)
	default:
		e.assume(key, value, source, nil)
	}
	if source == "detected" {
		return Certain
	}
	return Assumed
}

func certaintyOf(text string) Certainty {
	switch text {
	case "assumed":
		return Assumed
	case "unknown":
		return Unknown
	}
	return Certain
}

// anyNode is a packet that may come in at any of several nodes alike. What a load balancer has written as destination
// for one node is the same for the others but for the node's address.
func (e *engine) anyNode(b branch, d boundary.Decision, depth int, certainty Certainty) []branch {
	ways := e.entries(d.End.Nodes, d.End.Dst)
	e.assume("entry-node", words.Say("fact.entry-node"), facts.Default, nil)
	b.left = true
	first := e.view.NodeWithAddr(d.End.Dst.Addr())
	shared := len(d.Waypoints)
	for i, w := range d.Waypoints {
		if first != nil && w.Dst.Addr() == d.End.Dst.Addr() {
			shared = i
			break
		}
	}
	for _, w := range d.Waypoints[:shared] {
		e.waypoint(&b, w, d.Evidence, false, certainty)
	}
	var out []branch
	for _, way := range ways {
		if e.tooMany() {
			break
		}
		own, node := d, way.node
		own.End.Nodes, own.End.Node = []string{node}, node
		own.Waypoints = slices.Clone(d.Waypoints[shared:])
		if addr := e.nodeAddr(node, d.End.Dst.Addr()); first != nil && addr.IsValid() {
			own.End.Dst = withAddr(d.End.Dst, addr)
			for i := range own.Waypoints {
				own.Waypoints[i].Dst = withAddr(own.Waypoints[i].Dst, addr)
			}
		}
		n := b.split(way.share)
		n.pick, n.picked, n.grouped = way.pick, false, way.pick != nil && !way.part
		for _, w := range own.Waypoints {
			e.waypoint(&n, w, d.Evidence, false, certainty)
		}
		own.Waypoints = nil
		for _, r := range e.arrive(n, own, depth, certainty) {
			if !way.part || r.picked {
				out = append(out, r)
			}
		}
	}
	return out
}

// enterNode goes in at a node. Nodes that a way names have been written as its waypoints.
func (e *engine) enterNode(b branch, d boundary.Decision, depth int) []branch {
	node := d.End.Node
	if node == "" && len(d.End.Nodes) > 0 {
		node = d.End.Nodes[0]
	}
	if node == "" {
		return b.stop(ending{reason: "node.not-ready", certainty: Assumed, why: words.Say("clause.no-node-ready")})
	}
	if !e.standsAt(b, nodeRef(node)) {
		b.pass(nodeRef(node), string(surroundings.LayerLAN))
		e.add(&b, nil, at{
			kind: StepDoor, ref: nodeRef(node), layer: surroundings.LayerLAN, title: words.Say("title.in-at", node), evidence: e.nodeFacts(node, "status.addresses"),
			sentence: words.Say("says.door.node", node),
		})
	}
	if obj := e.view.Node(node); obj != nil && !nodeUp(obj) {
		return b.stop(e.nodeDown(b, node))
	}
	if why := e.comesBack(&b, node); why != "" && !e.astray(b, node) {
		return b.stop(ending{
			reason: "boundary.no-route", class: NoAnswer, certainty: Assumed, why: why, addr: b.dst, protocol: e.protocol(&b),
			object: pointer(d.Owner.Ref()), on: pointer(nodeRef(node)), decidedBy: pointer(nodeRef(node)), name: string(surroundings.LayerLAN),
		})
	}
	return e.atNode(b, node, e.kindAt(b, node), depth+1)
}

// astray reports whether the rules of a node themselves say why the packet gets no further, which is the better reason.
func (e *engine) astray(b branch, node string) bool {
	p := service.Packet{
		Src: b.src.Addr(), SrcKind: e.kindAt(b, node), SrcPod: b.sender.pod, Dst: b.dst, Protocol: e.transport(&b), ICMP: e.icmp(&b), Node: node,
	}
	return service.Decide(e.view, e.service, p).Kind == service.Astray
}

// comesBack says why a packet that comes in at a node goes nowhere from there: the kernel drops what arrives from outside
// with one of its own addresses as source (fib_validate_source in net/ipv4/fib_frontend.c), and what has been here before
// as it is now is sent round until its time to live has run out.
func (e *engine) comesBack(b *branch, node string) string {
	if b.left && b.src.Addr().IsValid() && e.view.HasNodeAddr(node, b.src.Addr()) {
		return words.Say("clause.loops.drops", node, b.src.Addr())
	}
	now := visit{node: node, src: b.src, dst: b.dst}
	if slices.Contains(b.visits, now) {
		return words.Say("clause.loops.ttl", node)
	}
	b.visits = append(slices.Clip(b.visits), now)
	return ""
}

func (e *engine) nodeFacts(name string, fields ...string) []cluster.Evidence {
	if n := e.view.Node(name); n != nil {
		return []cluster.Evidence{nodeEvidence(n, fields...)}
	}
	return nil
}

// standsAt reports whether the packet is at a place already.
func (e *engine) standsAt(b branch, ref cluster.Ref) bool {
	return len(b.back) > 0 && b.back[len(b.back)-1].at == ref
}
