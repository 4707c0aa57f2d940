// Package controlplane tests that the testbed behaves like a cluster.
package controlplane

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/harness"
	"github.com/kubestrata/kubestrata/testbed/kwok"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

func TestServerHasTheVersionThatIsPinned(t *testing.T) {
	c := harness.Start(t)
	version, err := c.Client.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version.GitVersion != binaries.KubernetesVersion {
		t.Errorf("the API server calls itself %s, want %s", version.GitVersion, binaries.KubernetesVersion)
	}
}

func TestNodesAreReadyWithRangesAndAddresses(t *testing.T) {
	c := harness.Start(t)
	addresses := map[string]string{}
	for name, node := range c.Nodes(t) {
		if !nodes.Ready(&node) {
			continue // another test's
		}
		r, err := netip.ParsePrefix(node.Spec.PodCIDR)
		if err != nil || r.Bits() != 24 {
			t.Errorf("node %s has the range %q, want a /24", name, node.Spec.PodCIDR)
		}
		address := internalIP(node)
		if other, taken := addresses[address]; taken {
			t.Errorf("nodes %s and %s both have the address %q", name, other, address)
		}
		addresses[address] = name
		if len(node.Status.Conditions) != 5 {
			t.Errorf("node %s has %d conditions, want 5", name, len(node.Status.Conditions))
		}
	}
	if len(addresses) < 3 {
		t.Errorf("%d nodes are ready, want at least 3", len(addresses))
	}
}

func internalIP(node corev1.Node) string {
	for _, a := range node.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

func TestDeploymentAndServiceGetEndpointsInTheRangesOfTheirNodes(t *testing.T) {
	c := harness.Start(t)
	namespace := c.Namespace(t)
	c.Deploy(t, namespace, "web", 6)
	c.Expose(t, namespace, "web")
	endpoints := c.WaitEndpoints(t, namespace, "web", 6)

	all := c.Nodes(t)
	var addresses []string
	for _, pod := range c.Pods(t, namespace, map[string]string{"app": "web"}) {
		node := all[pod.Spec.NodeName]
		if !netip.MustParsePrefix(node.Spec.PodCIDR).Contains(netip.MustParseAddr(pod.Status.PodIP)) {
			t.Errorf("pod %s has the address %s, which is not in %s of its node", pod.Name, pod.Status.PodIP, node.Spec.PodCIDR)
		}
		if pod.Status.HostIP != internalIP(node) {
			t.Errorf("pod %s says that its node has the address %s, but it is %s", pod.Name, pod.Status.HostIP, internalIP(node))
		}
		if len(pod.Status.Conditions) != 5 {
			t.Errorf("pod %s has %d conditions, want 5", pod.Name, len(pod.Status.Conditions))
		}
		addresses = append(addresses, pod.Status.PodIP)
	}
	slices.Sort(addresses)
	slices.Sort(endpoints)
	if !slices.Equal(addresses, endpoints) {
		t.Errorf("the EndpointSlices hold %v, but the pods have %v", endpoints, addresses)
	}
	if len(slices.Compact(addresses)) != 6 {
		t.Errorf("some pods have the same address: %v", addresses)
	}
}

func TestPodOnTheHostNetworkHasTheAddressOfItsNode(t *testing.T) {
	c := harness.Start(t)
	namespace := c.Namespace(t)
	pod := createPod(t, c, namespace, "agent", func(p *corev1.Pod) { p.Spec.HostNetwork = true })
	if want := internalIP(c.Nodes(t)[pod.Spec.NodeName]); pod.Status.PodIP != want {
		t.Errorf("it has the address %s, want %s", pod.Status.PodIP, want)
	}
}

func TestReadinessFollowsTheAnnotation(t *testing.T) {
	c := harness.Start(t)
	namespace := c.Namespace(t)
	label := func(p *corev1.Pod) { p.Labels = map[string]string{"app": "web"} }
	c.Expose(t, namespace, "web")
	createPod(t, c, namespace, "one", label)
	createPod(t, c, namespace, "two", label, func(p *corev1.Pod) {
		p.Annotations = map[string]string{kwok.ReadyAnnotation: "false"}
	})
	c.WaitEndpoints(t, namespace, "web", 1)
	annotate(t, c, namespace, "two", kwok.ReadyAnnotation, "true")
	c.WaitEndpoints(t, namespace, "web", 2)
	annotate(t, c, namespace, "one", kwok.ReadyAnnotation, "false")
	c.WaitEndpoints(t, namespace, "web", 1)
}

func TestPodThatTakesItsTimeToEndIsTerminating(t *testing.T) {
	c := harness.Start(t)
	namespace := c.Namespace(t)
	pod := createPod(t, c, namespace, "slow", func(p *corev1.Pod) {
		p.Annotations = map[string]string{kwok.TerminatingAnnotation: "1h"}
	})
	ctx := harness.Context(t, "see the pod terminating")
	pods := c.Client.CoreV1().Pods(namespace)
	if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("it is gone at once: %v", err)
	}
	if got.DeletionTimestamp == nil {
		t.Error("it is not terminating")
	}
	annotate(t, c, namespace, pod.Name, kwok.TerminatingAnnotation, "1ms")
	harness.Eventually(t, "see the pod gone", func() bool {
		_, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestNodeWithoutRangeGetsOneFromTheControllerManager(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{Nodes: 1})
	ctx := harness.Context(t, "see the node ready with a range")
	node := nodes.Played(7, netip.Prefix{})
	node.Spec.PodCIDR, node.Spec.PodCIDRs = "", nil
	if _, err := c.Client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := nodes.WaitReady(ctx, c.Client, 2); err != nil {
		t.Fatal(err)
	}
	got := c.Nodes(t)[node.Name]
	if !c.ControlPlane.PodCIDR.Contains(netip.MustParsePrefix(got.Spec.PodCIDR).Addr()) {
		t.Errorf("it has the range %s, which is not in %s", got.Spec.PodCIDR, c.ControlPlane.PodCIDR)
	}
	if got.Spec.PodCIDR == c.Nodes(t)[nodes.Name(0)].Spec.PodCIDR {
		t.Errorf("two nodes have the range %s", got.Spec.PodCIDR)
	}
}

func TestServiceNetworkIsTheOneThatIsDocumented(t *testing.T) {
	c := harness.Start(t)
	service := c.Expose(t, c.Namespace(t), "web")
	if !netip.MustParsePrefix(controlplane.ServiceCIDR).Contains(netip.MustParseAddr(service.Spec.ClusterIP)) {
		t.Errorf("a Service has the address %s, which is not in %s", service.Spec.ClusterIP, controlplane.ServiceCIDR)
	}
}

func TestKubectlListsNodes(t *testing.T) {
	c := harness.Start(t)
	output, err := exec.CommandContext(harness.Context(t, "run kubectl"), harness.Kubectl(t), "--kubeconfig", c.Kubeconfig, "get", "nodes", "-o", "json").Output()
	if err != nil {
		t.Fatalf("kubectl get nodes: %v", err)
	}
	var list corev1.NodeList
	if err := json.Unmarshal(output, &list); err != nil {
		t.Fatalf("read what kubectl printed: %v", err)
	}
	if len(list.Items) < 3 {
		t.Errorf("kubectl lists %d nodes, want at least 3", len(list.Items))
	}
}

func TestServiceAccountMayDoWhatItsRoleSaysAndNothingElse(t *testing.T) {
	c := harness.Start(t)
	account := types.NamespacedName{Namespace: c.Namespace(t), Name: "reader"}
	role := rbacv1.ClusterRole{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"},
		ObjectMeta: metav1.ObjectMeta{Name: account.Namespace},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"list"}}},
	}
	binding := rbacv1.ClusterRoleBinding{
		TypeMeta:   metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"},
		ObjectMeta: metav1.ObjectMeta{Name: account.Namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: account.Namespace, Name: account.Name}},
	}
	t.Cleanup(func() {
		ctx := context.Background()
		_ = c.Client.RbacV1().ClusterRoleBindings().Delete(ctx, binding.Name, metav1.DeleteOptions{})
		_ = c.Client.RbacV1().ClusterRoles().Delete(ctx, role.Name, metav1.DeleteOptions{})
	})
	config, err := clientcmd.BuildConfigFromFlags("", c.GrantedKubeconfig(t, account, writeYAML(t, role, binding)))
	if err != nil {
		t.Fatal(err)
	}
	restricted, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx := harness.Context(t, "ask the API server")
	// The API server learns of a new binding by a watch of its own.
	harness.Eventually(t, "be allowed to list pods", func() bool {
		_, err = restricted.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		return err == nil
	})
	if _, err := restricted.CoreV1().Secrets("").List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("listing secrets gives %v, want it forbidden", err)
	}
}

func writeYAML(t *testing.T, objects ...any) string {
	t.Helper()
	var all []byte
	for _, object := range objects {
		data, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, "---\n"...), data...)
	}
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, all, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestClusterWithAddonsHasDNS(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{Addons: true, PodCIDR: "10.42.0.0/16"})
	c.WaitEndpoints(t, "kube-system", "kube-dns", 2)
	ctx := harness.Context(t, "look at the add-ons")
	dns, err := c.Client.CoreV1().Services("kube-system").Get(ctx, "kube-dns", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if dns.Spec.ClusterIP != "10.96.0.10" {
		t.Errorf("cluster DNS has the address %s", dns.Spec.ClusterIP)
	}
	proxy, err := c.Client.CoreV1().ConfigMaps("kube-system").Get(ctx, "kube-proxy", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(proxy.Data["config.conf"], "clusterCIDR: 10.42.0.0/16\n") {
		t.Errorf("kube-proxy's configuration does not name the pod network:\n%s", proxy.Data["config.conf"])
	}
}

func TestAPIServerReturnsAtItsPortWithItsData(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{})
	namespace := c.Namespace(t)
	c.Deploy(t, namespace, "web", 2)
	c.StopAPIServer(t)
	ctx := harness.Context(t, "ask the API server")
	if _, err := c.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{}); err == nil {
		t.Error("the API server answers although it is stopped")
	}
	c.StartAPIServer(t)
	if pods := c.Pods(t, namespace, map[string]string{"app": "web"}); len(pods) != 2 {
		t.Errorf("there are %d pods after the restart, want 2", len(pods))
	}
	// The controllers have found it again, too.
	c.Deploy(t, namespace, "api", 2)
	c.Expose(t, namespace, "api")
	c.WaitEndpoints(t, namespace, "api", 2)
	select {
	case err := <-c.ControlPlane.Failed():
		t.Errorf("a program did not survive the restart: %v", err)
	default:
	}
}

// createPod creates a pod and waits until it has an address.
func createPod(t *testing.T, c *harness.Cluster, namespace, name string, edits ...func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "web", Image: "registry.example.com/web:v1",
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
		}}},
	}
	for _, edit := range edits {
		edit(pod)
	}
	ctx := harness.Context(t, "see pod "+name+" run")
	if _, err := c.Client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var running *corev1.Pod
	err := await.Count(ctx, c.Client.CoreV1().RESTClient(), "pods", namespace, 1, func(p *corev1.Pod) bool {
		if p.Name == name && p.Status.Phase == corev1.PodRunning {
			running = p
			return true
		}
		return false
	})
	if err != nil {
		t.Fatal(err)
	}
	return running
}

func annotate(t *testing.T, c *harness.Cluster, namespace, pod, key, value string) {
	t.Helper()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{key: value}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := harness.Context(t, "annotate pod "+pod)
	if _, err := c.Client.CoreV1().Pods(namespace).Patch(ctx, pod, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}
