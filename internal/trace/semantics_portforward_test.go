package trace_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// forwardable is the lab with pods of a deployment web, behind a service that translates 80 to 8080 and dns to 5353/UDP,
// and more pods and services of which kubectl port-forward makes something.
func forwardable(t *testing.T) *place {
	named := func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}, {Name: "dns", ContainerPort: 5353, Protocol: corev1.ProtocolUDP}}
	}
	p := lab(t).enforces().
		pod("default/web-1", "node01", "10.244.1.4", "app=web", named, unready).
		pod("default/waiting", "node01", "10.244.1.7", "app=waiting", phase("Pending"), unready).
		pod("default/done", "node01", "10.244.1.8", "app=done", phase("Succeeded"), unready).
		pod("default/crash", "node02", "10.244.2.9", "app=crash", crashing).
		pod("default/hostly", "node02", "172.20.128.7", "app=hostly", func(pod *corev1.Pod) { pod.Spec.HostNetwork = true }).
		pod("default/client", "node02", "10.244.2.5", "app=client").
		service("default/web", "10.96.7.7", "app=web", "w:80:8080", "dns:53:5353/UDP").
		change(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("http") }).
		service("default/plain", "10.96.7.8", "app=web", ":81:0").
		service("default/headless", "None", "app=web", ":80:8080").
		service("default/nobody", "10.96.7.9", "app=nobody", ":80:8080").
		service("default/manual", "10.96.7.10", "", ":80:8080").
		service("default/oddly", "10.96.7.11", "app=web", ":80:0").
		change(func(s *corev1.Service) { s.Spec.Ports[0].TargetPort = intstr.FromString("metrics") }).
		service("default/late", "10.96.7.12", "app=waiting", ":80:8080").
		service("default/kubernetes", "10.96.0.1", "", "https:443:6443")
	p.objects[len(p.objects)-1].(*discoveryv1.EndpointSlice).Endpoints = []discoveryv1.Endpoint{{Addresses: []string{"172.20.128.7"}}}
	p.yaml(&appsv1.Deployment{}, `
metadata: {name: web, namespace: default}
spec: {selector: {matchLabels: {app: web}}}`)
	p.policy(`{metadata: {name: closed, namespace: default}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}`)
	ok := surroundings.Answer{Path: "/", Status: 200, Body: "hi"}
	return p.listens("default", "app=web", 8080, "TCP", ok).listens("default", "app=hostly", 9100, "TCP", ok)
}

func TestSemanticsA7PortForward(t *testing.T) {
	for _, r := range []struct{ name, from, command, want, prints string }{
		{"A.7 port-forward: to a pod, past the policies that close it", "lan/laptop", "kubectl port-forward pod/web-1 8080:8080 & curl localhost:8080", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: to a service, whose target port is a name, and whose pod need not be Ready", "lan/laptop", "kubectl port-forward svc/web 8081:80 & curl localhost:8081", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: a service's port by its name", "lan/laptop", "kubectl port-forward svc/web 8081:w & curl localhost:8081", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: the same port here as there", "lan/laptop", "kubectl port-forward web-1 8080 & curl 127.0.0.1:8080", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: a pod's port by its name", "lan/laptop", "kubectl port-forward web-1 9999:http & curl 127.0.0.1:9999", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: a named port alone is the number here, too", "lan/laptop", "kubectl port-forward web-1 http & curl 127.0.0.1:8080", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: to a deployment", "lan/laptop", "kubectl port-forward deploy/web 8082:8080 & curl localhost:8082", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: the second of two ports", "lan/laptop", "kubectl port-forward web-1 7000:1 8082:8080 & curl localhost:8082", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: by IPv6, which localhost is, too", "lan/laptop", "kubectl port-forward web-1 8082:8080 & curl http://[::1]:8082/", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: a headless service translates nothing", "lan/laptop", "kubectl port-forward svc/headless 8082:80 & curl localhost:8082", "reset pod.port-closed assumed", "curl: (52) Empty reply from server"},
		{"A.7 port-forward: a target port that is left out is the port itself", "lan/laptop", "kubectl port-forward svc/plain 8082:81 & curl localhost:8082", "reset pod.port-closed assumed", "curl: (52) Empty reply from server"},
		{"A.7 port-forward: nothing listens in the pod: kubectl has taken the connection, and drops it", "lan/laptop", "kubectl port-forward web-1 8082:9 & curl localhost:8082", "reset pod.port-closed assumed", "curl: (52) Empty reply from server"},
		{"A.7 port-forward: nc -z asks for the connection alone, which kubectl takes", "lan/laptop", "kubectl port-forward web-1 8082:9 & nc -z localhost 8082", "answered host.delivered assumed", ""},
		{"A.7 port-forward: a container between two runs has a network and no process", "lan/laptop", "kubectl port-forward crash 8082:80 & curl localhost:8082", "reset pod.not-running assumed", "curl: (52) Empty reply from server"},
		{"A.7 port-forward: a pod on the host network is its node's localhost", "lan/laptop", "kubectl port-forward hostly 8082:9100 & curl localhost:8082", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: from a pod, which has a localhost of its own", "pod/default/client", "kubectl port-forward web-1 8082:8080 & curl localhost:8082", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: on an address of the LAN, asked by that", "lan/laptop", "kubectl port-forward --address 0.0.0.0 web-1 8082:8080 & curl 172.20.128.50:8082", "answered pod.delivered assumed", ""},
		{"A.7 port-forward: on localhost only, asked by another address", "lan/laptop", "kubectl port-forward web-1 8082:8080 & curl 172.20.128.50:8082", "refused host.port-closed certain", "curl: (7) Failed to connect to 172.20.128.50 port 8082 after 0 ms: Couldn't connect to server"},
		{"A.7 port-forward: a port that it does not forward", "lan/laptop", "kubectl port-forward web-1 8082:8080 & curl localhost:8083", "refused host.port-closed certain", "curl: (7) Failed to connect to localhost port 8083 after 0 ms: Couldn't connect to server"},
		{"A.7 port-forward: a port that another program of the machine has", "lan/laptop", "kubectl port-forward web-1 8000:8080 & curl localhost:8000", "answered host.delivered certain", ""},
		{"A.7 port-forward: … and kubectl says so", "lan/laptop", "kubectl port-forward web-1 8000:8080", "refused host.port-closed certain", "error: unable to listen on any of the requested ports: [{8000 8080}]"},
		{"A.7 port-forward: a pod that is Pending", "lan/laptop", "kubectl port-forward waiting 8082:80 & curl localhost:8082", "refused pod.not-running certain", "curl: (7) Failed to connect to localhost port 8082 after 0 ms: Couldn't connect to server"},
		{"A.7 port-forward: on a machine of which nothing is known", "lan", "kubectl port-forward waiting 8082:80 & curl localhost:8082", "refused pod.not-running assumed", "curl: (7) Failed to connect to localhost port 8082 after 0 ms: Couldn't connect to server"},
		{"A.7 port-forward alone: it is up, and a connection gets through", "lan/laptop", "kubectl port-forward svc/web 8080:80", "answered pod.delivered assumed", ""},
		{"A.7 port-forward alone: a local port that the system chooses", "lan/laptop", "kubectl port-forward svc/web :80", "answered pod.delivered assumed", ""},
		{"A.7 port-forward alone: it ends with the first connection that fails", "lan/laptop", "kubectl port-forward web-1 8080:9", "reset pod.port-closed assumed", "error: lost connection to pod"},
		{"A.7 port-forward alone: a pod that is Pending", "lan/laptop", "kubectl port-forward waiting 8082:80", "refused pod.not-running certain", "error: unable to forward port because pod is not running. Current status=Pending"},
		{"A.7 port-forward alone: the only pod of a service is Pending", "lan/laptop", "kubectl port-forward svc/late 8082:80", "refused pod.not-running certain", "error: unable to forward port because pod is not running. Current status=Pending"},
		{"A.7 port-forward alone: a pod that has ended", "lan/laptop", "kubectl port-forward done 8082:80", "refused pod.not-running certain", "error: unable to forward port because pod is not running. Current status=Succeeded"},
		{"A.7 port-forward alone: a pod that does not exist", "lan/laptop", "kubectl port-forward nope 8082:80", "refused pod.gone certain", `error: pods "nope" not found`},
		{"A.7 port-forward alone: a service that selects no pod", "lan/laptop", "kubectl port-forward svc/nobody 8082:80", "refused service.no-endpoints certain", "error: timed out waiting for the condition"},
		{"A.7 port-forward alone: a service without a selector", "lan/laptop", "kubectl port-forward svc/manual 8082:80", "refused service.no-endpoints certain", "error: cannot attach to *v1.Service: invalid service 'manual': Service is defined without a selector"},
		{"A.7 port-forward alone: a port that the service does not have: the target port is none", "lan/laptop", "kubectl port-forward svc/web 8080:8080", "refused service.port-undefined certain", "error: Service web does not have a service port 8080"},
		{"A.7 port-forward alone: a name that no port of the service has", "lan/laptop", "kubectl port-forward svc/web 8080:http", "refused service.port-undefined certain", "error: Service 'web' does not have a named port 'http'"},
		{"A.7 port-forward alone: a target port by a name that the pod does not have", "lan/laptop", "kubectl port-forward svc/oddly 8080:80", "refused pod.port-closed certain", "error: Pod 'web-1' does not have a named port 'metrics'"},
		{"A.7 port-forward alone: a name that no port of the pod has", "lan/laptop", "kubectl port-forward web-1 8080:web", "refused pod.port-closed certain", "error: Pod 'web-1' does not have a named port 'web'"},
		{"A.7 port-forward alone: UDP of a service", "lan/laptop", "kubectl port-forward svc/web 5353:53", "refused service.port-undefined certain", "error: UDP protocol is not supported for 53"},
		{"A.7 port-forward alone: UDP of a pod", "lan/laptop", "kubectl port-forward web-1 5353:dns", "refused pod.port-closed certain", "error: UDP protocol is not supported for dns"},
		{"A.7 port-forward alone: an address that is none", "lan/laptop", "kubectl port-forward --address all web-1 8080", "refused host.port-closed certain", "error: all is not a valid IP"},
		{"A.7 port-forward alone: what else has pods is not modelled", "lan/laptop", "kubectl port-forward rc/old 8080", "cannot-tell not-modelled.port-forward unknown", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			tr := forwardable(t).ask(r.from, r.command)
			equal(t, summary(tr), r.want)
			equal(t, tr.Verdict.Client.Message, r.prints)
		})
	}
	t.Run("A.7 port-forward: the way is client, API server, kubelet, pod, without a gate or a rule", func(t *testing.T) {
		tr := forwardable(t).ask("lan/laptop", "kubectl port-forward svc/web 8080:80 & curl localhost:8080")
		equal(t, kinds(tr), "start hosts-file proxy.match proxy.accept proxy.connect proxy.accept proxy.connect proxy.accept proxy.connect route.local pod.socket answer reply reply end")
		equal(t, places(tr), "laptop node02 node01 web-1 node02 laptop")
		equal(t, *tr.Verdict.HTTPStatus, 200)
		equal(t, tr.Outcomes[0].Endpoint.Pod, "web-1")
		equal(t, tr.Outcomes[0].SourceSeen, "127.0.0.1")
		equal(t, tr.Yourself.Command, "kubectl port-forward svc/web 8080:80 & curl -v localhost:8080")
	})
	t.Run("A.7 port-forward: the kubelet of a node that is not Ready does not answer", func(t *testing.T) {
		p := forwardable(t).changeNode("node01", func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionUnknown })
		tr := p.ask("lan/laptop", "kubectl port-forward web-1 8080")
		equal(t, summary(tr), "refused node.not-ready assumed")
		equal(t, strings.HasPrefix(tr.Verdict.Client.Message, "error: error upgrading connection: error dialing backend"), true)
	})
	t.Run("A.7 port-forward: a low port may need root", func(t *testing.T) {
		tr := forwardable(t).ask("lan/laptop", "kubectl port-forward web-1 80:8080 & curl localhost")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "local-port") != nil, true)
	})
	t.Run("A.7 port-forward: the most active pod is taken, and of two that are alike either", func(t *testing.T) {
		p := forwardable(t).pod("default/web-2", "node02", "10.244.2.4", "app=web").pod("default/web-0", "node02", "", "app=web", phase("Pending"), unready)
		tr := p.ask("lan/laptop", "kubectl port-forward svc/web 8080:80 & curl localhost:8080")
		equal(t, summary(tr), "refused pod.port-closed certain") // web-2, which has no port named http
		p = forwardable(t).pod("default/web-2", "node02", "10.244.2.4", "app=web,tier=b", unready)
		tr = p.ask("lan/laptop", "kubectl port-forward svc/headless 8080:8080 & curl localhost:8080")
		equal(t, tr.Verdict.Class, trace.Refused) // 8080 is no port of the service
		tr = p.ask("lan/laptop", "kubectl port-forward deploy/web 8080:http & curl localhost:8080")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "forward-pod") != nil, true)
		equal(t, len(tr.Alternatives), 1) // web-2 has no port named http
		equal(t, tr.Alternatives[0].Verdict.Class, trace.Refused)
	})
	t.Run("A.7 port-forward: of two alike the first lacks the named port: it may be the other", func(t *testing.T) {
		p := forwardable(t).pod("default/web-0", "node02", "10.244.2.4", "app=web", unready)
		tr := p.ask("lan/laptop", "kubectl port-forward deploy/web 8080:http")
		equal(t, summary(tr), "refused pod.port-closed assumed")
		equal(t, tr.Alternatives[0].Verdict.Class, trace.Answered)
	})
	t.Run("A.7 port-forward: pods that may not be read", func(t *testing.T) {
		p := forwardable(t)
		p.source.Kind = cluster.SourceLive
		p.status = append(p.status, cluster.KindStatus{Kind: cluster.KindPod, Resource: "pods", State: cluster.StateForbidden, Verb: "list"})
		equal(t, summary(p.ask("lan/laptop", "kubectl port-forward svc/web 8080:80 & curl localhost:8080")), "cannot-tell rights.Pod unknown")
	})
	t.Run("E22: a probe of the pod's address shows nothing of its localhost", func(t *testing.T) {
		p := lab(t).pod("default/probed", "node01", "10.244.1.4", "app=probed", func(pod *corev1.Pod) {
			pod.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt(8080)}}}
		})
		equal(t, summary(p.ask("node/node01", "nc -vz 10.244.1.4 8080")), "answered pod.delivered certain")
		equal(t, summary(p.ask("pod/default/probed", "nc -vz 127.0.0.1 8080")), "answered pod.delivered assumed")
	})
}
