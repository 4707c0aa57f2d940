package simulate

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// annotate says of an object what only the simulation knows; in a world what the simulation does is what the world is.
func (s *settling) annotate(o cluster.Object, key, value string) {
	if !s.Mark {
		return
	}
	a := o.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	if key == cluster.AnnotationAddressed && a[key] != "" {
		value = a[key] + "," + value
	}
	a[key] = value
	o.SetAnnotations(a)
}

// addressed marks addresses that the simulation gave.
func (s *settling) addressed(o cluster.Object, addrs ...netip.Addr) {
	for _, a := range addrs {
		s.annotate(o, cluster.AnnotationAddressed, a.String())
	}
}

// await marks a pod of which the objects leave open whether it runs and is ready.
func (s *settling) await(p *corev1.Pod) { s.annotate(p, cluster.AnnotationAwaited, "true") }

// madeUp reports whether nobody gave any of the nodes.
func (s *settling) madeUp(nodes []*corev1.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *corev1.Node) bool { return s.given[cluster.Ref{Kind: cluster.KindNode, Name: n.Name}] })
}
