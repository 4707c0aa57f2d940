package gateway

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Product is an implementation's make.
type Product string

// The known implementations; all are taken to follow the specification.
const (
	EnvoyGateway Product = "envoy-gateway"
	Istio        Product = "istio"
	Cilium       Product = "cilium"
	NGF          Product = "nginx-gateway-fabric"
	Traefik      Product = "traefik"
	Kong         Product = "kong"
	Contour      Product = "contour"
	HAProxy      Product = "haproxy"
	Kgateway     Product = "kgateway"
	GKE          Product = "gke"
	AWS          Product = "aws"
	Azure        Product = "azure"
	Other        Product = "other"
)

// product is what is known of an implementation beyond the specification.
type product struct {
	Product
	controllers []string // GatewayClass.spec.controllerName; a trailing / means a prefix
	images      []string // of proxies that all gateways of the product share; last part of the image's name
	groups      []string // API groups of its own filters and backends
	anchored    bool     // regular expressions match whole paths and values
	envoy       bool     // its proxy is Envoy
	podPorts    bool     // listeners name the port that the proxy's pods listen on, not that of their service
	outside     bool     // its proxies are no pods of the cluster
	retries     bool     // it asks another endpoint where one cannot be connected to, without being told
}

var products = []product{
	{Product: EnvoyGateway, controllers: []string{"gateway.envoyproxy.io/"}, groups: []string{"gateway.envoyproxy.io"}, anchored: true, envoy: true},
	{Product: Istio, controllers: []string{"istio.io/"}, groups: []string{"networking.istio.io"}, anchored: true, envoy: true, retries: true},
	{Product: Cilium, controllers: []string{"io.cilium/"}, groups: []string{"cilium.io"}, anchored: true, envoy: true},
	{Product: NGF, controllers: []string{"gateway.nginx.org/"}, groups: []string{"gateway.nginx.org"}, retries: true},
	{Product: Traefik, controllers: []string{"traefik.io/"}, images: []string{"traefik", "mirrored-library-traefik"}, groups: []string{"traefik.io"}, podPorts: true},
	{Product: Kong, controllers: []string{"konghq.com/"}, images: []string{"kong", "kong-gateway"}, groups: []string{"configuration.konghq.com", "gateway-operator.konghq.com"}, retries: true},
	{Product: Contour, controllers: []string{"projectcontour.io/"}, groups: []string{"projectcontour.io"}, anchored: true, envoy: true},
	{Product: HAProxy, controllers: []string{"haproxy-ingress.github.io/", "haproxy.org/", "gate.haproxy.org/", "gate.v3.haproxy.org/"}, images: []string{"haproxy-ingress", "kubernetes-ingress"}, groups: []string{"haproxy.org", "gate.v3.haproxy.org"}, retries: true},
	{Product: Kgateway, controllers: []string{"kgateway.dev/", "solo.io/"}, groups: []string{"gateway.kgateway.dev", "kgateway.dev", "gateway.solo.io"}, anchored: true, envoy: true},
	{Product: GKE, controllers: []string{"networking.gke.io/"}, groups: []string{"networking.gke.io"}, outside: true},
	{Product: AWS, controllers: []string{"application-networking.k8s.aws/", "gateway.k8s.aws/"}, groups: []string{"application-networking.k8s.aws", "gateway.k8s.aws"}, outside: true},
	{Product: Azure, controllers: []string{"alb.networking.azure.io/"}, groups: []string{"alb.networking.azure.io"}, outside: true},
}

// productOf finds the product by the name of its controller.
func productOf(controller string) product {
	for _, x := range products {
		if slices.ContainsFunc(x.controllers, func(c string) bool { return strings.HasPrefix(controller, c) }) {
			return x
		}
	}
	return product{Product: Other}
}

// runs reports whether a pod is one of the product's shared proxies. Names are compared whole.
func (x *product) runs(pod *cluster.Pod) bool {
	if pod.Shape == nil {
		return false
	}
	return slices.ContainsFunc(pod.Shape.Containers, func(c cluster.Container) bool {
		image, _, _ := strings.Cut(c.Image, "@")
		image = image[strings.LastIndexByte(image, '/')+1:]
		image, _, _ = strings.Cut(image, ":")
		return slices.Contains(x.images, image) && (image != "traefik" || !strings.HasSuffix(c.Image, "/whoami"))
	})
}

// owns reports whether kinds of an API group are the product's own.
func (x *product) owns(group string) bool { return slices.Contains(x.groups, group) }
