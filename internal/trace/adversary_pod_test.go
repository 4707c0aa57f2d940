package trace_test

import "testing"

// ward is a pod in some state beside the policies' yard, behind a service and by itself.
func ward(spec, meta, status string) string {
	return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {namespace: red, name: p, labels: {app: p}" + meta + "}\nspec: {nodeName: n1, " + spec + "}\nstatus: {" + status + "}\n" +
		anObject("v1", "Service", "red/p", "clusterIP: 10.96.2.1, selector: {app: p}, ports: [{name: web, port: 80, targetPort: http}]")
}

func TestAdversaryA7States(t *testing.T) {
	const (
		one    = "containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 8080}]}]"
		ip     = "podIP: 10.244.1.70, "
		ready  = "conditions: [{type: Ready, status: 'True'}]"
		notYet = "conditions: [{type: Ready, status: 'False'}]"
		direct = "nc -zv -w 2 10.244.1.70 8080"
		by     = "curl http://10.96.2.1/"
	)
	waits := func(reason string) string {
		return "containerStatuses: [{name: main, ready: false, restartCount: 3, image: example/app:1, imageID: '', state: {waiting: {reason: " + reason + "}}}]"
	}
	const runs = "containerStatuses: [{name: main, ready: true, restartCount: 0, image: example/app:1, imageID: x, state: {running: {startedAt: '2026-03-02T12:00:00Z'}}}]"
	for _, row := range []auditRow{
		{name: "A7 Pending without an address is no endpoint", objects: ward(one, "", "phase: Pending"), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 ImagePullBackOff with an address: nothing listens", objects: ward(one, "", "phase: Pending, "+ip+notYet+", "+waits("ImagePullBackOff")), from: "pod/blue/cl", command: direct, want: "refused pod.not-running -"},
		{name: "A7 ImagePullBackOff: its service has no endpoint", objects: ward(one, "", "phase: Pending, "+ip+notYet+", "+waits("ImagePullBackOff")), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 CrashLoopBackOff: refused, but it may run at the next look", objects: ward(one, "", "phase: Running, "+ip+notYet+", "+waits("CrashLoopBackOff")), from: "pod/blue/cl", command: direct, want: "refused - assumed"},
		{name: "A7 CrashLoopBackOff: its service has no endpoint", objects: ward(one, "", "phase: Running, "+ip+notYet+", "+waits("CrashLoopBackOff")), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 Completed: its address is nobody's", objects: ward(one, "", "phase: Succeeded, "+ip+notYet), from: "pod/blue/cl", command: direct, want: "no-answer pod.gone -"},
		{name: "A7 Completed: its service has no endpoint though it was Ready", objects: ward(one, "", "phase: Succeeded, "+ip+ready), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 not ready: by its address", objects: ward(one, "", "phase: Running, "+ip+notYet+", "+runs), from: "pod/blue/cl", command: direct, want: "answered pod.delivered -"},
		{name: "A7 not ready: not by its service", objects: ward(one, "", "phase: Running, "+ip+notYet+", "+runs), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 readinessGates: containers ready, a gate is not, so the pod is not", objects: ward(one+", readinessGates: [{conditionType: example.net/gate}]", "", "phase: Running, "+ip+"conditions: [{type: ContainersReady, status: 'True'}, {type: example.net/gate, status: 'False'}, {type: Ready, status: 'False', reason: ReadinessGatesNotReady}], "+runs), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 terminating and ready is the fallback where it is the only one", objects: ward(one, ", deletionTimestamp: '2026-03-02T12:00:00Z', deletionGracePeriodSeconds: 30", "phase: Running, "+ip+ready+", "+runs), from: "pod/blue/cl", command: by, want: "answered pod.delivered assumed"},
		{name: "A7 terminating and not ready is none", objects: ward(one, ", deletionTimestamp: '2026-03-02T12:00:00Z', deletionGracePeriodSeconds: 30", "phase: Running, "+ip+notYet+", "+runs), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 named target port in a sidecar (a restartable init container)", objects: ward("initContainers: [{name: side, image: example/side:1, restartPolicy: Always, ports: [{name: http, containerPort: 9000}]}], containers: [{name: main, image: example/app:1}]", "", "phase: Running, "+ip+ready), from: "pod/blue/cl", command: by, want: "answered pod.delivered assumed", ends: "1 answered 10.244.1.70:9000<10.244.2.31"},
		{name: "A7 named target port in an init container that is none", objects: ward("initContainers: [{name: setup, image: example/side:1, ports: [{name: http, containerPort: 9000}]}], containers: [{name: main, image: example/app:1}]", "", "phase: Running, "+ip+ready), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 named target port: that of a container beats that of a sidecar", objects: ward("initContainers: [{name: side, image: example/side:1, restartPolicy: Always, ports: [{name: http, containerPort: 9000}]}], containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 8080}]}]", "", "phase: Running, "+ip+ready), from: "pod/blue/cl", command: by, want: "answered pod.delivered assumed", ends: "1 answered 10.244.1.70:8080<10.244.2.31"},
		{name: "A7 named target port of another protocol is none", objects: ward("containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 8080, protocol: UDP}]}]", "", "phase: Running, "+ip+ready), from: "pod/blue/cl", command: by, want: "refused service.no-endpoints certain"},
		{name: "A7 localhost reaches another container of the pod", objects: ward("containers: [{name: main, image: example/app:1}, {name: other, image: example/b:1, ports: [{containerPort: 9000}]}]", "", "phase: Running, "+ip+ready), from: "pod/red/p/main", command: "nc -zv -w 2 127.0.0.1 9000", want: "answered pod.delivered assumed"},
		{name: "A7 a port that no container declares may still listen", objects: ward(one, "", "phase: Running, "+ip+ready+", "+runs), from: "pod/blue/cl", command: "nc -zv -w 2 10.244.1.70 1234", want: "answered pod.delivered assumed"},
		{name: "A7 a readiness probe by TCP that holds shows that its port listens", objects: ward("containers: [{name: main, image: example/app:1, readinessProbe: {tcpSocket: {port: 8080}}, ports: [{name: http, containerPort: 8080}]}]", "", "phase: Running, "+ip+ready+", "+runs), from: "pod/blue/cl", command: direct, want: "answered pod.delivered -"},
		{name: "A7 a readiness probe of HTTP with a host of its own shows nothing of the pod", objects: ward("containers: [{name: main, image: example/app:1, readinessProbe: {httpGet: {host: 127.0.0.1, port: 8080}}, ports: [{name: http, containerPort: 8080}]}]", "", "phase: Running, "+ip+ready+", "+runs), from: "pod/blue/cl", command: direct, want: "answered pod.delivered assumed"},
		{name: "A7 phase Unknown", objects: ward(one, "", "phase: Unknown, "+ip+notYet), from: "pod/blue/cl", command: direct, want: "- - assumed"},
		{name: "A7 port-forward past a policy to a service whose port has a name, and whose target has one, too", objects: ward(one, "", "phase: Running, "+ip+ready+", "+runs) + aPolicy("red/p", "podSelector: {}"), from: "lan/laptop", command: "kubectl port-forward -n red svc/p 8000:web & curl http://localhost:8000/", want: "answered pod.delivered assumed"},
		{name: "A7 port-forward: a container's port name is not the service's", objects: ward(one, "", "phase: Running, "+ip+ready+", "+runs), from: "lan/laptop", command: "kubectl port-forward -n red svc/p 8000:http & curl http://localhost:8000/", want: "refused - -"},
		{name: "A7 port-forward to a pod that is pending", objects: ward(one, "", "phase: Pending"), from: "lan/laptop", command: "kubectl port-forward -n red pod/p 8000:8080 & curl http://localhost:8000/", want: "refused - -"},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA7Nodes(t *testing.T) {
	sick := "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {topology.kubernetes.io/zone: za}}\nspec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}\n" +
		"status: {addresses: [{type: InternalIP, address: 192.168.5.11}], conditions: [{type: Ready, status: Unknown, reason: NodeStatusUnknown}]}\n"
	for _, row := range []auditRow{
		{name: "A7 node not ready: its node port", objects: sick, from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: "no-answer node.not-ready assumed"},
		{name: "A7 node not ready: its pod by address", objects: sick, from: "pod/blue/cl", command: toW1, want: "no-answer node.not-ready assumed"},
		{name: "A7 cordoned: traffic is not scheduling", objects: "\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {node.kubernetes.io/exclude-from-external-load-balancers: ''}}\nspec: {unschedulable: true, podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24], taints: [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}\n" +
			"status: {addresses: [{type: InternalIP, address: 192.168.5.11}], conditions: [{type: Ready, status: 'True'}]}\n", from: "lan/laptop", command: "curl http://192.168.5.11:30080/", want: "answered pod.delivered -"},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA7Meshes(t *testing.T) {
	listens := func(ns string) string {
		return "\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners: [{namespace: " + ns + ", selector: app=m, port: 8080}]\n"
	}
	space := func(labels string) string {
		return "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: mesh, labels: {" + labels + "}}\n"
	}
	const there, to = "answered pod.delivered assumed", "curl http://10.244.1.99:8080/"
	for _, row := range []auditRow{
		{name: "A7 mesh: a proxy that is a sidecar among the init containers", objects: space("") + aPod("mesh/m", "n1", "10.244.1.99", "app: m", "initContainers: [{name: istio-proxy, image: docker.io/istio/proxyv2:1.24, restartPolicy: Always}], containers: [{name: main, image: example/app:1}]") + listens("mesh"), from: "pod/blue/cl", command: to, want: there},
		{name: "A7 mesh: ambient mode is seen at the namespace", objects: space("istio.io/dataplane-mode: ambient") + aPod("mesh/m", "n1", "10.244.1.99", "app: m", "") + listens("mesh"), from: "pod/blue/cl", command: to, want: there},
		{name: "A7 mesh: a pod may be left out of it", objects: space("istio.io/dataplane-mode: ambient") + aPod("mesh/m", "n1", "10.244.1.99", "app: m, istio.io/dataplane-mode: none", "") + listens("mesh"), from: "pod/blue/cl", command: to, want: advOpen},
		{name: "A7 mesh: a pod that runs without a proxy has none, whatever its namespace says now", objects: space("istio-injection: enabled") + aPod("mesh/m", "n1", "10.244.1.99", "app: m", "") + listens("mesh"), from: "pod/blue/cl", command: to, want: advOpen},
		{name: "A7 mesh: the client's mesh counts, too", objects: space("istio.io/dataplane-mode: ambient") + aPod("mesh/m", "n1", "10.244.1.99", "app: m", ""), from: "pod/mesh/m", command: "curl http://10.244.1.21:8080/", want: there},
	} {
		row.run(t, policyYard())
	}
}

func TestAdversaryA7Probes(t *testing.T) {
	probed := func(probe string) string {
		return "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {namespace: red, name: d}\nspec: {replicas: 1, selector: {matchLabels: {app: d}}, template: {metadata: {labels: {app: d}}, spec: {containers: [{name: main, image: example/app:1, ports: [{name: http, containerPort: 8080}], " + probe + "}]}}}\n" +
			anObject("v1", "Service", "red/d", "clusterIP: 10.96.3.1, selector: {app: d}, ports: [{port: 80, targetPort: http}]") +
			"\n---\napiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nlisteners: [{namespace: red, selector: app=d, port: 8080}]\n"
	}
	const by = "curl http://10.96.3.1/"
	for _, row := range []auditRow{
		{name: "A7 probe: on the port that listens", objects: probed("readinessProbe: {httpGet: {port: http}}"), from: "pod/blue/cl", command: by, want: advOpen},
		{name: "A7 probe: of a command says nothing of ports", objects: probed("readinessProbe: {exec: {command: [check]}}"), from: "pod/blue/cl", command: by, want: advOpen},
		{name: "A7 probe: on a port that is not listed would fail, so that the pod is not ready for certain", objects: probed("readinessProbe: {tcpSocket: {port: 9999}}"), from: "pod/blue/cl", command: by, want: "answered pod.delivered assumed"},
		{name: "A7 probe: a liveness probe there would kill it", objects: probed("livenessProbe: {grpc: {port: 9999}}"), from: "pod/blue/cl", command: by, want: "answered pod.delivered assumed"},
	} {
		row.run(t, policyYard())
	}
}
