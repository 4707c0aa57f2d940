package oracle

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/service"
)

// compareText looks for the rules that a decision shows among those that kube-proxy wrote; empty where all are there. Text
// that does not claim to be exact is only asked for the objects that it names.
func (j *judge) compareText(p probe, d service.Decision) string {
	if d.RuleText == "" {
		return ""
	}
	switch rules := j.proxies[familyOf(p.dst.Addr())].rules.(type) {
	case *iptablesRules:
		for line := range strings.SplitSeq(d.RuleText, "\n") {
			if d.Exact && !rules.has(line) {
				return fmt.Sprintf("kube-proxy wrote no rule %s", line)
			}
		}
	case *nftablesRules:
		return rules.lacks(d)
	}
	return ""
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
				value = fmt.Sprintf("%.8f", share)
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

// lacks says what of a decision's text the table has not.
func (r *nftablesRules) lacks(d service.Decision) string {
	if d.Via != "" && d.Kind != service.DNAT && !d.Exact {
		return r.lacksRule(d)
	}
	where := strings.Fields(d.RuleWhere) // nft list map ip kube-proxy NAME …
	if len(where) < 6 || where[2] != "map" {
		return r.lacksRule(d)
	}
	elements, ok := r.maps[strings.TrimSuffix(where[5], ";")]
	if !ok {
		return "there is no map " + where[5]
	}
	for i, line := range strings.Split(d.RuleText, "\n") {
		key, value, isElement := strings.Cut(line, " : ")
		key, _, _ = strings.Cut(key, ` comment "`)
		switch {
		case i == 0 && (!isElement || elements[key] != value):
			return fmt.Sprintf("map %s has %q for %q, not %s", where[5], elements[key], key, line)
		case i > 0:
			for _, word := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" ,{}", c) }) {
				if strings.Contains(word, "/") && r.chains[word] == nil && !strings.Contains(word, ":") {
					return "there is no chain " + word
				}
			}
		}
	}
	return ""
}

// lacksRule asks for a rule of the chain that the text is said to be found in.
func (r *nftablesRules) lacksRule(d service.Decision) string {
	where := strings.Fields(d.RuleWhere) // nft list chain ip kube-proxy NAME on …
	if len(where) < 6 || where[2] != "chain" {
		return fmt.Sprintf("%q names no chain", d.RuleWhere)
	}
	rule, _, _ := strings.Cut(d.RuleText, " comment ")
	for _, have := range r.chains[where[5]] {
		if slices.Equal(have.words, nftWords(rule)) {
			return ""
		}
	}
	return fmt.Sprintf("chain %s has no rule %s", where[5], rule)
}
