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
