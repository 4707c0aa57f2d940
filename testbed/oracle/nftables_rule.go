package oracle

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// nftRun is one packet at one rule.
type nftRun struct {
	rules  *nftablesRules
	words  []string
	depth  int
	failed error
}

func (n *nftRun) fail(format string, args ...any) {
	n.failed = cmp.Or(n.failed, fmt.Errorf(format, args...))
}

func (n *nftRun) peek() string {
	if len(n.words) == 0 {
		return ""
	}
	return n.words[0]
}

func (n *nftRun) next() string {
	word := n.peek()
	if word == "" {
		n.fail("it ends too early")
		return ""
	}
	n.words = n.words[1:]
	return word
}

func (n *nftRun) expect(words ...string) {
	for _, w := range words {
		if got := n.next(); got != w {
			n.fail("%q where %q was expected", got, w)
		}
	}
}

// take reads words if they come next.
func (n *nftRun) take(words ...string) bool {
	if len(n.words) < len(words) || !slices.Equal(n.words[:len(words)], words) {
		return false
	}
	n.words = n.words[len(words):]
	return true
}

// rule runs the statements of a rule from left to right until one does not match or gives a verdict.
func (n *nftRun) rule(c course) []course {
	for len(n.words) > 0 && n.failed == nil {
		switch word := n.peek(); word {
		case "mark":
			if n.take("mark", "set", "mark") {
				how := n.next()
				bits, _, err := parseMark(n.next())
				switch {
				case err != nil:
					n.fail("%w", err)
				case how == "or":
					c.mark |= bits
				case how == "xor":
					c.mark ^= bits
				default:
					n.fail("no mark %q is known", how)
				}
				continue
			}
			n.expect("mark", "and")
			bits, _, err := parseMark(n.next())
			if err != nil {
				n.fail("%w", err)
			}
			n.expect("!=", "0")
			if c.mark&bits == 0 {
				return []course{c}
			}
		case "masquerade":
			n.expect("masquerade", "fully-random")
			c.masked = true
			return n.end(c, rewritten)
		case "numgen":
			return n.pick(c)
		case "dnat":
			return n.dnat(c)
		case "update":
			n.next()
			n.next()
			for n.failed == nil && n.next() != "}" {
			}
		case "goto", "jump", "drop", "reject", "accept", "return":
			return n.verdict(c, n.words)
		default:
			matches, ways := n.match(c)
			if ways != nil {
				return ways
			}
			if !matches {
				return []course{c}
			}
		}
	}
	return []course{c}
}

func (n *nftRun) end(c course, v verdict) []course {
	if len(n.words) > 0 {
		n.fail("words follow a verdict: %v", n.words)
	}
	c.verdict = v
	return []course{c}
}

// verdict applies "drop", "goto chain" and the like.
func (n *nftRun) verdict(c course, words []string) []course {
	n.words = nil
	switch words[0] {
	case "drop":
		c.verdict = drops
	case "reject":
		c.verdict = rejects
	case "accept":
		c.verdict = accepts
	case "return":
		c.verdict = returns
	case "goto", "jump":
		if len(words) != 2 {
			n.fail("a chain and no more is expected: %v", words)
			return nil
		}
		ways, err := n.rules.chain(words[1], c.packet, n.depth+1)
		if err != nil {
			n.fail("%w", err)
		}
		for i := range ways {
			ways[i].share *= c.share
			if words[0] == "goto" && ways[i].verdict == goesOn {
				ways[i].verdict = returns
			}
		}
		return ways
	default:
		n.fail("no verdict %v is known", words)
	}
	return []course{c}
}

// value reads one part of a key.
func (n *nftRun) value(c course) string {
	switch word := n.next(); word {
	case "ip", "ip6":
		if (word == "ip") != c.src.Is4() {
			n.fail("%s in a table of the other family", word)
		}
		switch field := n.next(); field {
		case "saddr":
			return c.src.String()
		case "daddr":
			return c.dst.String()
		default:
			n.fail("no field %q is known", field)
		}
	case "meta":
		n.expect("l4proto")
		return c.protocol
	case "th":
		n.expect("dport")
		return strconv.Itoa(int(c.port))
	case "iifname":
		return c.iface
	case "ct":
		switch field := n.next(); field {
		case "state":
			return "new"
		case "status":
			if c.dnat {
				return "dnat"
			}
			return "none"
		default:
			n.fail("no field %q is known", field)
		}
	case "fib":
		addr := c.dst
		if n.next() == "saddr" {
			addr = c.src
		}
		n.expect("type")
		if addr.IsLoopback() || n.rules.own[addr] {
			return "local"
		}
		return "other"
	default:
		n.fail("no statement %q is known", word)
	}
	return ""
}

// match reads a key and what it is compared with; a verdict map gives courses.
func (n *nftRun) match(c course) (bool, []course) {
	key := n.value(c)
	for n.take(".") {
		key += nftJoin + n.value(c)
	}
	if n.take("vmap") {
		name, isMap := strings.CutPrefix(n.next(), "@")
		elements, ok := n.rules.maps[name]
		if !isMap || !ok {
			n.fail("no map %q exists", name)
			return false, nil
		}
		value, ok := elements[key]
		if !ok {
			return false, nil
		}
		if len(n.words) > 0 {
			n.fail("words follow a verdict map: %v", n.words)
		}
		return true, n.verdict(c, strings.Fields(value))
	}
	not := n.take("!=")
	var operands []string
	if n.take("{") {
		for n.failed == nil && !n.take("}") {
			if word := n.next(); word != "," {
				operands = append(operands, word)
			}
		}
	} else {
		operands = []string{n.next()}
	}
	for _, operand := range operands {
		if n.equal(key, operand) {
			return !not, nil
		}
	}
	return not, nil
}

func (n *nftRun) equal(key, operand string) bool {
	if name, ok := strings.CutPrefix(operand, "@"); ok {
		elements, ok := n.rules.sets[name]
		if !ok {
			n.fail("no set %q exists", name)
		}
		return elements[key]
	}
	addr, err := netip.ParseAddr(key)
	if err != nil {
		return ifaceMatches(key, operand, "*")
	}
	prefix, err := parsePrefix(operand)
	if err != nil {
		n.fail("%w", err)
	}
	return prefix.Contains(addr)
}

// numbered reads "numgen random mod N map-or-vmap { 0 : …, 1 : … }" and gives the N values.
func (n *nftRun) numbered(kind string) [][]string {
	n.expect("numgen", "random", "mod")
	count, err := strconv.Atoi(n.next())
	if err != nil {
		n.fail("%w", err)
	}
	n.expect(kind, "{")
	var values [][]string
	for n.failed == nil && !n.take("}") {
		n.take(",")
		n.expect(strconv.Itoa(len(values)), ":")
		var value []string
		for n.failed == nil && n.peek() != "," && n.peek() != "}" {
			value = append(value, n.next())
		}
		values = append(values, value)
	}
	if len(values) != count {
		n.fail("%d values for %d numbers", len(values), count)
	}
	return values
}

func (n *nftRun) pick(c course) []course {
	values := n.numbered("vmap")
	if len(n.words) > 0 {
		n.fail("words follow a verdict map: %v", n.words)
	}
	var out []course
	for _, v := range values {
		part := c
		part.share /= float64(len(values))
		out = append(out, n.verdict(part, v)...)
	}
	return out
}

func (n *nftRun) dnat(c course) []course {
	n.expect("dnat")
	var targets []string
	if n.take("to") {
		targets = []string{n.next()}
	} else {
		n.next() // ip or ip6
		n.expect("addr", ".", "port", "to")
		for _, v := range n.numbered("map") {
			if len(v) != 3 {
				n.fail("%v is no address and port", v)
				return nil
			}
			targets = append(targets, joinHostPort(v[0], v[2]))
		}
	}
	var out []course
	for _, t := range targets {
		to, err := netip.ParseAddrPort(t)
		if err != nil {
			n.fail("%w", err)
			return nil
		}
		part := c
		part.share /= float64(len(targets))
		part.dst, part.port, part.dnat = to.Addr(), to.Port(), true
		out = append(out, n.end(part, rewritten)...)
	}
	return out
}

func joinHostPort(addr, port string) string {
	if strings.Contains(addr, ":") {
		return "[" + addr + "]:" + port
	}
	return addr + ":" + port
}
