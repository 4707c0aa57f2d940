package recipes

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// way is one command to try.
type way struct {
	words   string
	command string
	// ends reports whether an answer came from the thing; nil where every answer does.
	ends func(*trace.Trace) bool
}

// target is a thing that can be reached.
type target interface {
	ref() cluster.Ref
	namespace() string
	kinds() []Kind
	// stands reports whether the thing is that pod or stands on it: it is asked last.
	stands(p *cluster.Pod) bool
	ways(view *cluster.View, kind Kind, s sender) []way
}

// inNamespace are the kinds of sources of things that have a namespace.
var inNamespace = []Kind{SameNamespace, OtherNamespace, Node, LAN, Internet}

func targetOf(view *cluster.View, ref cluster.Ref) (target, error) {
	gone := &Error{fmt.Sprintf("%s %s does not exist", ref.Kind, refText(ref))}
	switch ref.Kind {
	case cluster.KindPod:
		p := view.Pod(ref.Namespace, ref.Name)
		if p == nil {
			return nil, gone
		}
		if p.Done() || !p.IP().IsValid() {
			return nil, &Error{fmt.Sprintf("pod %s has no address", refText(ref))}
		}
		return podTarget{p}, nil
	case cluster.KindService:
		svc := view.Service(ref.Namespace, ref.Name)
		if svc == nil {
			return nil, gone
		}
		return serviceTarget{svc}, nil
	case cluster.KindNode:
		n := view.Node(ref.Name)
		if n == nil {
			return nil, gone
		}
		if len(cluster.NodeAddrs(n)) == 0 {
			return nil, &Error{fmt.Sprintf("node %s has no address", ref.Name)}
		}
		return nodeTarget{n}, nil
	case cluster.KindIngress:
		ing := view.Ingress(ref.Namespace, ref.Name)
		if ing == nil {
			return nil, gone
		}
		return ingressTarget{ing}, nil
	case cluster.KindGateway:
		g := gatewayOf(view, ref)
		if g == nil {
			return nil, gone
		}
		return gatewayTarget{g}, nil
	}
	return nil, &Error{fmt.Sprintf("%s cannot be reached: ask for a Pod, Service, Node, Ingress or Gateway", ref.Kind)}
}

func refText(r cluster.Ref) string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// someNode is a node whose doors can be tried: a Ready one, the first by name.
func someNode(view *cluster.View) (*corev1.Node, netip.Addr) {
	for _, n := range view.Nodes() {
		if addrs := cluster.NodeAddrs(n); len(addrs) > 0 && ready(n) {
			return n, addrs[0]
		}
	}
	return nil, netip.Addr{}
}

func inside(kind Kind) bool { return kind == SameNamespace || kind == OtherNamespace || kind == AnyPod }
