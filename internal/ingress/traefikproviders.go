package ingress

import (
	"cmp"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

const nginxProviderFlag = "providers.kubernetesingressnginx"

// withoutIngresses takes out the ingresses that no provider reads, where the flags name providers, and reports whether
// that leaves none to read any. Without such a flag the providers stand in a file or the environment.
func (m *match) withoutIngresses() bool {
	if m.c.Flags["configfile"] != "" { // a file beats the command line, whole
		return false
	}
	named, own, like := false, false, false
	for flag, value := range m.c.Flags {
		name, ok := strings.CutPrefix(flag, "providers.")
		if !ok || value == "false" {
			continue
		}
		switch provider, _, _ := strings.Cut(name, "."); provider {
		case "kubernetesingress":
			named, own = true, true
		case "kubernetesingressnginx":
			named, like = true, true
		case "kubernetescrd", "kubernetesgateway", "file":
			named = true
		}
	}
	if !named || own {
		return false
	}
	for _, x := range m.list {
		if x.lost == "" && !m.c.nginxProvider(m.view, x.ing) {
			x.lost = classDiffers
		}
	}
	m.assume("ingress-provider", "off", "detected", words.Say("ingress.traefik.no-provider"), true)
	return !like
}

// nginxProvider reports whether Traefik's provider for ingress-nginx's objects takes an ingress: one whose class names
// that controller.
func (c *Controller) nginxProvider(view *cluster.View, ing *networkingv1.Ingress) bool {
	if c.Product != Traefik || c.Flags[nginxProviderFlag] == "false" {
		return false
	}
	on := false
	for flag := range c.Flags {
		on = on || flag == nginxProviderFlag || strings.HasPrefix(flag, nginxProviderFlag+".")
	}
	if !on {
		return false
	}
	class := view.IngressClass(className(view, ing))
	return class != nil && class.Spec.Controller == cmp.Or(c.Flags[nginxProviderFlag+".controllerclass"], "k8s.io/ingress-nginx")
}

// likeNginx: which of ingress-nginx's annotations the provider follows, and how, depends on Traefik's version.
func (m *match) likeNginx(ing *networkingv1.Ingress) {
	for _, name := range sortedAnnotations(ing, nginxPrefix) {
		m.assume("annotation", strings.TrimPrefix(name, nginxPrefix), "default", words.Say("ingress.fact.traefik-annotation", name), true)
	}
}
