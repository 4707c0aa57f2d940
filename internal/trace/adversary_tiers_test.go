package trace_test

import "testing"

// asCNP, asANP and asBANP are policies of the administrators; cluster-scoped, so that only their names are given.
func asCNP(name, spec string) string {
	return "\n---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: " + name + "}\nspec: {" + spec + "}\n"
}

func asANP(name, spec string) string {
	return "\n---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: " + name + "}\nspec: {" + spec + "}\n"
}

func asBANP(spec string) string {
	return "\n---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\nmetadata: {name: default}\nspec: {" + spec + "}\n"
}

const (
	onRed    = "subject: {namespaces: {matchLabels: {team: red}}}"
	fromBlue = "from: [{namespaces: {matchLabels: {team: blue}}}]"
	adminIn  = "answered pod.delivered -"
	adminNot = "no-answer policy.ingress-denied -"
	adminOut = "no-answer policy.egress-denied -"
)

func TestAdversaryA34AdminNetworkPolicy(t *testing.T) {
	for _, row := range []auditRow{
		{name: "A3.4 ANP: Deny beats a NetworkPolicy that admits", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 ANP: Allow beats a NetworkPolicy that denies", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Allow, "+fromBlue+"}]") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: Pass leaves it to a NetworkPolicy that denies", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asANP("b", "priority: 6, "+onRed+", ingress: [{action: Allow, "+fromBlue+"}]") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 ANP: Pass skips a later Deny of the tier", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asANP("b", "priority: 6, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: the lower number is first, whatever the names", objects: asANP("z", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + asANP("a", "priority: 2, "+onRed+", ingress: [{action: Allow, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 ANP: within a policy the first rule in the list", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Allow, "+fromBlue+"}, {action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: a rule for another port does not count", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+", ports: [{portNumber: {protocol: TCP, port: 9999}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: a range of ports is inclusive", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+", ports: [{portRange: {protocol: TCP, start: 8000, end: 8080}}]}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 ANP: a port by name is the subject's", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+", ports: [{namedPort: http}]}]"), from: "pod/blue/cl", command: toAlt, want: adminNot},
		{name: "A3.4 ANP: a number of UDP is not that of TCP", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+", ports: [{portNumber: {protocol: UDP, port: 8080}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: a policy with egress rules only leaves ingress alone", objects: asANP("a", "priority: 1, "+onRed+", egress: [{action: Deny, to: [{namespaces: {}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: egress Deny by the client's namespace", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{namespaces: {matchLabels: {team: red}}}]}]"), from: "pod/blue/cl", command: toW1, want: adminOut},
		{name: "A3.4 ANP: egress Deny by networks matches a pod's address", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{networks: [10.244.1.0/24]}]}]"), from: "pod/blue/cl", command: toW1, want: adminOut},
		{name: "A3.4 ANP: egress Allow at the source does not open ingress at the destination", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Allow, to: [{namespaces: {}}]}]") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 ANP: a subject by pods needs namespace and pod", objects: asANP("a", "priority: 1, subject: {pods: {namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: alt}}}}, ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: a peer by pods needs both as well", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, from: [{pods: {namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: web}}}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: equal priorities that disagree are no certain verdict", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + asANP("b", "priority: 1, "+onRed+", ingress: [{action: Allow, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: "- - assumed"},
		{name: "A3.4 ANP: it does not select pods on the host network", objects: asANP("a", "priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{namespaces: {}}]}]"), from: "pod/blue/h2", command: toW1, want: adminIn},
		{name: "A3.4 ANP: nor are they peers", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/h2", command: toW1, want: adminIn},
		{name: "A3.4 BANP: Deny where no NetworkPolicy selects", objects: asBANP(onRed + ", ingress: [{action: Deny, " + fromBlue + "}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 BANP: not asked where a NetworkPolicy selects and admits", objects: asBANP(onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 BANP: asked where the NetworkPolicy isolates the other direction only", objects: asBANP(onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("policyTypes: [Egress], egress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 BANP: Allow does not help against a NetworkPolicy that denies", objects: asBANP(onRed+", ingress: [{action: Allow, "+fromBlue+"}]") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 Pass, NetworkPolicy, BANP: Pass goes on to BANP where nothing isolates", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asBANP(onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 Pass, NetworkPolicy, BANP: the NetworkPolicy that isolates has the last word", objects: asANP("a", "priority: 5, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asBANP(onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 ANP: a pod reaches itself against a Deny from everywhere", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, from: [{namespaces: {}}]}]"), from: "pod/red/w1", command: "nc -zv -w 2 127.0.0.1 8080", want: adminIn},
		{name: "A3.4 ANP: its own node reaches the pod", objects: asANP("a", "priority: 1, "+onRed+", ingress: [{action: Deny, from: [{namespaces: {}}]}]"), from: "node/n1", command: toW1, want: adminIn},
		{name: "A3.4 ANP: egress Deny of nodes meets a node", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{nodes: {}}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.13 22", want: adminOut},
		{name: "A3.4 ANP: egress Deny of namespaces does not meet a node", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{namespaces: {}}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.13 10250", want: "answered host.delivered assumed"},
		{name: "A3.4 ANP: the port that is judged is the pod's, not the service's", objects: asANP("a", "priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: adminIn},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA34ClusterNetworkPolicy(t *testing.T) {
	const admin, base = "tier: Admin, ", "tier: Baseline, "
	port := func(text string) string { return ", protocols: [" + text + "]" }
	for _, row := range []auditRow{
		{name: "A3.4 CNP: Admin Deny is final", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: Admin Accept is final", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Accept, "+fromBlue+"}]") + onWeb("ingress: []"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: Pass skips the rest of its tier", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asCNP("b", admin+"priority: 2, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: Pass of Admin leads to Baseline where no NetworkPolicy isolates", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asCNP("b", base+"priority: 2, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: a NetworkPolicy has the last word before Baseline", objects: asCNP("b", base+"priority: 2, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + onWeb("ingress: [{}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: Baseline Pass leads to the default, which admits", objects: asCNP("a", base+"priority: 1, "+onRed+", ingress: [{action: Pass, "+fromBlue+"}]") + asCNP("b", base+"priority: 2, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: Baseline rules go by priority", objects: asCNP("z", base+"priority: 1, "+onRed+", ingress: [{action: Accept, "+fromBlue+"}]") + asCNP("a", base+"priority: 2, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: Admin before Baseline whatever the priorities", objects: asCNP("a", admin+"priority: 900, "+onRed+", ingress: [{action: Accept, "+fromBlue+"}]") + asCNP("b", base+"priority: 0, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: no ingress rules leave ingress alone", objects: asCNP("a", admin+"priority: 1, "+onRed), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: rules that match nothing do not deny", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Accept, from: [{namespaces: {matchLabels: {team: green}}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: a port of TCP by number", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{tcp: {destinationPort: {number: 8080}}}")+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: a range of TCP ports is inclusive", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{tcp: {destinationPort: {range: {start: 8080, end: 8090}}}}")+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: a range that ends before", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{tcp: {destinationPort: {range: {start: 1, end: 8079}}}}")+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: UDP of the number does not mean TCP", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{udp: {destinationPort: {number: 8080}}}")+"}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: TCP without a port is every TCP port", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{tcp: {}}")+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: a port by name in the subject", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{destinationNamedPort: http}")+"}]"), from: "pod/blue/cl", command: toAlt, want: adminNot},
		{name: "A3.4 CNP: a port by name that the subject does not have", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+port("{destinationNamedPort: http}")+"}]"), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.2.23 8080", want: adminIn},
		{name: "A3.4 CNP: networks match a pod's address", objects: asCNP("a", admin+"priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{networks: [10.244.1.21/32]}]}]"), from: "pod/blue/cl", command: toW1, want: adminOut},
		{name: "A3.4 CNP: networks do not match the service's address", objects: asCNP("a", admin+"priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{networks: [10.96.0.0/12]}]}]"), from: "pod/blue/cl", command: "curl http://10.96.1.1/", want: adminIn},
		{name: "A3.4 CNP: namespaces and pods in one peer are both needed", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, from: [{pods: {namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: web}}}}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
		{name: "A3.4 CNP: pods on the host network are no peers", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, from: [{namespaces: {}}]}]"), from: "pod/blue/h2", command: toW1, want: adminIn},
		{name: "A3.4 CNP: equal priorities that disagree are no certain verdict", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + asCNP("b", admin+"priority: 1, "+onRed+", ingress: [{action: Accept, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: "- - assumed"},
		{name: "A3.4 CNP: equal priorities of different tiers do not meet", objects: asCNP("a", admin+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]") + asCNP("b", base+"priority: 1, "+onRed+", ingress: [{action: Accept, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: both directions must end in allow", objects: asCNP("a", admin+"priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Accept, to: [{namespaces: {}}]}]") + asCNP("b", base+"priority: 1, "+onRed+", ingress: [{action: Deny, "+fromBlue+"}]"), from: "pod/blue/cl", command: toW1, want: adminNot},
		{name: "A3.4 CNP: networks of everything meet the LAN", objects: asCNP("a", admin+"priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]"), from: "pod/blue/cl", command: "nc -zv -w 2 192.168.5.200 22", want: adminOut},
		{name: "A3.4 CNP: networks of IPv6 do not meet IPv4", objects: asCNP("a", admin+"priority: 1, subject: {namespaces: {matchLabels: {team: blue}}}, egress: [{action: Deny, to: [{networks: ['::/0']}]}]"), from: "pod/blue/cl", command: toW1, want: adminIn},
	} {
		row.run(t, policyYard())
	}
}
