//go:build linux

package dataplane

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/dynamic"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/dataplane/worlds"
	"github.com/kubestrata/kubestrata/testbed/objects"
)

const (
	traefikName    = "traefik"
	traefikAddress = "192.168.77.250"
)

// arguments are those of Traefik, which its Deployment shows and its process gets.
func (v Variant) arguments() []string {
	args := []string{
		"--entrypoints.web.address=:80",
		"--providers.providersthrottleduration=100ms",
		"--log.level=INFO",
	}
	if v.Proxy == IngressProxy {
		return append(args, "--providers.kubernetesingress", "--providers.kubernetesingress.allowemptyservices="+fmt.Sprint(v.AllowEmpty))
	}
	return append(args, "--providers.kubernetesgateway",
		"--providers.kubernetesgateway.statusaddress.service.namespace="+traefikName,
		"--providers.kubernetesgateway.statusaddress.service.name="+traefikName)
}

// startTraefik runs Traefik as its chart does: a Deployment behind a service with a load balancer's address. Its pod is the
// controllers' and the scheduler's work, its network and its process are this program's.
func (b *Bed) startTraefik(ctx context.Context) error {
	program, err := binaries.EnsureTraefik(ctx, b.options.Progress)
	if err != nil {
		return err
	}
	if err := b.namespace(ctx, traefikName); err != nil {
		return err
	}
	labels := map[string]string{"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-traefik"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: traefikName, Name: traefikName, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "traefik", Image: "docker.io/traefik:v3.6.12", Args: b.options.Variant.arguments(),
					Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 80}},
				}}},
			},
		},
	}
	if _, err := b.client.AppsV1().Deployments(traefikName).Create(ctx, deployment, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the Deployment of Traefik: %w", err)
	}
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: traefikName, Name: traefikName, Labels: labels},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeLoadBalancer, Selector: labels,
			Ports: []corev1.ServicePort{{Name: "web", Port: 80, TargetPort: intstr.FromString("web"), NodePort: 31080}},
		},
	}
	created, err := b.client.CoreV1().Services(traefikName).Create(ctx, service, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create the service of Traefik: %w", err)
	}
	created.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: traefikAddress}}
	if _, err := b.client.CoreV1().Services(traefikName).UpdateStatus(ctx, created, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("give the service of Traefik an address: %w", err)
	}
	pod, err := b.scheduled(ctx, traefikName)
	if err != nil {
		return err
	}
	node := 0
	for i, n := range b.network.Nodes {
		if n.Name == pod.Spec.NodeName {
			node = i
		}
	}
	if b.traefik, err = b.network.AddPod(ctx, b.network.Nodes[node], traefikName); err != nil {
		return err
	}
	if err := b.reportRunning(ctx, pod, &worlds.Pod{Name: pod.Name, Node: node, Ready: true}, b.traefik.Address.String()); err != nil {
		return err
	}
	if err := b.classes(ctx); err != nil {
		return err
	}
	if err := b.exposeWatch(ctx); err != nil {
		return err
	}
	return b.programs.StartTraefik(b.traefik, program, b.options.Variant.arguments())
}

// scheduled waits for the one pod of a namespace to have a node.
func (b *Bed) scheduled(ctx context.Context, namespace string) (found *corev1.Pod, err error) {
	err = await.Count(ctx, b.client.CoreV1().RESTClient(), "pods", namespace, 1, func(p *corev1.Pod) bool {
		if p.Spec.NodeName != "" {
			found = p
		}
		return found != nil
	})
	return found, err
}

// classes writes what says whom Traefik serves.
func (b *Bed) classes(ctx context.Context) error {
	client, err := dynamic.NewForConfig(b.config)
	if err != nil {
		return err
	}
	write := func(resource schema.GroupVersionResource, kind, name, controllerField, controller string) error {
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": resource.GroupVersion().String(), "kind": kind, "metadata": map[string]any{"name": name},
			"spec": map[string]any{controllerField: controller},
		}}
		_, err := client.Resource(resource).Create(ctx, object, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("create %s %s: %w", kind, name, err)
		}
		return nil
	}
	if b.options.Variant.Proxy == GatewayProxy {
		if err := b.defineGateways(ctx); err != nil {
			return err
		}
		return write(gatewayResource("gatewayclasses"), "GatewayClass", traefikName, "controllerName", "traefik.io/gateway-controller")
	}
	ingressClasses := schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingressclasses"}
	if err := write(ingressClasses, "IngressClass", traefikName, "controller", "traefik.io/ingress-controller"); err != nil {
		return err
	}
	return write(ingressClasses, "IngressClass", "other", "controller", "example.com/other")
}

// defineGateways teaches the API server the kinds of Gateway API, in the version that the model reads.
func (b *Bed) defineGateways(ctx context.Context) error {
	files, err := objects.Definitions("sigs.k8s.io/gateway-api", "*.yaml")
	if err != nil {
		return err
	}
	var documents []objects.Document
	for _, file := range files {
		read, err := objects.Read(file)
		if err != nil {
			return err
		}
		documents = append(documents, read...)
	}
	return b.apply(ctx, documents)
}

func (b *Bed) apply(ctx context.Context, documents []objects.Document) error {
	applier, err := objects.NewApplier(b.config, b.options.Progress)
	if err != nil {
		return err
	}
	return applier.Apply(ctx, documents)
}

func gatewayResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: name}
}
