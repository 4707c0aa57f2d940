package trace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

var welcome = surroundings.Answer{Path: "*", Status: 200, Body: "Welcome"}

// web is the lab with a client, two web pods on different nodes and a service before them.
func web(t *testing.T) *place {
	return lab(t).
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/web-1", "node01", "10.244.1.4", "app=web").
		pod("default/web-2", "node02", "10.244.2.4", "app=web").
		service("default/web", "10.96.7.7", "app=web", ":80:8080").
		listens("default", "app=web", 8080, "TCP", welcome)
}

func TestPodsByAddress(t *testing.T) {
	t.Run("a pod of the same node is reached without leaving it", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.1.4:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, kinds(tr), "start pod.out rules.pass policy.egress route.local policy.ingress pod.in pod.socket answer reply end")
		equal(t, places(tr), "client node01 web-1 node01 client")
		for _, s := range tr.Steps {
			if strings.Join(s.Changed, "") != "" && s.Kind != trace.StepAnswer {
				t.Errorf("%s changes %v: between pods nothing is translated", s.Kind, s.Changed)
			}
		}
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.1.5")
		equal(t, tr.Request.From.IP, "10.244.1.5")
	})
	t.Run("a pod of another node is reached over the LAN in an envelope", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.2.4:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, kinds(tr), "start pod.out rules.pass policy.egress route.node wire route.node policy.ingress pod.in pod.socket answer reply reply reply end")
		equal(t, places(tr), "client node01 lan node02 web-2 node02 lan node01 client")
		wire := stepOf(tr, trace.StepWire)
		equal(t, *wire.After.Outer, trace.Outer{Src: "172.20.128.6", Dst: "172.20.128.7"})
		equal(t, wire.After.Src, "10.244.1.5:40312")
		equal(t, wire.Layer, "lan")
	})
	t.Run("on a routed pod network there is no envelope", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.2.4:8080/", "pod-network=routed")
		if s := stepOf(tr, trace.StepWire); s.After.Outer != nil {
			t.Errorf("an envelope %+v", s.After.Outer)
		}
	})
	t.Run("a port on which nothing listens refuses", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.1.4:80/")
		equal(t, summary(tr), "refused pod.port-closed certain")
		equal(t, tr.Verdict.Client.ExitCode, 7)
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Pod", Namespace: "default", Name: "web-1"})
		equal(t, tr.ExitCode(), 3)
	})
	t.Run("localhost is the pod itself", func(t *testing.T) {
		tr := web(t).ask("pod/default/web-1", "curl http://127.0.0.1:8080/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, places(tr), "web-1")
	})
	t.Run("a container that waits refuses", func(t *testing.T) {
		tr := web(t).pod("default/broken", "node01", "10.244.1.66", "app=broken", crashing).ask("pod/default/client", "curl http://10.244.1.66/")
		equal(t, summary(tr), "refused pod.not-running assumed")
		if !strings.Contains(tr.Verdict.Sentence, "CrashLoopBackOff") {
			t.Error(tr.Verdict.Sentence)
		}
	})
	t.Run("an address that no pod has is silent", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.1.99/")
		equal(t, tr.Verdict.Reason, "pod.gone")
		equal(t, tr.Verdict.Class, trace.NoAnswer)
	})
	t.Run("a one-shot pod asks from a node that is assumed", func(t *testing.T) {
		tr := web(t).ask("", "kubectl run tmp --image=alpine/curl -it --rm --restart=Never --command -- curl http://10.244.1.4:8080/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Request.From, trace.Party{Kind: "Pod", Namespace: "default", Name: "tmp", IP: "10.244.1.6", Node: "node01"})
		if a := assumption(tr, "source-node"); a == nil || a.Value != "node01" || a.WouldFlip {
			t.Errorf("%+v", tr.Assumptions)
		}
	})
	t.Run("kubectl exec names the source, even before --from", func(t *testing.T) {
		tr := web(t).ask("lan/laptop", "kubectl exec client -- curl http://10.244.1.4:8080/")
		equal(t, tr.Request.From.Name, "client")
	})
	t.Run("ping needs no process", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "ping -c 1 10.244.1.4")
		equal(t, tr.Verdict.Class, trace.Answered)
	})
}

func assumption(t *trace.Trace, key string) *trace.Assumption {
	for i := range t.Assumptions {
		if t.Assumptions[i].Key == key {
			return &t.Assumptions[i]
		}
	}
	return nil
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestServicesByAddress(t *testing.T) {
	t.Run("the address is swapped on the client's node and put back there", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, len(tr.Outcomes), 2)
		equal(t, tr.Outcomes[0].Share, 0.5)
		equal(t, kinds(tr), "start pod.out rules.dnat policy.egress route.local policy.ingress pod.in pod.socket answer reply reply.undnat end")
		dnat := stepOf(tr, trace.StepRulesDNAT)
		equal(t, dnat.At, cluster.Ref{Kind: "Node", Name: "node01"})
		equal(t, dnat.Before.Dst, "10.96.7.7:80")
		equal(t, dnat.After.Dst, "10.244.1.4:8080")
		equal(t, strings.Join(dnat.Changed, ","), "dst")
		equal(t, *dnat.About, cluster.Ref{Kind: "Service", Namespace: "default", Name: "web"})
		back := stepOf(tr, trace.StepReplyUnDNAT)
		equal(t, back.After.Src, "10.96.7.7:80")
		equal(t, back.After.Dst, "10.244.1.5:40312")
		equal(t, *tr.Outcomes[0].Backend, trace.Backend{Kind: "Service", Namespace: "default", Name: "web", Port: 80})
		equal(t, tr.Outcomes[0].Masqueraded, false)
		equal(t, tr.Verdict.Sentence, "Service default/web answers HTTP 200, by any of 2 endpoints.")
	})
	t.Run("thirds add up to one", func(t *testing.T) {
		tr := web(t).
			pod("default/x-1", "node01", "10.244.1.11", "app=x").pod("default/x-2", "node01", "10.244.1.12", "app=x").pod("default/x-3", "node02", "10.244.2.13", "app=x").
			service("default/x", "10.96.7.8", "app=x", ":80:80").ask("pod/default/client", "curl http://10.96.7.8/")
		equal(t, len(tr.Outcomes), 3)
		equal(t, tr.Outcomes[1].Share, 0.333333)
	})
	t.Run("a service without a ready endpoint refuses (E2)", func(t *testing.T) {
		tr := lab(t).pod("default/client", "node01", "10.244.1.5", "").pod("default/web-1", "node01", "10.244.1.4", "app=web", unready).
			service("default/web", "10.96.7.7", "app=web", ":80:8080").ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "refused service.no-endpoints certain")
		equal(t, kinds(tr), "start pod.out rules.reject end")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Service", Namespace: "default", Name: "web"})
		equal(t, tr.Verdict.Try[0].Command, "kubectl -n default get endpointslices -l kubernetes.io/service-name=web")
	})
	t.Run("no local endpoint is silence, not refusal (E2)", func(t *testing.T) {
		tr := lab(t).pod("default/client", "node01", "10.244.1.5", "").pod("default/web-2", "node02", "10.244.2.4", "app=web").
			service("default/web", "10.96.7.7", "app=web", ":80:8080").change(func(s *corev1.Service) {
			local := corev1.ServiceInternalTrafficPolicyLocal
			s.Spec.InternalTrafficPolicy = &local
		}).ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "no-answer service.no-local-endpoints certain")
	})
	t.Run("a port that the service lacks times out in iptables and is refused in nftables (E1)", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.96.7.7:81/")
		equal(t, tr.Verdict.Class, trace.NoAnswer)
		equal(t, tr.Verdict.Reason, "service.port-undefined")
		tr = web(t).ask("pod/default/client", "curl http://10.96.7.7:81/", "proxy-mode=nftables")
		equal(t, tr.Verdict.Class, trace.Refused)
	})
	t.Run("where nothing shows kube-proxy's mode the other answer stands beside", func(t *testing.T) {
		p := web(t)
		p.objects = p.objects[:0:0]
		for _, o := range web(t).objects {
			if o.GetName() != "kube-proxy" {
				p.objects = append(p.objects, o)
			}
		}
		tr := p.ask("pod/default/client", "curl http://10.96.7.7:81/")
		equal(t, summary(tr), "no-answer service.port-undefined assumed")
		a := assumption(tr, "proxy-mode")
		if a == nil || !a.WouldFlip || a.Source != "default" || a.Value != "iptables" {
			t.Fatalf("%+v", a)
		}
		equal(t, len(tr.Alternatives), 2)
		equal(t, tr.Alternatives[0].Assume["proxy-mode"], "nftables")
		equal(t, tr.Alternatives[0].Verdict.Class, trace.Refused)
	})
	t.Run("one closed endpoint of two is mixed", func(t *testing.T) {
		p := web(t)
		p.around.Listeners = nil
		p.listens("default", "app=web,version=old", 8080, "TCP", welcome).listens("default", "app=web", 9000, "TCP")
		for _, o := range p.objects {
			if pod, ok := o.(*corev1.Pod); ok && pod.Name == "web-1" {
				pod.Labels["version"] = "old"
			}
		}
		tr := p.ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "mixed pod.port-closed certain")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Pod", Namespace: "default", Name: "web-2"})
		equal(t, tr.Verdict.Client.ExitCode, 7)
		if tr.Verdict.HTTPStatus != nil {
			t.Error("a mixed verdict has no status of its own")
		}
		equal(t, tr.ExitCode(), 3)
	})
	t.Run("a pod that is sent back to itself is masked (E23)", func(t *testing.T) {
		p := lab(t).pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080")
		tr := p.listens("default", "app=web", 8080, "TCP", welcome).ask("pod/default/web-1", "curl http://10.96.7.7/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].Masqueraded, true)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.6")
	})
	t.Run("what listens is assumed where nothing says so, and its opposite stands beside (E22)", func(t *testing.T) {
		p := lab(t).pod("default/client", "node01", "10.244.1.5", "").pod("default/server", "node01", "10.244.1.4", "app=server").
			service("default/server", "10.96.7.7", "app=server", ":80:80")
		tr := p.ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, tr.Verdict.Sentence, "Pod default/server answers, if it listens on port 80.")
		a := assumption(tr, "listening")
		if a == nil || !a.WouldFlip || len(tr.Alternatives) != 1 || tr.Alternatives[0].Verdict.Class != trace.Refused {
			t.Errorf("%+v %+v", a, tr.Alternatives)
		}
		tr = p.ask("pod/default/client", "curl http://10.96.7.7/", "listening=false")
		equal(t, summary(tr), "refused pod.port-closed assumed")
	})
}

// What is delivered on the node it came in at never leaves that node, so POSTROUTING never sees it.
func TestAHostNetworkEndpointOnTheEntryNodeSeesTheClient(t *testing.T) {
	p := lab(t).enforces().
		pod("default/a", "node01", "172.20.128.6", "app=w", onHost).
		service("default/w", "10.96.7.9", "app=w", ":80:8080").nodePort(30080).
		listens("default", "app=w", 8080, "TCP", welcome)
	here := p.ask("lan/laptop", "curl http://172.20.128.6:30080/")
	equal(t, here.Outcomes[0].Masqueraded, false)
	equal(t, here.Outcomes[0].SourceSeen, here.Request.From.IP)
	other := p.ask("lan/laptop", "curl http://172.20.128.7:30080/")
	equal(t, other.Outcomes[0].Masqueraded, true)
	equal(t, other.Outcomes[0].SourceSeen, "172.20.128.7")
}
