package trace_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Hosts files and the resolvers of nodes, the LAN and the Internet (SEMANTICS A1.1, second bullet).
func TestSemanticsA11HostsFilesAndOtherResolvers(t *testing.T) {
	const other = "pod/default/other"
	fqdn := "curl http://web.default.svc.cluster.local/"
	host := func(name string, f func(*surroundings.Host)) func(*place) {
		return func(p *place) {
			for i := range p.around.Hosts {
				if p.around.Hosts[i].Name == name {
					f(&p.around.Hosts[i])
				}
			}
		}
	}
	file := func(name, addr string) func(*surroundings.Host) {
		return func(h *surroundings.Host) { h.HostsFile = map[string]string{name: addr} }
	}
	askNames(t, []dnsRow{
		{name: "A1.1 hosts file: a pod's own name", ask: "curl http://client:8080/", want: "answered pod.delivered assumed", looked: "client NOERROR 10.244.1.5"},
		{name: "A1.1 hosts file: is its hostname where it has one", change: func(p *place) { p.other(listensOn("me", "")) }, from: other, ask: "curl http://me:8080/", want: "answered pod.delivered assumed", looked: "me NOERROR 10.244.1.40"},
		{name: "A1.1 hosts file: with a subdomain also in full", change: func(p *place) { p.other(listensOn("me", "db")) }, from: other, ask: "curl http://me.db.default.svc.cluster.local:8080/", want: "answered pod.delivered assumed",
			looked: "me.db.default.svc.cluster.local NOERROR 10.244.1.40"},
		{name: "A1.1 hosts file: hostnameOverride is the name instead", change: func(p *place) { p.other(func(pod *corev1.Pod) { pod.Spec.HostnameOverride = ptr("a.b") }) }, from: other, ask: "curl http://a.b:8080/",
			want: "answered pod.delivered assumed", looked: "a.b NOERROR 10.244.1.40"},
		{name: "A1.1 hosts file: another pod's name is in no file and no service", change: func(p *place) { p.nodesAsk("lan-dns") }, ask: "curl http://web-1/", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.1 hosts file: a name with its final dot is not looked for in it", ask: "curl http://client.:8080/", change: func(p *place) { p.nodesAsk("lan-dns") }, want: "name-not-found dns.nxdomain assumed", looked: "client. NXDOMAIN"},
		{name: "A1.1 hosts file: localhost is the pod itself", ask: "curl http://localhost:8080/", want: "answered pod.delivered assumed", looked: "localhost NOERROR 127.0.0.1"},
		{name: "A1.1 hosts file: -6 passes over an IPv4 line", change: func(p *place) {
			p.nodesAsk("lan-dns").other(func(pod *corev1.Pod) {
				pod.Spec.HostAliases = []corev1.HostAlias{{IP: "10.96.7.7", Hostnames: []string{"web"}}}
			})
		}, from: other, ask: "curl -6 http://web/", want: "name-not-found dns.nodata assumed", looked: webName + " NOERROR"},
		{name: "A1.1 hosts file: a pod on the host network has its node's", change: func(p *place) {
			p.around.Hosts = append(p.around.Hosts, surroundings.Host{Name: "node01", Resolver: "lan-dns", HostsFile: map[string]string{"registry.corp": "172.20.128.50"}})
			p.pod("default/host", "node01", "172.20.128.6", "", onHost)
		}, from: "pod/default/host", ask: "curl http://registry.corp:8000/", want: "answered host.delivered certain", looked: "registry.corp NOERROR 172.20.128.50"},
		{name: "A1.1 hosts file: one off it has not", change: func(p *place) {
			p.around.Hosts = append(p.around.Hosts, surroundings.Host{Name: "node01", Resolver: "lan-dns", HostsFile: map[string]string{"registry.home.lan": "172.20.128.50"}})
			p.nodesAsk("lan-dns")
		}, ask: "curl http://registry.home.lan.:8000/", want: noName, looked: "registry.home.lan. NXDOMAIN"},
		{name: "A1.1 hosts file: a node's", change: func(p *place) {
			p.around.Hosts = append(p.around.Hosts, surroundings.Host{Name: "node01", Resolver: "lan-dns", HostsFile: map[string]string{"web": "10.96.7.7"}})
		}, from: "node/node01", want: found, looked: "web NOERROR 10.96.7.7"},
		{name: "A1.1 hosts file: a laptop's", change: host("laptop", file("shop.demo", "172.20.128.60")), from: "lan/laptop", ask: "curl http://shop.demo/", want: "answered host.delivered assumed", looked: "shop.demo NOERROR 172.20.128.60"},
		{name: "A1.1 node: asks its own resolver, not the cluster's", change: func(p *place) { p.nodesAsk("lan-dns") }, from: "node/node01", ask: fqdn, want: "name-not-found dns.nxdomain assumed", looked: webName + " NXDOMAIN", tried: "-"},
		{name: "A1.1 node: knows the LAN", change: func(p *place) { p.nodesAsk("lan-dns") }, from: "node/node01", ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered certain", looked: "laptop.home.lan. NOERROR 172.20.128.50"},
		{name: "A1.1 node: may ask the cluster's DNS by its address", from: "node/node01", ask: "dig @10.96.0.10 web.default.svc.cluster.local", want: found},
		{name: "A1.1 LAN: a laptop knows no name of the cluster", from: "lan/laptop", ask: fqdn, want: "name-not-found dns.nxdomain assumed", prints: "6 curl: (6) Could not resolve host: web.default.svc.cluster.local"},
		{name: "A1.1 LAN: nor does the cluster's DNS hear it", from: "lan/laptop", ask: "dig @10.96.0.10 web.default.svc.cluster.local", want: "name-not-found dns.no-answer assumed"},
		{name: "A1.1 LAN: what its resolver does not know it asks on", change: func(p *place) { p.around.Hosts[0].Resolver = "lan-dns" }, from: "lan/laptop", ask: "dig shop.test", want: "answered host.delivered certain", looked: "shop.test. NOERROR 198.51.100.80"},
		{name: "A1.1 LAN: a record of the cluster that the LAN's resolver has", change: func(p *place) {
			p.nodePort(30080).around.Resolvers[0].Zones["home.lan"]["web"] = "172.20.128.6"
		}, from: "lan/laptop", ask: "dig web.home.lan", want: "answered host.delivered certain", looked: "web.home.lan. NOERROR 172.20.128.6"},
		{name: "A1.1 LAN: an alias of a zone is followed", change: func(p *place) { p.around.Resolvers[0].Zones["home.lan"]["www"] = "laptop.home.lan" }, from: "lan/silent", ask: "curl http://www.home.lan:8000/", want: "answered host.delivered assumed",
			looked: "www.home.lan. NOERROR 172.20.128.50"},
		{name: "A1.1 LAN: an asterisk of a zone", change: func(p *place) { p.around.Resolvers[0].Zones["home.lan"]["*"] = "172.20.128.50" }, from: "lan/laptop", ask: "dig any.home.lan", want: "answered host.delivered certain", looked: "any.home.lan. NOERROR 172.20.128.50"},
		{name: "A1.1 LAN: what its zone does not have does not exist", from: "lan/laptop", ask: "dig nope.home.lan", want: "name-not-found dns.nxdomain certain"},
		{name: "A1.1 Internet: a user knows public names", from: "internet/user", ask: "dig shop.test", want: "answered host.delivered certain"},
		{name: "A1.1 Internet: not those of the LAN", from: "internet/user", ask: "curl http://laptop.home.lan/", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.1 Internet: not those of the cluster", from: "internet/user", ask: fqdn, want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.1 Internet: a resolver that knows the whole world knows that", change: func(p *place) { p.around.Resolvers[1].Zones["."] = map[string]string{"shop.test": "198.51.100.80"} }, from: "internet/user", ask: fqdn,
			want: "name-not-found dns.nxdomain certain"},
	})
}
