package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// controllerRow is a request in a cluster whose controllers are no more than its own YAML says.
type controllerRow struct {
	name    string
	at      func(t *testing.T) *place // bare, where nothing is said
	objects string
	from    string // lan/laptop, where nothing is said
	command string
	want    string // class reason status certainty
	decided string // Kind/name
	pods    string // of all outcomes, sorted
	path    string // upstreamPath
	flips   string // the assumption whose other value leads to another class, and that class: "key class"
	also    string // words of the sentence
}

// bare is the services of a doorway without any controller.
func bare(t *testing.T) *place {
	p := doorway(t, nginx)
	p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool {
		return o.GetNamespace() == "front" || o.GetName() == "nginx" || o.GetName() == "front"
	})
	return p
}

func askControllers(t *testing.T, rows []controllerRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			build := r.at
			if build == nil {
				build = bare
			}
			from := r.from
			if from == "" {
				from = "lan/laptop"
			}
			p := build(t)
			if r.objects != "" {
				p.add(r.objects)
			}
			tr := p.ask(from, r.command)
			status := "-"
			if tr.Verdict.HTTPStatus != nil {
				status = fmt.Sprint(*tr.Verdict.HTTPStatus)
			}
			equal(t, fmt.Sprintf("%s %s %s %s", tr.Verdict.Class, tr.Verdict.Reason, status, tr.Verdict.Certainty), r.want)
			if r.decided != "" {
				got := "nobody"
				if d := tr.Verdict.DecidedBy; d != nil {
					got = string(d.Kind) + "/" + d.Name
				}
				equal(t, got, r.decided)
			}
			if r.pods != "" {
				var pods []string
				for _, o := range tr.Outcomes {
					if o.Endpoint != nil {
						pods = append(pods, o.Endpoint.Pod)
					}
				}
				slices.Sort(pods)
				equal(t, strings.Join(slices.Compact(pods), " "), r.pods)
			}
			if r.path != "" {
				equal(t, tr.Outcomes[0].UpstreamPath, r.path)
			}
			if key, class, ok := strings.Cut(r.flips, " "); ok {
				found := ""
				for _, a := range tr.Alternatives {
					if a.Assume[key] != "" {
						found = string(a.Verdict.Class)
					}
				}
				equal(t, found, class)
			} else if r.flips == "none" {
				for _, a := range tr.Alternatives {
					t.Errorf("an alternative: %v %s", a.Assume, a.Verdict.Class)
				}
			}
			if !strings.Contains(tr.Verdict.Sentence, r.also) {
				t.Errorf("%q has no %q", tr.Verdict.Sentence, r.also)
			}
			if t.Failed() {
				t.Log(tr.Verdict.Sentence)
			}
		})
	}
}

func classOf(name, controller string, more ...string) string {
	return fmt.Sprintf("\n---\napiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: %q%s}\nspec: {controller: %s}\n", name, strings.Join(more, ""), controller)
}

// withStatus gives the ingress whose text is given an address in its status.
func withStatus(text, address string) string {
	kind := "ip"
	if strings.Trim(address, "0123456789.") != "" {
		kind = "hostname"
	}
	return text + fmt.Sprintf("status: {loadBalancer: {ingress: [{%s: %s}]}}\n", kind, address)
}

func hostOf(address, path string) string {
	return fmt.Sprintf("curl -H 'Host: shop.test' http://%s%s", address, path)
}

// Ingresses that nobody serves.
func TestSemanticsA4NoController(t *testing.T) {
	rule := "shop.test / P web"
	node := hostOf("172.20.128.6", "/")
	askControllers(t, []controllerRow{
		{name: "A4.1 row 5: no controller at all, asked at a node", objects: ingressOf("i", "nginx", "", "", rule), command: node,
			want: "refused l7.no-controller - assumed", decided: "Ingress/i", also: "no ingress controller was seen"},
		{name: "A4.1 row 5: also without a class", objects: ingressOf("i", "", "", "", rule), command: node, want: "refused l7.no-controller - assumed", decided: "Ingress/i"},
		{name: "A4.1 row 5: a rule without host is meant by every request", objects: ingressOf("i", "", "", "", "- / P web"), command: "curl http://172.20.128.6/", want: "refused l7.no-controller - assumed"},
		{name: "A4.1 row 5: a default backend alone is, too", objects: ingressOf("i", "", "", ", defaultBackend: {service: {name: web, port: {number: 80}}}"), command: "curl http://172.20.128.6/", want: "refused l7.no-controller - assumed"},
		{name: "A4.1 row 1: a class without an object", at: func(t *testing.T) *place { return doorway(t, nginx) }, objects: ingressOf("i", "gone", "", "", rule), command: node,
			want: "refused l7.no-controller - assumed", also: "class gone does not exist"},
		{name: "A4.1 row 1: a class whose controller has no pod", objects: classOf("haproxy", "haproxy.org/ingress-controller/haproxy") + ingressOf("i", "haproxy", "", "", rule), command: node,
			want: "refused l7.no-controller - assumed", also: "has no running pod"},
		{name: "A4.1 row 1: and at the door of another controller, which answers 404", at: func(t *testing.T) *place { return doorway(t, nginx) },
			objects: classOf("haproxy", "haproxy.org/ingress-controller/haproxy") + ingressOf("i", "haproxy", "", "", rule), command: at("shop.test", "/"), want: "http-error l7.no-controller 404 assumed", decided: "Deployment/nginx"},
		{name: "A4.1: a host that no ingress names finds a closed port, no more", objects: ingressOf("i", "nginx", "", "", rule), command: "curl -H 'Host: other.test' http://172.20.128.6/", want: "refused node.port-closed - assumed"},
		{name: "A4.1: nor does a path that none names", objects: ingressOf("i", "nginx", "", "", "shop.test /only E web"), command: node, want: "refused node.port-closed - assumed"},
		{name: "A4.1: nor another port", objects: ingressOf("i", "nginx", "", "", rule), command: hostOf("172.20.128.6:8080", "/"), want: "refused node.port-closed - assumed"},
		{name: "A4.1: nor an ingress that is served, at another port", at: func(t *testing.T) *place { return doorway(t, nginx) }, objects: ingressOf("i", "nginx", "", "", rule), command: node, want: "refused node.port-closed - assumed"},
		{name: "A4.1: an address in the status of an ingress that nobody is known to serve", objects: withStatus(ingressOf("i", "other", "", "", rule), "172.20.128.99"), command: hostOf("172.20.128.99", "/"),
			want: "cannot-tell l7.no-controller - unknown", decided: "Ingress/i"},
	})
	t.Run("A4.1 row 5: pods that may not be read may be a controller", func(t *testing.T) {
		tr := bare(t).add(ingressOf("i", "nginx", "", "", rule)).live(cluster.KindDeployment).ask("lan/laptop", node)
		if tr.Verdict.Reason == "l7.no-controller" {
			t.Error(tr.Verdict.Sentence)
		}
	})
}

// How a request first comes to a controller.
func TestSemanticsA44Ways(t *testing.T) {
	rule := ingressOf("i", "nginx", "", "", "shop.test / P web")
	with := func(change func(p *place)) func(t *testing.T) *place {
		return func(t *testing.T) *place {
			p := doorway(t, nginx).add(rule)
			change(p)
			return p
		}
	}
	front := func(p *place) *corev1.Service {
		for _, s := range p.services() {
			if s.Name == "door" {
				return s
			}
		}
		return nil
	}
	// Pods of ServiceLB: one container a port with that host port, on every node (k3s pkg/cloudprovider/servicelb.go).
	svclb := func(p *place) {
		s := front(p)
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "172.20.128.6"}, {IP: "172.20.128.7"}}
		p.daemonSet("svclb-door-1a2b3c4d", "rancher/klipper-lb:v0.4.13")
		for i, node := range []string{"node01", "node02"} {
			p.pod("kube-system/svclb-door-"+node, node, fmt.Sprintf("10.244.%d.90", i+1), "app=svclb-door-1a2b3c4d,svccontroller.k3s.cattle.io/svcname=door,svccontroller.k3s.cattle.io/svcnamespace=front", func(pod *corev1.Pod) {
				pod.Spec.Containers = []corev1.Container{
					{Name: "lb-tcp-80", Image: "rancher/klipper-lb:v0.4.13", Ports: []corev1.ContainerPort{{Name: "lb-tcp-80", ContainerPort: 80, HostPort: 80}}},
					{Name: "lb-tcp-443", Image: "rancher/klipper-lb:v0.4.13", Ports: []corev1.ContainerPort{{Name: "lb-tcp-443", ContainerPort: 443, HostPort: 443}}},
				}
			})
		}
	}
	askControllers(t, []controllerRow{
		{name: "A6: ServiceLB, at the node of the controller", at: with(svclb), command: hostOf("172.20.128.7", "/"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A6: ServiceLB, at the other node", at: with(svclb), command: hostOf("172.20.128.6", "/"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		{name: "A6: ServiceLB, from a pod", at: with(svclb), from: "pod/default/client", command: hostOf("172.20.128.6", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A6: ServiceLB, from a node", at: with(svclb), from: "node/node01", command: hostOf("172.20.128.6", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A6: ServiceLB under Local, at a node without a controller: silence, if its pod there does not come first", at: with(func(p *place) { svclb(p); front(p).Spec.ExternalTrafficPolicy = "Local" }), command: hostOf("172.20.128.6", "/"),
			want: "no-answer service.no-local-endpoints - assumed"},
		{name: "A6: ServiceLB under Local, at the controller's", at: with(func(p *place) { svclb(p); front(p).Spec.ExternalTrafficPolicy = "Local" }), command: hostOf("172.20.128.7", "/"),
			want: "answered pod.delivered 200 assumed"},
		{name: "A6: ServiceLB, at an address of a node that the status does not list: its pod passes it on", at: with(func(p *place) {
			svclb(p)
			front(p).Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "172.20.128.7"}}
		}), command: hostOf("172.20.128.6", "/"), want: "answered pod.delivered 200 assumed", pods: "web-1 web-2"},
		// Its pod sends to the node's own node port, as a pod: traffic policies do not count for those (A2.3 row 6).
		{name: "A6: ServiceLB under Local, at such an address of a node without a controller", at: with(func(p *place) {
			svclb(p)
			front(p).Spec.ExternalTrafficPolicy = "Local"
			front(p).Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "172.20.128.7"}}
		}), command: hostOf("172.20.128.6", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: on the host network, at its node", at: with(func(p *place) {
			p.doorPod(func(pod *corev1.Pod) { pod.Spec.HostNetwork, pod.Status.PodIP = true, "172.20.128.7" })
		}), command: hostOf("172.20.128.7", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: on the host network, from its own node's localhost", at: with(func(p *place) {
			p.doorPod(func(pod *corev1.Pod) { pod.Spec.HostNetwork, pod.Status.PodIP = true, "172.20.128.7" })
		}), from: "node/node02", command: hostOf("127.0.0.1", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: on the host network, at another node there is nothing", at: with(func(p *place) {
			p.doorPod(func(pod *corev1.Pod) { pod.Spec.HostNetwork, pod.Status.PodIP = true, "172.20.128.7" })
		}), command: hostOf("172.20.128.6", "/"), want: "refused node.port-closed - assumed"},
		{name: "A4.4: by node port alone, port 80 is nobody's", at: with(func(*place) {}), command: hostOf("172.20.128.7", "/"), want: "refused node.port-closed - assumed"},
		{name: "A4.4: by node port alone, the node port answers", at: with(func(*place) {}), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: behind a load balancer that is pending, the node port answers", at: with(func(p *place) { front(p).Spec.Type = corev1.ServiceTypeLoadBalancer }), command: at("shop.test", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: and the cluster IP", at: with(func(p *place) { front(p).Spec.Type = corev1.ServiceTypeLoadBalancer }), from: "pod/default/client", command: hostOf("10.96.3.3", "/"), want: "answered pod.delivered 200 assumed"},
		{name: "A4.4: the address that it asks for is nobody's yet", at: with(func(p *place) {
			front(p).Spec.Type, front(p).Spec.LoadBalancerIP = corev1.ServiceTypeLoadBalancer, "172.20.128.240"
		}), command: hostOf("172.20.128.240", "/"), want: "no-answer lb.pending - assumed"},
	})
}
