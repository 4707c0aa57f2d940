package picture

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/wire"
)

// The kinds of doors in a node.
const (
	DoorNodePort    = "nodePort"
	DoorHostPort    = "hostPort"
	DoorHostNetwork = "hostNetwork"
)

const (
	roleLabel = "node-role.kubernetes.io/"
	zoneLabel = "topology.kubernetes.io/zone"
)

// modeText is a fact as the map writes it: what is only assumed ends with "?".
func (p *Picture) modeText(key string) string {
	value := p.facts.Value(key)
	if value != "" && !p.facts.Firm(key) {
		value += "?"
	}
	return value
}

func (p *Picture) putNode(name string) {
	card := ID(cluster.KindNode, "", name)
	n := p.view.Node(name)
	if n == nil {
		p.cards.remove(card)
		return
	}
	w := wire.Node{
		ID: card, Name: n.Name, Addresses: []string{}, PodCIDRs: orEmpty(n.Spec.PodCIDRs), Ready: cluster.NodeReady(n),
		Unschedulable: n.Spec.Unschedulable, Roles: []string{}, Zone: n.Labels[zoneLabel],
		Doors: p.doors(name), Proxy: p.modeText(facts.KeyProxyMode),
	}
	if len(w.PodCIDRs) == 0 && n.Spec.PodCIDR != "" {
		w.PodCIDRs = []string{n.Spec.PodCIDR}
	}
	for _, a := range cluster.NodeAddrs(n) {
		w.Addresses = append(w.Addresses, a.String())
	}
	for label := range n.Labels {
		if role, ok := strings.CutPrefix(label, roleLabel); ok && role != "" {
			w.Roles = append(w.Roles, role)
		}
	}
	slices.Sort(w.Roles)
	p.cards.put(SectionNodes, card, w)
}

// doors lists the open ports of a node's left face: node ports are open on every node, host ports where their pod runs.
func (p *Picture) doors(node string) []wire.Door {
	out := []wire.Door{}
	for _, s := range p.view.Services() {
		if s.Spec.Type != corev1.ServiceTypeNodePort && s.Spec.Type != corev1.ServiceTypeLoadBalancer {
			continue
		}
		for _, port := range s.Spec.Ports {
			if port.NodePort != 0 {
				out = append(out, wire.Door{
					Port: port.NodePort, Protocol: protocol(port.Protocol), Kind: DoorNodePort,
					Owner: ID(cluster.KindService, s.Namespace, s.Name), Name: s.Name,
				})
			}
		}
	}
	for slot := range p.pods.onNode[node] {
		row := p.pods.rows[slot]
		c, key := p.classes.byID[row.Class], p.podKey(slot)
		kind := DoorHostPort
		if c.key.shape.HostNetwork {
			kind = DoorHostNetwork
		}
		for _, d := range c.doors {
			out = append(out, wire.Door{
				Port: d.HostPort, Protocol: protocol(d.Protocol), Kind: kind,
				Owner: ID(cluster.KindPod, key.Namespace, key.Name), Name: cmp.Or(c.owner.Name, key.Name),
			})
		}
	}
	slices.SortFunc(out, func(a, b wire.Door) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Owner, b.Owner))
	})
	return slices.Compact(out)
}

func protocol(p corev1.Protocol) string { return cmp.Or(string(p), string(corev1.ProtocolTCP)) }

// putNamespace gives a namespace a card: one that exists, or (where namespaces may not be read, or files leave them out)
// one that something is in.
func (p *Picture) putNamespace(name string) {
	card := ID(cluster.KindNamespace, "", name)
	if p.view.Namespace(name) == nil && p.namespaces[name] == 0 {
		p.cards.remove(card)
		return
	}
	p.cards.put(SectionNamespaces, card, wire.Namespace{ID: card, Name: name})
}

func (p *Picture) holdNamespace(name string) {
	p.namespaces[name]++
	if p.namespaces[name] == 1 {
		p.putNamespace(name)
	}
}

func (p *Picture) releaseNamespace(name string) {
	if p.namespaces[name]--; p.namespaces[name] <= 0 {
		delete(p.namespaces, name)
		p.putNamespace(name)
	}
}
