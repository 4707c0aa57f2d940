package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/words"
)

// forwardPlan is what kubectl port-forward makes of its words and the objects before it opens a port: one pod and its
// ports, resolved once (kubectl pkg/cmd/portforward Complete). Where end is set, it gives up with an error instead.
type forwardPlan struct {
	pod      *cluster.Pod
	others   []*cluster.Pod // pods that it might have taken as well
	object   *cluster.Ref   // what the line names
	ports    []plannedPort
	listens  []netip.Addr
	end      *ending
	evidence []cluster.Evidence
	compared []Comparison
}

type plannedPort struct {
	local  uint16 // 0: the system chooses
	remote uint16
}

// keyForwardPod is which of several pods that are alike kubectl port-forward takes.
const keyForwardPod = "forward-pod"

// planned resolves a port-forward; instead, where it is not nil, is taken in place of the pod that is usual.
func (e *engine) planned(f *command.PortForward, instead *cluster.Pod) *forwardPlan {
	p := &forwardPlan{listens: listensOf(f)}
	ns := cmp.Or(f.Namespace, e.ask.Namespace, "default")
	svc := e.forwardTarget(p, f, ns)
	if p.end != nil {
		return p
	}
	if instead != nil {
		p.pod = instead
	}
	if p.pod == nil {
		return p.fails(ending{reason: noPodReason(svc), kubectl: "timed out waiting for the condition", why: words.Say("clause.forward.no-pod")})
	}
	p.evidence = append(p.evidence, podEvidence(p.pod, "spec.containers", "status.phase"))
	if p.forwardPorts(f, svc); p.end != nil {
		return p
	}
	if p.pod.Phase != cluster.PhaseRunning {
		why := words.Say("clause.forward.phase", p.pod.Phase)
		return p.fails(ending{
			reason: "pod.not-running", object: pointer(p.pod.Ref()), decidedBy: pointer(p.pod.Ref()), why: why,
			kubectl: fmt.Sprintf("unable to forward port because pod is not running. Current status=%s", p.pod.Phase),
		})
	}
	for _, text := range f.Addresses {
		if _, ok := cluster.ParseAddr(text); !ok && text != "localhost" {
			return p.fails(ending{reason: "host.port-closed", kubectl: text + " is not a valid IP", why: words.Say("clause.forward.no-address", text)})
		}
	}
	return p
}

func noPodReason(svc *corev1.Service) string {
	if svc != nil {
		return "service.no-endpoints"
	}
	return "pod.gone"
}

func (p *forwardPlan) fails(end ending) *forwardPlan {
	end.class = cmp.Or(end.class, Refused)
	if end.object == nil {
		end.object = p.object
	}
	if end.decidedBy == nil {
		end.decidedBy = end.object
	}
	p.end = &end
	return p
}

// forwardTarget finds the object that the line names and the pod that kubectl takes of it (polymorphichelpers
// attachablePodForObject).
func (e *engine) forwardTarget(p *forwardPlan, f *command.PortForward, ns string) *corev1.Service {
	missing := func(plural string) {
		p.fails(ending{reason: "pod.gone", kubectl: fmt.Sprintf("%s %q not found", plural, f.Name), why: words.Say("clause.forward.does-not-exist")})
	}
	kind := map[string]cluster.Kind{
		"pod": cluster.KindPod, "service": cluster.KindService, "deployment": cluster.KindDeployment, "replicaset": cluster.KindReplicaSet,
		"statefulset": cluster.KindStatefulSet, "daemonset": cluster.KindDaemonSet, "job": cluster.KindJob,
	}[f.Resource]
	p.object = &cluster.Ref{Kind: cmp.Or(kind, cluster.Kind(f.Resource)), Namespace: ns, Name: f.Name}
	for _, k := range []cluster.Kind{cluster.KindPod, kind} {
		if k != "" && (k == cluster.KindPod || k == cluster.KindService) && !e.view.Readable(k, ns) {
			end := e.unread(string(k))
			p.end = &end
			return nil
		}
	}
	switch kind {
	case "":
		p.fails(ending{
			class: CannotTell, reason: "not-modelled.port-forward", certainty: Unknown, name: words.Say("reason.not-modelled.port-forward", f.Resource), why: words.Say("clause.forward.kinds"),
		})
		return nil
	case cluster.KindPod:
		if p.pod = e.view.Pod(ns, f.Name); p.pod == nil {
			missing("pods")
		}
		return nil
	}
	if svc := e.view.Service(ns, f.Name); kind == cluster.KindService {
		switch {
		case svc == nil:
			missing("services")
		case len(svc.Spec.Selector) == 0:
			p.fails(ending{
				reason: "service.no-endpoints", why: words.Say("clause.forward.no-selector"),
				kubectl: fmt.Sprintf("cannot attach to *v1.Service: invalid service '%s': Service is defined without a selector", f.Name),
			})
		default:
			p.evidence = append(p.evidence, cluster.Evidence{
				Kind: cluster.KindService, Namespace: ns, Name: svc.Name, ResourceVersion: svc.ResourceVersion, Fields: []string{"spec.selector", "spec.ports"},
			})
			e.firstOf(p, ns, func(pod *cluster.Pod) bool { return carries(pod.Labels, svc.Spec.Selector) })
		}
		return svc
	}
	obj := e.view.Get(kind, ns, f.Name)
	selector := selectorOf(obj)
	if obj == nil && e.view.Source().Kind != cluster.SourceLive {
		missing(strings.ToLower(string(kind)) + "s.apps")
		return nil
	}
	e.firstOf(p, ns, func(pod *cluster.Pod) bool {
		if selector != nil {
			return selector.Matches(pod.Labels)
		}
		return ownedBy(e.view, pod, f.Resource, f.Name)
	})
	return nil
}

// selectorOf is the selector of a workload as its object has it; nil where the object is not read.
func selectorOf(obj cluster.Object) labels.Selector {
	var s *v1.LabelSelector
	switch o := obj.(type) {
	case *appsv1.Deployment:
		s = o.Spec.Selector
	case *appsv1.ReplicaSet:
		s = o.Spec.Selector
	case *appsv1.StatefulSet:
		s = o.Spec.Selector
	case *appsv1.DaemonSet:
		s = o.Spec.Selector
	case *batchv1.Job:
		s = o.Spec.Selector
	}
	if s == nil {
		return nil
	}
	selector, err := v1.LabelSelectorAsSelector(s)
	if err != nil {
		return nil
	}
	return selector
}

// firstOf takes the most active of the selected pods, whatever their phase (polymorphichelpers GetFirstPod, podutils
// ActivePods). Since when a pod is Ready is not kept, so that Ready ones are alike.
func (e *engine) firstOf(p *forwardPlan, ns string, selected func(*cluster.Pod) bool) {
	var list []*cluster.Pod
	for pod := range e.view.PodsIn(ns) {
		if selected(pod) {
			list = append(list, pod)
		}
	}
	less := func(a, b *cluster.Pod) int {
		return cmp.Or(
			moreOf(a.Node != "", b.Node != ""), cmp.Compare(phaseRank(b), phaseRank(a)), moreOf(a.Ready, b.Ready), moreOf(!a.Terminating, !b.Terminating),
		)
	}
	slices.SortStableFunc(list, func(a, b *cluster.Pod) int { return cmp.Or(less(a, b), cmp.Compare(a.Name, b.Name)) })
	for i, pod := range list {
		if i == 0 {
			p.pod = pod
		} else if less(list[0], pod) == 0 {
			p.others = append(p.others, pod)
		}
	}
}

func moreOf(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func phaseRank(p *cluster.Pod) int {
	switch p.Phase {
	case cluster.PhaseRunning:
		return 2
	case cluster.PhaseUnknown:
		return 1
	}
	return 0
}

// forwardPorts turns the ports of the line into numbers (translateServicePortToTargetPort, convertPodNamedPortToNumber).
func (p *forwardPlan) forwardPorts(f *command.PortForward, svc *corev1.Service) {
	for _, text := range f.Ports {
		local := text.Local
		number, named := 0, false
		if n, err := strconv.Atoi(text.Remote); err == nil {
			number = n
		} else {
			named = true
		}
		switch {
		case svc != nil:
			target, shown, fail := p.servicePort(svc, text.Remote, number, named)
			if fail != nil {
				p.fails(*fail)
				return
			}
			if named && local == text.Remote {
				local = strconv.Itoa(shown)
			}
			p.compared = append(p.compared, Comparison{What: "service port", Wanted: text.Remote, Got: words.Say("clause.target-port", target), Holds: true})
			number = target
		case named:
			n, ok := portByName(p.pod, text.Remote)
			if !ok {
				p.fails(ending{
					reason: "pod.port-closed", object: pointer(p.pod.Ref()), kubectl: fmt.Sprintf("Pod '%s' does not have a named port '%s'", p.pod.Name, text.Remote),
					why: words.Say("clause.forward.no-port-named", text.Remote),
				})
				return
			}
			if local == text.Remote {
				local = strconv.Itoa(n)
			}
			p.compared = append(p.compared, Comparison{What: "port name", Wanted: text.Remote, Got: strconv.Itoa(n), Holds: true})
			number = n
		}
		if svc == nil && udpOnly(p.pod, number) {
			p.fails(ending{
				reason: "pod.port-closed", object: pointer(p.pod.Ref()), kubectl: "UDP protocol is not supported for " + text.Remote, why: words.Say("clause.forward.tcp-only"),
			})
			return
		}
		from, err := strconv.ParseUint(cmp.Or(local, "0"), 10, 16)
		if err != nil {
			p.fails(ending{
				reason: "host.port-closed", kubectl: fmt.Sprintf("error parsing local port '%s': strconv.ParseUint: parsing %q: invalid syntax", local, local), why: words.Say("clause.forward.no-port", local),
			})
			return
		}
		p.ports = append(p.ports, plannedPort{uint16(from), uint16(number)})
	}
}

// servicePort is the port in the pod for a port of a service, by number or name, and the service's own number. A headless
// service is not translated (kubectl pkg/util LookupContainerPortNumberByServicePort).
func (p *forwardPlan) servicePort(svc *corev1.Service, text string, number int, named bool) (target, shown int, fail *ending) {
	bad := func(format string, args ...any) *ending {
		return &ending{
			reason: "service.port-undefined", object: serviceRef(svc), kubectl: fmt.Sprintf(format, args...), got: definedPorts(svc),
			why: words.Say("clause.forward.no-service-port", text),
		}
	}
	if named {
		i := slices.IndexFunc(svc.Spec.Ports, func(sp corev1.ServicePort) bool { return sp.Name == text })
		if i < 0 {
			return 0, 0, bad("Service '%s' does not have a named port '%s'", svc.Name, text)
		}
		number = int(svc.Spec.Ports[i].Port)
	}
	udp, tcp := false, false
	for _, sp := range svc.Spec.Ports {
		if int(sp.Port) == number {
			udp = udp || sp.Protocol == corev1.ProtocolUDP
			tcp = tcp || sp.Protocol == corev1.ProtocolTCP || sp.Protocol == ""
		}
	}
	if udp && !tcp {
		return 0, 0, bad("UDP protocol is not supported for %s", text)
	}
	for _, sp := range svc.Spec.Ports {
		switch {
		case int(sp.Port) != number:
			continue
		case svc.Spec.ClusterIP == corev1.ClusterIPNone:
			return number, number, nil
		case sp.TargetPort.Type == intstr.Int:
			return cmp.Or(sp.TargetPort.IntValue(), number), number, nil
		}
		n, ok := portByName(p.pod, sp.TargetPort.StrVal)
		if !ok {
			end := bad("Pod '%s' does not have a named port '%s'", p.pod.Name, sp.TargetPort.StrVal)
			end.reason, end.object, end.why = "pod.port-closed", pointer(p.pod.Ref()), words.Say("clause.forward.no-port-named", sp.TargetPort.StrVal)
			return 0, 0, end
		}
		return n, number, nil
	}
	return 0, 0, bad("Service %s does not have a service port %d", svc.Name, number)
}

func definedPorts(svc *corev1.Service) string {
	var out []string
	for _, sp := range svc.Spec.Ports {
		out = append(out, fmt.Sprintf("%d/%s", sp.Port, cmp.Or(sp.Protocol, corev1.ProtocolTCP)))
	}
	return strings.Join(out, ", ")
}

// portByName looks a port's name up in containers and then in sidecars, whatever its protocol (kubectl pkg/util
// LookupContainerPortNumberByName).
func portByName(pod *cluster.Pod, name string) (int, bool) {
	if pod.Shape == nil {
		return 0, false
	}
	for _, sidecar := range []bool{false, true} {
		for _, c := range pod.Shape.Containers {
			for _, cp := range c.Ports {
				if c.Sidecar == sidecar && cp.Name == name && name != "" {
					return int(cp.Port), true
				}
			}
		}
	}
	return 0, false
}

// udpOnly reports whether a pod declares a port for UDP and not for TCP.
func udpOnly(pod *cluster.Pod, port int) bool {
	udp := false
	if pod.Shape == nil {
		return false
	}
	for _, c := range pod.Shape.Containers {
		for _, cp := range c.Ports {
			if int(cp.Port) != port || c.Sidecar {
				continue
			}
			if cp.Protocol == corev1.ProtocolTCP {
				return false
			}
			udp = udp || cp.Protocol == corev1.ProtocolUDP
		}
	}
	return udp
}

// listensOf are the addresses on which kubectl listens: localhost is both loopback addresses (client-go
// tools/portforward parseAddresses).
func listensOf(f *command.PortForward) (out []netip.Addr) {
	for _, text := range f.Addresses {
		if text == "localhost" {
			out = append(out, netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback())
		} else if a, ok := cluster.ParseAddr(text); ok {
			out = append(out, a)
		}
	}
	return out
}

// takes is the planned port that a connection to an address and port of the client's own machine meets.
func (p *forwardPlan) takes(to netip.AddrPort) (plannedPort, bool) {
	for _, a := range p.listens {
		// Go listens on 0.0.0.0 by tcp4 and on :: by tcp6 alone.
		if a != to.Addr() && !(a.IsUnspecified() && a.Is4() == to.Addr().Is4()) {
			continue
		}
		for _, port := range p.ports {
			if port.local == to.Port() {
				return port, true
			}
		}
	}
	return plannedPort{}, false
}

// otherForwardsFlip asks again with the other pods that kubectl port-forward may take.
func (e *engine) otherForwardsFlip(t *Trace) bool {
	for i, p := range e.forwardPlan().others {
		if i >= maxNodesTried {
			break
		}
		other, err := newEngine(e.view, e.ask, e.req, e.from, e.ask.Assume)
		if err != nil {
			continue
		}
		other.plan = other.planned(e.req.PortForward, p)
		if a := other.alternative(map[string]string{keyForwardPod: p.Name}); a.Verdict.Class != t.Verdict.Class {
			t.Alternatives = append(t.Alternatives, a)
			return true
		}
	}
	return false
}

func (e *engine) forwardPlan() *forwardPlan {
	if e.plan == nil {
		e.plan = e.planned(e.req.PortForward, nil)
		if p := e.plan; len(p.others) > 0 && p.pod != nil {
			e.assume(keyForwardPod, p.pod.Name, facts.Default, nil)
		}
	}
	return e.plan
}
