package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/kube"
)

// objects reads the documents of a file of deploy/ by kind, strictly, so that a misspelt field fails.
func objects(t *testing.T, file string, into map[string]any) {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/" + file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, doc := range strings.Split("\n"+string(text), "\n---\n") {
		var head struct{ Kind string }
		if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		o := into[head.Kind]
		if head.Kind == "" {
			continue
		}
		if o == nil {
			t.Errorf("%s holds a %s that nobody expects", file, head.Kind)
			continue
		}
		if err := yaml.UnmarshalStrict([]byte(doc), o); err != nil {
			t.Errorf("%s: %s: %v", file, head.Kind, err)
		}
		found[head.Kind] = true
	}
	for kind := range into {
		if !found[kind] {
			t.Errorf("%s holds no %s", file, kind)
		}
	}
}

func TestTheCommittedFileIsWhatTheTableSays(t *testing.T) {
	want, err := Manifest()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../deploy/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("deploy/rbac.yaml is stale, run \"go run ./internal/kube/rbacgen\" (-want +got):\n%s", diff)
	}
}

func TestTheRoleOnlyReadsAndNamesEverything(t *testing.T) {
	var role rbacv1.ClusterRole
	var binding rbacv1.ClusterRoleBinding
	var account corev1.ServiceAccount
	var namespace corev1.Namespace
	objects(t, "rbac.yaml", map[string]any{
		"ClusterRole": &role, "ClusterRoleBinding": &binding, "ServiceAccount": &account, "Namespace": &namespace,
	})
	if len(role.Rules) != len(kube.Accesses) {
		t.Errorf("%d rules for %d rows", len(role.Rules), len(kube.Accesses))
	}
	for _, rule := range role.Rules {
		all := slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs, rule.ResourceNames, rule.NonResourceURLs)
		for _, word := range all {
			if strings.Contains(word, "*") {
				t.Errorf("a wildcard in %v", rule)
			}
		}
		for _, verb := range rule.Verbs {
			if verb != "get" && verb != "list" && verb != "watch" {
				t.Errorf("the verb %s in %v", verb, rule)
			}
		}
		for _, resource := range rule.Resources {
			if resource == "secrets" || strings.Contains(resource, "/") {
				t.Errorf("the resource %s in %v", resource, rule)
			}
			if resource == "configmaps" && len(rule.ResourceNames) == 0 {
				t.Error("all config maps may be read")
			}
		}
		if len(rule.NonResourceURLs) > 0 || len(rule.Verbs) == 0 || len(rule.Resources) == 0 {
			t.Errorf("the rule %v", rule)
		}
	}
	subject := rbacv1.Subject{Kind: "ServiceAccount", Name: account.Name, Namespace: account.Namespace}
	if len(binding.Subjects) != 1 || binding.Subjects[0] != subject || binding.RoleRef.Name != role.Name || account.Namespace != namespace.Name {
		t.Errorf("the binding gives %v to %v", binding.RoleRef, binding.Subjects)
	}
}

// The names of the requirements follow the pod security standard "restricted".
func TestTheDeploymentIsRestricted(t *testing.T) {
	var deployment appsv1.Deployment
	var service corev1.Service
	objects(t, "kubestrata.yaml", map[string]any{"Deployment": &deployment, "Service": &service})
	pod := deployment.Spec.Template.Spec
	c := pod.Containers[0]
	s, p := c.SecurityContext, pod.SecurityContext
	if p == nil || s == nil {
		t.Fatal("a security context is missing")
	}
	for what, ok := range map[string]bool{
		"one container":                        len(pod.Containers) == 1,
		"privilege escalation is off":          s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation,
		"the root file system is read-only":    s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem,
		"all capabilities are dropped":         s.Capabilities != nil && slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) && s.Capabilities.Add == nil,
		"it runs as non-root":                  p.RunAsNonRoot != nil && *p.RunAsNonRoot && p.RunAsUser != nil && *p.RunAsUser == 65532,
		"seccomp is the runtime's":             p.SeccompProfile != nil && p.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"nothing of the host is used":          !pod.HostNetwork && !pod.HostPID && !pod.HostIPC,
		"the account is the one with the role": pod.ServiceAccountName == name,
		"resources are asked for":              !c.Resources.Requests.Memory().IsZero() && !c.Resources.Limits.Memory().IsZero(),
		"probes are those of the server":       c.LivenessProbe.HTTPGet.Path == "/livez" && c.ReadinessProbe.HTTPGet.Path == "/readyz",
		"off loopback there is a token":        slices.Contains(c.Args, "--token-file"),
		"the service finds the pods":           cmp.Equal(service.Spec.Selector, deployment.Spec.Template.Labels),
		"the service stays inside":             service.Spec.Type == corev1.ServiceTypeClusterIP,
	} {
		if !ok {
			t.Errorf("not so: %s", what)
		}
	}
}
