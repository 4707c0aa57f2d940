package harness

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/testbed/await"
)

// Deploy creates a Deployment of a web server, changed by edits, and waits until all its pods are ready.
// Its pods have the label app=NAME and a port http, which is 8080.
func (c *Cluster) Deploy(t testing.TB, namespace, name string, replicas int, edits ...func(*appsv1.Deployment)) *appsv1.Deployment {
	t.Helper()
	app := map[string]string{"app": name}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: app},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(replicas)),
			Selector: &metav1.LabelSelector{MatchLabels: app},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: app},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name:  "web",
					Image: "registry.example.com/web:v1",
					Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
					ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
						HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromString("http")},
					}},
				}}},
			},
		},
	}
	for _, edit := range edits {
		edit(deployment)
	}
	ctx := Context(t, "create Deployment "+name)
	created, err := c.Client.AppsV1().Deployments(namespace).Create(ctx, deployment, metav1.CreateOptions{})
	check(t, ctx, err)
	c.WaitDeployment(t, namespace, name)
	return created
}

// WaitDeployment waits until a Deployment has rolled out and all its pods are ready.
func (c *Cluster) WaitDeployment(t testing.TB, namespace, name string) {
	t.Helper()
	ctx := Context(t, "wait for the pods of Deployment "+name)
	check(t, ctx, await.Count(ctx, c.Client.AppsV1().RESTClient(), "deployments", namespace, 1, func(d *appsv1.Deployment) bool {
		want := ptr.Deref(d.Spec.Replicas, 1)
		return d.Name == name && d.Status.ObservedGeneration >= d.Generation && d.Status.Replicas == want &&
			d.Status.UpdatedReplicas == want && d.Status.AvailableReplicas == want
	}))
}

// Expose creates a Service on port 80 for the pods of the Deployment of the same name, changed by edits.
func (c *Cluster) Expose(t testing.TB, namespace, name string, edits ...func(*corev1.Service)) *corev1.Service {
	t.Helper()
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": name},
			Ports:    []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
		},
	}
	for _, edit := range edits {
		edit(service)
	}
	ctx := Context(t, "create Service "+name)
	created, err := c.Client.CoreV1().Services(namespace).Create(ctx, service, metav1.CreateOptions{})
	check(t, ctx, err)
	return created
}

// WaitEndpoints waits until exactly n endpoints of a Service are ready, and returns the addresses of all its ready endpoints.
func (c *Cluster) WaitEndpoints(t testing.TB, namespace, service string, n int) []string {
	t.Helper()
	ctx := Context(t, "wait for the endpoints of Service "+service)
	var addresses []string
	check(t, ctx, await.All(ctx, c.Client.DiscoveryV1().RESTClient(), "endpointslices", namespace,
		func(slices map[types.NamespacedName]*discoveryv1.EndpointSlice) bool {
			addresses = nil
			written := false
			for _, slice := range slices {
				if slice.Labels[discoveryv1.LabelServiceName] != service {
					continue
				}
				written = true
				for _, e := range slice.Endpoints {
					if ptr.Deref(e.Conditions.Ready, true) {
						addresses = append(addresses, e.Addresses...)
					}
				}
			}
			// No slice at all means that the controller has not looked yet.
			return written && len(addresses) == n
		}))
	return addresses
}

// Pods returns the pods of a namespace that carry labels.
func (c *Cluster) Pods(t testing.TB, namespace string, carry map[string]string) []corev1.Pod {
	t.Helper()
	ctx := Context(t, "list pods")
	list, err := c.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(carry).String()})
	check(t, ctx, err)
	return list.Items
}

// Nodes returns all nodes by name.
func (c *Cluster) Nodes(t testing.TB) map[string]corev1.Node {
	t.Helper()
	ctx := Context(t, "list nodes")
	list, err := c.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	check(t, ctx, err)
	nodes := map[string]corev1.Node{}
	for _, node := range list.Items {
		nodes[node.Name] = node
	}
	return nodes
}
