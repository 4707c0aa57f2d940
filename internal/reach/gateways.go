package reach

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
)

// gateway is a host name that a route has, at the address of a gateway that takes the route. The request names the host
// and goes to the address, so that no resolver decides.
func (t *target) gateway(view *cluster.View, rest, text string) error {
	host, path, _ := strings.Cut(rest, "/")
	t.protocol = corev1.ProtocolTCP
	n, ok, err := number(text)
	if err != nil || text != "" && !ok {
		return cmp.Or(err, bad("port", "%q is no port number", text))
	}
	g := gatewayOf(view, host, n)
	if g == nil {
		return bad("target", "no gateway takes a route for host %s", host)
	}
	t.ref = g.Ref()
	l := listenerFor(g, host, n)
	t.port = cmp.Or(n, l.Spec.Port)
	t.text = fmt.Sprintf("http host %s port %d", host, t.port)
	if len(g.Addresses) == 0 {
		return bad("target", "gateway %s/%s has no address in its status; ask for the service that leads to its proxy", t.ref.Namespace, t.ref.Name)
	}
	scheme := "http"
	if l.Spec.Protocol == "HTTPS" {
		scheme = "https"
	}
	s := addressSpot(view, t.ref, g.Addresses[0], t.port, t.protocol)
	s.command = fmt.Sprintf("curl -k -m 2 --resolve %s:%d:%s %s://%s:%d/%s", host, t.port, g.Addresses[0], scheme, host, t.port, path)
	t.spots = []spot{s}
	return nil
}

// gatewayOf is the first gateway, those that serve before others, that takes a route for a host; one with a listener on
// the port where one is named.
func gatewayOf(view *cluster.View, host string, port int32) *gateway.Gateway {
	set := gateway.Read(view)
	takes := map[cluster.Ref]int{} // 2 where the host is named, 1 where something wider covers it
	for _, r := range set.Routes() {
		for _, p := range r.Parents {
			for _, h := range p.Hosts {
				switch suffix, wild := strings.CutPrefix(h, "*"); {
				case strings.EqualFold(h, host):
					takes[p.Gateway] = 2
				case h == "" || wild && strings.HasSuffix(strings.ToLower(host), suffix):
					takes[p.Gateway] = max(takes[p.Gateway], 1)
				}
			}
		}
	}
	var best *gateway.Gateway
	rank := 0
	for _, g := range set.All() {
		n := takes[g.Ref()] * 4
		if n == 0 {
			continue
		}
		if serves, _ := set.Standing(g); serves {
			n += 2
		}
		if port == 0 || slices.ContainsFunc(g.Listeners, func(l *gateway.Listener) bool { return l.Spec.Port == port }) {
			n++
		}
		if n > rank {
			best, rank = g, n
		}
	}
	return best
}

// listenerFor is the listener that a request for a host is meant for: one on the port where one is named, one that serves
// and covers the host before others.
func listenerFor(g *gateway.Gateway, host string, port int32) *gateway.Listener {
	best, rank := g.Listeners[0], -1
	for _, l := range g.Listeners {
		n := 0
		if l.Spec.Port == port {
			n += 4
		}
		if l.Serves {
			n += 2
		}
		if suffix, wild := strings.CutPrefix(l.Host, "*"); l.Host == "" || strings.EqualFold(l.Host, host) || wild && strings.HasSuffix(strings.ToLower(host), suffix) {
			n++
		}
		if n > rank {
			best, rank = l, n
		}
	}
	return best
}
