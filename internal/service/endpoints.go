package service

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// EndpointsOf are the endpoints of a service port as kube-proxy joins them: by port name and protocol, one address
// family (v6 or v4), merged over slices, sorted by address. It is also what an ingress controller or a gateway may use.
// Source: pkg/proxy/endpointslicecache.go; slices labelled service.kubernetes.io/headless are left out there.
func EndpointsOf(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, v6 bool) []Endpoint {
	return endpointsOf(view, svc, port, v6, false)
}

// HeadlessEndpointsOf are the endpoints of a headless service's port: the same join, over the slices that kube-proxy
// leaves out. Whoever takes endpoints past kube-proxy (a proxy at layer 7) reads these.
func HeadlessEndpointsOf(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, v6 bool) []Endpoint {
	return endpointsOf(view, svc, port, v6, true)
}

func endpointsOf(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, v6, headless bool) []Endpoint {
	wanted := discoveryv1.AddressTypeIPv4
	if v6 {
		wanted = discoveryv1.AddressTypeIPv6
	}
	found := view.Slices(svc.Namespace, svc.Name)
	count := 0
	for _, s := range found {
		count += len(s.Endpoints)
	}
	if count == 0 {
		return nil
	}
	at := make(map[netip.AddrPort]int, count)
	out := make([]Endpoint, 0, count)
	for _, s := range found {
		if s.AddressType != wanted || s.Headless && !headless {
			continue
		}
		for _, p := range s.Ports {
			if !p.HasName || !p.HasPort || p.Name != port.Name || p.Protocol != protocolOf(port.Protocol) {
				continue
			}
			for i := range s.Endpoints {
				e := &s.Endpoints[i]
				if !e.Addr.IsValid() {
					continue
				}
				ep := endpoint(view, s, e, netip.AddrPortFrom(e.Addr, uint16(p.Port)))
				// The same address and port twice: one that is not terminating wins, be it a copy of the same
				// endpoint on its way between slices or a new pod that got the address of a dying one.
				if have, ok := at[ep.Addr]; ok {
					if !ep.Terminating {
						out[have] = ep
					}
					continue
				}
				at[ep.Addr] = len(out)
				out = append(out, ep)
			}
		}
	}
	byText(out)
	return out
}

// endpointMemo remembers the endpoints that were asked for last.
type endpointMemo struct {
	svc  *corev1.Service
	port *corev1.ServicePort
	v6   bool
	list []Endpoint
}

// endpoints is EndpointsOf, remembered from one variant of a configuration to the next. The caller must not change them.
func (c *Config) endpoints(view *cluster.View, svc *corev1.Service, port *corev1.ServicePort, v6 bool) []Endpoint {
	m := c.memo
	if m == nil {
		return EndpointsOf(view, svc, port, v6)
	}
	if m.svc != svc || m.port != port || m.v6 != v6 {
		*m = endpointMemo{svc, port, v6, EndpointsOf(view, svc, port, v6)}
	}
	return m.list
}

// byText sorts endpoints as kube-proxy does: by their addresses' text.
func byText(list []Endpoint) {
	if len(list) < 2 {
		return
	}
	type keyed struct {
		Endpoint
		text string
	}
	all := make([]keyed, len(list))
	for i, e := range list {
		all[i] = keyed{e, e.Addr.String()}
	}
	slices.SortFunc(all, func(a, b keyed) int { return cmp.Compare(a.text, b.text) })
	for i := range all {
		list[i] = all[i].Endpoint
	}
}

func endpoint(view *cluster.View, s *cluster.Slice, e *cluster.Endpoint, addr netip.AddrPort) Endpoint {
	ep := Endpoint{
		Addr: addr, PodName: e.Pod, Namespace: cmp.Or(e.TargetNamespace, s.Namespace), Node: e.Node, Zone: e.Zone,
		Ready: e.Ready, Serving: e.Serving, Terminating: e.Terminating,
		ForZones: e.ForZones, ForNodes: e.ForNodes, Slice: s,
	}
	if e.Pod != "" {
		ep.Pod = view.Pod(ep.Namespace, e.Pod)
	}
	return ep
}

// readyNodes counts the addresses of a service's ready endpoints by node. Health checks count every port that the slices have, also
// one that is no port of the service (pkg/proxy EndpointsMap.LocalReadyEndpoints).
func readyNodes(view *cluster.View, svc *corev1.Service, v6 bool) map[string]int {
	type portKey struct {
		name     string
		protocol corev1.Protocol
	}
	seen := map[portKey]bool{}
	nodes := map[string]int{}
	counted := map[netip.Addr]bool{}
	for _, s := range view.Slices(svc.Namespace, svc.Name) {
		for _, p := range s.Ports {
			key := portKey{p.Name, protocolOf(p.Protocol)}
			if !p.HasName || seen[key] {
				continue
			}
			seen[key] = true
			for _, e := range EndpointsOf(view, svc, &corev1.ServicePort{Name: key.name, Protocol: key.protocol}, v6) {
				if addr := e.Addr.Addr(); e.Ready && e.Node != "" && !counted[addr] {
					counted[addr] = true
					nodes[e.Node]++
				}
			}
		}
	}
	return nodes
}

func protocolOf(p corev1.Protocol) corev1.Protocol { return cmp.Or(p, corev1.ProtocolTCP) }

// policies are a service's traffic policies as one port of it uses them.
type policies struct {
	internalLocal, externalLocal bool
	external                     bool // reachable by something other than its cluster IP
}

func (p policies) usesCluster() bool { return !p.internalLocal || p.external }
func (p policies) usesLocal() bool   { return p.internalLocal || p.externalLocal && p.external }

// categories are the endpoints that one node may use, by traffic policy.
type categories struct {
	cluster, local []Endpoint
	any            bool   // some endpoint, somewhere, is usable
	topology       string // PreferSameNode, PreferSameZone or empty
	clusterFell    bool   // cluster holds serving terminating endpoints since none is ready
	localFell      bool
}

// categorize follows pkg/proxy/topology.go CategorizeEndpoints: ready endpoints that the hints leave to this node, or
// serving terminating ones where none is ready; local ones apart, and without topology.
func categorize(all []Endpoint, p policies, node, zone string) categories {
	var c categories
	if len(all) == 0 {
		return c
	}
	dying := func(e Endpoint) bool { return !e.Ready && e.Serving && e.Terminating }
	local := func(e Endpoint) bool { return node != "" && e.Node == node }
	if p.usesCluster() {
		c.topology = topologyMode(all, node, zone)
		c.cluster = make([]Endpoint, 0, len(all))
		for _, e := range all {
			if e.Ready && available(e, c.topology, node, zone) {
				c.cluster = append(c.cluster, e)
			}
		}
		if len(c.cluster) == 0 {
			for _, e := range all {
				if e.Serving && e.Terminating {
					c.cluster = append(c.cluster, e)
					c.clusterFell = true
				}
			}
		}
		c.any = len(c.cluster) > 0
	}
	if !p.usesLocal() {
		return c
	}
	for _, e := range all {
		if e.Ready || dying(e) {
			c.any = true
		}
		if e.Ready && local(e) {
			c.local = append(c.local, e)
		}
	}
	if len(c.local) == 0 {
		for _, e := range all {
			if local(e) && e.Serving && e.Terminating {
				c.local = append(c.local, e)
				c.localFell = true
			}
		}
	}
	return c
}

func topologyMode(all []Endpoint, node, zone string) string {
	ready, nodeHints, zoneHints, forNode, forZone := false, true, true, false, false
	for _, e := range all {
		if !e.Ready {
			continue
		}
		ready = true
		nodeHints = nodeHints && len(e.ForNodes) > 0
		zoneHints = zoneHints && len(e.ForZones) > 0
		forNode = forNode || slices.Contains(e.ForNodes, node)
		forZone = forZone || slices.Contains(e.ForZones, zone)
	}
	switch {
	case !ready:
		return ""
	case nodeHints && forNode:
		return corev1.ServiceTrafficDistributionPreferSameNode
	case zoneHints && forZone:
		return corev1.ServiceTrafficDistributionPreferSameZone
	}
	return ""
}

func available(e Endpoint, topology, node, zone string) bool {
	switch topology {
	case corev1.ServiceTrafficDistributionPreferSameNode:
		return slices.Contains(e.ForNodes, node)
	case corev1.ServiceTrafficDistributionPreferSameZone:
		return slices.Contains(e.ForZones, zone)
	}
	return true
}
