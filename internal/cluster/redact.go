package cluster

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
)

// Redacted stands where an environment value was.
const Redacted = "***"

// Redact takes from an object what is shown to nobody: environment values (where they come from, valueFrom, stays), copies
// of the whole object in annotations, which would hold them again, and managed fields. It changes the object; whatever a
// Source gives to the inspector has gone through it.
func Redact(o runtime.Object) {
	if about, err := meta.Accessor(o); err == nil {
		about.SetManagedFields(nil)
		about.SetAnnotations(withoutCopies(about.GetAnnotations()))
	}
	switch o := o.(type) {
	case *corev1.Pod:
		redactSpec(&o.Spec)
	case *appsv1.Deployment:
		redactTemplate(&o.Spec.Template)
	case *appsv1.ReplicaSet:
		redactTemplate(&o.Spec.Template)
	case *appsv1.StatefulSet:
		redactTemplate(&o.Spec.Template)
	case *appsv1.DaemonSet:
		redactTemplate(&o.Spec.Template)
	case *batchv1.Job:
		redactTemplate(&o.Spec.Template)
	}
}

func redactTemplate(t *corev1.PodTemplateSpec) {
	t.Annotations = withoutCopies(t.Annotations)
	redactSpec(&t.Spec)
}

func redactSpec(spec *corev1.PodSpec) {
	for i := range spec.InitContainers {
		redactEnv(spec.InitContainers[i].Env)
	}
	for i := range spec.Containers {
		redactEnv(spec.Containers[i].Env)
	}
	for i := range spec.EphemeralContainers {
		redactEnv(spec.EphemeralContainers[i].Env)
	}
}

func redactEnv(env []corev1.EnvVar) {
	for i := range env {
		if env[i].Value != "" {
			env[i].Value = Redacted
		}
	}
}

// withoutCopies drops the annotations in which kubectl, and the appliers of operators and of Rancher, keep the object as
// it was applied, plain or compressed.
func withoutCopies(annotations map[string]string) map[string]string {
	for key := range annotations {
		_, name, _ := strings.Cut(key, "/")
		if strings.HasPrefix(name, "last-applied") || strings.HasPrefix(name, "last-set") || name == "applied" {
			delete(annotations, key)
		}
	}
	if len(annotations) == 0 {
		return nil
	}
	return annotations
}
