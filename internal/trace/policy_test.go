package trace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

func ndots(n string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.DNSConfig = &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &n}}}
	}
}

const onlyFriends = `
metadata: {namespace: default, name: only-friends}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {access: "true"}}}]}]`

func TestGates(t *testing.T) {
	t.Run("an in-gate that lacks a label drops, and says which", func(t *testing.T) {
		tr := web(t).enforces().policy(onlyFriends).ask("pod/default/client", "curl -m 2 http://10.96.7.7/")
		equal(t, summary(tr), "no-answer policy.ingress-denied certain")
		equal(t, tr.Verdict.Sentence, "NetworkPolicy default/only-friends drops traffic to pod default/web-1: pod client lacks access=true.")
		equal(t, *tr.Verdict.DecidedBy, cluster.Ref{Kind: "NetworkPolicy", Namespace: "default", Name: "only-friends"})
		equal(t, tr.Verdict.Try[0].Command, "kubectl -n default label pod client access=true")
		equal(t, tr.Verdict.Client.ExitCode, 28)
		gate := stepOf(tr, trace.StepPolicyIngress)
		equal(t, gate.At, cluster.Ref{Kind: "Pod", Namespace: "default", Name: "web-1"})
		equal(t, gate.Compared[len(gate.Compared)-1], trace.Comparison{What: "podSelector", Wanted: "access=true", Got: gate.Compared[len(gate.Compared)-1].Got, Holds: false})
		if end := tr.Steps[len(tr.Steps)-1]; end.Before != nil || end.After != nil {
			t.Error("no packet comes back from a gate that drops")
		}
	})
	t.Run("the same gate refuses where the plug-in rejects (E19)", func(t *testing.T) {
		tr := web(t).enforces().policy(onlyFriends).ask("pod/default/client", "curl http://10.96.7.7/", "policy=reject")
		equal(t, summary(tr), "refused policy.ingress-denied assumed")
		equal(t, tr.Verdict.Client.ExitCode, 7)
	})
	t.Run("and is open where nothing enforces it", func(t *testing.T) {
		tr := web(t).enforces().policy(onlyFriends).ask("pod/default/client", "curl http://10.96.7.7/", "policy=none")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, stepOf(tr, trace.StepPolicyIngress).Title, "in-gate not enforced")
	})
	t.Run("where no plug-in is seen the other answers stand beside", func(t *testing.T) {
		tr := web(t).policy(onlyFriends).ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "no-answer policy.ingress-denied assumed")
		equal(t, len(tr.Alternatives), 2)
		equal(t, tr.Alternatives[0].Assume["policy"], "reject")
		equal(t, tr.Alternatives[1].Verdict.Class, trace.Answered)
	})
	t.Run("an out-gate is asked about the endpoint, not the service (E8)", func(t *testing.T) {
		tr := web(t).enforces().policy(`
metadata: {namespace: default, name: to-service}
spec:
  podSelector: {matchLabels: {app: client}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.96.7.7/32}}], ports: [{port: 80}]}]`).ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, tr.Verdict.Reason, "policy.egress-denied")
		equal(t, kinds(tr), "start pod.out rules.dnat policy.egress end")
		equal(t, stepOf(tr, trace.StepPolicyEgress).At, cluster.Ref{Kind: "Node", Name: "node01"})
		tr = web(t).enforces().policy(`
metadata: {namespace: default, name: to-pods}
spec:
  podSelector: {matchLabels: {app: client}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]`).ask("pod/default/client", "curl http://10.96.7.7/")
		equal(t, summary(tr), "answered pod.delivered certain")
	})
	t.Run("a client's ipBlock sees the node that masked it (E9)", func(t *testing.T) {
		p := web(t).nodePort(30080).enforces().policy(`
metadata: {namespace: default, name: only-laptop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{ipBlock: {cidr: 172.20.128.50/32}}]}]`)
		tr := p.ask("lan/laptop", "curl http://172.20.128.6:30080/")
		var other *trace.Outcome
		for i, o := range tr.Outcomes {
			if o.Endpoint.Pod == "web-2" {
				other = &tr.Outcomes[i]
			}
		}
		if other == nil || other.Class != trace.NoAnswer || other.Reason != "policy.ingress-denied" || !other.Masqueraded {
			t.Errorf("%+v", other)
		}
		equal(t, tr.Verdict.Class, trace.Mixed)
	})
	t.Run("whether a filter on the entry node sees the client or the mask is never certain", func(t *testing.T) {
		tr := lab(t).pod("default/web-1", "node01", "10.244.1.4", "app=web").service("default/web", "10.96.7.7", "app=web", ":80:8080").nodePort(30080).
			listens("default", "app=web", 8080, "TCP", welcome).enforces().policy(`
metadata: {namespace: default, name: only-other}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{ipBlock: {cidr: 172.20.128.99/32}}]}]`).ask("lan/laptop", "curl http://172.20.128.6:30080/")
		equal(t, tr.Verdict.Certainty, trace.Assumed)
	})
	t.Run("a range that splits the network of an unnamed host cannot be told", func(t *testing.T) {
		p := web(t).nodePort(30080).local().enforces().policy(`
metadata: {namespace: default, name: half-a-lan}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{ipBlock: {cidr: 172.20.128.0/25}}]}]`)
		tr := p.ask("lan", "curl http://172.20.128.6:30080/")
		equal(t, summary(tr), "cannot-tell assumption.source-address unknown")
		equal(t, tr.ExitCode(), 4)
	})
	t.Run("every gate that is asked is a step, also where no policy selects", func(t *testing.T) {
		tr := web(t).ask("pod/default/client", "curl http://10.244.1.4:8080/")
		if !strings.Contains(stepOf(tr, trace.StepPolicyIngress).Sentence, "No policy selects pod default/web-1") {
			t.Error(stepOf(tr, trace.StepPolicyIngress).Sentence)
		}
	})
}
