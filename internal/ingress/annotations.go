package ingress

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

const nginxPrefix = "nginx.ingress.kubernetes.io/"

func annotation(ing *networkingv1.Ingress, name string) string {
	return ing.Annotations[nginxPrefix+name]
}

// isTrue and isFalse read a boolean as ingress-nginx does (annotations/parser GetBoolAnnotation: strconv.ParseBool); what is
// neither counts as not written.
func isTrue(ing *networkingv1.Ingress, name string) bool {
	b, err := strconv.ParseBool(annotation(ing, name))
	return err == nil && b
}

func isFalse(ing *networkingv1.Ingress, name string) bool {
	b, err := strconv.ParseBool(annotation(ing, name))
	return err == nil && !b
}

// handled are the annotations that Match follows; harmless ones change nothing that a trace shows.
var handled = []string{
	"rewrite-target", "use-regex", "ssl-redirect", "force-ssl-redirect", "permanent-redirect", "permanent-redirect-code",
	"temporal-redirect", "temporal-redirect-code", "app-root", "backend-protocol", "upstream-vhost", "service-upstream",
	"whitelist-source-range", "allowlist-source-range", "denylist-source-range", "server-alias", "canary", "canary-weight", "canary-weight-total", "canary-by-header", "canary-by-header-value",
	"canary-by-header-pattern", "canary-by-cookie", "proxy-body-size", "from-to-www-redirect",
	"auth-type", "auth-secret", "auth-secret-type", "auth-realm",
}

var harmless = []string{
	"proxy-", "affinity", "session-cookie-", "enable-access-log", "enable-rewrite-log", "client-body-buffer-size",
	"load-balance", "upstream-hash-by", "connection-proxy-header", "http2-push-preload", "x-forwarded-prefix",
	"ssl-ciphers", "ssl-prefer-server-ciphers", "enable-opentelemetry", "enable-opentracing", "opentelemetry-", "preserve-trailing-slash",
}

// foreignAnnotations names every annotation that may change the answer and is not followed.
func (m *match) foreignAnnotations(ing *networkingv1.Ingress) {
	var names []string
	for k := range ing.Annotations {
		name, ok := strings.CutPrefix(k, nginxPrefix)
		if !ok || slices.Contains(handled, name) || slices.ContainsFunc(harmless, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		m.assume("annotation", name, "default", words.Say("ingress.fact.nginx-annotation", nginxPrefix, name), true)
	}
}

func number(text string, fallback int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return fallback
}

// tooLarge reports whether nginx takes no body of the request's size (client_max_body_size: 1 MB where nothing is written, 0
// for any). A limit that is not written is not asked: the controller's ConfigMap may have another.
func (m *match) tooLarge(ing *networkingv1.Ingress) bool {
	text := strings.ToLower(strings.TrimSpace(annotation(ing, "proxy-body-size")))
	if text == "" || m.req.BodySize == 0 {
		return false
	}
	unit := 1
	switch text[len(text)-1] {
	case 'k':
		unit = 1 << 10
	case 'm':
		unit = 1 << 20
	case 'g':
		unit = 1 << 30
	}
	limit, err := strconv.Atoi(strings.TrimRight(text, "kmg"))
	if err != nil || limit == 0 {
		return false
	}
	if m.req.BodySize < 0 {
		m.assume("body-size", words.Say("ingress.at-most", text), "default", words.Say("ingress.fact.body-size"), true)
		return false
	}
	return m.req.BodySize > limit*unit
}

// refusesSource names the annotation whose ranges keep a client out, "" if none does (ingress-nginx annotations/ipallowlist and
// ipdenylist: nginx allow and deny, by the address that the controller sees).
func (m *match) refusesSource(ing *networkingv1.Ingress) string {
	const denying = "denylist-source-range"
	allowing := "allowlist-source-range"
	if annotation(ing, allowing) == "" {
		allowing = "whitelist-source-range"
	}
	allowed, denied := annotation(ing, allowing), annotation(ing, denying)
	switch {
	case allowed == "" && denied == "":
	case !m.req.Client.IsValid():
		m.assume("client-address", words.Say("ingress.one-let-in"), "default", words.Say("ingress.fact.source-range"), true)
	case allowed != "" && !inRanges(allowed, m.req.Client):
		return allowing
	case denied != "" && inRanges(denied, m.req.Client):
		return denying
	}
	return ""
}

func inRanges(list string, addr netip.Addr) bool {
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		if p, err := netip.ParsePrefix(text); err == nil && p.Contains(addr.Unmap()) {
			return true
		}
		if a, err := netip.ParseAddr(text); err == nil && a == addr.Unmap() {
			return true
		}
	}
	return false
}
