package trace

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// hostProxy is a proxy on a host of the surroundings, which opens a second connection to one of its upstreams.
func (e *engine) hostProxy(b branch, d boundary.Decision) []branch {
	host := d.End.Host
	if host == nil || len(d.End.Upstreams) == 0 {
		return b.stop(ending{reason: "not-modelled.proxy", certainty: Unknown, name: "proxy"})
	}
	o := hostOrigin(host)
	if n := e.view.Node(host.Name); n != nil {
		o = nodeOrigin(n)
	}
	b.seen = e.addrText(b.src.Addr())
	if !e.standsAt(b, o.ref) {
		b.pass(o.ref, string(o.layer))
	}
	e.add(&b, nil, at{
		title: acceptTitle(b), kind: StepProxyAccept, ref: o.ref, layer: o.layer, evidence: []cluster.Evidence{{Kind: facts.KindSurroundings, Name: "surroundings", Fields: []string{"hosts"}}},
		sentence: words.Say("says.proxy.accept.host", b.leg, host.Name),
	})
	b.endpoint = &Endpoint{IP: e.addrText(b.dst.Addr()), Port: int32(b.dst.Port())}
	if b.http == nil {
		// It takes the connection before it asks anybody else.
		return b.stop(ending{class: Answered, reason: "host.delivered", decidedBy: pointer(o.ref), object: pointer(o.ref)})
	}
	if e.speaksTLS(b) {
		e.assumeFlip("tls-port", words.Say("fact.tls-port.host", b.dst.Port(), host.Name), facts.Default)
		b.certainty = worse(b.certainty, Assumed)
		if end := e.shownCertificate(&b, o.ref); end != nil {
			return b.stop(*end)
		}
	}
	b.endpoint = nil
	ups := d.End.Upstreams
	var out []branch
	for i := range ups {
		order := append(slices.Clone(ups[i:]), ups[:i]...)
		out = append(out, e.hostUpstream(b.split(1/float64(len(ups))), o, d, order)...)
	}
	return out
}

// keyProxyProgram is what program a proxy of the surroundings is: which of the 5xx it writes, and whether it asks the next
// of its upstreams when one fails, is that of nginx (proxy_next_upstream, by default "error timeout").
const keyProxyProgram = "proxy-program"

// hostUpstream is the proxy's own connection to the first of its upstreams; the next ones are asked when that fails.
func (e *engine) hostUpstream(b branch, o origin, d boundary.Decision, ups []netip.AddrPort) []branch {
	to := ups[0]
	first := b.suspend()
	before := e.header(&b)
	b.legs++
	b.leg = b.legs
	b.sender = o.sender
	b.src = netip.AddrPortFrom(o.addr, clientPort+uint16(b.leg)-1)
	b.dst = to
	b.guard, b.back, b.masqueraded = nil, nil, false
	if b.http != nil {
		headers := maps.Clone(b.http.Headers)
		// nginx sends the upstream's own name unless it is told otherwise (proxy_set_header Host $proxy_host).
		headers["Host"] = to.String()
		if d.End.Proxy != nil {
			for name, value := range d.End.Proxy.SetHeader {
				switch value {
				case "$remote_addr":
					value = e.addrText(first.src.Addr())
				case "$host", "$http_host":
					value = first.http.Headers["Host"]
				}
				headers[name] = value
			}
		}
		b.http = &HTTP{Method: b.http.Method, Path: b.http.Path, Headers: headers}
	}
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: o.ref, layer: o.layer, sentence: words.Say("says.proxy.connect.host", b.leg, e.socket(to)),
	})
	var out []branch
	for _, r := range e.connect(b) {
		seen, masked := r.seen, r.masqueraded
		r = e.unwind(r)
		r.resume(first)
		r.seen, r.masqueraded = seen, masked
		end := *r.end
		switch end.class {
		case Refused, NoAnswer, Reset:
			end.certainty = worse(end.certainty, Assumed)
			if len(ups) > 1 && end.class != Reset {
				e.assumeFlip(keyProxyProgram, words.Say("fact.proxy-program"), facts.Default)
				r.certainty, r.end, r.http = worse(r.certainty, Assumed), nil, first.http
				out = append(out, e.hostUpstream(r, o, d, ups[1:])...)
				continue
			}
			e.assume(keyProxyProgram, "nginx", facts.Default, nil)
			failed := ending{class: HTTPError, reason: "l7.upstream-refused", status: 502, certainty: end.certainty, decidedBy: pointer(o.ref), object: pointer(o.ref), on: end.decidedBy, why: end.reason, wanted: to.String()}
			if end.class == NoAnswer {
				failed.reason, failed.status = "l7.upstream-timeout", 504
			}
			request := r.http
			was := e.header(&r)
			if request != nil {
				r.http = &HTTP{Status: failed.status, Headers: map[string]string{}}
			}
			e.add(&r, was, at{kind: StepProxyAnswer, ref: o.ref, layer: o.layer, sentence: words.Say("says.proxy.answer.host", o.ref.Name, failed.status)})
			out = append(out, r.stop(failed)...)
			continue
		case Answered, HTTPError:
			if end.status != 0 {
				r.http = &HTTP{Status: end.status, Body: clip(end.body, 200), Headers: map[string]string{}}
			}
		}
		out = append(out, r)
	}
	return out
}
