package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// neighbourhood is the lab with a home router that has forwards, hosts that forward and proxy, and a web service.
func neighbourhood(t *testing.T) *place {
	p := web(t)
	listeners := p.around.Listeners
	p.surroundings(`
networks: {lan: [172.20.128.0/24], pod: [10.244.0.0/16]}
hosts:
- name: laptop
  layer: lan
  addresses: [172.20.128.50]
  resolver: lan-dns
  forwards: [{listen: "127.0.0.1:80", to: "172.20.128.6:30080"}, {listen: "127.0.0.1:81", to: "172.20.128.60:81"}, {listen: ":9000", to: "10.244.1.4:8080"}, {listen: "127.0.0.1:7000", to: "127.0.0.1:7000"}]
  listeners: [{port: 8000, answers: [{path: /, status: 200, body: hi}]}]
- {name: silent, layer: lan, addresses: [172.20.128.60], listeners: [{port: 3306}]}
- {name: edge, layer: lan, addresses: [172.20.128.61], proxies: [{listen: ":80", upstreams: ["172.20.128.6:30080", "172.20.128.7:30080"], setHeaders: {X-Real-IP: $remote_addr}}]}
- {name: user, layer: internet, addresses: [203.0.113.50], resolver: public}
resolvers:
- {name: lan-dns, layer: lan, address: 172.20.128.53, zones: {home.lan: {laptop: 172.20.128.50}}, next: public}
- {name: public, layer: internet, address: 198.51.100.53, zones: {test: {shop: 198.51.100.80}}}
routers:
- {name: home, between: [internet, lan], outside: 198.51.100.7, forwards: [{listen: "198.51.100.7:443", to: "172.20.128.6:30080"}, {listen: ":8000", to: "172.20.128.50:8000"}]}
`)
	p.around.Listeners = listeners
	return p.nodePort(30080)
}

func (p *place) changeNode(name string, f func(*corev1.Node)) *place {
	for _, o := range p.objects {
		if n, ok := o.(*corev1.Node); ok && n.Name == name {
			f(n)
		}
	}
	return p
}

func hostPort(hostIP string, port, host int32, protocol corev1.Protocol) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: port, HostPort: host, HostIP: hostIP, Protocol: protocol}}
	}
}

type boundaryRow struct {
	name, from, command, want string
	seen                      string // by the endpoint, where it is one
}

func askRows(t *testing.T, build func(*testing.T) *place, rows []boundaryRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tr := build(t).ask(r.from, r.command)
			equal(t, summary(tr), r.want)
			if r.seen != "" {
				equal(t, tr.Outcomes[0].SourceSeen, r.seen)
			}
		})
	}
}

// Who may open a conversation to whom (A.6).
func TestSemanticsA6Layers(t *testing.T) {
	askRows(t, neighbourhood, []boundaryRow{
		{"A.6 row 1: pod to pod on another node", "pod/default/client", "curl http://10.244.2.4:8080/", "answered pod.delivered certain", "10.244.1.5"},
		{"A.6 row 1: node to pod on another node", "node/node01", "curl http://10.244.2.4:8080/", "answered pod.delivered certain", "172.20.128.6"},
		{"A.6 row 2: the LAN has no route to a pod, unless somebody made one", "lan/laptop", "curl http://10.244.1.4:8080/", "no-answer boundary.no-route assumed", ""},
		{"A.6 row 2: nor to a service's address", "lan/laptop", "curl http://10.96.7.7/", "no-answer boundary.no-route assumed", ""},
		{"A.6 row 2: the Internet needs a door to a pod", "internet/user", "curl http://10.244.1.4:8080/", "no-answer boundary.needs-door certain", ""},
		{"A.6 row 2: and to a service", "internet/user", "curl http://10.96.7.7/", "no-answer boundary.needs-door certain", ""},
		{"A.6 row 3: the LAN enters at a node that has the pod", "lan/laptop", "curl http://172.20.128.6:30080/", "answered pod.delivered certain", "172.20.128.6"},
		{"A.6 row 3: and at any other node", "lan/silent", "curl http://172.20.128.7:30080/", "answered pod.delivered certain", "172.20.128.7"},
		{"A.6 row 3: a bare lan does, too", "lan", "curl http://172.20.128.7:30080/", "answered pod.delivered certain", "172.20.128.7"},
		{"A.6 row 5: the Internet has no way to a node's private address", "internet/user", "curl http://172.20.128.6:30080/", "no-answer boundary.needs-door certain", ""},
		{"A.6 row 5: but by a port forward of the router", "internet/user", "curl http://198.51.100.7:443/", "answered pod.delivered certain", "172.20.128.6"},
		{"A.6 row 5: a forward to a host of the LAN keeps the sender's address", "internet/user", "curl http://198.51.100.7:8000/", "answered host.delivered certain", "203.0.113.50"},
		{"A.6 row 5: a port that the router does not forward, if it says nothing", "internet/user", "curl http://198.51.100.7:22/", "no-answer boundary.needs-door assumed", ""},
		{"A.6 row 5: from the LAN a router may answer itself", "lan/laptop", "curl http://198.51.100.7:22/", "no-answer boundary.needs-door assumed", ""},
		{"A.6 row 5: its forward reached from within, if the router sends back inwards", "lan/laptop", "curl http://198.51.100.7:443/", "answered pod.delivered assumed", ""},
		{"A.6 row 5: or by a pod", "pod/default/client", "curl http://198.51.100.7:8000/", "answered host.delivered assumed", ""},
		{"A.6 row 7: a pod to a host of the LAN is seen as its node", "pod/default/client", "curl http://172.20.128.50:8000/", "answered host.delivered assumed", "172.20.128.6"},
		{"A.6 row 7: what is described has no other ports", "pod/default/client", "curl http://172.20.128.50:22/", "refused host.port-closed assumed", ""},
		{"A.6 row 7: into the Internet, where nobody is described", "pod/default/client", "curl http://192.0.2.80/", "left-the-map outside.unknown assumed", ""},
		{"A.6 row 7: a private address that nothing describes", "pod/default/client", "curl http://192.168.77.1/", "left-the-map outside.unknown assumed", ""},
		{"A.6: from the Internet to such an address there is no route", "internet/user", "curl http://192.168.77.1/", "no-answer boundary.no-route certain", ""},
		{"A.6: a host of the LAN talks to its neighbour", "lan/laptop", "nc -vz 172.20.128.60 3306", "answered host.delivered certain", "172.20.128.50"},
		{"A.6: the metadata address of clouds is nobody's here", "pod/default/client", "curl http://169.254.169.254/", "left-the-map outside.unknown assumed", ""},
	})
	t.Run("A.6 row 7: the Internet sees the router, and the reply gets both addresses put back", func(t *testing.T) {
		p := neighbourhood(t)
		p.around.Hosts[3].Listeners = []surroundings.HostListener{{Port: 80, Answers: []surroundings.Answer{{Path: "*", Status: 200}}}}
		tr := p.ask("pod/default/client", "curl http://203.0.113.50/")
		equal(t, tr.Outcomes[0].SourceSeen, "198.51.100.7")
		equal(t, stepOf(tr, trace.StepReplyUnPAT).After.Dst, "172.20.128.6:40312")
		equal(t, stepOf(tr, trace.StepReplyUnmasquerade).After.Dst, "10.244.1.5:40312")
	})
	t.Run("A.6 row 2: a route to the pod network, described as a router, opens it", func(t *testing.T) {
		p := neighbourhood(t)
		p.around.Routers = append(p.around.Routers, surroundings.Router{Name: "core", Between: []surroundings.Layer{"lan", "pod"}})
		tr := p.ask("lan/laptop", "curl http://10.244.1.4:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.50")
	})
	t.Run("A.6 row 2: a route to the service network leads to a node's rules, which mask the sender", func(t *testing.T) {
		p := neighbourhood(t)
		p.around.Routers = append(p.around.Routers, surroundings.Router{Name: "core", Between: []surroundings.Layer{"lan", "service"}})
		tr := p.ask("lan/laptop", "curl http://10.96.7.7/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].Masqueraded, true)
	})
	t.Run("A.6 row 2: with a routed pod network the LAN reaches pods", func(t *testing.T) {
		tr := neighbourhood(t).ask("lan/laptop", "curl http://10.244.1.4:8080/", "pod-network=routed")
		equal(t, summary(tr), "answered pod.delivered assumed")
	})
	t.Run("A.6 row 2: that depends is said, and the other answer stands beside", func(t *testing.T) {
		tr := neighbourhood(t).ask("lan/laptop", "curl http://10.244.1.4:8080/")
		equal(t, assumption(tr, "pod-network").WouldFlip, true)
		equal(t, tr.Alternatives[0].Verdict.Class, trace.Answered)
	})
	t.Run("A.6 row 2: an overlay that was detected proves no missing route", func(t *testing.T) {
		p := neighbourhood(t).daemonSet("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.27.0")
		p.yaml(&corev1.ConfigMap{}, `
metadata: {namespace: kube-flannel, name: kube-flannel-cfg}
data: {net-conf.json: '{"Network": "10.244.0.0/16", "Backend": {"Type": "vxlan"}}'}`)
		equal(t, summary(p.ask("lan/laptop", "curl http://10.244.1.4:8080/")), "no-answer boundary.no-route assumed")
	})
	t.Run("A.6 row 3: a node that is not Ready", func(t *testing.T) {
		equal(t, summary(down(neighbourhood(t), "node02").ask("lan/laptop", "curl http://172.20.128.7:30080/")), "no-answer node.not-ready assumed")
	})
	t.Run("A.7: who asks from a node that is not Ready gets no certain answer", func(t *testing.T) {
		equal(t, summary(down(neighbourhood(t), "node01").ask("pod/default/client", "curl http://10.244.1.4:8080/")), "answered pod.delivered assumed")
	})
	t.Run("A.6 row 5: a node's public address has doors, if no firewall stands before it", func(t *testing.T) {
		p := neighbourhood(t).changeNode("node01", func(n *corev1.Node) {
			n.Status.Addresses = append(n.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeExternalIP, Address: "192.0.2.6"})
		})
		tr := p.ask("internet/user", "curl http://192.0.2.6:30080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "firewall").WouldFlip, true)
		tr = p.ask("pod/default/client", "curl http://192.0.2.6:30080/")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
		equal(t, assumption(tr, "node-external-address").WouldFlip, true)
	})
}

// What a machine of the person's own does (A.6).
func TestSemanticsA6ForwardsAndProxies(t *testing.T) {
	askRows(t, neighbourhood, []boundaryRow{
		{"A.6: a forward on localhost leads to a node port", "lan/laptop", "curl http://localhost/", "answered pod.delivered certain", "172.20.128.6"},
		{"A.6: it listens on localhost only", "lan/silent", "curl http://172.20.128.50/", "refused host.port-closed certain", ""},
		{"A.6: a refusal behind a forward may look otherwise in front of it", "lan/laptop", "curl http://localhost:81/", "refused host.port-closed assumed", ""},
		{"A.6: a forward of all addresses, to where there is no route", "lan/silent", "curl http://172.20.128.50:9000/", "no-answer boundary.no-route assumed", ""},
		{"A.6: a forward to itself", "lan/laptop", "curl http://localhost:7000/", "cannot-tell not-modelled.forwards-in-a-circle unknown", ""},
		{"A.6: a listener of the machine's own", "lan/laptop", "curl http://localhost:8000/", "answered host.delivered certain", ""},
		{"A.6: a described machine has no other ports on localhost", "lan/laptop", "curl http://localhost:22/", "refused host.port-closed certain", ""},
		{"A.6: localhost of a machine of which nothing is known", "lan", "curl http://localhost/", "left-the-map outside.unknown assumed", ""},
		{"A.6: a proxy of one's own opens a second connection", "lan/laptop", "curl http://172.20.128.61/", "answered pod.delivered certain", ""},
	})
	t.Run("A.6: the proxy's upstreams are shares, and it says who asked", func(t *testing.T) {
		tr := neighbourhood(t).ask("lan/laptop", "curl http://172.20.128.61/")
		equal(t, len(tr.Outcomes), 4)
		equal(t, stepOf(tr, trace.StepProxyConnect).After.HTTP.Headers["X-Real-IP"], "172.20.128.50")
	})
}

// hostPort and hostNetwork (A.6).
func TestSemanticsA6HostPorts(t *testing.T) {
	build := func(t *testing.T) *place {
		return neighbourhood(t).
			pod("default/hp", "node01", "10.244.1.30", "app=hp", hostPort("", 8080, 8081, "TCP")).
			pod("default/local", "node01", "10.244.1.31", "app=hp", hostPort("127.0.0.1", 8080, 8082, "TCP")).
			pod("default/udp", "node01", "10.244.1.32", "app=hp", hostPort("", 53, 5353, "UDP")).
			pod("default/hn", "node02", "172.20.128.7", "app=hn", onHost, containers("agent:9100"))
	}
	askRows(t, build, []boundaryRow{
		{"A.6 hostPort: from the LAN at the pod's node", "lan/laptop", "curl http://172.20.128.6:8081/", "answered pod.delivered assumed", "172.20.128.50"},
		{"A.6 hostPort: other nodes refuse", "lan/laptop", "curl http://172.20.128.7:8081/", "refused node.port-closed assumed", ""},
		{"A.6 hostPort: by the node's localhost, masked, since loopback means nothing in the pod", "node/node01", "curl http://localhost:8081/", "answered pod.delivered assumed", "172.20.128.6"},
		{"A.6 hostPort: by the pod itself, masked", "pod/default/hp", "curl http://172.20.128.6:8081/", "answered pod.delivered assumed", "172.20.128.6"},
		{"A.6 hostPort: by a pod of another node", "pod/default/web-2", "curl http://172.20.128.6:8081/", "answered pod.delivered assumed", "172.20.128.7"},
		{"A.6 hostPort: hostIP restricts", "lan/laptop", "curl http://172.20.128.6:8082/", "refused node.port-closed assumed", ""},
		{"A.6 hostPort: hostIP 127.0.0.1 is the node's localhost", "node/node01", "curl http://127.0.0.1:8082/", "answered pod.delivered assumed", "172.20.128.6"},
		{"A.6 hostPort: not another node's", "node/node02", "curl http://127.0.0.1:8082/", "refused node.port-closed assumed", ""},
		{"A.6 hostPort: the protocol counts", "lan/laptop", "nc -vz 172.20.128.6 5353", "refused node.port-closed assumed", ""},
		{"A.6 hostPort: UDP", "lan/laptop", "nc -u 172.20.128.6 5353", "answered pod.delivered assumed", ""},
		{"A.6 hostNetwork: it listens on its node's address", "lan/laptop", "curl http://172.20.128.7:9100/", "answered pod.delivered assumed", "172.20.128.50"},
		{"A.6 hostNetwork: and on localhost", "node/node02", "curl http://localhost:9100/", "answered pod.delivered assumed", ""},
		{"A.6 hostNetwork: not on other nodes", "lan/laptop", "curl http://172.20.128.6:9100/", "refused node.port-closed assumed", ""},
		{"A.6 hostNetwork: as a sender it is its node", "pod/default/hn", "curl http://10.244.1.4:8080/", "answered pod.delivered certain", "172.20.128.7"},
		{"B: a node's own programs are no objects", "lan/laptop", "curl http://172.20.128.6:9090/", "refused node.port-closed assumed", ""},
		{"B: but every node has a kubelet, which speaks TLS", "pod/default/client", "curl -k https://172.20.128.7:10250/healthz", "answered host.delivered assumed", ""},
		{"B: … and reads no plain HTTP", "node/node01", "curl http://172.20.128.7:10250/", "http-error tls.plain-to-tls assumed", ""},
		{"B: and kube-proxy's health check", "lan/laptop", "curl http://172.20.128.7:10256/healthz", "answered host.delivered assumed", ""},
	})
	t.Run("A.6 hostPort: a crash behind it is a refusal", func(t *testing.T) {
		p := neighbourhood(t).pod("default/hp", "node01", "10.244.1.30", "app=hp", hostPort("", 8080, 8081, "TCP"), unready, state("main", "crash"))
		equal(t, summary(p.ask("lan/laptop", "curl http://172.20.128.6:8081/")), "refused pod.not-running assumed")
	})
	t.Run("A.6 hostNetwork: a probe of a number shows the port that no container declares", func(t *testing.T) {
		p := neighbourhood(t).pod("kube-system/agent", "node02", "172.20.128.7", "app=agent", onHost, ready(9200, ""))
		tr := p.ask("lan/laptop", "nc -vz 172.20.128.7 9200")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "host-firewall").WouldFlip, true)
		equal(t, tr.Outcomes[0].Endpoint.Pod, "agent")
	})
	t.Run("A.6 hostNetwork: a probe of localhost shows nothing of the node's address", func(t *testing.T) {
		p := neighbourhood(t).pod("kube-system/agent", "node02", "172.20.128.7", "app=agent", onHost, ready(9200, "127.0.0.1"))
		equal(t, summary(p.ask("lan/laptop", "nc -vz 172.20.128.7 9200")), "refused node.port-closed assumed")
	})
}

// Load balancers (A.6, E21, E24).
func TestSemanticsA6LoadBalancers(t *testing.T) {
	private := func(t *testing.T) *place {
		return neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, "172.20.128.200")
	}
	askRows(t, private, []boundaryRow{
		{"A.6 row 4: the LAN reaches a private load-balancer address", "lan/laptop", "curl http://172.20.128.200/", "answered pod.delivered assumed", ""},
		{"E24: the Internet cannot, for its address is private", "internet/user", "curl http://172.20.128.200/", "no-answer lb.private-address certain", ""},
		{"E24: nor an unnamed host of it", "internet", "curl http://172.20.128.200/", "no-answer lb.private-address certain", ""},
		{"A.6 row 4: a pod's own node answers for it", "pod/default/client", "curl http://172.20.128.200/", "answered pod.delivered certain", "172.20.128.6"},
		{"A.6 row 4: a port that the service does not have", "lan/laptop", "curl http://172.20.128.200:81/", "no-answer service.port-undefined assumed", ""},
		{"A.6 row 4: the address answers no ping", "lan/laptop", "ping 172.20.128.200", "no-answer service.port-undefined assumed", ""},
	})
	t.Run("E24: carrier-grade NAT and unique local addresses are private, too", func(t *testing.T) {
		for _, ip := range []string{"100.64.3.1", "192.168.9.9", "169.254.7.7"} {
			p := neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, ip)
			equal(t, summary(p.ask("internet/user", "curl http://"+ip+"/")), "no-answer lb.private-address certain")
		}
		p := neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, "fd00::80")
		equal(t, summary(p.ask("internet", "curl http://[fd00::80]/")), "no-answer lb.private-address certain")
	})
	metal := func(t *testing.T) *place {
		return neighbourhood(t).daemonSet("speaker", "quay.io/metallb/speaker:v0.15.2").
			service("default/none", "10.96.8.9", "app=none", ":80:8080").loadBalancer(30082, "172.20.128.201")
	}
	t.Run("A.6 MetalLB: an address is announced only while an endpoint can serve", func(t *testing.T) {
		equal(t, summary(metal(t).ask("lan/laptop", "curl http://172.20.128.201/")), "no-answer service.no-endpoints assumed")
	})
	t.Run("A.6 MetalLB: inside, the node's rules refuse as ever", func(t *testing.T) {
		equal(t, tr(metal(t).ask("pod/default/client", "curl http://172.20.128.201/")), "refused service.no-endpoints")
	})
	t.Run("2.3 row 1: without MetalLB a node refuses", func(t *testing.T) {
		p := neighbourhood(t).service("default/none", "10.96.8.9", "app=none", ":80:8080").loadBalancer(30082, "172.20.128.201")
		equal(t, summary(p.ask("lan/laptop", "curl http://172.20.128.201/")), "refused service.no-endpoints assumed")
	})
	t.Run("A.6 row 8: a pending service has its other doors", func(t *testing.T) {
		p := neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, "")
		equal(t, summary(p.ask("lan/laptop", "curl http://172.20.128.6:30081/")), "answered pod.delivered certain")
		equal(t, summary(p.ask("pod/default/client", "curl http://10.96.8.8/")), "answered pod.delivered certain")
	})
	t.Run("A.6 row 8: the address that it asks for is nobody's yet", func(t *testing.T) {
		p := neighbourhood(t).service("default/lb", "10.96.8.8", "app=web", ":80:8080").loadBalancer(30081, "")
		p.change(func(s *corev1.Service) {
			s.Spec.LoadBalancerIP, s.Status.LoadBalancer.Ingress = "172.20.128.240", nil
		})
		tr := p.ask("lan/laptop", "curl http://172.20.128.240/")
		equal(t, summary(tr), "no-answer lb.pending assumed")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "LoadBalancer", Namespace: "default", Name: "lb"})
	})
	t.Run("E21: a second service with the port stays pending, and its address is the first one's", func(t *testing.T) {
		p := neighbourhood(t).service("default/first", "10.96.8.1", "app=web", ":80:8080").loadBalancer(30083, "172.20.128.6").
			service("default/second", "10.96.8.2", "app=client", ":80:8080").loadBalancer(30084, "")
		p.change(func(s *corev1.Service) { s.Status.LoadBalancer.Ingress = nil })
		tr := p.ask("lan/laptop", "curl http://172.20.128.6/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].Backend.Name, "first")
		equal(t, tr.Outcomes[0].Endpoint.Port, int32(8080))
	})
	t.Run("A.6 ServiceLB: the address is a node's, and under Local a node without an endpoint is silent", func(t *testing.T) {
		p := lab(t).pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").loadBalancer(30080, "172.20.128.7").local().
			listens("default", "app=web", 8080, "TCP", welcome)
		equal(t, tr(p.ask("lan/laptop", "curl http://172.20.128.7/")), "no-answer service.no-local-endpoints")
		p = lab(t).pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").loadBalancer(30080, "172.20.128.6").local().
			listens("default", "app=web", 8080, "TCP", welcome)
		got := p.ask("lan/laptop", "curl http://172.20.128.6/")
		equal(t, tr(got), "answered pod.delivered")
		equal(t, got.Outcomes[0].SourceSeen, "172.20.128.50")
	})
	t.Run("A.6: balancers leave nodes out that are excluded or not Ready", func(t *testing.T) {
		p := private(t).changeNode("node01", func(n *corev1.Node) {
			n.Labels = map[string]string{corev1.LabelNodeExcludeBalancers: ""}
		})
		for _, o := range p.ask("lan/laptop", "curl http://172.20.128.200/").Outcomes {
			equal(t, o.SourceSeen, "172.20.128.7")
		}
		for _, o := range down(private(t), "node02").ask("lan/laptop", "curl http://172.20.128.200/").Outcomes {
			if o.SourceSeen != "" { // an endpoint on the node that is not Ready sees nothing
				equal(t, o.SourceSeen, "172.20.128.6")
			}
		}
	})
}

// tr is class and reason.
func tr(t *trace.Trace) string { return string(t.Verdict.Class) + " " + t.Verdict.Reason }

// Addresses that are not as plain as they look.
func TestSemanticsOddAddresses(t *testing.T) {
	askRows(t, neighbourhood, []boundaryRow{
		{"no connection is opened to a multicast address", "pod/default/client", "curl http://224.0.0.1/", "no-answer boundary.no-route certain", ""},
		{"nor to all at once", "lan/laptop", "curl http://255.255.255.255/", "no-answer boundary.no-route certain", ""},
		{"nor to the broadcast address of the LAN", "pod/default/client", "curl http://172.20.128.255/", "no-answer boundary.no-route assumed", ""},
		{"who gets a multicast datagram is not modelled", "pod/default/client", "nc -u 224.0.0.1 5353", "cannot-tell not-modelled.multicast unknown", ""},
		{"a pod's addresses are all in its status", "pod/default/client", "curl http://[2001:db8::1]/", "no-answer boundary.no-route certain", ""},
		{"a node may have more addresses than its status has", "node/node01", "curl http://[2001:db8::1]/", "no-answer boundary.no-route assumed", ""},
		{"an unnamed host has an address of either family", "lan", "curl http://[2001:db8::1]/", "left-the-map outside.unknown certain", ""},
		{"SCTP needs kernels that know it", "pod/default/client", "nc --sctp 10.244.1.4 8080", "refused pod.port-closed assumed", ""},
	})
	t.Run("two pods that claim one address", func(t *testing.T) {
		p := neighbourhood(t).pod("default/twin", "node01", "10.244.1.4", "app=web")
		tr := p.ask("pod/default/client", "curl http://10.244.1.4:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "same-address").WouldFlip, true)
	})
	t.Run("the one that is told to stop has lost it, whatever it is called", func(t *testing.T) {
		p := neighbourhood(t).pod("default/a-old", "node02", "10.244.1.4", "app=old", terminating)
		tr := p.ask("pod/default/client", "curl http://10.244.1.4:8080/")
		equal(t, tr.Outcomes[0].Endpoint.Pod, "web-1")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
	})
	t.Run("nodes that were cloned with their address: each has it for itself", func(t *testing.T) {
		p := neighbourhood(t).changeNode("node02", func(n *corev1.Node) { n.Status.Addresses[0].Address = "172.20.128.6" })
		tr := p.ask("node/node02", "curl http://172.20.128.6:30080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "same-address").WouldFlip, true)
		equal(t, stepOf(tr, trace.StepRulesDNAT).At.Name, "node02")
	})
	t.Run("nobody asks from an address that is everybody's", func(t *testing.T) {
		for _, from := range []string{"ip/127.0.0.1", "ip/0.0.0.0", "ip/224.0.0.1", "ip/10.96.7.7", "ip/10.244.77.7"} {
			if _, err := trace.Run(neighbourhood(t).view(), trace.Ask{From: from, Command: []string{"curl http://10.96.7.7/"}}); err == nil {
				t.Error(from, "was taken")
			}
		}
	})
}

// The API server, whose endpoints are no pods (A.6, S14).
func TestSemanticsTheAPIServer(t *testing.T) {
	build := func(t *testing.T) *place {
		p := neighbourhood(t)
		s := &corev1.Service{}
		s.Namespace, s.Name = "default", "kubernetes"
		s.Spec.ClusterIP, s.Spec.ClusterIPs = "10.96.0.1", []string{"10.96.0.1"}
		s.Spec.Ports = []corev1.ServicePort{{Name: "https", Port: 443, Protocol: "TCP"}}
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name = "default", "kubernetes"
		slice.Labels = map[string]string{discoveryv1.LabelServiceName: "kubernetes"}
		name, port, protocol := "https", int32(6443), corev1.ProtocolTCP
		slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &protocol}}
		slice.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{"172.20.128.7"}}}
		p.objects = append(p.objects, s, slice)
		return p
	}
	t.Run("a pod is sent on to a node's port 6443, where the API server listens", func(t *testing.T) {
		tr := build(t).ask("pod/default/client", "curl -k https://kubernetes.default/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Verdict.Reason, "host.delivered")
		equal(t, tr.Outcomes[0].Endpoint.IP, "172.20.128.7")
		equal(t, tr.Outcomes[0].Endpoint.Port, int32(6443))
		equal(t, tr.Outcomes[0].Endpoint.Pod, "")
	})
	t.Run("plain HTTP is not read", func(t *testing.T) {
		tr := build(t).ask("pod/default/client", "curl http://10.96.0.1:443/")
		equal(t, tr.Verdict.Reason, "tls.plain-to-tls")
		equal(t, *tr.Verdict.HTTPStatus, 400)
	})
	t.Run("by the node's own address", func(t *testing.T) {
		equal(t, build(t).ask("lan/laptop", "curl -k https://172.20.128.7:6443/").Verdict.Class, trace.Answered)
	})
}
