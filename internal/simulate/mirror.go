package simulate

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// mirroringController is who copies Endpoints that people write into slices.
const mirroringController = "endpointslicemirroring-controller.k8s.io"

// leaderElection is the annotation of Endpoints that are a lock and no endpoints.
const leaderElection = "control-plane.alpha.kubernetes.io/leader"

// Mirror are the slices that the EndpointSlice mirroring controller writes for Endpoints, nil for those that it passes
// over (k8s.io/kubernetes pkg/controller/endpointslicemirroring). Whether there is a service for them, and one without a
// selector, shows only beside the other objects: a settled cluster keeps only those that belong to such a service.
//
//lint:ignore SA1019 what people write by hand is still often Endpoints
func Mirror(ep *corev1.Endpoints) []*discoveryv1.EndpointSlice {
	if ep.Labels[discoveryv1.LabelSkipMirror] == "true" {
		return nil
	}
	if _, lock := ep.Annotations[leaderElection]; lock {
		return nil
	}
	var out []*discoveryv1.EndpointSlice
	for i, subset := range ep.Subsets {
		for _, family := range []discoveryv1.AddressType{discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6} {
			slice := mirrorSlice(ep.ObjectMeta, family, suffix("mirror", ep.Namespace, ep.Name, family, strconv.Itoa(i)))
			for _, p := range subset.Ports {
				name, port, protocol := p.Name, p.Port, p.Protocol
				if protocol == "" {
					protocol = corev1.ProtocolTCP
				}
				slice.Ports = append(slice.Ports, discoveryv1.EndpointPort{Name: &name, Port: &port, Protocol: &protocol, AppProtocol: p.AppProtocol})
			}
			// An address that is both is not ready (pkg/api/v1/endpoints RepackSubsets).
			unready := map[string]bool{}
			for _, a := range subset.NotReadyAddresses {
				unready[a.IP] = true
			}
			for _, a := range slices.Concat(subset.Addresses, subset.NotReadyAddresses) {
				addr, ok := cluster.ParseAddr(a.IP)
				twice := slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool { return e.Addresses[0] == addr.String() })
				if !ok || addr.Is4() != (family == discoveryv1.AddressTypeIPv4) || twice {
					continue
				}
				ready := !unready[a.IP]
				e := discoveryv1.Endpoint{Addresses: []string{addr.String()}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}, TargetRef: a.TargetRef, NodeName: a.NodeName}
				if a.Hostname != "" {
					host := a.Hostname
					e.Hostname = &host
				}
				slice.Endpoints = append(slice.Endpoints, e)
			}
			if len(slice.Endpoints) > 0 {
				out = append(out, slice)
			}
		}
	}
	return out
}

func mirrorSlice(of metav1.ObjectMeta, family discoveryv1.AddressType, suffix string) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{AddressType: family}
	slice.Namespace, slice.Name, slice.GenerateName = of.Namespace, of.Name+"-"+suffix, of.Name+"-"
	slice.Labels = map[string]string{}
	for k, v := range of.Labels {
		slice.Labels[k] = v
	}
	slice.Labels[discoveryv1.LabelServiceName] = of.Name
	slice.Labels[discoveryv1.LabelManagedBy] = mirroringController
	return slice
}

// dropMirrors takes away the mirrored slices that have no service without a selector, as their controller does.
func (s *settling) dropMirrors() {
	for ref, o := range s.objects {
		slice, ok := o.(*discoveryv1.EndpointSlice)
		if !ok || slice.Labels[discoveryv1.LabelManagedBy] != mirroringController {
			continue
		}
		svc, ok := s.objects[cluster.Ref{Kind: cluster.KindService, Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}].(*corev1.Service)
		if !ok || len(svc.Spec.Selector) > 0 {
			delete(s.objects, ref)
		}
	}
}
