package reach_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/reach"
	"github.com/kubestrata/kubestrata/internal/trace"
)

const gatewayObjects = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {gatewayClassName: eg, listeners: [{name: http, port: 8080, protocol: HTTP}]}
status: {addresses: [{type: IPAddress, value: 192.168.1.240}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: default}
spec: {parentRefs: [{name: front}], hostnames: [shop.test], rules: [{backendRefs: [{name: web, port: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: front}}
spec: {type: LoadBalancer, clusterIP: 10.96.4.30, selector: {app: envoy}, ports: [{port: 8080, targetPort: 10080}]}
status: {loadBalancer: {ingress: [{ip: 192.168.1.240}]}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.4.20, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: default, labels: {app: web}}
spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: envoy, namespace: default, labels: {app: envoy}}
spec: {containers: [{name: c, image: envoyproxy/envoy, ports: [{containerPort: 10080}]}]}
`

// made is a View of YAML, with what controllers would have written.
func made(t *testing.T, text string) *cluster.View {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open([]string{path}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.View()
}

func TestAHostOfAGatewayIsATarget(t *testing.T) {
	a, err := reach.WhoCanReach(made(t, gatewayObjects), reach.Ask{Target: "gateway/shop.test/cart"})
	if err != nil {
		t.Fatal(err)
	}
	if want := (cluster.Ref{Kind: cluster.KindGateway, Namespace: "default", Name: "front"}); a.Subject.Ref != want || a.Subject.Port != 8080 {
		t.Errorf("it is about %v port %d", a.Subject.Ref, a.Subject.Port)
	}
	doors := 0
	for _, g := range a.Groups {
		if g.Door == nil {
			continue
		}
		doors++
		if g.Door.Kind != "gateway" || g.Door.Address != "192.168.1.240" || g.Door.Port != 8080 || g.Door.Object != a.Subject.Ref {
			t.Errorf("the door is %+v", g.Door)
		}
		if !strings.Contains(g.Trace.Command, "--resolve shop.test:8080:192.168.1.240 http://shop.test:8080/cart") {
			t.Errorf("it is tried by %s", g.Trace.Command)
		}
		if g.Object.Name == "lan" && g.Class != trace.Answered {
			t.Errorf("the LAN: %s %s", g.Class, g.Sentence)
		}
	}
	if doors == 0 {
		t.Error("nobody outside was asked for")
	}
	for target, words := range map[string]string{"gateway/other.test": "no gateway takes a route for host other.test", "gateway/": "is no target"} {
		if _, err := reach.WhoCanReach(made(t, gatewayObjects), reach.Ask{Target: target}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", target, err)
		}
	}
}
