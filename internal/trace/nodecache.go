package trace

import (
	"net/netip"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/dns"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/service"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// keyNodeCache is whether a DNS cache on the pod's own node takes its queries (NodeLocal DNSCache), and passes them on.
const keyNodeCache = "node-local-dns"

// nodeCache is the DaemonSet of NodeLocal DNSCache, nil where none is seen.
func nodeCache(view *cluster.View) *appsv1.DaemonSet {
	for _, d := range view.DaemonSets() {
		for _, c := range d.Spec.Template.Spec.Containers {
			if strings.Contains(c.Image, "dns-node-cache") || c.Name == "node-cache" {
				return d
			}
		}
	}
	return nil
}

// cachedOnNode says whether a query of this client goes to a cache on its own node: to a link-local address, which only a
// node itself can have, or to the address of the cluster's DNS where the cache takes that too (its flag -localip; kept for
// kube-proxy's iptables mode). Whoever is not told by a flag takes both.
func (e *engine) cachedOnNode(server dns.Nameserver) bool {
	if !e.from.inPodNetwork() {
		return false
	}
	if server.Kind != dns.ServerCluster || !slices.Contains(e.dns.ClusterDNS, server.Addr) {
		return false
	}
	if server.Addr.IsLinkLocalUnicast() {
		return true
	}
	d := nodeCache(e.view)
	if d == nil {
		return false
	}
	for _, c := range d.Spec.Template.Spec.Containers {
		for i, arg := range c.Args {
			list, has := strings.CutPrefix(strings.TrimPrefix(arg, "-"), "-localip=")
			if !has && strings.TrimLeft(arg, "-") == "localip" && i+1 < len(c.Args) {
				list, has = c.Args[i+1], true
			}
			if has {
				return slices.Contains(strings.Split(list, ","), server.Addr.String())
			}
		}
	}
	return true
}

// askNodeCache is a query that ends at the node: no address is swapped, so that rules for the DNS pods do not match it
// (SEMANTICS.md 1.5). The cache asks the cluster's DNS itself, from the node and over TCP.
func (e *engine) askNodeCache(b branch, server dns.Nameserver) []branch {
	node := b.sender.node
	straight := dns.CannotDeliver
	if !server.Addr.IsLinkLocalUnicast() {
		quiet := e.quiet
		e.quiet = true
		if list := e.connect(b); len(list) > 0 {
			straight = deliveryOf(list[0].end)
		}
		e.quiet = quiet
	}
	out := e.atNodeCache(b, node)
	end := out[0].end
	if deliveryOf(end) != straight && straight != dns.CannotDeliver {
		e.assumeFlip(keyNodeCache, words.Say("fact.node-local-dns"), facts.Default)
	} else {
		e.assume(keyNodeCache, words.Say("fact.node-local-dns"), facts.Default, nil)
	}
	end.certainty = worse(end.certainty, Assumed)
	out[0].certainty = worse(out[0].certainty, Assumed)
	return out
}

func (e *engine) atNodeCache(b branch, node string) []branch {
	b.back, b.left = nil, false
	b.pass(b.sender.ref, string(b.sender.layer))
	b.pass(nodeRef(node), string(surroundings.LayerPod))
	e.add(&b, nil, at{
		kind: StepPodOut, ref: nodeRef(node), about: pointer(b.sender.ref), layer: surroundings.LayerPod,
		sentence: words.Say("says.pod.out", b.sender.pod.Name, named(node)),
	})
	if blocked, stopped := e.outGate(&b, node); stopped {
		return blocked
	}
	e.add(&b, nil, at{
		kind: StepHost, ref: nodeRef(node), layer: surroundings.LayerPod, certainty: Assumed, title: words.Say("title.node-cache"),
		sentence: words.Say("says.host.node-cache", node),
	})
	if end := e.behindNodeCache(b, node); end != nil {
		return b.stop(*end)
	}
	return b.stop(ending{class: Answered, reason: "host.delivered", certainty: Assumed, decidedBy: pointer(nodeRef(node)), object: pointer(nodeRef(node))})
}

// behindNodeCache is the end of the cache's own question to the cluster's DNS where that does not arrive; nil where it
// does. The cache then has nothing to answer but SERVFAIL, which comes to the same as no reply.
func (e *engine) behindNodeCache(b branch, node string) *ending {
	if e.dns.Service == nil {
		return nil
	}
	to, err := netip.ParseAddr(e.dns.Service.Spec.ClusterIP)
	n := e.view.Node(node)
	if err != nil || n == nil {
		return nil
	}
	quiet := e.quiet
	e.quiet = true
	defer func() { e.quiet = quiet }()
	o := nodeOrigin(n)
	q := e.query(branch{share: 1, certainty: Certain}, o.sender, o.addr, to, true)
	courses := e.atNode(q, node, service.FromNode, 0)
	if len(courses) == 0 || deliveryOf(courses[0].end) == dns.Delivered {
		return nil
	}
	end := *courses[0].end
	return &end
}
