package policy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// work is what a decision was made of, for whoever explains it.
type work struct {
	s   *selected
	r   reading
	out outcome
}

// decide answers a question in the usual reading, and asks again in every other reading that applies.
func (b *Book) decide(q *Question) (Decision, work) {
	if unread := b.unreadable(q); unread != "" {
		return Decision{Unreadable: unread, DecidedRule: -1}, work{s: &selected{}, out: outcome{rule: -1}}
	}
	w := work{s: b.selecting(q), r: usual}
	j := b.judge(q, w.r, w.s)
	w.out = j.decide()
	d := w.decision()
	if w.s.none() || w.out.exempt == ExemptLoopback && !hairpin(q) {
		return d, w
	}
	b.readings(&d, q, &w)
	if b.blind() {
		other := w.r
		other.unreadable = true
		j := b.judge(q, other, w.s)
		// What NetworkPolicies admit can only grow by what may not be read. Rules that deny may be about it, too, so that
		// wherever one was looked at nothing can be said.
		if o := j.decide(); o.allowed && !d.Allowed || j.usedKind != "" && len(w.s.admin)+len(w.s.baseline) > 0 {
			d.Unreadable = j.usedKind
		}
	}
	return d, w
}

// blind reports whether pods or namespaces may not be read everywhere.
func (b *Book) blind() bool {
	return !b.view.Readable(cluster.KindPod, "") || !b.view.Readable(cluster.KindNamespace, "")
}

// unreadable is a kind of policy that the answer depends on and that may not be read.
func (b *Book) unreadable(q *Question) cluster.Kind {
	switch {
	case samePod(q.Pod, q.Peer.Pod):
		return ""
	case !b.view.Readable(cluster.KindNetworkPolicy, q.Pod.Namespace):
		return cluster.KindNetworkPolicy
	case b.unread != "" && !q.Pod.Shape.HostNetwork:
		return b.unread
	case len(b.admins.admin)+len(b.admins.baseline) > 0 && !q.Pod.Shape.HostNetwork && !b.view.Readable(cluster.KindNamespace, ""):
		return b.blindSubject(q.Pod)
	}
	return ""
}

// blindSubject reports the namespaces where whether a policy of the whole cluster is about a pod depends on labels that
// may not be read.
func (b *Book) blindSubject(p *cluster.Pod) cluster.Kind {
	for _, list := range [][]*guard{b.admins.admin, b.admins.baseline} {
		for _, g := range list {
			if g.subject.spaces.reads(labelName) && g.subject.pods.matches(p.Labels) {
				return cluster.KindNamespace
			}
		}
	}
	return ""
}

func (w *work) decision() Decision {
	d := Decision{
		Allowed: w.out.allowed, Isolated: !w.s.none(), Exempt: w.out.exempt, Tier: w.out.tier, Action: w.out.action, Passed: w.out.passed != nil,
		DecidedRule: w.out.rule,
	}
	if w.out.by == nil {
		d.DecidedRule = -1
	}
	return d
}

// hairpin reports whether a pod asks itself: only a packet that a service sent back comes to a gate then, for what a pod
// sends to its own address does not leave it.
func hairpin(q *Question) bool { return samePod(q.Pod, q.Peer.Pod) }

// point is one thing left open.
type point struct {
	key      UncertainKey
	why      string // a key of the catalogue: few points flip an answer
	detected bool
	change   func(*reading)
}

// readings asks again in every other reading that applies to this question, and lists those that flip the answer. The
// usual reading of ipBlock gives way to that of the plug-in that runs.
func (b *Book) readings(d *Decision, q *Question, w *work) {
	ask := func(r reading) outcome {
		j := b.judge(q, r, w.s)
		return j.decide()
	}
	if (q.Peer.Pod != nil || q.Peer.Node != "") && w.s.blocks {
		turned := w.r
		turned.blockInCluster = false
		if o := ask(turned); o.allowed != d.Allowed {
			plugin := b.enforcement()
			if plugin.IPBlockMatchesPod == No {
				w.r, w.out = turned, o
				*d = w.decision()
			}
			d.Uncertain = append(d.Uncertain, Uncertain{
				UncertainIPBlock, words.Say("policy.open.ip-block"),
				plugin.IPBlockMatchesPod != Unknown, !d.Allowed,
			})
		}
	}
	points := b.points(q, w)
	for _, p := range points {
		other := w.r
		p.change(&other)
		if ask(other).allowed != d.Allowed && !slices.ContainsFunc(d.Uncertain, func(u Uncertain) bool { return u.Key == p.key }) {
			d.Uncertain = append(d.Uncertain, Uncertain{p.key, words.Say(p.why), p.detected, !d.Allowed})
		}
	}
	if q.Protocol == ProtocolICMP && d.Exempt == ExemptNone && (len(w.s.network) > 0 || w.out.tier != "") {
		d.Uncertain = append(d.Uncertain, Uncertain{UncertainICMP, words.Say("policy.open.icmp"), false, !d.Allowed})
	}
	if len(d.Uncertain) == 0 && len(points) > 1 {
		b.together(d, w, points, ask)
	}
}

// together looks for several points that flip the answer only in common.
func (b *Book) together(d *Decision, w *work, points []point, ask func(reading) outcome) {
	for i := range points {
		for k := i + 1; k < len(points); k++ {
			other := w.r
			points[i].change(&other)
			points[k].change(&other)
			if ask(other).allowed != d.Allowed {
				d.Uncertain = append(d.Uncertain, Uncertain{UncertainTogether, words.Say("policy.open.and", words.Say(points[i].why), words.Say(points[k].why)), false, !d.Allowed})
				return
			}
		}
	}
}

// points are the things left open that this question touches.
func (b *Book) points(q *Question, w *work) []point {
	var out []point
	add := func(applies bool, key UncertainKey, why string, change func(*reading)) {
		if applies {
			out = append(out, point{key, why, false, change})
		}
	}
	s := w.s
	host := q.Peer.Node != "" || q.Peer.Pod != nil && q.Peer.Pod.Shape.HostNetwork
	add(q.Pod.Shape.HostNetwork, UncertainHostNetworkSubject, "policy.open.host-network",
		func(r *reading) { r.hostSubject = true })
	add(host && s.pods, UncertainHostNetworkPeer, "policy.open.host-peer",
		func(r *reading) { r.hostPeer = true })
	add(w.out.exempt == ExemptOwnNode && q.Direction == Egress, UncertainOwnNode,
		"policy.open.own-node", func(r *reading) { r.ownNode = false })
	add(host && (q.Pod.Placed || b.peerPlaced(q)), UncertainPlacement, "policy.open.placement",
		func(r *reading) { r.elsewhere = true })
	for i := range 2 {
		add(s.blocks && b.peerAddressed(q), UncertainAddress, "policy.open.address",
			func(r *reading) { r.anywhere = i + 1 })
	}
	itself := q.Peer.Before.IsValid() && q.Pod.HasIP(q.Peer.Before.Unmap())
	add(q.Peer.Before.IsValid() && !itself, UncertainBeforeMasquerade,
		"policy.open.masquerade", func(r *reading) { r.before = true })
	add(hairpin(q) || itself, UncertainHairpin, "policy.open.loopback",
		func(r *reading) { r.hairpin, r.before = true, true })
	add(!q.Peer.Addr.IsValid() && s.blocks, UncertainSourceAddress, "policy.open.range-splits",
		func(r *reading) { r.split = true })
	add(q.PortPod != nil && doubles(q.PortPod.Shape), UncertainNamedPort, "policy.open.port-name",
		func(r *reading) { r.everyName = true })
	for i := range 2 {
		add(b.spaceUnknown(q), UncertainNamespaceLabels, "policy.open.namespace-labels", func(r *reading) { r.spaceLabels = i + 1 })
	}
	add(s.domains && q.Direction == Egress, UncertainDomain, "policy.open.domain-name",
		func(r *reading) { r.anyDomain = true })
	for i := range tunnelEnds(b, q, s.blocks) {
		add(true, UncertainIPBlock, "policy.open.tunnel",
			func(r *reading) { r.tunnel = i + 1 })
	}
	if len(s.admin)+len(s.baseline) > 0 {
		add(true, UncertainAdmin, "policy.open.cluster-policies", func(r *reading) { r.noAdmin = true })
		add(w.out.split, UncertainPriority, "policy.open.equal-priority", func(r *reading) { r.rival = 1 })
		add(w.out.split, UncertainPriority, "policy.open.equal-priority", func(r *reading) { r.rival = 2 })
	}
	add(s.names && q.PortPod != nil && hasSidecar(q.PortPod.Shape), UncertainNamedPort, "policy.open.sidecar-port",
		func(r *reading) { r.mainNames = true })
	// Calico takes the ports of all containers of the spec (felix and kube-controllers read them from its WorkloadEndpoint,
	// libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go).
	add(s.names && q.PortPod != nil && len(q.PortPod.Shape.InitPorts) > 0, UncertainNamedPort, "policy.open.init-port",
		func(r *reading) { r.initNames = true })
	add(s.ends && b.enforcement().EndPort != Yes, UncertainEndPort, "policy.open.range-of-ports",
		func(r *reading) { r.onePort = true })
	add(s.names && b.enforcement().Plugin == "ovn-kubernetes", UncertainNamedPort, "policy.open.ovn-port-name",
		func(r *reading) { r.looseNames = true })
	if len(s.network) > 0 && b.enforcement().Plugin == "kube-router" {
		add(true, UncertainKubeRouter, "policy.open.kube-router-port-name", func(r *reading) { r.looseNames = true })
		add(s.blocks, UncertainKubeRouter, "policy.open.kube-router-except", func(r *reading) { r.sharedExcept = true })
	}
	return out
}

// peerPlaced reports whether only the simulation says which node the peer is: that of a pod on the host network, or of one
// whose packets its node masqueraded.
func (b *Book) peerPlaced(q *Question) bool {
	if q.Peer.Pod != nil || q.Peer.Placed {
		return q.Peer.Placed || q.Peer.Pod.Placed
	}
	return q.Peer.Before.IsValid() && slices.ContainsFunc(b.view.PodsWithAddr(q.Peer.Before.Unmap()), func(p *cluster.Pod) bool { return p.Placed })
}

// peerAddressed reports whether only the simulation gave the peer the address that ranges see.
func (b *Book) peerAddressed(q *Question) bool {
	if p := q.Peer.Pod; p != nil && !p.Shape.HostNetwork {
		return p.Addressed
	}
	if b.peerPlaced(q) {
		return true
	}
	n := b.view.NodeWithAddr(q.Peer.Addr)
	return n != nil && cluster.Addressed(n, q.Peer.Addr.String())
}

func hasSidecar(s *cluster.Shape) bool {
	return slices.ContainsFunc(s.Containers, func(c cluster.Container) bool { return c.Sidecar })
}

// doubles reports whether a pod gives one name and protocol to different ports.
func doubles(s *cluster.Shape) bool {
	for i, c := range s.Containers {
		for _, p := range c.Ports {
			for _, other := range s.Containers[:i] {
				for _, o := range other.Ports {
					if p.Name != "" && p.Name == o.Name && p.Protocol == o.Protocol && p.Port != o.Port {
						return true
					}
				}
			}
		}
	}
	return false
}

// spaceUnknown reports whether the labels of the peer's namespace are not shown.
func (b *Book) spaceUnknown(q *Question) bool {
	return q.Peer.Pod != nil && !b.space(q.Peer.Pod.Namespace).shown && b.view.Readable(cluster.KindNamespace, "")
}

// NamesAddresses reports whether a rule of the policies that concern a question goes by addresses.
func (b *Book) NamesAddresses(q Question) bool { return b.selecting(&q).blocks }

// OwnKinds lists the kinds of policies of a plug-in's own that are installed, or may be (kinds of definitions that may
// not be read), with what shows it. They are not read: whatever they say is not known. Empty where there are none.
func (b *Book) OwnKinds() (list string, evidence *cluster.Evidence) {
	e := b.enforcement()
	if len(e.Also) == 0 {
		return "", nil
	}
	if len(e.AlsoEvidence) > 0 {
		evidence = &e.AlsoEvidence[0]
	}
	return words.Say("policy.own-kinds.nothing", strings.Join(e.Also, ", ")), evidence
}

// Ranges are the ranges of addresses that the policies which concern a pod compare a peer with, in one direction. Two
// peers that lie on the same side of each and are alike in all else get the same answer.
func (b *Book) Ranges(pod *cluster.Pod, d Direction) []netip.Prefix {
	s := b.selecting(&Question{Pod: pod, Direction: d})
	if !s.blocks {
		return nil
	}
	if s.ranges == nil {
		for _, list := range [][]*guard{s.admin, s.network, s.baseline} {
			for _, g := range list {
				for _, r := range g.side(d).rules {
					for _, p := range r.peers {
						s.ranges = append(append(s.ranges, p.cidrs...), p.except...)
					}
				}
			}
		}
		slices.SortFunc(s.ranges, netip.Prefix.Compare)
		s.ranges = slices.Compact(s.ranges)
	}
	return s.ranges
}

// Guarding names the policies that concern a pod in one direction, in the order in which they are asked.
func (b *Book) Guarding(pod *cluster.Pod, d Direction) []cluster.Ref {
	s := b.selecting(&Question{Pod: pod, Direction: d})
	out := []cluster.Ref{}
	for _, list := range [][]*guard{s.admin, s.network, s.baseline} {
		for _, g := range list {
			out = append(out, g.ref)
		}
	}
	return out
}
