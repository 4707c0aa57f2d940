package dns

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// autopath follows plugin/autopath with the search list of plugin/kubernetes (AutoPath): the first question of a pod's
// search is answered with what the whole list comes to, and an alias from the name that was asked. It works for names below
// the pod's own namespace, where plugin kubernetes keeps pods (pods verified) and knows the address that asks.
func (c *Config) autopath(view *cluster.View, d Directive, block *ServerBlock, q Question, a *Answer, depth int) (done bool) {
	if len(d.Args) == 0 {
		return false
	}
	zones, source := zonesOf(d.Args[:len(d.Args)-1]), d.Args[len(d.Args)-1]
	if len(zones) == 0 {
		zones = block.Zones
	}
	if _, in := longestZone(q.Name, zones); !in {
		return false
	}
	if source != "@kubernetes" {
		// The search list of a file of the CoreDNS pod, which is that of its node.
		a.Assumed = append(a.Assumed, "node-search")
		return false
	}
	search, known := c.pathOf(view, block, q.Name, a.from)
	if !known {
		a.Unknown, a.UnknownReason = words.Say("dns.unknown.autopath"), "not-modelled.dns-autopath"
		return true
	}
	switch {
	case len(search) == 0 || !inZone(q.Name, search[0]):
		return false
	case q.Name == search[0]: // there is nothing before the domain to search for
		a.RCode, a.Why = ServFail, words.Say("dns.autopath.search-domain")
		return true
	}
	base := below(q.Name, search[0])
	var first Answer
	for i, s := range search {
		name := base + "." + s
		if s == "." {
			name = base
		}
		next := Answer{Question: Question{absolute(name), q.Type}, upstream: a.upstream, from: a.from}
		c.behind(view, block, next.Question, &next, depth, "autopath")
		if i == 0 {
			first = next
		}
		if next.Unknown != "" || next.failed {
			a.take(&next)
			return true
		}
		if next.RCode == NXDomain || next.RCode == ServFail || next.RCode == Refused {
			continue
		}
		first = next
		break
	}
	a.Steps = append(a.Steps, Step{Plugin: "autopath", Text: words.Say("dns.autopath.walks"), From: q.Name, To: first.Question.Name})
	a.take(&first)
	a.Plugin = first.Plugin
	a.Evidence = append(a.Evidence, first.Evidence...)
	if r := a.Records; len(r) > 0 && r[0].Name != q.Name {
		a.Records = slices.Insert(slices.Clone(r), 0, Record{q.Name, "CNAME", r[0].TTL, r[0].Name})
	}
	return true
}

// pathOf is the search list that CoreDNS takes a pod to have, its last entry the root; empty where there is none, not known
// where the address is that of several pods. The search list of CoreDNS' own node, which stands before the root, is taken
// to be empty like those of all nodes.
func (c *Config) pathOf(view *cluster.View, block *ServerBlock, name string, from asker) (search []string, known bool) {
	list := block.named("kubernetes")
	if len(list) == 0 {
		return nil, true
	}
	k := readKubernetes(list[0], block)
	zone, in := longestZone(name, k.zones)
	if !in || k.pods != "verified" {
		return nil, true
	}
	addr := from.addr
	namespace := ""
	if p := from.pod; p != nil {
		if addr = p.IP(); p.Shape == nil || !p.Shape.HostNetwork {
			namespace = p.Namespace // also where it has no address yet
			if !k.keeps(p) {
				return nil, true
			}
		}
	}
	if namespace == "" {
		for _, p := range view.PodsWithAddr(addr) {
			switch {
			case !k.keeps(p):
			case namespace != "" && namespace != p.Namespace:
				return nil, false
			default:
				namespace = p.Namespace
			}
		}
	}
	if namespace == "" {
		return nil, true
	}
	rest := strings.TrimPrefix(zone, ".")
	return []string{namespace + ".svc." + rest, "svc." + rest, zone, "."}, true
}
