package reach

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/service"
)

// ReachableFrom says of every pod that runs, every service, node and host whether the source of a question reaches it.
// Pods are asked for on the ports that they declare (80 where they declare none), unless the question names one. Its
// errors are *Error, or a trace's *trace.AskError.
func ReachableFrom(view *cluster.View, ask Ask) (*Answer, error) {
	a, err := newAsker(view, ask)
	if err != nil {
		return nil, err
	}
	protocol, err := parseProtocol(ask.Protocol)
	if err != nil {
		return nil, err
	}
	n, ok, err := number(ask.Port)
	if err != nil || ask.Port != "" && !ok {
		return nil, cmp.Or(err, bad("port", "%q is no port number", ask.Port))
	}
	out := newAnswer(view, ReachableFromHere)
	out.Subject = Subject{Text: ask.Source, Addresses: []string{}, Port: n, Protocol: string(protocol), Policies: []cluster.Ref{}}
	s, err := a.sourceOf(ask)
	if err != nil {
		return nil, err
	}
	out.Subject.Ref = s.ref
	a.host = s.pod == nil && s.node == nil
	a.said = map[saidKey]*said{}
	if s.addr.IsValid() {
		out.Subject.Addresses = []string{s.addr.String()}
	}
	if s.pod != nil {
		out.Subject.Policies = a.gates.Guarding(s.pod, policy.Egress)
	}
	gather := newGathering()
	if err := a.toPods(s, n, protocol, gather); err != nil {
		return nil, err
	}
	if err := a.toServices(s, n, protocol, gather); err != nil {
		return nil, err
	}
	if err := a.toRest(s, n, protocol, gather); err != nil {
		return nil, err
	}
	out.Groups = gather.groups()
	out.Assumptions = a.assumptions()
	out.summarise()
	return out, nil
}

// sourceOf is the source as a sender, where it is a pod or a node; elsewhere only what names it.
func (a *asker) sourceOf(ask Ask) (*sender, error) {
	parts := strings.Split(ask.Source, "/")
	switch {
	case parts[0] == "pod" && (len(parts) == 2 || len(parts) == 3):
		namespace, name := cmp.Or(ask.Namespace, "default"), parts[1]
		if len(parts) == 3 {
			namespace, name = parts[1], parts[2]
		}
		if p := a.view.Pod(namespace, name); p != nil && !p.Done() && p.IP().IsValid() {
			s := podSender(a.view, p)
			return &s, nil
		}
		return nil, bad("source", "no pod %s/%s runs", namespace, name)
	case parts[0] == "node" && len(parts) == 2:
		if n := a.view.Node(parts[1]); n != nil {
			s := nodeSender(n)
			return &s, nil
		}
		return nil, bad("source", "node %s does not exist", parts[1])
	case parts[0] == "lan" || parts[0] == "internet" || parts[0] == "ip":
		return &sender{from: ask.Source, ref: cluster.Ref{Kind: cluster.KindHost, Name: cmp.Or(strings.Join(parts[1:], "/"), parts[0])}}, nil
	}
	return nil, bad("source", "%q is no source; write pod/NAMESPACE/NAME, node/NAME, lan[/NAME] or internet[/NAME]", ask.Source)
}

// key is the signature of a pair; nobody's traces are shared where the source is no pod and no node, for ranges of the
// surroundings decide then.
func (a *asker) key(s *sender, t *spot, protocol corev1.Protocol) (string, *policy.Question, *policy.Question) {
	if s.pod == nil && s.node == nil {
		return "", nil, nil
	}
	return a.signature(s, t, protocol)
}

func (a *asker) group(s *sender, t *spot, about tracedKey, protocol corev1.Protocol) (Group, error) {
	a.ready(t)
	text, egress, ingress := a.key(s, t, protocol)
	about.text += text
	if a.host {
		// Machines outside have no signature: what the gates think of them goes by the labels of pods. Walls stand before
		// gates, and what ends at one ends there for all that stand alike but for their labels.
		wall := about
		wall.about.namespace, wall.about.owner, wall.about.labels, wall.about.shape, wall.text = "", nil, nil, nil, "wall "+about.text
		if t.ref.Kind == cluster.KindPod {
			wall.text = "wall"
		}
		told, err := a.trace(wall, s.from, t.command)
		if err != nil {
			return Group{}, err
		}
		if strings.HasPrefix(told.verdict.Reason, "boundary.") {
			g := Group{Port: t.port, Protocol: string(protocol), Trace: a.pair(s.from, t.command)}
			a.fill(&g, told, nil, nil)
			return g, nil
		}
		about.text = t.command
	}
	told, err := a.trace(about, s.from, t.command)
	if err != nil {
		return Group{}, err
	}
	g := Group{Port: t.port, Protocol: string(protocol), Trace: a.pair(s.from, t.command)}
	a.fill(&g, told, egress, ingress)
	return g, nil
}

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
		return object + " answers."
	case Partly:
		return "Not every endpoint of " + object + " answers."
	}
	return fmt.Sprintf("%s does not answer (%s).", object, g.Reason)
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

// toRest asks for nodes, the hosts of the surroundings at the ports they listen on, and a machine of the Internet.
func (a *asker) toRest(s *sender, port int32, protocol corev1.Protocol, gather *gathering) error {
	ask := func(kind string, ref cluster.Ref, t spot) error {
		g, err := a.group(s, &t, tracedKey{text: t.command}, protocol)
		if err != nil {
			return err
		}
		g.Kind, g.Object = kind, ref
		gather.add(g, ref)
		return nil
	}
	for _, n := range a.view.Nodes() {
		ref := cluster.Ref{Kind: cluster.KindNode, Name: n.Name}
		if addrs := cluster.NodeAddrs(n); len(addrs) > 0 {
			t := addressSpot(a.view, ref, addrs[0], cmp.Or(port, kubeletPort), protocol)
			g, err := a.group(s, &t, tracedKey{text: "node" + a.hostOf(s, n.Name) + "|"}, protocol)
			if err != nil {
				return err
			}
			g.Kind, g.Object = OfNodes, ref
			if g.DecidedBy != nil && g.DecidedBy.Kind == cluster.KindNode && *g.DecidedBy != ref {
				g.DecidedBy, g.Sentence = &ref, fmt.Sprintf("Node %s stands like others (%s).", n.Name, g.Reason)
			}
			gather.add(g, ref)
		}
	}
	for i := range a.view.Surroundings().Hosts {
		h := &a.view.Surroundings().Hosts[i]
		if a.view.Node(h.Name) != nil || len(h.Addresses) == 0 || s.ref.Name == h.Name {
			continue
		}
		ref := cluster.Ref{Kind: cluster.KindHost, Name: h.Name}
		ports := []int32{port}
		if port == 0 {
			ports = nil
			for _, l := range h.Listeners {
				ports = append(ports, l.Port)
			}
			if len(ports) == 0 {
				ports = []int32{80}
			}
		}
		for _, n := range ports {
			if err := ask(OfHosts, ref, addressSpot(a.view, ref, h.Addresses[0], n, protocol)); err != nil {
				return err
			}
		}
	}
	ref := cluster.Ref{Kind: cluster.KindNetwork, Name: "internet"}
	if s.from == "internet" {
		return nil
	}
	return ask(OfHosts, ref, addressSpot(a.view, ref, elsewhere, cmp.Or(port, 443), protocol))
}

// kubeletPort is what every node listens on (k8s.io/kubernetes pkg/cluster/ports KubeletPort).
const kubeletPort = 10250

// elsewhere is an address of the Internet that nobody has (RFC 5737, TEST-NET-2).
var elsewhere = netip.MustParseAddr("198.51.100.254")
