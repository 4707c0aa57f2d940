package inspect

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/words"
)

func describePod(a *About, view *cluster.View, p *cluster.Pod, now time.Time) {
	ready := "no"
	if p.Ready {
		ready = "yes"
	}
	status := p.Phase.String()
	switch {
	case p.Terminating:
		status = "Terminating"
	case p.Reason != "":
		status = p.Reason
	}
	a.Wide = []Cell{
		{"NAME", p.Name}, {"READY", ready}, {"STATUS", status}, {"RESTARTS", strconv.Itoa(int(p.Restarts))},
		{"AGE", age(p.Created, now)}, {"IP", orNone(addresses(p))}, {"NODE", orNone(p.Node)},
	}
	who := Section{Title: words.Say("inspect.title.pod"), Lines: []Line{refLine(words.Say("inspect.line.namespace"), cluster.Ref{Kind: cluster.KindNamespace, Name: p.Namespace})}}
	if p.Node != "" {
		who.Lines = append(who.Lines, refLine(words.Say("inspect.line.node"), cluster.Ref{Kind: cluster.KindNode, Name: p.Node}))
	}
	if p.Owner != nil {
		who.Lines = append(who.Lines, line(words.Say("inspect.line.controlled-by"), p.Owner.Kind+" "+p.Owner.Name))
	}
	who.Lines = append(who.Lines, line(words.Say("inspect.line.labels"), orNone(p.Labels.String())))
	if s := p.Shape; s != nil {
		who.Lines = append(who.Lines, line(words.Say("inspect.line.dns-policy"), s.DNSPolicy))
		if s.HostNetwork {
			who.Lines = append(who.Lines, line(words.Say("inspect.line.network"), words.Say("inspect.pod.host-network")))
		}
	}
	a.Sections = append(a.Sections, who)
	if p.Shape != nil {
		a.Sections = append(a.Sections, containers(p.Shape))
	}
	a.Sections = append(a.Sections, gates(view, p), servedBy(view, p))
}

func addresses(p *cluster.Pod) string {
	var out []string
	for _, ip := range p.IPs {
		if ip.IsValid() {
			out = append(out, ip.String())
		}
	}
	return strings.Join(out, ",")
}

func containers(s *cluster.Shape) Section {
	out := Section{Title: words.Say("inspect.title.containers")}
	for _, c := range s.Containers {
		var parts []string
		for _, port := range c.Ports {
			text := fmt.Sprintf("%d/%s", port.Port, port.Protocol)
			if port.Name != "" {
				text = port.Name + " " + text
			}
			if port.HostPort != 0 {
				text += " " + words.Say("inspect.pod.host-port", port.HostPort)
			}
			parts = append(parts, text)
		}
		ports := words.Say("inspect.pod.no-ports")
		if len(parts) > 0 {
			ports = words.Say("inspect.pod.ports", strings.Join(parts, ", "))
		}
		out.Lines = append(out.Lines, line(c.Name, c.Image+", "+ports))
	}
	return out
}

// gates lists the policies that concern a pod, in the order in which they are asked.
func gates(view *cluster.View, p *cluster.Pod) Section {
	out := Section{Title: words.Say("inspect.title.gates")}
	book := policy.NewBook(view)
	for _, side := range []struct {
		name string
		d    policy.Direction
	}{{words.Say("inspect.line.in"), policy.Ingress}, {words.Say("inspect.line.out"), policy.Egress}} {
		list := book.Guarding(p, side.d)
		isolated := false
		for _, ref := range list {
			isolated = isolated || ref.Kind == cluster.KindNetworkPolicy
			out.Lines = append(out.Lines, refLine(side.name, ref))
		}
		switch {
		case len(list) == 0:
			out.Lines = append(out.Lines, line(side.name, words.Say("inspect.pod.gate-open")))
		case !isolated:
			out.Lines = append(out.Lines, line(side.name, words.Say("inspect.pod.gate-open-admin")))
		}
	}
	return out
}

// servedBy lists the services that have the pod among their endpoints.
func servedBy(view *cluster.View, p *cluster.Pod) Section {
	out := Section{Title: words.Say("inspect.title.services")}
	for _, s := range view.Services() {
		if s.Namespace != p.Namespace {
			continue
		}
		for _, slice := range view.Slices(s.Namespace, s.Name) {
			if state := stateIn(slice, p.Name); state != "" {
				l := refLine(state, cluster.Ref{Kind: cluster.KindService, Namespace: s.Namespace, Name: s.Name})
				out.Lines = append(out.Lines, l)
				break
			}
		}
	}
	if len(out.Lines) == 0 {
		out.Lines = append(out.Lines, line(words.Say("inspect.line.none"), words.Say("inspect.pod.no-service")))
	}
	return out
}

func stateIn(s *cluster.Slice, pod string) string {
	for i := range s.Endpoints {
		if e := &s.Endpoints[i]; e.Pod == pod {
			return endpointState(e)
		}
	}
	return ""
}

func endpointState(e *cluster.Endpoint) string {
	switch {
	case e.Ready:
		return words.Say("inspect.line.ready")
	case e.Terminating:
		return words.Say("inspect.line.terminating")
	}
	return words.Say("inspect.line.not-ready")
}
