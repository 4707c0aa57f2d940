package recipes

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

type nodeTarget struct{ node *corev1.Node }

func (t nodeTarget) ref() cluster.Ref           { return cluster.Ref{Kind: cluster.KindNode, Name: t.node.Name} }
func (t nodeTarget) namespace() string          { return "" }
func (t nodeTarget) kinds() []Kind              { return []Kind{AnyPod, Node, LAN, Internet} }
func (t nodeTarget) stands(p *cluster.Pod) bool { return p.Node == t.node.Name }

// ways are a ping, and the doors that services have opened on every node.
func (t nodeTarget) ways(view *cluster.View, _ Kind, _ sender) []way {
	addr := cluster.NodeAddrs(t.node)[0].String()
	out := []way{{words: words.Say("recipes.by.address"), command: "ping -c1 " + addr}}
	for _, svc := range view.Services() {
		if len(svc.Spec.Ports) == 0 || svc.Spec.Ports[0].NodePort == 0 {
			continue
		}
		n := svc.Spec.Ports[0].NodePort
		out = append(out, way{words: words.Say("recipes.by.node-port-to", n, svc.Name), command: call(addr, firstPort(svc).at(n))})
		if len(out) == maxWays {
			break
		}
	}
	return out
}
