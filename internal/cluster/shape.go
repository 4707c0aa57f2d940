package cluster

import (
	corev1 "k8s.io/api/core/v1"
)

// Shape is what all pods of one template have in common and a request can meet: ports, DNS settings, host network. It is
// shared between rows and immutable.
type Shape struct {
	Containers     []Container     // init containers that restart (sidecars) included, marked
	InitPorts      []ContainerPort `json:",omitempty"` // named ones of init containers that have ended: some plug-ins read their names all the same
	HostNetwork    bool
	DNSPolicy      corev1.DNSPolicy // ClusterFirst where the object leaves it out
	DNSConfig      *corev1.PodDNSConfig
	HostAliases    []corev1.HostAlias
	Hostname       string // spec.hostname; HostnameIsName where it equals the pod's own name (StatefulSets)
	Subdomain      string
	Override       string // spec.hostnameOverride: the pod's own name in its hosts file
	ServiceAccount string
	MoreNetworks   bool // an annotation attaches the pod to other networks, too
	key            string
}

// HostnameIsName stands in Shape.Hostname for "the pod's own name", so that the pods of a StatefulSet share one shape.
const HostnameIsName = "\x00name"

// Container is what is kept of a container.
type Container struct {
	Name    string
	Image   string
	Sidecar bool // an init container with restartPolicy Always: its ports count, SEMANTICS A.7
	Ports   []ContainerPort
	Probes  []Probe
}

// ContainerPort is a declared port. Declaring is information only: nothing follows for reachability, but named ports and
// host ports are resolved here.
type ContainerPort struct {
	Name     string
	Port     int32
	HostPort int32
	HostIP   string
	Protocol corev1.Protocol // TCP where the object leaves it out
}

// Probe is a readiness, liveness or startup probe that opens a port: a readiness probe that succeeds is evidence that a
// process listens.
type Probe struct {
	Type string // readiness, liveness, startup
	Kind string // httpGet, tcpSocket, grpc
	Port int32  // 0 where the probe names a port that no container has
	Path string
	Host string // where the probe goes if not to the pod's own address
}

// HostnameOf is the hostname that a pod of this shape has in DNS, empty where spec.hostname is not set.
func (s *Shape) HostnameOf(pod *Pod) string {
	if s.Hostname == HostnameIsName {
		return pod.Name
	}
	return s.Hostname
}

// PortNamed finds the number of a named container port with the given protocol, looking at containers first and at
// sidecars after them (k8s.io/kubernetes pkg/api/v1/pod FindPort).
func (s *Shape) PortNamed(name string, protocol corev1.Protocol) (int32, bool) {
	for _, sidecars := range []bool{false, true} {
		for _, c := range s.Containers {
			if c.Sidecar != sidecars {
				continue
			}
			for _, p := range c.Ports {
				if p.Name == name && p.Protocol == protocol {
					return p.Port, true
				}
			}
		}
	}
	return 0, false
}

// Declares reports whether some container declares the port.
func (s *Shape) Declares(port int32, protocol corev1.Protocol) bool {
	for _, c := range s.Containers {
		for _, p := range c.Ports {
			if p.Port == port && p.Protocol == protocol {
				return true
			}
		}
	}
	return false
}

// DeclaresAny reports whether any container declares any port at all.
func (s *Shape) DeclaresAny() bool {
	for _, c := range s.Containers {
		if len(c.Ports) > 0 {
			return true
		}
	}
	return false
}
