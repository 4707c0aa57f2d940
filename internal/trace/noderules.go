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
	"github.com/kubestrata/kubestrata/internal/words"
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
	e.doubtWindows(&b, node)
	d := e.decide(&b, p)
	if len(d.Rivals) == 0 {
		return e.ruled(b, p, d, depth, Certain)
	}
	// Two services claim the address and port, and nothing defines which one the node's rules prefer.
	e.assume("duplicate-address", words.Say("fact.duplicate-address", e.socket(b.dst)), facts.Default, nil)
	all := append([]service.Decision{d}, d.Rivals...)
	var out []branch
	for _, rival := range all {
		part := b.split(1 / float64(len(all)))
		out = append(out, e.ruled(part, p, rival, depth, Assumed)...)
	}
	return out
}

// ruled is a packet of which the node's rules have decided; claim is how certain it is that they are those of this service.
func (e *engine) ruled(b branch, p service.Packet, d service.Decision, depth int, claim Certainty) []branch {
	node := p.Node
	if d.Unread != "" {
		return b.stop(e.unread(d.Unread))
	}
	if d.Via == service.ViaNodePort || d.Via == service.ViaHealthCheck || d.Kind == service.Local || d.Kind == service.NoRule {
		e.doubtNode(&b, node)
	}
	certainty := worse(claim, e.restsOn(b, p, &d))
	if e.unnamedSource(b.src.Addr()) && e.splitsRanges(d, p) {
		return b.stop(ending{
			reason: "assumption.source-address", certainty: Unknown, decidedBy: serviceRef(d.Service),
			why: words.Say("clause.source-ranges-split"),
		})
	}
	if out, ok := e.gatewayNode(b, node, d); ok {
		return out
	}
	if out, ok := e.ingressNode(b, node, d); ok {
		return out
	}
	if d.Kind == service.Astray && e.hasOwner(d, b.dst.Addr()) {
		d.Kind = service.NoRule // no rule takes the packet, and what has the address does
	}
	switch d.Kind {
	case service.DNAT:
		return e.swapped(b, node, d, certainty, depth)
	case service.Reject, service.Drop, service.Astray:
		return e.turnedAway(b, node, d, certainty)
	case service.Answered:
		return e.healthCheck(b, node, d, certainty)
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

// hasOwner reports whether an external address of a service is that of a machine or a pod: k3s' load balancers have the
// nodes' own addresses, and externalIPs may be any.
func (e *engine) hasOwner(d service.Decision, addr netip.Addr) bool {
	if d.Via != service.ViaExternalIP && d.Via != service.ViaLoadBalancer {
		return false
	}
	return e.view.NodeWithAddr(addr) != nil || boundary.OwnerOf(e.view, addr).Kind == boundary.OwnerHost ||
		slices.ContainsFunc(e.view.PodsWithAddr(addr), func(p *cluster.Pod) bool { return !p.Done() })
}

// restsOn notes what a decision takes for granted and says how certain that leaves it.
func (e *engine) restsOn(b branch, p service.Packet, d *service.Decision) Certainty {
	certainty := e.uses(e.relevant(b, d.Uses)...)
	if d.Service != nil && d.Via != service.ViaClusterIP && e.rivalHostPort(p) {
		// Whose rules come first, the plug-in's for host ports or kube-proxy's, depends on who wrote theirs last; and
		// kube-proxy's refusals come after the plug-in's translation.
		e.assumeFlip("host-ports", words.Say("fact.host-ports.gives-way", p.Dst.Port(), p.Node, d.Service.Namespace, d.Service.Name), facts.Default)
		certainty = worse(certainty, Assumed)
	}
	if d.Guess != "" {
		e.assume("ipvs", d.Guess, facts.Default, nil)
		certainty = worse(certainty, Assumed)
	}
	if d.Service != nil && d.Reason == "service.not-proxied" && hasLabel(d.Service, service.LabelProxyName) {
		e.assume("service-proxy", words.Say("fact.service-proxy.no-other", d.Service.Namespace, d.Service.Name), facts.Default, nil)
		certainty = worse(certainty, Assumed)
	}
	if e.placementDecides(p, d) {
		e.assumePlacement()
		certainty = worse(certainty, Assumed)
	}
	certainty = worse(certainty, e.doubtSimulated(p, d))
	if d.Service != nil && e.hostPortToo(p) {
		// Both kube-proxy and the network plug-in have a rule for it, and no object shows which comes first.
		e.assumeFlip("host-port-order", words.Say("fact.host-port-order"), facts.Default)
		certainty = worse(certainty, Assumed)
	}
	name, evidence := facts.ServiceProxy(e.view)
	if name != "" && (d.Service != nil || d.Kind != service.NoRule && d.Kind != service.Local) {
		e.assume("service-proxy", words.Say("fact.service-proxy", name), facts.Detected, evidence)
		certainty, d.RuleText = worse(certainty, Assumed), "" // nor has the node kube-proxy's rules
	}
	return certainty
}

// rivalHostPort reports whether a pod has the port of its node that a packet goes to.
func (e *engine) rivalHostPort(p service.Packet) bool {
	if p.ICMP || !e.view.HasNodeAddr(p.Node, p.Dst.Addr()) {
		return false
	}
	for _, pod := range e.view.PodsOnHost(p.Node) {
		if pod.Shape.HostNetwork || pod.Done() {
			continue
		}
		for _, c := range pod.Shape.Containers {
			for _, port := range c.Ports {
				if port.HostPort == int32(p.Dst.Port()) && port.Protocol == p.Protocol {
					return true
				}
			}
		}
	}
	return false
}

func hasLabel(s *corev1.Service, key string) bool {
	_, ok := s.Labels[key] // an empty value is one, too
	return ok
}

func (e *engine) assumePlacement() {
	e.assumeFlip(keyPlacement, words.Say("fact.placement"), facts.Default)
}

// hostPortToo reports whether a pod of a node has a host port that a packet for a service is addressed to as well, as the pods
// of ServiceLB do.
func (e *engine) hostPortToo(p service.Packet) bool {
	if !e.view.HasNodeAddr(p.Node, p.Dst.Addr()) {
		return false
	}
	return slices.ContainsFunc(e.view.PodsOnHost(p.Node), func(pod *cluster.Pod) bool {
		return !hostNetwork(pod) && pod.Phase == cluster.PhaseRunning && slices.ContainsFunc(pod.Shape.Containers, func(c cluster.Container) bool {
			return slices.ContainsFunc(c.Ports, func(port cluster.ContainerPort) bool {
				return port.HostPort == int32(p.Dst.Port()) && port.Protocol == p.Protocol
			})
		})
	})
}

// placementDecides reports whether a service sends by nodes (a traffic policy Local, hints) to or from pods of which only
// the simulation says where they run.
func (e *engine) placementDecides(p service.Packet, d *service.Decision) bool {
	if d.Service == nil {
		return false
	}
	spec := &d.Service.Spec
	byNode := spec.InternalTrafficPolicy != nil && *spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal ||
		spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal || spec.TrafficDistribution != nil
	if !byNode {
		return false
	}
	if p.SrcPod != nil && p.SrcPod.Placed {
		return true
	}
	for _, slice := range e.view.Slices(d.Service.Namespace, d.Service.Name) {
		for i := range slice.Endpoints {
			pod := e.view.Pod(slice.Endpoints[i].TargetNamespace, slice.Endpoints[i].Pod)
			if pod != nil && pod.Placed {
				return true
			}
		}
	}
	return false
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
	return words.Say("says.rules.pass", node, e.socket(b.dst))
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

// ruleFor is the rule by which a packet comes to one choice.
func ruleFor(d service.Decision, c service.Choice) *Rule {
	if d.RuleText == "" {
		return nil
	}
	return &Rule{Text: d.TextFor(&c), Where: d.RuleWhere, Exact: d.Exact}
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
	return ending{class: CannotTell, reason: "rights." + what, certainty: Unknown}
}

// turnedAway is a packet that the rules refuse, drop or leave astray.
func (e *engine) turnedAway(b branch, node string, d service.Decision, certainty Certainty) []branch {
	if d.Kind == service.Astray {
		// What the network beyond the node does with such a packet no object shows.
		e.assume("default-route", "drops", facts.Default, nil)
		certainty = worse(certainty, Assumed)
	}
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
		on: pointer(nodeRef(node)), why: d.Why, protocol: e.protocol(&b), got: portsOf(d.Service),
	}
	if end.reason == "service.no-endpoints" && d.Service != nil {
		end.got = e.whyEmpty(d)
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
			sentence: words.Say("says.route.out.default-route", node, e.addrText(b.dst.Addr())),
		})
	}
	if end.decidedBy == nil {
		end.decidedBy = pointer(nodeRef(node))
	}
	return b.stop(end)
}

func (e *engine) turnedAwaySentence(b branch, node string, d service.Decision) string {
	key := map[service.Kind]string{service.Reject: "says.rules.reject", service.Drop: "says.rules.drop", service.Astray: "says.rules.astray"}[d.Kind]
	text := words.Say(key, node, e.socket(b.dst))
	if d.Why != "" {
		text += ": " + strings.TrimSuffix(d.Why, ".")
	}
	return text + "."
}

// portsOf lists the ports of a service.
func portsOf(s *corev1.Service) string {
	if s == nil {
		return ""
	}
	var out []string
	for i, p := range s.Spec.Ports {
		if i == 4 {
			return strings.Join(append(out, "…"), ", ")
		}
		out = append(out, fmt.Sprintf("%d/%s", p.Port, cmp.Or(p.Protocol, corev1.ProtocolTCP)))
	}
	return cmp.Or(strings.Join(out, ", "), words.Say("clause.no-ports"))
}

func backendOf(s *corev1.Service, p *corev1.ServicePort) *Backend {
	out := &Backend{Kind: cluster.KindService, Namespace: s.Namespace, Name: s.Name}
	if p != nil {
		out.Port = p.Port
	}
	return out
}

// afterRules is a packet that the rules have let be.
func (e *engine) afterRules(b branch, node string, d service.Decision, depth int) []branch {
	if blocked, stopped := e.outGate(&b, node); stopped {
		return blocked
	}
	own := b.dst.Addr().IsLoopback() || e.view.HasNodeAddr(node, b.dst.Addr())
	if d.Kind == service.Local || e.icmp(&b) && own {
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
	if e.view.HasNodeAddr(node, b.dst.Addr()) {
		return e.onNode(b, node, service.Decision{Kind: service.Local}, depth)
	}
	owner := boundary.OwnerOf(e.view, b.dst.Addr())
	if owner.Kind == boundary.OwnerPod && owner.Pod != nil && !hostNetwork(owner.Pod) {
		return e.toPod(b, node, owner.Pod)
	}
	return e.travel(b, e.passing(b, node), depth, true)
}
