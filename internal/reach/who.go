package reach

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// WhoCanReach says of every pod that runs, every node, the hosts of the surroundings, the LAN and the Internet whether
// they reach the target of a question. Its errors are *Error, or a trace's *trace.AskError.
func WhoCanReach(view *cluster.View, ask Ask) (*Answer, error) {
	a, err := newAsker(view, ask)
	if err != nil {
		return nil, err
	}
	t, err := parseTarget(view, ask)
	if err != nil {
		return nil, err
	}
	for i := range t.spots {
		a.ready(&t.spots[i])
	}
	out := newAnswer(view, WhoCanReachTarget)
	out.Subject = Subject{Text: t.text, Ref: t.ref, Addresses: []string{}, Port: t.port, Protocol: string(t.protocol), Policies: a.guarding(t)}
	for _, s := range t.spots {
		out.Subject.Addresses = append(out.Subject.Addresses, s.addr.String())
	}
	gather := newGathering()
	if err := a.fromPods(t, gather); err != nil {
		return nil, err
	}
	if err := a.fromNodes(t, gather); err != nil {
		return nil, err
	}
	if err := a.fromOutside(t, gather); err != nil {
		return nil, err
	}
	out.Groups = gather.groups()
	out.Assumptions = a.assumptions(out)
	out.summarise()
	return out, nil
}

// fromPods asks for one pod of each kind.
func (a *asker) fromPods(t *target, gather *gathering) error {
	cuts := a.cuts(t)
	kinds := map[kindOfPod]int{}
	nodes, services, ends := false, false, map[*cluster.Pod]bool{}
	for i := range t.spots {
		nodes, services = nodes || t.spots[i].nodeMatters, services || !t.spots[i].direct
		for _, e := range t.spots[i].ends {
			ends[e.pod] = true
		}
	}
	for p := range a.view.Pods() {
		if p.Done() || !p.IP().IsValid() {
			continue
		}
		key := a.kindOf(p, cuts)
		if nodes || p.Shape.HostNetwork || services && a.masked(p.IP()) {
			key.node = p.Node
		}
		if ends[p] {
			key.itself = p.Name
		}
		i, known := kinds[key]
		if !known {
			s := podSender(a.view, p)
			g, err := a.askFor(&s, t)
			if err != nil {
				return err
			}
			g.Kind, g.Namespace, g.Object, g.Labels, g.Node = OfPods, p.Namespace, workload(p), p.Labels.String(), key.node
			i = gather.open(g, g.Object)
			kinds[key] = i
		}
		gather.join(i, p.Ref(), key.node)
	}
	return nil
}

// askFor asks for one sender and every spot of the target. Spots that differ make it partly.
func (a *asker) askFor(s *sender, t *target) (out Group, err error) {
	for i := range t.spots {
		spot := &t.spots[i]
		text, egress, ingress := a.signature(s, spot, t.protocol)
		told, err := a.trace(tracedKey{port: int32(i), text: text}, s.from, spot.command)
		if err != nil {
			return out, err
		}
		g := Group{Port: t.port, Protocol: string(t.protocol), Trace: a.pair(s.from, spot.command)}
		a.fill(&g, told, egress, ingress)
		if i == 0 {
			out = g
			continue
		}
		out = out.with(g)
	}
	return out, nil
}

// with joins what was said of two addresses of one target: the failing one is shown.
func (g Group) with(other Group) Group {
	if g.Verdict == other.Verdict && g.Class == other.Class && g.Reason == other.Reason {
		if other.Certainty != trace.Certain {
			g.Certainty = other.Certainty
		}
		return g
	}
	if g.Verdict == Allowed {
		g, other = other, g
	}
	if other.Verdict == Allowed || other.Verdict == Partly {
		g.Verdict, g.Class = Partly, trace.Mixed
	}
	return g
}

func (a *asker) fromNodes(t *target, gather *gathering) error {
	for _, n := range a.view.Nodes() {
		s := nodeSender(n)
		if !s.addr.IsValid() {
			continue
		}
		g, err := a.askFor(&s, t)
		if err != nil {
			return err
		}
		g.Kind, g.Object = OfNodes, s.ref
		gather.addAs(g, s.ref, cluster.Ref{Kind: cluster.KindNode})
	}
	return nil
}

// fromOutside asks for the Internet, the LAN and the hosts of the surroundings, at every door.
func (a *asker) fromOutside(t *target, gather *gathering) error {
	type place struct {
		from string
		ref  cluster.Ref
	}
	places := []place{
		{"internet", cluster.Ref{Kind: cluster.KindNetwork, Name: "internet"}}, {"lan", cluster.Ref{Kind: cluster.KindNetwork, Name: "lan"}},
	}
	for i := range a.view.Surroundings().Hosts {
		h := &a.view.Surroundings().Hosts[i]
		if a.view.Node(h.Name) == nil && len(h.Addresses) > 0 {
			layer := cmp.Or(h.Layer, surroundings.LayerLAN)
			places = append(places, place{string(layer) + "/" + h.Name, cluster.Ref{Kind: cluster.KindHost, Name: h.Name}})
		}
	}
	for _, door := range a.doors(t) {
		for _, p := range places {
			told, err := a.trace(tracedKey{text: p.from + " " + door.command}, p.from, door.command)
			if err != nil {
				return err
			}
			g := Group{
				Kind: OfHosts, Object: p.ref, Members: 1, Examples: []cluster.Ref{p.ref}, Door: door.door, Port: door.port, Protocol: string(t.protocol),
				Trace: a.pair(p.from, door.command),
			}
			a.fill(&g, told, nil, nil)
			gather.list = append(gather.list, g)
		}
	}
	return nil
}

// guarding are the policies at the in-gates of a target's pods.
func (a *asker) guarding(t *target) []cluster.Ref {
	out := []cluster.Ref{}
	seen := map[*cluster.Labels]bool{}
	for _, s := range t.spots {
		for _, e := range s.ends {
			if seen[e.pod.Labels] {
				continue
			}
			seen[e.pod.Labels] = true
			for _, r := range a.gates.Guarding(e.pod, policy.Ingress) {
				if !slices.Contains(out, r) {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

// cuts are the ranges that policies compare a sender's address with.
func (a *asker) cuts(t *target) []netip.Prefix {
	var out []netip.Prefix
	seen := map[*cluster.Labels]bool{}
	for _, s := range t.spots {
		for _, e := range s.ends {
			if seen[e.pod.Labels] {
				continue
			}
			seen[e.pod.Labels] = true
			out = append(out, a.gates.Ranges(e.pod, policy.Ingress)...)
		}
		out = append(out, s.ranges...)
	}
	out = append(out, a.pods...)
	slices.SortFunc(out, netip.Prefix.Compare)
	return slices.Compact(out)
}

// sides says of each range whether an address lies in it.
func sides(cuts []netip.Prefix, addr netip.Addr) string {
	if len(cuts) == 0 {
		return ""
	}
	b := make([]byte, len(cuts))
	for i, c := range cuts {
		b[i] = '0'
		if c.Contains(addr) {
			b[i] = '1'
		}
	}
	return string(b)
}
