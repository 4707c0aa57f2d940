package nodes

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubestrata/kubestrata/testbed/await"
)

// Create creates the first n nodes of a cluster with this pod network.
func Create(ctx context.Context, client kubernetes.Interface, podNetwork netip.Prefix, n int) error {
	for i := range n {
		podRange, ok := Range(podNetwork, i)
		if !ok {
			return fmt.Errorf("create %d nodes: the pod network %s has room for %d only", n, podNetwork, i)
		}
		node := Played(i, podRange)
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create node %s: %w", node.Name, err)
		}
	}
	return nil
}

// Ready says whether a node is ready and has a range for its pods.
func Ready(node *corev1.Node) bool {
	if node.Spec.PodCIDR == "" {
		return false
	}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// schedulable says whether the scheduler may use a ready node: the controller manager takes the taint away a moment later.
func schedulable(node *corev1.Node) bool {
	for _, t := range node.Spec.Taints {
		if t.Key == corev1.TaintNodeNotReady {
			return false
		}
	}
	return Ready(node)
}

// WaitReady waits until n nodes are ready, have a range for their pods, and may be scheduled to.
func WaitReady(ctx context.Context, client kubernetes.Interface, n int) error {
	if err := await.Count(ctx, client.CoreV1().RESTClient(), "nodes", "", n, schedulable); err != nil {
		return fmt.Errorf("wait until %d nodes are ready: %w", n, err)
	}
	return nil
}
