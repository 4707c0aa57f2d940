package trace_test

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// lbService is a load balancer's service of namespace red with an address and more of its spec.
func lbService(ip, more string) string {
	return strings.TrimSuffix(anObject("v1", "Service", "red/w", "type: LoadBalancer, clusterIP: 10.96.1.1, selector: {app: web}, "+more+
		"ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"), "\n") + "\nstatus: {loadBalancer: {ingress: [{ip: " + ip + "}]}}\n"
}

func TestAuditA23SourceRangesOfUnnamedHosts(t *testing.T) {
	const split = "cannot-tell assumption.source-address unknown"
	lan := func(ranges string) string {
		return lbService("192.168.5.240", "loadBalancerSourceRanges: ["+ranges+"], ")
	}
	far := func(ranges string) string {
		return lbService("198.51.100.8", "loadBalancerSourceRanges: ["+ranges+"], ")
	}
	for _, row := range []auditRow{
		{name: "A2.3 row 10: a range that holds the upper half of the LAN splits it", objects: lan("192.168.5.128/25"), from: "lan", command: "curl http://192.168.5.240/", want: split},
		{name: "A2.3 row 10: so does the lower half", objects: lan("192.168.5.0/25"), from: "lan", command: "curl http://192.168.5.240/", want: split},
		{name: "A2.3 row 10: and a single host", objects: lan("192.168.5.77/32"), from: "lan", command: "curl http://192.168.5.240/", want: split},
		{name: "A2.3 row 10: one that holds the whole LAN admits whoever stands in it", objects: lan("192.168.0.0/16"), from: "lan", command: "curl http://192.168.5.240/", want: "answered pod.delivered assumed"},
		{name: "A2.3 row 10: one that holds nothing of it admits nobody there", objects: lan("172.30.0.0/16"), from: "lan", command: "curl http://192.168.5.240/", want: "no-answer lb.source-ranges assumed"},
		{name: "A2.3 row 10: two halves make a whole", objects: lan("192.168.5.0/25, 192.168.5.128/25"), from: "lan", command: "curl http://192.168.5.240/", want: "answered pod.delivered assumed"},
		{name: "A2.3 row 10: a range of the Internet splits the Internet", objects: far("203.0.113.0/24"), from: "internet", command: "curl http://198.51.100.8/", want: split},
		{name: "A2.3 row 10: private ranges admit nobody of it", objects: far("10.0.0.0/8"), from: "internet", command: "curl http://198.51.100.8/", want: "no-answer lb.source-ranges assumed"},
		{name: "A2.3 row 10: every address may come", objects: far("10.0.0.0/8, 0.0.0.0/0"), from: "internet", command: "curl http://198.51.100.8/", want: "answered pod.delivered assumed"},
	} {
		row.run(t, calicoYard())
	}
}

func TestAuditBHostFirewalls(t *testing.T) {
	onHost := aPod("red/agent", "n2", "192.168.5.12", "app: web", "hostNetwork: true, containers: [{name: main, image: example/agent:1}]")
	const open = "answered pod.delivered"
	for _, row := range []auditRow{
		{name: "B: a firewall of the node may shut out the LAN from a pod on its network", objects: onHost, from: "lan/laptop", command: "curl http://192.168.5.12:8080/", want: open + " assumed"},
		{name: "B: and the node's own pods", objects: onHost, from: "pod/blue/cl", command: "curl http://192.168.5.12:8080/", want: open + " assumed"},
		{name: "B: what the node sends itself comes by the loopback interface", objects: onHost, from: "node/n2", command: "curl http://192.168.5.12:8080/", want: open + " certain"},
		{name: "B: a node port is passed on to a pod, which is no process of the node",
			objects: anObject("v1", "Service", "red/w", "type: NodePort, clusterIP: 10.96.1.1, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"),
			from:    "lan/laptop", command: "curl http://192.168.5.12:30080/", want: open + " certain"},
		{name: "B: kube-proxy's health check is a process of the node",
			objects: lbService("192.168.5.240", "externalTrafficPolicy: Local, healthCheckNodePort: 32000, "), from: "lan/laptop", command: "curl http://192.168.5.12:32000/",
			want: "answered http.status assumed 200"},
		{name: "B: so is what answers a ping", from: "lan/laptop", command: "ping -c 1 192.168.5.12", want: "answered host.delivered assumed"},
	} {
		row.run(t, calicoYard())
	}
}

func TestAuditEntryNodes(t *testing.T) {
	wouldFlip := func(t *testing.T, objects string) bool {
		tr := run(t, manifest(t, calicoYard()+objects), "lan/laptop", "curl http://192.168.5.240/")
		equal(t, tr.Verdict.Class, trace.Mixed)
		return assumption(tr, "entry-node").WouldFlip
	}
	closed := "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners: [{namespace: red, selector: app=shut, port: 1}]\n"
	t.Run("entry node: it matters where nodes without an endpoint drop", func(t *testing.T) {
		external := anObject("v1", "Service", "red/w", "clusterIP: 10.96.1.1, externalIPs: [192.168.5.240], externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]")
		equal(t, wouldFlip(t, external), true)
	})
	t.Run("entry node: it does not where one endpoint of two is closed", func(t *testing.T) {
		half := aPod("red/s", "n3", "10.244.3.21", "app: shut, tier: mix", "") + aPod("red/o", "n3", "10.244.3.22", "app: web, tier: mix", "")
		equal(t, wouldFlip(t, closed+half+strings.Replace(lbService("192.168.5.240", ""), "selector: {app: web}", "selector: {tier: mix}", 1)), false)
	})
}
