package gateway

import (
	"net/netip"
	"strings"
)

// hostOnly is a Host header without its port and final dot, in lower case: a port in it never counts
// (HTTPRouteSpec.Hostnames).
func hostOnly(host string) string { return strings.TrimSuffix(withoutPort(host), ".") }

func withoutPort(host string) string {
	host = strings.ToLower(host)
	if a, err := netip.ParseAddrPort(host); err == nil {
		return a.Addr().String()
	}
	if strings.HasPrefix(host, "[") {
		return strings.Trim(host, "[]")
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host, ':') == i {
		host = host[:i]
	}
	return host
}

// covers reports whether a hostname of a listener or route takes a host. A wildcard is a suffix match over any number
// of labels, and never takes the bare suffix; the empty hostname takes everything.
func covers(pattern, host string) bool {
	if pattern == "" {
		return true
	}
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// intersect is what two hostnames have in common: the more specific of the two, if the other covers it.
func intersect(a, b string) (string, bool) {
	switch {
	case a == b || b == "":
		return a, true
	case a == "":
		return b, true
	}
	wildA, wildB := strings.HasPrefix(a, "*."), strings.HasPrefix(b, "*.")
	switch {
	case wildA && wildB && strings.HasSuffix(a, b[1:]):
		return a, true
	case wildA && wildB && strings.HasSuffix(b, a[1:]):
		return b, true
	case wildA && !wildB && covers(a, b):
		return b, true
	case wildB && !wildA && covers(b, a):
		return a, true
	}
	return "", false
}

// specificity orders hostnames: exact ones before wildcards before none, wildcards by their dots (GatewaySpec.Listeners,
// "Listeners that are distinct only by Hostname").
func specificity(host string) int {
	switch {
	case host == "":
		return 0
	case strings.HasPrefix(host, "*"):
		return strings.Count(host, ".")
	}
	return 1 << 20
}

// exactLength and anyLength are the first two criteria of precedence between routes (HTTPRouteSpec.Hostnames).
func exactLength(host string) int {
	if strings.HasPrefix(host, "*") {
		return 0
	}
	return len(host)
}

func shown(host string) string {
	if host == "" {
		return "*"
	}
	return host
}
