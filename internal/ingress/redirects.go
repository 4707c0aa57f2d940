package ingress

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/words"
)

// secureOnly is the status with which a controller sends plain requests for a row to https, 0 where it serves them. Those
// that do so for every host with TLS: F5's (ConfigMap ssl-redirect, true by default, 301), HAProxy's two (annotation
// ssl-redirect, on by default beside TLS, 302) and Cilium's (enforce-ingress-https, true by default, 301).
func (m *match) secureOnly(won *candidate) int {
	get := func(names ...string) string {
		for _, n := range names {
			if v := won.ing.Annotations[n]; v != "" {
				return strings.ToLower(v)
			}
		}
		return ""
	}
	entry, _ := m.tlsEntry()
	withTLS := entry != nil
	switch m.c.Product {
	case Contour: // docs, annotations reference: sets require_tls of the virtual host
		if get("ingress.kubernetes.io/force-ssl-redirect") == "true" {
			return 301
		}
	case NginxInc:
		if withTLS && get("ingress.kubernetes.io/ssl-redirect", "nginx.org/ssl-redirect") != "false" || get("nginx.org/redirect-to-https") == "true" {
			return 301
		}
	case HAProxy:
		if text := get("haproxy.org/ssl-redirect"); withTLS && text != "false" || text == "true" {
			return number(get("haproxy.org/ssl-redirect-code"), 302)
		}
	case HAProxyIngress:
		if withTLS && get("haproxy-ingress.github.io/ssl-redirect", "ingress.kubernetes.io/ssl-redirect") != "false" {
			return number(get("haproxy-ingress.github.io/ssl-redirect-code", "ingress.kubernetes.io/ssl-redirect-code"), 302)
		}
	case Cilium:
		if text := get("ingress.cilium.io/force-https"); withTLS && text != "disabled" && text != "false" {
			return 301
		}
	case ALB:
		if get(albPrefix+"ssl-redirect") != "" {
			return 301
		}
	case AGIC:
		if get("appgw.ingress.kubernetes.io/ssl-redirect") == "true" {
			return 301
		}
	case Kong:
		if get("konghq.com/protocols") == "https" {
			return number(get("konghq.com/https-redirect-status-code"), 426)
		}
	}
	return 0
}

// statusOfNothing is what a controller writes for a backend that has nothing to offer: 503, but 502 where its proxy asks a
// server that is not there (F5: upstream nginx-502-server.sock) or finds none healthy (Google's, Azure's).
func (m *match) statusOfNothing() int {
	switch m.c.Product {
	case NginxInc, GCE, AGIC:
		return 502
	}
	return 503
}

// annotationsOf are the prefixes of the annotations by which the products are configured.
var annotationsOf = map[Product][]string{
	HAProxy: {"haproxy.org/", "haproxy.com/"}, HAProxyIngress: {"haproxy-ingress.github.io/", "ingress.kubernetes.io/"}, Contour: {"projectcontour.io/", "ingress.kubernetes.io/"},
	Kong: {"konghq.com/"}, NginxInc: {"nginx.org/", "nginx.com/", "appprotect.f5.com/"}, Cilium: {"ingress.cilium.io/"}, ALB: {albPrefix},
	GCE: {"networking.gke.io/", "ingress.gcp.kubernetes.io/"}, AGIC: {"appgw.ingress.kubernetes.io/"}, Istio: {"ingress.istio.io/"},
}

// followed are those of them that are followed, or change nothing that a trace shows.
var followed = []string{
	"ssl-redirect", "ssl-redirect-code", "force-ssl-redirect", "redirect-to-https", "path-regex", "strip-path", "protocols", "https-redirect-status-code", "regex-prefix",
	"force-https", "loadbalancer-mode", "scheme", "target-type", "listen-ports", "certificate-arn", "subnets", "security-groups", "group.name", "group.order", "tags",
	"load-balancer-name", "load-balancer-attributes", "ip-address-type", "ssl-policy", "success-codes", "managed-certificates", "pre-shared-cert", "appgw-ssl-certificate",
	"load-balance", "tls-minimum-protocol-version", "preserve-host",
}

// otherAnnotations names an annotation of the controller's own that may change the answer and is not followed.
func (m *match) otherAnnotations(ing *networkingv1.Ingress) {
	for _, prefix := range annotationsOf[m.c.Product] {
		for _, key := range sortedAnnotations(ing, prefix) {
			name := strings.TrimPrefix(key, prefix)
			if slices.Contains(followed, name) || strings.HasPrefix(name, "healthcheck-") || strings.HasPrefix(name, "health-probe-") {
				continue
			}
			m.assume("annotation", name, "default", words.Say("ingress.fact.annotation", key), true)
		}
	}
}
