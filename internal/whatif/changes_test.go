package whatif

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

func TestChangesAreTold(t *testing.T) {
	service := func(port, target int32, selector map[string]string) *corev1.Service {
		return &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", ResourceVersion: "7"},
			Spec:       corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{{Port: port, TargetPort: intstr.FromInt32(target)}}},
		}
	}
	ref := cluster.Ref{Kind: cluster.KindService, Namespace: "shop", Name: "web"}
	other := service(80, 8080, map[string]string{"app": "web"})
	other.ResourceVersion = "8"
	for _, c := range []struct {
		name   string
		before cluster.Object
		edit   Edit
		want   Change
	}{
		{"an object that was not there is added", nil, Edit{Put: service(80, 80, nil)}, Change{Ref: ref, What: Added, Fields: []Field{}}},
		{"one that is taken away is removed", nil, Edit{Remove: &ref}, Change{Ref: ref, What: Removed, Fields: []Field{}}},
		{"fields that differ are named, also within lists", service(80, 80, map[string]string{"app": "web"}), Edit{Put: service(80, 8080, map[string]string{"app": "shop"})},
			Change{Ref: ref, What: Changed, Fields: []Field{{"spec.ports[0].targetPort", "80", "8080"}, {"spec.selector.app", "web", "shop"}}}},
		{"a field that is new was nothing", service(80, 80, nil), Edit{Put: service(80, 80, map[string]string{"app": "web"})},
			Change{Ref: ref, What: Changed, Fields: []Field{{"spec.selector.app", "", "web"}}}},
		{"what the API server counts up is no change", service(80, 8080, map[string]string{"app": "web"}), Edit{Put: other}, Change{Ref: ref, What: Changed, Fields: []Field{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Between(c.before, c.edit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
