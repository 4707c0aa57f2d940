package inspect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/inspect"
	"github.com/kubestrata/kubestrata/internal/world"
)

func TestTheClusterCardSaysWhatIsSeenAndWhatIsAssumed(t *testing.T) {
	for name, wants := range map[string][]string{
		"tour": {"Cluster/nodes 3", "Parts/network plug-in calico, enforces policies: yes", "Parts/ingress controller ingress-nginx", "Detected/proxy-mode iptables", "Assumed, as nothing shows it/listening true"},
		"ckad": {"Parts/network plug-in kindnet, enforces policies: no", "Detected/policy none"},
	} {
		view, err := world.View(name)
		if err != nil {
			t.Fatal(err)
		}
		about, ok := inspect.Object(view, cluster.Ref{Kind: inspect.KindCluster, Name: "this"}, time.Time{})
		if !ok {
			t.Fatal("there is no card")
		}
		var b strings.Builder
		for _, s := range about.Sections {
			for _, l := range s.Lines {
				fmt.Fprintf(&b, "%s/%s %s\n", s.Title, l.Name, l.Value)
			}
		}
		for _, want := range wants {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not say %q:\n%s", name, want, b.String())
			}
		}
	}
}

func TestTheDistributionIsNamedWithWhatShowsIt(t *testing.T) {
	node := func(change func(*corev1.Node)) *cluster.View {
		n := &corev1.Node{}
		n.Name = "colima"
		change(n)
		return cluster.NewStore(cluster.SourceInfo{Name: "x"}, nil).Update(func(w *cluster.Writer) { w.Put(n) })
	}
	for want, view := range map[string]*cluster.View{
		"k3s, by version v1.25.4+k3s1 of node colima":               node(func(n *corev1.Node) { n.Status.NodeInfo.KubeletVersion = "v1.25.4+k3s1" }),
		"minikube, by label minikube.k8s.io/version of node colima": node(func(n *corev1.Node) { n.Labels = map[string]string{"minikube.k8s.io/version": "v1.37"} }),
		"kind, by provider kind://docker/a/b of node colima":        node(func(n *corev1.Node) { n.Spec.ProviderID = "kind://docker/a/b" }),
	} {
		about, _ := inspect.Object(view, cluster.Ref{Kind: inspect.KindCluster, Name: "this"}, time.Time{})
		if got := fmt.Sprint(about.Sections[0].Lines); !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
