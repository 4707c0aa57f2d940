package trace_test

import "testing"

// Source ranges, undefined ports and addresses, load balancers that answer for themselves, health checks and pings.
func TestSemanticsA23Rows10To16(t *testing.T) {
	rows := []serviceRow{
		{
			name:    "row 10: source ranges and a pod outside of them",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [172.20.128.0/24]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "no-answer lb.source-ranges certain",
		},
		{
			name:    "row 10: source ranges and a pod inside",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.244.0.0/16]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 10: source ranges and a node outside",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.244.0.0/16]") + publicVIP + farEnd, from: "node/node01", command: "curl http://198.51.100.9/",
			want: "no-answer lb.source-ranges certain",
		},
		{
			name:    "row 10: a range of everything is none",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.0.0.0/32, 0.0.0.0/0]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 10: source ranges without endpoints",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [172.20.128.0/24]") + publicVIP + noEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "refused service.no-endpoints certain", nft: "no-answer lb.source-ranges certain", ipvs: "no-answer lb.source-ranges certain",
		},
		{
			name:    "row 10: LB address in the LAN, laptop in the ranges",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [' 172.20.128.50/32']") + lanVIP + farEnd, from: "lan/laptop", via: "node/node01", command: "curl http://172.20.128.200/",
			want: "answered pod.delivered assumed", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 10: LB address in the LAN, laptop outside",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [172.20.128.51/32]") + lanVIP + farEnd, from: "lan/laptop", via: "node/node01", command: "curl http://172.20.128.200/",
			want: "no-answer lb.source-ranges assumed",
		},
		{
			name:    "row 10: a node inside the ranges",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [172.20.128.6/32]") + publicVIP + farEnd, from: "node/node01", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 10: ranges of the other family are none",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: ['fd00::/8']") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 10: the short circuit does not pass the ranges",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, loadBalancerSourceRanges: [172.20.128.0/24]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "no-answer lb.source-ranges certain",
		},
		{
			name:    "row 11: NodePort is not guarded",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.0.0.0/32]") + publicVIP + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 11: ClusterIP is not guarded",
			objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.0.0.0/32]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "row 11: externalIP is not guarded",
			objects: svc("w", asLoadBalancer+"externalIPs: [198.51.100.10], loadBalancerSourceRanges: [10.0.0.0/32]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.10/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 12: undefined port from a pod",
			objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9:81/",
			want: "no-answer service.port-undefined assumed", nft: "refused service.port-undefined certain", ipvs: "refused service.port-undefined certain",
		},
		{
			name:    "row 12: undefined port from the node",
			objects: svc("w", "") + bothEnds, from: "node/node01", command: "curl http://10.96.7.9:81/",
			want: "no-answer service.port-undefined assumed", nft: "refused service.port-undefined certain", ipvs: "refused service.port-undefined certain",
		},
		{
			name:    "row 12: undefined protocol",
			objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "nc -u -z 10.96.7.9 80",
			want: "no-answer service.port-undefined assumed", nft: "refused service.port-undefined certain", ipvs: "refused service.port-undefined certain",
		},
		{
			name:    "row 12: undefined port of an LB address",
			objects: svc("w", asLoadBalancer) + publicVIP + bothEnds, from: "pod/default/client", command: "curl http://198.51.100.9:81/",
			want: "no-answer service.port-undefined assumed", ipvs: "refused service.port-undefined certain",
		},
		{
			name: "row 13: an address of no service",
			from: "pod/default/client", command: "curl http://10.96.200.200/",
			want: "no-answer service.unknown-address assumed", nft: "no-answer service.unknown-address certain",
		},
		{
			name: "row 13: an address of no service, from the node",
			from: "node/node01", command: "curl http://10.96.200.200/",
			want: "no-answer service.unknown-address assumed", nft: "no-answer service.unknown-address certain",
		},
		{
			name:    "row 14: ipMode Proxy",
			objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9, ipMode: Proxy}]}}\n" + bothEnds, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered assumed", seen: "10.244.1.6<172.20.128.6* 0.25, 10.244.1.6<172.20.128.7* 0.25, 10.244.2.6<172.20.128.6* 0.25, 10.244.2.6<172.20.128.7* 0.25",
		},
		{
			name:    "row 14: the address of a load balancer that is a node's",
			objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 15: health check with one here",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000") + publicVIP + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:32000/healthz",
			want: "answered http.status assumed",
		},
		{
			name:    "row 15: health check with none here",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000") + publicVIP + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:32000/healthz",
			want: "http-error http.status assumed",
		},
		{
			name:    "row 15: health check with a dying one here",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000") + publicVIP + dyingEnd, from: "lan/laptop", command: "curl http://172.20.128.6:32000/healthz",
			want: "http-error http.status assumed",
		},
		{
			name:    "row 15: nc to the health check",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000") + publicVIP + farEnd, from: "lan/laptop", command: "nc -zv 172.20.128.6 32000",
			want: "answered host.delivered assumed",
		},
		{
			name:    "row 15: TLS to the health check",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000") + publicVIP + bothEnds, from: "lan/laptop", command: "curl -k https://172.20.128.6:32000/",
			want: "tls-error tls.plain-to-tls assumed",
		},
		{
			name:    "row 15: no health check with policy Cluster",
			objects: svc("w", asLoadBalancer+"healthCheckNodePort: 32000") + publicVIP + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:32000/",
			want: "refused node.port-closed assumed",
		},
		{
			name:    "row 16: ping of a ClusterIP",
			objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "ping -c 1 10.96.7.9",
			want: "no-answer service.port-undefined assumed", nft: "refused service.port-undefined certain", ipvs: "refused service.port-undefined assumed",
		},
		{
			name:    "row 14: ipMode Proxy without node ports",
			objects: svc("w", "type: LoadBalancer, allocateLoadBalancerNodePorts: false") + "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9, ipMode: Proxy}]}}\n" + bothEnds, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "cannot-tell not-modelled.load-balancer unknown",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
}
