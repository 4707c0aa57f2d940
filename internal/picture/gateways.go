package picture

import (
	"strconv"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// noteFront says that gateways may stand differently since a pod that may carry one came up, or is up no longer.
func (p *Picture) noteFront(slot uint32, c *class, old, now wire.PodRow) {
	type state struct {
		up bool
		ip uint32
	}
	of := func(r wire.PodRow) state {
		return state{r.Class != 0 && r.State&wire.PodPhaseMask == wire.PhaseRunning, r.IPv4}
	}
	if p.due.gateways || of(old) == of(now) || p.view.Count(cluster.KindGateway) == 0 {
		return
	}
	if pod := p.view.PodAt(slot); c.front == nil && pod != nil {
		may := gateway.MayCarry(p.view, pod)
		c.front = &may
	}
	p.due.gateways = p.fronts[c.key.namespace] || c.front != nil && *c.front
}

// putGateways builds the cards of all gateways, their classes and routes. They depend on each other, on services, namespaces, grants and
// proxies; there are few of them, and where there are none this costs nothing.
func (p *Picture) putGateways() {
	before := p.routes
	if len(before) == 0 && p.view.Count(cluster.KindGatewayClass)+p.view.Count(cluster.KindGateway)+p.view.Count(cluster.KindHTTPRoute)+p.view.Count(cluster.KindGRPCRoute) == 0 {
		return
	}
	p.routes = map[string]string{}
	clear(p.fronts)
	put := func(section Section, card, namespace string, value any) {
		p.hold(namespace, p.cards.has(card), true)
		p.routes[card] = namespace
		p.cards.put(section, card, value)
	}
	set := gateway.Read(p.view)
	for _, c := range p.view.GatewayClasses() {
		card := ID(cluster.KindGatewayClass, "", c.Name)
		p.routes[card] = ""
		p.cards.put(SectionGatewayClasses, card, wire.GatewayClass{ID: card, Name: c.Name, Controller: string(c.Spec.ControllerName)})
	}
	for _, g := range set.All() {
		w := p.gatewayCard(set, g)
		put(SectionGateways, w.ID, w.Namespace, w)
		for _, s := range g.Services {
			p.fronts[s.Namespace] = true
		}
	}
	for _, r := range set.Routes() {
		w := routeCard(r)
		put(SectionRoutes, w.ID, w.Namespace, w)
	}
	for card, namespace := range before {
		if _, still := p.routes[card]; !still {
			p.cards.remove(card)
			if namespace != "" {
				p.hold(namespace, true, false)
			}
		}
	}
}

func (p *Picture) gatewayCard(set *gateway.Set, g *gateway.Gateway) wire.Gateway {
	o := g.Object
	w := wire.Gateway{
		ID: ID(cluster.KindGateway, o.Namespace, o.Name), Namespace: o.Namespace, Name: o.Name, Class: string(o.Spec.GatewayClassName),
		Controller: g.Controller, Addresses: []string{}, Listeners: []wire.Listener{}, Services: orEmpty(ids(g.Services)),
	}
	w.Served, w.Why = set.Standing(g)
	for _, a := range o.Status.Addresses {
		w.Addresses = append(w.Addresses, a.Value)
	}
	w.Outside = p.outsideOf(g)
	for _, l := range g.Listeners {
		w.Listeners = append(w.Listeners, wire.Listener{
			Name: l.Name(), Port: l.Spec.Port, Protocol: string(l.Spec.Protocol), Host: l.Host, Serves: l.Serves, Why: l.Why,
		})
	}
	return w
}

// outsideOf is the layer in which a gateway's proxy stands by its address where no pod, service or machine that is known
// has that, as traces take it; empty elsewhere.
func (p *Picture) outsideOf(g *gateway.Gateway) string {
	if !g.Outside() {
		return ""
	}
	for _, addr := range g.Addresses {
		switch boundary.OwnerOf(p.view, addr).Kind {
		case boundary.OwnerUnknownInLAN, boundary.OwnerUnknownPrivate:
			return string(surroundings.LayerLAN)
		case boundary.OwnerInternet:
			return string(surroundings.LayerInternet)
		}
	}
	return ""
}

func routeCard(r gateway.RouteView) wire.Route {
	w := wire.Route{
		ID: ID(r.Ref.Kind, r.Ref.Namespace, r.Ref.Name), Namespace: r.Ref.Namespace, Name: r.Ref.Name,
		Hosts: orEmpty(r.Hosts), Parents: []wire.RouteGuest{}, Rows: []wire.RouteRow{},
	}
	for _, parent := range r.Parents {
		w.Parents = append(w.Parents, wire.RouteGuest{
			Gateway: ID(parent.Gateway.Kind, parent.Gateway.Namespace, parent.Gateway.Name), Hosts: orEmpty(parent.Hosts), Why: parent.Why,
		})
	}
	for _, rule := range r.Rules {
		row := wire.RouteRow{Rule: rule.Rule, Match: rule.Text, Path: rule.Path, PathType: rule.PathType, Backend: rule.Answers}
		if rule.Answers == "" {
			row.Missing = true
			for i, b := range rule.Backends {
				if i == 0 {
					row.Backend, row.Service = backendText(r.Ref.Namespace, b), ID(b.Ref.Kind, b.Ref.Namespace, b.Ref.Name)
				}
				row.Missing = row.Missing && b.Why != ""
			}
			if n := len(rule.Backends) - 1; n > 0 {
				row.Backend += " +" + strconv.Itoa(n)
			}
			if len(rule.Backends) == 0 {
				row.Backend = "no backend"
			}
		}
		w.Rows = append(w.Rows, row)
	}
	return w
}

func backendText(namespace string, b gateway.BackendView) string {
	text := b.Ref.Name
	if b.Ref.Namespace != namespace {
		text += "." + b.Ref.Namespace
	}
	if b.Port != 0 {
		text += ":" + strconv.Itoa(int(b.Port))
	}
	return text
}
