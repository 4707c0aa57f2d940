package trace

import (
	"cmp"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Sources lists the places a person may ask from: the bare networks, hosts of the surroundings, nodes and the pods that
// run, from the Internet inwards and by name.
func Sources(view *cluster.View) []SourceChoice {
	out := []SourceChoice{
		{From: "internet", Ref: cluster.Ref{Kind: cluster.KindHost, Name: "internet"}, Layer: string(surroundings.LayerInternet)},
		{From: "lan", Ref: cluster.Ref{Kind: cluster.KindHost, Name: "lan"}, Layer: string(surroundings.LayerLAN)},
	}
	for i := range view.Surroundings().Hosts {
		h := &view.Surroundings().Hosts[i]
		if view.Node(h.Name) == nil {
			o := hostOrigin(h)
			out = append(out, choice(string(o.layer)+"/"+h.Name, o))
		}
	}
	for _, n := range view.Nodes() {
		out = append(out, choice("node/"+n.Name, nodeOrigin(n)))
	}
	for p := range view.Pods() {
		if !p.Done() && p.IP().IsValid() {
			out = append(out, choice("pod/"+p.Namespace+"/"+p.Name, podSender(view, p)))
		}
	}
	rank := map[string]int{"internet": 0, "lan": 1, "pod": 2}
	slices.SortStableFunc(out, func(a, b SourceChoice) int {
		return cmp.Or(cmp.Compare(rank[a.Layer], rank[b.Layer]), cmp.Compare(a.From, b.From))
	})
	return out
}

func choice(from string, o origin) SourceChoice {
	return SourceChoice{From: from, Ref: o.ref, IP: o.party().IP, Layer: string(o.layer)}
}
