package trace

import (
	"cmp"
	"net/netip"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

func nodeUp(n *corev1.Node) bool { return facts.NodeReady(n) }

func withAddr(a netip.AddrPort, addr netip.Addr) netip.AddrPort {
	return netip.AddrPortFrom(addr, a.Port())
}

// waypoint writes one point of a way.
func (e *engine) waypoint(b *branch, w boundary.Waypoint, evidence []cluster.Evidence, wall bool, certainty Certainty) {
	before := e.header(b)
	layer := string(w.Layer)
	src, dst := b.src, b.dst
	if w.Src.IsValid() {
		src = withAddr(b.src, w.Src)
	}
	if w.Dst.Addr().IsValid() {
		dst = w.Dst
	}
	moved := src != b.src || dst != b.dst
	if !e.standsAt(*b, w.At) {
		b.pass(w.At, layer)
	}
	if moved {
		b.remember(w.At, layer, undoAt(w, src != b.src))
	}
	if moved && w.Kind == boundary.StepHost {
		b.forwarded = true
	}
	if src != b.src && w.Kind == boundary.StepSNAT {
		b.masqueraded = true
	}
	b.src, b.dst = src, dst
	b.outer = nil
	if w.Outer != nil {
		b.outer = &Outer{Src: w.Outer.Src.String(), Dst: w.Outer.Dst.String()}
	}
	step := at{
		kind: StepKind(w.Kind), ref: w.At, layer: w.Layer, evidence: evidence, sentence: e.waypointSentence(w, before, wall),
	}
	if w.Kind == boundary.StepWire {
		step.title = words.Say("title.on-the", layerWord(w.Layer))
	}
	if wall {
		step.certainty, step.title = certainty, words.Say("title.way-ends")
	}
	e.add(b, before, step)
}

// undoAt says what the reply gets put back at a waypoint.
func undoAt(w boundary.Waypoint, src bool) undoKind {
	switch {
	case w.At.Kind == cluster.KindRouter || w.Kind == boundary.StepRouter:
		return undoPAT
	case src:
		return undoMasquerade
	}
	return undoDNAT
}

func (e *engine) waypointSentence(w boundary.Waypoint, before *Header, wall bool) string {
	text := ""
	name := w.At.Name
	switch w.Kind {
	case boundary.StepWire:
		text = words.Say("says.wire", layerWord(w.Layer))
	case boundary.StepLocal:
		text = words.Say("says.route.local.pod", name)
	case boundary.StepNode:
		text = words.Say("says.route.node.pod-network", name)
	case boundary.StepOut:
		text = words.Say("says.route.out", name)
	case boundary.StepSNAT:
		text = words.Say("says.rules.masquerade.node", before.Src, name)
	case boundary.StepRouter:
		text = words.Say("says.router.nat", name, before.Src, before.Dst)
	case boundary.StepBoundary:
		text = words.Say("says.boundary", wallWord(w.At))
		if wall {
			text = words.Say("says.boundary.stops", wallWord(w.At))
		}
	case boundary.StepLB:
		text = words.Say("says.load-balancer", w.At.Namespace, name)
	case boundary.StepHost:
		text = words.Say("says.host.passes", name)
	case boundary.StepDoor:
		text = words.Say("says.door", name, portOf(before.Dst))
	}
	if w.Why == "" {
		return text
	}
	why := strings.TrimSuffix(w.Why, ".")
	if text == "" {
		return capital(why) + "."
	}
	return strings.TrimSuffix(text, ".") + ": " + why + "."
}

func wallWord(r cluster.Ref) string {
	if r.Kind == cluster.KindNetwork {
		return words.Say("clause.the-wall", layerWordOf(r.Name))
	}
	return kindName(r)
}

func portOf(socket string) string {
	if i := strings.LastIndexByte(socket, ':'); i >= 0 {
		return socket[i+1:]
	}
	return socket
}

func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

func layerWord(l surroundings.Layer) string {
	if l == "" {
		return words.Say("layer.network", words.Say("layer.lan"))
	}
	return layerWordOf(string(l))
}

// wallEnding is the end of a way that is not open.
func (e *engine) wallEnding(b branch, d boundary.Decision, certainty Certainty) ending {
	end := ending{
		reason: cmp.Or(d.Reason, "boundary.no-route"), certainty: certainty, decidedBy: pointer(d.Owner.Ref()), object: pointer(d.Owner.Ref()),
		name: string(d.Owner.Layer), protocol: e.protocol(&b),
	}
	if n := len(d.Waypoints); n > 0 {
		w := d.Waypoints[n-1]
		end.on = pointer(w.At)
		end.why = strings.TrimSuffix(w.Why, ".")
		if w.Blocked && end.reason != "pod.gone" && w.At.Kind != "" {
			end.decidedBy = pointer(w.At)
		}
	}
	if ref, ok := ingressOfHost(d.Owner.Host); ok && end.reason == "boundary.needs-door" {
		end.reason, end.object = "lb.private-address", &ref
	}
	end.class = classOf(end.reason)
	if d.Refused && end.class == NoAnswer {
		end.class = Refused
	}
	if end.reason == "service.no-endpoints" { // not the nodes refuse: the packet gets to none
		end.class = NoAnswer
	}
	if d.Certainty == boundary.Unknown && end.class == NoAnswer {
		end.class = CannotTell
	}
	if what, ok := strings.CutPrefix(end.reason, "not-modelled."); ok {
		end.name, end.certainty = words.Say("clause.the", strings.ReplaceAll(what, "-", " ")), Unknown
	}
	if d.Owner.Left != nil {
		end.object = pointer(d.Owner.Left.Ref())
		if end.reason == "pod.gone" {
			end.decidedBy = end.object
		}
	}
	for _, door := range d.Doors {
		if door.Pending {
			continue
		}
		end.try = append(end.try, Try{
			Text:    words.Say("remedy.door", door.By.Kind, door.By.Namespace, door.By.Name),
			Command: "curl " + doorURL(door),
		})
	}
	end.got = strings.Join(d.Missing, ", ")
	if end.reason == "service.port-undefined" && len(d.Owner.Services) > 0 {
		end.got = portsOf(d.Owner.Services[0])
	}
	return end
}

func doorURL(d boundary.Door) string {
	if strings.Contains(d.Text, "://") {
		return d.Text
	}
	return "http://" + d.Text + "/"
}
