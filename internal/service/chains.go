package service

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/netip"
	"strings"
)

// The names of kube-proxy's chains are deterministic, so that a rule shown here is the one found on the node. Sources:
// pkg/proxy/iptables portProtoHash and servicePortEndpointChainName, pkg/proxy/nftables hashAndTruncate.

func hash32(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	return base32.StdEncoding.EncodeToString(sum[:])[:n]
}

// iptablesChain is KUBE-SVC-…, KUBE-SVL-…, KUBE-EXT-… or KUBE-FW-… of a service port.
func iptablesChain(prefix, portName, protocol string) string {
	return prefix + hash32(portName+strings.ToLower(protocol), 16)
}

// iptablesEndpointChain is KUBE-SEP-… of an endpoint.
func iptablesEndpointChain(portName, protocol string, endpoint netip.AddrPort) string {
	return "KUBE-SEP-" + hash32(portName+strings.ToLower(protocol)+endpoint.String(), 16)
}

// nftMaxName is the longest base name that kube-proxy makes before it cuts.
const nftMaxName = 240

// nftablesChain is service-…, local-…, external-… or firewall-… of a service port.
func nftablesChain(prefix, namespace, name, protocol, port string) string {
	return prefix + nftName(fmt.Sprintf("%s/%s/%s/%s", namespace, name, strings.ToLower(protocol), port))
}

// nftablesEndpointChain is endpoint-… of an endpoint; only services with session affinity have these chains.
func nftablesEndpointChain(namespace, name, protocol, port string, endpoint netip.AddrPort) string {
	addr := strings.ReplaceAll(endpoint.Addr().String(), ":", ".")
	return "endpoint-" + nftName(fmt.Sprintf("%s/%s/%s/%s__%s/%d", namespace, name, strings.ToLower(protocol), port, addr, endpoint.Port()))
}

func nftName(name string) string {
	name = hash32(name, 8) + "-" + name
	if len(name) > nftMaxName {
		name = name[:nftMaxName-3] + "..."
	}
	return name
}
