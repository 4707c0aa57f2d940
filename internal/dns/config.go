package dns

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// defaultZone is what kubeadm, kind and most others call the cluster's domain. It is used, and marked OriginDefault, only
// where nothing says otherwise.
const defaultZone = "cluster.local"

// annotationSimulated marks what nobody gave (package simulate): it shows nothing.
const annotationSimulated = "kubestrata.io/simulated"

// defaultCorefile is assumed where no Corefile can be read: the one that kubeadm writes, as far as it changes answers.
func defaultCorefile(zone string) *Corefile {
	c, err := ParseCorefile(".:53 {\n kubernetes "+zone+" in-addr.arpa ip6.arpa {\n pods insecure\n fallthrough in-addr.arpa ip6.arpa\n ttl 30\n }\n forward . /etc/resolv.conf\n}\n", nil)
	if err != nil {
		return &Corefile{}
	}
	return c
}

// ReadConfig reads what the objects of a View say about the cluster's DNS. It is cheap enough to be called for every
// trace, and never nil.
func ReadConfig(view *cluster.View, given Given) *Config {
	c := &Config{}
	if !view.Readable(cluster.KindConfigMap, "kube-system") {
		c.Missing = append(c.Missing, "configmaps")
	}
	if !view.Readable(cluster.KindService, "kube-system") {
		c.Missing = append(c.Missing, "services")
	}
	c.readCorefile(view)
	kubelet := readKubelet(view)
	c.zone(view, given, kubelet)
	if c.Corefile == nil && c.CorefileErr == nil {
		c.Corefile, c.CorefileOrigin = defaultCorefile(c.Zone), OriginDefault
	}
	c.findService(view, kubelet)
	c.noDNS, c.noDomain = kubelet.noDNS, kubelet.noDomain && given.ClusterDomain == ""
	c.unsaid = kubelet.evidence != nil && len(kubelet.ClusterDNS) == 0
	c.port = c.findPort(view)
	return c
}

// kubelet is what the kubelets' shared configuration says (kubeadm's ConfigMap kubelet-config).
type kubelet struct {
	ClusterDomain string   `json:"clusterDomain"`
	ClusterDNS    []string `json:"clusterDNS"`
	evidence      *cluster.Evidence
	noDNS         bool // it says that there is no server for the cluster's names
	noDomain      bool // it says that the cluster's domain is empty
}

func readKubelet(view *cluster.View) (k kubelet) {
	cm := view.ConfigMap("kube-system", "kubelet-config")
	if cm == nil {
		return k
	}
	// A ConfigMap that is not YAML is as good as none.
	if err := yaml.Unmarshal([]byte(cm.Data["kubelet"]), &k); err != nil {
		return kubelet{}
	}
	var fields map[string]any
	if err := yaml.Unmarshal([]byte(cm.Data["kubelet"]), &fields); err == nil {
		_, says := fields["clusterDNS"]
		k.noDNS = says && len(k.ClusterDNS) == 0
		_, says = fields["clusterDomain"]
		k.noDomain = says && k.ClusterDomain == ""
	}
	e := configMapEvidence(cm, "data.kubelet")
	k.evidence = &e
	return k
}

func configMapEvidence(cm *corev1.ConfigMap, fields ...string) cluster.Evidence {
	return cluster.Evidence{
		Kind: cluster.KindConfigMap, Namespace: cm.Namespace, Name: cm.Name, ResourceVersion: cm.ResourceVersion, Fields: fields,
	}
}

// readCorefile takes the Corefile of kube-system/coredns, or of the first ConfigMap of kube-system that has one.
func (c *Config) readCorefile(view *cluster.View) {
	cm := view.ConfigMap("kube-system", "coredns")
	if cm == nil || cm.Data["Corefile"] == "" {
		cm = nil
		for _, o := range view.ListIn(cluster.KindConfigMap, "kube-system") {
			if other, ok := o.(*corev1.ConfigMap); ok && cm == nil && other.Data["Corefile"] != "" {
				cm = other
			}
		}
	}
	if cm == nil || cm.Annotations[annotationSimulated] != "" {
		return
	}
	files := map[string]string{}
	if custom := view.ConfigMap("kube-system", "coredns-custom"); custom != nil {
		for name, text := range custom.Data {
			files[name] = text
		}
		c.CorefileEvidence = append(c.CorefileEvidence, configMapEvidence(custom, "data"))
	}
	for name, text := range cm.Data {
		files[name] = text
	}
	c.files = files
	c.CorefileOrigin = OriginDetected
	c.CorefileEvidence = append(c.CorefileEvidence, configMapEvidence(cm, "data.Corefile"))
	c.Corefile, c.CorefileErr = ParseCorefile(cm.Data["Corefile"], files)
}

// zone decides the cluster's domain, which kubelets write into search lists: given, or what the kubelets' configuration
// says, or the first forward zone of CoreDNS' kubernetes plugin, or the default.
func (c *Config) zone(view *cluster.View, given Given, k kubelet) {
	detected := ""
	if c.Corefile != nil {
		for i := range c.Corefile.Blocks {
			for _, d := range c.Corefile.Blocks[i].Directives {
				if d.Name != "kubernetes" || detected != "" {
					continue
				}
				zones := zonesOf(d.Args)
				if len(zones) == 0 {
					zones = c.Corefile.Blocks[i].Zones
				}
				for _, name := range zones {
					if !strings.HasSuffix(name, ".arpa.") && name != "." {
						detected = strings.TrimSuffix(name, ".")
						break
					}
				}
			}
		}
	}
	switch {
	case given.ClusterDomain != "":
		c.Zone, c.ZoneOrigin = strings.TrimSuffix(strings.ToLower(given.ClusterDomain), "."), OriginGiven
	case k.ClusterDomain != "":
		c.Zone, c.ZoneOrigin = strings.TrimSuffix(strings.ToLower(k.ClusterDomain), "."), OriginDetected
		c.ZoneEvidence = []cluster.Evidence{*k.evidence}
	case detected != "":
		c.Zone, c.ZoneOrigin, c.ZoneEvidence = detected, OriginDetected, c.CorefileEvidence
	default:
		c.Zone, c.ZoneOrigin = defaultZone, OriginDefault
	}
}

// findService finds the service behind the nameserver address of pods.
func (c *Config) findService(view *cluster.View, k kubelet) {
	for _, text := range k.ClusterDNS {
		if a, ok := cluster.ParseAddr(text); ok {
			c.ClusterDNS = append(c.ClusterDNS, a)
		}
	}
	if len(c.ClusterDNS) > 0 {
		c.ClusterDNSOrigin, c.DNSEvidence = OriginDetected, []cluster.Evidence{*k.evidence}
		for _, a := range c.ClusterDNS {
			if list := view.ServicesWithAddr(a); len(list) > 0 && c.Service == nil {
				c.Service = list[0]
			}
		}
	}
	if c.Service == nil {
		c.Service = dnsService(view)
	}
	if c.Service == nil || len(c.ClusterDNS) > 0 {
		return
	}
	c.ClusterDNSOrigin = OriginDefault
	c.ClusterDNS = serviceAddrs(c.Service)
	c.DNSEvidence = []cluster.Evidence{serviceEvidence(c.Service, "spec.clusterIPs")}
}

// findPort is the port on which the pods of the DNS service get its queries, which the Corefile's server blocks name.
func (c *Config) findPort(view *cluster.View) int {
	if c.Service == nil {
		return dnsPort
	}
	name := ""
	for _, p := range c.Service.Spec.Ports {
		if p.Port == dnsPort && p.Protocol == corev1.ProtocolUDP {
			name = p.Name
		}
	}
	for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
		for _, p := range s.Ports {
			if p.HasPort && p.Name == name && p.Protocol == corev1.ProtocolUDP {
				return int(p.Port)
			}
		}
	}
	return dnsPort
}

// dnsService is the service that says it is the cluster's DNS, by name or by the label that all installers set.
func dnsService(view *cluster.View) *corev1.Service {
	for _, name := range []string{"kube-dns", "coredns"} {
		if s := view.Service("kube-system", name); s != nil && len(serviceAddrs(s)) > 0 {
			return s
		}
	}
	for _, s := range view.Services() {
		if s.Namespace == "kube-system" && s.Labels["k8s-app"] == "kube-dns" && len(serviceAddrs(s)) > 0 {
			return s
		}
	}
	return nil
}

func serviceAddrs(s *corev1.Service) []netip.Addr {
	var out []netip.Addr
	for _, text := range append([]string{s.Spec.ClusterIP}, s.Spec.ClusterIPs...) {
		if a, ok := cluster.ParseAddr(text); ok && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

func serviceEvidence(s *corev1.Service, fields ...string) cluster.Evidence {
	return cluster.Evidence{Kind: cluster.KindService, Namespace: s.Namespace, Name: s.Name, ResourceVersion: s.ResourceVersion, Fields: fields}
}

// nameserver says what is known of the address.
func (c *Config) nameserver(view *cluster.View, addr netip.Addr) Nameserver {
	n := Nameserver{Addr: addr, Kind: ServerUnknown}
	if addr.IsLinkLocalUnicast() && slices.Contains(c.ClusterDNS, addr) {
		n.Kind = ServerCluster // a cache on the node itself, which asks the cluster's DNS
		return n
	}
	if s := view.ServicesWithAddr(addr); len(s) > 0 && c.Service != nil && s[0].Name == c.Service.Name && s[0].Namespace == c.Service.Namespace {
		n.Kind = ServerCluster
		return n
	}
	if c.Service != nil {
		for _, s := range view.Slices(c.Service.Namespace, c.Service.Name) {
			for i := range s.Endpoints {
				if s.Endpoints[i].Addr == addr {
					n.Kind = ServerCluster
					return n
				}
			}
		}
	}
	resolvers := view.Surroundings().Resolvers
	for i := range resolvers {
		if resolvers[i].Address.Unmap() == addr {
			n.Kind, n.Resolver = ServerOutside, &resolvers[i]
			return n
		}
	}
	return n
}

func resolverNamed(view *cluster.View, name string) *Nameserver {
	resolvers := view.Surroundings().Resolvers
	for i := range resolvers {
		if r := &resolvers[i]; r.Name == name && name != "" {
			return &Nameserver{Addr: r.Address.Unmap(), Kind: ServerOutside, Resolver: r}
		}
	}
	return nil
}

func evidenceOf(p *cluster.Pod, fields ...string) cluster.Evidence {
	return cluster.Evidence{Kind: cluster.KindPod, Namespace: p.Namespace, Name: p.Name, ResourceVersion: p.ResourceVersion, Fields: fields}
}
