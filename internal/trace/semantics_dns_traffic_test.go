package trace_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// egress is a policy under which the client may send to port 8080, and what else rules say.
func egress(rules string) func(*place) {
	return func(p *place) {
		p.nodesAsk("lan-dns").guard("e", "{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{ports: [{port: 8080}]}"+rules+"]}")
	}
}

// calico and kubeRouter are plug-ins that enforce, one silently and one with an answer.
func calico(f func(*place)) func(*place) { return func(p *place) { f(p.enforces()) } }

func kubeRouter(f func(*place)) func(*place) {
	return func(p *place) { f(p.daemonSet("kube-router", "docker.io/cloudnativelabs/kube-router:v2.6.0")) }
}

// manyPods are so many endpoints of a headless service that the answer does not fit into 512 bytes.
func manyPods(p *place) *place {
	for i := range 40 {
		p.pod(fmt.Sprintf("default/many-%d", i), "node02", fmt.Sprintf("10.244.2.%d", 100+i), "app=many")
	}
	return p.service("default/many", "None", "app=many", ":80:8080").listens("default", "app=many", 8080, "TCP", welcome)
}

func TestSemanticsA15(t *testing.T) {
	const (
		toDNS      = ", {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}"
		toDNSByTCP = ", {to: [{namespaceSelector: {}}], ports: [{port: 53}]}"
		toService  = ", {to: [{ipBlock: {cidr: 10.96.0.10/32}}], ports: [{port: 53, protocol: UDP}]}"
		blocked    = "name-not-found dns.blocked certain"
		noReply    = "6 curl: (6) Could not resolve host: web"
	)
	closedDNS := "{metadata: {namespace: kube-system, name: closed}, spec: {podSelector: {matchLabels: {k8s-app: kube-dns}}, policyTypes: [Ingress]}}"
	headless := func(listens string) func(*place) {
		return func(p *place) {
			p.pod("default/h1", "node01", "10.244.1.71", "app=h,n=1").pod("default/h2", "node02", "10.244.2.71", "app=h,n=2").service("default/h", "None", "app=h", "http:80:8080").
				listens("default", listens, 8080, "TCP", welcome)
			p.around.Listeners = append(p.around.Listeners, surroundings.Listener{Namespace: "default", Selector: "app=h", Port: 9999, Protocol: "TCP"})
		}
	}
	askNames(t, []dnsRow{
		{name: "A1.5: no policy", want: found, looked: webLooked},
		{name: "A1.5 row 1: an egress policy without a rule for DNS, a plug-in that drops", change: calico(egress("")), want: blocked, prints: noReply, says: "after about 20 s"},
		{name: "A1.5 row 1: a shorter limit of curl's own ends the wait", change: calico(egress("")), ask: "curl -m 3 http://web/", want: blocked, prints: "28 curl: (28) Resolving timed out after 3001 milliseconds"},
		{name: "A1.5 row 1: so does --connect-timeout", change: calico(egress("")), ask: "curl --connect-timeout 5 http://web/", want: blocked, prints: "28 curl: (28) Resolving timed out after 5001 milliseconds"},
		{name: "A1.5 row 1: a longer one does not", change: calico(egress("")), ask: "curl -m 60 http://web/", want: blocked, prints: noReply},
		{name: "A1.5 row 1: a name that ends in a dot is one name", change: calico(egress("")), ask: "curl http://web.default.svc.cluster.local./", want: blocked, says: "after about 10 s"},
		{name: "A1.5 row 1: options of resolv.conf shorten the wait", change: calico(func(p *place) {
			egress("")(p)
			p.other(dnsConfig("timeout=1", "attempts=1")).guard("o", "{podSelector: {matchLabels: {app: other}}, policyTypes: [Egress]}")
		}), from: "pod/default/other", want: blocked, says: "after about 2 s"},
		{name: "A1.5 row 1: a rule for the DNS pods opens it", change: calico(egress(toDNS)), want: found, looked: webLooked},
		{name: "A1.5 row 1: a rule for TCP does not", change: calico(egress(toDNSByTCP)), want: blocked},
		{name: "A1.5 row 1: but for who asks over TCP", change: calico(egress(toDNSByTCP)), ask: "dig +tcp web.default.svc.cluster.local", want: found},
		{name: "A1.5 row 1: a default deny for all", change: calico(func(p *place) { p.guard("d", "{podSelector: {}, policyTypes: [Ingress, Egress]}") }), want: blocked},
		{name: "A1.5 row 1: the DNS pods' own ingress counts as well", change: calico(func(p *place) { p.nodesAsk("lan-dns").policy(closedDNS) }), want: blocked, prints: noReply},
		{name: "A1.5 row 1: nslookup hears nothing", change: calico(egress("")), ask: "nslookup web", want: blocked, prints: "1 ;; connection timed out; no servers could be reached"},
		{name: "A1.5 row 1: nor does dig", change: calico(egress("")), ask: "dig web.default.svc.cluster.local", want: blocked, prints: "9 ;; no servers could be reached"},
		{name: "A1.5 row 1: where nobody says what enforces it is assumed", change: egress(""), want: "name-not-found dns.blocked assumed"},
		{name: "A1.5 row 1: where nothing enforces it is open", change: egress(""), assume: "policy=none", want: "answered pod.delivered assumed"},
		{name: "A1.5 row 1: an address needs no DNS", change: calico(egress("")), ask: "curl http://10.96.7.7/", want: found},
		{name: "A1.5 row 2: a plug-in that rejects: the policy blocks it all the same, at once", change: kubeRouter(egress("")), want: blocked, prints: noReply, looked: webName, tried: "-"},
		{name: "A1.5 row 2: no limit is reached", change: kubeRouter(egress("")), ask: "curl -m 3 http://web/", want: blocked, prints: noReply},
		{name: "A1.5 row 2: given instead of seen", change: egress(""), assume: "policy=reject", want: "name-not-found dns.blocked assumed", prints: noReply},
		{name: "A1.5 row 2: musl's socket does not hear of it and waits", change: kubeRouter(func(p *place) { egress("")(p) }), ask: "curl -m 3 http://web/", assume: "libc=musl", want: blocked,
			prints: "28 curl: (28) Resolving timed out after 3001 milliseconds"},
		{name: "A1.5 row 3: UDP only, a small answer", change: calico(egress(toDNS)), want: found},
		{name: "A1.5 row 3: UDP only, an answer too long for it", change: calico(func(p *place) { egress(toDNS)(manyPods(p)) }), ask: "curl http://many:8080/", want: "name-not-found dns.blocked assumed"},
		{name: "A1.5 row 3: UDP and TCP", change: calico(func(p *place) { egress(toDNS + toDNSByTCP)(manyPods(p)) }), ask: "curl http://many:8080/", want: "answered pod.delivered certain", says: "over TCP, since the answer is too long for UDP"},
		{name: "A1.5 row 3: the option edns0 takes longer ones", change: calico(func(p *place) {
			manyPods(p).other(dnsConfig("edns0")).guard("o", "{podSelector: {matchLabels: {app: other}}, policyTypes: [Egress], egress: [{ports: [{port: 8080}]}"+toDNS+"]}")
		}), from: "pod/default/other", ask: "curl http://many:8080/", want: "answered pod.delivered certain"},
		{name: "A1.5 row 3: as dig does", change: calico(func(p *place) { egress(toDNS)(manyPods(p)) }), ask: "dig many.default.svc.cluster.local", want: found},
		{name: "A1.5 row 3: musl falls back to TCP since 1.2.4, which is assumed", change: calico(func(p *place) { egress(toDNS)(manyPods(p)) }), ask: "curl http://many:8080/", assume: "libc=musl", want: "name-not-found dns.blocked assumed"},
		{name: "A1.5 row 4: no ready DNS pod", change: func(p *place) { p.remove("coredns-1", "kube-dns-1") }, want: "name-not-found dns.no-answer certain", prints: noReply},
		{name: "A1.5 row 4: quickly", change: func(p *place) { p.remove("coredns-1", "kube-dns-1") }, ask: "curl -m 3 http://web/", want: "name-not-found dns.no-answer certain", prints: noReply},
		{name: "A1.5 row 4: addresses still work", change: func(p *place) { p.remove("coredns-1", "kube-dns-1") }, ask: "curl http://10.96.7.7/", want: found},
		{name: "A1.5 row 4: another nameserver is asked", change: func(p *place) {
			p.remove("coredns-1", "kube-dns-1").other(dnsConfig("ns=172.20.128.53"))
		}, from: "pod/default/other", ask: "curl http://laptop.home.lan.:8000/", want: "answered host.delivered assumed"},
		{name: "A1.5 row 4: a nameserver where nothing is, is silence", change: func(p *place) { p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.77")) }, from: "pod/default/other", want: "name-not-found dns.no-answer assumed"},
		{name: "A1.5 row 5: a rule with the ClusterIP of kube-dns does not match behind the translation", change: calico(egress(toService)), want: blocked},
		{name: "A1.5 row 5: a rule with the pod's address does, on plug-ins whose blocks hold pods", change: calico(egress(", {to: [{ipBlock: {cidr: 10.244.2.2/32}}], ports: [{port: 53, protocol: UDP}]}")), want: "answered pod.delivered assumed"},
		{name: "A1.5 row 6: a cache on the node is assumed to answer like the DNS behind it", change: func(p *place) {
			p.kubelet("clusterDNS: [169.254.20.10]\nclusterDomain: cluster.local").daemonSet("node-local-dns", "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4")
		}, want: "answered pod.delivered assumed", looked: webLooked},
		{name: "A1.5 row 6: one that takes the service's address too", change: func(p *place) { p.daemonSet("node-local-dns", "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4") }, want: "answered pod.delivered assumed", looked: webLooked},
		{name: "A1.5 row 6: rules for the DNS pods do not cover it", change: calico(func(p *place) {
			egress(toDNS)(p.daemonSet("node-local-dns", "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4"))
		}), want: "name-not-found dns.blocked assumed"},
		{name: "A1.5 row 7: an address has no DNS hop", ask: "curl http://10.96.7.7/", want: found, looked: "nothing"},
		{name: "A1.5 row 7: nor has a name of hostAliases", change: func(p *place) {
			p.other(func(pod *corev1.Pod) {
				pod.Spec.HostAliases = []corev1.HostAlias{{IP: "10.96.7.7", Hostnames: []string{"web", "shop.example"}}}
			})
		}, from: "pod/default/other", ask: "curl http://shop.example/", want: found, looked: "shop.example NOERROR 10.96.7.7"},
		{name: "A1.5 row 7: which beats DNS", change: func(p *place) {
			p.other(func(pod *corev1.Pod) {
				pod.Spec.HostAliases = []corev1.HostAlias{{IP: "10.96.7.31", Hostnames: []string{"web"}}}
			})
		}, from: "pod/default/other", want: found, looked: "web NOERROR 10.96.7.31"},
		{name: "A1.5 row 7: but not for nslookup", change: func(p *place) {
			p.other(func(pod *corev1.Pod) {
				pod.Spec.HostAliases = []corev1.HostAlias{{IP: "10.96.7.31", Hostnames: []string{"web"}}}
			})
		}, from: "pod/default/other", ask: "nslookup web", want: found, looked: webLooked},
		{name: "A1.5 row 7: --resolve neither", ask: "curl --resolve web:80:10.96.7.7 http://web/", want: found, looked: "nothing"},
		{name: "A1.5 row 8: a headless service is its pods' addresses, and the request's port is theirs", ask: "curl http://h:8080/", change: headless("app=h"), want: "answered pod.delivered certain"},
		{name: "A1.5 row 8 (E16): the service's port does not count", ask: "curl http://h/", change: headless("app=h"), want: "refused pod.port-closed certain"},
		{name: "A1.5 row 8: curl tries the next address where one refuses", ask: "curl http://h:8080/", change: headless("n=2"), want: "answered pod.delivered certain"},
		{name: "A1.5 row 8: with a port that nobody has all refuse", ask: "curl http://h:8081/", change: headless("app=h"), want: "refused pod.port-closed certain"},
		{name: "A1.5 row 9: an ExternalName translates no port", change: func(p *place) { p.nodesAsk("lan-dns").alias("default/ext", "laptop.home.lan") }, ask: "curl http://ext/", want: "refused host.port-closed assumed"},
		{name: "A1.5 row 9: the request's port is the target's", change: func(p *place) { p.nodesAsk("lan-dns").alias("default/ext", "laptop.home.lan") }, ask: "curl http://ext:8000/", want: "answered host.delivered assumed"},
		{name: "A1.5 row 9: to a ClusterIP service it is that service's port", change: func(p *place) { p.alias("default/ext", "api.team.svc.cluster.local") }, ask: "curl http://ext:8080/", want: "no-answer service.port-undefined assumed"},
		{name: "A1.5: what CoreDNS forwards is traffic of its own", change: calico(func(p *place) {
			p.nodesAsk("lan-dns").policy(`{metadata: {namespace: kube-system, name: closed}, spec: {podSelector: {matchLabels: {k8s-app: kube-dns}}, policyTypes: [Egress]}}`)
		}), ask: "curl http://laptop.home.lan.:8000/", want: "name-not-found dns.servfail certain"},
		{name: "A1.5: which the cluster's own names do not need", change: calico(func(p *place) {
			p.policy(`{metadata: {namespace: kube-system, name: closed}, spec: {podSelector: {matchLabels: {k8s-app: kube-dns}}, policyTypes: [Egress]}}`)
		}), want: found},
	})
	t.Run("A1.5 row 9: Host stays the alias's name", func(t *testing.T) {
		tr := nameTown(t).nodesAsk("lan-dns").alias("default/ext", "laptop.home.lan").ask("pod/default/client", "curl http://ext:8000/")
		for _, s := range tr.Steps {
			if s.Before != nil && s.Direction == trace.OfRequest && s.Before.HTTP != nil && s.Before.HTTP.Headers["Host"] != "ext:8000" {
				t.Errorf("step %s has the host %q", s.Kind, s.Before.HTTP.Headers["Host"])
			}
		}
	})
	t.Run("A1.5: the query is a leg of its own over UDP to port 53, swapped like any other", func(t *testing.T) {
		s := stepOf(nameTown(t).ask("pod/default/client", "curl http://web/"), trace.StepRulesDNAT)
		equal(t, strings.Join([]string{s.Before.Protocol, s.Before.Dst, s.After.Dst}, " "), "UDP 10.96.0.10:53 10.244.2.2:53")
		equal(t, s.Leg, 0)
	})
}
