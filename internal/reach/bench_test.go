package reach_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/reach"
)

// city is 30,000 pods of 1,200 Deployments in 100 namespaces on 300 nodes, with two DaemonSets on the host network, 2,000
// services of which one in ten has a node port, and 2,000 policies.
func city(b testing.TB) *cluster.View {
	var objects []cluster.Object
	object := func(into cluster.Object, text string) {
		if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
			b.Fatal(err)
		}
		objects = append(objects, into)
	}
	object(&corev1.ConfigMap{}, `{metadata: {name: kube-proxy, namespace: kube-system}, data: {config.conf: "mode: nftables\nclusterCIDR: 10.0.0.0/8\n"}}`)
	ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "calico-node"}}
	ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: "calico-node", Image: "quay.io/calico/node:v3.31.0"}}
	objects = append(objects, ds)
	yes := true
	pod := func(namespace, name, owner, kind, node, ip string, labels map[string]string, host bool) {
		p := &corev1.Pod{ObjectMeta: v1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels}}
		p.OwnerReferences = []v1.OwnerReference{{Kind: kind, Name: owner, Controller: &yes}}
		p.Spec.NodeName, p.Spec.HostNetwork = node, host
		p.Spec.Containers = []corev1.Container{{Name: "c", Image: "registry.example/" + owner + ":1", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}}}
		p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, ip, []corev1.PodIP{{IP: ip}}
		p.Status.Conditions = ready
		objects = append(objects, p)
	}
	for n := range 300 {
		node := &corev1.Node{ObjectMeta: v1.ObjectMeta{Name: fmt.Sprintf("n%03d", n), Labels: map[string]string{corev1.LabelTopologyZone: fmt.Sprintf("z%d", n%3)}}}
		ip := fmt.Sprintf("172.21.%d.%d", n/250, 1+n%250)
		node.Spec.PodCIDR = fmt.Sprintf("10.%d.%d.0/24", 245+n/250, n%250)
		node.Spec.PodCIDRs = []string{node.Spec.PodCIDR}
		node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}}
		node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
		objects = append(objects, node)
		for _, agent := range []string{"kube-proxy", "calico-node"} {
			pod("kube-system", fmt.Sprintf("%s-%d", agent, n), agent, "DaemonSet", node.Name, ip, map[string]string{"k8s-app": agent}, true)
		}
	}
	for ns := range 100 {
		objects = append(objects, &corev1.Namespace{ObjectMeta: v1.ObjectMeta{Name: fmt.Sprintf("ns-%d", ns), Labels: map[string]string{"team": fmt.Sprintf("t%d", ns%7)}}})
	}
	ip := func(i int) string { n := i % 300; return fmt.Sprintf("10.%d.%d.%d", 245+n/250, n%250, 2+i/300) }
	for i := range 30_000 {
		app := fmt.Sprintf("app-%d", i/25%12)
		pod(fmt.Sprintf("ns-%d", i/300), fmt.Sprintf("%s-%d", app, i), fmt.Sprintf("%s-%d", app, i/300), "ReplicaSet", fmt.Sprintf("n%03d", i%300), ip(i),
			map[string]string{"app": app, "tier": fmt.Sprintf("tier-%d", i/25%3)}, false)
	}
	for i := range 2000 {
		ns := fmt.Sprintf("ns-%d", i%100)
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name, slice.Labels = ns, fmt.Sprintf("s-%d-1", i), map[string]string{discoveryv1.LabelServiceName: fmt.Sprintf("s-%d", i)}
		name, number, protocol := "", int32(8080), corev1.ProtocolTCP
		slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &number, Protocol: &protocol}}
		for j := range 25 {
			k := i%100*300 + i/100%12*25 + j
			node := fmt.Sprintf("n%03d", k%300)
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				Addresses: []string{ip(k)}, NodeName: &node, TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: ns, Name: fmt.Sprintf("app-%d-%d", k/25%12, k)},
			})
		}
		s := &corev1.Service{ObjectMeta: v1.ObjectMeta{Namespace: ns, Name: fmt.Sprintf("s-%d", i)}}
		s.Spec.ClusterIP = fmt.Sprintf("10.97.%d.%d", i/250, 1+i%250)
		s.Spec.ClusterIPs, s.Spec.IPFamilies = []string{s.Spec.ClusterIP}, []corev1.IPFamily{corev1.IPv4Protocol}
		s.Spec.Selector = map[string]string{"app": fmt.Sprintf("app-%d", i/100%12)}
		s.Spec.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt(8080), Protocol: corev1.ProtocolTCP}}
		if i%10 == 7 {
			s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, int32(30000+i)
		}
		objects = append(objects, slice, s)
		object(&networkingv1.NetworkPolicy{}, fmt.Sprintf(`{metadata: {name: p-%d, namespace: %s}, spec: {podSelector: {matchLabels: {app: app-%d}}, policyTypes: [Ingress, Egress],
			ingress: [{from: [{podSelector: {matchLabels: {app: app-%d}}}], ports: [{port: http}]}, {from: [{namespaceSelector: {matchLabels: {team: t%d}}, podSelector: {matchLabels: {tier: tier-1}}}]}, {from: [{ipBlock: {cidr: 172.16.0.0/12}}]}],
			egress: [{to: [{namespaceSelector: {}}]}, {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 443}]}]}}`, i, ns, i/100%12, (i/100+1)%12, i%7))
	}
	return cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "city"}, nil).Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
	})
}

func BenchmarkWhoCanReachIn30kPodsUnder2000Policies(b *testing.B) {
	view := city(b)
	for _, target := range []string{"pod/ns-7/app-1-2125", "service/ns-7/s-107", "service/ns-7/s-7"} {
		b.Run(target, func(b *testing.B) {
			b.ReportAllocs()
			traced := 0
			for b.Loop() {
				a, err := reach.WhoCanReach(view, reach.Ask{Target: target})
				if err != nil || a.Summary.Pods != 30_600 || a.Summary.Allowed < 1000 || a.Summary.Denied < 10_000 {
					b.Fatal(err, a.Summary)
				}
				traced = reach.Traced(a)
			}
			b.ReportMetric(float64(traced), "traces")
		})
	}
}

func BenchmarkReachableFromIn30kPodsUnder2000Policies(b *testing.B) {
	view := city(b)
	for _, source := range []string{"pod/ns-7/app-1-2125", "node/n007", "lan"} {
		b.Run(source, func(b *testing.B) {
			b.ReportAllocs()
			traced := 0
			for b.Loop() {
				a, err := reach.ReachableFrom(view, reach.Ask{Source: source})
				if err != nil || a.Summary.Pods != 30_600 {
					b.Fatal(err, a.Summary)
				}
				traced = reach.Traced(a)
			}
			b.ReportMetric(float64(traced), "traces")
		})
	}
}
