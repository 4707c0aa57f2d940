package dns

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// A rewriteRule is one rule of plugin/rewrite on names, as newNameRule reads it.
type rewriteRule struct {
	kind     string
	from, to string
	pattern  *regexp.Regexp
	auto     bool
	answers  []answerRule
}

// An answerRule changes names (the owner's or the value's) of records on their way back.
type answerRule struct {
	value   bool
	rewrite func(string) string
}

// rewriteAll runs the rewrite rules of a server block, which are one plugin: the first rule that matches ends them unless
// it says continue. The answer rules are to be applied to the records, the last first. done means that the question is
// answered, by what cannot be interpreted.
func rewriteAll(list []Directive, q Question, a *Answer) (next Question, back []answerRule, done bool) {
	for _, d := range list {
		fields := slices.Clone(d.Args)
		if len(fields) < 2 {
			// The words of a block belong to the one rule.
			for _, line := range d.Block {
				fields = append(append(fields, line.Name), line.Args...)
			}
		}
		text := strings.Join(fields, " ")
		goOn := false
		if len(fields) > 0 && (strings.EqualFold(fields[0], "stop") || strings.EqualFold(fields[0], "continue")) {
			goOn = strings.EqualFold(fields[0], "continue")
			fields = fields[1:]
		}
		if len(fields) == 0 {
			continue
		}
		switch strings.ToLower(fields[0]) {
		case "ttl", "edns0":
			continue
		case "name":
		default:
			a.Unknown, a.UnknownReason = words.Say("dns.rewrite.not-interpreted", fields[0]), "not-modelled.dns-rewrite"
			return q, nil, true
		}
		rule, ok := readRewrite(fields[1:])
		if !ok {
			a.Unknown, a.UnknownReason = words.Say("dns.rewrite.not-understood", text), "not-modelled.dns-rewrite"
			return q, nil, true
		}
		to, matched := rule.apply(q.Name)
		if !matched {
			continue
		}
		a.Steps = append(a.Steps, Step{Plugin: "rewrite", Text: words.Say("dns.chain.rewrite", text), From: q.Name, To: to})
		if !isName(to) {
			a.Plugin, a.RCode, a.Why = "rewrite", ServFail, words.Say("dns.rewrite.no-name", to)
			return q, nil, true
		}
		back = append(back, rule.back(q.Name, to)...)
		q.Name = to
		if !goOn {
			break
		}
	}
	return q, back, false
}

// readRewrite reads the words after "name".
func readRewrite(fields []string) (r rewriteRule, ok bool) {
	r.kind = "exact"
	if len(fields) > 2 {
		r.kind, fields = strings.ToLower(fields[0]), fields[1:]
	}
	if len(fields) < 2 {
		return r, false
	}
	r.from, r.to = absolute(fields[0]), absolute(fields[1])
	switch r.kind {
	case "exact", "prefix", "suffix", "substring":
		// A final dot is added to all of them, so that a prefix and a substring match where a label ends.
	case "regex":
		var err error
		if r.pattern, err = regexp.Compile(fields[0]); err != nil {
			return r, false
		}
	default:
		return r, false
	}
	return r, r.readAnswers(fields[2:])
}

// readAnswers reads "answer auto", "answer name FROM TO" and "answer value FROM TO"; the word answer is needed once.
func (r *rewriteRule) readAnswers(fields []string) bool {
	for i := 0; i < len(fields); {
		if fields[i] == "answer" {
			i++
		} else if i == 0 {
			return false
		}
		if i >= len(fields) {
			return false
		}
		switch fields[i] {
		case "auto":
			r.auto = true
			i++
		case "name", "value":
			if i+2 >= len(fields) {
				return false
			}
			pattern, err := regexp.Compile(fields[i+1])
			if err != nil {
				return false
			}
			to := absolute(fields[i+2])
			r.answers = append(r.answers, answerRule{fields[i] == "value", func(s string) string {
				if out, ok := expand(pattern, s, to); ok {
					return out
				}
				return s
			}})
			i += 3
		default:
			return false
		}
	}
	return true
}

func (r *rewriteRule) apply(name string) (string, bool) {
	switch r.kind {
	case "exact":
		return r.to, name == r.from
	case "prefix":
		rest, ok := strings.CutPrefix(name, r.from)
		return r.to + rest, ok
	case "suffix":
		rest, ok := strings.CutSuffix(name, r.from)
		return rest + r.to, ok
	case "substring":
		return strings.ReplaceAll(name, r.from, r.to), strings.Contains(name, r.from)
	}
	return expand(r.pattern, name, r.to)
}

func expand(pattern *regexp.Regexp, s, to string) (string, bool) {
	groups := pattern.FindStringSubmatch(s)
	for i, g := range groups {
		to = strings.ReplaceAll(to, "{"+strconv.Itoa(i)+"}", g)
	}
	return to, groups != nil
}

// back are the answer rules of a rule that made one name out of another: exact ones always undo themselves, others where
// they say auto. Suffixes are undone at the end of every name, all else for the name itself and those below it.
func (r *rewriteRule) back(was, is string) []answerRule {
	undo := func(s string) string {
		if s == is {
			return was
		}
		if rest, ok := strings.CutSuffix(s, "."+is); ok {
			return rest + "." + was
		}
		return s
	}
	if r.kind == "suffix" {
		undo = func(s string) string {
			if rest, ok := strings.CutSuffix(s, r.to); ok {
				return rest + r.from
			}
			return s
		}
	}
	if !r.auto && r.kind != "exact" {
		return r.answers
	}
	return append([]answerRule{{false, undo}, {true, undo}}, r.answers...)
}

// rewriteBack applies answer rules to records. Values that hold a name are those of getRecordValueForRewrite.
func rewriteBack(back []answerRule, records []Record) {
	for i := range records {
		r := &records[i]
		for _, rule := range slices.Backward(back) {
			switch {
			case !rule.value:
				r.Name = rule.rewrite(r.Name)
			case r.Type == "CNAME" || r.Type == "PTR":
				r.Value = rule.rewrite(r.Value)
			case r.Type == "SRV":
				at := strings.LastIndexByte(r.Value, ' ') + 1
				r.Value = r.Value[:at] + rule.rewrite(r.Value[at:])
			}
		}
	}
}

// isName says whether a name could be asked for: no empty label, none longer than 63, 253 in all.
func isName(name string) bool {
	if name == "." {
		return true
	}
	if len(name) > maxName+1 {
		return false
	}
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return true
}
