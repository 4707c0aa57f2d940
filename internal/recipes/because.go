package recipes

import (
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/trace"
)

// twoWords says why something does not work, by the reasons of the contract; the trace says it in full.
var twoWords = map[string]string{
	"pod.port-closed": "port closed", "pod.not-running": "not running", "pod.gone": "pod gone", "host.port-closed": "port closed",
	"dns.nxdomain": "unknown name", "dns.nodata": "no address", "dns.servfail": "DNS fails", "dns.blocked": "DNS blocked",
	"dns.no-answer": "DNS silent", "dns.no-resolver": "no DNS",
	"service.no-endpoints": "no endpoints", "service.no-local-endpoints": "none local", "service.port-undefined": "wrong port",
	"service.unknown-address": "unknown address", "service.not-proxied": "not proxied",
	"node.port-closed": "port closed", "node.not-ready": "node down",
	"lb.pending": "address pending", "lb.source-ranges": "source refused", "lb.private-address": "private address",
	"policy.egress-denied": "policy denies", "policy.ingress-denied": "policy denies",
	"boundary.no-route": "no route", "boundary.needs-door": "no door",
	"l7.no-match": "no rule", "l7.no-controller": "no controller", "l7.no-endpoints": "no endpoints", "l7.no-backend": "no backend",
	"l7.invalid-backend": "invalid backend", "l7.upstream-refused": "backend refuses", "l7.upstream-timeout": "backend silent",
	"l7.redirect": "only redirects", "l7.not-admitted": "not admitted",
	"tls.no-certificate": "no certificate", "tls.name-mismatch": "wrong certificate", "tls.plain-to-tls": "wants TLS",
	"outside.unknown": "leaves map",
}

func because(v trace.Verdict) string {
	switch {
	case v.Class == trace.CannotTell || v.Class == trace.LeftTheMap:
		return "cannot tell"
	case v.Class == trace.Mixed:
		return "sometimes fails"
	case twoWords[v.Reason] != "":
		return twoWords[v.Reason]
	case v.HTTPStatus != nil:
		return "answers " + strconv.Itoa(*v.HTTPStatus)
	}
	return strings.ReplaceAll(string(v.Class), "-", " ")
}
