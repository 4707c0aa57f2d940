package trace

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// workloadOrigin takes the first pod of a workload or service as kubectl exec does: running ones first, then Ready ones
// (kubectl polymorphichelpers GetFirstPod with podutils.ActivePods, the most active first). Which of several that are
// alike it takes depends on since when they are Ready: that is assumed.
func workloadOrigin(view *cluster.View, namespace string, s *command.Source) (origin, error) {
	var list []*cluster.Pod
	for p := range view.PodsIn(namespace) {
		if !p.Done() && p.IP().IsValid() && ownedBy(view, p, s.Workload, s.Name) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return origin{}, unknownSource("%s %s/%s has no running pod", s.Workload, namespace, s.Name)
	}
	active := func(p *cluster.Pod) int {
		switch {
		case p.Phase != cluster.PhaseRunning:
			return 0
		case !p.Ready:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b *cluster.Pod) int {
		return cmp.Or(cmp.Compare(active(b), active(a)), cmp.Compare(a.Name, b.Name))
	})
	o, err := podOrigin(view, namespace, list[0].Name, s.Container)
	for _, p := range list[1:] {
		if active(p) == active(list[0]) {
			o.others = append(o.others, p)
		}
	}
	return o, err
}

// keySourcePod is which pod of a workload kubectl exec takes.
const keySourcePod = "source-pod"

// otherPodsFlip asks again from the other pods that kubectl exec may take.
func (e *engine) otherPodsFlip(t *Trace) bool {
	for i, p := range e.from.others {
		if i >= maxNodesTried {
			break
		}
		from := podSender(e.view, p)
		from.container = e.from.container
		other, err := newEngine(e.view, e.ask, e.req, from, e.ask.Assume)
		if err != nil {
			continue
		}
		if a := other.alternative(map[string]string{keySourcePod: p.Name}); a.Verdict.Class != t.Verdict.Class {
			t.Alternatives = append(t.Alternatives, a)
			return true
		}
	}
	return false
}

func ownedBy(view *cluster.View, p *cluster.Pod, kind, name string) bool {
	if kind == "service" {
		if svc := view.Service(p.Namespace, name); svc != nil && len(svc.Spec.Selector) > 0 {
			return carries(p.Labels, svc.Spec.Selector)
		}
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
	if s.Overrides != "" {
		// Its fields win over those that the flags make (kubectl run --overrides, a JSON merge).
		if err := json.Unmarshal([]byte(s.Overrides), pod); err != nil {
			return origin{}, &AskError{Code: CodeBadCommand, Field: "command", Message: fmt.Sprintf("--overrides is no JSON of a pod: %v", err)}
		}
		pod.Namespace, pod.Name = namespace, s.Name
	}
	pod.Status.Phase = corev1.PodRunning
	row := cluster.PodOf(pod)
	o := origin{ghost: true, sender: sender{ref: row.Ref(), layer: surroundings.LayerPod, pod: row}}
	if n := view.Node(pod.Spec.NodeName); n != nil {
		o.node, o.nodeObj, row.Node, o.placed = n.Name, n, n.Name, true
	}
	for _, n := range view.Nodes() {
		if o.nodeObj == nil && facts.NodeReady(n) && !n.Spec.Unschedulable && !tainted(n) && carriesAll(n.Labels, pod.Spec.NodeSelector) {
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
	if pod.Spec.HostNetwork && o.nodeObj != nil {
		if addrs := cluster.NodeAddrs(o.nodeObj); len(addrs) > 0 {
			row.IPs[0] = addrs[0]
		}
	} else {
		row.IPs[0], row.Addressed = ghostAddress(view, o.nodeObj), true // whichever is free then
	}
	o.addr = row.IPs[0]
	if !o.addr.IsValid() {
		return origin{}, unknownSource("no address can be found for the pod %s/%s: no node has a pod range and no pod an address", namespace, s.Name)
	}
	return o, nil
}

func carriesAll(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
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
