package oracle

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

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

// String is the world in one line for each object.
func (w *world) String() string {
	var b strings.Builder
	line := func(kind, name string, parts ...any) {
		fmt.Fprintf(&b, "%s %s", kind, name)
		for _, p := range parts {
			text, err := json.Marshal(p)
			if err != nil {
				text = []byte(err.Error())
			}
			fmt.Fprintf(&b, " %s", text)
		}
		b.WriteString("\n")
	}
	for _, n := range w.nodes {
		line("node", n.Name, n.Labels, n.Spec.PodCIDRs, n.Status.Addresses)
	}
	for _, p := range w.pods {
		line("pod", p.Name, p.Spec.NodeName, p.Status.PodIPs)
	}
	for _, s := range w.services {
		line("service", s.Namespace+"/"+s.Name, s.Labels, s.Spec, s.Status.LoadBalancer.Ingress)
	}
	for _, s := range w.slices {
		line("slice", s.Namespace+"/"+s.Name, s.Labels, s.AddressType, s.Ports)
		for _, e := range s.Endpoints {
			line("  endpoint", strings.Join(e.Addresses, ","), e.NodeName, e.Conditions, e.Hints)
		}
	}
	return b.String()
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
