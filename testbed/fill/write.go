package fill

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// Field managers are those that a real cluster names, since managed fields are much of what an object weighs.
var (
	byUser       = metav1.CreateOptions{FieldManager: "helm"}
	byController = metav1.CreateOptions{FieldManager: "kube-controller-manager"}
	byKubelet    = metav1.CreateOptions{FieldManager: "kubelet"}
)

// A Filling is a filled cluster.
type Filling struct {
	plan     *plan
	client   kubernetes.Interface
	progress io.Writer
}

// Write writes everything of this size. The controllers must not run yet: they would make it all a second time.
func Write(ctx context.Context, config *rest.Config, podNetwork netip.Prefix, size Size, progress io.Writer) (*Filling, error) {
	p, err := newPlan(size, podNetwork)
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.QPS = -1
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("create a client to fill the cluster: %w", err)
	}
	f := &Filling{plan: p, client: client, progress: progress}
	for _, step := range []func(context.Context) error{f.namespaces, f.nodes, f.workloads, f.services, f.policies, f.ingresses} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("fill the cluster: %w", err)
		}
	}
	return f, nil
}

// WaitSettled waits until the controllers, which must have been started, have written what follows from the filling.
func (f *Filling) WaitSettled(ctx context.Context) error {
	start := time.Now()
	if err := nodes.WaitReady(ctx, f.client, f.plan.size.Nodes); err != nil {
		return err
	}
	err := await.Sum(ctx, f.client.DiscoveryV1().RESTClient(), "endpointslices", "", f.plan.endpoints(), func(s *discoveryv1.EndpointSlice) int {
		if s.Labels[discoveryv1.LabelServiceName] == "kubernetes" && s.Namespace == metav1.NamespaceDefault {
			return 0
		}
		return len(s.Endpoints)
	})
	if err != nil {
		return fmt.Errorf("wait for the endpoints of all services: %w", err)
	}
	fmt.Fprintf(f.progress, "testbed: the controllers wrote %d endpoints in %.1f s\n", f.plan.endpoints(), time.Since(start).Seconds())
	return nil
}

func (f *Filling) namespaces(ctx context.Context) error {
	return each(ctx, f.progress, "namespaces", len(f.plan.namespaces), func(ctx context.Context, i int) error {
		name := f.plan.namespaces[i]
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := f.client.CoreV1().Namespaces().Create(ctx, namespace, byUser); err != nil {
			return err
		}
		// Pods are not admitted before this exists, and the controller that makes it does not run yet.
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "default"}}
		_, err := f.client.CoreV1().ServiceAccounts(name).Create(ctx, account, byController)
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
}

func (f *Filling) nodes(ctx context.Context) error {
	return each(ctx, f.progress, "nodes", f.plan.size.Nodes, func(ctx context.Context, i int) error {
		podRange, _ := nodes.Range(f.plan.podNetwork, i) // newPlan has checked that there is one
		node, err := f.client.CoreV1().Nodes().Create(ctx, nodes.Running(i, podRange), byKubelet)
		if err != nil {
			return err
		}
		// The API server lets every new node start tainted as not ready. The controller manager
		// takes that away from a hundred nodes a second, after it has read all pods.
		node.Spec.Taints = nil
		_, err = f.client.CoreV1().Nodes().Update(ctx, node, metav1.UpdateOptions{FieldManager: byController.FieldManager})
		return err
	})
}

func (f *Filling) workloads(ctx context.Context) error {
	sets := make([]*appsv1.ReplicaSet, len(f.plan.workloads))
	err := each(ctx, f.progress, "deployments", len(sets), func(ctx context.Context, i int) error {
		w := &f.plan.workloads[i]
		deployment, err := f.client.AppsV1().Deployments(w.namespace).Create(ctx, w.deployment(), byUser)
		if err != nil {
			return err
		}
		sets[i], err = f.client.AppsV1().ReplicaSets(w.namespace).Create(ctx, w.replicaSet(deployment), byController)
		return err
	})
	if err != nil {
		return err
	}

	// The pod with number n belongs to the workload owner[n].
	owner := make([]int, 0, f.plan.size.Pods)
	for i, w := range f.plan.workloads {
		for range w.replicas {
			owner = append(owner, i)
		}
	}
	now := time.Now()
	return each(ctx, f.progress, "pods", len(owner), func(ctx context.Context, n int) error {
		w := &f.plan.workloads[owner[n]]
		pods := f.client.CoreV1().Pods(w.namespace)
		pod, err := pods.Create(ctx, f.plan.pod(w, n-w.firstPod, sets[owner[n]]), byController)
		if err != nil {
			return err
		}
		node, address := f.plan.place(n)
		pod.Status = running(pod, nodes.Address(node), address, now)
		_, err = pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{FieldManager: byKubelet.FieldManager})
		return err
	})
}

func (f *Filling) services(ctx context.Context) error {
	return each(ctx, f.progress, "services", len(f.plan.services), func(ctx context.Context, i int) error {
		s := &f.plan.services[i]
		services := f.client.CoreV1().Services(s.namespace)
		object, err := services.Create(ctx, s.object(i), byUser)
		if err != nil || s.kind != loadBalancer {
			return err
		}
		object.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: externalAddress(i)}}
		_, err = services.UpdateStatus(ctx, object, metav1.UpdateOptions{FieldManager: "load-balancer"})
		return err
	})
}

func (f *Filling) policies(ctx context.Context) error {
	all := policies(f.plan)
	return each(ctx, f.progress, "network policies", len(all), func(ctx context.Context, i int) error {
		_, err := f.client.NetworkingV1().NetworkPolicies(all[i].Namespace).Create(ctx, all[i], byUser)
		return err
	})
}

func (f *Filling) ingresses(ctx context.Context) error {
	all := ingresses(f.plan)
	if len(all) == 0 {
		return nil
	}
	if _, err := f.client.NetworkingV1().IngressClasses().Create(ctx, class(), byUser); err != nil {
		return err
	}
	return each(ctx, f.progress, "ingresses", len(all), func(ctx context.Context, i int) error {
		ingresses := f.client.NetworkingV1().Ingresses(all[i].Namespace)
		object, err := ingresses.Create(ctx, all[i], byUser)
		if err != nil {
			return err
		}
		object.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: externalAddress(0)}}
		_, err = ingresses.UpdateStatus(ctx, object, metav1.UpdateOptions{FieldManager: "nginx-ingress-controller"})
		return err
	})
}
