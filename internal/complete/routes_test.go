package complete_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/complete"
	"github.com/kubestrata/kubestrata/internal/files"
)

const objects = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {gatewayClassName: eg, listeners: [{name: http, port: 8080, protocol: HTTP, hostname: "*.test"}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: default}
spec:
  parentRefs: [{name: front}]
  hostnames: [shop.test, "*.shop.test", elsewhere.org]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}}, {path: {type: RegularExpression, value: "/c.*"}}]
    backendRefs: [{name: web, port: 80}]
  - matches: [{path: {type: Exact, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: both, namespace: default}
spec: {rules: [{host: ingress.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
`

func view(t *testing.T) *cluster.View {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(objects), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open([]string{path}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.View()
}

func TestHostsAndPathsOfRoutesAreProposed(t *testing.T) {
	v := view(t)
	for _, row := range []struct {
		name, typed string
		want        []string
	}{
		{"a host at the port of the listener that takes it", "curl http://shop.t", []string{"http://shop.test:8080/ host at gateway front"}},
		{"a host that no listener covers is proposed as such", "curl elsewhere", []string{"http://elsewhere.org/ host of a route that no gateway has taken"}},
		{"hosts of ingresses as before", "curl ingress", []string{"http://ingress.test/ host of an ingress"}},
		{"paths of a host, regular expressions left out", "curl http://shop.test:8080/", []string{
			"http://shop.test:8080/cart route shop, to web", "http://shop.test:8080/old route shop, redirect 301",
		}},
		{"paths that begin so", "curl http://shop.test/c", []string{"http://shop.test/cart route shop, to web"}},
		{"paths under a wildcard", "curl http://a.shop.test/c", []string{"http://a.shop.test/cart route shop, to web"}},
		{"no path of a host that is not the route's", "curl http://other.test/", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, i := range complete.For(v, "lan", row.typed, 10) {
				got = append(got, i.Insert+" "+i.Detail)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
