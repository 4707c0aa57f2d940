package reach

import (
	"bytes"
	"encoding/json"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// Schema names the form of the answer. It changes when a field changes its meaning or disappears.
const Schema = "kubestrata.io/reach/v1"

// Ask is the question, as the command line and the HTTP API take it. Exactly one of Target and Source is set.
type Ask struct {
	// Target of who-can-reach: pod/NAMESPACE/NAME, service/NAMESPACE/NAME (svc), deployment/NAMESPACE/NAME (likewise
	// statefulset, daemonset, replicaset, job), node/NAME, ingress/HOST[/PATH], gateway/HOST[/PATH] or ip/ADDRESS. The
	// namespace may be left out: Namespace is taken then.
	Target string `json:"target,omitempty"`
	// Source of reachable-from, as --from of a trace: pod/NAMESPACE/NAME, node/NAME, lan, internet, …
	Source string `json:"source,omitempty"`
	// Port is a number or the name of a port. Empty: the first port of a service, the first declared one of a pod, 80.
	// For reachable-from empty means the declared ports of each thing.
	Port      string            `json:"port,omitempty"`
	Protocol  string            `json:"protocol,omitempty"` // TCP where empty, UDP, SCTP
	Assume    map[string]string `json:"assume,omitempty"`   // as a trace takes them
	Namespace string            `json:"namespace,omitempty"`
}

// The directions of an Answer.
const (
	WhoCanReachTarget = "who-can-reach"
	ReachableFromHere = "reachable-from"
)

// Answer is the whole answer. Lists are never nil.
type Answer struct {
	Schema      string             `json:"schema"`
	Direction   string             `json:"direction"` // who-can-reach, reachable-from
	Subject     Subject            `json:"subject"`
	Source      trace.Source       `json:"source"` // where the objects came from, how old they are, what may not be read
	Summary     Summary            `json:"summary"`
	Groups      []Group            `json:"groups"` // pods, then services, nodes, hosts and networks; by namespace and name
	Assumptions []trace.Assumption `json:"assumptions"`

	traced int // how many pairs were traced for it
}

// Subject is what was asked about.
type Subject struct {
	Text      string      `json:"text"` // "Service shop/web port 80", "Pod shop/web-1"
	Ref       cluster.Ref `json:"ref"`
	Addresses []string    `json:"addresses"` // a workload has one for each kind of pod it has
	Port      int32       `json:"port"`      // 0 for reachable-from without a port
	Protocol  string      `json:"protocol"`
	// Policies are the policies that guard the subject: the in-gates of a target's pods, the out-gate of a source.
	Policies []cluster.Ref `json:"policies"`
}

// Summary counts pods (of all pods that run), and says of everything else how it stands.
type Summary struct {
	Pods     int    `json:"pods"`
	Allowed  int    `json:"allowed"`
	Denied   int    `json:"denied"`
	Partly   int    `json:"partly"`
	Fails    int    `json:"fails"`
	Unknown  int    `json:"unknown"`
	Sentence string `json:"sentence"`
}

// Verdict is how a group stands to the subject.
type Verdict string

// The verdicts.
const (
	Allowed Verdict = "allowed" // an answer comes back
	Denied  Verdict = "denied"  // a policy turns it away
	Partly  Verdict = "partly"  // some endpoints answer, others do not
	Fails   Verdict = "fails"   // no policy, but something else: no endpoint, no route, a closed port
	Unknown Verdict = "unknown" // a fact is missing, or it goes where nothing is described
)

// The kinds of groups.
const (
	OfPods     = "pods"
	OfServices = "services"
	OfNodes    = "nodes"
	OfHosts    = "hosts" // a machine of the surroundings, lan, internet
)

// Group is a set of sources (who-can-reach) or of targets (reachable-from) that stand alike.
type Group struct {
	Kind      string        `json:"kind"` // pods, services, nodes, hosts
	Namespace string        `json:"namespace"`
	Object    cluster.Ref   `json:"object"` // the workload of pods, or the pod itself; the service, node, host or network
	Labels    string        `json:"labels"` // of pods: the labels of the first
	Node      string        `json:"node"`   // of pods: where the node makes the difference
	Members   int           `json:"members"`
	Examples  []cluster.Ref `json:"examples"` // at most three
	Door      *Door         `json:"door"`     // of hosts: the way in that was tried
	Port      int32         `json:"port"`     // the port that was asked for
	Protocol  string        `json:"protocol"`

	Verdict   Verdict         `json:"verdict"`
	Certainty trace.Certainty `json:"certainty"`
	Class     trace.Class     `json:"class"`     // of the trace
	Reason    string          `json:"reason"`    // of the trace
	DecidedBy *cluster.Ref    `json:"decidedBy"` // the policy or other object that decided for this group
	Sentence  string          `json:"sentence"`
	Flips     []string        `json:"flips"` // keys of assumptions whose other value changes the class
	Trace     Pair            `json:"trace"`
}

// Pair is the question whose trace explains one pair of the group; any other member may stand in From (or in Command,
// for reachable-from).
type Pair struct {
	From    string            `json:"from"`
	Via     string            `json:"via,omitempty"`
	Command string            `json:"command"`
	Assume  map[string]string `json:"assume,omitempty"`
	Line    string            `json:"line"` // the same as a command line: kubestrata trace --from … -- …
}

// Door is a way into the cluster.
type Door struct {
	Kind    string      `json:"kind"` // node-port, load-balancer, external-ip, ingress, gateway, host-port, address
	Object  cluster.Ref `json:"object"`
	Address string      `json:"address"`
	Port    int32       `json:"port"`
}

// JSON writes the answer as the HTTP API and -o json do: two-space indent, no HTML escaping, final newline.
func (a *Answer) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(a); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Error says what is wrong with a question: exit 2 of the command line, 400 of the HTTP API.
type Error struct {
	Field   string `json:"field"` // target, source, port, protocol or assume
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Field + ": " + e.Message }
