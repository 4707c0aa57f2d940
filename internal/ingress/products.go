package ingress

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// product is how a controller is recognised.
type product struct {
	Product
	controllers []string // values of IngressClass.spec.controller; a trailing / means a prefix
	images      []string // last part of the image's name, or two parts with a /
	label       string   // app.kubernetes.io/name of its pods
	component   string   // app.kubernetes.io/component of them, if the product has other pods of that name
	class       string   // the value of the annotation kubernetes.io/ingress.class that it serves
	http, https int32    // ports it listens on where nothing says
}

var products = []product{
	{Nginx, []string{"k8s.io/ingress-nginx"}, []string{"ingress-nginx/controller", "nginx-ingress-controller", "ingress-nginx-controller"}, "ingress-nginx", "controller", "nginx", 80, 443},
	{Traefik, []string{"traefik.io/ingress-controller"}, []string{"traefik", "mirrored-library-traefik"}, "traefik", "", "traefik", 8000, 8443},
	{HAProxyIngress, []string{"haproxy-ingress.github.io/controller", "haproxy-ingress.github.io/controller/"}, []string{"haproxy-ingress"}, "haproxy-ingress", "", "haproxy", 80, 443},
	{HAProxy, []string{"haproxy.org/ingress-controller", "haproxy.org/ingress-controller/"}, []string{"haproxytech/kubernetes-ingress"}, "", "", "haproxy", 80, 443},
	{Contour, []string{"projectcontour.io/"}, nil, "contour", "envoy", "contour", 8080, 8443},
	{Kong, []string{"ingress-controllers.konghq.com/kong"}, []string{"kong", "kong-gateway"}, "kong", "", "kong", 8000, 8443},
	{NginxInc, []string{"nginx.org/ingress-controller"}, []string{"nginx/nginx-ingress", "nginx-ic/nginx-plus-ingress"}, "nginx-ingress", "", "nginx", 80, 443},
	{Istio, []string{"istio.io/ingress-controller"}, nil, "", "", "istio", 8080, 8443},
	{Cilium, []string{"cilium.io/ingress-controller"}, nil, "", "", "cilium", 80, 443},
	{ALB, []string{"ingress.k8s.aws/alb", "eks.amazonaws.com/alb"}, []string{"aws-load-balancer-controller"}, "", "", "alb", 0, 0},
	{GCE, []string{"k8s.io/ingress-gce"}, []string{"ingress-gce-glbc"}, "", "", "gce", 0, 0},
	{AGIC, []string{"azure/application-gateway"}, []string{"azure-application-gateway/kubernetes-ingress"}, "", "", "azure/application-gateway", 0, 0},
}

func productNamed(p Product) product {
	for _, x := range products {
		if x.Product == p {
			return x
		}
	}
	return product{Product: Other}
}

// productOfController finds the product by the name in an IngressClass.
func productOfController(name string) product {
	for _, x := range products {
		for _, c := range x.controllers {
			if name == c || strings.HasSuffix(c, "/") && strings.HasPrefix(name, c) {
				return x
			}
		}
	}
	return product{Product: Other}
}

// runs reports whether an image is the product's controller. Names are compared whole, so that traefik/whoami is no
// Traefik.
func (x *product) runs(image string) bool {
	if i := strings.IndexByte(image, '@'); i >= 0 {
		image = image[:i]
	}
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image = image[:i]
	}
	for _, want := range x.images {
		if image == want || strings.HasSuffix(image, "/"+want) {
			return true
		}
	}
	return false
}

// labelled reports whether the recommended labels of a pod name the product.
func (x *product) labelled(get func(string) string) bool {
	if x.Product == Istio {
		// Istio's mesh.ingressSelector, by default (istio.io/api mesh/v1alpha1 MeshConfig.ingress_selector).
		return get("istio") == "ingressgateway"
	}
	return x.label != "" && get("app.kubernetes.io/name") == x.label &&
		(x.component == "" || get("app.kubernetes.io/component") == x.component)
}

// contourEnvoy reports whether images are those of the Envoys of Contour's own manifests, which carry no recommended labels:
// beside Envoy a container of Contour's image shuts it down in order (examples/contour 03-envoy.yaml, shutdown-manager).
func contourEnvoy(images []string) bool {
	envoy, contour := product{images: []string{"envoyproxy/envoy"}}, product{images: []string{"projectcontour/contour"}}
	return slices.ContainsFunc(images, envoy.runs) && slices.ContainsFunc(images, contour.runs)
}

func productOfPod(pod *cluster.Pod) (product, bool) {
	var images []string
	for _, c := range pod.Shape.Containers {
		images = append(images, c.Image)
	}
	if contourEnvoy(images) {
		return productNamed(Contour), true
	}
	for _, x := range products {
		if x.labelled(pod.Labels.Get) && pod.Shape.DeclaresAny() {
			return x, true
		}
		for _, c := range pod.Shape.Containers {
			if x.runs(c.Image) {
				return x, true
			}
		}
	}
	return product{}, false
}
