package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

func terminating(pod *corev1.Pod) {
	now := v1.NewTime(monday)
	pod.DeletionTimestamp = &now
}

func onHost(pod *corev1.Pod) { pod.Spec.HostNetwork = true }

// twoTiers is a service with one endpoint of tier a on node01 and two of tier b on node02.
func twoTiers(t *testing.T) *place {
	return lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/a", "node01", "10.244.1.6", "app=w,tier=a").
		pod("default/b", "node02", "10.244.2.6", "app=w,tier=b").
		pod("default/c", "node02", "10.244.2.7", "app=w,tier=b").
		service("default/w", "10.96.7.9", "app=w", ":80:8080").
		listens("default", "app=w", 8080, "TCP", welcome)
}

// far is a service with one endpoint, on node02.
func far(t *testing.T) *place {
	return lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/client2", "node02", "10.244.2.5", "app=client").
		pod("default/a", "node02", "10.244.2.6", "app=w").
		service("default/w", "10.96.7.9", "app=w", ":80:8080").
		listens("default", "app=w", 8080, "TCP", welcome)
}

const onlyLaptop = `
metadata: {namespace: default, name: only-laptop}
spec:
  podSelector: {matchLabels: {app: w}}
  policyTypes: [Ingress]
  ingress: [{from: [{ipBlock: {cidr: 172.20.128.50/32}}]}]`

const shut = `
metadata: {namespace: default, name: shut}
spec: {podSelector: {matchLabels: {tier: b}}, policyTypes: [Ingress]}`

// What programs of which the API shows nothing decide is assumed, and says so.
func TestWhatOthersDecideIsNeverCertain(t *testing.T) {
	hostPort := func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080, HostPort: 8081, Protocol: "TCP"}}
	}
	rows := []struct {
		name, from, command string
		at                  *place
		want, key           string
		flips               bool
	}{
		{"an ipBlock behind a masquerade on the pod's own node (E9)", "lan/laptop", "curl http://172.20.128.7:30080/", far(t).nodePort(30080).policy(onlyLaptop),
			"answered pod.delivered assumed", "policy-masquerade", false},
		{"an ipBlock behind a masquerade on another node (E9)", "lan/laptop", "curl http://172.20.128.6:30080/", far(t).nodePort(30080).policy(onlyLaptop),
			"no-answer policy.ingress-denied assumed", "policy-masquerade", false},
		{"a host port, which the network plug-in opens", "lan/laptop", "curl http://172.20.128.6:8081/", far(t).pod("default/hp", "node01", "10.244.1.30", "app=w", hostPort),
			"answered pod.delivered assumed", "host-ports", true},
		{"a pod that reaches itself through its service (E23)", "pod/default/a", "curl http://10.96.7.9/", twoTiers(t),
			"answered pod.delivered assumed", "pod-hairpin", true},
		{"a pod that has been told to stop", "pod/default/client", "curl http://10.244.2.20:8080/", far(t).pod("default/old", "node02", "10.244.2.20", "app=w", terminating),
			"answered pod.delivered assumed", "terminating-pod", true},
		{"a load balancer's address in the LAN", "lan/laptop", "curl http://172.20.128.200/", far(t).loadBalancer(30080, "172.20.128.200"),
			"answered pod.delivered assumed", "load-balancer", false},
		{"a node that is not Ready", "pod/default/client", "curl http://10.244.2.6:8080/", down(far(t), "node02"),
			"no-answer node.not-ready assumed", "node-down", true},
		{"a port of a node where a process of its own may listen", "pod/default/client", "curl http://172.20.128.6:9100/", far(t),
			"refused node.port-closed assumed", "node-listeners", true},
		{"an endpoint on the host network whose port no container declares (E22)", "pod/default/client", "curl http://10.96.7.50/", hostPods(t),
			"answered pod.delivered assumed", "listening", true},
		{"a policy over a pod on the host network (3.1)", "lan/laptop", "curl http://172.20.128.7:9100/", hostPods(t).listens("default", "app=h", 9100, "TCP", welcome).policy(`
metadata: {namespace: default, name: d}
spec: {podSelector: {matchLabels: {app: h}}, policyTypes: [Ingress]}`),
			"answered pod.delivered assumed", "policy-host-network", true},
		{"a program in kube-proxy's place (2.8)", "pod/default/client", "curl http://10.96.7.9/", far(t).yaml(&corev1.ConfigMap{}, `
metadata: {namespace: kube-system, name: cilium-config}
data: {kube-proxy-replacement: "true"}`),
			"answered pod.delivered assumed", "service-proxy", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tr := r.at.ask(r.from, r.command)
			equal(t, summary(tr), r.want)
			a := assumption(tr, r.key)
			if a == nil {
				t.Fatalf("no assumption %s among %+v", r.key, tr.Assumptions)
			}
			equal(t, a.WouldFlip, r.flips)
		})
	}
	t.Run("a given way of the pod network is no certainty", func(t *testing.T) {
		tr := far(t).ask("pod/default/client", "curl http://172.20.128.50:8000/", "pod-network=routed")
		equal(t, summary(tr), "answered host.delivered assumed")
		equal(t, tr.Outcomes[0].SourceSeen, "10.244.1.5")
	})
	t.Run("a pod at another node's port depends on whether its address is masked on the way (2.3)", func(t *testing.T) {
		tr := far(t).nodePort(30080).local().policy(`
metadata: {namespace: default, name: clients}
spec: {podSelector: {matchLabels: {app: w}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]}`).ask("pod/default/client", "curl http://172.20.128.7:30080/")
		equal(t, summary(tr), "no-answer policy.ingress-denied assumed")
		equal(t, assumption(tr, "pod-masquerade").WouldFlip, true)
		equal(t, slices.ContainsFunc(tr.Alternatives, func(a trace.Alternative) bool { return a.Assume["pod-masquerade"] == "false" }), true)
		for _, a := range tr.Alternatives {
			equal(t, a.Verdict.Class, trace.Answered)
		}
	})
	t.Run("another mode would open localhost to a node port, and that is listed", func(t *testing.T) {
		tr := far(t).nodePort(30080).ask("node/node01", "curl http://localhost:30080/", "proxy-mode=nftables")
		equal(t, tr.Verdict.Reason, "node.port-closed")
		if assumption(tr, "proxy-mode") == nil {
			t.Errorf("%+v", tr.Assumptions)
		}
		if !strings.Contains(tr.Verdict.Sentence, "loopback") {
			t.Errorf("%q", tr.Verdict.Sentence)
		}
	})
}

// hostPods is a service of two pods on the host network that declare no port.
func hostPods(t *testing.T) *place {
	return lab(t).enforces().
		pod("default/client", "node01", "10.244.1.5", "app=client").
		pod("default/h1", "node01", "172.20.128.6", "app=h", onHost).
		pod("default/h2", "node02", "172.20.128.7", "app=h", onHost).
		service("default/h", "10.96.7.50", "app=h", ":80:9100")
}

func down(p *place, node string) *place {
	for _, o := range p.objects {
		if n, ok := o.(*corev1.Node); ok && n.Name == node {
			n.Status.Conditions[0].Status = corev1.ConditionUnknown
		}
	}
	return p
}

// A verdict names the cause and the values, so that the next step follows from it.
func TestVerdictsSayWhatToLookAt(t *testing.T) {
	rows := []struct {
		name, from, command string
		at                  *place
		sentence            string
		try                 string // in one of the commands
	}{
		{"a service's address answers no ping", "pod/default/client", "ping 10.96.7.9", far(t),
			"Service default/w answers no ping: its address exists only in rules for its ports, 80/TCP.", "nc -zv 10.96.7.9 80"},
		{"an undefined port comes with those that are defined", "pod/default/client", "curl http://10.96.7.9:81/", far(t),
			"Service default/w defines no port 81/TCP, only 80/TCP: nothing answers.", "get service w"},
		{"a share is that of all who fail alike", "pod/default/client", "curl http://10.96.7.9/", twoTiers(t).policy(shut),
			"NetworkPolicy default/shut drops traffic to pod default/b: it has no rule that admits anybody (67% fail so, 33% are answered).", "describe networkpolicy shut"},
		{"a selector that finds nobody", "pod/default/client", "curl http://10.96.8.8/", far(t).service("default/none", "10.96.8.8", "app=none", ":80:80"),
			"Service default/none has no ready endpoint, no pod has app=none: node node01 refuses 10.96.8.8:80.", "get endpointslices"},
		{"endpoints that are not ready are counted", "pod/default/client", "curl http://10.96.8.8/", far(t).pod("default/u", "node02", "10.244.2.30", "app=u", unready).service("default/u", "10.96.8.8", "app=u", ":80:80"),
			"Service default/u has no ready endpoint, 1 endpoint not ready: node node01 refuses 10.96.8.8:80.", "get endpointslices"},
		{"a pod on the host network asks its node's DNS (E18)", "pod/default/host", "curl http://w/", far(t).pod("default/host", "node01", "172.20.128.6", "app=host", onHost),
			"Name w does not exist: pod default/host asks its node's DNS, not the cluster's, since it is on the host network with dnsPolicy ClusterFirst.", "dnsPolicy"},
		{"an address that a completed pod had", "pod/default/client", "curl http://10.244.2.20/", far(t).pod("default/job", "node02", "10.244.2.20", "app=job", func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }),
			"Pod default/job has ended and left 10.244.2.20: no pod has that address now.", "get pods"},
		{"an ingress of another class", "lan/laptop", `curl -H "Host: o.test" http://172.20.128.6:30080/`, shop(t).yaml(&networkingv1.Ingress{}, `
metadata: {namespace: default, name: other}
spec: {ingressClassName: other, rules: [{host: o.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}`),
			"No controller serves Ingress default/other, class other does not exist: controller ingress-nginx/ingress-nginx-controller answers 404.", "get ingressclasses"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tr := r.at.ask(r.from, r.command)
			equal(t, tr.Verdict.Sentence, r.sentence)
			if !slices.ContainsFunc(tr.Verdict.Try, func(x trace.Try) bool { return strings.Contains(x.Command, r.try) }) {
				t.Errorf("no command with %q in %+v", r.try, tr.Verdict.Try)
			}
		})
	}
	t.Run("session affinity is told where the endpoint is chosen", func(t *testing.T) {
		tr := twoTiers(t).change(func(s *corev1.Service) { s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP }).ask("pod/default/client", "curl http://10.96.7.9/")
		if s := stepOf(tr, trace.StepRulesDNAT).Sentence; !strings.Contains(s, "the same one for 10800 s") {
			t.Errorf("%q", s)
		}
	})
	t.Run("a blocked query costs glibc 5 s for each of 2 attempts at each of 2 names (1.5)", func(t *testing.T) {
		p := far(t).policy(`
metadata: {namespace: default, name: e}
spec: {podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{ports: [{port: 8080}]}]}`)
		tr := p.ask("pod/default/client", "curl http://w/")
		equal(t, tr.Verdict.Client.Message, "curl: (6) Could not resolve host: w")
		equal(t, tr.Steps[len(tr.Steps)-1].Sentence, "curl ends with exit code 6 after about 20 s and prints: curl: (6) Could not resolve host: w.")
		equal(t, p.ask("pod/default/client", "curl -m 3 http://w/").Verdict.Client.ExitCode, 28)
	})
	t.Run("whether a pod's port speaks TLS is never certain", func(t *testing.T) {
		tr := far(t).ask("pod/default/client", "curl -k https://10.244.2.6:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "tls-port").WouldFlip, true)
		tr = far(t).ask("pod/default/client", "curl https://10.244.2.6:8080/")
		equal(t, summary(tr), "answered pod.delivered assumed")
		equal(t, assumption(tr, "certificate").WouldFlip, true)
		equal(t, tr.Alternatives[len(tr.Alternatives)-1].Verdict.Reason, "tls.name-mismatch")
		equal(t, tr.Alternatives[len(tr.Alternatives)-1].Verdict.Client.ExitCode, 60)
	})
	t.Run("what is looked up is shown, whatever its type", func(t *testing.T) {
		tr := far(t).ask("pod/default/client", "dig SRV w.default.svc.cluster.local")
		if !strings.Contains(tr.Verdict.Sentence, "is SRV ") {
			t.Errorf("%q", tr.Verdict.Sentence)
		}
	})
	t.Run("a wire of the Internet is not called LAN", func(t *testing.T) {
		p := far(t)
		p.around.Hosts[1].Listeners = nil
		tr := p.ask("internet/user", "curl http://1.1.1.1/")
		equal(t, stepOf(tr, trace.StepWire).Title, "on the Internet")
	})
}

// The ingress controller is the one that is given.
func TestGivenIngressController(t *testing.T) {
	t.Run("another product behaves otherwise in the same place", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", ask+"/missing", "ingress-controller=traefik")
		equal(t, tr.Verdict.Class, trace.Answered) // without its service the longer rule makes no router, and / takes the request
		equal(t, assumption(tr, "ingress-controller").Source, "given")
	})
	t.Run("one that nobody knows cannot be told", func(t *testing.T) {
		tr := shop(t).ask("lan/laptop", ask+"/", "ingress-controller=acme")
		equal(t, summary(tr), "cannot-tell assumption.ingress-controller unknown")
	})
}

// Whatever the objects are called, and in whatever order they come, the network is the same.
func TestNamesDoNotMatter(t *testing.T) {
	build := func(app, service string) *place {
		return lab(t).enforces().
			pod("default/client", "node01", "10.244.1.5", "app=client").
			pod("default/"+app+"-1", "node01", "10.244.1.4", "app="+app).
			pod("default/"+app+"-2", "node02", "10.244.2.4", "app="+app).
			service("default/"+service, "10.96.7.7", "app="+app, ":80:8080").
			listens("default", "app="+app, 8080, "TCP", welcome).
			policy(fmt.Sprintf(`
metadata: {namespace: default, name: %s-gate}
spec: {podSelector: {matchLabels: {app: %[1]s}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 8080}]}]}`, app))
	}
	want := build("web", "web").ask("pod/default/client", "curl http://web/")
	for _, names := range [][2]string{{"zebra", "zebra"}, {"aa", "zz"}, {"tls", "com"}, {"kube-dns", "svc"}} {
		got := build(names[0], names[1]).ask("pod/default/client", "curl http://"+names[1]+"/")
		equal(t, summary(got), summary(want))
		equal(t, len(got.Outcomes), len(want.Outcomes))
		equal(t, kinds(got), kinds(want))
	}
}

// Policies are a union: a rule more never closes anything.
func TestOneMoreRuleNeverCloses(t *testing.T) {
	rules := []string{
		"{}", "{from: [{podSelector: {}}]}", "{from: [{namespaceSelector: {}}], ports: [{port: 8080}]}", "{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}", "{ports: [{port: 1}]}",
		"{from: [{ipBlock: {cidr: 172.20.0.0/16, except: [172.20.128.0/24]}}]}", "{from: [{podSelector: {matchLabels: {app: nobody}}}]}",
	}
	requests := [][2]string{
		{"pod/default/client", "curl http://10.96.7.9/"}, {"node/node01", "curl http://10.244.2.6:8080/"}, {"lan/laptop", "curl http://172.20.128.6:30080/"},
		{"lan/laptop", "curl http://172.20.128.7:30080/"}, {"pod/default/a", "curl http://10.96.7.9/"},
	}
	for _, base := range append([]string{""}, rules...) {
		for _, more := range rules {
			build := func(list ...string) *place {
				return twoTiers(t).nodePort(30080).policy(fmt.Sprintf(`
metadata: {namespace: default, name: p}
spec: {podSelector: {matchLabels: {tier: b}}, policyTypes: [Ingress], ingress: [%s]}`, strings.Trim(strings.Join(list, ", "), ", ")))
			}
			for _, q := range requests {
				before, after := answered(build(base).ask(q[0], q[1])), answered(build(base, more).ask(q[0], q[1]))
				if after < before-1e-6 {
					t.Errorf("%s $ %s: with %s %v are answered, with %s more %v", q[0], q[1], base, before, more, after)
				}
			}
		}
	}
}

func answered(tr *trace.Trace) float64 {
	sum := 0.0
	for _, o := range tr.Outcomes {
		if o.Class == trace.Answered {
			sum += o.Share
		}
	}
	return sum
}
