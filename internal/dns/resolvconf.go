package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// The limits of a pod's resolv.conf (k8s.io/kubernetes pkg/apis/core/validation, pkg/kubelet/network/dns).
const (
	maxNameservers = 3
	maxSearches    = 32
	maxSearchChars = 2048
	maxSearchName  = 253
)

// ResolvConf is the resolv.conf of a client. Source: pkg/kubelet/network/dns GetPodDNS for pods; nodes and hosts of the
// surroundings have the resolver that the surroundings give them.
func (c *Config) ResolvConf(view *cluster.View, client Client) Resolv {
	switch {
	case client.Pod != nil:
		return c.podResolv(view, client.Pod)
	case client.Node != nil:
		return c.nodeResolv(view, client.Node.Name)
	}
	return hostResolv(view, client.Host, client.Layer)
}

func (c *Config) podResolv(view *cluster.View, pod *cluster.Pod) Resolv {
	shape := pod.Shape
	if shape == nil {
		shape = &cluster.Shape{DNSPolicy: corev1.DNSClusterFirst}
	}
	policy := shape.DNSPolicy
	if policy == "" {
		policy = corev1.DNSClusterFirst
	}
	r := Resolv{Policy: string(policy), Ndots: 1, hostSearch: -1}
	switch {
	case policy == corev1.DNSNone:
	case policy == corev1.DNSDefault:
		r = c.nodeResolv(view, pod.Node)
	case policy == corev1.DNSClusterFirst && shape.HostNetwork:
		r = c.nodeResolv(view, pod.Node)
		r.Notes = append(r.Notes, words.Say("dns.resolv.host-network"))
	case c.noDNS:
		r = c.nodeResolv(view, pod.Node)
		r.Notes = append(r.Notes, words.Say("dns.resolv.no-cluster-dns"))
		r.kubelet = true
	default:
		r = c.clusterFirst(view, pod)
	}
	r.Policy = string(policy)
	r.Evidence = append([]cluster.Evidence{evidenceOf(pod, "spec.dnsPolicy", "spec.hostNetwork", "spec.dnsConfig")}, r.Evidence...)
	c.merge(view, &r, shape.DNSConfig)
	return r
}

// clusterFirst asks the cluster's DNS only; the node's search list is appended where it is known, its options are
// dropped.
func (c *Config) clusterFirst(view *cluster.View, pod *cluster.Pod) Resolv {
	r := Resolv{Ndots: 5, Options: []string{"ndots:5"}, hostSearch: 3}
	r.Search = []string{pod.Namespace + ".svc." + c.Zone, "svc." + c.Zone, c.Zone}
	if c.noDomain {
		r.Search, r.hostSearch, r.kubelet = nil, 0, true
		r.Notes = append(r.Notes, words.Say("dns.resolv.no-cluster-domain"))
	}
	r.kubelet = r.kubelet || c.unsaid
	r.Evidence = append(slices.Clone(c.ZoneEvidence), c.DNSEvidence...)
	for _, a := range c.ClusterDNS {
		r.Nameservers = append(r.Nameservers, c.nameserver(view, a))
	}
	if len(r.Nameservers) > 0 {
		return r
	}
	if slices.Contains(c.Missing, "services") {
		r.Unknown = words.Say("dns.unknown.services-not-read")
		return r
	}
	if view.Source().Kind == cluster.SourceLive {
		r.Unknown = words.Say("dns.unknown.no-service")
		return r
	}
	// Manifests alone hold no DNS service, and yet whoever runs them has one.
	r.Nameservers = []Nameserver{{Kind: ServerCluster}}
	r.Notes = append(r.Notes, words.Say("dns.unknown.service-assumed"))
	return r
}

// merge lays a pod's dnsConfig over its resolv.conf, and cuts what is over the limits.
func (c *Config) merge(view *cluster.View, r *Resolv, config *corev1.PodDNSConfig) {
	if config != nil {
		for _, text := range config.Nameservers {
			if a, ok := cluster.ParseAddr(text); ok {
				r.Nameservers = append(r.Nameservers, c.nameserver(view, a))
			}
		}
		r.Nameservers = first(r.Nameservers, func(n Nameserver) string { return n.Addr.String() + string(n.Kind) })
		// As written: with its final dot a domain is another text, and counts again.
		r.Search = first(append(r.Search, config.Searches...), func(s string) string { return s })
		for _, o := range config.Options {
			text := o.Name
			if o.Value != nil && *o.Value != "" {
				text += ":" + *o.Value
			}
			r.Options = slices.DeleteFunc(r.Options, func(have string) bool {
				name, _, _ := strings.Cut(have, ":")
				return name == o.Name
			})
			r.Options = append(r.Options, text)
		}
	}
	if len(r.Nameservers) > maxNameservers {
		r.Notes = append(r.Notes, words.Say("dns.resolv.keeps-nameservers", maxNameservers, len(r.Nameservers)))
		r.Nameservers = r.Nameservers[:maxNameservers]
	}
	r.Search = cutSearch(r)
	r.Ndots = ndots(r.Options)
}

// first drops what comes again.
func first[T any](list []T, key func(T) string) []T {
	seen := map[string]bool{}
	var out []T
	for _, e := range list {
		if k := key(e); !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return out
}

// cutSearch follows formDNSSearchFitsLimits: 32 domains, then none longer than 253, then 2048 characters together.
func cutSearch(r *Resolv) []string {
	list := r.Search
	if len(list) > maxSearches {
		list = list[:maxSearches]
	}
	var out []string
	chars := -1
	for _, s := range list {
		if len(s) <= maxSearchName {
			out = append(out, s)
			chars += len(s) + 1
		}
	}
	for chars > maxSearchChars {
		chars -= len(out[len(out)-1]) + 1
		out = out[:len(out)-1]
	}
	if len(out) < len(r.Search) {
		r.Notes = append(r.Notes, words.Say("dns.resolv.keeps-search", len(out), len(r.Search)))
	}
	return out
}

// ndots reads the option; both libraries cap it at 15.
func ndots(options []string) int {
	n := 1
	for _, o := range options {
		if v, ok := strings.CutPrefix(o, "ndots:"); ok {
			if parsed, err := strconv.Atoi(v); err == nil && parsed >= 0 {
				n = min(parsed, 15)
			}
		}
	}
	return n
}

// nodeResolv is the resolv.conf of a node: what the surroundings say of a host of its name, or the first resolver of the
// LAN, or nothing that anybody knows.
func (c *Config) nodeResolv(view *cluster.View, node string) Resolv {
	for i := range view.Surroundings().Hosts {
		if h := &view.Surroundings().Hosts[i]; h.Name == node && h.Resolver != "" {
			return hostResolv(view, h, surroundings.LayerLAN)
		}
	}
	r := hostResolv(view, nil, surroundings.LayerLAN)
	r.Policy, r.Guess = "Default", ""
	if len(r.Nameservers) > 0 && r.Nameservers[0].Resolver != nil {
		r.Guess = "node-resolver"
		r.Notes = append(r.Notes, words.Say("dns.resolv.lan"))
	}
	return r
}

// hostResolv is the resolv.conf of a host of the surroundings: its own resolver, or the first of its layer.
func hostResolv(view *cluster.View, h *surroundings.Host, layer surroundings.Layer) Resolv {
	r := Resolv{Policy: "host", Ndots: 1, hostSearch: -1}
	if h != nil {
		if n := resolverNamed(view, h.Resolver); n != nil {
			r.Nameservers = []Nameserver{*n}
			return r
		}
		if h.Resolver != "" {
			if a, err := netip.ParseAddr(h.Resolver); err == nil {
				r.Nameservers = []Nameserver{{Addr: a.Unmap(), Kind: ServerUnknown}}
				return r
			}
		}
		if h.Layer != "" {
			layer = h.Layer
		}
	}
	for i := range view.Surroundings().Resolvers {
		if res := &view.Surroundings().Resolvers[i]; res.Layer == layer {
			r.Nameservers = []Nameserver{*resolverNamed(view, res.Name)}
			r.Guess = "host-resolver"
			return r
		}
	}
	r.Nameservers = []Nameserver{{Kind: ServerOutside}}
	return r
}

// Text is the file as it would stand in the client.
func (r *Resolv) Text() string {
	var b strings.Builder
	if len(r.Search) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(r.Search, " "))
	}
	for _, n := range r.Nameservers {
		if n.Addr.IsValid() {
			fmt.Fprintf(&b, "nameserver %s\n", n.Addr)
		}
	}
	if len(r.Options) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(r.Options, " "))
	}
	return b.String()
}
