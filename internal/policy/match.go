package policy

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// peerMatches compares one entry of from or to with the peer, without a word about it.
func (j *judge) peerMatches(r *rule, p *peer) bool {
	switch p.kind {
	case bySelector:
		return j.selectorMatches(p)
	case byBlock:
		return j.blockMatches(r, p)
	case byNetworks:
		return j.networksMatch(p)
	case byNodes:
		n := j.view.Node(j.q.Peer.Node)
		if pod := j.q.Peer.Pod; n == nil && pod != nil && pod.Shape.HostNetwork {
			n = j.view.Node(pod.Node) // its address is the node's (status.addresses), and that is what is selected by
		}
		return n != nil && p.nodes.matches(cluster.NewLabels(n.Labels))
	case byDomains:
		return !j.inCluster && (j.r.anyDomain || slices.ContainsFunc(p.domains, func(d string) bool { return domainMatches(d, j.q.Peer.Domain) }))
	}
	return false
}

// domainMatches: a name means itself, *.NAME means everything below it (network-policy-api apis/v1alpha2 DomainName).
func domainMatches(pattern, name string) bool {
	if below, ok := strings.CutPrefix(pattern, "*"); ok {
		return len(name) > len(below) && strings.HasSuffix(name, below)
	}
	return name == pattern && name != ""
}

// selectorMatches compares podSelector AND namespaceSelector. Only a pod with an address of its own can match: one on the
// host network is seen as its node, unless this reading says otherwise.
func (j *judge) selectorMatches(p *peer) bool {
	if j.peer != nil {
		return j.podMatches(p, j.peer, &j.space)
	}
	for _, pod := range j.hosts {
		var space *spaceLabel
		if j.podMatches(p, pod, &space) {
			return true
		}
	}
	return j.maybePod()
}

// maybePod reports whether this reading takes an address that nobody known has for a pod that may not be read.
func (j *judge) maybePod() bool {
	if j.r.unreadable && j.addr.IsValid() && !j.inCluster && !j.view.Readable(cluster.KindPod, "") {
		j.usedKind = cluster.KindPod
		return true
	}
	return false
}

func (j *judge) podMatches(p *peer, pod *cluster.Pod, space **spaceLabel) bool {
	switch {
	case p.namespace != "":
		if pod.Namespace != p.namespace {
			return false
		}
	case !j.spaceMatches(p.spaces, pod.Namespace, space):
		return false
	}
	return p.pods.matches(pod.Labels)
}

// spaceMatches compares a namespaceSelector with the labels of a namespace.
func (j *judge) spaceMatches(s *selector, name string, space **spaceLabel) bool {
	if *space == nil {
		*space = j.book.space(name)
	}
	have := *space
	if !have.shown && s.reads(corev1.LabelMetadataName) {
		switch {
		case !j.view.Readable(cluster.KindNamespace, ""):
			if j.r.unreadable {
				j.usedKind = cluster.KindNamespace
			}
			return j.r.unreadable
		case j.r.spaceLabels > 0:
			return j.r.spaceLabels == 1
		}
	}
	return s.matches(have.labels)
}

// blockMatches compares an ipBlock: inside the CIDR and inside none of the exceptions.
func (j *judge) blockMatches(r *rule, p *peer) bool {
	if p.bad {
		return false
	}
	cidr := p.cidrs[0]
	if !j.addr.IsValid() {
		all, none := j.covered(cidr, p.except)
		return all || !none && j.r.split
	}
	if j.r.anywhere > 0 && (j.r.blockInCluster || !j.inCluster) {
		return cidr.Bits() == 0 && len(p.except) == 0 || j.r.anywhere == 2
	}
	if j.inCluster && !j.r.blockInCluster || !cidr.Contains(j.addr) || excepted(p, j.addr) {
		return false
	}
	if j.r.sharedExcept {
		for i := range r.peers {
			if excepted(&r.peers[i], j.addr) {
				return false
			}
		}
	}
	return true
}

func excepted(p *peer, addr netip.Addr) bool {
	return slices.ContainsFunc(p.except, func(x netip.Prefix) bool { return x.Contains(addr) })
}

// networksMatch compares networks, which match the addresses of pods and nodes, too (ClusterNetworkPolicyEgressPeer).
func (j *judge) networksMatch(p *peer) bool {
	if !j.addr.IsValid() {
		some := false
		for _, cidr := range p.cidrs {
			all, none := j.covered(cidr, nil)
			if all {
				return true
			}
			some = some || !none
		}
		return some && j.r.split
	}
	return slices.ContainsFunc(p.cidrs, func(c netip.Prefix) bool {
		if j.r.anywhere > 0 {
			return c.Bits() == 0 || j.r.anywhere == 2
		}
		return c.Contains(j.addr)
	})
}

// covered says whether all, and whether nothing, of the network of an unnamed machine lies in a range.
func (j *judge) covered(cidr netip.Prefix, except []netip.Prefix) (all, none bool) {
	if len(j.q.Peer.Within) == 0 {
		return coversInternet(cidr, except)
	}
	all, none = true, true
	for _, w := range j.q.Peer.Within {
		a, n := covers(w, cidr, except)
		all, none = all && a, none && n
	}
	return all, none
}

// covers says whether all, and whether nothing, of a range lies in the block. Exceptions that only together cut out
// everything leave both false, which is honest if not sharp.
func covers(w, cidr netip.Prefix, except []netip.Prefix) (all, none bool) {
	w = w.Masked()
	if !w.Overlaps(cidr) {
		return false, true
	}
	all = cidr.Bits() <= w.Bits()
	for _, p := range except {
		if !p.Overlaps(w) {
			continue
		}
		all = false
		none = none || p.Bits() <= w.Bits() || p.Bits() <= cidr.Bits()
	}
	return all, none
}

// notInternet are the ranges no machine of the Internet has (RFC 1918, 6598, 3927, 1122, 4193, 4291).
var notInternet = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("::1/128"),
}

func coversInternet(cidr netip.Prefix, except []netip.Prefix) (all, none bool) {
	private := func(p netip.Prefix) bool {
		for _, n := range notInternet {
			if n.Addr().Is4() == p.Addr().Is4() && n.Bits() <= p.Bits() && n.Contains(p.Addr()) {
				return true
			}
		}
		return false
	}
	all, none = cidr.Bits() == 0, private(cidr)
	for _, p := range except {
		if p.Overlaps(cidr) {
			all = all && private(p)
			none = none || p.Bits() <= cidr.Bits()
		}
	}
	return all, none
}

// portMatches compares one entry of ports with the destination.
func (j *judge) portMatches(p *port) bool {
	if p.nothing || j.q.Protocol == ProtocolICMP {
		return false
	}
	if p.protocol != "" && p.protocol != j.q.Protocol {
		return false
	}
	switch {
	case p.any:
		return true
	case p.name == "":
		if p.ends && j.r.onePort {
			return p.first == j.q.Port
		}
		return p.first <= j.q.Port && j.q.Port <= p.last
	}
	return j.named(p.name) || j.r.looseNames
}

// named reports whether the destination pod gives this name to the port that is asked for, under the protocol that is
// asked for. The API names one port of the pod; several containers may give one name to several ports, of which plug-ins
// take the first or all.
func (j *judge) named(name string) bool {
	pods := j.hosts
	if j.portPod != nil {
		n, ok := j.portPod.Shape.PortNamed(name, j.q.Protocol)
		if ok && n == j.q.Port && !(j.r.mainNames && bySidecar(j.portPod.Shape, name, j.q.Protocol)) || j.r.everyName && bears(j.portPod.Shape, name, j.q.Protocol, j.q.Port) {
			return true
		}
		if j.r.initNames && slices.ContainsFunc(j.portPod.Shape.InitPorts, func(p cluster.ContainerPort) bool {
			return p.Name == name && p.Protocol == j.q.Protocol && p.Port == j.q.Port
		}) {
			return true
		}
		pods = nil
	}
	if j.q.Direction == Ingress {
		return false
	}
	for _, p := range pods {
		if bears(p.Shape, name, j.q.Protocol, j.q.Port) {
			return true
		}
	}
	return false
}

// bySidecar reports whether none but sidecars give the name to a port.
func bySidecar(s *cluster.Shape, name string, protocol corev1.Protocol) bool {
	for _, c := range s.Containers {
		if !c.Sidecar && slices.ContainsFunc(c.Ports, func(p cluster.ContainerPort) bool { return p.Name == name && p.Protocol == protocol }) {
			return false
		}
	}
	return true
}

func bears(s *cluster.Shape, name string, protocol corev1.Protocol, port int32) bool {
	for _, c := range s.Containers {
		for _, p := range c.Ports {
			if p.Name == name && p.Protocol == protocol && p.Port == port {
				return true
			}
		}
	}
	return false
}
