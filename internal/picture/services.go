package picture

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// TypeHeadless is how a ClusterIP service without an address is called.
const TypeHeadless = "Headless"

// serviceMark is what other cards show of a service, to find out whether they are due.
type serviceMark struct {
	nodePorts string
	balanced  bool
	gateway   string // what says that it leads to a gateway, and that routes may send to it
}

// noteService says what depends on a service that changed.
func (p *Picture) noteService(key cluster.Key) {
	p.due.services[key] = true
	old, had := p.marks[key]
	s := p.view.Service(key.Namespace, key.Name)
	mark := markOf(s)
	if s == nil {
		delete(p.marks, key)
	} else {
		p.marks[key] = mark
	}
	p.hold(key.Namespace, had, s != nil)
	if had != (s != nil) {
		// Ingresses say whether a service is there, controllers are found by theirs, guessed ranges come from addresses.
		p.due.ingresses, p.due.controllers, p.due.bands = true, true, true
	}
	p.due.gateways = p.due.gateways || mark.gateway != old.gateway
	if mark.nodePorts != old.nodePorts {
		p.due.allNodes = true
	}
	if mark.balanced || old.balanced {
		p.due.outside = true
	}
}

func markOf(s *corev1.Service) serviceMark {
	if s == nil {
		return serviceMark{}
	}
	m := serviceMark{balanced: s.Spec.Type == corev1.ServiceTypeLoadBalancer}
	for _, port := range s.Spec.Ports {
		if port.NodePort != 0 {
			m.nodePorts += strconv.Itoa(int(port.NodePort)) + protocol(port.Protocol) + " "
		}
		m.gateway += strconv.Itoa(int(port.Port)) + " "
	}
	m.gateway += string(s.Spec.Type) + selectorText(s.Spec.Selector) + selectorText(s.Labels)
	for _, i := range s.Status.LoadBalancer.Ingress {
		m.gateway += i.IP + i.Hostname + " "
	}
	return m
}

// hold keeps count of what is in a namespace when an object comes or goes.
func (p *Picture) hold(namespace string, had, has bool) {
	switch {
	case has && !had:
		p.holdNamespace(namespace)
	case had && !has:
		p.releaseNamespace(namespace)
	}
}

func (p *Picture) putService(key cluster.Key) {
	card := ID(cluster.KindService, key.Namespace, key.Name)
	s := p.view.Service(key.Namespace, key.Name)
	if s == nil {
		p.cards.remove(card)
		return
	}
	w := wire.Service{
		ID: card, Namespace: s.Namespace, Name: s.Name, Type: serviceType(s), ClusterIPs: clusterIPs(s),
		External: []string{}, Pending: p.pending[key], Ports: []wire.ServicePort{}, Selector: selectorText(s.Spec.Selector),
		DNS: isDNS(s),
	}
	if w.Type == string(corev1.ServiceTypeExternalName) {
		w.ExternalName = s.Spec.ExternalName
	}
	for _, i := range s.Status.LoadBalancer.Ingress {
		w.External = append(w.External, i.IP+i.Hostname)
	}
	w.External = append(w.External, s.Spec.ExternalIPs...)
	for _, port := range s.Spec.Ports {
		target := port.TargetPort.String()
		if port.TargetPort == (intstr.IntOrString{}) {
			target = strconv.Itoa(int(port.Port))
		}
		w.Ports = append(w.Ports, wire.ServicePort{
			Name: port.Name, Port: port.Port, Target: target, NodePort: port.NodePort, Protocol: protocol(port.Protocol),
		})
	}
	w.Ready, w.Total = p.counts(key)
	p.cards.put(SectionServices, card, w)
}

func serviceType(s *corev1.Service) string {
	switch {
	case s.Spec.Type != "" && s.Spec.Type != corev1.ServiceTypeClusterIP:
		return string(s.Spec.Type)
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		return TypeHeadless
	}
	return string(corev1.ServiceTypeClusterIP)
}

func clusterIPs(s *corev1.Service) []string {
	out := []string{}
	for _, ip := range append([]string{s.Spec.ClusterIP}, s.Spec.ClusterIPs...) {
		if ip != "" && ip != corev1.ClusterIPNone && !slices.Contains(out, ip) {
			out = append(out, ip)
		}
	}
	return out
}

func selectorText(selector map[string]string) string {
	parts := make([]string, 0, len(selector))
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		parts = append(parts, k+"="+selector[k])
	}
	return strings.Join(parts, ",")
}

// isDNS reports whether pods are told to resolve names here. kubeadm, k3s and kind name it kube-dns and label it so.
func isDNS(s *corev1.Service) bool {
	return s.Namespace == "kube-system" && (s.Name == "kube-dns" || s.Labels["k8s-app"] == "kube-dns")
}
