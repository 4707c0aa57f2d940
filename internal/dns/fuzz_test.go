package dns

import (
	"net/netip"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// FuzzResolvConf looks odd names up with odd settings of a pod and odd hosts files of CoreDNS: whatever they are, the
// walk ends, keeps its limits and says what became of it.
func FuzzResolvConf(f *testing.F) {
	f.Add("web", "a.b . c", "ndots:5 edns0", "10.0.0.1", "10.0.0.1 web *.x\n# c\n::1 y")
	f.Add("a.b.", "k.example k.example.", "ndots:-1 use-vc ndots", "::1 1.1.1.1 x", "1.2.3.4")
	f.Add("x.localhost", "", "ndots:99 single", "", "fe80::1%eth0 z\n\x00")
	f.Fuzz(func(t *testing.T, name, searches, options, servers, hosts string) {
		p := &corev1.Pod{ObjectMeta: meta("default", "client")}
		p.Spec.DNSConfig = &corev1.PodDNSConfig{Searches: strings.Fields(searches), Nameservers: strings.Fields(servers)}
		for _, o := range strings.Fields(options) {
			key, value, has := strings.Cut(o, ":")
			option := corev1.PodDNSConfigOption{Name: key}
			if has {
				option.Value = &value
			}
			p.Spec.DNSConfig.Options = append(p.Spec.DNSConfig.Options, option)
		}
		p.Spec.HostAliases = []corev1.HostAlias{{IP: servers, Hostnames: strings.Fields(hosts)}}
		p.Status.PodIPs = []corev1.PodIP{{IP: "10.244.1.5"}}
		view := newView(t, ".:53 {\n hosts x {\n fallthrough\n }\n kubernetes k.example\n forward . 192.0.2.53\n}", func(w *cluster.Writer) {
			w.Put(&corev1.ConfigMap{ObjectMeta: meta("kube-system", "coredns-custom"), Data: map[string]string{"x": hosts}})
			w.Put(p)
		})
		c := ReadConfig(view, Given{})
		client := Client{Pod: cluster.PodOf(p)}
		r := c.ResolvConf(view, client)
		if len(r.Nameservers) > maxNameservers || len(r.Search) > maxSearches || r.Ndots < 0 || r.Ndots > 15 {
			t.Errorf("over the limits: %+v", r)
		}
		open := func(Nameserver, Question, bool) Delivery { return Delivered }
		for _, o := range []ResolveOptions{{}, {Libc: Musl}, {Rule: RuleBind}, {Rule: RuleBusyBox}, {NoSearch: true, NoHosts: true, TCP: true}, {Loopback: true}, {Server: servers}} {
			l := c.Resolve(view, client, name, o, open)
			if l.Reason == "" && l.Unknown == "" && len(l.Addresses) == 0 {
				t.Errorf("%q: nothing became of it: %+v", name, l)
			}
			for i := range l.Tries {
				if a := l.Tries[i].Answer; a != nil && a.RCode == "" && a.Unknown == "" {
					t.Errorf("%q: no answer to %v", name, a.Question)
				}
			}
		}
		for _, e := range HostsFile(view, client) {
			if e.Addr == (netip.Addr{}) {
				t.Errorf("a line of the hosts file without an address: %+v", e)
			}
		}
	})
}
