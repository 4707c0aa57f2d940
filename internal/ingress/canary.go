package ingress

import (
	"cmp"
	"regexp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// canary adds the endpoints of a canary ingress to those of the main one, as ingress-nginx does: the canary joins the
// upstream, not the rule, so every rule with the same Service and port shares it (internal/ingress/controller
// controller.go mergeAlternativeBackends). Only the first that joined counts, and one without endpoints never gets a
// request (rootfs/etc/nginx/lua balancer.lua route_to_alternative_balancer). Other annotations of it count for nothing.
func (m *match) canary(won *candidate) {
	for _, x := range m.list {
		if x.lost != canaryOnly || !m.joins(x, won) {
			continue
		}
		backend, endpoints := resolve(m.view, x.ing.Namespace, x.backend)
		if len(endpoints) == 0 {
			return
		}
		switch weight := m.canaryShare(x.ing); weight {
		case 0:
		case 1:
			m.d.Endpoints, m.d.Backend = endpoints, &backend
		default:
			for i := range m.d.Endpoints {
				m.d.Endpoints[i].Share *= 1 - weight
			}
			for _, e := range endpoints {
				e.Share *= weight
				m.d.Endpoints = append(m.d.Endpoints, e)
			}
		}
		return
	}
}

// joins reports whether a canary's row has a main row of the same host, path and type whose upstream is the winner's.
func (m *match) joins(x, won *candidate) bool {
	if sameUpstream(x, won) {
		return false
	}
	for _, pri := range m.list {
		switch {
		case pri.lost == classDiffers || pri.lost == canaryOnly || pri.lost == olderWins || !sameUpstream(pri, won):
		case x.rule < 0 && pri.host == "":
			return true // the default backend of a canary joins whatever the catch-all server has
		case x.rule >= 0 && pri.rule >= 0 && x.host == pri.host && cmp.Or(x.path, "/") == cmp.Or(pri.path, "/") && x.kind == pri.kind:
			return true
		}
	}
	return false
}

// sameUpstream compares what ingress-nginx names an upstream by: namespace, Service and port as the rule writes it.
func sameUpstream(a, b *candidate) bool {
	return a.ing.Namespace == b.ing.Namespace && a.backend.Service != nil && b.backend.Service != nil && upstreamOf(a.backend) == upstreamOf(b.backend)
}

func upstreamOf(b *networkingv1.IngressBackend) string {
	return b.Service.Name + "-" + portText(b.Service.Port)
}

// canaryShare is how much of this request's like goes to the canary: by header, then by cookie, then by weight.
func (m *match) canaryShare(ing *networkingv1.Ingress) float64 {
	if name := annotation(ing, "canary-by-header"); name != "" {
		value, pattern := annotation(ing, "canary-by-header-value"), annotation(ing, "canary-by-header-pattern")
		got, has := m.header(name)
		switch {
		case !has:
		case value != "":
			if got == value {
				return 1
			}
		case pattern != "":
			re, err := regexp.Compile(pattern)
			if err != nil {
				m.assume("canary-header-pattern", words.Say("ingress.canary.no-match"), "default", words.Say("ingress.fact.pcre", pattern), true)
				return 0
			}
			if re.MatchString(got) {
				return 1
			}
		case got == "always":
			return 1
		case got == "never":
			return 0
		}
	}
	if name := annotation(ing, "canary-by-cookie"); name != "" {
		switch m.cookie(name) {
		case "always":
			return 1
		case "never":
			return 0
		}
	}
	// A total below 100 is not taken (balancer.lua): it stays 100.
	total := max(number(annotation(ing, "canary-weight-total"), 100), 100)
	return min(max(float64(number(annotation(ing, "canary-weight"), 0))/float64(total), 0), 1)
}

func (m *match) header(name string) (string, bool) {
	for k, v := range m.req.Headers {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}

// cookie is the value of a cookie that the client sends, empty if it sends none of that name.
func (m *match) cookie(name string) string {
	all, _ := m.header("Cookie")
	for one := range strings.SplitSeq(all, ";") {
		if key, value, ok := strings.Cut(strings.TrimSpace(one), "="); ok && key == name {
			return value
		}
	}
	return ""
}
