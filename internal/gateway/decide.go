package gateway

import (
	"cmp"
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Opens says whether a proxy that carries the gateways listens on a port of its listeners: named reports that some
// listener names the port at all, serving that at least one of those serves.
func Opens(gateways []*Gateway, port int32) (named, serving bool) {
	for _, l := range listenersOn(gateways, port) {
		named = true
		serving = serving || l.Serves
	}
	return named, serving
}

func listenersOn(gateways []*Gateway, port int32) []*Listener {
	var out []*Listener
	for _, g := range gateways {
		for _, l := range g.Listeners {
			if l.Spec.Port == port && l.tcp() {
				out = append(out, l)
			}
		}
	}
	return out
}

// TakesDatagrams is the gateway that has a UDP listener on a port, nil if none has.
func TakesDatagrams(gateways []*Gateway, port int32) *Gateway {
	for _, g := range gateways {
		if slices.ContainsFunc(g.Listeners, func(l *Listener) bool { return !l.tcp() && l.Spec.Port == port && l.Serves }) {
			return g
		}
	}
	return nil
}

// Accepted reports whether a controller says that it has accepted a listener on a port.
func Accepted(gateways []*Gateway, port int32) bool {
	return slices.ContainsFunc(listenersOn(gateways, port), func(l *Listener) bool { return l.accepted })
}

// PodPorts reports whether listeners of the gateways name the port that pods listen on, rather than their service's.
func PodPorts(gateways []*Gateway) bool {
	return slices.ContainsFunc(gateways, func(g *Gateway) bool { return g.podPorts })
}

// decider is one request while it is decided.
type decider struct {
	*Set
	gateways []*Gateway
	port     int32
	a        *asked
	d        Decision
	attached *attachments
}

// Decide says what the proxy of some gateways does with a request that came in on a listener's port. Nothing in the API
// shows how an implementation really behaves: all that is decided here holds if it follows the specification.
func (s *Set) Decide(gateways []*Gateway, port int32, req Request) Decision {
	x := &decider{Set: s, gateways: gateways, port: port, a: newAsked(req)}
	x.d = Decision{Action: Respond, Status: 404, Reason: "l7.no-match", Rule: -1, Match: -1, Gateway: gateways[0].Ref()}
	for _, g := range gateways {
		x.d.evidence(cluster.KindGateway, g.Object, "spec.listeners", "status")
		if g.Class != nil {
			x.d.evidence(cluster.KindGatewayClass, g.Class, "spec.controllerName", "status")
		}
	}
	x.d.Assumptions = append(x.d.Assumptions, Assumption{Key: "gateway-controller", Value: words.Say("gateway.fact.follows", cmp.Or(gateways[0].Controller, words.Say("gateway.some-controller"))), Source: "detected"})
	x.connection()
	return x.d
}

func (x *decider) unread(kind cluster.Kind) {
	x.d.Action, x.d.Unreadable = Unknown, kind
}

func (x *decider) notModelled(what, why string) {
	x.d.Action, x.d.NotModelled, x.d.Why = Unknown, what, why
}

// connection finds the listener that takes the connection.
func (x *decider) connection() {
	for _, g := range x.gateways {
		if g.Class == nil && !g.settled() && !x.view.Readable(cluster.KindGatewayClass, "") {
			x.unread(cluster.KindGatewayClass)
			return
		}
	}
	all := listenersOn(x.gateways, x.port)
	x.unsettled()
	var list []*Listener
	for _, l := range all {
		if l.Differs != "" {
			x.d.Notes = append(x.d.Notes, Note{l.Gateway.Ref(), words.Say("gateway.fact.conditions-count", l.Differs)})
		}
		if l.Doubt != "" {
			x.d.assume(l.Doubt, l.Why, true)
		}
		if l.Serves {
			list = append(list, l)
			continue
		}
		x.d.Notes = append(x.d.Notes, Note{l.Gateway.Ref(), l.Why})
	}
	x.duplicates(list)
	if len(list) == 0 {
		x.d.Action, x.d.Reason, x.d.Status = Closed, "pod.port-closed", 0
		x.d.Why = words.Say("gateway.no-listener-port", x.port)
		if len(all) > 0 {
			x.d.Gateway, x.d.Listener, x.d.Why = all[0].Gateway.Ref(), all[0].Name(), all[0].Why
		}
		if x.listenerSets() {
			x.notModelled("ListenerSet", words.Say("gateway.fact.listener-sets"))
		}
		return
	}
	for _, l := range list {
		if l.Spec.Protocol == gatewayv1.TCPProtocolType {
			x.notModelled("TCPRoute", words.Say("gateway.fact.tcp", l.Name()))
			return
		}
	}
	if x.listenerSets() {
		x.notModelled("ListenerSet", words.Say("gateway.fact.listener-sets"))
		return
	}
	secure := list[0].secure()
	switch {
	case !list[0].routed() && !list[0].secure():
		x.notModelled("listener-protocol", words.Say("gateway.listener-protocol", list[0].Name(), list[0].Spec.Protocol))
	case x.a.TLS && !secure:
		x.take(list[0])
		x.d.Action, x.d.Reason, x.d.Status, x.d.Why = Abort, "tls.plain-to-tls", 0, words.Say("gateway.listener-http", list[0].Name(), x.port)
	case !x.a.TLS && secure:
		x.take(list[0])
		x.d.Action, x.d.Reason, x.d.Status, x.d.Why = Respond, "tls.plain-to-tls", 400, words.Say("gateway.listener-tls", list[0].Name(), x.port)
		if list[0].Gateway.envoy {
			x.d.Action, x.d.Status = Abort, 0 // no filter chain of Envoy's takes it
		}
		x.d.assume("plain-to-tls", words.Say("gateway.fact.turns-away"), true)
	case secure:
		x.session(list)
	default:
		x.request(list, pick(list, x.a.host))
	}
}

// unsettled notes gateways of which nothing shows that a controller took them over.
func (x *decider) unsettled() {
	for _, g := range x.gateways {
		if g.Class == nil && !g.settled() {
			x.d.assume("gateway-class", words.Say("gateway.fact.class-controller", g.Object.Spec.GatewayClassName), true)
		}
		if v, c := condition(g.Object.Status.Conditions, string(gatewayv1.GatewayConditionProgrammed), g.Object.Generation); v == no {
			x.d.Notes = append(x.d.Notes, Note{g.Ref(), words.Say("gateway.not-programmed", c.Reason)})
			x.d.assume("gateway-programmed", words.Say("gateway.fact.programmed"), true)
		}
	}
}

func (x *decider) take(l *Listener) {
	x.d.Gateway, x.d.Listener = l.Gateway.Ref(), l.Name()
}

// duplicates notes listeners of different gateways on one proxy that are not distinct. Within a gateway none of them
// would serve; between gateways implementations put their routes together.
func (x *decider) duplicates(list []*Listener) {
	for i, l := range list {
		for _, o := range list[:i] {
			if o.Gateway != l.Gateway && o.Spec.Protocol == l.Spec.Protocol && o.Host == l.Host {
				x.d.assume("merged-gateways", words.Say("gateway.fact.put-together", o.Gateway.Object.Name, l.Gateway.Object.Name), true)
			}
		}
	}
}

// listenerSets reports whether listeners that are not read may take the connection.
func (x *decider) listenerSets() bool {
	if !slices.ContainsFunc(x.gateways, func(g *Gateway) bool {
		allowed := g.Object.Spec.AllowedListeners
		if allowed == nil || allowed.Namespaces == nil || value(allowed.Namespaces.From, gatewayv1.NamespacesFromNone) == gatewayv1.NamespacesFromNone {
			return false
		}
		return g.Object.Status.AttachedListenerSets == nil || *g.Object.Status.AttachedListenerSets != 0 || !g.settled()
	}) {
		return false
	}
	return x.installed("listenersets.gateway.networking.k8s.io")
}

// installed reports whether a custom kind may exist. Where no definition at all is known, nothing is known about it.
func (x *decider) installed(crd string) bool {
	return x.view.Count(cluster.KindCRD) == 0 || x.view.Get(cluster.KindCRD, "", crd) != nil
}

// request routes an HTTP request that a listener has taken, nil if none has its host.
func (x *decider) request(list []*Listener, l *Listener) {
	for _, kind := range []cluster.Kind{cluster.KindHTTPRoute, cluster.KindGRPCRoute} {
		if !x.view.Readable(kind, "") {
			x.unread(kind)
			return
		}
	}
	if l != nil {
		x.take(l)
	}
	candidates, loose := x.candidates(list, l)
	if x.d.Action == Unknown {
		return
	}
	isolated := onlyOf(candidates, sameAs(list, l))
	won := winner(isolated)
	if merged := winner(candidates); merged != won {
		switch x.isolation(l) {
		case no:
			won, isolated = merged, candidates
		case silent:
			x.d.assume(keyIsolation, words.Say("gateway.fact.isolation"), true)
			if x.a.Otherwise == keyIsolation {
				won, isolated = merged, candidates
			}
		}
	}
	if x.a.Otherwise == keyLessSpecific {
		isolated = mostSpecific(isolated)
		won = winner(isolated)
	}
	if won != nil {
		won = x.ages(isolated, won)
	}
	x.d.Rows = append(rowsOf(isolated, won), loose...)
	x.doubts(isolated, won)
	if won == nil {
		x.unmatched(l)
		return
	}
	x.fallback(isolated, won)
	x.follow(won)
}

// sameAs are the listeners that are one with l: those of other gateways on the same proxy with the same hostname.
func sameAs(list []*Listener, l *Listener) []*Listener {
	var out []*Listener
	for _, o := range list {
		if l != nil && o.Host == l.Host && (o == l || o.Gateway != l.Gateway) {
			out = append(out, o)
		}
	}
	return out
}

func onlyOf(list []*candidate, of []*Listener) []*candidate {
	var out []*candidate
	for _, c := range list {
		if slices.Contains(of, c.listener) {
			out = append(out, c)
		}
	}
	return out
}

// isolation is whether the implementation keeps listeners apart, by the features that its class lists.
func (x *decider) isolation(l *Listener) verdict {
	if l == nil || l.Gateway.Class == nil || len(l.Gateway.Class.Status.SupportedFeatures) == 0 {
		return silent
	}
	for _, f := range l.Gateway.Class.Status.SupportedFeatures {
		if f.Name == "GatewayHTTPListenerIsolation" {
			return yes
		}
	}
	return no
}
