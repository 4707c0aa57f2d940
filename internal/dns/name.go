package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Names inside this package are absolute, lower case, with their final dot: "web.default.svc.cluster.local.".

func absolute(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "" {
		return "."
	}
	return name + "."
}

// inZone says whether a name is the zone's apex or below it.
func inZone(name, zone string) bool {
	return zone == "." || name == zone || strings.HasSuffix(name, "."+zone)
}

// below is what stands before the zone, without a dot at its end; empty for the apex.
func below(name, zone string) string {
	if zone == "." {
		return strings.TrimSuffix(name, ".")
	}
	return strings.TrimSuffix(strings.TrimSuffix(name, zone), ".")
}

func parts(name string) []string {
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return nil
	}
	return strings.Split(name, ".")
}

// longestZone is the zone of a list that a name belongs to most closely.
func longestZone(name string, zones []string) (string, bool) {
	best, found := "", false
	for _, z := range zones {
		if inZone(name, z) && (!found || len(z) > len(best)) {
			best, found = z, true
		}
	}
	return best, found
}

// reverseAddr reads the address out of a name below in-addr.arpa or ip6.arpa.
func reverseAddr(name string) (netip.Addr, bool) {
	if rest, ok := strings.CutSuffix(name, ".in-addr.arpa."); ok {
		parts := strings.Split(rest, ".")
		if len(parts) != 4 {
			return netip.Addr{}, false
		}
		slices.Reverse(parts)
		a, err := netip.ParseAddr(strings.Join(parts, "."))
		return a, err == nil
	}
	if rest, ok := strings.CutSuffix(name, ".ip6.arpa."); ok {
		parts := strings.Split(rest, ".")
		// CoreDNS reads groups of four from the end, and so overlooks up to three labels too many.
		if len(parts) < 32 || len(parts) > 35 {
			return netip.Addr{}, false
		}
		parts = parts[len(parts)-32:]
		var b [16]byte
		for i, p := range parts {
			n, err := strconv.ParseUint(p, 16, 4)
			if err != nil {
				return netip.Addr{}, false
			}
			at := 31 - i
			b[at/2] |= byte(n) << (4 * (1 - at%2))
		}
		return netip.AddrFrom16(b).Unmap(), true
	}
	return netip.Addr{}, false
}

// reverseName is the name below in-addr.arpa or ip6.arpa of an address.
func reverseName(a netip.Addr) string {
	var parts []string
	suffix := "in-addr.arpa."
	if a.Is4() {
		for _, b := range a.As4() {
			parts = append(parts, strconv.Itoa(int(b)))
		}
	} else {
		suffix = "ip6.arpa."
		for _, b := range a.As16() {
			parts = append(parts, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
		}
	}
	slices.Reverse(parts)
	return strings.Join(parts, ".") + "." + suffix
}

// zoneName is the first of zoneNames.
func zoneName(text string) string { return zoneNames(text)[0] }

// zoneNames normalises a zone as a Corefile writes it: a name, ".", or a CIDR whose reverse zones are meant. One that ends
// between two labels (octets, or nibbles of IPv6) stands for the narrower zones that make it up (plugin/pkg/cidr Split).
func zoneNames(text string) []string {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return []string{absolute(text)}
	}
	step := 8
	if p.Addr().Is6() {
		step = 4
	}
	keep := (p.Bits() + step - 1) / step
	first := p.Masked().Addr()
	var out []string
	for i := range 1 << (keep*step - p.Bits()) {
		b := first.AsSlice()
		if keep > 0 {
			at := (keep*step - 1) / 8
			b[at] |= byte(i << (7 - (keep*step-1)%8))
		}
		addr, _ := netip.AddrFromSlice(b)
		labels := strings.Split(strings.TrimSuffix(reverseName(addr), "."), ".")
		total := p.Addr().BitLen() / step
		out = append(out, strings.Join(labels[total-keep:], ".")+".")
	}
	return out
}

// zonesOf are the zones that the words of a directive name.
func zonesOf(words []string) []string {
	var out []string
	for _, w := range words {
		out = append(out, zoneNames(w)...)
	}
	return out
}
