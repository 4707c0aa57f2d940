package dataplane

import (
	"fmt"
	"strings"
)

// A Proxy is a role of a program that routes by host and path.
type Proxy string

// The roles.
const (
	NoProxy      Proxy = ""
	IngressProxy Proxy = "ingress"
	GatewayProxy Proxy = "gateway"
)

// A Variant is a way to configure kube-proxy, and what stands before services. What they decide differs between them, so each gets worlds of its own.
type Variant struct {
	Name string
	// Mode is nftables or iptables.
	Mode string
	// Detector is whether kube-proxy knows the pod network, and so what comes from elsewhere.
	Detector bool
	// Proxy is what stands before services: nothing, or Traefik in one of two roles.
	Proxy Proxy
	// AllowEmpty is whether Traefik answers for services without endpoints (503) or forgets their rules (404).
	AllowEmpty bool
	// More are further fields of its configuration, in YAML.
	More string
}

// Variants are all that are played, the ordinary ones first.
var Variants = []Variant{
	{Name: "nftables", Mode: "nftables", Detector: true},
	{Name: "iptables", Mode: "iptables", Detector: true},
	{Name: "nftables-wide", Mode: "nftables", Detector: true, More: "nodePortAddresses: [0.0.0.0/0]\nnftables: {masqueradeAll: true}\n"},
	{Name: "iptables-blind", Mode: "iptables", More: "nodePortAddresses: [primary]\niptables: {localhostNodePorts: false}\n"},
	{Name: "ingress", Mode: "nftables", Detector: true, Proxy: IngressProxy},
	{Name: "ingress-empty", Mode: "nftables", Detector: true, Proxy: IngressProxy, AllowEmpty: true},
	{Name: "gateway", Mode: "nftables", Detector: true, Proxy: GatewayProxy},
}

// VariantsNamed finds variants by names, separated by commas.
func VariantsNamed(names string) (out []Variant, err error) {
	var known []string
	for _, v := range Variants {
		known = append(known, v.Name)
	}
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, v := range Variants {
			if v.Name == name {
				out, found = append(out, v), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no variant %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return out, nil
}

// configuration is the part of kube-proxy's configuration that all nodes share.
func (v Variant) configuration(podCIDR string) string {
	if !v.Detector {
		podCIDR = ""
	}
	return fmt.Sprintf("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nbindAddress: 0.0.0.0\nmode: %s\nclusterCIDR: %q\n%s",
		v.Mode, podCIDR, v.More)
}
