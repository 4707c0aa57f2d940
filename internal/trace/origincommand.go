package trace

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// workloadOrigin takes the first pod of a workload that runs, as kubectl exec does.
func workloadOrigin(view *cluster.View, namespace string, s *command.Source) (origin, error) {
	for p := range view.PodsIn(namespace) {
		if p.Done() || !p.IP().IsValid() || !ownedBy(view, p, s.Workload, s.Name) {
			continue
		}
		return podOrigin(view, namespace, p.Name, s.Container)
	}
	return origin{}, unknownSource("%s %s/%s has no running pod", s.Workload, namespace, s.Name)
}

func ownedBy(view *cluster.View, p *cluster.Pod, kind, name string) bool {
	if kind == "service" {
		for _, s := range view.Slices(p.Namespace, name) {
			for _, ep := range s.Endpoints {
				if ep.Pod == p.Name {
					return true
				}
			}
		}
		return false
	}
	if p.Owner == nil {
		return false
	}
	if strings.EqualFold(p.Owner.Kind, kind) {
		return p.Owner.Name == name
	}
	// A Deployment's pods belong to ReplicaSets that are named after it, with a hash.
	at := strings.LastIndexByte(p.Owner.Name, '-')
	return strings.EqualFold(kind, "deployment") && p.Owner.Kind == "ReplicaSet" && at > 0 && p.Owner.Name[:at] == name
}

// ghostOrigin is the pod that kubectl run makes for one request. Which node gets it nobody knows before: the first Ready
// one is taken.
func ghostOrigin(view *cluster.View, namespace string, s *command.Source) (origin, error) {
	if view.Count(cluster.KindNamespace) > 0 && view.Namespace(namespace) == nil {
		return origin{}, unknownSource("namespace %q does not exist, so no pod can be made in it", namespace)
	}
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name = namespace, s.Name
	pod.Labels = s.Labels
	if pod.Labels == nil {
		pod.Labels = map[string]string{"run": s.Name}
	}
	pod.Spec.HostNetwork = s.HostNet
	pod.Spec.Containers = []corev1.Container{{Name: s.Name, Image: s.Image}}
	pod.Status.Phase = corev1.PodRunning
	row := cluster.PodOf(pod)
	o := origin{ghost: true, sender: sender{ref: row.Ref(), layer: surroundings.LayerPod, pod: row}}
	for _, n := range view.Nodes() {
		if facts.NodeReady(n) && !n.Spec.Unschedulable && !tainted(n) {
			o.node, o.nodeObj, row.Node = n.Name, n, n.Name
			break
		}
	}
	if o.nodeObj == nil {
		for _, n := range view.Nodes() {
			if facts.NodeReady(n) {
				o.node, o.nodeObj, row.Node = n.Name, n, n.Name
				break
			}
		}
	}
	if s.HostNet && o.nodeObj != nil {
		if addrs := cluster.NodeAddrs(o.nodeObj); len(addrs) > 0 {
			row.IPs[0] = addrs[0]
		}
	} else {
		row.IPs[0] = ghostAddress(view, o.nodeObj)
	}
	o.addr = row.IPs[0]
	if !o.addr.IsValid() {
		return origin{}, unknownSource("no address can be found for the pod %s/%s: no node has a pod range and no pod an address", namespace, s.Name)
	}
	return o, nil
}

func tainted(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	})
}

// ghostAddress is the address after the highest one in use on the node.
func ghostAddress(view *cluster.View, n *corev1.Node) netip.Addr {
	var highest netip.Addr
	for p := range view.Pods() {
		if hostNetwork(p) || !p.IP().Is4() || n != nil && p.Node != n.Name {
			continue
		}
		if !highest.IsValid() || highest.Less(p.IP()) {
			highest = p.IP()
		}
	}
	if !highest.IsValid() && n != nil {
		if r, err := netip.ParsePrefix(n.Spec.PodCIDR); err == nil {
			highest = r.Masked().Addr().Next()
		}
	}
	for i := 0; highest.IsValid() && i < 1<<16; i++ {
		highest = highest.Next()
		if len(view.PodsWithAddr(highest)) == 0 {
			return highest
		}
	}
	return netip.Addr{}
}

// promptOrigin is the machine that a prompt names: a node, else a pod, else a host.
func promptOrigin(view *cluster.View, namespace, name string) (origin, error) {
	if n := view.Node(name); n != nil {
		return nodeOrigin(n), nil
	}
	if view.Pod(namespace, name) != nil {
		return podOrigin(view, namespace, name, "")
	}
	for i := range view.Surroundings().Hosts {
		if h := &view.Surroundings().Hosts[i]; h.Name == name {
			return hostOrigin(h), nil
		}
	}
	var found []*cluster.Pod
	for p := range view.Pods() {
		if p.Name == name {
			found = append(found, p)
		}
	}
	if len(found) == 1 {
		return podOrigin(view, found[0].Namespace, name, "")
	}
	return origin{}, unknownSource("the prompt names %q, which is no node, pod or host here; say it with --from", name)
}

// outsideOrigin is "my own machine": the first host of the LAN, else any machine there.
func outsideOrigin(view *cluster.View) origin {
	for i := range view.Surroundings().Hosts {
		h := &view.Surroundings().Hosts[i]
		if (h.Layer == surroundings.LayerLAN || h.Layer == "") && view.Node(h.Name) == nil {
			return hostOrigin(h)
		}
	}
	return bareOrigin(view, surroundings.LayerLAN)
}
