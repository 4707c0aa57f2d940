package trace_test

import (
	"fmt"
	"strings"
	"testing"
)

// bareNode is a node as somebody writes it by hand.
func bareNode(name, status string) string {
	return fmt.Sprintf("\n---\napiVersion: v1\nkind: Node\nmetadata: {name: %s}\nstatus: {%s}\n", name, status)
}

// barePod is a pod of namespace default; status may be empty.
func barePod(name, labels, spec, status string) string {
	text := fmt.Sprintf("\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {%s}}\nspec: {%s}\n", name, labels, spec)
	if status != "" {
		text += "status: {" + status + "}\n"
	}
	return text
}

// TestAuditManifests holds what people leave out of manifests, and what the answer is all the same.
func TestAuditManifests(t *testing.T) {
	const (
		box     = "containers: [{name: c, image: example/app:1}]"
		open    = "answered pod.delivered assumed"
		closed  = "refused service.no-endpoints certain"
		service = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.5, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n"
		web     = "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, selector: {matchLabels: {app: web}}, " +
			"template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: example/app:1}]}}}\n"
	)
	nodes := bareNode("n1", "addresses: [{type: InternalIP, address: 10.0.0.1}]") + bareNode("n2", "addresses: [{type: InternalIP, address: 10.0.0.2}]")
	client := barePod("cl", "app: cl", "nodeName: n1, "+box, "podIP: 10.244.1.5")
	server := func(status string) string {
		return barePod("w", "app: web", "nodeName: n2, "+box, strings.TrimPrefix("podIP: 10.244.2.5"+status, ", "))
	}
	slice := func(labels, spec string) string {
		return "\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, labels: {kubernetes.io/service-name: web" + labels + "}}\n" + spec + "\n"
	}
	const proxied = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: kube-system, name: kube-proxy}\ndata: {config.conf: \"mode: iptables\\nclusterCIDR: 10.244.0.0/16\\n\"}\n"
	const (
		calicoOn = "\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {namespace: kube-system, name: calico-node}\nspec: {selector: {matchLabels: {k8s-app: calico-node}}, template: {metadata: {labels: {k8s-app: calico-node}}, spec: {hostNetwork: true, containers: [{name: calico-node, image: docker.io/calico/node:v3.30.0}]}}}\n"
		denyAll  = "\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: none}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n"
	)
	const one = "1 answered 10.244.2.5:8080<10.244.1.5"
	for _, row := range []auditRow{
		{name: "pods with nothing but an address run and are ready", objects: nodes + client + server("") + service, want: open, ends: one},
		{name: "a policy Local between pods that only the simulation has placed is never certain", want: "no-answer service.no-local-endpoints assumed",
			objects: nodes + client + barePod("w", "app: web", box, "") + proxied + strings.Replace(service, "selector:", "internalTrafficPolicy: Local, selector:", 1)},
		{name: "and is where somebody says their nodes", want: "no-answer service.no-local-endpoints certain",
			objects: nodes + client + server("") + proxied + strings.Replace(service, "selector:", "internalTrafficPolicy: Local, selector:", 1)},
		{name: "pods on nodes that nobody wrote down", objects: client + server("") + service, want: open, ends: one},
		{name: "no containers", objects: nodes + client + barePod("w", "app: web", "nodeName: n2", "podIP: 10.244.2.5") + service, want: open, ends: one},
		{name: "a container that waits makes a pod unready", want: closed,
			objects: nodes + client + server(", phase: Running, containerStatuses: [{name: c, ready: false, state: {waiting: {reason: CrashLoopBackOff}}}]") + service},
		{name: "a pod said to be unready", objects: nodes + client + server(", phase: Running, conditions: [{type: Ready, status: 'False'}]") + service, want: closed},
		{name: "a Deployment that came with its pods has no others", want: open, ends: "0.5 answered 10.244.2.5:8080<10.244.1.5, 0.5 answered 10.244.2.6:8080<10.244.1.5",
			objects: nodes + client + web + server("") + barePod("w2", "app: web", "nodeName: n2, "+box, "podIP: 10.244.2.6") + service},
		{name: "a Deployment whose status says that none is ready", objects: nodes + client + web + "status: {replicas: 2, unavailableReplicas: 2}\n" + service, want: closed},
		{name: "nodes of a cluster that have no range for pods", want: open,
			objects: bareNode("n1", "conditions: [{type: Ready, status: 'True'}]") + barePod("cl", "app: cl", box, "") + web + service},
		{name: "a slice that names no writer is meant for the service", objects: nodes + client + server("") + service + slice("", "addressType: IPv4\nports: [{port: 8080}]\nendpoints: [{addresses: [10.244.2.5], conditions: {ready: false}}]"), want: closed},
		{name: "one whose port has another name", objects: nodes + client + server("") + service + slice("", "addressType: IPv4\nports: [{name: http, port: 8080}]\nendpoints: [{addresses: [10.244.2.5]}]"), want: closed},
		{name: "one without type and names", objects: nodes + client + server("") + service + slice("", "ports: [{port: 8080}]\nendpoints: [{addresses: [10.244.2.5]}]"), want: open, ends: one},
		{name: "one of another writer stands beside the controller's", want: open,
			objects: nodes + client + server("") + service + slice(", endpointslice.kubernetes.io/managed-by: me.example.com", "addressType: IPv4\nports: [{port: 8080}]\nendpoints: [{addresses: [10.244.2.5], conditions: {ready: false}}]")},
		{name: "Endpoints by hand for a service without selector", want: open, ends: one,
			objects: nodes + client + server("") + strings.Replace(service, "selector: {app: web}, ", "", 1) + "\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.244.2.5}], ports: [{port: 8080}]}]\n"},
	} {
		row.from, row.command = "pod/cl", "curl http://10.96.0.5/"
		row.run(t, "")
	}
	for _, row := range []auditRow{
		{name: "a node's own pod is let in, where somebody says that it runs there", want: "answered pod.delivered assumed",
			objects: nodes + calicoOn + denyAll + barePod("w", "app: web", "nodeName: n1, "+box, "podIP: 10.244.2.5")},
		{name: "another node's is not", want: "no-answer policy.ingress-denied certain",
			objects: nodes + calicoOn + denyAll + barePod("w", "app: web", "nodeName: n2, "+box, "podIP: 10.244.2.5")},
		{name: "and of one that only the simulation has placed that is never certain", want: "no-answer policy.ingress-denied assumed",
			objects: nodes + calicoOn + denyAll + barePod("v", "app: web", box, "podIP: 10.244.2.6") + barePod("w", "app: web", box, "podIP: 10.244.2.5")},
	} {
		row.from, row.command = "node/n1", "curl http://10.244.2.5:8080/"
		row.run(t, "")
	}
	for _, row := range []auditRow{
		{name: "a cluster of IPv6 by its nodes", want: open,
			objects: bareNode("n1", "addresses: [{type: InternalIP, address: 'fd05::1'}]") + barePod("cl", "app: cl", box, "") + web + strings.Replace(service, "clusterIP: 10.96.0.5, ", "", 1)},
		{name: "a cluster of both families by its service", want: open,
			objects: barePod("cl", "app: cl", box, "") + web + strings.Replace(service, "clusterIP: 10.96.0.5, ", "ipFamilyPolicy: RequireDualStack, ", 1)},
	} {
		row.from, row.command = "pod/cl", "curl http://web/"
		row.run(t, "")
	}
}
