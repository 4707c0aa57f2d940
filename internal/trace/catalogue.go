package trace

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
)

// maxWords and maxTitle bound sentences of verdicts and titles of steps.
const (
	maxWords = 25
	maxTitle = 22
)

// titles of steps, for a strip.
var titles = map[StepKind]string{
	StepStart:             "start",
	StepHostsFile:         "hosts file",
	StepDNSSearch:         "search list",
	StepDNSQuery:          "asks DNS",
	StepDNSAnswer:         "DNS answers",
	StepPodOut:            "leaves pod",
	StepPolicyEgress:      "out-gate",
	StepRulesDNAT:         "address swapped",
	StepRulesReject:       "rules refuse",
	StepRulesDrop:         "rules drop",
	StepRulesPass:         "no rule applies",
	StepRulesMasquerade:   "source masked",
	StepRouteLocal:        "same node",
	StepRouteNode:         "to its node",
	StepRouteOut:          "leaves cluster",
	StepWire:              "on the LAN",
	StepDoor:              "node door",
	StepLoadBalancer:      "load balancer",
	StepRouterNAT:         "router translates",
	StepBoundary:          "at the wall",
	StepHost:              "arrives at host",
	StepPolicyIngress:     "in-gate",
	StepProxyAccept:       "connection 1 ends",
	StepProxyMatch:        "rule matched",
	StepProxyAnswer:       "controller answers",
	StepProxyConnect:      "second connection",
	StepPodIn:             "enters pod",
	StepPodSocket:         "port listens",
	StepAnswer:            "answers",
	StepReply:             "reply",
	StepReplyUnmasquerade: "address put back",
	StepReplyUnDNAT:       "address put back",
	StepReplyUnPAT:        "address put back",
	StepEnd:               "end",
}

func titleOf(kind StepKind) string { return titles[kind] }

func shorten(s string, n int) string { return clip(s, n) }

// words cuts a sentence at a number of words.
func words(s string, n int) string {
	list := strings.Fields(s)
	if len(list) <= n {
		return strings.Join(list, " ")
	}
	return strings.TrimRight(strings.Join(list[:n-1], " "), ",;:.") + " …" // which counts as a word, too
}

// objectText names an object: kind, then namespace and name.
func objectText(r *cluster.Ref) string {
	if r == nil {
		return "something unknown"
	}
	switch r.Kind {
	case cluster.KindNetwork:
		return "the " + layerWordOf(r.Name)
	case cluster.KindPod, cluster.KindNode, cluster.KindHost, cluster.KindRouter, cluster.KindResolver, cluster.KindLoadBalancer:
		return kindWord(r.Kind) + " " + refText(r)
	case cluster.KindService:
		return "service " + refText(r)
	case cluster.KindIngress:
		return "ingress " + refText(r)
	}
	return string(r.Kind) + " " + refText(r)
}

func layerWordOf(name string) string {
	switch name {
	case "internet":
		return "Internet"
	case "lan":
		return "LAN"
	}
	return name + " network"
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
		return fmt.Sprintf("%s (%d%% of requests).", strings.TrimSuffix(cause, "."), percent(alike))
	}
	return fmt.Sprintf("%s (%d%% fail so, %d%% are answered).", strings.TrimSuffix(cause, "."), percent(alike), n)
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
		return fmt.Sprintf("%s gets nothing forwarded, for %s: kubectl says %q.", object, cmp.Or(end.why, "its node does not answer"), end.kubectl)
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
		return fmt.Sprintf("%s itself answers HTTP %d%s.", object, end.status, pathText(o))
	case "pod.port-closed", "host.port-closed":
		return fmt.Sprintf("%s refuses: nothing listens on port %d%s.", object, port, becauseOf(end.why, "nothing"))
	case "pod.not-running":
		return fmt.Sprintf("%s refuses port %d: %s.", object, port, cmp.Or(end.why, "its container is not running"))
	case "pod.gone":
		if end.object != nil && end.object.Kind == cluster.KindPod {
			return fmt.Sprintf("%s has ended and left %s: no pod has that address now.", object, e.addrText(end.addr.Addr()))
		}
		return fmt.Sprintf("No pod has the address %s: nothing answers there.", e.addrText(end.addr.Addr()))
	case "dns.nxdomain":
		if note := dnsPolicyNote(e.from.pod); note != "" {
			return fmt.Sprintf("Name %s does not exist: %s asks its node's DNS, not the cluster's, since %s.", end.name, objectText(pointer(e.from.ref)), note)
		}
		if end.object != nil {
			return fmt.Sprintf("Name %s does not exist here: %s is in another namespace, and %s tried names fail.", end.name, objectText(end.object), end.got)
		}
		return fmt.Sprintf("Name %s does not exist: %s answers NXDOMAIN to %s.", end.name, e.serverOf(end), countNames(end.got))
	case "dns.nodata":
		return fmt.Sprintf("Name %s has no address: %s answers without a record%s.", end.name, e.serverOf(end), becauseOf(end.why, ""))
	case "dns.servfail":
		return fmt.Sprintf("Name %s cannot be looked up: %s answers %s%s.", end.name, e.serverOf(end), cmp.Or(end.rcode, "SERVFAIL"), becauseOf(end.why, ""))
	case "dns.blocked", "dns.no-answer":
		if end.refused {
			return fmt.Sprintf("Name %s cannot be looked up: %s refuses the DNS query%s.", end.name, objectText(end.decidedBy), becauseOf(end.why, ""))
		}
		return fmt.Sprintf("Name %s gets no DNS reply: %s stops the query%s.", end.name, objectText(end.decidedBy), becauseOf(end.why, ""))
	case "dns.no-resolver":
		return fmt.Sprintf("Name %s cannot be looked up: %s has no DNS server%s.", end.name, objectText(pointer(e.from.ref)), becauseOf(end.why, ""))
	case "service.no-endpoints":
		if end.class == NoAnswer {
			return fmt.Sprintf("%s has no ready endpoint, so that nobody answers for %s%s.", object, e.addrText(end.addr.Addr()), becauseOf(end.why, "no endpoint"))
		}
		return fmt.Sprintf("%s has no ready endpoint%s: %s refuses %s.", object, becauseOf(end.got, ""), objectText(end.on), dst)
	case "service.no-local-endpoints":
		return fmt.Sprintf("%s cannot be reached through %s: %s.", object, objectText(end.on), cmp.Or(end.why, "its traffic policy is Local and no endpoint is there"))
	case "service.port-undefined":
		if end.protocol == "ICMP" {
			return fmt.Sprintf("%s answers no ping: its address exists only in rules for its ports, %s.", object, end.got)
		}
		return fmt.Sprintf("%s defines no port %d/%s, only %s: %s.", object, port, cmp.Or(end.protocol, "TCP"), cmp.Or(end.got, "others"), portUndefinedEnd(end))
	case "service.unknown-address":
		return fmt.Sprintf("No service has the address %s: nobody answers there%s.", e.addrText(end.addr.Addr()), becauseOf(end.why, "no service has"))
	case "service.not-proxied":
		return fmt.Sprintf("%s is not served by kube-proxy: %s.", object, cmp.Or(end.why, "its address leads nowhere"))
	case "node.port-closed":
		if end.wanted != "" {
			return fmt.Sprintf("%s refuses port %d, NodePort of %s: %s.", object, port, end.wanted, end.why)
		}
		return fmt.Sprintf("%s refuses port %d: no NodePort, host port or pod is known there.", object, port)
	case "node.not-ready":
		return fmt.Sprintf("%s is not Ready, so that nothing comes back from it.", object)
	case "lb.pending":
		return fmt.Sprintf("%s is pending: it has no load-balancer address%s.", object, becauseOf(end.why, ""))
	case "lb.source-ranges":
		return fmt.Sprintf("%s admits no %s: it is not in loadBalancerSourceRanges.", object, e.addrText(e.from.addr))
	case "lb.private-address":
		return fmt.Sprintf("%s has the private address %s: the Internet has no route to it.", object, e.addrText(end.addr.Addr()))
	case "policy.ingress-denied", "policy.egress-denied":
		what := "drops"
		if end.class == Refused {
			what = "refuses"
		}
		side := "to"
		if end.direction == "egress" {
			side = "from"
		}
		return fmt.Sprintf("%s %s traffic %s %s: %s.", policyText(end.decidedBy), what, side, objectText(end.on), end.why)
	case "boundary.no-route":
		if end.unreachable {
			return fmt.Sprintf("%s cannot send to %s: %s.", capital(objectText(pointer(e.from.ref))), e.addrText(end.addr.Addr()), end.why)
		}
		return fmt.Sprintf("No route leads from the %s to %s: %s.", layerWordOf(string(e.from.layer)), objectText(end.object), cmp.Or(end.why, "nothing knows "+e.addrText(end.addr.Addr())))
	case "boundary.needs-door":
		if end.object != nil && end.object.Kind == cluster.KindRouter {
			return fmt.Sprintf("%s has no port forward for %s: the packet ends there.", object, dst)
		}
		return fmt.Sprintf("No door leads from the %s to %s at %s: %s.", layerWordOf(string(e.from.layer)), objectText(end.object), dst, cmp.Or(end.why, "it needs "+end.got))
	case "l7.no-match":
		return fmt.Sprintf("No ingress rule matches host %s, path %s: controller %s answers %d.", end.name, end.why, refText(end.decidedBy), end.status)
	case "l7.no-controller":
		switch {
		case end.class == Refused:
			return fmt.Sprintf("No controller serves %s%s: %s refuses port %d.", object, becauseOf(end.why, ""), objectText(end.on), port)
		case end.status != 0:
			return fmt.Sprintf("No controller serves %s%s: controller %s answers %d.", object, becauseOf(end.why, ""), refText(end.decidedBy), end.status)
		}
		return fmt.Sprintf("%s has no controller that serves it%s.", capital(object), becauseOf(end.why, ""))
	case "l7.no-endpoints":
		return fmt.Sprintf("%s has no ready endpoint: controller %s answers %d.", capital(objectText(cmpRef(end.on, end.object))), refText(end.decidedBy), end.status)
	case "l7.no-backend":
		return fmt.Sprintf("Backend %s of %s does not exist: controller %s answers %d.", end.wanted, objectText(end.object), refText(end.decidedBy), end.status)
	case "l7.invalid-backend":
		return fmt.Sprintf("Backend %s of %s cannot be used: controller %s answers %d.", end.wanted, objectText(end.object), refText(end.decidedBy), end.status)
	case "l7.upstream-refused":
		return fmt.Sprintf("Connection to %s (%s) is refused: %s answers %d.", end.wanted, objectText(end.on), objectText(end.decidedBy), end.status)
	case "l7.upstream-timeout":
		return fmt.Sprintf("Connection to %s gets no answer because of %s: %s answers %d.", end.wanted, objectText(end.on), objectText(end.decidedBy), end.status)
	case "l7.redirect":
		return fmt.Sprintf("Controller %s redirects with HTTP %d to %s.", refText(end.decidedBy), end.status, end.name)
	case "l7.not-admitted":
		return fmt.Sprintf("%s does not count at controller %s: %s, and it answers %d.", object, refText(end.decidedBy), end.why, end.status)
	case "tls.no-certificate":
		return fmt.Sprintf("%s shows its default certificate: none is set for %s.", object, end.name)
	case "tls.name-mismatch":
		return fmt.Sprintf("%s shows a certificate that is not for %s.", object, end.name)
	case "tls.plain-to-tls":
		return fmt.Sprintf("%s cannot read the request: %s.", object, end.why)
	case "outside.unknown":
		if end.class == CannotTell {
			return fmt.Sprintf("Nothing here describes what is asked for: %s.", cmp.Or(end.why, end.name))
		}
		return fmt.Sprintf("The request leaves the map: nothing here describes %s.", dst)
	}
	return e.cannotTellSentence(end)
}

// serverOf names who answered a query; the resolver of a client of which nothing is known is just its own.
func (e *engine) serverOf(end *ending) string {
	if end.decidedBy == nil || *end.decidedBy == e.from.ref {
		return "its own resolver"
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
		return fmt.Sprintf("%s objects may not be read, and the answer depends on them.", what)
	case "assumption":
		return fmt.Sprintf("It depends on %s: %s.", strings.ReplaceAll(what, "-", " "), cmp.Or(end.why, "nothing here shows it"))
	}
	return fmt.Sprintf("%s is not modelled%s.", capital(cmp.Or(end.name, strings.ReplaceAll(what, "-", " "))), becauseOf(end.why, ""))
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
		return "it"
	}
	return "all " + n + " names tried"
}

func pathText(o Outcome) string {
	if o.UpstreamPath == "" {
		return ""
	}
	return " to path " + o.UpstreamPath
}

func portUndefinedEnd(end *ending) string {
	if end.class == Refused {
		return "the node refuses"
	}
	return "nothing answers"
}

// deliveredSentence is the answer of a request that arrives.
func (e *engine) deliveredSentence(end *ending, o Outcome, r result) string {
	object := objectText(cmpRef(end.object, end.decidedBy))
	if end.direction == "dns" {
		found := "what was asked for"
		if e.lookup != nil && len(e.lookup.Addresses) > 0 {
			found = strings.Join(e.lookup.Addresses[:min(4, len(e.lookup.Addresses))], ", ")
			if more := len(e.lookup.Addresses) - 4; more > 0 {
				found += fmt.Sprintf(" and %d more", more)
			}
		} else if e.lookup != nil && len(e.lookup.Records) > 0 {
			found = e.lookup.Records[0].Type + " " + strings.TrimSuffix(e.lookup.Records[0].Value, ".")
		}
		return fmt.Sprintf("%s answers: %s is %s.", capital(object), end.name, found)
	}
	status := "answers"
	if end.status != 0 {
		status = fmt.Sprintf("answers HTTP %d", end.status)
	}
	if n := r.endpoints(); n > 1 && o.Backend != nil {
		s := fmt.Sprintf("%s %s/%s %s, by any of %d endpoints", kindTitle(o.Backend.Kind), o.Backend.Namespace, o.Backend.Name, status, n)
		if e.listeningAssumed() && end.status == 0 && end.protocol != "" {
			s += fmt.Sprintf(", if they listen on port %d", end.addr.Port())
		}
		return s + "."
	}
	s := fmt.Sprintf("%s %s", capital(object), status)
	if e.listeningAssumed() && end.status == 0 && end.protocol != "" {
		s += fmt.Sprintf(", if it listens on port %d", end.addr.Port())
	}
	return s + "."
}

func kindTitle(k cluster.Kind) string { return capital(strings.ToLower(string(k))) }

func (e *engine) listeningAssumed() bool { return e.used[facts.KeyListening] }
