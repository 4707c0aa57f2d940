package recipes

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

type podTarget struct{ pod *cluster.Pod }

func (t podTarget) ref() cluster.Ref           { return t.pod.Ref() }
func (t podTarget) namespace() string          { return t.pod.Namespace }
func (t podTarget) kinds() []Kind              { return inNamespace }
func (t podTarget) stands(p *cluster.Pod) bool { return p == t.pod }

func (t podTarget) ways(view *cluster.View, kind Kind, s sender) []way {
	p := t.port()
	own := way{words: words.Say("recipes.by.address"), command: call(t.pod.IP().String(), p)}
	if p.number == 0 {
		own.command = "ping -c1 " + t.pod.IP().String() // it says of no port that something listens there
	}
	if inside(kind) {
		out := []way{own}
		if host := t.pod.Shape.HostnameOf(t.pod); p.number != 0 && t.pod.Shape.Subdomain != "" && t.pod.Shape.Hostname != "" {
			name := host + "." + t.pod.Shape.Subdomain
			if s.namespace != t.pod.Namespace {
				name += "." + t.pod.Namespace
			}
			out = append([]way{{words: words.Say("recipes.by.own-name"), command: call(name, p)}}, own)
		}
		for _, svc := range t.services(view) {
			for _, w := range (serviceTarget{svc}).ways(view, kind, s) {
				out = append(out, t.by(svc, w))
				break
			}
		}
		return out
	}
	var out []way
	if kind == Node {
		out = append(out, own)
	}
	out = append(out, t.hostPort(view)...)
	for _, svc := range t.services(view) {
		for _, w := range (serviceTarget{svc}).doors(view, s) {
			out = append(out, t.by(svc, w))
		}
	}
	if kind != Node {
		out = append(out, own)
	}
	return out
}

// by is a way to a service that leads to the pod, among others perhaps.
func (t podTarget) by(svc *corev1.Service, w way) way {
	w.words = through(words.Say("recipes.service", svc.Name), w.words)
	w.ends = func(tr *trace.Trace) bool {
		for _, o := range tr.Outcomes {
			if o.Endpoint != nil && o.Endpoint.Namespace == t.pod.Namespace && o.Endpoint.Pod == t.pod.Name {
				return true
			}
		}
		return false
	}
	return w
}

// services are the first that select the pod.
func (t podTarget) services(view *cluster.View) []*corev1.Service {
	var out []*corev1.Service
	for _, o := range view.ListIn(cluster.KindService, t.pod.Namespace) {
		svc := view.Service(o.GetNamespace(), o.GetName())
		if svc != nil && len(svc.Spec.Selector) > 0 && labels.SelectorFromSet(svc.Spec.Selector).Matches(t.pod.Labels) {
			out = append(out, svc)
		}
		if len(out) == maxWorking {
			break
		}
	}
	return out
}

// port is the first TCP port that the pod declares, else the first of all; 0 where it declares none.
func (t podTarget) port() port {
	var some *cluster.ContainerPort
	for i := range t.pod.Shape.Containers {
		for j := range t.pod.Shape.Containers[i].Ports {
			p := &t.pod.Shape.Containers[i].Ports[j]
			if some == nil || some.Protocol != corev1.ProtocolTCP && p.Protocol == corev1.ProtocolTCP {
				some = p
			}
		}
	}
	if some == nil {
		return port{}
	}
	return port{number: some.Port, name: some.Name, protocol: some.Protocol}
}

func (t podTarget) hostPort(view *cluster.View) []way {
	n := view.Node(t.pod.Node)
	if n == nil || t.pod.Shape.HostNetwork || len(cluster.NodeAddrs(n)) == 0 {
		return nil
	}
	for _, c := range t.pod.Shape.Containers {
		for _, p := range c.Ports {
			if p.HostPort != 0 {
				at := port{number: p.Port, name: p.Name, protocol: p.Protocol}.at(p.HostPort)
				return []way{{words: words.Say("recipes.by.host-port", p.HostPort, n.Name), command: call(cluster.NodeAddrs(n)[0].String(), at)}}
			}
		}
	}
	return nil
}
