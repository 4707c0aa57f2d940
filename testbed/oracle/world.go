package oracle

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// The devices of a node, as the rules of a detector by interface see them.
const (
	podInterface  = "cni0"
	wireInterface = "eth0"
)

// world is a small cluster and how kube-proxy runs in it.
type world struct {
	nodes    []*corev1.Node
	pods     []*corev1.Pod
	services []*corev1.Service
	slices   []*discoveryv1.EndpointSlice
	node     string // whose rules are met
	config   service.Config
}

func (w *world) find(name string) *corev1.Node {
	for _, n := range w.nodes {
		if n.Name == name {
			return n
		}
	}
	return &corev1.Node{}
}

// ownAddrs are the addresses on the devices of the node whose rules are met, loopback left out.
func (w *world) ownAddrs() map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, a := range cluster.NodeAddrs(w.find(w.node)) {
		out[a] = true
	}
	return out
}

func (w *world) view() *cluster.View {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	return store.Update(func(put *cluster.Writer) {
		for _, o := range w.objects() {
			put.Put(o.DeepCopyObject().(cluster.Object))
		}
	})
}

func (w *world) objects() []cluster.Object {
	var out []cluster.Object
	for _, n := range w.nodes {
		out = append(out, n)
	}
	for _, p := range w.pods {
		out = append(out, p)
	}
	for _, s := range w.services {
		out = append(out, s)
	}
	for _, s := range w.slices {
		out = append(out, s)
	}
	return out
}

// String is the world as YAML that kubectl would take.
func (w *world) String() string {
	var docs []string
	for _, o := range w.objects() {
		o := o.DeepCopyObject().(cluster.Object)
		resource, _ := cluster.ResourceOf(cluster.KindOf(o))
		o.GetObjectKind().SetGroupVersionKind(resource.Group.WithKind(string(resource.Kind)))
		text, err := yaml.Marshal(o)
		if err != nil {
			text = []byte(err.Error())
		}
		lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(l string) bool {
			return strings.HasSuffix(l, ": {}") || strings.HasSuffix(l, ": null")
		})
		docs = append(docs, strings.Join(lines, "\n"))
	}
	return strings.Join(docs, "\n---\n")
}

// copy shares nothing that is changed when the world is made smaller.
func (w *world) copy() *world {
	c := *w
	c.nodes, c.pods, c.services, c.slices = nil, nil, nil, nil
	for _, n := range w.nodes {
		c.nodes = append(c.nodes, n.DeepCopy())
	}
	for _, p := range w.pods {
		c.pods = append(c.pods, p.DeepCopy())
	}
	for _, s := range w.services {
		c.services = append(c.services, s.DeepCopy())
	}
	for _, s := range w.slices {
		c.slices = append(c.slices, s.DeepCopy())
	}
	return &c
}
