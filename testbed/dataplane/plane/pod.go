//go:build linux

package plane

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/kubestrata/kubestrata/testbed/dataplane/netns"
)

// gateway is the next hop of every pod. No interface carries it: the node answers for it, and so has no address but its
// own from which it could reach the pod.
const gateway = "169.254.1.1"

// A Pod is the network of a pod.
type Pod struct {
	*netns.Namespace
	Address netip.Addr
	node    *Node
	link    string
}

// AddPod makes the network of a pod on a node, with the next free address of the node's range.
func (net *Network) AddPod(ctx context.Context, node *Node, name string) (*Pod, error) {
	namespace, err := net.machine(name)
	if err != nil {
		return nil, err
	}
	node.pods++
	address := node.Range.Addr()
	for range node.pods + 1 { // .0 is the range's own name, .1 customarily a bridge's
		address = address.Next()
	}
	if !node.Range.Contains(address) {
		return nil, fmt.Errorf("the range %s of %s is used up", node.Range, node.Name)
	}
	pod := &Pod{Namespace: namespace, Address: address, node: node, link: fmt.Sprintf("pod%d", node.pods)}
	err = node.IP(ctx,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", pod.link, namespace.Path()),
		fmt.Sprintf("link set %s up", pod.link),
		fmt.Sprintf("route add %s dev %s", address, pod.link),
	)
	if err != nil {
		return nil, err
	}
	if err := node.Sysctl(map[string]string{"net.ipv4.conf." + pod.link + ".proxy_arp": "1"}); err != nil {
		return nil, err
	}
	return pod, namespace.IP(ctx,
		fmt.Sprintf("addr add %s/32 dev eth0", address),
		"link set eth0 up",
		fmt.Sprintf("route add %s dev eth0 scope link", gateway),
		fmt.Sprintf("route add default via %s", gateway),
	)
}

// RemovePod takes a pod's network away.
func (net *Network) RemovePod(ctx context.Context, pod *Pod) error {
	if err := pod.node.IP(ctx, "link del "+pod.link); err != nil {
		return err
	}
	for i, n := range net.all {
		if n == pod.Namespace {
			net.all = append(net.all[:i], net.all[i+1:]...)
			break
		}
	}
	return pod.Close()
}
