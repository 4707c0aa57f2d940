package page

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

const gatewayFiles = `apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.244.1.0/24}
status:
  addresses: [{type: InternalIP, address: 192.168.1.11}]
  conditions: [{type: Ready, status: "True"}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: eg}
spec: {controllerName: gateway.envoyproxy.io/gatewayclass-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec:
  gatewayClassName: eg
  listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]
status: {addresses: [{type: IPAddress, value: 192.168.1.240}]}
---
apiVersion: v1
kind: Service
metadata: {name: envoy-front, namespace: default, labels: {gateway.networking.k8s.io/gateway-name: front}}
spec: {type: LoadBalancer, selector: {app: envoy}, ports: [{name: http, port: 80, targetPort: 10080, nodePort: 30080}]}
status: {loadBalancer: {ingress: [{ip: 192.168.1.240}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: envoy, namespace: default, labels: {app: envoy}}
spec: {nodeName: n1, containers: [{name: envoy, image: envoyproxy/envoy, ports: [{containerPort: 10080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: default, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: lab, labels: {app: tool}}
spec: {nodeName: n1, containers: [{name: c, image: busybox}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.4.20, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
networks: {lan: [192.168.1.0/24]}
hosts: [{name: laptop, layer: lan, addresses: [192.168.1.50]}]
`

const shopRoute = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: default}
spec:
  parentRefs: [{name: front}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {type: PathPrefix, value: /cart}}]
    backendRefs: [{name: web, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /gone}}]
    backendRefs: [{name: nobody, port: 80}]
`

const adminPolicies = `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: no-lab}
spec:
  priority: 10
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: default}}}
  ingress:
  - {name: lab-stays-out, action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: quiet}
spec:
  tier: Baseline
  priority: 5
  subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: tool}}}}
  egress:
  - {name: no-internet, action: Deny, to: [{networks: [203.0.113.0/24]}]}
`

// drawn is what stands on the map of a thing, as text.
func drawn(t *testing.T, ctx context.Context, id string) string {
	t.Helper()
	text, err := browser.Eval[string](ctx, `document.querySelector('#map [data-id="`+id+`"]')?.textContent ?? ""`)
	must(t, err)
	return text
}

func has(t *testing.T, where, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", where, w, text)
		}
	}
}

// inspected opens the inspector for a thing by the address and returns what it says.
func inspected(t *testing.T, ctx context.Context, url, id string) string {
	t.Helper()
	must(t, chromedp.Do(ctx, chromedp.Navigate(url+"?at="+id)))
	must(t, browser.Wait(ctx, "the inspector shows "+id, `document.querySelector('#inspector .inspected[data-id="`+id+`"]')?.offsetParent`))
	text, err := browser.Eval[string](ctx, `document.querySelector("#inspector").innerText`)
	must(t, err)
	return text
}

func TestGatewaysAreDocumentsWithDoorsAndTheRowsOfTheirRoutes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	replace(t, filepath.Join(dir, "world.yaml"), gatewayFiles)
	route := filepath.Join(dir, "route.yaml")
	replace(t, route, shopRoute)
	p := start(t, nil, "-f", dir)
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))

	must(t, browser.Wait(ctx, "the gateway is on the map", `document.querySelector('#map [data-id="Gateway/default/front"]')`))
	has(t, "the gateway", drawn(t, ctx, "Gateway/default/front"), "Gateway front", "class eg", ":80", "*.example.com", "shop.example.com", "/cart", "web:80", "nobody:80 ?")

	// Who takes part is lit, and the row that won.
	const command = "curl --resolve shop.example.com:80:192.168.1.240 http://shop.example.com/cart/1"
	a := expect(t, ctx, "lan/laptop", command, "answered", "pod.delivered", "")
	for i, s := range a.Steps {
		must(t, browser.Step(ctx, i))
		if s.Kind == "proxy.match" {
			won, err := browser.Eval[string](ctx, `[...document.querySelectorAll('#map [data-id="Gateway/default/front"] .row.won')].map(e => e.textContent).join(" ")`)
			must(t, err)
			has(t, "the row that won", won, "/cart", "web:80")
			lost, err := browser.Eval[string](ctx, `document.querySelector('#map [data-id="Gateway/default/front"]').textContent`)
			must(t, err)
			has(t, "the gateway that is read", lost, "path differs")
		}
	}
	expect(t, ctx, "lan/laptop", strings.Replace(command, "/cart/1", "/gone", 1), "http-error", "l7.invalid-backend", "")

	// A click writes the request; names are found and completed.
	click(t, ctx, "#player [data-do=close]")
	must(t, browser.Wait(ctx, "the trace is closed", `!window.kubestrata.trace()`))
	_, err := browser.Eval[bool](ctx, `(document.getElementById("command").value = "", document.getElementById("from").value = "lan/laptop", true)`)
	must(t, err)
	click(t, ctx, `#map [data-id="Gateway/default/front"] .hit`)
	must(t, browser.Wait(ctx, "the request is written", `document.getElementById("command").value === "curl --resolve shop.example.com:80:192.168.1.240 http://shop.example.com/cart"`))
	_, err = browser.Eval[bool](ctx, `(document.getElementById("command").value = "", true)`)
	must(t, err)
	must(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#command"), "curl http://shop.ex")))
	must(t, browser.Wait(ctx, "the route's host is proposed", `/shop\.example\.com/.test(document.querySelector("#suggestions")?.innerText ?? "")`))
	must(t, chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#command"), "ample.com/ca")))
	must(t, browser.Wait(ctx, "the route's path is proposed", `/shop\.example\.com\/cart/.test(document.querySelector("#suggestions")?.innerText ?? "")`))
	for query, want := range map[string]string{"gatewayclass": "eg", "httproute": "shop", "gateway front": "front"} {
		found, err := browser.Eval[string](ctx, `(() => {
			document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
			const input = document.querySelector("dialog.palette input");
			input.value = "`+query+`";
			input.dispatchEvent(new Event("input", { bubbles: true }));
			const text = document.querySelector("dialog.palette .palette-list").innerText;
			document.querySelector("dialog.palette").close();
			return text;
		})()`)
		must(t, err)
		has(t, "the search for "+query, found, want)
	}

	// A route that no gateway takes stands alone, and kinds that leave take their documents along.
	replace(t, route, strings.Replace(shopRoute, "{name: front}", "{name: front, sectionName: https}", 1))
	must(t, browser.Wait(ctx, "the route stands alone", `/not attached/.test(document.querySelector('#map [data-id="HTTPRoute/default/shop"]')?.textContent ?? "")`))
	has(t, "the gateway", drawn(t, ctx, "Gateway/default/front"), "no route is attached")
	replace(t, route, "")
	replace(t, filepath.Join(dir, "world.yaml"), shopFiles)
	must(t, browser.Wait(ctx, "gateways have left", `!document.querySelector('#map [data-id^="Gateway/"], #map [data-id^="HTTPRoute/"]')`))
}

func TestAGatewayThatACloudCarriesStandsInTheWall(t *testing.T) {
	t.Parallel()
	cloud := strings.NewReplacer(
		"gateway.envoyproxy.io/gatewayclass-controller", "networking.gke.io/gateway", "gateway.networking.k8s.io/gateway-name: front", "app: envoy",
		"status: {addresses: [{type: IPAddress, value: 192.168.1.240}]}", "status: {addresses: [{type: IPAddress, value: 198.51.100.9}]}",
		"hosts: [", "hosts: [{name: user, layer: internet, addresses: [203.0.113.50]}, ",
	).Replace(gatewayFiles)
	p := start(t, nil, "-f", write(t, "cloud.yaml", cloud+"---\n"+shopRoute))
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	a := expect(t, ctx, "internet/user", "curl --resolve shop.example.com:80:198.51.100.9 http://shop.example.com/cart", "answered", "pod.delivered", "")
	played := false
	for i, s := range a.Steps {
		must(t, browser.Step(ctx, i))
		if s.Kind != "proxy.match" {
			continue
		}
		played = true
		far, err := browser.Eval[float64](ctx, `(() => {
			const at = e => { const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; };
			const [x, y] = at(document.querySelector("#map .packet")), r = document.querySelector('#map [data-id="Proxy/default/front"].lit').getBoundingClientRect();
			return Math.max(r.left - x, x - r.right, r.top - y, y - r.bottom, 0);
		})()`)
		must(t, err)
		if far > 30 {
			t.Errorf("the packet is %v px away from the proxy", far)
		}
	}
	if !played {
		t.Error("no route was matched")
	}
	click(t, ctx, `#map [data-id="Proxy/default/front"] .hit`)
	must(t, browser.Wait(ctx, "the proxy's gateway is inspected", `document.querySelector('#inspector .inspected[data-id="Gateway/default/front"]')?.offsetParent`))
}

func TestTheInspectorTellsOfGatewaysRoutesAndPoliciesOfAdmins(t *testing.T) {
	t.Parallel()
	p := start(t, nil, "-f", write(t, "gateways.yaml", gatewayFiles+"---\n"+shopRoute+"---\n"+adminPolicies))
	ctx := tab(t, browser.Options{ReducedMotion: true})
	for id, words := range map[string][]string{
		"Gateway/default/front":      {"it serves", "GatewayClass eg", "Service default/envoy-front", "Pod default/envoy", "Listener http, port 80 HTTP", "*.example.com", "default/shop for shop.example.com"},
		"GatewayClass/eg":            {"gateway.envoyproxy.io/gatewayclass-controller", "Gateway default/front"},
		"HTTPRoute/default/shop":     {"attached to listener http", "PathPrefix /cart", "default/web:80", "service nobody does not exist"},
		"AdminNetworkPolicy/no-lab":  {"asked before all NetworkPolicies", "kubernetes.io/metadata.name=default", "lab-stays-out", "denies all pods of namespaces with kubernetes.io/metadata.name=lab"},
		"ClusterNetworkPolicy/quiet": {"Baseline", "networks 203.0.113.0/24", "pods with app=tool"},
		"Pod/default/web-0":          {"AdminNetworkPolicy no-lab", "no NetworkPolicy selects this pod"},
	} {
		has(t, "the inspector of "+id, inspected(t, ctx, p.URL, id), words...)
	}
	inspected(t, ctx, p.URL, "Gateway/default/front")
	click(t, ctx, "#inspector [data-reach]")
	must(t, browser.Wait(ctx, "who can come in by the gateway is answered", `document.querySelector("#inspector .reached")?.offsetParent`))
	reached, err := browser.Eval[string](ctx, `document.querySelector("#inspector .reached").innerText`)
	must(t, err)
	has(t, "who can reach the gateway", reached, "host shop.example.com", "Host laptop by gateway 192.168.1.240:80")
}

func TestPoliciesOfAdminsMarkThePodsTheyAreAbout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	replace(t, filepath.Join(dir, "world.yaml"), gatewayFiles)
	p := start(t, nil, "-f", dir)
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	const marked = `[...document.querySelectorAll("#map .pod")].filter(e => e.querySelector(".shield")).map(e => e.dataset.id).sort().join()`
	must(t, browser.Wait(ctx, "nothing is marked yet", marked+` === ""`))
	replace(t, filepath.Join(dir, "policies.yaml"), adminPolicies)
	must(t, browser.Wait(ctx, "the pods are marked", marked+` === "Pod/default/envoy,Pod/default/web-0,Pod/lab/tool"`))
	has(t, "the pod", drawn(t, ctx, "Pod/default/web-0"), "no-lab")
	denied := expect(t, ctx, "pod/lab/tool", "curl -m 2 http://10.96.4.20/", "no-answer", "policy.ingress-denied", "")
	if d := denied.Verdict.DecidedBy; d == nil || d.Kind != "AdminNetworkPolicy" || d.Name != "no-lab" {
		t.Errorf("decided by %+v", d)
	}
	n, err := browser.Steps(ctx)
	must(t, err)
	must(t, browser.Step(ctx, n-1))
	note, err := browser.Eval[string](ctx, `document.querySelector("#map .denial")?.textContent ?? ""`)
	must(t, err)
	has(t, "the note at the gate", note, "AdminNetworkPolicy no-lab", "denies")
	replace(t, filepath.Join(dir, "policies.yaml"), "")
	must(t, browser.Wait(ctx, "the marks are gone with the policies", marked+` === ""`))
}

func TestGatewaysAndPoliciesOfAdminsComeAndGoWithTheirDefinitions(t *testing.T) {
	t.Parallel()
	c := harness.StartPrivate(t, harness.Options{Nodes: 1})
	ctx := onCluster(t, c.Cluster)
	for _, pattern := range []string{"*_gateways.yaml", "*_httproutes.yaml"} {
		for _, file := range harness.Definitions(t, "sigs.k8s.io/gateway-api", pattern) {
			c.Kubectl(t, "", "create", "-f", file)
		}
	}
	for _, file := range harness.Definitions(t, "sigs.k8s.io/network-policy-api", "policy*.yaml") {
		c.Kubectl(t, "", "create", "-f", file)
	}
	c.Kubectl(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
	c.Kubectl(t, `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {gatewayClassName: eg, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
`+shopRoute+`---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: keep-out}
spec: {tier: Admin, priority: 10, subject: {namespaces: {}}, ingress: [{name: none, action: Deny, from: [{namespaces: {}}]}]}
`, "apply", "-f", "-")
	must(t, browser.Wait30(ctx, "the gateway is on the map with its route", `/\/cart/.test(document.querySelector('#map [data-id="Gateway/default/front"]')?.textContent ?? "")`))
	must(t, browser.Wait30(ctx, "the policy is there", `window.kubestrata.card("ClusterNetworkPolicy/keep-out")?.tier === "Admin"`))
	c.Kubectl(t, "", "delete", "-n", "default", "gateways,httproutes,clusternetworkpolicies", "--all")
	c.Kubectl(t, "", "delete", "crd", "--all", "--timeout=60s")
	must(t, browser.Wait30(ctx, "they have left", `!document.querySelector('#map [data-id^="Gateway/"], #map [data-id^="HTTPRoute/"]') && !window.kubestrata.card("ClusterNetworkPolicy/keep-out")`))
}
