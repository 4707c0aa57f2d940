package names

import (
	"fmt"
	"slices"
	"strings"
)

// block and directive are a Corefile as text, in pieces that can be taken away.
type block struct {
	keys       []string // without ports
	directives []directive
}

type directive struct {
	head    string
	options []string
}

func cloneDirectives(list []directive) []directive {
	list = slices.Clone(list)
	for i := range list {
		list[i].options = slices.Clone(list[i].options)
	}
	return list
}

// Words of the Corefile that stand for what the two sides have to name differently.
const (
	nodesFile     = "/etc/resolv.conf" // the file with the LAN's resolver
	hostsFileName = "NodeHosts"
	hostsFileDir  = "/etc/coredns/"
)

// corefile is the text for Kubestrata, or with the text of addresses and files replaced for the server: see render.
func (w *world) corefile(port string) string {
	if port == "" {
		port = ":53"
	}
	var b strings.Builder
	if len(w.snippet) > 0 {
		b.WriteString("(shared) {\n")
		writeDirectives(&b, w.snippet)
		b.WriteString("}\n")
	}
	for _, bl := range w.blocks {
		var keys []string
		for _, k := range bl.keys {
			keys = append(keys, k+port)
		}
		fmt.Fprintf(&b, "%s {\n\tbind %s\n", strings.Join(keys, ", "), serverIP)
		writeDirectives(&b, bl.directives)
		b.WriteString("}\n")
	}
	return b.String()
}

func writeDirectives(b *strings.Builder, list []directive) {
	for _, d := range list {
		b.WriteString("\t" + d.head)
		if len(d.options) > 0 {
			b.WriteString(" {\n\t\t" + strings.Join(d.options, "\n\t\t") + "\n\t}")
		}
		b.WriteByte('\n')
	}
}

// corefile makes a random Corefile: usually a block for everything, sometimes one for a stub domain or one for the
// cluster's zone only.
func (m *maker) corefile() {
	main := block{keys: []string{"."}}
	if m.one(8) {
		main.keys = []string{m.w.zone, "in-addr.arpa", "ip6.arpa"}
	}
	main.directives = m.plugins()
	m.w.blocks = []block{main}
	if m.one(3) {
		stub := block{keys: []string{"company.lan"}, directives: []directive{{head: "errors"}, m.forward(".")}}
		if m.one(3) {
			stub.directives = append(stub.directives, m.rewrites()...)
		}
		if m.one(4) {
			stub.keys = append(stub.keys, "example.org")
		}
		m.w.blocks = append(m.w.blocks, stub)
	}
	if m.one(5) {
		m.w.snippet = m.w.blocks[0].directives
		m.w.blocks[0].directives = []directive{{head: "import shared"}}
	}
}

func (m *maker) plugins() []directive {
	list := []directive{{head: "errors # says what went wrong"}}
	if !m.one(12) {
		list = append(list, m.kubernetes())
		if m.one(3) {
			list = append(list, directive{head: "autopath " + pick(m, []string{"", m.w.zone + " ", ". "}) + "@kubernetes"})
		}
	}
	if m.one(3) {
		list = append(list, m.rewrites()...)
	}
	if m.one(3) {
		list = append(list, m.hosts())
	}
	for m.one(6) {
		list = append(list, m.template())
	}
	if m.one(3) {
		d := directive{head: "cache " + pick(m, []string{"", "30", "2", "400 " + m.w.zone + " in-addr.arpa"})}
		if m.one(3) {
			d.options = append(d.options, pick(m, []string{"success 9984 20", "success 9984 60 40", "denial 9984 10 7"}))
		}
		list = append(list, d)
	}
	switch m.IntN(6) {
	case 0:
	case 1:
		list = append(list, m.forward("example.org"), m.forward("."))
	default:
		list = append(list, m.forward("."))
	}
	m.Shuffle(len(list), func(i, j int) {
		// Several of the same plug-in keep their order; it counts.
		if strings.Fields(list[i].head)[0] != strings.Fields(list[j].head)[0] {
			list[i], list[j] = list[j], list[i]
		}
	})
	return list
}

func (m *maker) kubernetes() directive {
	d := directive{head: "kubernetes " + m.w.zone}
	switch m.IntN(6) {
	case 0:
	case 1:
		d.head += " 10.in-addr.arpa"
	case 2:
		d.head += pick(m, []string{" 10.96.0.0/16 fd00:10:244::/64", " 10.240.0.0/12 fd00:10:240::/45", " 10.96.0.0/15"})
	case 3:
		d.head = "kubernetes in-addr.arpa ip6.arpa " + m.w.zone
	default:
		d.head += " in-addr.arpa ip6.arpa"
	}
	if m.one(12) {
		d.head += " other.zone"
	}
	option := func(rarity int, text string) {
		if m.one(rarity) {
			d.options = append(d.options, text)
		}
	}
	if !m.one(4) {
		d.options = append(d.options, "pods "+pick(m, []string{"insecure", "verified", "insecure", "disabled"}))
	}
	option(2, fmt.Sprintf("ttl %d", m.IntN(61)))
	if m.one(6) {
		d.options = append(d.options, "namespaces "+pick(m, namespaceWords)+" "+pick(m, namespaceWords))
	} else {
		option(8, "namespace_labels tier=front")
	}
	option(8, pick(m, []string{"labels tier=back", "labels tier in (front, back)", "labels !tier"}))
	option(3, "endpoint_pod_names")
	option(10, "noendpoints")
	option(5, "ignore empty_service")
	option(2, pick(m, []string{"fallthrough", "fallthrough in-addr.arpa ip6.arpa", "fallthrough " + m.w.zone, "fallthrough 10.0.0.0/8"}))
	m.Shuffle(len(d.options), func(i, j int) { d.options[i], d.options[j] = d.options[j], d.options[i] })
	return d
}

// hosts sometimes reads a file and always has lines of its own.
func (m *maker) hosts() directive {
	name := func() string {
		return pick(m, []string{pick(m, outsideWords), "node01", "Node02.Company.LAN", "*.wild.test", m.w.zone, "server.default.svc." + m.w.zone, "front.shop"})
	}
	line := func() string {
		text := pick(m, []string{"10.0.0.1", "10.0.0.2", "fd00::2", "10.96.7.1", "not-an-address"})
		for range 1 + m.IntN(2) {
			text += " " + name()
		}
		return text
	}
	// Without a file CoreDNS reads /etc/hosts, which here would be the test machine's.
	d := directive{head: "hosts " + hostsFileDir + hostsFileName}
	for range 1 + m.IntN(3) {
		m.w.hostsFile += line() + "\n"
	}
	if m.one(3) {
		m.w.hostsFile += "# 10.0.0.9 commented\n10.0.0.8 tail.test # rest\n"
	}
	if m.one(3) {
		d.head += " " + pick(m, []string{"example.org", "company.lan wild.test", m.w.zone + " 10.in-addr.arpa"})
	}
	for range m.IntN(3) {
		d.options = append(d.options, line())
	}
	if m.one(3) {
		d.options = append(d.options, "ttl 60")
	}
	if m.one(4) {
		d.options = append(d.options, "no_reverse")
	}
	if !m.one(6) {
		d.options = append(d.options, pick(m, []string{"fallthrough", "fallthrough", "fallthrough " + m.w.zone}))
	}
	return d
}

// rewrites are one to three rules on names.
func (m *maker) rewrites() []directive {
	zone := m.w.zone
	var out []directive
	for range 1 + m.IntN(3) {
		service := pick(m, serviceWords) + "." + pick(m, m.w.namespaces).Name + ".svc." + zone
		if len(m.w.services) > 0 && !m.one(4) {
			s := pick(m, m.w.services)
			service = s.Name + "." + s.Namespace + ".svc." + zone
		}
		mode := pick(m, []string{"", "", "stop ", "continue "})
		escaped := strings.ReplaceAll(zone, ".", `\.`)
		rule := func(text string) { out = append(out, directive{head: "rewrite " + mode + "name " + text}) }
		switch m.IntN(11) {
		case 0:
			rule("front.shop " + service)
		case 1:
			rule("exact " + service + " " + pick(m, append(slices.Clone(outsideWords), "front.shop")))
		case 2:
			rule("suffix .shop .svc." + zone + " answer auto")
		case 3:
			out = append(out, directive{head: "rewrite " + pick(m, []string{"stop", "continue"}), options: []string{
				`name regex (.*)\.(.*)\.shop\. {1}.{2}.svc.` + zone,
				`answer name (.*)\.(.*)\.svc\.` + escaped + `\. {1}.{2}.shop`,
			}})
		case 4:
			rule("regex (.*)\\.shop\\. {1}.svc." + zone + " answer auto")
		case 5:
			rule("prefix old server answer auto")
		case 6:
			rule("substring old svc answer auto")
		case 7:
			rule("suffix .alt.test .svc." + zone + pick(m, []string{"", " answer auto", ` answer name (.*)\.svc\.` + escaped + `\. {1}.alt.test answer value (.*)\.svc\.` + escaped + `\. {1}.value.test`}))
		case 8:
			rule("suffix .svc." + zone + " .svc.other.zone answer auto")
		default:
			// What the first makes is what the second looks for.
			rule("front.shop " + strings.TrimSuffix(service, ".svc."+zone) + ".shop")
			out = append(out, directive{head: "rewrite name suffix .shop .svc." + zone + " answer auto"})
		}
	}
	return out
}

func (m *maker) template() directive {
	zone := pick(m, []string{"", "t.test", "example.org", m.w.zone, "t.test in-addr.arpa"})
	d := directive{head: "template " + pick(m, []string{"IN", "ANY"}) + " " + pick(m, []string{"A", "ANY", "AAAA", "PTR"}) + " " + zone}
	if m.one(3) {
		d.options = append(d.options, "match "+pick(m, []string{`^a\.`, `.*\.t\.test\.$`, `^(x|y)[.]`}))
	}
	switch m.IntN(4) {
	case 0:
		d.options = append(d.options, "rcode NXDOMAIN")
	case 1:
		d.options = append(d.options, "rcode "+pick(m, []string{"SERVFAIL", "REFUSED"}))
	case 2:
		d.options = append(d.options, `answer "{{ .Name }} 60 IN A 192.0.2.9"`)
	case 3:
		d.options = append(d.options, `answer "{{ .Name }} IN TXT \"said\""`, "rcode NOERROR")
	}
	if m.one(2) {
		d.options = append(d.options, pick(m, []string{"fallthrough", "fallthrough " + m.w.zone}))
	}
	return d
}

func (m *maker) forward(from string) directive {
	d := directive{head: "forward " + from + " " + pick(m, []string{nodesFile, lanIP, internetIP})}
	if m.one(4) {
		d.options = append(d.options, "except "+pick(m, []string{"company.lan", m.w.zone, "example.org in-addr.arpa"}))
	}
	if m.one(4) {
		d.options = append(d.options, "max_concurrent 1000")
	}
	return d
}
