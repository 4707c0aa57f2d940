package simulate

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// statuses counts pods for their owners, where the objects do not say.
func (s *settling) statuses() {
	type count struct{ all, ready int32 }
	of := map[cluster.Ref]*count{}
	add := func(owner cluster.Ref, p *corev1.Pod) {
		c := of[owner]
		if c == nil {
			c = &count{}
			of[owner] = c
		}
		c.all++
		if ready(p) {
			c.ready++
		}
	}
	for _, p := range list[*corev1.Pod](s, cluster.KindPod) {
		owner := metav1.GetControllerOf(p)
		if owner == nil || p.DeletionTimestamp != nil || done(p) {
			continue
		}
		ref := cluster.Ref{Kind: cluster.Kind(owner.Kind), Namespace: p.Namespace, Name: owner.Name}
		add(ref, p)
		if rs, ok := s.objects[ref].(*appsv1.ReplicaSet); ok {
			if d := metav1.GetControllerOf(rs); d != nil {
				add(cluster.Ref{Kind: cluster.Kind(d.Kind), Namespace: p.Namespace, Name: d.Name}, p)
			}
		}
	}
	for ref, c := range of {
		switch o := s.objects[ref].(type) {
		case *appsv1.Deployment:
			if st := &o.Status; st.ObservedGeneration == 0 {
				st.Replicas, st.UpdatedReplicas, st.ReadyReplicas, st.AvailableReplicas = c.all, c.all, c.ready, c.ready
			}
		case *appsv1.ReplicaSet:
			if st := &o.Status; st.ObservedGeneration == 0 {
				st.Replicas, st.FullyLabeledReplicas, st.ReadyReplicas, st.AvailableReplicas = c.all, c.all, c.ready, c.ready
			}
		case *appsv1.StatefulSet:
			if st := &o.Status; st.ObservedGeneration == 0 {
				st.Replicas, st.CurrentReplicas, st.ReadyReplicas, st.AvailableReplicas = c.all, c.all, c.ready, c.ready
			}
		case *appsv1.DaemonSet:
			if st := &o.Status; st.ObservedGeneration == 0 {
				st.DesiredNumberScheduled, st.CurrentNumberScheduled, st.UpdatedNumberScheduled = c.all, c.all, c.all
				st.NumberReady, st.NumberAvailable = c.ready, c.ready
			}
		}
	}
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
