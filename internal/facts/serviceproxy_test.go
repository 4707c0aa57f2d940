package facts_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
)

func daemonSet(name, image string, args ...string) *appsv1.DaemonSet {
	ds := &appsv1.DaemonSet{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: name}}
	ds.Spec.Template.Spec.Containers = []corev1.Container{{Name: name, Image: image, Args: args}}
	return ds
}

func TestWhatRunsInKubeProxysPlaceIsNamed(t *testing.T) {
	aside := daemonSet("kube-proxy", "registry.k8s.io/kube-proxy:v1.36.3")
	aside.Spec.Template.Spec.NodeSelector = map[string]string{"non-calico": "true"}
	here := daemonSet("kube-proxy", "registry.k8s.io/kube-proxy:v1.36.3")
	here.Spec.Template.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "linux"}
	linux := node("a", "10.244.1.0/24", func(n *corev1.Node) { n.Labels = map[string]string{"kubernetes.io/os": "linux"} })
	cilium := func(data map[string]string) cluster.Object {
		return &corev1.ConfigMap{ObjectMeta: v1.ObjectMeta{Namespace: "kube-system", Name: "cilium-config"}, Data: data}
	}
	rows := []struct {
		name    string
		objects []cluster.Object
		want    string
	}{
		{"nothing", nil, ""},
		{"kube-proxy itself", []cluster.Object{linux, here}, ""},
		{"kube-proxy without nodes that are known", []cluster.Object{aside}, ""},
		{"kube-proxy that no node takes", []cluster.Object{linux, aside}, "another program"},
		{"k3s without it", []cluster.Object{node("a", "10.42.0.0/24", k3s(`["server","--disable-kube-proxy"]`))}, "another program"},
		{"Cilium in its place", []cluster.Object{cilium(map[string]string{"kube-proxy-replacement": "true"})}, "cilium"},
		{"Cilium beside it translates cluster IPs for pods all the same", []cluster.Object{cilium(map[string]string{"kube-proxy-replacement": "false"})}, "cilium"},
		{"Cilium's agent alone", []cluster.Object{daemonSet("cilium", "quay.io/cilium/cilium:v1.19.0")}, "cilium"},
		{"Cilium under the name that a cloud gives it", []cluster.Object{daemonSet("anetd", "gke.gcr.io/anthos-networking:1")}, "cilium"},
		{"OVN-Kubernetes", []cluster.Object{daemonSet("ovnkube-node", "ghcr.io/ovn-kubernetes/ovn-kube-ubuntu:1")}, "ovn-kubernetes"},
		{"Antrea", []cluster.Object{daemonSet("antrea-agent", "antrea/antrea-agent-ubuntu:v2.4.0")}, "antrea"},
		{"kube-router as a proxy", []cluster.Object{daemonSet("kube-router", "docker.io/cloudnativelabs/kube-router:v2.6.0", "--run-service-proxy=true")}, "kube-router"},
		{"kube-router for policies only", []cluster.Object{daemonSet("kube-router", "docker.io/cloudnativelabs/kube-router:v2.6.0", "--run-service-proxy=false")}, ""},
		{"Calico", []cluster.Object{calico()}, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got, evidence := facts.ServiceProxy(viewOf(r.objects...))
			if got != r.want || (evidence == nil) != (r.want == "") {
				t.Errorf("%q, %+v", got, evidence)
			}
		})
	}
}
