package service

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// DefaultConfig is kube-proxy without a configuration file: iptables, no local detector, node ports everywhere.
func DefaultConfig() Config {
	return Config{Mode: IPTables, Detector: DetectNone, LocalhostNodePorts: true, NodePortAddresses: NodePortAddresses{Default: true}}
}

// Decide applies the rules of packet.Node to the packet.
func Decide(view *cluster.View, cfg Config, packet Packet) Decision { return Decision{Kind: NoRule} }

// EndpointsOf are the endpoints of a service port as kube-proxy joins them: by port name and protocol, one address
// family (v6 or v4), merged over slices, sorted by address. It is also what an ingress controller or a gateway may use.
func EndpointsOf(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, v6 bool) []Endpoint {
	return nil
}

// Door is a port that is open on nodes because of a service.
type Door struct {
	Via      Via // NodePort or HealthCheckNodePort
	Port     int32
	Protocol corev1.Protocol
	Service  cluster.Ref
	PortName string
	Nodes    []string // nodes that forward it to an endpoint; sorted
	Silent   []string // nodes whose rules drop it: external traffic policy Local and no endpoint there
	Closed   bool     // no endpoint anywhere: refused on every node
}

// NodeDoors are the doors that services open on the nodes, sorted by port and protocol.
func NodeDoors(view *cluster.View) []Door { return nil }
