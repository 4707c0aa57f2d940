package cluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// PodOf makes the row of a pod.
func PodOf(pod *corev1.Pod) *Pod {
	p := &Pod{
		UID:             uidOf(string(pod.UID)),
		ResourceVersion: pod.ResourceVersion,
		Namespace:       pod.Namespace,
		Name:            pod.Name,
		Node:            pod.Spec.NodeName,
		Labels:          NewLabels(pod.Labels),
		Shape:           shapeOf(pod),
		Created:         pod.CreationTimestamp.Time,
		Terminating:     pod.DeletionTimestamp != nil,
		Placed:          pod.Annotations[AnnotationPlaced] != "",
		Addressed:       pod.Annotations[AnnotationAddressed] != "",
		Awaited:         pod.Annotations[AnnotationAwaited] != "",
		Phase:           phaseOf(pod.Status.Phase),
	}
	if ref := v1.GetControllerOf(pod); ref != nil {
		p.Owner = &Owner{Namespace: pod.Namespace, Kind: ref.Kind, Name: ref.Name}
	}
	n := 0
	for _, ip := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
		a, ok := ParseAddr(ip.IP)
		if !ok || n == 2 || (n == 1 && a == p.IPs[0]) {
			continue
		}
		p.IPs[n] = a
		n++
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			p.Ready = c.Status == corev1.ConditionTrue
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		p.Restarts += c.RestartCount
		if p.Phase == PhaseRunning && c.State.Running == nil && (c.State.Waiting != nil || c.State.Terminated != nil) {
			p.Waiting = true
		}
	}
	p.States = statesOf(pod)
	p.Reason = statusReason(pod)
	return p
}

func phaseOf(p corev1.PodPhase) Phase {
	switch p {
	case corev1.PodPending:
		return PhasePending
	case corev1.PodRunning:
		return PhaseRunning
	case corev1.PodSucceeded:
		return PhaseSucceeded
	case corev1.PodFailed:
		return PhaseFailed
	}
	return PhaseUnknown
}

// statusReason follows kubectl's STATUS column (k8s.io/kubernetes pkg/printers/internalversion printPod): the pod's own
// reason, then the first container that waits or ended with a reason.
func statusReason(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason
		}
	}
	if pod.Status.Reason != "" {
		return pod.Status.Reason
	}
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, c := range list {
			if c.State.Waiting != nil && c.State.Waiting.Reason != "" && c.State.Waiting.Reason != "PodInitializing" {
				return c.State.Waiting.Reason
			}
			if t := c.State.Terminated; t != nil && t.Reason != "" && t.ExitCode != 0 {
				return t.Reason
			}
		}
	}
	return ""
}

// uidOf keeps the 16 bytes of a UUID; any other text (hand-written objects may have any) is hashed.
func uidOf(text string) (u UID) {
	if b, err := hex.DecodeString(strings.ReplaceAll(text, "-", "")); err == nil && len(b) == len(u) {
		copy(u[:], b)
		return u
	}
	h := sha256.Sum256([]byte(text))
	copy(u[:], h[:])
	return u
}

// moreNetworks names the networks that a pod is attached to besides the cluster's own (Network Plumbing Working Group,
// "Kubernetes Network Custom Resource Definition De-facto Standard").
const moreNetworks = "k8s.v1.cni.cncf.io/networks"

func shapeOf(pod *corev1.Pod) *Shape {
	spec := &pod.Spec
	s := &Shape{
		HostNetwork:    spec.HostNetwork,
		DNSPolicy:      spec.DNSPolicy,
		DNSConfig:      spec.DNSConfig,
		HostAliases:    spec.HostAliases,
		Hostname:       spec.Hostname,
		Subdomain:      spec.Subdomain,
		ServiceAccount: spec.ServiceAccountName,
		MoreNetworks:   pod.Annotations[moreNetworks] != "",
	}
	if spec.HostnameOverride != nil {
		s.Override = *spec.HostnameOverride
	}
	if s.DNSPolicy == "" {
		s.DNSPolicy = corev1.DNSClusterFirst
	}
	if s.Hostname != "" && s.Hostname == pod.Name {
		s.Hostname = HostnameIsName
	}
	for i := range spec.Containers {
		s.Containers = append(s.Containers, containerOf(&spec.Containers[i], false))
	}
	for i := range spec.InitContainers {
		if isSidecar(&spec.InitContainers[i]) {
			s.Containers = append(s.Containers, containerOf(&spec.InitContainers[i], true))
			continue
		}
		for _, p := range containerOf(&spec.InitContainers[i], false).Ports {
			if p.Name != "" {
				s.InitPorts = append(s.InitPorts, p)
			}
		}
	}
	key, err := json.Marshal(s)
	if err != nil { // a shape holds nothing that JSON cannot write
		panic(err)
	}
	sum := sha256.Sum256(key)
	s.key = string(sum[:])
	return s
}

func containerOf(c *corev1.Container, sidecar bool) Container {
	out := Container{Name: c.Name, Image: c.Image, Sidecar: sidecar}
	for _, p := range c.Ports {
		protocol := p.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		out.Ports = append(out.Ports, ContainerPort{p.Name, p.ContainerPort, p.HostPort, p.HostIP, protocol})
	}
	probe := func(kind string, p *corev1.Probe) {
		switch {
		case p == nil:
		case p.HTTPGet != nil:
			out.Probes = append(out.Probes, Probe{kind, "httpGet", portNumber(c, p.HTTPGet.Port), p.HTTPGet.Path, p.HTTPGet.Host})
		case p.TCPSocket != nil:
			out.Probes = append(out.Probes, Probe{kind, "tcpSocket", portNumber(c, p.TCPSocket.Port), "", p.TCPSocket.Host})
		case p.GRPC != nil:
			out.Probes = append(out.Probes, Probe{kind, "grpc", p.GRPC.Port, "", ""})
		}
	}
	probe("readiness", c.ReadinessProbe)
	probe("liveness", c.LivenessProbe)
	probe("startup", c.StartupProbe)
	return out
}

func portNumber(c *corev1.Container, port intstr.IntOrString) int32 {
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

// SliceOf makes what is kept of an endpoint slice.
func SliceOf(s *discoveryv1.EndpointSlice) *Slice {
	out := &Slice{
		Namespace:       s.Namespace,
		Name:            s.Name,
		Service:         s.Labels[discoveryv1.LabelServiceName],
		ResourceVersion: s.ResourceVersion,
		ManagedBy:       s.Labels[discoveryv1.LabelManagedBy],
		Simulated:       s.Annotations[AnnotationSimulated] != "",
		AddressType:     s.AddressType,
	}
	_, out.Headless = s.Labels[corev1.IsHeadlessService]
	for _, p := range s.Ports {
		port := EndpointPort{Protocol: corev1.ProtocolTCP}
		if p.Name != nil {
			port.Name, port.HasName = *p.Name, true
		}
		if p.Port != nil {
			port.Port, port.HasPort = *p.Port, true
		}
		if p.Protocol != nil {
			port.Protocol = *p.Protocol
		}
		if p.AppProtocol != nil {
			port.AppProtocol = *p.AppProtocol
		}
		out.Ports = append(out.Ports, port)
	}
	for i := range s.Endpoints {
		if e, ok := endpointOf(s, &s.Endpoints[i]); ok {
			out.Endpoints = append(out.Endpoints, e)
		}
	}
	return out
}

func endpointOf(s *discoveryv1.EndpointSlice, e *discoveryv1.Endpoint) (Endpoint, bool) {
	if len(e.Addresses) == 0 {
		return Endpoint{}, false
	}
	yes := func(b *bool, fallback bool) bool {
		if b == nil {
			return fallback
		}
		return *b
	}
	text := func(t *string) string {
		if t == nil {
			return ""
		}
		return *t
	}
	out := Endpoint{
		Hostname:    text(e.Hostname),
		Node:        text(e.NodeName),
		Zone:        text(e.Zone),
		Ready:       yes(e.Conditions.Ready, true),
		Serving:     yes(e.Conditions.Serving, true),
		Terminating: yes(e.Conditions.Terminating, false),
	}
	if s.AddressType == discoveryv1.AddressTypeFQDN {
		out.FQDN = e.Addresses[0]
	} else {
		var addr netip.Addr
		var ok bool
		if addr, ok = ParseAddr(e.Addresses[0]); !ok {
			return Endpoint{}, false
		}
		out.Addr = addr
	}
	if e.TargetRef != nil && e.TargetRef.Kind == "Pod" {
		out.Pod, out.TargetNamespace = e.TargetRef.Name, e.TargetRef.Namespace
		if out.TargetNamespace == "" {
			out.TargetNamespace = s.Namespace
		}
	}
	if e.Hints != nil {
		for _, z := range e.Hints.ForZones {
			out.ForZones = append(out.ForZones, z.Name)
		}
		for _, n := range e.Hints.ForNodes {
			out.ForNodes = append(out.ForNodes, n.Name)
		}
	}
	return out, true
}
