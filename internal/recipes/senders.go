package recipes

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// sender is somebody who could ask.
type sender struct {
	from      string // as --from takes it
	who       string
	namespace string // of a pod
	node      *corev1.Node
}

// senders are those of one kind that are worth asking, the likeliest first.
func senders(view *cluster.View, t target, kind Kind) []sender {
	switch kind {
	case SameNamespace, OtherNamespace, AnyPod:
		return pods(view, t, kind)
	case Node:
		return nodes(view, t)
	case LAN:
		return outside(view, surroundings.LayerLAN, "lan", words.Say("recipes.who.lan"))
	case Internet:
		return outside(view, surroundings.LayerInternet, "internet", words.Say("recipes.who.internet"))
	}
	return nil
}

// pods are pods that could run a client: one of each set of labels in the thing's own namespace, one of each namespace
// elsewhere. Those of the system come last, and those that the thing itself stands on after all others.
func pods(view *cluster.View, t target, kind Kind) []sender {
	type key struct {
		namespace string
		labels    *cluster.Labels
	}
	first := map[key]*cluster.Pod{}
	own := t.namespace()
	for p := range view.Pods() {
		if (p.Namespace == own) != (kind == SameNamespace) && kind != AnyPod || !canAsk(p) || p.Ref() == t.ref() {
			continue
		}
		k := key{namespace: p.Namespace}
		if kind == SameNamespace {
			k.labels = p.Labels
		}
		if old := first[k]; old == nil || better(t, p, old) {
			first[k] = p
		}
	}
	all := make([]*cluster.Pod, 0, len(first))
	for _, p := range first {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *cluster.Pod) int {
		if better(t, a, b) {
			return -1
		}
		return 1
	})
	var out []sender
	for _, p := range all[:min(len(all), maxSenders)] {
		out = append(out, sender{from: "pod/" + p.Namespace + "/" + p.Name, who: words.Say("recipes.who.pod", p.Name), namespace: p.Namespace})
	}
	return out
}

// canAsk reports whether a pod runs and has an address of its own; one on its node's network asks as its node does.
func canAsk(p *cluster.Pod) bool {
	return p.Phase == cluster.PhaseRunning && !p.Terminating && p.IP().IsValid() && !p.Shape.HostNetwork
}

// better is the order in which pods are asked. No two pods are alike.
func better(t target, a, b *cluster.Pod) bool {
	return cmp.Or(
		number(t.stands(a))-number(t.stands(b)),
		number(system(a.Namespace))-number(system(b.Namespace)),
		number(!a.Ready)-number(!b.Ready),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
	) < 0
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// system reports whether a namespace is one where nobody runs a shell.
func system(namespace string) bool {
	return namespace == "kube-system" || namespace == "kube-public" || namespace == "kube-node-lease" || namespace == "ingress-nginx"
}

// nodes is one Ready node; another one than that which is asked for, if there is one.
func nodes(view *cluster.View, t target) []sender {
	var best *corev1.Node
	for _, n := range view.Nodes() {
		if len(cluster.NodeAddrs(n)) == 0 {
			continue
		}
		if best == nil || rankOf(n, t) < rankOf(best, t) {
			best = n
		}
	}
	if best == nil {
		return nil
	}
	return []sender{{from: "node/" + best.Name, who: best.Name, node: best}}
}

func rankOf(n *corev1.Node, t target) int {
	return 2*number(!ready(n)) + number(t.ref() == cluster.Ref{Kind: cluster.KindNode, Name: n.Name})
}

func ready(n *corev1.Node) bool {
	i := slices.IndexFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool { return c.Type == corev1.NodeReady })
	return i < 0 || n.Status.Conditions[i].Status == corev1.ConditionTrue
}

// outside is a machine that the surroundings know by name, else anybody.
func outside(view *cluster.View, layer surroundings.Layer, bare, anybody string) []sender {
	for i := range view.Surroundings().Hosts {
		h := &view.Surroundings().Hosts[i]
		if h.Layer == layer && view.Node(h.Name) == nil && len(h.Addresses) > 0 {
			return []sender{{from: bare + "/" + h.Name, who: h.Name}}
		}
	}
	return []sender{{from: bare, who: anybody}}
}
