package oracle

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/knftables"
)

// nftablesRules are the chains, sets and maps of kube-proxy's nftables table.
type nftablesRules struct {
	chains map[string][]nftablesRule
	base   []*knftables.Chain           // by priority
	sets   map[string]map[string]bool   // elements by their joined key
	maps   map[string]map[string]string // values by joined key
	// comments are those of elements, by map and key.
	comments map[string]string
	timeouts map[string]time.Duration // of sets, 0 without
	own      map[netip.Addr]bool
}

type nftablesRule struct {
	text, comment string
	words         []string
}

const nftJoin = " . "

func readNFTables(table *knftables.FakeTable, own map[netip.Addr]bool) (*nftablesRules, error) {
	r := &nftablesRules{chains: map[string][]nftablesRule{}, sets: map[string]map[string]bool{}, maps: map[string]map[string]string{}, comments: map[string]string{}, timeouts: map[string]time.Duration{}, own: own}
	for name, c := range table.Chains {
		if c.Hook != nil {
			r.base = append(r.base, &c.Chain)
		}
		rules := []nftablesRule{}
		for _, rule := range c.Rules {
			rules = append(rules, nftablesRule{rule.Rule, text(rule.Comment), nftWords(rule.Rule)})
		}
		r.chains[name] = rules
	}
	var failed error
	slices.SortFunc(r.base, func(a, b *knftables.Chain) int {
		return cmp.Compare(nftPriority(*a.Priority, &failed), nftPriority(*b.Priority, &failed))
	})
	for name, s := range table.Sets {
		r.sets[name] = map[string]bool{}
		if s.Timeout != nil {
			r.timeouts[name] = *s.Timeout
		}
		for _, e := range s.Elements {
			r.sets[name][strings.Join(e.Key, nftJoin)] = true
		}
	}
	for name, m := range table.Maps {
		r.maps[name] = map[string]string{}
		for _, e := range m.Elements {
			key := strings.Join(e.Key, nftJoin)
			r.maps[name][key] = strings.Join(e.Value, nftJoin)
			r.comments[name+" "+key] = text(e.Comment)
		}
	}
	return r, failed
}

// sticks says for how many seconds clients stick to an endpoint, by the name of its chain.
func (r *nftablesRules) sticks(endpointChain string) int32 {
	return int32(r.timeouts["affinity-"+strings.TrimPrefix(endpointChain, "endpoint-")].Seconds())
}

func text(t *string) string {
	if t == nil {
		return ""
	}
	return *t
}

// nftWords splits a rule at spaces and takes braces and commas for words of their own.
func nftWords(text string) []string {
	for _, sign := range []string{"{", "}", ","} {
		text = strings.ReplaceAll(text, sign, " "+sign+" ")
	}
	return strings.Fields(text)
}

func nftPriority(p knftables.BaseChainPriority, failed *error) int {
	if n, err := strconv.Atoi(string(p)); err == nil {
		return n
	}
	text, offset := string(p), 0
	if i := strings.LastIndexAny(text, "+-"); i > 0 {
		offset, _ = strconv.Atoi(text[i:])
		text = text[:i]
	}
	named, ok := map[string]int{"dstnat": -100, "filter": 0, "srcnat": 100}[text]
	if !ok {
		*failed = errors.Join(*failed, fmt.Errorf("no priority %q is known", p))
	}
	return named + offset
}

func (r *nftablesRules) hook(name string, p packet, loopback bool) ([]course, error) {
	courses := []course{{packet: p, share: 1}}
	for _, base := range r.base {
		if string(*base.Hook) != name || loopback && *base.Type == knftables.NATType {
			continue
		}
		var next []course
		for _, c := range courses {
			if c.verdict == drops || c.verdict == rejects {
				next = append(next, c)
				continue
			}
			ways, err := r.chain(base.Name, c.packet, 0)
			if err != nil {
				return nil, err
			}
			for _, w := range ways {
				w.share *= c.share
				next = append(next, w)
			}
		}
		courses = next
	}
	return courses, nil
}

func (r *nftablesRules) chain(name string, p packet, depth int) ([]course, error) {
	rules, ok := r.chains[name]
	if !ok || depth > 16 {
		return nil, fmt.Errorf("chain %q does not exist or is too deep", name)
	}
	here := []course{{packet: p, share: 1}}
	var done []course
	for _, rule := range rules {
		var next []course
		for _, c := range here {
			run := nftRun{rules: r, words: rule.words, depth: depth}
			ways := run.rule(c)
			if run.failed != nil {
				return nil, fmt.Errorf("%s: %q: %w", name, rule.text, run.failed)
			}
			for _, w := range ways {
				if w.verdict == goesOn {
					next = append(next, w)
				} else {
					done = append(done, w)
				}
			}
		}
		here = next
	}
	for i := range done {
		if done[i].verdict == returns {
			done[i].verdict = goesOn
		}
	}
	return append(done, here...), nil
}
