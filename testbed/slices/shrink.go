package slices

import (
	stdslices "slices"

	corev1 "k8s.io/api/core/v1"
)

// shrink takes away from a world whatever the disagreement does not need.
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
	for i := range w.pods {
		try(func(c *world) { c.pods = stdslices.Delete(c.pods, i, i+1) })
	}
	for i := range w.nodes {
		try(func(c *world) { c.nodes = stdslices.Delete(c.nodes, i, i+1) })
	}
	for i := range w.service.Spec.Ports {
		try(func(c *world) { c.service.Spec.Ports = stdslices.Delete(c.service.Spec.Ports, i, i+1) })
	}
	for _, change := range smallerService(w.service) {
		try(func(c *world) { change(c.service) })
	}
	for i, p := range w.pods {
		for _, change := range smallerPod(p) {
			try(func(c *world) { change(c.pods[i]) })
		}
	}
	return out
}

func smallerService(s *corev1.Service) (out []func(*corev1.Service)) {
	add := func(there bool, change func(*corev1.Service)) {
		if there {
			out = append(out, change)
		}
	}
	add(len(s.Labels) > 0, func(s *corev1.Service) { s.Labels = nil })
	add(len(s.Annotations) > 0, func(s *corev1.Service) { s.Annotations = nil })
	add(s.Spec.TrafficDistribution != nil, func(s *corev1.Service) { s.Spec.TrafficDistribution = nil })
	add(s.Spec.PublishNotReadyAddresses, func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = false })
	add(len(s.Spec.IPFamilies) > 1, func(s *corev1.Service) { s.Spec.IPFamilies = s.Spec.IPFamilies[:1] })
	add(s.Spec.Type != corev1.ServiceTypeClusterIP, func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeClusterIP })
	for i, p := range s.Spec.Ports {
		add(p.AppProtocol != nil, func(s *corev1.Service) { s.Spec.Ports[i].AppProtocol = nil })
	}
	return out
}

func smallerPod(p *corev1.Pod) (out []func(*corev1.Pod)) {
	add := func(there bool, change func(*corev1.Pod)) {
		if there {
			out = append(out, change)
		}
	}
	add(p.DeletionTimestamp != nil, func(p *corev1.Pod) { p.DeletionTimestamp = nil })
	add(len(p.Status.Conditions) > 0, func(p *corev1.Pod) { p.Status.Conditions = nil })
	add(len(p.Status.PodIPs) > 1, func(p *corev1.Pod) { p.Status.PodIPs = p.Status.PodIPs[:1] })
	add(len(p.Spec.InitContainers) > 0, func(p *corev1.Pod) { p.Spec.InitContainers = nil })
	add(len(p.Spec.Containers) > 1, func(p *corev1.Pod) { p.Spec.Containers = p.Spec.Containers[:1] })
	add(p.Spec.Hostname+p.Spec.Subdomain != "", func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = "", "" })
	add(len(p.Labels) > 1, func(p *corev1.Pod) { delete(p.Labels, "tier") })
	return out
}

func (w *world) copy() *world {
	c := &world{service: w.service.DeepCopy()}
	for _, n := range w.nodes {
		c.nodes = append(c.nodes, n.DeepCopy())
	}
	for _, p := range w.pods {
		c.pods = append(c.pods, p.DeepCopy())
	}
	return c
}
