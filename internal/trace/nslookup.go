package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// keyNslookup is which nslookup a pod has: that of BIND or that of BusyBox.
const keyNslookup = "nslookup"

// nslookupRule is how nslookup walks the search list. BusyBox's asks for a name with a dot only as it is (since 1.29; up
// to 1.28 it used the C library); where the image does not say whose it is, that decides about such names.
func (e *engine) nslookupRule(name string) dns.Rule {
	image, known := e.busyBoxImage()
	switch {
	case e.req.BusyBox || known:
		if old(image) {
			return dns.RuleLibc
		}
		return dns.RuleBusyBox
	}
	return dns.RuleBind
}

// doubtNslookup asks again as BusyBox's nslookup does, where nothing says whose it is and that matters.
func (e *engine) doubtNslookup(b branch, o dns.ResolveOptions, out []branch) {
	q := e.req.Question
	if e.req.Program != command.ProgramNslookup || o.Rule != dns.RuleBind || e.from.pod == nil || !strings.Contains(q.Name, ".") || q.Reverse.IsValid() || strings.HasSuffix(q.Name, ".") {
		return
	}
	quiet := e.quiet
	e.quiet = true
	defer func() { e.quiet = quiet }()
	o.Rule = dns.RuleBusyBox
	for _, r := range e.lookUp(b, q.Name, o) {
		if found := r.branch.end == nil; len(out) > 0 && found != (out[0].end.class == Answered) {
			e.assumeFlip(keyNslookup, words.Say("fact.nslookup"), facts.Default)
			for i := range out {
				out[i].certainty, out[i].end.certainty = worse(out[i].certainty, Assumed), worse(out[i].end.certainty, Assumed)
			}
			return
		}
	}
}

// old reports whether an image's tag is of a BusyBox before 1.29.
func old(image string) bool {
	_, tag, _ := strings.Cut(image, ":")
	var major, minor int
	n, _ := fmt.Sscanf(tag, "%d.%d", &major, &minor)
	return n == 2 && major == 1 && minor < 29
}
