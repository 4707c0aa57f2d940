package names

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	kdns "github.com/kubestrata/kubestrata/internal/dns"
)

// judge answers questions for Kubestrata.
type judge struct {
	view   *cluster.View
	config *kdns.Config
}

func newJudge(w *world) judge {
	v := w.view()
	return judge{v, kdns.ReadConfig(v, kdns.Given{})}
}

// ask puts a question from the address that a test's client has on the loopback interface.
func (j judge) ask(q kdns.Question) kdns.Answer {
	return j.config.Answer(j.view, q, netip.MustParseAddr(clientIP))
}

// differ says in what an answer is not that of CoreDNS; empty where it is. Records are compared as sets, with their
// times to live. That an answer has no record of the type asked for is no code of its own on the wire.
func differ(real said, a kdns.Answer) string {
	code := string(a.RCode)
	if a.RCode == kdns.NoData {
		code = string(kdns.NoError)
	}
	mine := set(a.Records)
	theirs := set(real.records)
	if code == real.rcode && slices.Equal(mine, theirs) {
		return ""
	}
	return fmt.Sprintf("CoreDNS    %s %s\nKubestrata %s %s (plug-in %s, %s%s)", real.rcode, recordText(theirs), code, recordText(mine), a.Plugin, a.Why, a.Unknown)
}

func set(list []kdns.Record) []kdns.Record {
	out := slices.Clone(list)
	for i := range out {
		out[i].Name, out[i].Value = strings.ToLower(out[i].Name), strings.ToLower(out[i].Value)
	}
	slices.SortFunc(out, func(a, b kdns.Record) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Value, b.Value), cmp.Compare(a.TTL, b.TTL))
	})
	return slices.Compact(out)
}

func recordText(list []kdns.Record) string {
	var out []string
	for _, r := range list {
		out = append(out, fmt.Sprintf("[%s %d %s %s]", r.Name, r.TTL, r.Type, r.Value))
	}
	return strings.Join(out, " ")
}

// deliberate is why an answer differs on purpose; empty where it must not.
func deliberate(w *world, q kdns.Question, real said, a kdns.Answer) string {
	switch {
	case strings.HasPrefix(q.Name, "ns.dns.") && q.Name != strings.ToLower(q.Name):
		// isDefaultNS compares the name in lower case with the zone as it was written.
		return "CoreDNS does not find the name of the name server in capitals, which nobody asks for"
	case q.Type == "CNAME" && len(real.records) < 2 && len(a.Records) < 2 && slices.ContainsFunc(w.slices, isFQDN):
		return "of several endpoints with names CoreDNS gives one, in the order of its cache, which is none"
	case real.rcode == string(a.RCode) || a.RCode == kdns.NoData && real.rcode == string(kdns.NoError):
		if a.Reason != "" && strings.Contains(w.corefile(""), "\tcache ") && slices.Equal(ageless(real.records), ageless(a.Records)) {
			return "how long a cache keeps an alias without an address hangs on the authority section of what was forwarded"
		}
	}
	return ""
}

func ageless(list []kdns.Record) []kdns.Record {
	list = slices.Clone(list)
	for i := range list {
		list[i].TTL = 0
	}
	return set(list)
}

func isFQDN(s *discoveryv1.EndpointSlice) bool { return s.AddressType == discoveryv1.AddressTypeFQDN }
