package dns

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ResolveOptions say how to resolve.
type ResolveOptions struct {
	Types    []string // A, AAAA …; default A, and AAAA where something in the cluster has an IPv6 address
	Libc     Libc     // Glibc where empty
	NoSearch bool     // dig: the name as it is
	NoHosts  bool     // nslookup, dig and host read no hosts file
	Server   string   // ask this server (name or address) instead of resolv.conf's
}

// Resolve walks hosts file, candidates and nameservers as the client's library does, and keeps every try.
func (c *Config) Resolve(view *cluster.View, client Client, name string, o ResolveOptions, t Transport) Lookup {
	l := Lookup{Name: name, Types: o.Types}
	if len(l.Types) == 0 {
		l.Types = c.families(view)
	}
	if addr, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		l.Literal, l.Addresses = true, []netip.Addr{addr.Unmap().WithZone("")}
		return l
	}
	if !o.NoHosts {
		for _, e := range HostsFile(view, client) {
			if strings.EqualFold(e.Name, strings.TrimSuffix(name, ".")) && wantsFamily(l.Types, e.Addr) {
				if l.HostsFile == nil {
					l.HostsFile = &e
				}
				l.Addresses = append(l.Addresses, e.Addr)
			}
		}
		if l.HostsFile != nil {
			return l
		}
	}
	l.Resolv = c.ResolvConf(view, client)
	if o.Server != "" {
		l.Resolv.Nameservers, l.Resolv.Unknown = c.serverNamed(view, client, o), ""
	}
	if l.Resolv.Unknown != "" && len(l.Resolv.Nameservers) == 0 {
		l.Unknown, l.Reason = l.Resolv.Unknown, "outside.unknown"
		return l
	}
	if len(l.Resolv.Nameservers) == 0 {
		l.Reason = "dns.no-resolver"
		return l
	}
	for _, n := range l.Resolv.Nameservers {
		if n.Kind == ServerCluster && !n.Addr.IsValid() {
			l.assume("cluster-dns")
		}
	}
	if client.Pod != nil && c.ZoneOrigin != OriginDetected && len(l.Resolv.Search) > 0 {
		l.assume("cluster-domain")
	}
	list := Candidates(name, l.Resolv, o.Libc)
	if o.NoSearch {
		list = []Candidate{{Name: absolute(name)}}
	}
	w := &walk{c: c, view: view, client: client, transport: t, l: &l, libc: o.Libc}
	w.run(list)
	return l
}

func (l *Lookup) assume(keys ...string) {
	for _, k := range keys {
		if !slices.Contains(l.Assumed, k) {
			l.Assumed = append(l.Assumed, k)
		}
	}
}

func wantsFamily(types []string, a netip.Addr) bool {
	want := "A"
	if a.Is6() {
		want = "AAAA"
	}
	return slices.Contains(types, want)
}

// families are the record types that a client asks for: AAAA only where it could use the answer.
func (c *Config) families(view *cluster.View) []string {
	v6 := slices.ContainsFunc(c.ClusterDNS, netip.Addr.Is6)
	for _, s := range view.Services() {
		v6 = v6 || slices.ContainsFunc(serviceAddrs(s), netip.Addr.Is6)
	}
	if v6 {
		return []string{"A", "AAAA"}
	}
	return []string{"A"}
}

func (c *Config) serverNamed(view *cluster.View, client Client, o ResolveOptions) []Nameserver {
	if a, ok := cluster.ParseAddr(o.Server); ok {
		return []Nameserver{c.nameserver(view, a)}
	}
	if n := resolverNamed(view, o.Server); n != nil {
		return []Nameserver{*n}
	}
	// A server given by name is a name to look up first; services are found without asking.
	words := parts(absolute(o.Server))
	ns := "default"
	if client.Pod != nil {
		ns = client.Pod.Namespace
	}
	if len(words) > 1 {
		ns = words[1]
	}
	if s := view.Service(ns, words[0]); s != nil {
		var out []Nameserver
		for _, a := range serviceAddrs(s) {
			out = append(out, c.nameserver(view, a))
		}
		return out
	}
	return []Nameserver{{Kind: ServerUnknown}}
}

// walk is one resolution under way.
type walk struct {
	c         *Config
	view      *cluster.View
	client    Client
	transport Transport
	l         *Lookup
	libc      Libc
}

// result is what one candidate came to.
type result string

const (
	resFound    result = "found"
	resNXDomain result = "nxdomain"
	resNoData   result = "nodata"
	resServFail result = "servfail"
	resTimeout  result = "timeout"
	resRefused  result = "refused"
	resUnknown  result = "unknown"
)

// run asks candidate after candidate. What ends the walk is the difference between the libraries: SEMANTICS A.1, 1.2.
func (w *walk) run(list []Candidate) {
	var saved *Try // the try to tell about where nothing is found
	savedRank := -1
	stopped := false
	for _, cand := range list {
		if stopped && cand.Search != "" {
			continue
		}
		res, try := w.candidate(cand)
		switch res {
		case resFound:
			w.l.Final = try
			return
		case resUnknown:
			w.l.Final = try
			return
		}
		// NODATA outweighs what is remembered of other candidates, and the name as it is outweighs equals.
		rank := map[result]int{resNXDomain: 0, resServFail: 2, resNoData: 3, resTimeout: 4, resRefused: 4}[res]
		if rank > savedRank || rank == savedRank && saved != nil && cand.Search == "" && len(list) > 1 && rank != 0 || saved == nil {
			saved, savedRank = try, rank
		}
		if res == resRefused {
			break
		}
		if res == resTimeout {
			stopped = true // the list ends; the name as it is gets its chance
			if w.libc == Musl {
				break
			}
		}
		if w.libc == Musl && res != resNXDomain {
			break
		}
	}
	w.l.Final = saved
	w.l.Reason = reasonOf(saved)
}

func reasonOf(t *Try) string {
	switch {
	case t == nil:
		return "dns.no-resolver"
	case t.Delivery == TimedOut:
		return "dns.blocked"
	case t.Delivery == PortRefused:
		return "dns.no-answer"
	case t.Answer != nil && t.Answer.Reason != "":
		return t.Answer.Reason
	}
	return "dns.nxdomain"
}

// candidate asks for all types of one name and merges what comes.
func (w *walk) candidate(cand Candidate) (result, *Try) {
	var worst result
	var told *Try
	found := false
	for _, kind := range w.l.Types {
		res, try := w.ask(cand, Question{cand.Name, kind})
		switch {
		case res == resFound:
			if !found {
				told = try
			}
			found = true
			w.l.Addresses = append(w.l.Addresses, try.Answer.Addresses()...)
		case found:
		case worst == "" || worst == resNXDomain || res == resUnknown:
			worst, told = res, try
		}
		if res == resUnknown {
			return res, try
		}
	}
	if found {
		return resFound, told
	}
	return worst, told
}

// ask sends one question to the nameservers in turn. Silence, a refusal and SERVFAIL make a library try the next one.
func (w *walk) ask(cand Candidate, q Question) (result, *Try) {
	res, last := result(resTimeout), -1
	for _, server := range w.l.Resolv.Nameservers {
		try := Try{Candidate: cand, Server: server, Question: q, Delivery: Delivered}
		if server.Kind == ServerUnknown || server.Addr.IsValid() {
			try.Delivery = CannotDeliver
			if w.transport != nil && server.Addr.IsValid() {
				try.Delivery = w.transport(server, q)
			}
		}
		if try.Delivery == Delivered {
			a := w.answer(server, q)
			try.Answer = &a
		}
		w.l.Tries = append(w.l.Tries, try)
		last = len(w.l.Tries) - 1
		switch try.Delivery {
		case TimedOut:
			res = resTimeout
			continue
		case PortRefused:
			res = resRefused
			continue
		case CannotDeliver:
			w.l.Unknown, w.l.Reason = "whether the DNS query arrives", "outside.unknown"
			if server.Kind == ServerUnknown {
				w.l.Unknown = "what answers at the nameserver's address"
				if server.Addr.IsValid() {
					w.l.Unknown = "what answers at the nameserver's address " + server.Addr.String()
				}
			}
			return resUnknown, w.at(last)
		}
		w.l.assume(try.Answer.Assumed...)
		switch a := try.Answer; {
		case a.Unknown != "":
			w.l.Unknown, w.l.Reason = a.Unknown, a.UnknownReason
			return resUnknown, w.at(last)
		case a.RCode == NoError:
			return resFound, w.at(last)
		case a.RCode == NoData:
			return resNoData, w.at(last)
		case a.RCode == NXDomain:
			return resNXDomain, w.at(last)
		}
		res = resServFail
	}
	return res, w.at(last)
}

// at copies a try, since the list of them grows.
func (w *walk) at(i int) *Try {
	if i < 0 {
		return nil
	}
	t := w.l.Tries[i]
	return &t
}

func (w *walk) answer(server Nameserver, q Question) Answer {
	switch {
	case server.Kind == ServerCluster:
		addr := netip.Addr{}
		if w.client.Pod != nil {
			addr = w.client.Pod.IP()
		}
		return w.c.Answer(w.view, q, addr)
	case server.Resolver != nil:
		return AnswerOutside(w.view, server.Resolver, q)
	case server.Kind == ServerOutside:
		return answerNobody(w.view, q)
	}
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}}
	a.Unknown, a.UnknownReason = "what "+server.Addr.String()+" answers: nothing here describes it", "outside.unknown"
	return a
}
