package names

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// world is one cluster with its DNS configuration and the resolvers around it.
type world struct {
	zone       string
	namespaces []*corev1.Namespace
	services   []*corev1.Service
	slices     []*discoveryv1.EndpointSlice
	pods       []*corev1.Pod
	blocks     []block
	snippet    []directive // of the Corefile, named "shared"
	hostsFile  string
	resolvers  []surroundings.Resolver
}

// The addresses of the world's DNS servers, all on the loopback interface.
const (
	serverIP   = "127.0.0.1"
	clientIP   = "127.0.0.1" // from which the questions come
	lanIP      = "127.0.0.2"
	internetIP = "127.0.0.3"
)

// copy is as deep as shrinking needs: lists and objects.
func (w *world) copy() *world {
	c := *w
	c.namespaces = slices.Clone(w.namespaces)
	c.services, c.slices, c.pods = nil, nil, nil
	for _, s := range w.services {
		c.services = append(c.services, s.DeepCopy())
	}
	for _, s := range w.slices {
		c.slices = append(c.slices, s.DeepCopy())
	}
	for _, p := range w.pods {
		c.pods = append(c.pods, p.DeepCopy())
	}
	c.blocks, c.snippet = nil, cloneDirectives(w.snippet)
	for _, b := range w.blocks {
		b.keys, b.directives = slices.Clone(b.keys), cloneDirectives(b.directives)
		c.blocks = append(c.blocks, b)
	}
	return &c
}

// view is the world as Kubestrata sees it.
func (w *world) view() *cluster.View {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil)
	return store.Update(func(out *cluster.Writer) {
		for _, kind := range []cluster.Kind{cluster.KindNamespace, cluster.KindService, cluster.KindEndpointSlice, cluster.KindPod, cluster.KindConfigMap} {
			out.SetStatus(cluster.KindStatus{Kind: kind, State: cluster.StateSynced})
		}
		for _, o := range w.namespaces {
			out.Put(o.DeepCopy())
		}
		for _, o := range w.services {
			out.Put(o.DeepCopy())
		}
		for _, o := range w.slices {
			out.Put(o.DeepCopy())
		}
		for _, o := range w.pods {
			out.Put(o.DeepCopy())
		}
		out.Put(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "coredns"},
			Data:       map[string]string{"Corefile": w.corefile(""), hostsFileName: w.hostsFile},
		})
		out.SetSurroundings(&surroundings.Surroundings{Resolvers: w.resolvers})
	})
}

// String shows everything in the world, briefly.
func (w *world) String() string {
	var b strings.Builder
	for _, n := range w.namespaces {
		fmt.Fprintf(&b, "namespace %s%s\n", n.Name, labelText(n.Labels))
	}
	for _, s := range w.services {
		fmt.Fprintf(&b, "service %s/%s%s", s.Namespace, s.Name, labelText(s.Labels))
		if s.Spec.Type == corev1.ServiceTypeExternalName {
			fmt.Fprintf(&b, " ExternalName %s\n", s.Spec.ExternalName)
			continue
		}
		fmt.Fprintf(&b, " %s", strings.Join(s.Spec.ClusterIPs, ","))
		for _, p := range s.Spec.Ports {
			fmt.Fprintf(&b, " %s:%d/%s", p.Name, p.Port, p.Protocol)
		}
		b.WriteByte('\n')
	}
	for _, s := range w.slices {
		fmt.Fprintf(&b, "slice %s/%s%s %s", s.Namespace, s.Name, labelText(s.Labels), s.AddressType)
		for _, p := range s.Ports {
			fmt.Fprintf(&b, " %s:%s/%s", orNil(p.Name), orNil(p.Port), orNil(p.Protocol))
		}
		for _, e := range s.Endpoints {
			fmt.Fprintf(&b, "\n  %s", strings.Join(e.Addresses, ","))
			if e.Hostname != nil {
				fmt.Fprintf(&b, " hostname %s", *e.Hostname)
			}
			if e.TargetRef != nil {
				fmt.Fprintf(&b, " of %s", e.TargetRef.Name)
			}
			fmt.Fprintf(&b, " ready=%s", orNil(e.Conditions.Ready))
		}
		b.WriteByte('\n')
	}
	for _, p := range w.pods {
		fmt.Fprintf(&b, "pod %s/%s%s %v %s going=%v\n", p.Namespace, p.Name, labelText(p.Labels), p.Status.PodIPs, p.Status.Phase, p.DeletionTimestamp != nil)
	}
	for _, r := range w.resolvers {
		fmt.Fprintf(&b, "resolver %s at %s, next %q: %v\n", r.Name, r.Address, r.Next, r.Zones)
	}
	fmt.Fprintf(&b, "hosts file:\n%sCorefile:\n%s", w.hostsFile, w.corefile(""))
	return b.String()
}

func labelText(l map[string]string) string {
	if len(l) == 0 {
		return ""
	}
	return fmt.Sprintf(" %v", l)
}

func orNil[T any](p *T) string {
	if p == nil {
		return "nil"
	}
	return fmt.Sprint(*p)
}

// addresses are all addresses that the world's objects have, in the order of the objects.
func (w *world) addresses() []netip.Addr {
	var out []netip.Addr
	add := func(text string) {
		if a, err := netip.ParseAddr(text); err == nil {
			out = append(out, a)
		}
	}
	for _, s := range w.services {
		for _, a := range s.Spec.ClusterIPs {
			add(a)
		}
	}
	for _, s := range w.slices {
		for _, e := range s.Endpoints {
			add(e.Addresses[0])
		}
	}
	for _, p := range w.pods {
		for _, a := range p.Status.PodIPs {
			add(a.IP)
		}
	}
	return out
}
