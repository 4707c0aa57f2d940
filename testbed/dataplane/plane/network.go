//go:build linux

package plane

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
	"github.com/kubestrata/kubestrata/testbed/nodes"
)

// The addresses outside the cluster. The surroundings that the predictions rest on say the same.
var (
	routerAddress = netip.MustParseAddr("192.168.10.1")
	// LaptopAddress is a host in the nodes' LAN.
	LaptopAddress = netip.MustParseAddr("192.168.10.50")
	// OutsideAddress is the router's own in the Internet: what LAN, nodes and pods look like from there.
	OutsideAddress = netip.MustParseAddr("198.51.100.7")
	// InternetAddress is a host in the Internet.
	InternetAddress = netip.MustParseAddr("203.0.113.50")
	// Announced is the range of load-balancer and external addresses, which the router sends to the first node.
	Announced = netip.MustParsePrefix("192.168.77.0/24")

	internetLink = netip.MustParseAddr("198.51.100.1")
)

// ForwardedPort is a port of the router's outside that it forwards to ForwardedTo on the first node.
const (
	ForwardedPort = 8080
	ForwardedTo   = 30080
)

// A Network is the machines around and in the cluster.
type Network struct {
	Router, Laptop, Internet *netns.Namespace
	Nodes                    []*Node

	podNetwork netip.Prefix
	all        []*netns.Namespace
}

// A Node is a machine of the cluster.
type Node struct {
	*netns.Namespace
	Address netip.Addr
	Range   netip.Prefix
	pods    int
}

// New lays the network of n nodes with this pod network.
func New(ctx context.Context, podNetwork netip.Prefix, n int) (*Network, error) {
	net := &Network{podNetwork: podNetwork}
	if err := net.lay(ctx, n); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return net, nil
}

// Close lets go of all namespaces. Programs that run in them must have been ended.
func (net *Network) Close() error {
	var errs []error
	for _, namespace := range net.all {
		errs = append(errs, namespace.Close())
	}
	net.all = nil
	return errors.Join(errs...)
}

func (net *Network) machine(name string) (*netns.Namespace, error) {
	namespace, err := netns.New(name)
	if err != nil {
		return nil, err
	}
	net.all = append(net.all, namespace)
	return namespace, namespace.Sysctl(quiet)
}

// quiet is what every machine sets. The kernel limits how many refusals it sends (icmp_ratelimit, icmp_msgs_per_sec):
// beyond the limit a refusal looks like silence, which would be an artefact of asking so much in so little time.
// Address detection and router solicitation of IPv6 would only take time.
var quiet = map[string]string{
	"net.ipv4.icmp_ratelimit":            "0",
	"net.ipv4.icmp_msgs_per_sec":         "1000000",
	"net.ipv4.icmp_msgs_burst":           "1000000",
	"net.ipv6.conf.all.disable_ipv6":     "1",
	"net.ipv6.conf.default.disable_ipv6": "1",
}

func (net *Network) lay(ctx context.Context, n int) (err error) {
	for _, m := range []struct {
		name string
		to   **netns.Namespace
	}{{"router", &net.Router}, {"laptop", &net.Laptop}, {"internet", &net.Internet}} {
		if *m.to, err = net.machine(m.name); err != nil {
			return err
		}
	}
	for i := range n {
		namespace, err := net.machine(nodes.Name(i))
		if err != nil {
			return err
		}
		r, ok := nodes.Range(net.podNetwork, i)
		if !ok {
			return fmt.Errorf("the pod network %s has no room for %d nodes", net.podNetwork, n)
		}
		net.Nodes = append(net.Nodes, &Node{Namespace: namespace, Address: nodes.Address(i), Range: r})
	}
	for _, step := range []func(context.Context) error{net.layRouter, net.layHosts, net.layNodes} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// layRouter makes the router: its LAN ports are one bridge, and all that leaves for the Internet is translated.
func (net *Network) layRouter(ctx context.Context) error {
	err := net.Router.IP(ctx,
		"link add lan type bridge",
		fmt.Sprintf("addr add %s/24 dev lan", routerAddress),
		"link set lan up",
		fmt.Sprintf("link add wan type veth peer name eth0 netns %s", net.Internet.Path()),
		fmt.Sprintf("addr add %s/24 dev wan", OutsideAddress),
		"link set wan up",
	)
	if err != nil {
		return err
	}
	if err := net.Router.Sysctl(map[string]string{
		"net.ipv4.ip_forward": "1",
		// Frames between two LAN ports are none of the router's rules' business.
		"net.bridge.bridge-nf-call-iptables":   "0",
		"net.ipv4.conf.all.send_redirects":     "0",
		"net.ipv4.conf.lan.send_redirects":     "0",
		"net.ipv4.conf.default.send_redirects": "0",
	}); err != nil {
		return err
	}
	return net.Router.Nft(ctx, fmt.Sprintf(`
table ip home {
	chain forwards {
		type nat hook prerouting priority dstnat;
		iifname "wan" ip daddr %[1]s tcp dport %[2]d dnat to %[3]s:%[4]d
	}
	chain translation {
		type nat hook postrouting priority srcnat;
		oifname "wan" masquerade
	}
	chain stateful {
		type filter hook forward priority filter;
		iifname "wan" ct state new ct status dnat accept
		iifname "wan" ct state new drop
	}
}
`, OutsideAddress, ForwardedPort, nodes.Address(0), ForwardedTo))
}

// plug connects a machine to the router's LAN.
func (net *Network) plug(ctx context.Context, m *netns.Namespace, address netip.Addr) error {
	err := net.Router.IP(ctx,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", m.Name, m.Path()),
		fmt.Sprintf("link set %s master lan up", m.Name),
	)
	if err != nil {
		return err
	}
	return m.IP(ctx,
		fmt.Sprintf("addr add %s/24 dev eth0", address),
		"link set eth0 up",
		fmt.Sprintf("route add default via %s", routerAddress),
	)
}

func (net *Network) layHosts(ctx context.Context) error {
	if err := net.plug(ctx, net.Laptop, LaptopAddress); err != nil {
		return err
	}
	err := net.Internet.IP(ctx,
		fmt.Sprintf("addr add %s/24 dev eth0", internetLink),
		"link set eth0 up",
		fmt.Sprintf("addr add %s/32 dev lo", InternetAddress),
		// Packets for private addresses go as far as a router that drops them without a word, as in the Internet.
		fmt.Sprintf("route add default via %s src %s", OutsideAddress, InternetAddress),
		fmt.Sprintf("route change 198.51.100.0/24 dev eth0 src %s", InternetAddress),
	)
	if err != nil {
		return err
	}
	return net.Router.IP(ctx, fmt.Sprintf("route add default via %s", internetLink))
}

func (net *Network) layNodes(ctx context.Context) error {
	for _, node := range net.Nodes {
		if err := net.plug(ctx, node.Namespace, node.Address); err != nil {
			return err
		}
	}
	for _, node := range net.Nodes {
		if err := net.layNode(ctx, node); err != nil {
			return err
		}
	}
	// Announcing by routing protocol: the router knows a next hop for these addresses.
	return net.Router.IP(ctx, fmt.Sprintf("route add %s via %s", Announced, net.Nodes[0].Address))
}

// layNode does what a network plug-in does on a node: routes to the other nodes' pods, and a masquerade for what leaves
// the pod network.
func (net *Network) layNode(ctx context.Context, node *Node) error {
	if err := node.Sysctl(map[string]string{
		"net.ipv4.ip_forward":                  "1",
		"net.ipv4.conf.all.send_redirects":     "0",
		"net.ipv4.conf.eth0.send_redirects":    "0",
		"net.ipv4.conf.default.send_redirects": "0",
	}); err != nil {
		return err
	}
	for _, other := range net.Nodes {
		if other != node {
			if err := node.IP(ctx, fmt.Sprintf("route add %s via %s", other.Range, other.Address)); err != nil {
				return err
			}
		}
	}
	return node.Nft(ctx, fmt.Sprintf(`
table ip podnetwork {
	chain leaving {
		type nat hook postrouting priority srcnat + 10;
		ip saddr %[1]s ip daddr != %[1]s masquerade
	}
}
`, net.podNetwork))
}
