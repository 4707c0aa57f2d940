package boundary

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// LoadBalancer is one Service of type LoadBalancer and what is known of what stands before it.
type LoadBalancer struct {
	Service   *corev1.Service
	Addresses []netip.Addr
	Hostnames []string
	Layer     surroundings.Layer // where its addresses are reached from
	Proxy     bool               // ipMode Proxy, or a host name: it ends at the balancer, nodes see its own connection
	Provider  string             // metallb, servicelb, cloud …; empty if none was seen
	Pending   bool
	Why       string // why it is pending, or why it has these addresses
	// TakenBy is the Service that holds the address and port this one waits for, nil if that is not the reason.
	TakenBy  *cluster.Ref
	Evidence []cluster.Evidence
}

// LoadBalancers lists every Service of type LoadBalancer, by namespace and name.
func LoadBalancers(view *cluster.View) []LoadBalancer {
	provider, evidence := providerOf(view)
	holders := holdersOf(view)
	var out []LoadBalancer
	for _, o := range view.List(cluster.KindService) {
		svc := o.(*corev1.Service)
		if svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
			continue
		}
		lb := LoadBalancer{Service: svc, Provider: provider}
		lb.Evidence = append(lb.Evidence, evidenceOf(cluster.KindService, svc, "spec.type", "status.loadBalancer"))
		lb.Evidence = append(lb.Evidence, evidence...)
		for _, i := range svc.Status.LoadBalancer.Ingress {
			if a, ok := cluster.ParseAddr(i.IP); ok {
				lb.Addresses = append(lb.Addresses, a)
				lb.Proxy = lb.Proxy || i.IPMode != nil && *i.IPMode == corev1.LoadBalancerIPModeProxy
			} else if i.Hostname != "" {
				lb.Hostnames, lb.Proxy = append(lb.Hostnames, i.Hostname), true
			}
		}
		for _, s := range view.Surroundings().LoadBalancers {
			if s.Service != svc.Namespace+"/"+svc.Name {
				continue
			}
			for _, a := range s.Addresses {
				if !slices.Contains(lb.Addresses, a) {
					lb.Addresses = append(lb.Addresses, a)
				}
			}
			lb.Layer, lb.Provider = s.Layer, cmp.Or(lb.Provider, "surroundings")
		}
		if lb.Layer == "" && len(lb.Addresses) > 0 {
			lb.Layer = surroundings.LayerInternet
			if Private(lb.Addresses[0]) {
				lb.Layer = surroundings.LayerLAN
			}
		}
		if len(lb.Addresses) == 0 && len(lb.Hostnames) == 0 {
			lb.pending(view, holders)
		}
		out = append(out, lb)
	}
	return out
}

// pending finds why nobody wrote an address.
func (lb *LoadBalancer) pending(view *cluster.View, holders map[servicePort]holder) {
	lb.Pending = true
	if c := lb.Service.Spec.LoadBalancerClass; c != nil {
		lb.Why = words.Say("boundary.lb.no-controller-class", *c)
		if lb.Provider != "" {
			lb.Why = words.Say("boundary.lb.not-answered", lb.Provider, *c)
		}
		return
	}
	if other, at := lb.taker(holders); other != nil && (lb.Provider == "servicelb" || view.NodeWithAddr(at.Addr()) != nil) {
		lb.TakenBy = &cluster.Ref{Kind: cluster.KindService, Namespace: other.Namespace, Name: other.Name}
		lb.Why = words.Say("boundary.lb.held-by", at.String(), other.Namespace, other.Name)
		lb.Evidence = append(lb.Evidence, evidenceOf(cluster.KindService, other, "spec.ports", "status.loadBalancer"))
		return
	}
	if other, addr := addressTaken(view, lb.Service); other != nil && lb.Provider != "" {
		lb.TakenBy = &cluster.Ref{Kind: cluster.KindService, Namespace: other.Namespace, Name: other.Name}
		lb.Why = words.Say("boundary.lb.asked-held-by", addr.String(), other.Namespace, other.Name)
		lb.Evidence = append(lb.Evidence, evidenceOf(cluster.KindService, other, "status.loadBalancer"))
		return
	}
	lb.Why = words.Say("boundary.lb.no-controller")
	if lb.Provider != "" {
		lb.Why = words.Say("boundary.lb.no-address", lb.Provider)
	}
}

type servicePort struct {
	port     int32
	protocol corev1.Protocol
}

// holder is a service that has a load-balancer address.
type holder struct {
	service *corev1.Service
	addr    netip.Addr
}

// holdersOf lists which service has a port at a load-balancer address; of several the first by namespace and name.
func holdersOf(view *cluster.View) map[servicePort]holder {
	out := map[servicePort]holder{}
	for _, o := range view.List(cluster.KindService) {
		svc := o.(*corev1.Service)
		if svc.Spec.Type != corev1.ServiceTypeLoadBalancer || len(svc.Status.LoadBalancer.Ingress) == 0 {
			continue
		}
		at, ok := cluster.ParseAddr(svc.Status.LoadBalancer.Ingress[0].IP)
		if !ok {
			continue
		}
		for _, p := range svc.Spec.Ports {
			k := servicePort{p.Port, cmp.Or(p.Protocol, corev1.ProtocolTCP)}
			if _, taken := out[k]; !taken {
				out[k] = holder{svc, at}
			}
		}
	}
	return out
}

// taker is the service that has an address and one of the ports that this one wants: with balancers that open the port
// on the nodes themselves (k3s' ServiceLB) only one of them can have it.
func (lb *LoadBalancer) taker(holders map[servicePort]holder) (*corev1.Service, netip.AddrPort) {
	for _, p := range lb.Service.Spec.Ports {
		if h, ok := holders[servicePort{p.Port, cmp.Or(p.Protocol, corev1.ProtocolTCP)}]; ok {
			return h.service, netip.AddrPortFrom(h.addr, uint16(p.Port))
		}
	}
	return nil, netip.AddrPort{}
}

// providers are images of controllers that write load-balancer addresses.
var providers = []struct{ part, name string }{
	{"metallb", "metallb"}, {"klipper-lb", "servicelb"}, {"kube-vip", "kube-vip"}, {"openelb", "openelb"}, {"purelb", "purelb"},
	{"cloud-controller-manager", "cloud"}, {"cloud-provider", "cloud"}, {"aws-load-balancer-controller", "cloud"},
}

// providerOf looks for a load-balancer controller among the workloads, and for k3s, whose own one runs inside the
// server's process.
func providerOf(view *cluster.View) (string, []cluster.Evidence) {
	find := func(kind cluster.Kind, o cluster.Object, spec *corev1.PodSpec) (string, []cluster.Evidence) {
		for _, c := range spec.Containers {
			for _, p := range providers {
				if strings.Contains(c.Image, p.part) {
					return p.name, []cluster.Evidence{evidenceOf(kind, o, "spec.template.spec.containers")}
				}
			}
		}
		return "", nil
	}
	for _, o := range view.List(cluster.KindDaemonSet) {
		if name, e := find(cluster.KindDaemonSet, o, &o.(*appsv1.DaemonSet).Spec.Template.Spec); name != "" {
			return name, e
		}
	}
	for _, o := range view.List(cluster.KindDeployment) {
		if name, e := find(cluster.KindDeployment, o, &o.(*appsv1.Deployment).Spec.Template.Spec); name != "" {
			return name, e
		}
	}
	for _, o := range view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		if strings.Contains(n.Status.NodeInfo.KubeletVersion, "+k3s") && !strings.Contains(n.Annotations["k3s.io/node-args"], "servicelb") {
			return "servicelb", []cluster.Evidence{evidenceOf(cluster.KindNode, n, "status.nodeInfo.kubeletVersion")}
		}
	}
	return "", nil
}

// balancer is a packet at a load balancer's address: it goes on to one of the nodes.
func (w *walk) balancer(o *Owner) {
	svc := w.serviceOn(o.Services)
	at := cluster.Ref{Kind: cluster.KindLoadBalancer, Name: w.dst.Addr().String()}
	if svc != nil {
		at.Namespace, at.Name = svc.Namespace, svc.Name
	} else if len(o.Services) > 0 {
		at.Namespace, at.Name = o.Services[0].Namespace, o.Services[0].Name
	}
	p := Waypoint{Kind: StepLB, Layer: o.Layer, At: at}
	stands := balancerWith(w.view, o.Addr)
	if svc == nil && w.unread(cluster.KindService, p) {
		return
	}
	if svc == nil {
		w.assume("load-balancer", "closed", "default", words.Say("boundary.fact.lb-ports"), false)
		w.d.Refused = stands != nil
		p.Why = words.Say("boundary.lb.no-port", w.dst.Port())
		w.block(p, "service.port-undefined")
		return
	}
	if stands == nil && w.unannounced(svc, p) {
		return
	}
	nodes := w.nodes(svc)
	if len(nodes) == 0 && w.unread(cluster.KindNode, p) {
		return
	}
	if len(nodes) == 0 {
		p.Why = words.Say("boundary.no-node-ready")
		w.block(p, "node.not-ready")
		return
	}
	w.d.Evidence = append(w.d.Evidence, evidenceOf(cluster.KindService, svc, "spec.ports"))
	// A balancer that stands before the nodes speaks to a node port; an address announced by a node itself (MetalLB and
	// the like) arrives as it is, and the node's rules know it.
	proxy := svc.Status.LoadBalancer.Ingress != nil && !virtual(svc, o.Addr)
	if proxy && nodePortOf(svc, int32(w.dst.Port()), w.cfg.Protocol) == 0 {
		// allocateLoadBalancerNodePorts is false: it must know the pods themselves, in a way of its own.
		p.Why = words.Say("boundary.unknown.lb-pods")
		w.block(p, "not-modelled.load-balancer")
		return
	}
	if nodePort := nodePortOf(svc, int32(w.dst.Port()), w.cfg.Protocol); nodePort != 0 && (stands != nil || proxy) {
		addr := w.nodeAddr(nodes[0])
		w.dst = netip.AddrPortFrom(addr, uint16(nodePort))
		p.Changed = []string{"dst"}
		if len(nodes) > 1 {
			p.Why = words.Say("boundary.lb.to-node")
		}
		if proxy && stands == nil {
			w.src = o.Addr
			p.Changed = []string{"src", "dst"}
		}
		w.assume("load-balancer", words.Say("boundary.lb.node-port", nodePort), "default", words.Say("boundary.fact.lb-node-port"), false)
	}
	if stands == nil && !proxy {
		w.assume("load-balancer", words.Say("boundary.fact.lb-nodes"), "default", words.Say("boundary.fact.lb-outside"), false)
	}
	w.step(p)
	w.arrive(nodes, svc)
}

// unannounced ends the way where MetalLB gave the address: its speakers announce one only while an endpoint can serve
// (metallb speaker, layer2Controller.ShouldAnnounce and bgpController.ShouldAnnounce).
func (w *walk) unannounced(svc *corev1.Service, p Waypoint) bool {
	provider, evidence := providerOf(w.view)
	if provider != "metallb" || w.serves(svc) || !w.view.Readable(cluster.KindEndpointSlice, svc.Namespace) {
		return false
	}
	w.d.Evidence = append(w.d.Evidence, evidence...)
	w.assume("load-balancer", words.Say("boundary.fact.metallb"), "default", words.Say("boundary.fact.announces"), true)
	p.Why = words.Say("boundary.lb.no-endpoint-announced")
	w.block(p, "service.no-endpoints")
	return true
}

func (w *walk) serves(svc *corev1.Service) bool {
	for _, s := range w.view.Slices(svc.Namespace, svc.Name) {
		for _, e := range s.Endpoints {
			if e.Ready || e.Serving {
				return true
			}
		}
	}
	return false
}

func nodePortOf(svc *corev1.Service, port int32, protocol corev1.Protocol) int32 {
	for _, p := range svc.Spec.Ports {
		if p.Port == port && cmp.Or(p.Protocol, corev1.ProtocolTCP) == protocol {
			return p.NodePort
		}
	}
	return 0
}

// arrive ends the way at any of some nodes alike.
func (w *walk) arrive(nodes []string, svc *corev1.Service) {
	e := End{Kind: EndNode, Nodes: nodes, Service: svc}
	switch len(nodes) {
	case 0:
		if w.unread(cluster.KindNode, Waypoint{Kind: StepDoor, Layer: surroundings.LayerLAN, At: networkRef(surroundings.LayerLAN)}) {
			return
		}
		w.block(Waypoint{Kind: StepDoor, Layer: surroundings.LayerLAN, At: networkRef(surroundings.LayerLAN), Why: words.Say("boundary.no-node-ready")}, "node.not-ready")
		return
	case 1:
		e.Node = nodes[0]
	}
	w.open(e)
}

// nodes lists where a packet from outside may arrive: the node that was named, else every ready node that takes part in
// load balancing. Under externalTrafficPolicy Local balancers send only to nodes with a ready endpoint, where any has.
func (w *walk) nodes(svc *corev1.Service) []string {
	if w.cfg.Via != "" && w.view.Node(w.cfg.Via) != nil {
		return []string{w.cfg.Via}
	}
	var all, local []string
	for _, o := range w.view.List(cluster.KindNode) {
		n := o.(*corev1.Node)
		_, excluded := n.Labels[corev1.LabelNodeExcludeBalancers]
		if excluded || notReady(n) {
			continue
		}
		all = append(all, n.Name)
		if svc != nil && svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && w.hasReady(svc, n.Name) {
			local = append(local, n.Name)
		}
	}
	if len(local) > 0 {
		return local
	}
	return all
}

func (w *walk) hasReady(svc v1.Object, node string) bool {
	for _, s := range w.view.Slices(svc.GetNamespace(), svc.GetName()) {
		for _, e := range s.Endpoints {
			if e.Ready && e.Node == node {
				return true
			}
		}
	}
	return false
}

// notReady is true only where the node says so: nodes from files often carry no conditions at all.
func notReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status != corev1.ConditionTrue
		}
	}
	return false
}
