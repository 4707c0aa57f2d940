package whatif

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func pod(name, app, ip string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{NodeName: "n", Containers: []corev1.Container{{
			Name: "c", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}},
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
}

func view(t *testing.T) *cluster.View {
	t.Helper()
	store := cluster.NewStore(cluster.SourceInfo{Kind: cluster.SourceWorld}, nil)
	v := store.Update(func(w *cluster.Writer) {
		w.Put(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: corev1.ServiceSpec{
			ClusterIP: "10.96.0.1", Selector: map[string]string{"app": "web"},
			Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("http")}},
		}})
		w.Put(pod("web-1", "web", "10.244.0.1"))
		w.Put(pod("web-2", "web", "10.244.0.2"))
		w.PutSlice(&cluster.Slice{Namespace: "shop", Name: "web-x", Service: "web", ManagedBy: controller, Endpoints: []cluster.Endpoint{{Pod: "web-1"}, {Pod: "web-2"}}})
		w.PutSlice(&cluster.Slice{Namespace: "shop", Name: "web-mine", Service: "web", ManagedBy: "me", Endpoints: []cluster.Endpoint{{FQDN: "a.test"}}})
	})
	return v
}

// behind lists what is behind the service web.
func behind(v *cluster.View) []string {
	out := []string{}
	for _, s := range v.Slices("shop", "web") {
		for _, e := range s.Endpoints {
			name := e.Pod + e.FQDN
			if e.Ready {
				name += " ready"
			}
			out = append(out, name)
		}
	}
	return out
}

func TestApply(t *testing.T) {
	relabelled := pod("web-2", "other", "10.244.0.2")
	ending := pod("web-2", "web", "10.244.0.2")
	now := metav1.Now()
	ending.DeletionTimestamp = &now
	for _, c := range []struct {
		name  string
		edits []Edit
		want  []string
	}{
		{"a pod that is gone is behind no service", []Edit{{Remove: &cluster.Ref{Kind: cluster.KindPod, Namespace: "shop", Name: "web-2"}}}, []string{"a.test", "web-1 ready"}},
		{"a pod with another label is behind no service of its old one", []Edit{{Put: relabelled}}, []string{"a.test", "web-1 ready"}},
		{"a pod that ends is not ready", []Edit{{Put: ending}}, []string{"a.test", "web-1 ready", "web-2"}},
		{"a new pod comes in", []Edit{{Put: pod("web-3", "web", "10.244.0.3")}}, []string{"a.test", "web-1 ready", "web-2 ready", "web-3 ready"}},
		{"a pod without an address does not", []Edit{{Put: pod("web-3", "web", "")}}, []string{"a.test", "web-1 ready", "web-2 ready"}},
		{"a service that is gone leaves no slices", []Edit{{Remove: &cluster.Ref{Kind: cluster.KindService, Namespace: "shop", Name: "web"}}}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := view(t)
			before := behind(v)
			got, err := Apply(v, c.edits)
			if err != nil {
				t.Fatal(err)
			}
			list := behind(got)
			if len(list) != len(c.want) {
				t.Fatalf("got %v, want %v", list, c.want)
			}
			for i := range list {
				if list[i] != c.want[i] {
					t.Errorf("got %v, want %v", list, c.want)
				}
			}
			if after := behind(v); len(after) != len(before) {
				t.Errorf("the view itself changed from %v to %v", before, after)
			}
		})
	}
	t.Run("ports are resolved in the pod", func(t *testing.T) {
		got, err := Apply(view(t), []Edit{{Put: pod("web-3", "web", "10.244.0.3")}})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got.Slices("shop", "web") {
			if s.ManagedBy == controller && (len(s.Ports) != 1 || s.Ports[0].Port != 8080) {
				t.Errorf("ports %+v", s.Ports)
			}
		}
	})
	t.Run("a workload is refused rather than half done", func(t *testing.T) {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
		if _, err := Apply(view(t), []Edit{{Put: d}}); !errors.Is(err, ErrWorkload) {
			t.Errorf("got %v", err)
		}
		if _, err := Apply(view(t), []Edit{{Remove: &cluster.Ref{Kind: cluster.KindDaemonSet, Name: "x"}}}); !errors.Is(err, ErrWorkload) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhatIsNotThereCannotBeRemoved(t *testing.T) {
	view := cluster.NewStore(cluster.SourceInfo{}, nil).Update(func(w *cluster.Writer) {
		for _, res := range cluster.Resources {
			w.SetStatus(cluster.KindStatus{Kind: res.Kind, Resource: res.Plural, State: cluster.StateSynced})
		}
	})
	for _, kind := range []cluster.Kind{cluster.KindPod, cluster.KindService, cluster.KindNetworkPolicy, cluster.KindEndpointSlice} {
		gone := cluster.Ref{Kind: kind, Namespace: "default", Name: "nobody"}
		if _, err := Apply(view, []Edit{{Remove: &gone}}); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
