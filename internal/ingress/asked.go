package ingress

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Asked are the ingresses that a request is meant for, whoever serves them: those with a rule for its host and path, or with a
// default backend and no rules.
func Asked(view *cluster.View, host, path string) []*networkingv1.Ingress {
	host, path = hostOnly(host), decodedPath(path)
	var out []*networkingv1.Ingress
	for _, ing := range view.Ingresses() {
		if ing.Spec.DefaultBackend != nil && len(ing.Spec.Rules) == 0 || slices.ContainsFunc(ing.Spec.Rules, func(r networkingv1.IngressRule) bool {
			return r.HTTP != nil && hostMatches(strings.ToLower(r.Host), host) && slices.ContainsFunc(r.HTTP.Paths, func(p networkingv1.HTTPIngressPath) bool {
				return elementPath(&candidate{path: p.Path, kind: networkingv1.PathType(pathTypeOf(&p))}, path)
			})
		}) {
			out = append(out, ing)
		}
	}
	return out
}
