package gateway

import (
	"net/netip"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Set is all gateways of a View, and who carries them.
type Set struct {
	view   *cluster.View
	list   []*Gateway
	byPod  map[cluster.Key][]*Gateway
	routes []*route

	mu       sync.Mutex
	attached map[string]*attachments // by the gateways of a proxy
}

// Read finds the gateways of a View and the pods and services that carry them, once for a View. It costs next to nothing
// where there is no gateway. A Set is safe for concurrent use.
func Read(view *cluster.View) *Set {
	return view.Remember(setKey{}, func() any { return read(view) }).(*Set)
}

type setKey struct{}

func read(view *cluster.View) *Set {
	s := &Set{view: view, byPod: map[cluster.Key][]*Gateway{}}
	for _, o := range view.Gateways() {
		g := &Gateway{Object: o}
		if class, ok := view.Get(cluster.KindGatewayClass, "", string(o.Spec.GatewayClassName)).(*gatewayv1.GatewayClass); ok {
			g.Class, g.Controller = class, string(class.Spec.ControllerName)
		}
		g.product = productOf(g.Controller)
		g.Addresses = AddressesOf(o)
		s.list = append(s.list, g)
	}
	s.readRoutes()
	if len(s.list) == 0 {
		return s
	}
	s.carriers()
	for _, g := range s.list {
		g.listeners(view)
	}
	return s
}

// Carried are the gateways whose requests a pod serves.
func (s *Set) Carried(pod *cluster.Pod) []*Gateway {
	return s.byPod[cluster.Key{Namespace: pod.Namespace, Name: pod.Name}]
}

// At are the gateways that have an address, by their own status.
func (s *Set) At(addr netip.Addr) []*Gateway {
	var out []*Gateway
	for _, g := range s.list {
		if slices.Contains(g.Addresses, addr) {
			out = append(out, g)
		}
	}
	return out
}

// All are all gateways, by namespace and name.
func (s *Set) All() []*Gateway { return s.list }

// OnNodes are the gateways that every node serves itself for a service: Cilium's proxy runs on the nodes, and the service
// that it makes for a gateway leads to no pod.
func (s *Set) OnNodes(svc *corev1.Service) []*Gateway {
	var out []*Gateway
	for _, g := range s.list {
		if g.Product == Cilium && len(g.pods) == 0 && slices.Contains(g.Services, serviceRef(svc)) {
			out = append(out, g)
		}
	}
	return out
}

func serviceRef(svc *corev1.Service) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}
}

// Lost reports whether some gateway's proxies are known to be pods, but not which: the services that lead to them may not
// be read.
func (s *Set) Lost() bool {
	return slices.ContainsFunc(s.list, func(g *Gateway) bool {
		return len(g.pods) == 0 && !g.outside && !s.view.Readable(cluster.KindService, "")
	})
}

// carriers finds the services and pods of every gateway: by labels and owners, then by the addresses that the gateway's
// status names, then (for products whose proxies all gateways share) by what runs.
func (s *Set) carriers() {
	services := s.view.Services()
	for _, g := range s.list {
		var found []*corev1.Service
		for _, svc := range services {
			if g.labelled(svc.Namespace, func(k string) string { return svc.Labels[k] }) || ownedBy(svc, g) {
				found = append(found, svc)
			}
		}
		said := len(found) > 0
		if !said {
			for _, svc := range services {
				if g.addressedBy(svc) {
					found = append(found, svc)
				}
			}
		}
		if len(found) == 0 {
			for _, svc := range services {
				if g.namedLike(svc) {
					found = append(found, svc)
				}
			}
		}
		for _, svc := range found {
			g.Services = append(g.Services, serviceRef(svc))
			if len(svc.Spec.Selector) == 0 {
				continue
			}
			for pod := range s.view.PodsIn(svc.Namespace) {
				if live(pod) && carries(pod.Labels, svc.Spec.Selector) && (said || g.leads(svc, pod)) {
					s.carry(g, pod)
				}
			}
		}
	}
	for pod := range s.view.Pods() {
		if !marked(pod.Labels.Get) || !live(pod) {
			continue
		}
		for _, g := range s.list {
			if g.labelled(pod.Namespace, pod.Labels.Get) {
				s.carry(g, pod)
			}
		}
	}
	s.onHosts()
	s.shared()
	for _, g := range s.list {
		slices.SortFunc(g.pods, func(a, b *cluster.Pod) int {
			return cluster.Key{Namespace: a.Namespace, Name: a.Name}.Compare(cluster.Key{Namespace: b.Namespace, Name: b.Name})
		})
	}
}

// onHosts gives gateways that nothing points to the pods that have their listeners' ports on the nodes whose addresses
// are the gateway's.
func (s *Set) onHosts() {
	for _, g := range s.list {
		if len(g.pods) > 0 {
			continue
		}
		for _, addr := range g.Addresses {
			n := s.view.NodeWithAddr(addr)
			if n == nil {
				continue
			}
			for _, pod := range s.view.PodsOnHost(n.Name) {
				if live(pod) && slices.ContainsFunc(g.Object.Spec.Listeners, func(l gatewayv1.Listener) bool { return hostPort(pod, l.Port) != 0 }) {
					s.carry(g, pod)
				}
			}
		}
	}
}

// hostPort is the port of a pod that stands behind a port of its node, 0 if none does.
func hostPort(pod *cluster.Pod, port int32) int32 {
	for _, c := range pod.Shape.Containers {
		for _, p := range c.Ports {
			if p.Protocol == corev1.ProtocolTCP && (p.HostPort == port || pod.Shape.HostNetwork && p.Port == port) {
				return p.Port
			}
		}
	}
	return 0
}

// shared gives gateways that nothing points to the proxies that their product's gateways share.
func (s *Set) shared() {
	lost := slices.DeleteFunc(slices.Clone(s.list), func(g *Gateway) bool {
		return len(g.pods) > 0 || len(g.images) == 0
	})
	if len(lost) == 0 {
		return
	}
	for pod := range s.view.Pods() {
		if !live(pod) {
			continue
		}
		for _, g := range lost {
			if g.runs(pod) {
				s.carry(g, pod)
			}
		}
	}
}

func (s *Set) carry(g *Gateway, pod *cluster.Pod) {
	if slices.Contains(g.pods, pod) {
		return
	}
	g.pods = append(g.pods, pod)
	key := cluster.Key{Namespace: pod.Namespace, Name: pod.Name}
	s.byPod[key] = append(s.byPod[key], g)
}

// live is a pod that may answer: running, with an address.
func live(pod *cluster.Pod) bool { return pod.Phase == cluster.PhaseRunning && pod.IP().IsValid() }

func carries(have *cluster.Labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have.Lookup(k); !ok || got != v {
			return false
		}
	}
	return len(want) > 0
}
