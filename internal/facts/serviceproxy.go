package facts

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ServiceProxy names what runs in kube-proxy's place or beside it, empty where nothing shows that anything does. What
// kube-proxy would do is then a guess at what that other program does (SEMANTICS.md 2.8).
func ServiceProxy(view *cluster.View) (name string, evidence *cluster.Evidence) {
	if cm := view.ConfigMap("kube-system", "cilium-config"); cm != nil {
		// Even where it leaves kube-proxy its work, it translates what pods send to cluster IPs.
		return "cilium", &cluster.Evidence{
			Kind: cluster.KindConfigMap, Namespace: cm.Namespace, Name: cm.Name, ResourceVersion: cm.ResourceVersion,
			Fields: []string{"data.kube-proxy-replacement"},
		}
	}
	for _, ds := range view.DaemonSets() {
		if name := proxyIn(view, ds); name != "" {
			return name, &cluster.Evidence{
				Kind: cluster.KindDaemonSet, Namespace: ds.Namespace, Name: ds.Name, ResourceVersion: ds.ResourceVersion,
				Fields: []string{"spec.template.spec"},
			}
		}
	}
	for _, n := range view.Nodes() {
		if strings.Contains(n.Annotations["k3s.io/node-args"], `"--disable-kube-proxy"`) {
			return "another program", &cluster.Evidence{
				Kind: cluster.KindNode, Name: n.Name, ResourceVersion: n.ResourceVersion, Fields: []string{"metadata.annotations[k3s.io/node-args]"},
			}
		}
	}
	return "", nil
}

// proxyIn knows the programs that translate services, by the DaemonSets that they come in.
func proxyIn(view *cluster.View, ds *appsv1.DaemonSet) string {
	spec := &ds.Spec.Template.Spec
	if ds.Namespace == "kube-system" && ds.Name == "kube-proxy" && nowhere(view, spec.NodeSelector) {
		return "another program" // set aside by a selector that no node has, as Calico's guide for eBPF has it
	}
	for _, c := range spec.Containers {
		words := append(slices.Clone(c.Command), c.Args...)
		switch image := c.Image; {
		case hasAny(image, "cilium/cilium", "/cilium:", "/cilium@") || ds.Name == "anetd":
			return "cilium"
		case hasAny(image, "ovn-kube", "ovnkube", "ovn-kubernetes"):
			return "ovn-kubernetes"
		case hasAny(image, "antrea-agent", "antrea/antrea"):
			return "antrea"
		case strings.Contains(image, "kube-router") && slices.ContainsFunc(words, func(w string) bool { return w == "--run-service-proxy" || w == "--run-service-proxy=true" }):
			return "kube-router"
		}
	}
	return ""
}

func hasAny(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// nowhere reports whether there are nodes and none has the labels of a selector.
func nowhere(view *cluster.View, selector map[string]string) bool {
	nodes := view.Nodes()
	if len(nodes) == 0 {
		return false
	}
	for _, n := range nodes {
		fits := true
		for k, v := range selector {
			fits = fits && n.Labels[k] == v
		}
		if fits {
			return false
		}
	}
	return true
}
