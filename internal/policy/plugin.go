package policy

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Answer is yes, no or unknown.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Refusal is how a plug-in turns a packet away.
type Refusal string

// The refusals: silence, or an ICMP error or reset at once.
const (
	RefusalDrop    Refusal = "drop"
	RefusalReject  Refusal = "reject"
	RefusalUnknown Refusal = "unknown"
)

// PodNetwork is how pod addresses travel between nodes and whether machines outside have a route to them.
type PodNetwork string

// The pod networks: wrapped between nodes, or routed as they are and known outside.
const (
	Overlay           PodNetwork = "overlay"
	Routed            PodNetwork = "routed"
	Direct            PodNetwork = "direct" // not wrapped, but only the nodes have the routes
	PodNetworkUnknown PodNetwork = "unknown"
)

// Enforcement is what is known of the network plug-in, detected from what runs.
type Enforcement struct {
	Plugin            string // calico, canal, cilium, kindnet, flannel, kube-router, antrea, ovn-kubernetes, weave, aws-node, azure; empty if none was seen
	Enforces          Answer
	Refusal           Refusal
	IPBlockMatchesPod Answer // whether an ipBlock rule matches pod and node addresses
	EndPort           Answer // whether endPort of a rule is read
	PodNetwork        PodNetwork
	Why               string   // one sentence on what it was read from
	Also              []string // present but not modelled: kinds of policies of the plug-in's own
	AlsoEvidence      []cluster.Evidence
	Evidence          []cluster.Evidence
}
