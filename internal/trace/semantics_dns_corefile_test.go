package trace_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serverBlock is a Corefile with kubeadm's server block and some lines before its plugin kubernetes.
func serverBlock(lines string) string {
	return fmt.Sprintf(`.:53 {
	errors
	health {
		lameduck 5s
	}
	ready
	%s
	kubernetes cluster.local in-addr.arpa ip6.arpa {
		pods insecure
		fallthrough in-addr.arpa ip6.arpa
		ttl 30
	}
	prometheus :9153
	forward . /etc/resolv.conf {
		max_concurrent 1000
	}
	cache 30
	loop
	reload
	loadbalance
}
`, lines)
}

func TestSemanticsA14(t *testing.T) {
	with := func(text string) func(*place) {
		return func(p *place) { p.nodesAsk("lan-dns").corefile(text) }
	}
	option := func(lines string) func(*place) {
		return with(".:53 {\n kubernetes cluster.local {\n" + lines + "\n}\n forward . /etc/resolv.conf\n}")
	}
	const laptop, laptopWant, laptopLooked = "curl http://laptop.home.lan.:8000/", "answered host.delivered assumed", "laptop.home.lan. NOERROR 172.20.128.50"
	autopath := ".:53 {\n autopath @kubernetes\n kubernetes cluster.local {\n pods verified\n }\n forward . /etc/resolv.conf\n}"
	askNames(t, []dnsRow{
		{name: "A1.4 kubeadm's own", change: with(serverBlock("")), want: found, looked: webLooked},
		{name: "A1.4 kubeadm's own: other names go to the node's resolver", change: with(serverBlock("")), ask: laptop, want: laptopWant, looked: laptopLooked},
		{name: "A1.4 row 1: the longest zone picks the block (stub domain)", change: with(serverBlock("") + "home.lan:53 {\n forward . 198.51.100.53\n}\n"), ask: laptop, want: "cannot-tell outside.unknown unknown"},
		{name: "A1.4 row 1: other names stay with the root", change: with(serverBlock("") + "home.lan:53 {\n forward . 198.51.100.53\n}\n"), want: found, looked: webLooked},
		{name: "A1.4 row 1: a block inside the cluster's zone", change: with(serverBlock("") + "team.svc.cluster.local:53 {\n template ANY ANY {\n rcode NXDOMAIN\n }\n}\n"), ask: "dig api.team.svc.cluster.local", want: noName},
		{name: "A1.4 row 1: a block of a port that is not asked does not answer", change: with("home.lan:5353 {\n forward . 172.20.128.53\n}\n.:53 {\n kubernetes cluster.local\n}"), ask: "dig laptop.home.lan", want: "name-not-found dns.servfail certain"},
		{name: "A1.4 row 1: without a block for the name the code is REFUSED", change: with("cluster.local:53 {\n kubernetes\n}"), ask: "dig laptop.home.lan", want: "name-not-found dns.servfail certain"},
		{name: "A1.4 row 1: blocks of the port that the DNS pods are sent to", change: func(p *place) {
			p.corefile(".:5353 {\n kubernetes cluster.local\n}")
			p.slicesOf("kube-dns")[0].Ports[0].Port = ptr(int32(5353))
			p.around.Listeners[0].Port = 5353
		}, want: found, looked: webLooked},
		{name: "A1.4 row 1: a Corefile with no block of that port is nobody's", change: func(p *place) {
			p.corefile(".:5353 {\n kubernetes cluster.local\n}")
		}, want: "name-not-found dns.no-answer assumed"},
		{name: "A1.4 row 2: a name of the zone that is not there is final", change: with(serverBlock("")), ask: "dig nope.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 2: without fallthrough even where somebody else knows it", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local\n forward . 172.20.128.53\n}").around.Resolvers[0].Zones["cluster.local"] = map[string]string{"nope.default.svc": "172.20.128.50"}
		}, ask: "dig nope.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 2: fallthrough passes it on", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n fallthrough\n }\n forward . 172.20.128.53\n}").around.Resolvers[0].Zones["cluster.local"] = map[string]string{"nope.default.svc": "172.20.128.50"}
		}, ask: "curl http://nope:8000/", want: "answered host.delivered assumed", looked: "nope.default.svc.cluster.local. NOERROR 172.20.128.50"},
		{name: "A1.4 row 2: fallthrough of other zones does not", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n fallthrough in-addr.arpa\n }\n forward . 172.20.128.53\n}").around.Resolvers[0].Zones["cluster.local"] = map[string]string{"nope.default.svc": "172.20.128.50"}
		}, ask: "dig nope.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 2: a name that is there without an address does not fall through", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n fallthrough\n }\n forward . 172.20.128.53\n}")
		}, ask: "dig AAAA web.default.svc.cluster.local", want: noData},
		{name: "A1.4 row 3: hosts answers before kubernetes, wherever it stands", change: with(".:53 {\n kubernetes cluster.local\n hosts {\n 172.20.128.50 web.default.svc.cluster.local\n fallthrough\n }\n}"), ask: "curl http://web:8000/",
			want: "answered host.delivered assumed", looked: webName + " NOERROR 172.20.128.50"},
		{name: "A1.4 row 3: other names fall through", change: with(serverBlock("hosts {\n 172.20.128.50 myapp.local\n fallthrough\n}")), want: found, looked: webLooked},
		{name: "A1.4 row 3: its own names", change: with(serverBlock("hosts {\n 172.20.128.50 myapp.local\n fallthrough\n}")), ask: "curl http://myapp.local:8000/", want: "answered host.delivered assumed", looked: "myapp.local. NOERROR 172.20.128.50"},
		{name: "A1.4 row 3: without fallthrough other names fail, as SERVFAIL: it has no SOA for NXDOMAIN", change: with(serverBlock("hosts {\n 172.20.128.50 myapp.local\n}")), ask: "dig web.default.svc.cluster.local", want: "name-not-found dns.servfail certain"},
		{name: "A1.4 row 3: in its zones only", change: with(serverBlock("hosts /etc/coredns/NodeHosts home.lan {\n 172.20.128.50 myapp.home.lan\n}")), want: found, looked: webLooked},
		{name: "A1.4 row 3: a family that the name does not have there is NODATA", change: with(serverBlock("hosts {\n 172.20.128.50 myapp.local\n fallthrough\n}")), ask: "dig AAAA myapp.local", want: noData},
		{name: "A1.4 row 3: k3s' NodeHosts beside the Corefile", change: func(p *place) {
			p.corefile(serverBlock("hosts /etc/coredns/NodeHosts {\n ttl 60\n reload 15s\n fallthrough\n}"))
			for _, o := range p.objects {
				if cm, ok := o.(*corev1.ConfigMap); ok && cm.Name == "coredns" {
					cm.Data["NodeHosts"] = "172.20.128.6 node01\n172.20.128.7 node02\n"
				}
			}
		}, ask: "dig node02", want: found, looked: "node02. NOERROR 172.20.128.7"},
		{name: "A1.4 row 4: rewrite exact", change: with(serverBlock("rewrite name exact front.corp web.default.svc.cluster.local")), ask: "curl http://front.corp./", want: found, looked: "front.corp. NOERROR 10.96.7.7"},
		{name: "A1.4 row 4: rewrite without a word is exact", change: with(serverBlock("rewrite name front.corp web.default.svc.cluster.local")), ask: "curl http://front.corp./", want: found},
		{name: "A1.4 row 4: rewrite suffix with its answer", change: with(serverBlock("rewrite name suffix .corp .default.svc.cluster.local answer auto")), ask: "curl http://web.corp./", want: found, looked: "web.corp. NOERROR 10.96.7.7"},
		{name: "A1.4 row 4: without an answer rule glibc finds none of its name", change: with(serverBlock("rewrite name suffix .corp .default.svc.cluster.local")), ask: "curl http://web.corp./", assume: "libc=glibc",
			want: "name-not-found dns.nodata assumed", looked: "web.corp. NOERROR"},
		{name: "A1.4 row 4: musl takes what comes", change: with(serverBlock("rewrite name suffix .corp .default.svc.cluster.local")), ask: "curl http://web.corp./", assume: "libc=musl", want: "answered pod.delivered assumed"},
		{name: "A1.4 row 4: and dig prints it", change: with(serverBlock("rewrite name suffix .corp .default.svc.cluster.local")), ask: "dig web.corp", want: found},
		{name: "A1.4 row 4: rewrite regex with an answer rule", change: with(serverBlock("rewrite stop {\n name regex (.*)\\.corp\\.$ {1}.default.svc.cluster.local\n answer name (.*)\\.default\\.svc\\.cluster\\.local\\.$ {1}.corp\n}")),
			ask: "curl http://web.corp./", want: found, looked: "web.corp. NOERROR 10.96.7.7"},
		{name: "A1.4 row 4: stop is what a rule does that says nothing", change: with(serverBlock("rewrite name a.corp b.corp\nrewrite name b.corp web.default.svc.cluster.local")), ask: "dig a.corp", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.4 row 4: continue goes on", change: with(serverBlock("rewrite continue name a.corp b.corp\nrewrite name b.corp web.default.svc.cluster.local")), ask: "dig a.corp", want: found},
		{name: "A1.4 row 4: a rewrite of the type is not modelled", change: with(serverBlock("rewrite type ANY HINFO")), want: "cannot-tell not-modelled.dns-rewrite unknown"},
		{name: "A1.4 row 5: template answers", change: with(serverBlock("template IN A apps.corp {\n match .*\n answer \"{{ .Name }} 60 IN A 172.20.128.50\"\n}")), ask: "curl http://any.apps.corp.:8000/", want: "answered host.delivered assumed", looked: "any.apps.corp. NOERROR 172.20.128.50"},
		{name: "A1.4 row 5: template denies", change: with(serverBlock("template ANY ANY corp {\n rcode NXDOMAIN\n}")), ask: "dig any.corp", want: noName},
		{name: "A1.4 row 5: template of another type", change: with(serverBlock("template IN AAAA {\n rcode NXDOMAIN\n}")), ask: "dig web.default.svc.cluster.local", want: found},
		{name: "A1.4 row 5: what only Go's templates can tell is not modelled", change: with(serverBlock("template IN A apps.corp {\n match (?P<x>.*)\\.apps\\.corp\n answer \"{{ .Name }} 60 IN A 10.0.0.{{ .Group.x }}\"\n}")), ask: "dig 7.apps.corp", want: "cannot-tell not-modelled.dns-template unknown"},
		{name: "A1.4 row 6: forward to a resolver that is described", change: with(".:53 {\n kubernetes cluster.local\n forward . 172.20.128.53\n}"), ask: laptop, want: laptopWant, looked: laptopLooked},
		{name: "A1.4 row 6: forward to one that is not", change: with(".:53 {\n kubernetes cluster.local\n forward . 9.9.9.9\n}"), ask: laptop, want: "cannot-tell outside.unknown unknown"},
		{name: "A1.4 row 6: forward of one zone only", change: with(".:53 {\n kubernetes cluster.local\n forward home.lan 172.20.128.53\n}"), ask: "dig shop.test", want: "name-not-found dns.servfail certain"},
		{name: "A1.4 row 6: /etc/resolv.conf is the nodes' file, assumed where nobody says", change: func(p *place) { p.corefile(serverBlock("")) }, ask: laptop, want: laptopWant},
		{name: "A1.4 row 6: names that nobody here describes", change: with(serverBlock("")), ask: "curl http://www.example.org./", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.4 row 7: autopath answers the first question with what the list comes to", change: with(autopath), ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered assumed",
			looked: "laptop.home.lan.default.svc.cluster.local. NOERROR 172.20.128.50", tried: "-"},
		{name: "A1.4 row 7: for a service of another namespace", change: with(autopath), ask: "curl http://api.team/", want: found, looked: "api.team.default.svc.cluster.local. NOERROR 10.96.7.31", tried: "-"},
		{name: "A1.4 row 7: without verified pods it does nothing", change: with(".:53 {\n autopath @kubernetes\n kubernetes cluster.local {\n pods insecure\n }\n forward . /etc/resolv.conf\n}"), ask: "curl http://api.team/",
			want: found, looked: "api.team.svc.cluster.local. NOERROR 10.96.7.31", tried: "api.team.default.svc.cluster.local."},
		{name: "A1.4 row 7: a name below another namespace is none of its", change: with(autopath), ask: "dig shop.team.svc.cluster.local", want: noName},
		{name: "A1.4 row 7: where all fail the first failure is told", change: with(autopath), ask: "dig nope.default.svc.cluster.local", want: "name-not-found dns.nxdomain certain"},
		{name: "A1.4 row 7: a pod that ends is none that CoreDNS keeps", change: func(p *place) {
			with(autopath)(p.other(func(pod *corev1.Pod) { pod.DeletionTimestamp = &v1.Time{Time: monday} }))
		}, from: "pod/default/other", ask: "dig laptop.home.lan.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 7: its own search domain fails", change: with(autopath), ask: "dig default.svc.cluster.local", want: "name-not-found dns.servfail certain"},
		{name: "A1.4 row 8: ignore empty_service", change: option("ignore empty_service"), ask: "dig cold.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 8: a service with a ready endpoint stays", change: option("ignore empty_service"), want: found, looked: webLooked},
		{name: "A1.4 row 8: one that is serving and terminating is not ready", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n ignore empty_service\n }\n}")
			for _, s := range p.slicesOf("web") {
				for i := range s.Endpoints {
					s.Endpoints[i].Conditions = discoveryv1.EndpointConditions{Ready: ptr(false), Serving: ptr(true), Terminating: ptr(true)}
				}
			}
		}, ask: "dig web.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 9: noendpoints: a headless service", change: option("noendpoints"), ask: "dig db.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 9: noendpoints: an endpoint's name", change: option("noendpoints"), ask: "dig db-0.db.default.svc.cluster.local", want: noName},
		{name: "A1.4 row 9: noendpoints: a cluster IP stays", change: option("noendpoints"), want: found, looked: webLooked},
		{name: "A1.4 row 10: acl is not modelled", change: with(serverBlock("acl {\n block\n}")), want: "cannot-tell not-modelled.dns-acl unknown"},
		{name: "A1.4 row 10: acl of another zone does not matter", change: with(serverBlock("acl evil.example {\n block\n}")), want: found},
		{name: "A1.4 row 10: view is not modelled", change: with(serverBlock("view v {\n expr true\n}")), want: "cannot-tell not-modelled.dns-view unknown"},
		{name: "A1.4 row 10: multicluster is not modelled", change: option("multicluster clusterset.local"), want: "cannot-tell not-modelled.dns-kubernetes-multicluster unknown"},
		{name: "A1.4 row 10: k8s_external in its zone", change: with(serverBlock("k8s_external corp.example")), ask: "dig web.default.corp.example", want: "cannot-tell not-modelled.dns-k8s_external unknown"},
		{name: "A1.4 row 10: k8s_external out of it", change: with(serverBlock("k8s_external corp.example")), want: found},
		{name: "A1.4 row 10: a plugin that nobody knows", change: with(serverBlock("meshy")), want: "cannot-tell not-modelled.dns-meshy unknown"},
		{name: "A1.4 row 10: an import of coredns-custom that is there", change: func(p *place) {
			p.nodesAsk("lan-dns").corefile(serverBlock("import /etc/coredns/custom/*.override")+"import /etc/coredns/custom/*.server\n").
				yaml(&corev1.ConfigMap{}, "metadata: {name: coredns-custom, namespace: kube-system}\ndata: {corp.server: \"corp:53 {\\n hosts {\\n 172.20.128.50 app.corp\\n }\\n}\"}")
		}, ask: "curl http://app.corp.:8000/", want: "answered host.delivered assumed", looked: "app.corp. NOERROR 172.20.128.50"},
		{name: "A1.4 row 10: an import of what is not there is nothing", change: with(serverBlock("import /etc/coredns/custom/*.override") + "import /etc/coredns/custom/*.server\n"), want: found},
		{name: "A1.4 row 10: an import of a file that nobody shows is not modelled", change: with(serverBlock("import /etc/coredns/extra")), want: "cannot-tell not-modelled.dns-import unknown"},
		{name: "A1.4 row 11: ttl and cache change how long, not what", change: with(serverBlock("")), want: found, looked: webLooked},
		{name: "A1.4: a Corefile that nobody can read", change: with(".:53 {\n kubernetes cluster.local"), want: "cannot-tell not-modelled.corefile unknown"},
		{name: "A1.4: no Corefile at all: kubeadm's is assumed", change: func(p *place) { p.remove("coredns") }, want: "answered pod.delivered assumed", looked: webLooked},
		{name: "A1.4: one that may not be read likewise", change: func(p *place) { p.live("ConfigMap") }, want: "answered pod.delivered assumed", looked: webLooked},
	})
	t.Run("A1.4 row 11: the time to live of an answer is the plug-in's ttl, cut by the cache", func(t *testing.T) {
		p := nameTown(t).corefile(serverBlock(""))
		equal(t, p.ask("pod/default/client", "curl http://web/").Lookup.Records[0].TTL, 30)
		p.corefile(".:53 {\n kubernetes cluster.local\n}")
		equal(t, p.ask("pod/default/client", "curl http://web/").Lookup.Records[0].TTL, 5)
		p.corefile(".:53 {\n kubernetes cluster.local {\n ttl 60\n }\n cache 20\n}")
		equal(t, p.ask("pod/default/client", "curl http://web/").Lookup.Records[0].TTL, 20)
	})
}
