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

func TestAuditA15DNSThatNobodyWroteDown(t *testing.T) {
	service := anObject("v1", "Service", "red/w", "clusterIP: 10.96.1.1, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]")
	egress := func(rules string) string {
		return service + aPolicy("blue/e", "podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}}]}"+rules+"]")
	}
	const named = "curl http://w.red/"
	for _, row := range []auditRow{
		{name: "A1.5: files with nodes and no DNS are of a cluster that has one", objects: service, from: "pod/blue/cl", command: named, want: "answered pod.delivered assumed"},
		{name: "A1.5: whoever may not reach it finds no name", objects: egress(""), from: "pod/blue/cl", command: named, want: "name-not-found dns.blocked assumed"},
		{name: "A1.5: a rule for its namespace is enough", objects: egress(", {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}]}"),
			from: "pod/blue/cl", command: named, want: "answered pod.delivered assumed"},
		{name: "A1.5: so is one for the port", objects: egress(", {ports: [{port: 53, protocol: UDP}]}"), from: "pod/blue/cl", command: named, want: "answered pod.delivered assumed"},
		{name: "A1.5: an address needs no DNS", objects: egress(""), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: "answered pod.delivered certain"},
		{name: "A1.1: the cluster's domain may be given", objects: service, from: "pod/blue/cl", command: "curl http://w.red.svc.lab.test/", assume: []string{"cluster-domain=lab.test"}, want: "answered pod.delivered assumed"},
	} {
		row.run(t, calicoYard())
	}
}
