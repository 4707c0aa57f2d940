package simulate

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// deployment makes the ReplicaSet of a Deployment that came without.
func (s *settling) deployment(d *appsv1.Deployment) {
	if s.owners.sets[cluster.Key{Namespace: d.Namespace, Name: d.Name}] {
		return // it comes with its ReplicaSets
	}
	given := s.givenPods(d)
	hash := d.Annotations[AnnotationHash]
	for _, p := range given {
		if hash == "" {
			hash = p.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
		}
	}
	if hash == "" {
		hash = templateHash(&d.Spec.Template)
	}
	rs := &appsv1.ReplicaSet{}
	rs.Namespace, rs.Name = d.Namespace, d.Name+"-"+hash
	rs.Labels = withLabel(d.Spec.Template.Labels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	rs.OwnerReferences = []metav1.OwnerReference{controllerRef(appsv1.SchemeGroupVersion, "Deployment", d)}
	rs.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
	if hints := d.Annotations[AnnotationPods]; hints != "" {
		rs.Annotations[AnnotationPods] = hints
	}
	rs.Spec.Replicas = d.Spec.Replicas
	rs.Status.Replicas, rs.Status.ReadyReplicas = d.Status.Replicas, d.Status.ReadyReplicas
	rs.Spec.Selector = d.Spec.Selector.DeepCopy()
	if rs.Spec.Selector.MatchLabels == nil {
		rs.Spec.Selector.MatchLabels = map[string]string{}
	}
	rs.Spec.Selector.MatchLabels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	rs.Spec.Template = *d.Spec.Template.DeepCopy()
	if d.Spec.Paused && len(given) == 0 && d.Status.Replicas == 0 && s.Mark {
		// A Deployment that was paused from the beginning has no ReplicaSet (pkg/controller/deployment, sync); one that was
		// paused later has.
		rs.Spec.Template.Annotations = withLabel(rs.Spec.Template.Annotations, cluster.AnnotationAwaited, "true")
	}
	rs.Spec.Template.Labels = withLabel(rs.Spec.Template.Labels, appsv1.DefaultDeploymentUniqueLabelKey, hash)
	s.make(rs)
	s.owners.give(rs, given)
}

// givenPods are the pods that came with a Deployment whose ReplicaSets did not: those of a ReplicaSet that is not there,
// and those without a controller that show themselves to be its own, by the label that only such pods have or by a status
// (somebody wrote down what runs). A pod of the same labels with neither is another pod beside it.
func (s *settling) givenPods(d *appsv1.Deployment) []*corev1.Pod {
	sel, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil || d.Spec.Selector == nil || sel.Empty() {
		return nil
	}
	var out []*corev1.Pod
	for _, p := range s.owners.orphans[d.Namespace] {
		own := p.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != "" || p.Status.Phase != "" || p.Status.PodIP != ""
		if own && metav1.GetControllerOf(p) == nil && sel.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	for _, p := range s.owners.strays[d.Namespace] {
		if strings.HasPrefix(metav1.GetControllerOf(p).Name, d.Name+"-") && sel.Matches(labels.Set(p.Labels)) {
			out = append(out, p)
		}
	}
	return out
}

// give makes pods those of a ReplicaSet; those of another one that is not there keep their owner, and count.
func (o *owners) give(rs *appsv1.ReplicaSet, pods []*corev1.Pod) {
	ref := cluster.Ref{Kind: cluster.KindReplicaSet, Namespace: rs.Namespace, Name: rs.Name}
	for _, p := range pods {
		switch c := metav1.GetControllerOf(p); {
		case c == nil:
			p.OwnerReferences = append(p.OwnerReferences, controllerRef(appsv1.SchemeGroupVersion, "ReplicaSet", rs))
		case c.Name == rs.Name: // it is counted already
			continue
		}
		o.pods[ref] = append(o.pods[ref], p)
	}
}
