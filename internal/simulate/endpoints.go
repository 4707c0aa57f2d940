package simulate

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Who writes endpoint slices, as label endpointslice.kubernetes.io/managed-by has it.
const sliceController = "endpointslice-controller.k8s.io"

// sliceSize is how many endpoints the controller puts into one slice.
const sliceSize = 100

// endpoints writes the slices of every service whose slices were not given.
func (s *settling) endpoints() {
	s.dropMirrors()
	s.apiServerSlice()
	theirs := map[cluster.Key]bool{}
	for _, slice := range list[*discoveryv1.EndpointSlice](s, cluster.KindEndpointSlice) {
		// A slice that says nothing of its writer was written down in the controller's place: whoever gives a service's
		// endpoints means these, not these beside what its pods would give. One with another writer stands beside them.
		if by := slice.Labels[discoveryv1.LabelManagedBy]; by == "" || by == sliceController {
			theirs[cluster.Key{Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}] = true
		}
	}
	pods := map[string][]*cluster.Pod{}
	for _, p := range list[*corev1.Pod](s, cluster.KindPod) {
		pods[p.Namespace] = append(pods[p.Namespace], cluster.PodOf(p))
	}
	nodes := NodesOf(list[*corev1.Node](s, cluster.KindNode))
	for _, svc := range list[*corev1.Service](s, cluster.KindService) {
		if theirs[cluster.Key{Namespace: svc.Namespace, Name: svc.Name}] {
			continue
		}
		for _, slice := range EndpointSlices(svc, pods[svc.Namespace], nodes) {
			s.make(slice)
		}
	}
}

// EndpointSlices are the slices that the EndpointSlice controller writes for a service (k8s.io/endpointslice
// reconciler.go). pods are all pods of the service's namespace, sorted by name. A service that the controller leaves
// alone has none. testbed/slices holds this to the controller's own code.
func EndpointSlices(svc *corev1.Service, pods []*cluster.Pod, nodes Nodes) []*discoveryv1.EndpointSlice {
	// An empty selector cannot be told from a missing one once the object has been stored.
	if svc.Spec.Type == corev1.ServiceTypeExternalName || len(svc.Spec.Selector) == 0 {
		return nil
	}
	selector := labels.SelectorFromSet(svc.Spec.Selector)
	var selected []*cluster.Pod
	for _, p := range pods {
		if !p.Done() && p.IP().IsValid() && selector.Matches(p.Labels) {
			selected = append(selected, p)
		}
	}
	var out []*discoveryv1.EndpointSlice
	for _, family := range addressTypes(svc) {
		groups := map[string]*portGroup{}
		var order []string
		for _, p := range selected {
			zone, known := nodes.zones[p.Node]
			if !known && !svc.Spec.PublishNotReadyAddresses {
				continue
			}
			ports := endpointPorts(svc, p)
			key := portsKey(ports)
			if groups[key] == nil {
				groups[key] = &portGroup{ports: ports}
				order = append(order, key)
			}
			if e, ok := endpoint(svc, p, zone, family); ok {
				groups[key].endpoints = append(groups[key].endpoints, e)
			}
		}
		slices.Sort(order)
		before := len(out)
		for _, key := range order {
			g := groups[key]
			for i := 0; i < len(g.endpoints); i += sliceSize {
				part := g.endpoints[i:min(i+sliceSize, len(g.endpoints))]
				out = append(out, newSlice(svc, family, g.ports, part, suffix("slice", svc.Namespace, svc.Name, family, key, i)))
			}
		}
		if len(out) == before { // a placeholder, so that "no endpoints" can be told from "not looked at yet"
			out = append(out, newSlice(svc, family, nil, nil, suffix("slice", svc.Namespace, svc.Name, family)))
		}
		if byTopologyMode(svc) {
			topologyHints(out[before:], nodes)
		}
	}
	return out
}

type portGroup struct {
	ports     []discoveryv1.EndpointPort
	endpoints []discoveryv1.Endpoint
}

// addressTypes are a service's families; without any it is taken to have that of its cluster IP, or both where it has
// none (k8s.io/endpointslice getAddressTypesForService).
func addressTypes(svc *corev1.Service) []discoveryv1.AddressType {
	var out []discoveryv1.AddressType
	for _, f := range svc.Spec.IPFamilies {
		out = append(out, discoveryv1.AddressType(f))
	}
	if len(out) > 0 {
		return out
	}
	switch a, ok := cluster.ParseAddr(svc.Spec.ClusterIP); {
	case !ok:
		return []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6}
	case a.Is6():
		return []discoveryv1.AddressType{discoveryv1.AddressTypeIPv6}
	}
	return []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4}
}

// endpointPorts are a service's ports as one pod has them. A named target port that the pod does not have is left out;
// a number is taken as it is, whether or not a container declares it.
func endpointPorts(svc *corev1.Service, p *cluster.Pod) []discoveryv1.EndpointPort {
	var out []discoveryv1.EndpointPort
	for _, port := range svc.Spec.Ports {
		number := port.TargetPort.IntVal
		if port.TargetPort.Type == intstr.String {
			var ok bool
			if number, ok = p.Shape.PortNamed(port.TargetPort.StrVal, port.Protocol); !ok {
				continue
			}
		}
		name, protocol := port.Name, port.Protocol
		out = append(out, discoveryv1.EndpointPort{Name: &name, Port: &number, Protocol: &protocol, AppProtocol: port.AppProtocol})
	}
	return out
}

func portsKey(ports []discoveryv1.EndpointPort) string {
	texts := make([]string, len(ports))
	for i, p := range ports {
		app := ""
		if p.AppProtocol != nil {
			app = *p.AppProtocol
		}
		texts[i] = fmt.Sprintf("%s/%s/%05d/%s", *p.Name, *p.Protocol, *p.Port, app)
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

func endpoint(svc *corev1.Service, p *cluster.Pod, zone string, family discoveryv1.AddressType) (discoveryv1.Endpoint, bool) {
	serving, terminating := p.Ready, p.Terminating
	ready := svc.Spec.PublishNotReadyAddresses || serving && !terminating
	e := discoveryv1.Endpoint{
		Conditions: discoveryv1.EndpointConditions{Ready: &ready, Serving: &serving, Terminating: &terminating},
		TargetRef:  &corev1.ObjectReference{Kind: "Pod", Namespace: p.Namespace, Name: p.Name},
	}
	for _, a := range p.IPs {
		if a.IsValid() && a.Is4() == (family == discoveryv1.AddressTypeIPv4) && !slices.Contains(e.Addresses, a.String()) {
			e.Addresses = append(e.Addresses, a.String())
		}
	}
	if p.Node != "" {
		node := p.Node
		e.NodeName = &node
	}
	if zone != "" {
		e.Zone = &zone
	}
	if host := p.Shape.HostnameOf(p); host != "" && p.Shape.Subdomain == svc.Name {
		e.Hostname = &host
	}
	if ready {
		e.Hints = distributionHints(svc, &e)
	}
	return e, len(e.Addresses) > 0
}

func newSlice(svc *corev1.Service, family discoveryv1.AddressType, ports []discoveryv1.EndpointPort, endpoints []discoveryv1.Endpoint, suffix string) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{AddressType: family, Ports: ports, Endpoints: endpoints}
	slice.Namespace, slice.Name, slice.GenerateName = svc.Namespace, svc.Name+"-"+suffix, svc.Name+"-"
	slice.Labels = map[string]string{}
	for k, v := range svc.Labels {
		slice.Labels[k] = v
	}
	delete(slice.Labels, corev1.IsHeadlessService)
	if svc.Spec.ClusterIP == "" || svc.Spec.ClusterIP == corev1.ClusterIPNone {
		slice.Labels[corev1.IsHeadlessService] = ""
	}
	slice.Labels[discoveryv1.LabelServiceName] = svc.Name
	slice.Labels[discoveryv1.LabelManagedBy] = sliceController
	slice.OwnerReferences = []metav1.OwnerReference{controllerRef(corev1.SchemeGroupVersion, "Service", svc)}
	return slice
}

// apiServerSlice writes the endpoints of the kubernetes service, which the API server itself keeps: the control plane's
// nodes, or the first node where none is labelled.
func (s *settling) apiServerSlice() {
	for _, slice := range list[*discoveryv1.EndpointSlice](s, cluster.KindEndpointSlice) {
		if slice.Namespace == "default" && slice.Labels[discoveryv1.LabelServiceName] == "kubernetes" {
			return
		}
	}
	nodes := list[*corev1.Node](s, cluster.KindNode)
	planes := slices.DeleteFunc(slices.Clone(nodes), func(n *corev1.Node) bool {
		_, ok := n.Labels["node-role.kubernetes.io/control-plane"]
		return !ok
	})
	if len(planes) == 0 && len(nodes) > 0 {
		planes = nodes[:1]
	}
	slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
	slice.Namespace, slice.Name = "default", "kubernetes"
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: "kubernetes"}
	name, port, tcp, ready := "https", int32(6443), corev1.ProtocolTCP, true
	slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &tcp}}
	for _, n := range planes {
		addrs := cluster.NodeAddrs(n)
		if len(addrs) == 0 {
			continue
		}
		if addrs[0].Is6() {
			slice.AddressType = discoveryv1.AddressTypeIPv6
		}
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{addrs[0].String()}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		})
	}
	s.make(slice)
}
