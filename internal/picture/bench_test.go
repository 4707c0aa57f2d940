package picture

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// crowdedPod is one of 30 pods of each of 1,000 workloads in 100 namespaces.
func crowdedPod(n int, ready bool) *cluster.Pod {
	app := fmt.Sprintf("app-%d", n/30)
	return &cluster.Pod{
		UID: cluster.UID{byte(n), byte(n >> 8), byte(n >> 16)}, Namespace: fmt.Sprintf("ns-%d", n/300), Name: fmt.Sprintf("%s-%d", app, n), Node: fmt.Sprintf("node-%d", n%300),
		Labels: cluster.NewLabels(map[string]string{"app": app}), Shape: webShape,
		IPs: [2]netip.Addr{netip.AddrFrom4([4]byte{10, 244, byte(n >> 8), byte(n)})}, Created: time.Unix(1785000000, 0), Phase: cluster.PhaseRunning, Ready: ready,
	}
}

func crowd(gateways bool) func(*cluster.Writer) {
	return func(w *cluster.Writer) {
		for i := range 100 {
			w.Put(&corev1.Namespace{ObjectMeta: meta("", fmt.Sprintf("ns-%d", i))})
		}
		for i := range 300 {
			n := nodeA()
			n.Name = fmt.Sprintf("node-%d", i)
			w.Put(n)
		}
		for i := range 1000 {
			ns, app := fmt.Sprintf("ns-%d", i/10), fmt.Sprintf("app-%d", i)
			w.Put(&corev1.Service{ObjectMeta: meta(ns, app), Spec: corev1.ServiceSpec{
				ClusterIP: "10.96.0.1", Selector: map[string]string{"app": app}, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}},
			}})
			w.Put(&networkingv1.NetworkPolicy{ObjectMeta: meta(ns, app), Spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}, PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			}})
			if gateways {
				w.Put(&gatewayv1.HTTPRoute{ObjectMeta: meta(ns, app), Spec: gatewayv1.HTTPRouteSpec{
					CommonRouteSpec: gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{{Name: "front"}}},
					Hostnames:       []gatewayv1.Hostname{gatewayv1.Hostname(app + ".test")},
					Rules:           []gatewayv1.HTTPRouteRule{{BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{BackendObjectReference: gatewayv1.BackendObjectReference{Name: gatewayv1.ObjectName(app)}}}}}},
				}})
			}
		}
		if gateways {
			for i := range 100 {
				w.Put(&gatewayv1.Gateway{ObjectMeta: meta(fmt.Sprintf("ns-%d", i), "front"), Spec: gatewayv1.GatewaySpec{
					GatewayClassName: "eg", Listeners: []gatewayv1.Listener{{Name: "http", Port: 80, Protocol: gatewayv1.HTTPProtocolType}},
				}})
			}
			w.Put(&v1alpha1.AdminNetworkPolicy{ObjectMeta: meta("", "all"), Spec: v1alpha1.AdminNetworkPolicySpec{
				Subject: v1alpha1.AdminNetworkPolicySubject{Namespaces: &metav1.LabelSelector{}},
				Ingress: []v1alpha1.AdminNetworkPolicyIngressRule{{Action: v1alpha1.AdminNetworkPolicyRuleActionDeny, From: []v1alpha1.AdminNetworkPolicyIngressPeer{{Namespaces: &metav1.LabelSelector{}}}}},
			}})
		}
		for n := range 30000 {
			w.PutPod(crowdedPod(n, true))
		}
	}
}

func benchmarkCrowd(b *testing.B, gateways bool) {
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld, Name: "crowd"}, time.Now)
	store.Update(crowd(gateways))
	b.Run("first picture", func(b *testing.B) {
		for b.Loop() {
			New(store.View(), About{Now: time.Unix(1785000000, 0)})
		}
	})
	p := New(store.View(), About{Now: time.Unix(1785000000, 0)})
	_, cancel := store.Observe(func(v *cluster.View, c cluster.Change) { p.Update(v, c, About{Now: time.Unix(1785000000, 0)}) })
	defer cancel()
	b.Run("a pod's state", func(b *testing.B) {
		ready := false
		for b.Loop() {
			store.Update(func(w *cluster.Writer) { w.PutPod(crowdedPod(7, ready)) })
			ready = !ready
		}
	})
	b.Run("a pod comes up", func(b *testing.B) {
		running := false
		for b.Loop() {
			store.Update(func(w *cluster.Writer) {
				pod := crowdedPod(8, running)
				if !running {
					pod.Phase = cluster.PhasePending
				}
				w.PutPod(pod)
			})
			running = !running
		}
	})
}

func BenchmarkPictureOf30kPods(b *testing.B) { benchmarkCrowd(b, false) }

func BenchmarkPictureOf30kPodsWith1000Routes(b *testing.B) { benchmarkCrowd(b, true) }
