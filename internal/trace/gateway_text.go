package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// gatewayCause is the sentence of an outcome that a gateway decided, empty where the reason's own sentence will do.
func (e *engine) gatewayCause(end *ending) string {
	g := words.Say("clause.gateway", refText(end.gateway))
	answers := words.Say("clause.answers-bare-status", end.status)
	if end.status == 0 {
		answers = words.Say("clause.answers-grpc-error")
	}
	route := words.Say("clause.it")
	if end.object != nil {
		route = string(end.object.Kind) + " " + refText(end.object)
	}
	switch end.reason {
	case "pod.port-closed":
		return words.Say("reason.pod.port-closed.gateway", g, end.got, end.why)
	case "l7.no-match":
		if end.status == 421 {
			return words.Say("reason.l7.no-match.gateway.misdirected", g, end.why)
		}
		if end.unheard {
			return words.Say("reason.l7.no-match.gateway.no-listener", g, end.name, answers)
		}
		return words.Say("reason.l7.no-match.gateway", g, end.name, end.wanted, answers)
	case "l7.not-admitted":
		reason, why, _ := strings.Cut(end.why, ": ")
		return words.Say("reason.l7.not-admitted.gateway", route, reason, why, g, answers)
	case "l7.no-backend":
		return words.Say("reason.l7.no-backend.gateway", route, end.why, g, answers)
	case "l7.invalid-backend":
		if end.on == nil {
			return words.Say("reason.l7.invalid-backend.gateway.filter", route, end.why, g, answers)
		}
		return words.Say("reason.l7.invalid-backend.gateway", end.wanted, route, end.why, g, answers)
	case "l7.no-endpoints":
		return words.Say("reason.l7.no-endpoints.gateway", capital(objectText(end.on)), g, answers)
	case "l7.upstream-refused":
		return words.Say("reason.l7.upstream-refused.gateway", end.wanted, objectText(end.on), g, answers)
	case "l7.upstream-timeout":
		return words.Say("reason.l7.upstream-timeout.gateway", end.wanted, objectText(end.on), g, answers)
	case "l7.redirect":
		return words.Say("reason.l7.redirect.gateway", route, end.status, end.name)
	case "http.status":
		return words.Say("reason.http.status.gateway", g, end.status, end.why)
	case "tls.no-certificate":
		return words.Say("reason.tls.no-certificate.gateway", g, end.why)
	case "tls.plain-to-tls":
		return words.Say("reason.tls.plain-to-tls.gateway", g, end.why)
	}
	return ""
}

// gatewayTries are next things to do where a gateway decided.
func gatewayTries(end *ending) []Try {
	g := end.gateway
	look := func(text string, r *cluster.Ref) Try {
		return Try{Text: text, Command: fmt.Sprintf("kubectl -n %s get %s %s -o yaml", r.Namespace, strings.ToLower(string(r.Kind)), r.Name)}
	}
	switch end.reason {
	case "l7.no-match":
		return []Try{
			{Text: words.Say("remedy.gateway.routes-and-hosts"), Command: "kubectl get httproutes,grpcroutes -A"},
			look(words.Say("remedy.gateway.listeners-and-routes"), g),
		}
	case "l7.not-admitted", "l7.invalid-backend", "l7.no-backend":
		if end.object != nil {
			return []Try{look(words.Say("remedy.gateway.route-conditions"), end.object), look(words.Say("remedy.gateway.listeners"), g)}
		}
	case "l7.no-endpoints":
		return []Try{{Text: words.Say("remedy.has-endpoints"), Command: fmt.Sprintf("kubectl -n %s get endpointslices -l kubernetes.io/service-name=%s", end.on.Namespace, end.on.Name)}}
	case "l7.upstream-refused", "l7.upstream-timeout":
		return nil
	}
	return []Try{look(words.Say("remedy.gateway.conditions"), g)}
}
