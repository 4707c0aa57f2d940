package ingress

// resourceReason is the reason of a backend that is no Service: networking/v1 leaves what it does to the controller.
const resourceReason = "not-modelled.resource-backend"

// withoutResources takes out the rows whose backend is no Service: ingress-nginx makes no location of them
// (internal/ingress/controller controller.go getBackendServers and createUpstreams skip them).
func (m *match) withoutResources() {
	for _, x := range m.list {
		if x.lost == "" && x.backend.Service == nil {
			x.lost = resourceRow
		}
	}
}

// missedResource names the row that would have taken the request, had its backend been a Service.
func (m *match) missedResource(server string) {
	for _, x := range m.list {
		if x.lost != resourceRow || x.rule >= 0 && (x.host != server && !hostMatches(x.host, m.host) || !elementPath(x, m.path)) {
			continue
		}
		m.d.to(m.view, x.ing.Namespace, x.backend)
		ref := x.ref()
		m.d.Ingress, m.d.Rule, m.d.Path = &ref, x.rule, x.at
		m.respond(404, "l7.invalid-backend")
		return
	}
}
