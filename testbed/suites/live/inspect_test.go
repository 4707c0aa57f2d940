package live

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/testbed/harness"
)

const hidden = "hunter2"

func TestTheInspectorGetsWholeObjectsWithoutWhatIsSecret(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	deployment := c.Deploy(t, ns, "web", 1, func(d *appsv1.Deployment) {
		// As kubectl apply does.
		d.Annotations = map[string]string{corev1.LastAppliedConfigAnnotation: `{"env":"` + hidden + `"}`, "example.com/note": "kept"}
		container := &d.Spec.Template.Spec.Containers[0]
		container.Env = []corev1.EnvVar{
			{Name: "PASSWORD", Value: hidden},
			{Name: "TOKEN", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "vault"}, Key: "token"}}},
		}
		init := *container.DeepCopy()
		init.Name, init.ReadinessProbe, init.Ports = "init", nil, nil
		d.Spec.Template.Spec.InitContainers = []corev1.Container{init}
	})
	if len(deployment.ManagedFields) == 0 {
		t.Fatal("the server keeps no managed fields, so that nothing is shown by their absence")
	}
	pod := c.Pods(t, ns, map[string]string{"app": "web"})[0]
	source := open(t, "--kubeconfig", c.ServiceAccountKubeconfig(t))
	for _, row := range []struct {
		ref  cluster.Ref
		want []string
	}{
		{cluster.Ref{Kind: cluster.KindDeployment, Namespace: ns, Name: "web"}, []string{"apiVersion: apps/v1\n", "kind: Deployment\n", "example.com/note: kept\n"}},
		{cluster.Ref{Kind: cluster.KindReplicaSet, Namespace: ns, Name: pod.OwnerReferences[0].Name}, []string{"kind: ReplicaSet\n"}},
		{cluster.Ref{Kind: cluster.KindPod, Namespace: ns, Name: pod.Name}, []string{"apiVersion: v1\n", "kind: Pod\n", "podIP: " + pod.Status.PodIP + "\n"}},
	} {
		t.Run(string(row.ref.Kind), func(t *testing.T) {
			object, err := source.Get(harness.Context(t, "get it"), row.ref)
			if err != nil {
				t.Fatal(err)
			}
			out, err := yaml.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			text := string(out)
			for _, no := range []string{hidden, "managedFields", "last-applied"} {
				if strings.Contains(text, no) {
					t.Errorf("%q is shown:\n%s", no, text)
				}
			}
			for _, want := range append(row.want, "name: PASSWORD\n", "value: '"+cluster.Redacted+"'\n", "name: vault\n", "image: registry.example.com/web:v1\n") {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in:\n%s", want, text)
				}
			}
			if n := strings.Count(text, cluster.Redacted); n != 2 {
				t.Errorf("%d values are redacted, want 2", n)
			}
		})
	}
}

func TestSecretsAndWhatIsNotInTheTableAreRefused(t *testing.T) {
	c := harness.Start(t)
	ns := c.Namespace(t)
	ctx := harness.Context(t, "make a secret")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "vault"}, StringData: map[string]string{"token": hidden}}
	if _, err := c.Client.CoreV1().Secrets(ns).Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	settings := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings"}, Data: map[string]string{"token": hidden}}
	if _, err := c.Client.CoreV1().ConfigMaps(ns).Create(ctx, settings, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	// Even the administrator gets no Secret through the source.
	for name, kubeconfig := range map[string]string{"the ServiceAccount": c.ServiceAccountKubeconfig(t), "the administrator": c.Kubeconfig} {
		source := open(t, "--kubeconfig", kubeconfig)
		for _, ref := range []cluster.Ref{{Kind: "Secret", Namespace: ns, Name: "vault"}, {Kind: cluster.KindConfigMap, Namespace: ns, Name: "settings"}} {
			if object, err := source.Get(ctx, ref); err == nil || strings.Contains(err.Error(), hidden) {
				t.Errorf("%s gets %v, %v", name, object, err)
			}
		}
		if _, err := source.Get(ctx, cluster.Ref{Kind: cluster.KindPod, Namespace: ns, Name: "none"}); !apierrors.IsNotFound(err) {
			t.Errorf("%s is told about a pod that does not exist: %v", name, err)
		}
	}
	// And the generated role would not let it.
	config, err := clientcmd.BuildConfigFromFlags("", c.ServiceAccountKubeconfig(t))
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Secrets(ns).Get(ctx, "vault", metav1.GetOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("the ServiceAccount asks for a Secret and gets %v", err)
	}
	if _, err := client.CoreV1().ConfigMaps(ns).Get(ctx, "settings", metav1.GetOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("the ServiceAccount asks for any ConfigMap and gets %v", err)
	}
	if err := client.CoreV1().Pods(ns).Delete(ctx, "none", metav1.DeleteOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("the ServiceAccount deletes and gets %v", err)
	}
}
