package trace

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// resolved is a branch whose name has become addresses, or has come to its end.
type resolved struct {
	branch    branch
	addresses []netip.Addr
	shuffled  bool // the server shuffles: every address may come first
	literal   bool // the addresses are those that somebody wrote down, not those that objects have
}

// queryPort is the port from which queries are sent.
const queryPort = 40300

func (e *engine) dnsClient() dns.Client {
	c := dns.Client{Pod: e.from.pod, Host: e.from.host, Layer: e.from.layer}
	if c.Pod == nil && c.Host == nil {
		c.Node = e.from.nodeObj
	}
	if c.Pod == nil && c.Host == nil && c.Node == nil {
		c.Host = &surroundings.Host{Name: e.from.ref.Name, Layer: e.from.layer, Addresses: []netip.Addr{e.from.addr}}
	}
	return c
}

// delivery is how queries to one server fare: the ends of their branches, by what became of them.
type delivery struct {
	kind  dns.Delivery
	share float64
	run   branch // the first branch that ended so
}

// way is where a query goes and how.
type way struct {
	addr netip.Addr
	tcp  bool
}

// deliveries sends a query to a server and sorts what became of it.
func (e *engine) deliveries(from branch, server dns.Nameserver, tcp bool) []delivery {
	var out []delivery
	quiet := e.quiet
	e.quiet = true // only how the queries fare is wanted
	defer func() { e.quiet = quiet }()
	for _, r := range e.queryLeg(from, server, tcp) {
		kind := deliveryOf(r.end)
		i := slices.IndexFunc(out, func(d delivery) bool { return d.kind == kind })
		if i < 0 {
			out = append(out, delivery{kind: kind, run: r})
			i = len(out) - 1
		}
		out[i].share += r.share / from.share
		out[i].run.certainty = worse(out[i].run.certainty, r.certainty)
	}
	return out
}

func deliveryOf(end *ending) dns.Delivery {
	switch end.class {
	case Answered, HTTPError:
		return dns.Delivered
	case NoAnswer:
		return dns.TimedOut
	case Refused, Reset:
		return dns.PortRefused
	}
	return dns.CannotDeliver
}

// queryLeg is a query as traffic: a connection of its own.
func (e *engine) queryLeg(from branch, server dns.Nameserver, tcp bool) []branch {
	b := e.query(from, e.from.sender, e.sourceFor(server.Addr), server.Addr, tcp)
	if !server.Addr.IsValid() {
		return b.stop(ending{class: CannotTell, reason: "outside.unknown", certainty: Unknown})
	}
	if e.cachedOnNode(server) {
		return e.askNodeCache(b, server)
	}
	return e.connect(b)
}

// query is a branch that stands at the sender of a query.
func (e *engine) query(b branch, from sender, src, dst netip.Addr, tcp bool) branch {
	b.leg, b.http, b.tcpQuery = 0, nil, tcp
	b.sender = from
	b.src, b.dst = netip.AddrPortFrom(src, queryPort), netip.AddrPortFrom(dst, 53)
	b.endpoint, b.endpointPod, b.backend, b.masqueraded, b.seen, b.guard = nil, nil, nil, false, "", nil
	return b
}

// asksOn asks whether what a DNS pod forwards arrives: policies on its way out count as well. The end of a query that
// does not is kept in cause.
func (e *engine) asksOn(pod *cluster.Pod, to dns.Nameserver, cause *branch) dns.Delivery {
	quiet := e.quiet
	e.quiet = true
	defer func() { e.quiet = quiet }()
	from := sender{ref: pod.Ref(), layer: surroundings.LayerPod, pod: pod, node: pod.Node, addr: pod.IP()}
	runs := e.connect(e.query(branch{share: 1, certainty: Certain}, from, pod.IP(), to.Addr, false))
	if len(runs) == 0 {
		return dns.CannotDeliver
	}
	*cause = runs[0]
	return deliveryOf(runs[0].end)
}

// resolve looks a name up as the client's library does.
func (e *engine) resolve(b branch, name string) []resolved {
	return e.lookUp(b, name, dns.ResolveOptions{Types: e.familyTypes(), Loopback: e.req.Program == command.ProgramCurl})
}

func (e *engine) familyTypes() []string {
	switch e.req.IPFamily {
	case 4:
		return []string{"A"}
	case 6:
		return []string{"AAAA"}
	}
	return nil
}

func (e *engine) lookUp(b branch, name string, o dns.ResolveOptions) []resolved {
	o.Libc = dns.Libc(e.facts.Value(facts.KeyLibc))
	// Which way the queries go is found out on a branch that is thrown away: only the query that decides is shown.
	servers := map[way][]delivery{}
	pick := 0
	transport := func(server dns.Nameserver, _ dns.Question, tcp bool) dns.Delivery {
		at := way{server.Addr, tcp}
		if _, known := servers[at]; !known {
			servers[at] = e.deliveries(b, server, tcp)
		}
		list := servers[at]
		if len(list) == 0 {
			return dns.CannotDeliver
		}
		return list[min(pick, len(list)-1)].kind
	}
	var forwarded branch
	o.Upstream = func(to dns.Nameserver) dns.Delivery {
		for _, list := range servers {
			if d := list[min(pick, len(list)-1)]; d.kind == dns.Delivered && d.run.endpointPod != nil {
				return e.asksOn(d.run.endpointPod, to, &forwarded)
			}
		}
		return dns.Delivered
	}
	first := e.dns.Resolve(e.view, e.dnsClient(), name, o, transport)
	library := Certain
	if e.from.pod != nil && o.Rule == dns.RuleLibc && !o.NoSearch && !atFirst(first) {
		if !e.facts.Firm(facts.KeyLibc) {
			e.maybe[facts.KeyLibc] = true
		} else if e.otherLibrary(name, o, transport, first) {
			library = e.uses(facts.KeyLibc)
		}
	}
	courses := 1
	var shares []float64
	for _, try := range first.Tries {
		if list := servers[wayOf(try)]; len(list) > courses {
			courses = len(list)
			shares = nil
			for _, d := range list {
				shares = append(shares, d.share)
			}
		}
	}
	var out []resolved
	for pick = range courses {
		look, part := first, 1.0
		if pick > 0 {
			look = e.dns.Resolve(e.view, e.dnsClient(), name, o, transport)
		}
		if courses > 1 {
			part = shares[pick]
		}
		out = append(out, e.tell(b.split(part), look, servers, pick, forwarded, library))
	}
	return out
}

// otherLibrary reports whether a look-up with the library that was not given comes to something else.
func (e *engine) otherLibrary(name string, o dns.ResolveOptions, transport dns.Transport, first dns.Lookup) bool {
	if o.Libc == dns.Musl {
		o.Libc = dns.Glibc
	} else {
		o.Libc = dns.Musl
	}
	other := e.dns.Resolve(e.view, e.dnsClient(), name, o, transport)
	return other.Reason != first.Reason || !slices.Equal(other.Addresses, first.Addresses)
}

func wayOf(t dns.Try) way { return way{t.Server.Addr, t.TCP} }

// atFirst reports whether the first name that was asked had an address: then every library comes to the same.
func atFirst(look dns.Lookup) bool {
	if look.Reason != "" || look.Unknown != "" || look.Final == nil {
		return look.HostsFile != nil
	}
	if len(look.Resolv.Nameservers) > 1 || look.Final.Answer != nil && look.Final.Answer.Renamed {
		return false // musl asks all of them, and takes records of any name
	}
	return !slices.ContainsFunc(look.Tries, func(t dns.Try) bool {
		fails := t.Answer == nil || t.Answer.RCode != dns.NoError && t.Answer.RCode != dns.NoData
		return fails || t.Candidate != look.Final.Candidate
	})
}

// tell writes a look-up as steps.
func (e *engine) tell(b branch, look dns.Lookup, servers map[way][]delivery, pick int, forwarded branch, certainty Certainty) resolved {
	if e.lookup == nil {
		e.lookup = lookupOf(look)
	}
	leg := b.leg
	b.leg = 0
	for _, key := range look.Assumed {
		certainty = worse(certainty, e.uses(key))
	}
	for _, try := range look.Tries { // a server that did not reply counts for what another one said then
		if list := servers[wayOf(try)]; len(list) > 0 && try.Delivery != dns.CannotDeliver {
			certainty = worse(certainty, list[min(pick, len(list)-1)].run.certainty)
		}
	}
	if h := look.HostsFile; h != nil {
		e.add(&b, nil, at{
			kind: StepHostsFile, ref: e.from.ref, layer: e.from.layer, noPacket: true, title: words.Say("title.hosts-file"), certainty: certainty,
			sentence: words.Say("says.hosts-file", e.from.ref.Name, look.Name, h.Addr, h.Origin),
		})
		b.leg = leg
		return resolved{branch: b, addresses: look.Addresses, literal: true}
	}
	e.doubtNumbers(&b, look)
	if p := e.from.pod; p != nil && p.Placed && look.Final != nil && look.Final.Server.Kind != dns.ServerCluster {
		e.assumePlacement() // it asks what its node asks
		b.certainty = worse(b.certainty, Assumed)
	}
	e.searchStep(&b, look, certainty)
	if look.Final == nil {
		b = b.stop(e.nameEnding(b, look, nil, certainty))[0]
		return resolved{branch: b}
	}
	run, asked := e.askedServer(b, look, servers, pick)
	b = run
	answer := look.Final.Answer
	if answer != nil {
		ok := look.Reason == "" && look.Unknown == ""
		step := at{
			kind: StepDNSAnswer, ref: asked, layer: layerOfRef(e, asked), certainty: certainty, evidence: answer.Evidence, sentence: answerSentence(look, *answer),
			compared: answerCompared(*answer),
		}
		if answer.Unknown != "" {
			step.certainty = Unknown
		}
		step.title = words.Say("title.no-such-name")
		if ok {
			step.title = words.Say("title.dns-answers")
		}
		e.add(&b, nil, step)
		b = e.unwind(b)
	}
	b.end = nil
	if look.Reason != "" || look.Unknown != "" || look.Final.Answer == nil {
		end := e.nameEnding(b, look, blocker(servers, look, pick), certainty)
		if look.Final.Answer != nil && forwarded.end != nil && deliveryOf(forwarded.end) != dns.Delivered && look.Final.Answer.RCode == dns.ServFail {
			end.on = end.decidedBy
			end.decidedBy, end.certainty = cmp.Or(forwarded.end.decidedBy, end.decidedBy), worse(end.certainty, forwarded.certainty)
			end.why = cmp.Or(end.why, forwarded.end.why)
		}
		b = b.stop(end)[0]
		return resolved{branch: b}
	}
	b.leg, b.http, b.tcpQuery = leg, nil, false
	return resolved{branch: b, addresses: look.Addresses, shuffled: shuffles(look), literal: literal(look)}
}

// shuffles reports whether the server puts another address first every time: CoreDNS' loadbalance plugin, for answers
// with several addresses.
func shuffles(look dns.Lookup) bool {
	return len(look.Addresses) > 1 && look.Final != nil && look.Final.Server.Kind == dns.ServerCluster
}

// askedServer writes the query that decided, as traffic, and says who answered it.
func (e *engine) askedServer(b branch, look dns.Lookup, servers map[way][]delivery, pick int) (branch, cluster.Ref) {
	final := look.Final
	how := ""
	switch {
	case final.Truncated:
		how = " " + words.Say("clause.over-tcp.too-long")
	case final.TCP:
		how = " " + words.Say("clause.over-tcp")
	}
	e.add(&b, nil, at{
		kind: StepDNSQuery, ref: e.from.ref, layer: e.from.layer, noPacket: true, certainty: Certain, title: words.Say("title.asks-dns"), evidence: look.Resolv.Evidence,
		sentence: words.Say("says.dns.query", e.whoAsks(), serverText(final.Server), how, final.Question.Type, final.Question.Name),
	})
	list := servers[wayOf(*final)]
	if len(list) == 0 {
		return b, e.from.ref
	}
	wanted := list[min(pick, len(list)-1)].kind
	for _, r := range e.queryLeg(b, final.Server, final.TCP) {
		if deliveryOf(r.end) != wanted {
			continue
		}
		r.share = b.share
		r.legs = b.legs
		asked := cluster.Ref{Kind: cluster.KindNetwork, Name: string(e.from.layer)}
		if len(r.back) > 0 {
			asked = r.back[len(r.back)-1].at
		}
		return r, asked
	}
	return b, e.from.ref
}

// blocker is the end of the query that no reply came to.
func blocker(servers map[way][]delivery, look dns.Lookup, pick int) *ending {
	if look.Final == nil {
		return nil
	}
	list := servers[wayOf(*look.Final)]
	if len(list) == 0 {
		return nil
	}
	return list[min(pick, len(list)-1)].run.end
}

// question is a request that is nothing but a look-up: nslookup, dig, host.
func (e *engine) question(b branch) []branch {
	q := e.req.Question
	if e.req.HasPort && e.req.Port != 53 {
		return b.stop(ending{reason: "not-modelled.dns-port", certainty: Unknown, name: words.Say("reason.not-modelled.dns-port", e.req.Port)})
	}
	o := dns.ResolveOptions{NoSearch: !q.Search, NoHosts: true, Server: q.Server, Types: []string{q.Type}, Rule: dns.RuleBind, TCP: e.req.Protocol == command.TCP}
	if q.Both {
		o.Types = []string{"A", "AAAA"}
	}
	if e.req.Program == command.ProgramDig {
		o.Size = dns.SizeOfDig
	}
	if e.req.Program == command.ProgramNslookup {
		if o.Rule = e.nslookupRule(q.Name); o.Rule == dns.RuleLibc {
			o.NoHosts = false
		}
	}
	var out []branch
	for _, r := range e.lookUp(b, q.Name, o) {
		n := r.branch
		if n.end != nil {
			out = append(out, n)
			continue
		}
		n.leg = 0
		decided := e.from.ref
		reason := "host.delivered"
		if n.endpointPod != nil {
			decided, reason = n.endpointPod.Ref(), "pod.delivered"
		} else if owner := boundary.OwnerOf(e.view, n.dstOfQuery()); owner.Resolver != nil {
			decided = owner.Ref()
		}
		out = append(out, n.stop(ending{class: Answered, reason: reason, certainty: n.certainty, decidedBy: pointer(decided), object: pointer(decided), name: q.Name, direction: "dns"})...)
	}
	e.doubtNslookup(b, o, out)
	return out
}

// dstOfQuery is the server's address as the client sees it when the reply has come back.
func (b *branch) dstOfQuery() netip.Addr { return b.src.Addr() }
