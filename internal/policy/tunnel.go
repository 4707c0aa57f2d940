package policy

import (
	"net/netip"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// tunnelEnds are the addresses that another node may have in the pod network, in the family of its address. What a node
// sends by way of a bridge or tunnel leaves with the address of that (flannel.1 has the first address of the node's range,
// a bridge or gateway the next; kernel: the source is the preferred one of the route), so that a pod of another node may
// not see the address that the node's status shows. To pods of its own node a node is never judged. Where the node has no
// range of its own, the subject's own address stands for one of the pod network.
func tunnelEnds(b *Book, q *Question, asked bool) []netip.Addr {
	if !asked { // no range is looked at
		return nil
	}
	node := q.Peer.Node
	if p := q.Peer.Pod; p != nil && p.Shape.HostNetwork {
		node = p.Node
	}
	if q.Direction != Ingress || node == "" || node == q.Pod.Node || !q.Peer.Addr.IsValid() {
		return nil
	}
	like := q.Peer.Addr.Unmap()
	if n := b.view.Node(node); n != nil {
		for _, text := range append([]string{n.Spec.PodCIDR}, n.Spec.PodCIDRs...) {
			if r, err := netip.ParsePrefix(text); err == nil && r.Addr().Is4() == like.Is4() {
				return []netip.Addr{r.Masked().Addr(), r.Masked().Addr().Next()}
			}
		}
	}
	return sameFamily(q.Pod, like)
}

func sameFamily(p *cluster.Pod, like netip.Addr) []netip.Addr {
	for _, a := range p.IPs {
		if a.IsValid() && a.Unmap().Is4() == like.Is4() {
			return []netip.Addr{a.Unmap()}
		}
	}
	return nil
}

// useTunnel puts the node's address in the pod network in the place of the one that its status shows.
func (j *judge) useTunnel() {
	if ends := tunnelEnds(j.book, &j.q, true); len(ends) >= j.r.tunnel {
		j.addr = ends[j.r.tunnel-1]
	}
}
