//go:build linux

package dataplane

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/dataplane/worlds"
	"github.com/kubestrata/kubestrata/testbed/objects"
)

// world makes the world of a seed for the variant, and the requests to send in it.
func (b *Bed) world(seed uint64) (w *worlds.World, manifests string, requests func(*stage, int) []worlds.Probe) {
	var routed *worlds.Routed
	switch b.options.Variant.Proxy {
	case IngressProxy:
		routed = worlds.NewIngress(seed)
	case GatewayProxy:
		routed = worlds.NewGateway(seed)
	default:
		return worlds.New(seed, nodeCount, 30100), "", func(s *stage, n int) []worlds.Probe { return s.Probes(seed, n) }
	}
	return routed.World, routed.Manifests, func(_ *stage, n int) []worlds.Probe { return routed.Requests(seed, traefikAddress, n) }
}

// route writes the rules of a routed world and waits until Traefik and the model know them.
func (b *Bed) route(ctx context.Context, namespace, manifests string) error {
	if err := b.applyText(ctx, namespace, manifests); err != nil {
		return err
	}
	host := fmt.Sprintf("settled-%d.settled.test", b.barriers)
	name := fmt.Sprintf("settled-%d", b.barriers)
	rule := fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {namespace: %s, name: %s}\nspec: {ingressClassName: traefik, rules: [{host: %s, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: watch, port: {number: 80}}}}]}}]}\n", ownNamespace, name, host)
	if b.options.Variant.Proxy == GatewayProxy {
		rule = fmt.Sprintf("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {namespace: %s, name: %s}\nspec: {parentRefs: [{name: settled}], hostnames: [%s], rules: [{backendRefs: [{name: watch, port: 80}]}]}\n", ownNamespace, name, host)
	}
	if err := b.applyText(ctx, name, rule); err != nil {
		return err
	}
	if err := b.until(ctx, "Traefik", func() bool { return b.answers(host) }); err != nil {
		return err
	}
	return b.until(ctx, "the model", func() bool {
		v := b.store.View()
		if b.options.Variant.Proxy == IngressProxy {
			return v.Ingress(ownNamespace, name) != nil
		}
		return reported(v, namespace) && reported(v, ownNamespace) && v.Get(cluster.KindHTTPRoute, ownNamespace, name) != nil
	})
}

// unroute takes the rules of a world away, which would count in the next one, too.
func (b *Bed) unroute(ctx context.Context, namespace string) error {
	client, err := dynamic.NewForConfig(b.config)
	if err != nil {
		return err
	}
	kinds := []schema.GroupVersionResource{{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}}
	if b.options.Variant.Proxy == GatewayProxy {
		kinds = []schema.GroupVersionResource{gatewayResource("httproutes"), gatewayResource("gateways")}
	}
	for _, kind := range kinds {
		if err := client.Resource(kind).Namespace(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			return fmt.Errorf("delete the %s of %s: %w", kind.Resource, namespace, err)
		}
	}
	return nil
}

// reported says whether Traefik has reported on each route of a namespace.
func reported(v *cluster.View, namespace string) bool {
	for _, o := range v.ListIn(cluster.KindHTTPRoute, namespace) {
		if len(o.(*gatewayv1.HTTPRoute).Status.Parents) == 0 {
			return false
		}
	}
	return true
}

func (b *Bed) applyText(ctx context.Context, name, text string) error {
	documents, err := objects.Parse(name, []byte(text))
	if err != nil {
		return err
	}
	return b.apply(ctx, documents)
}

// exposeWatch makes the service, and for gateways the gateway, that the end of changes is marked by.
func (b *Bed) exposeWatch(ctx context.Context) error {
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: ownNamespace, Name: "watch"},
		Spec:       corev1.ServiceSpec{Selector: watchPod.Labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}}},
	}
	if _, err := b.client.CoreV1().Services(ownNamespace).Create(ctx, service, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create Service watch: %w", err)
	}
	if b.options.Variant.Proxy != GatewayProxy {
		return nil
	}
	return b.applyText(ctx, "settled", fmt.Sprintf("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {namespace: %s, name: settled}\nspec: {gatewayClassName: traefik, listeners: [{name: web, port: 80, protocol: HTTP, hostname: \"*.settled.test\"}]}\n", ownNamespace))
}

// answers asks Traefik itself, from the first node, for a host.
func (b *Bed) answers(host string) bool {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return b.network.Nodes[0].Dial(ctx, network, address)
		},
	}}
	request, err := http.NewRequest(http.MethodGet, "http://"+net.JoinHostPort(b.traefik.Address.String(), "80"), nil)
	if err != nil {
		return false
	}
	request.Host = host
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
