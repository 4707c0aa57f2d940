package trace_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// shop is a service web behind ingress-nginx on node02, reached by node port 30080.
func shop(t *testing.T) *place {
	return web(t).
		yaml(&networkingv1.IngressClass{}, `{metadata: {name: nginx}, spec: {controller: k8s.io/ingress-nginx}}`).
		yaml(&appsv1.Deployment{}, `
metadata: {namespace: ingress-nginx, name: ingress-nginx-controller}
spec:
  selector: {matchLabels: {app: ingress}}
  template:
    metadata: {labels: {app: ingress}}
    spec: {containers: [{name: controller, image: "registry.k8s.io/ingress-nginx/controller:v1.15.1", ports: [{name: http, containerPort: 80}]}]}`).
		pod("ingress-nginx/controller-1", "node02", "10.244.2.12", "app=ingress", image("registry.k8s.io/ingress-nginx/controller:v1.15.1"), func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 80}}
			pod.Spec.Containers[0].Args = []string{"/nginx-ingress-controller", "--ingress-class=nginx"}
		}).
		service("ingress-nginx/ingress", "10.96.3.3", "app=ingress", "http:80:80").nodePort(30080).
		yaml(&networkingv1.Ingress{}, `
metadata: {namespace: default, name: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.test
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /missing, pathType: Prefix, backend: {service: {name: nowhere, port: {number: 80}}}}`)
}

const ask = `curl -H "Host: shop.test" http://172.20.128.6:30080`

func TestIngress(t *testing.T) {
	t.Run("the controller opens a second connection straight to an endpoint (E10)", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", ask+"/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, *tr.Verdict.HTTPStatus, 200)
		equal(t, len(tr.Outcomes), 2)
		second := stepOf(tr, trace.StepProxyConnect)
		equal(t, second.Leg, 2)
		equal(t, second.At, cluster.Ref{Kind: "Pod", Namespace: "ingress-nginx", Name: "controller-1"})
		equal(t, second.After.Src, "10.244.2.12:40313")
		for _, s := range tr.Steps {
			if s.Leg == 2 && s.Kind == trace.StepRulesDNAT {
				t.Error("the second connection meets the service's rules")
			}
		}
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.2.12")
		equal(t, *tr.Outcomes[0].Backend, trace.Backend{Kind: "Service", Namespace: "default", Name: "web", Port: 80})
		match := stepOf(tr, trace.StepProxyMatch)
		equal(t, *match.About, cluster.Ref{Kind: "Ingress", Namespace: "default", Name: "shop"})
		if len(match.Tried) != 1 || !strings.Contains(match.Tried[0].Why, "/missing") {
			t.Errorf("%+v", match.Tried)
		}
	})
	t.Run("both replies are there, the second connection's first", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", ask+"/")
		var legs []int
		for _, s := range tr.Course(0) {
			if s.Direction == trace.OfReply && (len(legs) == 0 || legs[len(legs)-1] != s.Leg) {
				legs = append(legs, s.Leg)
			}
		}
		if len(legs) != 2 || legs[0] != 2 || legs[1] != 1 {
			t.Errorf("%v", legs)
		}
	})
	t.Run("no rule is 404 by the controller", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", `curl -H "Host: other.test" http://172.20.128.6:30080/`)
		equal(t, tr.Verdict.Class, trace.HTTPError)
		equal(t, tr.Verdict.Reason, "l7.no-match")
		equal(t, *tr.Verdict.HTTPStatus, 404)
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Deployment", Namespace: "ingress-nginx", Name: "ingress-nginx-controller"})
		equal(t, tr.Verdict.Client.ExitCode, 0)
		equal(t, tr.ExitCode(), 3)
	})
	t.Run("a backend that does not exist is 503 by the controller (E12)", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", ask+"/missing")
		equal(t, tr.Verdict.Reason, "l7.no-backend")
		equal(t, *tr.Verdict.HTTPStatus, 503)
	})
	t.Run("an endpoint that refuses is 502, and nginx tries the next one first", func(t *testing.T) {
		p := shop(t)
		p.around.Listeners = nil
		tr := p.listens("default", "app=web", 9999, "TCP").ask("lan/laptop", ask+"/")
		equal(t, tr.Verdict.Reason, "l7.upstream-refused")
		equal(t, *tr.Verdict.HTTPStatus, 502)
		tried := 0
		for _, s := range tr.Course(0) {
			if s.Kind == trace.StepProxyConnect {
				tried++
			}
		}
		equal(t, tried, 2)
	})
	t.Run("a policy that shuts the controller out is 504 (3.2)", func(t *testing.T) {
		tr := shop(t).enforces().policy(onlyFriends).ask("lan/laptop", ask+"/")
		equal(t, tr.Verdict.Reason, "l7.upstream-timeout")
		equal(t, *tr.Verdict.HTTPStatus, 504)
	})
	t.Run("the application's own 404 is the application's", func(t *testing.T) {
		p := shop(t)
		p.around.Listeners = nil
		tr := p.listens("default", "app=web", 8080, "TCP", welcome404).ask("lan/laptop", ask+"/nothing")
		equal(t, tr.Verdict.Reason, "http.status")
		equal(t, *tr.Verdict.HTTPStatus, 404)
		equal(t, tr.Verdict.DecidedBy.Kind, "Pod")
	})
}

var welcome404 = surroundings.Answer{Path: "*", Status: 404}
