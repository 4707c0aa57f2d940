package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

func TestSemanticsA13(t *testing.T) {
	lan := func(p *place) { p.nodesAsk("lan-dns") }
	six := func(p *place) {
		p.services()[1].Spec.ClusterIPs = []string{"10.96.7.7", "fd00:96::7"}
		p.services()[1].Spec.IPFamilies = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	}
	endpoint := func(service string, f func(*discoveryv1.Endpoint)) func(*place) {
		return func(p *place) {
			for _, s := range p.slicesOf(service) {
				for i := range s.Endpoints {
					f(&s.Endpoints[i])
				}
			}
		}
	}
	verified := func(p *place) {
		p.corefile(".:53 {\n kubernetes cluster.local {\n pods verified\n }\n}")
	}
	const dig = "dig "
	askNames(t, []dnsRow{
		{name: "A1.3 row 1: a ClusterIP service has its address", want: found, looked: webLooked},
		{name: "A1.3 row 1: whether anything is ready or not", ask: "curl http://cold/", want: "refused service.no-endpoints certain", looked: "cold.default.svc.cluster.local. NOERROR 10.96.7.20"},
		{name: "A1.3 row 1: a family that it does not have is NODATA", ask: "dig AAAA web.default.svc.cluster.local", want: noData, looked: webName + " NOERROR"},
		{name: "A1.3 row 1: of both families it has both", change: six, ask: "dig AAAA web.default.svc.cluster.local", want: "answered pod.delivered certain", looked: webName + " NOERROR fd00:96::7"},
		{name: "A1.3 row 1: -6 of a service without IPv6 finds no address", ask: "curl -6 http://web/", change: lan, want: "name-not-found dns.nodata assumed", looked: webName + " NOERROR",
			prints: "6 curl: (6) Could not resolve host: web"},
		{name: "A1.3 row 2: a headless service has its ready endpoints", ask: "curl telnet://db:5432", want: "answered pod.delivered certain", looked: "db.default.svc.cluster.local. NOERROR 10.244.1.20,10.244.2.21"},
		{name: "A1.3 row 2: serving and terminating is not ready, whatever kube-proxy does", change: endpoint("db", func(e *discoveryv1.Endpoint) {
			e.Conditions = discoveryv1.EndpointConditions{Ready: ptr(false), Serving: ptr(true), Terminating: ptr(true)}
		}), ask: "dig db.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 2: ready that nobody set is ready", change: endpoint("db", func(e *discoveryv1.Endpoint) { e.Conditions = discoveryv1.EndpointConditions{} }), ask: "dig db.default.svc.cluster.local",
			want: found, looked: "db.default.svc.cluster.local. NOERROR 10.244.1.20,10.244.2.20,10.244.2.21"},
		{name: "A1.3 row 3: a headless service without ready endpoints is NXDOMAIN", ask: "dig cold-less.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 3: for a client that is no such host", change: lan, ask: "curl http://cold-less/", want: "name-not-found dns.nxdomain assumed", prints: "6 curl: (6) Could not resolve host: cold-less"},
		{name: "A1.3 row 4: publishNotReadyAddresses publishes unready pods", ask: "curl http://early:8080/", want: "answered pod.delivered certain", looked: "early.default.svc.cluster.local. NOERROR 10.244.1.25"},
		{name: "A1.3 row 4: and terminating ones", change: endpoint("early", func(e *discoveryv1.Endpoint) {
			e.Conditions = discoveryv1.EndpointConditions{Ready: ptr(true), Serving: ptr(false), Terminating: ptr(true)}
		}), ask: "dig early.default.svc.cluster.local", want: found, looked: "early.default.svc.cluster.local. NOERROR 10.244.1.25"},
		{name: "A1.3 row 5: an ExternalName outside the zone is an alias and the answer of who knows it", change: func(p *place) { lan(p.alias("default/ext", "laptop.home.lan")) }, ask: "curl http://ext:8000/",
			want: "answered host.delivered assumed", looked: "ext.default.svc.cluster.local. NOERROR 172.20.128.50"},
		{name: "A1.3 row 5: upstream NXDOMAIN leaves the alias alone: no address, and glibc asks no other name", change: func(p *place) { lan(p.alias("default/ext", "nope.home.lan")) }, ask: "curl http://ext:8000/", assume: "libc=glibc",
			want: "name-not-found dns.nodata certain", looked: "ext.default.svc.cluster.local. NOERROR", tried: "-", prints: "6 curl: (6) Could not resolve host: ext"},
		{name: "A1.3 row 5: dig prints the alias", change: func(p *place) { lan(p.alias("default/ext", "nope.home.lan")) }, ask: "dig CNAME ext.default.svc.cluster.local", want: found},
		{name: "A1.3 row 5: what nobody here knows stays unknown", change: func(p *place) { lan(p.alias("default/ext", "www.example.org")) }, ask: "curl http://ext/", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.3 row 6: an ExternalName inside the zone is followed", change: func(p *place) { p.alias("default/ext", "web.default.svc.cluster.local") }, ask: "curl http://ext/", want: found,
			looked: "ext.default.svc.cluster.local. NOERROR 10.96.7.7"},
		{name: "A1.3 row 6: over several aliases", change: func(p *place) {
			p.alias("default/ext", "ext2.default.svc.cluster.local").alias("default/ext2", "ext3.team.svc.cluster.local").alias("team/ext3", "web.default.svc.cluster.local.")
		}, ask: "curl http://ext/", want: found, looked: "ext.default.svc.cluster.local. NOERROR 10.96.7.7"},
		{name: "A1.3 row 6: to nothing it is NODATA", change: func(p *place) { p.alias("default/ext", "nope.default.svc.cluster.local") }, ask: "dig ext.default.svc.cluster.local", want: noData},
		{name: "A1.3 row 6: aliases in a circle are NODATA", change: func(p *place) {
			p.alias("default/ext", "ext2.default.svc.cluster.local").alias("default/ext2", "ext.default.svc.cluster.local")
		}, ask: "dig ext.default.svc.cluster.local", want: noData},
		{name: "A1.3 row 6: a short target is a name of the Internet, and no service", change: func(p *place) { lan(p.alias("default/ext", "web")) }, ask: "curl http://ext/", want: "name-not-found dns.nodata assumed"},
		{name: "A1.3 row 7: an ExternalName that is an IPv4 address is NXDOMAIN", change: func(p *place) { p.alias("default/ext", "172.20.128.50") }, ask: "dig ext.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 8: no such service", ask: "dig nope.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 8: no such namespace", ask: "dig web.nope.svc.cluster.local", want: noName},
		{name: "A1.3 row 8: a namespace that is not listed", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n namespaces team\n }\n}") }, ask: "dig web.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 8: a namespace without the label", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n namespace_labels kubernetes.io/metadata.name=team\n }\n}")
		}, ask: "dig web.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 8: and with it", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n namespace_labels kubernetes.io/metadata.name=team\n }\n}")
		}, ask: "dig api.team.svc.cluster.local", want: found},
		{name: "A1.3 row 8: a service without the label", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n labels dns=yes\n }\n}") }, ask: "dig web.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 9: the name of a namespace is NODATA", ask: "dig default.svc.cluster.local", want: noData},
		{name: "A1.3 row 9: svc is NODATA", ask: "dig svc.cluster.local", want: noData},
		{name: "A1.3 row 9: the zone itself is NODATA", ask: "dig cluster.local", want: noData},
		{name: "A1.3 row 10: an endpoint by its hostname (StatefulSet)", ask: "curl telnet://db-0.db:5432", want: "answered pod.delivered certain", looked: "db-0.db.default.svc.cluster.local. NOERROR 10.244.1.20"},
		{name: "A1.3 row 10: an unready one has no name", ask: "dig db-1.db.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 10: nor one that is not there", ask: "dig db-7.db.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 10: without a hostname it is the address with dashes", ask: "dig 10-244-2-21.db.default.svc.cluster.local", want: found, looked: "10-244-2-21.db.default.svc.cluster.local. NOERROR 10.244.2.21"},
		{name: "A1.3 row 10: with one it is not", ask: "dig 10-244-1-20.db.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 10: endpoints of a ClusterIP service have names too", ask: "curl http://10-244-1-4.web:8080/", want: "answered pod.delivered certain", looked: "10-244-1-4.web.default.svc.cluster.local. NOERROR 10.244.1.4"},
		{name: "A1.3 row 10: a pod's name is none (Deployment)", ask: "dig web-1.web.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 10: unless endpoint_pod_names says so", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n endpoint_pod_names\n }\n}") },
			ask: "dig web-1.web.default.svc.cluster.local", want: found, looked: "web-1.web.default.svc.cluster.local. NOERROR 10.244.1.4"},
		{name: "A1.3 row 11: SRV of a named port", ask: "dig SRV _http._tcp.api.team.svc.cluster.local", want: found},
		{name: "A1.3 row 11: SRV of a headless service's port", ask: "host -t SRV _pg._tcp.db.default.svc.cluster.local", want: found},
		{name: "A1.3 row 11: SRV of a port without that name", ask: "dig SRV _pop._tcp.db.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 11: SRV with nslookup", ask: "nslookup -type=SRV _http._tcp.api.team.svc.cluster.local.", want: found},
		{name: "A1.3 row 12: pods insecure: any address of a namespace that is there", ask: "dig 1-2-3-4.default.pod.cluster.local", want: found, looked: "1-2-3-4.default.pod.cluster.local. NOERROR 1.2.3.4"},
		{name: "A1.3 row 12: pods insecure: what is no address", ask: "dig client.default.pod.cluster.local", want: noName},
		{name: "A1.3 row 12: pods insecure: a namespace that is not there", ask: "dig 1-2-3-4.nope.pod.cluster.local", want: noName},
		{name: "A1.3 row 12: pods insecure: the request fails later", ask: "curl -m 3 http://10-244-1-99.default.pod.cluster.local/", want: "no-answer pod.gone assumed", looked: "10-244-1-99.default.pod.cluster.local. NOERROR 10.244.1.99"},
		{name: "A1.3 row 12: pods disabled, the plug-in's default", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local\n}") }, ask: "dig 10-244-1-4.default.pod.cluster.local", want: noName},
		{name: "A1.3 row 12: pods verified: a pod of that namespace", change: verified, ask: "dig 10-244-1-4.default.pod.cluster.local", want: found},
		{name: "A1.3 row 12: pods verified: of another", change: verified, ask: "dig 10-244-1-4.team.pod.cluster.local", want: noName},
		{name: "A1.3 row 12: pods verified: of none", change: verified, ask: "dig 10-244-1-99.default.pod.cluster.local", want: noName},
		{name: "A1.3 row 13: more labels", ask: "dig a.b.c.web.default.svc.cluster.local", want: noName},
		{name: "A1.3 row 13: the option zonal is not modelled", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n zonal\n }\n}") }, ask: "dig web.default.svc.cluster.local",
			want: "cannot-tell not-modelled.dns-kubernetes-zonal unknown"},
		{name: "A1.3 row 14: what may not be read is said", change: func(p *place) { p.live("Namespace") }, want: "cannot-tell rights.Namespace unknown"},
		{name: "A1.3 row 15: case does not matter", ask: dig + "WEB.Default.SVC.cluster.LOCAL", want: found, looked: webLooked},
		{name: "A1.3 PTR: of a cluster IP", ask: "nslookup 10.96.7.7", want: found, looked: "7.7.96.10.in-addr.arpa. NOERROR"},
		{name: "A1.3 PTR: of a ready endpoint", ask: "host 10.244.1.20", want: found},
		{name: "A1.3 PTR: of an unready one it goes on to the LAN, which does not know it", change: lan, ask: "dig -x 10.244.2.20", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.3 PTR: of IPv6", change: six, ask: "dig -x fd00:96::7", want: found},
		{name: "A1.3 nslookup walks the search list", ask: "nslookup web", want: found, looked: "web.default.svc.cluster.local. NOERROR 10.96.7.7"},
		{name: "A1.3 dig does not", change: lan, ask: "dig web", want: "name-not-found dns.nxdomain assumed", looked: "web. NXDOMAIN"},
		{name: "A1.3 dig does with +search", ask: "dig +search web", want: found, looked: webLooked},
		{name: "A1.3 host walks it", ask: "host web", want: found, looked: webLooked},
		{name: "A1.3 another type that exists is answered", ask: "dig TXT dns-version.cluster.local", want: found},
		{name: "A1.3 and one that does not is NODATA", ask: "dig MX web.default.svc.cluster.local", want: noData},
	})
}
