package boundary_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// corp is a company: two nodes in a LAN behind a router, a cloud load balancer, a laptop, a database, a user outside.
const corp = `
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
networks: {lan: [10.40.50.0/24], service: [10.96.0.0/12], pod: [10.244.0.0/16]}
hosts:
- {name: laptop, layer: lan, addresses: [10.40.50.20], forwards: [{listen: "127.0.0.1:80", to: "10.40.50.1:31111"}], proxies: [{listen: ":8080", upstreams: ["10.40.50.1:31111", "10.40.50.2:31111"]}]}
- {name: mysql, layer: lan, addresses: [10.40.50.30], listeners: [{port: 3306}]}
- {name: printer, layer: lan, addresses: [10.40.50.31]}
- {name: user, layer: internet, addresses: [203.0.113.50]}
- {name: coolsite, layer: internet, addresses: [203.0.113.80], listeners: [{port: 80}]}
resolvers: [{name: lan-dns, layer: lan, address: 10.40.50.53}]
routers: [{name: home, between: [internet, lan], outside: 198.51.100.7, forwards: [{listen: ":8443", to: "10.40.50.1:31111"}]}]
loadBalancers: [{service: default/web, addresses: [198.51.100.80], layer: internet}]
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.40.50.1}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 10.40.50.2}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Node
metadata: {name: n3}
status: {addresses: [{type: InternalIP, address: 10.40.50.3}], conditions: [{type: Ready, status: "False"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, clusterIP: 10.96.0.50, clusterIPs: [10.96.0.50], selector: {app: web}, ports: [{port: 80, nodePort: 31111}]}
status: {loadBalancer: {ingress: [{ip: 198.51.100.80}]}}
---
apiVersion: v1
kind: Service
metadata: {name: rabbit, namespace: default}
spec: {type: LoadBalancer, clusterIP: 10.96.0.60, clusterIPs: [10.96.0.60], ports: [{port: 5672, nodePort: 31672}]}
status: {loadBalancer: {ingress: [{ip: 10.40.50.90}]}}
---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: default}
spec: {clusterIP: 10.96.0.70, clusterIPs: [10.96.0.70], ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: "", port: 8080}]
endpoints: [{addresses: [10.244.1.2], nodeName: n1, targetRef: {kind: Pod, name: web, namespace: default}}]
---
` + podW + podA + podH + podD + podP + podX

const (
	podW = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {app: web}}\nspec: {nodeName: n1, containers: [{name: c, image: x}]}\nstatus: {phase: Running, podIP: 10.244.1.2}\n---\n"
	podA = "apiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: default}\nspec: {nodeName: n2, containers: [{name: c, image: x}]}\nstatus: {phase: Running, podIP: 10.244.2.2}\n---\n"
	podH = "apiVersion: v1\nkind: Pod\nmetadata: {name: exporter, namespace: default}\nspec: {nodeName: n1, hostNetwork: true, containers: [{name: c, image: x, ports: [{containerPort: 9100, hostPort: 9100}]}]}\nstatus: {phase: Running, podIP: 10.40.50.1}\n---\n"
	podD = "apiVersion: v1\nkind: Pod\nmetadata: {name: ended, namespace: default}\nspec: {nodeName: n1, containers: [{name: c, image: x}]}\nstatus: {phase: Succeeded, podIP: 10.244.1.9}\n---\n"
	podP = "apiVersion: v1\nkind: Pod\nmetadata: {name: door, namespace: default}\nspec: {nodeName: n1, containers: [{name: c, image: x, ports: [{containerPort: 8080, hostPort: 80}]}]}\nstatus: {phase: Running, podIP: 10.244.1.5}\n---\n"
	podX = "apiVersion: v1\nkind: Pod\nmetadata: {name: lost, namespace: default}\nspec: {nodeName: n3, containers: [{name: c, image: x}]}\nstatus: {phase: Running, podIP: 10.244.3.2}\n---\n"
)

func world(t *testing.T, text string) *cluster.View {
	t.Helper()
	objects, around, problems := files.Decode("test", []byte(text))
	for _, p := range problems {
		if p.Severity == files.Error {
			t.Fatalf("%+v", p)
		}
	}
	return cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld}, nil).Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
		w.SetSurroundings(around)
	})
}

// place reads "pod/web", "node/n1", "laptop", "lan" or "internet".
func place(v *cluster.View, text string) boundary.Place {
	kind, name, ok := strings.Cut(text, "/")
	switch {
	case ok && kind == "pod":
		return boundary.Place{Layer: surroundings.LayerPod, Pod: v.Pod("default", name)}
	case ok && kind == "node":
		return boundary.Place{Layer: surroundings.LayerLAN, Node: name}
	}
	for i, h := range v.Surroundings().Hosts {
		if h.Name == text {
			return boundary.Place{Layer: h.Layer, Host: &v.Surroundings().Hosts[i]}
		}
	}
	return boundary.Place{Layer: surroundings.Layer(text)}
}

func route(v *cluster.View, cfg boundary.Config, from, to string) boundary.Decision {
	return boundary.Route(v, cfg, place(v, from), netip.MustParseAddrPort(to))
}

// way writes the waypoints as "kind:at", with an ! where the way ends and the outer header where there is one.
func way(d boundary.Decision) string {
	var out []string
	for _, w := range d.Waypoints {
		text := string(w.Kind) + ":" + w.At.Name
		if w.Outer != nil {
			text += fmt.Sprintf("(%s>%s)", w.Outer.Src, w.Outer.Dst)
		}
		if w.Blocked {
			text += "!"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestRoute(t *testing.T) {
	v := world(t, corp)
	for _, c := range []struct {
		name, from, to string
		cfg            boundary.Config
		open           bool
		reason         string
		way            string
		end            boundary.EndKind
		src, dst       string
	}{
		{"pod to a pod of the same node", "pod/web", "10.244.1.5:8080", boundary.Config{}, true, "", "route.local:n1", boundary.EndPod, "10.244.1.2", "10.244.1.5:8080"},
		{"pod to a pod of another node goes wrapped", "pod/web", "10.244.2.2:80", boundary.Config{}, true, "", "route.node:n2(10.40.50.1>10.40.50.2)", boundary.EndPod, "10.244.1.2", "10.244.2.2:80"},
		{"a routed pod network wraps nothing", "pod/web", "10.244.2.2:80", boundary.Config{PodNetwork: boundary.Routed}, true, "", "route.node:n2", boundary.EndPod, "10.244.1.2", "10.244.2.2:80"},
		{"a pod and itself", "pod/web", "127.0.0.1:80", boundary.Config{}, true, "", "", boundary.EndPod, "10.244.1.2", "127.0.0.1:80"},
		{"pod to a service stays at its node's rules", "pod/web", "10.96.0.50:80", boundary.Config{}, true, "", "", boundary.EndService, "10.244.1.2", "10.96.0.50:80"},
		{"pod to an unknown service address asks the rules too", "pod/web", "10.96.9.9:80", boundary.Config{}, true, "", "", boundary.EndService, "10.244.1.2", "10.96.9.9:80"},
		{"what the rules leave alone leaves the node and ends", "pod/web", "10.96.9.9:80", boundary.Config{AfterRules: true}, false, "boundary.no-route", "route.out:n1 rules.masquerade:n1 boundary:lan!", boundary.EndNowhere, "10.40.50.1", "10.96.9.9:80"},
		{"pod to a load balancer's address stays at its node's rules", "pod/web", "10.40.50.90:5672", boundary.Config{}, true, "", "", boundary.EndService, "10.244.1.2", "10.40.50.90:5672"},
		{"pod to an address of the pod range that nobody has", "pod/web", "10.244.7.7:80", boundary.Config{}, false, "pod.gone", "route.node:n1!", boundary.EndNowhere, "10.244.1.2", "10.244.7.7:80"},
		{"pod to a pod that has ended", "pod/web", "10.244.1.9:80", boundary.Config{}, false, "pod.gone", "route.node:n1!", boundary.EndNowhere, "10.244.1.2", "10.244.1.9:80"},
		{"pod to a pod of a node that is not ready", "pod/web", "10.244.3.2:80", boundary.Config{}, false, "node.not-ready", "route.node:n3(10.40.50.1>10.40.50.3)!", boundary.EndNowhere, "10.244.1.2", "10.244.3.2:80"},
		{"pod to the LAN takes the node's address", "pod/web", "10.40.50.30:3306", boundary.Config{}, true, "", "route.out:n1 rules.masquerade:n1 wire:lan", boundary.EndHost, "10.40.50.1", "10.40.50.30:3306"},
		{"pod to the LAN keeps its address where pods are routed", "pod/web", "10.40.50.30:3306", boundary.Config{PodNetwork: boundary.Routed}, true, "", "route.out:n1 wire:lan", boundary.EndHost, "10.244.1.2", "10.40.50.30:3306"},
		{"pod to the Internet is translated twice", "pod/web", "203.0.113.80:80", boundary.Config{}, true, "", "route.out:n1 rules.masquerade:n1 router.nat:home", boundary.EndHost, "198.51.100.7", "203.0.113.80:80"},
		{"pod to a host that nothing describes leaves the map", "pod/web", "8.8.8.8:53", boundary.Config{}, true, "outside.unknown", "route.out:n1 rules.masquerade:n1 router.nat:home", boundary.EndOutside, "198.51.100.7", "8.8.8.8:53"},
		{"pod to another node takes its own node's address", "pod/web", "10.40.50.2:31111", boundary.Config{}, true, "", "route.out:n1 rules.masquerade:n1 route.node:n2", boundary.EndNode, "10.40.50.1", "10.40.50.2:31111"},
		{"pod to its own node", "pod/web", "10.40.50.1:31111", boundary.Config{}, true, "", "", boundary.EndNode, "10.244.1.2", "10.40.50.1:31111"},
		{"node to a pod of another node", "node/n2", "10.244.1.2:80", boundary.Config{}, true, "", "route.node:n1(10.40.50.2>10.40.50.1)", boundary.EndPod, "10.40.50.2", "10.244.1.2:80"},
		{"node to the LAN keeps its address", "node/n2", "10.40.50.30:3306", boundary.Config{}, true, "", "route.out:n2 wire:lan", boundary.EndHost, "10.40.50.2", "10.40.50.30:3306"},

		{"LAN to a node", "laptop", "10.40.50.2:31111", boundary.Config{}, true, "", "wire:lan door:n2", boundary.EndNode, "10.40.50.20", "10.40.50.2:31111"},
		{"LAN to a node that is not ready", "laptop", "10.40.50.3:31111", boundary.Config{}, false, "node.not-ready", "wire:lan door:n3!", boundary.EndNowhere, "10.40.50.20", "10.40.50.3:31111"},
		{"LAN to a pod has no route", "laptop", "10.244.1.2:80", boundary.Config{}, false, "boundary.no-route", "boundary:pod!", boundary.EndNowhere, "10.40.50.20", "10.244.1.2:80"},
		{"LAN to a pod where pods are routed", "laptop", "10.244.1.2:80", boundary.Config{PodNetwork: boundary.Routed, Given: true}, true, "", "wire:lan route.local:n1", boundary.EndPod, "10.40.50.20", "10.244.1.2:80"},
		{"LAN to a service has no route", "laptop", "10.96.0.70:80", boundary.Config{}, false, "boundary.no-route", "boundary:service!", boundary.EndNowhere, "10.40.50.20", "10.96.0.70:80"},
		{"LAN to a private load balancer enters any ready node", "laptop", "10.40.50.90:5672", boundary.Config{}, true, "", "wire:lan load-balancer:rabbit", boundary.EndNode, "10.40.50.20", "10.40.50.90:5672"},
		{"LAN to a machine of the LAN", "laptop", "10.40.50.30:3306", boundary.Config{}, true, "", "wire:lan", boundary.EndHost, "10.40.50.20", "10.40.50.30:3306"},
		{"LAN to a port that a described machine lacks", "laptop", "10.40.50.30:22", boundary.Config{}, true, "host.port-closed", "wire:lan", boundary.EndHost, "10.40.50.20", "10.40.50.30:22"},
		{"LAN to an address of the LAN that nobody has", "laptop", "10.40.50.99:80", boundary.Config{}, true, "outside.unknown", "wire:lan", boundary.EndOutside, "10.40.50.20", "10.40.50.99:80"},
		{"LAN to the Internet crosses one wall", "laptop", "203.0.113.80:80", boundary.Config{}, true, "", "router.nat:home", boundary.EndHost, "198.51.100.7", "203.0.113.80:80"},
		{"LAN to a public load balancer goes out and comes back", "laptop", "198.51.100.80:80", boundary.Config{}, true, "", "router.nat:home load-balancer:web", boundary.EndNode, "198.51.100.7", "10.40.50.1:31111"},
		{"a forward of the machine itself", "laptop", "127.0.0.1:80", boundary.Config{}, true, "", "host:laptop wire:lan door:n1", boundary.EndNode, "10.40.50.20", "10.40.50.1:31111"},
		{"a proxy of the machine itself", "laptop", "127.0.0.1:8080", boundary.Config{}, true, "", "", boundary.EndProxy, "10.40.50.20", "127.0.0.1:8080"},
		{"LAN to a resolver", "laptop", "10.40.50.53:53", boundary.Config{}, true, "", "wire:lan", boundary.EndHost, "10.40.50.20", "10.40.50.53:53"},
		{"an unnamed machine has no address", "lan", "10.40.50.2:31111", boundary.Config{}, true, "", "wire:lan door:n2", boundary.EndNode, "invalid IP", "10.40.50.2:31111"},

		{"Internet to the LAN needs a door", "user", "10.40.50.30:3306", boundary.Config{}, false, "boundary.needs-door", "boundary:internet!", boundary.EndNowhere, "203.0.113.50", "10.40.50.30:3306"},
		{"Internet to a node's private address needs a door", "user", "10.40.50.1:31111", boundary.Config{}, false, "boundary.needs-door", "boundary:internet!", boundary.EndNowhere, "203.0.113.50", "10.40.50.1:31111"},
		{"Internet to a pod needs a door", "internet", "10.244.1.2:80", boundary.Config{PodNetwork: boundary.Routed}, false, "boundary.needs-door", "boundary:internet!", boundary.EndNowhere, "invalid IP", "10.244.1.2:80"},
		{"Internet to a private address that nobody has", "user", "192.168.7.7:80", boundary.Config{}, false, "boundary.no-route", "boundary:internet!", boundary.EndNowhere, "203.0.113.50", "192.168.7.7:80"},
		{"Internet to a service needs a door", "user", "10.96.0.50:80", boundary.Config{}, false, "boundary.needs-door", "boundary:internet!", boundary.EndNowhere, "203.0.113.50", "10.96.0.50:80"},
		{"Internet to a private load balancer", "user", "10.40.50.90:5672", boundary.Config{}, false, "lb.private-address", "boundary:internet!", boundary.EndNowhere, "203.0.113.50", "10.40.50.90:5672"},
		{"Internet to the cloud load balancer reaches a node port", "user", "198.51.100.80:80", boundary.Config{}, true, "", "wire:internet load-balancer:web", boundary.EndNode, "203.0.113.50", "10.40.50.1:31111"},
		{"Internet to a port that the balancer lacks", "user", "198.51.100.80:81", boundary.Config{}, false, "service.port-undefined", "wire:internet load-balancer:web!", boundary.EndNowhere, "203.0.113.50", "198.51.100.80:81"},
		{"Internet to the router without a forward", "user", "198.51.100.7:22", boundary.Config{}, false, "boundary.needs-door", "router.nat:home!", boundary.EndNowhere, "203.0.113.50", "198.51.100.7:22"},
		{"Internet through a port forward", "user", "198.51.100.7:8443", boundary.Config{}, true, "", "router.nat:home wire:lan door:n1", boundary.EndNode, "203.0.113.50", "10.40.50.1:31111"},
		{"Internet to a machine of the Internet", "user", "203.0.113.80:80", boundary.Config{}, true, "", "wire:internet", boundary.EndHost, "203.0.113.50", "203.0.113.80:80"},

		{"a host port leads to its pod", "node/n1", "10.40.50.1:80", boundary.Config{AfterRules: true}, true, "", "door:n1", boundary.EndPod, "10.40.50.1", "10.244.1.5:8080"},
		{"another node has no such host port", "node/n2", "10.40.50.2:80", boundary.Config{AfterRules: true}, true, "node.port-closed", "", boundary.EndNode, "10.40.50.2", "10.40.50.2:80"},
		{"a pod on the host network has its node's port", "node/n1", "10.40.50.1:9100", boundary.Config{AfterRules: true}, true, "", "", boundary.EndPod, "10.40.50.1", "10.40.50.1:9100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := route(v, c.cfg, c.from, c.to)
			got := fmt.Sprintf("open=%t reason=%q way=%q end=%s src=%s dst=%s", d.Open, d.Reason, way(d), d.End.Kind, d.End.Src, d.End.Dst)
			want := fmt.Sprintf("open=%t reason=%q way=%q end=%s src=%s dst=%s", c.open, c.reason, c.way, c.end, c.src, c.dst)
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestCertainty(t *testing.T) {
	v := world(t, corp)
	for _, c := range []struct {
		name, from, to string
		cfg            boundary.Config
		want           string
		flips          string
	}{
		{"pod to pod follows from the objects", "pod/web", "10.244.2.2:80", boundary.Config{}, boundary.Certain, ""},
		{"a private address from the Internet is certain", "user", "10.40.50.1:31111", boundary.Config{}, boundary.Certain, ""},
		{"LAN to pod rests on the pod network", "laptop", "10.244.1.2:80", boundary.Config{}, boundary.Assumed, "pod-network"},
		{"a given pod network flips nothing", "laptop", "10.244.1.2:80", boundary.Config{PodNetwork: boundary.Overlay, Given: true}, boundary.Assumed, ""},
		{"LAN to service rests on there being no route", "laptop", "10.96.0.70:80", boundary.Config{}, boundary.Assumed, "service-route"},
		{"a machine that nobody described may listen", "laptop", "10.40.50.31:80", boundary.Config{}, boundary.Assumed, "listening"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := route(v, c.cfg, c.from, c.to)
			var flips []string
			for _, a := range d.Assumptions {
				if a.Flips {
					flips = append(flips, a.Key)
				}
			}
			if d.Certainty != c.want || strings.Join(flips, ",") != c.flips {
				t.Errorf("%s, flips %v; want %s, %q: %+v", d.Certainty, flips, c.want, c.flips, d.Assumptions)
			}
		})
	}
}

func TestDoors(t *testing.T) {
	v := world(t, corp)
	d := route(v, boundary.Config{}, "laptop", "10.244.1.2:80")
	var doors []string
	for _, x := range d.Doors {
		doors = append(doors, x.Kind+" "+x.Text)
	}
	if diff := cmp.Diff([]string{"NodePort 10.40.50.1:31111", "LoadBalancer 198.51.100.80:80"}, doors); diff != "" {
		t.Errorf("doors of pod web (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Ingress"}, d.Missing); diff != "" {
		t.Errorf("doors it lacks (-want +got):\n%s", diff)
	}
	d = route(v, boundary.Config{}, "laptop", "10.96.0.70:80")
	if diff := cmp.Diff([]string{"NodePort", "LoadBalancer", "Ingress"}, d.Missing); diff != "" || len(d.Doors) != 0 {
		t.Errorf("doors of service plain: %v, missing (-want +got):\n%s", d.Doors, diff)
	}
}

func TestDoorsOfANodePortSeenFromTheInternet(t *testing.T) {
	d := route(world(t, corp), boundary.Config{}, "user", "10.40.50.1:31111")
	if len(d.Doors) != 1 || d.Doors[0].Text != "198.51.100.80:80" || !cmp.Equal(d.Missing, []string{"port forward"}) {
		t.Errorf("doors %+v, missing %v", d.Doors, d.Missing)
	}
}

func TestEntryNodes(t *testing.T) {
	v := world(t, corp)
	if d := route(v, boundary.Config{}, "user", "198.51.100.80:80"); !cmp.Equal(d.End.Nodes, []string{"n1", "n2"}) {
		t.Errorf("entry nodes %v, want the ready ones", d.End.Nodes)
	}
	if d := route(v, boundary.Config{Via: "n2"}, "user", "198.51.100.80:80"); !cmp.Equal(d.End.Nodes, []string{"n2"}) || d.End.Node != "n2" {
		t.Errorf("entry nodes %v, want n2", d.End.Nodes)
	}
	local := v.Fork(func(w *cluster.Writer) {
		svc := v.Service("default", "web").DeepCopy()
		svc.Spec.ExternalTrafficPolicy, svc.ResourceVersion = "Local", "2"
		w.Put(svc)
	})
	if d := route(local, boundary.Config{}, "user", "198.51.100.80:80"); !cmp.Equal(d.End.Nodes, []string{"n1"}) {
		t.Errorf("entry nodes %v, want the one with an endpoint", d.End.Nodes)
	}
}

func TestOwnerOf(t *testing.T) {
	v := world(t, corp)
	for _, c := range []struct {
		addr string
		kind boundary.OwnerKind
		name string
	}{
		{"10.244.1.2", boundary.OwnerPod, "web"},
		{"10.40.50.1", boundary.OwnerNode, "n1"},
		{"10.96.0.50", boundary.OwnerService, "web"},
		{"198.51.100.80", boundary.OwnerLoadBalancer, "web"},
		{"10.40.50.20", boundary.OwnerHost, "laptop"},
		{"10.40.50.53", boundary.OwnerResolver, "lan-dns"},
		{"198.51.100.7", boundary.OwnerRouter, "home"},
		{"10.244.9.9", boundary.OwnerUnknownInPod, "pod"},
		{"10.244.1.9", boundary.OwnerUnknownInPod, "pod"},
		{"10.97.0.1", boundary.OwnerUnknownInService, "service"},
		{"10.40.50.99", boundary.OwnerUnknownInLAN, "lan"},
		{"192.168.7.7", boundary.OwnerUnknownPrivate, "lan"},
		{"1.1.1.1", boundary.OwnerInternet, "internet"},
		{"::ffff:10.244.1.2", boundary.OwnerPod, "web"},
	} {
		o := boundary.OwnerOf(v, netip.MustParseAddr(c.addr))
		if o.Kind != c.kind || o.Ref().Name != c.name {
			t.Errorf("%s belongs to %s %s, want %s %s", c.addr, o.Kind, o.Ref().Name, c.kind, c.name)
		}
	}
	if o := boundary.OwnerOf(v, netip.MustParseAddr("10.244.1.9")); o.Left == nil || o.Left.Name != "ended" {
		t.Error("the pod that had 10.244.1.9 is not named")
	}
}

func TestRangesAreReadFromTheBestSource(t *testing.T) {
	node := func(i int, more string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Node\nmetadata: {name: n%d}\nspec: {podCIDR: 10.42.%d.0/24, podCIDRs: [10.42.%d.0/24]}\nstatus: {addresses: [{type: InternalIP, address: 192.168.1.%d}]%s}\n---\n", i, i, i, i+1, more)
	}
	v := world(t, node(0, "")+node(1, "")+node(2, "")+node(3, "")+`
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {clusterIP: 10.43.0.1, clusterIPs: [10.43.0.1], ports: [{port: 443}]}
`)
	text := func(list []boundary.Range) string {
		var out []string
		for _, r := range list {
			out = append(out, fmt.Sprintf("%s %s %t", r.Prefix, r.From, r.Guess))
		}
		return strings.Join(out, "; ")
	}
	r := boundary.RangesOf(v)
	for _, c := range []struct{ name, got, want string }{
		{"pod", text(r.Pod), "10.42.0.0/22 podCIDRs of 4 nodes false"},
		{"service", text(r.Service), "10.43.0.0/16 guess from cluster IPs true"},
		{"LAN", text(r.LAN), "192.168.1.0/24 guess from node addresses true"},
	} {
		if c.got != c.want {
			t.Errorf("%s range: got %q, want %q", c.name, c.got, c.want)
		}
	}
	v = world(t, node(0, "")+`
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: kubernetes}
spec: {cidrs: [10.43.0.0/16]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-proxy, namespace: kube-system}
data: {config.conf: "kind: KubeProxyConfiguration\nclusterCIDR: 10.42.0.0/16\n"}
`)
	r = boundary.RangesOf(v)
	if got, want := text(r.Pod)+" | "+text(r.Service), "10.42.0.0/16 ConfigMap kube-system/kube-proxy clusterCIDR false | 10.43.0.0/16 ServiceCIDR kubernetes false"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLoadBalancers(t *testing.T) {
	const metallb = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: speaker, namespace: metallb-system}
spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: speaker, image: quay.io/metallb/speaker:v0.15.2}]}}}
---
`
	node := func(version string) string {
		return "apiVersion: v1\nkind: Node\nmetadata: {name: colima}\nstatus: {addresses: [{type: InternalIP, address: 192.168.106.2}], nodeInfo: {kubeletVersion: " + version + "}}\n---\n"
	}
	svc := func(name, ip string, port int, more string) string {
		status := ""
		if ip != "" {
			status = "status: {loadBalancer: {ingress: [{ip: " + ip + "}]}}\n"
		}
		return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: default}\nspec: {type: LoadBalancer, clusterIP: 10.43.0.%d, ports: [{port: %d, nodePort: 30942}]%s}\n%s---\n", name, len(name), port, more, status)
	}
	for _, c := range []struct {
		name, objects string
		want          string
	}{
		{"an address taken by another service", node("v1.25.0+k3s1") + svc("other-server", "", 80, "") + svc("server", "192.168.106.2", 80, ""), "other-server pending=true 192.168.106.2:80 is held by default/server; server pending=false "},
		{"another port is not taken", node("v1.25.0+k3s1") + svc("other-server", "", 81, "") + svc("server", "192.168.106.2", 80, ""), "other-server pending=true servicelb has not given it an address; server pending=false "},
		{"no provider", node("v1.36.3") + svc("a", "", 80, ""), "a pending=true no load-balancer controller seen"},
		{"a class that nobody serves", node("v1.36.3") + svc("a", "", 80, ", loadBalancerClass: x.io/y"), "a pending=true no load-balancer controller serves class x.io/y"},
		{"an address that it asks for and another has", metallb + svc("a", "", 81, ", loadBalancerIP: 192.168.106.9") + svc("b", "192.168.106.9", 80, ""), "a pending=true 192.168.106.9, which it asks for, is held by default/b; b pending=false "},
		{"an address that it asks for and nobody has", metallb + svc("a", "", 81, ", loadBalancerIP: 192.168.106.9"), "a pending=true metallb has not given it an address"},
		{"a class beside a provider", metallb + svc("a", "", 80, ", loadBalancerClass: x.io/y"), "a pending=true metallb has not answered, perhaps because of class x.io/y"},
		{"an address of the surroundings", "apiVersion: kubestrata.io/v1alpha1\nkind: Surroundings\nloadBalancers: [{service: default/a, addresses: [198.51.100.80], layer: internet}]\n---\n" + svc("a", "", 80, ""), "a pending=false "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, lb := range boundary.LoadBalancers(world(t, c.objects)) {
				got = append(got, fmt.Sprintf("%s pending=%t %s", lb.Service.Name, lb.Pending, lb.Why))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestServiceLBAddressIsTheNode(t *testing.T) {
	v := world(t, `
apiVersion: v1
kind: Node
metadata: {name: colima}
status: {addresses: [{type: InternalIP, address: 192.168.106.2}]}
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: default}
spec: {type: LoadBalancer, clusterIP: 10.43.168.46, clusterIPs: [10.43.168.46], ports: [{port: 80, nodePort: 31995}]}
status: {loadBalancer: {ingress: [{ip: 192.168.106.2}]}}
`)
	d := boundary.Route(v, boundary.Config{}, boundary.Place{Layer: surroundings.LayerLAN}, netip.MustParseAddrPort("192.168.106.2:80"))
	if !d.Open || d.End.Kind != boundary.EndNode || d.End.Node != "colima" || d.End.Service == nil {
		t.Errorf("port 80 of the node: %+v", d.End)
	}
	d = boundary.Route(v, boundary.Config{}, boundary.Place{Layer: surroundings.LayerInternet}, netip.MustParseAddrPort("192.168.106.2:80"))
	if d.Open || d.Reason != "lb.private-address" {
		t.Errorf("from the Internet: open %t, reason %s", d.Open, d.Reason)
	}
}

func TestForwardsInACircleEnd(t *testing.T) {
	v := world(t, `
apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
hosts:
- {name: a, layer: lan, addresses: [10.1.1.1], forwards: [{listen: ":80", to: "10.1.1.2:80"}]}
- {name: b, layer: lan, addresses: [10.1.1.2], forwards: [{listen: ":80", to: "10.1.1.1:80"}]}
`)
	if d := route(v, boundary.Config{}, "a", "10.1.1.2:80"); d.Open || d.Reason != "not-modelled.forwards-in-a-circle" {
		t.Errorf("open %t, reason %s", d.Open, d.Reason)
	}
}

func TestRoutersThatOnlyRouteOpenTheInnerNetworks(t *testing.T) {
	v := world(t, strings.Replace(corp, "routers: [", "routers: [{name: core, between: [lan, pod]}, {name: core2, between: [lan, service]}, ", 1))
	if d := route(v, boundary.Config{}, "laptop", "10.244.1.2:80"); !d.Open || d.End.Kind != boundary.EndPod || way(d) != "boundary:core route.local:n1" {
		t.Errorf("pod: open %t, %s, %s", d.Open, d.End.Kind, way(d))
	}
	if d := route(v, boundary.Config{}, "laptop", "10.96.0.50:80"); !d.Open || d.End.Kind != boundary.EndNode || len(d.End.Nodes) != 2 {
		t.Errorf("service: open %t, %+v", d.Open, d.End)
	}
}

func TestTheAPIServerBesideTheCluster(t *testing.T) {
	v := world(t, corp+`
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
ports: [{name: https, port: 6443}]
endpoints: [{addresses: [172.20.68.5]}]
`)
	d := route(v, boundary.Config{}, "pod/web", "172.20.68.5:6443")
	if !d.Open || d.End.Kind != boundary.EndHost || d.End.Listener == nil {
		t.Errorf("%+v", d.End)
	}
	if d = route(v, boundary.Config{}, "pod/web", "172.20.68.5:22"); d.End.Kind != boundary.EndOutside {
		t.Errorf("another port of that machine: %s", d.End.Kind)
	}
}

func TestACompletedPodsAddressIsGoneWhateverTheRanges(t *testing.T) {
	v := world(t, podD+podW)
	d := boundary.Route(v, boundary.Config{}, boundary.Place{Pod: v.Pod("default", "web")}, netip.MustParseAddrPort("10.244.1.9:80"))
	if d.Open || d.Reason != "pod.gone" || d.Owner.Left == nil {
		t.Errorf("open %t, reason %s", d.Open, d.Reason)
	}
}

func TestUnreadablePodsLeaveAPodAddressUnknown(t *testing.T) {
	v := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil).Update(func(w *cluster.Writer) {
		w.SetSurroundings(&surroundings.Surroundings{Networks: surroundings.Networks{Pod: []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")}}})
	})
	d := boundary.Route(v, boundary.Config{}, boundary.Place{Node: "n1"}, netip.MustParseAddrPort("10.244.1.9:80"))
	if d.Open || d.Reason != "rights.Pod" || d.Certainty != boundary.Unknown {
		t.Errorf("open %t, reason %s, %s", d.Open, d.Reason, d.Certainty)
	}
}

func TestAnUnknownAddressMayBelongToWhatMayNotBeRead(t *testing.T) {
	v := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceLive}, nil).Update(func(w *cluster.Writer) {
		for _, k := range []cluster.Kind{cluster.KindNode, cluster.KindPod} {
			w.SetStatus(cluster.KindStatus{Kind: k, State: cluster.StateSynced})
		}
	})
	d := route(v, boundary.Config{}, "lan", "192.168.7.7:80")
	if d.Open || d.Reason != "rights.Service" || d.Certainty != boundary.Unknown {
		t.Errorf("open %t, reason %s, %s", d.Open, d.Reason, d.Certainty)
	}
}

// TestNoQuestionPanics asks every place about every address in a world with holes: nodes without addresses, pods
// without nodes, services without ports.
func TestNoQuestionPanics(t *testing.T) {
	v := world(t, corp+`
apiVersion: v1
kind: Node
metadata: {name: bare}
---
apiVersion: v1
kind: Pod
metadata: {name: floating, namespace: default}
spec: {containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.244.8.8}
`)
	v = v.Fork(func(w *cluster.Writer) {
		w.Put(&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "portless", Namespace: "default"},
			Spec:       corev1.ServiceSpec{Type: corev1.ServiceTypeLoadBalancer, ClusterIP: "10.96.0.99", ExternalIPs: []string{"10.40.50.77"}},
			Status:     corev1.ServiceStatus{LoadBalancer: corev1.LoadBalancerStatus{Ingress: []corev1.LoadBalancerIngress{{IP: "198.51.100.99"}, {Hostname: "lb.example"}}}},
		})
	})
	addrs := []string{"10.244.8.8", "10.96.0.99", "10.40.50.77", "198.51.100.99", "127.0.0.1", "::1", "fd00::1", "2001:db8::1", "0.0.0.0", "255.255.255.255",
		"10.40.50.1", "10.40.50.3", "10.244.1.2", "10.244.1.9", "10.96.0.50", "10.40.50.20", "10.40.50.53", "198.51.100.7", "198.51.100.80", "1.1.1.1", "192.168.0.1"}
	for _, from := range []string{"pod/web", "pod/floating", "pod/exporter", "pod/ended", "node/n1", "node/bare", "node/none", "laptop", "user", "lan", "internet", ""} {
		for _, addr := range addrs {
			for _, after := range []bool{false, true} {
				for _, network := range []boundary.PodNetwork{"", boundary.Overlay, boundary.Routed, boundary.Direct} {
					d := boundary.Route(v, boundary.Config{AfterRules: after, PodNetwork: network}, place(v, from), netip.AddrPortFrom(netip.MustParseAddr(addr), 80))
					if !d.Open && d.Reason == "" {
						t.Errorf("%s to %s is closed without a reason", from, addr)
					}
					if d.Open == (d.End.Kind == boundary.EndNowhere) {
						t.Errorf("%s to %s: open %t and ends at %s", from, addr, d.Open, d.End.Kind)
					}
				}
			}
		}
	}
}
