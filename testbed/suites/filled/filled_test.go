// Package filled tests that a cluster that was filled at once is one that its controllers agree with.
package filled

import (
	"net/netip"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

func TestFilledClusterIsWhatItsControllersWouldHaveMade(t *testing.T) {
	const wantNodes, wantPods, wantServices = 10, 200, 20
	c := harness.StartPrivate(t, harness.Options{Nodes: wantNodes, Pods: wantPods, Services: wantServices})
	ctx := harness.Context(t, "look at the filled cluster")

	// The Deployment and ReplicaSet controllers count the pods as theirs, so they neither made nor removed one.
	err := await.Sum(ctx, c.Client.AppsV1().RESTClient(), "deployments", "", wantPods, func(d *appsv1.Deployment) int {
		return int(d.Status.AvailableReplicas)
	})
	if err != nil {
		t.Fatal(err)
	}
	sets, err := c.Client.AppsV1().ReplicaSets("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	deployments, err := c.Client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(sets.Items) != len(deployments.Items) {
		t.Errorf("there are %d ReplicaSets for %d Deployments: the controller did not take some for its own", len(sets.Items), len(deployments.Items))
	}

	nodes := c.Nodes(t)
	pods := c.Pods(t, "", nil)
	if len(nodes) != wantNodes || len(pods) != wantPods {
		t.Errorf("there are %d nodes and %d pods, want %d and %d", len(nodes), len(pods), wantNodes, wantPods)
	}
	owner := map[string]string{}
	for _, pod := range pods {
		address := netip.MustParseAddr(pod.Status.PodIP)
		if r := nodes[pod.Spec.NodeName].Spec.PodCIDR; !netip.MustParsePrefix(r).Contains(address) {
			t.Errorf("pod %s has the address %s, which is not in %s of its node", pod.Name, address, r)
		}
		if other, taken := owner[pod.Status.PodIP]; taken {
			t.Errorf("pods %s and %s both have the address %s", pod.Name, other, address)
		}
		owner[pod.Status.PodIP] = pod.Name
		if !ready(pod) || len(pod.Status.Conditions) != 5 {
			t.Errorf("pod %s is ready: %t, with %d conditions, want it ready with 5", pod.Name, ready(pod), len(pod.Status.Conditions))
		}
		if len(pod.ManagedFields) < 2 {
			t.Errorf("pod %s has %d managers of its fields, want the controller and the kubelet", pod.Name, len(pod.ManagedFields))
		}
		if pod.Spec.Containers[0].ReadinessProbe == nil || pod.Spec.Containers[0].LivenessProbe == nil {
			t.Errorf("pod %s lacks probes", pod.Name)
		}
	}

	slices, err := c.Client.DiscoveryV1().EndpointSlices("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	spanning := map[string]map[string]bool{}
	for _, slice := range slices.Items {
		service := slice.Namespace + "/" + slice.Labels[discoveryv1.LabelServiceName]
		for _, e := range slice.Endpoints {
			if e.TargetRef == nil || service == "default/kubernetes" {
				continue
			}
			if owner[e.Addresses[0]] != e.TargetRef.Name {
				t.Errorf("an endpoint of %s is pod %s at %s, but that is pod %s", service, e.TargetRef.Name, e.Addresses[0], owner[e.Addresses[0]])
			}
			if !ptr.Deref(e.Conditions.Ready, true) {
				t.Errorf("endpoint %s of %s is not ready", e.Addresses[0], service)
			}
			if spanning[service] == nil {
				spanning[service] = map[string]bool{}
			}
			spanning[service][nodesOwner(pods, e.TargetRef.Name)] = true
		}
	}
	two := 0
	for _, owners := range spanning {
		if len(owners) == 2 {
			two++
		}
	}
	if two == 0 {
		t.Error("no service stands before two Deployments")
	}
	expectOthers(t, c, wantServices)
}

func nodesOwner(pods []corev1.Pod, name string) string {
	for _, pod := range pods {
		if pod.Name == name {
			return pod.OwnerReferences[0].Name
		}
	}
	return ""
}

func ready(pod corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func expectOthers(t *testing.T, c *harness.Private, services int) {
	t.Helper()
	ctx := harness.Context(t, "list what else there is")
	list, err := c.Client.CoreV1().Services("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// One more is the API server's own.
	if len(list.Items) != services+1 {
		t.Errorf("there are %d services, want %d", len(list.Items)-1, services)
	}
	policies, err := c.Client.NetworkingV1().NetworkPolicies("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ingresses, err := c.Client.NetworkingV1().Ingresses("").List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	classes, err := c.Client.NetworkingV1().IngressClasses().List(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(policies.Items) == 0 || len(ingresses.Items) == 0 || len(classes.Items) != 1 {
		t.Errorf("there are %d policies, %d ingresses and %d ingress classes", len(policies.Items), len(ingresses.Items), len(classes.Items))
	}
}

func TestPodThatComesLaterGetsAnAddressThatIsFree(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{Nodes: 1, Pods: 60, Services: 3})
	namespace := c.Namespace(t)
	c.Deploy(t, namespace, "later", 40)
	owner := map[string]string{}
	for _, pod := range c.Pods(t, "", nil) {
		if other, taken := owner[pod.Status.PodIP]; taken {
			t.Errorf("pods %s and %s both have the address %s", pod.Name, other, pod.Status.PodIP)
		}
		owner[pod.Status.PodIP] = pod.Name
	}
	if len(owner) != 100 {
		t.Errorf("%d pods have addresses, want 100", len(owner))
	}
}
