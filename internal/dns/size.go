package dns

import "strings"

// plainSize is the longest answer that comes over UDP where the client announces no other size (RFC 1035 4.2.1); glibc
// announces ednsSize with the option edns0 (resolv/resolv-internal.h RESOLV_EDNS_BUFFER_SIZE), dig SizeOfDig by itself.
const (
	plainSize = 512
	ednsSize  = 1200

	SizeOfDig = 1232
)

// size is the length of an answer on the wire, in bytes, names compressed as CoreDNS does where that is needed (plugin
// request.Scrub, miekg/dns Msg.Truncate): header, question, and the records of the answer section.
func (a *Answer) size() int {
	known := map[string]bool{}
	n := 12 + nameSize(a.Question.Name, known) + 4
	for _, r := range a.Records {
		n += nameSize(r.Name, known) + 10
		switch r.Type {
		case "A":
			n += 4
		case "AAAA":
			n += 16
		case "CNAME", "PTR", "NS":
			n += nameSize(r.Value, known)
		case "SRV": // its target is not compressed (RFC 2782)
			n += 6 + len(r.Value[strings.LastIndexByte(r.Value, ' ')+1:]) + 1
		default:
			n += len(r.Value)
		}
	}
	return n
}

// nameSize is the length of a name: whatever end of it has been written before is a pointer of two bytes.
func nameSize(name string, known map[string]bool) int {
	n := 0
	for rest := strings.TrimSuffix(name, "."); rest != ""; {
		if known[rest] {
			return n + 2
		}
		known[rest] = true
		label, after, _ := strings.Cut(rest, ".")
		n += len(label) + 1
		rest = after
	}
	return n + 1
}
