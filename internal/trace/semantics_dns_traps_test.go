package trace_test

import (
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"

	corev1 "k8s.io/api/core/v1"
)

// The traps of SEMANTICS part E that are about names.
func TestSemanticsEAboutNames(t *testing.T) {
	const other = "pod/default/other"
	ending := func(service string) func(*place) {
		return func(p *place) {
			for _, s := range p.slicesOf(service) {
				for i := range s.Endpoints {
					s.Endpoints[i].Conditions = discoveryv1.EndpointConditions{Ready: ptr(false), Serving: ptr(true), Terminating: ptr(true)}
				}
			}
		}
	}
	askNames(t, []dnsRow{
		{name: "E4: kube-proxy falls back to endpoints that end and still serve", change: ending("web"), want: found, looked: webLooked},
		{name: "E4: DNS does not", change: func(p *place) { ending("db")(p.nodesAsk("lan-dns")) }, ask: "curl telnet://db:5432", want: "name-not-found dns.nxdomain assumed"},
		{name: "E4: nor under an endpoint's name of a ClusterIP service", change: ending("web"), ask: "dig 10-244-1-4.web.default.svc.cluster.local", want: noName},
		{name: "E4: labels and the pod's own condition do not count, the slice does", change: func(p *place) {
			for _, o := range p.objects {
				if pod, ok := o.(*corev1.Pod); ok && pod.Name == "db-1" {
					pod.Labels, pod.Status.Conditions[0].Status = nil, corev1.ConditionTrue
				}
			}
		}, ask: "dig db.default.svc.cluster.local", want: found, looked: "db.default.svc.cluster.local. NOERROR 10.244.1.20,10.244.2.21"},
		{name: "E15: api.web is caught by the own namespace before the namespace web is asked", change: func(p *place) {
			p.listens("default", "app=db", 80, "TCP", welcome).pod("team/db-0", "node02", "10.244.2.77", "app=x").
				add("apiVersion: v1\nkind: Namespace\nmetadata: {name: db}\n").service("db/db-0", "10.96.7.70", "app=nobody", ":80:8080")
		}, ask: "curl http://db-0.db/", want: found, looked: "db-0.db.default.svc.cluster.local. NOERROR 10.244.1.20"},
		{name: "E15: glibc finds with ndots 1", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsConfig("ndots=1")) }, from: other, ask: "curl http://api.team/", assume: "libc=glibc", want: "answered pod.delivered assumed"},
		{name: "E15: what musl does not", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsConfig("ndots=1")) }, from: other, ask: "curl http://api.team/", assume: "libc=musl", want: "name-not-found dns.nxdomain assumed"},
		{name: "E15: a full name has four dots and is searched first", ask: "curl http://web.default.svc.cluster.local/", want: supposed, looked: webLooked,
			tried: webName + "default.svc.cluster.local. " + webName + "svc.cluster.local. " + webName + "cluster.local."},
		{name: "E15: where the node's own resolver is described, nothing is left open", change: func(p *place) { p.nodesAsk("lan-dns") }, ask: "curl http://web.default.svc.cluster.local/", want: found, looked: webLooked},
		{name: "E15: in a domain of five labels it is asked at once", change: func(p *place) { p.corefile(".:53 {\n kubernetes k8s.corp.example\n}") }, ask: "curl http://web.default.svc.k8s.corp.example/", want: found, tried: "-"},
		{name: "E16: a headless service ignores the service's port", change: func(p *place) { p.service("default/direct", "None", "app=web", ":80:8080") }, ask: "curl http://direct/", want: "refused pod.port-closed certain"},
		{name: "E16: the pod's own port answers", change: func(p *place) { p.service("default/direct", "None", "app=web", ":80:8080") }, ask: "curl http://direct:8080/", want: found},
		{name: "E16: so does an ExternalName", change: func(p *place) { p.nodesAsk("lan-dns").alias("default/ext", "laptop.home.lan") }, ask: "curl http://ext/", want: "refused host.port-closed assumed"},
		{name: "E17: pods insecure answers for any address, and the request fails later", ask: "curl -m 3 http://10-244-1-99.default.pod.cluster.local:8080/", want: "no-answer pod.gone assumed",
			looked: "10-244-1-99.default.pod.cluster.local. NOERROR 10.244.1.99"},
		{name: "E17: also for one in another namespace than the pod's", ask: "curl http://10-244-1-4.team.pod.cluster.local:8080/", want: supposed, looked: "10-244-1-4.team.pod.cluster.local. NOERROR 10.244.1.4"},
		{name: "E18: a pod on the host network with ClusterFirst has no cluster DNS", change: func(p *place) { p.nodesAsk("lan-dns").pod("default/host", "node01", "172.20.128.6", "", onHost) }, from: "pod/default/host",
			ask: "curl http://web/", want: "name-not-found dns.nxdomain assumed", looked: "web. NXDOMAIN", prints: "6 curl: (6) Could not resolve host: web"},
		{name: "E18: addresses of services work from there", change: func(p *place) { p.pod("default/host", "node01", "172.20.128.6", "", onHost) }, from: "pod/default/host", ask: "curl http://10.96.7.7/", want: found},
		{name: "E18: ClusterFirstWithHostNet has", change: func(p *place) {
			p.pod("default/host", "node01", "172.20.128.6", "", onHost, dnsPolicy(corev1.DNSClusterFirstWithHostNet))
		}, from: "pod/default/host", want: found, looked: webLooked},
		{name: "E19: under kube-router a forbidden query is refused at once, and is forbidden all the same", change: kubeRouter(egress("")), ask: "curl -m 1 http://web/", want: "name-not-found dns.blocked certain",
			prints: "6 curl: (6) Could not resolve host: web"},
	})
}
