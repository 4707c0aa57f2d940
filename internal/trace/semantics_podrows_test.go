package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// The rows of A.7 that need a service, a second pod or a node to be seen.
func TestSemanticsA7Rows(t *testing.T) {
	build := func(t *testing.T) *place {
		return lab(t).enforces().pod("default/client", "node01", "10.244.1.5", "app=client").listens("default", "app=web", 8080, "TCP", welcome)
	}
	const byService = "curl http://10.96.7.7/"
	t.Run("A.7 row 5: Pending without an address is no endpoint", func(t *testing.T) {
		p := build(t).pod("default/web-1", "", "", "app=web", phase("Pending"), unready)
		p.service("default/web", "10.96.7.7", "app=none", ":80:8080")
		equal(t, summary(p.ask("pod/default/client", byService)), "refused service.no-endpoints certain")
	})
	t.Run("A.7 row 6: a container that crashes is no endpoint of its service", func(t *testing.T) {
		p := build(t).pod("default/web-1", "node02", "10.244.2.4", "app=web", crashing).service("default/web", "10.96.7.7", "app=web", ":80:8080")
		equal(t, summary(p.ask("pod/default/client", byService)), "refused service.no-endpoints certain")
	})
	t.Run("A.7 row 6: … by its address it refuses as long as it does not run, which it may at the next look", func(t *testing.T) {
		p := build(t).pod("default/web-1", "node02", "10.244.2.4", "app=web", crashing)
		equal(t, summary(p.ask("pod/default/client", "curl http://10.244.2.4:8080/")), "refused pod.not-running assumed")
	})
	t.Run("A.7 row 7: the address of a pod that has ended is that of whoever has it now", func(t *testing.T) {
		p := build(t).pod("default/old", "node02", "10.244.2.4", "app=old", phase("Succeeded"), unready).pod("default/web-1", "node02", "10.244.2.4", "app=web")
		tr := p.ask("pod/default/client", "curl http://10.244.2.4:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, tr.Outcomes[0].Endpoint.Pod, "web-1")
	})
	t.Run("A.7 row 7: … and of nobody who is known, if nobody has it", func(t *testing.T) {
		p := build(t).pod("default/old", "node02", "10.244.2.4", "app=web", phase("Succeeded"), unready)
		equal(t, summary(p.ask("pod/default/client", "curl http://10.244.2.4:8080/")), "no-answer pod.gone assumed")
	})
	t.Run("A.7 row 13: endpoints of a node that is not Ready fail in silence until they are taken away", func(t *testing.T) {
		p := build(t).pod("default/web-1", "node02", "10.244.2.4", "app=web").pod("default/web-2", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080")
		tr := down(p, "node02").ask("pod/default/client", byService)
		equal(t, summary(tr), "mixed node.not-ready assumed")
		near(t, shares(tr)[trace.NoAnswer], 0.5)
	})
	t.Run("A.7 row 14: a cordoned node serves as ever", func(t *testing.T) {
		p := build(t).pod("default/web-1", "node02", "10.244.2.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").
			nodePort(30080).changeNode("node02", func(n *corev1.Node) { n.Spec.Unschedulable = true })
		equal(t, summary(p.ask("pod/default/client", byService)), "answered pod.delivered certain")
		equal(t, p.ask("lan/laptop", "curl http://172.20.128.7:30080/").Verdict.Class, trace.Answered)
	})
	t.Run("A.3.1 last row: what is asked is always a new connection, whatever older ones still may", func(t *testing.T) {
		p := build(t).pod("default/web-1", "node02", "10.244.2.4", "app=web").policy(`{metadata: {name: closed, namespace: default}, spec: {podSelector: {matchLabels: {app: web}}}}`)
		equal(t, tr(p.ask("pod/default/client", "curl http://10.244.2.4:8080/")), "no-answer policy.ingress-denied")
	})
}

func TestSemanticsMinikube(t *testing.T) {
	build := func(t *testing.T) *place { return web(t).nodePort(30080) }
	for _, r := range []struct{ name, command, want string }{
		{"$(minikube ip) is the first node's address", "curl http://$(minikube ip):30080/", "answered pod.delivered"},
		{"$(minikube service NAME --url) has the first node port", "curl $(minikube service web --url)", "answered pod.delivered"},
		{"… in backquotes, with a path behind it", "curl `minikube service --url web`/", "answered pod.delivered"},
		{"… with a namespace", "curl $(minikube service web -n default --url)", "answered pod.delivered"},
	} {
		t.Run(r.name, func(t *testing.T) { equal(t, tr(build(t).ask("lan/laptop", r.command)), r.want) })
	}
	for name, command := range map[string]string{
		"a service that does not exist":        "curl $(minikube service nope --url)",
		"a service without a node port":        "curl $(minikube service kube-dns -n kube-system --url)",
		"the URL alone is shown, not asked":    "minikube service web --url",
		"an address alone is shown, not asked": "minikube ip",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := trace.Run(build(t).view(), trace.Ask{From: "lan/laptop", Command: []string{command}}); err == nil {
				t.Error("no error")
			}
		})
	}
}
