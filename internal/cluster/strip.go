package cluster

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Strip takes away from an object what nobody reads: who manages which field, copies of what was applied, what
// changes with every heartbeat, and the large parts of specs. It changes the object it is given.
func Strip(o Object) {
	o.SetManagedFields(nil)
	o.SetSelfLink("")
	if a := o.GetAnnotations(); a != nil {
		o.SetAnnotations(withoutCopies(a))
	}
	switch o := o.(type) {
	case *corev1.Node:
		o.Status.Images, o.Status.VolumesAttached, o.Status.VolumesInUse = nil, nil, nil
		for i := range o.Status.Conditions {
			o.Status.Conditions[i].LastHeartbeatTime = v1.Time{}
		}
	case *corev1.Namespace:
		o.Spec.Finalizers, o.Status.Conditions = nil, nil
	case *corev1.Service:
		o.Status.Conditions = nil
	case *networkingv1.Ingress, *networkingv1.IngressClass, *networkingv1.NetworkPolicy, *networkingv1.ServiceCIDR:
	case *appsv1.Deployment:
		o.Spec.Template = stripTemplate(o.Spec.Template)
		o.Status.Conditions = nil
	case *appsv1.ReplicaSet:
		o.Spec.Template = stripTemplate(o.Spec.Template)
		o.Status.Conditions = nil
	case *appsv1.StatefulSet:
		o.Spec.Template = stripTemplate(o.Spec.Template)
		o.Spec.VolumeClaimTemplates, o.Status.Conditions = nil, nil
	case *appsv1.DaemonSet:
		o.Spec.Template = stripTemplate(o.Spec.Template)
		o.Status.Conditions = nil
	case *batchv1.Job:
		o.Spec.Template = corev1.PodTemplateSpec{}
		o.Status.Conditions = nil
	}
}

// stripTemplate keeps what detection reads of a workload (labels, images, arguments, ports, on which nodes): which network plug-in,
// which ingress controller, with which flags. Environment values are never kept.
func stripTemplate(t corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	out := corev1.PodTemplateSpec{}
	out.Labels = t.Labels
	out.Spec.HostNetwork, out.Spec.NodeSelector = t.Spec.HostNetwork, t.Spec.NodeSelector
	for _, c := range t.Spec.Containers {
		out.Spec.Containers = append(out.Spec.Containers, corev1.Container{
			Name: c.Name, Image: c.Image, Command: c.Command, Args: c.Args, Ports: c.Ports,
		})
	}
	return out
}
