package cluster

import (
	corev1 "k8s.io/api/core/v1"
)

// ContainerState is what a pod's status says of the process of one container.
type ContainerState uint8

// The states of containers. A container that waits after an end (CrashLoopBackOff) is between runs: it may run at the
// next look.
const (
	ContainerUnreported  ContainerState = iota // no status says anything, as in objects written by hand
	ContainerRunning                           // its process runs
	ContainerNotStarted                        // it waits and has never run: the image is pulled, init containers come first
	ContainerBetweenRuns                       // it has ended and will be started again
	ContainerEnded                             // it has ended and will not be started again
)

// ContainerStates holds the states of a pod's containers, in the order of Shape.Containers, and whether a container that
// is not among them (an init container that does not stay, an ephemeral one) runs. It is one word, since there is one for
// every pod; of a pod with more than 20 containers the others are unreported.
type ContainerStates uint64

const (
	bitsPerState           = 3
	maxStates              = 20
	otherRuns              = ContainerStates(1) << 63
	stateMask              = ContainerStates(1)<<bitsPerState - 1
	reasonCrashLoopBackOff = "CrashLoopBackOff"
)

// Of is the state of container i of the shape.
func (s ContainerStates) Of(i int) ContainerState {
	if i < 0 || i >= maxStates {
		return ContainerUnreported
	}
	return ContainerState(s >> (i * bitsPerState) & stateMask)
}

// OtherRuns reports whether an init container that is no sidecar, or an ephemeral container, runs.
func (s ContainerStates) OtherRuns() bool { return s&otherRuns != 0 }

func (s *ContainerStates) set(i int, state ContainerState) {
	if i < maxStates {
		*s |= ContainerStates(state) << (i * bitsPerState)
	}
}

// statesOf reads the states of the containers that a shape keeps.
func statesOf(pod *corev1.Pod) (s ContainerStates) {
	i := 0
	for n := range pod.Spec.Containers {
		c := &pod.Spec.Containers[n]
		s.set(i, stateOf(pod, c, statusOf(pod.Status.ContainerStatuses, c.Name, n, len(pod.Spec.Containers))))
		i++
	}
	for n := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[n]
		status := statusOf(pod.Status.InitContainerStatuses, c.Name, n, len(pod.Spec.InitContainers))
		if isSidecar(c) {
			s.set(i, stateOf(pod, c, status))
			i++
		} else if status != nil && status.State.Running != nil {
			s |= otherRuns
		}
	}
	for _, status := range pod.Status.EphemeralContainerStatuses {
		if status.State.Running != nil {
			s |= otherRuns
		}
	}
	return s
}

// statusOf finds a container's status by its name, or by its place where statuses have none.
func statusOf(list []corev1.ContainerStatus, name string, n, of int) *corev1.ContainerStatus {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	if len(list) == of && list[n].Name == "" {
		return &list[n]
	}
	return nil
}

func stateOf(pod *corev1.Pod, c *corev1.Container, s *corev1.ContainerStatus) ContainerState {
	switch {
	case s == nil:
		return ContainerUnreported
	case s.State.Running != nil:
		return ContainerRunning
	case s.State.Terminated != nil:
		if restarts(pod, c, s.State.Terminated.ExitCode) {
			return ContainerBetweenRuns
		}
		return ContainerEnded
	case s.State.Waiting != nil:
		if s.LastTerminationState.Terminated != nil || s.RestartCount > 0 || s.State.Waiting.Reason == reasonCrashLoopBackOff {
			return ContainerBetweenRuns
		}
		return ContainerNotStarted
	}
	return ContainerUnreported
}

// restarts reports whether the kubelet may start a container that has ended again (k8s.io/kubernetes
// pkg/kubelet/container ShouldContainerBeRestarted): the container's own policy and rules come before the pod's.
func restarts(pod *corev1.Pod, c *corev1.Container, exitCode int32) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	if len(c.RestartPolicyRules) > 0 {
		return true
	}
	policy := pod.Spec.RestartPolicy
	if c.RestartPolicy != nil {
		policy = corev1.RestartPolicy(*c.RestartPolicy)
	}
	switch policy {
	case corev1.RestartPolicyNever:
		return false
	case corev1.RestartPolicyOnFailure:
		return exitCode != 0
	}
	return true
}

func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}
