package trace_test

import "testing"

func TestAuditA32NodesAsSources(t *testing.T) {
	const into = "nc -zv -w 2 10.244.1.21 8080"
	rules := func(cidr, except string) string {
		return aPolicy("red/p", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "+cidr+", except: ["+except+"]}}]}]")
	}
	for _, row := range []auditRow{
		{name: "A3.2: another node may come with an address of the pod network, so that a block over it may admit the node",
			objects: rules("10.244.0.0/16", ""), from: "node/n2", command: into, want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.2: and a block with the nodes cut out may admit it as well",
			objects: rules("0.0.0.0/0", "192.168.5.0/24"), from: "node/n2", command: into, want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.2: the same of a pod on the host network",
			objects: rules("10.244.0.0/16", ""), from: "pod/blue/h2", command: into, want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.2: the pod network cut out may shut out a node that the block admits",
			objects: rules("192.168.0.0/16", ""), from: "node/n2", command: into, want: "answered pod.delivered assumed"},
		{name: "A3.2: a block that holds neither range shuts a node out, whichever address it comes with",
			objects: rules("172.30.0.0/16", ""), from: "node/n2", command: into, want: "no-answer policy.ingress-denied certain"},
		{name: "A3.2: the pod's own node is not judged",
			objects: rules("172.30.0.0/16", ""), from: "node/n1", command: into, want: "answered pod.delivered certain"},
	} {
		row.run(t, calicoYard())
	}
}

func TestAuditMixedSpeaksOfMostFailures(t *testing.T) {
	pods := aPod("red/m1", "n2", "10.244.2.71", "app: m, role: ok", "") + aPod("red/m2", "n2", "10.244.2.72", "app: m, role: shut", "") +
		aPod("red/m3", "n2", "10.244.2.73", "app: m, role: deny", "") + aPod("red/m4", "n2", "10.244.2.74", "app: m, role: deny", "") + `
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
listeners: [{namespace: red, selector: role=ok, port: 8080}, {namespace: red, selector: role=shut, port: 1}]
`
	service := anObject("v1", "Service", "red/m", "clusterIP: 10.96.4.4, selector: {app: m}, ports: [{port: 80, targetPort: 8080}]")
	for _, row := range []auditRow{
		{name: "of equal shares the reason is that of most", objects: pods + service + aPolicy("red/d", "podSelector: {matchLabels: {role: deny}}"),
			from: "pod/blue/cl", command: "curl http://10.96.4.4/", want: "mixed policy.ingress-denied certain"},
		{name: "without the policy one endpoint is closed", objects: pods + service, from: "pod/blue/cl", command: "curl http://10.96.4.4/", want: "mixed pod.port-closed assumed"},
	} {
		row.run(t, calicoYard())
	}
}
