package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// revealing is metadata as appliers leave it; hidden is what may be shown of it.
func revealing() v1.ObjectMeta {
	return v1.ObjectMeta{
		Name: "x", ManagedFields: []v1.ManagedFieldsEntry{{Manager: "kubectl"}},
		Annotations: map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": "{}", "kubernetes.io/last-applied-replicas": "3",
			"objectset.rio.cattle.io/applied": "H4s", "example.org/last-set-by-me": "{}", "applied.example.org/since": "kept",
		},
	}
}

func hidden() v1.ObjectMeta {
	return v1.ObjectMeta{Name: "x", Annotations: map[string]string{"applied.example.org/since": "kept"}}
}

func podSpec(value string) corev1.PodSpec {
	env := []corev1.EnvVar{
		{Name: "PASSWORD", Value: value}, {Name: "EMPTY"},
		{Name: "FROM", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "k"}}},
	}
	clone := func() []corev1.EnvVar { return append([]corev1.EnvVar{}, env...) }
	return corev1.PodSpec{
		InitContainers:      []corev1.Container{{Name: "i", Env: clone()}},
		Containers:          []corev1.Container{{Name: "c", Env: clone(), Args: []string{"--kept"}}},
		EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "e", Env: clone()}}},
	}
}

func TestEveryKindWithContainersIsShownWithoutTheirValues(t *testing.T) {
	objects := func(about func() v1.ObjectMeta, value string) []runtime.Object {
		template := corev1.PodTemplateSpec{ObjectMeta: about(), Spec: podSpec(value)}
		template.ManagedFields = nil // a template has none
		return []runtime.Object{
			&corev1.Pod{ObjectMeta: about(), Spec: podSpec(value)},
			&appsv1.Deployment{ObjectMeta: about(), Spec: appsv1.DeploymentSpec{Template: *template.DeepCopy()}},
			&appsv1.ReplicaSet{ObjectMeta: about(), Spec: appsv1.ReplicaSetSpec{Template: *template.DeepCopy()}},
			&appsv1.StatefulSet{ObjectMeta: about(), Spec: appsv1.StatefulSetSpec{Template: *template.DeepCopy()}},
			&appsv1.DaemonSet{ObjectMeta: about(), Spec: appsv1.DaemonSetSpec{Template: *template.DeepCopy()}},
			&batchv1.Job{ObjectMeta: about(), Spec: batchv1.JobSpec{Template: *template.DeepCopy()}},
			&corev1.ConfigMap{ObjectMeta: about(), Data: map[string]string{"Corefile": "kept"}},
			&v1.PartialObjectMetadata{ObjectMeta: about()},
		}
	}
	got, want := objects(revealing, "hunter2"), objects(hidden, Redacted)
	for i := range got {
		Redact(got[i])
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("%T:\n%s", got[i], diff)
		}
	}
}

func TestAnnotationsThatHeldOnlyCopiesAreGone(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: v1.ObjectMeta{Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "{}"}}}
	Redact(pod)
	if pod.Annotations != nil {
		t.Errorf("%v", pod.Annotations)
	}
}
