package live

import (
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

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
		harness.Definitions(t, "sigs.k8s.io/gateway-api", "*_gateways.yaml"), harness.Definitions(t, "sigs.k8s.io/gateway-api", "*_httproutes.yaml"),
		harness.Definitions(t, "sigs.k8s.io/network-policy-api", "policy*.yaml"))
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
			c.Kubectl(t, "", "create", "-f", file)
		}
		c.Kubectl(t, "", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
		c.Kubectl(t, gatewayAndPolicy+"---"+clusterPolicy, "apply", "-f", "-")
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
		c.Kubectl(t, "", "delete", "-n", "default", "gateways,httproutes,clusternetworkpolicies", "--all")
		c.Kubectl(t, "", "delete", "crd", "--all", "--timeout=60s")
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
	for _, file := range harness.Definitions(t, "sigs.k8s.io/network-policy-api", "policy*.yaml") {
		c.Kubectl(t, "", "create", "-f", file)
	}
	until(t, store, "the kind exists and may not be read", func(v *cluster.View) bool {
		return !v.Readable(cluster.KindClusterNetworkPolicy, "") && len(v.NotRead()) == 1
	})
}
