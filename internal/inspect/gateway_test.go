package inspect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/inspect"
)

const objects = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default, generation: 2}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: "*.test", allowedRoutes: {namespaces: {from: All}}}
  - {name: again, port: 80, protocol: HTTP, hostname: "*.test"}
  - {name: own, port: 8080, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}
status:
  conditions: [{type: Programmed, status: "True", reason: Programmed, observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z", message: ""}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop, generation: 1}
spec:
  parentRefs: [{name: front, namespace: default, sectionName: own}, {name: nobody}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}}, {path: {type: Exact, value: /basket}, method: POST}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}}}]
    backendRefs: [{name: web, port: 80, weight: 3}, {name: web, namespace: other, port: 80, weight: 1}]
status:
  parents:
  - controllerName: gateway.envoyproxy.io/gatewayclass-controller
    parentRef: {name: front, namespace: default, sectionName: own}
    conditions: [{type: Accepted, status: "False", reason: NotAllowedByListeners, observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z", message: kinds}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: default}
spec:
  parentRefs: [{name: front, sectionName: own}]
  hostnames: [calls.test]
  rules: [{matches: [{method: {service: shop.Cart, method: Add}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: lend, namespace: other}
spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: elsewhere}], to: [{group: "", kind: Service}]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}
  ingress: [{name: quiet, action: Deny, from: [{namespaces: {}}], ports: [{portRange: {protocol: TCP, start: 1, end: 99}}]}]
  egress: [{action: Allow, to: [{networks: [10.0.0.0/8]}], ports: [{portNumber: {protocol: UDP, port: 53}}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: first}
spec: {tier: Admin, priority: 7, subject: {namespaces: {}}, ingress: [{action: Pass, from: [{namespaces: {}}], protocols: [{destinationNamedPort: http}]}]}
`

func TestPanelsOfGatewaysRoutesAndPoliciesOfAdmins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(objects), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open([]string{path}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		ref  cluster.Ref
		want []string
	}{
		{"a class lists its gateways", cluster.Ref{Kind: cluster.KindGatewayClass, Name: "eg"}, []string{
			"CONTROLLER gateway.envoyproxy.io/gatewayclass-controller", "gateway: Gateway default/front",
		}},
		{"a gateway shows each listener, and the routes it has not taken with the reason", cluster.Ref{Kind: cluster.KindGateway, Namespace: "default", Name: "front"}, []string{
			"CLASS eg", "# Listener http, port 80 HTTP", "hostname: *.test", "serves: no: listeners http and again conflict", "takes routes of: every namespace: HTTPRoutes and GRPCRoutes",
			"# Listener own, port 8080 HTTP", "hostname: every host", "takes routes of: its own namespace: GRPCRoutes", "GRPCRoute: default/calls for calls.test",
			"# Routes that are not attached", "HTTPRoute: shop/shop: NotAllowedByListeners",
			"Programmed: True (Programmed) · about generation 1, it is at 2 now",
		}},
		{"a route shows its parents, what its controller says, and its rules with their shares", cluster.Ref{Kind: cluster.KindHTTPRoute, Namespace: "shop", Name: "shop"}, []string{
			"default/front: not attached: NotAllowedByListeners", "shop/nobody: not attached: there is no such gateway",
			"# What gateway.envoyproxy.io/gatewayclass-controller says of front, listener own", "Accepted: False (NotAllowedByListeners): kinds",
			"match: PathPrefix /cart", "match: Exact /basket POST", "filter: RequestMirror", "to: shop/web:80, 3 of 4 (service web does not exist (BackendNotFound))",
			"to: other/web:80, 1 of 4 (no ReferenceGrant in namespace other admits it (RefNotPermitted))",
		}},
		{"a route without backends", cluster.Ref{Kind: cluster.KindGRPCRoute, Namespace: "default", Name: "calls"}, []string{
			"HOSTNAMES calls.test", "default/front: attached to listener own for calls.test", "match: shop.Cart/Add", "to: nothing: it has no backend, so it answers 500",
		}},
		{"a grant", cluster.Ref{Kind: cluster.KindReferenceGrant, Namespace: "other", Name: "lend"}, []string{"from: HTTPRoute of namespace elsewhere", "to: every Service of other"}},
		{"the baseline policy", cluster.Ref{Kind: cluster.KindBaselineAdminNetworkPolicy, Name: "default"}, []string{
			"tier: Baseline, asked last, of pods that no NetworkPolicy isolates", "selects: pods with app=web", "quiet: denies all pods of all namespaces on TCP 1-99",
			"rule: accepts networks 10.0.0.0/8 on UDP 53",
		}},
		{"a policy of a whole cluster", cluster.Ref{Kind: cluster.KindClusterNetworkPolicy, Name: "first"}, []string{
			"TIER Admin", "PRIORITY 7", "selects: every pod", "rule: passes on all pods of all namespaces on http",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			about, ok := inspect.Object(s.View(), row.ref, time.Unix(1785000000, 0))
			if !ok {
				t.Fatal("it is not there")
			}
			text := written(about)
			for _, w := range row.want {
				if !strings.Contains(text, w) {
					t.Errorf("it lacks %q:\n%s", w, text)
				}
			}
		})
	}
	if _, ok := inspect.Object(s.View(), cluster.Ref{Kind: cluster.KindGateway, Namespace: "default", Name: "gone"}, time.Time{}); ok {
		t.Error("a gateway that is gone is described")
	}
}

func written(a inspect.About) string {
	var b strings.Builder
	for _, c := range a.Wide {
		b.WriteString(c.Column + " " + c.Value + "\n")
	}
	for _, s := range a.Sections {
		b.WriteString("# " + s.Title + "\n")
		for _, l := range s.Lines {
			b.WriteString(l.Name + ": " + l.Value + "\n")
		}
	}
	return b.String()
}
