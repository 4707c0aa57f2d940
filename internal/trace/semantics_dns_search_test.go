package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// low is a pod whose ndots is 1, so that a name with a dot is asked as it is first.
func low(p *place) { p.other(dnsConfig("ndots=1")) }

func TestSemanticsA12(t *testing.T) {
	const other = "pod/default/other"
	lan := func(p *place) { p.nodesAsk("lan-dns") }
	askNames(t, []dnsRow{
		{name: "A1.2 column 1: fewer dots than ndots: the search list in its order, the first hit ends it", want: found, looked: webLooked, tried: "-"},
		{name: "A1.2 column 1: then the next domain", ask: "curl http://api.team/", want: found, looked: "api.team.svc.cluster.local. NOERROR 10.96.7.31", tried: "api.team.default.svc.cluster.local."},
		{name: "A1.2 column 1: then the third", ask: "curl http://web.default.svc/", want: found, looked: webLooked, tried: "web.default.svc.default.svc.cluster.local. web.default.svc.svc.cluster.local."},
		{name: "A1.2 column 1: and the name as it is in the end", change: lan, ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered assumed", looked: "laptop.home.lan. NOERROR 172.20.128.50",
			tried: "laptop.home.lan.default.svc.cluster.local. laptop.home.lan.svc.cluster.local. laptop.home.lan.cluster.local."},
		{name: "A1.2 column 1: musl does the same", change: lan, assume: "libc=musl", ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered assumed", looked: "laptop.home.lan. NOERROR 172.20.128.50",
			tried: "laptop.home.lan.default.svc.cluster.local. laptop.home.lan.svc.cluster.local. laptop.home.lan.cluster.local."},
		{name: "A1.2 column 2: glibc asks a name with enough dots as it is first, then the search list", change: func(p *place) { low(p.nodesAsk("lan-dns")) }, from: other, assume: "libc=glibc", ask: "curl http://api.team/",
			want: "answered pod.delivered assumed", looked: "api.team.svc.cluster.local. NOERROR 10.96.7.31", tried: "api.team. api.team.default.svc.cluster.local."},
		{name: "A1.2 column 2: musl never searches then", change: func(p *place) { low(p.nodesAsk("lan-dns")) }, from: other, assume: "libc=musl", ask: "curl http://api.team/",
			want: "name-not-found dns.nxdomain assumed", looked: "api.team. NXDOMAIN", tried: "-"},
		{name: "A1.2 column 2: ndots 0 asks even a short name as it is first", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsConfig("ndots=0")) }, from: other, assume: "libc=glibc",
			want: "answered pod.delivered assumed", looked: webLooked, tried: "web."},
		{name: "A1.2 column 3: a final dot asks the name as it is only", ask: "curl http://web.default.svc.cluster.local./", want: found, looked: webLooked, tried: "-"},
		{name: "A1.2 column 3: also where the search list would help", change: lan, ask: "curl http://web.default./", want: "name-not-found dns.nxdomain assumed", looked: "web.default. NXDOMAIN", tried: "-"},
		{name: "A1.2 NXDOMAIN: the next one", ask: "curl http://nope/", change: lan, want: "name-not-found dns.nxdomain assumed", tried: "nope.svc.cluster.local. nope.cluster.local. nope."},
		{name: "A1.2 NODATA: glibc goes on", change: func(p *place) { p.alias("default/api", "nope.team.svc.cluster.local") }, assume: "libc=glibc", ask: "curl http://api/",
			from: "pod/default/client", want: "name-not-found dns.nodata assumed", tried: "api.svc.cluster.local. api.cluster.local. api."},
		{name: "A1.2 NODATA: and may find the name later", change: func(p *place) {
			p.alias("default/api", "nope.team.svc.cluster.local").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, assume: "libc=glibc", ask: "curl http://api/", want: "answered pod.delivered assumed", looked: "api.team.svc.cluster.local. NOERROR 10.96.7.31"},
		{name: "A1.2 NODATA: musl stops", change: func(p *place) {
			p.alias("default/api", "nope.team.svc.cluster.local").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, assume: "libc=musl", ask: "curl http://api/", want: "name-not-found dns.nodata assumed", looked: "api.default.svc.cluster.local. NOERROR", tried: "-"},
		{name: "A1.2 NODATA: where nothing says which library it is, that is assumed", change: func(p *place) {
			p.alias("default/api", "nope.team.svc.cluster.local").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, ask: "curl http://api/", want: "answered pod.delivered assumed"},
		{name: "A1.2 SERVFAIL: glibc goes on", change: func(p *place) {
			p.corefile(".:53 {\n template IN A default.svc.cluster.local {\n rcode SERVFAIL\n }\n kubernetes cluster.local\n}").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, assume: "libc=glibc", ask: "curl http://api/", want: "answered pod.delivered assumed"},
		{name: "A1.2 SERVFAIL: musl stops", change: func(p *place) {
			p.corefile(".:53 {\n template IN A default.svc.cluster.local {\n rcode SERVFAIL\n }\n kubernetes cluster.local\n}").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, assume: "libc=musl", ask: "curl http://api/", want: "name-not-found dns.servfail assumed", tried: "-"},
		{name: "A1.2 SERVFAIL: the next nameserver is asked before", change: func(p *place) {
			p.corefile(".:53 {\n errors\n}").other(dnsConfig("ns=172.20.128.53"))
		}, from: other, assume: "libc=glibc", ask: "curl http://laptop.home.lan.:8000/", want: "answered host.delivered assumed", says: "resolver lan-dns"},
		{name: "A1.2 REFUSED: the code ends glibc's list, not the name as it is", change: func(p *place) {
			p.corefile("team.svc.cluster.local:53 {\n kubernetes cluster.local\n}\nlaptop.home.lan:53 {\n forward . 172.20.128.53\n}").other(dnsConfig("search=team.svc.cluster.local"))
		}, from: other, assume: "libc=glibc", ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered assumed", tried: "laptop.home.lan.default.svc.cluster.local."},
		{name: "A1.2 timeout: glibc stops the list and asks the name as it is", change: func(p *place) {
			p.enforces().guard("none", "{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress]}")
		}, assume: "libc=glibc", want: "name-not-found dns.blocked certain", looked: "web.", tried: webName, prints: "6 curl: (6) Could not resolve host: web", says: "after about 20 s"},
		{name: "A1.2 timeout: musl stops", change: func(p *place) {
			p.enforces().guard("none", "{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress]}")
		}, assume: "libc=musl", want: "name-not-found dns.blocked certain", looked: webName, tried: "-", says: "after about 5 s"},
		{name: "A1.2 timeout: the next nameserver is asked before", change: func(p *place) {
			p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.77,10.96.0.10", "search=default.svc.cluster.local"))
		}, from: other, want: "answered pod.delivered assumed", looked: webLooked},
		{name: "A1.2 ECONNREFUSED: glibc returns at once", change: func(p *place) { p.remove("coredns-1", "kube-dns-1") }, assume: "libc=glibc", want: "name-not-found dns.no-answer certain", tried: "-",
			prints: "6 curl: (6) Could not resolve host: web"},
		{name: "A1.2 ECONNREFUSED: the next nameserver is asked before", change: func(p *place) {
			p.service("kube-system/empty-dns", "10.96.0.99", "app=nobody", "dns:53:53/UDP").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.99,10.96.0.10", "search=default.svc.cluster.local"))
		}, from: other, want: found, looked: webLooked},
		{name: "A1.2 musl asks all nameservers at once: one that says nothing does not matter", change: func(p *place) {
			p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.77,10.96.0.10", "search=default.svc.cluster.local"))
		}, from: other, assume: "libc=musl", want: "answered pod.delivered assumed"},
		{name: "A1.2 musl asks all nameservers at once: which of two that differ is first nobody knows", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsConfig("ns=172.20.128.53")) },
			from: other, assume: "libc=musl", want: "cannot-tell not-modelled.dns-nameserver-choice unknown"},
		{name: "A1.2 musl: an NXDOMAIN for IPv6 spoils the address", change: func(p *place) {
			p.nodesAsk("lan-dns").corefile(".:53 {\n template IN AAAA {\n rcode NXDOMAIN\n }\n kubernetes cluster.local\n forward . /etc/resolv.conf\n}")
		}, assume: "libc=musl", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.2 glibc: it does not", change: func(p *place) {
			p.nodesAsk("lan-dns").corefile(".:53 {\n template IN AAAA {\n rcode NXDOMAIN\n }\n kubernetes cluster.local\n forward . /etc/resolv.conf\n}")
		}, assume: "libc=glibc", want: "answered pod.delivered assumed", looked: webLooked},
		{name: "A1.2: an image that says alpine is a hint and no more", change: func(p *place) {
			p.other(image("alpine:3.22"), dnsConfig("ndots=1")).nodesAsk("lan-dns")
		}, from: other, ask: "curl http://api.team/", want: "answered pod.delivered assumed"},

		{name: "A1.2 trap 1: api.web is first an endpoint of web in the own namespace", change: func(p *place) {
			p.pod("default/api", "node01", "10.244.1.60", "app=sub", listensOn("team", "x")).service("default/team", "None", "app=sub", ":80:80")
			p.listens("default", "app=sub", 81, "TCP").slicesOf("team")[0].Endpoints[0].Hostname = ptr("api")
		}, ask: "curl http://api.team/", want: "refused pod.port-closed certain", looked: "api.team.default.svc.cluster.local. NOERROR 10.244.1.60", tried: "-"},
		{name: "A1.2 trap 2: example.com is a service example in a namespace com", change: func(p *place) {
			p.add("apiVersion: v1\nkind: Namespace\nmetadata: {name: com}\n").pod("com/x", "node01", "10.244.1.62", "app=x").service("com/example", "10.96.7.40", "app=x", ":80:8080").listens("com", "app=x", 8080, "TCP", welcome)
		}, ask: "curl http://example.com/", want: found, looked: "example.com.svc.cluster.local. NOERROR 10.96.7.40", tried: "example.com.default.svc.cluster.local."},
		{name: "A1.2 trap 2: with its final dot it is that of the Internet", change: func(p *place) {
			p.nodesAsk("lan-dns").add("apiVersion: v1\nkind: Namespace\nmetadata: {name: com}\n").service("com/example", "10.96.7.40", "app=x", ":80:8080")
		}, ask: "curl http://example.com./", want: "cannot-tell outside.unknown unknown", looked: "example.com."},
		{name: "A1.2 trap 3: port and protocol before a service's name answer A, with underscores", ask: "curl http://_http._tcp.api.team.svc.cluster.local/", want: found, looked: "_http._tcp.api.team.svc.cluster.local. NOERROR 10.96.7.31"},
		{name: "A1.2 trap 3: and without", ask: "curl http://http.tcp.api.team.svc.cluster.local/", want: found, looked: "http.tcp.api.team.svc.cluster.local. NOERROR 10.96.7.31"},
		{name: "A1.2 trap 3: for a port that is there", change: lan, ask: "dig http.udp.api.team.svc.cluster.local", want: noName},
		{name: "A1.2 trap 4: a search domain with an asterisk catches names of the Internet", change: func(p *place) {
			p.around.Resolvers[0].Zones["corp.example"] = map[string]string{"*": "172.20.128.50"}
			p.nodesAsk("lan-dns").other(dnsConfig("search=corp.example"))
		}, from: other, ask: "curl http://shop.test:8000/", want: "answered host.delivered assumed", looked: "shop.test.corp.example. NOERROR 172.20.128.50"},
		{name: "A1.2 trap 4: what the node's own list holds is assumed to be nothing", ask: "curl http://laptop.home.lan:8000/", change: lan, want: "answered host.delivered assumed"},
	})
}

func ptr[T any](v T) *T { return &v }
