package ingress

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// tlsEntry finds the TLS section of a served ingress that covers the host that the client asked for: one that lists it,
// then one that lists its wildcard, then one of an ingress with a rule for the host that lists no hosts at all.
func (m *match) tlsEntry() (*networkingv1.IngressTLS, *networkingv1.Ingress) {
	name := m.host
	if m.req.Scheme == "https" {
		name = strings.ToLower(strings.TrimSuffix(m.req.SNI, "."))
	}
	if name == "" {
		return nil, nil
	}
	for _, holds := range []func(t *networkingv1.IngressTLS, ing *networkingv1.Ingress) bool{
		func(t *networkingv1.IngressTLS, _ *networkingv1.Ingress) bool { return listsHost(t, name, false) },
		func(t *networkingv1.IngressTLS, _ *networkingv1.Ingress) bool { return listsHost(t, name, true) },
		func(t *networkingv1.IngressTLS, ing *networkingv1.Ingress) bool {
			return len(t.Hosts) == 0 && slices.ContainsFunc(ing.Spec.Rules, func(r networkingv1.IngressRule) bool {
				return r.Host != "" && hostMatches(strings.ToLower(r.Host), name)
			})
		},
	} {
		for _, x := range m.list {
			if x.lost == classDiffers || x.lost == canaryOnly {
				continue
			}
			for i := range x.ing.Spec.TLS {
				if holds(&x.ing.Spec.TLS[i], x.ing) {
					return &x.ing.Spec.TLS[i], x.ing
				}
			}
		}
	}
	return nil, nil
}

func listsHost(t *networkingv1.IngressTLS, name string, wildcard bool) bool {
	return slices.ContainsFunc(t.Hosts, func(h string) bool {
		h = strings.ToLower(h)
		return h == name || wildcard && strings.HasPrefix(h, "*.") && hostMatches(h, name)
	})
}

// tls says which certificate the client is shown. Secrets are not read: a named one is taken to exist and to fit, which
// is an assumption.
func (m *match) tls() {
	t := &TLS{Default: true, Reason: "tls.no-certificate"}
	m.d.TLS = t
	for _, x := range m.list {
		// AWS' controller looks for a certificate of its own for the hosts of a TLS section, secret or not (docs, certificate discovery).
		if name := m.c.keepsCertificate(x.ing); x.lost != classDiffers && x.lost != elsewhere && (name != "" || m.c.Product == ALB && len(x.ing.Spec.TLS) > 0) {
			t.Default, t.Reason, t.Host = false, "", m.host
			m.assume("tls-certificate", "valid", "default", words.Say("ingress.fact.cloud-certificate", m.req.SNI), true)
			return
		}
	}
	entry, ing := m.tlsEntry()
	if resolver := m.certResolver(); resolver != "" && (entry == nil || entry.SecretName == "") {
		t.Default, t.Reason, t.Host = false, "", m.host
		m.assume("tls-certificate", "valid", "default", words.Say("ingress.fact.cert-resolver", resolver, m.req.SNI), true)
		return
	}
	if secret := m.c.flag("default-ssl-certificate", "default-server-tls-secret", "wildcard-tls-secret"); (entry == nil || entry.SecretName == "") && strings.Contains(secret, "/") {
		namespace, name, _ := strings.Cut(secret, "/")
		t.Secret, t.Default, t.Reason, t.Host = &cluster.Ref{Kind: "Secret", Namespace: namespace, Name: name}, false, "", m.host
		m.assume("tls-secret", "valid", "default", words.Say("ingress.fact.default-secret", secret, m.req.SNI), true)
		return
	}
	if entry == nil {
		// Envoy has a listener, or a chain of filters, for names with a certificate alone (SEMANTICS 4.2, "vhost not served").
		t.Closed = m.c.Product == Contour || m.c.Product == Istio || m.c.Product == Cilium
		return
	}
	t.Host = m.host
	if entry.SecretName == "" {
		return
	}
	t.Secret, t.Default, t.Reason = &cluster.Ref{Kind: "Secret", Namespace: ing.Namespace, Name: entry.SecretName}, false, ""
	m.assume("tls-secret", "valid", "default", words.Say("ingress.fact.secret", ing.Namespace, entry.SecretName, m.req.SNI), true)
}

// certResolver is the resolver from which Traefik gets certificates by itself, by the entry point's flag or the winner's
// annotation; "" where there is none.
func (m *match) certResolver() string {
	if m.c.Product != Traefik {
		return ""
	}
	if m.d.Ingress != nil {
		if ing := m.view.Ingress(m.d.Ingress.Namespace, m.d.Ingress.Name); ing != nil && ing.Annotations[traefikPrefix+"router.tls.certresolver"] != "" {
			return ing.Annotations[traefikPrefix+"router.tls.certresolver"]
		}
	}
	return m.c.Flags["entrypoints."+m.entryPoint()+".http.tls.certresolver"]
}

// headers are what the product adds to the second connection.
func (m *match) headers() []Header {
	client := words.Say("ingress.headers.own-address")
	if (m.req.Client != netip.Addr{}) {
		client = m.req.Client.String()
	}
	port := map[string]string{"http": "80", "https": "443"}[m.req.Scheme]
	switch m.c.Product {
	case Nginx:
		return []Header{
			{"X-Real-IP", client}, {"X-Forwarded-For", client}, {"X-Forwarded-Host", m.req.Host},
			{"X-Forwarded-Port", port}, {"X-Forwarded-Proto", m.req.Scheme}, {"X-Forwarded-Scheme", m.req.Scheme}, {"X-Scheme", m.req.Scheme},
		}
	case Traefik:
		if m.req.Port != 0 {
			port = strconv.Itoa(int(m.req.Port))
		}
		return []Header{
			{"X-Forwarded-For", client}, {"X-Forwarded-Host", m.req.Host}, {"X-Forwarded-Port", port},
			{"X-Forwarded-Proto", m.req.Scheme}, {"X-Real-Ip", client},
		}
	}
	return []Header{{"X-Forwarded-For", client}, {"X-Forwarded-Proto", m.req.Scheme}}
}

func sortedAnnotations(ing *networkingv1.Ingress, prefix string) []string {
	var out []string
	for k := range ing.Annotations {
		if strings.HasPrefix(k, prefix) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}
