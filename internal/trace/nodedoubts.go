package trace

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// What a node's object says against the usual way of its packets.
const (
	keyNodeGone    = "node-gone"
	keyNodeNetwork = "node-network"
	keyNodeWindows = "windows-node"
)

// doubtWire notes what speaks against packets between two nodes: a node that says that its network is not configured
// (api core/v1 NodeNetworkUnavailable), and a pod whose node is not among the nodes that are known, as after its deletion.
func (e *engine) doubtWire(b *branch, from string, pod *cluster.Pod) {
	doubt := func(key, what string) {
		e.assumeFlip(key, what, facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	if pod.Node != "" && e.view.Node(pod.Node) == nil && len(e.view.Nodes()) > 0 && e.view.Readable(cluster.KindNode, "") {
		doubt(keyNodeGone, words.Say("fact.node-gone", pod.Node))
	}
	if from == pod.Node {
		return
	}
	for _, name := range []string{from, pod.Node} {
		if n := e.view.Node(name); n != nil && networkUnavailable(n) {
			doubt(keyNodeNetwork, words.Say("fact.node-network", name))
		}
	}
}

func networkUnavailable(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// doubtWindows notes rules of a Windows node, which are another program's (kube-proxy's winkernel mode).
func (e *engine) doubtWindows(b *branch, node string) {
	if n := e.view.Node(node); n != nil && (n.Status.NodeInfo.OperatingSystem == "windows" || n.Labels[corev1.LabelOSStable] == "windows") {
		e.assumeFlip(keyNodeWindows, words.Say("fact.windows-node", node), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
}
