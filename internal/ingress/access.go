package ingress

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

var authTypes = regexp.MustCompile(`basic|digest`)

// denied says which annotation makes ingress-nginx close a location: one that guards it and cannot be read. The location
// then has "return 503" before anything else that it might do (annotations LocationDenied; nginx.tmpl, "Location denied").
func denied(ing *networkingv1.Ingress) string {
	for _, name := range []string{"allowlist-source-range", "whitelist-source-range", "denylist-source-range"} {
		if list := annotation(ing, name); list != "" && !allRanges(list) {
			return name
		}
	}
	if kind := annotation(ing, "auth-type"); kind != "" && (!authTypes.MatchString(kind) || annotation(ing, "auth-secret") == "") {
		return "auth-type"
	}
	if text := annotation(ing, "auth-url"); text != "" {
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" || strings.Contains(u.Host, "..") {
			return "auth-url"
		}
	}
	return ""
}

// allRanges: one entry that is neither a network nor an address spoils the list (internal/net ParseIPNets).
func allRanges(list string) bool {
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if _, err := netip.ParsePrefix(text); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(text); err != nil {
			return false
		}
	}
	return true
}

// guarded answers for the guards of a location that turn this request away, by the order of nginx's access phase:
// addresses, the password file, the other server that is asked.
func (m *match) guarded(ing *networkingv1.Ingress) bool {
	if name := m.refusesSource(ing); name != "" {
		m.turnAway(403, words.Say("ingress.access.range", name, annotation(ing, name), m.req.Client.Unmap()))
		return true
	}
	if annotation(ing, "auth-type") != "" {
		_, sent := m.header("Authorization")
		sent = sent || m.req.User != ""
		value := words.Say("ingress.fact.auth-user")
		if !sent {
			value = "present"
		}
		m.assume("auth-secret", value, "default", words.Say("ingress.fact.auth-secret", annotation(ing, "auth-secret")), true)
		if !sent {
			m.turnAway(401, words.Say("ingress.access.auth-type", annotation(ing, "auth-type")))
			return true
		}
	}
	if m.authServerGone(ing) {
		m.turnAway(500, words.Say("ingress.access.auth-server", annotation(ing, "auth-url")))
		return true
	}
	return false
}

// authServerGone reports whether the server of auth-url is a Service, by its full name, that is not there or has no
// endpoint: nginx's auth_request makes 500 of everything but 2xx, 401 and 403.
func (m *match) authServerGone(ing *networkingv1.Ingress) bool {
	u, err := url.Parse(annotation(ing, "auth-url"))
	if err != nil {
		return false
	}
	parts := strings.SplitN(u.Hostname(), ".", 4)
	if len(parts) < 4 || parts[2] != "svc" {
		return false
	}
	svc := m.view.Service(parts[1], parts[0])
	if svc == nil {
		return true
	}
	port := cmp.Or(number(u.Port(), 0), map[string]int{"http": 80, "https": 443}[u.Scheme])
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: svc.Name, Port: networkingv1.ServiceBackendPort{Number: int32(port)}}}
	found, endpoints := resolve(m.view, svc.Namespace, &backend)
	return found.HasPort && len(endpoints) == 0
}
