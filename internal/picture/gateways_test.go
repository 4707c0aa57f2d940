package picture

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// parsed reads an object from YAML.
func parsed[T cluster.Object](t *testing.T, o T, text string) T {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func gatewayShop(t *testing.T) func(*cluster.Writer) {
	return func(w *cluster.Writer) {
		shop(w)
		w.Put(parsed(t, &gatewayv1.GatewayClass{}, `{metadata: {name: eg}, spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}}`))
		w.Put(parsed(t, &gatewayv1.Gateway{}, `
metadata: {name: front, namespace: shop}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: "*.test"}
status: {addresses: [{type: IPAddress, value: 192.168.10.40}]}`))
		w.Put(parsed(t, &corev1.Service{}, `
metadata: {name: front-eg, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: front}}
spec: {clusterIP: 10.96.4.30, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}`))
		w.Put(route(t, "web"))
	}
}

func route(t *testing.T, backend string) *gatewayv1.HTTPRoute {
	return parsed(t, &gatewayv1.HTTPRoute{}, `
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: front}]
  hostnames: [shop.test]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}, method: POST}]
    backendRefs: [{name: `+backend+`, port: 80}]
  - matches: [{path: {type: Exact, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}}]`)
}

func TestGatewaysAndTheirRoutesHaveCards(t *testing.T) {
	f := newFixture(t, gatewayShop(t))
	g, _ := card[wire.Gateway](f, "Gateway/shop/front")
	if diff := cmp.Diff(wire.Gateway{
		ID: "Gateway/shop/front", Namespace: "shop", Name: "front", Class: "eg", Controller: "gateway.envoyproxy.io/gatewayclass-controller", Served: true,
		Addresses: []string{"192.168.10.40"}, Services: []string{"Service/shop/front-eg"},
		Listeners: []wire.Listener{{Name: "http", Port: 80, Protocol: "HTTP", Host: "*.test", Serves: true}},
	}, g); diff != "" {
		t.Errorf("gateway (-want +got):\n%s", diff)
	}
	r, _ := card[wire.Route](f, "HTTPRoute/shop/cart")
	if diff := cmp.Diff(wire.Route{
		ID: "HTTPRoute/shop/cart", Namespace: "shop", Name: "cart", Hosts: []string{"shop.test"},
		Parents: []wire.RouteGuest{{Gateway: "Gateway/shop/front", Hosts: []string{"shop.test"}}},
		Rows: []wire.RouteRow{
			{Match: "PathPrefix /cart POST", Path: "/cart", PathType: "PathPrefix", Backend: "web:80", Service: "Service/shop/web"},
			{Rule: 1, Match: "Exact /old", Path: "/old", PathType: "Exact", Backend: "redirect 301"},
		},
	}, r); diff != "" {
		t.Errorf("route (-want +got):\n%s", diff)
	}
	row, _ := f.p.PodRow(0)
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.Role != RoleGateway {
		t.Errorf("the proxy's role is %q", c.Role)
	}
}

func TestARouteCardFollowsWhatItNames(t *testing.T) {
	f := newFixture(t, gatewayShop(t))
	f.change(func(w *cluster.Writer) { w.Put(route(t, "wbe")) })
	f.wantChanged("HTTPRoute/shop/cart")
	if r, _ := card[wire.Route](f, "HTTPRoute/shop/cart"); !r.Rows[0].Missing {
		t.Errorf("a backend that is not there: %+v", r.Rows[0])
	}
	f.change(func(w *cluster.Writer) {
		w.Put(parsed(t, &corev1.Service{}, `{metadata: {name: wbe, namespace: shop}, spec: {clusterIP: 10.96.4.31, ports: [{port: 80}]}}`))
	})
	if r, _ := card[wire.Route](f, "HTTPRoute/shop/cart"); r.Rows[0].Missing {
		t.Errorf("its backend has come: %+v", r.Rows[0])
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindGateway, "shop", "front") })
	if r, _ := card[wire.Route](f, "HTTPRoute/shop/cart"); r.Parents[0].Why != "there is no such gateway" || len(r.Parents[0].Hosts) > 0 {
		t.Errorf("its gateway is gone: %+v", r.Parents)
	}
	if _, ok := card[wire.Gateway](f, "Gateway/shop/front"); ok {
		t.Error("the gateway's card stays")
	}
	row, _ := f.p.PodRow(0)
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.Role != "" {
		t.Errorf("the proxy keeps the role %q", c.Role)
	}
	f.change(func(w *cluster.Writer) {
		w.Delete(cluster.KindHTTPRoute, "shop", "cart")
		w.Delete(cluster.KindGatewayClass, "", "eg")
	})
	if len(f.p.routes) > 0 {
		t.Errorf("cards stay when the kinds have left: %v", f.p.routes)
	}
}

func TestAProxyThatComesUpMakesItsGatewayServe(t *testing.T) {
	f := newFixture(t, func(w *cluster.Writer) {
		gatewayShop(t)(w)
		pod := webPod("web-5d4f-x2x4p", 1, false)
		pod.Phase = cluster.PhasePending
		w.PutPod(pod)
	})
	row, _ := f.p.PodRow(0)
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.Role != "" {
		t.Errorf("a pod that does not run carries nothing: %q", c.Role)
	}
	f.change(func(w *cluster.Writer) { w.PutPod(webPod("web-5d4f-x2x4p", 1, true)) })
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.Role != RoleGateway {
		t.Errorf("the proxy that runs now has role %q", c.Role)
	}
}

func TestAProxyThatNothingShowsStandsWhereItsAddressIs(t *testing.T) {
	for address, want := range map[string]string{"198.51.100.9": "internet", "192.168.10.77": "lan", "192.168.10.11": ""} {
		f := newFixture(t, func(w *cluster.Writer) {
			w.Put(nodeA())
			w.Put(parsed(t, &gatewayv1.Gateway{}, `
metadata: {name: cloud, namespace: shop}
spec: {gatewayClassName: gke, listeners: [{name: http, port: 80, protocol: HTTP}]}
status: {addresses: [{type: IPAddress, value: `+address+`}]}`))
		})
		if g, _ := card[wire.Gateway](f, "Gateway/shop/cloud"); g.Outside != want {
			t.Errorf("%s stands in %q, want %q", address, g.Outside, want)
		}
	}
}

func TestAnAdminPolicyMarksThePodsItIsAbout(t *testing.T) {
	f := newFixture(t, shop)
	row, _ := f.p.PodRow(0)
	f.change(func(w *cluster.Writer) {
		w.Put(parsed(t, &v1alpha1.AdminNetworkPolicy{}, `
metadata: {name: guard}
spec:
  priority: 10
  subject: {namespaces: {matchLabels: {team: a}}}
  ingress:
  - {name: no-lab, action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}`))
	})
	f.wantChanged("AdminNetworkPolicy/guard")
	p, _ := card[wire.Policy](f, "AdminNetworkPolicy/guard")
	if diff := cmp.Diff(wire.Policy{
		ID: "AdminNetworkPolicy/guard", Name: "guard", Ingress: true, Tier: "Admin", Enforced: "unknown",
		Summary: "denies all pods of namespaces with kubernetes.io/metadata.name=lab on TCP 80",
	}, p); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	// The namespace's labels are what it goes by.
	f.change(func(w *cluster.Writer) {
		w.Put(parsed(t, &corev1.Namespace{}, `{metadata: {name: shop, labels: {team: a}}}`))
	})
	if c, _ := card[wire.Class](f, classCard(row.Class)); !cmp.Equal(c.GateIn, []string{"AdminNetworkPolicy/guard"}) || c.GateOut != nil {
		t.Errorf("gates in %v out %v", c.GateIn, c.GateOut)
	}
	f.change(func(w *cluster.Writer) { w.Delete(cluster.KindAdminNetworkPolicy, "", "guard") })
	f.wantChanged("AdminNetworkPolicy/guard", classCard(row.Class))
	if c, _ := card[wire.Class](f, classCard(row.Class)); c.GateIn != nil {
		t.Errorf("the mark stays: %v", c.GateIn)
	}
}
