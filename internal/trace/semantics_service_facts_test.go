package trace_test

import (
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// What tells how services are made, and what is said where nothing does.
func TestSemanticsA20AndA28(t *testing.T) {
	web := svc("w", "") + bothEnds
	daemon := func(name, image, args string) string {
		return "\n---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {namespace: kube-system, name: " + name + "}\n" +
			"spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: " + image + ", args: [" + args + "]}]}}}\n"
	}
	rows := []struct {
		name, objects, config string // an empty config is none at all
		want                  string // of an undefined port, which every mode answers in its own way
		source                string // of the fact proxy-mode
		flips                 bool
		alternatives          string
	}{
		{"an empty mode is iptables", web, "mode: ''\nclusterCIDR: 10.244.0.0/16\n", "no-answer service.port-undefined assumed", "detected", false, ""},
		{"nftables has to be asked for", web, "mode: nftables\n", "refused service.port-undefined certain", "", false, ""},
		{"ipvs", web, "mode: ipvs\n", "refused service.port-undefined certain", "", false, ""},
		{"nothing shows it", web, "", "no-answer service.port-undefined assumed", "default", true, "nftables refused, ipvs refused"},
		{"a mode of another system shows nothing", web, "mode: kernelspace\n", "no-answer service.port-undefined assumed", "default", true, "nftables refused, ipvs refused"},
		{"flags of a DaemonSet", web + daemon("kube-proxy", "registry.k8s.io/kube-proxy:v1.36.3", "--proxy-mode=nftables"), "", "refused service.port-undefined certain", "", false, ""},
		{"Cilium in kube-proxy's place is never certain", web + "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: kube-system, name: cilium-config}\ndata: {kube-proxy-replacement: 'true'}\n",
			"mode: nftables\n", "refused service.port-undefined assumed", "", false, ""},
		{"nor is Antrea", web + daemon("antrea-agent", "antrea/antrea-agent-ubuntu:v2.4.0", ""), "mode: nftables\n", "refused service.port-undefined assumed", "", false, ""},
		{"nor is OVN-Kubernetes", web + daemon("ovnkube-node", "ghcr.io/ovn-kubernetes/ovn-kube:1", ""), "mode: nftables\n", "refused service.port-undefined assumed", "", false, ""},
	}
	for _, r := range rows {
		t.Run("A2.0: "+r.name, func(t *testing.T) {
			tr := town(t).add(r.objects).proxy(r.config).ask("pod/default/client", "curl http://10.96.7.9:81/")
			equal(t, summary(tr), r.want)
			source, flips := "", false
			if a := assumption(tr, "proxy-mode"); a != nil {
				source, flips = a.Source, a.WouldFlip
			}
			if r.source != "" {
				equal(t, source, r.source)
			}
			equal(t, flips, r.flips)
			var others []string
			for _, a := range tr.Alternatives {
				if mode := a.Assume["proxy-mode"]; mode != "" {
					others = append(others, mode+" "+string(a.Verdict.Class))
				}
			}
			equal(t, strings.Join(others, ", "), r.alternatives)
		})
	}
	for _, service := range []string{"cilium", "antrea"} {
		t.Run("A2.8: whatever is asked of "+service+", nothing is certain", func(t *testing.T) {
			objects := web + map[string]string{
				"cilium": "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: kube-system, name: cilium-config}\ndata: {kube-proxy-replacement: 'true'}\n",
				"antrea": daemon("antrea-agent", "antrea/antrea-agent-ubuntu:v2.4.0", ""),
			}[service] + svc("np", asNodePort+"clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10]")
			for _, command := range []string{"curl http://10.96.7.9/", "curl http://10.96.7.9:81/", "curl http://10.96.7.10/", "curl http://10.96.200.200/", "ping -c 1 10.96.7.9", "curl http://172.20.128.6:30080/"} {
				for _, mode := range []string{"iptables", "nftables", "ipvs"} {
					tr := town(t).add(objects).proxy("mode: "+mode+"\nclusterCIDR: 10.244.0.0/16\n").ask("pod/default/client", command)
					if tr.Verdict.Certainty == trace.Certain || assumption(tr, "service-proxy") == nil && tr.Verdict.Reason != "service.unknown-address" {
						t.Errorf("%s in mode %s: %s, %+v", command, mode, summary(tr), tr.Assumptions)
					}
				}
			}
		})
	}
}

func TestSemanticsA23Told(t *testing.T) {
	t.Run("A2.3 row 15: kube-proxy answers health checks with a body of its own", func(t *testing.T) {
		objects := svc("w", asLoadBalancer+"externalTrafficPolicy: Local, healthCheckNodePort: 32000")
		tr := town(t).add(objects+slice("w", web8080, "a", "host", "b")).ask("lan/laptop", "curl -v http://172.20.128.6:32000/anything")
		equal(t, summary(tr), "answered http.status assumed")
		equal(t, *tr.Verdict.HTTPStatus, 200)
		answer := stepOf(tr, trace.StepAnswer)
		equal(t, answer.After.HTTP.Headers["X-Load-Balancing-Endpoint-Weight"], "2")
		if !strings.Contains(answer.After.HTTP.Body, `"localEndpoints": 2`) {
			t.Errorf("%q", answer.After.HTTP.Body)
		}
		tr = town(t).add(objects+farEnd).ask("lan/laptop", "curl http://172.20.128.6:32000/")
		equal(t, *tr.Verdict.HTTPStatus, 503)
		equal(t, tr.ExitCode(), 3)
	})
	t.Run("A2.3: a pod at another node's port with policy Local and none there: masked it is a stranger, and else the reply does not come back through that node", func(t *testing.T) {
		objects := svc("w", asNodePort+"externalTrafficPolicy: Local") + slice("w", web8080, "a")
		tr := town(t).add(objects).ask("pod/default/client", "curl http://172.20.128.7:30080/")
		equal(t, summary(tr), "no-answer service.no-local-endpoints assumed")
		a := assumption(tr, "pod-masquerade")
		if a == nil || a.WouldFlip || len(tr.Alternatives) > 0 {
			t.Errorf("%+v\n%+v", tr.Assumptions, tr.Alternatives)
		}
	})
	t.Run("A2.3: two claims of one address and port stand side by side", func(t *testing.T) {
		objects := svc("w", "externalIPs: [198.51.100.9]") + farEnd + svc("v", "clusterIP: 10.96.7.10, clusterIPs: [10.96.7.10], externalIPs: [198.51.100.9], externalTrafficPolicy: Local") + slice("v", web8080, "a")
		tr := town(t).add(objects).proxy("mode: iptables\n").ask("pod/default/client2", "curl http://198.51.100.9/")
		equal(t, summary(tr), "mixed service.no-local-endpoints assumed")
		equal(t, len(tr.Outcomes), 2)
		if assumption(tr, "duplicate-address") == nil {
			t.Errorf("%+v", tr.Assumptions)
		}
	})
	t.Run("A2.3: a label that leaves a service to another proxy is no certainty", func(t *testing.T) {
		p := town(t).add(svc("w", "") + bothEnds).proxy("mode: nftables\n")
		p.services()[1].Labels = map[string]string{"service.kubernetes.io/service-proxy-name": "mine"}
		tr := p.ask("pod/default/client", "curl http://10.96.7.9/")
		equal(t, summary(tr), "no-answer service.not-proxied assumed")
	})
	t.Run("A2.6: affinity and turns are told where the endpoint is chosen", func(t *testing.T) {
		p := town(t).add(svc("w", "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}") + bothEnds)
		sentence := stepOf(p.ask("pod/default/client", "curl http://10.96.7.9/"), trace.StepRulesDNAT).Sentence
		if !strings.Contains(sentence, "at random") || !strings.Contains(sentence, "the same one for 60 s") {
			t.Errorf("%q", sentence)
		}
		sentence = stepOf(p.proxy("mode: ipvs\n").ask("pod/default/client", "curl http://10.96.7.9/"), trace.StepRulesDNAT).Sentence
		if !strings.Contains(sentence, "in turn") {
			t.Errorf("%q", sentence)
		}
	})
	t.Run("A2.3: the rules of the node are shown for the endpoint that the step goes to", func(t *testing.T) {
		tr := town(t).add(svc("w", "")+bothEnds).ask("pod/default/client", "curl http://10.96.7.9/")
		rule := stepOf(tr, trace.StepRulesDNAT).Rule
		if !rule.Exact || !strings.Contains(rule.Text, "--to-destination 10.244.1.6:8080") || strings.Contains(rule.Text, "10.244.2.6") {
			t.Errorf("exact %v\n%s", rule.Exact, rule.Text)
		}
		tr = town(t).add(svc("w", "")+noEnd).proxy("mode: nftables\n").ask("pod/default/client", "curl http://10.96.7.9/")
		rule = stepOf(tr, trace.StepRulesReject).Rule
		equal(t, rule.Text, `10.96.7.9 . tcp . 80 comment "default/w" : goto reject-chain`)
		equal(t, rule.Where, "nft list map ip kube-proxy no-endpoint-services on node01")
	})
}
