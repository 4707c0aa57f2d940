package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestSemanticsA7KubectlProxy(t *testing.T) {
	build := func(t *testing.T) *place {
		p := forwardable(t)
		p.pod("default/api", "node01", "10.244.1.20", "app=api", func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}
		}).
			service("default/api", "10.96.7.20", "app=api", "http:80:8080").
			service("default/unnamed", "10.96.7.21", "app=api", ":80:8080").
			service("default/shut", "10.96.7.22", "app=api", ":80:81").
			listens("default", "app=api", 8080, "TCP")
		return p
	}
	at := func(path string) string {
		return "kubectl proxy & curl http://localhost:8001/api/v1/namespaces/default/" + path
	}
	open := `{metadata: {name: open, namespace: default}, spec: {podSelector: {matchLabels: {app: api}}, ingress: [{}]}}`
	for _, r := range []struct {
		name, command, want string
		status              int
	}{
		{"A.7 kubectl proxy: a service's port by its name", at("services/http:api:http/proxy/"), "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: by its number", at("services/http:api:80/proxy/"), "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: without a scheme", at("services/api:80/proxy/"), "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: without a port, only an unnamed one is found", at("services/unnamed/proxy/"), "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: … and a named one is not", at("services/api/proxy/"), "http-error l7.no-endpoints assumed", 503},
		{"A.7 kubectl proxy: a port that the service does not have, its target port", at("services/api:8080/proxy/"), "http-error l7.no-backend assumed", 503},
		{"A.7 kubectl proxy: no pod is Ready", at("services/web:80/proxy/"), "http-error l7.no-endpoints assumed", 503},
		{"A.7 kubectl proxy: endpoints that are no pods are not proxied to", at("services/kubernetes:443/proxy/"), "http-error l7.no-endpoints assumed", 503},
		{"A.7 kubectl proxy: a service that does not exist", at("services/nope:80/proxy/"), "http-error l7.no-backend assumed", 404},
		{"A.7 kubectl proxy: the pod refuses: the API server writes 503, not 502", at("services/shut/proxy/"), "http-error l7.upstream-refused assumed", 503},
		{"A.7 kubectl proxy: a pod, by the port that it declares", at("pods/api/proxy/"), "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: a pod, by a port", at("pods/api:9/proxy/"), "http-error l7.upstream-refused assumed", 503},
		{"A.7 kubectl proxy: a pod that does not exist", at("pods/nope/proxy/"), "http-error l7.no-backend assumed", 404},
		{"A.7 kubectl proxy: a pod without an address", at("pods/addressless/proxy/"), "http-error l7.invalid-backend assumed", 400},
		{"A.7 kubectl proxy: TLS from the API server is not modelled", at("services/https:api:http/proxy/"), "cannot-tell not-modelled.api-proxy-https unknown", 0},
		{"A.7 kubectl proxy: nor the proxy to a kubelet", "kubectl proxy & curl http://localhost:8001/api/v1/nodes/node01/proxy/stats", "cannot-tell not-modelled.api-node-proxy unknown", 0},
		{"A.7 kubectl proxy: the API server answers other paths", "kubectl proxy & curl http://localhost:8001/version", "answered host.delivered assumed", 0},
		{"A.7 kubectl proxy: another port of the machine", "kubectl proxy --port=9001 & curl http://localhost:8001/version", "refused host.port-closed certain", 0},
		{"A.7 kubectl proxy: on all addresses, a Host header of the LAN is not accepted", "kubectl proxy --address=0.0.0.0 & curl http://172.20.128.50:8001/version", "http-error http.status assumed", 403},
		{"A.7 kubectl proxy: unless it is told to", "kubectl proxy --address=0.0.0.0 --accept-hosts='.*' & curl http://172.20.128.50:8001/version", "answered host.delivered assumed", 0},
		{"A.7 kubectl proxy: under a prefix", "kubectl proxy --api-prefix=/k8s & curl http://localhost:8001/k8s/api/v1/namespaces/default/services/unnamed/proxy/", "answered pod.delivered assumed", 0},
		{"A.7 kubectl proxy: it speaks plain HTTP", "kubectl proxy & curl -k https://localhost:8001/version", "tls-error tls.plain-to-tls assumed", 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := build(t).policy(open)
			p.pod("default/addressless", "node01", "", "app=addressless", phase("Pending"), unready)
			tr := p.ask("lan/laptop", r.command)
			equal(t, summary(tr), r.want)
			status := 0
			if tr.Verdict.HTTPStatus != nil {
				status = *tr.Verdict.HTTPStatus
			}
			equal(t, status, r.status)
		})
	}
	t.Run("A.7 kubectl proxy: policies see the API server's node, which is not the pod's", func(t *testing.T) {
		tr := build(t).ask("lan/laptop", at("services/unnamed/proxy/"))
		equal(t, summary(tr), "http-error l7.upstream-timeout assumed")
		equal(t, *tr.Verdict.HTTPStatus, 503)
		tr = build(t).policy(open).ask("lan/laptop", at("services/unnamed/proxy/a/b"))
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.7")
		equal(t, tr.Outcomes[0].UpstreamPath, "/a/b")
		equal(t, stepOf(tr, trace.StepRulesDNAT), nil)
	})
}
