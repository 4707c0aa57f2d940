package simulate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probedElsewhere reports whether a pod is probed on a port that the surroundings do not list among those it listens on:
// if the list is complete, the probe fails, and the pod is not ready, or is killed (pkg/kubelet/prober).
func (s *settling) probedElsewhere(p *corev1.Pod) bool {
	var open []int32
	described := false
	for _, l := range s.Surroundings.Listeners {
		selector, err := labels.Parse(l.Selector)
		if err != nil || l.Namespace != p.Namespace || !selector.Matches(labels.Set(p.Labels)) {
			continue
		}
		described = true
		if l.Protocol == "" || strings.EqualFold(l.Protocol, string(corev1.ProtocolTCP)) {
			open = append(open, l.Port)
		}
	}
	if !described {
		return false
	}
	containers := slices.Clone(p.Spec.Containers)
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, c)
		}
	}
	for i := range containers {
		c := &containers[i]
		for _, probe := range []*corev1.Probe{c.ReadinessProbe, c.StartupProbe, c.LivenessProbe} {
			if port := portProbed(c, probe); port != 0 && !slices.Contains(open, port) {
				return true
			}
		}
	}
	return false
}

// portProbed is the port of the pod that a probe opens, 0 for none: a probe may run a command, or ask another host.
func portProbed(c *corev1.Container, probe *corev1.Probe) int32 {
	switch {
	case probe == nil:
	case probe.HTTPGet != nil && probe.HTTPGet.Host == "":
		return portOf(c, probe.HTTPGet.Port)
	case probe.TCPSocket != nil && probe.TCPSocket.Host == "":
		return portOf(c, probe.TCPSocket.Port)
	case probe.GRPC != nil:
		return probe.GRPC.Port
	}
	return 0
}

func portOf(c *corev1.Container, port intstr.IntOrString) int32 {
	if port.Type == intstr.Int {
		return port.IntVal
	}
	for _, p := range c.Ports {
		if p.Name == port.StrVal {
			return p.ContainerPort
		}
	}
	return 0
}
