package trace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// dnsRow is a request that begins with a name, in the town of nameTown changed by a row.
type dnsRow struct {
	name      string
	change    func(*place)
	from, ask string // pod/default/client and curl http://web/ where empty
	assume    string // one KEY=VALUE
	want      string // class, reason, certainty
	looked    string // QUESTION RCODE ADDRESS,ADDRESS of the question that decided; not compared where empty
	tried     string // names that were asked before that one, separated by spaces; "-" for none
	says      string // what some step says
	prints    string // EXIT MESSAGE of the client
}

// nameTown is the web lab with services of all kinds: headless, unready, alias, named ports.
func nameTown(t *testing.T) *place {
	p := web(t)
	p.pod("default/db-0", "node01", "10.244.1.20", "app=db", listensOn("db-0", "db"))
	p.pod("default/db-1", "node02", "10.244.2.20", "app=db", listensOn("db-1", "db"), unready)
	p.pod("default/db-2", "node02", "10.244.2.21", "app=db")
	p.service("default/db", "None", "app=db", "pg:5432:5432").hostnames("db")
	p.pod("default/cold", "node01", "10.244.1.25", "app=cold", unready)
	p.service("default/cold", "10.96.7.20", "app=cold", "http:80:8080")
	p.service("default/cold-less", "None", "app=cold", "http:80:8080")
	p.service("default/early", "None", "app=cold", "http:80:8080").change(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = true }).ready("early")
	p.service("team/web", "10.96.7.30", "app=none", ":80:8080")
	p.pod("team/api-1", "node02", "10.244.2.30", "app=api")
	p.service("team/api", "10.96.7.31", "app=api", "http:80:8080", "grpc:9000:9000")
	p.listens("default", "app=db", 5432, "TCP").listens("team", "app=api", 8080, "TCP", welcome).listens("default", "app=cold", 8080, "TCP", welcome)
	return p
}

func listensOn(hostname, subdomain string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.Hostname, p.Spec.Subdomain = hostname, subdomain }
}

// hostnames writes into a service's slice the hostnames that the controller would (endpointslice util ShouldSetHostname).
func (p *place) hostnames(service string) *place {
	for _, s := range p.slicesOf(service) {
		for i := range s.Endpoints {
			for _, o := range p.objects {
				if pod, ok := o.(*corev1.Pod); ok && pod.Name == s.Endpoints[i].TargetRef.Name && pod.Namespace == s.Namespace && pod.Spec.Subdomain == service && pod.Spec.Hostname != "" {
					s.Endpoints[i].Hostname = &pod.Spec.Hostname
				}
			}
		}
	}
	return p
}

// ready makes all endpoints of a service ready, as the controller does for publishNotReadyAddresses.
func (p *place) ready(service string) *place {
	yes := true
	for _, s := range p.slicesOf(service) {
		for i := range s.Endpoints {
			s.Endpoints[i].Conditions.Ready = &yes
		}
	}
	return p
}

// alias adds a service of type ExternalName.
func (p *place) alias(path, target string) *place {
	return p.service(path, "", "", ":80:80").change(func(s *corev1.Service) {
		s.Spec.Type, s.Spec.ExternalName, s.Spec.ClusterIP, s.Spec.ClusterIPs = corev1.ServiceTypeExternalName, target, "", nil
	})
}

// corefile replaces the Corefile.
func (p *place) corefile(text string) *place {
	for _, o := range p.objects {
		if cm, ok := o.(*corev1.ConfigMap); ok && cm.Name == "coredns" {
			cm.Data["Corefile"] = text
		}
	}
	return p
}

// remove takes objects away by name.
func (p *place) remove(names ...string) *place {
	p.objects = slices.DeleteFunc(p.objects, func(o cluster.Object) bool { return slices.Contains(names, o.GetName()) })
	return p
}

// kubelet gives the kubelets a configuration.
func (p *place) kubelet(text string) *place {
	return p.yaml(&corev1.ConfigMap{}, fmt.Sprintf("metadata: {name: kubelet-config, namespace: kube-system}\ndata: {kubelet: %q}", text))
}

// nodesAsk tells which resolver the nodes have: then nothing about it is assumed.
func (p *place) nodesAsk(resolver string) *place {
	for _, name := range []string{"node01", "node02"} {
		p.around.Hosts = append(p.around.Hosts, surroundings.Host{Name: name, Resolver: resolver})
	}
	return p
}

// other adds a pod that asks, with a change.
func (p *place) other(change ...func(*corev1.Pod)) *place {
	return p.pod("default/other", "node01", "10.244.1.40", "app=other", change...)
}

func dnsPolicy(policy corev1.DNSPolicy) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.DNSPolicy = policy }
}

// dnsConfig is KEY=VALUE,VALUE words: ns, search, and options with their values.
func dnsConfig(words ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		c := &corev1.PodDNSConfig{}
		for _, w := range words {
			key, value, _ := strings.Cut(w, "=")
			switch key {
			case "ns":
				c.Nameservers = strings.Split(value, ",")
			case "search":
				c.Searches = strings.Split(value, ",")
			default:
				option := corev1.PodDNSConfigOption{Name: key}
				if value != "" {
					option.Value = &value
				}
				c.Options = append(c.Options, option)
			}
		}
		p.Spec.DNSConfig = c
	}
}

func askNames(t *testing.T, rows []dnsRow) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p := nameTown(t)
			if row.change != nil {
				row.change(p)
			}
			if row.from == "" {
				row.from = "pod/default/client"
			}
			if row.ask == "" {
				row.ask = "curl http://web/"
			}
			var assume []string
			if row.assume != "" {
				assume = []string{row.assume}
			}
			tr := p.ask(row.from, row.ask, assume...)
			equal(t, summary(tr), row.want)
			if row.looked != "" {
				equal(t, looked(tr), row.looked)
			}
			if row.tried != "" {
				equal(t, tried(tr), strings.TrimPrefix(row.tried, "-"))
			}
			if row.says != "" && !slices.ContainsFunc(tr.Steps, func(s trace.Step) bool { return strings.Contains(s.Sentence, row.says) }) {
				t.Errorf("no step says %q", row.says)
				for _, s := range tr.Steps {
					t.Log(s.Kind, s.Sentence)
				}
			}
			if row.prints != "" {
				equal(t, strings.TrimSpace(fmt.Sprintf("%d %s", tr.Verdict.Client.ExitCode, tr.Verdict.Client.Message)), row.prints)
			}
			if t.Failed() {
				t.Log(tr.Verdict.Sentence, assumptionKeys(tr))
			}
		})
	}
}

func assumptionKeys(tr *trace.Trace) (out []string) {
	for _, a := range tr.Assumptions {
		out = append(out, a.Key)
	}
	return out
}

func looked(tr *trace.Trace) string {
	if tr.Lookup == nil {
		return "nothing"
	}
	return strings.TrimSpace(strings.Join([]string{tr.Lookup.Question, tr.Lookup.RCode, strings.Join(tr.Lookup.Addresses, ",")}, " "))
}

func tried(tr *trace.Trace) string {
	var out []string
	for _, q := range tr.Lookup.Tried {
		if q.Question != tr.Lookup.Question && !slices.Contains(out, q.Question) {
			out = append(out, q.Question)
		}
	}
	return strings.Join(out, " ")
}

const (
	webName   = "web.default.svc.cluster.local."
	webLooked = webName + " NOERROR 10.96.7.7"
	found     = "answered pod.delivered certain"
	supposed  = "answered pod.delivered assumed"
	noName    = "name-not-found dns.nxdomain certain"
	noData    = "name-not-found dns.nodata certain"
)

func TestSemanticsA11(t *testing.T) {
	fqdn := "curl http://web.default.svc.cluster.local/"
	askNames(t, []dnsRow{
		{name: "A1.1 row 1: ClusterFirst asks the cluster's DNS with the namespace's search list", want: found, looked: webLooked, tried: "-",
			says: "the search list default.svc.cluster.local, svc.cluster.local, cluster.local comes first"},
		{name: "A1.1 row 1: a pod without a policy is ClusterFirst", change: func(p *place) { p.other(dnsPolicy("")) }, from: "pod/default/other", want: found, looked: webLooked},
		{name: "A1.1 row 1: the search list is that of the pod's namespace", from: "pod/team/api-1", ask: "curl http://web/", want: "refused service.no-endpoints certain",
			looked: "web.team.svc.cluster.local. NOERROR 10.96.7.30"},
		{name: "A1.1 row 1: kubelet's clusterDNS beats the service", change: func(p *place) {
			p.kubelet("clusterDNS: [10.96.0.99]\nclusterDomain: cluster.local").service("kube-system/other-dns", "10.96.0.99", "k8s-app=kube-dns", "dns:53:53/UDP")
		}, want: found, says: "10.96.0.99"},
		{name: "A1.1 row 2: ClusterFirst on the host network has its node's resolver", change: func(p *place) { p.nodesAsk("lan-dns").pod("default/host", "node01", "172.20.128.6", "", onHost) },
			from: "pod/default/host", ask: fqdn, want: "name-not-found dns.nxdomain assumed", says: "resolver lan-dns", looked: "web.default.svc.cluster.local. NXDOMAIN"},
		{name: "A1.1 row 2: which knows the names of the LAN", change: func(p *place) { p.nodesAsk("lan-dns").pod("default/host", "node01", "172.20.128.6", "", onHost) },
			from: "pod/default/host", ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered certain", looked: "laptop.home.lan. NOERROR 172.20.128.50", tried: "-"},
		{name: "A1.1 row 3: ClusterFirstWithHostNet asks the cluster's DNS from the host network", change: func(p *place) {
			p.pod("default/host", "node01", "172.20.128.6", "", onHost, dnsPolicy(corev1.DNSClusterFirstWithHostNet))
		}, from: "pod/default/host", want: found, looked: webLooked},
		{name: "A1.1 row 3: and off it", change: func(p *place) { p.other(dnsPolicy(corev1.DNSClusterFirstWithHostNet)) }, from: "pod/default/other", want: found, looked: webLooked},
		{name: "A1.1 row 4: Default is the node's file", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSDefault)) },
			from: "pod/default/other", ask: fqdn, want: "name-not-found dns.nxdomain assumed", says: "resolver lan-dns", prints: "6 curl: (6) Could not resolve host: web.default.svc.cluster.local"},
		{name: "A1.1 row 4: where nobody says what that is the LAN's resolver is assumed", change: func(p *place) { p.other(dnsPolicy(corev1.DNSDefault)) },
			from: "pod/default/other", ask: "curl http://laptop.home.lan:8000/", want: "answered host.delivered assumed"},
		{name: "A1.1 row 5: None has what dnsConfig says and no more", change: func(p *place) { p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10")) },
			from: "pod/default/other", ask: fqdn, want: found, looked: webLooked, tried: "-", says: "there is no search list"},
		{name: "A1.1 row 5: None without a search list finds no short name", change: func(p *place) { p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10")) },
			from: "pod/default/other", want: "name-not-found dns.nxdomain assumed", looked: "web. NXDOMAIN", tried: "-"},
		{name: "A1.1 row 5: None with a search list does", change: func(p *place) {
			p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10", "search=default.svc.cluster.local"))
		}, from: "pod/default/other", want: found, looked: webLooked},
		{name: "A1.1 row 5: None without anything has no resolver", change: func(p *place) { p.other(dnsPolicy(corev1.DNSNone)) }, from: "pod/default/other",
			want: "name-not-found dns.no-resolver certain", prints: "6 curl: (6) Could not resolve host: web"},
		{name: "A1.1 row 5: None with a server that nothing here describes", change: func(p *place) { p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=8.8.8.8")) },
			from: "pod/default/other", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.1 row 6: a kubelet that says it has no clusterDNS gives the node's file", change: func(p *place) { p.nodesAsk("lan-dns").kubelet("clusterDNS: []\nclusterDomain: cluster.local") },
			ask: fqdn, want: "name-not-found dns.nxdomain assumed", says: "resolver lan-dns"},
		{name: "A1.1 row 6: one that does not say is taken to have the service's address", change: func(p *place) { p.kubelet("clusterDomain: cluster.local") }, want: "answered pod.delivered assumed", looked: webLooked},

		{name: "A1.1 dnsConfig: nameservers are added behind the policy's", change: func(p *place) { p.other(dnsConfig("ns=172.20.128.53")) }, from: "pod/default/other", want: "answered pod.delivered assumed",
			says: "asks the cluster's DNS (10.96.0.10)"},
		{name: "A1.1 dnsConfig: NXDOMAIN of the first is final, the second is not asked", change: func(p *place) {
			p.nodesAsk("public").other(dnsConfig("ns=172.20.128.53"))
		}, from: "pod/default/other", ask: "curl http://laptop.home.lan.:8000/", want: "cannot-tell outside.unknown unknown"},
		{name: "A1.1 dnsConfig: searches are added behind the policy's", change: func(p *place) { p.other(dnsConfig("search=team.svc.cluster.local")) },
			from: "pod/default/other", ask: "curl http://api/", want: supposed, looked: "api.team.svc.cluster.local. NOERROR 10.96.7.31",
			tried: "api.default.svc.cluster.local. api.svc.cluster.local. api.cluster.local."},
		{name: "A1.1 dnsConfig: a search domain that is there already is not added", change: func(p *place) {
			p.nodesAsk("lan-dns").other(dnsConfig("search=svc.cluster.local,default.svc.cluster.local"))
		}, from: "pod/default/other", ask: "curl http://nope/", want: "name-not-found dns.nxdomain assumed",
			looked: "nope.default.svc.cluster.local. NXDOMAIN", tried: "nope.svc.cluster.local. nope.cluster.local. nope."},
		{name: "A1.1 dnsConfig: options override by name", change: func(p *place) { p.other(dnsConfig("ndots=1")) }, from: "pod/default/other", ask: "curl http://api.team.svc.cluster.local/",
			want: found, tried: "-"},
		{name: "A1.1 dnsConfig: the policy's other options stay", change: func(p *place) { p.other(dnsConfig("single-request")) }, from: "pod/default/other", ask: "curl http://api.team.svc.cluster.local/",
			want: supposed, tried: "api.team.svc.cluster.local.default.svc.cluster.local. api.team.svc.cluster.local.svc.cluster.local. api.team.svc.cluster.local.cluster.local."},
		{name: "A1.1 dnsConfig: of four nameservers the last is not in the file", change: func(p *place) {
			p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.77,10.96.0.78,10.96.0.79,10.96.0.10", "search=default.svc.cluster.local"))
		}, from: "pod/default/other", want: "name-not-found dns.no-answer assumed"},
		{name: "A1.1 dnsConfig: of three the last is", change: func(p *place) {
			p.other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.77,10.96.0.78,10.96.0.10", "search=default.svc.cluster.local"))
		}, from: "pod/default/other", want: "answered pod.delivered assumed"},
		{name: "A1.1 dnsConfig: of 33 search domains the last is not in the file", change: func(p *place) {
			p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10", "search="+strings.Join(domains(32), ",")+",default.svc.cluster.local"))
		}, from: "pod/default/other", want: "name-not-found dns.nxdomain assumed"},
		{name: "A1.1 dnsConfig: of 32 it is", change: func(p *place) {
			p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10", "search="+strings.Join(domains(31), ",")+",default.svc.cluster.local"))
		}, from: "pod/default/other", want: "answered pod.delivered certain"},
		{name: "A1.1 dnsConfig: a search domain of more than 253 characters is dropped", change: func(p *place) {
			p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10", "search="+strings.Repeat("long.", 51)+",default.svc.cluster.local"))
		}, from: "pod/default/other", want: "answered pod.delivered certain", tried: "-"},
		{name: "A1.1 dnsConfig: behind 2048 characters nothing is kept", change: func(p *place) {
			p.nodesAsk("lan-dns").other(dnsPolicy(corev1.DNSNone), dnsConfig("ns=10.96.0.10", "search="+strings.Join(longDomains(9), ",")+",default.svc.cluster.local"))
		}, from: "pod/default/other", want: "name-not-found dns.nxdomain assumed"},

		{name: "A1.1 clusterDomain: empty at the kubelet, so the search list is the node's only", change: func(p *place) { p.nodesAsk("lan-dns").kubelet("clusterDNS: [10.96.0.10]\nclusterDomain: ''") },
			want: "name-not-found dns.nxdomain assumed", looked: "web. NXDOMAIN", tried: "-"},
		{name: "A1.1 clusterDomain: and full names are found", change: func(p *place) { p.kubelet("clusterDNS: [10.96.0.10]\nclusterDomain: ''") }, ask: fqdn, want: "answered pod.delivered assumed", tried: "-"},
		{name: "A1.1 zone: that of the Corefile", change: func(p *place) { p.corefile(".:53 {\n kubernetes k8s.corp.example\n}") }, want: found, looked: "web.default.svc.k8s.corp.example. NOERROR 10.96.7.7"},
		{name: "A1.1 zone: that of the kubelets, which write the search lists", change: func(p *place) {
			p.kubelet("clusterDNS: [10.96.0.10]\nclusterDomain: b.example").corefile(".:53 {\n kubernetes a.example b.example\n}")
		}, want: found, looked: "web.default.svc.b.example. NOERROR 10.96.7.7"},
		{name: "A1.1 zone: kubelets and CoreDNS that disagree find nothing", change: func(p *place) {
			p.kubelet("clusterDNS: [10.96.0.10]\nclusterDomain: b.example").corefile(".:53 {\n kubernetes a.example\n}")
		}, want: "name-not-found dns.servfail assumed", prints: "6 curl: (6) Could not resolve host: web"},
		{name: "A1.1 zone: what is given beats what is read", assume: "cluster-domain=other.example", change: func(p *place) { p.nodesAsk("lan-dns") },
			want: "cannot-tell outside.unknown unknown", looked: "web.default.svc.other.example."},
		{name: "A1.1 zone: nobody says", change: func(p *place) { p.remove("coredns") }, want: "answered pod.delivered assumed", looked: webLooked},
	})
}

func domains(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("d%d.svc.cluster.local", i))
	}
	return out
}

func longDomains(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("d%d.%ssvc.cluster.local", i, strings.Repeat("a23456789.", 22)))
	}
	return out
}

// slicesOf are the slices of a service, by its name.
func (p *place) slicesOf(service string) (out []*discoveryv1.EndpointSlice) {
	for _, o := range p.objects {
		if s, ok := o.(*discoveryv1.EndpointSlice); ok && s.Labels[discoveryv1.LabelServiceName] == service {
			out = append(out, s)
		}
	}
	return out
}
