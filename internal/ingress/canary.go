package ingress

import "strings"

// canary adds the endpoints of canary ingresses of the same host and path: by header first, then by weight. A cookie is
// never sent by the first request.
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
		if name := annotation(x.ing, "canary-by-header"); name != "" {
			switch got, has := m.header(name); {
			case !has:
			case got == "always" && annotation(x.ing, "canary-by-header-value") == "" || got != "" && got == annotation(x.ing, "canary-by-header-value"):
				weight = 1
			case got == "never" && annotation(x.ing, "canary-by-header-value") == "":
				weight = 0
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

func (m *match) header(name string) (string, bool) {
	for k, v := range m.req.Headers {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}
