package dns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// forward follows plugin/forward: the first directive whose zone holds the name and does not except it.
func (c *Config) forward(view *cluster.View, d Directive, q Question, a *Answer) bool {
	if len(d.Args) < 2 {
		return false
	}
	from := zoneName(d.Args[0])
	if !inZone(q.Name, from) {
		return false
	}
	for _, o := range d.Block {
		if o.Name == "except" && q.Name != from {
			if _, in := longestZone(q.Name, zonesOf(o.Args)); in {
				return false
			}
		}
	}
	a.Plugin = "forward"
	to := d.Args[1]
	a.Steps = append(a.Steps, Step{Plugin: "forward", Text: "forward " + strings.Join(d.Args, " ")})
	var server Nameserver
	if strings.HasPrefix(to, "/") {
		// The CoreDNS pods have dnsPolicy Default: the file is that of their node.
		node, said := c.dnsNode(view)
		r := c.nodeResolv(view, node)
		server = r.Nameservers[0]
		if !said && server.Resolver != nil {
			a.Assumed = append(a.Assumed, "node-resolver")
		}
	} else {
		text := strings.TrimPrefix(strings.TrimPrefix(to, "dns://"), "tls://")
		if ap, err := netip.ParseAddrPort(text); err == nil {
			server = c.nameserver(view, ap.Addr().Unmap())
		} else if addr, ok := cluster.ParseAddr(text); ok {
			server = c.nameserver(view, addr)
		}
		if server.Kind != ServerOutside {
			a.Unknown, a.UnknownReason = fmt.Sprintf("what %s answers, to which CoreDNS forwards", to), "outside.unknown"
			return true
		}
	}
	if server.Resolver != nil {
		answer := AnswerOutside(view, server.Resolver, q)
		a.ForwardedTo = append(a.ForwardedTo, server.Resolver)
		a.take(&answer)
		return true
	}
	answer := answerNobody(view, q)
	a.take(&answer)
	return true
}

// take makes another server's answer this one's.
func (a *Answer) take(o *Answer) {
	a.RCode, a.Why, a.Unknown, a.UnknownReason = o.RCode, o.Why, o.Unknown, o.UnknownReason
	a.Records = append(a.Records, o.Records...)
	a.Steps = append(a.Steps, o.Steps...)
	a.ForwardedTo = append(a.ForwardedTo, o.ForwardedTo...)
	a.Assumed = append(a.Assumed, o.Assumed...)
	a.Notes = append(a.Notes, o.Notes...)
}

// dnsNode is a node on which the cluster's DNS runs, and whether the surroundings say which resolver every such node asks.
func (c *Config) dnsNode(view *cluster.View) (node string, said bool) {
	if c.Service == nil {
		return "", false
	}
	resolver := ""
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for i := range s.Endpoints {
			name, own := s.Endpoints[i].Node, ""
			for _, h := range view.Surroundings().Hosts {
				if h.Name == name && name != "" {
					own = h.Resolver
				}
			}
			if own == "" || resolver != "" && own != resolver {
				return name, false
			}
			node, resolver, said = name, own, true
		}
	}
	return node, said
}
