package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// Objects that speak against the usual way: no verdict over them is certain.
func TestWhatNodesSayAgainstThemselves(t *testing.T) {
	build := func(t *testing.T) *place {
		return lab(t).pod("default/client", "node01", "10.244.1.5", "app=client").pod("default/web-1", "node02", "10.244.2.4", "app=web").
			pod("default/near", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").listens("default", "app=web", 8080, "TCP", welcome)
	}
	const far, near = "curl http://10.244.2.4:8080/", "curl http://10.244.1.4:8080/"
	t.Run("A.7: nothing speaks against it", func(t *testing.T) {
		equal(t, summary(build(t).ask("pod/default/client", far)), "answered pod.delivered certain")
	})
	t.Run("A.7: a node whose network is not configured", func(t *testing.T) {
		p := build(t).changeNode("node02", func(n *corev1.Node) {
			n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: corev1.NodeNetworkUnavailable, Status: corev1.ConditionTrue})
		})
		tr := p.ask("pod/default/client", far)
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "node-network").WouldFlip, true)
		equal(t, summary(p.ask("pod/default/client", near)), "answered pod.delivered certain")
	})
	t.Run("A.7: a pod whose node is gone", func(t *testing.T) {
		p := build(t).pod("default/orphan", "node09", "10.244.9.4", "app=web")
		tr := p.ask("pod/default/client", "curl http://10.244.9.4:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "node-gone").WouldFlip, true)
	})
	t.Run("2.3: the rules of a Windows node are another program's", func(t *testing.T) {
		p := build(t).changeNode("node01", func(n *corev1.Node) { n.Labels = map[string]string{corev1.LabelOSStable: "windows"} })
		tr := p.ask("pod/default/client", "curl http://10.96.7.7:81/")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		equal(t, assumption(tr, "windows-node").WouldFlip, true)
	})
}

// A.6: what is certain of private addresses holds for the Internet, not for who is nearer.
func TestSemanticsA6PrivateAddressesFromNearby(t *testing.T) {
	build := func(t *testing.T) *place {
		return neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, "172.20.128.200")
	}
	t.Run("E24: behind a router that only routes", func(t *testing.T) {
		p := build(t)
		p.around.Routers = []surroundings.Router{{Name: "core", Between: []surroundings.Layer{"internet", "lan"}}}
		equal(t, summary(p.ask("internet/user", "curl http://172.20.128.200/")), "no-answer lb.private-address assumed")
		equal(t, summary(p.ask("internet/user", "curl http://172.20.128.6:30080/")), "no-answer boundary.needs-door assumed")
	})
	t.Run("E24: from a machine with a private address of its own", func(t *testing.T) {
		equal(t, summary(build(t).ask("internet/192.168.77.7", "curl http://172.20.128.200/")), "no-answer lb.private-address assumed")
		equal(t, summary(build(t).ask("internet/user", "curl http://172.20.128.200/")), "no-answer lb.private-address certain")
	})
}
