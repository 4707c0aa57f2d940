package main

import (
	"bytes"
	"slices"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/kube"
)

// name is that of every object, and of the namespace.
const name = "kubestrata"

const header = `# Generated from the table in internal/kube/access.go by "go run ./internal/kube/rbacgen"; do not edit.
# What Kubestrata may do: read what is listed below, and nothing else. No Secrets, no logs, no exec, no writing.
# What becomes "cannot tell" when a line is taken away stands above it.
`

// Manifest is the content of deploy/rbac.yaml: a namespace, a service account, and the ClusterRole that holds exactly
// what the table of accesses says, bound to it.
func Manifest() ([]byte, error) {
	about := v1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/name": name}}
	within := *about.DeepCopy()
	within.Namespace = name
	rbac := func(kind string) v1.TypeMeta {
		return v1.TypeMeta{APIVersion: "rbac.authorization.k8s.io/v1", Kind: kind}
	}
	role := rbacv1.ClusterRole{TypeMeta: rbac("ClusterRole"), ObjectMeta: about, Rules: Rules()}
	var out bytes.Buffer
	out.WriteString(header)
	for _, o := range []any{
		// The restricted standard is what deploy/kubestrata.yaml keeps to; the label makes the cluster insist.
		corev1.Namespace{TypeMeta: v1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: v1.ObjectMeta{
			Name: name, Labels: map[string]string{"app.kubernetes.io/name": name, "pod-security.kubernetes.io/enforce": "restricted"},
		}},
		corev1.ServiceAccount{TypeMeta: v1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: within},
		role,
		rbacv1.ClusterRoleBinding{
			TypeMeta: rbac("ClusterRoleBinding"), ObjectMeta: about,
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: name},
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: name}},
		},
	} {
		text, err := yaml.Marshal(o)
		if err != nil {
			return nil, err
		}
		out.WriteString("---\n")
		if _, is := o.(rbacv1.ClusterRole); is {
			text = annotate(text)
		}
		out.Write(bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("spec: {}\n"), nil), []byte("status: {}\n"), nil))
	}
	return out.Bytes(), nil
}

// Rules are the rules of the ClusterRole, one for each row of the table, in its order.
func Rules() (rules []rbacv1.PolicyRule) {
	for _, a := range kube.Accesses {
		res, _ := cluster.ResourceOf(a.Kind)
		rule := rbacv1.PolicyRule{APIGroups: []string{res.Group.Group}, Resources: []string{res.Plural}, Verbs: a.Verbs}
		for _, o := range a.Objects {
			if !slices.Contains(rule.ResourceNames, o.Name) {
				rule.ResourceNames = append(rule.ResourceNames, o.Name)
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

// annotate writes above each rule what it is for. Every rule begins with its apiGroups.
func annotate(text []byte) []byte {
	var out bytes.Buffer
	row := 0
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("- apiGroups:")) && row < len(kube.Accesses) {
			a := kube.Accesses[row]
			out.WriteString("# " + string(a.Kind) + ": " + a.Without + "\n")
			row++
		}
		out.Write(line)
	}
	return out.Bytes()
}
