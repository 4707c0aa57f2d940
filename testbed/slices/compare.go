package slices

import (
	"encoding/json"
	"fmt"
	stdslices "slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/simulate"
)

// simulated are the slices that internal/simulate writes for the world's service.
func simulated(w *world) []*discoveryv1.EndpointSlice {
	var pods []*cluster.Pod
	for _, p := range w.pods {
		pods = append(pods, cluster.PodOf(p))
	}
	return simulate.EndpointSlices(w.service.DeepCopy(), pods, simulate.NodesOf(w.nodes))
}

// difference is what the two wrote differently, empty where they agree.
func difference(w *world) (string, error) {
	theirs, err := reconciled(w)
	if err != nil {
		return "", err
	}
	ours := simulated(w)
	for _, s := range ours {
		if len(s.Endpoints) > 100 {
			return fmt.Sprintf("slice %s has %d endpoints", s.Name, len(s.Endpoints)), nil
		}
	}
	byChance := w.service.Annotations[corev1.AnnotationTopologyMode] != "" || w.service.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints] != ""
	return cmp.Diff(told(theirs, byChance), told(ours, byChance)), nil
}

// told says what slices say, without their names and without how endpoints are spread over those of the same ports. Where
// the hints are by chance it says only which endpoints have some.
func told(list []*discoveryv1.EndpointSlice, byChance bool) map[string][]string {
	out := map[string][]string{}
	for _, s := range list {
		ports := []string{}
		for _, p := range s.Ports {
			ports = append(ports, text(p))
		}
		stdslices.Sort(ports)
		key := fmt.Sprintf("%s %s labels %s owners %s prefix %s", s.AddressType, strings.Join(ports, " "), text(s.Labels), owners(s), s.GenerateName)
		if _, ok := out[key]; !ok {
			out[key] = []string{}
		}
		for _, e := range s.Endpoints {
			if e.TargetRef != nil {
				ref := *e.TargetRef
				ref.UID = "" // simulated pods get theirs later
				e.TargetRef = &ref
			}
			if byChance && e.Hints != nil {
				e.Hints = &discoveryv1.EndpointHints{ForZones: make([]discoveryv1.ForZone, len(e.Hints.ForZones))}
			}
			e.Addresses = stdslices.Sorted(stdslices.Values(e.Addresses))
			out[key] = append(out[key], text(e))
		}
	}
	for _, list := range out {
		stdslices.Sort(list)
	}
	return out
}

func owners(s *discoveryv1.EndpointSlice) string {
	var out []string
	for _, o := range s.OwnerReferences {
		out = append(out, o.Kind+"/"+o.Name)
	}
	return strings.Join(out, " ")
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
