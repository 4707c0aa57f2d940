package names

import (
	"math/rand/v2"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	kdns "github.com/kubestrata/kubestrata/internal/dns"
)

var questionTypes = []string{"A", "A", "A", "A", "AAAA", "AAAA", "SRV", "SRV", "CNAME", "TXT", "PTR", "MX", "HTTPS"}

// questions are n questions about a world: half of them for names that it has, or nearly.
func questions(seed uint64, w *world, n int) []kdns.Question {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 5353)), w: w}
	var out []kdns.Question
	auto := strings.Contains(w.corefile(""), "autopath ")
	rewrites := strings.Contains(w.corefile(""), "rewrite ")
	for len(out) < n {
		q := kdns.Question{Type: pick(m, questionTypes)}
		kind := m.IntN(13)
		if rewrites && m.one(3) {
			kind = 11
		}
		if auto && m.one(3) {
			kind = 13
		}
		switch kind {
		case 0, 1, 2, 3, 4, 5:
			q.Name = m.near()
		case 6:
			q.Name = m.podName()
		case 7, 8:
			q.Name = m.reverse()
			if !m.one(5) {
				q.Type = "PTR"
			}
		case 9:
			q.Name = pick(m, outsideWords)
		case 10:
			q.Name = m.special()
		case 11:
			q.Name = m.ruled()
		case 13:
			q.Name = m.searched()
		default:
			q.Name = m.any()
		}
		if m.one(8) {
			q.Name = m.disturb(q.Name)
		}
		q.Name = strings.TrimPrefix(dns.Fqdn(strings.Trim(q.Name, ".")), "..")
		if _, ok := dns.IsDomainName(q.Name); ok && !strings.Contains(q.Name, "..") {
			out = append(out, q)
		}
	}
	return out
}

// near is a name of a service, an endpoint or a port.
func (m *maker) near() string {
	if len(m.w.services) == 0 {
		return m.any()
	}
	s := pick(m, m.w.services)
	name := s.Name + "." + s.Namespace + ".svc." + m.w.zone
	switch m.IntN(6) {
	case 0:
		return m.endpointName(s.Namespace, s.Name) + "." + name
	case 1, 2:
		if len(s.Spec.Ports) > 0 {
			p := pick(m, s.Spec.Ports)
			port, proto := p.Name, strings.ToLower(string(p.Protocol))
			if m.one(5) {
				port = pick(m, portWords)
			}
			if port == "" {
				port = pick(m, []string{"_", "x"})
			}
			if !m.one(4) {
				port, proto = "_"+port, "_"+proto
			}
			return port + "." + proto + "." + name
		}
	case 3:
		return m.endpointName(s.Namespace, s.Name) + "." + strings.Join([]string{s.Name, s.Namespace, "svc", m.w.zone}, ".")
	}
	return name
}

// endpointName is a label that an endpoint might have.
func (m *maker) endpointName(ns, service string) string {
	var own []string
	for _, s := range m.w.slices {
		if s.Namespace == ns && s.Labels["kubernetes.io/service-name"] == service {
			for _, e := range s.Endpoints {
				if e.Hostname != nil {
					own = append(own, *e.Hostname)
				}
				if e.TargetRef != nil {
					own = append(own, e.TargetRef.Name)
				}
				own = append(own, dashed(e.Addresses[0]))
			}
		}
	}
	if len(own) == 0 || m.one(6) {
		return pick(m, hostnameWords)
	}
	name := pick(m, own)
	if len(name) > 63 {
		return name[:63]
	}
	return name
}

func dashed(addr string) string {
	if a, err := netip.ParseAddr(addr); err == nil && a.Is6() {
		text := strings.ReplaceAll(addr, ":", "-")
		if strings.HasSuffix(text, "-") {
			text += "0"
		}
		return text
	}
	return strings.ReplaceAll(addr, ".", "-")
}

func (m *maker) podName() string {
	label := pick(m, []string{"1-2-3-4", "01-2-3-4", "300-1-1-1", "fd00--1", "--1", "0-0-0-0-0-ffff-102-304", "fd00-10-244-0-0-0-0-5", "pod-0", "1-2-3"})
	ns := pick(m, m.w.namespaces).Name
	if all := m.w.pods; len(all) > 0 && !m.one(3) {
		p := pick(m, all)
		ns = p.Namespace
		label = strings.ReplaceAll(dashed(pick(m, p.Status.PodIPs).IP), "-0-0", "--")
	}
	if m.one(8) {
		label = "extra." + label
	}
	for m.one(4) {
		label = "more." + label
	}
	return label + "." + ns + ".pod." + m.w.zone
}

func (m *maker) reverse() string {
	addr := pick(m, []netip.Addr{netip.MustParseAddr("10.96.7.1"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::2"), netip.MustParseAddr("8.8.8.8")})
	if list := m.w.addresses(); len(list) > 0 && !m.one(4) {
		addr = pick(m, list)
	}
	// Only addresses that are none make an error.
	name, _ := dns.ReverseAddr(addr.String())
	if m.one(8) {
		_, name, _ = strings.Cut(name, ".")
	}
	if m.one(8) {
		name = pick(m, []string{"a.", "3."}) + name
	}
	return name
}

// searched is a name as a client's first question for it, below its namespace.
func (m *maker) searched() string {
	name := pick(m, outsideWords)
	switch {
	case m.one(4):
		name = m.ruled()
	case m.one(2) && len(m.w.services) > 0:
		s := pick(m, m.w.services)
		name = pick(m, []string{s.Name, s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc"})
	}
	ns := pick(m, m.w.namespaces).Name
	for _, p := range m.w.pods {
		if p.Status.PodIP == clientIP && !m.one(4) {
			ns = p.Namespace
		}
	}
	return name + "." + ns + ".svc." + m.w.zone
}

// special are names with a meaning of their own, and names that the rules of the Corefile change.
func (m *maker) special() string {
	zone := m.w.zone
	ns := pick(m, m.w.namespaces).Name
	return pick(m, []string{
		zone, "svc." + zone, "pod." + zone, ns + ".svc." + zone, ns + ".pod." + zone, "dns-version." + zone, "x.dns-version." + zone,
		"ns.dns." + zone, "apex.dns." + zone, "other.zone", "server." + ns + ".svc.other.zone", "in-addr.arpa", "10.in-addr.arpa", "svc.in-addr.arpa", "dns-version.in-addr.arpa",
		"x.wild.test", "x.y.wild.test", "wild.test", "node01", "node02.company.lan", "tail.test",
		"a.t.test", "x.t.test", "t.test", "localhost", "_tcp." + zone, "company.lan." + ns + ".svc." + zone, "example.com.svc." + zone, "www.example.org." + ns + ".svc." + zone,
	})
}

// ruled are names that the rewrites of Corefiles change, and names that stand in this one.
func (m *maker) ruled() string {
	s := "server." + pick(m, m.w.namespaces).Name
	if len(m.w.services) > 0 {
		some := pick(m, m.w.services)
		s = some.Name + "." + some.Namespace
	}
	list := []string{"front.shop", "front.shop", "front.shop", s + ".svc." + m.w.zone, s + ".shop", s + ".shop", s + ".alt.test", "alt.test", "x." + s + ".shop", "old." + strings.SplitN(s, ".", 2)[1] + ".svc." + m.w.zone, s + ".old." + m.w.zone, "_http._tcp." + s + ".alt.test"}
	if m.one(2) {
		return pick(m, list)
	}
	for _, word := range strings.Fields(m.w.corefile("") + m.w.hostsFile) {
		if _, ok := dns.IsDomainName(word); ok && strings.Contains(word, ".") && !strings.ContainsAny(word, `\/{}()[]*^"`) {
			list = append(list, word, "x."+word)
		}
	}
	return pick(m, list)
}

// any is a name of one to six words, usually below the cluster's zone.
func (m *maker) any() string {
	var words []string
	for range 1 + m.IntN(6) {
		words = append(words, pick(m, []string{
			pick(m, serviceWords), pick(m, namespaceWords), pick(m, hostnameWords), "svc", "pod", "_" + pick(m, portWords), "_tcp", "_udp", "10-244-1-4", "1-2-3-4",
		}))
	}
	switch m.IntN(8) {
	case 0:
		words = append(words, "org")
	case 1:
	default:
		words = append(words, m.w.zone)
	}
	return strings.Join(words, ".")
}

// disturb changes a name a little.
func (m *maker) disturb(name string) string {
	words := strings.Split(strings.Trim(name, "."), ".")
	i := m.IntN(len(words))
	switch m.IntN(5) {
	case 0:
		words = append(words[:i:i], words[i+1:]...)
	case 1:
		words = append(words[:i:i], append([]string{pick(m, serviceWords)}, words[i:]...)...)
	case 2:
		words[i] = "_" + words[i]
	default:
		words[i] = strings.ToUpper(words[i])
	}
	return strings.Join(words, ".")
}
