package gateway

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// session is a TLS handshake: the server name picks the listener.
func (x *decider) session(list []*Listener) {
	sni := hostOnly(x.a.SNI)
	l := pick(list, sni)
	fails := func(l *Listener, why string) {
		x.take(l)
		x.d.Action, x.d.Reason, x.d.Status, x.d.Why = Abort, "tls.no-certificate", 0, why
	}
	switch {
	case l == nil && sni == "":
		fails(list[0], words.Say("gateway.tls.no-server-name", x.port))
	case l == nil:
		fails(list[0], words.Say("gateway.tls.no-hostname", x.port, sni))
	case l.Spec.Protocol == gatewayv1.TLSProtocolType:
		x.take(l)
		x.notModelled("TLSRoute", words.Say("gateway.tls.tls-routes", l.Name()))
	case l.Unread != "":
		x.take(l)
		x.unread(l.Unread)
	case l.NoTLS:
		fails(l, l.Why)
		x.d.assume("listener-without-certificate", words.Say("gateway.fact.handshake"), true)
	case clientCertificate(l):
		fails(l, words.Say("gateway.tls.client-certificate"))
		x.d.assume("client-certificate", words.Say("gateway.tls.client-has-none"), true)
	default:
		x.d.assume("tls-secret", words.Say("gateway.fact.client-certificate"), true)
		x.misdirected(list, l)
	}
}

// clientCertificate reports whether the gateway turns away clients without a certificate.
func clientCertificate(l *Listener) bool {
	t := l.Gateway.Object.Spec.TLS
	if t == nil || t.Frontend == nil {
		return false
	}
	validation := t.Frontend.Default.Validation
	for _, p := range t.Frontend.PerPort {
		if p.Port == l.Spec.Port {
			validation = p.TLS.Validation
		}
	}
	return validation != nil && validation.Mode != gatewayv1.AllowInsecureFallback
}

// misdirected compares the Host header with the listener that the server name picked (Listener.Hostname): 421 where the
// host is another listener's, 404 where it is nobody's.
func (x *decider) misdirected(list []*Listener, l *Listener) {
	https := slices.DeleteFunc(slices.Clone(list), func(o *Listener) bool { return o.Spec.Protocol != gatewayv1.HTTPSProtocolType })
	other := pick(https, x.a.host)
	if x.a.Otherwise == keyMisdirected && other != nil { // a proxy that does not compare the two
		x.request(https, other)
		return
	}
	if other != nil && other != l && (!covers(l.Host, x.a.host) || specificity(other.Host) > specificity(l.Host)) {
		x.take(l)
		x.d.Action, x.d.Status, x.d.Reason = Respond, 421, "l7.no-match"
		x.d.Why = words.Say("gateway.tls.misdirected", x.a.host, other.Name(), l.Name())
		x.d.assume(keyMisdirected, words.Say("gateway.fact.421"), true)
		return
	}
	if !covers(l.Host, x.a.host) {
		l = nil
	}
	x.request(https, l)
}
