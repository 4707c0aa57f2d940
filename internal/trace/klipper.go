package trace

import (
	"cmp"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// The labels by which a pod of ServiceLB says which Service it opens host ports for (k3s pkg/cloudprovider/servicelb.go).
const (
	klipperService   = "svccontroller.k3s.cattle.io/svcname"
	klipperNamespace = "svccontroller.k3s.cattle.io/svcnamespace"
)

// klipper is a packet at a pod of k3s' ServiceLB: its own rules send it on, masked, to the Service's cluster IP, or under
// externalTrafficPolicy Local to the node port of its own node (newDaemonSet: DEST_IPS, DEST_PORT; klipper-lb entry).
func (e *engine) klipper(b branch, pod *cluster.Pod) (out []branch, ok bool) {
	name := pod.Labels.Get(klipperService)
	if name == "" || pod.Shape == nil || len(pod.Shape.Containers) == 0 || !strings.Contains(pod.Shape.Containers[0].Image, "klipper-lb") {
		return nil, false
	}
	svc := e.view.Service(pod.Labels.Get(klipperNamespace), name)
	if svc == nil {
		return nil, false
	}
	to := netip.AddrPort{}
	for _, p := range svc.Spec.Ports {
		if p.Port != int32(b.dst.Port()) || cmp.Or(p.Protocol, corev1.ProtocolTCP) != e.transport(&b) {
			continue
		}
		if svc.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
			to = netip.AddrPortFrom(e.nodeAddr(pod.Node, b.dst.Addr()), uint16(p.NodePort))
		} else if addr, ok := cluster.ParseAddr(svc.Spec.ClusterIP); ok {
			to = netip.AddrPortFrom(addr, uint16(p.Port))
		}
	}
	if !to.IsValid() || to.Port() == 0 {
		return nil, false
	}
	e.assume("service-lb", words.Say("fact.service-lb"), facts.Default, nil)
	b.certainty = worse(b.certainty, Assumed)
	first, before := b.suspend(), e.header(&b)
	b.legs++
	b.leg = b.legs
	b.sender = podSender(e.view, pod).sender
	b.src, b.dst = netip.AddrPortFrom(pod.IP(), clientPort+uint16(b.leg)-1), to
	b.guard, b.back, b.masqueraded = nil, nil, false
	b.endpoint, b.endpointPod = nil, nil
	e.add(&b, before, at{
		kind: StepProxyConnect, ref: pod.Ref(), about: serviceRef(svc), layer: surroundings.LayerPod, certainty: Assumed, evidence: []cluster.Evidence{podEvidence(pod, "metadata.labels", "spec.containers")},
		sentence: words.Say("says.proxy.connect.service-lb", pod.Name, e.socket(to)),
	})
	for _, r := range e.connect(b) {
		seen, masked := r.seen, r.masqueraded
		r = e.unwind(r)
		r.resume(first)
		r.seen, r.masqueraded = seen, masked
		if end := r.end; end.class == Answered || end.class == HTTPError {
			e.passOn(&r, *end)
		}
		out = append(out, r)
	}
	return out, true
}
