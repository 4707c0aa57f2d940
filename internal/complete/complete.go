// Package complete proposes how a request may go on: names that are valid from where one asks, with what they would
// reach, then the paths that ingresses have for a host. It is pure.
package complete

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
)

// Item is one proposal. Insert replaces the last word of the request.
type Item struct {
	Insert string `json:"insert"`
	Label  string `json:"label"`
	Detail string `json:"detail"` // what it would reach
	Kind   string `json:"kind"`   // source, service, pod, host, path
	ID     string `json:"id"`     // of the card, empty where there is none
}

// For proposes at most limit items for what was typed so far. from is as --from takes it; what begins with the word comes
// before what only contains it.
func For(view *cluster.View, from, typed string, limit int) []Item {
	word := typed
	if i := strings.LastIndexAny(typed, " \t"); i >= 0 {
		word = typed[i+1:]
	}
	scheme, rest, found := strings.Cut(word, "://")
	if !found {
		scheme, rest = "", word
	} else {
		scheme += "://"
	}
	var all []Item
	if host, path, hasPath := strings.Cut(rest, "/"); hasPath {
		all = append(paths(view, scheme, host, "/"+path), routePaths(view, scheme, host, "/"+path)...)
	} else {
		all = names(view, from, cmp.Or(scheme, "http://"))
	}
	return best(all, rest, limit)
}

// names lists what can be called by name: services as the source's own search list finds them, pods, hosts.
func names(view *cluster.View, from, scheme string) []Item {
	namespace, inside := namespaceOf(view, from)
	var out []Item
	if inside {
		for _, s := range view.Services() {
			name := s.Name
			if s.Namespace != namespace {
				name += "." + s.Namespace
			}
			out = append(out, service(s, scheme, name))
		}
	}
	hosts := ingressHosts(view)
	for _, host := range hosts {
		out = append(out, Item{scheme + host + "/", host, "host of an ingress", "host", ""})
	}
	for _, h := range routeHosts(view) {
		if !slices.Contains(hosts, h.Label) {
			h.Insert = scheme + h.Insert
			out = append(out, h)
		}
	}
	for _, n := range view.Nodes() {
		addrs := cluster.NodeAddrs(n)
		if len(addrs) == 0 {
			continue
		}
		for _, s := range view.Services() {
			for _, p := range s.Spec.Ports {
				if p.NodePort == 0 {
					continue
				}
				at := addrs[0].String() + ":" + strconv.Itoa(int(p.NodePort))
				out = append(out, Item{scheme + at + "/", at, "node port of " + s.Name + " on " + n.Name, "node", id(cluster.KindNode, "", n.Name)})
			}
		}
		if len(out) > 2000 {
			break
		}
	}
	count := 0
	for p := range view.Pods() {
		if !p.IP().IsValid() || p.Done() {
			continue
		}
		if count++; count > 5000 {
			break
		}
		at := address(p)
		out = append(out, Item{scheme + at + "/", p.Name, "pod of " + p.Namespace + ", " + at, "pod", id(cluster.KindPod, p.Namespace, p.Name)})
	}
	for _, h := range view.Surroundings().Hosts {
		if len(h.Addresses) > 0 {
			out = append(out, Item{scheme + h.Addresses[0].String() + "/", h.Name, "host of the " + string(h.Layer), "host", id(cluster.KindHost, "", h.Name)})
		}
	}
	return out
}

// address is where a pod is called: at the first port it declares, if that is not 80.
func address(p *cluster.Pod) string {
	if p.Shape != nil && !p.Shape.Declares(80, corev1.ProtocolTCP) {
		for _, c := range p.Shape.Containers {
			for _, port := range c.Ports {
				if port.Protocol == corev1.ProtocolTCP {
					return netip.AddrPortFrom(p.IP(), uint16(port.Port)).String()
				}
			}
		}
	}
	if p.IP().Is6() {
		return "[" + p.IP().String() + "]"
	}
	return p.IP().String()
}

func service(s *corev1.Service, scheme, name string) Item {
	at := name
	if len(s.Spec.Ports) > 0 && s.Spec.Ports[0].Port != 80 {
		at += ":" + strconv.Itoa(int(s.Spec.Ports[0].Port))
	}
	detail := "service of " + s.Namespace
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
		detail += ", another name for " + s.Spec.ExternalName
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		detail += ", headless"
	case s.Spec.ClusterIP != "":
		detail += ", " + s.Spec.ClusterIP
	}
	return Item{scheme + at + "/", name, detail, "service", id(cluster.KindService, s.Namespace, s.Name)}
}

// namespaceOf is the namespace whose names need no suffix for a source, and whether the source resolves cluster names.
func namespaceOf(view *cluster.View, from string) (namespace string, inside bool) {
	parts := strings.Split(from, "/")
	if parts[0] != "pod" || len(parts) < 2 {
		return "", from == ""
	}
	namespace = "default"
	if len(parts) > 2 {
		namespace = parts[1]
	}
	if p := view.Pod(namespace, parts[min(2, len(parts)-1)]); p != nil && p.Shape != nil {
		if p.Shape.DNSPolicy == corev1.DNSDefault || p.Shape.HostNetwork && p.Shape.DNSPolicy != corev1.DNSClusterFirstWithHostNet {
			return namespace, false
		}
	}
	return namespace, true
}

func ingressHosts(view *cluster.View) []string {
	var out []string
	for _, ing := range view.Ingresses() {
		for _, r := range ing.Spec.Rules {
			if r.Host != "" && !strings.HasPrefix(r.Host, "*") {
				out = append(out, r.Host)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// paths lists the paths that ingresses have for a host.
func paths(view *cluster.View, scheme, host, path string) []Item {
	name, _, _ := strings.Cut(host, ":")
	var out []Item
	for _, ing := range view.Ingresses() {
		for _, r := range ing.Spec.Rules {
			if r.HTTP == nil || r.Host != "" && r.Host != name {
				continue
			}
			for _, p := range r.HTTP.Paths {
				backend := ""
				if p.Backend.Service != nil {
					backend = ", to " + p.Backend.Service.Name
				}
				at := cmp.Or(p.Path, "/")
				if strings.HasPrefix(at, path) || path == "/" {
					out = append(out, Item{scheme + host + at, host + at, "ingress " + ing.Name + backend, "path", id(cluster.KindIngress, ing.Namespace, ing.Name)})
				}
			}
		}
	}
	return out
}

// best keeps what fits the word: what begins with it first, then what contains it, each in order of its label.
func best(all []Item, word string, limit int) []Item {
	word = strings.ToLower(word)
	rank := func(i Item) int {
		label := strings.ToLower(i.Label)
		switch {
		case strings.HasPrefix(label, word):
			return 0
		case strings.Contains(label, word), strings.Contains(i.Insert, word):
			return 1
		}
		return 2
	}
	kinds := map[string]int{"service": 0, "path": 0, "host": 1, "pod": 2, "node": 3}
	out := []Item{}
	for _, i := range all {
		if rank(i) < 2 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(kinds[a.Kind], kinds[b.Kind]), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Insert, b.Insert))
	})
	return out[:min(limit, len(out))]
}

func id(kind cluster.Kind, namespace, name string) string { return picture.ID(kind, namespace, name) }
