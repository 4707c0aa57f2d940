package simulate

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Redacted stands in the place of what is not shown.
const Redacted = "(not shown)"

// Redact hides the values of environment variables, which often are secrets, in an object that is the caller's own.
func Redact(o cluster.Object) {
	switch o := o.(type) {
	case *corev1.Pod:
		redactSpec(&o.Spec)
	case *appsv1.Deployment:
		redactSpec(&o.Spec.Template.Spec)
	case *appsv1.ReplicaSet:
		redactSpec(&o.Spec.Template.Spec)
	case *appsv1.StatefulSet:
		redactSpec(&o.Spec.Template.Spec)
	case *appsv1.DaemonSet:
		redactSpec(&o.Spec.Template.Spec)
	case *batchv1.Job:
		redactSpec(&o.Spec.Template.Spec)
	}
	if a := o.GetAnnotations(); a[corev1.LastAppliedConfigAnnotation] != "" {
		a[corev1.LastAppliedConfigAnnotation] = Redacted // it repeats the values
		o.SetAnnotations(a)
	}
}

func redactSpec(spec *corev1.PodSpec) {
	hide := func(env []corev1.EnvVar) {
		for i := range env {
			if env[i].Value != "" {
				env[i].Value = Redacted
			}
		}
	}
	for i := range spec.InitContainers {
		hide(spec.InitContainers[i].Env)
	}
	for i := range spec.Containers {
		hide(spec.Containers[i].Env)
	}
	for i := range spec.EphemeralContainers {
		hide(spec.EphemeralContainers[i].Env)
	}
}
