package reach

import (
	"cmp"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
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
	a.alone(s)
	if s.addr.IsValid() {
		out.Subject.Addresses = []string{s.addr.String()}
	}
	if s.pod != nil {
		out.Subject.Policies = a.gates.Guarding(s.pod, policy.Egress)
	}
	gather, services := newGathering(), newGathering()
	wait := a.beside(func(b *asker) error { return b.toServices(s, n, protocol, services) }, s)
	err = a.toPods(s, n, protocol, gather)
	if err == nil {
		err = a.toRest(s, n, protocol, gather)
	}
	if err := cmp.Or(wait(), err); err != nil {
		return nil, err
	}
	gather.list = append(gather.list, services.list...) // of other kinds of objects
	out.Groups = gather.groups()
	out.Assumptions = a.assumptions(out)
	out.summarise()
	return out, nil
}

// alone makes it an asker of one sender.
func (a *asker) alone(s *sender) {
	a.host = s.pod == nil && s.node == nil
	a.said = map[saidKey]*said{}
}

// beside asks about other targets at the same time: services take as long as pods, and what is found out of the one is of
// no use to the other. What is returned waits for the end, takes over what was traced, and passes on a panic.
func (a *asker) beside(ask func(*asker) error, s *sender) (wait func() error) {
	b := newAskerOf(a.view, a.ask, a.facts)
	b.alone(s)
	var err error
	var paniced any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { paniced = recover() }()
		err = ask(b)
	}()
	return func() error {
		<-done
		if paniced != nil {
			panic(paniced)
		}
		a.order = append(a.order, b.order...)
		return err
	}
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
				g.DecidedBy, g.Sentence = &ref, words.Say("reach.rest.stands-like", n.Name, g.Reason)
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
