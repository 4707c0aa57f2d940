package recipes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/words"
)

type ingressTarget struct{ ing *networkingv1.Ingress }

func (t ingressTarget) ref() cluster.Ref {
	return cluster.Ref{Kind: cluster.KindIngress, Namespace: t.ing.Namespace, Name: t.ing.Name}
}
func (t ingressTarget) namespace() string        { return t.ing.Namespace }
func (t ingressTarget) kinds() []Kind            { return inNamespace }
func (t ingressTarget) stands(*cluster.Pod) bool { return false }

func (t ingressTarget) ways(view *cluster.View, _ Kind, _ sender) []way {
	var out []way
	hosts := map[string]bool{}
	for _, r := range rowsOf(t.ing) {
		if !hosts[r.host] && len(hosts) < 2 {
			hosts[r.host] = true
			out = append(out, t.calls(view, r)...)
		}
	}
	return out
}

// row is one rule of an ingress.
type row struct{ host, path, service string }

// rowsOf are the rules, and the default backend last.
func rowsOf(ing *networkingv1.Ingress) []row {
	var out []row
	for _, r := range ing.Spec.Rules {
		if r.HTTP == nil {
			continue
		}
		for _, p := range r.HTTP.Paths {
			at := row{host: strings.Replace(r.Host, "*", "www", 1), path: "/" + literal(p.Path)}
			if p.Backend.Service != nil {
				at.service = p.Backend.Service.Name
			}
			out = append(out, at)
		}
	}
	if b := ing.Spec.DefaultBackend; b != nil && b.Service != nil {
		out = append(out, row{path: "/", service: b.Service.Name})
	}
	return out
}

// literal is a path up to where an expression begins: a request for it is taken by what it stands for.
func literal(path string) string {
	if i := strings.IndexAny(path, "([{*+?\\|$^ "); i >= 0 {
		path = path[:i]
	}
	return strings.TrimPrefix(path, "/")
}

// calls are the ways to one rule: by the name that somebody must resolve, at the ingress' own address whoever resolves
// it, and at a node port of its controller.
func (t ingressTarget) calls(view *cluster.View, r row) []way {
	p := port{number: 80}
	if slices.ContainsFunc(t.ing.Spec.TLS, func(s networkingv1.IngressTLS) bool { return len(s.Hosts) == 0 || slices.Contains(s.Hosts, r.host) }) {
		p = port{number: 443}
	}
	var out []way
	if r.host != "" {
		out = append(out, way{words: words.Say("recipes.by.name"), command: fetch(r.host, "", p, r.path)})
	}
	for _, a := range ingress.AddressesOf(view, t.ing) {
		out = append(out, way{words: words.Say("recipes.at.address"), command: fetch(r.host, a.String(), p, r.path)})
		break
	}
	all, _ := ingress.Serving(view, t.ing)
	for _, c := range all {
		for _, ref := range c.Services {
			if w, ok := byNodePort(view, view.Service(ref.Namespace, ref.Name), r.host, p, r.path); ok {
				return append(out, w)
			}
		}
	}
	return out
}

// byNodePort is the way in at a node, for the port of a proxy's service that speaks the same.
func byNodePort(view *cluster.View, svc *corev1.Service, host string, p port, path string) (way, bool) {
	node, addr := someNode(view)
	if svc == nil || node == nil {
		return way{}, false
	}
	for _, sp := range svc.Spec.Ports {
		if sp.NodePort != 0 && sp.Port == p.number {
			how := words.Say("recipes.at.node-port", sp.NodePort, node.Name)
			return way{words: how, command: fetch(host, addr.String(), p.at(sp.NodePort), path)}, true
		}
	}
	return way{}, false
}

// fetch asks for a path of a host; with an address it goes there, whatever the name means to anybody.
func fetch(host, addr string, p port, path string) string {
	scheme, flags := "http", ""
	if p.https() {
		scheme, flags = "https", "-k "
	}
	path = cmp.Or(path, "/")
	if addr != "" && host != "" {
		flags += fmt.Sprintf("--resolve %s:%d:%s ", host, p.number, addr)
	}
	return "curl " + flags + url(scheme, cmp.Or(host, addr), p.number, path)
}

type gatewayTarget struct{ g *gateway.Gateway }

func (t gatewayTarget) ref() cluster.Ref         { return t.g.Ref() }
func (t gatewayTarget) namespace() string        { return t.g.Object.Namespace }
func (t gatewayTarget) kinds() []Kind            { return inNamespace }
func (t gatewayTarget) stands(*cluster.Pod) bool { return false }

func gatewayOf(view *cluster.View, ref cluster.Ref) *gateway.Gateway {
	for _, g := range gateway.Read(view).All() {
		if g.Ref() == ref {
			return g
		}
	}
	return nil
}

func (t gatewayTarget) ways(view *cluster.View, _ Kind, _ sender) []way {
	var out []way
	hosts := map[string]bool{}
	for _, r := range gateway.Read(view).Routes() {
		for _, parent := range r.Parents {
			if parent.Gateway != t.g.Ref() || len(parent.Hosts) == 0 || len(r.Rules) == 0 || len(hosts) == 2 {
				continue
			}
			host := strings.Replace(parent.Hosts[0], "*", "www", 1)
			if hosts[host] {
				continue
			}
			hosts[host] = true
			out = append(out, t.calls(view, host, "/"+literal(pathOf(r.Rules)))...)
		}
	}
	if len(out) == 0 {
		out = t.calls(view, "", "/")
	}
	return out
}

// pathOf is the first path that is no expression.
func pathOf(rules []gateway.RuleView) string {
	for _, r := range rules {
		if r.PathType != "RegularExpression" {
			return r.Path
		}
	}
	return "/"
}

func (t gatewayTarget) calls(view *cluster.View, host, path string) []way {
	p := port{number: 80}
	for _, l := range t.g.Listeners {
		if l.Spec.Protocol == "HTTP" || l.Spec.Protocol == "HTTPS" {
			p = port{number: l.Spec.Port}
			if l.Spec.Protocol == "HTTPS" {
				p.name = "https"
			}
			if l.Serves {
				break
			}
		}
	}
	var out []way
	if host != "" {
		out = append(out, way{words: words.Say("recipes.by.name"), command: fetch(host, "", p, path)})
	}
	if len(t.g.Addresses) > 0 {
		out = append(out, way{words: words.Say("recipes.at.address"), command: fetch(host, t.g.Addresses[0].String(), p, path)})
	}
	for _, ref := range t.g.Services {
		if w, ok := byNodePort(view, view.Service(ref.Namespace, ref.Name), host, p, path); ok {
			return append(out, w)
		}
	}
	return out
}

// routesTo are the ways through gateways whose routes lead to a service.
func routesTo(view *cluster.View, svc *corev1.Service) []way {
	set := gateway.Read(view)
	for _, r := range set.Routes() {
		for _, rule := range r.Rules {
			leads := slices.ContainsFunc(rule.Backends, func(b gateway.BackendView) bool {
				return b.Ref.Kind == cluster.KindService && b.Ref.Namespace == svc.Namespace && b.Ref.Name == svc.Name
			})
			if !leads || rule.PathType == "RegularExpression" {
				continue
			}
			for _, parent := range r.Parents {
				g := gatewayOf(view, parent.Gateway)
				if g == nil || len(parent.Hosts) == 0 {
					continue
				}
				list := (gatewayTarget{g}).calls(view, strings.Replace(parent.Hosts[0], "*", "www", 1), "/"+literal(rule.Path))
				for i := range list {
					list[i].words = through(words.Say("recipes.gateway", g.Object.Name), list[i].words)
				}
				return list
			}
		}
	}
	return nil
}
