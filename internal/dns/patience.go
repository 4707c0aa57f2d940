package dns

import (
	"strconv"
	"strings"
)

// Wait is how long, in seconds, a library waits before it says that nobody replied, when it has asked for so many names.
// glibc (resolv/res_send.c) asks each server as often as the option attempts says, and waits for timeout each time; musl
// (src/network/res_msend.c) gives one timeout to all servers and attempts together.
func (l *Lookup) Wait(libc Libc, names int) int {
	if libc == Musl {
		return option(l.Resolv.Options, "timeout", 5, 60)
	}
	each := option(l.Resolv.Options, "timeout", 5, 30) * option(l.Resolv.Options, "attempts", 2, 5)
	return each * max(1, len(l.Resolv.Nameservers)) * max(1, names)
}

// option is a number among a resolv.conf's options, cut to what the library allows at most.
func option(options []string, name string, usual, most int) int {
	for _, o := range options {
		if v, ok := strings.CutPrefix(o, name+":"); ok {
			if n, err := strconv.Atoi(v); err == nil && n > 0 {
				usual = min(n, most)
			}
		}
	}
	return usual
}
