package trace

import (
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/facts"
)

// byFamily sorts the addresses of a name as the client's library does: which of a family comes first is by chance, which
// family is not (RFC 6724 section 6, rules 5 and 6). IPv6 comes before IPv4, but for unique local addresses in the RFC's
// table of precedences, which musl and Go have; glibc's own table (posix/getaddrinfo or gai.conf) knows no difference.
func (e *engine) byFamily(b *branch, addresses []netip.Addr) (first, then []netip.Addr) {
	var v4, v6 []netip.Addr
	local := false
	for _, a := range addresses {
		if a.Is4() {
			v4 = append(v4, a)
			continue
		}
		v6 = append(v6, a)
		local = local || a.IsPrivate()
	}
	if len(v4) == 0 || len(v6) == 0 {
		return addresses, nil
	}
	if !local {
		return v6, v4
	}
	b.certainty = worse(b.certainty, e.uses(facts.KeyLibc))
	if e.facts.Value(facts.KeyLibc) == "musl" {
		return v4, v6
	}
	return v6, v4
}
