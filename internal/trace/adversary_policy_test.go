package trace_test

import "testing"

// policyYard is Calico's yard with what policies are hard on: a port name that means another number in another pod, a
// namespace without the label that others have, a cluster DNS, services, and a client of every kind.
func policyYard() string {
	return calicoYard() + strictExtras()
}

func strictExtras() string {
	return aPod("red/alt", "n1", "10.244.1.22", "app: alt, tier: back", "containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 9090}, {name: dns, containerPort: 5353, protocol: UDP}]}]") +
		aPod("default/x", "n2", "10.244.2.41", "app: x", "") +
		aPod("red/nonames", "n2", "10.244.2.23", "app: nonames", "") +
		aPod("kube-system/coredns-1", "n3", "10.244.3.53", "k8s-app: kube-dns", "containers: [{name: coredns, image: registry.k8s.io/coredns/coredns:v1.12.0, ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53}]}]") + `
---
apiVersion: v1
kind: Service
metadata: {namespace: kube-system, name: kube-dns, labels: {k8s-app: kube-dns}}
spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: kube-system, name: coredns}
data:
  Corefile: |
    .:53 {
        kubernetes cluster.local in-addr.arpa ip6.arpa {
           pods insecure
           fallthrough in-addr.arpa ip6.arpa
           ttl 30
        }
        forward . /etc/resolv.conf
        cache 30
    }
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: web}
spec: {type: NodePort, clusterIP: 10.96.1.1, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: red, name: local}
spec: {type: NodePort, externalTrafficPolicy: Local, clusterIP: 10.96.1.2, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30081}]}
---
apiVersion: v1
kind: Service
metadata: {namespace: blue, name: me}
spec: {clusterIP: 10.96.1.3, selector: {app: cli1}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
listeners:
- {namespace: red, selector: app=alt, port: 9090}
- {namespace: red, selector: app=alt, port: 5353, protocol: UDP}
- {namespace: red, selector: app=nonames, port: 8080}
- {namespace: default, selector: app=x, port: 8080}
- {namespace: kube-system, selector: k8s-app=kube-dns, port: 53, protocol: UDP}
- {namespace: kube-system, selector: k8s-app=kube-dns, port: 53}
`
}

const (
	toW1      = "nc -zv -w 2 10.244.1.21 8080"
	toAlt     = "nc -zv -w 2 10.244.1.22 9090"
	advOpen   = "answered pod.delivered certain"
	advShutIn = "no-answer policy.ingress-denied certain"
	advShutUp = "no-answer policy.egress-denied certain"
)

// onWeb is a policy on the pods w1 and w2.
func onWeb(more string) string {
	return aPolicy("red/p", "podSelector: {matchLabels: {app: web}}, "+more)
}

// onCl is a policy on the client cl.
func onCl(more string) string {
	return aPolicy("blue/p", "podSelector: {matchLabels: {app: cli}}, "+more)
}

func TestAdversaryA31Isolation(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A3.1 policyTypes: absent with only egress given isolates ingress as well",
			objects: onWeb("egress: [{}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 policyTypes: absent with an empty egress list leaves egress open",
			objects: onCl("egress: [], ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 policyTypes: absent with an egress rule isolates egress",
			objects: onCl("egress: [{to: [{podSelector: {}}]}], ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: advShutUp},
		{name: "A3.1 policyTypes: an empty list is defaulted as an absent one",
			objects: onWeb("policyTypes: []"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 policyTypes: Egress alone ignores an ingress section that would deny",
			objects: onWeb("policyTypes: [Egress], ingress: [], egress: [{}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 policyTypes: Egress alone without rules shuts egress and leaves ingress open",
			objects: onWeb("policyTypes: [Egress]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 policyTypes: and what that pod opens itself is shut",
			objects: onCl("policyTypes: [Egress]"), from: "pod/blue/cl", command: toW1, want: advShutUp},
		{name: "A3.1 policyTypes: Ingress alone ignores egress rules",
			objects: onCl("policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 isolation: a policy of another namespace does not select",
			objects: aPolicy("blue/p", "podSelector: {matchLabels: {app: web}}"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 isolation: an empty podSelector selects every pod of the namespace",
			objects: aPolicy("red/p", "podSelector: {}"), from: "pod/blue/cl", command: toAlt, want: advShutIn},
		{name: "A3.1 isolation: a selector by expressions, of which one does not hold, selects nobody",
			objects: aPolicy("red/p", "podSelector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: NotIn, values: [web]}]}"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 isolation: NotIn selects a pod that has no such label",
			objects: aPolicy("red/p", "podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [back]}]}"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 isolation: DoesNotExist does not select a pod that has the label",
			objects: aPolicy("red/p", "podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}"), from: "pod/blue/cl", command: toAlt, want: advOpen},
		{name: "A3.1 union: one policy that denies and one that admits, whatever their names, admit",
			objects: aPolicy("red/a", "podSelector: {}") + aPolicy("red/z", "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 both sides: ingress that admits does not help against egress that does not",
			objects: onWeb("ingress: [{}]") + onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: green}}}]}]"), from: "pod/blue/cl", command: toW1, want: advShutUp},
		{name: "A3.1 both sides: where both deny, the egress at the source is met first",
			objects: onWeb("ingress: []") + onCl("policyTypes: [Egress]"), from: "pod/blue/cl", command: toW1, want: advShutUp},
		{name: "A3.1 replies: a client without ingress gets its replies",
			objects: onCl("policyTypes: [Ingress]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 itself: a pod that nobody may reach reaches its own address",
			objects: aPolicy("red/p", "podSelector: {}, policyTypes: [Ingress, Egress]"), from: "pod/red/w1", command: toW1, want: advOpen},
		{name: "A3.1 itself: and its own localhost",
			objects: aPolicy("red/p", "podSelector: {}, policyTypes: [Ingress, Egress]"), from: "pod/red/w1", command: "nc -zv -w 2 127.0.0.1 8080", want: advOpen},
		{name: "A3.1 local node: a pod's own node reaches it though all is denied",
			objects: aPolicy("red/p", "podSelector: {}, policyTypes: [Ingress, Egress]"), from: "node/n1", command: toW1, want: advOpen},
		{name: "A3.1 local node: another node is judged",
			objects: aPolicy("red/p", "podSelector: {}"), from: "node/n2", command: toW1, want: advShutIn},
		{name: "A3.1 local node: a pod on the host network of that node comes from the node",
			objects: aPolicy("red/p", "podSelector: {}"), from: "pod/blue/h2", command: "nc -zv -w 2 10.244.2.21 8080", want: advOpen},
		{name: "A3.1 hostNetwork peer: a pod selector does not mean a pod on the host network of another node",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: host}}}]}]"), from: "pod/blue/h2", command: toW1, want: "no-answer policy.ingress-denied -"},
		{name: "A3.1 hostNetwork subject: a policy on a pod of the host network is not enforced by most",
			objects: aPolicy("blue/p", "podSelector: {matchLabels: {app: host}}, policyTypes: [Ingress, Egress]"), from: "pod/blue/h2", command: toW1, want: "answered pod.delivered -"},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA31Peers(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A3.1 peers: an empty from list admits all, those outside the cluster too",
			objects: onWeb("ingress: [{from: []}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 peers: an ingress list with one empty rule admits all",
			objects: onWeb("ingress: [{}]"), from: "node/n2", command: toW1, want: advOpen},
		{name: "A3.1 peers: from empty beside ports is held to the ports",
			objects: onWeb("ingress: [{from: [], ports: [{port: 9999}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 peers: an empty ports list is every port of every protocol",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: []}]"), from: "pod/blue/cl", command: "nc -zvu -w 2 10.244.1.22 5353", want: advOpen},
		{name: "A3.1 peers: a podSelector alone means the policy's own namespace",
			objects: onWeb("ingress: [{from: [{podSelector: {}}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 peers: and within it admits",
			objects: onWeb("ingress: [{from: [{podSelector: {matchLabels: {tier: back}}}]}]"), from: "pod/red/alt", command: toW1, want: advOpen},
		{name: "A3.1 peers: both selectors in one peer must both hold",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: web}}}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 peers: in two peers, one is enough",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}, {podSelector: {matchLabels: {app: nobody}}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 peers: in two rules, the ports belong to their own rule only",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}], ports: [{port: 1}]}, {from: [{namespaceSelector: {matchLabels: {team: red}}}], ports: [{port: 8080}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 peers: an empty namespaceSelector beside a podSelector means such pods everywhere",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: cli}}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 peers: an empty namespaceSelector with an empty podSelector does not mean another node",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {}, podSelector: {}}]}]"), from: "node/n3", command: toW1, want: "no-answer policy.ingress-denied -"},
		{name: "A3.1 peers: a namespace by its name",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}]}]"), from: "pod/default/x", command: "nc -zv -w 2 10.244.1.21 8080", want: advOpen},
		{name: "A3.1 peers: a namespace without the label is matched by NotIn",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [blue, red]}]}}]}]"), from: "pod/default/x", command: toW1, want: advOpen},
		{name: "A3.1 peers: and by DoesNotExist, but not one that has it",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 peers: Exists matches any value",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 peers: In with several values",
			objects: onWeb("ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [green, blue]}]}}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 peers: egress to a namespace and a pod in it",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: alt}}}]}]"), from: "pod/blue/cl", command: toAlt, want: advOpen},
		{name: "A3.1 peers: and not to its neighbour",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: alt}}}]}]"), from: "pod/blue/cl", command: toW1, want: advShutUp},
		{name: "A3.1 peers: egress to every pod does not open the way to a node",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.13 22", want: "no-answer policy.egress-denied -"},
		{name: "A3.1 peers: nor to the LAN",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.200 22", want: advShutUp},
		{name: "A3.1 peers: egress without to admits the Internet and is held to its port",
			objects: onCl("policyTypes: [Egress], egress: [{ports: [{port: 443}]}]"), from: "pod/blue/cl", command: "curl http://203.0.113.9/", want: advShutUp},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA31Ports(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A3.1 endPort: its end is inside", objects: onWeb("ingress: [{ports: [{port: 8000, endPort: 8080}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 endPort: its beginning is inside", objects: onWeb("ingress: [{ports: [{port: 8080, endPort: 9000}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 endPort: equal to port is one port", objects: onWeb("ingress: [{ports: [{port: 8080, endPort: 8080}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 endPort: below the range", objects: onWeb("ingress: [{ports: [{port: 8081, endPort: 9000}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 endPort: of another protocol", objects: onWeb("ingress: [{ports: [{protocol: UDP, port: 1, endPort: 65535}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 protocol: a port entry that is empty means TCP only", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{}]}]"), from: "pod/blue/cl", command: "nc -zvu -w 2 10.244.1.22 5353", want: advShutIn},
		{name: "A3.1 protocol: and every port of TCP", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.1 protocol: UDP without a port is every UDP port", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]"), from: "pod/blue/cl", command: "nc -zvu -w 2 10.244.1.22 5353", want: advOpen},
		{name: "A3.1 protocol: and no TCP port", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 protocol: SCTP of the same number never admits TCP", objects: onWeb("ingress: [{ports: [{protocol: SCTP, port: 8080}]}]"), from: "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 protocol: a UDP rule of the number does not admit SCTP", objects: onWeb("ingress: [{ports: [{protocol: UDP, port: 8080}]}]"), from: "pod/blue/cl", command: "nc -zv --sctp -w 2 10.244.1.21 8080", want: "no-answer policy.ingress-denied -"},
		{name: "A3.1 named port: the number of the pod that is reached", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: http}]}]"), from: "pod/blue/cl", command: toAlt, want: advOpen},
		{name: "A3.1 named port: another pod's number for the name does not count", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: http}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.22 8080", want: advShutIn},
		{name: "A3.1 named port: a pod without the name is not admitted", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: http}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.2.23 8080", want: advShutIn},
		{name: "A3.1 named port: the name with another protocol is another port", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: http, protocol: UDP}]}]"), from: "pod/blue/cl", command: toAlt, want: advShutIn},
		{name: "A3.1 named port: a UDP port needs its protocol in the rule", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: dns}]}]"), from: "pod/blue/cl", command: "nc -zvu -w 2 10.244.1.22 5353", want: advShutIn},
		{name: "A3.1 named port: and with it is admitted", objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: dns, protocol: UDP}]}]"), from: "pod/blue/cl", command: "nc -zvu -w 2 10.244.1.22 5353", want: advOpen},
		{name: "A3.1 named port: on egress it is looked up in the peer", objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: http}]}]"), from: "pod/blue/cl", command: toAlt, want: advOpen},
		{name: "A3.1 named port: a peer without the name is shut", objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: http}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.2.23 8080", want: advShutUp},
		{name: "A3.1 named port: the client's own port of that name says nothing", objects: aPolicy("red/p", "podSelector: {matchLabels: {app: alt}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}], ports: [{port: http}]}]"), from: "pod/red/alt", command: "nc -zv -w 2 10.244.2.23 9090", want: advShutUp},
		{name: "A3.1 named port: through a service it is the pod's port, whatever the service's is called", objects: onWeb("ingress: [{ports: [{port: http}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: advOpen},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA31Blocks(t *testing.T) {
	const inIf, lost = "answered pod.delivered -", "no-answer policy.ingress-denied -"
	for _, row := range []auditRow{
		{name: "A3.1 ipBlock: an except that holds the client's own address shuts it out",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.31/32]}}]}]"), from: "pod/blue/cl", command: toW1, want: lost},
		{name: "A3.1 ipBlock: its neighbour is admitted",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.31/32]}}]}]"), from: "pod/default/x", command: toW1, want: inIf},
		{name: "A3.1 ipBlock: another peer admits again what an except took away",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.31/32]}}, {namespaceSelector: {matchLabels: {team: blue}}}]}]"), from: "pod/blue/cl", command: toW1, want: inIf},
		{name: "A3.1 ipBlock: an except of the destination's own address says nothing of the source",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.1.21/32]}}]}]"), from: "pod/blue/cl", command: toW1, want: inIf},
		{name: "A3.1 ipBlock: an except of the pod's own address does not shut the pod off from itself",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.1.21/32]}}]}]"), from: "pod/red/w1", command: toW1, want: inIf},
		{name: "A3.1 ipBlock: several excepts all count",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [192.168.0.0/16, 10.244.2.0/24]}}]}]"), from: "pod/blue/cl", command: toW1, want: lost},
		{name: "A3.1 ipBlock: a block of IPv6 does not admit IPv4",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]"), from: "pod/blue/cl", command: toW1, want: lost},
		{name: "A3.1 ipBlock: one of two blocks of a peer list may admit what the other excepts",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.244.0.0/16]}}, {ipBlock: {cidr: 10.244.2.31/32}}]}]"), from: "pod/blue/cl", command: toW1, want: inIf},
		{name: "A3.1 ipBlock: a block that has host bits set is the block of its prefix",
			objects: onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.2.77/24}}]}]"), from: "pod/blue/cl", command: toW1, want: inIf},
		{name: "A3.2 egress: a rule for the service's address does not open the way to its pods",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: "no-answer policy.egress-denied -"},
		{name: "A3.2 egress: the service's port is not the port that is judged",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 80}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: advShutUp},
		{name: "A3.2 egress: the pod's port is",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: 8080}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: advOpen},
		{name: "A3.2 egress: one endpoint of two by its pod's address",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.244.1.0/24}}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: "mixed policy.egress-denied -",
			ends: "0.5 answered 10.244.1.21:8080<10.244.2.31, 0.5 no-answer 10.244.2.21:8080<"},
		{name: "A3.2 ingress: through NodePort of the pod's other node a client is that node",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.5.200/32}}]}]"), from: "lan/laptop", command: "curl http://192.168.5.13:30080/", want: "no-answer policy.ingress-denied -"},
		{name: "A3.2 ingress: with the local policy the client keeps its address",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.5.200/32}}]}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30081/", want: advOpen},
		{name: "A3.2 ingress: and a block without the client shuts it out",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.5.0/24, except: [192.168.5.200/32]}}]}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30081/", want: advShutIn},
		{name: "A3.2 ingress: a rule for pods does not admit a client of the LAN",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30081/", want: advShutIn},
		{name: "A3.2 ingress: nor through the nodes",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]"), from: "lan/laptop", command: "curl http://192.168.5.13:30080/", want: "no-answer policy.ingress-denied -"},
		{name: "A3.2 ingress: the node's port is not the port that is judged",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{ports: [{port: 30081}]}]"), from: "lan/laptop", command: "curl http://192.168.5.11:30081/", want: advShutIn},
		{name: "A3.2 ingress: an own node port from a pod is seen as the node, unless short-circuited",
			objects: aPolicy("red/p", "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]"), from: "pod/blue/cl1", command: "curl http://192.168.5.13:30080/", want: "no-answer policy.ingress-denied assumed"},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA31States(t *testing.T) {
	state := func(name, node, ip, labels, meta, status string) string {
		return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: red, name: " + name + ", labels: {" + labels + "}" + meta + "}\nspec: {nodeName: " + node +
			", containers: [{name: main, image: example/app:1}]}\nstatus: {podIP: " + ip + ", " + status + "}\n"
	}
	for _, row := range []auditRow{
		{name: "A3.1 states: a terminating pod is still held to the policies that select it",
			objects: state("t", "n1", "10.244.1.90", "app: t", ", deletionTimestamp: '2026-03-02T12:00:00Z', deletionGracePeriodSeconds: 600", "phase: Running, conditions: [{type: Ready, status: 'True'}]") + aPolicy("red/p", "podSelector: {matchLabels: {app: t}}"),
			from:    "pod/blue/cl", command: "nc -zv -w 2 10.244.1.90 8080", want: "no-answer policy.ingress-denied -"},
		{name: "A3.1 states: a terminating pod is still a peer",
			objects: state("t", "n1", "10.244.1.90", "app: t", ", deletionTimestamp: '2026-03-02T12:00:00Z', deletionGracePeriodSeconds: 600", "phase: Running, conditions: [{type: Ready, status: 'True'}]") + onWeb("ingress: [{from: [{podSelector: {matchLabels: {app: t}}}]}]"),
			from:    "pod/red/t", command: "nc -zv -w 2 10.244.2.21 8080", want: "answered pod.delivered -"},
		{name: "A3.1 states: a completed pod whose address another pod has since is not its peer",
			objects: state("done", "n2", "10.244.2.31", "app: done", "", "phase: Succeeded") + onWeb("ingress: [{from: [{podSelector: {matchLabels: {app: done}}}]}]"),
			from:    "pod/blue/cl", command: toW1, want: advShutIn},
		{name: "A3.1 states: nor do policies on the completed pod hold for the one that has its address now",
			objects: state("done", "n1", "10.244.1.31", "app: done", "", "phase: Succeeded") + aPolicy("red/p", "podSelector: {matchLabels: {app: done}}") + `
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
listeners: [{namespace: blue, selector: app=cli, port: 8080}]
`, from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.31 8080", want: advOpen},
		{name: "A3.1 states: a pod that is not ready is held to its policies and its peers",
			objects: state("u", "n1", "10.244.1.91", "app: u", "", "phase: Running, conditions: [{type: Ready, status: 'False'}]") + aPolicy("red/p", "podSelector: {matchLabels: {app: u}}"),
			from:    "pod/blue/cl", command: "nc -zv -w 2 10.244.1.91 8080", want: advShutIn},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA31Names(t *testing.T) {
	dns := func(ports string) string {
		return onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}}]}, {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [" + ports + "]}]")
	}
	for _, row := range []auditRow{
		{name: "A1.5 policy: UDP alone is enough for a short answer", objects: dns("{protocol: UDP, port: 53}"), from: "pod/blue/cl", command: "curl http://web.red/", want: "answered pod.delivered -"},
		{name: "A1.5 policy: TCP alone does not resolve a name", objects: dns("{port: 53}"), from: "pod/blue/cl", command: "curl http://web.red/", want: "name-not-found dns.blocked certain"},
		{name: "A1.5 policy: the name of the pod's port resolves", objects: dns("{protocol: UDP, port: dns}"), from: "pod/blue/cl", command: "curl http://web.red/", want: "answered pod.delivered -"},
		{name: "A1.5 policy: an address needs no name", objects: dns("{port: 1}"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: advOpen},
		{name: "A1.5 policy: dig over TCP goes by the TCP rule", objects: dns("{port: 53}"), from: "pod/blue/cl", command: "dig +tcp web.red.svc.cluster.local", want: "answered - -"},
		{name: "A1.5 policy: ingress of the DNS pods that admits another namespace only", objects: aPolicy("kube-system/p", "podSelector: {matchLabels: {k8s-app: kube-dns}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: red}}}]}]"),
			from: "pod/blue/cl", command: "curl http://web.red/", want: "name-not-found dns.blocked certain"},
		{name: "A1.5 policy: a rule for the service's address of the DNS does not resolve",
			objects: onCl("policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {team: red}}}]}, {to: [{ipBlock: {cidr: 10.96.0.10/32}}]}]"), from: "pod/blue/cl", command: "curl http://web.red/", want: "name-not-found dns.blocked -"},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA33Plugins(t *testing.T) {
	proxied := yard() + strictExtras() + kubeProxy("mode: iptables", "clusterCIDR: 10.244.0.0/16")
	deny := onWeb("ingress: []")
	byBlock := onWeb("ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}]")
	for _, row := range []auditRow{
		{name: "A3.3 plug-in: flannel alone stores policies and ignores them", objects: plugin("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.26.1") + deny, from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 plug-in: flannel with Calico (canal) enforces them", objects: plugin("canal", "docker.io/calico/node:v3.29.1") + plugin("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.26.1") + deny, from: "pod/blue/cl", command: toW1, want: "no-answer policy.ingress-denied -"},
		{name: "A3.3 plug-in: kindnet of 2023 ignores them", objects: plugin("kindnet", "docker.io/kindest/kindnetd:v20230511-dc714da8") + deny, from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 plug-in: kindnet of 2025 drops", objects: plugin("kindnet", "docker.io/kindest/kindnetd:v20250512-df8de77b") + deny, from: "pod/blue/cl", command: toW1, want: "no-answer policy.ingress-denied -"},
		{name: "A3.3 plug-in: kube-router refuses", objects: plugin("kube-router", "docker.io/cloudnativelabs/kube-router:v2.1.0") + deny, from: "pod/blue/cl", command: toW1, want: "refused policy.ingress-denied -"},
		{name: "A3.3 plug-in: nothing that is known is an assumption that may flip", objects: deny, from: "pod/blue/cl", command: toW1, want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.3 plug-in: a given policy=none beats Calico", objects: plugin("calico-node", "docker.io/calico/node:v3.31.3") + deny, assume: []string{"policy=none"}, from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 plug-in: a given policy=reject refuses", objects: deny, assume: []string{"policy=reject"}, from: "pod/blue/cl", command: toW1, want: "refused policy.ingress-denied -"},
		{name: "A3.2 plug-in: Cilium does not match pods by a block", objects: plugin("cilium", "quay.io/cilium/cilium:v1.16.3") + byBlock, from: "pod/blue/cl", command: toW1, want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.2 plug-in: Cilium does not match nodes by a block either", objects: plugin("cilium", "quay.io/cilium/cilium:v1.16.3") + onWeb("ingress: [{from: [{ipBlock: {cidr: 192.168.5.0/24}}]}]"), from: "node/n2", command: toW1, want: "- - assumed"},
		{name: "A3.2 plug-in: Cilium and a block of everything admits pods? It does not", objects: plugin("cilium", "quay.io/cilium/cilium:v1.16.3") + onWeb("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"), from: "pod/blue/cl", command: toW1, want: "- - assumed"},
		{name: "A3.2 plug-in: Antrea matches pods by a block", objects: plugin("antrea-agent", "docker.io/antrea/antrea-agent-ubuntu:v2.2.0") + byBlock, from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.2 plug-in: Weave drops", objects: plugin("weave-net", "docker.io/weaveworks/weave-kube:2.8.1") + deny, from: "pod/blue/cl", command: toW1, want: "no-answer policy.ingress-denied -"},
		{name: "A3.3 plug-in: AWS VPC CNI enforces only where it is told to", objects: plugin("aws-node", "602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.19.0") + deny, from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
	} {
		row.run(t, proxied)
	}
}

// What plug-ins are known to do beside the API makes a verdict that rests on it assumed.
func TestAdversaryA33Departures(t *testing.T) {
	bare := yard() + strictExtras() + kubeProxy("mode: iptables", "clusterCIDR: 10.244.0.0/16")
	const (
		weave   = "docker.io/weaveworks/weave-kube:2.8.1"
		inRange = "ingress: [{ports: [{port: 8000, endPort: 8090}]}]"
		byName  = "podSelector: {}, ingress: [{ports: [{port: http}]}]"
	)
	config := func(more string) string {
		return plugin("cilium", "quay.io/cilium/cilium:v1.16.3") + "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {" + more + "}\n"
	}
	for _, row := range []auditRow{
		{name: "A3.3 endPort: Weave was given up before there was one", objects: plugin("weave-net", weave) + onWeb(inRange), from: "pod/blue/cl", command: toW1, want: "answered pod.delivered assumed"},
		{name: "A3.3 endPort: the first port of the range needs none", objects: plugin("weave-net", weave) + onWeb("ingress: [{ports: [{port: 8080, endPort: 8090}]}]"), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.3 endPort: Cilium before 1.16 took the first port for all", objects: plugin("cilium", "quay.io/cilium/cilium:v1.14.3") + onWeb(inRange), from: "pod/blue/cl", command: toW1, want: "answered pod.delivered assumed"},
		{name: "A3.3 endPort: Cilium 1.16 reads it", objects: plugin("cilium", "quay.io/cilium/cilium:v1.16.3@sha256:00") + onWeb(inRange), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.3 endPort: the API's contract holds where no plug-in is known", objects: onWeb(inRange), from: "pod/blue/cl", command: toW1, want: advOpen},
		{name: "A3.3 named port: OVN-Kubernetes knows no names, so that another port may be open as well", objects: plugin("ovnkube-node", "ghcr.io/ovn-kubernetes/ovn-kube:1") + aPolicy("red/p", byName), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.2.23 8080", want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.3 named port: Antrea shuts it", objects: plugin("antrea-agent", "docker.io/antrea/antrea-agent-ubuntu:v2.2.0") + aPolicy("red/p", byName), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.2.23 8080", want: advShutIn},
		{name: "A3.1 named port: a name that only a sidecar gives is not read by every plug-in", objects: plugin("calico-node", "docker.io/calico/node:v3.31.3") +
			aPod("red/s", "n1", "10.244.1.99", "app: s", "initContainers: [{name: side, image: a/b:1, restartPolicy: Always, ports: [{name: adm, containerPort: 9000}]}], containers: [{name: main, image: example/app:1}]") +
			aPolicy("red/p", "podSelector: {matchLabels: {app: s}}, ingress: [{ports: [{port: adm}]}]") + "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners: [{namespace: red, selector: app=s, port: 9000}]\n",
			from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.99 9000", want: "answered pod.delivered assumed"},
		{name: "A3.1 named port: a name that only an ended init container gives is read by Calico, so that it is not shut for certain", objects: plugin("calico-node", "docker.io/calico/node:v3.31.3") +
			aPod("red/s", "n1", "10.244.1.99", "app: s", "initContainers: [{name: setup, image: a/b:1, ports: [{name: adm, containerPort: 9000}]}], containers: [{name: main, image: example/app:1}]") +
			aPolicy("red/p", "podSelector: {matchLabels: {app: s}}, ingress: [{ports: [{port: adm}]}]") + "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners: [{namespace: red, selector: app=s, port: 9000}]\n",
			from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.99 9000", want: "no-answer policy.ingress-denied assumed"},
		{name: "A3.3 Cilium: in audit mode nothing is dropped", objects: config("policy-audit-mode: 'true'") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 Cilium: told not to read NetworkPolicy", objects: config("enable-k8s-networkpolicy: 'false'") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 Cilium: told never to enforce", objects: config("enable-policy: never") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: "answered pod.delivered -"},
		{name: "A3.3 Cilium: told always to enforce, a pod without a policy is not open for certain", objects: config("enable-policy: always"), from: "pod/blue/cl", command: toW1, want: "- - assumed"},
		{name: "A3.1 namespace: one that is not written down may have any label, so that NotIn is not certain", objects: plugin("calico-node", "docker.io/calico/node:v3.31.3") + aPod("unsaid/b", "n2", "10.244.2.80", "app: b", "") + onWeb("ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [x]}]}}]}]"),
			from: "pod/unsaid/b", command: toW1, want: "answered pod.delivered assumed"},
		{name: "A3.1 namespace: its name is a label of every namespace, written down or not", objects: plugin("calico-node", "docker.io/calico/node:v3.31.3") + "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: unmarked}\n" + aPod("unmarked/b", "n2", "10.244.2.80", "app: b", "") + onWeb("ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: unmarked}}}]}]"),
			from: "pod/unmarked/b", command: toW1, want: advOpen},
	} {
		row.run(t, bare)
	}
}

func TestAdversaryA32NodePorts(t *testing.T) {
	egress := func(rule string) string { return onCl("policyTypes: [Egress], egress: [{" + rule + "}]") }
	for _, row := range []auditRow{
		{name: "A3.2 node port: of another node it is still the node's port where the client's egress is judged", objects: egress("ports: [{port: 30080}]"), from: "pod/blue/cl", command: "curl http://192.168.5.13:30080/", want: "answered pod.delivered -"},
		{name: "A3.2 node port: the pod's port does not open it there", objects: egress("ports: [{port: 8080}]"), from: "pod/blue/cl", command: "curl http://192.168.5.13:30080/", want: "no-answer policy.egress-denied -"},
		{name: "A3.2 node port: of the client's own node it has been translated by then", objects: egress("ports: [{port: 8080}]"), from: "pod/blue/cl", command: "curl http://192.168.5.12:30080/", want: "answered pod.delivered -"},
		{name: "A3.2 node port: so that the node's port does not open it", objects: egress("ports: [{port: 30080}]"), from: "pod/blue/cl", command: "curl http://192.168.5.12:30080/", want: "no-answer policy.egress-denied -"},
		{name: "A3.2 node: a rule for all pods does not open the API server's node", objects: egress("to: [{namespaceSelector: {}}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.13 6443", want: "no-answer policy.egress-denied assumed"},
	} {
		row.run(t, policyYard())
	}
}
