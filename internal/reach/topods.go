package reach

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
)

func (a *asker) toPods(s *sender, port int32, protocol corev1.Protocol, gather *gathering) error {
	type kindAndPort struct {
		kindOfPod
		port int32
	}
	cuts := a.pods
	if s.pod != nil {
		cuts = append(slices.Clip(cuts), a.gates.Ranges(s.pod, policy.Egress)...)
	}
	known := map[kindAndPort]int{}
	for p := range a.view.Pods() {
		if p.Done() || !p.IP().IsValid() {
			continue
		}
		kind := a.kindOf(p, cuts)
		if p == s.pod {
			kind.itself = p.Name
		}
		switch {
		case p.Shape.HostNetwork:
			kind.node = a.hostOf(s, p.Node)
		case (s.pod != nil || s.node != nil) && p.Node == s.nodeName():
			kind.node = "own"
		}
		for _, n := range a.portsOf(p.Shape, port, protocol) {
			i, have := known[kindAndPort{kind, n}]
			if !have {
				t := podSpot(a.view, p, n, protocol)
				about := tracedKey{about: kind, port: n, text: "pod"}
				if !a.host && !a.described[p.Namespace] && !a.proxy(p) {
					// What answers there goes by no name, and the policies speak for themselves.
					about.about.namespace, about.about.owner, about.about.labels, about.about.shape = "", nil, nil, nil
					about.text = strconv.Itoa(int(a.shape(p.Shape)))
				}
				g, err := a.group(s, &t, about, protocol)
				if err != nil {
					return err
				}
				g.Kind, g.Namespace, g.Object, g.Labels = OfPods, p.Namespace, workload(p), p.Labels.String()
				i = gather.open(g, g.Object)
				known[kindAndPort{kind, n}] = i
			}
			gather.join(i, p.Ref(), "")
		}
	}
	return nil
}

// kindOf is what pods that stand alike have in common; a pod that nobody owns stands for itself.
func (a *asker) kindOf(p *cluster.Pod, cuts []netip.Prefix) kindOfPod {
	kind := kindOfPod{
		namespace: p.Namespace, labels: p.Labels, shape: p.Shape, owner: p.Owner, phase: p.Phase, ready: p.Ready, waiting: p.Waiting,
		states: p.States, terminating: p.Terminating, up: a.up(p.Node), sides: sides(cuts, p.IP()),
	}
	if p.Owner == nil {
		kind.itself = p.Name
	}
	return kind
}

// hostOf is what matters of a node to whoever sends to its address: whether it is the sender's own, and who is on its
// network. A node that the surroundings speak of stands for itself.
func (a *asker) hostOf(s *sender, node string) string {
	if text, known := a.hosts[node]; known {
		return text
	}
	b := flag(nil, a.up(node))
	b = flag(b, (s.pod != nil || s.node != nil) && s.nodeName() == node)
	n := a.view.Node(node)
	if n == nil || a.around[node] {
		b = append(b, node...)
	}
	if n != nil {
		for _, text := range n.Status.Addresses {
			b = append(b, text.Type...)
		}
	}
	for _, p := range a.view.PodsOnHost(node) {
		b = binary.AppendVarint(b, int64(a.shape(p.Shape)))
		b = append(binary.LittleEndian.AppendUint64(b, uint64(p.States)), byte(p.Phase))
		b = flag(flag(flag(b, p.Ready), p.Waiting), p.Terminating)
		if a.described[p.Namespace] || a.proxy(p) {
			b = append(append(b, p.Namespace...), p.Name...)
		}
	}
	a.hosts[node] = string(b)
	return string(b)
}

// portsOf are the ports of pods of one shape that are asked for. All pods are asked for under one port and protocol.
func (a *asker) portsOf(s *cluster.Shape, port int32, protocol corev1.Protocol) []int32 {
	out, known := a.ports[s]
	if !known {
		if a.ports == nil {
			a.ports = map[*cluster.Shape][]int32{}
		}
		out = portsOf(s, port, protocol)
		a.ports[s] = out
	}
	return out
}

func portsOf(s *cluster.Shape, port int32, protocol corev1.Protocol) []int32 {
	if port != 0 {
		return []int32{port}
	}
	var out []int32
	for _, c := range s.Containers {
		for _, cp := range c.Ports {
			if cp.Protocol == protocol && !slices.Contains(out, cp.Port) {
				out = append(out, cp.Port)
			}
		}
	}
	if len(out) == 0 {
		return []int32{80}
	}
	return out
}
