package trace_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// What a controller's flags and its place say against the usual.
func TestSemanticsA4Flags(t *testing.T) {
	plain := func(class string) string { return ingressOf("i", class, "", "", "shop.test / P web") }
	fallback := ingressOf("i", "nginx", "", ", defaultBackend: {service: {name: api, port: {number: 80}}}", "shop.test /only P web")
	const ok, none = "answered pod.delivered 200 assumed", "http-error l7.no-controller 404 assumed"
	labelled := func(class string, args ...string) func(t *testing.T) *place {
		return func(t *testing.T) *place {
			p := doorway(t, class, args...)
			for _, o := range p.objects {
				if ns, is := o.(*corev1.Namespace); is && ns.Name == "default" {
					ns.Labels["team"] = "a"
				}
			}
			return p
		}
	}
	const https = "curl --resolve shop.test:30443:172.20.128.6 https://shop.test:30443/"
	askControllers(t, []controllerRow{
		{name: "A4.2 row 6: a default certificate by flag", at: behind(nginx, "--default-ssl-certificate=front/wild"), objects: plain("nginx"), command: https, want: ok},
		{name: "A4.2 row 6: also for a TLS section without a secret", at: behind(nginx, "--default-ssl-certificate=front/wild"), objects: ingressOf("i", "nginx", "", ", tls: [{hosts: [shop.test]}]", "shop.test / P web"), command: https, want: ok},
		{name: "A4.2 row 6: HAProxy's", at: behind(community, "--default-ssl-certificate=front/wild"), objects: plain("haproxy"), command: https, want: ok},
		{name: "A4.2 row 6: without one the client turns away", at: behind(haproxy), objects: plain("haproxy"), command: https, want: "tls-error tls.no-certificate - assumed"},
		{name: "A4.2 row 6: Contour serves no host without one, trusted or not", at: behind(contour), objects: plain("contour"), command: strings.Replace(https, "curl", "curl -k", 1), want: "tls-error tls.no-certificate - assumed"},
		{name: "A4.2 row 6: with one it does", at: behind(contour), objects: ingressOf("i", "contour", "", ", tls: [{hosts: [shop.test], secretName: c}]", "shop.test / P web"), command: https, want: ok},
		{name: "A4.2 row 6: HAProxy shows its own, which -k does not mind", at: behind(haproxy), objects: plain("haproxy"), command: strings.Replace(https, "curl", "curl -k", 1), want: ok},
		{name: "A4.2 row 6: Traefik's resolver, by its entry point", at: behind(traefik, "--entrypoints.websecure.address=:443", "--entrypoints.websecure.http.tls.certResolver=le"), objects: plain("traefik"), command: https, want: ok},
		{name: "A4.2 row 6: or by annotation", at: behind(traefik), objects: ingressOf("i", "traefik", "traefik.ingress.kubernetes.io/router.tls.certresolver: le", "", "shop.test / P web"), command: https, want: ok},
		{name: "A4: a controller of another namespace's ingresses: ingress-nginx", at: behind(nginx, "--watch-namespace=team"), objects: plain("nginx"), command: at("shop.test", "/"), want: none},
		{name: "A4: the same of Traefik", at: behind(traefik, "--providers.kubernetesingress.namespaces=team,front"), objects: plain("traefik"), command: at("shop.test", "/"), want: none},
		{name: "A4: of Kong", at: behind(kong, "--watch-namespace=team"), objects: plain("kong"), command: at("shop.test", "/"), want: none},
		{name: "A4: of F5's", at: behind(f5, "-watch-namespace=team,default"), objects: plain("nginx"), command: at("shop.test", "/"), want: ok},
		{name: "A4: by labels of namespaces, which this one has", at: labelled(nginx, "--watch-namespace-selector=team=a"), objects: plain("nginx"), command: at("shop.test", "/"), want: ok},
		{name: "A4: or has not", at: labelled(nginx, "--watch-namespace-selector=team=b"), objects: plain("nginx"), command: at("shop.test", "/"), want: none},
		{name: "A4: by labels of ingresses", at: behind(traefik, "--providers.kubernetesingress.labelselector=public=yes"), objects: plain("traefik"), command: at("shop.test", "/"), want: none},
		{name: "A4: ingress-nginx without catch-alls leaves an ingress with a default backend", at: behind(nginx, "--disable-catch-all"), objects: fallback, command: at("shop.test", "/only"), want: none},
		{name: "A4.2 row 1: what no rule takes goes to the service of a flag", at: behind(nginx, "--default-backend-service=default/api"), objects: plain("nginx"), command: at("other.test", "/"), want: ok, pods: "api-1"},
		{name: "A4.2 row 1: unless that has no endpoint", at: behind(nginx, "--default-backend-service=default/empty"), objects: plain("nginx"), command: at("other.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2 row 1: nor does a default backend of the ingress lose to it", at: behind(nginx, "--default-backend-service=default/web"), objects: fallback, command: at("shop.test", "/else"), want: ok, pods: "api-1"},
		{name: "A4.2 row 1: HAProxy has the flag, too", at: behind(haproxy, "--default-backend-service=default/api"), objects: plain("haproxy"), command: at("other.test", "/"), want: ok, pods: "api-1"},
		{name: "A7: a declared port opens nothing: Traefik's flags say where it listens", at: behind(traefik, "--entrypoints.web.address=:80"), objects: plain("traefik"), command: at("shop.test", "/"), want: ok},
		{name: "A4.2: a router hangs on the entry points that its annotation names", at: behind(traefik, "--entrypoints.web.address=:8000", "--entrypoints.inner.address=:80"), objects: ingressOf("i", "traefik", "traefik.ingress.kubernetes.io/router.entrypoints: inner", "", "shop.test / P web"), command: at("shop.test", "/"), want: ok},
		{name: "A4.2: and on no other", at: behind(traefik, "--entrypoints.web.address=:8000", "--entrypoints.inner.address=:80"), objects: ingressOf("i", "traefik", "traefik.ingress.kubernetes.io/router.entrypoints: web", "", "shop.test / P web"), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: without one on those that are default ones", at: behind(traefik, "--entrypoints.web.address=:8000", "--entrypoints.web.asDefault=true", "--entrypoints.inner.address=:80"), objects: plain("traefik"), command: at("shop.test", "/"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.2: else on all", at: behind(traefik, "--entrypoints.web.address=:8000", "--entrypoints.inner.address=:80"), objects: plain("traefik"), command: at("shop.test", "/"), want: ok},
		{name: "A4.2: a redirect of one entry point is none of another's", at: behind(traefik, "--entrypoints.web.address=:8000", "--entrypoints.web.http.redirections.entryPoint.to=websecure", "--entrypoints.inner.address=:80"), objects: plain("traefik"), command: at("shop.test", "/"), want: ok},
		{name: "A4.2: and is of its own", at: behind(traefik, "--entrypoints.web.address=:80", "--entrypoints.web.http.redirections.entryPoint.to=websecure"), objects: plain("traefik"), command: at("shop.test", "/"), want: "answered l7.redirect 301 assumed"},
		{name: "A4.4: several replicas, each as good as the other", at: func(t *testing.T) *place {
			p := doorway(t, nginx)
			for _, o := range p.objects {
				if pod, is := asPod(o); is && pod.Name == "door-1" {
					other := pod.DeepCopy()
					other.Name, other.Spec.NodeName, other.Status.PodIP = "door-2", "node01", "10.244.1.12"
					p.objects = append(p.objects, other)
					break
				}
			}
			return p.add("\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {namespace: front, name: more, labels: {kubernetes.io/service-name: door}}\naddressType: IPv4\nports: [{name: http, port: 80, protocol: TCP}]\nendpoints: [{addresses: [10.244.1.12], nodeName: node01, conditions: {ready: true}, targetRef: {kind: Pod, namespace: front, name: door-2}}]\n")
		}, objects: plain("nginx"), command: at("shop.test", "/"), want: ok, pods: "web-1 web-2"},
	})
	t.Run("B: whoever only connects to a controller rests on what listens there", func(t *testing.T) {
		p := doorway(t, nginx).add(plain("nginx"))
		equal(t, summary(p.ask("lan/laptop", "nc -zv 172.20.128.6 30080")), "answered pod.delivered assumed")
		equal(t, p.ask("lan/laptop", "nc -zv 172.20.128.6 30080", "listening=false").Verdict.Class, trace.Refused)
	})
	t.Run("B: a readiness probe on the port shows it", func(t *testing.T) {
		p := doorway(t, nginx).add(plain("nginx")).doorPod(func(pod *corev1.Pod) {
			pod.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(80)}}}
		})
		equal(t, summary(p.ask("lan/laptop", "nc -zv 172.20.128.6 30080")), "answered pod.delivered certain")
	})
	t.Run("B: surroundings that describe the pod say all there is", func(t *testing.T) {
		p := doorway(t, nginx).add(plain("nginx"))
		p.around.Listeners = append(p.around.Listeners, surroundings.Listener{Namespace: "front", Selector: "app=door", Port: 10254})
		equal(t, summary(p.ask("lan/laptop", at("shop.test", "/"))), "refused pod.port-closed certain")
	})
	t.Run("A4.4: on the host network a controller has its ports, declared or not", func(t *testing.T) {
		p := doorway(t, nginx).add(plain("nginx")).doorPod(func(pod *corev1.Pod) {
			pod.Spec.HostNetwork, pod.Status.PodIP, pod.Spec.Containers[0].Ports = true, "172.20.128.7", nil
		})
		equal(t, summary(p.ask("lan/laptop", hostOf("172.20.128.7", "/"))), "answered pod.delivered assumed")
	})
}

// A controller that nothing here knows is found by the address that it has written.
func TestSemanticsA44Unknown(t *testing.T) {
	rule := classOf("odd", "example.com/odd") + withStatus(ingressOf("i", "odd", "", "", "shop.test /app P web"), "172.20.128.90")
	odd := func(t *testing.T) *place {
		return bare(t).pod("odd/proxy-1", "node02", "10.244.2.70", "app=proxy", func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}
		}).service("odd/proxy", "10.96.6.6", "app=proxy", "http:80:8080").loadBalancer(30070, "172.20.128.90")
	}
	askControllers(t, []controllerRow{
		{name: "A4.4: the pods behind the address in the status are the controller", at: odd, objects: rule, from: "pod/default/client", command: hostOf("172.20.128.90", "/app/x"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A4.4: by every door of theirs", at: odd, objects: rule, command: hostOf("172.20.128.6:30070", "/app"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.1: and follow the API's contract", at: odd, objects: rule, command: hostOf("172.20.128.6:30070", "/apple"), want: "http-error l7.no-match 404 assumed"},
		{name: "A4.4: without an address nobody knows which pods they are", at: odd, objects: classOf("odd", "example.com/odd") + ingressOf("i", "odd", "", "", "shop.test /app P web"), command: hostOf("172.20.128.6:30070", "/app"), want: "answered pod.delivered - assumed"},
		{name: "A4.4: nor whether any runs", at: bare, objects: classOf("odd", "example.com/odd") + ingressOf("i", "odd", "", "", "shop.test /app P web"), command: hostOf("172.20.128.6", "/app"), want: "refused node.port-closed - assumed"},
		{name: "A4.4: nor where services share the address", at: func(t *testing.T) *place {
			return odd(t).service("odd/twin", "10.96.6.7", "app=client", "http:80:8080").loadBalancer(30071, "172.20.128.90")
		}, objects: rule, command: hostOf("172.20.128.6:30070", "/app"), want: "answered pod.delivered - assumed"},
	})
	t.Run("A4.4: its class is not what another controller leaves out", func(t *testing.T) {
		tr := doorway(t, nginx).add(rule).ask("lan/laptop", at("shop.test", "/app"))
		equal(t, fmt.Sprintf("%s %s", tr.Verdict.Class, tr.Verdict.Reason), "http-error l7.not-admitted")
	})
}
