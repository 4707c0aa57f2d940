package trace_test

import (
	"strings"
	"testing"
)

// On which addresses node ports answer, what becomes of packets between nodes, claims that meet, and what is seen of senders.
func TestSemanticsA23Hooks(t *testing.T) {
	rows := []serviceRow{
		{
			name:    "2.3: pod on node A to the NodePort of node B",
			objects: svc("w", asNodePort) + bothEnds, from: "pod/default/client", command: "curl http://172.20.128.7:30080/",
			want: "answered pod.delivered assumed", seen: "10.244.1.6<172.20.128.7* 0.5, 10.244.2.6<172.20.128.7* 0.5",
		},
		{
			name:    "2.3: pod on node A to the NodePort of node B, policy Local and none there",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "a"), from: "pod/default/client", command: "curl http://172.20.128.7:30080/",
			want: "no-answer service.no-local-endpoints assumed",
		},
		{
			name:    "2.3: node A to the NodePort of node B, policy Local and none there",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "a"), from: "node/node01", command: "curl http://172.20.128.7:30080/",
			want: "no-answer service.no-local-endpoints certain",
		},
		{
			name:    "2.3: an endpoint that is a cluster IP is not replaced again",
			objects: svc("w", "") + slice("w", web8080, "10.96.7.10") + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], ports: [{port: 8080}]") + slice("v", web8080, "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.not-proxied assumed", nft: "refused service.port-undefined certain",
		},
		{
			name:    "2.3: two services with one external address and port",
			objects: svc("w", "externalIPs: [198.51.100.9]") + bothEnds + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [198.51.100.9]") + slice("v", web8080, "host2"), from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered assumed", seen: "10.244.1.6<172.20.128.6* 0.25, 10.244.2.6<172.20.128.6* 0.25, 172.20.128.7<172.20.128.6* 0.5",
		},
		{
			name:    "2.3: an external address that is the node's",
			objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "2.3: the port of a LoadBalancer service is not open at nodes",
			objects: svc("w", "type: LoadBalancer, allocateLoadBalancerNodePorts: false") + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:80/",
			want: "refused node.port-closed assumed",
		},
		{
			name:    "2.3: allocateLoadBalancerNodePorts false opens no node port",
			objects: svc("w", "type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 30080, targetPort: 8080}]") + publicVIP + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "refused node.port-closed assumed",
		},
		{
			name:    "2.3: two services with one external address, one without endpoints",
			objects: svc("w", "externalIPs: [198.51.100.9]") + farEnd + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [198.51.100.9]"), from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", ipvs: "mixed service.no-endpoints assumed", seen: "10.244.2.6<172.20.128.6*", ipvsSeen: "10.244.2.6<172.20.128.6* 0.5",
		},
		{
			name:    "2.3: two services with one external address and other ports",
			objects: svc("w", "externalIPs: [198.51.100.9]") + farEnd + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [198.51.100.9], ports: [{port: 81, targetPort: 8080}]") + slice("v", web8080, "a"), from: "pod/default/client", command: "curl http://198.51.100.9:81/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6*",
		},
		{
			name:    "2.3: the external address is another service's cluster IP",
			objects: svc("w", "") + farEnd + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [10.96.7.9], ports: [{port: 81, targetPort: 8080}]") + slice("v", web8080, "a"), from: "pod/default/client", command: "curl http://10.96.7.9:81/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6*",
		},
		{
			name:    "2.3: NodePort and external address are one and the same",
			objects: svc("w", asNodePort) + farEnd + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [172.20.128.6], ports: [{port: 30080, targetPort: 8080}]") + slice("v", web8080, "a"), from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6*",
		},
		{
			name:    "hooks: what a node sends to a load balancer comes back to it with its own source, which it drops",
			objects: svc("w", asLoadBalancer) + lanVIP + noEnd, from: "node/node01", via: "node/node01", command: "curl http://172.20.128.200/",
			want: "no-answer boundary.no-route assumed", nft: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "hooks: what a node sends to a load balancer another node refuses",
			objects: svc("w", asLoadBalancer) + lanVIP + noEnd, from: "node/node01", via: "node/node02", command: "curl http://172.20.128.200/",
			want: "refused service.no-endpoints assumed", nft: "refused service.no-endpoints certain",
		},
		{
			name:    "hooks: an external address that the network is known to send to another node is refused there",
			objects: svc("w", "externalIPs: [172.20.128.99]") + noEnd, from: "node/node01", via: "node/node02", command: "curl http://172.20.128.99/",
			want: "refused service.no-endpoints assumed", nft: "refused service.no-endpoints certain",
		},
		{
			name:    "hooks: a load balancer's address that no rule of the node takes goes round until its time to live ends",
			objects: strings.Replace(svc("w", asLoadBalancer), "metadata: {", "metadata: {labels: {service.kubernetes.io/service-proxy-name: another}, ", 1) + lanVIP + bothEnds, from: "lan/laptop", via: "node/node01", command: "curl http://172.20.128.200/",
			want: "no-answer boundary.no-route assumed",
		},
		{
			name:    "2.5: hairpin, a pod that is sent back to itself",
			objects: svc("w", "") + slice("w", web8080, "client"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered assumed", seen: "10.244.1.5<172.20.128.6*",
		},
		{
			name:    "2.5: a LAN host has no way to a ClusterIP",
			objects: svc("w", "") + bothEnds, from: "lan/laptop", command: "curl http://10.96.7.9/",
			want: "no-answer boundary.no-route assumed",
		},
		{
			name:    "2.5: a hostNetwork pod is the node",
			objects: svc("w", "") + farEnd, from: "pod/default/host", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "2.5: a pod that reaches itself by a NodePort of another policy",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "client"), from: "pod/default/client", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered assumed", seen: "10.244.1.5<172.20.128.6*",
		},
		{
			name:    "2.6: UDP",
			objects: svc("w", "ports: [{port: 80, targetPort: 8080, protocol: UDP}]") + slice("w", "{name: '', port: 8080, protocol: UDP}", "a"), from: "pod/default/client", command: "nc -u -z 10.96.7.9 80",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.6: UDP without endpoints",
			objects: svc("w", "ports: [{port: 80, targetPort: 8080, protocol: UDP}]"), from: "pod/default/client", command: "nc -u -z -v 10.96.7.9 80",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "2.6: SCTP",
			objects: svc("w", "ports: [{port: 80, targetPort: 8080, protocol: SCTP}]") + slice("w", "{name: '', port: 8080, protocol: SCTP}", "a"), from: "pod/default/client", command: "nc --sctp -z 10.96.7.9 80",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "2.6: session affinity, the first pick is random",
			objects: svc("w", "sessionAffinity: ClientIP") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "2.6: the NodePort of TCP is none for UDP",
			objects: svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "nc -u -z 172.20.128.6 30080",
			want: "refused node.port-closed assumed",
		},
		{
			name:    "hooks: NodePort at localhost, from the node",
			objects: svc("w", asNodePort) + farEnd, from: "node/node01", command: "curl http://127.0.0.1:30080/",
			want: "answered pod.delivered certain", nft: "refused node.port-closed assumed", ipvs: "refused node.port-closed assumed", seen: "10.244.2.6<172.20.128.6*", nftSeen: "-", ipvsSeen: "-",
		},
		{
			name:   "hooks: NodePort at localhost, switched off",
			config: "iptables: {localhostNodePorts: false}", objects: svc("w", asNodePort) + farEnd, from: "node/node01", command: "curl http://127.0.0.1:30080/",
			want: "refused node.port-closed assumed",
		},
		{
			name:    "hooks: NodePort at ::1",
			objects: svc("w", asNodePort) + farEnd, from: "node/node01", command: "curl http://[::1]:30080/",
			want: "refused node.port-closed assumed",
		},
		{
			name:   "hooks: nodePortAddresses that are not the node's",
			config: "nodePortAddresses: [192.168.0.0/16]", objects: svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "refused node.port-closed assumed",
		},
		{
			name:   "hooks: nodePortAddresses primary",
			config: "nodePortAddresses: [primary]", objects: svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "hooks: NodePort at a node's second address",
			objects: node03 + svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "curl http://172.20.128.9:30080/",
			want: "answered pod.delivered certain", nft: "refused node.port-closed assumed", seen: "10.244.2.6<172.20.128.8*", nftSeen: "-",
		},
		{
			name:    "hooks: NodePort at a second address, no endpoints",
			objects: node03 + svc("w", asNodePort) + noEnd, from: "lan/laptop", command: "curl http://172.20.128.9:30080/",
			want: "refused service.no-endpoints certain", nft: "refused node.port-closed assumed", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "hooks: NodePort at the bridge's address, which no object shows",
			objects: svc("w", asNodePort) + farEnd, from: "pod/default/client", command: "curl http://10.244.1.1:30080/",
			want: "no-answer pod.gone assumed",
		},
		{
			name:    "2.3: an external address that a LAN host has, from a pod: the node takes it",
			objects: svc("w", "externalIPs: [172.20.128.50]") + farEnd, from: "pod/default/client", command: "curl http://172.20.128.50/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "2.3: another port of an external address that a LAN host has",
			objects: svc("w", "externalIPs: [172.20.128.50]") + farEnd, from: "pod/default/client", command: "curl http://172.20.128.50:8000/",
			want: "answered host.delivered assumed", ipvs: "refused service.port-undefined certain", seen: "172.20.128.50<172.20.128.6*", ipvsSeen: "-",
		},
		{
			name:    "2.3: an external address that a LAN host has, from the LAN: no node is asked",
			objects: svc("w", "externalIPs: [172.20.128.50]") + farEnd, from: "lan/silent", command: "curl http://172.20.128.50:8000/",
			want: "answered host.delivered certain", seen: "172.20.128.50<172.20.128.60",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
}
