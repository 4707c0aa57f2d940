package recipes

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

type serviceTarget struct{ svc *corev1.Service }

func (t serviceTarget) ref() cluster.Ref {
	return cluster.Ref{Kind: cluster.KindService, Namespace: t.svc.Namespace, Name: t.svc.Name}
}
func (t serviceTarget) namespace() string { return t.svc.Namespace }
func (t serviceTarget) kinds() []Kind     { return inNamespace }

func (t serviceTarget) stands(p *cluster.Pod) bool {
	return len(t.svc.Spec.Selector) > 0 && p.Namespace == t.svc.Namespace && labels.SelectorFromSet(t.svc.Spec.Selector).Matches(p.Labels)
}

func (t serviceTarget) ways(view *cluster.View, kind Kind, s sender) []way {
	p := firstPort(t.svc)
	name := t.svc.Name
	if s.namespace != t.svc.Namespace {
		name += "." + t.svc.Namespace
	}
	var out []way
	addr, hasAddress := cluster.ParseAddr(t.svc.Spec.ClusterIP)
	switch {
	case inside(kind) && hasAddress:
		out = append(out, way{words: words.Say("recipes.by.name"), command: call(name, p)}, way{words: words.Say("recipes.by.address"), command: call(addr.String(), p)})
	case inside(kind):
		out = append(out, way{words: words.Say("recipes.by.name"), command: call(name, t.behind(view, p))})
	default:
		out = append(out, t.doors(view, s)...)
		if kind != Node {
			out = append(out, documentsTo(view, t.svc)...)
		}
		if hasAddress {
			own := way{words: words.Say("recipes.by.address"), command: call(addr.String(), p)}
			if kind == Node {
				return append([]way{own}, out...)
			}
			out = append(out, own)
		}
		for _, e := range t.endpoints(view) {
			if e.Pod != nil {
				out = append(out, way{words: words.Say("recipes.by.pod-address", e.Pod.Name), command: call(e.Addr.Addr().String(), p.at(int32(e.Addr.Port())))})
				break
			}
		}
		if len(out) == 0 {
			out = append(out, way{words: words.Say("recipes.by.name"), command: call(name, t.behind(view, p))})
		}
	}
	return out
}

// endpoints are those of a service that has no address of its own.
func (t serviceTarget) endpoints(view *cluster.View) []service.Endpoint {
	if t.svc.Spec.ClusterIP != corev1.ClusterIPNone || len(t.svc.Spec.Ports) == 0 {
		return nil
	}
	return service.HeadlessEndpointsOf(view, t.svc, &t.svc.Spec.Ports[0], false)
}

// behind is the port on which the endpoints of a service without an address listen: its name leads to them directly.
func (t serviceTarget) behind(view *cluster.View, p port) port {
	for _, e := range t.endpoints(view) {
		return p.at(int32(e.Addr.Port()))
	}
	return p
}

// doors are the addresses of a service beside its own, for its first port.
func (t serviceTarget) doors(view *cluster.View, s sender) []way {
	if len(t.svc.Spec.Ports) == 0 {
		return nil
	}
	p := firstPort(t.svc)
	var out []way
	for _, i := range t.svc.Status.LoadBalancer.Ingress {
		if host := i.IP + i.Hostname; i.IP == "" || i.Hostname == "" {
			out = append(out, way{words: words.Say("recipes.by.load-balancer"), command: call(host, p)})
		}
	}
	for _, host := range t.svc.Spec.ExternalIPs {
		out = append(out, way{words: words.Say("recipes.by.external-address"), command: call(host, p)})
	}
	if n := t.svc.Spec.Ports[0].NodePort; n != 0 {
		node, addr := someNode(view)
		if s.node != nil {
			node, addr = s.node, cluster.NodeAddrs(s.node)[0]
		}
		if node != nil {
			out = append(out, way{words: words.Say("recipes.by.node-port", n, node.Name), command: call(addr.String(), p.at(n))})
		}
	}
	return slices.DeleteFunc(out, func(w way) bool { return w.command == "" })
}

func firstPort(svc *corev1.Service) port {
	if len(svc.Spec.Ports) == 0 {
		return port{number: 80}
	}
	sp := svc.Spec.Ports[0]
	p := port{number: sp.Port, name: sp.Name, protocol: sp.Protocol}
	if sp.AppProtocol != nil {
		p.speaks = *sp.AppProtocol
	}
	if sp.TargetPort.StrVal != "" && p.name == "" {
		p.name = sp.TargetPort.StrVal
	}
	return p
}

// through says by what a way leads.
func through(what, how string) string {
	if how == words.Say("recipes.by.name") {
		return words.Say("recipes.through", what)
	}
	return words.Say("recipes.through.by", what, how)
}

// documentsTo are the host names under which ingresses and gateways send requests to a service.
func documentsTo(view *cluster.View, svc *corev1.Service) []way {
	var out []way
	leads := func(tr *trace.Trace) bool {
		return slices.ContainsFunc(tr.Outcomes, func(o trace.Outcome) bool {
			return o.Backend != nil && o.Backend.Namespace == svc.Namespace && o.Backend.Name == svc.Name
		})
	}
	for _, o := range view.ListIn(cluster.KindIngress, svc.Namespace) {
		ing := view.Ingress(o.GetNamespace(), o.GetName())
		if ing == nil || len(out) > 3 {
			continue
		}
		for _, r := range rowsOf(ing) {
			if r.service == svc.Name {
				for _, w := range (ingressTarget{ing}).calls(view, r) {
					w.words, w.ends = through(words.Say("recipes.ingress", ing.Name), w.words), leads
					out = append(out, w)
				}
				break
			}
		}
	}
	for _, w := range routesTo(view, svc) {
		w.ends = leads
		out = append(out, w)
	}
	return out
}
