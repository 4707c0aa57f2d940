package dns

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// pluginOrder is the order in which CoreDNS runs the plugins that change answers, whatever their order in the file
// (coredns plugin.cfg). Those that are not interpreted make an answer unknown when a question reaches them.
var pluginOrder = []string{
	"view", "local", "dns64", "siit", "any", "tsig", "rewrite", "autopath", "acl", "cache", "template", "dynupdate", "hosts", "route53", "azure",
	"clouddns", "k8s_external", "kubernetes", "file", "auto", "secondary", "etcd", "forward", "grpc", "erratic", "whoami", "nomad",
}

// quietPlugins change nothing about which records a question of class IN gets, as far as their names say: they log,
// listen, limit, order or sign (coredns plugin.cfg, with Caddy's own startup and shutdown).
var quietPlugins = map[string]bool{
	"root": true, "metadata": true, "geoip": true, "cancel": true, "proxyproto": true, "quic": true, "grpc_server": true, "https": true,
	"https3": true, "timeouts": true, "multisocket": true, "reload": true, "nsid": true, "bufsize": true, "bind": true, "debug": true,
	"trace": true, "ready": true, "health": true, "pprof": true, "shed": true, "prometheus": true, "errors": true, "log": true, "dnstap": true,
	"chaos": true, "loadbalance": true, "header": true, "dnssec": true, "tls": true, "minimal": true, "transfer": true, "loop": true,
	"on": true, "sign": true, "startup": true, "shutdown": true,
}

// foreign looks for directives that no plugin of CoreDNS itself has, which somebody has built in: whether they answer a
// question nobody can tell, unless their words name zones that it is not in. done means that the answer is not known.
func (c *Config) foreign(block *ServerBlock, q Question, a *Answer) (done bool) {
	for _, d := range block.Directives {
		if quietPlugins[d.Name] || slices.Contains(pluginOrder, d.Name) {
			continue
		}
		var zones []string
		for _, w := range d.Args {
			if strings.Contains(strings.Trim(w, "."), ".") && !strings.ContainsAny(w, "/:=") {
				zones = append(zones, zoneNames(w)...)
			}
		}
		if _, in := longestZone(q.Name, zones); len(zones) > 0 && !in {
			a.Assumed = append(a.Assumed, "dns-plugin")
			a.Notes = append(a.Notes, words.Say("dns.plugin.foreign-zones", d.Name, strings.Join(d.Args, " ")))
			continue
		}
		a.Unknown, a.UnknownReason = words.Say("dns.plugin.foreign", d.Name), "not-modelled.dns-"+slug(d.Name)
		return true
	}
	return false
}

// unread says whether the block, or the file, imports what is not among the objects. Files of the ConfigMap
// coredns-custom, which k3s and AKS look for, are none where that ConfigMap is not there. A pattern without files is no
// error to CoreDNS; a file that is named must be somewhere.
func (c *Config) unread(a *Answer) (done bool) {
	for _, name := range c.Corefile.Imports {
		if strings.Contains(name, "/custom/") && !slices.Contains(c.Missing, "configmaps") {
			continue
		}
		if !strings.ContainsAny(name, "*?[") {
			a.Unknown, a.UnknownReason = words.Say("dns.import.missing", name), "not-modelled.dns-import"
			return true
		}
		a.Assumed = append(a.Assumed, "dns-import")
		a.Notes = append(a.Notes, words.Say("dns.import.no-file", name))
	}
	return false
}

// zonesOfPlugin are the zones that a plugin which is not interpreted answers for: those it names, else the block's.
func zonesOfPlugin(d Directive, block *ServerBlock) []string {
	args := d.Args
	var named []string
	switch d.Name {
	case "file", "dynupdate":
		args = args[min(1, len(args)):] // the first word is the file
	case "grpc":
		args = args[:min(1, len(args))] // the others are where to
	case "route53", "clouddns":
		for _, w := range args { // ZONE:ID, ZONE:PROJECT:NAME
			zone, _, _ := strings.Cut(w, ":")
			named = append(named, zoneNames(zone)...)
		}
		return named
	case "azure":
		for _, w := range args { // GROUP:ZONE
			_, zone, _ := strings.Cut(w, ":")
			named = append(named, zoneNames(zone)...)
		}
		return named
	case "k8s_external", "auto", "secondary", "etcd", "nomad", "erratic", "tsig":
	default:
		return block.Zones
	}
	for _, word := range args {
		if !strings.HasPrefix(word, "/") {
			named = append(named, zoneNames(word)...)
		}
	}
	if len(named) == 0 {
		return block.Zones
	}
	return named
}

// concerns says whether a plugin that is not interpreted could have a word in the answer to a question.
func concerns(d Directive, block *ServerBlock, q Question) bool {
	switch d.Name {
	case "dns64":
		return q.Type == "AAAA"
	case "siit":
		return q.Type == "A" || q.Type == "AAAA"
	case "any":
		return q.Type == "ANY"
	case "acl":
		return guarded(d, block, q)
	case "tsig":
		required := slices.ContainsFunc(d.Block, func(o Directive) bool {
			return strings.HasPrefix(o.Name, "require") && !(len(o.Args) == 1 && strings.EqualFold(o.Args[0], "none"))
		})
		if !required {
			return false
		}
	}
	_, in := longestZone(q.Name, zonesOfPlugin(d, block))
	return in
}

// guarded says whether an acl has a rule for the name and type that is more than a permission (plugin/acl/setup.go
// parse): "ACTION [type TYPE…] [net CIDR…]". Whether the asking address is in a rule's nets is left open, since the
// address may be masked on the way.
func guarded(d Directive, block *ServerBlock, q Question) bool {
	zones := zonesOf(d.Args)
	if len(zones) == 0 {
		zones = block.Zones
	}
	if _, in := longestZone(q.Name, zones); !in {
		return false
	}
	for _, rule := range d.Block {
		types, nets, section := 0, false, ""
		matches := false
		for _, w := range rule.Args {
			switch {
			case w == "type" || w == "net":
				section = w
			case section == "type":
				types++
				matches = matches || w == "*" || strings.EqualFold(w, q.Type)
			case section == "net":
				nets = nets || w != "*"
			}
		}
		if types > 0 && !matches {
			continue
		}
		if !strings.EqualFold(rule.Name, "allow") {
			return true
		}
		if !nets {
			return false // everybody may ask: later rules are not looked at
		}
	}
	return false
}

// localTTL is that of plugin/local, a week.
const localTTL = 604800

// local follows plugin/local: localhost and the names below it, and by default those that begin with it, are the
// loopback addresses; reverse names of 0/8, 127/8 and 255/8 end here.
func local(d Directive, q Question, a *Answer) (done bool) {
	prefix := !slices.ContainsFunc(d.Block, func(o Directive) bool { return o.Name == "disable_localhost_prefix" })
	if q.Name == "localhost." || strings.HasSuffix(q.Name, ".localhost.") || prefix && strings.HasPrefix(q.Name, "localhost.") {
		switch q.Type {
		case "A":
			a.Records = append(a.Records, Record{q.Name, "A", localTTL, "127.0.0.1"})
		case "AAAA":
			a.Records = append(a.Records, Record{q.Name, "AAAA", localTTL, "::1"})
		}
		return true
	}
	zone, in := longestZone(q.Name, []string{"0.in-addr.arpa.", "127.in-addr.arpa.", "255.in-addr.arpa."})
	switch {
	case !in:
		return false
	case q.Name == "1.0.0.127.in-addr.arpa." && q.Type == "PTR":
		a.Records = append(a.Records, Record{q.Name, "PTR", localTTL, "localhost."})
	case q.Name != zone && q.Name != "1.0.0.127.in-addr.arpa.":
		a.RCode, a.Why = NXDomain, words.Say("dns.local.no-such-name")
	}
	return true
}

// slug makes the WHAT of a reason from a word of a Corefile.
func slug(word string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, word), "-")
}
