package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestNodePorts(t *testing.T) {
	t.Run("a laptop comes in by any node's door, and the pod sees the node", func(t *testing.T) {
		tr := web(t).nodePort(30080).ask("lan/laptop", "curl http://172.20.128.7:30080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, kinds(tr), "start wire door rules.dnat rules.masquerade route.node wire route.node policy.ingress pod.in pod.socket answer reply reply reply reply.unmasquerade reply.undnat reply end")
		equal(t, places(tr), "laptop lan node02 lan node01 web-1 node01 lan node02 lan laptop")
		for _, o := range tr.Outcomes {
			equal(t, o.SourceSeen, "172.20.128.7")
			equal(t, o.Masqueraded, true)
		}
		mask := stepOf(tr, trace.StepRulesMasquerade)
		equal(t, mask.Before.Src, "172.20.128.50:40312")
		equal(t, mask.After.Src, "172.20.128.7:40312")
	})
	t.Run("with external traffic policy Local the pod sees the laptop", func(t *testing.T) {
		tr := web(t).nodePort(30080).local().ask("lan/laptop", "curl http://172.20.128.6:30080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, len(tr.Outcomes), 1)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.50")
		equal(t, tr.Outcomes[0].Masqueraded, false)
	})
	t.Run("and a node without an endpoint is silent (E2)", func(t *testing.T) {
		tr := lab(t).pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").nodePort(30080).local().
			ask("lan/laptop", "curl http://172.20.128.7:30080/")
		equal(t, summary(tr), "no-answer service.no-local-endpoints certain")
	})
	t.Run("a pod's source is not asked for locality (E6)", func(t *testing.T) {
		p := lab(t).pod("default/client", "node02", "10.244.2.5", "").pod("default/web-1", "node01", "10.244.1.4", "app=web").
			service("default/web", "10.96.7.7", "app=web", ":80:8080").nodePort(30080).local().listens("default", "app=web", 8080, "TCP", welcome)
		tr := p.ask("pod/default/client", "curl http://172.20.128.7:30080/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.2.5")
		tr = p.ask("pod/default/client", "curl http://172.20.128.7:30080/", "cluster-cidr=none")
		equal(t, tr.Verdict.Class, trace.NoAnswer)
	})
	t.Run("a node's port that nobody opened refuses, which no object proves", func(t *testing.T) {
		tr := web(t).ask("lan/laptop", "curl http://172.20.128.6:30081/")
		equal(t, summary(tr), "refused node.port-closed assumed")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Node", Name: "node01"})
	})
	t.Run("a node that is not ready stays silent", func(t *testing.T) {
		p := web(t).nodePort(30080)
		for _, o := range p.objects {
			if n, ok := o.(*corev1.Node); ok && n.Name == "node02" {
				n.Status.Conditions[0].Status = corev1.ConditionUnknown
			}
		}
		tr := p.ask("lan/laptop", "curl http://172.20.128.7:30080/")
		equal(t, summary(tr), "no-answer node.not-ready assumed")
	})
}

func TestLoadBalancers(t *testing.T) {
	shop := func(t *testing.T) *place {
		p := web(t).loadBalancer(30080, "198.51.100.80")
		p.around.LoadBalancers = []surroundings.LoadBalancer{{Service: "default/web", Layer: surroundings.LayerInternet}}
		return p
	}
	t.Run("the Internet comes in by the load balancer, at every node alike", func(t *testing.T) {
		tr := shop(t).ask("internet/user", "curl http://198.51.100.80/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, len(tr.Outcomes), 4)
		if a := assumption(tr, "entry-node"); a == nil || a.WouldFlip {
			t.Errorf("%+v", tr.Assumptions)
		}
		lb := stepOf(tr, trace.StepLoadBalancer)
		equal(t, lb.At, cluster.Ref{Kind: "LoadBalancer", Namespace: "default", Name: "web"})
		equal(t, lb.Layer, "internet")
	})
	t.Run("--via picks the node", func(t *testing.T) {
		tr, err := trace.Run(shop(t).view(), trace.Ask{From: "internet/user", Via: "node/node02", Command: []string{"curl", "http://198.51.100.80/"}})
		if err != nil {
			t.Fatal(err)
		}
		check(t, tr)
		equal(t, len(tr.Outcomes), 2)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.7")
	})
	t.Run("a private load-balancer address is not reached from the Internet (E24)", func(t *testing.T) {
		tr := web(t).loadBalancer(30080, "172.20.128.200").ask("internet/user", "curl http://172.20.128.200/")
		equal(t, summary(tr), "no-answer lb.private-address certain")
		tr = web(t).loadBalancer(30080, "172.20.128.200").ask("lan/laptop", "curl http://172.20.128.200/")
		equal(t, tr.Verdict.Class, trace.Answered)
	})
	t.Run("a balancer that is a proxy is reached outside, also by a pod (E7)", func(t *testing.T) {
		p := shop(t).change(func(s *corev1.Service) {
			proxy := corev1.LoadBalancerIPModeProxy
			s.Status.LoadBalancer.Ingress[0].IPMode = &proxy
		})
		tr := p.ask("pod/default/client", "curl http://198.51.100.80/")
		equal(t, tr.Verdict.Class, trace.Answered)
		if stepOf(tr, trace.StepLoadBalancer) == nil {
			t.Error(kinds(tr))
		}
		gates := 0
		for _, s := range tr.Course(-1) {
			if s.Kind == trace.StepPolicyEgress {
				gates++
			}
		}
		equal(t, gates, 1)
		tr = shop(t).ask("pod/default/client", "curl http://198.51.100.80/")
		if stepOf(tr, trace.StepLoadBalancer) != nil {
			t.Error("a VIP is answered by the pod's own node")
		}
	})
	t.Run("source ranges keep others out of the address, not out of the node port (E5)", func(t *testing.T) {
		fence := func(s *corev1.Service) { s.Spec.LoadBalancerSourceRanges = []string{"172.20.128.99/32"} }
		tr := web(t).loadBalancer(30080, "172.20.128.200").change(fence).ask("lan/laptop", "curl http://172.20.128.200/")
		equal(t, tr.Verdict.Reason, "lb.source-ranges")
		equal(t, tr.Verdict.Class, trace.NoAnswer)
		tr = web(t).loadBalancer(30080, "172.20.128.200").change(fence).ask("lan/laptop", "curl http://172.20.128.6:30080/")
		equal(t, tr.Verdict.Class, trace.Answered)
		tr = web(t).loadBalancer(30080, "172.20.128.200").change(fence).ask("pod/default/client", "curl http://172.20.128.200/")
		equal(t, tr.Verdict.Reason, "lb.source-ranges")
	})
}

func TestWalls(t *testing.T) {
	rows := []struct{ name, from, command, class, reason string }{
		{"the LAN has no route to a pod", "lan/laptop", "curl http://10.244.1.4:8080/", "no-answer", "boundary.no-route"},
		{"the Internet has no route to a pod", "internet/user", "curl http://10.244.1.4:8080/", "no-answer", ""},
		{"a silent host of the LAN has nothing described, so that listening is assumed", "pod/default/client", "nc -vz 172.20.128.60 22", "answered", "host.delivered"},
		{"a described host refuses its other ports", "pod/default/client", "curl http://172.20.128.50:81/", "refused", "host.port-closed"},
		{"an Internet host that nobody describes is off the map", "pod/default/client", "curl http://203.0.113.99/", "left-the-map", "outside.unknown"},
		{"a service's address means nothing on the LAN", "lan/laptop", "curl http://10.96.7.7/", "no-answer", ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tr := web(t).ask(r.from, r.command)
			equal(t, string(tr.Verdict.Class), r.class)
			if r.reason != "" {
				equal(t, tr.Verdict.Reason, r.reason)
			}
		})
	}
	t.Run("with a routed pod network the LAN reaches pods, and one answer stands beside the other", func(t *testing.T) {
		tr := web(t).ask("lan/laptop", "curl http://10.244.1.4:8080/", "pod-network=routed")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.50")
	})
}

func TestFromThePodOutwards(t *testing.T) {
	t.Run("a host of the LAN sees the node", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://172.20.128.50:8000/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.6")
		equal(t, *tr.Verdict.HTTPStatus, 200)
		equal(t, kinds(tr), "start pod.out rules.pass policy.egress route.out rules.masquerade wire host answer reply reply reply.unmasquerade end")
	})
	t.Run("the Internet sees the router", func(t *testing.T) {
		p := web(t)
		p.around.Hosts = append(p.around.Hosts, surroundings.Host{
			Name: "site", Layer: surroundings.LayerInternet, Addresses: p.around.Hosts[1].Addresses[:0:0],
			Listeners: []surroundings.HostListener{{Port: 80, Answers: []surroundings.Answer{{Path: "*", Status: 200}}}},
		})
		p.around.Hosts[1].Listeners = []surroundings.HostListener{{Port: 80, Answers: []surroundings.Answer{{Path: "*", Status: 200}}}}
		tr := p.ask("pod/default/client", "curl http://203.0.113.50/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].SourceSeen, "198.51.100.7")
		back := stepOf(tr, trace.StepReplyUnPAT)
		if back == nil || back.After.Dst != "172.20.128.6:40312" {
			t.Errorf("%+v", back)
		}
	})
}
