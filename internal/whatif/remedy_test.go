package whatif

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestRemediesAreReadFromWhatATraceProposes(t *testing.T) {
	pod := cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "busybox"}
	for _, c := range []struct {
		name, command string
		want          Remedy
		question      string
	}{
		{"a label for a pod", "kubectl -n default label pod busybox access=true", Remedy{Ref: pod, Set: map[string]string{"access": "true"}}, "What if pod busybox had access=true?"},
		{"in place of another", "kubectl -n default label pod busybox app=x --overwrite", Remedy{Ref: pod, Set: map[string]string{"app": "x"}, Overwrite: true}, "What if pod busybox had app=x?"},
		{"a label off", "kubectl -n default label pod busybox app-", Remedy{Ref: pod, Set: map[string]string{}, Unset: []string{"app"}}, "What if pod busybox had no label app?"},
		{"for a namespace", "kubectl label namespace shop example.com/team=blue", Remedy{Ref: cluster.Ref{Kind: cluster.KindNamespace, Name: "shop"}, Set: map[string]string{"example.com/team": "blue"}}, "What if namespace shop had example.com/team=blue?"},
		{"an object away", "kubectl -n default delete networkpolicy access-nginx", Remedy{Ref: cluster.Ref{Kind: cluster.KindNetworkPolicy, Namespace: "default", Name: "access-nginx"}, Gone: true}, "What if networkpolicy access-nginx were not there?"},
		{"an empty value", "kubectl -n default label pod busybox a= b=1", Remedy{Ref: pod, Set: map[string]string{"a": "", "b": "1"}}, "What if pod busybox had a= and b=1?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseRemedy(c.command)
			if !ok {
				t.Fatal("not read")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if got.Question() != c.question {
				t.Errorf("%q, want %q", got.Question(), c.question)
			}
		})
	}
	for _, command := range []string{
		"", "kubectl", "kubectl label", "curl http://web/", "kubectl -n default describe networkpolicy x", "kubectl get services -A",
		"kubectl -n default label pod busybox", "kubectl label pod busybox a=b", "kubectl -n x label namespace y a=b",
		"kubectl -n default label pod busybox tier in (a,b)", "kubectl -n default label pod busybox a=b;rm", "kubectl -n default label service web a=b",
		"kubectl -n default delete node a", "kubectl delete pod a", "kubectl -n default delete pod --all", "kubectl -n x delete clusternetworkpolicy y", "kubectl -n default label pod busybox --all", "kubectl -n default label pod busybox -",
	} {
		if r, ok := ParseRemedy(command); ok {
			t.Errorf("%q is read as %+v", command, r)
		}
	}
}

func TestARemedyChangesACopy(t *testing.T) {
	whole := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "busybox", Labels: map[string]string{"app": "sleepy"}}}
	r := Remedy{Ref: cluster.Ref{Kind: cluster.KindPod, Namespace: "default", Name: "busybox"}, Set: map[string]string{"access": "true"}, Unset: []string{"app"}}
	edit, err := r.Edit(whole)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"access": "true"}, edit.Put.GetLabels()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"app": "sleepy"}, whole.Labels); diff != "" {
		t.Errorf("the object itself was changed: %s", diff)
	}
	t.Run("a label is given to what has none", func(t *testing.T) {
		edit, err := Remedy{Ref: cluster.Ref{Kind: cluster.KindNamespace, Name: "shop"}, Set: map[string]string{"a": "b"}}.Edit(&corev1.Namespace{})
		if err != nil || edit.Put.GetLabels()["a"] != "b" {
			t.Errorf("%+v, %v", edit, err)
		}
	})
	t.Run("another value stays unless it may be replaced", func(t *testing.T) {
		r := Remedy{Ref: r.Ref, Set: map[string]string{"app": "web"}}
		if _, err := r.Edit(whole); !errors.Is(err, ErrOtherLabel) {
			t.Errorf("got %v", err)
		}
		r.Overwrite = true
		if edit, err := r.Edit(whole); err != nil || edit.Put.GetLabels()["app"] != "web" {
			t.Errorf("%+v, %v", edit, err)
		}
	})
	t.Run("an object of another kind is refused", func(t *testing.T) {
		if _, err := r.Edit(&corev1.Namespace{}); err == nil {
			t.Error("no error")
		}
	})
}
