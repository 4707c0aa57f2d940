package trace

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/words"
)

// whyEmpty says in a few words why a service port has no endpoint: what a person would look for next. Empty where that
// cannot be told.
func (e *engine) whyEmpty(d service.Decision) string {
	svc := d.Service
	if n := len(d.NotChosen); n > 0 {
		return words.Count("clause.empty.endpoints-not-ready", n)
	}
	if len(svc.Spec.Selector) == 0 {
		return words.Say("clause.empty.no-selector")
	}
	if !e.view.Readable(cluster.KindPod, svc.Namespace) {
		return ""
	}
	selected, unready, waiting := 0, 0, 0
	for p := range e.view.PodsIn(svc.Namespace) {
		if p.Done() || !carries(p.Labels, svc.Spec.Selector) {
			continue
		}
		selected++
		switch {
		case !p.IP().IsValid():
			waiting++
		case !p.Ready:
			unready++
		}
	}
	switch {
	case selected == 0:
		return words.Say("clause.empty.no-pod", labelsText(svc.Spec.Selector))
	case waiting == selected:
		return words.Count("clause.empty.pods-without-address", waiting)
	case unready > 0:
		return words.Count("clause.empty.pods-not-ready", unready)
	case d.Port != nil && d.Port.TargetPort.Type == intstr.String:
		return words.Say("clause.empty.no-named-port", words.Count("count.pods", selected), d.Port.TargetPort.StrVal)
	}
	return ""
}

func carries(have *cluster.Labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have.Lookup(k); !ok || got != v {
			return false
		}
	}
	return true
}

// labelsText writes labels as kubectl takes them, at most two.
func labelsText(labels map[string]string) string {
	out := ""
	for i, k := range sortedKeys(labels) {
		switch i {
		case 0:
			out = k + "=" + labels[k]
		case 1:
			out += "," + k + "=" + labels[k]
		case 2:
			return out + ",…"
		}
	}
	return out
}

// dnsPolicyNote says that a pod on the host network asks its node's resolver, although its policy sounds like the
// cluster's (SEMANTICS.md 1.1): the most surprising reason for a service's name that does not exist.
func dnsPolicyNote(p *cluster.Pod) string {
	if !hostNetwork(p) || p.Shape == nil || p.Shape.DNSPolicy != corev1.DNSClusterFirst && p.Shape.DNSPolicy != "" {
		return ""
	}
	return words.Say("clause.host-network-dns-policy")
}
