package oracle

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/service"
)

// shrink takes away from a world whatever the disagreement about a packet does not need.
func shrink(w *world, differs func(*world) bool) *world {
	for again := true; again; {
		again = false
		for _, smaller := range smallerWorlds(w) {
			if differs(smaller) {
				w, again = smaller, true
				break
			}
		}
	}
	return w
}

// smallerWorlds are the worlds with one thing less.
func smallerWorlds(w *world) []*world {
	var out []*world
	try := func(change func(*world)) {
		c := w.copy()
		change(c)
		out = append(out, c)
	}
	for i, n := range w.nodes {
		if n.Name != w.node {
			try(func(c *world) { c.nodes = slices.Delete(c.nodes, i, i+1) })
		}
		if len(n.Labels) > 0 {
			try(func(c *world) { c.nodes[i].Labels = nil })
		}
	}
	for i := range w.pods {
		try(func(c *world) { c.pods = slices.Delete(c.pods, i, i+1) })
	}
	for i := range w.services {
		try(func(c *world) { c.services = slices.Delete(c.services, i, i+1) })
	}
	for i := range w.slices {
		try(func(c *world) { c.slices = slices.Delete(c.slices, i, i+1) })
	}
	for i, s := range w.services {
		for k := range s.Spec.Ports {
			if len(s.Spec.Ports) == 1 {
				break
			}
			try(func(c *world) { c.services[i].Spec.Ports = slices.Delete(c.services[i].Spec.Ports, k, k+1) })
		}
		for _, change := range smallerService(s) {
			try(func(c *world) { change(c.services[i]) })
		}
	}
	for i, s := range w.slices {
		for k := range s.Endpoints {
			try(func(c *world) { c.slices[i].Endpoints = slices.Delete(c.slices[i].Endpoints, k, k+1) })
			if s.Endpoints[k].Hints != nil {
				try(func(c *world) { c.slices[i].Endpoints[k].Hints = nil })
			}
			if s.Endpoints[k].Conditions != (discoveryv1.EndpointConditions{}) {
				try(func(c *world) { c.slices[i].Endpoints[k].Conditions = discoveryv1.EndpointConditions{} })
			}
		}
		for k := range s.Ports {
			try(func(c *world) { c.slices[i].Ports = slices.Delete(c.slices[i].Ports, k, k+1) })
		}
	}
	if w.config.MasqueradeAll {
		try(func(c *world) { c.config.MasqueradeAll = false })
	}
	if w.config.Detector != service.DetectNone {
		try(func(c *world) { c.config.Detector = service.DetectNone })
	}
	if npa := w.config.NodePortAddresses; !npa.Default {
		try(func(c *world) { c.config.NodePortAddresses = service.NodePortAddresses{Default: true} })
	}
	return out
}

// smallerService are changes that take one field of a service away.
func smallerService(s *corev1.Service) []func(*corev1.Service) {
	var out []func(*corev1.Service)
	add := func(there bool, change func(*corev1.Service)) {
		if there {
			out = append(out, change)
		}
	}
	add(len(s.Labels) > 0, func(s *corev1.Service) { s.Labels = nil })
	add(len(s.Spec.ExternalIPs) > 0, func(s *corev1.Service) { s.Spec.ExternalIPs = s.Spec.ExternalIPs[1:] })
	add(len(s.Status.LoadBalancer.Ingress) > 0, func(s *corev1.Service) { s.Status.LoadBalancer.Ingress = s.Status.LoadBalancer.Ingress[1:] })
	add(len(s.Spec.LoadBalancerSourceRanges) > 0, func(s *corev1.Service) { s.Spec.LoadBalancerSourceRanges = s.Spec.LoadBalancerSourceRanges[1:] })
	add(s.Spec.InternalTrafficPolicy != nil, func(s *corev1.Service) { s.Spec.InternalTrafficPolicy = nil })
	add(s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal, func(s *corev1.Service) { s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyCluster })
	add(s.Spec.HealthCheckNodePort != 0, func(s *corev1.Service) { s.Spec.HealthCheckNodePort = 0 })
	add(s.Spec.SessionAffinity != "", func(s *corev1.Service) { s.Spec.SessionAffinity, s.Spec.SessionAffinityConfig = "", nil })
	return out
}
