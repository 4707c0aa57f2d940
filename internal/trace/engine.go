package trace

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// engine walks one request through one View. It is used once.
type engine struct {
	view  *cluster.View
	facts *facts.Facts
	req   *command.Request
	ask   Ask
	from  origin

	service  service.Config
	boundary boundary.Config
	dns      *dns.Config

	used  map[string]bool       // fact keys that the walk depended on
	extra map[string]Assumption // assumptions that are no fact keys (entry-node …)
	maybe map[string]bool       // fact keys that may matter: found out by asking again

	otherwise string                      // what gateways or ingress controllers are taken to do the other way
	routed    map[string]gateway.Decision // what gateways do with requests, by gateways, port and request

	gates     *policy.Book // what the policies say, remembered over all the ways to ask again
	distrusts bool         // the client does not trust a certificate that nothing shows
	nested    int          // connections that are open one behind the other
	callsFail bool         // processes answer with an error where a call of their own fails
	calling   int          // how deep in such calls this is
	grouping  bool         // entry nodes that nothing tells apart are walked once, however few their courses
	quiet     bool         // no steps are wanted: only how the courses end
	// turned is a point that the API leaves open and that this walk takes in its other reading.
	turned policy.UncertainKey

	plan *forwardPlan // what kubectl port-forward resolved, nil before it is asked

	sockets map[netip.AddrPort]string // addresses as they are written, each once

	lookup *Lookup
	steps  int // safety net against endless walks
}

// maxSteps bounds one walk. A request that any of very many nodes may take in, each with very many endpoints to choose
// from, has more courses than can be listed: it is said not to be modelled.
const maxSteps = 100_000

func (e *engine) tooMany() bool {
	if e.grouping {
		return e.steps > 4*maxSteps
	}
	return e.steps > maxSteps
}

// clientPort is the port from which the first connection is opened; later ones count up.
const clientPort = 40312

func newEngine(view *cluster.View, ask Ask, req *command.Request, from origin, given map[string]string) (*engine, error) {
	r := ask.runner
	if r == nil || view != r.view && view != r.walked {
		r = NewRunner(view) // a View with a pod of its own in it
	}
	view = r.walked
	p, err := r.prepare(given)
	if err != nil {
		return nil, err
	}
	f := p.facts
	e := &engine{
		view: view, facts: f, req: req, ask: ask, from: from, service: p.service, dns: p.dns,
		used: map[string]bool{}, extra: map[string]Assumption{}, maybe: map[string]bool{}, gates: r.gates,
	}
	e.boundary = boundary.Config{
		PodNetwork: boundary.PodNetwork(f.Value(facts.KeyPodNetwork)),
		Given:      f.Get(facts.KeyPodNetwork).Source != facts.Default,
		Protocol:   corev1.Protocol(req.Protocol),
		Via:        strings.TrimPrefix(ask.Via, "node/"),
	}
	e.grouping = ask.grouping
	e.boundary.NoKubeProxy = p.noKubeProxy
	return e, nil
}

// serviceConfig turns facts into the configuration of kube-proxy.
func serviceConfig(view *cluster.View, f *facts.Facts) service.Config {
	c := service.DefaultConfig()
	c.Mode = service.Mode(f.Value(facts.KeyProxyMode))
	c.Detector = service.DetectClusterCIDR
	c.ClusterCIDRs = f.Prefixes(facts.KeyClusterCIDR)
	if f.Value(facts.KeyClusterCIDR) == facts.None {
		c.Detector = service.DetectNone
	}
	if source := f.Get(facts.KeyClusterCIDR).Source; source != facts.Given {
		switch mode, _ := facts.LocalDetector(view); mode {
		case "NodeCIDR":
			c.Detector = service.DetectNodeCIDR
		case "BridgeInterface", "InterfaceNamePrefix":
			c.Detector = service.DetectInterface
		}
	}
	c.MasqueradeAll = f.Bool(facts.KeyMasqueradeAll)
	c.LocalhostNodePorts = f.Bool(facts.KeyLocalhostNodePorts)
	c.ServiceCIDRs = f.Prefixes(facts.KeyServiceCIDR)
	c.HasServiceCIDRObjects = len(view.ServiceCIDRs()) > 0
	switch value := f.Value(facts.KeyNodePortAddresses); {
	case value == facts.Primary:
		c.NodePortAddresses = service.NodePortAddresses{Primary: true}
	case value == "" || value == "0.0.0.0/0,::/0":
		c.NodePortAddresses = service.NodePortAddresses{CIDRs: []netip.Prefix{
			netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"),
		}}
	default:
		c.NodePortAddresses = service.NodePortAddresses{CIDRs: f.Prefixes(facts.KeyNodePortAddresses)}
	}
	if source := f.Get(facts.KeyNodePortAddresses).Source; source != facts.Given && !facts.NodePortAddressesShown(view) {
		c.NodePortAddresses = service.NodePortAddresses{Default: true}
	}
	return c
}

// uses notes that the walk depends on a fact and says how certain a step is that rests on it.
func (e *engine) uses(keys ...string) Certainty {
	c := Certain
	for _, key := range keys {
		if key == "" {
			continue
		}
		if !slices.Contains(facts.Keys, key) {
			e.assume(key, "", facts.Default, nil)
			c = Assumed
			continue
		}
		e.used[key] = true
		// What the objects show is certain; what a person says or what is merely usual holds if it holds.
		if e.facts.Get(key).Source != facts.Detected {
			c = Assumed
		}
	}
	return c
}

// assume notes an assumption that is no fact key.
func (e *engine) assume(key, value, source string, evidence *cluster.Evidence) {
	if a, have := e.extra[key]; have && a.Value != "" {
		return
	}
	e.extra[key] = Assumption{Key: key, Value: value, Source: source, Evidence: evidence}
}

// assumeFlip notes an assumption whose other value would change the class.
func (e *engine) assumeFlip(key, value, source string) {
	e.assume(key, value, source, nil)
	a := e.extra[key]
	a.WouldFlip = true
	e.extra[key] = a
}

// at is a step under construction: what a packet meets at a place.
type at struct {
	kind      StepKind
	ref       cluster.Ref
	about     *cluster.Ref
	layer     surroundings.Layer
	direction Direction
	sentence  string
	title     string
	rule      *Rule
	compared  []Comparison
	tried     []Tried
	certainty Certainty
	evidence  []cluster.Evidence
	noPacket  bool
}

// add writes a step: before is the packet as it came, the branch holds it as it leaves.
func (e *engine) add(b *branch, before *Header, s at) {
	if e.skips(b, s.certainty) {
		return
	}
	e.steps++
	if s.direction == "" {
		s.direction = OfRequest
	}
	if s.certainty == "" {
		s.certainty = Certain
	}
	step := &Step{
		Kind: s.kind, Leg: b.leg, Direction: s.direction, Layer: string(s.layer), At: s.ref, About: s.about,
		Title: s.title, Sentence: s.sentence, Rule: s.rule, Compared: s.compared, Tried: s.tried,
		Certainty: s.certainty, Evidence: mergeEvidence(s.evidence),
	}
	if step.Title == "" {
		step.Title = titleOf(s.kind)
	}
	step.Title = shorten(step.Title, maxTitle)
	if !s.noPacket {
		after := e.header(b)
		if before == nil {
			before = after
		}
		step.Before, step.After = before, after
	}
	step.Changed = changes(step.Before, step.After)
	if step.Compared == nil {
		step.Compared = []Comparison{}
	}
	if step.Tried == nil {
		step.Tried = []Tried{}
	}
	b.certainty = worse(b.certainty, s.certainty)
	b.last = &link{step, b.last}
}

func nodeRef(name string) cluster.Ref {
	if name == "" {
		return cluster.Ref{Kind: cluster.KindNetwork, Name: string(surroundings.LayerPod)}
	}
	return cluster.Ref{Kind: cluster.KindNode, Name: name}
}

func networkRef(l surroundings.Layer) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindNetwork, Name: string(l)}
}

// nodeAddr is the address that a node sends from, of the family of like.
func (e *engine) nodeAddr(name string, like netip.Addr) netip.Addr {
	n := e.view.Node(name)
	if n == nil {
		return netip.Addr{}
	}
	for _, a := range cluster.NodeAddrs(n) {
		if a.Is4() == like.Is4() {
			return a
		}
	}
	return netip.Addr{}
}
