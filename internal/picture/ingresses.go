package picture

import (
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// legacyClass is the annotation that named an ingress's class before spec.ingressClassName.
const legacyClass = "kubernetes.io/ingress.class"

func (p *Picture) noteIngress(key cluster.Key) {
	card := ID(cluster.KindIngress, key.Namespace, key.Name)
	has := p.view.Ingress(key.Namespace, key.Name) != nil
	p.hold(key.Namespace, p.cards.has(card), has)
	if !has {
		p.cards.remove(card)
	}
}

func (p *Picture) putIngresses() {
	all := ingress.Controllers(p.view)
	for _, ing := range p.view.Ingresses() {
		p.putIngress(ing, all)
	}
}

func (p *Picture) putIngress(ing *networkingv1.Ingress, all []*ingress.Controller) {
	w := wire.Ingress{
		ID: ID(cluster.KindIngress, ing.Namespace, ing.Name), Namespace: ing.Namespace, Name: ing.Name,
		TLS: len(ing.Spec.TLS) > 0, Addresses: []string{}, Rows: []wire.IngressRow{},
	}
	if ing.Spec.IngressClassName != nil {
		w.Class = *ing.Spec.IngressClassName
	} else {
		w.Class = ing.Annotations[legacyClass]
	}
	if serving, _ := ingress.ServingAmong(p.view, all, ing); len(serving) > 0 {
		w.Served, w.Controller = true, serving[0].Ref().Name
	}
	for _, i := range ing.Status.LoadBalancer.Ingress {
		w.Addresses = append(w.Addresses, i.IP+i.Hostname)
	}
	for _, rule := range ing.Spec.Rules {
		if rule.HTTP == nil {
			continue
		}
		for _, path := range rule.HTTP.Paths {
			row := p.ingressRow(ing.Namespace, &path.Backend)
			row.Host, row.Path = rule.Host, path.Path
			if path.PathType != nil {
				row.PathType = string(*path.PathType)
			}
			w.Rows = append(w.Rows, row)
		}
	}
	if b := ing.Spec.DefaultBackend; b != nil {
		w.Rows = append(w.Rows, p.ingressRow(ing.Namespace, b))
	}
	p.cards.put(SectionIngresses, w.ID, w)
}

func (p *Picture) ingressRow(namespace string, b *networkingv1.IngressBackend) wire.IngressRow {
	if b.Service == nil {
		text := ""
		if b.Resource != nil {
			text = b.Resource.Kind + "/" + b.Resource.Name
		}
		return wire.IngressRow{Backend: text}
	}
	port := b.Service.Port.Name
	if port == "" {
		port = strconv.Itoa(int(b.Service.Port.Number))
	}
	return wire.IngressRow{
		Backend: b.Service.Name + ":" + port, Service: ID(cluster.KindService, namespace, b.Service.Name),
		Missing: p.view.Service(namespace, b.Service.Name) == nil,
	}
}
