package oracle

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// packet is the first packet of a connection on its way through one node. Rules change dst, port, mark and dnat.
type packet struct {
	src      netip.Addr
	dst      netip.Addr
	protocol string // tcp, udp, sctp or icmp
	port     uint16 // of the destination; without meaning for icmp
	iface    string // by which it came in; empty for what the node itself sends
	mark     uint32
	dnat     bool
	masked   bool // MASQUERADE was met
}

// verdict is how a chain ends for a packet.
type verdict string

const (
	goesOn  verdict = "" // the end of the chain
	returns verdict = "return"
	accepts verdict = "accept" // no more of this hook's chain
	drops   verdict = "drop"
	rejects verdict = "reject"
	// rewritten is DNAT or masquerade: like accept, for chains of type nat.
	rewritten verdict = "rewritten"
)

// course is one way that a packet may take, with the share of packets that take it.
type course struct {
	packet
	share   float64
	verdict verdict
}

// target is one endpoint that packets are sent to.
type target struct {
	share  float64
	masked bool
}

// outcome is what a set of rules does with a packet: the shares of all courses added up.
type outcome struct {
	pass, drop, reject float64 // pass: nothing was rewritten and nothing stopped it
	targets            map[netip.AddrPort]target
	mixed              string // endpoints whose packets are masked at times
	passMasked         bool   // the source of a packet that is not rewritten is
}

func outcomeOf(courses []course) outcome {
	o := outcome{targets: map[netip.AddrPort]target{}}
	for _, c := range courses {
		switch {
		case c.verdict == drops:
			o.drop += c.share
		case c.verdict == rejects:
			o.reject += c.share
		case c.dnat:
			at := netip.AddrPortFrom(c.dst, c.port)
			have, ok := o.targets[at]
			if ok && have.masked != c.masked {
				o.mixed = at.String()
			}
			o.targets[at] = target{have.share + c.share, c.masked}
		default:
			o.pass += c.share
			o.passMasked = o.passMasked || c.masked
		}
	}
	return o
}

func (o outcome) String() string {
	var parts []string
	say := func(name string, share float64) {
		if share > 0 {
			parts = append(parts, fmt.Sprintf("%s %.4f", name, share))
		}
	}
	say("no rule", o.pass)
	if o.passMasked {
		parts = append(parts, "masked though no rule rewrites")
	}
	say("reject", o.reject)
	say("drop", o.drop)
	for _, at := range slices.SortedFunc(maps.Keys(o.targets), func(a, b netip.AddrPort) int { return strings.Compare(a.String(), b.String()) }) {
		t := o.targets[at]
		name := "dnat " + at.String()
		if t.masked {
			name += " masked"
		}
		say(name, t.share)
	}
	if o.mixed != "" {
		parts = append(parts, "masked at times: "+o.mixed)
	}
	return strings.Join(parts, ", ")
}

// ruleset is what a backend of kube-proxy has written, as the kernel applies it.
type ruleset interface {
	// hook runs the chains of a hook. At loopback only chains of type filter are run: addresses are decided once.
	hook(name string, p packet, loopback bool) ([]course, error)
}

// pass sends a packet through the hooks of one node: what comes in meets prerouting, then input or forward; what the node
// sends meets output, and where it goes to the node itself comes back by the loopback device. own are the addresses of the
// node. Packets that are delivered here without having been sent here never see postrouting.
func pass(rules ruleset, p packet, own map[netip.Addr]bool) (outcome, error) {
	toNode := func(a netip.Addr) bool { return a.IsLoopback() || own[a] }
	courses := []course{{packet: p, share: 1}}
	var failed error
	meet := func(hook string, loopback bool, which func(packet) bool) {
		var next []course
		for _, c := range courses {
			if c.verdict == drops || c.verdict == rejects || !which(c.packet) {
				next = append(next, c)
				continue
			}
			ways, err := rules.hook(hook, c.packet, loopback)
			if err != nil && failed == nil {
				failed = fmt.Errorf("%s: %w", hook, err)
			}
			for _, w := range ways {
				w.share *= c.share
				next = append(next, w)
			}
		}
		courses = next
	}
	all := func(packet) bool { return true }
	stays := func(p packet) bool { return toNode(p.dst) }
	leaves := func(p packet) bool { return !toNode(p.dst) }
	if p.iface == "" {
		meet("output", false, all)
		meet("postrouting", false, all)
		meet("prerouting", true, stays)
		meet("input", true, stays)
	} else {
		meet("prerouting", false, all)
		meet("input", false, stays)
		meet("forward", false, leaves)
		meet("postrouting", false, leaves)
	}
	return outcomeOf(courses), failed
}
