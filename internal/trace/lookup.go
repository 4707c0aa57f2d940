package trace

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

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
	text := words.Say("says.dns.search", look.Name, words.Count("count.dots", dots), r.Ndots)
	switch {
	case strings.HasSuffix(look.Name, "."):
		text = words.Say("says.dns.search.dot", look.Name)
	case len(r.Search) == 0:
		text = words.Say("says.dns.search.no-list", look.Name)
	case dots < r.Ndots:
		text += words.Say("clause.search-list-first", strings.Join(r.Search, ", "))
	default:
		text += words.Say("clause.name-first")
	}
	if r.Unknown != "" {
		text += words.Say("clause.not-known", r.Unknown)
	}
	e.add(b, nil, at{
		kind: StepDNSSearch, ref: e.from.ref, layer: e.from.layer, noPacket: true, tried: tried, certainty: certainty, evidence: r.Evidence, sentence: text + ".",
		compared: []Comparison{{What: "ndots", Wanted: fmt.Sprint(r.Ndots), Got: fmt.Sprint(dots), Holds: dots >= r.Ndots}},
	})
}

func tryResult(t dns.Try) string {
	switch {
	case t.Answer != nil && t.Answer.RCode == dns.NoError:
		return words.Say("tried.dns.answered")
	case t.Answer != nil && t.Answer.RCode != "":
		return string(t.Answer.RCode)
	case t.Delivery == dns.TimedOut:
		return words.Say("tried.dns.no-reply")
	case t.Delivery == dns.PortRefused:
		return words.Say("tried.dns.refused")
	}
	return words.Say("tried.dns.unknown")
}

func serverText(s dns.Nameserver) string {
	switch {
	case s.Resolver != nil:
		return words.Say("clause.resolver", s.Resolver.Name, s.Addr)
	case s.Kind == dns.ServerCluster && !s.Addr.IsValid():
		return words.Say("clause.cluster-dns.unknown")
	case s.Kind == dns.ServerCluster:
		return words.Say("clause.cluster-dns", s.Addr)
	case !s.Addr.IsValid():
		return words.Say("clause.its-resolver")
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
	who := cmp.Or(a.Server, words.Say("clause.the-server"))
	if a.Plugin != "" && a.Plugin != "resolver" {
		who += words.Say("clause.dns-plugin", a.Plugin)
	}
	var addrs []string
	for _, x := range look.Addresses {
		addrs = append(addrs, x.String())
	}
	text := ""
	switch {
	case a.Unknown != "":
		text = words.Say("says.dns.answer.unknown", a.Question.Name, a.Unknown)
	case len(addrs) > 0:
		text = words.Say("says.dns.answer", a.Question.Name, strings.Join(addrs, ", "), who)
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
		text += words.Say("clause.asked-on", strings.Join(names, ", "))
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
	if look.Unknown != "" && e.dns.Service == nil && look.Unknown == look.Resolv.Unknown && !e.view.Readable(cluster.KindService, "") {
		end.reason = "rights." + string(cluster.KindService)
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
	if f := look.Final; f != nil && f.Delivery == dns.PortRefused {
		// musl's socket is not connected and hears of no refusal: it waits as if nobody answered.
		end.refused = e.facts.Value(facts.KeyLibc) != string(dns.Musl) || e.req.Question != nil
	}
	if end.reason == "dns.no-answer" && !end.refused {
		end.wait = look.Wait(dns.Libc(e.facts.Value(facts.KeyLibc)), len(names))
	}
	if end.reason == "dns.no-answer" && cause != nil && strings.HasPrefix(cause.reason, "policy.") {
		end.reason = "dns.blocked" // somebody forbids the query; in all other cases nobody is there to answer it
	}
	if cause != nil && (look.Final == nil || look.Final.Answer == nil) {
		end.certainty = worse(end.certainty, cause.certainty)
		end.object, end.on = cause.object, cause.on
		if cause.decidedBy != nil {
			end.decidedBy = cause.decidedBy
		}
		end.why = cmp.Or(cause.why, end.why)
		end.try = cause.try
		if cause.class == LeftTheMap && e.req.Question != nil {
			// The query is the request, and it goes to whom nothing here describes.
			end.class, end.reason, end.certainty = LeftTheMap, cause.reason, cause.certainty
		}
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
			Text:    words.Say("remedy.name.other-namespace", s.Name, s.Namespace),
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
