package dns

import (
	"slices"
	"strings"
)

// maxName is the longest name that can be asked for.
const maxName = 253

// Candidates are the names a library asks for, in order, as long as none of them is found. Which answers end the walk is
// in Resolve. Sources: glibc resolv/res_query.c __res_context_search, musl src/network/lookup_name.c name_from_dns_search.
func Candidates(name string, r Resolv, libc Libc) []Candidate {
	asIs := Candidate{Name: absolute(name)}
	if strings.HasSuffix(name, ".") {
		return []Candidate{asIs}
	}
	dots := strings.Count(name, ".")
	var list []Candidate
	root := false
	for _, s := range r.Search {
		if s == "." {
			// glibc asks for the name as it is when its turn comes, and not again after the list; musl makes a name with
			// two dots at its end, which it does not ask for.
			if libc != Musl && !(root || dots >= r.Ndots) {
				list = append(list, Candidate{asIs.Name, s})
				root = true
			}
			continue
		}
		full := absolute(name + "." + s)
		if len(full) <= maxName+1 {
			list = append(list, Candidate{full, s})
		}
	}
	switch {
	case dots < r.Ndots && root:
	case dots < r.Ndots:
		list = append(list, asIs)
	case libc == Musl:
		return []Candidate{asIs}
	default:
		list = slices.Insert(list, 0, asIs)
	}
	return list
}

// busyBoxCandidates are the names that BusyBox's nslookup asks for.
func busyBoxCandidates(name string, r Resolv) []Candidate {
	if strings.Contains(name, ".") || len(r.Search) == 0 {
		return []Candidate{{Name: absolute(name)}}
	}
	var list []Candidate
	for _, s := range r.Search {
		list = append(list, Candidate{absolute(name + "." + strings.TrimSuffix(s, ".")), s})
	}
	return list
}
