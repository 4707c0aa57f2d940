package facts

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/policy"
)

// KindSurroundings names the surroundings as evidence.
const KindSurroundings cluster.Kind = "Surroundings"

type detector struct {
	view  *cluster.View
	proxy *proxyConfig // nil where nothing shows kube-proxy's configuration
	given map[string]string
}

// find detects one fact or takes its default. Defaults that depend on other facts see the given ones.
func (d *detector) find(key string, given map[string]string) Fact {
	d.given = given
	switch key {
	case KeyProxyMode:
		if d.proxy != nil && d.proxy.mode() != "" {
			return d.shown(key, d.proxy.mode())
		}
		return byDefault(key, "iptables")
	case KeyClusterCIDR:
		return d.clusterCIDR()
	case KeyServiceCIDR:
		return d.serviceCIDR()
	case KeyMasqueradeAll:
		if d.proxy != nil {
			return d.shown(key, boolText(d.proxy.masqueradeAll(cmp.Or(given[KeyProxyMode], d.proxy.mode()))))
		}
		return byDefault(key, "false")
	case KeyNodePortAddresses:
		return d.nodePortAddresses()
	case KeyLocalhostNodePorts:
		if d.proxy != nil {
			on := d.proxy.IPTables.LocalhostNodePorts
			return d.shown(key, boolText(on == nil || *on))
		}
		return byDefault(key, "true")
	case KeyPolicy:
		return d.policy()
	case KeyClusterDomain:
		return d.clusterDomain()
	case KeyLibc:
		return byDefault(key, "glibc")
	case KeyPodNetwork:
		return d.podNetwork()
	case KeyIngressController:
		return byDefault(key, "")
	case KeyListening:
		return byDefault(key, "true")
	}
	return Fact{Key: key}
}

func byDefault(key, value string) Fact { return Fact{Key: key, Value: value, Source: Default} }

func (d *detector) shown(key, value string) Fact {
	evidence := d.proxy.evidence
	return Fact{Key: key, Value: value, Source: Detected, Evidence: &evidence}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// clusterCIDR is kube-proxy's local detector. With no clusterCIDR in a configuration that is shown there is none
// (cmd/kube-proxy/app/server_linux.go: a detector that is not implemented). Detectors other than ClusterCIDR know the
// pods in their own way; their ranges are the nodes' own.
func (d *detector) clusterCIDR() Fact {
	key := KeyClusterCIDR
	if d.proxy != nil {
		switch d.proxy.DetectLocalMode {
		case "", "ClusterCIDR":
			if p, ok := parsePrefixes(d.proxy.ClusterCIDR); ok && len(p) > 0 {
				return d.shown(key, joinPrefixes(p))
			}
			return d.shown(key, None)
		}
		if p := podCIDRs(d.view); len(p) > 0 {
			fact := d.shown(key, joinPrefixes(p))
			if d.proxy.DetectLocalMode != "NodeCIDR" {
				fact.Source = Default // whether the pods' interfaces have such names is the plug-in's affair
			}
			return fact
		}
	}
	if p := podCIDRs(d.view); len(p) > 0 {
		return byDefault(key, joinPrefixes(p))
	}
	if p := d.view.Surroundings().Networks.Pod; len(p) > 0 {
		return byDefault(key, joinPrefixes(p))
	}
	if p := podRanges(d.view); len(p) > 0 {
		return byDefault(key, joinPrefixes(p))
	}
	return byDefault(key, None)
}

type (
	serviceCIDRKey struct{}
	podCIDRsKey    struct{}
)

// podCIDRs are the nodes' own ranges; where they all lie in one configured pod network, that. Nobody may change them.
func podCIDRs(view *cluster.View) []netip.Prefix {
	return view.Remember(podCIDRsKey{}, func() any { return readPodCIDRs(view) }).([]netip.Prefix)
}

func readPodCIDRs(view *cluster.View) []netip.Prefix {
	var out []netip.Prefix
	for _, n := range view.Nodes() {
		list := n.Spec.PodCIDRs
		if len(list) == 0 && n.Spec.PodCIDR != "" {
			list = []string{n.Spec.PodCIDR}
		}
		for _, text := range list {
			if p, err := netip.ParsePrefix(text); err == nil {
				out = append(out, p.Masked())
			}
		}
	}
	for _, whole := range view.Surroundings().Networks.Pod {
		inside := len(out) > 0
		for _, p := range out {
			inside = inside && whole.Bits() <= p.Bits() && whole.Contains(p.Addr())
		}
		if inside {
			return []netip.Prefix{whole.Masked()}
		}
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return slices.Compact(out)
}

// podRanges guesses from the pods' own addresses, when nothing else is known.
func podRanges(view *cluster.View) []netip.Prefix {
	seen := map[netip.Prefix]bool{}
	for p := range view.Pods() {
		if p.Shape != nil && p.Shape.HostNetwork {
			continue
		}
		for _, a := range p.IPs {
			if !a.IsValid() {
				continue
			}
			bits := 16
			if a.Is6() {
				bits = 64
			}
			if r, err := a.Prefix(bits); err == nil {
				seen[r] = true
			}
		}
	}
	out := make([]netip.Prefix, 0, len(seen))
	for r := range seen {
		out = append(out, r)
	}
	slices.SortFunc(out, netip.Prefix.Compare)
	return out
}

func (d *detector) serviceCIDR() Fact {
	key := KeyServiceCIDR
	if list := d.view.ServiceCIDRs(); len(list) > 0 {
		var all []netip.Prefix
		for _, s := range list {
			for _, text := range s.Spec.CIDRs {
				if p, err := netip.ParsePrefix(text); err == nil {
					all = append(all, p.Masked())
				}
			}
		}
		if len(all) > 0 {
			first := list[0]
			return Fact{Key: key, Value: joinPrefixes(all), Source: Detected, Evidence: &cluster.Evidence{
				Kind: cluster.KindServiceCIDR, Name: first.Name, ResourceVersion: first.ResourceVersion,
				Fields: []string{"spec.cidrs"},
			}}
		}
	}
	if p := d.view.Surroundings().Networks.Service; len(p) > 0 {
		return Fact{Key: key, Value: joinPrefixes(p), Source: Detected, Evidence: &cluster.Evidence{
			Kind: KindSurroundings, Name: "surroundings", Fields: []string{"networks.service"},
		}}
	}
	guess := d.view.Remember(serviceCIDRKey{}, func() any { return guessServiceCIDR(d.view) })
	return byDefault(key, guess.(string))
}

// guessServiceCIDR takes the default range of kubeadm or k3s that holds every cluster IP, else the /16 of the first.
func guessServiceCIDR(view *cluster.View) string {
	known := []netip.Prefix{netip.MustParsePrefix("10.96.0.0/12"), netip.MustParsePrefix("10.43.0.0/16")}
	var first netip.Addr
	for _, s := range view.Services() {
		a, ok := cluster.ParseAddr(s.Spec.ClusterIP)
		if !ok || !a.Is4() {
			continue
		}
		if !first.IsValid() {
			first = a
		}
		known = slices.DeleteFunc(known, func(p netip.Prefix) bool { return !p.Contains(a) })
	}
	if len(known) > 0 {
		return known[0].String()
	}
	p, err := first.Prefix(16)
	if err != nil {
		return "10.96.0.0/12"
	}
	return p.String()
}

func (d *detector) nodePortAddresses() Fact {
	key := KeyNodePortAddresses
	if d.proxy == nil {
		if d.given[KeyProxyMode] == "nftables" {
			return byDefault(key, Primary)
		}
		return byDefault(key, "0.0.0.0/0,::/0")
	}
	list := d.proxy.NodePortAddresses
	if len(list) == 1 && list[0] == Primary {
		return d.shown(key, Primary)
	}
	if p, ok := parsePrefixes(strings.Join(list, ",")); ok && len(p) > 0 {
		return d.shown(key, joinPrefixes(p))
	}
	mode := d.proxy.mode()
	if m, ok := d.given[KeyProxyMode]; ok {
		mode = m
	}
	if mode == "nftables" {
		return d.shown(key, Primary)
	}
	return d.shown(key, "0.0.0.0/0,::/0")
}

// NodePortAddressesShown reports whether kube-proxy's configuration lists the addresses itself; otherwise the default of
// its mode holds.
func NodePortAddressesShown(view *cluster.View) bool {
	c := readProxyConfig(view)
	if c == nil {
		return false
	}
	p, ok := parsePrefixes(strings.Join(c.NodePortAddresses, ","))
	return len(c.NodePortAddresses) == 1 && c.NodePortAddresses[0] == Primary || ok && len(p) > 0
}

// policy says how the network plug-in turns packets away. A plug-in that was seen but of which that is not known is
// taken to drop, as most do (SEMANTICS.md 3.3).
func (d *detector) policy() Fact {
	e := policy.EnforcementOf(d.view)
	var evidence *cluster.Evidence
	if len(e.Evidence) > 0 {
		evidence = &e.Evidence[0]
	}
	switch {
	case e.Enforces == policy.No:
		return Fact{Key: KeyPolicy, Value: None, Source: Detected, Evidence: evidence}
	case e.Enforces == policy.Yes && e.Refusal == policy.RefusalReject:
		return Fact{Key: KeyPolicy, Value: "reject", Source: Detected, Evidence: evidence}
	case e.Enforces == policy.Yes && e.Refusal == policy.RefusalDrop:
		return Fact{Key: KeyPolicy, Value: "drop", Source: Detected, Evidence: evidence}
	}
	return byDefault(KeyPolicy, "drop")
}

func (d *detector) clusterDomain() Fact {
	c := dns.ReadConfig(d.view, dns.Given{})
	f := byDefault(KeyClusterDomain, c.Zone)
	if c.Zone == "" {
		f.Value = "cluster.local"
	}
	if c.ZoneOrigin == dns.OriginDetected {
		f.Source = Detected
		if len(c.ZoneEvidence) > 0 {
			f.Evidence = &c.ZoneEvidence[0]
		}
	}
	return f
}

// podNetwork is routed where the pods' addresses lie in the LAN itself.
func (d *detector) podNetwork() Fact {
	key := KeyPodNetwork
	if pods := podCIDRs(d.view); len(pods) > 0 {
		for _, lan := range d.view.Surroundings().Networks.LAN {
			if lan.Contains(pods[0].Addr()) {
				return Fact{Key: key, Value: "routed", Source: Detected, Evidence: &cluster.Evidence{
					Kind: KindSurroundings, Name: "surroundings", Fields: []string{"networks.lan"},
				}}
			}
		}
	}
	e := policy.EnforcementOf(d.view)
	if e.PodNetwork == policy.PodNetworkUnknown || e.PodNetwork == "" {
		return byDefault(key, "overlay")
	}
	f := Fact{Key: key, Value: string(e.PodNetwork), Source: Detected}
	if len(e.Evidence) > 0 {
		f.Evidence = &e.Evidence[0]
	}
	return f
}

// LocalDetector says how kube-proxy's configuration tells pods apart, where it is shown and does not go by ranges.
func LocalDetector(view *cluster.View) (mode string, shown bool) {
	if c := readProxyConfig(view); c != nil && c.DetectLocalMode != "" {
		return c.DetectLocalMode, true
	}
	return "", false
}

// NodeReady reports whether a node is not known to be down: a node without a Ready condition, as files have it, is
// taken to be up.
func NodeReady(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return true
}
