package oracle

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/proxy"
	"k8s.io/kubernetes/pkg/proxy/conntrack"
	"k8s.io/kubernetes/pkg/proxy/iptables"
	"k8s.io/kubernetes/pkg/proxy/nftables"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"
	utiliptables "k8s.io/kubernetes/pkg/util/iptables"
	iptablestest "k8s.io/kubernetes/pkg/util/iptables/testing"
	"sigs.k8s.io/knftables"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/service"
)

// proxied is what kube-proxy has made of a world for one address family.
type proxied struct {
	rules  ruleset
	health *healthServer
	text   func() string // the rules, for a report
}

// runKubeProxy lets the proxier of the world's mode write its rules for one family.
func runKubeProxy(w *world, family corev1.IPFamily) (*proxied, error) {
	own := w.ownAddrs()
	health := &healthServer{}
	var proxier proxy.Provider
	var read func() (*proxied, error)
	switch w.config.Mode {
	case service.IPTables:
		fake := iptablesFake{iptablestest.NewFake()}
		if family == corev1.IPv6Protocol {
			fake = iptablesFake{iptablestest.NewIPv6Fake()}
		}
		p, err := iptables.NewProxier(klog.NewContext(context.Background(), logr.Discard()), family, fake, noSysctl{}, 30*time.Second, 0,
			w.config.MasqueradeAll, w.config.LocalhostNodePorts, 14, w.detector(family), w.node, w.nodeIP(family), nil, nil, w.nodePortAddresses(), false)
		if err != nil {
			return nil, err
		}
		// What NewProxier took from the machine that this runs on gives way to the world's.
		set(p, "conntrack", conntrack.NewFake())
		set(p, "networkInterfacer", network(own))
		set(p, "serviceHealthServer", health)
		unset(p, "nfacct")
		proxier = p
		read = func() (*proxied, error) {
			rules, err := readIPTables(fake.Dump, own)
			return &proxied{rules, health, fake.Dump.String}, err
		}
	case service.NFTables:
		nftFamily := knftables.IPv4Family
		if family == corev1.IPv6Protocol {
			nftFamily = knftables.IPv6Family
		}
		fake := knftables.NewFake(nftFamily, "kube-proxy")
		proxier = newNFTablesProxier(w, family, fake, health)
		read = func() (*proxied, error) {
			if fake.Table == nil {
				return nil, fmt.Errorf("kube-proxy wrote no table")
			}
			rules, err := readNFTables(fake.Table, own)
			return &proxied{rules, health, fake.Dump}, err
		}
	default:
		return nil, fmt.Errorf("mode %s has no proxier here", w.config.Mode)
	}
	feed(w, proxier)
	return read()
}

// feed gives a proxier what its informers would: cmd/kube-proxy/app leaves out services of other proxies, headless
// services and the slices of those.
func feed(w *world, p proxy.Provider) {
	if w.config.HasServiceCIDRObjects {
		var cidrs []string
		for _, r := range w.config.ServiceCIDRs {
			cidrs = append(cidrs, r.String())
		}
		p.OnServiceCIDRsChanged(cidrs)
	}
	for _, s := range w.services {
		if _, other := s.Labels["service.kubernetes.io/service-proxy-name"]; !other && s.Spec.ClusterIP != corev1.ClusterIPNone {
			p.OnServiceAdd(s)
		}
	}
	for _, s := range w.slices {
		if _, headless := s.Labels[corev1.IsHeadlessService]; !headless {
			p.OnEndpointSliceAdd(s)
		}
	}
	set(p, "topologyLabels", w.find(w.node).Labels)
	p.OnServiceSynced()
	p.OnEndpointSlicesSynced()
}

// newNFTablesProxier makes a Proxier around the fake. nftables.NewProxier asks for a kernel and the program nft and offers
// no place for an Interface, so that its fields are set here one by one, the way it does it.
func newNFTablesProxier(w *world, family corev1.IPFamily, nft knftables.Interface, health *healthServer) *nftables.Proxier {
	p := &nftables.Proxier{}
	set(p, "ipFamily", family)
	set(p, "svcPortMap", proxy.ServicePortMap{})
	set(p, "serviceChanges", proxy.NewServiceChangeTracker(family, newServiceInfo, nil))
	set(p, "endpointsMap", proxy.EndpointsMap{})
	set(p, "endpointsChanges", proxy.NewEndpointsChangeTracker(family, w.node, newEndpointInfo, nil))
	set(p, "needFullSync", true)
	set(p, "syncPeriod", 30*time.Second)
	set(p, "nftables", nft)
	set(p, "masqueradeAll", w.config.MasqueradeAll)
	set(p, "masqueradeMark", "0x00004000")
	set(p, "masqueradeRule", "mark set mark or 0x00004000")
	set(p, "conntrack", conntrack.NewFake())
	set(p, "localDetector", w.detector(family))
	set(p, "nodeName", w.node)
	set(p, "nodeIP", w.nodeIP(family))
	set(p, "serviceHealthServer", health)
	set(p, "nodePortAddresses", proxyutil.NewNodePortAddresses(family, w.nodePortAddresses()))
	set(p, "networkInterfacer", network(w.ownAddrs()))
	set(p, "staleChains", map[string]time.Time{})
	set(p, "logger", logr.Discard())
	for field, kind := range map[string][2]string{
		"clusterIPs": {"set", "cluster-ips"}, "serviceIPs": {"map", "service-ips"}, "firewallIPs": {"map", "firewall-ips"},
		"noEndpointServices": {"map", "no-endpoint-services"}, "noEndpointNodePorts": {"map", "no-endpoint-nodeports"},
		"serviceNodePorts": {"map", "service-nodeports"}, "hairpinConnections": {"set", "hairpin-connections"},
	} {
		setPointer(p, field, newNFTElementStorage(kind[0], kind[1]))
	}
	return p
}

// The functions that nftables.NewProxier gives its trackers are not exported; they are linked by name.

//go:linkname newServiceInfo k8s.io/kubernetes/pkg/proxy/nftables.newServiceInfo
func newServiceInfo(*corev1.ServicePort, *corev1.Service, *proxy.BaseServicePortInfo) proxy.ServicePort

//go:linkname newEndpointInfo k8s.io/kubernetes/pkg/proxy/nftables.newEndpointInfo
func newEndpointInfo(*proxy.BaseEndpointInfo, *proxy.ServicePortName) proxy.Endpoint

//go:linkname newNFTElementStorage k8s.io/kubernetes/pkg/proxy/nftables.newNFTElementStorage
func newNFTElementStorage(containerType, containerName string) unsafe.Pointer

// field is an unexported field of a proxier, by its name in the version of k8s.io/kubernetes that go.mod pins.
func field(p any, name string) reflect.Value {
	f := reflect.ValueOf(p).Elem().FieldByName(name)
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
}

func set(p any, name string, value any) { field(p, name).Set(reflect.ValueOf(value)) }
func unset(p any, name string)          { field(p, name).SetZero() }
func setPointer(p any, name string, value unsafe.Pointer) {
	f := field(p, name)
	f.Set(reflect.NewAt(f.Type().Elem(), value))
}

// iptablesFake quotes what a program on a command line would not have to, since the fake writes it to a rule as it is.
type iptablesFake struct{ *iptablestest.FakeIPTables }

func (f iptablesFake) EnsureRule(position utiliptables.RulePosition, table utiliptables.Table, chain utiliptables.Chain, args ...string) (bool, error) {
	args = slices.Clone(args)
	for i, a := range args {
		if strings.Contains(a, " ") {
			args[i] = strconv.Quote(a)
		}
	}
	return f.FakeIPTables.EnsureRule(position, table, chain, args...)
}

// noSysctl is a kernel whose settings are all 0 and take any value.
type noSysctl struct{}

func (noSysctl) GetSysctl(string) (int, error) { return 0, nil }
func (noSysctl) SetSysctl(string, int) error   { return nil }

// network is a node's devices.
type network map[netip.Addr]bool

func (n network) InterfaceAddrs() ([]net.Addr, error) {
	out := []net.Addr{&net.IPNet{IP: net.ParseIP("127.0.0.1"), Mask: net.CIDRMask(8, 32)}, &net.IPNet{IP: net.ParseIP("::1"), Mask: net.CIDRMask(128, 128)}}
	for a := range n {
		out = append(out, &net.IPNet{IP: net.IP(a.AsSlice()), Mask: net.CIDRMask(a.BitLen(), a.BitLen())})
	}
	return out, nil
}

// healthServer keeps what kube-proxy's HTTP server for health checks would answer.
type healthServer struct {
	ports map[types.NamespacedName]uint16
	ready map[types.NamespacedName]int
}

func (h *healthServer) SyncServices(ports map[types.NamespacedName]uint16) error {
	h.ports = ports
	return nil
}

func (h *healthServer) SyncEndpoints(ready map[types.NamespacedName]int) error {
	h.ready = ready
	return nil
}

// owner is the service that has a port.
func (h *healthServer) owner(port uint16) types.NamespacedName {
	for name, p := range h.ports {
		if p == port {
			return name
		}
	}
	return types.NamespacedName{}
}

// status is what is answered on a port: 0 where nobody listens.
func (h *healthServer) status(port uint16) int {
	for name, p := range h.ports {
		switch {
		case p != port:
		case h.ready[name] > 0:
			return 200
		default:
			return 503
		}
	}
	return 0
}

// detector is the local detector of a family, as cmd/kube-proxy/app makes it: none where the family has no range.
func (w *world) detector(family corev1.IPFamily) proxyutil.LocalTrafficDetector {
	ranges := w.config.ClusterCIDRs
	switch w.config.Detector {
	case service.DetectInterface:
		return proxyutil.NewDetectLocalByBridgeInterface(podInterface)
	case service.DetectNodeCIDR:
		ranges = nil
		for _, text := range w.find(w.node).Spec.PodCIDRs {
			ranges = append(ranges, netip.MustParsePrefix(text))
		}
	case service.DetectNone:
		ranges = nil
	}
	for _, r := range ranges {
		if familyOf(r.Addr()) == family {
			return proxyutil.NewDetectLocalByCIDR(r.String())
		}
	}
	return proxyutil.NewNoOpLocalDetector()
}

// nodeIP is the node's primary address of a family, loopback without one (cmd/kube-proxy/app detectNodeIPs).
func (w *world) nodeIP(family corev1.IPFamily) net.IP {
	for _, a := range cluster.NodeAddrs(w.find(w.node)) {
		if familyOf(a) == family {
			return net.IP(a.AsSlice())
		}
	}
	if family == corev1.IPv6Protocol {
		return net.IPv6loopback
	}
	return net.IPv4(127, 0, 0, 1)
}

// nodePortAddresses are the words of --nodeport-addresses; "primary" is resolved as newProxyServer does, and is what
// nftables takes by default.
func (w *world) nodePortAddresses() []string {
	npa := w.config.NodePortAddresses
	var out []string
	if npa.Primary || npa.Default && w.config.Mode == service.NFTables {
		for _, family := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			if a, ok := netip.AddrFromSlice(w.nodeIP(family)); ok && !a.Unmap().IsLoopback() {
				a = a.Unmap()
				out = append(out, netip.PrefixFrom(a, a.BitLen()).String())
			}
		}
		return out
	}
	if npa.Default {
		return nil
	}
	for _, r := range npa.CIDRs {
		out = append(out, r.String())
	}
	return out
}

func familyOf(a netip.Addr) corev1.IPFamily {
	if a.Is4() {
		return corev1.IPv4Protocol
	}
	return corev1.IPv6Protocol
}

func addressType(family corev1.IPFamily) discoveryv1.AddressType {
	return discoveryv1.AddressType(family)
}
