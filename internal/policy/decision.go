package policy

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Direction is the side at which a question is asked: egress at the sender's end, ingress at the receiver's.
type Direction string

// The directions of policies.
const (
	Ingress Direction = "ingress"
	Egress  Direction = "egress"
)

// ProtocolICMP asks about a ping, of which NetworkPolicy says nothing.
const ProtocolICMP corev1.Protocol = "ICMP"

// Peer is the other end as the subject's plug-in sees it: after destination translation, and after source translation
// where that happens on the way.
type Peer struct {
	Addr netip.Addr
	Pod  *cluster.Pod // the pod that owns Addr, nil if none does
	Node string       // the node that owns Addr, empty if none does
	// Before is the sender's own address where Addr is that of a node which masqueraded on the way, invalid elsewhere. A
	// plug-in on that very node may still see it.
	Before netip.Addr
	// Placed says that only the simulation of a scheduler has put what the peer stands for on Node.
	Placed bool
	// Within is the network of an unnamed machine (Addr is invalid then); empty means the Internet.
	Within []netip.Prefix
	// Domain is the name by which the destination was asked for, in lower case without the final dot; empty where it was
	// asked for by its address. Only peers that are domain names look at it.
	Domain string
}

// Question asks whether the subject may talk to (egress) or hear from (ingress) the peer.
type Question struct {
	Direction Direction
	Pod       *cluster.Pod // the subject, whose policies are asked
	Peer      Peer
	Protocol  corev1.Protocol // empty means TCP
	Port      int32           // the destination POD's port, after translation
	PortPod   *cluster.Pod    // the destination pod, on which named ports resolve; nil if the destination is no pod
}

// Decision is the answer and all that was considered for it. What Book.Decide gives lacks the explanation: Selecting,
// NotSelecting, Compared, Missing and Evidence are empty, and DecidedBy of a denial that no rule decided is the first
// policy that selects the subject.
type Decision struct {
	Allowed      bool
	Isolated     bool           // some policy selects the subject for the direction
	Exempt       Exempt         // why policies did not count, empty if they did
	Tier         Tier           // whose policies decided; empty where none did
	Action       Action         // of the rule that decided; empty where no rule did
	Rule         string         // the name of that rule, where it has one
	Passed       bool           // a rule of the tier Admin passed the connection on
	Selecting    []PolicyEffect // the policies that select the subject for the direction, in the order of evaluation
	NotSelecting NotSelecting   // the NetworkPolicies of its namespace that do not
	// DecidedBy is the policy whose rule decided, the one whose rule came closest where NetworkPolicies deny since none
	// admits, nil when no policy decided.
	DecidedBy   *cluster.Ref
	DecidedRule int          // index of the matching rule in DecidedBy's spec, -1 if none
	Compared    []Comparison // of the deciding rule; when denied, of the rule that came closest
	Missing     []Missing    // what the closest rule lacked; empty when allowed
	Uncertain   []Uncertain  // what the API leaves open here
	Unreadable  cluster.Kind // a kind that may not be read and that the answer depends on: nothing can be said then
	Evidence    []cluster.Evidence
}

// Exempt names a reason for which no policy applies.
type Exempt string

// The exemptions. ExemptHostNetwork is what plug-ins do, the others are the API's.
const (
	ExemptNone        Exempt = ""
	ExemptOwnNode     Exempt = "own-node"     // a node reaches the pods that run on it
	ExemptLoopback    Exempt = "loopback"     // a pod reaches itself
	ExemptHostNetwork Exempt = "host-network" // the subject has no address of its own to guard
)

// PolicyEffect is what one selecting policy has to say.
type PolicyEffect struct {
	Policy   cluster.Ref
	Tier     Tier
	Priority int32  // of the tiers Admin and Baseline
	Selector string // the subject as kubectl prints selectors; empty selects every pod
	Matches  bool   // at least one rule matches
	// Reached is false where a tier before, or a rule of this one, decided: the policy was not asked any more.
	Reached bool
	Rules   []RuleEffect
}

// RuleEffect is one ingress or egress rule. A rule matches if a peer and a port match.
type RuleEffect struct {
	Index   int
	Name    string
	Action  Action
	Matches bool
	Closed  bool         // it names something unknown: treated as the API says for that case
	AnyPeer bool         // from/to is empty: every peer matches
	AnyPort bool         // ports is empty: every port and protocol matches
	Peers   []PeerEffect // of the rule that decided or came closest, empty for the others
	Ports   []PortEffect // likewise
	Lost    string       // in two words why it does not match: "other peer", "other port", "other protocol"; empty if it matches
}

// PeerEffect is one entry of from/to.
type PeerEffect struct {
	Index    int
	Text     string // "pods with access=true", "pods of namespaces with team=a", "10.0.0.0/8 except 10.1.0.0/16"
	Matches  bool
	Compared []Comparison
}

// PortEffect is one entry of ports.
type PortEffect struct {
	Index    int
	Text     string // "TCP 80", "UDP 5000-5010", "TCP http (8080)", "TCP any"
	Matches  bool
	Compared []Comparison
}

// Comparison is one thing compared: What (podSelector, namespaceSelector, ipBlock, except, protocol, port, peer, nodes,
// networks, domainNames), what was wanted, what was there, and whether it holds.
type Comparison struct {
	What   string
	Wanted string
	Got    string
	Holds  bool
}

// Missing is one thing that the closest rule wants and the caller lacks.
type Missing struct {
	Kind string      // label, namespace-label, namespace, address, port, protocol, peer, rule; deny where a rule denies
	On   cluster.Ref // the object that lacks it (a pod, a namespace, a policy)
	Text string      // "access=true", "port 8080", "any rule"
}

// NotSelecting counts the NetworkPolicies of the subject's namespace that do not apply to it in this direction.
type NotSelecting struct {
	Selector  int           // podSelector does not match
	Direction int           // podSelector matches, policyTypes lacks the direction
	Policies  []cluster.Ref // the first of them, at most ten
}

// Uncertain is a point that the API leaves to the plug-in, or that the question leaves open, and that changes the
// answer: in the other reading Allowed would be Otherwise, its opposite. Points that change nothing are not listed.
type Uncertain struct {
	Key       UncertainKey
	Why       string
	Detected  bool // the reading taken is that of the plug-in that was seen, not just the usual one
	Otherwise bool
}

// UncertainKey names a point left open.
type UncertainKey = string

// The points left open.
const (
	UncertainHostNetworkSubject UncertainKey = "policy-host-network"     // do policies guard a pod on the host network?
	UncertainHostNetworkPeer    UncertainKey = "policy-host-peer"        // does a selector match a peer on the host network?
	UncertainIPBlock            UncertainKey = "policy-ip-block"         // does ipBlock match addresses of pods and nodes?
	UncertainICMP               UncertainKey = "policy-icmp"             // what becomes of protocols without ports?
	UncertainOwnNode            UncertainKey = "policy-own-node"         // may an isolated pod always send to its node?
	UncertainPlacement          UncertainKey = "policy-placement"        // does a pod run on its peer's node?
	UncertainAddress            UncertainKey = "policy-address"          // only the simulation gave the peer its address
	UncertainBeforeMasquerade   UncertainKey = "policy-masquerade"       // is the sender judged by its own address or the node's?
	UncertainSourceAddress      UncertainKey = "policy-source-address"   // an ipBlock splits the network of an unnamed machine
	UncertainHairpin            UncertainKey = "policy-hairpin"          // is a pod that calls itself through a service judged?
	UncertainNamedPort          UncertainKey = "policy-named-port"       // a name that several containers give to several ports
	UncertainNamespaceLabels    UncertainKey = "policy-namespace-labels" // a namespace that nobody wrote down: its labels are not known
	UncertainEndPort            UncertainKey = "policy-end-port"         // does the plug-in read endPort?
	UncertainKubeRouter         UncertainKey = "policy-kube-router"      // kube-router's own departures from the API
	UncertainAdmin              UncertainKey = "policy-admin"            // does the plug-in implement the tiers Admin and Baseline?
	UncertainPriority           UncertainKey = "policy-priority"         // policies of equal priority say different things
	UncertainDomain             UncertainKey = "policy-domain-names"     // which addresses a domain name stands for
	UncertainTogether           UncertainKey = "policy-readings"         // several of these points together
)

// Points lists the points left open that a trace can ask about in the other reading.
var Points = []UncertainKey{
	UncertainHostNetworkSubject, UncertainHostNetworkPeer, UncertainIPBlock, UncertainICMP, UncertainOwnNode, UncertainPlacement, UncertainAddress, UncertainBeforeMasquerade,
	UncertainHairpin, UncertainNamedPort, UncertainNamespaceLabels, UncertainEndPort, UncertainKubeRouter, UncertainAdmin, UncertainPriority, UncertainDomain,
	UncertainTogether,
}
