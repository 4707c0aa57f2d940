package oracle

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	utiliptables "k8s.io/kubernetes/pkg/util/iptables"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"
)

// iptablesRules are the tables filter and nat as iptables-restore got them.
type iptablesRules struct {
	chains map[string][]iptablesRule // by table/chain
	known  map[string]bool           // in canonical writing, made when asked for
	own    map[netip.Addr]bool
}

type iptablesRule struct {
	text    string
	matches []iptablesMatch
	target  string
	operand string // of the target
}

// iptablesMatch gives the share of packets that it takes.
type iptablesMatch func(packet) float64

func readIPTables(dump *iptablestest.IPTablesDump, own map[netip.Addr]bool) (*iptablesRules, error) {
	r := &iptablesRules{chains: map[string][]iptablesRule{}, own: own}
	for _, t := range dump.Tables {
		for _, c := range t.Chains {
			key := string(t.Name) + "/" + string(c.Name)
			r.chains[key] = []iptablesRule{}
			for _, rule := range c.Rules {
				parsed, err := r.parse(rule.Raw)
				if err != nil {
					return nil, fmt.Errorf("rule %q: %w", rule.Raw, err)
				}
				r.chains[key] = append(r.chains[key], parsed)
			}
		}
	}
	return r, nil
}

// words splits a rule at spaces and keeps quoted words whole, without their quotes.
func words(text string) []string {
	var out []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if rest, quoted := strings.CutPrefix(text, `"`); quoted {
			word, after, _ := strings.Cut(rest, `"`)
			out, text = append(out, word), after
			continue
		}
		word, after, _ := strings.Cut(text, " ")
		out, text = append(out, word), after
	}
	return out
}

func (r *iptablesRules) parse(text string) (iptablesRule, error) {
	rule := iptablesRule{text: text}
	var failed error
	args := words(text)
	next := func() string {
		if len(args) == 0 {
			failed = errors.New("it ends too early")
			return ""
		}
		word := args[0]
		args = args[1:]
		return word
	}
	for len(args) > 0 && failed == nil {
		word := next()
		not := word == "!"
		if not {
			word = next()
		}
		var match func(packet) bool
		switch word {
		case "-A":
			next()
		case "-m", "--match":
			switch module := next(); module {
			case "comment", "tcp", "udp", "sctp", "addrtype", "conntrack", "mark", "statistic", "recent":
			default:
				failed = fmt.Errorf("no match %q is known", module)
			}
		case "--comment":
			next()
		case "-p":
			protocol := next()
			match = func(p packet) bool { return p.protocol == protocol }
		case "-s", "-d":
			prefix, err := parsePrefix(next())
			failed = errors.Join(failed, err)
			match = func(p packet) bool {
				if word == "-s" {
					return prefix.Contains(p.src)
				}
				return prefix.Contains(p.dst)
			}
		case "-i":
			name := next()
			match = func(p packet) bool { return p.iface != "" && ifaceMatches(p.iface, name, "+") }
		case "--dport":
			port := next()
			match = func(p packet) bool { return strconv.Itoa(int(p.port)) == port }
		case "--dst-type", "--src-type":
			if kind := next(); kind != "LOCAL" {
				failed = fmt.Errorf("no address type %q is known", kind)
			}
			match = func(p packet) bool {
				addr := p.src
				if word == "--dst-type" {
					addr = p.dst
				}
				return addr.IsLoopback() || r.own[addr]
			}
		case "--ctstate":
			states := strings.Split(next(), ",")
			match = func(p packet) bool {
				for _, s := range states {
					if s == "NEW" || s == "DNAT" && p.dnat {
						return true
					}
				}
				return false
			}
		case "--mark":
			value, mask, err := parseMark(next())
			failed = errors.Join(failed, err)
			match = func(p packet) bool { return p.mark&mask == value }
		case "--mode", "--seconds", "--name":
			next()
		case "--reap", "--set":
		case "--rcheck": // asks for a client that was here before, and this is the first packet of all
			match = func(packet) bool { return false }
		case "--probability":
			share, err := strconv.ParseFloat(next(), 64)
			failed = errors.Join(failed, err)
			rule.matches = append(rule.matches, func(packet) float64 { return share })
		case "-j":
			rule.target = next()
		case "--xor-mark", "--or-mark", "--to-destination":
			rule.operand = word + " " + next()
		case "--random-fully":
		default:
			failed = fmt.Errorf("no option %q is known", word)
		}
		if not && match == nil && failed == nil {
			failed = fmt.Errorf("%q cannot be negated", word)
		}
		if match != nil {
			rule.matches = append(rule.matches, func(p packet) float64 {
				if match(p) != not {
					return 1
				}
				return 0
			})
		}
	}
	return rule, failed
}

func ifaceMatches(have, pattern, wildcard string) bool {
	if prefix, ok := strings.CutSuffix(pattern, wildcard); ok {
		return strings.HasPrefix(have, prefix)
	}
	return have == pattern
}

func parsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

func parseMark(text string) (value, mask uint32, err error) {
	v, m, hasMask := strings.Cut(text, "/")
	parse := func(s string) uint32 {
		n, bad := strconv.ParseUint(s, 0, 32)
		err = errors.Join(err, bad)
		return uint32(n)
	}
	value, mask = parse(v), ^uint32(0)
	if hasMask {
		mask = parse(m)
	}
	return value, mask, err
}

func (r *iptablesRules) hook(name string, p packet, loopback bool) ([]course, error) {
	chain := strings.ToUpper(name)
	tables := []utiliptables.Table{utiliptables.TableNAT, utiliptables.TableFilter}
	courses := []course{{packet: p, share: 1}}
	for _, t := range tables {
		key := string(t) + "/" + chain
		if _, ok := r.chains[key]; !ok || loopback && t == utiliptables.TableNAT {
			continue
		}
		var next []course
		for _, c := range courses {
			if c.verdict == drops || c.verdict == rejects {
				next = append(next, c)
				continue
			}
			ways, err := r.chain(string(t), chain, c.packet, 0)
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

func (r *iptablesRules) chain(table, name string, p packet, depth int) ([]course, error) {
	rules, ok := r.chains[table+"/"+name]
	if !ok || depth > 16 {
		return nil, fmt.Errorf("chain %s of table %s does not exist or is too deep", name, table)
	}
	here := []course{{packet: p, share: 1}}
	var done []course
	for _, rule := range rules {
		var next []course
		for _, c := range here {
			share := 1.0
			for _, m := range rule.matches {
				share *= m(c.packet)
			}
			if share < 1 {
				stay := c
				stay.share *= 1 - share
				next = append(next, stay)
			}
			if share == 0 {
				continue
			}
			c.share *= share
			ways, err := r.jump(table, rule, c, depth)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", rule.text, err)
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

func (r *iptablesRules) jump(table string, rule iptablesRule, c course, depth int) ([]course, error) {
	option, operand, _ := strings.Cut(rule.operand, " ")
	switch rule.target {
	case "":
	case "RETURN":
		c.verdict = returns
	case "ACCEPT":
		c.verdict = accepts
	case "DROP":
		c.verdict = drops
	case "REJECT":
		c.verdict = rejects
	case "MASQUERADE":
		c.masked, c.verdict = true, rewritten
	case "MARK":
		bits, _, err := parseMark(operand)
		if err != nil {
			return nil, err
		}
		switch option {
		case "--or-mark":
			c.mark |= bits
		case "--xor-mark":
			c.mark ^= bits
		default:
			return nil, fmt.Errorf("no mark %q is known", option)
		}
	case "DNAT":
		to, err := netip.ParseAddrPort(operand)
		if err != nil {
			return nil, err
		}
		c.dst, c.port, c.dnat, c.verdict = to.Addr(), to.Port(), true, rewritten
	default:
		ways, err := r.chain(table, rule.target, c.packet, depth+1)
		for i := range ways {
			ways[i].share *= c.share
		}
		return ways, err
	}
	return []course{c}, nil
}
