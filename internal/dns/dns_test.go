package dns

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// The helper world: zone k.example; namespaces default, web and com; service default/server (10.96.7.7, http 80),
// headless default/db with a ready endpoint named db-0 and an unready db-1, default/alias to server, default/out to
// www.example.org, service web/api (10.96.8.8); the LAN's resolver with zone company.lan, and the Internet's behind it.

const corefile = `.:53 {
    errors
    kubernetes k.example in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    forward . /etc/resolv.conf
    cache 30
}
`

func meta(ns, name string) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: ns, Name: name} }

func clusterService(ns, name, ip string) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(ns, name), Spec: corev1.ServiceSpec{
		ClusterIP: ip, ClusterIPs: []string{ip}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, Protocol: corev1.ProtocolTCP}},
	}}
}

func external(name, target string) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta("default", name), Spec: corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: target}}
}

func newView(t *testing.T, file string, change ...func(*cluster.Writer)) *cluster.View {
	t.Helper()
	yes, no, name, port, tcp := true, false, "sql", int32(5432), corev1.ProtocolTCP
	one, two, portless := "db-0", "db-1", "x"
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	return store.Update(func(w *cluster.Writer) {
		for _, ns := range []string{"default", "web", "com", "kube-system"} {
			w.Put(&corev1.Namespace{ObjectMeta: meta("", ns)})
		}
		if file != "" {
			w.Put(&corev1.ConfigMap{ObjectMeta: meta("kube-system", "coredns"), Data: map[string]string{"Corefile": file}})
		}
		w.Put(clusterService("kube-system", "kube-dns", "10.96.0.10"))
		w.Put(clusterService("default", "server", "10.96.7.7"))
		w.Put(clusterService("web", "api", "10.96.8.8"))
		w.Put(clusterService("com", "example", "10.96.9.9"))
		w.Put(clusterService("default", "db", "None"))
		w.Put(external("alias", "server.default.svc.k.example"))
		w.Put(external("dangling", "nothing.default.svc.k.example"))
		w.Put(external("out", "www.example.org"))
		w.Put(external("literal", "192.0.2.1"))
		w.Put(external("loop", "x.loop.default.svc.k.example"))
		w.Put(clusterService("default", "named", "None"))
		w.Put(&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "named-x", Labels: map[string]string{discoveryv1.LabelServiceName: "named"}},
			AddressType: discoveryv1.AddressTypeFQDN, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"www.example.org"}}},
			Ports: []discoveryv1.EndpointPort{{Name: &portless, Protocol: &tcp}},
		})
		bare := clusterService("default", "bare", "None")
		bare.Spec.Ports = nil
		w.Put(bare)
		w.Put(&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "bare-x", Labels: map[string]string{discoveryv1.LabelServiceName: "bare"}},
			AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.244.1.11"}}},
		})
		w.Put(&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "default", Name: "db-x", Labels: map[string]string{discoveryv1.LabelServiceName: "db"}},
			AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &tcp}},
			Endpoints: []discoveryv1.Endpoint{
				{Addresses: []string{"10.244.1.7"}, Hostname: &one, Conditions: discoveryv1.EndpointConditions{Ready: &yes}},
				{Addresses: []string{"10.244.1.8"}, Hostname: &two, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
				{Addresses: []string{"10.244.1.9"}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}},
			},
		})
		w.SetSurroundings(&surroundings.Surroundings{
			Resolvers: []surroundings.Resolver{
				{Name: "lan-dns", Layer: surroundings.LayerLAN, Address: netip.MustParseAddr("10.40.50.53"), Next: "public", Zones: map[string]map[string]string{"company.lan": {"mysql": "10.40.50.30"}}},
				{Name: "public", Layer: surroundings.LayerInternet, Address: netip.MustParseAddr("192.0.2.53"), Zones: map[string]map[string]string{".": {"www.example.org": "192.0.2.80"}}},
			},
			Hosts: []surroundings.Host{{Name: "laptop", Layer: surroundings.LayerLAN, Resolver: "lan-dns", HostsFile: map[string]string{"shop.demo": "10.40.50.1"}}},
		})
		for _, c := range change {
			c(w)
		}
	})
}

func pod(change ...func(*corev1.Pod)) Client {
	p := &corev1.Pod{ObjectMeta: meta("default", "client")}
	p.Status.PodIP = "10.244.1.5"
	for _, c := range change {
		c(p)
	}
	return Client{Pod: cluster.PodOf(p)}
}

// say writes an answer in one line: code and the values of its records.
func say(a Answer) string {
	if a.Unknown != "" {
		return "unknown " + a.UnknownReason
	}
	s := string(a.RCode)
	for _, r := range a.Records {
		s += " " + r.Type + "=" + strings.TrimSuffix(r.Value, ".")
	}
	return s
}

func TestRecordsOfTheKubernetesPlugin(t *testing.T) {
	rows := []struct{ name, question, kind, want string }{
		{"a service's name", "server.default.svc.k.example", "A", "NOERROR A=10.96.7.7"},
		{"case does not matter", "SERVER.Default.svc.K.example.", "A", "NOERROR A=10.96.7.7"},
		{"a family the service lacks is NODATA", "server.default.svc.k.example", "AAAA", "NODATA"},
		{"no such service", "nothing.default.svc.k.example", "A", "NXDOMAIN"},
		{"no such namespace", "server.nowhere.svc.k.example", "A", "NXDOMAIN"},
		{"a namespace's name is NODATA", "default.svc.k.example", "A", "NODATA"},
		{"svc itself is NODATA", "svc.k.example", "A", "NODATA"},
		{"the apex is NODATA", "k.example", "A", "NODATA"},
		{"what is neither svc nor pod", "server.default.nix.k.example", "A", "NXDOMAIN"},
		{"a headless service has its ready endpoints", "db.default.svc.k.example", "A", "NOERROR A=10.244.1.7 A=10.244.1.9"},
		{"an endpoint by its hostname", "db-0.db.default.svc.k.example", "A", "NOERROR A=10.244.1.7"},
		{"an unready endpoint has no name", "db-1.db.default.svc.k.example", "A", "NXDOMAIN"},
		{"an endpoint without a hostname by its address", "10-244-1-9.db.default.svc.k.example", "A", "NOERROR A=10.244.1.9"},
		{"a named port answers addresses", "_http._tcp.server.default.svc.k.example", "A", "NOERROR A=10.96.7.7"},
		{"also without underscores", "http.tcp.server.default.svc.k.example", "A", "NOERROR A=10.96.7.7"},
		{"a port that is not there", "_smtp._tcp.server.default.svc.k.example", "SRV", "NXDOMAIN"},
		{"SRV of a named port", "_http._tcp.server.default.svc.k.example", "SRV", "NOERROR SRV=0 100 80 server.default.svc.k.example"},
		{"too many labels", "a.b.c.server.default.svc.k.example", "A", "NXDOMAIN"},
		{"an ExternalName inside is followed", "alias.default.svc.k.example", "A", "NOERROR CNAME=server.default.svc.k.example A=10.96.7.7"},
		{"an ExternalName to nothing inside is NODATA", "dangling.default.svc.k.example", "A", "NODATA"},
		{"an ExternalName outside is looked up", "out.default.svc.k.example", "A", "NOERROR CNAME=www.example.org A=192.0.2.80"},
		{"an ExternalName that is an address is nothing", "literal.default.svc.k.example", "A", "NXDOMAIN"},
		{"CNAME itself", "alias.default.svc.k.example", "CNAME", "NOERROR CNAME=server.default.svc.k.example"},
		{"a pod record needs no pod", "1-2-3-4.default.pod.k.example", "A", "NOERROR A=1.2.3.4"},
		{"a pod record needs its namespace", "1-2-3-4.nowhere.pod.k.example", "A", "NXDOMAIN"},
		{"a pod record needs an address", "client.default.pod.k.example", "A", "NXDOMAIN"},
		{"the reverse of a cluster IP", "7.7.96.10.in-addr.arpa", "PTR", "NOERROR PTR=server.default.svc.k.example"},
		{"the reverse of an endpoint", "7.1.244.10.in-addr.arpa", "PTR", "NOERROR PTR=db-0.db.default.svc.k.example"},
		{"the reverse of an unready endpoint falls through to the world", "8.1.244.10.in-addr.arpa", "PTR", "NXDOMAIN"},
		{"the LAN's zone through the nodes' resolver", "mysql.company.lan", "A", "NOERROR A=10.40.50.30"},
		{"an address' name for another type is no name", "7.7.96.10.in-addr.arpa", "A", "NXDOMAIN"},
		{"PTR of a service's name is NODATA", "server.default.svc.k.example", "PTR", "NODATA"},
		{"an alias has no PTR and is not followed", "alias.default.svc.k.example", "PTR", "NODATA"},
		{"nor for text", "out.default.svc.k.example", "TXT", "NODATA"},
		{"nor for types that no service has", "out.default.svc.k.example", "HTTPS", "NODATA"},
		{"text of a namespace's name is NXDOMAIN", "default.svc.k.example", "TXT", "NXDOMAIN"},
		{"an alias to a name below itself is a loop", "loop.default.svc.k.example", "A", "NODATA"},
		{"SRV of a pod record has no port", "1-2-3-4.default.pod.k.example", "SRV", "NOERROR SRV=0 100 0 1-2-3-4.default.pod.k.example"},
		{"an IPv4 address in a pod record of IPv6", "0-0-0-0-0-ffff-102-304.default.pod.k.example", "A", "NOERROR A=1.2.3.4"},
		{"an endpoint that is a name is an alias", "named.default.svc.k.example", "A", "NOERROR CNAME=www.example.org A=192.0.2.80"},
		{"an endpoint port without a number is not in SRV", "_x._tcp.named.default.svc.k.example", "SRV", "NODATA"},
		{"what has no ports has none with a protocol", "_._tcp.bare.default.svc.k.example", "A", "NXDOMAIN"},
		{"the name server is the DNS service", "ns.dns.k.example", "A", "NOERROR A=10.96.0.10"},
		{"a name of the Internet that is not there", "no.such.example.org", "A", "NXDOMAIN"},
	}
	view := newView(t, corefile)
	c := ReadConfig(view, Given{})
	if c.Zone != "k.example" || c.ZoneOrigin != OriginDetected {
		t.Fatalf("zone %q (%s)", c.Zone, c.ZoneOrigin)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			a := c.Answer(view, Question{row.question, row.kind}, netip.Addr{})
			if got := say(a); got != row.want {
				t.Errorf("got %s (%s), want %s", got, a.Why, row.want)
			}
			if (a.Reason == "") != (a.RCode == NoError) {
				t.Errorf("code %s with reason %q", a.RCode, a.Reason)
			}
		})
	}
}

func TestCorefilesThatChangeAnswers(t *testing.T) {
	k8s := func(options string) string {
		return ".:53 {\n kubernetes k.example {\n" + options + "\n }\n forward . 192.0.2.53\n}\n"
	}
	verified := k8s("pods verified")
	rows := []struct{ name, file, question, want string }{
		{"pods that are disabled have no namespaces either", k8s(""), "default.pod.k.example", "NXDOMAIN"},
		{"verified pods have a namespace", verified, "default.pod.k.example", "NODATA"},
		{"a verified pod", verified, "10-244-3-1.default.pod.k.example", "NOERROR A=10.244.3.1"},
		{"a verified pod in another namespace", verified, "10-244-3-1.web.pod.k.example", "NXDOMAIN"},
		{"a pod that ends is none", verified, "10-244-3-2.default.pod.k.example", "NXDOMAIN"},
		{"a pod of an unknown phase is none", verified, "10-244-3-3.default.pod.k.example", "NXDOMAIN"},
		{"labels select pods too", k8s("pods verified\n labels a=b"), "10-244-3-1.default.pod.k.example", "NXDOMAIN"},
		{"no endpoint records leave all services empty", k8s("noendpoints\n ignore empty_service"), "server.default.svc.k.example", "NXDOMAIN"},
		{"a bound server does not know its addresses", ".:53 {\n bind 127.0.0.1\n kubernetes k.example\n}", "ns.dns.k.example", "NODATA"},
		{"a CIDR between two octets is several zones", ".:53 {\n template ANY ANY 10.96.0.0/12 {\n rcode NXDOMAIN\n }\n}", "1.0.100.10.in-addr.arpa", "NXDOMAIN"},
		{"and no wider one", ".:53 {\n template ANY ANY 10.96.0.0/12 {\n rcode NXDOMAIN\n }\n}", "1.0.112.10.in-addr.arpa", "SERVFAIL"},
		{"the first word of hosts is a file", ".:53 {\n kubernetes k.example\n hosts k.example {\n 10.0.0.1 a.b\n }\n}", "a.b", "NOERROR A=10.0.0.1"},
		{"hosts without a file reads the pod's own", ".:53 {\n hosts\n}", "ip6-localnet", "NODATA"},
		{"an asterisk of hosts is one label", ".:53 {\n hosts {\n 10.0.0.1 *.wild.test\n }\n}", "x.wild.test", "NOERROR A=10.0.0.1"},
		{"and not two", ".:53 {\n hosts {\n 10.0.0.1 *.wild.test\n }\n}", "x.y.wild.test", "SERVFAIL"},
		{"hosts has names of its zones only", ".:53 {\n hosts f a.test {\n 10.0.0.1 x.b.test\n fallthrough\n }\n forward . 192.0.2.53\n}", "x.b.test", "NXDOMAIN"},
		{"an address' name for another type does not pass hosts", ".:53 {\n hosts {\n 10.0.0.1 a.b\n }\n forward . 192.0.2.53\n}", "1.0.0.10.in-addr.arpa", "SERVFAIL"},
		{"the first rewrite that matches ends them", ".:53 {\n rewrite name front.shop other.shop\n rewrite name other.shop server.default.svc.k.example\n kubernetes k.example\n forward . 192.0.2.53\n}", "front.shop", "NXDOMAIN"},
		{"unless it goes on", ".:53 {\n rewrite continue name front.shop other.shop\n rewrite name other.shop server.default.svc.k.example\n kubernetes k.example\n}", "front.shop", "NOERROR A=10.96.7.7"},
		{"a prefix ends with a label", ".:53 {\n rewrite name prefix old server answer auto\n kubernetes k.example\n}", "old.default.svc.k.example", "NOERROR A=10.96.7.7"},
		{"and is no part of one", ".:53 {\n rewrite name prefix ser old answer auto\n kubernetes k.example\n}", "server.default.svc.k.example", "NOERROR A=10.96.7.7"},
		{"values are rewritten back as well", ".:53 {\n rewrite name suffix .shop .default.svc.k.example answer auto\n kubernetes k.example\n}", "alias.shop", "NOERROR CNAME=server.shop A=10.96.7.7"},
		{"a rewritten name that is not there needs no answer rule", ".:53 {\n rewrite name suffix .shop .default.svc.k.example\n kubernetes k.example\n}", "nothing.shop", "NXDOMAIN"},
		{"an alias that a rewrite leads back to itself", ".:53 {\n rewrite name www.example.org out.default.svc.k.example\n kubernetes k.example\n}", "out.default.svc.k.example", "unknown not-modelled.dns-rewrite"},
		{"a rewrite to what is no name", ".:53 {\n rewrite name regex (.*)\\.shop\\. {1}..x\n kubernetes k.example\n}", "server.shop", "SERVFAIL"},
		{"a template that does not match lets the next one try", ".:53 {\n template IN A t.example {\n match ^a\n fallthrough\n }\n template IN A t.example {\n answer \"{{ .Name }} 60 IN A 192.0.2.9\"\n }\n}", "x.t.example", "NOERROR A=192.0.2.9"},
		{"and fails where it does not fall through", ".:53 {\n template IN A t.example {\n match ^a\n }\n forward . 192.0.2.53\n}", "x.t.example", "SERVFAIL"},
		{"the name of forward itself is no exception", ".:53 {\n forward example.org 192.0.2.53 {\n except example.org\n }\n}", "example.org", "NODATA"},
		{"pods are disabled unless said otherwise", k8s(""), "1-2-3-4.default.pod.k.example", "NXDOMAIN"},
		{"verified pods need a pod", k8s("pods verified"), "1-2-3-4.default.pod.k.example", "NXDOMAIN"},
		{"namespaces that are not listed", k8s("namespaces web"), "server.default.svc.k.example", "NXDOMAIN"},
		{"services by label", k8s("labels app=x"), "server.default.svc.k.example", "NXDOMAIN"},
		{"empty services are ignored", k8s("ignore empty_service"), "server.default.svc.k.example", "NXDOMAIN"},
		{"no endpoint records", k8s("noendpoints"), "db.default.svc.k.example", "NXDOMAIN"},
		{"fallthrough goes to forward", k8s("fallthrough"), "nothing.default.svc.k.example", "NXDOMAIN"},
		{"hosts before kubernetes", ".:53 {\n kubernetes k.example\n hosts {\n 10.0.0.1 server.default.svc.k.example\n fallthrough\n }\n}", "server.default.svc.k.example", "NOERROR A=10.0.0.1"},
		{"hosts without fallthrough fail on all else", ".:53 {\n kubernetes k.example\n hosts {\n 10.0.0.1 a.b\n }\n}", "server.default.svc.k.example", "SERVFAIL"},
		{"an exact rewrite", ".:53 {\n rewrite name front.shop server.default.svc.k.example\n kubernetes k.example\n}", "front.shop", "NOERROR A=10.96.7.7"},
		{"a regex rewrite with its answer", ".:53 {\n rewrite stop {\n  name regex (.*)\\.shop\\. {1}.default.svc.k.example\n  answer name (.*)\\.default\\.svc\\.k\\.example\\. {1}.shop\n }\n kubernetes k.example\n}", "server.shop", "NOERROR A=10.96.7.7"},
		{"a rewrite without its answer has records of another name", ".:53 {\n rewrite name suffix .shop .default.svc.k.example\n kubernetes k.example\n}", "server.shop", "NOERROR A=10.96.7.7"},
		{"the longest zone picks the block", ".:53 {\n forward . 192.0.2.53\n}\ncompany.lan:53 {\n forward . 10.40.50.53\n}", "mysql.company.lan", "NOERROR A=10.40.50.30"},
		{"a block on another port is not asked", "company.lan:5353 {\n forward . 10.40.50.53\n}", "mysql.company.lan", "REFUSED"},
		{"a template that denies", ".:53 {\n template ANY ANY bad.example {\n rcode NXDOMAIN\n }\n forward . 192.0.2.53\n}", "x.bad.example", "NXDOMAIN"},
		{"a template that answers", ".:53 {\n template IN A t.example {\n match .*\n answer \"{{ .Name }} 60 IN A 192.0.2.9\"\n }\n}", "x.t.example", "NOERROR A=192.0.2.9"},
		{"forward to whom nobody knows", ".:53 {\n forward . 9.9.9.9\n}", "www.example.org", "unknown outside.unknown"},
		{"forward with an exception", ".:53 {\n forward . 192.0.2.53 {\n except example.org\n }\n}", "www.example.org", "SERVFAIL"},
		{"a plugin that is not interpreted", ".:53 {\n acl {\n block\n }\n kubernetes k.example\n}", "server.default.svc.k.example", "unknown not-modelled.dns-acl"},
		{"a snippet", "(k) {\n kubernetes k.example\n}\n.:53 {\n import k\n}", "server.default.svc.k.example", "NOERROR A=10.96.7.7"},
		{"comments and quotes", "# first\n.:53 { # here\n kubernetes \"k.example\"\n}", "server.default.svc.k.example", "NOERROR A=10.96.7.7"},
		{"a Corefile that cannot be read", ".:53 {\n kubernetes k.example", "server.default.svc.k.example", "unknown not-modelled.corefile"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			view := newView(t, row.file, func(w *cluster.Writer) {
				for i, phase := range []corev1.PodPhase{corev1.PodRunning, corev1.PodRunning, corev1.PodUnknown} {
					p := &corev1.Pod{ObjectMeta: meta("default", fmt.Sprintf("pod-%d", i))}
					p.Status.Phase, p.Status.PodIP = phase, fmt.Sprintf("10.244.3.%d", i+1)
					p.Status.PodIPs = []corev1.PodIP{{IP: p.Status.PodIP}}
					if i == 1 {
						p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
					}
					w.Put(p)
				}
			})
			a := ReadConfig(view, Given{}).Answer(view, Question{row.question, "A"}, netip.Addr{})
			if got := say(a); got != row.want {
				t.Errorf("got %s (%s), want %s", got, a.Why+a.Unknown, row.want)
			}
		})
	}
}

func TestTimesToLive(t *testing.T) {
	rows := []struct {
		name, plugins, question string
		want                    int
	}{
		{"the plugin's own", "kubernetes k.example", "server.default.svc.k.example", 5},
		{"as the Corefile says", "kubernetes k.example {\n ttl 50\n }", "server.default.svc.k.example", 50},
		{"of what is forwarded", "forward . 192.0.2.53", "www.example.org", 300},
		{"a cache caps it", "cache 30\n forward . 192.0.2.53", "www.example.org", 30},
		{"and raises it", "cache 30\n kubernetes k.example {\n ttl 0\n }", "server.default.svc.k.example", 5},
		{"where it is for the name", "cache 30 k.example\n forward . 192.0.2.53", "www.example.org", 300},
		{"by its own limits", "cache {\n success 100 60 40\n }\n kubernetes k.example", "server.default.svc.k.example", 40},
		{"to one for all records", "cache\n kubernetes k.example\n forward . 192.0.2.53", "out.default.svc.k.example", 5},
	}
	for _, row := range rows {
		view := newView(t, ".:53 {\n "+row.plugins+"\n}")
		a := ReadConfig(view, Given{}).Answer(view, Question{row.question, "A"}, netip.Addr{})
		if len(a.Records) == 0 {
			t.Errorf("%s: no records", row.name)
		}
		for _, r := range a.Records {
			if r.TTL != row.want {
				t.Errorf("%s: %v, want %d s", row.name, r, row.want)
			}
		}
	}
}

func TestRecordsKeepTheNameThatWasAskedFor(t *testing.T) {
	view := newView(t, ".:53 {\n rewrite name front.shop server.default.svc.k.example\n kubernetes k.example\n}")
	a := ReadConfig(view, Given{}).Answer(view, Question{"front.shop", "A"}, netip.Addr{})
	if len(a.Records) != 1 || a.Records[0].Name != "front.shop." {
		t.Errorf("got %v", a.Records)
	}
}

func TestReverseNames(t *testing.T) {
	long := strings.Repeat("0.", 24) + "8.b.d.0.1.0.0.2.ip6.arpa."
	rows := map[string]string{
		"4.3.2.1.in-addr.arpa.": "1.2.3.4", "3.2.1.in-addr.arpa.": "", "a.4.3.2.1.in-addr.arpa.": "", long: "2001:db8::", "a.b.c." + long: "2001:db8::", "a.b.c.d." + long: "", long[2:]: "",
	}
	for name, want := range rows {
		got := ""
		if addr, ok := reverseAddr(name); ok {
			got = addr.String()
		}
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAsterisksOutside(t *testing.T) {
	zone := map[string]string{"*": "192.0.2.1", "www": "192.0.2.2", "a.deep": "192.0.2.3"}
	view := newView(t, "", func(w *cluster.Writer) {
		w.SetSurroundings(&surroundings.Surroundings{Resolvers: []surroundings.Resolver{{Name: "r", Zones: map[string]map[string]string{"x.test": zone}}}})
	})
	for name, want := range map[string]string{
		"any.x.test": "NOERROR A=192.0.2.1", "two.any.x.test": "NOERROR A=192.0.2.1", "www.x.test": "NOERROR A=192.0.2.2",
		"below.www.x.test": "NXDOMAIN", "deep.x.test": "NODATA", "b.deep.x.test": "NXDOMAIN", "x.test": "NODATA",
	} {
		a := AnswerOutside(view, &view.Surroundings().Resolvers[0], Question{name, "A"})
		if say(a) != want {
			t.Errorf("%s: %s, want %s", name, say(a), want)
		}
	}
}

func TestResolvConf(t *testing.T) {
	rows := []struct {
		name   string
		client Client
		want   string
	}{
		{"ClusterFirst", pod(), "search default.svc.k.example svc.k.example k.example\nnameserver 10.96.0.10\noptions ndots:5\n"},
		{"ClusterFirst on the host's network", pod(func(p *corev1.Pod) { p.Spec.HostNetwork = true }), "nameserver 10.40.50.53\n"},
		{"ClusterFirstWithHostNet", pod(func(p *corev1.Pod) { p.Spec.HostNetwork, p.Spec.DNSPolicy = true, corev1.DNSClusterFirstWithHostNet }), "search default.svc.k.example svc.k.example k.example\nnameserver 10.96.0.10\noptions ndots:5\n"},
		{"Default", pod(func(p *corev1.Pod) { p.Spec.DNSPolicy = corev1.DNSDefault }), "nameserver 10.40.50.53\n"},
		{"None with a configuration", pod(func(p *corev1.Pod) {
			p.Spec.DNSPolicy = corev1.DNSNone
			p.Spec.DNSConfig = &corev1.PodDNSConfig{Nameservers: []string{"1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"}, Searches: []string{"a.b."}}
		}), "search a.b.\nnameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\n"},
		{"a final dot makes another text", pod(func(p *corev1.Pod) {
			p.Spec.DNSConfig = &corev1.PodDNSConfig{Nameservers: []string{"10.96.0.10"}, Searches: []string{"k.example.", ".", "."}}
		}), "search default.svc.k.example svc.k.example k.example k.example. .\nnameserver 10.96.0.10\noptions ndots:5\n"},
		{"options are overridden by name", pod(func(p *corev1.Pod) {
			two := "2"
			p.Spec.DNSConfig = &corev1.PodDNSConfig{Searches: []string{"svc.k.example", "more.example"}, Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &two}, {Name: "edns0"}}}
		}), "search default.svc.k.example svc.k.example k.example more.example\nnameserver 10.96.0.10\noptions ndots:2 edns0\n"},
		{"a host has its resolver", Client{Host: &surroundings.Host{Name: "laptop", Resolver: "lan-dns"}}, "nameserver 10.40.50.53\n"},
		{"an unnamed host of the Internet has the first there", Client{Layer: surroundings.LayerInternet}, "nameserver 192.0.2.53\n"},
	}
	view := newView(t, corefile)
	c := ReadConfig(view, Given{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := c.ResolvConf(view, row.client)
			if got := r.Text(); got != row.want {
				t.Errorf("got\n%swant\n%s", got, row.want)
			}
		})
	}
	long := Resolv{Search: make([]string, 40)}
	for i := range long.Search {
		long.Search[i] = strings.Repeat("x", 100)
	}
	if n := len(cutSearch(&long)); n != 20 {
		t.Errorf("2048 characters hold %d domains of 100, want 20", n)
	}
}

func TestCandidates(t *testing.T) {
	r := Resolv{Search: []string{"a", "b"}, Ndots: 2}
	root := Resolv{Search: []string{"a", ".", "b."}, Ndots: 2}
	for libc, want := range map[Libc]string{Glibc: "x.a. x. x.b.", Musl: "x.a. x.b. x."} {
		got := ""
		for _, c := range Candidates("x", root, libc) {
			got += " " + c.Name
		}
		if got[1:] != want {
			t.Errorf("the root in the list, %s: %s, want %s", libc, got, want)
		}
	}
	rows := []struct {
		name string
		libc Libc
		want string
	}{
		{"x", Glibc, "x.a. x.b. x."}, {"x.y.z", Glibc, "x.y.z. x.y.z.a. x.y.z.b."}, {"x.y.z", Musl, "x.y.z."}, {"x.", Glibc, "x."}, {"x.y", Musl, "x.y.a. x.y.b. x.y."},
	}
	for _, row := range rows {
		var got []string
		for _, c := range Candidates(row.name, r, row.libc) {
			got = append(got, c.Name)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s with %s: %v, want %s", row.name, row.libc, got, row.want)
		}
	}
}

// tell writes a look-up in one line: reason or addresses, and how many questions it took.
func tell(l Lookup) string {
	s := l.Reason
	for _, a := range l.Addresses {
		s += a.String() + " "
	}
	return fmt.Sprintf("%s after %d", strings.TrimSpace(s), len(l.Tries))
}

func TestResolve(t *testing.T) {
	open := func(Nameserver, Question, bool) Delivery { return Delivered }
	shut := func(Nameserver, Question, bool) Delivery { return TimedOut }
	closed := func(Nameserver, Question, bool) Delivery { return PortRefused }
	low := pod(func(p *corev1.Pod) {
		one := "1"
		p.Spec.DNSConfig = &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &one}}}
	})
	rows := []struct {
		name, host string
		client     Client
		libc       Libc
		transport  Transport
		want       string
	}{
		{"a short name", "server", pod(), Glibc, open, "10.96.7.7 after 1"},
		{"a name in another namespace", "api.web", pod(), Glibc, open, "10.96.8.8 after 2"},
		{"a full name is searched first", "server.default.svc.k.example", pod(), Glibc, open, "10.96.7.7 after 4"},
		{"a full name with its dot is not", "server.default.svc.k.example.", pod(), Glibc, open, "10.96.7.7 after 1"},
		{"a namespace com catches example.com", "example.com", pod(), Glibc, open, "10.96.9.9 after 2"},
		{"no such name", "nothing", pod(), Glibc, open, "dns.nxdomain after 4"},
		{"NODATA is remembered by glibc", "dangling", pod(), Glibc, open, "dns.nodata after 4"},
		{"and ends the walk of musl", "dangling", pod(), Musl, open, "dns.nodata after 1"},
		{"ndots 1 works with glibc", "api.web", low, Glibc, open, "10.96.8.8 after 3"},
		{"ndots 1 breaks musl", "api.web", low, Musl, open, "dns.nxdomain after 1"},
		{"silence ends the list but not the name as it is", "server", pod(), Glibc, shut, "dns.no-answer after 2"},
		{"silence ends musl's walk", "server", pod(), Musl, shut, "dns.no-answer after 1"},
		{"a refusal returns at once", "server", pod(), Glibc, closed, "dns.no-answer after 1"},
		{"an address needs no look-up", "10.0.0.1", pod(), Glibc, open, "10.0.0.1 after 0"},
		{"the own name is in the hosts file", "client", pod(), Glibc, shut, "10.244.1.5 after 0"},
		{"hostAliases win over DNS", "server", pod(func(p *corev1.Pod) {
			p.Spec.HostAliases = []corev1.HostAlias{{IP: "10.0.0.9", Hostnames: []string{"server"}}}
		}), Glibc, open, "10.0.0.9 after 0"},
		{"localhost", "localhost", pod(), Glibc, shut, "127.0.0.1 after 0"},
		{"a host's own file", "shop.demo", Client{Host: &surroundings.Host{Name: "laptop", Resolver: "lan-dns", HostsFile: map[string]string{"shop.demo": "10.40.50.1"}}}, Glibc, open, "10.40.50.1 after 0"},
		{"a cluster name outside the cluster", "server.default.svc.k.example", Client{Host: &surroundings.Host{Name: "laptop", Resolver: "lan-dns"}}, Glibc, open, "dns.nxdomain after 1"},
		{"no nameserver at all", "server", pod(func(p *corev1.Pod) { p.Spec.DNSPolicy = corev1.DNSNone }), Glibc, open, "dns.no-resolver after 0"},
		{"a nameserver that nothing describes", "server", pod(func(p *corev1.Pod) {
			p.Spec.DNSPolicy, p.Spec.DNSConfig = corev1.DNSNone, &corev1.PodDNSConfig{Nameservers: []string{"172.20.0.1"}}
		}), Glibc, open, "outside.unknown after 1"},
	}
	view := newView(t, corefile)
	c := ReadConfig(view, Given{})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := c.Resolve(view, row.client, row.host, ResolveOptions{Libc: row.libc}, row.transport)
			if got := tell(l); got != row.want {
				t.Errorf("got %s, want %s\n%s", got, row.want, l.Unknown)
			}
		})
	}
}

func TestObjectsWithoutADNSService(t *testing.T) {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	view := store.Update(func(w *cluster.Writer) { w.Put(clusterService("default", "server", "10.96.7.7")) })
	c := ReadConfig(view, Given{})
	never := func(Nameserver, Question, bool) Delivery {
		t.Error("a server without an address was asked")
		return CannotDeliver
	}
	l := c.Resolve(view, pod(), "server", ResolveOptions{}, never)
	if tell(l) != "10.96.7.7 after 1" || !strings.Contains(strings.Join(l.Assumed, " "), "cluster-dns") || !strings.Contains(strings.Join(l.Assumed, " "), "cluster-domain") {
		t.Errorf("got %s, assumed %v", tell(l), l.Assumed)
	}
}

func TestWhatIsOutsideIsNotGuessed(t *testing.T) {
	view := newView(t, corefile, func(w *cluster.Writer) { w.SetSurroundings(&surroundings.Surroundings{}) })
	c := ReadConfig(view, Given{})
	open := func(Nameserver, Question, bool) Delivery { return Delivered }
	if l := c.Resolve(view, pod(), "www.example.org", ResolveOptions{}, open); l.Unknown == "" {
		t.Errorf("a name of the Internet: %s", tell(l))
	}
	l := c.Resolve(view, pod(), "nothing", ResolveOptions{}, open)
	if l.Reason != "dns.nxdomain" || !strings.Contains(strings.Join(l.Assumed, " "), "outside-dns") {
		t.Errorf("a short name: %s, assumed %v", tell(l), l.Assumed)
	}
}

func TestTheResolverOfTheDNSPodsNodeMayBeSaid(t *testing.T) {
	said := func(w *cluster.Writer) {
		node, port, tcp := "node01", int32(53), corev1.ProtocolTCP
		w.Put(&discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-dns-x", Labels: map[string]string{discoveryv1.LabelServiceName: "kube-dns"}},
			AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Port: &port, Protocol: &tcp}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"10.244.1.2"}, NodeName: &node}},
		})
		s := *w.View().Surroundings()
		s.Hosts = append(s.Hosts, surroundings.Host{Name: "node01", Resolver: "lan-dns"})
		w.SetSurroundings(&s)
	}
	for want, view := range map[int]*cluster.View{1: newView(t, corefile), 0: newView(t, corefile, said)} {
		a := ReadConfig(view, Given{}).Answer(view, Question{"mysql.company.lan", "A"}, netip.Addr{})
		if say(a) != "NOERROR A=10.40.50.30" || len(a.Assumed) != want {
			t.Errorf("%s, assumed %v, want %d", say(a), a.Assumed, want)
		}
	}
}

func FuzzCorefile(f *testing.F) {
	f.Add(corefile)
	f.Add("(a) {\n import a\n}\n. {\n import a\n rewrite stop {\n name regex ( {1}\n }\n}")
	f.Add("a,\nb:53 { forward . 1.1.1.1 { except }\n template IN A { match ( } }")
	f.Fuzz(func(t *testing.T, text string) {
		view := newView(t, text)
		c := ReadConfig(view, Given{})
		for _, q := range []Question{{"server.default.svc.k.example", "A"}, {"1.0.0.10.in-addr.arpa", "PTR"}, {".", "A"}} {
			a := c.Answer(view, q, netip.Addr{})
			if a.RCode == "" && a.Unknown == "" {
				t.Errorf("%q: no answer to %v", text, q)
			}
		}
	})
}
