package ingress

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// defaultService sends what no rule takes to the service that --default-backend-service names, by its first port, where it
// has an endpoint (ingress-nginx internal/ingress/controller controller.go getDefaultUpstream; both HAProxy controllers have
// the flag, too). Without one the controller answers by itself.
func (m *match) defaultService() {
	switch m.c.Product {
	case Nginx, HAProxy, HAProxyIngress:
	default:
		return
	}
	namespace, name, ok := strings.Cut(m.c.Flags["default-backend-service"], "/")
	if !ok || m.d.Action != Respond || m.d.Status != 404 {
		return
	}
	svc := m.view.Service(namespace, name)
	if svc == nil || len(svc.Spec.Ports) == 0 {
		return
	}
	backend := networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Number: svc.Spec.Ports[0].Port}}}
	was := m.d
	if !m.d.to(m.view, namespace, &backend) {
		m.d = was
		return
	}
	m.d.Rows = slices.Clone(was.Rows)
	m.pass()
}
