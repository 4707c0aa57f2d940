// Package facts holds what API objects may not show but the answer depends on: how kube-proxy is configured, whether the
// network plug-in enforces policies, what the cluster's domain is. A fact is given by the person who asks, or detected
// from what is there, or the default, in this order, and says which.
package facts

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
)

// The keys of --assume; a public contract (TRACE.md).
const (
	KeyProxyMode          = "proxy-mode"
	KeyClusterCIDR        = "cluster-cidr"
	KeyServiceCIDR        = "service-cidr"
	KeyMasqueradeAll      = "masquerade-all"
	KeyNodePortAddresses  = "nodeport-addresses"
	KeyLocalhostNodePorts = "localhost-nodeports"
	KeyPolicy             = "policy"
	KeyClusterDomain      = "cluster-domain"
	KeyLibc               = "libc"
	KeyPodNetwork         = "pod-network"
	KeyIngressController  = "ingress-controller"
	KeyListening          = "listening"
)

// Keys lists all keys, in the contract's order.
var Keys = []string{
	KeyProxyMode, KeyClusterCIDR, KeyServiceCIDR, KeyMasqueradeAll, KeyNodePortAddresses, KeyLocalhostNodePorts,
	KeyPolicy, KeyClusterDomain, KeyLibc, KeyPodNetwork, KeyIngressController, KeyListening,
}

// Where a fact's value comes from.
const (
	Given    = "given"
	Detected = "detected"
	Default  = "default"
)

// Fact is one fact and why it is believed.
type Fact struct {
	Key      string            `json:"key"`
	Value    string            `json:"value"`
	Source   string            `json:"source"` // given, detected or default
	Evidence *cluster.Evidence `json:"evidence"`
}
