package trace_test

import "testing"

// Parts of services and slices that many rows share.
const (
	asNodePort     = "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080, protocol: TCP}], "
	asLoadBalancer = "type: LoadBalancer, ports: [{port: 80, targetPort: 8080, nodePort: 30080, protocol: TCP}], "
	publicVIP      = "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9, ipMode: VIP}]}}\n"
	lanVIP         = "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.200}]}}\n"
	masqueradeAll  = "iptables: {masqueradeAll: true}\nnftables: {masqueradeAll: true}\nipvs: {masqueradeAll: true}\n"
	node03         = "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: node03}\nspec: {podCIDR: 10.244.3.0/24, podCIDRs: [10.244.3.0/24]}\n" +
		"status: {addresses: [{type: InternalIP, address: 172.20.128.8}, {type: InternalIP, address: 172.20.128.9}], conditions: [{type: Ready, status: 'True'}]}\n"
)

var (
	bothEnds = slice("w", web8080, "a", "b")
	farEnd   = slice("w", web8080, "b") // from node01
	noEnd    = slice("w", web8080, "a unready")
	dyingEnd = slice("w", web8080, "a dying", "b unready")
)

// Who gets a packet to a service, and who refuses or drops it.
func TestSemanticsA23Rows1To9(t *testing.T) {
	rows := []serviceRow{
		{
			name:    "row 1: no endpoint, ClusterIP, from a pod",
			objects: svc("w", "") + noEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, ClusterIP, from the node",
			objects: svc("w", "") + noEnd, from: "node/node01", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no slice at all",
			objects: svc("w", ""), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, NodePort, from the LAN",
			objects: svc("w", asNodePort) + noEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, NodePort, from the node itself",
			objects: svc("w", asNodePort) + noEnd, from: "node/node01", command: "curl http://172.20.128.6:30080/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, NodePort, from a pod",
			objects: svc("w", asNodePort) + noEnd, from: "pod/default/client", command: "curl http://172.20.128.6:30080/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, own LB address, from a pod",
			objects: svc("w", asLoadBalancer) + publicVIP + noEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, own LB address, from the node (hooks)",
			objects: svc("w", asLoadBalancer) + publicVIP + noEnd, from: "node/node01", command: "curl http://198.51.100.9/",
			want: "refused service.no-endpoints assumed", nft: "refused service.no-endpoints certain",
		},
		{
			name:    "row 1: no endpoint, externalIP, from a pod",
			objects: svc("w", "externalIPs: [198.51.100.9]") + noEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: no endpoint, externalIP, from the node",
			objects: svc("w", "externalIPs: [198.51.100.9]") + noEnd, from: "node/node01", command: "curl http://198.51.100.9/",
			want: "no-answer boundary.no-route assumed", nft: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 1: serving and terminating serve where none is ready",
			objects: svc("w", "") + dyingEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "row 1: hostNetwork pod, no endpoint, ClusterIP",
			objects: svc("w", "") + noEnd, from: "pod/default/host", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed",
		},
		{
			name:    "row 2: ClusterIP from a pod",
			objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5",
		},
		{
			name:    "row 2: ClusterIP from the node is masqueraded",
			objects: svc("w", "") + bothEnds, from: "node/node01", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6* 0.5, 10.244.2.6<172.20.128.6* 0.5",
		},
		{
			name:   "row 2: no local detector: the node's ClusterIP traffic",
			config: "clusterCIDR=none", objects: svc("w", "") + bothEnds, from: "node/node01", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6 0.5, 10.244.2.6<172.20.128.6 0.5", ipvsSeen: "10.244.1.6<172.20.128.6* 0.5, 10.244.2.6<172.20.128.6* 0.5",
		},
		{
			name:   "row 2: masqueradeAll",
			config: masqueradeAll, objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6* 0.5, 10.244.2.6<172.20.128.6* 0.5",
		},
		{
			name:    "row 2: a range that holds the client is what makes it a pod",
			objects: svc("w", "") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/", assume: []string{"cluster-cidr=192.168.0.0/16"},
			want: "answered pod.delivered assumed", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 3: internalTrafficPolicy Local with an endpoint here",
			objects: svc("w", "internalTrafficPolicy: Local") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "row 4: internalTrafficPolicy Local with none here",
			objects: svc("w", "internalTrafficPolicy: Local") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "refused service.no-local-endpoints assumed",
		},
		{
			name:    "row 4: the same with a NodePort",
			objects: svc("w", asNodePort+"internalTrafficPolicy: Local") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "answered pod.delivered certain", seen: "-", ipvsSeen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "row 4: internalTrafficPolicy Local does not restrict the NodePort",
			objects: svc("w", asNodePort+"internalTrafficPolicy: Local") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 4: internalTrafficPolicy Local from the node, none here",
			objects: svc("w", "internalTrafficPolicy: Local") + farEnd, from: "node/node01", command: "curl http://10.96.7.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "refused service.no-local-endpoints assumed",
		},
		{
			name:    "row 4: nodeName nil is never local",
			objects: svc("w", "internalTrafficPolicy: Local") + slice("w", web8080, "a nonode"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "refused service.no-local-endpoints assumed",
		},
		{
			name:    "row 4: internalTrafficPolicy Local, only a dying one here",
			objects: svc("w", "internalTrafficPolicy: Local") + slice("w", web8080, "a dying", "b"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5",
		},
		{
			name:    "row 5: NodePort with policy Cluster from the LAN",
			objects: svc("w", asNodePort) + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6* 0.5, 10.244.2.6<172.20.128.6* 0.5",
		},
		{
			name:    "row 5: NodePort from a pod at its own node",
			objects: svc("w", asNodePort) + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 5: LB address from a pod",
			objects: svc("w", asLoadBalancer) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 5: externalIP from a pod",
			objects: svc("w", "externalIPs: [198.51.100.9]") + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*",
		},
		{
			name:    "row 5: LB address in the LAN, any node may take it in",
			objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.200}]}}\n" + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.200/",
			want: "answered pod.delivered assumed", seen: "10.244.1.6<172.20.128.6* 0.25, 10.244.1.6<172.20.128.7* 0.25, 10.244.2.6<172.20.128.6* 0.25, 10.244.2.6<172.20.128.7* 0.25",
		},
		{
			name:   "row 5: masqueradeAll changes nothing for external addresses",
			config: masqueradeAll, objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.50",
		},
		{
			name:    "row 5: a hostNetwork endpoint on the entry node sees the client",
			objects: svc("w", asNodePort) + slice("w", web8080, "host"), from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered assumed", seen: "172.20.128.6<172.20.128.50",
		},
		{
			name:    "row 5: LB address in the LAN, policy Cluster",
			objects: svc("w", asLoadBalancer) + lanVIP + farEnd, from: "lan/laptop", command: "curl http://172.20.128.200/",
			want: "answered pod.delivered assumed", seen: "10.244.2.6<172.20.128.6* 0.5, 10.244.2.6<172.20.128.7* 0.5",
		},
		{
			name:    "row 6: eTP Local, from a pod, none here: short circuit",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "row 6: eTP Local, LB address from a pod",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:   "row 6: without a local detector there is no short circuit",
			config: "clusterCIDR=none", objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "answered pod.delivered certain", seen: "-", ipvsSeen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "row 6: the short circuit ignores iTP Local, too",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local, internalTrafficPolicy: Local") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5",
		},
		{
			name:    "row 7: eTP Local, from the node, none here",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + farEnd, from: "node/node01", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*", ipvsSeen: "10.244.2.6<172.20.128.6",
		},
		{
			name:    "row 7: eTP Local, from a hostNetwork pod",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + farEnd, from: "pod/default/host", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*", ipvsSeen: "10.244.2.6<172.20.128.6",
		},
		{
			name:    "row 8: eTP Local from the LAN with one here",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.50",
		},
		{
			name:    "row 8: LB address in the LAN, policy Local",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local") + lanVIP + farEnd, from: "lan/laptop", command: "curl http://172.20.128.200/",
			want: "answered pod.delivered assumed", seen: "10.244.2.6<172.20.128.50",
		},
		{
			name:    "row 9: eTP Local from the LAN with none here",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "no-answer service.no-local-endpoints certain",
		},
		{
			name:    "row 9: eTP Local from the LAN, dying here, ready elsewhere",
			objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "a dying", "b"), from: "lan/laptop", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.50",
		},
		{
			name:    "row 9: LB address in the LAN, policy Local, by a node without endpoint",
			objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local") + lanVIP + farEnd, from: "lan/laptop", via: "node/node01", command: "curl http://172.20.128.200/",
			want: "no-answer service.no-local-endpoints assumed",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
}
