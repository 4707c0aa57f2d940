package fill

import (
	"net/netip"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// pod makes the i-th pod of a workload as its ReplicaSet and the scheduler would.
func (p *plan) pod(w *workload, i int, owner *appsv1.ReplicaSet) *corev1.Pod {
	node, _ := p.place(w.firstPod + i)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       w.namespace,
			GenerateName:    owner.Name + "-",
			Name:            owner.Name + "-" + suffix(i),
			Labels:          owner.Spec.Template.Labels,
			Annotations:     owner.Spec.Template.Annotations,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
		},
		// The ReplicaSet came back from the API server, so its template has all defaults.
		Spec: *owner.Spec.Template.Spec.DeepCopy(),
	}
	pod.Spec.NodeName = nodes.Name(node)
	return pod
}

// running is the status that a kubelet writes once all probes have succeeded.
func running(pod *corev1.Pod, host, address netip.Addr, now time.Time) corev1.PodStatus {
	started := metav1.NewTime(now)
	status := corev1.PodStatus{
		ObservedGeneration: pod.Generation,
		Phase:              corev1.PodRunning,
		HostIP:             host.String(),
		HostIPs:            []corev1.HostIP{{IP: host.String()}},
		PodIP:              address.String(),
		PodIPs:             []corev1.PodIP{{IP: address.String()}},
		StartTime:          &started,
		QOSClass:           pod.Status.QOSClass,
	}
	for _, t := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled,
	} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{
			Type: t, Status: corev1.ConditionTrue, ObservedGeneration: pod.Generation, LastTransitionTime: started,
		})
	}
	for _, c := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name:        c.Name,
			Image:       c.Image,
			ImageID:     c.Image,
			ContainerID: "containerd://" + string(pod.UID),
			Ready:       true,
			Started:     ptr.To(true),
			State:       corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
		})
	}
	return status
}
