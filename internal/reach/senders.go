package reach

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// kindOfPod is what pods that stand alike have in common. The parts of a pod's row are shared between pods, so that their
// pointers stand for their values.
type kindOfPod struct {
	namespace                   string
	labels                      *cluster.Labels
	shape                       *cluster.Shape
	owner                       *cluster.Owner
	phase                       cluster.Phase
	ready, waiting, terminating bool
	states                      cluster.ContainerStates
	up                          bool   // its node
	sides                       string // of each range that matters: inside or outside
	node                        string // what matters of its node
	itself                      string
}

// sender is who asks: a pod or a node.
type sender struct {
	pod  *cluster.Pod
	node *corev1.Node // of a pod: the node it runs on, nil where there is none
	addr netip.Addr
	from string
	ref  cluster.Ref
}

// onHost reports whether a sender has no network of its own.
func (s *sender) onHost() bool { return s.pod == nil || s.pod.Shape.HostNetwork }

func (s *sender) nodeName() string {
	if s.pod != nil {
		return s.pod.Node
	}
	return s.node.Name
}

func podSender(view *cluster.View, p *cluster.Pod) sender {
	return sender{pod: p, node: view.Node(p.Node), addr: p.IP(), from: "pod/" + p.Namespace + "/" + p.Name, ref: p.Ref()}
}

func nodeSender(n *corev1.Node) sender {
	s := sender{node: n, from: "node/" + n.Name, ref: cluster.Ref{Kind: cluster.KindNode, Name: n.Name}}
	if addrs := cluster.NodeAddrs(n); len(addrs) > 0 {
		s.addr = addrs[0]
	}
	return s
}

// peer is the sender as the gate of a pod sees it, unless something on the way puts another address in its place.
func (s *sender) peer() policy.Peer {
	if s.onHost() {
		return policy.Peer{Addr: s.addr, Node: s.nodeName()}
	}
	return policy.Peer{Addr: s.addr, Pod: s.pod}
}
