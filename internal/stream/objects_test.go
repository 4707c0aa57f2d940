package stream

import (
	"fmt"
	"math/rand"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func pod(namespace, name, app, node string, uid int, ip string, ready bool) *cluster.Pod {
	p := &cluster.Pod{
		UID: cluster.UID{byte(uid), byte(uid >> 8)}, Namespace: namespace, Name: name, Node: node,
		Owner: &cluster.Owner{Namespace: namespace, Kind: "StatefulSet", Name: app}, Labels: cluster.NewLabels(map[string]string{"app": app}),
		Shape: &cluster.Shape{}, Created: time.Unix(1785000000, 0), Phase: cluster.PhaseRunning, Ready: ready,
	}
	if ip != "" {
		p.IPs[0] = netip.MustParseAddr(ip)
	}
	return p
}

func service(namespace, name, ip string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{
			ClusterIP: ip, Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Port: 80}},
		},
	}
}

func node(name, ip string) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status:     corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: ip}}},
	}
}

func policyFor(namespace, name, app string) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": app}},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
		},
	}
}

func slice(namespace, name, service string, pods ...string) *cluster.Slice {
	s := &cluster.Slice{Namespace: namespace, Name: name, Service: service}
	for i, p := range pods {
		s.Endpoints = append(s.Endpoints, cluster.Endpoint{
			Pod: p, Addr: netip.AddrFrom4([4]byte{10, 244, 9, byte(i + 1)}), Ready: true, Serving: true,
		})
	}
	return s
}

// chaos writes one random change.
func chaos(r *rand.Rand, w *cluster.Writer) {
	namespace := fmt.Sprintf("ns%d", r.Intn(3))
	app := fmt.Sprintf("app%d", r.Intn(4))
	name := fmt.Sprintf("%s-%d", app, r.Intn(8))
	switch r.Intn(12) {
	case 0, 1, 2, 3:
		p := pod(namespace, name, app, fmt.Sprintf("node%d", r.Intn(3)), r.Intn(3), fmt.Sprintf("10.244.0.%d", 1+r.Intn(200)), r.Intn(2) == 0)
		p.Reason = []string{"", "", "CrashLoopBackOff"}[r.Intn(3)]
		p.Terminating = r.Intn(5) == 0
		if r.Intn(4) == 0 {
			p.Node = ""
		}
		if r.Intn(5) == 0 {
			p.Shape = &cluster.Shape{Containers: []cluster.Container{{Name: "c", Ports: []cluster.ContainerPort{{Port: 8080, HostPort: 8080}}}}}
		}
		w.PutPod(p)
	case 4, 5:
		w.Delete(cluster.KindPod, namespace, name)
	case 6:
		w.PutSlice(slice(namespace, app+"-x", app, name, app+"-1", app+"-2"))
	case 7:
		w.Delete(cluster.KindEndpointSlice, namespace, app+"-x")
	case 8:
		s := service(namespace, app, fmt.Sprintf("10.96.0.%d", 1+r.Intn(200)))
		if r.Intn(3) == 0 {
			s.Spec.Type, s.Spec.Ports[0].NodePort = corev1.ServiceTypeNodePort, int32(30000+r.Intn(3))
		}
		w.Put(s)
	case 9:
		w.Delete(cluster.KindService, namespace, app)
	case 10:
		if r.Intn(2) == 0 {
			w.Put(policyFor(namespace, "p-"+app, app))
		} else {
			w.Delete(cluster.KindNetworkPolicy, namespace, "p-"+app)
		}
	case 11:
		if n := fmt.Sprintf("node%d", r.Intn(3)); r.Intn(3) == 0 {
			w.Delete(cluster.KindNode, "", n)
		} else {
			w.Put(node(n, fmt.Sprintf("192.168.0.%d", 1+r.Intn(5))))
		}
	}
}
