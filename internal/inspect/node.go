package inspect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

func describeNode(a *About, view *cluster.View, n *corev1.Node, now time.Time) {
	status := "NotReady"
	if cluster.NodeReady(n) {
		status = "Ready"
	}
	if n.Spec.Unschedulable {
		status += ",SchedulingDisabled"
	}
	var roles, internal, external []string
	for label := range n.Labels {
		if role, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	for _, address := range n.Status.Addresses {
		switch address.Type {
		case corev1.NodeInternalIP:
			internal = append(internal, address.Address)
		case corev1.NodeExternalIP:
			external = append(external, address.Address)
		}
	}
	a.Wide = []Cell{
		{"NAME", n.Name}, {"STATUS", status}, {"ROLES", orNone(strings.Join(roles, ","))}, {"AGE", age(n.CreationTimestamp.Time, now)},
		{"VERSION", n.Status.NodeInfo.KubeletVersion}, {"INTERNAL-IP", orNone(strings.Join(internal, ","))},
		{"EXTERNAL-IP", orNone(strings.Join(external, ","))},
	}
	pods := 0
	for p := range view.Pods() {
		if p.Node == n.Name && !p.Done() {
			pods++
		}
	}
	ranges := n.Spec.PodCIDRs
	if len(ranges) == 0 && n.Spec.PodCIDR != "" {
		ranges = []string{n.Spec.PodCIDR}
	}
	a.Sections = []Section{{Title: words.Say("inspect.title.node"), Lines: []Line{
		line(words.Say("inspect.line.pod-range"), orNone(strings.Join(ranges, ", "))), line(words.Say("inspect.line.pods"), pods),
	}}}
}

// describeOutside describes what is no Kubernetes object.
func describeOutside(a *About, view *cluster.View) bool {
	out, name := view.Surroundings(), a.Ref.Name
	add := func(title string, lines ...Line) { a.Sections = append(a.Sections, Section{title, lines}) }
	switch a.Ref.Kind {
	case cluster.KindHost:
		i := slices.IndexFunc(out.Hosts, func(h surroundings.Host) bool { return h.Name == name })
		if i < 0 {
			return false
		}
		describeHost(a, &out.Hosts[i])
	case cluster.KindResolver:
		i := slices.IndexFunc(out.Resolvers, func(r surroundings.Resolver) bool { return r.Name == name })
		if i < 0 {
			return false
		}
		r := out.Resolvers[i]
		a.Wide = []Cell{{"NAME", name}, {"LAYER", string(r.Layer)}, {"ADDRESS", r.Address.String()}}
		lines := []Line{}
		for zone := range r.Zones {
			lines = append(lines, line(zone, words.Say("inspect.resolver.names", len(r.Zones[zone]))))
		}
		slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(a.Name, b.Name) })
		if r.Next != "" {
			lines = append(lines, refLine(words.Say("inspect.line.asks-for-the-rest"), cluster.Ref{Kind: cluster.KindResolver, Name: r.Next}))
		}
		add(words.Say("inspect.title.zones"), lines...)
	case cluster.KindRouter:
		i := slices.IndexFunc(out.Routers, func(r surroundings.Router) bool { return r.Name == name })
		if i < 0 {
			return false
		}
		r := out.Routers[i]
		var between []string
		for _, l := range r.Between {
			between = append(between, string(l))
		}
		a.Wide = []Cell{{"NAME", name}, {"BETWEEN", strings.Join(between, ", ")}}
		does := line(words.Say("inspect.line.does"), words.Say("inspect.router.routes"))
		if r.Outside != nil {
			does = line(words.Say("inspect.line.does"), words.Say("inspect.router.translates", r.Outside.String()))
		}
		lines := []Line{does}
		for _, f := range r.Forwards {
			lines = append(lines, line(words.Say("inspect.host.forwards", f.Listen), f.To))
		}
		add(words.Say("inspect.title.router"), lines...)
	default:
		return describeBalancer(a, view)
	}
	return true
}

func describeHost(a *About, h *surroundings.Host) {
	var addresses []string
	for _, ip := range h.Addresses {
		addresses = append(addresses, ip.String())
	}
	a.Wide = []Cell{{"NAME", h.Name}, {"LAYER", string(cmp.Or(h.Layer, surroundings.LayerLAN))}, {"ADDRESSES", strings.Join(addresses, ",")}}
	lines := []Line{}
	if h.Resolver != "" {
		lines = append(lines, refLine(words.Say("inspect.line.asks-for-names"), cluster.Ref{Kind: cluster.KindResolver, Name: h.Resolver}))
	}
	names := make([]string, 0, len(h.HostsFile))
	for name, ip := range h.HostsFile {
		names = append(names, name+" "+ip)
	}
	slices.Sort(names)
	if len(names) > 0 {
		lines = append(lines, line(words.Say("inspect.host.hosts-file"), strings.Join(names, ", ")))
	}
	for _, l := range h.Listeners {
		lines = append(lines, line(words.Say("inspect.line.listens-on"), l.Port))
	}
	for _, f := range h.Forwards {
		lines = append(lines, line(words.Say("inspect.host.forwards", f.Listen), f.To))
	}
	for _, p := range h.Proxies {
		lines = append(lines, line(words.Say("inspect.host.proxies", p.Listen), strings.Join(p.Upstreams, ", ")))
	}
	a.Sections = []Section{{words.Say("inspect.title.host"), lines}}
}

func describeBalancer(a *About, view *cluster.View) bool {
	for _, lb := range boundary.LoadBalancers(view) {
		if lb.Service.Namespace != a.Ref.Namespace || lb.Service.Name != a.Ref.Name {
			continue
		}
		var addresses []string
		for _, ip := range lb.Addresses {
			addresses = append(addresses, ip.String())
		}
		addresses = append(addresses, lb.Hostnames...)
		a.Wide = []Cell{{"NAME", a.Ref.Name}, {"LAYER", string(lb.Layer)}, {"ADDRESSES", orNone(strings.Join(addresses, ","))}}
		lines := []Line{refLine(words.Say("inspect.line.for"), cluster.Ref{Kind: cluster.KindService, Namespace: a.Ref.Namespace, Name: a.Ref.Name})}
		if lb.Why != "" {
			lines = append(lines, line(words.Say("inspect.line.because"), lb.Why))
		}
		a.Sections = []Section{{words.Say("inspect.title.load-balancer"), lines}}
		return true
	}
	return false
}
