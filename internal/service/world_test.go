package service

import (
	"cmp"
	"fmt"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The helper world: nodes node01 (192.168.0.1, zone a) and node02 (192.168.0.2, zone b); service default/web, cluster IP
// 10.96.7.7, port http 80; pods web-1 (10.244.1.1 on node01) and web-2 (10.244.2.1 on node02).

type world struct {
	svc    *corev1.Service
	slices []*discoveryv1.EndpointSlice
	extra  []cluster.Object
}

func yes(b bool) *bool           { return &b }
func text[T ~string](s T) *T     { return &s }
func number(n int32) *int32      { return &n }
func ip(s string) netip.Addr     { return netip.MustParseAddr(s) }
func at(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func node(name, addr, zone, cidr string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelTopologyZone: zone}}}
	n.Spec.PodCIDR = cidr
	n.Status.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: addr}, {Type: corev1.NodeExternalIP, Address: "203.0.113." + addr[len(addr)-1:]},
		{Type: corev1.NodeInternalIP, Address: "fd00::" + addr[len(addr)-1:]},
	}
	return n
}

func end(addr, nodeName, pod string, change ...func(*discoveryv1.Endpoint)) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{Addresses: []string{addr}, NodeName: &nodeName, TargetRef: &corev1.ObjectReference{Kind: "Pod", Name: pod}}
	for _, c := range change {
		c(&e)
	}
	return e
}

func unready(e *discoveryv1.Endpoint) {
	e.Conditions.Ready, e.Conditions.Serving = yes(false), yes(false)
}
func dying(e *discoveryv1.Endpoint) {
	e.Conditions.Ready, e.Conditions.Serving, e.Conditions.Terminating = yes(false), yes(true), yes(true)
}
func zoneHint(zone string) func(*discoveryv1.Endpoint) {
	return func(e *discoveryv1.Endpoint) {
		if e.Hints == nil {
			e.Hints = &discoveryv1.EndpointHints{}
		}
		e.Hints.ForZones = append(e.Hints.ForZones, discoveryv1.ForZone{Name: zone})
	}
}
func nodeHint(name string) func(*discoveryv1.Endpoint) {
	return func(e *discoveryv1.Endpoint) {
		if e.Hints == nil {
			e.Hints = &discoveryv1.EndpointHints{}
		}
		e.Hints.ForNodes = append(e.Hints.ForNodes, discoveryv1.ForNode{Name: name})
	}
}

func slice(ends ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "web-abc", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: text("http"), Port: number(8080), Protocol: text(corev1.ProtocolTCP)}},
		Endpoints:   ends,
	}
}

func newWorld(change ...func(*world)) *world {
	w := &world{
		svc: &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web"},
			Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeClusterIP, ClusterIP: "10.96.7.7", ClusterIPs: []string{"10.96.7.7"},
				Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080), Protocol: corev1.ProtocolTCP}},
			},
		},
		slices: []*discoveryv1.EndpointSlice{slice(end("10.244.1.1", "node01", "web-1"), end("10.244.2.1", "node02", "web-2"))},
	}
	for _, c := range change {
		c(w)
	}
	return w
}

func (w *world) view(t *testing.T) *cluster.View {
	t.Helper()
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	return store.Update(func(put *cluster.Writer) {
		put.Put(node("node01", "192.168.0.1", "a", "10.244.1.0/24"))
		put.Put(node("node02", "192.168.0.2", "b", "10.244.2.0/24"))
		for i := 1; i <= 2; i++ {
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("web-%d", i)}}
			p.Spec.NodeName, p.Status.PodIP = fmt.Sprintf("node0%d", i), fmt.Sprintf("10.244.%d.1", i)
			put.Put(p)
		}
		if w.svc != nil {
			put.Put(w.svc.DeepCopy())
		}
		for _, s := range w.slices {
			put.Put(s.DeepCopy())
		}
		for _, o := range w.extra {
			put.Put(o)
		}
	})
}

func ends(list ...discoveryv1.Endpoint) func(*world) {
	return func(w *world) { w.slices = []*discoveryv1.EndpointSlice{slice(list...)} }
}
func spec(change func(*corev1.ServiceSpec)) func(*world) {
	return func(w *world) { change(&w.svc.Spec) }
}

func nodePort(s *corev1.ServiceSpec) { s.Type, s.Ports[0].NodePort = corev1.ServiceTypeNodePort, 30080 }
func etpLocal(s *corev1.ServiceSpec) {
	s.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
}
func itpLocal(s *corev1.ServiceSpec) {
	s.InternalTrafficPolicy = text(corev1.ServiceInternalTrafficPolicyLocal)
}
func external(s *corev1.ServiceSpec) { s.ExternalIPs = []string{"198.51.100.9"} }
func loadBalancer(w *world) {
	w.svc.Spec.Type, w.svc.Spec.Ports[0].NodePort = corev1.ServiceTypeLoadBalancer, 30080
	w.svc.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "198.51.100.80"}}
}
func ranges(list ...string) func(*world) {
	return func(w *world) { w.svc.Spec.LoadBalancerSourceRanges = list }
}
func lbMode(mode corev1.LoadBalancerIPMode) func(*world) {
	return func(w *world) { w.svc.Status.LoadBalancer.Ingress[0].IPMode = &mode }
}

// The senders: a pod and a process of node01, a pod of node02 whose address is kept, and a laptop.
func fromPod(dst string) Packet {
	return Packet{Src: ip("10.244.1.5"), SrcKind: FromPod, Dst: at(dst), Protocol: corev1.ProtocolTCP, Node: "node01"}
}
func fromNode(dst string) Packet {
	return Packet{Src: ip("192.168.0.1"), SrcKind: FromNode, Dst: at(dst), Protocol: corev1.ProtocolTCP, Node: "node01"}
}
func fromLaptop(dst string) Packet {
	return Packet{Src: ip("192.168.0.50"), SrcKind: FromOther, Dst: at(dst), Protocol: corev1.ProtocolTCP, Node: "node01"}
}
func fromFarPod(dst string) Packet {
	return Packet{Src: ip("10.244.2.5"), SrcKind: FromOther, Dst: at(dst), Protocol: corev1.ProtocolTCP, Node: "node01"}
}

func config(mode Mode, change ...func(*Config)) Config {
	c := DefaultConfig()
	c.Mode, c.Detector = mode, DetectClusterCIDR
	c.ClusterCIDRs = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")}
	c.ServiceCIDRs, c.HasServiceCIDRObjects = []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12")}, true
	for _, f := range change {
		f(&c)
	}
	return c
}
func noDetector(c *Config) { c.Detector = DetectNone }

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// liveView is the helper world as a live cluster of which some resources may not be read.
func liveView(t *testing.T, forbidden ...string) *cluster.View {
	t.Helper()
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil)
	return store.Update(func(w *cluster.Writer) {
		w.Put(node("node01", "192.168.0.1", "a", "10.244.1.0/24"))
		states := map[string]cluster.KindState{}
		for _, f := range forbidden {
			states[f] = cluster.StateForbidden
		}
		for _, r := range cluster.Resources {
			state := states[r.Plural]
			if state == "" {
				state = cluster.StateSynced
			}
			w.SetStatus(cluster.KindStatus{Kind: r.Kind, Resource: r.Plural, State: state})
		}
		w.SetStatus(cluster.KindStatus{Kind: cluster.KindEndpointSlice, Resource: "endpointslices", State: cmp.Or(states["endpointslices"], cluster.StateSynced)})
		if states["services"] == "" {
			w.Put(newWorld().svc)
		}
	})
}
