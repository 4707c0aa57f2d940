package oracle

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"

	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"
	"sigs.k8s.io/knftables"
)

// The readers play the smallest rules that show each turn: what is not matched, jumps that come back and gotos that do
// not, shares of random choices, and what filter chains do behind a rewritten address.

var (
	someone = packet{src: netip.MustParseAddr("10.0.0.1"), dst: netip.MustParseAddr("10.96.0.1"), protocol: "tcp", port: 80, iface: wireInterface}
	noAddrs = map[netip.Addr]bool{netip.MustParseAddr("10.0.0.9"): true}
)

func TestIPTablesReader(t *testing.T) {
	rows := []struct {
		name        string
		nat, filter string
		want        string
	}{
		{"nothing matches", "-A PREROUTING -p udp -j DNAT --to-destination 10.1.0.1:8080", "", "no rule 1.0000"},
		{"a negation matches the others", "-A PREROUTING ! -s 10.1.0.0/16 -j DNAT --to-destination 10.1.0.1:8080", "", "dnat 10.1.0.1:8080 1.0000"},
		{
			"chances are taken one after the other",
			"-A PREROUTING -m statistic --mode random --probability 0.25 -j A\n-A PREROUTING -j B\n-A A -j DNAT --to-destination 10.1.0.1:1\n-A B -j DNAT --to-destination 10.1.0.2:2",
			"", "dnat 10.1.0.1:1 0.2500, dnat 10.1.0.2:2 0.7500",
		},
		{"a jump comes back", "-A PREROUTING -j A\n-A PREROUTING -j DNAT --to-destination 10.1.0.1:1\n-A A -s 10.0.0.1 -j RETURN\n-A A -j DNAT --to-destination 10.1.0.2:2", "", "dnat 10.1.0.1:1 1.0000"},
		{"filter chains see the new address", "-A PREROUTING -j DNAT --to-destination 10.1.0.1:8080", "-A FORWARD -d 10.96.0.1 -j REJECT\n-A FORWARD -d 10.1.0.1 -j DROP", "drop 1.0000"},
		{"input is for the node's own addresses", "-A PREROUTING -j DNAT --to-destination 10.0.0.9:22", "-A FORWARD -j DROP\n-A INPUT -j REJECT", "reject 1.0000"},
		{"a mark masks what leaves", "-A PREROUTING -j MARK --or-mark 0x4000\n-A PREROUTING -j DNAT --to-destination 10.1.0.1:1\n-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE", "", "dnat 10.1.0.1:1 masked 1.0000"},
		{"and not what stays", "-A PREROUTING -j MARK --or-mark 0x4000\n-A PREROUTING -j DNAT --to-destination 10.0.0.9:1\n-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE", "", "dnat 10.0.0.9:1 1.0000"},
		{"an option that is not known", "-A PREROUTING --surprise 1 -j ACCEPT", "", `no option "--surprise" is known`},
		{"a chain that does not exist", "-A PREROUTING -j NOWHERE", "", "does not exist"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			text := "*nat\n" + chainsOf(row.nat, "PREROUTING", "POSTROUTING") + row.nat + "\nCOMMIT\n*filter\n" + chainsOf(row.filter, "INPUT", "FORWARD") + row.filter + "\nCOMMIT\n"
			dump, err := iptablestest.ParseIPTablesDump(strings.ReplaceAll(text, "\n\n", "\n"))
			if err != nil {
				t.Fatal(err)
			}
			rules, err := readIPTables(dump, noAddrs)
			expect(t, rules, err, row.want)
		})
	}
}

func chainsOf(rules string, builtin ...string) string {
	names := builtin
	for line := range strings.SplitSeq(rules, "\n") {
		if f := strings.Fields(line); len(f) > 1 && len(f[1]) == 1 {
			names = append(names, f[1])
		}
	}
	out, seen := "", map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			out += fmt.Sprintf(":%s - [0:0]\n", n)
		}
		seen[n] = true
	}
	return out
}

func TestNFTablesReader(t *testing.T) {
	const base = "add table ip t\nadd chain ip t pre { type nat hook prerouting priority -100 ; }\nadd chain ip t fwd { type filter hook forward priority 0 ; }\nadd chain ip t a\nadd chain ip t b\nadd map ip t m { type ipv4_addr . inet_proto . inet_service : verdict ; }\n"
	rows := []struct{ name, rules, want string }{
		{"nothing matches", "add rule ip t pre ip saddr 10.1.0.0/16 drop", "no rule 1.0000"},
		{"a list that is negated", "add rule ip t pre ip saddr != { 10.1.0.0/16 , 10.2.0.1 } drop", "drop 1.0000"},
		{"a map", "add rule ip t pre ip daddr . meta l4proto . th dport vmap @m\nadd element ip t m { 10.96.0.1 . tcp . 80 : goto a }\nadd rule ip t a dnat to 10.1.0.1:8080", "dnat 10.1.0.1:8080 1.0000"},
		{"a key that the map has not", "add rule ip t pre ip daddr . meta l4proto . th dport vmap @m\nadd rule ip t pre drop\nadd element ip t m { 10.96.0.1 . udp . 80 : goto a }", "drop 1.0000"},
		{"a jump comes back", "add rule ip t pre jump a\nadd rule ip t pre drop\nadd rule ip t a ip saddr 10.9.0.0/16 accept", "drop 1.0000"},
		{"a goto does not", "add rule ip t pre goto a\nadd rule ip t pre drop\nadd rule ip t a ip saddr 10.9.0.0/16 accept", "no rule 1.0000"},
		{"numbers are even", "add rule ip t pre meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.1.0.1 . 1 , 1 : 10.1.0.2 . 2 }", "dnat 10.1.0.1:1 0.5000, dnat 10.1.0.2:2 0.5000"},
		{"forward comes behind", "add rule ip t pre dnat to 10.1.0.1:8080\nadd rule ip t fwd ip daddr 10.1.0.1 reject", "reject 1.0000"},
		{"a statement that is not known", "add rule ip t pre limit rate 3 drop", `no statement "limit" is known`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			fake := knftables.NewFake(knftables.IPv4Family, "t")
			if err := fake.ParseDump(base + row.rules); err != nil {
				t.Fatal(err)
			}
			rules, err := readNFTables(fake.Table, noAddrs)
			expect(t, rules, err, row.want)
		})
	}
}

func expect(t *testing.T, rules ruleset, err error, want string) {
	t.Helper()
	var o outcome
	if err == nil {
		o, err = pass(rules, someone, noAddrs)
	}
	if err != nil {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
		return
	}
	total := o.pass + o.drop + o.reject
	for _, target := range o.targets {
		total += target.share
	}
	if o.String() != want || math.Abs(total-1) > 1e-9 {
		t.Errorf("got %s, want %s", o, want)
	}
}

func TestALieIsFoundAndMadeSmall(t *testing.T) {
	quiet(t)
	// A Decide that has every masquerade the wrong way round.
	lie := func(w *world, p probe) string {
		j := newJudge(w)
		a, err := j.ask(p)
		if err != nil {
			return ""
		}
		a.decision.Masquerade = !a.decision.Masquerade
		for i := range a.decision.Endpoints {
			a.decision.Endpoints[i].Masked = !a.decision.Endpoints[i].Masked
		}
		return j.compare(p, a)
	}
	for seed := uint64(1); seed < 200; seed++ {
		w := newWorld(seed, "iptables")
		for _, p := range newProbes(seed, w, 20) {
			if lie(w, p) == "" {
				continue
			}
			small := shrink(w, func(c *world) bool { return lie(c, p) != "" })
			if len(small.services) != 1 || len(small.slices) != 1 || len(small.slices[0].Endpoints) != 1 {
				t.Errorf("world %d keeps more than a service, a slice and an endpoint:\n%s", seed, small)
			}
			return
		}
	}
	t.Error("no packet of 200 worlds found the lie")
}
