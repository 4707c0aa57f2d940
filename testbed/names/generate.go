package names

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// The words that names are made of. Some are chosen to be mistaken for each other: namespaces called like kinds of names
// and top-level domains, services called like protocols.
var (
	zoneWords      = []string{"cluster.local", "k.example", "kube.company.lan"}
	namespaceWords = []string{"default", "web", "data", "com", "svc", "pod", "lan", "org"}
	serviceWords   = []string{"server", "api", "db", "web", "example", "tcp", "svc", "company", "x-1"}
	hostnameWords  = []string{"db-0", "db-1", "api", "a", "10-0-0-9"}
	portWords      = []string{"http", "https", "sql", "dns-tcp"}
	protocols      = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
	outsideWords   = []string{"www.example.org", "example.org", "mysql.company.lan", "company.lan", "x.apps.company.lan", "a.b.company.lan", "b.company.lan", "nothing.example.org", "intra.company.lan", "api.web", "www.com"}
)

type maker struct {
	*rand.Rand
	w    *world
	next int
}

// newWorld makes a world from a seed.
func newWorld(seed uint64) *world {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 53)), w: &world{}}
	m.w.zone = pick(m, zoneWords)
	m.outside()
	m.namespaces()
	for _, ns := range m.w.namespaces {
		m.podsOf(ns.Name)
	}
	m.dnsService()
	for _, ns := range m.w.namespaces {
		for range 1 + m.IntN(4) {
			m.service(ns.Name)
		}
	}
	m.strays()
	m.corefile()
	return m.w
}

func pick[T any](m *maker, from []T) T { return from[m.IntN(len(from))] }

// one is true once in n times.
func (m *maker) one(n int) bool { return m.IntN(n) == 0 }

func (m *maker) labels() map[string]string {
	if m.one(2) {
		return nil
	}
	return map[string]string{"tier": pick(m, []string{"front", "back"})}
}

func (m *maker) namespaces() {
	for _, i := range m.Perm(len(namespaceWords))[:2+m.IntN(4)] {
		m.w.namespaces = append(m.w.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespaceWords[i], Labels: m.labels()}})
	}
	m.w.namespaces = append(m.w.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "kube-system", Labels: m.labels()}})
}

func (m *maker) podsOf(ns string) {
	for i := range m.IntN(4) {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: fmt.Sprintf("pod-%d", i), Labels: m.labels()}}
		p.Spec.NodeName = "node01"
		p.Status.Phase = corev1.PodRunning
		switch m.IntN(8) {
		case 0:
			p.Status.Phase = pick(m, []corev1.PodPhase{corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown, corev1.PodPending})
		case 1:
			p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &metav1.Time{Time: time.Unix(1700000000, 0)}, ptr.To(int64(30))
		}
		a := m.podAddr(false)
		if m.one(6) {
			p.Spec.HostNetwork, a = true, netip.MustParseAddr("192.0.2.11")
		}
		ips := []netip.Addr{a}
		if m.one(3) {
			ips = append(ips, m.podAddr(true))
			if m.one(3) {
				ips[0], ips[1] = ips[1], ips[0]
			}
		}
		p.Status.PodIP = ips[0].String()
		for _, ip := range ips {
			p.Status.PodIPs = append(p.Status.PodIPs, corev1.PodIP{IP: ip.String()})
		}
		if m.one(5) { // the pod that asks
			p.Status.PodIP, p.Status.PodIPs = clientIP, []corev1.PodIP{{IP: clientIP}}
		}
		m.w.pods = append(m.w.pods, p)
	}
}

// podAddr is an address of pods; there are few, so that some are used twice.
func (m *maker) podAddr(v6 bool) netip.Addr {
	n := 1 + m.IntN(40)
	if !v6 {
		return netip.AddrFrom4([4]byte{10, 244, byte(n % 3), byte(n)})
	}
	text := fmt.Sprintf("fd00:10:244::%x", n)
	if n == 1 {
		text = "fd00:10:244::" // its name with dashes ends in one
	}
	return netip.MustParseAddr(text)
}

func (m *maker) dnsService() {
	if m.one(8) {
		return
	}
	m.w.services = append(m.w.services, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-dns", Labels: map[string]string{"k8s-app": "kube-dns"}},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: "10.96.0.10", ClusterIPs: []string{"10.96.0.10"},
			Ports: []corev1.ServicePort{{Name: "dns", Port: 53, Protocol: corev1.ProtocolUDP}, {Name: "dns-tcp", Port: 53, Protocol: corev1.ProtocolTCP}},
		},
	})
}

func (m *maker) has(ns, name string) bool {
	for _, s := range m.w.services {
		if s.Namespace == ns && s.Name == name {
			return true
		}
	}
	return false
}

func (m *maker) service(ns string) {
	name := pick(m, serviceWords)
	if m.has(ns, name) {
		return
	}
	s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, Labels: m.labels()}}
	s.Spec.Type = corev1.ServiceTypeClusterIP
	m.w.services = append(m.w.services, s)
	ports := 1 + m.IntN(3)
	headless := m.one(3)
	switch {
	case m.one(5):
		s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, m.target(s)
		ports = m.IntN(2)
	case headless:
		s.Spec.ClusterIP, s.Spec.ClusterIPs = corev1.ClusterIPNone, []string{corev1.ClusterIPNone}
		ports = m.IntN(3)
	default:
		m.next++
		s.Spec.ClusterIPs = []string{fmt.Sprintf("10.96.7.%d", m.next)}
		v6 := fmt.Sprintf("fd00:10:96::%x", m.next)
		switch m.IntN(5) {
		case 0:
			s.Spec.ClusterIPs = []string{v6}
		case 1:
			s.Spec.ClusterIPs = append(s.Spec.ClusterIPs, v6)
		case 2:
			s.Spec.ClusterIPs = append([]string{v6}, s.Spec.ClusterIPs...)
		}
		s.Spec.ClusterIP = s.Spec.ClusterIPs[0]
	}
	for i := range ports {
		p := corev1.ServicePort{Port: int32(80 + 363*i), Protocol: pick(m, protocols)}
		if ports > 1 || m.one(2) {
			p.Name = portWords[(i+m.next)%len(portWords)]
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
	s.Spec.PublishNotReadyAddresses = m.one(5)
	for range m.IntN(3) {
		m.slice(s)
	}
}

// target is the name that an ExternalName points to: inside the zone or outside, there or not, itself, and addresses,
// which the API accepts.
func (m *maker) target(s *corev1.Service) string {
	inside := func(name, ns string) string { return name + "." + ns + ".svc." + m.w.zone }
	switch m.IntN(10) {
	case 0:
		return "192.0.2.80"
	case 1:
		return inside(s.Name, s.Namespace)
	case 2:
		return "x." + inside(s.Name, s.Namespace)
	case 3:
		return pick(m, serviceWords)
	case 4, 5:
		return pick(m, outsideWords)
	case 6:
		return pick(m, outsideWords) + "."
	}
	return inside(pick(m, serviceWords), pick(m, m.w.namespaces).Name)
}

func (m *maker) slice(s *corev1.Service) {
	m.next++
	v6 := m.one(3)
	out := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: s.Namespace, Name: fmt.Sprintf("%s-%d", s.Name, m.next), Labels: map[string]string{discoveryv1.LabelServiceName: s.Name}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	// The controllers copy the service's labels.
	for k, v := range s.Labels {
		out.Labels[k] = v
	}
	if v6 {
		out.AddressType = discoveryv1.AddressTypeIPv6
	}
	if m.one(12) {
		out.AddressType = discoveryv1.AddressTypeFQDN
	}
	for i, p := range s.Spec.Ports {
		port := discoveryv1.EndpointPort{Name: ptr.To(p.Name), Port: ptr.To(int32(8000 + i)), Protocol: ptr.To(p.Protocol)}
		if m.one(10) {
			port.Port = nil
		}
		out.Ports = append(out.Ports, port)
	}
	if m.one(8) {
		out.Ports = nil
	}
	for range m.IntN(4) {
		out.Endpoints = append(out.Endpoints, m.endpoint(out.AddressType, s))
	}
	m.w.slices = append(m.w.slices, out)
}

func (m *maker) endpoint(kind discoveryv1.AddressType, s *corev1.Service) discoveryv1.Endpoint {
	e := discoveryv1.Endpoint{NodeName: ptr.To("node01"), Addresses: []string{m.podAddr(kind == discoveryv1.AddressTypeIPv6).String()}}
	if kind == discoveryv1.AddressTypeFQDN {
		e.Addresses[0] = pick(m, outsideWords)
	}
	if m.one(3) {
		e.Hostname = ptr.To(pick(m, hostnameWords))
	}
	if !m.one(4) {
		name := fmt.Sprintf("pod-%d", m.IntN(4))
		if m.one(10) {
			name = strings.Repeat("long-", 13) + "name"
		}
		e.TargetRef = &corev1.ObjectReference{Kind: "Pod", Namespace: s.Namespace, Name: name}
	}
	terminating := m.one(6)
	e.Conditions = discoveryv1.EndpointConditions{Ready: ptr.To(!terminating && !m.one(3)), Serving: ptr.To(m.one(2)), Terminating: ptr.To(terminating)}
	if s.Spec.PublishNotReadyAddresses {
		e.Conditions.Ready = ptr.To(true)
	}
	if m.one(6) {
		e.Conditions = discoveryv1.EndpointConditions{}
	}
	return e
}

// strays are slices of a service that is gone. Slices without a service are not made: for the address of one of their
// endpoints CoreDNS 1.15 writes a PTR record with an empty label, which no message can hold, and the client gets nothing.
func (m *maker) strays() {
	if !m.one(3) {
		return
	}
	gone := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: pick(m, m.w.namespaces).Name, Name: "gone"}}
	m.slice(gone)
}

// outside makes the resolvers of LAN and Internet.
func (m *maker) outside() {
	lan := map[string]string{"mysql": "10.40.50.30", "b": "10.40.50.31, fd00:40::31"}
	if m.one(2) {
		lan["*.apps"] = "10.40.50.40"
	}
	if m.one(2) {
		lan["a.b.company.lan"] = "10.40.50.32"
	}
	if m.one(2) {
		lan["@"] = "10.40.50.33"
	}
	if m.one(2) {
		lan["intra"] = pick(m, []string{"mysql.company.lan", "www.example.org", "nothing.company.lan", "x.apps.company.lan"})
	}
	root := map[string]string{"www.example.org": "192.0.2.80", "example.org": "192.0.2.81,2001:db8::81"}
	if m.one(3) {
		root["*.example.org"] = "192.0.2.82"
	}
	if m.one(3) {
		root["www.com"] = "www.example.org"
	}
	m.w.resolvers = []surroundings.Resolver{
		{Name: "lan-dns", Layer: surroundings.LayerLAN, Address: netip.MustParseAddr(lanIP), Next: "public", Zones: map[string]map[string]string{"company.lan": lan}},
		{Name: "public", Layer: surroundings.LayerInternet, Address: netip.MustParseAddr(internetIP), Zones: map[string]map[string]string{".": root}},
	}
}
