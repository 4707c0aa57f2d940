package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

// KindCluster is the whole of what is shown: no object, and it has a card all the same.
const KindCluster = cluster.Kind("Cluster")

// describeCluster says what a cluster is made of: which distribution, which parts, and what must be assumed of it.
func describeCluster(a *About, view *cluster.View) {
	source := view.Source()
	a.Title = cmp.Or(source.Name, "cluster")
	versions, runtimes := map[string]int{}, map[string]int{}
	for _, n := range view.Nodes() {
		info := n.Status.NodeInfo
		if info.KubeletVersion != "" {
			versions[info.KubeletVersion]++
		}
		if info.ContainerRuntimeVersion != "" {
			runtimes[info.ContainerRuntimeVersion]++
		}
	}
	name, why := distribution(view)
	about := Section{Title: words.Say("inspect.title.cluster"), Lines: []Line{line(words.Say("inspect.line.nodes"), len(view.Nodes()))}}
	if name != "" {
		about.Lines = append(about.Lines, line(words.Say("inspect.line.distribution"), words.Say("inspect.cluster.by", name, why)))
	}
	about.Lines = append(about.Lines, line(words.Say("inspect.line.version-of-kubelets"), counted(versions)), line(words.Say("inspect.line.runtime"), counted(runtimes)))
	a.Sections = append(a.Sections, about, partsOf(view))

	found, err := facts.Of(view, nil)
	if err != nil { // nothing is given, so nothing can be wrong
		return
	}
	detected, assumed := Section{Title: words.Say("inspect.title.detected")}, Section{Title: words.Say("inspect.title.assumed-as-nothing-shows-it")}
	for _, f := range found.All() {
		if f.Source == facts.Detected {
			l := line(f.Key, f.Value)
			if f.Evidence != nil && view.Get(f.Evidence.Kind, f.Evidence.Namespace, f.Evidence.Name) != nil {
				ref := cluster.Ref{Kind: f.Evidence.Kind, Namespace: f.Evidence.Namespace, Name: f.Evidence.Name}
				l.Ref = &ref
			}
			detected.Lines = append(detected.Lines, l)
			continue
		}
		assumed.Lines = append(assumed.Lines, line(f.Key, cmp.Or(f.Value, "none")))
	}
	for _, s := range []Section{detected, assumed} {
		if len(s.Lines) > 0 {
			a.Sections = append(a.Sections, s)
		}
	}
}

// partsOf are the exchangeable parts that requests meet.
func partsOf(view *cluster.View) Section {
	s := Section{Title: words.Say("inspect.title.parts")}
	enforced := policy.EnforcementOf(view)
	plugin := cmp.Or(enforced.Plugin, words.Say("inspect.cluster.none-seen"))
	if enforced.Enforces != "" {
		plugin += words.Say("inspect.cluster.enforces", strings.ToLower(string(enforced.Enforces)))
	}
	s.Lines = append(s.Lines, line(words.Say("inspect.line.network-plug-in"), plugin))
	for _, c := range ingress.Controllers(view) {
		if c.Workload == nil {
			continue
		}
		l := line(words.Say("inspect.line.ingress-controller"), string(c.Product)+" "+c.Workload.Namespace+"/"+c.Workload.Name)
		if view.Get(c.Workload.Kind, c.Workload.Namespace, c.Workload.Name) != nil {
			l.Ref = c.Workload
		}
		s.Lines = append(s.Lines, l)
	}
	if dns := view.Service("kube-system", "kube-dns"); dns != nil {
		s.Lines = append(s.Lines, refLine(words.Say("inspect.line.dns"), cluster.Ref{Kind: cluster.KindService, Namespace: dns.Namespace, Name: dns.Name}))
	}
	return s
}

// marks are what distributions write into the versions of their kubelets.
var marks = []struct{ in, name string }{
	{"+k3s", "k3s"}, {"+rke2", "RKE2"}, {"-gke.", "GKE"}, {"-eks-", "EKS"}, {"+vmware", "Tanzu"}, {"+k0s", "k0s"},
}

// labels of nodes that a distribution writes.
var labels = []struct{ label, name string }{
	{"minikube.k8s.io/version", "minikube"}, {"kubernetes.azure.com/cluster", "AKS"}, {"eks.amazonaws.com/nodegroup", "EKS"},
	{"cloud.google.com/gke-nodepool", "GKE"}, {"node.openshift.io/os_id", "OpenShift"}, {"microk8s.io/cluster", "MicroK8s"},
}

// distribution says who put the cluster together, and by what that is seen; empty where nothing says so.
func distribution(view *cluster.View) (name, why string) {
	for _, n := range view.Nodes() {
		for _, m := range marks {
			if v := n.Status.NodeInfo.KubeletVersion; strings.Contains(v, m.in) {
				return m.name, words.Say("inspect.cluster.by-version", v, n.Name)
			}
		}
		for _, l := range labels {
			if _, ok := n.Labels[l.label]; ok {
				return l.name, words.Say("inspect.cluster.by-label", l.label, n.Name)
			}
		}
		if strings.HasPrefix(n.Spec.ProviderID, "kind://") {
			return "kind", words.Say("inspect.cluster.by-provider", n.Spec.ProviderID, n.Name)
		}
	}
	return "", ""
}

// counted writes values with how often they come, the most frequent first.
func counted(of map[string]int) string {
	values := make([]string, 0, len(of))
	for v := range of {
		values = append(values, v)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(of[b]-of[a], cmp.Compare(a, b)) })
	if len(values) == 1 {
		return values[0]
	}
	for i, v := range values {
		values[i] = fmt.Sprintf("%s (%d)", v, of[v])
	}
	return orNone(strings.Join(values, ", "))
}
