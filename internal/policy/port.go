package policy

import (
	"cmp"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// ports compares the ports of a rule with the destination. An empty list admits every port of every protocol.
func (e *evaluator) ports(list []networkingv1.NetworkPolicyPort) (effects []PortEffect, any, ok bool) {
	if len(list) == 0 {
		return nil, true, true
	}
	for i := range list {
		p := e.port(&list[i])
		p.Index = i
		ok = ok || p.Matches
		effects = append(effects, p)
	}
	return effects, false, ok
}

func (e *evaluator) port(p *networkingv1.NetworkPolicyPort) PortEffect {
	protocol := corev1.ProtocolTCP
	if p.Protocol != nil && *p.Protocol != "" {
		protocol = *p.Protocol
	}
	out := PortEffect{Text: string(protocol) + " any"}
	out.Compared = append(out.Compared, Comparison{"protocol", string(protocol), string(e.q.Protocol), protocol == e.q.Protocol})
	if p.Port != nil {
		c, text := e.portNumber(p, protocol)
		out.Text = string(protocol) + " " + text
		out.Compared = append(out.Compared, c)
	}
	out.Matches = allHold(out.Compared)
	return out
}

func (e *evaluator) portNumber(p *networkingv1.NetworkPolicyPort, protocol corev1.Protocol) (c Comparison, text string) {
	got := strconv.Itoa(int(e.q.Port))
	if e.q.Protocol == ProtocolICMP {
		got = "no port"
	}
	if p.Port.Type == intstr.Int {
		first, last := p.Port.IntVal, p.Port.IntVal
		text = strconv.Itoa(int(first))
		if p.EndPort != nil {
			last = *p.EndPort
			text = fmt.Sprintf("%d-%d", first, last)
		}
		return Comparison{"port", text, got, e.q.Protocol != ProtocolICMP && first <= e.q.Port && e.q.Port <= last}, text
	}
	// A name means the port of that name and protocol on the destination pod (networking/v1 NetworkPolicyPort.Port); a
	// destination that is no pod, or has no such port, matches no name.
	name := p.Port.StrVal
	if e.portPod == nil {
		return Comparison{"port", name, "no pod that could name port " + got, false}, name
	}
	n, ok := e.portPod.Shape.PortNamed(name, protocol)
	if !ok {
		return Comparison{"port", name, fmt.Sprintf("%s (pod %s has no port named %s)", got, e.portPod.Name, name), false}, name
	}
	text = fmt.Sprintf("%s (%d)", name, n)
	return Comparison{"port", text, got, e.q.Protocol != ProtocolICMP && n == e.q.Port}, text
}

func allHold(list []Comparison) bool {
	for _, c := range list {
		if !c.Holds {
			return false
		}
	}
	return true
}

func protocolOr(p corev1.Protocol) corev1.Protocol { return cmp.Or(p, corev1.ProtocolTCP) }
