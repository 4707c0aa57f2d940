package picture

import (
	"slices"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// Picture is what of a View is shown. One goroutine keeps it up to date.
type Picture struct {
	view  *cluster.View
	about About

	cards      cards
	nodeNames  dictionary
	serviceIDs dictionary
	classes    classes
	pods       pods
	endpoints  endpoints
	namespaces map[string]int // what is in each namespace that gives it a card
	outside    []string       // ids of the cards that come from surroundings and load balancers
	facts      *facts.Facts
	enforced   policy.Enforcement
	pending    map[cluster.Key]string // why a load balancer has no address
	marks      map[cluster.Key]serviceMark
	roles      map[uint32]string // classes whose pods are ingress controllers or carry gateways
	fronts     map[string]bool   // namespaces where proxies of gateways run
	routes     map[string]string // the cards of gateways and routes, with their namespaces
	book       *policy.Book      // of the view, opened when gates are asked for
	status     wire.Status       // as it was sent last
	stale      bool              // the status has moved on since
	due        due
}

// About is what the status says beyond the View: the caller has the clock and the source.
type About struct {
	Now       time.Time
	LastData  time.Time
	Paused    bool
	CanPause  bool
	Life      string // what lives in a world: "a pod is replaced every 20 s"
	ReadyFrom string
	ReadyAsk  string
}

// due collects what an update must build anew.
type due struct {
	nodes       map[string]bool
	allNodes    bool
	services    map[cluster.Key]bool
	ingresses   bool
	policies    bool
	gates       map[string]bool // namespaces whose classes may have other gates
	allGates    bool
	gateways    bool
	outside     bool
	bands       bool
	facts       bool
	controllers bool
}

func newDue() due {
	return due{nodes: map[string]bool{}, services: map[cluster.Key]bool{}, gates: map[string]bool{}}
}

// Delta is what an update changed, as slots. What is listed may be new, different or gone; a slot may be listed twice.
// It is valid until the next update.
type Delta struct {
	Cards          []uint32
	Pods           []uint32
	PodStates      []uint32 // only the state differs
	Endpoints      []uint32
	EndpointStates []uint32
}

// Empty reports whether nothing differs.
func (d *Delta) Empty() bool {
	return len(d.Cards)+len(d.Pods)+len(d.PodStates)+len(d.Endpoints)+len(d.EndpointStates) == 0
}

// New makes the whole picture of a View.
func New(view *cluster.View, about About) *Picture {
	p := &Picture{
		cards:     cards{byID: map[string]uint32{}},
		nodeNames: newDictionary(SectionNodeNames), serviceIDs: newDictionary(SectionServiceIDs),
		classes:    newClasses(),
		pods:       pods{extras: map[uint32]wire.PodExtra{}, onNode: map[string]map[uint32]bool{}},
		endpoints:  endpoints{services: map[cluster.Key]map[target]uint32{}, byPod: map[cluster.Key][]uint32{}},
		namespaces: map[string]int{}, pending: map[cluster.Key]string{}, marks: map[cluster.Key]serviceMark{}, roles: map[uint32]string{}, fronts: map[string]bool{}, due: newDue(),
	}
	p.Update(view, everything(view), about)
	return p
}

// everything is the change from nothing to a View.
func everything(view *cluster.View) cluster.Change {
	c := cluster.Change{Revision: view.Revision(), At: view.AsOf(), Surroundings: true, Status: true}
	for pod := range view.Pods() {
		c.Pods = append(c.Pods, pod.Slot)
	}
	for _, r := range cluster.Resources {
		if r.Kind == cluster.KindPod || r.Kind == cluster.KindEndpointSlice {
			continue
		}
		for _, o := range view.List(r.Kind) {
			c.Objects = append(c.Objects, cluster.Ref{Kind: r.Kind, Namespace: o.GetNamespace(), Name: o.GetName()})
		}
	}
	seen := map[cluster.Key]bool{}
	for s := range view.AllSlices() {
		key := cluster.Key{Namespace: s.Namespace, Name: s.Service}
		if !seen[key] {
			seen[key] = true
			c.Endpoints = append(c.Endpoints, key)
		}
	}
	return c
}

// Update brings the picture from the View it had to a later one; change is all that differs between the two (several
// revisions' changes may be put together).
func (p *Picture) Update(view *cluster.View, change cluster.Change, about About) Delta {
	first := p.view == nil
	p.view, p.about, p.book = view, about, nil
	p.cards.changed = p.cards.changed[:0]
	p.pods.changed, p.pods.states = p.pods.changed[:0], p.pods.states[:0]
	p.endpoints.changed, p.endpoints.states = p.endpoints.changed[:0], p.endpoints.states[:0]
	p.due = newDue()
	p.due.outside = change.Surroundings || first
	p.due.bands = change.Surroundings || first
	p.due.gateways = change.Surroundings
	p.due.facts = first || change.Surroundings || change.Status

	for _, slot := range change.Pods {
		before := p.podKey(slot)
		p.updatePod(slot)
		after := p.podKey(slot)
		if before.Name != "" && before != after {
			p.relinkEndpoints(before)
		}
		if after.Name != "" && before != after {
			p.relinkEndpoints(after)
		}
	}
	for _, ref := range change.Objects {
		p.noteObject(ref)
	}
	for _, key := range change.Endpoints {
		p.updateEndpoints(key)
	}
	p.settle()
	p.putStatus()
	return Delta{p.cards.changed, p.pods.changed, p.pods.states, p.endpoints.changed, p.endpoints.states}
}

// Stale reports whether the status has moved on since it was sent: counts that change all the time are not sent with
// every change. Refresh sends it.
func (p *Picture) Stale() bool { return p.stale }

// Refresh renews the status alone, when only time has passed.
func (p *Picture) Refresh(about About) Delta {
	return p.Update(p.view, cluster.Change{}, about)
}

// podKey is the namespace and name of the pod that the picture has in a slot.
func (p *Picture) podKey(slot uint32) cluster.Key {
	row, ok := p.PodRow(slot)
	if !ok {
		return cluster.Key{}
	}
	c := p.classes.byID[row.Class]
	name := row.Name
	if row.State&wire.PodNameHasOwner != 0 {
		name = c.owner.Name + "-" + name
	}
	return cluster.Key{Namespace: c.key.namespace, Name: name}
}

// noteObject says what depends on an object that changed. The dependencies of the cards stand here and nowhere else.
func (p *Picture) noteObject(ref cluster.Ref) {
	key := cluster.Key{Namespace: ref.Namespace, Name: ref.Name}
	switch ref.Kind {
	case cluster.KindNamespace:
		p.putNamespace(ref.Name)
		// Its labels may be what policies and listeners select by.
		p.due.gateways = true
		if slices.ContainsFunc(adminKinds, func(k cluster.Kind) bool { return p.view.Count(k) > 0 }) {
			p.due.gates[ref.Name] = true
		}
	case cluster.KindNode:
		// A host of the surroundings may add to it, and a load balancer may answer on it.
		p.due.nodes[ref.Name] = true
		p.due.bands, p.due.facts, p.due.outside = true, true, true
	case cluster.KindService:
		p.noteService(key)
	case cluster.KindIngress:
		p.due.ingresses = true
		p.noteIngress(key)
	case cluster.KindIngressClass:
		p.due.ingresses, p.due.controllers = true, true
	case cluster.KindNetworkPolicy:
		p.notePolicy(key)
		p.due.gates[ref.Namespace] = true
	case cluster.KindAdminNetworkPolicy, cluster.KindBaselineAdminNetworkPolicy, cluster.KindClusterNetworkPolicy:
		p.putAdminPolicy(ref)
		p.due.allGates = true
	case cluster.KindGateway, cluster.KindGatewayClass, cluster.KindHTTPRoute, cluster.KindGRPCRoute, cluster.KindReferenceGrant:
		p.due.gateways = true
	case cluster.KindServiceCIDR:
		p.due.bands, p.due.facts = true, true
	case cluster.KindConfigMap, cluster.KindCRD:
		p.due.facts, p.due.bands, p.due.allNodes = true, true, true
	case cluster.KindDaemonSet, cluster.KindDeployment:
		p.due.facts, p.due.controllers, p.due.outside = true, true, true
	}
}

// settle builds what is due, what others depend on first.
func (p *Picture) settle() {
	if p.due.facts {
		p.detect()
	}
	if p.due.outside {
		p.putOutside()
	}
	if p.due.bands {
		p.putBands()
	}
	for key := range p.due.services {
		p.putService(key)
	}
	if p.due.allNodes {
		for _, n := range p.view.Nodes() {
			p.due.nodes[n.Name] = true
		}
	}
	for name := range p.due.nodes {
		p.putNode(name)
	}
	if p.due.policies {
		for _, np := range p.view.NetworkPolicies() {
			p.putPolicy(cluster.Key{Namespace: np.Namespace, Name: np.Name})
		}
		for _, kind := range adminKinds {
			for _, o := range p.view.List(kind) {
				p.putAdminPolicy(cluster.Ref{Kind: kind, Name: o.GetName()})
			}
		}
	}
	if p.due.allGates {
		for namespace := range p.classes.byNamespace {
			p.due.gates[namespace] = true
		}
	}
	for namespace := range p.due.gates {
		for c := range p.classes.byNamespace[namespace] {
			p.gates(c)
			p.putClass(c)
		}
	}
	if p.due.controllers || p.due.gateways {
		p.markControllers()
	}
	if p.due.gateways {
		p.putGateways()
	}
	if p.due.ingresses {
		p.putIngresses()
	}
}

// markControllers gives the classes of ingress controllers, and of the proxies of gateways, their role.
func (p *Picture) markControllers() {
	roles := map[uint32]string{}
	give := func(pods []*cluster.Pod, role string) {
		for _, pod := range pods {
			if row, ok := p.PodRow(pod.Slot); ok {
				roles[row.Class] = role
			}
		}
	}
	switch {
	case !p.due.gateways: // who carries gateways is as it was: a pod that comes up says so (noteFront)
		for classID, role := range p.roles {
			if role == RoleGateway && p.classes.byID[classID] != nil {
				roles[classID] = role
			}
		}
	case p.view.Count(cluster.KindGateway) > 0:
		for _, g := range gateway.Read(p.view).All() {
			give(g.Proxies(), RoleGateway)
		}
	}
	for _, c := range ingress.Controllers(p.view) {
		give(c.Pods, RoleIngressController)
	}
	mark := func(classID uint32, role string) {
		if c := p.classes.byID[classID]; c != nil && c.role != role && c.role != RoleDNS {
			c.role = role
			p.putClass(c)
		}
	}
	for classID := range p.roles {
		if roles[classID] == "" {
			mark(classID, "")
		}
	}
	for classID, role := range roles {
		mark(classID, role)
	}
	p.roles = roles
	p.due.ingresses = true
}

// Card is the card in a slot; its ID is empty where the slot is free.
func (p *Picture) Card(slot uint32) *Card { return &p.cards.list[slot] }

// CardSlots is the number of slots that were ever used.
func (p *Picture) CardSlots() uint32 { return uint32(len(p.cards.list)) }

// Forget frees the marks of the oldest cards that are gone, so that keep remain, and reports how many were freed. A
// browser whose picture is older cannot be brought up to date afterwards.
func (p *Picture) Forget(keep int) int { return p.cards.forget(keep) }
