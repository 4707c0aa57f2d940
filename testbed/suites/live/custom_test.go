package live

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

// definitions are the real CustomResourceDefinitions of a module, out of the module cache.
func definitions(t *testing.T, module, pattern string) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("where %s is: %v", module, err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "config", "crd", "standard", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no %s: %v (fetch it with: cd testbed && go mod download %s)", module, pattern, err, module)
	}
	return files
}

func kubectl(t *testing.T, c *harness.Cluster, stdin string, args ...string) {
	t.Helper()
	cmd := exec.Command(harness.Kubectl(t), append([]string{"--kubeconfig", c.Kubeconfig}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

const gatewayAndPolicy = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec:
  gatewayClassName: example
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: HTTPRoute
metadata: {name: shop, namespace: default}
spec:
  parentRefs: [{name: front}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
`

const clusterPolicy = `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: keep-out}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress: [{name: none, action: Deny, from: [{namespaces: {}}]}]
`

// Custom kinds are read while their definitions exist, which may change while Kubestrata runs.
func TestCustomKindsJoinAndLeaveWithTheirDefinitions(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{Nodes: 1})
	// Few, since the API server's deletion of a definition may fail at first and is tried again after minutes.
	files := slices.Concat(
		definitions(t, "sigs.k8s.io/gateway-api", "*_gateways.yaml"), definitions(t, "sigs.k8s.io/gateway-api", "*_httproutes.yaml"),
		definitions(t, "sigs.k8s.io/network-policy-api", "policy*.yaml"))
	store := follow(t, open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t)))
	absent := func(v *cluster.View) bool {
		for _, k := range v.Kinds() {
			if r, _ := cluster.ResourceOf(k.Kind); r.Custom && (k.State != cluster.StateAbsent || v.Count(k.Kind) > 0) {
				return false
			}
		}
		return settled(v)
	}
	until(t, store, "custom kinds are absent", absent)
	for range 2 {
		for _, file := range files {
			kubectl(t, c.Cluster, "", "create", "-f", file)
		}
		kubectl(t, c.Cluster, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
		kubectl(t, c.Cluster, gatewayAndPolicy+"---"+clusterPolicy, "apply", "-f", "-")
		view := until(t, store, "what was made of custom kinds is there", func(v *cluster.View) bool {
			return len(v.Gateways()) == 1 && len(v.HTTPRoutes()) == 1 && len(v.ClusterNetworkPolicies()) == 1
		})
		if l := view.Gateways()[0].Spec.Listeners; len(l) != 1 || l[0].Port != 80 {
			t.Errorf("the gateway's listeners are %v", l)
		}
		if p := view.HTTPRoutes()[0].Spec.ParentRefs; len(p) != 1 || p[0].Name != "front" {
			t.Errorf("the route's parents are %v", p)
		}
		if p := view.ClusterNetworkPolicies()[0].Spec; p.Priority != 10 || len(p.Ingress) != 1 {
			t.Errorf("the policy is %v", p)
		}
		kubectl(t, c.Cluster, "", "delete", "-n", "default", "gateways,httproutes,clusternetworkpolicies", "--all")
		kubectl(t, c.Cluster, "", "delete", "crd", "--all", "--timeout=60s")
		until(t, store, "custom kinds are gone", absent)
	}
}

// Somebody whose role was written before Gateway API was installed is told what may not be read; before that, nothing is
// missing.
func TestACustomKindIsForbiddenOnlyWhereItExists(t *testing.T) {
	c := harness.StartPrivate(t, harness.Options{Nodes: 1})
	old := slices.DeleteFunc(rules(t), func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.APIGroups, "gateway.networking.k8s.io") || slices.Contains(r.APIGroups, "policy.networking.k8s.io")
	})
	namespace := c.Namespace(t)
	store := follow(t, open(t, "--kubeconfig", everywhere(t, c.Cluster, namespace, "old", old)))
	view := until(t, store, "every kind has an answer", settled)
	if len(view.NotRead()) != 0 {
		t.Errorf("nothing exists that may not be read, but %v", view.NotRead())
	}
	for _, file := range definitions(t, "sigs.k8s.io/network-policy-api", "policy*.yaml") {
		kubectl(t, c.Cluster, "", "create", "-f", file)
	}
	until(t, store, "the kind exists and may not be read", func(v *cluster.View) bool {
		return !v.Readable(cluster.KindClusterNetworkPolicy, "") && len(v.NotRead()) == 1
	})
}
