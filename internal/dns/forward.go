package dns

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
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
	sequential := false
	for _, o := range d.Block {
		if o.Name == "except" && q.Name != from {
			if _, in := longestZone(q.Name, zonesOf(o.Args)); in {
				return false
			}
		}
		sequential = sequential || o.Name == "policy" && len(o.Args) == 1 && o.Args[0] == "sequential"
	}
	a.Plugin = "forward"
	a.Steps = append(a.Steps, Step{Plugin: "forward", Text: words.Say("dns.chain.forward", strings.Join(d.Args, " "))})
	servers := c.upstreams(view, d.Args[1:], a)
	if len(servers) == 0 {
		return true
	}
	first := c.forwarded(view, servers[0], q, a.upstream)
	for _, s := range servers[1:] {
		if sequential || first.Unknown != "" {
			break // the first of a sequence is asked as long as it is healthy
		}
		// Which of them is asked is by chance: all have to say the same.
		other := c.forwarded(view, s, q, a.upstream)
		switch {
		case other.Unknown != "":
			first = other
		case other.RCode != first.RCode || !slices.Equal(other.Records, first.Records):
			first.Unknown, first.UnknownReason = words.Say("dns.unknown.which-upstream"), "not-modelled.dns-forward-choice"
		}
	}
	a.take(&first)
	return true
}

// upstreams are the servers that a forward names; none where the answer is unknown.
func (c *Config) upstreams(view *cluster.View, targets []string, a *Answer) []Nameserver {
	var out []Nameserver
	for _, to := range targets {
		text := strings.TrimPrefix(strings.TrimPrefix(to, "dns://"), "tls://")
		text, _, _ = strings.Cut(text, "%") // the name for TLS
		var server Nameserver
		if ap, err := netip.ParseAddrPort(text); err == nil {
			server = c.nameserver(view, ap.Addr().Unmap())
		} else if addr, ok := cluster.ParseAddr(text); ok {
			server = c.nameserver(view, addr)
		} else if to == "/etc/resolv.conf" {
			out = append(out, c.ownUpstreams(view, a)...)
			continue
		}
		if server.Kind != ServerOutside {
			a.Unknown, a.UnknownReason = words.Say("dns.unknown.upstream-answers", to), "outside.unknown"
			return nil
		}
		out = append(out, server)
	}
	return out
}

// ownUpstreams are the servers of the CoreDNS pods' own resolv.conf. With dnsPolicy Default, as all installers write it,
// the file is that of their node.
func (c *Config) ownUpstreams(view *cluster.View, a *Answer) []Nameserver {
	if p := c.dnsPod(view); p != nil && p.Shape != nil && p.Shape.DNSConfig != nil && len(p.Shape.DNSConfig.Nameservers) > 0 {
		var out []Nameserver
		for _, n := range c.podResolv(view, p).Nameservers {
			if n.Kind != ServerOutside {
				a.Unknown, a.UnknownReason = words.Say("dns.unknown.upstream-answers", n.Addr), "outside.unknown"
				return nil
			}
			out = append(out, n)
		}
		return out
	}
	node, said := c.dnsNode(view)
	r := c.nodeResolv(view, node)
	server := r.Nameservers[0]
	if !said && server.Resolver != nil {
		a.Assumed = append(a.Assumed, "node-resolver")
	}
	return []Nameserver{server}
}

// forwarded is what one upstream answers. A query that gets no reply makes CoreDNS answer SERVFAIL.
func (c *Config) forwarded(view *cluster.View, server Nameserver, q Question, upstream Upstream) Answer {
	out := Answer{Question: q}
	if server.Resolver == nil {
		answer := answerNobody(view, q)
		out.take(&answer)
		return out
	}
	out.ForwardedTo = append(out.ForwardedTo, server.Resolver)
	if upstream != nil && server.Addr.IsValid() {
		if d := upstream(server); d == TimedOut || d == PortRefused {
			out.failed = true
			out.RCode, out.Why = ServFail, words.Say("dns.upstream-silent", server.Resolver.Name)
			return out
		}
	}
	answer := AnswerOutside(view, server.Resolver, q)
	out.take(&answer)
	return out
}

// take makes another server's answer this one's.
func (a *Answer) take(o *Answer) {
	a.RCode, a.Why, a.Unknown, a.UnknownReason = o.RCode, o.Why, o.Unknown, o.UnknownReason
	a.Records, a.Renamed, a.failed = append(a.Records, o.Records...), a.Renamed || o.Renamed, o.failed
	a.Steps = append(a.Steps, o.Steps...)
	a.ForwardedTo = append(a.ForwardedTo, o.ForwardedTo...)
	a.Assumed = append(a.Assumed, o.Assumed...)
	a.Notes = append(a.Notes, o.Notes...)
}

// dnsPod is a pod behind the cluster's DNS service, nil where none is known.
func (c *Config) dnsPod(view *cluster.View) *cluster.Pod {
	if c.Service == nil {
		return nil
	}
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for i := range s.Endpoints {
			if p := view.Pod(s.Namespace, s.Endpoints[i].Pod); p != nil {
				return p
			}
		}
	}
	return nil
}

// Serves reports whether a pod stands behind the cluster's DNS service.
func (c *Config) Serves(view *cluster.View, pod *cluster.Pod) bool {
	if c.Service == nil || pod.Namespace != c.Service.Namespace {
		return false
	}
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for i := range s.Endpoints {
			if s.Endpoints[i].Pod == pod.Name || pod.HasIP(s.Endpoints[i].Addr) {
				return true
			}
		}
	}
	return false
}

// dnsNode is a node on which the cluster's DNS runs, and whether the surroundings say which resolver every such node asks.
func (c *Config) dnsNode(view *cluster.View) (node string, said bool) {
	if c.Service == nil {
		return "", false
	}
	resolver := ""
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for i := range s.Endpoints {
			name := s.Endpoints[i].Node
			own := resolverSaid(view, name)
			if own == "" || resolver != "" && own != resolver {
				return name, false
			}
			node, resolver, said = name, own, true
		}
	}
	return node, said
}

// resolverSaid is the resolver that the surroundings give to a node, empty where they say nothing.
func resolverSaid(view *cluster.View, node string) string {
	for i := range view.Surroundings().Hosts {
		if h := &view.Surroundings().Hosts[i]; h.Name == node && node != "" && h.Resolver != "" {
			return h.Resolver
		}
	}
	return ""
}
