package facts

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// ServiceProxy names what runs in kube-proxy's place, empty where nothing shows that anything does. What kube-proxy would
// do is then a guess at what that other program does (SEMANTICS.md 2.8).
func ServiceProxy(view *cluster.View) (name string, evidence *cluster.Evidence) {
	if cm := view.ConfigMap("kube-system", "cilium-config"); cm != nil {
		switch cm.Data["kube-proxy-replacement"] {
		case "true", "strict":
			return "cilium", &cluster.Evidence{
				Kind: cluster.KindConfigMap, Namespace: cm.Namespace, Name: cm.Name, ResourceVersion: cm.ResourceVersion,
				Fields: []string{"data.kube-proxy-replacement"},
			}
		}
	}
	for _, ds := range view.DaemonSets() {
		for _, c := range ds.Spec.Template.Spec.Containers {
			if slices.ContainsFunc([]string{"ovn-kube", "ovnkube", "ovn-kubernetes"}, func(part string) bool { return strings.Contains(c.Image, part) }) {
				return "ovn-kubernetes", &cluster.Evidence{
					Kind: cluster.KindDaemonSet, Namespace: ds.Namespace, Name: ds.Name, ResourceVersion: ds.ResourceVersion,
					Fields: []string{"spec.template.spec.containers"},
				}
			}
		}
	}
	return "", nil
}
