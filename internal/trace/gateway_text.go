package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// gatewayCause is the sentence of an outcome that a gateway decided, empty where the reason's own sentence will do.
func (e *engine) gatewayCause(end *ending) string {
	g := "Gateway " + refText(end.gateway)
	answers := fmt.Sprintf("answers %d", end.status)
	if end.status == 0 {
		answers = "answers a gRPC error"
	}
	route := "It"
	if end.object != nil {
		route = string(end.object.Kind) + " " + refText(end.object)
	}
	switch end.reason {
	case "pod.port-closed":
		return fmt.Sprintf("%s refuses port %s: %s.", g, end.got, end.why)
	case "l7.no-match":
		if end.status == 421 {
			return fmt.Sprintf("%s answers 421 (misdirected): %s.", g, end.why)
		}
		if strings.HasPrefix(end.why, "no listener") {
			return fmt.Sprintf("%s has no listener for host %s: it %s.", g, end.name, answers)
		}
		return fmt.Sprintf("No route of %s matches host %s, path %s: it %s.", g, end.name, end.wanted, answers)
	case "l7.not-admitted":
		reason, why, _ := strings.Cut(end.why, ": ")
		return fmt.Sprintf("%s is not attached (%s): %s; %s %s.", route, reason, why, g, answers)
	case "l7.no-backend":
		return fmt.Sprintf("%s has no backend for this: %s, and %s %s.", route, end.why, g, answers)
	case "l7.invalid-backend":
		if end.on == nil {
			return fmt.Sprintf("%s cannot be followed: %s, and %s %s.", route, end.why, g, answers)
		}
		return fmt.Sprintf("Backend %s of %s cannot be used: %s, and %s %s.", end.wanted, route, end.why, g, answers)
	case "l7.no-endpoints":
		return fmt.Sprintf("%s has no ready endpoint: %s %s.", capital(objectText(end.on)), g, answers)
	case "l7.upstream-refused":
		return fmt.Sprintf("Connection to %s (%s) is refused: %s %s.", end.wanted, objectText(end.on), g, answers)
	case "l7.upstream-timeout":
		return fmt.Sprintf("Connection to %s gets no answer because of %s: %s %s.", end.wanted, objectText(end.on), g, answers)
	case "l7.redirect":
		return fmt.Sprintf("%s redirects with HTTP %d to %s.", route, end.status, end.name)
	case "http.status":
		return fmt.Sprintf("%s answers HTTP %d itself: %s.", g, end.status, end.why)
	case "tls.no-certificate":
		return fmt.Sprintf("%s completes no TLS session: %s.", g, end.why)
	case "tls.plain-to-tls":
		return fmt.Sprintf("%s cannot read the request: %s.", g, end.why)
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
			{Text: "See which routes there are, and their hostnames.", Command: "kubectl get httproutes,grpcroutes -A"},
			look("Look at the gateway's listeners and how many routes each has.", g),
		}
	case "l7.not-admitted", "l7.invalid-backend", "l7.no-backend":
		if end.object != nil {
			return []Try{look("Look at the route's conditions: Accepted and ResolvedRefs say what is wrong.", end.object), look("Look at the gateway's listeners.", g)}
		}
	case "l7.no-endpoints":
		return []Try{{Text: "See whether it has endpoints.", Command: fmt.Sprintf("kubectl -n %s get endpointslices -l kubernetes.io/service-name=%s", end.on.Namespace, end.on.Name)}}
	case "l7.upstream-refused", "l7.upstream-timeout":
		return nil
	}
	return []Try{look("Look at the gateway's listeners and conditions.", g)}
}
