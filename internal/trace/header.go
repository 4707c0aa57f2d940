package trace

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/command"
)

// skips reports whether a step is left out since only the ends are wanted; what it would have said of the certainty is
// kept. Whoever writes many steps asks first, so as not to write texts that nobody reads.
func (e *engine) skips(b *branch, c Certainty) bool {
	if !e.quiet {
		return false
	}
	e.steps++
	b.certainty = worse(b.certainty, c)
	return true
}

// noHeader stands for all headers where no step is written.
var noHeader Header

// header is the packet that a branch carries. Steps share it: nobody may change it. Where no steps are wanted it is empty.
func (e *engine) header(b *branch) *Header {
	if e.quiet {
		return &noHeader
	}
	if l := b.last; l != nil && l.step.After != nil {
		h := l.step.After // most steps leave the packet alone
		if h.Src == e.socket(b.src) && h.Dst == e.socket(b.dst) && h.Protocol == e.protocol(b) && h.HTTP == b.http &&
			(h.Outer == nil) == (b.outer == nil) && (h.Outer == nil || *h.Outer == *b.outer) {
			return h
		}
	}
	h := &Header{Src: e.socket(b.src), Dst: e.socket(b.dst), Protocol: e.protocol(b), HTTP: b.http}
	if b.outer != nil {
		o := *b.outer
		h.Outer = &o
	}
	return h
}

func (e *engine) protocol(b *branch) string {
	if b.leg == 0 && !b.tcpQuery {
		return string(command.UDP)
	}
	if b.leg == 0 {
		return string(command.TCP)
	}
	return string(e.req.Protocol)
}

func (e *engine) transport(b *branch) corev1.Protocol { return corev1.Protocol(e.protocol(b)) }

func (e *engine) icmp(b *branch) bool { return b.leg != 0 && e.req.Protocol == command.ICMP }

// socket writes an address and port; the unnamed host of a bare lan or internet has no address to show.
func (e *engine) socket(a netip.AddrPort) string {
	if e.unnamedSource(a.Addr()) {
		return fmt.Sprintf("%s:%d", e.from.layer, a.Port())
	}
	if !a.Addr().IsValid() {
		return ""
	}
	if a.Port() == 0 {
		return a.Addr().String()
	}
	text, known := e.sockets[a]
	if !known {
		if e.sockets == nil {
			e.sockets = map[netip.AddrPort]string{}
		}
		text = a.String()
		e.sockets[a] = text
	}
	return text
}

func (e *engine) addrText(a netip.Addr) string {
	if e.unnamedSource(a) {
		return string(e.from.layer)
	}
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func changes(before, after *Header) []string {
	out := []string{}
	if before == nil || after == nil {
		return out
	}
	if before.Src != after.Src {
		out = append(out, "src")
	}
	if before.Dst != after.Dst {
		out = append(out, "dst")
	}
	if (before.Outer == nil) != (after.Outer == nil) || before.Outer != nil && *before.Outer != *after.Outer {
		out = append(out, "outer")
	}
	if !sameHTTP(before.HTTP, after.HTTP) {
		out = append(out, "http")
	}
	return out
}

func sameHTTP(a, b *HTTP) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Method != b.Method || a.Path != b.Path || a.Status != b.Status || a.Body != b.Body || len(a.Headers) != len(b.Headers) {
		return false
	}
	for k, v := range a.Headers {
		if b.Headers[k] != v {
			return false
		}
	}
	return true
}
