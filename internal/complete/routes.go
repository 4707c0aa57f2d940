package complete

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
)

// routeHosts are the hosts that routes have, each once, with where gateways take them: Insert lacks the scheme. A listener
// on another port than that of its scheme is asked there.
func routeHosts(view *cluster.View) []Item {
	if view.Count(cluster.KindHTTPRoute)+view.Count(cluster.KindGRPCRoute) == 0 {
		return nil
	}
	set := gateway.Read(view)
	ports := map[cluster.Ref]int32{}
	for _, g := range set.All() {
		if len(g.Listeners) > 0 {
			ports[g.Ref()] = g.Listeners[0].Spec.Port
		}
		for _, l := range g.Listeners {
			if l.Spec.Port == 80 || l.Spec.Port == 443 {
				ports[g.Ref()] = l.Spec.Port
			}
		}
	}
	var out, lost []Item
	for _, r := range set.Routes() {
		add := func(to *[]Item, host, at, detail string) {
			if host == "" || strings.HasPrefix(host, "*") {
				return
			}
			*to = append(*to, Item{at + "/", host, detail, "host", id(r.Ref.Kind, r.Ref.Namespace, r.Ref.Name)})
		}
		for _, p := range r.Parents {
			port := ""
			if n := ports[p.Gateway]; n != 0 && n != 80 && n != 443 {
				port = ":" + strconv.Itoa(int(n))
			}
			for _, h := range p.Hosts {
				add(&out, h, h+port, "host at gateway "+p.Gateway.Name)
			}
		}
		for _, h := range r.Hosts {
			add(&lost, h, h, "host of a route that no gateway has taken")
		}
	}
	out = append(out, lost...) // a host that some gateway takes is not lost
	slices.SortStableFunc(out, func(a, b Item) int { return cmp.Compare(a.Label, b.Label) })
	return slices.CompactFunc(out, func(a, b Item) bool { return a.Label == b.Label })
}

// routePaths lists the paths that HTTPRoutes have for a host.
func routePaths(view *cluster.View, scheme, host, path string) []Item {
	if view.Count(cluster.KindHTTPRoute) == 0 {
		return nil
	}
	name, _, _ := strings.Cut(host, ":")
	covers := func(h string) bool {
		suffix, wild := strings.CutPrefix(h, "*")
		return h == "" || h == name || wild && strings.HasSuffix(name, suffix)
	}
	var out []Item
	for _, r := range gateway.Read(view).Routes() {
		taken := len(r.Hosts) == 0 || slices.ContainsFunc(r.Hosts, covers)
		for _, p := range r.Parents {
			taken = taken && (len(p.Hosts) == 0 || slices.ContainsFunc(p.Hosts, covers))
		}
		if !taken {
			continue
		}
		for _, rule := range r.Rules {
			if rule.Path == "" || rule.PathType == "RegularExpression" || !strings.HasPrefix(rule.Path, path) && path != "/" {
				continue
			}
			to := rule.Answers
			if to == "" && len(rule.Backends) > 0 {
				to = "to " + rule.Backends[0].Ref.Name
			}
			detail := strings.TrimSuffix("route "+r.Ref.Name+", "+to, ", ")
			out = append(out, Item{scheme + host + rule.Path, host + rule.Path, detail, "path", id(r.Ref.Kind, r.Ref.Namespace, r.Ref.Name)})
		}
	}
	return out
}
