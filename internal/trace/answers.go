package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// answers is what a process that listens says.
func (e *engine) answers(b branch, ref cluster.Ref, layer surroundings.Layer, reason string, l listening) []branch {
	end := ending{class: Answered, reason: reason, certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref), protocol: e.protocol(&b)}
	if b.leg == 0 { // what a DNS server answers is a step of its own kind
		return b.stop(end)
	}
	if b.http == nil {
		e.add(&b, nil, at{
			kind: StepAnswer, ref: ref, layer: layer, certainty: l.certainty, sentence: words.Say("says.host.takes", ref.Kind, ref.Name),
		})
		return b.stop(end)
	}
	if e.speaksTLS(b) {
		if end := e.shownCertificate(&b, ref); end != nil {
			return b.stop(*end)
		}
	}
	if l.tls && !e.speaksTLS(b) {
		// Go's TLS server writes this before the handshake (net/http, tlsHandshakeRecordLooksLikeHTTP).
		return b.stop(ending{
			class: HTTPError, reason: "tls.plain-to-tls", status: 400, certainty: l.certainty, decidedBy: pointer(ref), object: pointer(ref),
			why: words.Say("clause.port-speaks-tls", b.dst.Port()),
		})
	}
	if port := int32(b.dst.Port()); e.speaksTLS(b) && l.tls {
		b.certainty = worse(b.certainty, l.certainty)
	} else if e.speaksTLS(b) {
		// No object says which of its ports speak TLS; a port that does not answers the handshake with an error.
		e.assumeFlip("tls-port", words.Say("fact.tls-port.tls", port), facts.Default)
		l.certainty = worse(l.certainty, Assumed)
	} else if usuallyTLS(port) {
		e.assumeFlip("tls-port", words.Say("fact.tls-port.plain", port), facts.Default)
		l.certainty = worse(l.certainty, Assumed)
	}
	end.certainty = l.certainty
	answer, found := matchAnswer(l.answers, b.http)
	before := e.header(&b)
	request := b.http
	if found {
		end.status, end.body = answer.Status, answer.Body
		end.class = statusClass(answer.Status)
		if end.class == HTTPError {
			end.reason = "http.status"
		}
		b.http = &HTTP{Status: answer.Status, Body: clip(answer.Body, 200), Headers: map[string]string{}}
	}
	if b.upstreamPath == "" {
		b.upstreamPath = request.Path
	}
	if e.skips(&b, l.certainty) {
		return b.stop(end)
	}
	text := words.Say("says.answer", string(ref.Kind), ref.Name)
	if found {
		text = words.Say("says.answer.status", ref.Kind, ref.Name, answer.Status, quoted(answer.Body))
	}
	title := ""
	if found {
		title = words.Say("title.answers-status", answer.Status)
	}
	e.add(&b, before, at{kind: StepAnswer, ref: ref, layer: layer, certainty: l.certainty, evidence: l.evidence, sentence: text, title: title})
	return b.stop(end)
}

// speaksTLS reports whether the client opens this connection with TLS; a proxy's own connections are plain unless it was
// told otherwise.
func (e *engine) speaksTLS(b branch) bool { return e.scheme(b) == "https" }

func (e *engine) scheme(b branch) string {
	if b.sender.ref == e.from.ref || b.tunnel != 0 && b.tunnel == b.leg {
		return e.req.Scheme
	}
	return "http"
}

// usuallyTLS are ports that programs give to HTTPS.
func usuallyTLS(port int32) bool { return port == 443 || port == 8443 || port == 6443 || port == 9443 }

func quoted(body string) string {
	body = strings.TrimSpace(body)
	if body == "" {
		return ""
	}
	return fmt.Sprintf(" %q", clip(body, 60))
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// matchAnswer finds the answer to a path: the exact one with the host first, then "*".
func matchAnswer(answers []surroundings.Answer, request *HTTP) (surroundings.Answer, bool) {
	host := hostOnly(request.Headers["Host"])
	path, _, _ := strings.Cut(request.Path, "?")
	for _, wantHost := range []bool{true, false} {
		for _, wantPath := range []bool{true, false} {
			for _, a := range answers {
				if (a.Host != "") != wantHost || (a.Path != "*") != wantPath {
					continue
				}
				if wantHost && !strings.EqualFold(a.Host, host) || wantPath && a.Path != path {
					continue
				}
				return a, true
			}
		}
	}
	return surroundings.Answer{}, false
}

func hostOnly(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.Trim(host, "[]")
}

func statusClass(status int) Class {
	if status >= 400 {
		return HTTPError
	}
	return Answered
}
