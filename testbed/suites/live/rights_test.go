package live

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/testbed/binaries"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

func TestEveryKindIsReadWithTheGeneratedRoleAndNothingIsForbidden(t *testing.T) {
	c := harness.Start(t)
	store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t)))
	view := until(t, store, "every kind has an answer", settled)
	for _, k := range view.Kinds() {
		if k.State != cluster.StateSynced && k.State != cluster.StateAbsent {
			t.Errorf("%s is %s: %s", k.Resource, k.State, k.Message)
		}
	}
	if len(view.NotRead()) != 0 {
		t.Errorf("the role of deploy/rbac.yaml does not allow %v", view.NotRead())
	}
	for _, res := range cluster.Resources {
		namespace := ""
		if a, _ := kube.AccessTo(res.Kind); len(a.Objects) > 0 {
			namespace = a.Objects[0].Namespace
		}
		if !view.Readable(res.Kind, namespace) {
			t.Errorf("%s cannot be read", res.Plural)
		}
	}
	if view.Count(cluster.KindNode) < 3 || view.Service("default", "kubernetes") == nil || view.Namespace("kube-system") == nil {
		t.Errorf("%d nodes, service %v, namespace %v", view.Count(cluster.KindNode), view.Service("default", "kubernetes"), view.Namespace("kube-system"))
	}
}

// rules are those of deploy/rbac.yaml.
func rules(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	source, err := binaries.Source()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(source), "deploy", "rbac.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(data), "\n---\n") {
		var role rbacv1.ClusterRole
		if err := yaml.Unmarshal([]byte(document), &role); err != nil {
			t.Fatal(err)
		}
		if role.Kind == "ClusterRole" {
			return role.Rules
		}
	}
	t.Fatal("deploy/rbac.yaml holds no ClusterRole")
	return nil
}

// without drops the rules about a resource.
func without(t *testing.T, all []rbacv1.PolicyRule, resource string) []rbacv1.PolicyRule {
	t.Helper()
	kept := slices.DeleteFunc(slices.Clone(all), func(r rbacv1.PolicyRule) bool { return slices.Contains(r.Resources, resource) })
	if len(kept) == len(all) {
		t.Fatalf("there is no rule about %s", resource)
	}
	return kept
}

// everywhere grants rules in the whole cluster, to a ServiceAccount of a namespace.
func everywhere(t *testing.T, c *harness.Cluster, namespace, name string, rules []rbacv1.PolicyRule) (kubeconfig string) {
	t.Helper()
	about := metav1.ObjectMeta{Name: namespace + "-" + name}
	t.Cleanup(func() { // unlike what is in it, they do not go with the namespace
		roles := c.Client.RbacV1()
		err := errors.Join(roles.ClusterRoleBindings().Delete(context.Background(), about.Name, metav1.DeleteOptions{}),
			roles.ClusterRoles().Delete(context.Background(), about.Name, metav1.DeleteOptions{}))
		if err != nil {
			t.Error(err)
		}
	})
	return grant(t, c, namespace, name,
		&rbacv1.ClusterRole{TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"}, ObjectMeta: about, Rules: rules},
		&rbacv1.ClusterRoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRoleBinding"}, ObjectMeta: about,
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: about.Name},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
		})
}

// inside grants rules in one namespace only.
func inside(t *testing.T, c *harness.Cluster, namespace, name string, rules []rbacv1.PolicyRule) (kubeconfig string) {
	t.Helper()
	about := metav1.ObjectMeta{Namespace: namespace, Name: name}
	return grant(t, c, namespace, name,
		&rbacv1.Role{TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "Role"}, ObjectMeta: about, Rules: rules},
		&rbacv1.RoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"}, ObjectMeta: about,
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
			Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}},
		})
}

func grant(t *testing.T, c *harness.Cluster, namespace, name string, objects ...any) (kubeconfig string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roles.yaml")
	text := ""
	for _, o := range objects {
		out, err := yaml.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		text += "---\n" + string(out)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return c.GrantedKubeconfig(t, types.NamespacedName{Namespace: namespace, Name: name}, path)
}

func ask(t *testing.T, view *cluster.View, from, command string) *trace.Trace {
	t.Helper()
	answer, err := trace.Run(view, trace.Ask{From: from, Command: []string{command}})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// told fails the test with the whole answer.
func told(t *testing.T, answer *trace.Trace, class trace.Class, reason string) {
	t.Helper()
	if answer.Verdict.Class != class || answer.Verdict.Reason != reason {
		t.Errorf("the verdict is %s %s, want %s %s\n%s", answer.Verdict.Class, answer.Verdict.Reason, class, reason, trace.Markdown(answer))
	}
}

var sinceAside = cmpopts.IgnoreFields(cluster.KindStatus{}, "Since")

func TestWithoutTheRightToReadPoliciesTheyAreNamedAndNoGateIsCalledOpen(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	c.Deploy(t, ns, "web", 2)
	c.Deploy(t, ns, "client", 1)
	service := c.Expose(t, ns, "web")
	c.WaitEndpoints(t, ns, "web", 2)
	kubeconfig := everywhere(t, c, ns, "no-policies", without(t, rules(t), "networkpolicies"))
	store := follow(t, open(t, "--kubeconfig", kubeconfig))
	view := until(t, store, "every kind has an answer", settled)

	want := []cluster.KindStatus{{
		Kind: cluster.KindNetworkPolicy, Resource: "networkpolicies", State: cluster.StateForbidden, Verb: "list",
		Message: "may not list and watch networkpolicies.networking.k8s.io in all namespaces",
	}}
	if diff := cmp.Diff(want, inState(view, cluster.StateForbidden), sinceAside); diff != "" {
		t.Errorf("forbidden (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cluster.NotRead{{Resource: "networkpolicies", Verb: "list"}}, view.NotRead()); diff != "" {
		t.Errorf("not read (-want +got):\n%s", diff)
	}
	if view.Readable(cluster.KindNetworkPolicy, ns) || !view.Readable(cluster.KindPod, ns) {
		t.Error("policies are called readable, or pods are not")
	}
	client := c.Pods(t, ns, map[string]string{"app": "client"})[0]
	from := "pod/" + ns + "/" + client.Name
	for _, command := range []string{
		"curl http://" + service.Spec.ClusterIP + "/",
		"curl http://" + c.Pods(t, ns, map[string]string{"app": "web"})[0].Status.PodIP + ":8080/",
	} {
		answer := ask(t, view, from, command)
		told(t, answer, trace.CannotTell, "rights.NetworkPolicy")
		if answer.Verdict.Certainty != trace.Unknown || answer.ExitCode() != trace.ExitUnknown {
			t.Errorf("%s: certainty %s, exit code %d", command, answer.Verdict.Certainty, answer.ExitCode())
		}
		if diff := cmp.Diff(view.NotRead(), answer.Source.NotRead); diff != "" {
			t.Errorf("%s: the trace does not say what was not read:\n%s", command, diff)
		}
		for _, o := range answer.Outcomes {
			if o.Class == trace.Answered {
				t.Errorf("%s: an outcome is %s", command, o.Class)
			}
		}
	}
}

func TestWithEveryRightInOneNamespaceOnlyThatIsRead(t *testing.T) {
	c := harness.Start(t)
	mine, theirs := c.Namespace(t), c.Namespace(t)
	for _, ns := range []string{mine, theirs} {
		c.Deploy(t, ns, "web", 1)
		c.Expose(t, ns, "web")
		c.WaitEndpoints(t, ns, "web", 1)
	}
	kubeconfig := inside(t, c, mine, "reader", rules(t))
	inContext := filepath.Join(t.TempDir(), "with-namespace.kubeconfig")
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts[config.CurrentContext].Namespace = mine
	if err := clientcmd.WriteToFile(*config, inContext); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		args []string
		wide bool // all namespaces are asked for first
	}{
		{"that -n names", []string{"--kubeconfig", kubeconfig, "-n", mine}, false},
		{"that the context names", []string{"--kubeconfig", inContext}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			store := follow(t, open(t, row.args...))
			view := until(t, store, "the namespace is read", func(v *cluster.View) bool {
				for _, res := range cluster.Resources {
					if res.Namespaced && res.Kind != cluster.KindConfigMap && !v.Readable(res.Kind, mine) {
						return false
					}
				}
				return v.Namespace(mine) != nil && settled(v)
			})
			for p := range view.Pods() {
				if p.Namespace != mine {
					t.Errorf("pod %v was read", p.Ref())
				}
			}
			if view.Service(mine, "web") == nil || view.PodCount() != 1 || len(view.Slices(mine, "web")) == 0 {
				t.Errorf("%d pods, service %v", view.PodCount(), view.Service(mine, "web"))
			}
			for _, kind := range []cluster.Kind{cluster.KindPod, cluster.KindService, cluster.KindNetworkPolicy} {
				if view.Readable(kind, theirs) || view.Readable(kind, "") {
					t.Errorf("%s elsewhere is called readable", kind)
				}
			}
			refused := map[string]string{}
			for _, k := range inState(view, cluster.StateForbidden) {
				if k.Namespace == "" {
					refused[k.Resource] = k.Verb
				}
			}
			want := map[string]string{}
			for _, res := range cluster.Resources {
				// Custom kinds have no definition here: what does not exist is refused to nobody.
				if res.Kind != cluster.KindConfigMap && !res.Custom && (row.wide || !res.Namespaced) {
					want[res.Plural] = "list"
				}
			}
			if diff := cmp.Diff(want, refused); diff != "" {
				t.Errorf("refused in the whole cluster, by verb (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("and all of it is read by somebody who may read more but asks for one", func(t *testing.T) {
		store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t), "--namespace", mine+","+mine))
		view := until(t, store, "every kind has an answer", settled)
		if len(view.NotRead()) != 0 || view.PodCount() != 1 || view.Service(theirs, "web") != nil || view.Count(cluster.KindNode) < 3 {
			t.Errorf("not read %v, %d pods, %d nodes", view.NotRead(), view.PodCount(), view.Count(cluster.KindNode))
		}
	})
}
