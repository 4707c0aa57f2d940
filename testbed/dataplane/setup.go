//go:build linux

package dataplane

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/testbed/await"
	"github.com/kubestrata/kubestrata/testbed/controlplane"
	"github.com/kubestrata/kubestrata/testbed/dataplane/plane"
	"github.com/kubestrata/kubestrata/testbed/dataplane/worlds"
	"github.com/kubestrata/kubestrata/testbed/kwok"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// ownNamespace holds what the waiting for changes needs.
const ownNamespace = "dataplane"

const dnsAddress = "10.96.0.10"

var (
	dnsPod   = &worlds.Pod{Name: "coredns-1", Ready: true, Labels: map[string]string{"k8s-app": "kube-dns"}, Named: map[string]int32{"dns-tcp": 53}, UDP: 53}
	watchPod = &worlds.Pod{Name: "watch", Ready: true, Labels: map[string]string{"app": "watch"}, Named: map[string]int32{"http": 8080}}
)

// corefile is what kubeadm writes, without the cache: what has been answered a moment ago may have changed here.
var corefile = fmt.Sprintf(`.:53 {
    errors
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    forward . %s
    loadbalance
}
`, plane.InternetAddress)

// internetCorefile is that of the Internet's resolver: one zone with one host.
var internetCorefile = fmt.Sprintf(`.:53 {
    hosts {
        %s server.example.com
    }
}
`, plane.InternetAddress)

// surroundingsText says of the network around the cluster what package plane lays.
var surroundingsText = fmt.Sprintf(`apiVersion: kubestrata.io/v1alpha1
kind: Surroundings
networks: {lan: [192.168.10.0/24, %[1]s]}
hosts:
- {name: laptop, layer: lan, addresses: [%[2]s], listeners: [{port: 80}]}
- {name: server, layer: internet, addresses: [%[3]s], listeners: [{port: 80}, {port: 53}, {port: 53, protocol: UDP}]}
resolvers:
- {name: public, layer: internet, address: %[3]s, zones: {".": {}, example.com: {server: %[3]s}}}
routers:
- {name: home, between: [internet, lan], outside: %[4]s, forwards: [{listen: ":%[5]d", to: "192.168.10.11:%[6]d"}]}
`, plane.Announced, plane.LaptopAddress, plane.InternetAddress, plane.OutsideAddress, plane.ForwardedPort, plane.ForwardedTo)

// withKubeconfig tells CoreDNS where the API server is; in a cluster its pod's environment does.
func withKubeconfig(corefile, kubeconfig string) string {
	return strings.Replace(corefile, "       pods insecure\n", "       pods insecure\n       kubeconfig "+kubeconfig+"\n", 1)
}

// proxyConfiguration is that of kube-proxy on the i-th node; what concerns only this one is left out of the ConfigMap.
func proxyConfiguration(v Variant, c *controlplane.Cluster, i int) string {
	return v.configuration(c.PodCIDR.String()) + fmt.Sprintf(`hostnameOverride: %s
clientConnection: {kubeconfig: %q}
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
`, nodes.Name(i), c.Kubeconfig)
}

// setUp writes the nodes, and what kubeadm would.
func (b *Bed) setUp(ctx context.Context) error {
	for i, n := range b.network.Nodes {
		node := nodes.Running(i, n.Range)
		delete(node.Annotations, kwok.NodeAnnotation) // its pods are real here
		if _, err := b.client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create %s: %w", node.Name, err)
		}
	}
	if err := b.namespace(ctx, ownNamespace); err != nil {
		return err
	}
	if err := b.waitAccount(ctx, metav1.NamespaceSystem); err != nil {
		return err
	}
	for name, data := range map[string]map[string]string{
		"kube-proxy":     {"config.conf": b.options.Variant.configuration(b.control.PodCIDR.String())},
		"coredns":        {"Corefile": corefile},
		"kubelet-config": {"kubelet": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nclusterDNS: [" + dnsAddress + "]\nclusterDomain: cluster.local\n"},
	} {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: name}, Data: data}
		if _, err := b.client.CoreV1().ConfigMaps(object.Namespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create ConfigMap %s: %w", name, err)
		}
	}
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: metav1.NamespaceSystem, Name: "kube-dns", Labels: dnsPod.Labels},
		Spec: corev1.ServiceSpec{
			ClusterIP: dnsAddress, Selector: dnsPod.Labels,
			Ports: []corev1.ServicePort{
				{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP, TargetPort: intstr.FromInt32(53)},
				{Name: "dns-tcp", Port: 53, TargetPort: intstr.FromInt32(53)},
			},
		},
	}
	if _, err := b.client.CoreV1().Services(service.Namespace).Create(ctx, service, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create Service kube-dns: %w", err)
	}
	return nil
}

// namespace makes one and waits until pods can be created in it.
func (b *Bed) namespace(ctx context.Context, name string) error {
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := b.client.CoreV1().Namespaces().Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return b.waitAccount(ctx, name)
}

// waitAccount waits for what a pod is not admitted without.
func (b *Bed) waitAccount(ctx context.Context, namespace string) error {
	return await.Count(ctx, b.client.CoreV1().RESTClient(), "serviceaccounts", namespace, 1, func(a *corev1.ServiceAccount) bool {
		return a.Name == "default"
	})
}

// addPod makes a pod of the bed's own on the first node, network and object.
func (b *Bed) addPod(ctx context.Context, pod *worlds.Pod) (*plane.Pod, error) {
	namespace := ownNamespace
	if pod == dnsPod {
		namespace = metav1.NamespaceSystem
	}
	network, err := b.network.AddPod(ctx, b.network.Nodes[0], pod.Name)
	if err != nil {
		return nil, err
	}
	return network, b.createPod(ctx, namespace, pod, network.Address.String())
}

// createPod writes a pod as the kubelet reports it.
func (b *Bed) createPod(ctx context.Context, namespace string, pod *worlds.Pod, address string) error {
	object := pod.Object(namespace, nodes.Name(pod.Node))
	created, err := b.client.CoreV1().Pods(namespace).Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create pod %s: %w", pod.Name, err)
	}
	return b.reportRunning(ctx, created, pod, address)
}

// reportRunning writes a pod's status as the kubelet does.
func (b *Bed) reportRunning(ctx context.Context, object *corev1.Pod, pod *worlds.Pod, address string) error {
	object = object.DeepCopy()
	ready := corev1.ConditionFalse
	if pod.Ready {
		ready = corev1.ConditionTrue
	}
	started := true
	container := object.Spec.Containers[0]
	host := nodes.Address(pod.Node).String()
	object.Status = corev1.PodStatus{
		Phase: corev1.PodRunning,
		PodIP: address, PodIPs: []corev1.PodIP{{IP: address}}, HostIP: host, HostIPs: []corev1.HostIP{{IP: host}},
		Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodInitialized, Status: corev1.ConditionTrue},
			{Type: corev1.ContainersReady, Status: ready}, {Type: corev1.PodReady, Status: ready},
		},
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: container.Name, Image: container.Image, Ready: pod.Ready, Started: &started,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}},
		}},
	}
	if _, err := b.client.CoreV1().Pods(object.Namespace).UpdateStatus(ctx, object, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("report the status of pod %s: %w", pod.Name, err)
	}
	return nil
}
