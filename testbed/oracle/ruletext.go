package oracle

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/service"
)

// texts are the rules that a decision shows: those of its refusal, or those by which a packet comes to each choice.
func texts(d *service.Decision) []string {
	if d.RuleText == "" {
		return nil
	}
	if len(d.Endpoints) == 0 {
		return strings.Split(d.RuleText, "\n")
	}
	var out []string
	for i := range d.Endpoints {
		out = append(out, strings.Split(d.TextFor(&d.Endpoints[i]), "\n")...)
	}
	return out
}

// shownText is what compareText found.
type shownText struct {
	lines, exact int    // how many lines were shown, and of those how many as exact
	modest       bool   // every line is there, though they are not called exact
	lie          string // a line that is not there and ought to be
}

// compareText looks for the rules that a decision shows among those that kube-proxy wrote. Lines that are called exact must
// be there; of others, nftables' are asked for in kube-proxy's own writing.
func (j *judge) compareText(p probe, d *service.Decision) shownText {
	s := shownText{modest: d.RuleText != "" && !d.Exact}
	for _, line := range texts(d) {
		s.lines++
		there := false
		switch rules := j.proxies[familyOf(p.dst.Addr())].rules.(type) {
		case *iptablesRules:
			there = rules.has(line)
		case *nftablesRules:
			there = rules.has(line, d)
			if _, chain, ok := strings.Cut(line, " vmap { 0 : goto "); ok {
				chain, _, _ = strings.Cut(strings.TrimSuffix(chain, " }"), ",")
				if seconds := rules.sticks(chain); seconds != d.Affinity {
					s.lie = fmt.Sprintf("clients stick for %d s, not %d", seconds, d.Affinity)
				}
			}
			if !there && !d.Exact {
				there = rules.has(asWritten(line), d)
				s.modest = false
				if !there && !strings.Contains(line, "goto") {
					s.lie = "kube-proxy wrote no rule " + asWritten(line)
				}
			}
		}
		if d.Exact {
			s.exact++
			if !there {
				s.lie = "kube-proxy wrote no rule " + line
			}
		}
		s.modest = s.modest && there
	}
	for i := range d.Endpoints {
		if after := d.Endpoints[i].After; after != nil {
			more := j.compareText(p, after)
			s.lines, s.exact, s.lie = s.lines+more.lines, s.exact+more.exact, cmp.Or(s.lie, more.lie)
		}
	}
	return s
}

// asWritten undoes how nft prints what kube-proxy writes.
func asWritten(line string) string {
	for _, family := range []string{"ip", "ip6"} {
		line = strings.Replace(line, " dnat "+family+" to numgen", " dnat "+family+" addr . port to numgen", 1)
	}
	return line
}

// canonical writes a rule with its options sorted and without what iptables-save adds: kube-proxy and iptables-save
// order them differently.
func canonical(rule string) string {
	var parts []string
	args := words(rule)
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "!" && i+1 < len(args) {
			i++
			word = "! " + args[i]
		}
		value := ""
		if i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") && args[i+1] != "!" {
			i++
			value = args[i]
		}
		switch word {
		case "-m", "--reject-with", "--mask", "--rsource":
			continue
		case "-d", "-s", "! -d", "! -s":
			if prefix, err := parsePrefix(value); err == nil {
				value = prefix.String()
			}
		case "--probability":
			// The kernel keeps 31 bits.
			if share, err := strconv.ParseFloat(value, 64); err == nil {
				value = fmt.Sprint(math.Round(share * (1 << 31)))
			}
		}
		parts = append(parts, word+" "+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

func (r *iptablesRules) has(line string) bool {
	if r.known == nil {
		r.known = map[string]bool{}
		for _, rules := range r.chains {
			for _, rule := range rules {
				r.known[canonical(rule.text)] = true
			}
		}
	}
	return r.known[canonical(line)]
}

// has looks for an element of a map or a rule of a chain that a decision says is there.
func (r *nftablesRules) has(line string, d *service.Decision) bool {
	for place := range strings.SplitSeq(d.RuleWhere, ";") {
		where := strings.Fields(place) // nft list map ip kube-proxy NAME …, or nft list chain …
		if len(where) < 6 {
			return false
		}
		name := where[5]
		if where[2] == "map" {
			key, value, isElement := strings.Cut(line, " : ")
			key, comment, _ := strings.Cut(key, ` comment "`)
			have, ok := r.maps[name][key]
			if isElement && ok && have == value && r.comments[name+" "+key] == strings.TrimSuffix(comment, `"`) {
				return true
			}
			continue
		}
		rule, comment, _ := strings.Cut(line, ` comment "`)
		for chain, rules := range r.chains {
			prefix, any := strings.CutSuffix(name, "…")
			if chain != name && !(any && strings.HasPrefix(chain, prefix)) {
				continue
			}
			for _, have := range rules {
				if slices.Equal(have.words, nftWords(rule)) && (comment == "" || have.comment == strings.TrimSuffix(comment, `"`)) {
					return true
				}
			}
		}
	}
	return false
}
