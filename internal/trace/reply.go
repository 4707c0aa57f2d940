package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// comesBack reports whether something comes back to the client: an answer, or a refusal.
func comesBack(c Class) bool {
	switch c {
	case Answered, HTTPError, Refused, Reset, TLSError:
		return true
	}
	return false
}

// unwind walks the reply of the current connection the same way back, with every address put back where it was replaced.
// The branch stands at its sender afterwards, its header that of the reply as the sender sees it.
func (e *engine) unwind(b branch) branch {
	if b.end == nil || !comesBack(b.end.class) || len(b.back) == 0 {
		return b
	}
	what := words.Say("clause.the-answer")
	if b.end.class == Refused {
		what = words.Say("clause.the-refusal")
		b.http = nil
	}
	if b.end.class == Reset || b.end.class == TLSError {
		b.http = nil
	}
	hops := b.back
	b.src, b.dst = b.dst, b.src
	b.outer = nil
	here := hops[len(hops)-1].at
	for i := len(hops) - 1; i >= 0; i-- {
		h := hops[i]
		layer := surroundings.Layer(h.layer)
		if h.at != here && h.at != hops[0].at {
			b.outer = nil
			if h.outer != nil && h.at.Kind == cluster.KindNetwork {
				b.outer = &Outer{Src: h.outer.Dst, Dst: h.outer.Src}
			}
			if !e.skips(&b, Certain) {
				e.add(&b, nil, at{kind: StepReply, ref: h.at, layer: layer, direction: OfReply, title: "reply", sentence: words.Say("says.reply", what, placeWord(h.at))})
			}
		}
		here = h.at
		if h.undo == undoNothing {
			continue
		}
		before := e.header(&b)
		b.outer = nil
		b.src, b.dst = h.dst, h.src
		if e.skips(&b, Certain) {
			continue
		}
		e.add(&b, before, at{
			kind: undoKindStep(h.undo), ref: h.at, layer: layer, direction: OfReply, sentence: undoSentence(h, before, e.header(&b)),
		})
	}
	b.outer = nil
	b.back = nil
	if b.leg != 1 && !(b.sender.ref == e.from.ref && b.leg > 0) {
		s := b.sender
		e.add(&b, nil, at{
			kind: StepReply, ref: s.ref, layer: s.layer, direction: OfReply, title: words.Say("title.reply", b.leg),
			sentence: words.Say("says.reply.back", what, kindWord(s.ref.Kind), s.ref.Name),
		})
	}
	return b
}

func undoKindStep(u undoKind) StepKind {
	switch u {
	case undoMasquerade:
		return StepReplyUnmasquerade
	case undoPAT:
		return StepReplyUnPAT
	}
	return StepReplyUnDNAT
}

func undoSentence(h *hop, before, after *Header) string {
	switch h.undo {
	case undoMasquerade:
		return words.Say("says.reply.unmasquerade", after.Dst, before.Dst, kindName(h.at))
	case undoPAT:
		if before.Src != after.Src {
			return words.Say("says.reply.unpat", after.Src, before.Src, kindName(h.at))
		}
		return words.Say("says.reply.unpat.to", after.Dst, before.Dst, kindName(h.at))
	}
	return words.Say("says.reply.undnat", after.Src, before.Src)
}

func kindName(r cluster.Ref) string { return kindWord(r.Kind) + " " + r.Name }

func kindWord(k cluster.Kind) string {
	switch k {
	case cluster.KindPod:
		return words.Say("kind.pod")
	case cluster.KindNode:
		return words.Say("kind.node")
	case cluster.KindHost:
		return words.Say("kind.host")
	case cluster.KindRouter:
		return words.Say("kind.router")
	case cluster.KindResolver:
		return words.Say("kind.resolver")
	case cluster.KindLoadBalancer:
		return words.Say("kind.load-balancer")
	}
	return string(k)
}

func placeWord(r cluster.Ref) string {
	switch r.Kind {
	case cluster.KindNetwork:
		return words.Say("clause.over-the", layerWord(surroundings.Layer(r.Name)))
	case cluster.KindPod, cluster.KindNode, cluster.KindHost, cluster.KindRouter, cluster.KindLoadBalancer:
		return words.Say("clause.through", kindName(r))
	}
	return words.Say("clause.through", r.Name)
}
