package simulate

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// annotate says of an object what only the simulation knows; in a world what the simulation does is what the world is.
func (s *settling) annotate(o cluster.Object, key, value string) {
	if !s.Mark {
		return
	}
	a := o.GetAnnotations()
	if a == nil {
		a = map[string]string{}
	}
	if key == cluster.AnnotationAddressed && a[key] != "" {
		value = a[key] + "," + value
	}
	a[key] = value
	o.SetAnnotations(a)
}

// addressed marks addresses that the simulation gave.
func (s *settling) addressed(o cluster.Object, addrs ...netip.Addr) {
	for _, a := range addrs {
		s.annotate(o, cluster.AnnotationAddressed, a.String())
	}
}

// await marks a pod of which the objects leave open whether it runs and is ready.
func (s *settling) await(p *corev1.Pod) { s.annotate(p, cluster.AnnotationAwaited, "true") }

// madeUp reports whether nobody gave any of the nodes.
func (s *settling) madeUp(nodes []*corev1.Node) bool {
	return !slices.ContainsFunc(nodes, func(n *corev1.Node) bool { return s.given[cluster.Ref{Kind: cluster.KindNode, Name: n.Name}] })
}

// mayWait reports whether something that the simulation does not look at can keep a pod from running: where other pods
// are, volumes and configuration that are not among the objects, a runtime class (pkg/scheduler/framework/plugins
// interpodaffinity, podtopologyspread and volumebinding; pkg/kubelet/kubelet_pods.go makeEnvironmentVariables).
func (s *settling) mayWait(p *corev1.Pod) bool {
	spec := &p.Spec
	if a := spec.Affinity; a != nil {
		if a.PodAffinity != nil && len(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 ||
			a.PodAntiAffinity != nil && len(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 {
			return true
		}
	}
	missing := func(name string, optional *bool) bool {
		return (optional == nil || !*optional) && s.objects[cluster.Ref{Kind: cluster.KindConfigMap, Namespace: p.Namespace, Name: name}] == nil
	}
	for _, v := range spec.Volumes {
		if v.PersistentVolumeClaim != nil || v.ConfigMap != nil && missing(v.ConfigMap.Name, v.ConfigMap.Optional) {
			return true
		}
	}
	for _, c := range spec.Containers {
		for _, from := range c.EnvFrom {
			if from.ConfigMapRef != nil && missing(from.ConfigMapRef.Name, from.ConfigMapRef.Optional) {
				return true
			}
		}
		for _, e := range c.Env {
			if e.ValueFrom != nil && e.ValueFrom.ConfigMapKeyRef != nil && missing(e.ValueFrom.ConfigMapKeyRef.Name, e.ValueFrom.ConfigMapKeyRef.Optional) {
				return true
			}
		}
	}
	return spec.RuntimeClassName != nil || slices.ContainsFunc(spec.TopologySpreadConstraints, func(c corev1.TopologySpreadConstraint) bool {
		return c.WhenUnsatisfiable == corev1.DoNotSchedule
	})
}
