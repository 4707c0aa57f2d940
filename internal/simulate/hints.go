package simulate

import (
	"cmp"
	"maps"
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Nodes is what endpoints and their hints take from the nodes.
type Nodes struct {
	zones map[string]string  // of every node that exists, "" without a zone
	share map[string]float64 // of the ready workers' CPU by zone; nil where it cannot be told or there is one zone only
}

// NodesOf reads nodes. A single ready worker without a zone or without allocatable CPU makes the shares unknown
// (k8s.io/endpointslice topologycache SetNodes).
func NodesOf(list []*corev1.Node) Nodes {
	n := Nodes{zones: map[string]string{}, share: map[string]float64{}}
	total, milli, known := int64(0), map[string]int64{}, true
	for _, node := range list {
		zone := node.Labels[corev1.LabelTopologyZone]
		n.zones[node.Name] = zone
		if isControlPlane(node) || !isReady(node) {
			continue
		}
		cpu := node.Status.Allocatable[corev1.ResourceCPU]
		if zone == "" || cpu.Cmp(resource.Quantity{}) == 0 {
			known = false
			continue
		}
		milli[zone] += cpu.MilliValue()
		total += cpu.MilliValue()
	}
	if !known || len(milli) < 2 || total == 0 {
		n.share = nil
		return n
	}
	for zone, m := range milli {
		n.share[zone] = float64(m) / float64(total)
	}
	return n
}

func isControlPlane(n *corev1.Node) bool {
	_, plane := n.Labels["node-role.kubernetes.io/control-plane"]
	_, master := n.Labels["node-role.kubernetes.io/master"]
	return plane || master
}

func isReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// byTopologyMode reports whether the annotation of topology aware routing puts hints on a service's endpoints, which then
// ignore its traffic distribution (k8s.io/endpointslice hintsEnabled: the older name comes first).
func byTopologyMode(svc *corev1.Service) bool {
	value, ok := svc.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints]
	if !ok {
		value = svc.Annotations[corev1.AnnotationTopologyMode]
	}
	return value == "Auto" || value == "auto"
}

// distributionHints are the hints of a traffic distribution: each ready endpoint is for its own zone, and its own node
// (k8s.io/endpointslice trafficdist).
func distributionHints(svc *corev1.Service, e *discoveryv1.Endpoint) *discoveryv1.EndpointHints {
	if svc.Spec.TrafficDistribution == nil || byTopologyMode(svc) {
		return nil
	}
	h := &discoveryv1.EndpointHints{}
	switch *svc.Spec.TrafficDistribution {
	case corev1.ServiceTrafficDistributionPreferClose, corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode:
	default:
		return nil
	}
	if e.Zone != nil {
		h.ForZones = forZone(*e.Zone)
	}
	if e.NodeName != nil && *svc.Spec.TrafficDistribution == corev1.ServiceTrafficDistributionPreferSameNode {
		h.ForNodes = []discoveryv1.ForNode{{Name: *e.NodeName}}
	}
	if h.ForZones == nil && h.ForNodes == nil {
		return nil
	}
	return h
}

func forZone(zone string) []discoveryv1.ForZone { return []discoveryv1.ForZone{{Name: zone}} }

// topologyHints gives every ready endpoint of one family a zone, so that zones have endpoints by their share of the CPU;
// none has hints where that cannot be had (k8s.io/endpointslice topologycache AddHints). Which endpoints of a zone are
// given away the controller leaves to chance; here it is the first ones.
func topologyHints(list []*discoveryv1.EndpointSlice, nodes Nodes) {
	var ready []*discoveryv1.Endpoint
	have := map[string]int{}
	for _, s := range list {
		for i := range s.Endpoints {
			if e := &s.Endpoints[i]; *e.Conditions.Ready {
				if e.Zone == nil {
					return
				}
				ready = append(ready, e)
				have[*e.Zone]++
			}
		}
	}
	desired := nodes.desired(len(ready))
	if desired == nil {
		return
	}
	giving, receiving := exchange(desired, have)
	for _, e := range ready {
		e.Hints = &discoveryv1.EndpointHints{ForZones: forZone(*e.Zone)}
		if giving[*e.Zone] == 0 {
			continue
		}
		for _, zone := range slices.Sorted(maps.Keys(receiving)) {
			if receiving[zone] > 0 {
				e.Hints.ForZones = forZone(zone)
				giving[*e.Zone]--
				receiving[zone]--
				break
			}
		}
	}
}

// overload is how much more than its share an endpoint may get (topologycache overloadThreshold).
const overload = 0.2

// desired is how many endpoints each zone should have, nil where there are too few for all.
func (n Nodes) desired(endpoints int) map[string]float64 {
	if n.share == nil || len(n.share) > endpoints {
		return nil
	}
	out, left := map[string]float64{}, endpoints
	for zone, share := range n.share {
		want := share * float64(endpoints)
		least := int(math.Ceil(want * (1 / (1 + overload))))
		out[zone] = max(want, float64(least))
		left -= least
	}
	if left < 0 {
		return nil
	}
	return out
}

// exchange is how many endpoints zones give and receive (topologycache getGivingAndReceivingZones).
func exchange(desired map[string]float64, have map[string]int) (giving, receiving map[string]int) {
	more, less := map[string]float64{}, map[string]float64{}
	for zone, want := range desired {
		switch n := float64(have[zone]); {
		case n > want:
			more[zone] = n - want
		case n < want:
			less[zone] = want - n
		}
	}
	most := func(of map[string]float64) string {
		return slices.MaxFunc(append(slices.Sorted(maps.Keys(of)), ""), func(a, b string) int { return cmp.Compare(of[a], of[b]) })
	}
	giving, receiving = map[string]int{}, map[string]int{}
	for {
		from, to := most(more), most(less)
		if from == "" || to == "" || more[from] < 1 && less[to] < 1 || more[from] < 0.5 || less[to] < 0.5 {
			return giving, receiving
		}
		giving[from]++
		more[from]--
		receiving[to]++
		less[to]--
	}
}
