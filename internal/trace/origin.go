package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// origin is who asks.
type origin struct {
	sender
	unnamed   bool           // a bare lan or internet: addr is a stand-in that is never shown
	within    []netip.Prefix // of an unnamed host: the ranges it may be in; none for the Internet
	ghost     bool           // a one-shot pod that no View has
	placed    bool           // of a one-shot pod: the line says on which node it runs
	others    []*cluster.Pod // the pods of a workload that kubectl exec might take as well
	container string
	nodeObj   *corev1.Node
	number    netip.Addr // the address by which it was named, where it was
}

func (o origin) party() Party {
	p := Party{Kind: o.ref.Kind, Namespace: o.ref.Namespace, Name: o.ref.Name, Node: o.node}
	if !o.unnamed && o.addr.IsValid() {
		p.IP = o.addr.String()
	}
	return p
}

func badSource(format string, args ...any) error {
	return &AskError{Code: CodeBadSource, Field: "from", Message: fmt.Sprintf(format, args...)}
}

func unknownSource(format string, args ...any) error {
	return &AskError{Code: CodeUnknownSource, Field: "from", Message: fmt.Sprintf(format, args...)}
}

// originOf finds who asks. A command that runs inside a pod (kubectl exec, kubectl run) says so itself; --from decides
// before a mere prompt does.
func originOf(view *cluster.View, ask Ask, req *command.Request) (origin, error) {
	namespace := cmp.Or(ask.Namespace, "default")
	if s := req.Source; s != nil {
		switch s.Kind {
		case command.SourcePod:
			return podOrigin(view, cmp.Or(s.Namespace, namespace), s.Name, s.Container)
		case command.SourceWorkload:
			return workloadOrigin(view, cmp.Or(s.Namespace, namespace), s)
		case command.SourceOneShot:
			return ghostOrigin(view, cmp.Or(s.Namespace, namespace), s)
		}
		if ask.From == "" {
			switch s.Kind {
			case command.SourcePrompt:
				return promptOrigin(view, namespace, s.Name)
			case command.SourceOutside:
				return outsideOrigin(view), nil
			case command.SourceSomePod:
				return origin{}, badSource("the prompt does not say which pod this is; say it with --from pod/NAMESPACE/NAME")
			}
		}
	}
	return parseFrom(view, ask.From, namespace)
}

const fromForms = "pod/NAMESPACE/NAME[/CONTAINER], pod/NAME, node/NAME, lan, lan/NAME-or-IP, internet, internet/NAME-or-IP or ip/IP"

func parseFrom(view *cluster.View, from, namespace string) (origin, error) {
	kind, rest, more := strings.Cut(strings.TrimSpace(from), "/")
	switch kind {
	case "":
		return origin{}, badSource("who asks? say --from %s", fromForms)
	case "pod":
		parts := strings.Split(rest, "/")
		if !more || slices.Contains(parts, "") || len(parts) > 3 {
			return origin{}, badSource("%q is no pod; write pod/NAMESPACE/NAME[/CONTAINER]", from)
		}
		switch len(parts) {
		case 1:
			return podOrigin(view, namespace, parts[0], "")
		case 2:
			return podOrigin(view, parts[0], parts[1], "")
		}
		return podOrigin(view, parts[0], parts[1], parts[2])
	case "node":
		if n := view.Node(rest); n != nil {
			return nodeOrigin(n), nil
		}
		return origin{}, unknownSource("node %q does not exist%s", rest, nearest(rest, nodeNames(view)))
	case "lan", "internet":
		return networkOrigin(view, surroundings.Layer(kind), rest, more)
	case "ip":
		return addressOrigin(view, rest)
	}
	return origin{}, badSource("%q is no source; write %s", from, fromForms)
}

func podOrigin(view *cluster.View, namespace, name, container string) (origin, error) {
	if strings.ContainsAny(name, "$<>{}() ") || name == "" {
		return origin{}, badSource("%q stands for a pod's name; say which pod with --from pod/NAMESPACE/NAME", name)
	}
	if !view.Readable(cluster.KindPod, namespace) {
		return origin{}, unknownSource("pods of namespace %s may not be read, so nothing is known of pod %s/%s", namespace, namespace, name)
	}
	p := view.Pod(namespace, name)
	if p == nil {
		var names []string
		for other := range view.PodsIn(namespace) {
			names = append(names, other.Name)
		}
		return origin{}, unknownSource("pod %s/%s does not exist%s", namespace, name, nearest(name, names))
	}
	if container != "" && p.Shape != nil {
		var names []string
		for _, c := range p.Shape.Containers {
			names = append(names, c.Name)
		}
		if !slices.Contains(names, container) {
			return origin{}, unknownSource("pod %s/%s has no container %q; it has %s", namespace, name, container, strings.Join(names, ", "))
		}
	}
	if p.Done() {
		return origin{}, unknownSource("pod %s/%s has ended (%s): nothing runs in it that could ask", namespace, name, p.Phase)
	}
	if !p.IP().IsValid() {
		return origin{}, unknownSource("pod %s/%s has no address yet (%s): nothing runs in it that could ask", namespace, name, cmp.Or(p.Reason, p.Phase.String()))
	}
	o := podSender(view, p)
	o.container = container
	return o, nil
}

func podSender(view *cluster.View, p *cluster.Pod) origin {
	return origin{
		sender:  sender{ref: p.Ref(), layer: surroundings.LayerPod, pod: p, node: p.Node, addr: p.IP()},
		nodeObj: view.Node(p.Node),
	}
}

func nodeOrigin(n *corev1.Node) origin {
	o := origin{sender: sender{ref: cluster.Ref{Kind: cluster.KindNode, Name: n.Name}, layer: surroundings.LayerLAN, node: n.Name}, nodeObj: n}
	if addrs := cluster.NodeAddrs(n); len(addrs) > 0 {
		o.addr = addrs[0]
	}
	return o
}

func hostOrigin(h *surroundings.Host) origin {
	o := origin{sender: sender{ref: cluster.Ref{Kind: cluster.KindHost, Name: h.Name}, layer: h.Layer, host: h}}
	if o.layer == "" {
		o.layer = surroundings.LayerLAN
	}
	if len(h.Addresses) > 0 {
		o.addr = h.Addresses[0]
	}
	return o
}

// networkOrigin is a host of a layer: a named one, one by its address, or any.
func networkOrigin(view *cluster.View, layer surroundings.Layer, name string, named bool) (origin, error) {
	if !named {
		return bareOrigin(view, layer), nil
	}
	if name == "" {
		return origin{}, badSource("%q names nobody; write %s or %s/NAME-or-IP", string(layer)+"/", layer, layer)
	}
	if addr, ok := cluster.ParseAddr(name); ok {
		if o, ok := ownerOrigin(view, addr); ok {
			return o, nil
		}
		return addressed(layer, addr), nil
	}
	var names []string
	for i := range view.Surroundings().Hosts {
		h := &view.Surroundings().Hosts[i]
		if h.Name == name && view.Node(name) == nil {
			return hostOrigin(h), nil
		}
		names = append(names, h.Name)
	}
	if n := view.Node(name); n != nil && layer == surroundings.LayerLAN {
		return nodeOrigin(n), nil
	}
	return origin{}, unknownSource("no host named %q is known%s; a bare %q is an unnamed host", name, nearest(name, names), layer)
}

func addressed(layer surroundings.Layer, addr netip.Addr) origin {
	return origin{sender: sender{ref: cluster.Ref{Kind: cluster.KindHost, Name: addr.String()}, layer: layer, addr: addr}}
}

func addressOrigin(view *cluster.View, text string) (origin, error) {
	addr, ok := cluster.ParseAddr(text)
	if !ok {
		return origin{}, badSource("%q is no IP address", text)
	}
	if addr.IsLoopback() || addr.IsUnspecified() || many(addr) {
		return origin{}, badSource("%s is no machine's own address; say whose it is with pod/…, node/… or lan/…", addr)
	}
	if o, ok := ownerOrigin(view, addr); ok {
		o.number = addr
		return o, nil
	}
	owner := boundary.OwnerOf(view, addr)
	switch owner.Kind {
	case boundary.OwnerService, boundary.OwnerUnknownInService:
		return origin{}, badSource("%s is a service address; nothing sends from it", addr)
	case boundary.OwnerUnknownInPod:
		return origin{}, unknownSource("no pod has the address %s", addr)
	}
	layer := owner.Layer
	if layer != surroundings.LayerLAN {
		layer = surroundings.LayerInternet
	}
	return addressed(layer, addr), nil
}

// ownerOrigin is the pod, node or host that has an address.
func ownerOrigin(view *cluster.View, addr netip.Addr) (origin, bool) {
	owner := boundary.OwnerOf(view, addr)
	switch {
	case owner.Kind == boundary.OwnerPod && owner.Pod != nil:
		o := podSender(view, owner.Pod)
		o.addr = addr
		return o, true
	case owner.Node != nil:
		o := nodeOrigin(owner.Node)
		o.addr = addr
		return o, true
	case owner.Host != nil:
		o := hostOrigin(owner.Host)
		o.addr = addr
		return o, true
	}
	return origin{}, false
}

// bareOrigin is an unnamed host. Its address is a stand-in that no range or rule names, so that the walk can be made;
// it is shown as the network's name. TRACE.md: a bare lan or internet has no further properties.
func bareOrigin(view *cluster.View, layer surroundings.Layer) origin {
	o := origin{unnamed: true, sender: sender{ref: cluster.Ref{Kind: cluster.KindHost, Name: string(layer)}, layer: layer}}
	var ranges []netip.Prefix
	if layer == surroundings.LayerLAN {
		for _, r := range boundary.RangesOf(view).LAN {
			ranges = append(ranges, r.Prefix)
		}
		o.within = slices.Clone(ranges)
		ranges = append(ranges, netip.MustParsePrefix("192.168.254.0/24"))
	} else {
		ranges = append(ranges, netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.18.0.0/24"))
	}
	for _, r := range ranges {
		if a, ok := freeAddress(view, r); ok {
			o.addr = a
			return o
		}
	}
	return o
}

// freeAddress takes an address near the end of a range that nobody has.
func freeAddress(view *cluster.View, r netip.Prefix) (netip.Addr, bool) {
	if !r.Addr().Is4() || r.Bits() > 30 {
		return netip.Addr{}, false
	}
	a4 := r.Masked().Addr().As4()
	host := uint32(1)<<(32-r.Bits()) - 1
	base := uint32(a4[0])<<24 | uint32(a4[1])<<16 | uint32(a4[2])<<8 | uint32(a4[3])
	for i := uint32(1); i < host && i < 64; i++ {
		n := base + host - i
		a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		o := boundary.OwnerOf(view, a)
		if o.Pod == nil && o.Node == nil && o.Host == nil && o.Router == nil && o.Resolver == nil && len(o.Services) == 0 {
			return a, true
		}
	}
	return netip.Addr{}, false
}

func nodeNames(view *cluster.View) []string {
	var out []string
	for _, n := range view.Nodes() {
		out = append(out, n.Name)
	}
	return out
}

// nearest suggests a name that starts alike.
func nearest(name string, have []string) string {
	slices.Sort(have)
	best, length := "", 0
	for _, h := range have {
		n := 0
		for n < len(h) && n < len(name) && h[n] == name[n] {
			n++
		}
		if n > length && n >= 2 {
			best, length = h, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}
