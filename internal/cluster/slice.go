package cluster

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Slice is what is kept of an EndpointSlice, immutable.
type Slice struct {
	Namespace, Name string
	Service         string // label kubernetes.io/service-name; empty slices belong to no service
	ResourceVersion string
	ManagedBy       string // label endpointslice.kubernetes.io/managed-by
	Headless        bool   // label service.kubernetes.io/headless: kube-proxy leaves it out
	Simulated       bool   // nobody gave it: AnnotationSimulated
	AddressType     discoveryv1.AddressType
	Ports           []EndpointPort
	Endpoints       []Endpoint
}

// EndpointPort is a port of a slice. A port without a name is named "" (that is how it joins a service's unnamed port),
// one whose number is nil means every port and has HasPort false; kube-proxy ignores ports whose name or number is nil.
type EndpointPort struct {
	Name        string
	HasName     bool
	Port        int32
	HasPort     bool
	Protocol    corev1.Protocol
	AppProtocol string
}

// Endpoint is one entry of a slice. Ready, Serving and Terminating have the API's defaults applied: ready and serving are
// true where nil, terminating false.
type Endpoint struct {
	Addr                        netip.Addr // addresses[0], the only one that counts; invalid for FQDN slices
	FQDN                        string     // addresses[0] of an FQDN slice
	Hostname                    string
	Node                        string // nodeName
	Zone                        string
	Pod                         string // targetRef.name where targetRef is a Pod
	TargetNamespace             string
	Ready, Serving, Terminating bool
	ForZones, ForNodes          []string // hints
}

// Ref points to the slice.
func (s *Slice) Ref() Ref { return Ref{KindEndpointSlice, s.Namespace, s.Name} }
