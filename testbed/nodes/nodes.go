// Package nodes makes the nodes of the testbed: played by KWOK, with addresses of a LAN that does not exist.
package nodes

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubestrata/kubestrata/testbed/kwok"
)

// ControlPlaneAddress is what the API server calls its own address; the nodes' follow it.
var ControlPlaneAddress = netip.MustParseAddr("192.168.10.10")

// Address is the LAN address of the i-th node, counted from 0.
// Addresses ending in 0 and 255 are left out: people take them for a network's own and for a broadcast.
func Address(i int) netip.Addr {
	const perBlock = 254
	a := ControlPlaneAddress.As4()
	last := int(a[3]) + i // zero-based among the usable addresses of the first block and all after it
	block := int(a[2]) + last/perBlock
	return netip.AddrFrom4([4]byte{a[0], a[1] + byte(block/256), byte(block % 256), byte(last%perBlock) + 1})
}

// Name is the name of the i-th node, counted from 0.
func Name(i int) string { return fmt.Sprintf("node-%d", i+1) }

const zones = 3

// Range is the i-th node's part of the pod network: /24, in order. ok is false if there are not that many.
func Range(podNetwork netip.Prefix, i int) (r netip.Prefix, ok bool) {
	a := podNetwork.Masked().Addr().As4()
	first := binary.BigEndian.Uint32(a[:]) + uint32(i)<<8
	binary.BigEndian.PutUint32(a[:], first)
	r = netip.PrefixFrom(netip.AddrFrom4(a), 24)
	return r, podNetwork.Bits() <= 24 && podNetwork.Contains(r.Addr())
}

// Played makes the i-th node as a kubelet registers it: known, but not ready yet.
// Its range is given rather than left to the controller manager, which gives them out in no order:
// the same cluster shall have the same addresses each time.
func Played(i int, podRange netip.Prefix) *corev1.Node {
	name := Name(i)
	resources := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("16"),
		corev1.ResourceMemory:           resource.MustParse("64Gi"),
		corev1.ResourceEphemeralStorage: resource.MustParse("200Gi"),
		corev1.ResourcePods:             resource.MustParse("110"),
	}
	allocatable := resources.DeepCopy()
	allocatable[corev1.ResourceCPU] = resource.MustParse("15800m")
	allocatable[corev1.ResourceMemory] = resource.MustParse("62Gi")
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				corev1.LabelHostname:   name,
				corev1.LabelOSStable:   "linux",
				corev1.LabelArchStable: "amd64",
				// Deprecated for years, and still on every node: kubelets and the controller manager see to it.
				"beta.kubernetes.io/os":        "linux",
				"beta.kubernetes.io/arch":      "amd64",
				corev1.LabelTopologyRegion:     "lab",
				corev1.LabelTopologyZone:       fmt.Sprintf("lab-%c", 'a'+i%zones),
				corev1.LabelInstanceTypeStable: "standard-16",
			},
			Annotations: map[string]string{kwok.NodeAnnotation: kwok.NodeAnnotationValue},
		},
		Spec: corev1.NodeSpec{
			PodCIDR:  podRange.String(),
			PodCIDRs: []string{podRange.String()},
		},
		Status: corev1.NodeStatus{
			Capacity:    resources,
			Allocatable: allocatable,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: Address(i).String()},
				{Type: corev1.NodeHostName, Address: name},
			},
			Conditions: conditions(),
			NodeInfo: corev1.NodeSystemInfo{
				MachineID:               fmt.Sprintf("%032x", i+1),
				SystemUUID:              fmt.Sprintf("00000000-0000-4000-8000-%012x", i+1),
				BootID:                  fmt.Sprintf("00000000-0000-4000-9000-%012x", i+1),
				KernelVersion:           "6.12.48",
				OSImage:                 "Debian GNU/Linux 13 (trixie)",
				ContainerRuntimeVersion: "containerd://2.1.4",
				KubeletVersion:          "v1.36.3",
				OperatingSystem:         "linux",
				Architecture:            "amd64",
			},
		},
	}
}

// Running makes the i-th node as it is some time later: ready.
func Running(i int, podRange netip.Prefix) *corev1.Node {
	node := Played(i, podRange)
	for k := range node.Status.Conditions {
		if c := &node.Status.Conditions[k]; c.Type == corev1.NodeReady {
			c.Status, c.Reason, c.Message = corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"
		}
	}
	return node
}

// conditions are those of a kubelet that has just started; KWOK turns the node ready once it has a range for its pods.
// NetworkUnavailable is left to the controllers of the network, so it is given here as they leave it.
func conditions() []corev1.NodeCondition {
	now := metav1.Now()
	condition := func(t corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{
			Type: t, Status: status, Reason: reason, Message: message,
			LastHeartbeatTime: now, LastTransitionTime: now,
		}
	}
	return []corev1.NodeCondition{
		condition(corev1.NodeNetworkUnavailable, corev1.ConditionFalse, "RouteCreated", "routes to the pod range exist"),
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(corev1.NodeReady, corev1.ConditionFalse, "KubeletNotReady", "the node has no range for its pods yet"),
	}
}
