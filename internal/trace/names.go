package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// resolved is a branch whose name has become addresses, or has come to its end.
type resolved struct {
	branch    branch
	addresses []netip.Addr
	shuffled  bool // the server shuffles: every address may come first
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

// deliveries sends a query to a server and sorts what became of it.
func (e *engine) deliveries(from branch, server dns.Nameserver) []delivery {
	var out []delivery
	for _, r := range e.queryLeg(from, server) {
		kind := dns.Delivered
		switch r.end.class {
		case Answered, HTTPError:
		case NoAnswer:
			kind = dns.TimedOut
		case Refused, Reset:
			kind = dns.PortRefused
		default:
			kind = dns.CannotDeliver
		}
		i := slices.IndexFunc(out, func(d delivery) bool { return d.kind == kind })
		if i < 0 {
			out = append(out, delivery{kind: kind, run: r})
			i = len(out) - 1
		}
		out[i].share += r.share / from.share
	}
	return out
}

// queryLeg is a query as traffic: a connection of its own.
func (e *engine) queryLeg(from branch, server dns.Nameserver) []branch {
	b := from
	b.leg = 0
	b.http = nil
	b.sender = e.from.sender
	b.src = netip.AddrPortFrom(e.sourceFor(server.Addr), queryPort)
	b.dst = netip.AddrPortFrom(server.Addr, 53)
	b.endpoint, b.endpointPod, b.backend, b.masqueraded, b.seen, b.guard = nil, nil, nil, false, "", nil
	if !server.Addr.IsValid() {
		return b.stop(ending{class: CannotTell, reason: "outside.unknown", certainty: Unknown})
	}
	return e.connect(b)
}

// resolve looks a name up as the client's library does.
func (e *engine) resolve(b branch, name string) []resolved {
	return e.lookUp(b, name, dns.ResolveOptions{Types: e.familyTypes()})
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
	if e.from.pod != nil && !e.facts.Firm(facts.KeyLibc) {
		e.maybe[facts.KeyLibc] = true
	}
	// Which way the queries go is found out on a branch that is thrown away: only the query that decides is shown.
	servers := map[netip.Addr][]delivery{}
	pick := 0
	transport := func(server dns.Nameserver, _ dns.Question) dns.Delivery {
		if _, known := servers[server.Addr]; !known {
			servers[server.Addr] = e.deliveries(b, server)
		}
		list := servers[server.Addr]
		if len(list) == 0 {
			return dns.CannotDeliver
		}
		return list[min(pick, len(list)-1)].kind
	}
	first := e.dns.Resolve(e.view, e.dnsClient(), name, o, transport)
	courses := 1
	var shares []float64
	for _, try := range first.Tries {
		if list := servers[try.Server.Addr]; len(list) > courses {
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
		out = append(out, e.tell(b.split(part), look, servers, pick))
	}
	return out
}

// tell writes a look-up as steps.
func (e *engine) tell(b branch, look dns.Lookup, servers map[netip.Addr][]delivery, pick int) resolved {
	if e.lookup == nil {
		e.lookup = lookupOf(look)
	}
	leg := b.leg
	b.leg = 0
	certainty := Certain
	for _, key := range look.Assumed {
		certainty = worse(certainty, e.uses(key))
	}
	if h := look.HostsFile; h != nil {
		e.add(&b, nil, at{
			kind: StepHostsFile, ref: e.from.ref, layer: e.from.layer, noPacket: true, title: "hosts file",
			sentence: fmt.Sprintf("The hosts file of %s says %s is %s (%s): no DNS server is asked.", e.from.ref.Name, look.Name, h.Addr, h.Origin),
		})
		b.leg = leg
		return resolved{branch: b, addresses: look.Addresses}
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
		step.title = "no such name"
		if ok {
			step.title = "DNS answers"
		}
		e.add(&b, nil, step)
		b = e.unwind(b)
	}
	b.end = nil
	if look.Reason != "" || look.Unknown != "" || look.Final.Answer == nil {
		b = b.stop(e.nameEnding(b, look, blocker(servers, look, pick), certainty))[0]
		return resolved{branch: b}
	}
	b.leg = leg
	b.http = nil
	return resolved{branch: b, addresses: look.Addresses, shuffled: shuffles(look)}
}

// shuffles reports whether the server puts another address first every time: CoreDNS' loadbalance plugin, for answers
// with several addresses.
func shuffles(look dns.Lookup) bool {
	return len(look.Addresses) > 1 && look.Final != nil && look.Final.Server.Kind == dns.ServerCluster
}

// searchStep says how the name was completed, with the candidates that failed.
func (e *engine) searchStep(b *branch, look dns.Lookup, certainty Certainty) {
	var tried []Tried
	seen := map[string]bool{}
	for i := range look.Tries {
		t := &look.Tries[i]
		if look.Final == t || seen[t.Question.Name] || look.Final != nil && t.Question.Name == look.Final.Question.Name {
			continue
		}
		seen[t.Question.Name] = true
		tried = append(tried, Tried{Why: fmt.Sprintf("%s: %s", t.Question.Name, tryResult(*t))})
	}
	dots := strings.Count(look.Name, ".")
	r := look.Resolv
	text := fmt.Sprintf("The name %s has %s, ndots is %d", look.Name, plural(dots, "dot"), r.Ndots)
	switch {
	case strings.HasSuffix(look.Name, "."):
		text = fmt.Sprintf("The name %s ends in a dot: it is asked as it is", look.Name)
	case len(r.Search) == 0:
		text = fmt.Sprintf("The name %s is asked as it is: there is no search list", look.Name)
	case dots < r.Ndots:
		text += fmt.Sprintf(": the search list %s comes first", strings.Join(r.Search, ", "))
	default:
		text += ": the name is asked as it is first"
	}
	if r.Unknown != "" {
		text += "; not known: " + r.Unknown
	}
	e.add(b, nil, at{
		kind: StepDNSSearch, ref: e.from.ref, layer: e.from.layer, noPacket: true, tried: tried, certainty: certainty, evidence: r.Evidence, sentence: text + ".",
		compared: []Comparison{{What: "ndots", Wanted: fmt.Sprint(r.Ndots), Got: fmt.Sprint(dots), Holds: dots >= r.Ndots}},
	})
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func tryResult(t dns.Try) string {
	switch {
	case t.Answer != nil && t.Answer.RCode == dns.NoError:
		return "answered"
	case t.Answer != nil && t.Answer.RCode != "":
		return string(t.Answer.RCode)
	case t.Delivery == dns.TimedOut:
		return "no reply"
	case t.Delivery == dns.PortRefused:
		return "refused"
	}
	return "unknown"
}

// askedServer writes the query that decided, as traffic, and says who answered it.
func (e *engine) askedServer(b branch, look dns.Lookup, servers map[netip.Addr][]delivery, pick int) (branch, cluster.Ref) {
	final := look.Final
	e.add(&b, nil, at{
		kind: StepDNSQuery, ref: e.from.ref, layer: e.from.layer, noPacket: true, certainty: Certain, title: "asks DNS", evidence: look.Resolv.Evidence,
		sentence: fmt.Sprintf("%s asks %s: %s %s?", e.whoAsks(), serverText(final.Server), final.Question.Type, final.Question.Name),
	})
	list := servers[final.Server.Addr]
	if len(list) == 0 {
		return b, e.from.ref
	}
	wanted := list[min(pick, len(list)-1)].kind
	for _, r := range e.queryLeg(b, final.Server) {
		kind := dns.Delivered
		switch r.end.class {
		case Answered, HTTPError:
		case NoAnswer:
			kind = dns.TimedOut
		case Refused, Reset:
			kind = dns.PortRefused
		default:
			kind = dns.CannotDeliver
		}
		if kind != wanted {
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

func serverText(s dns.Nameserver) string {
	switch {
	case s.Resolver != nil:
		return fmt.Sprintf("resolver %s (%s)", s.Resolver.Name, s.Addr)
	case s.Kind == dns.ServerCluster:
		return fmt.Sprintf("the cluster's DNS (%s)", s.Addr)
	case !s.Addr.IsValid():
		return "its resolver"
	}
	return s.Addr.String()
}

func layerOfRef(e *engine, r cluster.Ref) surroundings.Layer {
	if r.Kind == cluster.KindPod {
		return surroundings.LayerPod
	}
	if r.Kind == cluster.KindResolver {
		for _, x := range e.view.Surroundings().Resolvers {
			if x.Name == r.Name && x.Layer != "" {
				return x.Layer
			}
		}
	}
	return surroundings.LayerLAN
}

func answerSentence(look dns.Lookup, a dns.Answer) string {
	who := cmp.Or(a.Server, "the server")
	if a.Plugin != "" && a.Plugin != "resolver" {
		who += ", plugin " + a.Plugin
	}
	var addrs []string
	for _, x := range look.Addresses {
		addrs = append(addrs, x.String())
	}
	text := ""
	switch {
	case a.Unknown != "":
		text = fmt.Sprintf("What %s is cannot be told here: %s", a.Question.Name, a.Unknown)
	case len(addrs) > 0:
		text = fmt.Sprintf("%s is %s (%s)", a.Question.Name, strings.Join(addrs, ", "), who)
	case a.RCode == dns.NoError && len(a.Records) > 0:
		text = fmt.Sprintf("%s: %s (%s)", a.Question.Name, a.Records[len(a.Records)-1].Value, who)
	default:
		text = fmt.Sprintf("%s: %s (%s)", a.Question.Name, a.RCode, who)
		if a.Why != "" {
			text += ": " + strings.TrimSuffix(a.Why, ".")
		}
	}
	if len(a.ForwardedTo) > 0 {
		var names []string
		for _, r := range a.ForwardedTo {
			names = append(names, r.Name)
		}
		text += ", asked on at " + strings.Join(names, ", ")
	}
	return text + "."
}

func answerCompared(a dns.Answer) []Comparison {
	var out []Comparison
	for _, s := range a.Steps {
		if s.From != "" && s.To != "" && s.From != s.To {
			out = append(out, Comparison{What: s.Plugin, Wanted: s.To, Got: s.From, Holds: true})
		}
	}
	return out
}

// blocker is the end of the query that no reply came to.
func blocker(servers map[netip.Addr][]delivery, look dns.Lookup, pick int) *ending {
	if look.Final == nil {
		return nil
	}
	list := servers[look.Final.Server.Addr]
	if len(list) == 0 {
		return nil
	}
	return list[min(pick, len(list)-1)].run.end
}

// nameEnding is a look-up that gave no address.
func (e *engine) nameEnding(b branch, look dns.Lookup, cause *ending, certainty Certainty) ending {
	end := ending{
		class: NameNotFound, reason: cmp.Or(look.Reason, "dns.nxdomain"), certainty: certainty, name: look.Name, protocol: "UDP", decidedBy: pointer(e.from.ref),
	}
	if look.Unknown != "" {
		end.class, end.certainty, end.why = CannotTell, Unknown, look.Unknown
		end.reason = cmp.Or(look.Reason, "outside.unknown")
		if classOf(end.reason) != CannotTell && end.reason != "outside.unknown" {
			end.reason = "outside.unknown"
		}
	}
	if f := look.Final; f != nil {
		if f.Answer != nil {
			end.rcode = string(f.Answer.RCode)
			end.why = cmp.Or(end.why, f.Answer.Why)
			if e := b.endpointPod; e != nil {
				end.decidedBy = pointer(e.Ref())
			} else if f.Server.Resolver != nil {
				end.decidedBy = refOf(cluster.KindResolver, "", f.Server.Resolver.Name)
			}
		}
		end.wanted = f.Question.Name
	}
	names := map[string]bool{}
	for _, t := range look.Tries {
		names[t.Question.Name] = true
	}
	end.got = fmt.Sprint(len(names))
	if cause != nil && (look.Final == nil || look.Final.Answer == nil) {
		end.certainty = worse(end.certainty, cause.certainty)
		end.object, end.on = cause.object, cause.on
		if cause.decidedBy != nil {
			end.decidedBy = cause.decidedBy
		}
		end.why = cmp.Or(cause.why, end.why)
		end.try = cause.try
		if cause.class == CannotTell {
			end.class, end.reason, end.certainty = CannotTell, cause.reason, Unknown
		}
	}
	e.suggestNames(&end, look)
	return end
}

// suggestNames finds services of that name elsewhere: the most frequent reason for a name that does not exist.
func (e *engine) suggestNames(end *ending, look dns.Lookup) {
	if end.class != NameNotFound || end.reason != "dns.nxdomain" {
		return
	}
	name, _, _ := strings.Cut(look.Name, ".")
	for _, s := range e.view.Services() {
		if s.Name != name || e.from.pod != nil && s.Namespace == e.from.pod.Namespace {
			continue
		}
		if e.from.pod == nil {
			break
		}
		end.object = serviceRef(s)
		end.try = append(end.try, Try{
			Text:    fmt.Sprintf("Service %s exists in namespace %s: say so in the name.", s.Name, s.Namespace),
			Command: strings.Replace(e.req.Line, look.Name, s.Name+"."+s.Namespace, 1),
		})
		return
	}
}

// lookupOf writes a look-up as the contract has it.
func lookupOf(look dns.Lookup) *Lookup {
	out := &Lookup{Question: look.Name, Type: "A", Addresses: []string{}, Records: []Record{}, Tried: []Query{}}
	if len(look.Types) > 0 {
		out.Type = look.Types[0]
	}
	for _, a := range look.Addresses {
		out.Addresses = append(out.Addresses, a.String())
	}
	if look.HostsFile != nil {
		out.RCode = string(dns.NoError)
		return out
	}
	for i := range look.Tries {
		t := &look.Tries[i]
		if look.Final != nil && t.Question == look.Final.Question && t.Server.Addr == look.Final.Server.Addr {
			continue
		}
		q := Query{Question: t.Question.Name, Type: t.Question.Type}
		if t.Answer != nil {
			q.RCode = wireCode(t.Answer.RCode)
		}
		out.Tried = append(out.Tried, q)
	}
	if f := look.Final; f != nil {
		out.Question, out.Type = f.Question.Name, f.Question.Type
		if f.Answer != nil {
			out.RCode = wireCode(f.Answer.RCode)
			for _, r := range f.Answer.Records {
				out.Records = append(out.Records, Record{Name: r.Name, Type: r.Type, TTL: uint32(max(r.TTL, 0)), Value: r.Value})
			}
		}
	}
	return out
}

// wireCode is the code that the answer carries: NODATA is NOERROR without a record.
func wireCode(c dns.RCode) string {
	if c == dns.NoData {
		return string(dns.NoError)
	}
	return string(c)
}

// question is a request that is nothing but a look-up: nslookup, dig, host.
func (e *engine) question(b branch) []branch {
	q := e.req.Question
	o := dns.ResolveOptions{NoSearch: !q.Search, NoHosts: true, Server: q.Server, Types: []string{q.Type}}
	if q.Both {
		o.Types = []string{"A", "AAAA"}
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
		out = append(out, n.stop(ending{class: Answered, reason: reason, decidedBy: pointer(decided), object: pointer(decided), name: q.Name, direction: "dns"})...)
	}
	return out
}

// dstOfQuery is the server's address as the client sees it when the reply has come back.
func (b *branch) dstOfQuery() netip.Addr { return b.src.Addr() }
