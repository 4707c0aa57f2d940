package trace

import (
	"strings"

	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

func (e *engine) finishAll(list []branch) []branch {
	for i := range list {
		list[i] = e.finish(list[i])
	}
	return list
}

// finish writes what the person at the terminal sees.
func (e *engine) finish(b branch) branch {
	if e.skips(&b, b.end.certainty) {
		return b
	}
	code, message := e.clientResult(b.end)
	text := words.Say("says.end.exit", e.req.Program, code)
	if b.end.wait > 0 && code != curlTimeout {
		text += " " + words.Say("says.end.after", b.end.wait)
	}
	if message != "" {
		text += " " + words.Say("says.end.prints", clip(message, 160))
	}
	if e.req.Program == command.ProgramPortForward && b.end.class == Answered {
		text = words.Say("says.end.port-forward")
	}
	if b.end.class == CannotTell || b.end.class == LeftTheMap {
		text = words.Say("says.end.unknown", e.req.Program)
	}
	s := at{
		kind: StepEnd, ref: e.from.ref, layer: e.from.layer, direction: OfReply, sentence: text + ".", certainty: b.end.certainty,
		noPacket: !comesBack(b.end.class) || b.leg == 0, title: endTitle(b.end),
	}
	if e.from.layer == "" {
		s.layer = surroundings.LayerLAN
	}
	e.add(&b, nil, s)
	return b
}

// curlTimeout is curl's exit code where a limit of its own ends the wait before its library does.
const curlTimeout = 28

func endTitle(end *ending) string {
	if end.status != 0 {
		return words.Say("title.status", end.status)
	}
	return end.class.Word()
}

func (e *engine) clientResult(end *ending) (int, string) {
	out := command.Outcome{
		Class: command.Class(end.class), HTTPStatus: end.status, Addr: end.addr.Addr(), RCode: end.rcode, Unreachable: end.unreachable,
		BadCert: end.badCert, Kubectl: end.kubectl, Closed: end.closed, BusyBox: e.busyBox(),
		Quick: end.refused || end.reason == "dns.no-resolver", Wait: float64(end.wait),
	}
	if end.redirects != nil {
		out.TooManyRedirects, out.Redirects = true, *end.redirects
	}
	return e.req.ClientResult(out)
}

// busyBox reports whether the client's small programs are BusyBox's: its image says so.
func (e *engine) busyBox() bool {
	_, is := e.busyBoxImage()
	return is
}

// busyBoxImage is the image, without its registry and owner, of a client that has BusyBox: busybox itself, or one that
// says alpine in its name or tag, whose wget, nc, ping and nslookup are BusyBox's.
func (e *engine) busyBoxImage() (image string, is bool) {
	if e.from.pod == nil || e.from.pod.Shape == nil {
		return "", false
	}
	for i, c := range e.from.pod.Shape.Containers {
		if e.from.container != c.Name && (e.from.container != "" || i > 0) {
			continue
		}
		image = c.Image[strings.LastIndexByte(c.Image, '/')+1:]
		name, _, _ := strings.Cut(image, ":")
		return image, name == "busybox" || strings.Contains(c.Image, "alpine")
	}
	return "", false
}
