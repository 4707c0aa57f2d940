package trace

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gatewayHosts gives an address that a gateway's status names and that nobody is known to have a machine in the
// surroundings: a cloud's load balancer, or a proxy that is not shown. So the walls are asked about it like about any
// other.
func gatewayHosts(view *cluster.View) *cluster.View {
	var hosts []surroundings.Host
	for _, g := range view.Gateways() {
		for _, addr := range gateway.AddressesOf(g) {
			host := surroundings.Host{Name: gatewayHostName(g.Namespace, g.Name), Layer: surroundings.LayerInternet}
			switch boundary.OwnerOf(view, addr).Kind {
			case boundary.OwnerUnknownInLAN, boundary.OwnerUnknownPrivate:
				host.Layer = surroundings.LayerLAN
			case boundary.OwnerInternet:
			default:
				continue
			}
			host.Addresses = append(host.Addresses, addr)
			for _, l := range g.Spec.Listeners {
				host.Listeners = append(host.Listeners, surroundings.HostListener{Port: l.Port})
			}
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return view
	}
	return view.Fork(func(w *cluster.Writer) {
		around := *view.Surroundings()
		around.Hosts = append(slices.Clone(around.Hosts), hosts...)
		w.SetSurroundings(&around)
	})
}

func gatewayHostName(namespace, name string) string { return "gateway " + namespace + "/" + name }

// gatewayHost is a packet at an address of gateways whose proxy no object shows.
func (e *engine) gatewayHost(b branch, d boundary.Decision) (out []branch, ok bool) {
	if !e.isTCP() || b.leg < 1 || len(e.view.Gateways()) == 0 {
		return nil, false
	}
	gateways := slices.DeleteFunc(e.gatewaySet().At(b.dst.Addr()), func(g *gateway.Gateway) bool { return !g.Outside() })
	if len(gateways) == 0 || d.End.Host != nil && d.End.Listener != nil && !strings.HasPrefix(d.End.Host.Name, "gateway ") {
		return nil, false
	}
	hop := &gatewayHop{gateways: gateways, port: int32(b.dst.Port()), at: gateways[0].Ref(), layer: d.Owner.Layer}
	if hop.layer == "" {
		hop.layer = surroundings.LayerLAN
	}
	b.seen = e.addrText(b.src.Addr())
	b.endpoint = &Endpoint{IP: e.addrText(b.dst.Addr()), Port: int32(b.dst.Port())}
	b.pass(hop.at, string(hop.layer))
	e.assume("gateway-proxy", words.Say("fact.gateway-proxy"), facts.Default, nil)
	return e.gatewayProxy(b, hop)
}

// gatewayNode is a packet for a service of which every node's own proxy takes the requests (Cilium): the service has no
// endpoint that is a pod, and the rules do not decide.
func (e *engine) gatewayNode(b branch, node string, d service.Decision) (out []branch, ok bool) {
	if d.Service == nil || d.Port == nil || !e.isTCP() || b.leg < 1 || len(e.view.Gateways()) == 0 {
		return nil, false
	}
	gateways := e.gatewaySet().OnNodes(d.Service)
	if len(gateways) == 0 {
		return nil, false
	}
	b.seen = e.addrText(b.src.Addr())
	b.setEndpoint(nil, "", "", node, b.dst)
	return e.gatewayProxy(b, &gatewayHop{gateways: gateways, port: d.Port.Port, at: nodeRef(node), layer: surroundings.LayerPod, node: node})
}

// gatewayOnNode is a packet for a port of a node on which nothing that is known listens, while a gateway has the node's
// address and a listener with the port: its proxy is there, unseen.
func (e *engine) gatewayOnNode(b branch, node string) (out []branch, ok bool) {
	if !e.isTCP() || b.leg < 1 || len(e.view.Gateways()) == 0 {
		return nil, false
	}
	gateways := slices.DeleteFunc(e.gatewaySet().At(b.dst.Addr()), func(g *gateway.Gateway) bool { return !g.Outside() })
	if _, serving := gateway.Opens(gateways, int32(b.dst.Port())); !serving {
		return nil, false
	}
	b.seen = e.addrText(b.src.Addr())
	b.setEndpoint(nil, "", "", node, b.dst)
	e.assume("gateway-proxy", words.Say("fact.gateway-proxy"), facts.Default, nil)
	return e.gatewayProxy(b, &gatewayHop{gateways: gateways, port: int32(b.dst.Port()), at: nodeRef(node), layer: surroundings.LayerLAN, node: node})
}
