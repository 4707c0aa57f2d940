package facts

import (
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// proxyConfig is what is read of kube-proxy's configuration file (kubeproxy.config.k8s.io/v1alpha1), as kubeadm keeps it
// in the ConfigMap kube-system/kube-proxy under config.conf, and EKS in kube-proxy-config under config.
type proxyConfig struct {
	Mode              string   `json:"mode"`
	ClusterCIDR       string   `json:"clusterCIDR"`
	DetectLocalMode   string   `json:"detectLocalMode"`
	NodePortAddresses []string `json:"nodePortAddresses"`
	IPTables          struct {
		MasqueradeAll      bool  `json:"masqueradeAll"`
		LocalhostNodePorts *bool `json:"localhostNodePorts"`
	} `json:"iptables"`
	NFTables struct {
		MasqueradeAll bool `json:"masqueradeAll"`
	} `json:"nftables"`

	evidence cluster.Evidence
}

type proxyConfigKey struct{}

// readProxyConfig finds kube-proxy's configuration, nil where nothing shows it: a ConfigMap that cannot be parsed shows
// nothing either. Where there is no ConfigMap, a DaemonSet's flags may say the same. It is read once of a View: nobody may
// change it.
func readProxyConfig(view *cluster.View) *proxyConfig {
	return view.Remember(proxyConfigKey{}, func() any { return findProxyConfig(view) }).(*proxyConfig)
}

func findProxyConfig(view *cluster.View) *proxyConfig {
	for _, at := range []struct{ name, key string }{{"kube-proxy", "config.conf"}, {"kube-proxy-config", "config"}} { // kubeadm, EKS
		cm := view.ConfigMap("kube-system", at.name)
		if cm == nil {
			continue
		}
		text, ok := cm.Data[at.key]
		if !ok {
			return nil
		}
		var c proxyConfig
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			return nil
		}
		c.evidence = cluster.Evidence{
			Kind: cluster.KindConfigMap, Namespace: cm.Namespace, Name: cm.Name, ResourceVersion: cm.ResourceVersion,
			Fields: []string{"data." + at.key},
		}
		return &c
	}
	return proxyFlags(view)
}

// proxyFlags reads the flags of a kube-proxy DaemonSet, and of k3s, which embeds kube-proxy and writes its arguments
// into an annotation of the node.
func proxyFlags(view *cluster.View) *proxyConfig {
	for _, ds := range view.DaemonSets() {
		if ds.Namespace != "kube-system" || ds.Name != "kube-proxy" {
			continue
		}
		for _, container := range ds.Spec.Template.Spec.Containers {
			if c := flagsOf(append(append([]string{}, container.Command...), container.Args...)); c != nil {
				c.evidence = cluster.Evidence{
					Kind: cluster.KindDaemonSet, Namespace: ds.Namespace, Name: ds.Name,
					ResourceVersion: ds.ResourceVersion, Fields: []string{"spec.template.spec.containers"},
				}
				return c
			}
		}
	}
	for _, node := range view.Nodes() {
		if !strings.Contains(node.Status.NodeInfo.KubeletVersion, "+k3s") {
			continue
		}
		var words []string
		fields := []string{"status.nodeInfo.kubeletVersion"}
		if text := node.Annotations["k3s.io/node-args"]; text != "" {
			fields = append(fields, "metadata.annotations[k3s.io/node-args]")
			// An annotation that is no list says nothing; the defaults of k3s stand.
			_ = yaml.Unmarshal([]byte(text), &words)
		}
		c := k3sFlags(words)
		c.evidence = cluster.Evidence{
			Kind: cluster.KindNode, Name: node.Name, ResourceVersion: node.ResourceVersion, Fields: fields,
		}
		return c
	}
	return nil
}

// k3sFlags knows that k3s runs kube-proxy with 10.42.0.0/16 as its cluster CIDR unless --cluster-cidr says otherwise,
// and passes --kube-proxy-arg on (docs.k3s.io, server flags).
func k3sFlags(words []string) *proxyConfig {
	c := &proxyConfig{ClusterCIDR: "10.42.0.0/16"}
	var own []string
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w == "--cluster-cidr":
			c.ClusterCIDR = next
		case strings.HasPrefix(w, "--cluster-cidr="):
			c.ClusterCIDR = strings.TrimPrefix(w, "--cluster-cidr=")
		case w == "--kube-proxy-arg":
			own = append(own, "--"+strings.TrimPrefix(next, "--"))
		case strings.HasPrefix(w, "--kube-proxy-arg="):
			own = append(own, "--"+strings.TrimPrefix(strings.TrimPrefix(w, "--kube-proxy-arg="), "--"))
		}
	}
	if f := flagsOf(own); f != nil {
		if f.ClusterCIDR == "" {
			f.ClusterCIDR = c.ClusterCIDR
		}
		return f
	}
	return c
}

// flagsOf reads kube-proxy's flags; nil where a configuration file is named that nothing shows, or no flag is known.
func flagsOf(words []string) *proxyConfig {
	c, known := &proxyConfig{}, false
	words = strings.Fields(strings.Join(words, " ")) // a shell may be given the whole command as one word
	for i, w := range words {
		name, value, inline := strings.Cut(strings.TrimPrefix(w, "--"), "=")
		if !strings.HasPrefix(w, "--") {
			continue
		}
		if !inline && i+1 < len(words) && !strings.HasPrefix(words[i+1], "--") {
			value = words[i+1]
		}
		switch name {
		case "config":
			return nil
		case "proxy-mode":
			c.Mode, known = value, true
		case "cluster-cidr":
			c.ClusterCIDR, known = value, true
		case "detect-local-mode":
			c.DetectLocalMode, known = value, true
		case "nodeport-addresses":
			c.NodePortAddresses, known = strings.Split(value, ","), true
		case "masquerade-all":
			all := value != "false"
			c.IPTables.MasqueradeAll, c.NFTables.MasqueradeAll, known = all, all, true
		case "iptables-localhost-nodeports":
			on := value != "false"
			c.IPTables.LocalhostNodePorts, known = &on, true
		}
	}
	if !known {
		return nil
	}
	return c
}

// mode is the mode that runs: "" is iptables on Linux (cmd/kube-proxy/app/server_linux.go, v1.36.3). A mode of other
// systems or times says nothing, and gives "".
func (c *proxyConfig) mode() string {
	switch {
	case c.Mode == "":
		return "iptables"
	case slices.Contains(choices[KeyProxyMode], c.Mode):
		return c.Mode
	}
	return ""
}

// masqueradeAll is the switch of a mode; ipvs has none of its own and takes that of iptables
// (pkg/proxy/apis/config/v1alpha1, Convert_v1alpha1_KubeProxyConfiguration_To_config_KubeProxyConfiguration).
func (c *proxyConfig) masqueradeAll(mode string) bool {
	if mode == "nftables" {
		return c.NFTables.MasqueradeAll
	}
	return c.IPTables.MasqueradeAll
}
