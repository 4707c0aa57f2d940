package ingress

import (
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// legacyClass is the annotation that named a class before spec.ingressClassName.
const legacyClass = "kubernetes.io/ingress.class"

// Serving is the controllers that serve an ingress, and, where there are none, why.
func Serving(view *cluster.View, ing *networkingv1.Ingress) (controllers []*Controller, why string) {
	return ServingAmong(view, Controllers(view), ing)
}

// ServingAmong is Serving for controllers that were listed before, where many ingresses are asked about.
func ServingAmong(view *cluster.View, all []*Controller, ing *networkingv1.Ingress) (controllers []*Controller, why string) {
	for _, c := range all {
		ok, not := c.serves(view, ing)
		switch {
		case ok && (len(c.Pods) > 0 || c.Product.Unseen()):
			controllers = append(controllers, c)
		case ok:
			why = words.Say("ingress.class.no-pod", c.Name)
		case why == "":
			why = not
		}
	}
	if len(controllers) > 0 {
		return controllers, ""
	}
	if len(all) == 0 {
		why = words.Say("ingress.class.no-controller")
		if name := className(view, ing); name != "" {
			why += words.Say("ingress.class.named", name)
			if view.IngressClass(name) == nil {
				why += " " + words.Say("ingress.class.not-there")
			}
		}
	}
	return nil, why
}

// serves reports whether the controller takes an ingress, and why not: by spec.ingressClassName and the annotation of old,
// then by whether it takes those without any class.
func (c *Controller) serves(view *cluster.View, ing *networkingv1.Ingress) (ok bool, why string) {
	return c.servesOr(view, ing, false)
}

func (c *Controller) servesOr(view *cluster.View, ing *networkingv1.Ingress, otherwise bool) (ok bool, why string) {
	if c.Namespace != "" && c.Namespace != ing.Namespace {
		return false, words.Say("ingress.class.other-namespace")
	}
	if !c.watches(view, ing) {
		return false, words.Say("ingress.class.not-watched")
	}
	if ok, decides, why := c.byAnnotation(ing); decides {
		return ok, why
	}
	if name := className(view, ing); name != "" {
		if c.ownClass(view, name, otherwise) || c.Product == Nginx && c.Flags["ingress-class-by-name"] == "true" && name == c.Flags["ingress-class"] {
			return true, ""
		}
		if c.nginxProvider(view, ing) {
			return true, ""
		}
		if view.IngressClass(name) == nil {
			return false, words.Say("ingress.class.does-not-exist", name)
		}
		return false, words.Say("ingress.class.other-controller", name)
	}
	if c.WatchWithoutClass {
		return true, ""
	}
	return false, words.Say("ingress.class.none")
}

// className is spec.ingressClassName, or what the API server's admission would have written for an object that has not
// been through it: the default class, the newest of several (k8s.io/kubernetes plugin/pkg/admission/network/
// defaultingressclass). Objects of a live cluster keep what admission wrote when they were created.
func className(view *cluster.View, ing *networkingv1.Ingress) string {
	if n := ing.Spec.IngressClassName; n != nil {
		return *n
	}
	if _, has := ing.Annotations[legacyClass]; has || view.Source().Kind != cluster.SourceFiles {
		return ""
	}
	var newest *networkingv1.IngressClass
	for _, o := range view.List(cluster.KindIngressClass) {
		class := o.(*networkingv1.IngressClass)
		if class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] != "true" {
			continue
		}
		if newest == nil || newest.CreationTimestamp.Before(&class.CreationTimestamp) {
			newest = class
		}
	}
	if newest == nil {
		return ""
	}
	return newest.Name
}
