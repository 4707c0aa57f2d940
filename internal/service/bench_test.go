package service

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// BenchmarkDecide decides a packet among 5,000 services with node ports.
func BenchmarkDecide(b *testing.B) {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceFiles}, nil)
	view := store.Update(func(w *cluster.Writer) {
		w.Put(node("node01", "192.168.0.1", "a", "10.244.1.0/24"))
		w.Put(newWorld(spec(nodePort)).svc)
		w.Put(newWorld().slices[0])
		large := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "load", Name: "large"}}
		large.Spec.ClusterIP, large.Spec.Ports = "10.96.7.8", []corev1.ServicePort{{Name: "http", Port: 80}}
		w.Put(large)
		for i := range 10 {
			var list []discoveryv1.Endpoint
			for k := range 100 {
				list = append(list, end(fmt.Sprintf("10.245.%d.%d", i, k), "node01", ""))
			}
			s := slice(list...)
			s.Namespace, s.Name, s.Labels = "load", fmt.Sprint("large-", i), map[string]string{discoveryv1.LabelServiceName: "large"}
			w.Put(s)
		}
		for i := range 5000 {
			s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "load", Name: fmt.Sprint("s", i)}}
			s.Spec.ClusterIP = fmt.Sprintf("10.97.%d.%d", i/250, i%250)
			s.Spec.Ports = []corev1.ServicePort{{Port: 80, NodePort: int32(31000 + i)}}
			w.Put(s)
		}
	})
	for name, p := range map[string]Packet{"a thousand endpoints": fromPod("10.96.7.8:80"), "cluster IP": fromPod("10.96.7.7:80"), "node port": fromLaptop("192.168.0.1:30080"), "pod": fromPod("10.244.2.1:8080")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(view, config(IPTables), p)
			}
		})
	}
}
