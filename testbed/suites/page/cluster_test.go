package page

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/testbed/browser"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// onCluster runs Kubestrata on the shared control plane, as the ServiceAccount that holds exactly the generated
// ClusterRole, and opens the page.
func onCluster(t *testing.T, c *harness.Cluster) context.Context {
	t.Helper()
	p := start(t, nil, "--kubeconfig", c.ServiceAccountKubeconfig(t))
	ctx := tab(t, browser.Options{ReducedMotion: true})
	must(t, browser.Open(ctx, p.URL))
	return ctx
}

func waitPods(t *testing.T, ctx context.Context, namespace, prefix string, n int) []string {
	t.Helper()
	must(t, browser.Wait(ctx, "the pods are on the page",
		`window.kubestrata.pods().filter(p => p.startsWith("`+namespace+"/"+prefix+`")).length === `+strconv.Itoa(n)))
	pods, err := browser.Pods(ctx)
	must(t, err)
	return slices.DeleteFunc(pods, func(p string) bool { return !strings.HasPrefix(p, namespace+"/"+prefix) })
}

func TestALiveClusterFromDeploymentToPolicy(t *testing.T) {
	t.Parallel()
	c := harness.Start(t)
	ctx := onCluster(t, c)
	ns := c.Namespace(t)
	api := c.Client

	// A Deployment and a Service arrive.
	c.Deploy(t, ns, "web", 2)
	c.Deploy(t, ns, "client", 1)
	c.Expose(t, ns, "web", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort })
	c.WaitEndpoints(t, ns, "web", 2)
	waitPods(t, ctx, ns, "web-", 2)
	client := "pod/" + waitPods(t, ctx, ns, "client-", 1)[0]
	must(t, browser.Wait(ctx, "the service is on the page with two endpoints ready",
		`window.kubestrata.card("Service/`+ns+`/web")?.ready === 2`))

	// The trace reaches its end. There is no DNS in this control plane: the address stands for the name there.
	service, err := api.CoreV1().Services(ns).Get(t.Context(), "web", metav1.GetOptions{})
	must(t, err)
	byIP := "curl http://" + service.Spec.ClusterIP + "/"
	a := expect(t, ctx, client, byIP, "answered", "pod.delivered", "")
	if len(a.Outcomes) != 2 {
		t.Errorf("%d outcomes for two endpoints", len(a.Outcomes))
	}

	// By name, with a cluster DNS as kubeadm sets it up.
	clusterDNS(t, c)
	must(t, browser.Wait(ctx, "the cluster's DNS is on the page", `window.kubestrata.card("Service/kube-system/kube-dns")?.ready > 0`))
	expect(t, ctx, client, "curl http://web/", "answered", "pod.delivered", "")

	// From the LAN by NodePort.
	nodes := c.Nodes(t)
	var address string
	for _, n := range nodes {
		for _, a := range n.Status.Addresses {
			if a.Type == corev1.NodeInternalIP {
				address = a.Address
			}
		}
	}
	port := service.Spec.Ports[0].NodePort
	expect(t, ctx, "lan", "curl http://"+address+":"+itoa(port)+"/", "answered", "pod.delivered", "")

	// A policy stops it at the gate that names it.
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "only-friends"}}
	policy.Spec.PodSelector.MatchLabels = map[string]string{"app": "web"}
	policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{
		PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"friend": "yes"}},
	}}}}
	_, err = api.NetworkingV1().NetworkPolicies(ns).Create(t.Context(), policy, metav1.CreateOptions{})
	must(t, err)
	must(t, browser.Wait(ctx, "the policy is on the page", `window.kubestrata.card("NetworkPolicy/`+ns+`/only-friends")`))
	expect(t, ctx, client, byIP, "no-answer", "policy.ingress-denied", "NetworkPolicy/"+ns+"/only-friends")
	must(t, api.NetworkingV1().NetworkPolicies(ns).Delete(t.Context(), policy.Name, metav1.DeleteOptions{}))
	must(t, browser.Wait(ctx, "the policy is gone", `!window.kubestrata.card("NetworkPolicy/`+ns+`/only-friends")`))

	// From the Internet by Ingress.
	internet(t, c, ns)
	must(t, browser.Wait(ctx, "the ingress is served", `window.kubestrata.card("Ingress/`+ns+`/shop")?.served`))
	expect(t, ctx, "internet", "curl --resolve shop.test:80:198.51.100.80 http://shop.test/", "answered", "pod.delivered", "")

	// The endpoints go: refused, by the service's rules.
	scale, err := api.AppsV1().Deployments(ns).GetScale(t.Context(), "web", metav1.GetOptions{})
	must(t, err)
	scale.Spec.Replicas = 0
	_, err = api.AppsV1().Deployments(ns).UpdateScale(t.Context(), "web", scale, metav1.UpdateOptions{})
	must(t, err)
	must(t, browser.Wait(ctx, "no endpoint is left", `window.kubestrata.card("Service/`+ns+`/web")?.total === 0`))
	expect(t, ctx, client, "curl http://web/", "refused", "service.no-endpoints", "Service/"+ns+"/web")
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// clusterDNS makes the objects of a cluster DNS: the testbed's pods are played, so nothing listens, and nothing needs to.
func clusterDNS(t *testing.T, c *harness.Cluster) {
	t.Helper()
	create := metav1.CreateOptions{}
	corefile := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "coredns"}, Data: map[string]string{
		"Corefile": ".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n        fallthrough in-addr.arpa ip6.arpa\n        ttl 30\n    }\n    forward . /etc/resolv.conf\n    cache 30\n}\n",
	}}
	_, err := c.Client.CoreV1().ConfigMaps("kube-system").Create(t.Context(), corefile, create)
	must(t, err)
	c.Deploy(t, "kube-system", "coredns", 1, func(d *appsv1.Deployment) {
		labels := map[string]string{"k8s-app": "kube-dns"}
		d.Spec.Selector.MatchLabels, d.Spec.Template.Labels = labels, labels
		d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 53, Protocol: corev1.ProtocolUDP}}
	})
	dns := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "kube-dns", Labels: map[string]string{"k8s-app": "kube-dns"}}}
	dns.Spec.Selector = map[string]string{"k8s-app": "kube-dns"}
	dns.Spec.ClusterIP = "10.96.0.10"
	dns.Spec.Ports = []corev1.ServicePort{
		{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP}, {Name: "dns-tcp", Port: 53, Protocol: corev1.ProtocolTCP},
	}
	_, err = c.Client.CoreV1().Services("kube-system").Create(t.Context(), dns, create)
	must(t, err)
	t.Cleanup(func() {
		ctx := context.Background()
		_ = c.Client.CoreV1().Services("kube-system").Delete(ctx, "kube-dns", metav1.DeleteOptions{})
		_ = c.Client.AppsV1().Deployments("kube-system").Delete(ctx, "coredns", metav1.DeleteOptions{})
		_ = c.Client.CoreV1().ConfigMaps("kube-system").Delete(ctx, "coredns", metav1.DeleteOptions{})
	})
	c.WaitEndpoints(t, "kube-system", "kube-dns", 1)
}

// internet opens a way in from the Internet: an ingress controller behind a load balancer, and an ingress for web.
func internet(t *testing.T, c *harness.Cluster, ns string) {
	t.Helper()
	class := ns + "-nginx"
	_, err := c.Client.NetworkingV1().IngressClasses().Create(t.Context(), &networkingv1.IngressClass{
		ObjectMeta: metav1.ObjectMeta{Name: class}, Spec: networkingv1.IngressClassSpec{Controller: "k8s.io/ingress-nginx"},
	}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		_ = c.Client.NetworkingV1().IngressClasses().Delete(context.Background(), class, metav1.DeleteOptions{})
	})
	c.Deploy(t, ns, "ingress-nginx-controller", 1, func(d *appsv1.Deployment) {
		labels := map[string]string{"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
		d.Spec.Selector.MatchLabels, d.Spec.Template.Labels = labels, labels
		d.Spec.Template.Spec.Containers[0].Image = "registry.k8s.io/ingress-nginx/controller:v1.15.1"
		d.Spec.Template.Spec.Containers[0].Args = []string{"/nginx-ingress-controller", "--ingress-class=" + class}
		d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 80}}
	})
	c.Expose(t, ns, "ingress-nginx-controller", func(s *corev1.Service) {
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Spec.Selector = map[string]string{"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
		s.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}}
	})
	c.WaitEndpoints(t, ns, "ingress-nginx-controller", 1)
	service, err := c.Client.CoreV1().Services(ns).Get(t.Context(), "ingress-nginx-controller", metav1.GetOptions{})
	must(t, err)
	service.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: "198.51.100.80"}}
	_, err = c.Client.CoreV1().Services(ns).UpdateStatus(t.Context(), service, metav1.UpdateOptions{})
	must(t, err)
	prefix := networkingv1.PathTypePrefix
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	ingress.Spec.IngressClassName = &class
	ingress.Spec.Rules = []networkingv1.IngressRule{{Host: "shop.test", IngressRuleValue: networkingv1.IngressRuleValue{
		HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
			Path: "/", PathType: &prefix, Backend: networkingv1.IngressBackend{
				Service: &networkingv1.IngressServiceBackend{Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80}},
			},
		}}},
	}}}
	created, err := c.Client.NetworkingV1().Ingresses(ns).Create(t.Context(), ingress, metav1.CreateOptions{})
	must(t, err)
	created.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{IP: "198.51.100.80"}}
	_, err = c.Client.NetworkingV1().Ingresses(ns).UpdateStatus(t.Context(), created, metav1.UpdateOptions{})
	must(t, err)
}
