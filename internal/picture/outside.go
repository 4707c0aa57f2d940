package picture

import (
	"cmp"
	"slices"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// putOutside builds the cards of what stands outside the cluster: hosts, resolvers, routers and load balancers.
func (p *Picture) putOutside() {
	before := p.outside
	p.outside = nil
	keep := map[string]bool{}
	put := func(section Section, card string, value any) {
		keep[card] = true
		p.outside = append(p.outside, card)
		p.cards.put(section, card, value)
	}
	out := p.view.Surroundings()
	for _, h := range out.Hosts {
		if p.view.Node(h.Name) != nil {
			continue // it adds to a node, which has a card of its own
		}
		w := wire.Host{
			ID: ID(cluster.KindHost, "", h.Name), Name: h.Name, Layer: string(cmp.Or(h.Layer, surroundings.LayerLAN)),
			Addresses: []string{}, Ports: []int32{},
		}
		for _, a := range h.Addresses {
			w.Addresses = append(w.Addresses, a.String())
		}
		for _, l := range h.Listeners {
			w.Ports = append(w.Ports, l.Port)
		}
		slices.Sort(w.Ports)
		put(SectionHosts, w.ID, w)
	}
	for _, r := range out.Resolvers {
		w := wire.Resolver{ID: ID(cluster.KindResolver, "", r.Name), Name: r.Name, Layer: string(cmp.Or(r.Layer, surroundings.LayerLAN))}
		if r.Address.IsValid() {
			w.Address = r.Address.String()
		}
		put(SectionResolvers, w.ID, w)
	}
	for _, r := range out.Routers {
		w := wire.Router{ID: ID(cluster.KindRouter, "", r.Name), Name: r.Name, Between: []string{}}
		for _, layer := range r.Between {
			w.Between = append(w.Between, string(layer))
		}
		if r.Outside != nil {
			w.Outside = r.Outside.String()
		}
		put(SectionRouters, w.ID, w)
	}
	p.balancers(put)
	for _, card := range before {
		if !keep[card] {
			p.cards.remove(card)
		}
	}
}

// balancers builds the load balancers, and notes for their services why some have no address yet.
func (p *Picture) balancers(put func(Section, string, any)) {
	pending := map[cluster.Key]string{}
	for _, lb := range boundary.LoadBalancers(p.view) {
		key := cluster.Key{Namespace: lb.Service.Namespace, Name: lb.Service.Name}
		if lb.Pending {
			pending[key] = cmp.Or(lb.Why, "no address yet")
			continue
		}
		w := wire.LoadBalancer{
			ID: ID(cluster.KindLoadBalancer, key.Namespace, key.Name), Namespace: key.Namespace, Name: key.Name,
			Layer: string(cmp.Or(lb.Layer, surroundings.LayerLAN)), Addresses: []string{},
			Service: ID(cluster.KindService, key.Namespace, key.Name),
		}
		for _, a := range lb.Addresses {
			w.Addresses = append(w.Addresses, a.String())
		}
		w.Addresses = append(w.Addresses, lb.Hostnames...)
		put(SectionLoadBalancers, w.ID, w)
	}
	for key, why := range pending {
		if p.pending[key] != why {
			p.due.services[key] = true
		}
	}
	for key := range p.pending {
		if _, ok := pending[key]; !ok {
			p.due.services[key] = true
		}
	}
	p.pending = pending
}

func (p *Picture) putBands() {
	r := boundary.RangesOf(p.view)
	p.cards.put(SectionBands, bandsCard, wire.Bands{
		LAN: rangeTexts(r.LAN), Service: rangeTexts(r.Service), Pod: rangeTexts(r.Pod),
		PodNetwork: cmp.Or(p.modeText(facts.KeyPodNetwork), string(boundary.PodNetworkUnknown)),
	})
}

func rangeTexts(ranges []boundary.Range) []string {
	out := []string{}
	for _, r := range ranges {
		text := r.Prefix.String()
		if r.Guess {
			text += "?"
		}
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}
