package reach

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/words"
)

func (a *asker) toServices(s *sender, port int32, protocol corev1.Protocol, gather *gathering) error {
	ranges := a.facts.Prefixes(facts.KeyServiceCIDR)
	for _, svc := range a.view.Services() {
		addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP)
		if !ok {
			continue
		}
		for i := range svc.Spec.Ports {
			p := &svc.Spec.Ports[i]
			if protocolOf(p.Protocol) != protocol || port != 0 && p.Port != port {
				continue
			}
			t := spot{
				ref: cluster.Ref{Kind: cluster.KindService, Namespace: svc.Namespace, Name: svc.Name}, addr: addr, port: p.Port, command: command(addr, p.Port, protocol),
			}
			about := tracedKey{text: a.aboutService(svc, p, &t, contains(ranges, addr))}
			g, err := a.group(s, &t, about, protocol)
			if err != nil {
				return err
			}
			a.ends = t.ends
			g.Kind, g.Namespace, g.Object = OfServices, svc.Namespace, t.ref
			if g.DecidedBy != nil && (g.DecidedBy.Kind == cluster.KindService || g.DecidedBy.Kind == cluster.KindPod) {
				g.DecidedBy, g.Sentence = &t.ref, sentenceOf(&g) // the trace may be that of another service
			}
			gather.add(g, t.ref)
		}
	}
	return nil
}

// sentenceOf says how a service stands where the trace speaks of another one that stands alike.
func sentenceOf(g *Group) string {
	object := fmt.Sprintf("%s %s", g.Object.Kind, path(g.Object))
	switch g.Verdict {
	case Allowed:
		return words.Say("reach.service.answers", object)
	case Partly:
		return words.Say("reach.service.some-answer", object)
	}
	return words.Say("reach.service.fails", object, g.Reason)
}

// aboutService is what a trace to a service depends on beside the policies, and fills the spot with every endpoint that
// its slices name for the port. What may answer in a way of its own is told apart by name.
func (a *asker) aboutService(svc *corev1.Service, port *corev1.ServicePort, t *spot, inRange bool) string {
	b := flag(make([]byte, 0, 64), inRange)
	t.ends = a.ends[:0]
	alone := len(a.view.ServicesWithAddr(t.addr)) != 1
	if svc.Spec.InternalTrafficPolicy != nil {
		b = append(append(b, "internal "...), *svc.Spec.InternalTrafficPolicy...)
		t.nodeMatters = *svc.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal
	}
	for _, text := range []string{string(svc.Spec.SessionAffinity), string(svc.Spec.ExternalTrafficPolicy), string(svc.Spec.Type), svc.Labels[service.LabelProxyName]} {
		b = append(append(b, '|'), text...)
	}
	b = flag(b, len(svc.Spec.ExternalIPs)+len(svc.Status.LoadBalancer.Ingress) > 0)
	for _, f := range svc.Spec.IPFamilies {
		b = append(b, f...)
	}
	for _, slice := range a.view.Slices(svc.Namespace, svc.Name) {
		b = append(flag(b, slice.Headless), slice.AddressType...)
		for i := range slice.Ports {
			p := &slice.Ports[i]
			if !p.HasName || !p.HasPort || p.Name != port.Name || p.Protocol != protocolOf(port.Protocol) {
				continue
			}
			for k := range slice.Endpoints {
				e := &slice.Endpoints[k]
				var pod *cluster.Pod
				if e.Pod != "" {
					pod = a.view.Pod(cmp.Or(e.TargetNamespace, slice.Namespace), e.Pod)
				}
				if pod == nil || !pod.HasIP(e.Addr) || pod.Node != e.Node || a.described[pod.Namespace] {
					alone = true
				}
				if pod == nil || pod.Done() {
					continue
				}
				t.nodeMatters = t.nodeMatters || len(e.ForNodes)+len(e.ForZones) > 0 || !a.up(e.Node) || pod.Shape.HostNetwork
				one := end{pod: pod, addr: e.Addr, port: p.Port}
				if n := len(t.ends); n > 0 && k > 0 && a.twins(&slice.Endpoints[k-1], e, t.ends[n-1].pod, pod) {
					one.state = t.ends[n-1].state
				} else {
					one.state = a.stateOf(e, pod)
					alone = alone || a.proxy(pod)
				}
				t.ends = append(t.ends, one)
			}
		}
	}
	if alone {
		return t.command
	}
	return string(b)
}

// twins reports whether two endpoints that follow each other, and their pods, are in one state.
func (a *asker) twins(x, y *cluster.Endpoint, p, q *cluster.Pod) bool {
	return x.Ready == y.Ready && x.Serving == y.Serving && x.Terminating == y.Terminating &&
		len(x.ForNodes)+len(x.ForZones)+len(y.ForNodes)+len(y.ForZones) == 0 && x.Pod == p.Name &&
		p.Shape == q.Shape && p.Labels == q.Labels && p.States == q.States && p.Phase == q.Phase && p.Ready == q.Ready &&
		p.Waiting == q.Waiting && p.Terminating == q.Terminating && a.up(p.Node) == a.up(q.Node)
}

// stateOf is what of an endpoint a trace reads beside the policies: its slice's conditions and hints, its pod's state and
// who can listen there.
func (a *asker) stateOf(e *cluster.Endpoint, p *cluster.Pod) string {
	key := endState{pod: a.podState(p), ready: e.Ready, serving: e.Serving, terminating: e.Terminating}
	if len(e.ForNodes)+len(e.ForZones) > 0 {
		key.hints = fmt.Sprint(e.ForNodes, e.ForZones, e.Zone)
	}
	text, known := a.states[key]
	if !known {
		text = fmt.Sprint(key)
		a.states[key] = text
	}
	return text
}

type endState struct {
	pod                         string
	ready, serving, terminating bool
	hints                       string
}

// podState is what of a pod a trace reads beside the policies: whether it runs, and who can listen.
func (a *asker) podState(p *cluster.Pod) string {
	key := stateOfPod{a.shape(p.Shape), p.States, p.Phase, a.up(p.Node), p.Ready, p.Waiting, p.Terminating}
	text, known := a.podStates[key]
	if !known {
		text = fmt.Sprint(key)
		a.podStates[key] = text
	}
	return text
}

type stateOfPod struct {
	shape                           int32
	states                          cluster.ContainerStates
	phase                           cluster.Phase
	up, ready, waiting, terminating bool
}
