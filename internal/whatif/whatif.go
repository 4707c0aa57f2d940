// Package whatif lays edits over a View and follows them up: what the endpoints of services would be. It is pure; the
// View it starts from stays as it was.
package whatif

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Edit is one change: an object that is added or replaced, or one that is gone.
type Edit struct {
	Put    cluster.Object
	Remove *cluster.Ref
}

// ErrWorkload says that an edit changes a workload: which pods it would have is not computed.
var ErrWorkload = errors.New("edits of workloads are not followed up; edit the pods themselves")

// ErrMissing says that an edit takes away what is not there: a misspelt name would otherwise answer that nothing changes.
var ErrMissing = errors.New("it cannot be removed, for there is none of that name")

// there reports whether an object is there, or cannot be read, so that nobody knows.
func there(view *cluster.View, ref cluster.Ref) bool {
	return Holds(view, ref) || !view.Readable(ref.Kind, ref.Namespace)
}

// Holds reports whether a View has an object.
func Holds(view *cluster.View, ref cluster.Ref) bool {
	switch ref.Kind {
	case cluster.KindPod:
		return view.Pod(ref.Namespace, ref.Name) != nil
	case cluster.KindEndpointSlice:
		for s := range view.AllSlices() {
			if s.Namespace == ref.Namespace && s.Name == ref.Name {
				return true
			}
		}
		return false
	}
	return view.Get(ref.Kind, ref.Namespace, ref.Name) != nil
}

// controller is who writes the slices that follow from selectors.
const controller = "endpointslice-controller.k8s.io"

// Apply makes the View with the edits. What follows from pods and services for EndpointSlices is followed up for every
// service with a selector in the namespaces where one of them was edited.
func Apply(view *cluster.View, edits []Edit) (*cluster.View, error) {
	for _, e := range edits {
		kind := cluster.KindOf(e.Put)
		if e.Remove != nil {
			kind = e.Remove.Kind
		}
		switch kind {
		case cluster.KindDeployment, cluster.KindReplicaSet, cluster.KindStatefulSet, cluster.KindDaemonSet, cluster.KindJob:
			return nil, fmt.Errorf("%s: %w", kind, ErrWorkload)
		}
		if e.Remove != nil && !there(view, *e.Remove) {
			return nil, fmt.Errorf("%s %s/%s: %w", kind, e.Remove.Namespace, e.Remove.Name, ErrMissing)
		}
	}
	return view.Fork(func(w *cluster.Writer) {
		touched := map[string]bool{}
		for _, e := range edits {
			if e.Remove != nil {
				remove(w, *e.Remove, touched)
				continue
			}
			kind := cluster.KindOf(e.Put)
			if kind == cluster.KindPod || kind == cluster.KindService {
				touched[e.Put.GetNamespace()] = true
			}
			w.Put(e.Put)
		}
		for _, s := range w.View().Services() {
			if touched[s.Namespace] {
				follow(w, s)
			}
		}
	}), nil
}

func remove(w *cluster.Writer, ref cluster.Ref, touched map[string]bool) {
	switch ref.Kind {
	case cluster.KindPod:
		touched[ref.Namespace] = true
	case cluster.KindService:
		// Its slices are garbage-collected with it.
		for _, slice := range w.View().Slices(ref.Namespace, ref.Name) {
			w.Delete(cluster.KindEndpointSlice, slice.Namespace, slice.Name)
		}
	}
	w.Delete(ref.Kind, ref.Namespace, ref.Name)
}

// follow writes the slices of a service as the endpoint slice controller would (k8s.io/endpointslice reconciler: pods
// that match, have an address and have not ended; ready unless terminating).
func follow(w *cluster.Writer, s *corev1.Service) {
	if len(s.Spec.Selector) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	view := w.View()
	for _, slice := range view.Slices(s.Namespace, s.Name) {
		if slice.ManagedBy == "" || slice.ManagedBy == controller {
			w.Delete(cluster.KindEndpointSlice, slice.Namespace, slice.Name)
		}
	}
	made := map[string]*cluster.Slice{}
	selector := labels.SelectorFromSet(s.Spec.Selector)
	for pod := range view.PodsIn(s.Namespace) {
		if pod.Done() || !selector.Matches(pod.Labels) {
			continue
		}
		for _, ip := range pod.IPs {
			if !ip.IsValid() || !wants(s, ip) {
				continue
			}
			ports := portsOf(s, pod)
			key := family(ip) + " " + fmt.Sprint(ports)
			if made[key] == nil {
				made[key] = &cluster.Slice{
					Namespace: s.Namespace, Service: s.Name, ManagedBy: controller, Ports: ports,
					Headless: s.Spec.ClusterIP == corev1.ClusterIPNone, AddressType: discoveryv1.AddressType(family(ip)),
				}
			}
			ready := (pod.Ready || s.Spec.PublishNotReadyAddresses) && (!pod.Terminating || s.Spec.PublishNotReadyAddresses)
			made[key].Endpoints = append(made[key].Endpoints, cluster.Endpoint{
				Addr: ip, Node: pod.Node, Pod: pod.Name, TargetNamespace: pod.Namespace,
				Ready: ready, Serving: pod.Ready || s.Spec.PublishNotReadyAddresses, Terminating: pod.Terminating,
			})
		}
	}
	keys := make([]string, 0, len(made))
	for key := range made {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, strings.Compare)
	for i, key := range keys {
		made[key].Name = s.Name + "-what-if-" + strconv.Itoa(i)
		w.PutSlice(made[key])
	}
}

// wants reports whether a service has endpoints of an address's family.
func wants(s *corev1.Service, ip netip.Addr) bool {
	if len(s.Spec.IPFamilies) > 0 {
		return slices.Contains(s.Spec.IPFamilies, corev1.IPFamily(family(ip)))
	}
	if own, ok := cluster.ParseAddr(s.Spec.ClusterIP); ok {
		return own.Is4() == ip.Is4()
	}
	return ip.Is4()
}

func family(ip netip.Addr) string {
	if ip.Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// portsOf resolves the target ports of a service in a pod; a name that no container has gives no port.
func portsOf(s *corev1.Service, pod *cluster.Pod) []cluster.EndpointPort {
	var out []cluster.EndpointPort
	for _, p := range s.Spec.Ports {
		protocol := cmp.Or(p.Protocol, corev1.ProtocolTCP)
		number := p.TargetPort.IntVal
		if name := p.TargetPort.StrVal; name != "" {
			found, ok := int32(0), false
			if pod.Shape != nil {
				found, ok = pod.Shape.PortNamed(name, protocol)
			}
			if !ok {
				continue
			}
			number = found
		} else if number == 0 {
			number = p.Port
		}
		out = append(out, cluster.EndpointPort{Name: p.Name, HasName: true, Port: number, HasPort: true, Protocol: protocol})
	}
	return out
}
