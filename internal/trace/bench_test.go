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

func TestManyCoursesFromManyNodesAreGrouped(t *testing.T) {
	p := large(t).loadBalancer(30080, "172.20.128.200")
	p.around.Listeners = nil
	tr := p.ask("lan/laptop", "curl http://172.20.128.200/")
	equal(t, summary(tr), "mixed policy.ingress-denied assumed") // a node reaches its own pods
	equal(t, len(tr.Outcomes), 200)
}

// city is pods in namespaces of 300, in apps of 25 over 300 nodes, with a service and a policy for every 15 pods; crowded,
// all policies are in one namespace.
func city(b testing.TB, pods int, crowded bool) *cluster.View {
	p := lab(&testing.T{}).enforces()
	nodes := min(300, max(2, pods/10))
	for n := range nodes {
		p.node(fmt.Sprintf("n%03d", n), fmt.Sprintf("172.21.%d.%d", n/250, 1+n%250), fmt.Sprintf("10.%d.%d.0/24", 245+n/250, n%250))
	}
	name := func(i int) string { return fmt.Sprintf("app-%d-%d", i%300/25, i) }
	address := func(i int) string { return fmt.Sprintf("10.%d.%d.%d", 245+i%nodes/250, i%nodes%250, 2+i/nodes) }
	for i := range pods {
		p.pod(fmt.Sprintf("ns-%d/%s", i/300, name(i)), fmt.Sprintf("n%03d", i%nodes), address(i), fmt.Sprintf("app=app-%d", i%300/25))
	}
	namespaces := max(1, pods/300)
	for i := range pods / 15 {
		namespace, app := i%namespaces, i/namespaces%12
		slice := &discoveryv1.EndpointSlice{AddressType: discoveryv1.AddressTypeIPv4}
		slice.Namespace, slice.Name = fmt.Sprintf("ns-%d", namespace), fmt.Sprintf("s-%d-1", i)
		slice.Labels = map[string]string{discoveryv1.LabelServiceName: fmt.Sprintf("s-%d", i)}
		port, number, protocol := "", int32(8080), corev1.ProtocolTCP
		slice.Ports = []discoveryv1.EndpointPort{{Name: &port, Port: &number, Protocol: &protocol}}
		for j := range 25 {
			pod := namespace*300 + app*25 + j
			if pod >= pods {
				break
			}
			node := fmt.Sprintf("n%03d", pod%nodes)
			slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
				Addresses: []string{address(pod)}, NodeName: &node, TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: slice.Namespace, Name: name(pod)},
			})
		}
		s := &corev1.Service{}
		s.Namespace, s.Name = slice.Namespace, fmt.Sprintf("s-%d", i)
		s.Spec.ClusterIP = fmt.Sprintf("10.97.%d.%d", i/250, 1+i%250)
		s.Spec.ClusterIPs, s.Spec.IPFamilies = []string{s.Spec.ClusterIP}, []corev1.IPFamily{corev1.IPv4Protocol}
		s.Spec.Selector = map[string]string{"app": fmt.Sprintf("app-%d", app)}
		s.Spec.Ports = []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt(8080), Protocol: corev1.ProtocolTCP}}
		p.objects = append(p.objects, slice, s)
		if crowded {
			namespace = 0
		}
		p.policy(fmt.Sprintf(`
metadata: {name: p-%d, namespace: ns-%d}
spec:
  podSelector: {matchLabels: {app: app-%d}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {matchLabels: {app: app-%d}}}]}, {from: [{ipBlock: {cidr: 172.16.0.0/12}}]}]
  egress: [{}]`, i, namespace, app, (app+1)%12))
	}
	return p.view()
}

// cityQuestion is one pod of app-1 that calls the 25 pods of app-0.
var cityQuestion = trace.Ask{From: "pod/ns-0/app-1-25", Command: []string{"curl http://s-0/"}}

var citySizes = []int{100, 3_000, 30_000}

func BenchmarkDecision(b *testing.B) {
	for _, pods := range citySizes {
		b.Run(fmt.Sprintf("pods=%d", pods), func(b *testing.B) {
			view := city(b, pods, false)
			for b.Loop() {
				if n, err := trace.Decide(view, cityQuestion); err != nil || n != 25 {
					b.Fatal(n, err)
				}
			}
		})
	}
}

func BenchmarkExplainedTrace(b *testing.B) {
	for _, pods := range citySizes {
		for _, crowded := range []bool{false, true} {
			name := fmt.Sprintf("pods=%d", pods)
			if crowded {
				name += "/all_policies_in_one_namespace"
			}
			b.Run(name, func(b *testing.B) {
				view := city(b, pods, crowded)
				for b.Loop() {
					tr, err := trace.Run(view, cityQuestion)
					if err != nil || len(tr.Outcomes) != 25 || tr.Verdict.Class != trace.Answered {
						b.Fatal(err, len(tr.Outcomes), tr.Verdict.Sentence)
					}
				}
			})
		}
	}
}
