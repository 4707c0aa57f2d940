package trace_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// large is 500 nodes with 20,000 pods, and a service with 100 endpoints among them.
func large(b testing.TB) *place {
	p := lab(&testing.T{}).enforces()
	for n := range 500 {
		name := fmt.Sprintf("n%03d", n)
		p.node(name, fmt.Sprintf("172.20.%d.%d", 130+n/250, 1+n%250), fmt.Sprintf("10.%d.%d.0/24", 245+n/250, n%250))
		for i := range 40 {
			labels := "app=other"
			if i == 0 && n%5 == 0 {
				labels = "app=web"
			}
			p.pod(fmt.Sprintf("default/p-%d-%d", n, i), name, fmt.Sprintf("10.%d.%d.%d", 245+n/250, n%250, 2+i), labels)
		}
	}
	return p.pod("default/client", "node01", "10.244.1.5", "app=client").service("default/web", "10.96.7.7", "app=web", ":80:8080").policy(onlyFriends)
}

func BenchmarkTraceOfServiceWith100Endpoints(b *testing.B) {
	view := large(b).view()
	for b.Loop() {
		tr, err := trace.Run(view, trace.Ask{From: "pod/default/client", Command: []string{"curl http://web/"}})
		if err != nil || len(tr.Outcomes) != 100 {
			b.Fatal(err, len(tr.Outcomes))
		}
	}
}

func TestMoreCoursesThanCanBeListedAreNotModelled(t *testing.T) {
	p := large(t).loadBalancer(30080, "172.20.128.200")
	p.around.Listeners = nil
	tr := p.ask("lan/laptop", "curl http://172.20.128.200/")
	equal(t, summary(tr), "cannot-tell not-modelled.so-many-courses unknown")
}

// city is 30,000 pods of 100 namespaces on 300 nodes with 2,000 services and 2,000 policies, and a service with 25
// endpoints in a namespace of its own or (crowded) in one that holds all policies.
func city(b testing.TB, crowded bool) *cluster.View {
	p := lab(&testing.T{}).enforces()
	for n := range 300 {
		p.node(fmt.Sprintf("n%03d", n), fmt.Sprintf("172.21.%d.%d", n/250, 1+n%250), fmt.Sprintf("10.%d.%d.0/24", 245+n/250, n%250))
	}
	for i := range 30_000 {
		n := i % 300
		app := fmt.Sprintf("app-%d", i/25%12)
		p.pod(fmt.Sprintf("ns-%d/%s-%d", i/300, app, i), fmt.Sprintf("n%03d", n), fmt.Sprintf("10.%d.%d.%d", 245+n/250, n%250, 2+i/300), "app="+app)
	}
	for i := range 2000 {
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name = fmt.Sprintf("ns-%d", i%100), fmt.Sprintf("s-%d-1", i)
		slice.Labels = map[string]string{discoveryv1.LabelServiceName: fmt.Sprintf("s-%d", i)}
		name, number, protocol := "", int32(8080), corev1.ProtocolTCP
		slice.Ports = []discoveryv1.EndpointPort{{Name: &name, Port: &number, Protocol: &protocol}}
		for j := range 25 {
			pod := i%100*300 + i/100%12*25 + j
			node := fmt.Sprintf("n%03d", pod%300)
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				Addresses: []string{fmt.Sprintf("10.%d.%d.%d", 245+pod%300/250, pod%300%250, 2+pod/300)}, NodeName: &node,
				TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: slice.Namespace, Name: fmt.Sprintf("app-%d-%d", pod/25%12, pod)},
			})
		}
		s := &corev1.Service{}
		s.Namespace, s.Name = slice.Namespace, fmt.Sprintf("s-%d", i)
		s.Spec.ClusterIP = fmt.Sprintf("10.97.%d.%d", i/250, 1+i%250)
		s.Spec.ClusterIPs, s.Spec.IPFamilies = []string{s.Spec.ClusterIP}, []corev1.IPFamily{corev1.IPv4Protocol}
		s.Spec.Selector = map[string]string{"app": fmt.Sprintf("app-%d", i/100%12)}
		s.Spec.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt(8080), Protocol: corev1.ProtocolTCP}}
		p.objects = append(p.objects, slice, s)
		namespace := slice.Namespace
		if crowded {
			namespace = "ns-7"
		}
		p.policy(fmt.Sprintf(`
metadata: {name: p-%d, namespace: %s}
spec:
  podSelector: {matchLabels: {app: app-%d}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: app-%d}}}]}, {from: [{ipBlock: {cidr: 172.16.0.0/12}}]}]
  egress: [{}]`, i, namespace, i%12, (i+1)%12))
	}
	return p.view()
}

func benchmarkCity(b *testing.B, crowded bool) {
	view := city(b, crowded)
	for b.Loop() {
		tr, err := trace.Run(view, trace.Ask{From: "pod/ns-7/app-1-2125", Command: []string{"curl http://s-207/"}})
		if err != nil || len(tr.Outcomes) != 25 {
			b.Fatal(err, len(tr.Outcomes), tr.Verdict.Sentence)
		}
	}
}

func BenchmarkTraceIn30kPodsOf25Endpoints(b *testing.B)                  { benchmarkCity(b, false) }
func BenchmarkTraceIn30kPodsOf25EndpointsUnder2000Policies(b *testing.B) { benchmarkCity(b, true) }
