package trace_test

import "testing"

func TestAuditA1NamesThatNobodyHas(t *testing.T) {
	const missing, unknown = "name-not-found dns.nxdomain assumed", "cannot-tell outside.unknown unknown"
	ingress := anObject("networking.k8s.io/v1", "Ingress", "red/i", "rules: [{host: web.stadt, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: w, port: {number: 80}}}}]}}]")
	for _, row := range []auditRow{
		{name: "A1.3: a service of a namespace that is not there", from: "pod/blue/cl", command: "curl http://web.nowhere/", want: missing},
		{name: "A1.3: a service that is not there, of a namespace that is", from: "pod/blue/cl", command: "curl http://nosuch.red/", want: missing},
		{name: "A1.3: a cluster domain misspelt", from: "pod/blue/cl", command: "curl http://w.red.svc.cluster.locl/", want: missing},
		{name: "A1.4: the Internet may have what ends in a top-level domain", from: "pod/blue/cl", command: "curl http://web.shop/", want: unknown},
		{name: "A1.4: and a network of its own what ends as such names do", from: "pod/blue/cl", command: "curl http://web.corp/", want: unknown},
		{name: "A1.4: an ingress means its host to be known", objects: ingress, from: "lan/laptop", command: "curl http://web.stadt/", want: unknown},
	} {
		row.run(t, calicoYard())
	}
}
