package service

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// brief writes a decision in one line: kind, endpoints with their last two address bytes, m for masquerade, s for a
// short circuit, and the reason.
func brief(d Decision) string {
	if d.Unread != "" {
		return "unread " + d.Unread
	}
	s := string(d.Kind)
	for _, e := range d.Endpoints {
		a := e.Addr.Addr().As4()
		s += fmt.Sprintf(" %d.%d:%d", a[2], a[3], e.Addr.Port())
		if e.Hairpin {
			s += "h"
		}
		if e.ReplyLost {
			s += "!"
		}
	}
	if d.Masquerade {
		s += " m"
	}
	if d.ShortCircuit {
		s += " s"
	}
	if d.HTTPStatus != 0 {
		s += fmt.Sprint(" ", d.HTTPStatus)
	}
	if d.Reason != "" {
		s += " " + d.Reason
	}
	return s
}

func TestDecide(t *testing.T) {
	const clusterIP, nodeIP, lb, ext = "10.96.7.7:80", "192.168.0.1:30080", "198.51.100.80:80", "198.51.100.9:80"
	both := "dnat 1.1:8080 2.1:8080"
	remoteOnly := ends(end("10.244.2.1", "node02", "web-2"))
	localOnly := ends(end("10.244.1.1", "node01", "web-1"))
	rows := []struct {
		name   string
		world  *world
		packet Packet
		change func(*Config)
		want   string // of iptables, and of the others unless they are named
		other  map[Mode]string
	}{
		{"pod to cluster IP reaches every ready endpoint, unmasked", newWorld(), fromPod(clusterIP), nil, both, nil},
		{"node to cluster IP is masqueraded for not being a pod", newWorld(), fromNode(clusterIP), nil, both + " m", nil},
		{"a routed laptop to cluster IP is masqueraded", newWorld(), fromLaptop(clusterIP), nil, both + " m", nil},
		{"without a detector nothing to a cluster IP is masqueraded, and remote replies are lost", newWorld(), fromLaptop(clusterIP), noDetector, "dnat 1.1:8080 2.1:8080!", nil},
		{"masqueradeAll masks pods too", newWorld(), fromPod(clusterIP), func(c *Config) { c.MasqueradeAll = true }, both + " m", nil},
		{"no ready endpoint is a refusal", newWorld(ends(end("10.244.1.1", "node01", "web-1", unready))), fromPod(clusterIP), nil, "reject service.no-endpoints", nil},
		{"no endpoint slice at all is a refusal", newWorld(func(w *world) { w.slices = nil }), fromPod(clusterIP), nil, "reject service.no-endpoints", nil},
		{"terminating endpoints that still serve are the fallback", newWorld(ends(end("10.244.1.1", "node01", "web-1", dying), end("10.244.2.1", "node02", "web-2", unready))), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},
		{"a ready endpoint leaves terminating ones out", newWorld(ends(end("10.244.1.1", "node01", "web-1", dying), end("10.244.2.1", "node02", "web-2"))), fromPod(clusterIP), nil, "dnat 2.1:8080", nil},
		{"a slice whose port has another name joins nothing", newWorld(func(w *world) { w.slices[0].Ports[0].Name = text("web") }), fromPod(clusterIP), nil, "reject service.no-endpoints", nil},
		{"a slice whose port has another protocol joins nothing", newWorld(func(w *world) { w.slices[0].Ports[0].Protocol = text(corev1.ProtocolUDP) }), fromPod(clusterIP), nil, "reject service.no-endpoints", nil},
		{"a slice port without a number is ignored", newWorld(func(w *world) { w.slices[0].Ports[0].Port = nil }), fromPod(clusterIP), nil, "reject service.no-endpoints", nil},
		{"a pod that reaches itself through its service is a hairpin", newWorld(), func() Packet { p := fromPod(clusterIP); p.Src = ip("10.244.1.1"); return p }(), nil, "dnat 1.1:8080h 2.1:8080", nil},

		{"internal policy Local keeps to the node", newWorld(spec(itpLocal)), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},
		{"internal policy Local without a local endpoint is silence, and a refusal in ipvs", newWorld(spec(itpLocal), remoteOnly), fromPod(clusterIP), nil, "drop service.no-local-endpoints", map[Mode]string{IPVS: "reject service.no-local-endpoints"}},
		{"internal policy Local does not restrict node ports", newWorld(spec(itpLocal), spec(nodePort), remoteOnly), fromLaptop(nodeIP), nil, "dnat 2.1:8080 m", nil},
		{"ipvs lets internal policy Local reach afar where the service has a node port", newWorld(spec(itpLocal), spec(nodePort), remoteOnly), fromPod(clusterIP), nil, "drop service.no-local-endpoints", map[Mode]string{IPVS: "dnat 2.1:8080 s"}},
		{"internal policy Local falls back to local terminating endpoints", newWorld(spec(itpLocal), ends(end("10.244.1.1", "node01", "web-1", dying), end("10.244.2.1", "node02", "web-2"))), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},

		{"a node port masquerades", newWorld(spec(nodePort)), fromLaptop(nodeIP), nil, both + " m", nil},
		{"a node port masquerades pods as well", newWorld(spec(nodePort)), fromPod(nodeIP), nil, both + " m", nil},
		{"a node port on a secondary address answers but for nftables", newWorld(spec(nodePort)), fromLaptop("203.0.113.1:30080"), nil, both + " m", map[Mode]string{NFTables: "local node.port-closed"}},
		{"a node port on localhost answers in iptables only", newWorld(spec(nodePort)), fromNode("127.0.0.1:30080"), nil, both + " m", map[Mode]string{NFTables: "local node.port-closed", IPVS: "local node.port-closed"}},
		{"a node port on localhost may be switched off", newWorld(spec(nodePort)), fromNode("127.0.0.1:30080"), func(c *Config) { c.LocalhostNodePorts = false }, "local node.port-closed", nil},
		{"a node port without endpoints refuses in iptables also where it would not answer", newWorld(spec(nodePort), ends()), fromLaptop("203.0.113.1:30080"), func(c *Config) { c.NodePortAddresses = NodePortAddresses{Primary: true} }, "reject service.no-endpoints", map[Mode]string{NFTables: "local node.port-closed", IPVS: "local node.port-closed"}},
		{"node ports keep to nodePortAddresses", newWorld(spec(nodePort)), fromLaptop(nodeIP), func(c *Config) { c.NodePortAddresses = NodePortAddresses{Primary: true} }, both + " m", nil},
		{"node ports with addresses of the other family only answer everywhere", newWorld(spec(nodePort)), fromLaptop(nodeIP), func(c *Config) { c.NodePortAddresses = NodePortAddresses{CIDRs: prefixes("fd00::/64")} }, both + " m", nil},
		{"another node's address is just routed", newWorld(spec(nodePort)), fromPod("192.168.0.2:30080"), nil, "no-rule", nil},
		{"a node port without endpoints refuses", newWorld(spec(nodePort), ends()), fromLaptop(nodeIP), nil, "reject service.no-endpoints", nil},
		{"a node port without endpoints refuses the node itself too", newWorld(spec(nodePort), ends()), fromNode(nodeIP), nil, "reject service.no-endpoints", nil},
		{"a closed port of a node is the node's business", newWorld(), fromLaptop("192.168.0.1:31999"), nil, "local node.port-closed", nil},
		{"the service port is no node port", newWorld(spec(nodePort)), fromLaptop("192.168.0.1:80"), nil, "local node.port-closed", nil},

		{"external policy Local keeps the client's address", newWorld(spec(nodePort), spec(etpLocal)), fromLaptop(nodeIP), nil, "dnat 1.1:8080", nil},
		{"external policy Local without a local endpoint is silence", newWorld(spec(nodePort), spec(etpLocal), remoteOnly), fromLaptop(nodeIP), nil, "drop service.no-local-endpoints", map[Mode]string{IPVS: "dnat 2.1:8080! s service.no-local-endpoints"}},
		{"external policy Local lets pods of the node pass, unmasked", newWorld(spec(nodePort), spec(etpLocal), remoteOnly), fromPod(nodeIP), nil, "dnat 2.1:8080 s", nil},
		{"external policy Local lets the node itself pass", newWorld(spec(nodePort), spec(etpLocal), remoteOnly), fromNode(nodeIP), nil, "dnat 2.1:8080 m s", map[Mode]string{IPVS: "dnat 2.1:8080 s"}},
		{"without a detector a pod is any other source", newWorld(spec(nodePort), spec(etpLocal), remoteOnly), fromPod(nodeIP), noDetector, "drop service.no-local-endpoints", map[Mode]string{IPVS: "dnat 2.1:8080 s"}},
		{"a far pod that passes by the short circuit loses replies from elsewhere", newWorld(spec(nodePort), spec(etpLocal)), fromFarPod(nodeIP), nil, "dnat 1.1:8080 2.1:8080! s", map[Mode]string{IPVS: "dnat 1.1:8080"}},
		{"the policy is not looked at on the cluster IP", newWorld(spec(nodePort), spec(etpLocal), remoteOnly), fromPod(clusterIP), nil, "dnat 2.1:8080", nil},
		{"external policy Local without any endpoint refuses", newWorld(spec(nodePort), spec(etpLocal), ends()), fromLaptop(nodeIP), nil, "reject service.no-endpoints", nil},

		{"a load balancer's address is caught by the node", newWorld(loadBalancer), fromPod(lb), nil, both + " m", nil},
		{"a load balancer in Proxy mode answers for itself", newWorld(loadBalancer, lbMode(corev1.LoadBalancerIPModeProxy)), fromPod(lb), nil, "no-rule", nil},
		{"a source outside the ranges gets silence", newWorld(loadBalancer, ranges("203.0.113.0/24")), fromLaptop(lb), nil, "drop lb.source-ranges", nil},
		{"a source inside the ranges passes", newWorld(loadBalancer, ranges("192.168.0.0/24")), fromLaptop(lb), nil, both + " m", nil},
		{"pods are checked by their own address", newWorld(loadBalancer, ranges("192.168.0.0/24")), fromPod(lb), nil, "drop lb.source-ranges", nil},
		{"a range of everything is no range", newWorld(loadBalancer, ranges("203.0.113.0/24", " 0.0.0.0/0")), fromLaptop(lb), nil, both + " m", nil},
		{"ranges of the other family are none", newWorld(loadBalancer, ranges("2001:db8::/32")), fromLaptop(lb), nil, both + " m", nil},
		{"ranges do not guard the node port", newWorld(loadBalancer, ranges("203.0.113.0/24")), fromLaptop(nodeIP), nil, both + " m", nil},
		{"without endpoints iptables refuses also who is outside the ranges", newWorld(loadBalancer, ranges("203.0.113.0/24"), ends()), fromLaptop(lb), nil, "reject service.no-endpoints", map[Mode]string{NFTables: "drop lb.source-ranges", IPVS: "drop lb.source-ranges"}},
		{"the node's own call to a load balancer without endpoints leaves in iptables", newWorld(loadBalancer, ends()), fromNode(lb), nil, "no-rule", map[Mode]string{NFTables: "reject service.no-endpoints", IPVS: "reject service.no-endpoints"}},
		{"an undefined port of a load balancer's address leaves", newWorld(loadBalancer), fromLaptop("198.51.100.80:81"), nil, "astray service.port-undefined", map[Mode]string{IPVS: "reject service.port-undefined"}},
		{"an external IP is masqueraded", newWorld(spec(external)), fromPod(ext), nil, both + " m", nil},
		{"an external IP that is the load balancer's address too escapes the ranges in iptables", newWorld(loadBalancer, ranges("203.0.113.0/24"), spec(func(s *corev1.ServiceSpec) { s.ExternalIPs = []string{"198.51.100.80"} })), fromLaptop(lb), nil, both + " m", map[Mode]string{NFTables: "drop lb.source-ranges", IPVS: "drop lb.source-ranges"}},
		{"a load balancer whose address is the node's own serves its port there", newWorld(loadBalancer, func(w *world) { w.svc.Status.LoadBalancer.Ingress[0].IP = "192.168.0.1" }), fromLaptop("192.168.0.1:80"), nil, both + " m", nil},

		{"an undefined port of a cluster IP", newWorld(), fromPod("10.96.7.7:81"), nil, "astray service.port-undefined", map[Mode]string{NFTables: "reject service.port-undefined", IPVS: "reject service.port-undefined"}},
		{"UDP to a TCP port", newWorld(), func() Packet { p := fromPod(clusterIP); p.Protocol = corev1.ProtocolUDP; return p }(), nil, "astray service.port-undefined", map[Mode]string{NFTables: "reject service.port-undefined", IPVS: "reject service.port-undefined"}},
		{"a ping of a cluster IP", newWorld(), func() Packet { p := fromPod("10.96.7.7:0"); p.ICMP = true; return p }(), nil, "astray service.port-undefined", map[Mode]string{NFTables: "reject service.port-undefined", IPVS: "reject service.port-undefined"}},
		{"an address of the service range that nobody has", newWorld(), fromPod("10.96.9.9:80"), nil, "astray service.unknown-address", map[Mode]string{NFTables: "drop service.unknown-address"}},
		{"the same where nftables sees no ServiceCIDR", newWorld(), fromPod("10.96.9.9:80"), func(c *Config) { c.HasServiceCIDRObjects = false }, "astray service.unknown-address", nil},
		{"a service that another proxy serves", newWorld(func(w *world) { w.svc.Labels = map[string]string{LabelProxyName: "mine"} }), fromPod(clusterIP), nil, "astray service.not-proxied", map[Mode]string{NFTables: "drop service.not-proxied"}},
		{"a pod's address is no service", newWorld(), fromPod("10.244.2.1:8080"), nil, "no-rule", nil},

		{"zone hints keep to the zone", newWorld(ends(end("10.244.1.1", "node01", "web-1", zoneHint("a")), end("10.244.2.1", "node02", "web-2", zoneHint("b")))), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},
		{"one endpoint without hints switches them off", newWorld(ends(end("10.244.1.1", "node01", "web-1", zoneHint("a")), end("10.244.2.1", "node02", "web-2"))), fromPod(clusterIP), nil, both, nil},
		{"an unready endpoint without hints does not", newWorld(ends(end("10.244.1.1", "node01", "web-1", zoneHint("a")), end("10.244.2.1", "node02", "web-2", zoneHint("b")), end("10.244.2.2", "node02", "web-3", unready))), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},
		{"a zone without endpoints gets all", newWorld(ends(end("10.244.1.1", "node02", "web-1", zoneHint("b")), end("10.244.2.1", "node02", "web-2", zoneHint("c")))), fromPod(clusterIP), nil, both, nil},
		{"node hints go before zone hints", newWorld(ends(end("10.244.1.1", "node01", "web-1", zoneHint("a"), nodeHint("node01")), end("10.244.2.1", "node02", "web-2", zoneHint("a"), nodeHint("node02")))), fromPod(clusterIP), nil, "dnat 1.1:8080", nil},
		{"policy Local does not look at hints", newWorld(spec(nodePort), spec(etpLocal), ends(end("10.244.1.1", "node01", "web-1", zoneHint("b")), end("10.244.2.1", "node02", "web-2", zoneHint("b")))), fromLaptop(nodeIP), nil, "dnat 1.1:8080", nil},

		{"a health check answers 200 with a local endpoint", newWorld(loadBalancer, spec(etpLocal), health, localOnly), fromLaptop("192.168.0.1:32000"), nil, "answered 200", nil},
		{"a health check answers 503 without", newWorld(loadBalancer, spec(etpLocal), health, remoteOnly), fromLaptop("192.168.0.1:32000"), nil, "answered 503", nil},
		{"a health check answers on localhost as well, where node ports are on every address", newWorld(loadBalancer, spec(etpLocal), health, localOnly), fromNode("127.0.0.1:32000"), nil, "answered 200", map[Mode]string{NFTables: "local node.port-closed"}},
		{"a health check counts endpoints of ports that the service does not have", newWorld(loadBalancer, spec(etpLocal), health, localOnly, func(w *world) { w.slices[0].Ports[0].Name = text("web") }), fromLaptop("192.168.0.1:32000"), nil, "answered 200", nil},
		{"a terminating endpoint is no health", newWorld(loadBalancer, spec(etpLocal), health, ends(end("10.244.1.1", "node01", "web-1", dying))), fromLaptop("192.168.0.1:32000"), nil, "answered 503", nil},
	}
	for _, row := range rows {
		for _, mode := range []Mode{IPTables, NFTables, IPVS} {
			t.Run(row.name+"/"+string(mode), func(t *testing.T) {
				cfg := config(mode)
				if row.change != nil {
					row.change(&cfg)
				}
				want := row.want
				if o, ok := row.other[mode]; ok {
					want = o
				}
				d := Decide(row.world.view(t), cfg, row.packet)
				if got := brief(d); got != want {
					t.Errorf("got  %s (%s)\nwant %s", got, d.Why, want)
				}
				total := 0.0
				for _, e := range d.Endpoints {
					total += e.Share
				}
				if d.Kind == DNAT && (total < 0.999999 || total > 1.000001) {
					t.Errorf("shares add up to %v", total)
				}
			})
		}
	}
}

func health(w *world) { w.svc.Spec.HealthCheckNodePort = 32000 }

func TestUsesNamesOnlyWhatMatters(t *testing.T) {
	rows := []struct {
		name   string
		world  *world
		packet Packet
		want   string
	}{
		{"a pod that calls a cluster IP depends on masqueradeAll alone", newWorld(), fromPod("10.96.7.7:80"), "masquerade-all"},
		{"a refusal for want of endpoints depends on nothing", newWorld(ends()), fromPod("10.96.7.7:80"), ""},
		{"a node port depends on its mode's addresses", newWorld(spec(nodePort)), fromLaptop("203.0.113.1:30080"), "nodeport-addresses proxy-mode"},
		{"a node port on the primary address depends on nothing", newWorld(spec(nodePort)), fromLaptop("192.168.0.1:30080"), ""},
		{"an undefined port depends on the mode", newWorld(), fromPod("10.96.7.7:81"), "proxy-mode"},
		{"a pod's short circuit depends on the detector", newWorld(spec(nodePort), spec(etpLocal), ends(end("10.244.2.1", "node02", "web-2"))), fromPod("192.168.0.1:30080"), "cluster-cidr"},
		{"a node port on localhost depends on all three", newWorld(spec(nodePort)), fromNode("127.0.0.1:30080"), "localhost-nodeports nodeport-addresses proxy-mode"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			d := Decide(row.world.view(t), config(IPTables), row.packet)
			if got := strings.Join(d.Uses, " "); got != row.want {
				t.Errorf("got %q, want %q (%s)", got, row.want, brief(d))
			}
		})
	}
}

func TestSlicesMergeAndTheLivingWin(t *testing.T) {
	second := slice(end("10.244.1.1", "node02", "web-2"), end("10.244.3.1", "node02", "web-3"))
	second.Name = "web-def"
	w := newWorld(ends(end("10.244.1.1", "node01", "web-1", dying)))
	w.slices = append(w.slices, second)
	headless := slice(end("10.244.9.9", "node01", "web-9"))
	headless.Name, headless.Labels = "web-ghi", map[string]string{discoveryv1.LabelServiceName: "web", corev1.IsHeadlessService: ""}
	w.slices = append(w.slices, headless)
	view := w.view(t)
	got := EndpointsOf(view, view.Service("default", "web"), &w.svc.Spec.Ports[0], false)
	if len(got) != 2 || got[0].PodName != "web-2" || got[1].PodName != "web-3" {
		t.Errorf("got %+v", got)
	}
	if n := len(HeadlessEndpointsOf(view, view.Service("default", "web"), &w.svc.Spec.Ports[0], false)); n != 3 {
		t.Errorf("with headless slices there are %d endpoints, want 3", n)
	}
}

func TestAServiceWithoutTheFamilyHasNoRules(t *testing.T) {
	w := newWorld(loadBalancer, func(w *world) {
		w.svc.Status.LoadBalancer.Ingress = append(w.svc.Status.LoadBalancer.Ingress, corev1.LoadBalancerIngress{IP: "2001:db8::80"})
	})
	p := Packet{Src: ip("2001:db8::1"), SrcKind: FromOther, Dst: at("[2001:db8::80]:80"), Protocol: corev1.ProtocolTCP, Node: "node01"}
	for kind, want := range map[SourceKind]Kind{FromOther: Astray, FromNode: NoRule} { // what the node sends may reach the load balancer
		p.SrcKind = kind
		d := Decide(w.view(t), config(IPTables), p)
		if d.Kind != want || len(d.Tried) != 1 {
			t.Errorf("from %s: got %s, tried %v", kind, brief(d), d.Tried)
		}
	}
}

func TestAnEndpointOnTheNodeItselfSeesTheSender(t *testing.T) {
	w := newWorld(spec(nodePort), ends(end("192.168.0.1", "node01", "proxy"), end("10.244.2.1", "node02", "web-2")))
	for _, mode := range []Mode{IPTables, NFTables, IPVS} {
		for packet, want := range map[Packet]string{fromLaptop("192.168.0.1:30080"): "masked kept", fromNode("192.168.0.1:30080"): "masked masked"} {
			d := Decide(w.view(t), config(mode), packet)
			var got []string
			for _, e := range d.Endpoints {
				got = append(got, map[bool]string{true: "masked", false: "kept"}[e.Masked])
			}
			if strings.Join(got, " ") != want || !d.Masquerade {
				t.Errorf("%s, from %s: got %v, want %s", mode, packet.SrcKind, got, want)
			}
		}
	}
}

func TestNotChosenSaysWhy(t *testing.T) {
	w := newWorld(spec(nodePort), spec(etpLocal), ends(
		end("10.244.1.1", "node01", "web-1"), end("10.244.1.2", "node01", "web-4", unready),
		end("10.244.2.1", "node02", "web-2"), end("10.244.2.2", "node02", "web-3", dying)))
	d := Decide(w.view(t), config(IPTables), fromLaptop("192.168.0.1:30080"))
	var got []string
	for _, n := range d.NotChosen {
		got = append(got, n.PodName+": "+n.Why)
	}
	want := "web-4: not ready|web-2: on node02, and the traffic policy is Local|web-3: terminating, and others are ready"
	if strings.Join(got, "|") != want {
		t.Errorf("got %q", got)
	}
}

func TestDoors(t *testing.T) {
	w := newWorld(loadBalancer, spec(etpLocal), health, ends(end("10.244.2.1", "node02", "web-2")))
	doors := NodeDoors(w.view(t))
	if len(doors) != 2 {
		t.Fatalf("got %+v", doors)
	}
	np, hc := doors[0], doors[1]
	if np.Port != 30080 || strings.Join(np.Nodes, " ") != "node02" || strings.Join(np.Silent, " ") != "node01" || np.Closed {
		t.Errorf("node port: %+v", np)
	}
	if hc.Port != 32000 || hc.Via != ViaHealthCheck || strings.Join(hc.Nodes, " ") != "node02" {
		t.Errorf("health check: %+v", hc)
	}
	w = newWorld(spec(nodePort), spec(func(s *corev1.ServiceSpec) { s.ClusterIP, s.ClusterIPs = "", nil }))
	if doors := NodeDoors(w.view(t)); len(doors) != 0 {
		t.Errorf("a service without a cluster IP has doors: %+v", doors)
	}
	w = newWorld(spec(nodePort), ends())
	if doors := NodeDoors(w.view(t)); len(doors) != 1 || !doors[0].Closed {
		t.Errorf("got %+v", doors)
	}
}

func TestWhatMayNotBeReadIsNotOpen(t *testing.T) {
	view := liveView(t, "services", "endpointslices")
	if d := Decide(view, config(IPTables), fromPod("10.96.7.7:80")); d.Unread != "services" {
		t.Errorf("services unread: %s", brief(d))
	}
	view = liveView(t, "endpointslices")
	if d := Decide(view, config(IPTables), fromPod("10.96.7.7:80")); d.Unread != "endpointslices" {
		t.Errorf("slices unread: %s", brief(d))
	}
}
