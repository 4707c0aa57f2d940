package trace_test

import (
	"fmt"
	"strings"
	"testing"
)

// rawSlice is a slice of service w with a type and the text of its ports and endpoints.
func rawSlice(addressType, ports, endpoints string) string {
	sliceCount++
	return fmt.Sprintf("\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {namespace: default, name: w-raw-%d, labels: {kubernetes.io/service-name: w}}\n"+
		"addressType: %s\nports: [%s]\nendpoints: [%s]\n", sliceCount, addressType, ports, endpoints)
}

// aService of any spec; status may be empty.
func aService(name, labels, spec, status string) string {
	text := fmt.Sprintf("\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: %s, labels: {%s}}\nspec: {%s}\n", name, labels, spec)
	if status != "" {
		text += "status: {loadBalancer: {ingress: [" + status + "]}}\n"
	}
	return text
}

// Legal combinations that few clusters have: endpoints.
func TestAdversaryServiceEndpoints(t *testing.T) {
	const (
		get   = "curl http://10.96.7.9/"
		open  = "answered pod.delivered certain"
		empty = "refused service.no-endpoints certain"
		ipvs0 = "refused service.no-endpoints assumed"
		both  = "10.244.1.6<10.244.1.5 0.5, 10.244.2.6<10.244.1.5 0.5"
	)
	fromClient := func(rows []serviceRow) {
		for _, r := range rows {
			if r.from == "" {
				r.from = "pod/default/client"
			}
			if r.command == "" {
				r.command = get
			}
			t.Run(r.name, func(t *testing.T) { r.run(t) })
		}
	}
	pod := func(name, node, ip, more string) string {
		return fmt.Sprintf("{addresses: ['%s'], nodeName: %s, targetRef: {kind: Pod, namespace: default, name: %s}, %s}", ip, node, name, more)
	}
	a, b := pod("a", "node01", "10.244.1.6", ""), pod("b", "node02", "10.244.2.6", "")
	fromClient([]serviceRow{
		{name: "A2.1: a slice of names is none for kube-proxy", objects: svc("w", "") + rawSlice("FQDN", web8080, "{addresses: [laptop.home.lan]}"), want: empty, ipvs: ipvs0},
		{name: "A2.1: nor does it stand in the way of one of addresses", objects: svc("w", "") + rawSlice("FQDN", web8080, "{addresses: [laptop.home.lan]}") + rawSlice("IPv4", web8080, b), want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.1: a slice of the other family is none for this one", objects: svc("w", "") + rawSlice("IPv6", web8080, "{addresses: ['fd00::6'], nodeName: node01}"), want: empty, ipvs: ipvs0},
		{name: "A2.1: only the first of an endpoint's addresses counts", objects: svc("w", "") + rawSlice("IPv4", web8080, "{addresses: [10.244.1.6, 10.244.2.6], nodeName: node01}"), want: open, seen: "10.244.1.6<10.244.1.5"},
		{name: "A2.1: conditions that say nothing mean ready", objects: svc("w", "") + rawSlice("IPv4", web8080, a), want: open},
		{name: "A2.1: serving that is not said is serving, of a terminating one", objects: svc("w", "") + rawSlice("IPv4", web8080, pod("a", "node01", "10.244.1.6", "conditions: {ready: false, terminating: true}")), want: open},
		{name: "A2.1: ready and terminating at once is ready (publishNotReadyAddresses)", objects: svc("w", "publishNotReadyAddresses: true") + rawSlice("IPv4", web8080, pod("a", "node01", "10.244.1.6", "conditions: {ready: true, serving: false, terminating: true}")+", "+b), want: open, seen: both},
		{name: "A2.1: unready, serving and not terminating is nobody's last resort", objects: svc("w", "") + rawSlice("IPv4", web8080, pod("a", "node01", "10.244.1.6", "conditions: {ready: false, serving: true, terminating: false}")), want: empty, ipvs: ipvs0},
		{name: "A2.1: two ports with one number and other protocols, TCP", objects: svc("w", "ports: [{name: t, port: 80, targetPort: 8080, protocol: TCP}, {name: u, port: 80, targetPort: 8080, protocol: UDP}]") + slice("w", "{name: t, port: 8080, protocol: TCP}", "a") + slice("w", "{name: u, port: 8080, protocol: UDP}", "b"), want: open, seen: "10.244.1.6<10.244.1.5"},
		{name: "A2.1: two ports with one number and other protocols, UDP", objects: svc("w", "ports: [{name: t, port: 80, targetPort: 8080, protocol: TCP}, {name: u, port: 80, targetPort: 8080, protocol: UDP}]") + slice("w", "{name: t, port: 8080, protocol: TCP}", "a") + slice("w", "{name: u, port: 8080, protocol: UDP}", "b"), command: "nc -u -z 10.96.7.9 80", want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.1: one port of two has no endpoints", objects: svc("w", "ports: [{name: t, port: 80, targetPort: 8080}, {name: m, port: 81, targetPort: metrics}]") + slice("w", "{name: t, port: 8080, protocol: TCP}", "a"), command: "curl http://10.96.7.9:81/", want: empty, ipvs: ipvs0},
		{name: "A2.1: one slice with two ports, each its own", objects: svc("w", "ports: [{name: t, port: 80, targetPort: 8080}, {name: m, port: 81, targetPort: 9}]") + slice("w", "{name: t, port: 8080, protocol: TCP}, {name: m, port: 9, protocol: TCP}", "a"), command: "curl http://10.96.7.9:81/", want: "refused pod.port-closed certain"},
		{name: "A2.1: the port of a slice counts, not the service's targetPort", objects: svc("w", "ports: [{port: 80, targetPort: 9999}]") + bothEnds, want: open, seen: both},
		{name: "A2.1: a node that does not have the pod makes it local all the same", objects: svc("w", "internalTrafficPolicy: Local") + slice("w", web8080, "b on=node01"), want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.1: slices of another namespace are another service's", objects: svc("w", "") + strings.Replace(bothEnds, "namespace: default", "namespace: team", 1), want: empty, ipvs: ipvs0},
		{name: "A2.1: a slice without the service's label is nobody's", objects: svc("w", "") + strings.Replace(bothEnds, "kubernetes.io/service-name: w", "kubernetes.io/service: w", 1), want: empty, ipvs: ipvs0},
		{name: "A2.1: a slice by hand may point to an address of no pod", objects: svc("w", "") + slice("w", web8080, "10.244.2.99"), want: "no-answer pod.gone assumed"},

		{name: "A2.2: an unready endpoint without a hint does not disable hints", objects: svc("w", "") + slice("w", web8080, "a zone=z1", "b zone=z2", "client unready"), want: open, seen: "10.244.1.6<10.244.1.5"},
		{name: "A2.2: nor does a terminating one", objects: svc("w", "") + slice("w", web8080, "a zone=z1", "b zone=z2", "client dying"), want: open, seen: "10.244.1.6<10.244.1.5"},
		{name: "A2.2: hints for nodes on all but one, hints for zones on all", objects: svc("w", "") + slice("w", web8080, "a zone=z2 node=node02", "b zone=z1"), want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.2: hints for nodes, none for this one, then zones", objects: svc("w", "") + slice("w", web8080, "a zone=z2 node=node02", "b zone=z1 node=node02"), want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.2: hints for another zone than their own, as the mode Auto writes them", objects: svc("w", "") + slice("w", web8080, "a zone=z2", "b zone=z1"), want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.2: an endpoint with two zones serves both", objects: svc("w", "") + slice("w", web8080, "a zone=z1 zone=z2", "b zone=z2"), from: "pod/default/client2", want: open, seen: "10.244.1.6<10.244.2.5 0.5, 10.244.2.6<10.244.2.5 0.5"},
		{name: "A2.2: a policy Local looks past hints", objects: svc("w", "internalTrafficPolicy: Local") + slice("w", web8080, "a zone=z2", "b zone=z1"), want: open, seen: "10.244.1.6<10.244.1.5"},
		{name: "A2.2: trafficDistribution without hints does nothing", objects: svc("w", "trafficDistribution: PreferClose") + bothEnds, want: open, seen: both},
		{name: "A2.2: the last resort knows no hints", objects: svc("w", "") + slice("w", web8080, "a dying zone=z2", "b dying zone=z1"), want: open, seen: both},
		{name: "A2.2: hints hold for node ports too", objects: svc("w", asNodePort) + slice("w", web8080, "a zone=z1", "b zone=z2"), from: "lan/laptop", command: "curl http://172.20.128.7:30080/", want: open, seen: "10.244.2.6<172.20.128.7*"},
		{name: "A2.2: a node port of policy Local looks past hints", objects: svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "a zone=z2", "b zone=z1"), from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: open, seen: "10.244.1.6<172.20.128.50"},
		{name: "A2.2: its short circuit for pods does look at hints, and ipvs has none", objects: svc("w", asLoadBalancer+"externalTrafficPolicy: Local") + publicVIP + slice("w", web8080, "a zone=z2", "b zone=z1"), command: "curl http://198.51.100.9/", want: open, seen: "10.244.2.6<10.244.1.5", ipvsSeen: "10.244.1.6<10.244.1.5"},

		{name: "A2.6: affinity and a policy Local: the first pick is of the local ones", objects: svc("w", "internalTrafficPolicy: Local, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}") + slice("w", web8080, "a", "host", "b"), want: "answered pod.delivered assumed", seen: "10.244.1.6<10.244.1.5 0.5, 172.20.128.6<10.244.1.5 0.5"},
		{name: "A2.6: affinity changes nothing where nobody is left", objects: svc("w", "sessionAffinity: ClientIP") + noEnd, want: empty, ipvs: ipvs0},
	})
}

// Legal combinations that few clusters have: addresses and doors.
func TestAdversaryServiceDoors(t *testing.T) {
	const (
		open     = "answered pod.delivered certain"
		closed   = "refused node.port-closed assumed"
		local    = "externalTrafficPolicy: Local"
		proxyVIP = "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9, ipMode: Proxy}]}}\n"
	)
	for _, r := range []serviceRow{
		{name: "A2.3: a node port that is written down is open, whatever allocateLoadBalancerNodePorts says", objects: svc("w", asLoadBalancer+"allocateLoadBalancerNodePorts: false") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: open, seen: "10.244.2.6<172.20.128.6*"},
		{name: "A2.3 row 10: an annotation guards nothing in kube-proxy", objects: strings.Replace(svc("w", asLoadBalancer), "metadata: {", "metadata: {annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: 198.18.0.0/15}, ", 1) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open},
		{name: "A2.3 row 10: ranges with blanks around them", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [' 10.244.0.0/16 ']") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open},
		{name: "A2.3 row 10: one range of several that holds the client", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [198.18.0.0/15, 10.244.1.5/32]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open},
		{name: "A2.3 row 10: the pod's neighbour is not in it", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [198.18.0.0/15, 10.244.1.5/32]") + publicVIP + farEnd, from: "pod/default/client2", command: "curl http://198.51.100.9/", want: "no-answer lb.source-ranges certain"},
		{name: "A2.3 row 10: ranges without endpoints, from within", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [10.244.0.0/16]") + publicVIP + noEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed"},
		{name: "A2.3 row 14: an external address that is the load balancer's too is kube-proxy's", objects: svc("w", asLoadBalancer+"externalIPs: [198.51.100.9]") + proxyVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open, seen: "10.244.2.6<172.20.128.6*"},
		{name: "A2.3 row 14: one address as VIP beside another as Proxy", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.8, ipMode: Proxy}, {ip: 198.51.100.9, ipMode: VIP}]}}\n" + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open},
		{name: "A2.3 row 14: ranges do not guard an address that is not kube-proxy's, nor its node ports", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [198.18.0.0/15]") + proxyVIP + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:30080/", want: open},
		{name: "A2.3: an external address that is a pod's is the service's on every node", objects: svc("w", "ports: [{port: 8080, targetPort: 8080}], externalIPs: [10.244.2.5]") + slice("w", web8080, "a"), from: "pod/default/client", command: "curl http://10.244.2.5:8080/", want: open, seen: "10.244.1.6<172.20.128.6*"},
		{name: "A2.3: its other ports are the pod's", objects: svc("w", "ports: [{port: 80, targetPort: 8080}], externalIPs: [10.244.2.5]") + slice("w", web8080, "a"), from: "pod/default/client", command: "curl http://10.244.2.5:8080/", want: open, seen: "10.244.2.5<10.244.1.5", ipvs: "refused service.port-undefined certain", ipvsSeen: "-"},
		{name: "A2.3: an external address that is the node's takes a port of the host network", objects: svc("w", "ports: [{port: 8080, targetPort: 8080}], externalIPs: [172.20.128.6]") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:8080/", want: open, seen: "10.244.2.6<172.20.128.6*"},
		{name: "A2.3: from the node itself too", objects: svc("w", "ports: [{port: 8080, targetPort: 8080}], externalIPs: [172.20.128.6]") + farEnd, from: "node/node01", command: "curl http://172.20.128.6:8080/", want: open, seen: "10.244.2.6<172.20.128.6*"},
		{name: "A2.3: localhost is no external address", objects: svc("w", "ports: [{port: 8080, targetPort: 8080}], externalIPs: [172.20.128.6]") + farEnd, from: "node/node01", command: "curl http://127.0.0.1:8080/", want: open, seen: "127.0.0.1<127.0.0.1"},
		{name: "A2.3: headless, an external address is nothing", objects: "\n---\napiVersion: v1\nkind: Service\nmetadata: {namespace: default, name: w}\nspec: {clusterIP: None, clusterIPs: [None], externalIPs: [172.20.128.77], ports: [{port: 80, targetPort: 8080}]}\n" + farEnd, from: "pod/default/client", command: "curl http://172.20.128.77/", want: "no-answer boundary.no-route assumed"},
		{name: "A2.3: one node port for TCP and for UDP of two services, UDP", objects: svc("w", asNodePort) + farEnd + aService("v", "", "type: NodePort, clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], ports: [{port: 53, targetPort: 8080, nodePort: 30080, protocol: UDP}]", "") + slice("v", "{name: '', port: 8080, protocol: UDP}", "a"), from: "lan/laptop", command: "nc -u -z 172.20.128.6 30080", want: "answered pod.delivered certain", seen: "10.244.1.6<172.20.128.6*"},
		{name: "A2.3: and TCP", objects: svc("w", asNodePort) + farEnd + aService("v", "", "type: NodePort, clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], ports: [{port: 53, targetPort: 8080, nodePort: 30080, protocol: UDP}]", "") + slice("v", "{name: '', port: 8080, protocol: UDP}", "a"), from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: open, seen: "10.244.2.6<172.20.128.6*"},
		{name: "hooks: loopback among nodePortAddresses shuts the node's own address", config: "nodePortAddresses: [127.0.0.0/8]", objects: svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: closed},
		{name: "hooks: and opens loopback in iptables", config: "nodePortAddresses: [127.0.0.0/8]", objects: svc("w", asNodePort) + farEnd, from: "node/node01", command: "curl http://127.0.0.1:30080/", want: open, nft: closed, ipvs: closed},
		{name: "hooks: a range without loopback shuts it in iptables", config: "nodePortAddresses: [172.20.128.0/24]", objects: svc("w", asNodePort) + farEnd, from: "node/node01", command: "curl http://127.0.0.1:30080/", want: closed},
		{name: "hooks: ranges of the other family leave IPv4 to all addresses", config: "nodePortAddresses: ['fd00::/8']", objects: svc("w", asNodePort) + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: open},
		{name: "A2.3 row 15: the health check on loopback", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + publicVIP + bothEnds, from: "node/node01", command: "curl http://127.0.0.1:32000/", want: "answered http.status certain", nft: closed},
		{name: "A2.3 row 15: a node outside of nodePortAddresses has no health check", config: "nodePortAddresses: [10.0.0.0/8]", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + publicVIP + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:32000/", want: closed},
		{name: "A2.3 row 15: any path of it says the same", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:32000/healthz?x=1", want: "http-error http.status assumed"},
		{name: "A2.3 row 15: one at hand that is not ready and one that is", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + publicVIP + slice("w", web8080, "a unready", "host"), from: "lan/laptop", command: "curl http://172.20.128.6:32000/", want: "answered http.status assumed"},
		{name: "A2.3 row 15: a health check needs no open address", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + bothEnds, from: "lan/laptop", command: "curl http://172.20.128.6:32000/", want: "answered http.status assumed"},
		{name: "A2.3 row 16: ping of a node's address that is an external one", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "lan/laptop", command: "ping -c 1 172.20.128.6", want: "answered host.delivered assumed"},
		{name: "A2.0: the label makes node ports nobody's, too", objects: aService("w", "service.kubernetes.io/service-proxy-name: other", "type: NodePort, clusterIP: 10.96.7.9, clusterIPs: [10.96.7.9], ports: [{port: 80, targetPort: 8080, nodePort: 30080}]", "") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:30080/", want: "refused node.port-closed assumed"},
		{name: "A2.0: an empty value of the label is a label", objects: aService("w", "service.kubernetes.io/service-proxy-name: ''", "clusterIP: 10.96.7.9, clusterIPs: [10.96.7.9], ports: [{port: 80, targetPort: 8080}]", "") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/", want: "no-answer service.not-proxied assumed"},
		{name: "A2.5: masqueradeAll of another mode is not this one's", config: "iptables: {masqueradeAll: true}", objects: svc("w", "") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/", want: open, seen: "10.244.2.6<172.20.128.6*", nftSeen: "10.244.2.6<10.244.1.5", ipvsSeen: "10.244.2.6<172.20.128.6*"},
		{name: "A2.3: a pod at another node's health check", objects: svc("w", asLoadBalancer+local+", healthCheckNodePort: 32000") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://172.20.128.7:32000/", want: "answered http.status assumed"},
		{name: "local detector: the node's own range", config: "clusterCIDR=none\ndetectLocalMode: NodeCIDR\n", objects: svc("w", asLoadBalancer+local) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "local detector: a bridge", config: "clusterCIDR=none\ndetectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: cni0}\n", objects: svc("w", asLoadBalancer+local) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: "answered pod.delivered assumed", ipvs: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "local detector: a prefix of interfaces", config: "clusterCIDR=none\ndetectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: cali}\n", objects: svc("w", asLoadBalancer+local) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/", want: "answered pod.delivered assumed", ipvs: open, seen: "10.244.2.6<10.244.1.5"},
		{name: "A2.3: another port of an external address that is a node's, from laptop", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed"},
		{name: "A2.3: another port of an external address that is a node's, from client", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed"},
		{name: "A2.3: another port of an external address that is a node's, from client2", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "pod/default/client2", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed", ipvs: "refused service.port-undefined certain"},
		{name: "A2.3: another port of an external address that is a node's, from node01", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "node/node01", command: "curl http://172.20.128.6:8080/", want: open},
		{name: "A2.3: another port of an external address that is a node's, from node02", objects: svc("w", "externalIPs: [172.20.128.6]") + farEnd, from: "node/node02", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed", ipvs: "refused service.port-undefined certain"},
		{name: "A2.3: another port of a load balancer's address that is a node's, from laptop", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "lan/laptop", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed"},
		{name: "A2.3: another port of a load balancer's address that is a node's, from client", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed"},
		{name: "A2.3: another port of a load balancer's address that is a node's, from client2", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "pod/default/client2", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed", ipvs: "refused service.port-undefined certain"},
		{name: "A2.3: another port of a load balancer's address that is a node's, from node01", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "node/node01", command: "curl http://172.20.128.6:8080/", want: open},
		{name: "A2.3: another port of a load balancer's address that is a node's, from node02", objects: svc("w", asLoadBalancer) + "\nstatus: {loadBalancer: {ingress: [{ip: 172.20.128.6}]}}\n" + farEnd, from: "node/node02", command: "curl http://172.20.128.6:8080/", want: "answered pod.delivered assumed", ipvs: "refused service.port-undefined certain"},
	} {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
}
