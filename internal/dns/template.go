package dns

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// templates runs the template directives of a server block, which are one plugin: the first that matches answers. Only
// what can be told without running Go templates is: codes, and answers that name nothing but the question. One whose
// patterns do not match lets the next one try where it falls through, and fails the question where it does not.
func templates(list []Directive, blockZones []string, q Question, a *Answer) bool {
	for _, d := range list {
		if len(d.Args) < 2 {
			continue
		}
		zones := zonesOf(d.Args[2:])
		if len(zones) == 0 {
			zones = blockZones
		}
		class, kind := strings.ToUpper(d.Args[0]), strings.ToUpper(d.Args[1])
		if _, in := longestZone(q.Name, zones); !in || class != "IN" && class != "ANY" || kind != "ANY" && kind != q.Type {
			continue
		}
		t := readTemplate(d)
		if t.unknown != "" {
			a.Unknown, a.UnknownReason = t.unknown, "not-modelled.dns-template"
			return true
		}
		matches := len(t.patterns) == 0
		for _, p := range t.patterns {
			matches = matches || p.MatchString(q.Name)
		}
		if matches {
			t.answer(q, a)
			return true
		}
		if _, ok := longestZone(q.Name, t.passOn); !ok {
			a.Plugin, a.RCode, a.Why = "template", ServFail, words.Say("dns.template.no-match")
			return true
		}
	}
	return false
}

type templateRule struct {
	patterns []*regexp.Regexp
	answers  []string
	rcode    string
	passOn   []string
	unknown  string
}

func readTemplate(d Directive) (t templateRule) {
	for _, o := range d.Block {
		switch o.Name {
		case "match":
			for _, text := range o.Args {
				p, err := regexp.Compile(text)
				if err != nil {
					t.unknown = words.Say("dns.template.pattern", text)
					return t
				}
				t.patterns = append(t.patterns, p)
			}
		case "answer":
			t.answers = append(t.answers, o.Args...)
		case "rcode":
			t.rcode = strings.ToUpper(strings.Join(o.Args, ""))
		case "fallthrough":
			t.passOn = fallthroughZones(o.Args)
		case "expr", "var":
			t.unknown = words.Say("dns.template.option", o.Name)
		}
	}
	return t
}

func (t *templateRule) answer(q Question, a *Answer) {
	a.Plugin = "template"
	switch t.rcode {
	case "", "NOERROR":
	case "NXDOMAIN":
		a.RCode, a.Why = NXDomain, words.Say("dns.template.nxdomain")
	case "SERVFAIL":
		a.RCode, a.Why = ServFail, words.Say("dns.template.servfail")
		return
	case "REFUSED":
		a.RCode, a.Why = Refused, words.Say("dns.template.refused")
	default:
		a.Unknown, a.UnknownReason = words.Say("dns.template.rcode", t.rcode), "not-modelled.dns-template"
		return
	}
	for _, text := range t.answers {
		r, ok := templateRecord(strings.ReplaceAll(strings.ReplaceAll(text, "{{ .Name }}", q.Name), "{{.Name}}", q.Name))
		if !ok {
			a.Unknown, a.UnknownReason = words.Say("dns.template.answer", text), "not-modelled.dns-template"
			return
		}
		a.Records = append(a.Records, r)
	}
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
