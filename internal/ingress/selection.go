package ingress

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// KeyOwnClass is the assumption that a controller serves every IngressClass that names it, as networking/v1
// IngressSpec.IngressClassName says. Some compare the class's own name with the one that they were told.
const KeyOwnClass = "ingress-class-by-name"

// byName are the products that compare names of classes (Contour internal/ingressclass MatchesIngress, Kong
// internal/store isValidIngressClass, F5 internal/k8s HasCorrectIngressClass, Cilium operator/pkg/ingress
// isCiliumManagedIngress); GKE's takes no ingress that has spec.ingressClassName (GKE Ingress, controller behavior).
var byName = []Product{Contour, Kong, NginxInc, Cilium, GCE}

// selection fills in which ingresses a controller takes, beside those of its classes.
func (c *Controller) selection(view *cluster.View) {
	x := productNamed(c.Product)
	told := c.flag("ingress-class", "ingress-class-name", "ingress.class", "providers.kubernetesingress.ingressclass")
	c.LegacyClasses = nil
	for name := range strings.SplitSeq(cmp.Or(told, x.class), ",") {
		if name != "" {
			c.LegacyClasses = append(c.LegacyClasses, name)
		}
	}
	if told != "" && slices.Contains(byName, c.Product) {
		c.ClassNames = slices.Clone(c.LegacyClasses)
	}
	switch c.Product {
	case Nginx, HAProxyIngress:
		c.WatchWithoutClass = c.Flags["watch-ingress-without-class"] == "true"
	case Traefik:
		c.WatchWithoutClass = told == ""
	case Contour: // docs, Ingress: without the flag those of class contour and those of none
		c.WatchWithoutClass = told == ""
	case HAProxy: // pkg/ingress supported: without a class of its own also ingresses without one, unless a default class is another's
		name := defaultController(view)
		c.WatchWithoutClass = c.Flags["empty-ingress-class"] == "true" || told == "" && name == "" || name != "" && name == haproxyName(told)
	case Kong, Cilium: // a default class is theirs whenever it became that
		c.WatchWithoutClass = slices.ContainsFunc(c.Classes, func(name string) bool {
			class := view.IngressClass(name)
			return class != nil && class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true"
		})
	case GCE: // GKE Ingress, controller behavior: also ingresses that name no class in either way
		c.LegacyClasses = append(c.LegacyClasses, "gce-internal")
		c.WatchWithoutClass = true
	}
}

// watchFlags name the namespaces that a product looks at (ingress-nginx has --watch-namespace, which is Namespace).
var watchFlags = map[Product]string{
	Traefik: "providers.kubernetesingress.namespaces", Kong: "watch-namespace", NginxInc: "watch-namespace", Contour: "watch-namespaces", HAProxyIngress: "watch-namespace",
	HAProxy: "namespace-whitelist", ALB: "watch-namespace",
}

// watches reports whether the flags let the controller see an ingress: by its namespace, the namespace's labels, its own
// labels, and for ingress-nginx with --disable-catch-all whether it has a default backend (internal/ingress/controller/store
// store.go, hasCatchAllIngressRule).
func (c *Controller) watches(view *cluster.View, ing *networkingv1.Ingress) bool {
	if list := c.Flags[watchFlags[c.Product]]; watchFlags[c.Product] != "" && list != "" && list != "true" && !slices.Contains(strings.Split(list, ","), ing.Namespace) {
		return false
	}
	if c.Product == Nginx && c.Flags["disable-catch-all"] == "true" && ing.Spec.DefaultBackend != nil {
		return false
	}
	if text := c.flag("watch-namespace-selector", "watch-namespace-label"); text != "" {
		if s, err := labels.Parse(text); err == nil {
			ns := view.Namespace(ing.Namespace)
			return ns != nil && s.Matches(labels.Set(ns.Labels))
		}
	}
	if text := c.Flags["providers.kubernetesingress.labelselector"]; c.Product == Traefik && text != "" {
		if s, err := labels.Parse(text); err == nil {
			return s.Matches(labels.Set(ing.Labels))
		}
	}
	return true
}

// haproxyName is what haproxytech's controller wants to find in a class, to the letter (pkg/ingress supported).
func haproxyName(told string) string {
	if told == "" {
		return "haproxy.org/ingress-controller"
	}
	return "haproxy.org/ingress-controller/" + told
}

// defaultController is the controller that a default class names, "" where there is none.
func defaultController(view *cluster.View) string {
	for _, o := range view.List(cluster.KindIngressClass) {
		if class := o.(*networkingv1.IngressClass); class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true" {
			return class.Spec.Controller
		}
	}
	return ""
}

// claims reports whether spec.controller of a class is that of this one of several controllers of a product.
func (c *Controller) claims(controller string) bool {
	switch c.Product {
	case HAProxy: // documentation/controller.md: --ingress.class is what follows the slash
		told := c.Flags["ingress.class"]
		return told == "" || controller == "haproxy.org/ingress-controller/"+told
	case HAProxyIngress: // docs, command-line: --controller-class is what follows the slash
		_, suffix, _ := strings.Cut(strings.TrimPrefix(controller, "haproxy-ingress.github.io/controller"), "/")
		return suffix == strings.TrimPrefix(c.Flags["controller-class"], "/")
	}
	return true
}

// fieldFirst reports whether a controller looks at spec.ingressClassName before the annotation of old (ingress-nginx
// internal/ingress/controller/store GetIngressClass, Traefik pkg/provider/kubernetes/ingress shouldProcessIngress); the
// others take the annotation first.
func (c *Controller) fieldFirst() bool {
	return c.Product == Nginx || c.Product == Traefik || c.Product == Other
}

// byAnnotation reports whether the annotation of old decides, and what.
func (c *Controller) byAnnotation(ing *networkingv1.Ingress) (ok, decides bool, why string) {
	old, has := ing.Annotations[legacyClass]
	if !has || ing.Spec.IngressClassName != nil && c.fieldFirst() {
		return false, false, ""
	}
	if slices.Contains(c.LegacyClasses, old) || c.Product == Traefik && old == "" && c.WatchWithoutClass {
		return true, true, ""
	}
	return false, true, words.Say("ingress.class.not-this-controllers", cmp.Or(old, "(empty)"))
}

// ownClass reports whether the controller takes spec.ingressClassName, by its own way of comparing where otherwise says so.
func (c *Controller) ownClass(view *cluster.View, name string, otherwise bool) bool {
	if class := view.IngressClass(name); c.Product == HAProxy && otherwise {
		return class != nil && class.Spec.Controller == haproxyName(c.Flags["ingress.class"])
	}
	switch {
	case len(c.ClassNames) > 0:
		return slices.Contains(c.ClassNames, name)
	case !otherwise || !slices.Contains(byName, c.Product):
		return slices.Contains(c.Classes, name)
	}
	return c.Product != GCE && name == productNamed(c.Product).class
}
