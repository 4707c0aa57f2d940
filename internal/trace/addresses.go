package trace

import (
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxAddresses is how many addresses of one name are tried in turn in one course; who fails without changing how the
// course ends is left out.
const maxAddresses = 3

// maxOrders bounds in how many orders addresses of which some fail are tried.
const maxOrders = 64

// keyAddressOrder is which address of a name comes first, where the client tries only one and they differ.
const keyAddressOrder = "address-order"

// attempts connects to the first address that the client can use; the next ones are tried when one fails. Answers of a
// DNS server that shuffles put each address first alike.
func (e *engine) attempts(b branch, addresses []netip.Addr, port uint16, shuffled bool) []branch {
	var usable []netip.Addr
	for _, a := range addresses {
		a = dialled(a)
		if e.sourceFor(a).IsValid() && (e.req.IPFamily == 0 || (e.req.IPFamily == 4) == a.Is4()) {
			usable = append(usable, a)
		}
	}
	if len(usable) == 0 {
		end := ending{reason: "boundary.no-route", unreachable: true, decidedBy: pointer(e.from.ref), object: pointer(e.from.ref), why: words.Say("clause.no-address-of-family.client")}
		if e.from.pod == nil || hostNetwork(e.from.pod) {
			// All addresses of a pod are in its status; a machine may have more than those that are known.
			e.assumeFlip("address-family", words.Say("fact.address-family"), facts.Default)
			end.certainty = Assumed
		}
		if len(addresses) > 0 {
			end.addr = netip.AddrPortFrom(addresses[0], port)
		}
		return e.finishAll(b.stop(end))
	}
	if !shuffled || len(usable) == 1 {
		return e.attempt(b, e.inTurn(b, usable, port), port)
	}
	first, then := e.byFamily(&b, usable)
	return e.shuffled(b, first, then, port)
}

// shuffled connects to addresses of which each may come first. Whoever is answered by the first is done; after a failure
// the next in the list is tried, so that in the end each address that answers is as likely as the others.
func (e *engine) shuffled(b branch, first, then []netip.Addr, port uint16) []branch {
	good, bad := e.probe(b, first, port)
	once := e.triesOnce()
	if once && len(good) > 0 && len(bad) > 0 && e.req.Program != command.ProgramPing {
		e.assumeFlip(keyClientTries, words.Say("fact.address-order.busybox"), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	if once && len(good) > 0 && len(bad) > 0 {
		// The library sorts the addresses by how near they are (RFC 6724, rule 9), in ways of its own.
		e.assumeFlip(keyAddressOrder, words.Say("fact.address-order"), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	var out []branch
	share := 1 / float64(len(first))
	for i, a := range first {
		if e.tooMany() {
			break
		}
		fails := slices.Contains(bad, a)
		switch {
		case once || !fails:
			out = append(out, e.attempt(b.split(share), []netip.Addr{a}, port)...)
		case len(good) == 0:
			rest := slices.Concat(first[i+1:], first[:i])
			order := append([]netip.Addr{a}, rest[:min(len(rest), maxAddresses-1-min(len(then), 1))]...)
			out = append(out, e.attempt(b.split(share), append(order, e.inTurn(b, then, port)...), port)...)
		case len(good)*len(bad) > maxOrders:
			out = append(out, e.attempt(b.split(share), []netip.Addr{a, good[i%len(good)]}, port)...)
		default:
			for _, g := range good {
				out = append(out, e.attempt(b.split(share/float64(len(good))), []netip.Addr{a, g}, port)...)
			}
		}
	}
	return out
}

// keyClientTries is how many addresses of a name a client tries.
const keyClientTries = "client-tries"

// triesOnce reports whether the client connects to the first address of a name only: ping, and BusyBox's programs
// (libbb/xconnect.c str2sockaddr keeps one).
func (e *engine) triesOnce() bool {
	switch e.req.Program {
	case command.ProgramPing:
		return true
	case command.ProgramWget, command.ProgramNc:
		return e.busyBox() || e.req.BusyBox
	}
	return false
}

// probe sorts addresses by whether a connection to them fails, so that the next one is tried.
func (e *engine) probe(b branch, list []netip.Addr, port uint16) (good, bad []netip.Addr) {
	quiet := e.quiet
	e.quiet = true
	defer func() { e.quiet = quiet }()
	for _, a := range list {
		fails := false
		for _, r := range e.dial(b, a, port) {
			fails = fails || r.end.class == Refused || r.end.class == NoAnswer
		}
		if fails {
			bad = append(bad, a)
		} else {
			good = append(good, a)
		}
	}
	return good, bad
}

// inTurn is the order in which addresses are tried, without those that only fail as others before them did: the last one
// of a course is the first that answers.
func (e *engine) inTurn(b branch, list []netip.Addr, port uint16) []netip.Addr {
	if len(list) > 1 && e.triesOnce() {
		return list[:1]
	}
	if len(list) <= maxAddresses {
		return list
	}
	good, _ := e.probe(b, list, port)
	if len(good) == 0 || slices.Index(list, good[0]) < maxAddresses {
		return list[:maxAddresses]
	}
	return append(slices.Clone(list[:maxAddresses-1]), good[0])
}

// dial opens a connection to an address and comes back with how it ends.
func (e *engine) dial(b branch, addr netip.Addr, port uint16) []branch {
	b.legs++
	b.leg = b.legs
	b.sender = e.from.sender
	b.src = netip.AddrPortFrom(e.sourceFor(addr), clientPort+uint16(b.leg)-1)
	b.dst = netip.AddrPortFrom(addr, port)
	if e.icmp(&b) {
		b.src, b.dst = netip.AddrPortFrom(b.src.Addr(), 0), netip.AddrPortFrom(b.dst.Addr(), 0)
	}
	b.http = e.firstHTTP()
	b.endpoint, b.endpointPod, b.backend, b.masqueraded, b.seen, b.guard, b.upstreamPath, b.forwarded = nil, nil, nil, false, "", nil, "", false
	b.tunnel = 0
	if out, is := e.intoPortForward(b); is {
		return out
	}
	if out, is := e.intoKubectlProxy(b); is {
		return out
	}
	return e.connect(b)
}
