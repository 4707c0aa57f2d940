package inspect

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/words"
)

// shownEndpoints is how many endpoints are listed one by one.
const shownEndpoints = 50

func describeService(a *About, view *cluster.View, s *corev1.Service, now time.Time) {
	var external, ports []string
	for _, i := range s.Status.LoadBalancer.Ingress {
		external = append(external, i.IP+i.Hostname)
	}
	external = append(external, s.Spec.ExternalIPs...)
	if s.Spec.Type == corev1.ServiceTypeLoadBalancer && len(external) == 0 {
		external = []string{"<pending>"}
	}
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		external = []string{s.Spec.ExternalName}
	}
	for _, p := range s.Spec.Ports {
		text := strconv.Itoa(int(p.Port))
		if p.NodePort != 0 {
			text += ":" + strconv.Itoa(int(p.NodePort))
		}
		ports = append(ports, text+"/"+string(cmp.Or(p.Protocol, corev1.ProtocolTCP)))
	}
	a.Wide = []Cell{
		{"NAME", s.Name}, {"TYPE", string(cmp.Or(s.Spec.Type, corev1.ServiceTypeClusterIP))}, {"CLUSTER-IP", orNone(s.Spec.ClusterIP)},
		{"EXTERNAL-IP", orNone(strings.Join(external, ","))}, {"PORT(S)", orNone(strings.Join(ports, ","))},
		{"AGE", age(s.CreationTimestamp.Time, now)}, {"SELECTOR", orNone(selector(s.Spec.Selector))},
	}
	names := Section{Title: words.Say("inspect.title.names"), Lines: []Line{
		line(words.Say("inspect.service.in-namespace", s.Namespace), s.Name), line(words.Say("inspect.line.from-other-namespaces"), s.Name+"."+s.Namespace),
	}}
	traffic := Section{Title: words.Say("inspect.title.traffic")}
	for _, p := range s.Spec.Ports {
		target := p.TargetPort.String()
		if target == "0" || target == "" {
			target = strconv.Itoa(int(p.Port))
		}
		text := words.Say("inspect.service.port", p.Port, cmp.Or(p.Protocol, corev1.ProtocolTCP), target)
		if p.NodePort != 0 {
			text += words.Say("inspect.service.node-port", p.NodePort)
		}
		traffic.Lines = append(traffic.Lines, line(cmp.Or(p.Name, words.Say("inspect.line.port")), text))
	}
	if s.Spec.ExternalTrafficPolicy != "" {
		traffic.Lines = append(traffic.Lines, line(words.Say("inspect.line.external-traffic-policy"), s.Spec.ExternalTrafficPolicy))
	}
	if p := s.Spec.InternalTrafficPolicy; p != nil {
		traffic.Lines = append(traffic.Lines, line(words.Say("inspect.line.internal-traffic-policy"), *p))
	}
	if s.Spec.SessionAffinity != "" {
		traffic.Lines = append(traffic.Lines, line(words.Say("inspect.line.session-affinity"), s.Spec.SessionAffinity))
	}
	a.Sections = []Section{names, traffic, endpoints(view, s)}
}

func endpoints(view *cluster.View, s *corev1.Service) Section {
	out := Section{Title: words.Say("inspect.title.endpoints")}
	count := 0
	for _, slice := range view.Slices(s.Namespace, s.Name) {
		for i := range slice.Endpoints {
			e := &slice.Endpoints[i]
			if count++; count > shownEndpoints {
				continue
			}
			address := e.FQDN
			if e.Addr.IsValid() {
				address = e.Addr.String()
			}
			for _, p := range slice.Ports {
				if p.HasPort {
					address += ":" + strconv.Itoa(int(p.Port))
					break
				}
			}
			l := line(endpointState(e), address)
			if e.Pod != "" {
				l.Value += " " + e.Pod
				l.Ref = &cluster.Ref{Kind: cluster.KindPod, Namespace: cmp.Or(e.TargetNamespace, s.Namespace), Name: e.Pod}
			}
			out.Lines = append(out.Lines, l)
		}
	}
	switch {
	case count > shownEndpoints:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.more"), count-shownEndpoints))
	case count == 0 && len(s.Spec.Selector) > 0:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.none"), words.Say("inspect.service.no-pod", s.Namespace, selector(s.Spec.Selector))))
	case count == 0:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.none"), words.Say("inspect.service.no-selector")))
	}
	return out
}

func selector(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, k+"="+m[k])
	}
	return strings.Join(parts, ",")
}

func describeIngress(a *About, view *cluster.View, ing *networkingv1.Ingress, now time.Time) {
	var hosts, addresses []string
	rules := Section{Title: words.Say("inspect.title.rules")}
	add := func(host, path string, b *networkingv1.IngressBackend) {
		text, l := "", Line{Name: cmp.Or(host, "*") + path}
		if b.Service != nil {
			port := cmp.Or(b.Service.Port.Name, strconv.Itoa(int(b.Service.Port.Number)))
			text = b.Service.Name + ":" + port
			ref := cluster.Ref{Kind: cluster.KindService, Namespace: ing.Namespace, Name: b.Service.Name}
			l.Ref = &ref
			if view.Service(ref.Namespace, ref.Name) == nil {
				text += " " + words.Say("inspect.ingress.no-service")
			}
		} else if b.Resource != nil {
			text = b.Resource.Kind + " " + b.Resource.Name
		}
		l.Value = text
		rules.Lines = append(rules.Lines, l)
	}
	for _, r := range ing.Spec.Rules {
		hosts = append(hosts, cmp.Or(r.Host, "*"))
		if r.HTTP == nil {
			continue
		}
		for i := range r.HTTP.Paths {
			add(r.Host, r.HTTP.Paths[i].Path, &r.HTTP.Paths[i].Backend)
		}
	}
	if b := ing.Spec.DefaultBackend; b != nil {
		add(words.Say("inspect.line.everything-else"), "", b)
	}
	for _, i := range ing.Status.LoadBalancer.Ingress {
		addresses = append(addresses, i.IP+i.Hostname)
	}
	class, ports := "", "80"
	if ing.Spec.IngressClassName != nil {
		class = *ing.Spec.IngressClassName
	}
	if len(ing.Spec.TLS) > 0 {
		ports = "80, 443"
	}
	a.Wide = []Cell{
		{"NAME", ing.Name}, {"CLASS", orNone(class)}, {"HOSTS", orNone(strings.Join(slices.Compact(hosts), ","))},
		{"ADDRESS", strings.Join(addresses, ",")}, {"PORTS", ports}, {"AGE", age(ing.CreationTimestamp.Time, now)},
	}
	a.Sections = []Section{rules}
	if len(ing.Annotations) > 0 {
		notes := Section{Title: words.Say("inspect.title.annotations")}
		for _, k := range slices.Sorted(maps.Keys(ing.Annotations)) {
			notes.Lines = append(notes.Lines, line(k, ing.Annotations[k]))
		}
		a.Sections = append(a.Sections, notes)
	}
}

func describePolicy(a *About, view *cluster.View, now time.Time) bool {
	np, ok := view.Get(cluster.KindNetworkPolicy, a.Ref.Namespace, a.Ref.Name).(*networkingv1.NetworkPolicy)
	if !ok {
		return false
	}
	selected := selector(np.Spec.PodSelector.MatchLabels)
	for _, e := range np.Spec.PodSelector.MatchExpressions {
		selected = strings.TrimPrefix(selected+","+e.Key+" "+string(e.Operator)+" ("+strings.Join(e.Values, ",")+")", ",")
	}
	a.Wide = []Cell{{"NAME", np.Name}, {"POD-SELECTOR", orNone(selected)}, {"AGE", age(np.CreationTimestamp.Time, now)}}
	var types []string
	for _, t := range np.Spec.PolicyTypes {
		types = append(types, string(t))
	}
	a.Sections = []Section{{Title: words.Say("inspect.title.policy"), Lines: []Line{
		line(words.Say("inspect.line.lets-through"), picture.Summary(np)), line(words.Say("inspect.line.isolates-for"), orNone(strings.Join(types, ", "))),
		line(words.Say("inspect.line.selects"), cmp.Or(selected, words.Say("inspect.policy.every-pod-of", np.Namespace))),
	}}}
	return true
}
