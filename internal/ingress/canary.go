package ingress

import (
	"regexp"
	"strings"
)

// canary adds the endpoints of the canary ingress of the same host and path: by header, then by cookie, then by weight
// (ingress-nginx rootfs/etc/nginx/lua/balancer.lua, route_to_alternative_balancer).
func (m *match) canary(won *candidate) {
	for _, x := range m.list {
		if x.lost != canaryOnly || x.rule < 0 || x.host != won.host || x.path != won.path || x.kind != won.kind {
			continue
		}
		backend, endpoints := resolve(m.view, x.ing.Namespace, x.backend)
		if len(endpoints) == 0 {
			continue
		}
		weight := float64(number(annotation(x.ing, "canary-weight"), 0)) / float64(max(number(annotation(x.ing, "canary-weight-total"), 100), 1))
		if chosen, decided := m.canaryAsked(x); decided {
			weight = 0
			if chosen {
				weight = 1
			}
		}
		weight = min(max(weight, 0), 1)
		switch weight {
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
		return // ingress-nginx knows one canary a rule
	}
}

// canaryAsked is what the request itself says about a canary: its header, of a fixed value, of a pattern, or always and
// never; then its cookie, always or never. decided is false where it says nothing of that.
func (m *match) canaryAsked(x *candidate) (chosen, decided bool) {
	if name := annotation(x.ing, "canary-by-header"); name != "" {
		got, has := m.header(name)
		value, pattern := annotation(x.ing, "canary-by-header-value"), annotation(x.ing, "canary-by-header-pattern")
		switch {
		case !has:
		case value != "":
			if got == value {
				return true, true
			}
		case pattern != "":
			re, err := regexp.Compile(pattern)
			if err != nil {
				m.assume("canary-pattern", "does not match", "default", "the pattern "+pattern+" uses syntax that only PCRE knows", true)
			} else if re.MatchString(got) {
				return true, true
			}
		case got == "always", got == "never":
			return got == "always", true
		}
	}
	if name := annotation(x.ing, "canary-by-cookie"); name != "" {
		switch m.cookie(name) {
		case "always":
			return true, true
		case "never":
			return false, true
		}
	}
	return false, false
}

func (m *match) cookie(name string) string {
	line, _ := m.header("Cookie")
	for pair := range strings.SplitSeq(line, ";") {
		if key, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && key == name {
			return value
		}
	}
	return ""
}

func (m *match) header(name string) (string, bool) {
	for k, v := range m.req.Headers {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}
