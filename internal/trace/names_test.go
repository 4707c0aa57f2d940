package trace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

func TestServicesByName(t *testing.T) {
	rows := []struct {
		name, from, host, question string
		tried                      int
	}{
		{"a short name in the same namespace is the first candidate", "pod/default/client", "web", "web.default.svc.cluster.local.", 0},
		{"name.namespace is the second", "pod/team/other", "web.default", "web.default.svc.cluster.local.", 1},
		{"name.namespace from its own namespace is tried there first", "pod/default/client", "web.default", "web.default.svc.cluster.local.", 1},
		{"name.namespace.svc is the third", "pod/default/client", "web.default.svc", "web.default.svc.cluster.local.", 2},
		{"a full name without a dot at its end is searched all the same (E15)", "pod/default/client", "web.default.svc.cluster.local", "web.default.svc.cluster.local.", 3},
		{"a full name with a dot at its end is asked at once", "pod/default/client", "web.default.svc.cluster.local.", "web.default.svc.cluster.local.", 0},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tr := web(t).pod("team/other", "node02", "10.244.2.9", "app=other").ask(r.from, "curl http://"+r.host+"/")
			want := "answered pod.delivered certain"
			if strings.Contains(r.name, "(E15)") {
				want = "answered pod.delivered assumed" // the node's own search domains come before the name as it is
			}
			equal(t, summary(tr), want)
			equal(t, tr.Lookup.Question, r.question)
			equal(t, tr.Lookup.RCode, "NOERROR")
			if diff := cmp.Diff([]string{"10.96.7.7"}, tr.Lookup.Addresses); diff != "" {
				t.Error(diff)
			}
			names := map[string]bool{}
			for _, q := range tr.Lookup.Tried {
				if q.Question != r.question {
					names[q.Question] = true
				}
			}
			equal(t, len(names), r.tried)
			equal(t, len(stepOf(tr, trace.StepDNSSearch).Tried), r.tried)
		})
	}
}

func TestQueriesAreTraffic(t *testing.T) {
	t.Run("a query goes to the cluster's DNS like any packet, as leg 0, and the connection is leg 1", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://web/")
		var query []string
		for _, s := range tr.Course(-1) {
			if s.Leg == 0 {
				query = append(query, string(s.Kind))
			}
		}
		equal(t, strings.Join(query, " "), "dns.search dns.query pod.out rules.dnat policy.egress route.node wire route.node policy.ingress pod.in pod.socket dns.answer reply reply reply reply.undnat reply")
		dnat := stepOf(tr, trace.StepRulesDNAT)
		equal(t, dnat.Before.Dst, "10.96.0.10:53")
		equal(t, dnat.After.Dst, "10.244.2.2:53")
		equal(t, dnat.Before.Protocol, "UDP")
		equal(t, stepOf(tr, trace.StepDNSAnswer).At, cluster.Ref{Kind: "Pod", Namespace: "kube-system", Name: "coredns-1"})
		for _, s := range tr.Steps {
			if s.Kind == trace.StepAnswer {
				equal(t, s.Leg, 1)
			}
		}
	})
	t.Run("an egress policy that forgets DNS stops the name, not the request (G13)", func(t *testing.T) {
		p := web(t).enforces().policy(`{metadata: {namespace: default, name: no-egress}, spec: {podSelector: {matchLabels: {app: client}}, policyTypes: [Egress]}}`)
		tr := p.ask("pod/default/client", "curl http://web/")
		equal(t, summary(tr), "name-not-found dns.blocked certain")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "NetworkPolicy", Namespace: "default", Name: "no-egress"})
		equal(t, tr.Verdict.Client.ExitCode, 6)
		equal(t, stepOf(tr, trace.StepPolicyEgress).Title, "out-gate closed")
	})
	t.Run("a policy before CoreDNS stops the name as well", func(t *testing.T) {
		p := web(t).enforces().policy(`{metadata: {namespace: kube-system, name: closed}, spec: {podSelector: {matchLabels: {k8s-app: kube-dns}}, policyTypes: [Ingress]}}`)
		tr := p.ask("pod/default/client", "curl http://web/")
		equal(t, summary(tr), "name-not-found dns.blocked certain")
		equal(t, stepOf(tr, trace.StepPolicyIngress).Title, "in-gate closed")
	})
	t.Run("one of two DNS pods behind a policy makes two courses", func(t *testing.T) {
		p := lab(t)
		p.objects = nil
		for _, o := range lab(t).objects {
			if o.GetName() != "kube-dns" && o.GetName() != "kube-dns-1" {
				p.objects = append(p.objects, o)
			}
		}
		p.pod("kube-system/coredns-2", "node01", "10.244.1.2", "k8s-app=kube-dns,closed=yes").service("kube-system/kube-dns", "10.96.0.10", "k8s-app=kube-dns", "dns:53:53/UDP")
		p.services()[0].Labels = map[string]string{"k8s-app": "kube-dns"}
		p.pod("default/client", "node01", "10.244.1.5", "").pod("default/web-1", "node01", "10.244.1.4", "app=web").
			service("default/web", "10.96.7.7", "app=web", ":80:8080").listens("default", "app=web", 8080, "TCP", welcome)
		tr := p.enforces().policy(`{metadata: {namespace: kube-system, name: closed}, spec: {podSelector: {matchLabels: {closed: "yes"}}, policyTypes: [Ingress]}}`).
			ask("pod/default/client", "curl http://web/")
		equal(t, tr.Verdict.Class, trace.Mixed)
		equal(t, len(tr.Outcomes), 2)
	})
	t.Run("no DNS pod at all is a quick failure", func(t *testing.T) {
		p := web(t)
		p.objects = nil
		for _, o := range web(t).objects {
			if o.GetName() != "kube-dns-1" && o.GetName() != "coredns-1" {
				p.objects = append(p.objects, o)
			}
		}
		tr := p.ask("pod/default/client", "curl http://web/")
		equal(t, tr.Verdict.Class, trace.NameNotFound)
		equal(t, tr.Verdict.Reason, "dns.no-answer")
	})
}

func TestNamesThatLeadNowhere(t *testing.T) {
	t.Run("a name that exists in another namespace says so", func(t *testing.T) {
		tr := web(t).pod("team/other", "node02", "10.244.2.9", "").ask("pod/team/other", "curl http://web/")
		equal(t, tr.Verdict.Reason, "dns.nxdomain")
		if !strings.Contains(tr.Verdict.Sentence, "service default/web is in another namespace") || tr.Verdict.Try[0].Command != "curl http://web.default/" {
			t.Errorf("%s %+v", tr.Verdict.Sentence, tr.Verdict.Try)
		}
	})
	t.Run("a laptop asks its own resolver, which knows no inner name (D11)", func(t *testing.T) {
		tr := web(t).ask("lan/laptop", "curl http://web.default.svc.cluster.local/")
		equal(t, tr.Verdict.Class, trace.NameNotFound)
	})
	t.Run("nslookup is nothing but the query", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "nslookup web")
		equal(t, summary(tr), "answered pod.delivered certain")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "Pod", Namespace: "kube-system", Name: "coredns-1"})
		for _, s := range tr.Steps {
			if s.Leg == 1 && s.Kind != trace.StepStart {
				t.Errorf("step %s of a connection", s.Kind)
			}
		}
	})
	t.Run("Alpine's library stops where glibc goes on, so the library matters (E15)", func(t *testing.T) {
		// With ndots 1 a name with one dot is asked as it is; glibc then walks the search list, musl does not.
		p := web(t).pod("default/lowered", "node01", "10.244.1.30", "", ndots("1"))
		tr := p.ask("pod/default/lowered", "curl http://web.default/")
		a := assumption(tr, "libc")
		if tr.Verdict.Class != trace.Answered || tr.Verdict.Certainty != trace.Assumed || a == nil || !a.WouldFlip {
			t.Fatalf("%s %+v", summary(tr), tr.Assumptions)
		}
		equal(t, tr.Alternatives[0].Verdict.Class, trace.NameNotFound)
		tr = p.ask("pod/default/lowered", "curl http://web.default/", "libc=musl")
		equal(t, tr.Verdict.Class, trace.NameNotFound)
	})
	t.Run("a pod's dashed name answers for any address, so that the failure comes later (E17)", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10-244-1-99.default.pod.cluster.local./")
		equal(t, tr.Verdict.Reason, "pod.gone")
		equal(t, tr.Lookup.Addresses[0], "10.244.1.99")
	})
	t.Run("a pod on the host network has its node's DNS, which knows no service (E18)", func(t *testing.T) {
		p := web(t).pod("default/agent", "node01", "172.20.128.6", "app=agent", func(pod *corev1.Pod) { pod.Spec.HostNetwork = true })
		p.around.Hosts = append(p.around.Hosts, surroundings.Host{Name: "node01", Resolver: "lan-dns"})
		tr := p.ask("pod/default/agent", "curl http://web.default.svc.cluster.local/")
		equal(t, tr.Verdict.Class, trace.NameNotFound)
		tr = p.ask("pod/default/agent", "curl http://10.96.7.7/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, tr.Outcomes[0].SourceSeen, "172.20.128.6")
	})
	t.Run("a headless name is a list of addresses, each as likely to be first, and no address is swapped (E16)", func(t *testing.T) {
		p := web(t).service("default/direct", "None", "app=web", ":80:8080")
		tr := p.ask("pod/default/client", "curl http://direct:8080/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, len(tr.Outcomes), 2)
		for _, s := range tr.Steps {
			if s.Leg > 0 && s.Kind == trace.StepRulesDNAT {
				t.Error("an address is swapped")
			}
		}
		tr = p.ask("pod/default/client", "curl http://direct/")
		equal(t, summary(tr), "refused pod.port-closed certain")
	})
}
