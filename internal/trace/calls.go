package trace

import (
	"net/netip"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// keyCalls is what a process answers when a call of its own fails: the surroundings say what it answers, not when.
const keyCalls = "calls"

// maxCalls bounds how far calls of processes that are called are followed.
const maxCalls = 3

// calls are the requests that a process makes before it answers, where the surroundings say so: each is a further leg,
// with look-ups, rules and policies of its own, from the pod. A branch that comes back with an end has its answer.
func (e *engine) calls(b branch, pod *cluster.Pod, l listening) []branch {
	out := []branch{b}
	for _, line := range l.calls {
		var next []branch
		for _, r := range out {
			if r.end != nil || e.tooMany() {
				next = append(next, r)
				continue
			}
			next = append(next, e.callOut(r, pod, line)...)
		}
		out = next
	}
	return out
}

// callOut is one call; every branch stands at the pod's socket again, as before.
func (e *engine) callOut(b branch, pod *cluster.Pod, line string) []branch {
	req, err := command.Parse([]string{line})
	if err != nil || req.Question != nil || req.Source != nil || req.Substitution != command.SubstNone || req.Program == command.ProgramPortForward || len(req.NotModelled) > 0 || e.calling >= maxCalls {
		why := words.Say("fact.calls.not-followed", clip(line, 60))
		e.assumeFlip(keyCalls, why, facts.Default)
		b.certainty = worse(b.certainty, Assumed)
		return []branch{b}
	}
	outer := b
	saved := struct {
		from   origin
		req    *command.Request
		lookup *Lookup
	}{e.from, e.req, e.lookup}
	e.from, e.req = podSender(e.view, pod), req
	e.calling++
	e.add(&b, nil, at{
		kind: StepProxyConnect, ref: pod.Ref(), layer: surroundings.LayerPod, noPacket: true, title: words.Say("title.calls"), evidence: []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"listeners"}}},
		sentence: words.Say("says.pod.out.call", pod.Name, clip(line, 100)),
	})
	ended := e.called(b)
	e.calling--
	e.from, e.req, e.lookup = saved.from, saved.req, saved.lookup
	var out []branch
	for _, r := range ended {
		back := outer
		back.share, back.last, back.legs, back.certainty = r.share, r.last, r.legs, r.certainty
		out = append(out, e.afterCall(back, pod, line, r.end)...)
	}
	return out
}

// called looks the call's host up and connects to the first of its addresses that answers.
func (e *engine) called(b branch) []branch {
	b.http, b.end = nil, nil
	if addr, ok := cluster.ParseAddr(e.req.Host); ok {
		return e.callAny(b, []netip.Addr{addr})
	}
	var out []branch
	for _, r := range e.resolve(b, e.req.Host) {
		if r.branch.end != nil {
			out = append(out, r.branch)
			continue
		}
		out = append(out, e.callAny(r.branch, r.addresses)...)
	}
	return out
}

func (e *engine) callAny(b branch, addresses []netip.Addr) []branch {
	var usable []netip.Addr
	for _, a := range addresses {
		if a = dialled(a); e.sourceFor(a).IsValid() {
			usable = append(usable, a)
		}
	}
	if len(usable) == 0 {
		return b.stop(ending{reason: "boundary.no-route", unreachable: true, decidedBy: pointer(e.from.ref), object: pointer(e.from.ref), why: words.Say("clause.no-address-of-family")})
	}
	var out []branch
	for _, r := range e.dial(b, usable[0], e.req.Port) {
		r = e.unwind(r)
		if (r.end.class == Refused || r.end.class == NoAnswer) && len(usable) > 1 {
			r.end = nil
			out = append(out, e.callAny(r, usable[1:min(len(usable), maxAddresses)])...)
			continue
		}
		out = append(out, r)
	}
	return out
}

// afterCall says what came of a call. What the process answers when it fails nothing shows: it answers as described, or
// with an error.
func (e *engine) afterCall(b branch, pod *cluster.Pod, line string, end *ending) []branch {
	text := words.Say("says.answer.call-answered", pod.Name)
	failed := end.class != Answered
	if failed {
		text = words.Say("says.answer.call-fails", pod.Name, end.class.Word(), end.reason)
		e.assumeFlip(keyCalls, words.Say("fact.calls.fails", pod.Namespace, pod.Name), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
	}
	e.add(&b, nil, at{
		kind: StepReply, ref: pod.Ref(), layer: surroundings.LayerPod, direction: OfReply, noPacket: true, certainty: end.certainty, title: words.Say("title.call", end.class.Word()), sentence: text,
	})
	if !failed || !e.callsFail || b.http == nil {
		return []branch{b}
	}
	answer := ending{
		class: HTTPError, reason: "l7.upstream-refused", status: 502, certainty: Assumed, decidedBy: pointer(pod.Ref()), object: pointer(pod.Ref()), on: end.decidedBy, wanted: line,
		says: words.Say("reason.http.status.own-call", pod.Namespace, pod.Name, clip(line, 60)),
	}
	if end.class == NoAnswer {
		answer.reason, answer.status = "l7.upstream-timeout", 504
		answer.says = strings.Replace(answer.says, "502", "504", 1)
	}
	before := e.header(&b)
	b.http = &HTTP{Status: answer.status, Headers: map[string]string{}}
	e.add(&b, before, at{kind: StepAnswer, ref: pod.Ref(), layer: surroundings.LayerPod, certainty: Assumed, sentence: answer.says})
	return b.stop(answer)
}

// callsFlip asks again with processes that answer with an error where a call of their own fails.
func (e *engine) callsFlip(t *Trace) bool {
	other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
	if err != nil {
		return false
	}
	other.callsFail = true
	a := other.alternative(map[string]string{keyCalls: words.Say("fact.calls.error")})
	if a.Verdict.Class == t.Verdict.Class {
		return false
	}
	t.Alternatives = append(t.Alternatives, a)
	return true
}
