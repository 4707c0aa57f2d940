package simulate

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// hostPort is a port of a node that one pod may have.
type hostPort struct {
	node     string
	port     int32
	protocol corev1.Protocol
}

// load counts pods, to spread them.
type load struct {
	total map[string]int // by node
	owner map[string]int // by node and owner
	host  map[hostPort]bool
}

func (l *load) add(p *corev1.Pod) {
	l.owner[p.Spec.NodeName+"\x00"+ownerKey(p)]++ // ended ones too: while they ran they were spread
	if done(p) {
		return
	}
	l.total[p.Spec.NodeName]++
	for _, h := range hostPorts(p, p.Spec.NodeName) {
		l.host[h] = true
	}
}

// best is the node with the fewest pods of the same owner, then with the fewest pods, then the first by name: what the
// scheduler's spreading tends to, without its scores.
//
// A node that is not ready is tainted against new pods; where none is ready the pods were there before.
func (l *load) best(p *corev1.Pod, nodes []*corev1.Node) string {
	up := slices.DeleteFunc(slices.Clone(nodes), isDown)
	if node := l.bestOf(p, up); node != "" || len(up) == len(nodes) {
		return node
	}
	return l.bestOf(p, nodes)
}

func isDown(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status != corev1.ConditionTrue
	})
}

func (l *load) bestOf(p *corev1.Pod, nodes []*corev1.Node) string {
	best := ""
	for _, n := range nodes {
		if !fits(&p.Spec, n, false) || slices.ContainsFunc(hostPorts(p, n.Name), func(h hostPort) bool { return l.host[h] }) {
			continue
		}
		if best == "" {
			best = n.Name
			continue
		}
		a, b := l.owner[n.Name+"\x00"+ownerKey(p)], l.owner[best+"\x00"+ownerKey(p)]
		if a < b || a == b && l.total[n.Name] < l.total[best] {
			best = n.Name
		}
	}
	return best
}

func ownerKey(p *corev1.Pod) string {
	if o := metav1.GetControllerOf(p); o != nil {
		return p.Namespace + "/" + o.Kind + "/" + o.Name
	}
	return ""
}

func hostPorts(p *corev1.Pod, node string) []hostPort {
	var out []hostPort
	for _, c := range p.Spec.Containers {
		for _, port := range c.Ports {
			if port.HostPort != 0 {
				out = append(out, hostPort{node, port.HostPort, port.Protocol})
			}
		}
	}
	return out
}

// fits reports whether a pod may be put on a node: nodeSelector, required node affinity by labels, taints and cordon.
// A daemon runs on a cordoned node too.
func fits(spec *corev1.PodSpec, n *corev1.Node, daemon bool) bool {
	if !labels.SelectorFromSet(spec.NodeSelector).Matches(labels.Set(n.Labels)) {
		return false
	}
	cordoned := corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}
	if n.Spec.Unschedulable && !daemon && !slices.ContainsFunc(spec.Tolerations, func(tol corev1.Toleration) bool { return tolerates(tol, cordoned) }) {
		return false
	}
	for _, t := range n.Spec.Taints {
		if t.Effect != corev1.TaintEffectNoSchedule && t.Effect != corev1.TaintEffectNoExecute {
			continue
		}
		if !slices.ContainsFunc(spec.Tolerations, func(tol corev1.Toleration) bool { return tolerates(tol, t) }) {
			return false
		}
	}
	return matchesAffinity(spec.Affinity, n)
}

func tolerates(tol corev1.Toleration, t corev1.Taint) bool {
	if tol.Effect != "" && tol.Effect != t.Effect || tol.Key != "" && tol.Key != t.Key {
		return false
	}
	return tol.Operator == corev1.TolerationOpExists || (tol.Key != "" && tol.Value == t.Value)
}

func matchesAffinity(a *corev1.Affinity, n *corev1.Node) bool {
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return true
	}
	for _, term := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		selector := metav1.LabelSelector{}
		for _, e := range term.MatchExpressions {
			selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
				Key: e.Key, Operator: metav1.LabelSelectorOperator(e.Operator), Values: e.Values,
			})
		}
		sel, err := metav1.LabelSelectorAsSelector(&selector)
		if err == nil && len(term.MatchExpressions) > 0 && sel.Matches(labels.Set(n.Labels)) {
			return true
		}
	}
	return false
}
