package kube

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// secretive is an object's metadata that repeats a secret wherever appliers do.
func secretive(name string) v1.ObjectMeta {
	return v1.ObjectMeta{
		Namespace: "a", Name: name, ManagedFields: []v1.ManagedFieldsEntry{{Manager: "hunter2"}},
		Annotations: map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": "hunter2", "objectset.rio.cattle.io/applied": "hunter2",
			"banzaicloud.com/last-applied": "hunter2", "kept": "yes",
		},
	}
}

func template() corev1.PodTemplateSpec {
	env := func() []corev1.EnvVar {
		from := &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "key-of-a-secret"}}
		return []corev1.EnvVar{{Name: "PASSWORD", Value: "hunter2"}, {Name: "EMPTY"}, {Name: "FROM", ValueFrom: from}}
	}
	return corev1.PodTemplateSpec{ObjectMeta: v1.ObjectMeta{Annotations: secretive("").Annotations}, Spec: corev1.PodSpec{
		InitContainers:      []corev1.Container{{Name: "i", Env: env()}},
		Containers:          []corev1.Container{{Name: "c", Env: env(), Args: []string{"--verbose"}}},
		EphemeralContainers: []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "e", Env: env()}}},
	}}
}

func TestAWholeObjectComesWithoutItsEnvironmentValues(t *testing.T) {
	api := newFakeAPI(t)
	api.put(
		&corev1.Pod{ObjectMeta: secretive("x"), Spec: template().Spec},
		&appsv1.Deployment{ObjectMeta: secretive("x"), Spec: appsv1.DeploymentSpec{Template: template()}},
		&appsv1.ReplicaSet{ObjectMeta: secretive("x"), Spec: appsv1.ReplicaSetSpec{Template: template()}},
		&appsv1.StatefulSet{ObjectMeta: secretive("x"), Spec: appsv1.StatefulSetSpec{Template: template()}},
		&appsv1.DaemonSet{ObjectMeta: secretive("x"), Spec: appsv1.DaemonSetSpec{Template: template()}},
		&batchv1.Job{ObjectMeta: secretive("x"), Spec: batchv1.JobSpec{Template: template()}},
	)
	s := api.open(nil, "")
	for kind, version := range map[cluster.Kind]string{
		cluster.KindPod: "v1", cluster.KindDeployment: "apps/v1", cluster.KindReplicaSet: "apps/v1", cluster.KindStatefulSet: "apps/v1",
		cluster.KindDaemonSet: "apps/v1", cluster.KindJob: "batch/v1",
	} {
		t.Run(string(kind), func(t *testing.T) {
			o, err := s.Get(t.Context(), cluster.Ref{Kind: kind, Namespace: "a", Name: "x"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := yaml.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			text := string(out)
			if strings.Contains(text, "hunter2") {
				t.Errorf("a secret is shown:\n%s", text)
			}
			for _, want := range []string{"apiVersion: " + version + "\n", "kind: " + string(kind) + "\n", "kept: \"yes\"",
				"value: '" + cluster.Redacted + "'", "key-of-a-secret", "--verbose", "name: EMPTY\n"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
			if n := strings.Count(text, cluster.Redacted); n != 3 {
				t.Errorf("%d values are redacted of 3", n)
			}
		})
	}
}

func TestOnlyWhatTheTableHoldsCanBeFetched(t *testing.T) {
	api := newFakeAPI(t)
	api.put(crd("gateways.gateway.networking.k8s.io"), &corev1.ConfigMap{ObjectMeta: about("kube-system", "coredns", "1")},
		&corev1.ConfigMap{ObjectMeta: about("kube-system", "passwords", "1")})
	s := api.open(nil, "")
	for _, ref := range []cluster.Ref{
		{Kind: "Secret", Namespace: "a", Name: "x"},
		{Kind: cluster.KindHost, Name: "laptop"},
		{Kind: cluster.KindConfigMap, Namespace: "kube-system", Name: "passwords"},
		{Kind: cluster.KindConfigMap, Namespace: "a", Name: "coredns"},
		{Kind: cluster.KindPod, Name: "x"},
		{Kind: cluster.KindPod, Namespace: "a"},
	} {
		if o, err := s.Get(t.Context(), ref); err == nil {
			t.Errorf("%+v gave %v", ref, o)
		}
	}
	if len(api.asked("get ")) != 0 {
		t.Errorf("the server was asked: %v", api.asked("get "))
	}
	for _, ref := range []cluster.Ref{
		{Kind: cluster.KindConfigMap, Namespace: "kube-system", Name: "coredns"},
		{Kind: cluster.KindCRD, Name: "gateways.gateway.networking.k8s.io"},
	} {
		o, err := s.Get(t.Context(), ref)
		if err != nil || o.GetObjectKind().GroupVersionKind().Kind != string(ref.Kind) {
			t.Errorf("%+v gave %v, %v", ref, o, err)
		}
	}
	if _, err := s.Get(t.Context(), cluster.Ref{Kind: cluster.KindNode, Name: "gone"}); !apierrors.IsNotFound(err) {
		t.Errorf("a node that is not there gives %v", err)
	}
}
