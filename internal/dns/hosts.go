package dns

import (
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// kubeletHosts is what the kubelet writes at the top of every pod's /etc/hosts (pkg/kubelet managedHostsFileContent), and
// so what plugin hosts reads in the CoreDNS pods where the Corefile names no file.
const kubeletHosts = `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
fe00::0 ip6-localnet
fe00::0 ip6-mcastprefix
fe00::1 ip6-allnodes
fe00::2 ip6-allrouters
`

// hostsTable is what plugin/hosts makes of its lines.
type hostsTable struct {
	zones     []string
	names     map[string][]netip.Addr // wild ones by their name with the asterisk
	reverse   map[netip.Addr][]string
	noReverse bool
}

func (t *hostsTable) line(words []string) {
	if len(words) < 2 {
		return
	}
	addr, ok := cluster.ParseAddr(words[0])
	if !ok {
		return
	}
	for _, w := range words[1:] {
		name := absolute(w)
		if _, in := longestZone(name, t.zones); !in {
			continue
		}
		t.names[name] = append(t.names[name], addr)
		if !t.noReverse && !strings.HasPrefix(name, "*.") {
			t.reverse[addr] = append(t.reverse[addr], name)
		}
	}
}

// of are the addresses of a name in a family: its own, else those of an asterisk in place of its first label.
func (t *hostsTable) of(name string, v6 bool) []netip.Addr {
	_, parent, _ := strings.Cut(name, ".")
	for _, key := range []string{name, "*." + parent} {
		if strings.HasPrefix(key, "*.") && (key == name || parent == "") {
			continue // an asterisk that is asked for stands for nothing
		}
		var out []netip.Addr
		for _, a := range t.names[key] {
			if a.Is6() == v6 {
				out = append(out, a)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// hosts follows plugin/hosts. A name of its zones that it does not have is SERVFAIL unless it falls through: the plugin
// has no SOA for an NXDOMAIN. Questions for an address' name always fall through.
func (c *Config) hosts(d Directive, blockZones []string, q Question, a *Answer) bool {
	file, inline, ttl, passOn, passTypes, missing := c.readHosts(d, blockZones)
	if _, in := longestZone(q.Name, file.zones); !in && q.Type != "PTR" {
		return false
	}
	if missing {
		a.Notes = append(a.Notes, words.Say("dns.hosts.file-unknown", d.Args[0]))
		a.Assumed = append(a.Assumed, "coredns-hosts-file")
	}
	before := len(a.Records)
	add := func(r Record) {
		if !slices.Contains(a.Records, r) {
			a.Records = append(a.Records, r)
		}
	}
	switch q.Type {
	case "PTR":
		addr, ok := reverseAddr(q.Name)
		if !ok {
			return false
		}
		for _, name := range append(slices.Clone(file.reverse[addr]), inline.reverse[addr]...) {
			add(Record{q.Name, "PTR", ttl, name})
		}
		if len(a.Records) > before {
			a.Plugin = "hosts"
		}
		return len(a.Records) > before
	case "A", "AAAA":
		for _, addr := range append(file.of(q.Name, q.Type == "AAAA"), inline.of(q.Name, q.Type == "AAAA")...) {
			add(Record{q.Name, q.Type, ttl, addr.String()})
		}
	default:
		if _, ok := longestZone(q.Name, passOn); ok && passTypes {
			return false
		}
	}
	known := false
	for _, v6 := range []bool{false, true} {
		known = known || len(file.of(q.Name, v6)) > 0 || len(inline.of(q.Name, v6)) > 0
	}
	if known {
		a.Plugin = "hosts"
		return true
	}
	if _, ok := longestZone(q.Name, passOn); ok {
		return false
	}
	a.Plugin, a.RCode, a.Why = "hosts", ServFail, words.Say("dns.hosts.not-there")
	return true
}

// readHosts reads the directive: the first word is always a file, the others are zones.
// missing means that nobody shows the file.
func (c *Config) readHosts(d Directive, blockZones []string) (file, inline *hostsTable, ttl int, passOn []string, passTypes, missing bool) {
	ttl = 3600
	zones, content := blockZones, kubeletHosts
	if len(d.Args) > 0 {
		have := false
		content, have = c.files[path.Base(d.Args[0])]
		missing = !have
		if named := zonesOf(d.Args[1:]); len(named) > 0 {
			zones = named
		}
	}
	noReverse := false
	var lines [][]string
	for _, o := range d.Block {
		switch o.Name {
		case "ttl":
			if len(o.Args) > 0 {
				if n, err := strconv.Atoi(o.Args[0]); err == nil {
					ttl = n
				}
			}
		case "fallthrough":
			passOn = fallthroughZones(o.Args)
		case "fallthrough_unsupported":
			passTypes = true
		case "no_reverse":
			noReverse = true
		case "reload":
		default:
			lines = append(lines, append([]string{o.Name}, o.Args...))
		}
	}
	table := func() *hostsTable {
		return &hostsTable{zones: zones, names: map[string][]netip.Addr{}, reverse: map[netip.Addr][]string{}, noReverse: noReverse}
	}
	file, inline = table(), table()
	for _, line := range strings.Split(content, "\n") {
		line, _, _ = strings.Cut(line, "#")
		file.line(strings.Fields(line))
	}
	for _, l := range lines {
		inline.line(l)
	}
	return file, inline, ttl, passOn, passTypes, missing
}
