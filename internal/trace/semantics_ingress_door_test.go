package trace_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// doorPod changes the pod of the controller.
func (p *place) doorPod(f func(*corev1.Pod)) *place {
	for _, o := range p.objects {
		if pod, ok := asPod(o); ok && pod.Name == "door-1" {
			f(pod)
		}
	}
	return p
}

// How a request first comes to the controller (A.4.4).
func TestSemanticsA44Doors(t *testing.T) {
	rule := ingressOf("i", "nginx", "", "", "shop.test / P web")
	hostPorts := func(pod *corev1.Pod) {
		for i := range pod.Spec.Containers[0].Ports {
			pod.Spec.Containers[0].Ports[i].HostPort = pod.Spec.Containers[0].Ports[i].ContainerPort
		}
	}
	curl := func(to string) string { return "curl -H 'Host: shop.test' http://" + to + "/" }
	for _, r := range []struct {
		name    string
		at      *place
		from    string
		command string
		want    string
	}{
		{"A4.4: by a host port, at the pod's node", doorway(t, nginx).add(rule).doorPod(hostPorts), "lan/laptop", curl("172.20.128.7"), "answered pod.delivered assumed"},
		{"A4.4: by a host port, at another node", doorway(t, nginx).add(rule).doorPod(hostPorts), "lan/laptop", curl("172.20.128.6"), "refused node.port-closed assumed"},
		{"A4.4: by the node port, at each node", doorway(t, nginx).add(rule), "lan/laptop", curl("172.20.128.7:30080"), "answered pod.delivered assumed"},
		{"A4.4: by the node port, from the node itself", doorway(t, nginx).add(rule), "node/node01", curl("172.20.128.6:30080"), "answered pod.delivered assumed"},
		{"A4.4: by the load balancer's address", doorway(t, nginx).add(rule).loadBalancer(80, "172.20.128.90"), "pod/default/client", curl("172.20.128.90"), "answered pod.delivered assumed"},
		{"A4.4: by the pod's own address", doorway(t, nginx).add(rule), "pod/default/client", curl("10.244.2.12"), "answered pod.delivered assumed"},
		{"A4.1 row 5: a controller that is not ready gets nothing", doorway(t, nginx).add(rule).pod("front/late", "node01", "10.244.1.40", "late=yes", unready).service("front/late", "10.96.3.4", "late=yes", ":80:80"), "pod/default/client", curl("10.96.3.4"), "refused service.no-endpoints certain"},
		{"A4.4: an ingress of a controller that does not run counts nowhere", doorway(t, nginx).add(ingressOf("i", "traefik", "", "", "shop.test / P web")), "lan/laptop", at("shop.test", "/"), "http-error l7.no-controller assumed"},
	} {
		t.Run(r.name, func(t *testing.T) { equal(t, summary(r.at.ask(r.from, r.command)), r.want) })
	}
	for _, class := range []string{haproxy, contour,
		"kong ingress-controllers.konghq.com/kong docker.io/library/kong:3.9",
		"ic nginx.org/ingress-controller docker.io/nginx/nginx-ingress:5.0.0"} {
		name, _, _ := words3(class)
		t.Run(fmt.Sprintf("A4.2: %s follows the API's contract, which is assumed of it", name), func(t *testing.T) {
			p := doorway(t, class).add(ingressOf("i", name, "", "", "shop.test /foo P web", "shop.test /foo/bar E api"))
			equal(t, summary(p.ask("lan/laptop", at("shop.test", "/foo/bar"))), "answered pod.delivered assumed")
			equal(t, p.ask("lan/laptop", at("shop.test", "/foobar")).Verdict.Reason, "l7.no-match")
			tr := p.ask("lan/laptop", at("shop.test", "/foo/bar"))
			equal(t, tr.Verdict.Certainty, trace.Assumed)
			flips := false
			for _, a := range tr.Assumptions {
				flips = flips || a.Key == "ingress-controller" && a.WouldFlip
			}
			equal(t, flips, true)
		})
	}
}
