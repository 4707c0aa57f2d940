package ingress

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// RuleRow is one line of an Ingress card.
type RuleRow struct {
	Host, Path, PathType string
	Backend              string
	Rule, PathAt         int // -1 for the default backend
	BackendOK            bool
	BackendWhy           string // "service newdeploy not found", "no port 81", "no ready endpoints"
}

// Rows is the rule table of an Ingress, its default backend last.
func Rows(view *cluster.View, ing *networkingv1.Ingress) []RuleRow {
	var out []RuleRow
	row := func(host, path, pathType string, rule, at int, b *networkingv1.IngressBackend) {
		r := RuleRow{Host: host, Path: path, PathType: pathType, Backend: backendText(b), Rule: rule, PathAt: at}
		backend, endpoints := resolve(view, ing.Namespace, b)
		switch {
		case backend.Resource != nil:
			r.BackendWhy = words.Say("ingress.rows.resource")
		case !backend.Exists:
			r.BackendWhy = words.Say("ingress.rows.no-service", backend.Service.Name)
		case !backend.HasPort:
			r.BackendWhy = words.Say("ingress.rows.no-port", backend.Service.Name, portText(b.Service.Port))
		case len(endpoints) == 0:
			r.BackendWhy = words.Say("ingress.rows.no-endpoints")
		default:
			r.BackendOK = true
		}
		out = append(out, r)
	}
	for i := range ing.Spec.Rules {
		rule := &ing.Spec.Rules[i]
		if rule.HTTP == nil {
			continue
		}
		for j := range rule.HTTP.Paths {
			p := &rule.HTTP.Paths[j]
			row(rule.Host, p.Path, pathTypeOf(p), i, j, &p.Backend)
		}
	}
	if ing.Spec.DefaultBackend != nil {
		row("", "", "", -1, -1, ing.Spec.DefaultBackend)
	}
	return out
}

// candidate is one host and path of one ingress while it is compared.
type candidate struct {
	ing      *networkingv1.Ingress
	rule, at int
	host     string // lower case
	path     string
	kind     networkingv1.PathType
	backend  *networkingv1.IngressBackend
	lost     string // why it is out already, by the key of the catalogue; empty while it may win
	viaNginx bool   // by Traefik's provider for ingress-nginx's objects
	named    bool   // by the name of its class the controller would decide otherwise on it
	order    int    // in which the controller read it: oldest ingress first
}

func (c *candidate) ref() cluster.Ref { return ingressRef(c.ing) }

func (c *candidate) row(won bool) Row {
	r := Row{Ingress: c.ref(), Rule: c.rule, PathAt: c.at, Host: c.host, Path: c.path, PathType: string(c.kind), Won: won}
	if c.backend != nil {
		r.Backend = backendText(c.backend)
	}
	if !won && c.lost != "" {
		r.Why = words.Say(c.lost)
	}
	return r
}

// candidates lists every host and path of every ingress, oldest ingress first and by namespace and name where equally
// old, each already out if the controller does not serve its ingress.
func candidates(view *cluster.View, c *Controller, otherwise string) []*candidate {
	var ings []*networkingv1.Ingress
	for _, o := range view.List(cluster.KindIngress) {
		ings = append(ings, o.(*networkingv1.Ingress))
	}
	slices.SortStableFunc(ings, func(a, b *networkingv1.Ingress) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	var out []*candidate
	for _, ing := range ings {
		lost := ""
		ok, _ := c.servesOr(view, ing, otherwise == KeyOwnClass)
		named := false
		if c.Product == HAProxy || slices.Contains(byName, c.Product) {
			contract, _ := c.serves(view, ing)
			own, _ := c.servesOr(view, ing, true)
			named = contract != own
		}
		switch {
		case !ok:
			lost = classDiffers
		case c.Shared != nil && !slices.Contains(c.Shared, ingressRef(ing)):
			lost = elsewhere
		}
		add := func(x candidate) {
			x.ing, x.lost, x.order, x.named = ing, lost, len(out), named
			out = append(out, &x)
		}
		for i := range ing.Spec.Rules {
			rule := &ing.Spec.Rules[i]
			if rule.HTTP == nil {
				continue
			}
			for j := range rule.HTTP.Paths {
				p := &rule.HTTP.Paths[j]
				add(candidate{rule: i, at: j, host: strings.ToLower(rule.Host), path: p.Path, kind: networkingv1.PathType(pathTypeOf(p)), backend: &p.Backend})
			}
		}
		if ing.Spec.DefaultBackend != nil {
			add(candidate{rule: -1, at: -1, backend: ing.Spec.DefaultBackend})
		}
	}
	return out
}

// Why a row loses: the catalogue's keys of two words.
const (
	classDiffers    = "ingress.lost.class-differs"
	elsewhere       = "ingress.lost.another-load-balancer"
	hostTaken       = "ingress.lost.host-taken"
	hostDiffers     = "ingress.lost.host-differs"
	pathDiffers     = "ingress.lost.path-differs"
	shorterPath     = "ingress.lost.shorter-path"
	lessExact       = "ingress.lost.less-exact"
	olderWins       = "ingress.lost.older-wins"
	wildcardHost    = "ingress.lost.wildcard-host"
	anyHost         = "ingress.lost.any-host"
	fallbackOnly    = "ingress.lost.default-backend"
	canaryOnly      = "ingress.lost.canary-only"
	routerDropped   = "ingress.lost.router-dropped"
	lowerPriority   = "ingress.lost.lower-priority"
	overshadowed    = "ingress.lost.rules-win"
	invalidRegex    = "ingress.lost.invalid-regex"
	resourceRow     = "ingress.lost.resource-backend"
	otherEntryPoint = "ingress.lost.other-entrypoint"
	needsTLS        = "ingress.lost.needs-tls"
	withoutTLS      = "ingress.lost.without-tls"
	noOrder         = "ingress.lost.no-order"
)

func pathTypeOf(p *networkingv1.HTTPIngressPath) string {
	if p.PathType == nil {
		return string(networkingv1.PathTypeImplementationSpecific)
	}
	return string(*p.PathType)
}

func backendText(b *networkingv1.IngressBackend) string {
	switch {
	case b.Service != nil:
		return b.Service.Name + ":" + portText(b.Service.Port)
	case b.Resource != nil:
		return b.Resource.Kind + "/" + b.Resource.Name
	}
	return "nothing"
}

func portText(p networkingv1.ServiceBackendPort) string {
	return cmp.Or(p.Name, strconv.Itoa(int(p.Number)))
}

func ingressRef(ing *networkingv1.Ingress) cluster.Ref {
	return cluster.Ref{Kind: cluster.KindIngress, Namespace: ing.Namespace, Name: ing.Name}
}
