package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// atNode is a packet that meets the rules of a node: those of the services, then the sender's out-gate if this is its
// node, then the routes.
func (e *engine) atNode(b branch, node string, kind service.SourceKind, depth int) []branch {
	if depth > maxDepth {
		return b.stop(ending{reason: "not-modelled.so-many-nodes", certainty: Unknown})
	}
	p := service.Packet{
		Src: b.src.Addr(), SrcKind: kind, SrcPod: b.sender.pod, Dst: b.dst, Protocol: e.transport(&b), ICMP: e.icmp(&b), Node: node,
	}
	d := service.Decide(e.view, e.service, p)
	if d.Unread != "" {
		return b.stop(e.unread(d.Unread))
	}
	certainty := e.uses(e.relevant(b, d.Uses)...)
	if e.from.unnamed && b.sender.ref == e.from.ref && e.splitsRanges(d, p) {
		return b.stop(ending{
			reason: "assumption.source-address", certainty: Unknown, decidedBy: serviceRef(d.Service),
			why: "loadBalancerSourceRanges admit a part of the network only",
		})
	}
	switch d.Kind {
	case service.DNAT:
		return e.swapped(b, node, d, certainty, depth)
	case service.Reject, service.Drop, service.Astray:
		return e.turnedAway(b, node, d, certainty)
	case service.Answered:
		e.add(&b, nil, at{
			kind: StepRulesPass, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerLAN, sentence: sentence(d.Why),
			rule: ruleOf(d), tried: triedOf(d), certainty: certainty, evidence: d.Evidence,
		})
		return b.stop(ending{
			class: statusClass(d.HTTPStatus), reason: "http.status", status: d.HTTPStatus, certainty: certainty, decidedBy: serviceRef(d.Service), why: d.Why,
		})
	}
	if e.worthSaying(b, d) {
		e.add(&b, nil, at{
			kind: StepRulesPass, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, rule: ruleOf(d), tried: triedOf(d),
			certainty: certainty, evidence: d.Evidence, sentence: e.passSentence(b, node, d),
		})
	} else {
		b.certainty = worse(b.certainty, certainty)
	}
	return e.afterRules(b, node, d, depth)
}

// relevant drops facts that change only how a query's sender looks to the DNS server: whether that matters is found out
// by asking again.
func (e *engine) relevant(b branch, keys []string) []string {
	if b.leg != 0 {
		return keys
	}
	var out []string
	for _, key := range keys {
		if key == facts.KeyMasqueradeAll || key == facts.KeyClusterCIDR {
			e.maybe[key] = true
			continue
		}
		out = append(out, key)
	}
	return out
}

// worthSaying reports whether rules that leave a packet alone deserve a step: on the sender's node, where a service
// might have been meant, and where a service has the address but leaves it to others.
func (e *engine) worthSaying(b branch, d service.Decision) bool {
	return b.leg <= 1 && (d.Service != nil || len(d.Tried) > 0 || b.sender.node != "")
}

func (e *engine) passSentence(b branch, node string, d service.Decision) string {
	if d.Why != "" {
		return sentence(d.Why)
	}
	return fmt.Sprintf("The rules of node %s know no service with %s: nothing is changed.", node, e.socket(b.dst))
}

func serviceRef(s *corev1.Service) *cluster.Ref {
	if s == nil {
		return nil
	}
	return refOf(cluster.KindService, s.Namespace, s.Name)
}

func sentence(clause string) string {
	clause = strings.TrimSpace(clause)
	if clause == "" {
		return ""
	}
	return capital(strings.TrimSuffix(clause, ".")) + "."
}

func ruleOf(d service.Decision) *Rule {
	if d.RuleText == "" {
		return nil
	}
	return &Rule{Text: d.RuleText, Where: d.RuleWhere, Exact: d.Exact}
}

func triedOf(d service.Decision) []Tried {
	var out []Tried
	for _, t := range d.Tried {
		out = append(out, Tried{Object: pointer(t.Object), Why: t.Why})
	}
	for _, n := range d.NotChosen {
		ref := cluster.Ref{Kind: cluster.KindPod, Namespace: n.Namespace, Name: n.PodName}
		if n.PodName == "" {
			ref = cluster.Ref{Kind: cluster.KindNetwork, Name: n.Addr.String()}
		}
		out = append(out, Tried{Object: &ref, Why: n.Why})
	}
	return out
}

// unread is the end where a kind would be needed that may not be read.
func (e *engine) unread(what string) ending {
	kind := what
	for _, r := range cluster.Resources {
		if r.Plural == what {
			kind = string(r.Kind)
		}
	}
	return ending{class: CannotTell, reason: "rights." + kind, certainty: Unknown, name: kind}
}

// turnedAway is a packet that the rules refuse, drop or leave astray.
func (e *engine) turnedAway(b branch, node string, d service.Decision, certainty Certainty) []branch {
	kind := map[service.Kind]StepKind{
		service.Reject: StepRulesReject, service.Drop: StepRulesDrop, service.Astray: StepRulesPass,
	}[d.Kind]
	e.add(&b, nil, at{
		kind: kind, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, rule: ruleOf(d), tried: triedOf(d),
		certainty: certainty, evidence: d.Evidence, sentence: e.turnedAwaySentence(b, node, d),
	})
	if d.Service != nil && d.Port != nil {
		b.backend = backendOf(d.Service, d.Port)
	}
	end := ending{
		reason: cmp.Or(d.Reason, "service.unknown-address"), certainty: certainty, decidedBy: serviceRef(d.Service), object: serviceRef(d.Service),
		on: pointer(nodeRef(node)), why: d.Why, protocol: e.protocol(&b),
	}
	switch d.Kind {
	case service.Reject:
		end.class = Refused
	case service.Drop:
		end.class = NoAnswer
	case service.Astray:
		end.class = NoAnswer
		e.add(&b, nil, at{
			kind: StepRouteOut, ref: nodeRef(node), layer: surroundings.LayerLAN, certainty: certainty,
			sentence: fmt.Sprintf("Node %s sends the packet along its default route, where nobody has %s.", node, e.addrText(b.dst.Addr())),
		})
	}
	if end.decidedBy == nil {
		end.decidedBy = pointer(nodeRef(node))
	}
	return b.stop(end)
}

func (e *engine) turnedAwaySentence(b branch, node string, d service.Decision) string {
	verb := map[service.Kind]string{service.Reject: "refuses", service.Drop: "drops", service.Astray: "has no rule for"}[d.Kind]
	text := fmt.Sprintf("Node %s %s the packet to %s", node, verb, e.socket(b.dst))
	if d.Why != "" {
		text += ": " + strings.TrimSuffix(d.Why, ".")
	}
	return text + "."
}

func backendOf(s *corev1.Service, p *corev1.ServicePort) *Backend {
	out := &Backend{Kind: cluster.KindService, Namespace: s.Namespace, Name: s.Name}
	if p != nil {
		out.Port = p.Port
	}
	return out
}

// swapped is a packet whose destination the rules replace: one branch for each endpoint that may get it.
func (e *engine) swapped(b branch, node string, d service.Decision, certainty Certainty, depth int) []branch {
	var out []branch
	for _, c := range d.Endpoints {
		out = append(out, e.swappedTo(b.split(c.Share), node, d, c, certainty, depth)...)
	}
	if len(out) == 0 { // a decision without endpoints to choose from is no decision
		return b.stop(ending{reason: "service.no-endpoints", certainty: certainty, decidedBy: serviceRef(d.Service), object: serviceRef(d.Service)})
	}
	return out
}

func (e *engine) swappedTo(b branch, node string, d service.Decision, c service.Choice, certainty Certainty, depth int) []branch {
	before := e.header(&b)
	original := b.src.Addr()
	b.remember(nodeRef(node), string(surroundings.LayerPod), undoDNAT)
	b.dst = c.Addr
	b.backend = backendOf(d.Service, d.Port)
	b.setEndpoint(c.Pod, c.PodName, c.Namespace, c.Node, c.Addr)
	e.add(&b, before, at{
		kind: StepRulesDNAT, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, rule: ruleOf(d), tried: triedOf(d),
		certainty: certainty, evidence: d.Evidence, sentence: e.swapSentence(b, node, d, before),
	})
	if blocked, stopped := e.outGate(&b, node); stopped {
		return blocked
	}
	if d.Masquerade || c.Hairpin {
		e.mask(&b, node, d, c, certainty)
		b.guard = &gateNote{node: node, src: original}
	}
	if d.ReplyLost {
		b.certainty = worse(b.certainty, certainty)
		return e.replyLost(b, node, c, depth)
	}
	return e.toEndpoint(b, node, c.Pod, depth)
}

func (b *branch) setEndpoint(pod *cluster.Pod, name, namespace, node string, addr netip.AddrPort) {
	b.endpointPod = pod
	b.endpoint = &Endpoint{Namespace: namespace, Pod: name, IP: addr.Addr().String(), Port: int32(addr.Port()), Node: node}
	if pod != nil {
		b.endpoint.Namespace, b.endpoint.Pod, b.endpoint.Node = pod.Namespace, pod.Name, pod.Node
	}
	if b.endpoint.Pod == "" {
		b.endpoint.Namespace = ""
	}
}

func (e *engine) swapSentence(b branch, node string, d service.Decision, before *Header) string {
	how := "the only endpoint"
	if n := len(d.Endpoints); n > 1 {
		how = fmt.Sprintf("one of %d endpoints", n)
		if d.RoundRobin {
			how += ", in turn"
		} else {
			how += ", at random"
		}
	}
	return fmt.Sprintf("Address swapped (DNAT): %s of service %s/%s becomes %s, %s.", before.Dst, d.Service.Namespace, d.Service.Name, e.socket(b.dst), how)
}

// mask replaces the source by the node's own address.
func (e *engine) mask(b *branch, node string, d service.Decision, c service.Choice, certainty Certainty) {
	addr := e.nodeAddr(node, b.dst.Addr())
	if !addr.IsValid() {
		e.assume("node-address", node, "default", nil)
		b.certainty = worse(b.certainty, Assumed)
		b.masqueraded = true
		return
	}
	if addr == b.src.Addr() {
		b.masqueraded = true
		return
	}
	before := e.header(b)
	b.remember(nodeRef(node), string(surroundings.LayerPod), undoMasquerade)
	b.src = withAddr(b.src, addr)
	b.masqueraded = true
	e.add(b, before, at{
		kind: StepRulesMasquerade, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerPod, certainty: certainty,
		evidence: append(slices.Clone(d.Evidence), e.nodeFacts(node, "status.addresses")...),
		sentence: fmt.Sprintf("Source masked (SNAT): %s becomes %s, node %s%s.", before.Src, e.socket(b.src), node, maskWhy(d, c)),
	})
}

func maskWhy(d service.Decision, c service.Choice) string {
	switch {
	case c.Hairpin && !d.Masquerade:
		return ", since the pod was sent back to itself"
	case d.MasqueradeWhy == "external-traffic-policy-cluster":
		return ", since externalTrafficPolicy is Cluster"
	case d.MasqueradeWhy == "not-a-pod":
		return ", since the sender is no pod"
	case d.MasqueradeWhy == "masquerade-all":
		return ", since kube-proxy masquerades all"
	case d.MasqueradeWhy == "local-source":
		return ", since the sender is the node itself"
	}
	return ""
}

// replyLost walks to the endpoint, whose reply then comes back with the wrong address.
func (e *engine) replyLost(b branch, node string, c service.Choice, depth int) []branch {
	out := e.toEndpoint(b, node, c.Pod, depth)
	for i := range out {
		if end := out[i].end; end != nil && (end.class == Answered || end.class == HTTPError) {
			lost := *end
			lost.class, lost.reason, lost.status = NoAnswer, "service.no-local-endpoints", 0
			lost.why = "the reply comes from a foreign address"
			out[i].end = &lost
		}
	}
	return out
}

// afterRules is a packet that the rules have let be.
func (e *engine) afterRules(b branch, node string, d service.Decision, depth int) []branch {
	if blocked, stopped := e.outGate(&b, node); stopped {
		return blocked
	}
	if d.Kind == service.Local {
		return e.onNode(b, node, d, depth)
	}
	owner := boundary.OwnerOf(e.view, b.dst.Addr())
	if owner.Kind == boundary.OwnerPod && owner.Pod != nil && !hostNetwork(owner.Pod) {
		b.setEndpoint(owner.Pod, owner.Pod.Name, owner.Pod.Namespace, owner.Pod.Node, b.dst)
		return e.toPod(b, node, owner.Pod)
	}
	return e.travel(b, e.passing(b, node), depth, true)
}

// toEndpoint goes from a node to the endpoint that its rules have chosen.
func (e *engine) toEndpoint(b branch, node string, pod *cluster.Pod, depth int) []branch {
	if pod != nil && !hostNetwork(pod) && pod.HasIP(b.dst.Addr()) {
		return e.toPod(b, node, pod)
	}
	if n := e.view.NodeWithAddr(b.dst.Addr()); n != nil && n.Name == node {
		return e.onNode(b, node, service.Decision{Kind: service.Local}, depth)
	}
	owner := boundary.OwnerOf(e.view, b.dst.Addr())
	if owner.Kind == boundary.OwnerPod && owner.Pod != nil && !hostNetwork(owner.Pod) {
		return e.toPod(b, node, owner.Pod)
	}
	return e.travel(b, e.passing(b, node), depth, true)
}

// splitsRanges reports whether an unnamed host of a network would fare differently by its address.
func (e *engine) splitsRanges(d service.Decision, p service.Packet) bool {
	if d.Service == nil {
		return false
	}
	for _, addr := range samples(e.view, e.from.layer, d.Service.Spec.LoadBalancerSourceRanges) {
		q := p
		q.Src = addr
		if other := service.Decide(e.view, e.service, q); other.Kind != d.Kind {
			return true
		}
	}
	return false
}

// samples are addresses of a layer that lie inside one of the ranges.
func samples(view *cluster.View, layer surroundings.Layer, ranges []string) []netip.Addr {
	var out []netip.Addr
	for _, text := range ranges {
		r, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			continue
		}
		if layer == surroundings.LayerInternet {
			if a := r.Masked().Addr(); !a.IsPrivate() && r.Bits() > 0 {
				out = append(out, a)
			}
			continue
		}
		for _, lan := range boundary.RangesOf(view).LAN {
			switch {
			case !lan.Prefix.Overlaps(r):
			case r.Bits() > lan.Prefix.Bits():
				out = append(out, r.Masked().Addr())
			default:
				out = append(out, lan.Prefix.Masked().Addr().Next())
			}
		}
	}
	return out
}
