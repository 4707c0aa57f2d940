package service

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Mode is the mode of kube-proxy.
type Mode string

// The modes of kube-proxy.
const (
	IPTables Mode = "iptables"
	NFTables Mode = "nftables"
	IPVS     Mode = "ipvs"
)

// Detector is how kube-proxy tells traffic of pods from other traffic (detectLocalMode).
type Detector string

// The local detectors. With DetectNone nobody is a pod: no short circuit for external traffic policy Local, and nothing
// sent to a cluster IP is masqueraded for coming from elsewhere.
const (
	DetectClusterCIDR Detector = "ClusterCIDR" // the source lies in Config.ClusterCIDRs
	DetectNodeCIDR    Detector = "NodeCIDR"    // the source lies in the node's own podCIDRs
	DetectInterface   Detector = "Interface"   // BridgeInterface and InterfaceNamePrefix: a pod of this very node
	DetectNone        Detector = "none"
)

// NodePortAddresses says on which addresses of a node its node ports answer.
type NodePortAddresses struct {
	// Default takes the mode's default: every address for iptables and ipvs, the primary ones for nftables.
	Default bool
	Primary bool           // the word "primary"
	CIDRs   []netip.Prefix // addresses of the node in these; ignored with Default or Primary
}

// Config is what API objects may not show of kube-proxy.
type Config struct {
	Mode              Mode
	Detector          Detector
	ClusterCIDRs      []netip.Prefix // of DetectClusterCIDR
	MasqueradeAll     bool
	NodePortAddresses NodePortAddresses
	// LocalhostNodePorts is --iptables-localhost-nodeports: node ports answer on 127.0.0.1 in iptables mode. Its
	// default is true.
	LocalhostNodePorts bool
	// ServiceCIDRs are the ranges of cluster IPs. nftables drops what goes to an address of them that no service has;
	// it reads them from ServiceCIDR objects, so HasServiceCIDRObjects says whether it can.
	ServiceCIDRs          []netip.Prefix
	HasServiceCIDRObjects bool

	// Terse leaves out how a decision is told: evidence, rules, and who was not chosen.
	Terse bool

	memo *endpointMemo // of one decision, which is made several times over
}

// SourceKind says where a packet comes from, seen from the node whose rules it meets.
type SourceKind string

// The kinds of sources.
const (
	FromPod   SourceKind = "pod"   // a pod with its own network namespace on this node
	FromNode  SourceKind = "node"  // a process of this node, hostNetwork pods included
	FromOther SourceKind = "other" // anything that comes in by the wire: other nodes, their pods, hosts outside
)

// Packet is the first packet of a connection as the rules of a node meet it.
type Packet struct {
	Src      netip.Addr // as it is on arrival at this node
	SrcKind  SourceKind
	SrcPod   *cluster.Pod   // the sending pod, where it is one (also on another node); decides hairpin
	Dst      netip.AddrPort // port 0 for ICMP
	Protocol corev1.Protocol
	ICMP     bool   // a ping: Protocol and the port are not looked at
	Node     string // the node whose rules are met
}

// Kind is what the rules do.
type Kind string

// The kinds of decisions.
const (
	// NoRule: the destination belongs to no service as far as this node's rules go; the packet is routed as it is.
	// Service and Via are set where a service has the address and leaves it to somebody else (a load balancer with
	// ipMode Proxy).
	NoRule Kind = "no-rule"
	// DNAT: the destination is replaced by one of Endpoints.
	DNAT Kind = "dnat"
	// Reject: an ICMP port-unreachable is sent; the client sees "connection refused".
	Reject Kind = "reject"
	// Drop: silence.
	Drop Kind = "drop"
	// Astray: the address is one of the service network (or claimed by a service) but no rule takes this packet: it
	// leaves the node by its default route, where normally nobody answers. Reason says why.
	Astray Kind = "astray"
	// Local: the destination is an address of this node itself and no rule takes the port; what listens on the node
	// decides, and if nothing does the connection is refused (node.port-closed).
	Local Kind = "local"
	// Answered: kube-proxy itself answers, over HTTP: a health-check node port. HTTPStatus is 200 or 503.
	Answered Kind = "answered"
)

// Via is the kind of address by which a service is reached.
type Via string

// The ways to a service.
const (
	ViaClusterIP    Via = "ClusterIP"
	ViaExternalIP   Via = "ExternalIP"
	ViaLoadBalancer Via = "LoadBalancer"
	ViaNodePort     Via = "NodePort"
	ViaHealthCheck  Via = "HealthCheckNodePort"
)

// Endpoint is one endpoint of a service port, merged over slices.
type Endpoint struct {
	Addr                        netip.AddrPort
	Pod                         *cluster.Pod // nil where no pod stands behind it (targetRef is not a Pod, or it is gone)
	PodName                     string       // targetRef's name, also where the pod is not in the View
	Namespace                   string       // of the target
	Node                        string
	Zone                        string
	Ready, Serving, Terminating bool
	ForZones, ForNodes          []string
	Slice                       *cluster.Slice
}

// Choice is an endpoint that may get the packet.
type Choice struct {
	Endpoint
	Share   float64 // of new connections; shares of one decision add up to 1
	Local   bool    // on the node whose rules decide
	Hairpin bool    // the sender itself: the packet is masqueraded, whatever Masquerade says
	// Masked says that this endpoint really sees the address that the node sends from: Masquerade or Hairpin, but not
	// where the endpoint is the node itself (a hostNetwork pod) and the packet came in from elsewhere: sources are
	// replaced in POSTROUTING, which a packet that is delivered on the node never meets.
	Masked bool
	// ReplyLost says that the packet arrives but its reply does not come back through this node, so that it keeps the
	// endpoint's own address and the client throws it away.
	ReplyLost bool
	// After is what the node's filter rules do with the packet under the endpoint's address, nil where they let it pass: a
	// Reject, a Drop, or Astray where the endpoint's address is a cluster IP, which is not replaced a second time.
	After *Decision
	// RuleText are the rules that lead from those of the Decision to this endpoint, empty where these do.
	RuleText string
}

// NotChosen is an endpoint that gets nothing, and why.
type NotChosen struct {
	Endpoint
	Why string // "not ready", "terminating", "on node02, and the traffic policy is Local", …
}

// Tried is a service or port that was considered and lost.
type Tried struct {
	Object cluster.Ref
	Why    string
}

// Decision is what the rules of one node do with one packet.
type Decision struct {
	Kind    Kind
	Via     Via
	Service *corev1.Service
	Port    *corev1.ServicePort // nil where no port of the service matched
	// Endpoints are set for DNAT only.
	Endpoints []Choice
	NotChosen []NotChosen
	// Masquerade says that the source is replaced; the destination then sees the address that the node sends from
	// (toward a pod on this node its bridge address, toward others its own). MasqueradeWhy says for which rule:
	// "external-traffic-policy-cluster", "not-a-pod", "masquerade-all", "local-source". It does not cover
	// hairpin, which is a property of a Choice.
	Masquerade    bool
	MasqueradeWhy string
	// Reason is a trace reason, empty for DNAT and a plain NoRule.
	Reason     string
	HTTPStatus int // of Answered
	LocalReady int // of Answered: how many endpoints on the node are ready
	// Why is one clause in words: "no endpoint is ready", "external traffic policy Local and no endpoint on node01".
	Why string
	// ShortCircuit says that a Local policy was passed over because the sender is a pod or process of this node.
	ShortCircuit bool
	// ReplyLost says that the reply of every choice is lost (see Choice): the client sees silence.
	ReplyLost bool
	// Affinity is the seconds for which a client sticks to its endpoint, 0 without session affinity.
	Affinity int32
	// RoundRobin is true where endpoints are taken in turn (ipvs) rather than at random.
	RoundRobin bool
	Tried      []Tried
	// RuleText is what the node holds, RuleWhere how to see it, Exact whether the text is literally so.
	RuleText  string
	RuleWhere string
	Exact     bool
	Evidence  []cluster.Evidence
	// Uses are the assumption keys whose other plausible values would change this decision's class, endpoints or
	// masquerade: proxy-mode, cluster-cidr, masquerade-all, nodeport-addresses, localhost-nodeports, service-cidr.
	Uses []string
	// Unread is the kind that may not be read and is needed ("endpointslices"); Kind is empty then.
	Unread string
	// Guess is what the decision takes for granted that no source read confirms, empty mostly.
	Guess string
	// Rivals are what the rules would do if another service that claims the same address and port had it: which of them
	// they prefer is not defined.
	Rivals []Decision
	Notes  []string
}
