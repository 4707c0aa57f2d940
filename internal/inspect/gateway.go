package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/words"
)

// shownRoutes is how many routes are listed one by one.
const shownRoutes = 50

// The columns are those of the definitions' additionalPrinterColumns (sigs.k8s.io/gateway-api config/crd).

func describeGatewayClass(a *About, view *cluster.View, now time.Time) bool {
	c, ok := view.Get(cluster.KindGatewayClass, "", a.Ref.Name).(*gatewayv1.GatewayClass)
	if !ok {
		return false
	}
	a.Wide = []Cell{
		{"NAME", c.Name}, {"CONTROLLER", string(c.Spec.ControllerName)}, {"ACCEPTED", conditionStatus(c.Status.Conditions, "Accepted")},
		{"AGE", age(c.CreationTimestamp.Time, now)},
	}
	var used []Line
	for _, g := range view.Gateways() {
		if string(g.Spec.GatewayClassName) == c.Name {
			used = append(used, refLine(words.Say("inspect.line.gateway"), cluster.Ref{Kind: cluster.KindGateway, Namespace: g.Namespace, Name: g.Name}))
		}
	}
	a.Sections = []Section{{Title: words.Say("inspect.title.gateways"), Lines: orLine(used, words.Say("inspect.line.none"), words.Say("inspect.gateway.none-of-class"))}, conditions(c.Status.Conditions, c.Generation)}
	return true
}

func describeGateway(a *About, view *cluster.View, now time.Time) bool {
	set := gateway.Read(view)
	i := slices.IndexFunc(set.All(), func(g *gateway.Gateway) bool { return g.Ref() == a.Ref })
	if i < 0 {
		return false
	}
	g := set.All()[i]
	o := g.Object
	var addresses []string
	for _, x := range o.Status.Addresses {
		addresses = append(addresses, x.Value)
	}
	a.Wide = []Cell{
		{"NAME", o.Name}, {"CLASS", string(o.Spec.GatewayClassName)}, {"ADDRESS", strings.Join(addresses, ",")},
		{"PROGRAMMED", conditionStatus(o.Status.Conditions, "Programmed")}, {"AGE", age(o.CreationTimestamp.Time, now)},
	}
	stands := Section{Title: words.Say("inspect.title.gateway")}
	if serves, why := set.Standing(g); serves {
		stands.Lines = append(stands.Lines, line(words.Say("inspect.line.stands"), words.Say("inspect.gateway.serves")))
	} else {
		stands.Lines = append(stands.Lines, line(words.Say("inspect.line.stands"), words.Say("inspect.gateway.serves-nothing", why)))
	}
	class := cluster.Ref{Kind: cluster.KindGatewayClass, Name: string(o.Spec.GatewayClassName)}
	if g.Class != nil {
		l := refLine(words.Say("inspect.line.class"), class)
		l.Value += words.Say("inspect.gateway.controller", g.Controller)
		stands.Lines = append(stands.Lines, l)
	} else {
		stands.Lines = append(stands.Lines, line(words.Say("inspect.line.class"), words.Say("inspect.gateway.no-class", class.Name)))
	}
	for _, s := range g.Services {
		stands.Lines = append(stands.Lines, refLine(words.Say("inspect.line.led-to-by"), s))
	}
	for _, p := range g.Proxies() {
		stands.Lines = append(stands.Lines, refLine(words.Say("inspect.line.carried-by"), p.Ref()))
	}
	if len(g.Proxies()) == 0 {
		stands.Lines = append(stands.Lines, line(words.Say("inspect.line.carried-by"), words.Say("inspect.gateway.no-pod")))
	}
	a.Sections = append(a.Sections, stands)

	routes := set.Routes()
	for _, l := range g.Listeners {
		a.Sections = append(a.Sections, listener(l, routes, a.Ref))
	}
	refused := Section{Title: words.Say("inspect.title.routes-that-are-not-attached")}
	for _, r := range routes {
		for _, p := range r.Parents {
			if p.Gateway == a.Ref && len(p.Listeners) == 0 {
				l := refLine(string(r.Ref.Kind), r.Ref)
				l.Value = r.Ref.Namespace + "/" + r.Ref.Name + ": " + p.Why
				refused.Lines = append(refused.Lines, l)
			}
		}
	}
	if n := len(refused.Lines); n > shownRoutes {
		refused.Lines = append(refused.Lines[:shownRoutes], line(words.Say("inspect.line.more"), n-shownRoutes))
	}
	a.Sections = append(a.Sections, refused, conditions(o.Status.Conditions, o.Generation))
	return true
}

// listener is one listener with the routes that are attached to it and what its conditions say.
func listener(l *gateway.Listener, routes []gateway.RouteView, of cluster.Ref) Section {
	out := Section{Title: words.Say("inspect.gateway.listener", l.Name(), l.Spec.Port, l.Spec.Protocol)}
	out.Lines = append(out.Lines, line(words.Say("inspect.line.hostname"), cmp.Or(l.Host, words.Say("inspect.gateway.every-host"))))
	switch {
	case !l.Serves:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.serves"), words.Say("inspect.gateway.no", l.Why)))
	case l.NoTLS:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.serves"), words.Say("inspect.gateway.no-tls", l.Why)))
	}
	if l.Differs != "" {
		out.Lines = append(out.Lines, line(words.Say("inspect.line.differs"), l.Differs))
	}
	if t := l.Spec.TLS; t != nil {
		for _, c := range t.CertificateRefs {
			out.Lines = append(out.Lines, line(words.Say("inspect.line.certificate"), string(value(c.Kind, "Secret"))+" "+string(c.Name)))
		}
	}
	out.Lines = append(out.Lines, line(words.Say("inspect.line.takes-routes-of"), namespacesText(l)))
	attached := 0
	for _, r := range routes {
		for _, p := range r.Parents {
			if p.Gateway != of || !slices.Contains(p.Listeners, l.Name()) {
				continue
			}
			if attached++; attached > shownRoutes {
				continue
			}
			x := refLine(string(r.Ref.Kind), r.Ref)
			x.Value = r.Ref.Namespace + "/" + r.Ref.Name + hostsText(p.Hosts)
			out.Lines = append(out.Lines, x)
		}
	}
	switch {
	case attached == 0:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.routes"), words.Say("inspect.gateway.none-attached")))
	case attached > shownRoutes:
		out.Lines = append(out.Lines, line(words.Say("inspect.line.more"), attached-shownRoutes))
	}
	for _, s := range l.Gateway.Object.Status.Listeners {
		if s.Name == l.Spec.Name {
			out.Lines = append(out.Lines, conditions(s.Conditions, l.Gateway.Object.Generation).Lines...)
		}
	}
	return out
}

func namespacesText(l *gateway.Listener) string {
	kinds := words.Say("inspect.gateway.both-kinds")
	allowed := l.Spec.AllowedRoutes
	if allowed != nil && len(allowed.Kinds) > 0 {
		var names []string
		for _, k := range allowed.Kinds {
			names = append(names, string(k.Kind)+"s")
		}
		kinds = strings.Join(names, ", ")
	}
	from := gatewayv1.NamespacesFromSame
	if allowed != nil && allowed.Namespaces != nil {
		from = value(allowed.Namespaces.From, from)
	}
	switch from {
	case gatewayv1.NamespacesFromAll:
		return words.Say("inspect.gateway.every-namespace", kinds)
	case gatewayv1.NamespacesFromSelector:
		return words.Say("inspect.gateway.namespaces-with", metav1.FormatLabelSelector(allowed.Namespaces.Selector), kinds)
	case gatewayv1.NamespacesFromNone:
		return words.Say("inspect.gateway.no-namespace")
	}
	return words.Say("inspect.gateway.own-namespace", kinds)
}

func hostsText(hosts []string) string {
	if len(hosts) == 0 || len(hosts) == 1 && hosts[0] == "" {
		return ""
	}
	return " " + words.Say("inspect.gateway.for-hosts", strings.Join(hosts, ", "))
}

func describeRoute(a *About, view *cluster.View, now time.Time) bool {
	r, ok := gateway.Read(view).Route(a.Ref)
	o := view.Get(a.Ref.Kind, a.Ref.Namespace, a.Ref.Name)
	if !ok || o == nil {
		return false
	}
	a.Wide = []Cell{{"NAME", a.Ref.Name}, {"HOSTNAMES", cmp.Or(strings.Join(r.Hosts, ","), "")}, {"AGE", age(o.GetCreationTimestamp().Time, now)}}
	var statuses []gatewayv1.RouteParentStatus
	switch o := o.(type) {
	case *gatewayv1.HTTPRoute:
		statuses = o.Status.Parents
	case *gatewayv1.GRPCRoute:
		statuses = o.Status.Parents
	}
	parents := Section{Title: words.Say("inspect.title.parents")}
	for _, p := range r.Parents {
		text := words.Say("inspect.route.attached") + " "
		switch {
		case len(p.Listeners) > 0:
			text += words.Say("inspect.route.listener", strings.Join(p.Listeners, ", "), hostsText(p.Hosts))
		case p.Unread != "":
			text = words.Say("inspect.route.cannot-tell", string(p.Unread))
		default:
			text = words.Say("inspect.route.not-attached", p.Why)
		}
		l := refLine("", p.Gateway)
		l.Name, l.Value = p.Gateway.Namespace+"/"+p.Gateway.Name, text
		if p.Missing || p.Other != "" {
			l.Ref = nil
		}
		parents.Lines = append(parents.Lines, l)
		if p.Differs != "" {
			parents.Lines = append(parents.Lines, line(words.Say("inspect.line.differs"), p.Differs))
		}
	}
	parents.Lines = orLine(parents.Lines, words.Say("inspect.line.none"), words.Say("inspect.route.no-gateway"))
	a.Sections = append(a.Sections, parents)
	for _, s := range statuses {
		c := conditions(s.Conditions, o.GetGeneration())
		c.Title = words.Say("inspect.route.says-of", s.ControllerName, s.ParentRef.Name)
		if s.ParentRef.SectionName != nil {
			c.Title += words.Say("inspect.route.of-listener", string(*s.ParentRef.SectionName))
		}
		a.Sections = append(a.Sections, c)
	}
	last := -1
	for _, rule := range r.Rules {
		if rule.Rule != last {
			a.Sections = append(a.Sections, Section{Title: words.Say("inspect.route.rule", rule.Rule+1)})
			last = rule.Rule
			s := &a.Sections[len(a.Sections)-1]
			s.Lines = append(ruleLines(view, &rule), s.Lines...)
		}
		s := &a.Sections[len(a.Sections)-1]
		s.Lines = slices.Insert(s.Lines, matches(s.Lines), line(words.Say("inspect.line.match"), rule.Text))
	}
	return true
}

// matches counts the lines of matches, which stand first.
func matches(lines []Line) int {
	n := slices.IndexFunc(lines, func(l Line) bool { return l.Name != "match" })
	if n < 0 {
		return len(lines)
	}
	return n
}

func ruleLines(view *cluster.View, r *gateway.RuleView) []Line {
	var out []Line
	if r.Invalid != "" {
		out = append(out, line(words.Say("inspect.line.invalid"), r.Invalid))
	}
	for _, f := range r.Filters {
		out = append(out, line(words.Say("inspect.line.filter"), f))
	}
	if r.Answers != "" {
		return append(out, line(words.Say("inspect.line.answers"), r.Answers))
	}
	total := int64(0)
	for _, b := range r.Backends {
		total += b.Weight
	}
	for _, b := range r.Backends {
		l := line(words.Say("inspect.line.to"), b.Text)
		if b.Ref.Kind == cluster.KindService && view.Service(b.Ref.Namespace, b.Ref.Name) != nil {
			ref := b.Ref
			l.Ref = &ref
		}
		if len(r.Backends) > 1 && total > 0 {
			l.Value += words.Say("inspect.route.part-of", strconv.FormatInt(b.Weight, 10), strconv.FormatInt(total, 10))
		}
		if b.Why != "" {
			l.Value += " (" + b.Why + ")"
		}
		out = append(out, l)
	}
	if len(r.Backends) == 0 {
		out = append(out, line(words.Say("inspect.line.to"), words.Say("inspect.route.no-backend")))
	}
	return out
}

func describeGrant(a *About, view *cluster.View, now time.Time) bool {
	g, ok := view.Get(cluster.KindReferenceGrant, a.Ref.Namespace, a.Ref.Name).(*gatewayv1.ReferenceGrant)
	if !ok {
		return false
	}
	a.Wide = []Cell{{"NAME", g.Name}, {"AGE", age(g.CreationTimestamp.Time, now)}}
	admits := Section{Title: words.Say("inspect.title.admits")}
	for _, f := range g.Spec.From {
		admits.Lines = append(admits.Lines, line(words.Say("inspect.line.from"), words.Say("inspect.grant.from", f.Kind, f.Namespace)))
	}
	for _, t := range g.Spec.To {
		text := words.Say("inspect.grant.every", string(t.Kind), g.Namespace)
		if name := value(t.Name, ""); name != "" {
			text = fmt.Sprintf("%s %s/%s", t.Kind, g.Namespace, name)
		}
		admits.Lines = append(admits.Lines, line(words.Say("inspect.line.to"), text))
	}
	a.Sections = []Section{admits}
	return true
}

// conditions says what a controller wrote; one about an older generation of the object is told as such.
func conditions(list []metav1.Condition, generation int64) Section {
	out := Section{Title: words.Say("inspect.title.conditions")}
	for _, c := range list {
		text := string(c.Status) + " (" + c.Reason + ")"
		if c.Message != "" {
			text += ": " + c.Message
		}
		if c.ObservedGeneration != generation {
			text += " " + words.Say("inspect.conditions.old", c.ObservedGeneration, generation)
		}
		out.Lines = append(out.Lines, line(c.Type, text))
	}
	return out
}

func conditionStatus(list []metav1.Condition, kind string) string {
	for _, c := range list {
		if c.Type == kind {
			return string(c.Status)
		}
	}
	return ""
}

func orLine(lines []Line, name, text string) []Line {
	if len(lines) == 0 {
		return []Line{line(name, text)}
	}
	return lines
}

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
