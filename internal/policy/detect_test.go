package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubestrata/kubestrata/internal/policy"
)

func TestEnforcementIsReadFromWhatRuns(t *testing.T) {
	ds := func(name, image, args string) string {
		return fmt.Sprintf("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: %s, namespace: kube-system}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: \"%s\", args: [%s]}]}}}\n---\n", name, image, args)
	}
	node := func(extra string) string {
		return "apiVersion: v1\nkind: Node\nmetadata: {name: m, " + extra + "}\n"
	}
	for _, c := range []struct {
		name, objects string
		plugin        string
		enforces      policy.Answer
		refusal       policy.Refusal
		network       policy.PodNetwork
	}{
		{"nothing known runs", "", "", policy.Unknown, policy.RefusalUnknown, policy.PodNetworkUnknown},
		{"Calico", ds("calico-node", "docker.io/calico/node:v3.31.0", ""), "calico", policy.Yes, policy.RefusalDrop, policy.PodNetworkUnknown},
		{"Calico with a tunnel on its nodes", ds("calico-node", "docker.io/calico/node:v3.31.0", "") + node("annotations: {projectcalico.org/IPv4VXLANTunnelAddr: 10.244.0.1}"), "calico", policy.Yes, policy.RefusalDrop, policy.Overlay},
		{"Canal is Calico's policy over flannel", ds("canal", "docker.io/calico/node:v3.31.0", "") + ds("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.27.0", ""), "calico", policy.Yes, policy.RefusalDrop, policy.PodNetworkUnknown},
		{"Cilium", ds("cilium", "quay.io/cilium/cilium:v1.18.0", ""), "cilium", policy.Yes, policy.RefusalDrop, policy.PodNetworkUnknown},
		{"Cilium without enforcement", ds("cilium", "quay.io/cilium/cilium:v1.18.0", "") + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {enable-policy: never, routing-mode: tunnel}\n", "cilium", policy.No, policy.RefusalDrop, policy.Overlay},
		{"flannel alone", ds("kube-flannel-ds", "ghcr.io/flannel-io/flannel:v0.27.0", "") + node("annotations: {flannel.alpha.coreos.com/backend-type: host-gw}"), "flannel", policy.No, policy.RefusalUnknown, policy.Direct},
		{"kindnet before it enforced", ds("kindnet", "docker.io/kindest/kindnetd:v20240202-8f1494ea", ""), "kindnet", policy.No, policy.RefusalDrop, policy.Direct},
		{"kindnet since it enforces", ds("kindnet", "docker.io/kindest/kindnetd:v20250512-df8de77b", ""), "kindnet", policy.Yes, policy.RefusalDrop, policy.Direct},
		{"the AWS plug-in without its agent", ds("aws-node", "x/amazon-k8s-cni:v1.20.0", ""), "aws-node", policy.No, policy.RefusalDrop, policy.Routed},
		{"the AWS plug-in told to enforce", ds("aws-node", "x/amazon-k8s-cni:v1.20.0", "--enable-network-policy=true"), "aws-node", policy.Yes, policy.RefusalDrop, policy.Routed},
		{"kube-router refuses at once", ds("kube-router", "cloudnativelabs/kube-router:v2.5.0", ""), "kube-router", policy.Yes, policy.RefusalReject, policy.PodNetworkUnknown},
		{"k3s refuses at once", node("annotations: {x: z}") + "status: {nodeInfo: {kubeletVersion: v1.36.3+k3s1}}\n", "kube-router", policy.Yes, policy.RefusalReject, policy.PodNetworkUnknown},
		{"k3s told not to", node("annotations: {k3s.io/node-args: '[\"server\",\"--disable-network-policy\"]'}") + "status: {nodeInfo: {kubeletVersion: v1.36.3+k3s1}}\n", "kube-router", policy.No, policy.RefusalUnknown, policy.PodNetworkUnknown},
		{"k3s told not to by a server, beside an agent that says nothing of it", node("annotations: {k3s.io/node-args: '[\"agent\"]'}") + "status: {nodeInfo: {kubeletVersion: v1.36.3+k3s1}}\n---\n" +
			strings.Replace(node("annotations: {k3s.io/node-args: '[\"server\",\"--disable-network-policy\"]'}"), "name: m", "name: z", 1) + "status: {nodeInfo: {kubeletVersion: v1.36.3+k3s1}}\n", "kube-router", policy.No, policy.RefusalUnknown, policy.PodNetworkUnknown},
		{"Calico beside k3s' own policy code: nobody knows who is first", ds("calico-node", "docker.io/calico/node:v3.31.0", "") + node("annotations: {k3s.io/node-args: '[\"server\"]'}") + "status: {nodeInfo: {kubeletVersion: v1.36.3+k3s1}}\n", "calico", policy.Yes, policy.RefusalUnknown, policy.PodNetworkUnknown},
		{"kube-router that only routes", ds("kube-router", "cloudnativelabs/kube-router:v2.5.0", "--run-firewall=false"), "kube-router", policy.No, policy.RefusalReject, policy.PodNetworkUnknown},
		{"OVN-Kubernetes by its name where the image is a digest", ds("ovnkube-node", "quay.io/release@sha256:00", ""), "ovn-kubernetes", policy.Yes, policy.RefusalDrop, policy.Overlay},
		{"Cilium under a mirror's name", ds("rke2-cilium", "rancher/mirrored-cilium-cilium:v1.18.1", ""), "cilium", policy.Yes, policy.RefusalDrop, policy.PodNetworkUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := objects(t, c.objects)
			e := policy.EnforcementOf(viewOf(store))
			if e.Plugin != c.plugin || e.Enforces != c.enforces || e.Refusal != c.refusal || e.PodNetwork != c.network {
				t.Errorf("got %s %s %s %s", e.Plugin, e.Enforces, e.Refusal, e.PodNetwork)
			}
			if c.plugin != "" && len(e.Evidence) == 0 {
				t.Error("no evidence")
			}
		})
	}
}

func TestMinikubeWithoutPlugInEnforcesNothing(t *testing.T) {
	e := policy.EnforcementOf(viewOf(objects(t, "apiVersion: v1\nkind: Node\nmetadata: {name: minikube, labels: {minikube.k8s.io/name: minikube}}\n")))
	if e.Plugin != "bridge" || e.Enforces != policy.No {
		t.Errorf("got %s %s", e.Plugin, e.Enforces)
	}
}
