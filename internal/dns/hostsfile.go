package dns

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// HostsFile is the /etc/hosts of a client, in the order of the file. A pod's is written by the kubelet (pkg/kubelet
// nodeHostsFileContent, managedHostsFileContent): its own name, then hostAliases; a hostNetwork pod has the node's, of
// which only what the surroundings say is known.
func HostsFile(view *cluster.View, client Client) []HostsEntry {
	return hostsFile(view, client, ReadConfig(view, Given{}).Zone)
}

func hostsFile(view *cluster.View, client Client, zone string) []HostsEntry {
	out := []HostsEntry{
		{netip.AddrFrom4([4]byte{127, 0, 0, 1}), "localhost", "localhost"},
		{netip.IPv6Loopback(), "localhost", "localhost"},
		{netip.IPv6Loopback(), "ip6-localhost", "localhost"},
		{netip.IPv6Loopback(), "ip6-loopback", "localhost"},
	}
	switch {
	case client.Pod != nil:
		return append(out, podHosts(view, client.Pod, zone)...)
	case client.Node != nil:
		return append(out, hostNamed(view, client.Node.Name)...)
	case client.Host != nil:
		return append(out, hostHosts(client.Host)...)
	}
	return out
}

func podHosts(view *cluster.View, pod *cluster.Pod, zone string) []HostsEntry {
	var out []HostsEntry
	shape := pod.Shape
	if shape == nil {
		shape = &cluster.Shape{}
	}
	if shape.HostNetwork {
		out = append(out, hostNamed(view, pod.Node)...)
	} else {
		// Kubelet.GeneratePodHostNameAndDomain, which cuts the name at 63 characters.
		name, subdomain := cmp.Or(shape.Override, shape.HostnameOf(pod), pod.Name), shape.Subdomain
		if shape.Override != "" {
			subdomain = ""
		}
		if len(name) > 63 {
			name = strings.TrimRight(name[:63], "-.")
		}
		for _, a := range pod.IPs {
			if !a.IsValid() {
				continue
			}
			if subdomain != "" {
				out = append(out, HostsEntry{a, name + "." + subdomain + "." + pod.Namespace + ".svc." + zone, words.Say("dns.hosts.own-name")})
			}
			out = append(out, HostsEntry{a, name, words.Say("dns.hosts.own-name")})
		}
	}
	for _, alias := range shape.HostAliases {
		if a, ok := cluster.ParseAddr(alias.IP); ok {
			for _, n := range alias.Hostnames {
				out = append(out, HostsEntry{a, n, "hostAliases"})
			}
		}
	}
	return out
}

func hostNamed(view *cluster.View, name string) []HostsEntry {
	for i := range view.Surroundings().Hosts {
		if h := &view.Surroundings().Hosts[i]; h.Name == name {
			return hostHosts(h)
		}
	}
	return nil
}

func hostHosts(h *surroundings.Host) []HostsEntry {
	var out []HostsEntry
	for _, name := range slices.Sorted(maps.Keys(h.HostsFile)) {
		if a, ok := cluster.ParseAddr(h.HostsFile[name]); ok {
			out = append(out, HostsEntry{a, name, "hostsFile"})
		}
	}
	return out
}
