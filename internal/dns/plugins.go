package dns

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// rewrite follows plugin/rewrite for names. Other fields of a question that it can change are not interpreted, but for
// those that change no answer.
func rewrite(d Directive, q Question, a *Answer) (Question, bool) {
	rules := [][]string{d.Args}
	if len(d.Block) > 0 {
		rules = nil
		words := d.Args
		for _, line := range d.Block {
			rules = append(rules, append(append(slices.Clone(words), line.Name), line.Args...))
		}
		// A block is one name rule with its answer rules.
		if slices.Contains(words, "stop") || slices.Contains(words, "continue") {
			if len(d.Block) > 0 && d.Block[0].Name == "name" {
				joined := append([]string{"name"}, d.Block[0].Args...)
				for _, line := range d.Block[1:] {
					joined = append(append(joined, line.Name), line.Args...)
				}
				rules = [][]string{append(slices.Clone(words), joined...)}
			}
		}
	}
	for _, rule := range rules {
		if len(rule) > 0 && (rule[0] == "stop" || rule[0] == "continue") {
			rule = rule[1:]
		}
		if len(rule) == 0 || rule[0] == "ttl" || rule[0] == "edns0" {
			continue
		}
		if rule[0] != "name" {
			a.Unknown, a.UnknownReason = "rewrite "+rule[0]+" of the Corefile is not interpreted", "not-modelled.dns-rewrite"
			return q, true
		}
		to, exact, ok := rewriteName(rule[1:], q.Name)
		if !ok {
			continue
		}
		a.Steps = append(a.Steps, Step{Plugin: "rewrite", Text: "rewrite " + strings.Join(rule, " "), From: q.Name, To: to})
		if !exact && !slices.Contains(rule, "answer") {
			// The answer keeps the rewritten name, and what a client makes of a name it did not ask for differs.
			a.Unknown, a.UnknownReason = "rewrite without an answer rule: the client gets records of another name", "not-modelled.dns-rewrite-answer"
			return q, true
		}
		q.Name = to
		break
	}
	return q, false
}

func rewriteName(args []string, name string) (to string, exact, ok bool) {
	kind := "exact"
	if len(args) > 2 {
		switch args[0] {
		case "exact", "prefix", "suffix", "substring", "regex":
			kind, args = args[0], args[1:]
		}
	}
	if len(args) < 2 {
		return "", false, false
	}
	from, with := strings.ToLower(args[0]), args[1]
	switch kind {
	case "exact":
		if name == absolute(from) {
			return absolute(with), true, true
		}
	case "prefix":
		if rest, found := strings.CutPrefix(name, from); found {
			return absolute(with + rest), false, true
		}
	case "suffix":
		if !strings.HasSuffix(from, ".") {
			from, with = from+".", strings.TrimSuffix(with, ".")+"."
		}
		if rest, found := strings.CutSuffix(name, from); found {
			return absolute(rest + with), false, true
		}
	case "substring":
		if strings.Contains(name, from) {
			return absolute(strings.ReplaceAll(name, from, with)), false, true
		}
	case "regex":
		re, err := regexp.Compile(args[0])
		if err != nil {
			return "", false, false
		}
		m := re.FindStringSubmatch(name)
		if m == nil {
			return "", false, false
		}
		for i, group := range m {
			with = strings.ReplaceAll(with, "{"+strconv.Itoa(i)+"}", group)
		}
		return absolute(with), false, true
	}
	return "", false, false
}

// template follows plugin/template for what can be told without running Go templates: codes, and answers that only name
// the question.
func template(d Directive, blockZones []string, q Question, a *Answer) bool {
	if len(d.Args) < 2 {
		return false
	}
	if class := strings.ToUpper(d.Args[0]); class != "IN" && class != "ANY" {
		return false
	}
	if kind := strings.ToUpper(d.Args[1]); kind != "ANY" && kind != q.Type {
		return false
	}
	zones := zonesOf(d.Args[2:])
	if len(zones) == 0 {
		zones = blockZones
	}
	if _, in := longestZone(q.Name, zones); !in {
		return false
	}
	matched, hasMatch, passOn := false, false, []string(nil)
	var answers []string
	rcode := ""
	for _, o := range d.Block {
		switch o.Name {
		case "match":
			hasMatch = true
			for _, pattern := range o.Args {
				re, err := regexp.Compile(pattern)
				if err != nil {
					a.Unknown, a.UnknownReason = "a pattern of template is not understood: "+pattern, "not-modelled.dns-template"
					return true
				}
				matched = matched || re.MatchString(q.Name)
			}
		case "answer":
			answers = append(answers, strings.Join(o.Args, " "))
		case "rcode":
			rcode = strings.ToUpper(strings.Join(o.Args, ""))
		case "fallthrough":
			passOn = fallthroughZones(o.Args)
		}
	}
	if hasMatch && !matched {
		// A template whose pattern does not match passes the question on only where it says so.
		if _, ok := longestZone(q.Name, passOn); ok && passOn != nil {
			return false
		}
		a.Plugin, a.RCode, a.Why = "template", ServFail, "plugin template does not match and does not fall through"
		return true
	}
	a.Plugin = "template"
	switch rcode {
	case "", "NOERROR":
		for _, text := range answers {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "{{ .Name }}", q.Name), "{{.Name}}", q.Name)
			r, ok := templateRecord(text)
			if !ok {
				a.Unknown, a.UnknownReason = "the answer of template is not interpreted: "+text, "not-modelled.dns-template"
				return true
			}
			a.Records = append(a.Records, r)
		}
	case "NXDOMAIN":
		a.RCode, a.Why = NXDomain, "plugin template answers NXDOMAIN"
	case "SERVFAIL":
		a.RCode, a.Why = ServFail, "plugin template answers SERVFAIL"
	case "REFUSED":
		a.RCode, a.Why = Refused, "plugin template answers REFUSED"
	default:
		a.Unknown, a.UnknownReason = "rcode "+rcode+" of template is not interpreted", "not-modelled.dns-template"
	}
	return true
}

// templateRecord reads "NAME [TTL] [IN] TYPE VALUE".
func templateRecord(text string) (Record, bool) {
	f := strings.Fields(text)
	if strings.Contains(text, "{{") || len(f) < 3 {
		return Record{}, false
	}
	r := Record{Name: absolute(f[0]), TTL: 3600}
	f = f[1:]
	if n, err := strconv.Atoi(f[0]); err == nil {
		r.TTL, f = n, f[1:]
	}
	if len(f) > 0 && strings.EqualFold(f[0], "IN") {
		f = f[1:]
	}
	if len(f) != 2 {
		return Record{}, false
	}
	r.Type, r.Value = strings.ToUpper(f[0]), f[1]
	switch r.Type {
	case "A", "AAAA":
		_, err := netip.ParseAddr(r.Value)
		return r, err == nil
	case "CNAME":
		// Whoever asks has to look the target up again.
		return Record{}, false
	}
	return r, true
}

// hosts follows plugin/hosts. A name of its zones that it does not have is SERVFAIL unless it falls through: the plugin
// has no SOA for an NXDOMAIN.
func (c *Config) hosts(d Directive, blockZones []string, q Question, a *Answer) bool {
	args := d.Args
	var lines [][]string
	if len(args) > 0 && (strings.Contains(args[0], "/") || c.files[args[0]] != "") {
		for _, line := range strings.Split(c.files[path.Base(args[0])], "\n") {
			line, _, _ = strings.Cut(line, "#")
			lines = append(lines, strings.Fields(line))
		}
		if _, have := c.files[path.Base(args[0])]; !have {
			a.Notes = append(a.Notes, "the hosts file "+args[0]+" of CoreDNS is not among the objects and is taken to be empty")
			a.Assumed = append(a.Assumed, "coredns-hosts-file")
		}
		args = args[1:]
	}
	zones := zonesOf(args)
	if len(zones) == 0 {
		zones = blockZones
	}
	ttl, passOn := 3600, []string(nil)
	for _, o := range d.Block {
		switch o.Name {
		case "ttl":
			if len(o.Args) == 1 {
				if n, err := strconv.Atoi(o.Args[0]); err == nil {
					ttl = n
				}
			}
		case "fallthrough":
			passOn = fallthroughZones(o.Args)
		case "no_reverse", "reload":
		default:
			lines = append(lines, append([]string{o.Name}, o.Args...))
		}
	}
	if addr, ok := reverseAddr(q.Name); ok {
		for _, l := range lines {
			if len(l) > 1 {
				if have, ok := cluster.ParseAddr(l[0]); ok && have == addr && q.Type == "PTR" {
					a.Records = append(a.Records, Record{q.Name, "PTR", ttl, absolute(l[1])})
				}
			}
		}
		return len(a.Records) > 0
	}
	if _, in := longestZone(q.Name, zones); !in {
		return false
	}
	known := false
	for _, l := range lines {
		if len(l) < 2 {
			continue
		}
		addr, ok := cluster.ParseAddr(l[0])
		if !ok {
			continue
		}
		for _, n := range l[1:] {
			if absolute(n) == q.Name {
				known = true
				c.address(q, addr, ttl, a)
			}
		}
	}
	if known {
		a.Plugin = "hosts"
		return true
	}
	if _, ok := longestZone(q.Name, passOn); ok && passOn != nil {
		return false
	}
	a.Plugin, a.RCode, a.Why = "hosts", ServFail, "plugin hosts does not have the name and does not fall through"
	return true
}

// forward follows plugin/forward: the first directive whose zone holds the name and does not except it.
func (c *Config) forward(view *cluster.View, d Directive, q Question, a *Answer) bool {
	if len(d.Args) < 2 {
		return false
	}
	from := zoneName(d.Args[0])
	if !inZone(q.Name, from) {
		return false
	}
	for _, o := range d.Block {
		if o.Name == "except" {
			if _, in := longestZone(q.Name, zonesOf(o.Args)); in {
				return false
			}
		}
	}
	a.Plugin = "forward"
	to := d.Args[1]
	a.Steps = append(a.Steps, Step{Plugin: "forward", Text: "forward " + strings.Join(d.Args, " ")})
	var server Nameserver
	if strings.HasPrefix(to, "/") {
		// The CoreDNS pods have dnsPolicy Default: the file is that of their node.
		node, said := c.dnsNode(view)
		r := c.nodeResolv(view, node)
		server = r.Nameservers[0]
		if !said && server.Resolver != nil {
			a.Assumed = append(a.Assumed, "node-resolver")
		}
	} else {
		text := strings.TrimPrefix(strings.TrimPrefix(to, "dns://"), "tls://")
		if ap, err := netip.ParseAddrPort(text); err == nil {
			server = c.nameserver(view, ap.Addr().Unmap())
		} else if addr, ok := cluster.ParseAddr(text); ok {
			server = c.nameserver(view, addr)
		}
		if server.Kind != ServerOutside {
			a.Unknown, a.UnknownReason = fmt.Sprintf("what %s answers, to which CoreDNS forwards", to), "outside.unknown"
			return true
		}
	}
	if server.Resolver != nil {
		answer := AnswerOutside(view, server.Resolver, q)
		a.ForwardedTo = append(a.ForwardedTo, server.Resolver)
		a.take(&answer)
		return true
	}
	answer := answerNobody(view, q)
	a.take(&answer)
	return true
}

// take makes another server's answer this one's.
func (a *Answer) take(o *Answer) {
	a.RCode, a.Why, a.Unknown, a.UnknownReason = o.RCode, o.Why, o.Unknown, o.UnknownReason
	a.Records = append(a.Records, o.Records...)
	a.Steps = append(a.Steps, o.Steps...)
	a.ForwardedTo = append(a.ForwardedTo, o.ForwardedTo...)
	a.Assumed = append(a.Assumed, o.Assumed...)
	a.Notes = append(a.Notes, o.Notes...)
}

// dnsNode is a node on which the cluster's DNS runs, and whether the surroundings say which resolver every such node asks.
func (c *Config) dnsNode(view *cluster.View) (node string, said bool) {
	if c.Service == nil {
		return "", false
	}
	resolver := ""
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for i := range s.Endpoints {
			name, own := s.Endpoints[i].Node, ""
			for _, h := range view.Surroundings().Hosts {
				if h.Name == name && name != "" {
					own = h.Resolver
				}
			}
			if own == "" || resolver != "" && own != resolver {
				return name, false
			}
			node, resolver, said = name, own, true
		}
	}
	return node, said
}
