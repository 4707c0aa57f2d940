package trace_test

import (
	"strings"
	"testing"
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
