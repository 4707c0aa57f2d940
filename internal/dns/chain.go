package dns

import (
	"cmp"
	"slices"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// chain runs the plugins of a server block in CoreDNS' order.
func (c *Config) chain(view *cluster.View, block *ServerBlock, q Question, a *Answer, depth int) {
	if !c.foreign(block, q, a) {
		c.behind(view, block, q, a, depth, "")
	}
}

// named are the directives of a name, in the order of the file.
func (b *ServerBlock) named(name string) []Directive {
	var list []Directive
	for _, d := range b.Directives {
		if d.Name == name {
			list = append(list, d)
		}
	}
	return list
}

// behind runs the plugins that CoreDNS runs after one of them; all of them where that is empty.
func (c *Config) behind(view *cluster.View, block *ServerBlock, q Question, a *Answer, depth int, after string) {
	var cache cacheLimits
	defer func() { cache.apply(a) }()
	for _, name := range pluginOrder[slices.Index(pluginOrder, after)+1:] {
		list := block.named(name)
		done := false
		switch {
		case len(list) == 0:
		case name == "rewrite":
			c.rewritten(view, block, q, a, depth, list)
			return
		case name == "autopath":
			done = c.autopath(view, list[0], block, q, a, depth)
		case name == "cache":
			cache = readCache(list[0], block.Zones, q.Name)
		case name == "template":
			done = templates(list, block.Zones, q, a)
		default:
			for _, d := range list {
				if done = c.plugin(view, d, block, q, a, depth); done {
					break
				}
			}
		}
		if done {
			a.Plugin = cmp.Or(a.Plugin, name)
			return
		}
	}
	a.RCode, a.Why, a.failed = ServFail, words.Say("dns.no-plugin"), true
}

// rewritten runs what is behind plugin rewrite with the new name, and takes back on the answer what can be.
func (c *Config) rewritten(view *cluster.View, block *ServerBlock, q Question, a *Answer, depth int, list []Directive) {
	asked := q.Name
	q, back, done := rewriteAll(list, q, a)
	if done {
		a.Plugin = cmp.Or(a.Plugin, "rewrite")
		return
	}
	c.behind(view, block, q, a, depth, "rewrite")
	rewriteBack(back, a.Records)
	if q.Name != asked && len(a.Records) > 0 && a.Records[0].Name != asked {
		a.Renamed, a.Why = true, words.Say("dns.rewrite.other-name")
	}
}

// plugin runs one plugin; done where it answers.
func (c *Config) plugin(view *cluster.View, d Directive, block *ServerBlock, q Question, a *Answer, depth int) (done bool) {
	switch d.Name {
	case "hosts":
		return c.hosts(d, block.Zones, q, a)
	case "kubernetes":
		return c.kubernetes(view, d, block, q, a, depth)
	case "forward":
		return c.forward(view, d, q, a)
	case "local":
		return local(d, q, a)
	}
	if !concerns(d, block, q) {
		return false
	}
	a.Unknown, a.UnknownReason = words.Say("dns.plugin.not-interpreted", d.Name), "not-modelled.dns-"+slug(d.Name)
	return true
}
