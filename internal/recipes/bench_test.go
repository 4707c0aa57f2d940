package recipes_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/recipes"
)

// city is 30,000 pods in 100 namespaces on 300 nodes, and 2,000 services of which one in ten has a node port.
func city() *cluster.View {
	var objects []cluster.Object
	ready := []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	for n := range 300 {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("n%03d", n)}}
		node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("172.21.%d.%d", n/250, 1+n%250)}}
		objects = append(objects, node)
	}
	ip := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", 200+i/65000, i/250%250, 1+i%250) }
	for i := range 30_000 {
		app := fmt.Sprintf("app-%d", i%20)
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: fmt.Sprintf("ns-%d", i/300), Name: fmt.Sprintf("%s-%d", app, i), Labels: map[string]string{"app": app}}}
		p.Spec.NodeName = fmt.Sprintf("n%03d", i%300)
		p.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}}}
		p.Status.Phase, p.Status.PodIP, p.Status.PodIPs, p.Status.Conditions = corev1.PodRunning, ip(i), []corev1.PodIP{{IP: ip(i)}}, ready
		objects = append(objects, p)
	}
	for i := range 2000 {
		ns, app := i/20, i%20
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: fmt.Sprintf("ns-%d", ns), Name: fmt.Sprintf("s-%d", app)}}
		s.Spec.ClusterIP = fmt.Sprintf("10.97.%d.%d", i/250, 1+i%250)
		s.Spec.ClusterIPs, s.Spec.IPFamilies = []string{s.Spec.ClusterIP}, []corev1.IPFamily{corev1.IPv4Protocol}
		s.Spec.Selector = map[string]string{"app": fmt.Sprintf("app-%d", app)}
		s.Spec.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt(8080), Protocol: corev1.ProtocolTCP}}
		if i%10 == 7 {
			s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, int32(30000+i)
		}
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name, slice.Labels = s.Namespace, s.Name+"-1", map[string]string{discoveryv1.LabelServiceName: s.Name}
		name, number, protocol := "", int32(8080), corev1.ProtocolTCP
		slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &number, Protocol: &protocol}}
		for j := app; j < 300; j += 20 {
			k := ns*300 + j
			node := fmt.Sprintf("n%03d", k%300)
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				Addresses: []string{ip(k)}, NodeName: &node, TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: s.Namespace, Name: fmt.Sprintf("app-%d-%d", app, k)},
			})
		}
		objects = append(objects, s, slice)
	}
	return cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "city"}, nil).Update(func(w *cluster.Writer) {
		for _, o := range objects {
			w.Put(o)
		}
	})
}

func BenchmarkRecipesIn30kPods(b *testing.B) {
	view := city()
	for _, target := range []string{"Pod/ns-7/app-7-2107", "Service/ns-7/s-7", "Node/n007"} {
		b.Run(target, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a, err := recipes.For(view, ref(target)); err != nil || len(a.Sources) < 4 {
					b.Fatal(err)
				}
			}
		})
	}
}
