package trace

import (
	"fmt"

	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// healthCheck is a packet at a health-check node port, where kube-proxy itself listens and speaks plain HTTP
// (k8s.io/kubernetes pkg/proxy/healthcheck/service_health.go).
func (e *engine) healthCheck(b branch, node string, d service.Decision, certainty Certainty) []branch {
	b.seen = e.addrText(b.src.Addr())
	e.doubtHost(&b, node)
	certainty = worse(certainty, b.certainty)
	e.add(&b, nil, at{
		kind: StepRulesPass, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerLAN, sentence: sentence(d.Why),
		rule: ruleOf(d), tried: triedOf(d), certainty: certainty, evidence: d.Evidence,
	})
	end := ending{
		class: Answered, reason: "host.delivered", certainty: certainty, decidedBy: serviceRef(d.Service), object: serviceRef(d.Service),
		on: pointer(nodeRef(node)), why: d.Why, protocol: e.protocol(&b),
	}
	if b.http == nil {
		e.add(&b, nil, at{
			kind: StepAnswer, ref: nodeRef(node), layer: surroundings.LayerLAN, certainty: certainty, sentence: words.Say("says.host.kube-proxy", node),
		})
		return b.stop(end)
	}
	if e.speaksTLS(b) {
		end.class, end.reason, end.why = TLSError, "tls.plain-to-tls", words.Say("clause.kube-proxy-speaks-http", b.dst.Port())
		return b.stop(end)
	}
	end.class, end.reason, end.status = statusClass(d.HTTPStatus), "http.status", d.HTTPStatus
	end.body = fmt.Sprintf("{\n\t\"service\": {\n\t\t\"namespace\": %q,\n\t\t\"name\": %q\n\t},\n\t\"localEndpoints\": %d,\n\t\"serviceProxyHealthy\": true\n}",
		d.Service.Namespace, d.Service.Name, d.LocalReady)
	before := e.header(&b)
	b.http = &HTTP{Status: d.HTTPStatus, Body: clip(end.body, 200), Headers: map[string]string{
		"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "X-Load-Balancing-Endpoint-Weight": fmt.Sprint(d.LocalReady),
	}}
	e.add(&b, before, at{
		kind: StepAnswer, ref: nodeRef(node), about: serviceRef(d.Service), layer: surroundings.LayerLAN, certainty: certainty, evidence: d.Evidence,
		title: words.Say("title.answers-status", d.HTTPStatus), sentence: words.Say("says.answer.kube-proxy", node, d.HTTPStatus, d.Why),
	})
	return b.stop(end)
}
