package simulate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/simulate"
)

func TestNewAddressesComeFromWhereTheOthersAre(t *testing.T) {
	const pod = "Pod\nmetadata: {name: p}\nspec: {containers: [{name: c}]}"
	service := func(name, ip string) string {
		return "Service\nmetadata: {name: " + name + "}\nspec: {clusterIP: '" + ip + "', ports: [{port: 80}]}"
	}
	const six = "Node\nmetadata: {name: n}\nstatus: {addresses: [{type: InternalIP, address: 'fd05::1'}]}"
	for _, row := range []struct {
		name, input   string
		service, pods string // how the addresses of the API server's service and of the pod begin
	}{
		{"kubeadm's, where nothing is known", pod, "10.96.0.1", "10.244."},
		{"k3s' services", service("a", "10.43.7.7"), "10.43.0.1", "10.244."},
		{"any of kubeadm's", service("a", "10.100.7.7"), "10.96.0.1", "10.244."},
		{"services of another range", service("a", "172.20.5.5"), "172.20.0.1", "10.244."},
		{"the API server's own says more than others", service("a", "172.20.5.5") + "\n---\n" + service("kubernetes", "10.0.0.1"), "10.0.0.1", "10.244."},
		{"kubeadm's configuration", "ConfigMap\nmetadata: {name: kubeadm-config, namespace: kube-system}\ndata: {ClusterConfiguration: 'networking: {podSubnet: 10.9.0.0/16, serviceSubnet: 10.8.0.0/16}'}", "10.8.0.1", "10.9."},
		{"kube-proxy's", "ConfigMap\nmetadata: {name: kube-proxy, namespace: kube-system}\ndata: {config.conf: 'clusterCIDR: 10.42.0.0/16'}", "10.96.0.1", "10.42."},
		{"a cluster of IPv6", six, "fd00:10:96::1", "fd00:10:244:"},
		{"a node of a cluster whose plug-in gives addresses in its own way", "Node\nmetadata: {name: n}\nstatus: {conditions: [{type: Ready, status: 'True'}]}", "10.96.0.1", "10.244."},
		{"pods that came with addresses", "Pod\nmetadata: {name: other}\nspec: {containers: [{name: c}]}\nstatus: {podIP: 10.77.0.3, phase: Running}", "10.96.0.1", "10.77."},
		{"services of IPv6", service("a", "fd96::77"), "fd96::1", "fd00:10:244:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := simulate.Settle(objects(t, row.input+"\n---\n"+strings.Replace(pod, "name: p", "name: q", 1)), simulate.Options{DNS: true}, simulate.Memory{}).Objects
			if d := cmp.Diff(row.service, named[*corev1.Service](t, all, "kubernetes").Spec.ClusterIP); d != "" {
				t.Error(d)
			}
			if ip := named[*corev1.Pod](t, all, "q").Status.PodIP; !strings.HasPrefix(ip, row.pods) {
				t.Errorf("the pod has %s", ip)
			}
		})
	}
}

func TestAServiceOfBothFamiliesIsOfAClusterOfBoth(t *testing.T) {
	all := simulate.Settle(objects(t, "Service\nmetadata: {name: web}\nspec: {ipFamilyPolicy: RequireDualStack, selector: {app: web}, ports: [{port: 80}]}\n---\n"+
		"Pod\nmetadata: {name: p, labels: {app: web}}\nspec: {containers: [{name: c}]}"), simulate.Options{}, simulate.Memory{}).Objects
	if ips := named[*corev1.Service](t, all, "web").Spec.ClusterIPs; len(ips) != 2 {
		t.Errorf("cluster IPs %v", ips)
	}
	if ips := named[*corev1.Pod](t, all, "p").Status.PodIPs; len(ips) != 2 {
		t.Errorf("pod IPs %v", ips)
	}
}
