package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// walk is the whole course of a request: every branch that comes back has ended.
func (e *engine) walk() []branch {
	b := branch{share: 1, sender: e.from.sender, certainty: Certain, leg: 1}
	e.add(&b, nil, at{
		kind: StepStart, ref: e.from.ref, layer: e.from.layer, noPacket: true, evidence: e.originEvidence(),
		sentence: words.Say("says.start", e.whoAsks(), clip(e.req.Line, 120)), title: clip(e.from.ref.Name, maxTitle),
	})
	if e.from.ghost {
		e.assumeGhostNode()
	}
	e.doubtSource(&b)
	if e.from.number.IsValid() {
		e.doubtAddresses(&b, []netip.Addr{e.from.number})
	}
	if len(e.from.others) > 0 {
		e.assume(keySourcePod, e.from.ref.Name, facts.Default, nil)
	}
	if e.req.Protocol == command.SCTP && !e.describesSCTP() {
		e.assumeFlip("sctp", words.Say("fact.sctp"), facts.Default) // a module that few load
		b.certainty = Assumed
	}
	if len(e.req.NotModelled) > 0 {
		return e.finishAll(b.stop(ending{
			reason: "not-modelled." + flagSlug(e.req.NotModelled[0]), certainty: Unknown, name: words.Say("reason.not-modelled.flag", e.req.NotModelled[0]),
		}))
	}
	if e.req.Program == command.ProgramPortForward {
		return e.forwardAlone(b)
	}
	if e.req.Question != nil {
		return e.finishAll(e.question(b))
	}
	out := e.request(b, e.req.Host, e.req.Port)
	if e.tooMany() && !e.grouping {
		e.grouping, e.ask.grouping, e.steps, e.lookup = true, true, 0, nil
		out = e.request(b, e.req.Host, e.req.Port)
	}
	if e.tooMany() {
		return e.finishAll(b.stop(ending{reason: "not-modelled.so-many-courses", certainty: Unknown, name: words.Say("reason.not-modelled.so-many-courses")}))
	}
	return out
}

// describesSCTP reports whether the surroundings say that something listens by SCTP: then the kernels know it.
func (e *engine) describesSCTP() bool {
	return slices.ContainsFunc(e.view.Surroundings().Listeners, func(l surroundings.Listener) bool { return l.Protocol == string(command.SCTP) })
}

// flagSlug makes the WHAT of a reason from a flag: its name without dashes and value.
func flagSlug(flag string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), " ")
	name, _, _ = strings.Cut(name, "=")
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			b.WriteRune(c)
		}
	}
	if b.Len() < 2 {
		return "flag-" + b.String()
	}
	return b.String()
}

func (e *engine) originEvidence() []cluster.Evidence {
	switch {
	case e.from.ghost:
		return nil
	case e.from.pod != nil:
		return []cluster.Evidence{podEvidence(e.from.pod, "status.podIPs", "spec.nodeName")}
	case e.from.nodeObj != nil:
		return []cluster.Evidence{nodeEvidence(e.from.nodeObj, "status.addresses")}
	}
	return nil
}

func (e *engine) whoAsks() string {
	switch {
	case e.from.unnamed:
		return words.Say("clause.who.unnamed", layerWord(e.from.layer))
	case e.from.ghost:
		return words.Say("clause.who.ghost", e.from.ref.Namespace, e.from.ref.Name)
	case e.from.pod != nil:
		return words.Say("clause.who.pod", e.from.ref.Namespace, e.from.ref.Name)
	}
	return capital(kindWord(e.from.ref.Kind)) + " " + e.from.ref.Name
}

// assumeGhostNode notes on which node a one-shot pod is taken to run, where there is a choice.
func (e *engine) assumeGhostNode() {
	if len(e.view.Nodes()) > 1 && !e.from.placed {
		e.assume("source-node", e.from.node, "default", nil)
	}
}

// request resolves a host and connects to it.
func (e *engine) request(b branch, host string, port uint16) []branch {
	connectHost := host
	for _, c := range e.req.ConnectTo {
		if (c.Host == "" || strings.EqualFold(c.Host, host)) && (c.Port == 0 || c.Port == port) {
			connectHost = cmp.Or(c.ToHost, host)
			port = cmp.Or(c.ToPort, port)
			break
		}
	}
	for _, r := range e.req.Resolve {
		if (r.Host == "*" || strings.EqualFold(r.Host, connectHost)) && (r.Port == port || r.Port == 0) && len(r.Addrs) > 0 {
			e.doubtAddresses(&b, r.Addrs)
			return e.attempts(b, r.Addrs, port, false)
		}
	}
	if addr, ok := cluster.ParseAddr(connectHost); ok {
		e.doubtAddresses(&b, []netip.Addr{addr})
		return e.attempts(b, []netip.Addr{addr}, port, false)
	}
	var out []branch
	for _, r := range e.resolve(b, connectHost) {
		if r.branch.end != nil {
			out = append(out, e.finishAll([]branch{r.branch})...)
			continue
		}
		if r.literal {
			e.doubtAddresses(&r.branch, r.addresses)
		}
		out = append(out, e.attempts(r.branch, r.addresses, port, r.shuffled)...)
	}
	return out
}

// sourceFor is the address that the client sends from to reach another; invalid if it has none of that family.
func (e *engine) sourceFor(to netip.Addr) netip.Addr {
	if to.IsLoopback() {
		return to
	}
	if e.from.addr.IsValid() && e.from.addr.Is4() == to.Is4() {
		return e.from.addr
	}
	var have []netip.Addr
	switch {
	case e.from.pod != nil:
		have = e.from.pod.IPs[:]
	case e.from.nodeObj != nil:
		have = cluster.NodeAddrs(e.from.nodeObj)
	case e.from.host != nil:
		have = e.from.host.Addresses
	}
	for _, a := range have {
		if a.IsValid() && a.Is4() == to.Is4() {
			return a
		}
	}
	if e.from.unnamed {
		return standIn(to)
	}
	return netip.Addr{}
}

// standIn is the address of an unnamed host that nothing tells one of the wanted family; it is never shown.
func standIn(to netip.Addr) netip.Addr {
	if to.Is4() {
		return netip.AddrFrom4([4]byte{192, 0, 2, 1})
	}
	return netip.AddrFrom16([16]byte{0x3f, 0xff, 0x0f, 0xff, 15: 1}) // RFC 9637, for documentation
}

// unnamedSource reports whether an address is the stand-in of an unnamed host.
func (e *engine) unnamedSource(a netip.Addr) bool {
	return e.from.unnamed && a.IsValid() && (a == e.from.addr || a == standIn(a))
}

// dialled is the address that a connection to another is really made to: the unspecified address is the machine itself
// (Linux ip_route_output_key_hash_rcu, ip6_datagram_dst_update).
func dialled(a netip.Addr) netip.Addr {
	switch {
	case !a.IsUnspecified():
		return a
	case a.Is4():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.IPv6Loopback()
}

func (e *engine) attempt(b branch, addresses []netip.Addr, port uint16) []branch {
	var out []branch
	for _, r := range e.dial(b, addresses[0], port) {
		if r.forwarded && r.end.class == Refused {
			// A forward that is a program (ssh -L, a virtual machine's) takes the connection first and then closes it.
			e.assumeFlip(keyForward, words.Say("fact.forward.refusal"), facts.Default)
			r = r.stop(e.assumedEnding(r.end))[0]
		}
		r = e.unwind(r)
		failed := r.end.class == Refused || r.end.class == NoAnswer
		if failed && len(addresses) > 1 {
			r.end = nil
			out = append(out, e.attempt(r, addresses[1:], port)...)
			continue
		}
		if next, ok := e.redirected(r); ok {
			out = append(out, next...)
			continue
		}
		out = append(out, e.finish(r))
	}
	return out
}

// assumedEnding is an ending that is no longer certain.
func (e *engine) assumedEnding(end *ending) ending {
	out := *end
	out.certainty = worse(out.certainty, Assumed)
	return out
}

func (e *engine) firstHTTP() *HTTP {
	if e.req.Scheme != "http" && e.req.Scheme != "https" || !e.isTCP() {
		return nil
	}
	h := &HTTP{Method: cmp.Or(e.req.Method, "GET"), Path: e.fullPath(), Headers: map[string]string{}}
	h.Headers["Host"] = cmp.Or(e.req.HostHeader, e.req.Host)
	for _, header := range e.req.Headers {
		h.Headers[canonical(header.Name)] = header.Value
	}
	return h
}

func (e *engine) fullPath() string {
	path := cmp.Or(e.req.Path, "/")
	if e.req.Query != "" {
		path += "?" + e.req.Query
	}
	return path
}

// canonical writes a header's name the way most programs send it.
func canonical(name string) string {
	parts := strings.Split(strings.ToLower(name), "-")
	for i := range parts {
		parts[i] = capital(parts[i])
	}
	return strings.Join(parts, "-")
}

// redirected goes on at the location of a 3xx answer, where the client was told to follow. It stops at the client's limit;
// of a place that leads back to where the client has been, the rest of the way there is known.
func (e *engine) redirected(b branch) ([]branch, bool) {
	if !e.req.FollowRedirects || b.end.class != Answered || b.end.status < 300 || b.end.status > 399 || b.location == "" {
		return nil, false
	}
	limit := e.req.MaxRedirects
	if limit < 0 {
		limit = 50 // without end: as many as curl follows by itself are enough to see it
	}
	to, err := url.Parse(b.location)
	if err != nil {
		return nil, false
	}
	here := fmt.Sprintf("%s://%s:%d%s", e.req.Scheme, e.req.Host, e.req.Port, e.fullPath())
	if round := slices.Contains(b.asked, here); round || b.redirects >= limit {
		b.end.redirects = &limit
		return nil, false
	}
	b.asked = append(slices.Clip(b.asked), here)
	next := *e.req
	if to.Host != "" {
		next.Host, next.HostHeader, next.ServerName = to.Hostname(), to.Host, to.Hostname()
		next.Scheme = to.Scheme
		next.Port = 80
		if to.Scheme == "https" {
			next.Port = 443
		}
		if p, err := strconv.ParseUint(to.Port(), 10, 16); err == nil {
			next.Port = uint16(p)
		}
	}
	next.Path, next.Query = cmp.Or(to.EscapedPath(), "/"), to.RawQuery
	b.redirects++
	b.end, b.location = nil, ""
	old := e.req
	e.req = &next
	out := e.request(b, next.Host, next.Port)
	e.req = old
	return out, true
}
