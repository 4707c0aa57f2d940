package boundary

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Place is where a packet is: exactly one of Pod, Node, Host, Router or none (an unnamed machine of Layer).
type Place struct {
	Layer  surroundings.Layer
	Pod    *cluster.Pod
	Node   string // the node itself, its host network
	Host   *surroundings.Host
	Router *surroundings.Router
	// Addr is the source address that the packet carries. Where it is invalid, the place's own first address of the
	// destination's family is taken; an unnamed machine has none.
	Addr netip.Addr
	// Passing says that the packet comes through Node and was not sent by it: its rules have rewritten the destination,
	// say. Addr is then taken as it is, even if invalid.
	Passing bool
}

// PodNetwork is how pod addresses travel between nodes.
type PodNetwork string

// The pod networks; PodNetworkUnknown is treated as Overlay and listed as an assumption.
const (
	Overlay           PodNetwork = "overlay"
	Routed            PodNetwork = "routed"
	Direct            PodNetwork = "direct" // not wrapped, but only the nodes have the routes
	PodNetworkUnknown PodNetwork = "unknown"
)

// Config holds what was detected or assumed elsewhere.
type Config struct {
	PodNetwork PodNetwork
	Given      bool // PodNetwork was given by --assume or detected: another value would not be plausible
	Protocol   corev1.Protocol
	Via        string // the node at which packets from outside arrive, empty if nothing says
	// KeepSource says that the plug-in leaves a pod's address on what leaves the pod network.
	KeepSource bool
	// NoKubeProxy says that another program does kube-proxy's work.
	NoKubeProxy bool
	// AfterRules says that the rules of the node have had their turn and left the destination as it is (a port that no
	// service defines, say), so that the packet follows the routes.
	AfterRules bool
}

// EndKind says what a route ends at.
type EndKind string

// The ends of routes.
const (
	EndPod     EndKind = "pod"     // the pod's network namespace (or the node's, for hostNetwork pods): policy, then socket
	EndNode    EndKind = "node"    // at the node: its service rules have the word, then what listens on the node
	EndHost    EndKind = "host"    // at a host of the surroundings: Listener says what answers
	EndProxy   EndKind = "proxy"   // at a host's proxy, which opens a second connection to one of Upstreams
	EndService EndKind = "service" // a service address, seen by the rules of the sender's own node
	EndOutside EndKind = "outside" // left the map
	EndNowhere EndKind = "nowhere" // stopped: Reason says why
)

// Decision is the way, or the wall.
type Decision struct {
	Open      bool // a packet arrives at End (or leaves the map there)
	Reason    string
	Waypoints []Waypoint // up to and including the wall, where there is one
	End       End
	Owner     Owner // of the address that was dialled
	Doors     []Door
	Missing   []string // the kinds of doors that would open the way and are not there: NodePort, LoadBalancer, Ingress, port forward
	// Refused says that the end answers at once with an error (nothing listens there); otherwise a closed way is silent.
	Refused     bool
	Certainty   string // certain, assumed, unknown
	Assumptions []Assumption
	Evidence    []cluster.Evidence
}

// End is where the packet arrives, with the addresses it then carries.
type End struct {
	Kind      EndKind
	Src       netip.Addr // after all translation on the way; invalid for an unnamed source
	Dst       netip.AddrPort
	Pod       *cluster.Pod
	Node      string          // of EndNode and EndPod; empty if any of Nodes may be entered
	Nodes     []string        // the nodes where the packet may arrive alike, sorted; see Config.Via
	HostPort  bool            // the packet reaches the pod through a host port of the node
	Service   *corev1.Service // of EndService, and of an EndNode entered for a load balancer or external address
	Host      *surroundings.Host
	Resolver  *surroundings.Resolver
	Listener  *surroundings.HostListener // what listens, where the surroundings say so
	TLS       bool                       // what listens is known to speak TLS
	Proxy     *surroundings.Proxy
	Upstreams []netip.AddrPort
}

// WaypointKind says what happens at a point of the way.
type WaypointKind string

// The waypoints; they are named as the steps of a trace that show them.
const (
	StepWire     WaypointKind = "wire"             // a network that joins, nothing changes
	StepLocal    WaypointKind = "route.local"      // to a pod of the same node
	StepNode     WaypointKind = "route.node"       // from node to node, with Outer set under an overlay
	StepOut      WaypointKind = "route.out"        // out of the cluster by the node
	StepSNAT     WaypointKind = "rules.masquerade" // the node puts its own address as source
	StepRouter   WaypointKind = "router.nat"       // a router translates (PAT outward, port forward inward)
	StepBoundary WaypointKind = "boundary"         // a wall: crossed by routing, or the end of the way
	StepLB       WaypointKind = "load-balancer"
	StepHost     WaypointKind = "host" // a host that forwards
	StepDoor     WaypointKind = "door" // a node's door: node port, host port
)

// Waypoint is one point of the way and what the packet looks like behind it.
type Waypoint struct {
	Kind    WaypointKind
	Layer   surroundings.Layer
	At      cluster.Ref
	Src     netip.Addr // after this point
	Dst     netip.AddrPort
	Changed []string  // src, dst
	Outer   *Envelope // the envelope of an overlay, nil elsewhere
	Why     string    // a short reason with the values, for the step's details
	Blocked bool      // the way ends here
}

// Envelope is the outer header of an overlay.
type Envelope struct{ Src, Dst netip.Addr }

// Door is an existing way into the cluster to the thing that was dialled.
type Door struct {
	Kind    string // NodePort, LoadBalancer, Ingress, HostPort
	By      cluster.Ref
	Text    string // "192.168.49.2:30942", "198.51.100.80:80", "http://foo.example.com/"
	Layer   surroundings.Layer
	Pending bool
}

// Assumption is a fact that the objects do not show.
type Assumption struct {
	Key    string
	Value  string
	Source string // given, detected or default
	Why    string
	Flips  bool // another plausible value would open or close the way
}

// The certainties, as in a trace.
const (
	Certain = "certain"
	Assumed = "assumed"
	Unknown = "unknown"
)
