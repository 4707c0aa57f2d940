package policy

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// reading is one way to read what the API leaves to the plug-in.
type reading struct {
	blockInCluster bool // ipBlock matches addresses of pods and nodes
	hostPeer       bool // selectors match a peer on the host network
	hostSubject    bool // policies guard a pod on the host network
	ownNode        bool // a pod may always send to its own node
	elsewhere      bool // the pod is not where the simulation has placed it: on the peer's node, or not there
	anywhere       int  // the peer's address, which only the simulation gave: 1 outside of every range, 2 inside
	before         bool // the sender is judged by its address before masquerade
	tunnel         int  // another node is judged by an address of its own in the pod network: 1 the first of its range, 2 the next
	split          bool // an unnamed machine lies inside a range that splits its network
	unreadable     bool // what may not be read matches
	hairpin        bool // a pod is judged when it calls itself through a service
	everyName      bool // a port's name stands for every port that bears it, not just the first
	spaceLabels    int  // a namespace that nobody wrote down carries: 1 whatever is asked for, 2 what is asked not to be there
	looseNames     bool // kube-router, ovn-kubernetes: a name that is not resolved admits every port
	mainNames      bool // only containers that are no sidecars name ports
	initNames      bool // init containers that have ended name ports, too
	onePort        bool // endPort is not read
	sharedExcept   bool // kube-router: in one rule, the exceptions of one block hold for the others too
	noAdmin        bool // nothing implements the tiers Admin and Baseline
	anyDomain      bool // a domain name stands for the address, too
	rival          int  // of several policies of one priority that say different things, which decides
}

// usual is the reading most plug-ins share.
var usual = reading{blockInCluster: true, ownNode: true}

// selected are the policies that concern a subject in one direction; every reading of a question has the same.
type selected struct {
	admin, network, baseline []*guard
	blocks, pods, domains    bool // some of their rules go by addresses, by selectors, by domain names
	names, ends              bool // some name a port, some have an endPort
	ranges                   []netip.Prefix
}

func (s *selected) none() bool {
	return len(s.admin) == 0 && len(s.network) == 0 && len(s.baseline) == 0
}

// judge answers one question in one reading.
type judge struct {
	view *cluster.View
	book *Book
	q    Question
	r    reading
	s    *selected

	addr      netip.Addr // the address that ranges see
	inCluster bool       // it belongs to a pod or a node
	portPod   *cluster.Pod
	peer      *cluster.Pod // the pod that selectors see, nil for none
	hosts     []*cluster.Pod
	space     *spaceLabel // of peer, looked up when first asked for

	usedKind cluster.Kind // a kind that may not be read and that this reading took to match
}

// outcome is how a judge decides.
type outcome struct {
	allowed bool
	exempt  Exempt
	tier    Tier
	by      *guard // nil where no policy decided, or NetworkPolicies deny since none admits
	rule    int
	action  Action
	passed  *guard // of tier Admin, that passed the connection on; nil where none did
	split   bool   // policies of one priority say different things
}

func (b *Book) judge(q *Question, r reading, s *selected) judge {
	j := judge{view: b.view, book: b, q: *q, r: r, s: s, addr: q.Peer.Addr, inCluster: q.Peer.Pod != nil || q.Peer.Node != ""}
	if r.before && q.Peer.Before.IsValid() && q.Peer.Node == q.Pod.Node {
		j.useBefore()
	}
	if r.tunnel > 0 {
		j.useTunnel()
	}
	j.portPod = q.PortPod
	if j.portPod == nil && q.Direction == Ingress {
		j.portPod = q.Pod
	}
	if p := j.q.Peer.Pod; p != nil && !p.Shape.HostNetwork {
		j.peer = p
	}
	if r.hostPeer && j.peer == nil {
		j.onHost()
	}
	return j
}

// useBefore puts the sender's own address in the place of its node's.
func (j *judge) useBefore() {
	j.addr, j.inCluster, j.q.Peer.Node, j.q.Peer.Pod = j.q.Peer.Before.Unmap(), false, "", nil
	for _, p := range j.view.PodsWithAddr(j.addr) {
		if !p.Done() && !p.Shape.HostNetwork {
			j.q.Peer.Pod, j.inCluster = p, true
		}
	}
	if n := j.view.NodeWithAddr(j.addr); n != nil && j.q.Peer.Pod == nil {
		j.q.Peer.Node, j.inCluster = n.Name, true
	}
}

// onHost finds the pods that a plug-in which goes by addresses takes a node's address for.
func (j *judge) onHost() {
	if p := j.q.Peer.Pod; p != nil && p.Shape.HostNetwork {
		j.hosts = []*cluster.Pod{p}
	}
	for _, p := range j.view.PodsWithAddr(j.addr) {
		if !p.Done() && p.Shape.HostNetwork && !slices.Contains(j.hosts, p) {
			j.hosts = append(j.hosts, p)
		}
	}
}

// decide asks the tiers in their order: Admin, NetworkPolicy, Baseline, and then everything is open (network-policy-api
// apis/v1alpha2 ClusterNetworkPolicySpec.Tier).
func (j *judge) decide() outcome {
	if j.itself() && !j.r.hairpin {
		return outcome{allowed: true, exempt: ExemptLoopback, rule: -1}
	}
	onHost := j.q.Pod.Shape.HostNetwork
	if onHost && !j.r.hostSubject {
		return outcome{allowed: true, exempt: ExemptHostNetwork, rule: -1}
	}
	var passed *guard
	split := false
	if !j.r.noAdmin && !onHost {
		out, decided := j.tier(j.s.admin)
		if decided && out.action != Pass {
			return out
		}
		passed, split = out.by, out.split
	}
	out := j.network()
	if out.tier == "" && !j.r.noAdmin && !onHost {
		if base, decided := j.tier(j.s.baseline); decided && base.action != Pass {
			out = base
		}
	}
	out.passed, out.split = passed, out.split || split
	return out
}

func (j *judge) itself() bool { return samePod(j.q.Pod, j.q.Peer.Pod) }

// network is the tier of NetworkPolicy v1: those that select the subject make a final decision.
func (j *judge) network() outcome {
	if len(j.s.network) == 0 {
		return outcome{allowed: true, rule: -1}
	}
	if j.ownNode() {
		return outcome{allowed: true, exempt: ExemptOwnNode, tier: TierNetwork, rule: -1}
	}
	for _, g := range j.s.network {
		rules := g.side(j.q.Direction).rules
		for i := range rules {
			if j.matches(&rules[i]) {
				return outcome{allowed: true, tier: TierNetwork, by: g, rule: i, action: Allow}
			}
		}
	}
	return outcome{tier: TierNetwork, rule: -1}
}

// ownNode reports whether the peer is the subject's node. networking/v1 NetworkPolicySpec.Ingress excepts traffic from
// the pod's own node; kubernetes.io/docs/concepts/services-networking/network-policies extends that to traffic towards
// it.
func (j *judge) ownNode() bool {
	peer := j.peerNode()
	return j.q.Pod.Node != "" && peer != "" && (peer == j.q.Pod.Node) != j.r.elsewhere && (j.q.Direction == Ingress || j.r.ownNode)
}

// peerNode is the node that the peer is, itself or by a pod on its host network.
func (j *judge) peerNode() string {
	if p := j.q.Peer.Pod; p != nil {
		if p.Shape.HostNetwork {
			return p.Node
		}
		return ""
	}
	return j.q.Peer.Node
}

// tier asks the policies of tier Admin or Baseline: by priority, within a policy by the order of its rules, and the first
// that matches has the say. Every policy of the priority that decides may have it ("the implementation can apply any of
// the matching policies", ClusterNetworkPolicySpec.Priority): the reading's rival says which.
func (j *judge) tier(list []*guard) (out outcome, decided bool) {
	var found [3]outcome // what policies of the priority that decides say, each effect once
	n := 0
	for _, g := range list {
		if n > 0 && g.priority != found[0].by.priority {
			break
		}
		if one, ok := j.first(g); ok && !slices.ContainsFunc(found[:n], func(o outcome) bool { return sameEffect(o.action, one.action) }) {
			found[n] = one
			n++
		}
	}
	if n == 0 {
		return outcome{}, false
	}
	out = found[min(j.r.rival, n-1)]
	out.split = n > 1
	return out, true
}

// first is the first rule of a policy that applies.
func (j *judge) first(g *guard) (outcome, bool) {
	rules := g.side(j.q.Direction).rules
	for i := range rules {
		if action, ok := j.applies(&rules[i]); ok {
			return outcome{allowed: action.admits(), tier: g.tier, by: g, rule: i, action: action}, true
		}
	}
	return outcome{}, false
}

func sameEffect(a, b Action) bool { return a == b || a.admits() && b.admits() }

// applies reports whether a rule of the tiers Admin and Baseline applies, and what it does then: one that names something
// unknown fails closed.
func (j *judge) applies(r *rule) (Action, bool) {
	switch {
	case r.closed && r.action.admits():
		return "", false
	case r.closed:
		return Deny, true
	}
	return r.action, j.matches(r)
}

func (j *judge) matches(r *rule) bool {
	return (r.anyone || j.anyPeer(r)) && (len(r.ports) == 0 || j.anyPort(r))
}

func (j *judge) anyPeer(r *rule) bool {
	for i := range r.peers {
		if j.peerMatches(r, &r.peers[i]) {
			return true
		}
	}
	return false
}

func (j *judge) anyPort(r *rule) bool {
	for i := range r.ports {
		if j.portMatches(&r.ports[i]) {
			return true
		}
	}
	return false
}

func samePod(a, b *cluster.Pod) bool {
	return a != nil && b != nil && a.Namespace == b.Namespace && a.Name == b.Name && a.UID == b.UID
}

func protocolOr(p corev1.Protocol) corev1.Protocol {
	if p == "" {
		return corev1.ProtocolTCP
	}
	return p
}
