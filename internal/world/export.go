package world

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Export writes a world as files that kubectl and --surroundings take: the objects as they are written, without what
// controllers make of them, and what is no Kubernetes object. Services get the load-balancer addresses that the
// surroundings say are theirs, since on a cluster without a provider nobody else writes them. Definitions of custom
// resources are left out: a world holds only their names.
func Export(name string) (manifests, around []byte, err error) {
	n, err := ParseName(name)
	if err != nil {
		return nil, nil, err
	}
	c, err := archives()[n.World].load(n)
	if err != nil {
		return nil, nil, err
	}
	balancers := map[string][]corev1.LoadBalancerIngress{}
	for _, lb := range c.around.LoadBalancers {
		for _, a := range lb.Addresses {
			balancers[lb.Service] = append(balancers[lb.Service], corev1.LoadBalancerIngress{IP: a.String()})
		}
	}
	c.addNamespaces()
	var b bytes.Buffer
	refs := slices.SortedFunc(maps.Keys(c.objects), func(x, y cluster.Ref) int {
		return cmp.Or(cmp.Compare(place(x.Kind), place(y.Kind)), cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name))
	})
	for _, ref := range refs {
		o := c.objects[ref]
		if _, metadata := o.(*metav1.PartialObjectMetadata); metadata {
			continue
		}
		if s, ok := o.(*corev1.Service); ok {
			if ips := balancers[ref.Namespace+"/"+ref.Name]; ips != nil {
				s.Status.LoadBalancer.Ingress = ips
			}
		}
		r, _ := cluster.ResourceOf(ref.Kind)
		o.GetObjectKind().SetGroupVersionKind(r.Group.WithKind(string(r.Kind)))
		text, err := yaml.Marshal(o)
		if err != nil {
			return nil, nil, fmt.Errorf("%s %s/%s: %w", ref.Kind, ref.Namespace, ref.Name, err)
		}
		b.WriteString("---\n")
		b.Write(text)
	}
	text, err := yaml.Marshal(c.around)
	if err != nil {
		return nil, nil, err
	}
	return b.Bytes(), append([]byte("apiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\n"), text...), nil
}

// addNamespaces adds the namespaces that objects live in and nobody wrote down; a cluster has some of its own.
func (c *content) addNamespaces() {
	for ref := range maps.Clone(c.objects) {
		switch ns := (cluster.Ref{Kind: cluster.KindNamespace, Name: ref.Namespace}); {
		case ref.Namespace == "" || ref.Namespace == metav1.NamespaceDefault || ref.Namespace == metav1.NamespaceSystem:
		case c.objects[ns] == nil:
			c.objects[ns] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ref.Namespace}}
		}
	}
}

// place orders kinds as they need each other: those that others live in come first.
func place(kind cluster.Kind) int {
	return slices.IndexFunc(cluster.Resources, func(r cluster.Resource) bool { return r.Kind == kind })
}
