package oracle

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (g *generator) addSlice(s *corev1.Service, number int) {
	family := pick(g, g.families)
	if len(s.Spec.IPFamilies) > 0 && g.chance(0.9) {
		family = pick(g, s.Spec.IPFamilies)
	}
	out := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: s.Namespace, Name: fmt.Sprintf("%s-%d", s.Name, number), Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
		AddressType: addressType(family),
	}
	if g.chance(0.05) {
		out.Namespace = "elsewhere"
	}
	if s.Spec.ClusterIP == corev1.ClusterIPNone || g.chance(0.05) {
		out.Labels[corev1.IsHeadlessService] = ""
	}
	for _, p := range s.Spec.Ports {
		if g.chance(0.1) {
			continue
		}
		name, protocol, port := p.Name, p.Protocol, pick(g, []int32{8080, 8080, 8080, 9090})
		if g.chance(0.05) {
			name = "other"
		}
		if g.chance(0.05) {
			protocol = corev1.ProtocolUDP
		}
		sp := discoveryv1.EndpointPort{Name: &name, Protocol: &protocol, Port: &port}
		switch {
		case g.chance(0.03):
			sp.Name = nil
		case g.chance(0.03):
			sp.Port = nil
		}
		out.Ports = append(out.Ports, sp)
	}
	hints := g.IntN(3)
	used := map[string]bool{}
	for range g.IntN(5) {
		pod := pick(g, g.world.pods)
		e := g.endpoint(pod, family, hints)
		if key := e.Addresses[0]; used[key] || g.knownElsewhere(s, out, e) {
			continue
		} else {
			used[key] = true
		}
		out.Endpoints = append(out.Endpoints, e)
	}
	g.world.slices = append(g.world.slices, out)
}

// knownElsewhere says that another slice of the service has the endpoint and none of the two is terminating, or both are:
// which one counts is then not defined.
func (g *generator) knownElsewhere(s *corev1.Service, out *discoveryv1.EndpointSlice, e discoveryv1.Endpoint) bool {
	dying := func(e discoveryv1.Endpoint) bool { return e.Conditions.Terminating != nil && *e.Conditions.Terminating }
	for _, other := range g.world.slices {
		if other.Namespace != out.Namespace || other.Labels[discoveryv1.LabelServiceName] != s.Name {
			continue
		}
		for _, have := range other.Endpoints {
			if have.Addresses[0] == e.Addresses[0] && dying(have) == dying(e) {
				return true
			}
		}
	}
	return false
}

func (g *generator) endpoint(pod *corev1.Pod, family corev1.IPFamily, hints int) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}}
	for _, a := range pod.Status.PodIPs {
		if familyOf(netip.MustParseAddr(a.IP)) == family {
			e.Addresses = []string{a.IP}
		}
	}
	if g.chance(0.05) { // written by hand: any address, some of which other services have
		pool := pools[family]
		e.TargetRef = nil
		e.Addresses = []string{pick(g, slices.Concat(pool.public, pool.outside, pool.unknown, []string{fmt.Sprintf(pool.clusterIP, 1+g.IntN(4)), fmt.Sprintf(pool.node, 1+g.IntN(3))}))}
	}
	switch g.IntN(8) {
	case 0, 1, 2, 3: // all conditions unknown: ready
	case 4:
		e.Conditions.Ready, e.Conditions.Serving, e.Conditions.Terminating = g.maybe(1, true), g.maybe(1, true), g.maybe(1, false)
	case 5, 6:
		e.Conditions.Ready, e.Conditions.Serving, e.Conditions.Terminating = g.maybe(1, false), g.coin(), g.maybe(1, true)
	default:
		e.Conditions.Ready, e.Conditions.Serving, e.Conditions.Terminating = g.maybe(0.8, g.chance(0.5)), g.maybe(0.8, g.chance(0.5)), g.maybe(0.5, g.chance(0.4))
	}
	if g.chance(0.95) {
		e.NodeName = &pod.Spec.NodeName
	}
	if hints == 0 || g.chance(0.1) {
		return e
	}
	e.Hints = &discoveryv1.EndpointHints{}
	if g.chance(0.9) {
		e.Hints.ForZones = append(e.Hints.ForZones, discoveryv1.ForZone{Name: pick(g, []string{"a", "b"})})
	}
	if hints == 2 {
		e.Hints.ForNodes = append(e.Hints.ForNodes, discoveryv1.ForNode{Name: pick(g, g.world.nodes).Name})
	}
	return e
}
