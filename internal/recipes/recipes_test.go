package recipes_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/recipes"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/world"
)

func ref(text string) cluster.Ref {
	parts := strings.Split(text, "/")
	if len(parts) == 2 {
		return cluster.Ref{Kind: cluster.Kind(parts[0]), Name: parts[1]}
	}
	return cluster.Ref{Kind: cluster.Kind(parts[0]), Namespace: parts[1], Name: parts[2]}
}

func tour(t testing.TB) *cluster.View {
	t.Helper()
	v, err := world.View("tour")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func given(t *testing.T, text string) *cluster.View {
	t.Helper()
	path := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open([]string{path}, files.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.View()
}

// lines writes an answer as a person reads it.
func lines(a *recipes.Answer, kind recipes.Kind) []string {
	out := []string{}
	for _, s := range a.Sources {
		if s.Kind != kind {
			continue
		}
		if s.Because != "" {
			out = append(out, s.Because)
		}
		for _, r := range s.Recipes {
			end := "works"
			if !r.Works {
				end = r.Because
			}
			out = append(out, s.From+": "+r.Command+": "+end)
		}
	}
	return out
}

func TestWaysToThingsOfTheTour(t *testing.T) {
	view := tour(t)
	const api, proxy = "pod/default/api-7b9c6d5f4-7l2mq: ", "pod/ingress-nginx/ingress-nginx-controller-cc8496874-h4k2z: "
	for _, row := range []struct {
		name, target string
		kind         recipes.Kind
		want         []string
	}{
		{"a service is called by its short name in its own namespace", "Service/default/web", recipes.SameNamespace,
			[]string{api + "curl http://web/: works", api + "curl http://10.96.4.20/: works"}},
		{"from elsewhere the namespace is part of the name", "Service/default/web", recipes.OtherNamespace,
			[]string{proxy + "curl http://web.default/: works", proxy + "curl http://10.96.4.20/: works"}},
		{"a node knows no names of services, but their addresses and its own doors", "Service/default/web", recipes.Node,
			[]string{"node/node-a: curl http://10.96.4.20/: works", "node/node-a: curl http://192.168.10.11:30080/: works"}},
		{"the LAN comes in by doors and by the ingress", "Service/default/web", recipes.LAN, []string{
			"lan/laptop: curl http://192.168.10.11:30080/: works", "lan/laptop: curl http://shop.test/: works",
			"lan/laptop: curl --resolve shop.test:80:198.51.100.80 http://shop.test/: works",
		}},
		{"the Internet comes in by the load balancer only", "Service/default/web", recipes.Internet, []string{
			"internet/user: curl http://shop.test/: works", "internet/user: curl --resolve shop.test:80:198.51.100.80 http://shop.test/: works",
			"internet/user: curl http://192.168.10.11:30080/: no door", "internet/user: curl --resolve shop.test:31080:192.168.10.11 http://shop.test:31080/: no door",
		}},
		{"a service of no ingress has no way in from the Internet", "Service/default/promo", recipes.Internet,
			[]string{"internet/user: curl http://192.168.10.11:31555/: no door", "internet/user: curl http://10.96.5.5/: no door"}},
		{"nobody answers for a service without endpoints", "Service/default/pay", recipes.SameNamespace,
			[]string{api + "curl http://pay/: no endpoints", api + "curl http://10.96.7.2/: no endpoints"}},
		{"whoever a policy lets through is the one that is named", "Service/default/db", recipes.SameNamespace, []string{api + "nc -zv -w2 db 5432: works"}},
		{"a policy stops everybody elsewhere", "Service/default/db", recipes.OtherNamespace, []string{proxy + "nc -zv -w2 db.default 5432: policy denies"}},
		{"a service without an address is tried at a pod from outside", "Service/default/db", recipes.LAN, []string{"lan/laptop: nc -zv -w2 10.244.3.6 5432: no route"}},
		{"a DNS server is asked for a name", "Service/kube-system/kube-dns", recipes.Node,
			[]string{"node/node-a: nslookup kubernetes.default.svc.cluster.local 10.96.0.10: works"}},
		{"a pod of a StatefulSet has a name of its own", "Pod/default/db-0", recipes.SameNamespace,
			[]string{api + "nc -zv -w2 db-0.db 5432: works", api + "nc -zv -w2 10.244.3.6 5432: works", api + "nc -zv -w2 db 5432: works"}},
		{"a pod that declares no port is pinged", "Pod/default/toolbox", recipes.Node, []string{"node/node-a: ping -c1 10.244.1.7: works"}},
		{"a pod is reached from the LAN through the services that select it", "Pod/default/web-6c7d5f8b9-x2x4p", recipes.LAN, []string{
			"lan/laptop: curl http://192.168.10.11:31555/: works", "lan/laptop: curl http://192.168.10.11:30080/: works",
			"lan/laptop: curl http://10.244.1.9:8080/: no route",
		}},
		{"an ingress is called by its host, and by the node port of its controller where that is in reach", "Ingress/default/shop", recipes.LAN, []string{
			"lan/laptop: curl http://shop.test/: works", "lan/laptop: curl --resolve shop.test:80:198.51.100.80 http://shop.test/: works",
			"lan/laptop: curl --resolve shop.test:31080:192.168.10.11 http://shop.test:31080/: works",
		}},
		{"a node is pinged by another one", "Node/node-a", recipes.Node, []string{
			"node/node-b: ping -c1 192.168.10.11: works", "node/node-b: curl http://192.168.10.11:31555/: works", "node/node-b: curl http://192.168.10.11:30080/: works",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, err := recipes.For(view, ref(row.target))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, lines(a, row.kind)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// all are the things of a View that can be asked about.
func all(view *cluster.View) []cluster.Ref {
	var out []cluster.Ref
	for p := range view.Pods() {
		if !p.Done() && p.IP().IsValid() {
			out = append(out, p.Ref())
		}
	}
	for _, kind := range []cluster.Kind{cluster.KindService, cluster.KindIngress, cluster.KindGateway, cluster.KindNode} {
		for _, o := range view.List(kind) {
			out = append(out, cluster.Ref{Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName()})
		}
	}
	return out
}

func TestWhatIsOfferedIsWhatATraceSays(t *testing.T) {
	for _, name := range []string{"tour", "lab", "ckad/calico"} {
		view, err := world.View(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range all(view) {
			a, err := recipes.For(view, target)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, target, err)
			}
			for _, s := range a.Sources {
				if len(s.Recipes) > 5 || len(s.Recipes) == 0 && s.Because == "" {
					t.Errorf("%s, %s from %s: %d recipes", name, target, s.Kind, len(s.Recipes))
				}
				for _, r := range s.Recipes {
					tr, err := trace.Run(view, trace.Ask{From: s.From, Command: []string{r.Command}})
					if err != nil {
						t.Fatalf("%s, from %s: %s: %v", name, s.From, r.Command, err)
					}
					if tr.Verdict.Class != r.Class || tr.Verdict.Reason != r.Reason || tr.Verdict.Certainty != r.Certainty || r.Works && tr.Verdict.Class != trace.Answered {
						t.Errorf("%s, from %s: %s: %s %s %s, but the trace says %s %s %s", name, s.From, r.Command, r.Class, r.Reason, r.Certainty, tr.Verdict.Class, tr.Verdict.Reason, tr.Verdict.Certainty)
					}
					if words := len(strings.Fields(r.Because)); !r.Works && (words == 0 || words > 2) {
						t.Errorf("%s, from %s: %s does not work because of %q", name, s.From, r.Command, r.Because)
					}
				}
			}
		}
	}
}

func TestAnswersAreTheSameEachTime(t *testing.T) {
	view := tour(t)
	for _, target := range all(view) {
		first, err := recipes.For(view, target)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			again, err := recipes.For(view, target)
			if diff := cmp.Diff(first, again); err != nil || diff != "" {
				t.Fatalf("%s: %v\n%s", target, err, diff)
			}
		}
	}
}

func TestWhatCannotBeAskedAboutIsSaid(t *testing.T) {
	view := tour(t)
	for target, want := range map[string]string{
		"Service/default/none": "Service default/none does not exist",
		"Pod/default/none":     "Pod default/none does not exist",
		"Secret/default/x":     "Secret cannot be reached: ask for a Pod, Service, Node, Ingress or Gateway",
	} {
		if _, err := recipes.For(view, ref(target)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", target, err)
		}
	}
}

const lonely = `
apiVersion: v1
kind: Node
metadata: {name: node01}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.1.11}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: node01, containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
status: {phase: Running, podIP: 10.244.1.5, podIPs: [{ip: 10.244.1.5}], conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {type: ExternalName, externalName: db.example.com}
`

func TestAClusterWithoutOthersSaysSo(t *testing.T) {
	view := given(t, lonely)
	a, err := recipes.For(view, ref("Pod/shop/web"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"no pod"}, lines(a, recipes.SameNamespace)); diff != "" {
		t.Error(diff)
	}
	a, err = recipes.For(view, ref("Service/shop/db"))
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(a, recipes.SameNamespace); len(got) != 1 || strings.HasSuffix(got[0], "works") {
		t.Errorf("a name for a host that nobody describes: %q", got)
	}
}
