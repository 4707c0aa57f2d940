package trace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// Names that few people ask for.
func TestAdversaryDNSRecords(t *testing.T) {
	const (
		nx     = "name-not-found dns.nxdomain certain"
		nodata = "name-not-found dns.nodata certain"
		got    = "answered pod.delivered certain"
		other  = "pod/default/other"
	)
	long := strings.Repeat("a", 64)
	upper := func(p *place) { p.nodesAsk("lan-dns") }
	askNames(t, []dnsRow{
		{name: "A1.3: names are asked for in any case", ask: "curl http://WEB/", want: got, looked: "web.default.svc.cluster.local. NOERROR 10.96.7.7"},
		{name: "A1.3: in full too", ask: "curl http://Web.Default.SVC.Cluster.Local./", want: got},
		{name: "A1.3: dig does not search", change: upper, ask: "dig web", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.3: unless told to", ask: "dig +search web", want: got},
		{name: "A1.3: host does", ask: "host web", want: got},
		{name: "A1.3: nslookup too", ask: "nslookup web", want: got},
		{name: "A1.3: the namespace's own name is there and has no address", ask: "dig default.svc.cluster.local", want: nodata},
		{name: "A1.3: so are the tree of services", ask: "dig svc.cluster.local", want: nodata},
		{name: "A1.3: and that of pods", ask: "dig pod.cluster.local", want: nodata},
		{name: "A1.3: and the zone", ask: "dig cluster.local", want: nodata},
		{name: "A1.3: a namespace under pods", ask: "dig default.pod.cluster.local", want: nodata},
		{name: "A1.3: one that is not there", ask: "dig nowhere.pod.cluster.local", want: nx},
		{name: "A1.3: nor under services", ask: "dig nowhere.svc.cluster.local", want: nx},
		{name: "A1.3: neither svc nor pod", ask: "dig web.default.cluster.local", want: nx},
		{name: "A1.3: three labels before a service are too many", ask: "dig a.b.c.web.default.svc.cluster.local", want: nx},
		{name: "A1.3: a port that has no name has no name here", ask: "dig _http._tcp.web.default.svc.cluster.local", want: nx},
		{name: "A1.3: a protocol alone is an endpoint's name", ask: "dig _tcp.api.team.svc.cluster.local", want: nx},
		{name: "A1.3: AAAA of an IPv4 service", ask: "dig AAAA web.default.svc.cluster.local", want: nodata},
		{name: "A1.3: MX of a service", ask: "dig MX web.default.svc.cluster.local", want: nodata},
		{name: "A1.3: MX of nothing", ask: "dig MX nope.default.svc.cluster.local", want: nx},
		{name: "A1.3: the version of the schema", ask: "dig TXT dns-version.cluster.local", want: "answered pod.delivered certain"},
		{name: "A1.3: TXT of a service", ask: "dig TXT web.default.svc.cluster.local", want: nodata},
		{name: "A1.3: SRV of a named port", ask: "dig SRV _http._tcp.api.team.svc.cluster.local", want: got},
		{name: "A1.3: SRV of all ports", ask: "dig SRV api.team.svc.cluster.local", want: got},
		{name: "A1.3: SRV of a port that is not there", ask: "dig SRV _nope._tcp.api.team.svc.cluster.local", want: nx},
		{name: "A1.3: PTR of a cluster IP", ask: "dig -x 10.96.7.7", want: got},
		{name: "A1.3: PTR of an endpoint", ask: "dig -x 10.244.1.4", want: got},
		{name: "A1.3: PTR of a pod that is none is asked for elsewhere", ask: "dig -x 10.244.1.5", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.3: an endpoint's dashed address", ask: "curl http://10-244-2-21.db:5432/", want: got},
		{name: "A1.3: where it has a hostname that is its only name", ask: "dig 10-244-1-20.db.default.svc.cluster.local", want: nx},
		{name: "A1.3: which is db-0", ask: "dig db-0.db.default.svc.cluster.local", want: got},
		{name: "A1.3: an unready endpoint has no name", ask: "dig db-1.db.default.svc.cluster.local", want: nx},
		{name: "A1.3: a pod's name is none", ask: "dig db-2.db.default.svc.cluster.local", want: nx},
		{name: "A1.3: an address of pods that is no address", ask: "dig a-b-c-d.default.pod.cluster.local", want: nx},
		{name: "A1.3: one out of range", ask: "dig 10-244-1-300.default.pod.cluster.local", want: nx},
		{name: "A1.3: a short one", ask: "dig 10-244-1.default.pod.cluster.local", want: nx},
		{name: "A1.3: in a namespace that is not there", ask: "dig 10-244-1-4.nowhere.pod.cluster.local", want: nx},
		{name: "A1.3: IPv6 in it", ask: "dig AAAA fd00-244-1--5.default.pod.cluster.local", want: got},
		{name: "A1.3: and IPv4 asked for as IPv6", ask: "dig AAAA 10-244-1-4.default.pod.cluster.local", want: nodata},
		{name: "A1.3: a label below that", ask: "dig x.10-244-1-4.default.pod.cluster.local", want: got},
		{name: "A1.3: a label of 64 characters is no name", change: upper, ask: "curl http://" + long + "/", want: "name-not-found dns.nxdomain assumed", prints: "6 curl: (6) Could not resolve host: " + long},
		{name: "A1.3: an alias with its final dot", change: func(p *place) { p.alias("default/api", "web.default.svc.cluster.local.") }, ask: "curl http://api/", want: got},
		{name: "A1.3: an alias does not translate ports", change: func(p *place) { p.alias("default/api", "web.default.svc.cluster.local") }, ask: "curl http://api:8080/", want: "no-answer service.port-undefined assumed"},
		{name: "A1.3: an alias of a headless service is the pod's port", change: func(p *place) {
			p.service("default/direct", "None", "app=web", ":80:8080").alias("default/api", "direct.default.svc.cluster.local")
		}, ask: "curl http://api:8080/", want: got},
		{name: "A1.3: an alias of an alias", change: func(p *place) {
			p.alias("default/one", "two.default.svc.cluster.local").alias("default/two", "web.default.svc.cluster.local")
		}, ask: "curl http://one/", want: got},
		{name: "A1.3: aliases in a ring", change: func(p *place) {
			upper(p)
			p.alias("default/one", "two.default.svc.cluster.local").alias("default/two", "one.default.svc.cluster.local")
		}, ask: "dig one.default.svc.cluster.local", want: nodata},
		{name: "A1.3: an alias has no endpoints' names", change: func(p *place) { p.alias("default/api", "web.default.svc.cluster.local") }, ask: "dig 10-244-1-4.api.default.svc.cluster.local", want: nx},
		{name: "A1.3: nor ports' names", change: func(p *place) { p.alias("default/api", "web.default.svc.cluster.local") }, ask: "dig _http._tcp.api.default.svc.cluster.local", want: nx},
		{name: "A1.3: an alias of a service in a namespace that is not there", change: func(p *place) { p.alias("default/api", "web.nowhere.svc.cluster.local") }, ask: "dig api.default.svc.cluster.local", want: nodata},
		{name: "A1.3: a headless service of another namespace by its short name", change: upper, from: "pod/team/api-1", ask: "curl http://db:5432/", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.3: a slice of names gives a headless service other names", change: func(p *place) {
			p.service("default/far", "None", "", ":80:80")
			p.objects = p.objects[:len(p.objects)-1]
			p.add("apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {namespace: default, name: far-x, labels: {kubernetes.io/service-name: far}}\naddressType: FQDN\nports: [{name: '', port: 80, protocol: TCP}]\nendpoints: [{addresses: [web.default.svc.cluster.local]}]\n")
		}, ask: "dig far.default.svc.cluster.local", want: got},
		{name: "A1.3: unready in the slice is unready in DNS, whatever the service publishes", change: func(p *place) {
			p.service("default/now", "None", "app=cold", "http:80:8080").change(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = true })
		}, ask: "dig now.default.svc.cluster.local", want: nx},
		{name: "A1.5: another nameserver is asked directly", ask: "dig @10.96.0.10 web.default.svc.cluster.local", want: got},
		{name: "A1.5: the pod behind it", ask: "dig @10.244.2.2 web.default.svc.cluster.local", want: got},
		{name: "A1.5: over TCP", ask: "dig +tcp @10.96.0.10 web.default.svc.cluster.local", want: got},
		{name: "A1.5: a pod that is no nameserver", ask: "dig @10.244.1.4 web.default.svc.cluster.local", want: "name-not-found dns.no-answer certain"},
		{name: "A1.5: a service with no DNS behind it", ask: "nslookup web.default.svc.cluster.local 10.96.7.7", want: "name-not-found dns.no-answer assumed"},
		{name: "A1.5: a nameserver of the Internet", ask: "dig @8.8.8.8 web.default.svc.cluster.local", want: "left-the-map outside.unknown assumed"},
		{name: "A1.1: options: TCP only", change: func(p *place) { p.listens("kube-system", "k8s-app=kube-dns", 53, "TCP").other(dnsConfig("use-vc")) }, from: other, want: got},
		{name: "A1.1: options: ndots beyond 15 is 15", change: func(p *place) { p.other(dnsConfig("ndots=30")) }, from: other, want: got},
		{name: "A1.1: options: ndots without a value is the library's 1", change: func(p *place) { upper(p); p.other(dnsConfig("ndots")) }, from: other, ask: "curl http://api.team.svc.cluster.local/", want: got, tried: "-"},
		{name: "A1.1: a search domain that is the root", change: func(p *place) { p.other(dnsConfig("search=.")) }, from: other, want: got},
		{name: "A1.1: ClusterFirst on the host network with the cluster's search list in dnsConfig, and the node's nameserver", change: func(p *place) {
			upper(p)
			p.pod("default/host", "node01", "172.20.128.6", "", onHost, dnsConfig("search=default.svc.cluster.local"))
		}, from: "pod/default/host", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.1: and with the cluster's nameserver behind the node's", change: func(p *place) {
			upper(p)
			p.pod("default/host", "node01", "172.20.128.6", "", onHost, dnsConfig("ns=10.96.0.10", "search=default.svc.cluster.local"))
		}, from: "pod/default/host", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.4: CoreDNS on a port that its service does not send to", change: func(p *place) { p.corefile(".:5353 {\n kubernetes cluster.local\n}") }, want: "name-not-found dns.no-answer assumed"},
		{name: "A1.4: pods verified: a pod that ends is none", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n  pods verified\n }\n}").pod("default/old", "node01", "10.244.1.77", "", terminating)
		}, ask: "dig 10-244-1-77.default.pod.cluster.local", want: nx},
		{name: "A1.4: pods verified: one that runs", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  pods verified\n }\n}") }, ask: "dig 10-244-1-4.default.pod.cluster.local", want: got},
		{name: "A1.4: pods verified: in its own namespace only", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  pods verified\n }\n}") }, ask: "dig 10-244-1-4.team.pod.cluster.local", want: nx},
		{name: "A1.4: pods verified: one on the host network", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n  pods verified\n }\n}").pod("default/host", "node01", "172.20.128.6", "", onHost)
		}, ask: "dig 172-20-128-6.default.pod.cluster.local", want: got},
		{name: "A1.4: two zones, asked for in the second", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local corp.local\n}") }, ask: "dig web.default.svc.corp.local", want: got},
		{name: "A1.4: endpoint_pod_names makes the pod's name one", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  endpoint_pod_names\n }\n}") }, ask: "dig db-2.db.default.svc.cluster.local", want: got},
		{name: "A1.4: and the dashed address none", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  endpoint_pod_names\n }\n}") }, ask: "dig 10-244-2-21.db.default.svc.cluster.local", want: nx},
		{name: "A1.4: without a forwarder names of elsewhere fail", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local\n}") }, ask: "dig example.com", want: "name-not-found dns.servfail certain"},
		{name: "A1.4: outside of the zone of every block they are refused", change: func(p *place) { p.corefile("cluster.local:53 {\n kubernetes cluster.local\n}") }, ask: "dig example.com", want: "name-not-found dns.servfail certain"},
		{name: "A1.4: ignore empty_service hides a service without endpoints", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n  ignore empty_service\n }\n}")
		}, ask: "dig cold.default.svc.cluster.local", want: nx},
		{name: "A1.4: noendpoints hides headless ones", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  noendpoints\n }\n}") }, ask: "dig db.default.svc.cluster.local", want: nx},
		{name: "A1.4: and not the others", change: func(p *place) { p.corefile(".:53 {\n kubernetes cluster.local {\n  noendpoints\n }\n}") }, ask: "dig web.default.svc.cluster.local", want: got},
		{name: "A1.4: namespaces hides the others' names", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local {\n  namespaces team\n }\n}")
		}, ask: "dig web.default.svc.cluster.local", want: nx},
		{name: "A1.4: and their PTR records too", change: func(p *place) {
			p.corefile(".:53 {\n kubernetes cluster.local in-addr.arpa {\n  namespaces team\n }\n}")
		}, ask: "dig -x 10.96.7.7", want: nx},
	})
}

// Lines as people write them: what is asked for, of whom, and what the client prints.
func TestAdversaryClientLines(t *testing.T) {
	const (
		yes    = "answered pod.delivered certain"
		shut   = "refused pod.port-closed certain"
		none   = "refused service.no-endpoints certain"
		no     = "no-answer service.port-undefined assumed"
		couldn = "curl: (7) Failed to connect to web port 80 after 0 ms: Couldn't connect to server"
	)
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	two := func(states ...corev1.ContainerState) func(*place) {
		return func(p *place) {
			p.other(func(pod *corev1.Pod) {
				pod.Spec.Containers = []corev1.Container{{Name: "c"}, {Name: "d"}}
				for i, s := range states {
					pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{Name: []string{"c", "d"}[i], State: s})
				}
			})
		}
	}
	missing := func(p *place) {
		for i := range p.around.Listeners {
			p.around.Listeners[i].Answers = []surroundings.Answer{{Path: "*", Status: 404}}
		}
	}
	noEnds := func(p *place) {
		p.remove("web-1", "web-2").service("default/down", "10.96.7.60", "app=nobody", ":80:8080")
	}
	askNames(t, []dnsRow{
		{name: "curl: a name alone", ask: "curl web", want: yes},
		{name: "curl: a name and a port", ask: "curl web:80", want: yes},
		{name: "curl: a port with a zero before it", ask: "curl http://web:080/", want: yes},
		{name: "curl: with a user", ask: "curl http://user:secret@web/", want: yes},
		{name: "curl: one slash for two", ask: "curl http:/web/", want: yes},
		{name: "curl: three", ask: "curl http:///web/", want: yes},
		{name: "curl: a scheme in capitals", ask: "curl HTTP://web", want: yes},
		{name: "curl: a query and a fragment", ask: "curl 'http://web/?q=1#x'", want: yes},
		{name: "curl: an address as one number", ask: "curl http://174065415/", want: yes},
		{name: "curl: in hexadecimal", ask: "curl http://0x0a600707/", want: yes},
		{name: "curl: in three parts", ask: "curl http://10.96.1799/", want: yes},
		{name: "curl: in octal", ask: "curl http://012.96.7.7/", want: yes},
		{name: "curl: IPv4 in IPv6", ask: "curl 'http://[::ffff:10.96.7.7]/'", want: yes},
		{name: "curl: IPv6 from a pod that has none", ask: "curl -g 'http://[fd00::1]/'", want: "no-answer boundary.no-route certain", prints: "7 curl: (7) Failed to connect to fd00::1 port 80: No route to host"},
		{name: "curl: --resolve to a pod keeps the port", ask: "curl --resolve web:80:10.244.1.4 http://web/", want: shut, prints: "7 " + couldn},
		{name: "curl: --resolve to a pod's port", ask: "curl --resolve web:8080:10.244.1.4 http://web:8080/", want: yes},
		{name: "curl: --resolve of every name", ask: "curl --resolve '*:80:10.96.7.7' http://anything/", want: yes},
		{name: "curl: --resolve of another port does nothing", ask: "curl --resolve web:443:10.244.1.4 http://web/", want: yes},
		{name: "curl: --resolve of two addresses tries the second", ask: "curl --resolve web:8080:10.244.2.2,10.244.1.4 http://web:8080/", want: yes},
		{name: "curl: --connect-to an address", ask: "curl --connect-to ::10.96.7.7: http://elsewhere/", want: yes},
		{name: "curl: --connect-to another name and port", ask: "curl --connect-to elsewhere:80:web:81 http://elsewhere/", want: no},
		{name: "curl: a proxy is not modelled, and not passed over", ask: "curl -x http://web:80 http://elsewhere/", want: "cannot-tell not-modelled.flag-x unknown"},
		{name: "curl: nor is one by SOCKS", ask: "curl --socks5 web:80 http://elsewhere/", want: "cannot-tell not-modelled.socks5 unknown"},
		{name: "curl: nor a socket of the file system", ask: "curl --unix-socket /run/x http://web/", want: "cannot-tell not-modelled.unix-socket unknown"},
		{name: "curl: https asks port 443", ask: "curl -k https://web/", want: no},
		{name: "curl: -f and what the application says", change: missing, ask: "curl -f http://web/nope", want: "http-error http.status certain", prints: "22 curl: (22) The requested URL returned error: 404"},
		{name: "curl: without it that is no failure of curl's", change: missing, ask: "curl http://web/nope", want: "http-error http.status certain", prints: "0"},
		{name: "curl: -I", ask: "curl -I http://web/", want: yes, prints: "0"},
		{name: "curl: -m where nobody answers", ask: "curl -m 3 http://web:81/", want: no, prints: "28 curl: (28) Connection timed out after 3001 milliseconds"},
		{name: "curl: -s prints nothing", change: noEnds, ask: "curl -s http://down/", want: none, prints: "7"},
		{name: "curl: -sS does", change: noEnds, ask: "curl -sS http://down/", want: none, prints: "7 curl: (7) Failed to connect to down port 80 after 0 ms: Couldn't connect to server"},
		{name: "curl: -m does not matter where somebody refuses", change: noEnds, ask: "curl -m 1 http://down/", want: none, prints: "7 curl: (7) Failed to connect to down port 80 after 0 ms: Couldn't connect to server"},
		{name: "wget: a name alone", ask: "wget -qO- web", want: yes},
		{name: "wget: refused", change: noEnds, ask: "wget -qO- -T 2 http://down", want: none, prints: "4"},
		{name: "nc: a port by its name", ask: "nc -zv web http", want: yes},
		{name: "nc: UDP of a TCP service", ask: "nc -uz web 80", want: no},
		{name: "nc: UDP to a pod that does not listen", ask: "nc -uzv 10.244.1.4 9999", want: shut, prints: "1 nc: connect to 10.244.1.4 port 9999 (udp) failed: Connection refused"},
		{name: "ping: a pod", ask: "ping -c 1 10.244.1.4", want: yes},
		{name: "ping: IPv6 of an IPv4 service", ask: "ping -6 -c 1 web", change: func(p *place) { p.nodesAsk("lan-dns") }, want: "name-not-found dns.nodata assumed"},
		{name: "kubectl exec: a container that waits cannot ask", change: two(running, waiting), from: "pod/default/other/d", ask: "curl http://10.96.7.7/", want: "answered pod.delivered assumed"},
		{name: "kubectl exec: one beside it can", change: two(running, waiting), from: "pod/default/other/c", ask: "curl http://10.96.7.7/", want: yes},
		{name: "kubectl exec: a pod of which one runs can", change: two(waiting, running), from: "pod/default/other", ask: "curl http://10.96.7.7/", want: yes},
		{name: "kubectl exec: one of which none runs cannot", change: two(waiting, waiting), from: "pod/default/other", ask: "curl http://10.96.7.7/", want: "answered pod.delivered assumed"},
	})
}
