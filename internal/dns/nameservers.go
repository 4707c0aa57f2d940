package dns

import (
	"slices"

	"github.com/kubestrata/kubestrata/internal/words"
)

// ask sends one question to the nameservers in turn. Silence, a refusal and SERVFAIL make a library try the next one.
func (w *walk) ask(cand Candidate, q Question) (result, *Try) {
	res, last := result(resTimeout), -1
	atOnce := w.o.Libc == Musl && w.o.Rule == RuleLibc && len(w.l.Resolv.Nameservers) > 1
	begin := len(w.l.Tries)
	for _, server := range w.l.Resolv.Nameservers {
		w.l.Tries = append(w.l.Tries, w.send(cand, server, q))
		last = len(w.l.Tries) - 1
		if atOnce {
			continue
		}
		var done bool
		if res, done = w.judge(last); done {
			return res, w.at(last)
		}
	}
	if !atOnce {
		return res, w.at(last)
	}
	best, differ := quickest(w.l.Tries[begin:])
	if best == nil { // all of them fail: how is the same for whoever waits for the last
		res, _ = w.judge(last)
		return res, w.at(last)
	}
	for i := begin; i < len(w.l.Tries); i++ {
		if t := &w.l.Tries[i]; t.Delivery == CannotDeliver {
			res, _ = w.judge(i)
			return res, w.at(i)
		}
	}
	at := begin + slices.IndexFunc(w.l.Tries[begin:], func(t Try) bool { return t.Server.Addr == best.Server.Addr })
	if differ {
		w.l.Unknown, w.l.Reason = words.Say("dns.unknown.first-nameserver"), "not-modelled.dns-nameserver-choice"
		return resUnknown, w.at(at)
	}
	res, _ = w.judge(at)
	return res, w.at(at)
}

// send asks one server, again over TCP where the answer is too long for UDP.
func (w *walk) send(cand Candidate, server Nameserver, q Question) Try {
	try := Try{Candidate: cand, Server: server, Question: q, TCP: w.o.TCP}
	try.Delivery = w.deliver(server, q, try.TCP)
	if try.Delivery != Delivered {
		return try
	}
	a := w.answer(server, q)
	if !try.TCP && a.Unknown == "" && a.size() > w.o.Size && w.o.Rule != RuleBusyBox { // BusyBox shows what came
		try.TCP, try.Truncated = true, true
		try.Delivery = w.deliver(server, q, true)
		if w.o.Libc == Musl && w.o.Rule == RuleLibc && try.Delivery != Delivered {
			w.l.assume("musl-version") // before 1.2.4 musl makes do with what came over UDP
		}
	}
	if try.Delivery == Delivered {
		try.Answer = &a
	}
	return try
}

// judge says what a try came to, and whether the library asks no other server then.
func (w *walk) judge(i int) (res result, done bool) {
	try := &w.l.Tries[i]
	switch try.Delivery {
	case TimedOut:
		return resTimeout, false
	case PortRefused:
		if w.o.Libc == Musl && w.o.Rule == RuleLibc && !try.TCP {
			return resTimeout, false // its socket is not connected: refusals do not reach it
		}
		return resRefused, false
	case CannotDeliver:
		w.l.Unknown, w.l.Reason = words.Say("dns.unknown.query-arrives"), "outside.unknown"
		if try.Server.Kind == ServerUnknown {
			w.l.Unknown = words.Say("dns.unknown.nameserver")
			if try.Server.Addr.IsValid() {
				w.l.Unknown = words.Say("dns.unknown.nameserver-at", try.Server.Addr.String())
			}
		}
		return resUnknown, true
	}
	w.l.assume(try.Answer.Assumed...)
	switch a := try.Answer; {
	case a.Unknown != "":
		w.l.Unknown, w.l.Reason = a.Unknown, a.UnknownReason
		return resUnknown, true
	case w.o.Rule == RuleLibc && w.o.Libc != Musl && len(a.Records) > 0 && (a.Renamed || a.RCode == NoData):
		// Records there are, but no address of the name: glibc stops at the first answer that is not empty.
		return resUseless, true
	case a.RCode == NoError:
		return resFound, true
	case a.RCode == NoData:
		return resNoData, true
	case a.RCode == NXDomain:
		return resNXDomain, true
	case a.RCode == Refused:
		return resDenied, false
	}
	return resServFail, false
}

// quickest is what musl makes of servers that it asks all at once: the first of them that says NOERROR or NXDOMAIN is
// believed, whatever the others say (src/network/res_msend.c).
func quickest(tries []Try) (best *Try, differ bool) {
	for i := range tries {
		a := tries[i].Answer
		if a == nil || a.Unknown == "" && a.RCode != NoError && a.RCode != NoData && a.RCode != NXDomain {
			continue
		}
		switch {
		case best == nil:
			best = &tries[i]
		case best.Answer.RCode != a.RCode || best.Answer.Unknown != a.Unknown || !slices.Equal(best.Answer.Records, a.Records):
			differ = true
		}
	}
	return best, differ
}
