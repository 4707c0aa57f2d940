package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
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
	a.Sections = []Section{{Title: "Node", Lines: []Line{
		line("pod range", orNone(strings.Join(ranges, ", "))), line("pods", pods),
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
			lines = append(lines, line(zone, fmt.Sprintf("%d names", len(r.Zones[zone]))))
		}
		slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(a.Name, b.Name) })
		if r.Next != "" {
			lines = append(lines, refLine("asks for the rest", cluster.Ref{Kind: cluster.KindResolver, Name: r.Next}))
		}
		add("Zones", lines...)
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
		does := line("does", "routes, and changes no address")
		if r.Outside != nil {
			does = line("does", "lends everybody behind it the address "+r.Outside.String()+" (PAT)")
		}
		lines := []Line{does}
		for _, f := range r.Forwards {
			lines = append(lines, line("forwards "+f.Listen, f.To))
		}
		add("Router", lines...)
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
		lines = append(lines, refLine("asks for names", cluster.Ref{Kind: cluster.KindResolver, Name: h.Resolver}))
	}
	names := make([]string, 0, len(h.HostsFile))
	for name, ip := range h.HostsFile {
		names = append(names, name+" "+ip)
	}
	slices.Sort(names)
	if len(names) > 0 {
		lines = append(lines, line("hosts file", strings.Join(names, ", ")))
	}
	for _, l := range h.Listeners {
		lines = append(lines, line("listens on", l.Port))
	}
	for _, f := range h.Forwards {
		lines = append(lines, line("forwards "+f.Listen, f.To))
	}
	for _, p := range h.Proxies {
		lines = append(lines, line("proxies "+p.Listen, strings.Join(p.Upstreams, ", ")))
	}
	a.Sections = []Section{{"Host", lines}}
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
		lines := []Line{refLine("for", cluster.Ref{Kind: cluster.KindService, Namespace: a.Ref.Namespace, Name: a.Ref.Name})}
		if lb.Why != "" {
			lines = append(lines, line("because", lb.Why))
		}
		a.Sections = []Section{{"Load balancer", lines}}
		return true
	}
	return false
}
