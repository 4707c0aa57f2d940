package trace_test

import "testing"

// shore is the policies' yard with doors of every kind and a router to the Internet.
func shore() string {
	return policyYard() +
		aPod("red/hp", "n1", "10.244.1.61", "app: hp", "containers: [{name: main, image: example/app:1, ports: [{containerPort: 8080, hostPort: 8888}, {containerPort: 8080, hostPort: 8889, hostIP: 127.0.0.1}, {containerPort: 5353, hostPort: 5353, protocol: UDP}]}]") +
		aPod("red/hp2", "n2", "10.244.2.61", "app: hp2", "containers: [{name: main, image: example/app:1, ports: [{containerPort: 8080, hostPort: 8890, hostIP: 192.168.5.12}]}]") +
		aPod("red/hn", "n3", "192.168.5.13", "app: hn", "hostNetwork: true, containers: [{name: main, image: example/app:1, ports: [{containerPort: 7000, hostPort: 7000}]}]") + `
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: lb}
spec: {type: LoadBalancer, clusterIP: 10.96.1.10, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30090}], loadBalancerSourceRanges: [192.168.5.201/32]}
status: {loadBalancer: {ingress: [{ip: 192.168.5.240}]}}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: open}
spec: {type: LoadBalancer, clusterIP: 10.96.1.11, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30091}]}
status: {loadBalancer: {ingress: [{ip: 192.168.5.241}]}}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: pending}
spec: {type: LoadBalancer, clusterIP: 10.96.1.12, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30092}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: named}
spec: {type: LoadBalancer, clusterIP: 10.96.1.13, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30093}]}
status: {loadBalancer: {ingress: [{hostname: lb.example.net}]}}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: proxied}
spec: {type: LoadBalancer, clusterIP: 10.96.1.14, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30094}]}
status: {loadBalancer: {ingress: [{ip: 203.0.113.80, ipMode: Proxy}]}}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: nonode}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, clusterIP: 10.96.1.15, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
status: {loadBalancer: {ingress: [{ip: 192.168.5.242}]}}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: nobody}
spec: {type: NodePort, clusterIP: 10.96.1.16, selector: {app: nobody}, ports: [{port: 80, targetPort: 8080, nodePort: 30096}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: udp}
spec: {type: NodePort, clusterIP: 10.96.1.17, selector: {app: alt}, ports: [{port: 5353, targetPort: dns, nodePort: 30097, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: ext}
spec: {clusterIP: 10.96.1.18, externalIPs: [192.168.5.13, 192.168.5.99], selector: {app: web}, ports: [{port: 8181, targetPort: 8080}]}
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
hosts:
- {name: db, layer: lan, addresses: [192.168.5.210], listeners: [{port: 5432}]}
- {name: blank, layer: lan, addresses: [192.168.5.211]}
- {name: user, layer: internet, addresses: [203.0.113.50]}
routers:
- {name: home, between: [internet, lan], outside: 198.51.100.7, forwards: [{listen: ":8443", to: "192.168.5.13:30080"}, {listen: ":9443", to: "192.168.5.13:30096"}, {listen: ":5432", to: "192.168.5.210:5432"}]}
listeners:
- {namespace: red, selector: app=hp, port: 8080}
- {namespace: red, selector: app=hp2, port: 8080}
- {namespace: red, selector: app=hn, port: 7000}
`
}

func TestAdversaryA6Doors(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A6 hostPort: beside one that is bound to localhost, the other is open to the LAN", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8888", want: "answered pod.delivered -", ends: "1 answered 10.244.1.61:8080<192.168.5.200"},
		{name: "A6 hostPort: that of localhost is not open to the LAN", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8889", want: "refused node.port-closed -"},
		{name: "A6 hostPort: the pod's own port is not the node's", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8080", want: "refused node.port-closed -"},
		{name: "A6 hostPort: its address on another node's is refused", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8890", want: "refused node.port-closed -"},
		{name: "A6 hostPort: bound to the node's address", from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.12 8890", want: "answered pod.delivered -"},
		{name: "A6 hostPort: a policy that admits the client's address only, for no masquerade hides it", objects: aPolicy("red/p", "podSelector: {matchLabels: {app: hp}}, ingress: [{from: [{ipBlock: {cidr: 192.168.5.200/32}}], ports: [{port: 8080}]}]"), from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8888", want: "answered pod.delivered -"},
		{name: "A6 hostPort: the policy's port is the pod's", objects: aPolicy("red/p", "podSelector: {matchLabels: {app: hp}}, ingress: [{ports: [{port: 8888}]}]"), from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 8888", want: "no-answer policy.ingress-denied -"},
		{name: "A6 hostPort: UDP of the number does not answer TCP", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.11 5353", want: "refused node.port-closed -"},
		{name: "A6 hostNetwork: the port is on its node whatever the policies of its namespace", objects: aPolicy("red/p", "podSelector: {}"), from: "lan/laptop", command: "nc -zv -w 2 192.168.5.13 7000", want: "answered pod.delivered assumed"},
		{name: "A6 hostNetwork: a port that it does not listen on", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.13 7001", want: "refused - -"},
		{name: "A6 NodePort: a node that has no endpoint forwards to one that has", from: "lan/laptop", command: "curl http://192.168.5.13:30080/", want: "answered pod.delivered -", ends: "0.5 answered 10.244.1.21:8080<192.168.5.13*, 0.5 answered 10.244.2.21:8080<192.168.5.13*"},
		{name: "A6 NodePort: without endpoints it refuses", from: "lan/laptop", command: "curl http://192.168.5.13:30096/", want: "refused service.no-endpoints -"},
		{name: "A6 NodePort: of UDP is closed for TCP", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.13 30097", want: "refused node.port-closed -"},
		{name: "A6 NodePort: of UDP", from: "lan/laptop", command: "nc -zvu -w 2 192.168.5.13 30097", want: "answered pod.delivered -"},
		{name: "A6 NodePort: the service's port is not open on the node", from: "lan/laptop", command: "curl http://192.168.5.13:80/", want: "refused node.port-closed -"},
		{name: "A6 NodePort: of the local policy at a node without endpoint", from: "lan/laptop", command: "curl http://192.168.5.13:30081/", want: "no-answer service.no-local-endpoints -"},
		{name: "A6 NodePort: the same from a pod, which the local detector knows", from: "pod/blue/cl", command: "curl http://192.168.5.12:30081/", want: "answered pod.delivered -"},
		{name: "A6 NodePort: of the cluster's own address there is none", from: "pod/blue/cl", command: "curl http://10.96.1.1:30080/", want: "no-answer service.port-undefined -"},
		{name: "A6 NodePort: the source ranges of the load balancer do not hold for it", from: "lan/laptop", command: "curl http://192.168.5.13:30090/", want: "answered pod.delivered -"},
		{name: "A6 externalIP: that of a node is taken there", from: "lan/laptop", command: "curl http://192.168.5.13:8181/", want: "answered pod.delivered -"},
		{name: "A6 externalIP: that of a node, another port", from: "lan/laptop", command: "curl http://192.168.5.13:8182/", want: "refused node.port-closed -"},
		{name: "A6 externalIP: nobody's address from a pod is taken by its own node", from: "pod/blue/cl", command: "curl http://192.168.5.99:8181/", want: "answered pod.delivered -"},
		{name: "A6 externalIP: nobody's address from the LAN needs something that brings it to a node", from: "lan/laptop", command: "curl http://192.168.5.99:8181/", want: "- - assumed"},
	} {
		row.run(t, shore())
	}
}

func TestAdversaryA6LoadBalancers(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A6 LB: a client outside of the source ranges", from: "lan/laptop", command: "curl http://192.168.5.240/", want: "no-answer lb.source-ranges -"},
		{name: "A6 LB: a pod is outside of them as well", from: "pod/blue/cl", command: "curl http://192.168.5.240/", want: "no-answer lb.source-ranges -"},
		{name: "A6 LB: but not by the cluster's address", from: "pod/blue/cl", command: "curl http://10.96.1.10/", want: "answered pod.delivered certain"},
		{name: "A6 LB: one in them", from: "ip/192.168.5.201", command: "curl http://192.168.5.240/", want: "answered pod.delivered -"},
		{name: "A6 LB: pending has no address but its NodePort", from: "lan/laptop", command: "curl http://192.168.5.13:30092/", want: "answered pod.delivered -"},
		{name: "A6 LB: one without node ports has none", from: "pod/blue/cl", command: "curl http://192.168.5.242/", want: "answered pod.delivered -"},
		{name: "A6 LB: a private address from the Internet", from: "internet/user", command: "curl http://192.168.5.241/", want: "no-answer lb.private-address certain"},
		{name: "A6 LB: a port that the service lacks, from a pod", from: "pod/blue/cl", command: "curl http://192.168.5.241:81/", want: "- - assumed"},
		{name: "A6 LB: a proxy's address leaves the cluster from a pod", from: "pod/blue/cl", command: "curl http://203.0.113.80/", want: "- - assumed"},
		{name: "A6 LB: a public address from the Internet", from: "internet/user", command: "curl http://203.0.113.80/", want: "answered pod.delivered assumed"},
		{name: "A6 LB: source ranges that the API takes with blanks", objects: anObject("v1", "Service", "red/blanks", "type: LoadBalancer, clusterIP: 10.96.1.40, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30140}], loadBalancerSourceRanges: [' 192.168.5.200/32 ']") + "status: {loadBalancer: {ingress: [{ip: 192.168.5.243}]}}\n", from: "lan/laptop", command: "curl http://192.168.5.243/", want: "answered pod.delivered -"},
		{name: "A6 LB: a range of everything switches the check off", objects: anObject("v1", "Service", "red/all", "type: LoadBalancer, clusterIP: 10.96.1.41, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30141}], loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]") + "status: {loadBalancer: {ingress: [{ip: 192.168.5.244}]}}\n", from: "lan/laptop", command: "curl http://192.168.5.244/", want: "answered pod.delivered -"},
		{name: "A6 LB: source ranges of IPv6 alone are none for an IPv4 address (MapCIDRsByIPFamily)", objects: anObject("v1", "Service", "red/six", "type: LoadBalancer, clusterIP: 10.96.1.42, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30142}], loadBalancerSourceRanges: ['2001:db8::/32']") + "status: {loadBalancer: {ingress: [{ip: 192.168.5.245}]}}\n", from: "lan/laptop", command: "curl http://192.168.5.245/", want: "answered pod.delivered -"},
	} {
		row.run(t, shore())
	}
}

func TestAdversaryA6Layers(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A6 LAN: to a pod's address", from: "lan/laptop", command: toW1, want: "no-answer boundary.no-route -"},
		{name: "A6 LAN: to a pod's address where pods are routed", from: "lan/laptop", command: toW1, assume: []string{"pod-network=routed"}, want: "answered pod.delivered -"},
		{name: "A6 LAN: to an address that nobody has", from: "lan/laptop", command: "nc -zv -w 2 192.168.5.222 80", want: "left-the-map outside.unknown -"},
		{name: "A6 LAN: to a described host's port that is not listed", from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.210 80", want: "refused host.port-closed -"},
		{name: "A6 LAN: to its port", from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.210 5432", want: "answered host.delivered -", ends: "1 answered 192.168.5.210:5432<192.168.5.12*"},
		{name: "A6 LAN: UDP to a TCP port of a described host", from: "pod/blue/cl", command: "nc -zvu -w 2 192.168.5.210 5432", want: "refused host.port-closed -"},
		{name: "A6 Internet: to a node", from: "internet/user", command: "curl http://192.168.5.13:30080/", want: "no-answer boundary.needs-door certain"},
		{name: "A6 Internet: through the router's forward to a node port", from: "internet/user", command: "curl http://198.51.100.7:8443/", want: "answered pod.delivered -"},
		{name: "A6 Internet: through a forward to a node port without endpoints", from: "internet/user", command: "curl http://198.51.100.7:9443/", want: "- service.no-endpoints -"},
		{name: "A6 Internet: through a forward the policies see what the node port makes of it", objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]"), from: "internet/user", command: "curl http://198.51.100.7:8443/", want: "no-answer policy.ingress-denied -"},
		{name: "A6 Internet: to a host behind the router", from: "internet/user", command: "nc -zv -w 2 198.51.100.7 5432", want: "answered host.delivered -"},
		{name: "A6 Internet: a port that is not forwarded", from: "internet/user", command: "nc -zv -w 2 198.51.100.7 22", want: "no-answer boundary.needs-door assumed"},
		{name: "A6 Internet: to a pod", from: "internet/user", command: toW1, want: "no-answer boundary.needs-door certain"},
		{name: "A6 Internet: from a pod to a described host", from: "pod/blue/cl", command: "nc -zv -w 2 203.0.113.50 80", want: "- - assumed"},
		{name: "A6 Internet: from a pod to nobody known", from: "pod/blue/cl", command: "curl http://93.184.215.14/", want: "left-the-map outside.unknown -"},
		{name: "A6 host to itself", from: "lan/db", command: "nc -zv -w 2 127.0.0.1 5432", want: "answered host.delivered -"},
		{name: "A6 node to itself by its own address and a node port", from: "node/n1", command: "curl http://192.168.5.11:30080/", want: "answered pod.delivered -"},
		{name: "A6 node: localhost and a node port", from: "node/n1", command: "curl http://127.0.0.1:30080/", want: "answered pod.delivered -"},
		{name: "A6 node: IPv6 localhost and a node port", from: "node/n1", command: "curl http://[::1]:30080/", want: "refused - -"},
		{name: "A6 pod: localhost and a node port is the pod's own", from: "pod/blue/cl", command: "curl http://127.0.0.1:30080/", want: "answered pod.delivered assumed"},
		{name: "A6 hostNetwork pod: localhost and a node port is its node's", from: "pod/blue/h2", command: "curl http://127.0.0.1:30080/", want: "answered pod.delivered -"},
		{name: "A6 node: a pod's address on another node", from: "node/n3", command: toW1, want: "answered pod.delivered -"},
		{name: "A6 address of the pod network that no pod has", from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.250 80", want: "no-answer pod.gone -"},
		{name: "A6 address of the service network that no service has", from: "pod/blue/cl", command: "nc -zv -w 2 10.100.9.9 80", want: "no-answer service.unknown-address -"},
	} {
		row.run(t, shore())
	}
}

func TestAdversaryA6OddAddresses(t *testing.T) {
	public := "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: pub}\nspec: {podCIDR: 10.244.7.0/24, podCIDRs: [10.244.7.0/24]}\n" +
		"status: {addresses: [{type: InternalIP, address: 192.168.5.17}, {type: ExternalIP, address: 203.0.113.17}], conditions: [{type: Ready, status: 'True'}]}\n"
	for _, row := range []auditRow{
		{name: "A6 public node: its node port from the Internet rests on its firewall", from: "internet/user", command: "curl http://203.0.113.17:30080/", want: "answered pod.delivered assumed"},
		{name: "A6 public node: a port that nothing opens", from: "internet/user", command: "curl http://203.0.113.17:81/", want: "refused node.port-closed assumed"},
		{name: "A6 public node: whether its own machine has the address is not shown", from: "node/pub", command: "curl http://203.0.113.17:30080/", want: "answered pod.delivered assumed"},
		{name: "A6 router: its outside address from a pod needs a router that sends back inwards", from: "pod/blue/cl", command: "curl http://198.51.100.7:8443/", want: "answered pod.delivered assumed"},
		{name: "A6 Internet: a machine of the LAN has no door", from: "internet/user", command: "nc -zv 192.168.5.200 80", want: "no-answer boundary.needs-door certain"},
		{name: "A6 odd: 0.0.0.0 is the pod itself", from: "pod/red/w1", command: "curl http://0.0.0.0:8080/", want: advOpen},
		{name: "A6 odd: every address of 127.0.0.0/8 is", from: "pod/red/w1", command: "curl http://127.1.2.3:8080/", want: advOpen},
		{name: "A6 odd: a group of machines", from: "pod/blue/cl", command: "nc -zvu 224.0.0.1 80", want: "cannot-tell not-modelled.multicast unknown"},
		{name: "A6 ClusterIP: another protocol of the same port is not defined", from: "node/n3", command: "nc -zv 10.96.1.17 5353", want: "no-answer service.port-undefined assumed"},
		{name: "A6 LB: a node outside of the source ranges", from: "node/n3", command: "curl http://192.168.5.240/", want: "no-answer lb.source-ranges certain"},
		{name: "A6 endpoint of the LAN: egress is judged by its address, not by the service's", objects: anObject("v1", "Service", "red/db", "clusterIP: 10.96.3.1, ports: [{port: 80}]") +
			"\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {namespace: red, name: db-1, labels: {kubernetes.io/service-name: db}}\naddressType: IPv4\nendpoints: [{addresses: [192.168.5.210]}]\nports: [{port: 5432, name: ''}]\n" +
			onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]"), from: "pod/blue/cl", command: "nc -zv 10.96.3.1 80", want: advShutUp},
	} {
		row.run(t, shore()+public)
	}
}
