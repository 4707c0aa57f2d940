package trace

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// mergeEvidence drops repetitions and joins the fields of one object.
func mergeEvidence(list []cluster.Evidence) []cluster.Evidence {
	out := make([]cluster.Evidence, 0, len(list))
	var at map[cluster.Ref]int // of long lists
	if len(list) > 16 {
		at = make(map[cluster.Ref]int, len(list))
	}
	find := func(ref cluster.Ref) (int, bool) {
		if at != nil {
			i, have := at[ref]
			return i, have
		}
		i := slices.IndexFunc(out, func(o cluster.Evidence) bool {
			return o.Name == ref.Name && o.Namespace == ref.Namespace && o.Kind == ref.Kind
		})
		return i, i >= 0
	}
	for _, ev := range list {
		if ev.Name == "" {
			continue
		}
		ref := cluster.Ref{Kind: ev.Kind, Namespace: ev.Namespace, Name: ev.Name}
		i, have := find(ref)
		if !have {
			if at != nil {
				at[ref] = len(out)
			}
			ev.Fields = slices.Clip(ev.Fields) // adding to it copies it: what is here belongs to whoever gave it
			out = append(out, ev)
			continue
		}
		for _, f := range ev.Fields {
			if !slices.Contains(out[i].Fields, f) {
				out[i].Fields = append(out[i].Fields, f)
			}
		}
	}
	return out
}

func podEvidence(p *cluster.Pod, fields ...string) cluster.Evidence {
	return cluster.Evidence{
		Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name, ResourceVersion: p.ResourceVersion, Fields: fields,
	}
}

func nodeEvidence(n *corev1.Node, fields ...string) cluster.Evidence {
	return cluster.Evidence{Kind: cluster.KindNode, Name: n.Name, ResourceVersion: n.ResourceVersion, Fields: fields}
}
