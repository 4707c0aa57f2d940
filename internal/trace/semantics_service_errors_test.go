package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// The errors that naive implementations make with services (SEMANTICS.md E), each with a request that shows it.
func TestSemanticsEServices(t *testing.T) {
	local := asLoadBalancer + "externalTrafficPolicy: Local"
	rows := []serviceRow{
		{name: "E1: an undefined port of a ClusterIP", objects: svc("w", "") + bothEnds, from: "pod/default/client", command: "curl http://10.96.7.9:81/",
			want: "no-answer service.port-undefined assumed", nft: "refused service.port-undefined certain", ipvs: "refused service.port-undefined certain"},
		{name: "E2: no endpoints refuse", objects: svc("w", "internalTrafficPolicy: Local"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "refused service.no-endpoints certain", ipvs: "refused service.no-endpoints assumed"},
		{name: "E2: no local endpoints are silent", objects: svc("w", "internalTrafficPolicy: Local") + farEnd, from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "no-answer service.no-local-endpoints certain", ipvs: "refused service.no-local-endpoints assumed"},
		{name: "E3: slices are joined by the port's name, not its number", objects: svc("w", "ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 9090}]") +
			slice("w", "{name: b, port: 8080, protocol: TCP}, {name: a, port: 9090, protocol: TCP}", "a"), from: "pod/default/client", command: "curl http://10.96.7.9:81/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5"},
		{name: "E4: conditions of slices count, not the pods' labels or readiness", objects: svc("w", "selector: {app: nobody}") + slice("w", web8080, "a unready", "b"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5"},
		{name: "E4: serving and terminating ones are the last resort", objects: svc("w", "") + slice("w", web8080, "a dying", "b dead"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.1.5"},
		{name: "E5: source ranges do not guard the NodePort", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [198.18.0.0/15]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://172.20.128.6:30080/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*"},
		{name: "E5: and they do guard against pods", objects: svc("w", asLoadBalancer+"loadBalancerSourceRanges: [198.18.0.0/15]") + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "no-answer lb.source-ranges certain"},
		{name: "E6: externalTrafficPolicy Local is not for pods", objects: svc("w", local) + publicVIP + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<10.244.1.5"},
		{name: "E6: nor for the node", objects: svc("w", local) + publicVIP + farEnd, from: "node/node01", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered certain", seen: "10.244.2.6<172.20.128.6*", ipvsSeen: "10.244.2.6<172.20.128.6"},
		{name: "E7: ipMode Proxy is no VIP", objects: svc("w", local) + "\nstatus: {loadBalancer: {ingress: [{ip: 198.51.100.9, ipMode: Proxy}]}}\n" + farEnd, from: "pod/default/client", command: "curl http://198.51.100.9/",
			want: "answered pod.delivered assumed", seen: "10.244.2.6<198.51.100.9*"},
		{name: "E20: one missing hint disables them all", objects: svc("w", "") + slice("w", web8080, "a", "b zone=z2"), from: "pod/default/client2", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered certain", seen: "10.244.1.6<10.244.2.5 0.5, 10.244.2.6<10.244.2.5 0.5"},
		{name: "E23: a pod that is sent back to itself is masked, its neighbours are not", objects: svc("w", "") + slice("w", web8080, "client", "a"), from: "pod/default/client", command: "curl http://10.96.7.9/",
			want: "answered pod.delivered assumed", seen: "10.244.1.5<172.20.128.6* 0.5, 10.244.1.6<10.244.1.5 0.5"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) { r.run(t) })
	}
	t.Run("E10: an ingress controller goes past internalTrafficPolicy and affinity", func(t *testing.T) {
		p := shop(t)
		for _, s := range p.services() {
			if s.Name == "web" {
				only := corev1.ServiceInternalTrafficPolicyLocal
				s.Spec.InternalTrafficPolicy, s.Spec.SessionAffinity = &only, corev1.ServiceAffinityClientIP
			}
		}
		tr := p.ask("lan/laptop", ask+"/")
		equal(t, tr.Verdict.Class, trace.Answered)
		equal(t, len(tr.Outcomes), 2) // one of them on another node than the controller's
	})
}
