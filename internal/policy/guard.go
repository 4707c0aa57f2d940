package policy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Tier is where in the order of evaluation a policy stands (network-policy-api apis/v1alpha2 ClusterNetworkPolicySpec.Tier).
type Tier string

// The tiers, in the order in which they are asked.
const (
	TierAdmin    Tier = "Admin"         // AdminNetworkPolicy, ClusterNetworkPolicy of tier Admin
	TierNetwork  Tier = "NetworkPolicy" // NetworkPolicy v1
	TierBaseline Tier = "Baseline"      // BaselineAdminNetworkPolicy, ClusterNetworkPolicy of tier Baseline
)

// Action is what a rule does with what it matches. Rules of NetworkPolicy v1 allow.
type Action string

// The actions. v1alpha1 writes Allow, v1alpha2 Accept; they are the same.
const (
	Allow  Action = "Allow"
	Accept Action = "Accept"
	Deny   Action = "Deny"
	Pass   Action = "Pass"
)

// admits reports whether an action lets a connection through.
func (a Action) admits() bool { return a == Allow || a == Accept }

// guard is one policy of any kind, made ready for asking. Guards are made once for each revision of their kind, shared
// and never changed.
type guard struct {
	ref      cluster.Ref
	version  string
	tier     Tier
	priority int32 // of the tiers Admin and Baseline
	subject  subject
	sides    [2]side // ingress, egress
}

// side is one direction of a guard.
type side struct {
	applies bool // the policy isolates (NetworkPolicy) or has rules (the others) for this direction
	rules   []rule
	blocks  bool // some rule names addresses
	names   bool // some rule names a port
	ends    bool // some rule has an endPort
	pods    bool // some rule selects pods
	domains bool
}

// subject is whom a policy is about. Of a NetworkPolicy it is pods of its namespace.
type subject struct {
	namespace string    // of NetworkPolicy
	spaces    *selector // of the others
	pods      *selector // nil for all pods
	nobody    bool      // none of the fields that are known is set
	words     string    // as kubectl prints selectors; empty for everybody
}

// rule is one ingress or egress rule of any kind of policy.
type rule struct {
	name   string
	action Action
	peers  []peer // none: everybody (NetworkPolicy)
	ports  []port // none: every port of every protocol
	// closed says that a peer or port names nothing that is known: an Accept rule then matches nothing, a Deny or Pass
	// rule denies everything (network-policy-api ClusterNetworkPolicyEgressPeer, "fail closed").
	closed bool
	anyone bool // no list of peers at all
}

// peerKind says what a peer goes by.
type peerKind int

const (
	byNothing peerKind = iota // an entry that names nothing
	bySelector
	byBlock
	byNetworks
	byNodes
	byDomains
)

// peer is one entry of from or to.
type peer struct {
	kind      peerKind
	namespace string    // of a podSelector alone: the policy's own
	spaces    *selector // nil where namespace is set
	pods      *selector // nil for all pods
	nodes     *selector
	cidrs     []netip.Prefix // ipBlock: one; networks: any
	except    []netip.Prefix
	bad       bool // the CIDR is none
	domains   []string
	text      string // of an ipBlock, as written
}

// port is one entry of ports or protocols.
type port struct {
	protocol    corev1.Protocol // empty: any (a named port of v1alpha2)
	any         bool            // every port of the protocol
	first, last int32
	ends        bool // by endPort of NetworkPolicy
	name        string
	nothing     bool // an entry that names nothing
}

// selector is a label selector, made ready for asking.
type selector struct {
	labels      []cluster.Label
	expressions []metav1.LabelSelectorRequirement
}

func compile(s *metav1.LabelSelector) *selector {
	if s == nil {
		return nil
	}
	out := &selector{expressions: s.MatchExpressions}
	for _, k := range sortedKeys(s.MatchLabels) {
		out.labels = append(out.labels, cluster.Label{Key: k, Value: s.MatchLabels[k]})
	}
	return out
}

// matches reports whether a selector matches a label set. An expression that the API server would refuse (unknown
// operator, In without values) matches nothing. The nil selector matches everything.
func (s *selector) matches(have *cluster.Labels) bool {
	if s == nil {
		return true
	}
	for i := range s.labels {
		if got, ok := have.Lookup(s.labels[i].Key); !ok || got != s.labels[i].Value {
			return false
		}
	}
	for i := range s.expressions {
		if !holds(&s.expressions[i], have) {
			return false
		}
	}
	return true
}

// reads reports whether a selector asks for any label but one.
func (s *selector) reads(except string) bool {
	if s == nil {
		return false
	}
	return slices.ContainsFunc(s.labels, func(l cluster.Label) bool { return l.Key != except }) ||
		slices.ContainsFunc(s.expressions, func(x metav1.LabelSelectorRequirement) bool { return x.Key != except })
}

// handle is a label that whatever the selector matches must carry, by which an index can find it.
func (s *selector) handle() (cluster.Label, bool) {
	if s == nil {
		return cluster.Label{}, false
	}
	if len(s.labels) > 0 {
		return s.labels[len(s.labels)-1], true
	}
	for _, x := range s.expressions {
		if x.Operator == metav1.LabelSelectorOpIn && len(x.Values) == 1 {
			return cluster.Label{Key: x.Key, Value: x.Values[0]}, true
		}
	}
	return cluster.Label{}, false
}

// index of a direction in guard.sides.
func (d Direction) index() int {
	if d == Egress {
		return 1
	}
	return 0
}

func (g *guard) side(d Direction) *side { return &g.sides[d.index()] }

// compareGuards is the order in which guards of one tier are asked. Within NetworkPolicy the order never matters for the
// answer, only for which of several matching policies is named.
func compareGuards(a, b *guard) int {
	return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.ref.Name, b.ref.Name), cmp.Compare(a.ref.Kind, b.ref.Kind))
}

// parseCIDR reads a CIDR as the API server does, which lets old objects have zeros in front of the numbers of an IPv4
// address (k8s.io/utils/net ParseCIDRSloppy).
func parseCIDR(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		addr, bits, ok := strings.Cut(text, "/")
		if !ok || strings.Contains(addr, ":") {
			return netip.Prefix{}, false
		}
		parts := strings.Split(addr, ".")
		for i, part := range parts {
			parts[i] = cmp.Or(strings.TrimLeft(part, "0"), "0")
		}
		if p, err = netip.ParsePrefix(strings.Join(parts, ".") + "/" + bits); err != nil {
			return netip.Prefix{}, false
		}
	}
	return p.Masked(), true
}

func compileCIDRs(texts []string) (list []netip.Prefix, bad bool) {
	for _, text := range texts {
		p, ok := parseCIDR(text)
		if !ok {
			bad = true
			continue
		}
		list = append(list, p)
	}
	return list, bad
}
