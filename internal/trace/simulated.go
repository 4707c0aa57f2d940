package trace

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/words"
)

// What only the simulation says of objects that came in files.
const (
	keyPlacement = "placement"
	keyAddresses = "addresses"
	keyPodsRun   = "pods-run"
)

// doubtAddresses notes that somebody asked for an address by its number which only the simulation gave to what has it; or
// which nobody has here, while the simulation gave others that a real cluster would give otherwise.
func (e *engine) doubtAddresses(b *branch, addrs []netip.Addr) {
	for _, a := range addrs {
		a = dialled(a)
		if what := e.givenBySimulation(a); what != "" {
			e.assumeFlip(keyAddresses, what, facts.Default)
			b.certainty = worse(b.certainty, Assumed)
		}
	}
}

// givenBySimulation says what is taken for granted where an address is asked for by its number; "" where nothing is.
func (e *engine) givenBySimulation(a netip.Addr) string {
	if e.view.Source().Kind != cluster.SourceFiles || a.IsLoopback() || a.IsUnspecified() {
		return ""
	}
	known := false
	for _, s := range e.view.ServicesWithAddr(a) {
		known = true
		if cluster.Addressed(s, a.String()) {
			return words.Say("fact.addresses", words.Say("kind.service"), s.Namespace+"/"+s.Name, a)
		}
	}
	for _, n := range e.view.NodesWithAddr(a) {
		known = true
		if cluster.Addressed(n, a.String()) {
			return words.Say("fact.addresses", kindWord(cluster.KindNode), n.Name, a)
		}
	}
	for _, p := range e.view.PodsWithAddr(a) {
		known = known || !p.Done()
		if p.Addressed && !p.Shape.HostNetwork {
			return words.Say("fact.addresses", kindWord(cluster.KindPod), p.Namespace+"/"+p.Name, a)
		}
	}
	if !known && e.simulationGave(a) && !a.IsMulticast() {
		return words.Say("fact.addresses.none", a)
	}
	return ""
}

// simulationGave reports whether some service, pod or node has an address of the same network from the simulation: in a
// real cluster it could be this one.
func (e *engine) simulationGave(a netip.Addr) bool {
	type key struct{}
	gave := e.view.Remember(key{}, func() any {
		var out struct{ service, pod, node bool }
		for _, s := range e.view.Services() {
			// The services that every cluster has are where every cluster has them.
			out.service = out.service || s.Annotations[cluster.AnnotationAddressed] != "" && s.Annotations[cluster.AnnotationSimulated] == ""
		}
		for p := range e.view.Pods() {
			out.pod = out.pod || p.Addressed && !p.Shape.HostNetwork
		}
		for _, n := range e.view.Nodes() {
			out.node = out.node || n.Annotations[cluster.AnnotationAddressed] != ""
		}
		return out
	}).(struct{ service, pod, node bool })
	ranges := boundary.RangesOf(e.view)
	within := func(list []boundary.Range) bool {
		return slices.ContainsFunc(list, func(r boundary.Range) bool { return r.Prefix.Contains(a) })
	}
	return gave.service && within(ranges.Service) || gave.pod && within(ranges.Pod) || gave.node && within(ranges.LAN)
}

// literal reports whether a look-up came to addresses that somebody wrote down, and not to those that objects have.
func literal(look dns.Lookup) bool {
	if look.HostsFile != nil || look.Final == nil || look.Final.Answer == nil {
		return look.HostsFile != nil
	}
	return !slices.ContainsFunc(look.Final.Answer.Evidence, func(ev cluster.Evidence) bool {
		return ev.Kind == cluster.KindService || ev.Kind == cluster.KindEndpointSlice
	})
}

// doubtSimulated notes what of a decision of a node's rules only the simulation says.
func (e *engine) doubtSimulated(p service.Packet, d *service.Decision) Certainty {
	if d.Service == nil {
		return Certain
	}
	certainty := Certain
	doubt := func(key, what string) {
		e.assumeFlip(key, what, facts.Default)
		certainty = Assumed
	}
	name := d.Service.Namespace + "/" + d.Service.Name
	if (d.Via == service.ViaNodePort || d.Via == service.ViaHealthCheck) && cluster.Addressed(d.Service, fmt.Sprint(p.Dst.Port())) {
		doubt(keyAddresses, words.Say("fact.addresses.node-port", name, p.Dst.Port()))
	}
	if d.Via == service.ViaLoadBalancer && guarded(d.Service) && e.simulatedSource(p) {
		doubt(keyAddresses, words.Say("fact.addresses.source-ranges", p.Src))
	}
	if name == "default/kubernetes" && d.Kind == service.DNAT && e.apiServerSimulated() {
		doubt(keyAddresses, words.Say("fact.addresses.api-server"))
	}
	external := d.Via == service.ViaLoadBalancer || d.Via == service.ViaExternalIP || d.Via == service.ViaNodePort
	if external && d.Service.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && !e.from.ghost && e.simulatedSource(p) {
		doubt(keyAddresses, words.Say("fact.addresses.pod-range", p.Src))
	}
	return certainty
}

func guarded(s *corev1.Service) bool {
	return len(s.Spec.LoadBalancerSourceRanges) > 0 && !slices.ContainsFunc(s.Spec.LoadBalancerSourceRanges, func(r string) bool { return r == "0.0.0.0/0" || r == "::/0" })
}

// simulatedSource reports whether only the simulation says what address a packet comes from.
func (e *engine) simulatedSource(p service.Packet) bool {
	if p.SrcPod != nil && !p.SrcPod.Shape.HostNetwork {
		return p.SrcPod.Addressed
	}
	if p.SrcPod != nil && p.SrcPod.Placed {
		return true
	}
	return slices.ContainsFunc(e.view.NodesWithAddr(p.Src), func(n *corev1.Node) bool { return cluster.Addressed(n, p.Src.String()) })
}

// doubtAwaited lowers a verdict that rests on pods of which the objects leave open whether they run.
func (e *engine) doubtAwaited(t *Trace) {
	if e.view.Source().Kind != cluster.SourceFiles {
		return
	}
	rests := false
	switch t.Verdict.Reason {
	case "service.no-endpoints", "service.no-local-endpoints", "l7.no-endpoints", "dns.nxdomain", "dns.nodata", "pod.not-running", "pod.gone":
		rests = true
	}
	for _, o := range t.Outcomes {
		if o.Endpoint != nil {
			if p := e.view.Pod(o.Endpoint.Namespace, o.Endpoint.Pod); p != nil && p.Awaited {
				rests = true
			}
		}
	}
	if !rests {
		return
	}
	for p := range e.view.Pods() {
		if p.Awaited && p != e.from.pod {
			e.assumeFlip(keyPodsRun, words.Say("fact.pods-run", p.Namespace, p.Name), facts.Default)
			t.Verdict.Certainty = worse(t.Verdict.Certainty, Assumed)
			return
		}
	}
}

// apiServerSimulated reports whether only the simulation says where the API server is.
func (e *engine) apiServerSimulated() bool {
	return slices.ContainsFunc(e.view.Slices("default", "kubernetes"), func(s *cluster.Slice) bool { return s.Simulated })
}

// doubtNumbers notes names that are made of an address which only the simulation gave, or gave to nobody: those of pods
// and endpoints, and those by which addresses are looked up.
func (e *engine) doubtNumbers(b *branch, look dns.Lookup) {
	if look.Final == nil || e.view.Source().Kind != cluster.SourceFiles {
		return
	}
	name := strings.ToLower(strings.TrimSuffix(look.Final.Question.Name, "."))
	if reverse, ok := strings.CutSuffix(name, ".in-addr.arpa"); ok {
		labels := strings.Split(reverse, ".")
		slices.Reverse(labels)
		name = strings.Join(labels, "-")
	}
	first, _, _ := strings.Cut(name, ".")
	if a, err := netip.ParseAddr(strings.ReplaceAll(first, "-", ".")); err == nil {
		e.doubtAddresses(b, []netip.Addr{a})
	} else if a, err := netip.ParseAddr(strings.ReplaceAll(first, "-", ":")); err == nil {
		e.doubtAddresses(b, []netip.Addr{a})
	}
}
