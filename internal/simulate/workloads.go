package simulate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// workloads makes ReplicaSets for Deployments and pods for all who own pods.
func (s *settling) workloads() {
	s.owners = s.findOwners()
	for _, d := range list[*appsv1.Deployment](s, cluster.KindDeployment) {
		s.deployment(d)
	}
	for _, rs := range list[*appsv1.ReplicaSet](s, cluster.KindReplicaSet) {
		s.replicaSet(rs)
	}
	for _, st := range list[*appsv1.StatefulSet](s, cluster.KindStatefulSet) {
		s.statefulSet(st)
	}
	for _, ds := range list[*appsv1.DaemonSet](s, cluster.KindDaemonSet) {
		s.daemonSet(ds)
	}
	for _, j := range list[*batchv1.Job](s, cluster.KindJob) {
		s.job(j)
	}
}

func (s *settling) replicaSet(rs *appsv1.ReplicaSet) {
	ref := controllerRef(appsv1.SchemeGroupVersion, "ReplicaSet", rs)
	have := s.adopt(rs.Namespace, ref, rs.Spec.Selector)
	hints := hintsOf(rs)
	ready := readyOf(*rs.Spec.Replicas, rs.Status.Replicas, rs.Status.ReadyReplicas)
	for i := range int(*rs.Spec.Replicas) - have {
		at := slot{cluster.KindReplicaSet, rs.Namespace, rs.Name, fmt.Sprint(i)}
		h := hints.at(i)
		h.unready = h.unready || have+i >= ready
		s.birth(at, ref, &rs.Spec.Template, h, func(draw string) string {
			return generated(rs.Name+"-", draw)
		})
	}
}

func (s *settling) statefulSet(st *appsv1.StatefulSet) {
	ref := controllerRef(appsv1.SchemeGroupVersion, "StatefulSet", st)
	hints := hintsOf(st)
	start := 0
	if st.Spec.Ordinals != nil {
		start = int(st.Spec.Ordinals.Start)
	}
	ready := readyOf(*st.Spec.Replicas, st.Status.Replicas, st.Status.ReadyReplicas)
	for i := start; i < start+int(*st.Spec.Replicas); i++ {
		name := fmt.Sprintf("%s-%d", st.Name, i)
		at := slot{cluster.KindStatefulSet, st.Namespace, st.Name, fmt.Sprint(i)}
		h := hints.at(i - start)
		h.unready = h.unready || i-start >= ready
		p := s.birth(at, ref, &st.Spec.Template, h, func(string) string { return name })
		if p == nil {
			continue
		}
		p.Labels = withLabel(p.Labels, appsv1.StatefulSetPodNameLabel, name)
		p.Labels[appsv1.PodIndexLabel] = fmt.Sprint(i)
		p.Labels[appsv1.ControllerRevisionHashLabelKey] = st.Name + "-" + templateHash(&st.Spec.Template)
		p.Spec.Hostname, p.Spec.Subdomain = name, st.Spec.ServiceName
	}
}

// readyOf says how many of a workload's pods are ready: all, unless a status that came with it, and speaks of as many pods
// as it now wants, says otherwise.
func readyOf(want, have, ready int32) int {
	if have > 0 && have == want {
		return int(ready)
	}
	return int(want)
}

func (s *settling) daemonSet(ds *appsv1.DaemonSet) {
	ref := controllerRef(appsv1.SchemeGroupVersion, "DaemonSet", ds)
	s.adopt(ds.Namespace, ref, ds.Spec.Selector)
	has := map[string]bool{}
	for _, p := range s.podsOf(ds.Namespace, ref) {
		if p.DeletionTimestamp == nil {
			has[p.Spec.NodeName] = true
		}
	}
	hints := hintsOf(ds)
	for i, n := range list[*corev1.Node](s, cluster.KindNode) {
		if has[n.Name] || !fits(&ds.Spec.Template.Spec, n, true) {
			continue
		}
		h := hints.at(i)
		h.node = n.Name
		at := slot{cluster.KindDaemonSet, ds.Namespace, ds.Name, n.Name}
		p := s.birth(at, ref, &ds.Spec.Template, h, func(draw string) string { return generated(ds.Name+"-", draw) })
		if p != nil {
			p.Labels = withLabel(p.Labels, appsv1.ControllerRevisionHashLabelKey, templateHash(&ds.Spec.Template))
		}
	}
}

// job makes a Job's pods as they are when it is done: nothing else of a Job lasts.
func (s *settling) job(j *batchv1.Job) {
	ref := controllerRef(batchv1.SchemeGroupVersion, "Job", j)
	if len(s.podsOf(j.Namespace, ref)) > 0 || (j.Spec.Suspend != nil && *j.Spec.Suspend) {
		return
	}
	t := j.Spec.Template.DeepCopy()
	t.Labels = withLabel(t.Labels, batchv1.JobNameLabel, j.Name)
	t.Labels["job-name"] = j.Name
	hints := hintsOf(j)
	for i := range int(*j.Spec.Completions) {
		at := slot{cluster.KindJob, j.Namespace, j.Name, fmt.Sprint(i)}
		p := s.birth(at, ref, t, hints.at(i), func(draw string) string { return generated(j.Name+"-", draw) })
		if p != nil {
			p.Status.Phase = corev1.PodSucceeded
			s.await(p) // it may run just now
		}
	}
	if j.Status.Succeeded == 0 {
		j.Status.Succeeded = *j.Spec.Completions
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue})
	}
}

// adopt makes pods without a controller that match a selector those of the owner, as its controller would, and counts
// the owner's pods that live.
func (s *settling) adopt(namespace string, ref metav1.OwnerReference, selector *metav1.LabelSelector) (living int) {
	sel, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil || selector == nil || sel.Empty() {
		sel = labels.Nothing()
	}
	for _, p := range s.podsOf(namespace, ref) {
		if p.DeletionTimestamp == nil && !done(p) {
			living++
		}
	}
	for _, p := range s.owners.orphans[namespace] {
		if p.DeletionTimestamp == nil && !done(p) && metav1.GetControllerOf(p) == nil && sel.Matches(labels.Set(p.Labels)) {
			p.OwnerReferences = append(p.OwnerReferences, ref)
			owner := cluster.Ref{Kind: cluster.Kind(ref.Kind), Namespace: namespace, Name: ref.Name}
			s.owners.pods[owner] = append(s.owners.pods[owner], p)
			living++
		}
	}
	return living
}

// owners says who owns what of the given objects, so that not every owner looks at every pod.
type owners struct {
	pods    map[cluster.Ref][]*corev1.Pod // by owner
	orphans map[string][]*corev1.Pod      // by namespace
	strays  map[string][]*corev1.Pod      // by namespace, those of a ReplicaSet that is not there
	sets    map[cluster.Key]bool          // Deployments that came with a ReplicaSet
}

func (s *settling) findOwners() owners {
	o := owners{pods: map[cluster.Ref][]*corev1.Pod{}, orphans: map[string][]*corev1.Pod{}, strays: map[string][]*corev1.Pod{}, sets: map[cluster.Key]bool{}}
	for _, p := range list[*corev1.Pod](s, cluster.KindPod) {
		if c := metav1.GetControllerOf(p); c != nil {
			owner := cluster.Ref{Kind: cluster.Kind(c.Kind), Namespace: p.Namespace, Name: c.Name}
			o.pods[owner] = append(o.pods[owner], p)
			if owner.Kind == cluster.KindReplicaSet && s.objects[owner] == nil {
				o.strays[p.Namespace] = append(o.strays[p.Namespace], p)
			}
		} else {
			o.orphans[p.Namespace] = append(o.orphans[p.Namespace], p)
		}
	}
	for _, rs := range list[*appsv1.ReplicaSet](s, cluster.KindReplicaSet) {
		if c := metav1.GetControllerOf(rs); c != nil && c.Kind == string(cluster.KindDeployment) {
			o.sets[cluster.Key{Namespace: rs.Namespace, Name: c.Name}] = true
		}
	}
	return o
}

func (s *settling) podsOf(namespace string, ref metav1.OwnerReference) []*corev1.Pod {
	return s.owners.pods[cluster.Ref{Kind: cluster.Kind(ref.Kind), Namespace: namespace, Name: ref.Name}]
}

// birth makes the pod of a slot; nil where a pod of that name was given.
func (s *settling) birth(at slot, owner metav1.OwnerReference, t *corev1.PodTemplateSpec, h hint, name func(draw string) string) *corev1.Pod {
	turn := s.m.generation[at]
	draw := h.suffix
	if draw == "" || turn > 0 {
		draw = suffix(at.kind, at.namespace, at.name, at.index, turn)
	}
	p := &corev1.Pod{}
	p.Namespace, p.Name = at.namespace, name(draw)
	if s.objects[cluster.Ref{Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name}] != nil {
		return nil
	}
	p.Labels = maps.Clone(t.Labels)
	p.Annotations = maps.Clone(t.Annotations)
	p.OwnerReferences = []metav1.OwnerReference{owner}
	p.Spec = *t.Spec.DeepCopy()
	if turn == 0 {
		if h.node != "" {
			p.Spec.NodeName = h.node
		}
		if h.ip != "" {
			p.Status.PodIP = h.ip
		}
	} else if at.kind == cluster.KindDaemonSet {
		p.Spec.NodeName = h.node
	}
	if h.unready && turn == 0 {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ContainersNotReady"}}
	}
	s.slots[cluster.Key{Namespace: p.Namespace, Name: p.Name}] = at
	s.make(p)
	return p
}

// hint says where a workload's first pods are, see AnnotationPods.
type hint struct {
	suffix, node, ip string
	unready          bool
}

type hints []hint

func (h hints) at(i int) hint {
	if i < 0 || i >= len(h) {
		return hint{}
	}
	return h[i]
}

func hintsOf(o metav1.Object) hints {
	var out hints
	split := func(r rune) bool { return r == ',' || r == '\n' }
	for _, line := range strings.FieldsFunc(o.GetAnnotations()[AnnotationPods], split) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var h hint
		for i, into := range []*string{&h.suffix, &h.node, &h.ip} {
			if i < len(words) && words[i] != "-" {
				*into = words[i]
			}
		}
		h.unready = slices.Contains(words, "unready")
		out = append(out, h)
	}
	return out
}

func controllerRef(gv schema.GroupVersion, kind string, o metav1.Object) metav1.OwnerReference {
	yes := true
	return metav1.OwnerReference{
		APIVersion: gv.String(), Kind: kind, Name: o.GetName(), UID: o.GetUID(), Controller: &yes, BlockOwnerDeletion: &yes,
	}
}

func withLabel(m map[string]string, key, value string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m)
	out[key] = value
	return out
}

func done(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}
