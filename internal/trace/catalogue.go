package trace

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxWords and maxTitle bound sentences of verdicts and titles of steps.
const (
	maxWords = 25
	maxTitle = 22
)

// titleOf is the title of a kind of step, for a strip.
func titleOf(kind StepKind) string { return words.Say("step." + string(kind)) }

func shorten(s string, n int) string { return clip(s, n) }

// clipWords cuts a sentence at a number of words.
func clipWords(s string, n int) string {
	list := strings.Fields(s)
	if len(list) <= n {
		return strings.Join(list, " ")
	}
	return strings.TrimRight(strings.Join(list[:n-1], " "), ",;:.") + " …" // which counts as a word, too
}

// objectText names an object: kind, then namespace and name.
func objectText(r *cluster.Ref) string {
	if r == nil {
		return words.Say("clause.something-unknown")
	}
	switch r.Kind {
	case cluster.KindNetwork:
		return words.Say("clause.the", layerWordOf(r.Name))
	case cluster.KindPod, cluster.KindNode, cluster.KindHost, cluster.KindRouter, cluster.KindResolver, cluster.KindLoadBalancer:
		return kindWord(r.Kind) + " " + refText(r)
	case cluster.KindService:
		return words.Say("kind.service") + " " + refText(r)
	case cluster.KindIngress:
		return words.Say("kind.ingress") + " " + refText(r)
	}
	return string(r.Kind) + " " + refText(r)
}

func layerWordOf(name string) string {
	if words.Known("layer." + name) {
		return words.Say("layer." + name)
	}
	return words.Say("layer.network", name)
}

// verdictSentence is the answer in one sentence.
func (e *engine) verdictSentence(r result, i int, class Class) string {
	end, o := r.ends[i], r.outcomes[i]
	cause := e.causeOf(end, o, r)
	if class != Mixed {
		return cause
	}
	alike := 0.0
	for k := range r.outcomes {
		if r.outcomes[k].Class == o.Class && r.outcomes[k].Reason == o.Reason {
			alike += r.outcomes[k].Share
		}
	}
	n := answeredShare(r)
	if n == 0 || o.Class == Answered {
		return words.Say("reason.mixed", strings.TrimSuffix(cause, "."), percent(alike))
	}
	return words.Say("reason.mixed.partly", strings.TrimSuffix(cause, "."), percent(alike), n)
}

func percent(share float64) int { return int(share*100 + 0.5) }

// causeOf is the sentence of one outcome.
func (e *engine) causeOf(end *ending, o Outcome, r result) string {
	object := capital(objectText(cmpRef(end.object, end.decidedBy)))
	port := end.addr.Port()
	dst := e.socket(end.addr)
	if end.says != "" {
		return end.says
	}
	if end.kubectl != "" {
		return words.Say("reason.kubectl", object, cmp.Or(end.why, words.Say("clause.node-does-not-answer")), end.kubectl)
	}
	if end.gateway != nil {
		if s := e.gatewayCause(end); s != "" {
			return s
		}
	}
	switch end.reason {
	case "pod.delivered", "host.delivered":
		return e.deliveredSentence(end, o, r)
	case "http.status":
		return words.Say("reason.http.status", object, end.status, pathText(o))
	case "pod.port-closed", "host.port-closed":
		return words.Say("reason.pod.port-closed", object, port, becauseOf(end.why, words.Say("clause.except.nothing")))
	case "pod.not-running":
		return words.Say("reason.pod.not-running", object, port, cmp.Or(end.why, words.Say("clause.container-not-running")))
	case "pod.gone":
		if end.object != nil && end.object.Kind == cluster.KindPod {
			return words.Say("reason.pod.gone", object, e.addrText(end.addr.Addr()))
		}
		return words.Say("reason.pod.gone.address", e.addrText(end.addr.Addr()))
	case "dns.nxdomain":
		if note := dnsPolicyNote(e.from.pod); note != "" {
			return words.Say("reason.dns.nxdomain.node-dns", end.name, objectText(pointer(e.from.ref)), note)
		}
		if end.object != nil {
			return words.Say("reason.dns.nxdomain.other-namespace", end.name, objectText(end.object), end.got)
		}
		return words.Say("reason.dns.nxdomain", end.name, e.serverOf(end), countNames(end.got))
	case "dns.nodata":
		return words.Say("reason.dns.nodata", end.name, e.serverOf(end), becauseOf(end.why, ""))
	case "dns.servfail":
		return words.Say("reason.dns.servfail", end.name, e.serverOf(end), cmp.Or(end.rcode, "SERVFAIL"), becauseOf(end.why, ""))
	case "dns.blocked", "dns.no-answer":
		if end.refused {
			return words.Say("reason.dns.blocked.refused", end.name, objectText(end.decidedBy), becauseOf(end.why, ""))
		}
		return words.Say("reason.dns.blocked", end.name, objectText(end.decidedBy), becauseOf(end.why, ""))
	case "dns.no-resolver":
		return words.Say("reason.dns.no-resolver", end.name, objectText(pointer(e.from.ref)), becauseOf(end.why, ""))
	case "service.no-endpoints":
		if end.class == NoAnswer {
			return words.Say("reason.service.no-endpoints.silent", object, e.addrText(end.addr.Addr()), becauseOf(end.why, words.Say("clause.except.no-endpoint")))
		}
		return words.Say("reason.service.no-endpoints", object, becauseOf(end.got, ""), objectText(end.on), dst)
	case "service.no-local-endpoints":
		return words.Say("reason.service.no-local-endpoints", object, objectText(end.on), cmp.Or(end.why, words.Say("clause.no-local-endpoint")))
	case "service.port-undefined":
		if end.protocol == "ICMP" {
			return words.Say("reason.service.port-undefined.ping", object, end.got)
		}
		return words.Say("reason.service.port-undefined", object, port, cmp.Or(end.protocol, "TCP"), cmp.Or(end.got, words.Say("clause.others")), portUndefinedEnd(end))
	case "service.unknown-address":
		return words.Say("reason.service.unknown-address", e.addrText(end.addr.Addr()), becauseOf(end.why, words.Say("clause.except.no-service-has")))
	case "service.not-proxied":
		return words.Say("reason.service.not-proxied", object, cmp.Or(end.why, words.Say("clause.address-leads-nowhere")))
	case "node.port-closed":
		if end.wanted != "" {
			return words.Say("reason.node.port-closed.node-port", object, port, end.wanted, end.why)
		}
		return words.Say("reason.node.port-closed", object, port)
	case "node.not-ready":
		return words.Say("reason.node.not-ready", object)
	case "lb.pending":
		return words.Say("reason.lb.pending", object, becauseOf(end.why, ""))
	case "lb.source-ranges":
		return words.Say("reason.lb.source-ranges", object, e.addrText(e.from.addr))
	case "lb.private-address":
		return words.Say("reason.lb.private-address", object, e.addrText(end.addr.Addr()))
	case "policy.ingress-denied", "policy.egress-denied":
		key := "reason.policy.ingress-denied"
		if end.direction == "egress" {
			key = "reason.policy.egress-denied"
		}
		if end.class == Refused {
			key += ".refused"
		}
		return words.Say(key, policyText(end.decidedBy), objectText(end.on), end.why)
	case "boundary.no-route":
		if end.unreachable {
			return words.Say("reason.boundary.no-route.unreachable", capital(objectText(pointer(e.from.ref))), e.addrText(end.addr.Addr()), end.why)
		}
		return words.Say("reason.boundary.no-route", layerWordOf(string(e.from.layer)), objectText(end.object), cmp.Or(end.why, words.Say("clause.nothing-knows", e.addrText(end.addr.Addr()))))
	case "boundary.needs-door":
		if end.object != nil && end.object.Kind == cluster.KindRouter {
			return words.Say("reason.boundary.needs-door.router", object, dst)
		}
		return words.Say("reason.boundary.needs-door", layerWordOf(string(e.from.layer)), objectText(end.object), dst, cmp.Or(end.why, words.Say("clause.needs", end.got)))
	case "l7.no-match":
		return words.Say("reason.l7.no-match", end.name, end.why, refText(end.decidedBy), end.status)
	case "l7.no-controller":
		switch {
		case end.class == Refused:
			return words.Say("reason.l7.no-controller.refused", object, becauseOf(end.why, ""), objectText(end.on), port)
		case end.status != 0:
			return words.Say("reason.l7.no-controller.answers", object, becauseOf(end.why, ""), refText(end.decidedBy), end.status)
		}
		return words.Say("reason.l7.no-controller", capital(object), becauseOf(end.why, ""))
	case "l7.no-endpoints":
		return words.Say("reason.l7.no-endpoints", capital(objectText(cmpRef(end.on, end.object))), refText(end.decidedBy), end.status)
	case "l7.no-backend":
		return words.Say("reason.l7.no-backend", end.wanted, objectText(end.object), refText(end.decidedBy), end.status)
	case "l7.invalid-backend":
		return words.Say("reason.l7.invalid-backend", end.wanted, objectText(end.object), refText(end.decidedBy), end.status)
	case "l7.upstream-refused":
		return words.Say("reason.l7.upstream-refused", end.wanted, objectText(end.on), objectText(end.decidedBy), end.status)
	case "l7.upstream-timeout":
		return words.Say("reason.l7.upstream-timeout", end.wanted, objectText(end.on), objectText(end.decidedBy), end.status)
	case "l7.redirect":
		return words.Say("reason.l7.redirect", refText(end.decidedBy), end.status, end.name)
	case "l7.not-admitted":
		return words.Say("reason.l7.not-admitted", object, refText(end.decidedBy), end.why, end.status)
	case "tls.no-certificate":
		return words.Say("reason.tls.no-certificate", object, end.name)
	case "tls.name-mismatch":
		return words.Say("reason.tls.name-mismatch", object, end.name)
	case "tls.plain-to-tls":
		return words.Say("reason.tls.plain-to-tls", object, end.why)
	case "outside.unknown":
		if end.class == CannotTell {
			return words.Say("reason.outside.unknown.asked", cmp.Or(end.why, end.name))
		}
		return words.Say("reason.outside.unknown", dst)
	}
	return e.cannotTellSentence(end)
}

// serverOf names who answered a query; the resolver of a client of which nothing is known is just its own.
func (e *engine) serverOf(end *ending) string {
	if end.decidedBy == nil || *end.decidedBy == e.from.ref {
		return words.Say("clause.own-resolver")
	}
	if end.reason == "dns.servfail" && end.on != nil { // what decided stood behind the server
		return objectText(end.on)
	}
	return objectText(end.decidedBy)
}

func (e *engine) cannotTellSentence(end *ending) string {
	kind, what, _ := strings.Cut(end.reason, ".")
	switch kind {
	case "rights":
		return words.Say("reason.rights", what)
	case "assumption":
		return words.Say("reason.assumption", factName(what), cmp.Or(end.why, words.Say("clause.nothing-shows")))
	}
	return words.Say("reason.not-modelled", capital(cmp.Or(end.name, strings.ReplaceAll(what, "-", " "))), becauseOf(end.why, ""))
}

// factName is what a fact is called within a sentence; the engine's own facts are called by their keys.
func factName(key string) string {
	if words.Known("fact.name." + key) {
		return words.Say("fact.name." + key)
	}
	return strings.ReplaceAll(key, "-", " ")
}

func cmpRef(a, b *cluster.Ref) *cluster.Ref {
	if a != nil {
		return a
	}
	return b
}

func becauseOf(why, except string) string {
	if why == "" || except != "" && strings.HasPrefix(why, except) {
		return ""
	}
	return ", " + strings.TrimSuffix(why, ".")
}

func countNames(n string) string {
	if n == "1" || n == "" || n == "0" {
		return words.Say("clause.name-asked")
	}
	return words.Say("clause.all-names", n)
}

func pathText(o Outcome) string {
	if o.UpstreamPath == "" {
		return ""
	}
	return " " + words.Say("clause.to-path", o.UpstreamPath)
}

func portUndefinedEnd(end *ending) string {
	if end.class == Refused {
		return words.Say("clause.node-refuses")
	}
	return words.Say("clause.nothing-answers")
}

// deliveredSentence is the answer of a request that arrives.
func (e *engine) deliveredSentence(end *ending, o Outcome, r result) string {
	object := objectText(cmpRef(end.object, end.decidedBy))
	if end.direction == "dns" {
		found := words.Say("clause.what-was-asked")
		if e.lookup != nil && len(e.lookup.Addresses) > 0 {
			found = strings.Join(e.lookup.Addresses[:min(4, len(e.lookup.Addresses))], ", ")
			if more := len(e.lookup.Addresses) - 4; more > 0 {
				found += " " + words.Say("clause.and-more", more)
			}
		} else if e.lookup != nil && len(e.lookup.Records) > 0 {
			found = e.lookup.Records[0].Type + " " + strings.TrimSuffix(e.lookup.Records[0].Value, ".")
		}
		return words.Say("reason.pod.delivered.dns", capital(object), end.name, found)
	}
	status := words.Say("clause.answers")
	if end.status != 0 {
		status = words.Say("clause.answers-status", end.status)
	}
	if n := r.endpoints(); n > 1 && o.Backend != nil {
		s := words.Say("reason.pod.delivered.any", kindTitle(o.Backend.Kind), o.Backend.Namespace, o.Backend.Name, status, n)
		if e.listeningAssumed() && end.status == 0 && end.protocol != "" {
			s += words.Say("clause.if-they-listen", end.addr.Port())
		}
		return s + "."
	}
	s := fmt.Sprintf("%s %s", capital(object), status)
	if e.listeningAssumed() && end.status == 0 && end.protocol != "" {
		s += words.Say("clause.if-it-listens", end.addr.Port())
	}
	return s + "."
}

func kindTitle(k cluster.Kind) string { return capital(strings.ToLower(string(k))) }

func (e *engine) listeningAssumed() bool { return e.used[facts.KeyListening] }
