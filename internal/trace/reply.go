package trace

import (
	"fmt"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
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
	what := "The answer"
	if b.end.class == Refused {
		what = "The refusal"
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
				e.add(&b, nil, at{kind: StepReply, ref: h.at, layer: layer, direction: OfReply, title: "reply", sentence: what + " goes back " + placeWord(h.at) + "."})
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
			kind: StepReply, ref: s.ref, layer: s.layer, direction: OfReply, title: fmt.Sprintf("reply %d", b.leg),
			sentence: fmt.Sprintf("%s is back at %s %s.", what, kindWord(s.ref.Kind), s.ref.Name),
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
		return fmt.Sprintf("Address put back: to %s instead of %s, since %s had masked it.", after.Dst, before.Dst, kindName(h.at))
	case undoPAT:
		if before.Src != after.Src {
			return fmt.Sprintf("Address put back: from %s instead of %s, since %s had translated it.", after.Src, before.Src, kindName(h.at))
		}
		return fmt.Sprintf("Address put back: to %s instead of %s, since %s had translated it.", after.Dst, before.Dst, kindName(h.at))
	}
	return fmt.Sprintf("Address put back: from %s instead of %s, as the client expects.", after.Src, before.Src)
}

func kindName(r cluster.Ref) string { return kindWord(r.Kind) + " " + r.Name }

func kindWord(k cluster.Kind) string {
	switch k {
	case cluster.KindPod:
		return "pod"
	case cluster.KindNode:
		return "node"
	case cluster.KindHost:
		return "host"
	case cluster.KindRouter:
		return "router"
	case cluster.KindResolver:
		return "resolver"
	case cluster.KindLoadBalancer:
		return "load balancer"
	}
	return string(k)
}

func placeWord(r cluster.Ref) string {
	switch r.Kind {
	case cluster.KindNetwork:
		return "over the " + layerWord(surroundings.Layer(r.Name))
	case cluster.KindPod, cluster.KindNode, cluster.KindHost, cluster.KindRouter, cluster.KindLoadBalancer:
		return "through " + kindName(r)
	}
	return "through " + r.Name
}
