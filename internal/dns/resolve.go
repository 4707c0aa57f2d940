package dns

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// ResolveOptions say how to resolve.
type ResolveOptions struct {
	Types    []string // A, AAAA …; default A, and AAAA where something in the cluster has an IPv6 address
	Libc     Libc     // Glibc where empty
	NoSearch bool     // dig: the name as it is
	NoHosts  bool     // nslookup, dig and host read no hosts file
	Server   string   // ask this server (name or address) instead of resolv.conf's
	Rule     Rule     // whose search it is; the C library's where empty
	TCP      bool     // ask over TCP
	Size     int      // the longest answer over UDP that the client takes, in bytes; 0: as resolv.conf says
	// Loopback makes localhost and all names below it the loopback addresses without a look-up, as curl does (lib/hostip.c,
	// since 7.78).
	Loopback bool
	Upstream Upstream // runs what CoreDNS forwards as traffic; may be nil
}

// Rule is a way to walk the search list. Programs that ask DNS themselves have their own.
type Rule string

// The rules. RuleBind is that of nslookup, host and dig +search (bin/dig/dighost.c recv_done): only NXDOMAIN goes on.
// RuleBusyBox is that of BusyBox's nslookup (networking/nslookup.c add_query_with_search, since 1.29): a name without a
// dot is asked with every domain of the list and never as it is, one with a dot only as it is.
const (
	RuleLibc    Rule = ""
	RuleBind    Rule = "bind"
	RuleBusyBox Rule = "busybox"
)

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
	if o.Loopback && isLocalhost(name) {
		for _, a := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
			if wantsFamily(l.Types, a) {
				l.Addresses = append(l.Addresses, a)
			}
		}
		l.HostsFile = &HostsEntry{l.Addresses[0], name, words.Say("dns.hosts.curls-own")}
		if !strings.EqualFold(name, "localhost") {
			l.assume("curl-version")
		}
		return l
	}
	if !o.NoHosts {
		for _, e := range hostsFile(view, client, c.Zone) {
			// A name with its final dot is none of the file's (nss_files, musl name_from_hosts).
			if strings.EqualFold(e.Name, name) && wantsFamily(l.Types, e.Addr) {
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
	if o.Server == "" && l.Resolv.kubelet {
		l.assume("kubelet-flags")
	}
	if o.Server == "" && l.Resolv.Guess != "" {
		l.assume(l.Resolv.Guess)
	}
	list := Candidates(name, l.Resolv, o.Libc)
	switch {
	case o.NoSearch:
		list = []Candidate{{Name: absolute(name)}}
	case o.Rule == RuleBusyBox:
		list = busyBoxCandidates(name, l.Resolv)
	case o.Rule == RuleBind:
		list = Candidates(name, l.Resolv, Glibc)
	}
	w := &walk{c: c, view: view, client: client, transport: t, l: &l, o: o}
	if o.Size == 0 {
		w.o.Size = plainSize
		if slices.Contains(l.Resolv.Options, "edns0") && o.Rule == RuleLibc && o.Libc != Musl {
			w.o.Size = ednsSize
		}
	}
	w.o.TCP = o.TCP || slices.Contains(l.Resolv.Options, "use-vc") && o.Libc != Musl
	w.run(list)
	w.nodeSearch(list)
	return l
}

func isLocalhost(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// nodeSearch notes that the search list of a pod's node, which stands behind the cluster's domains in the pod's own, is
// taken to be empty where an answer was found, or not found, only behind the place where its turn would have come. The full
// name of a service is no exception: it has four dots, and a wildcard in the node's domains takes it as any other.
func (w *walk) nodeSearch(list []Candidate) {
	p := w.client.Pod
	if p == nil || len(list) < 2 || w.l.Resolv.hostSearch < 0 || resolverSaid(w.view, p.Node) != "" {
		return
	}
	for i := range w.l.Tries {
		if w.l.Tries[i].Answer == nil {
			continue // nobody heard the question
		}
		at := slices.Index(w.l.Resolv.Search, w.l.Tries[i].Candidate.Search)
		if w.l.Tries[i].Candidate.Search == "" && (i > 0 || w.l.Reason != "") || at >= w.l.Resolv.hostSearch {
			w.l.assume("node-search")
			return
		}
	}
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

func (c *Config) serverNamed(view *cluster.View, client Client, o ResolveOptions) []Nameserver {
	if a, ok := cluster.ParseAddr(o.Server); ok {
		return []Nameserver{c.nameserver(view, a)}
	}
	if n := resolverNamed(view, o.Server); n != nil {
		return []Nameserver{*n}
	}
	// A server given by name is a name to look up first; services are found without asking.
	words := parts(absolute(o.Server))
	if len(words) == 0 {
		return []Nameserver{{Kind: ServerUnknown}}
	}
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
	o         ResolveOptions
}

// result is what one candidate came to.
type result string

const (
	resFound    result = "found"
	resNXDomain result = "nxdomain"
	resNoData   result = "nodata"
	resServFail result = "servfail"
	resUseless  result = "useless"
	resDenied   result = "denied" // the code REFUSED, and not a refusal of the packet
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
		// NODATA outweighs what is remembered of other candidates, and the name as it is outweighs equals; where it was
		// asked first glibc tells of nothing else.
		rank := map[result]int{resNXDomain: 0, resServFail: 2, resDenied: 2, resNoData: 3, resUseless: 4, resTimeout: 4, resRefused: 4}[res]
		firm := saved != nil && list[0].Search == "" && len(list) > 1
		if !firm && (rank > savedRank || rank == savedRank && saved != nil && cand.Search == "" && len(list) > 1 && rank != 0 || saved == nil) {
			saved, savedRank = try, rank
		}
		if res == resRefused || res == resUseless {
			break
		}
		if w.o.Rule == RuleBusyBox && res != resTimeout && res != resDenied {
			continue
		}
		if w.o.Rule == RuleBind && res != resNXDomain {
			saved = try
			break
		}
		if res == resTimeout || res == resDenied {
			stopped = true // the list ends; the name as it is gets its chance
			if w.o.Libc == Musl {
				break
			}
		}
		if w.o.Libc == Musl && res != resNXDomain {
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
	case t.Delivery != Delivered:
		return "dns.no-answer"
	case t.Answer != nil && t.Answer.Reason != "":
		return t.Answer.Reason
	case t.Answer != nil && t.Answer.Renamed:
		return "dns.nodata"
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
		case res == resUnknown:
			return res, try
		case w.o.Libc == Musl && w.o.Rule == RuleLibc && res != resFound && res != resNoData:
			// One answer that is none spoils the other (src/network/lookup_name.c name_from_dns).
			w.l.Addresses = nil
			return res, try
		case res == resFound:
			if !found {
				told = try
			}
			found = true
			w.l.Addresses = append(w.l.Addresses, try.Answer.Addresses()...)
		case found:
		case worst == "" || worst == resNXDomain:
			worst, told = res, try
		}
	}
	if found {
		return resFound, told
	}
	return worst, told
}

// deliver runs one query as traffic. A server without an address is never asked: it is taken to answer, unless nothing is
// known of it.
func (w *walk) deliver(server Nameserver, q Question, tcp bool) Delivery {
	switch {
	case !server.Addr.IsValid() && server.Kind != ServerUnknown:
		return Delivered
	case !server.Addr.IsValid() || w.transport == nil:
		return CannotDeliver
	}
	return w.transport(server, q, tcp)
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
		return w.c.answer(w.view, q, asker{pod: w.client.Pod}, w.o.Upstream)
	case server.Resolver != nil:
		return AnswerOutside(w.view, server.Resolver, q)
	case server.Kind == ServerOutside:
		return answerNobody(w.view, q)
	}
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}}
	a.Unknown, a.UnknownReason = words.Say("dns.unknown.nobody-describes", server.Addr.String()), "outside.unknown"
	return a
}
