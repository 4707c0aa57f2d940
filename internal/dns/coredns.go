package dns

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Answer is what the cluster's DNS server (CoreDNS with its Corefile) answers. client is the asking address, for
// plugins that look at it; it may be invalid.
func (c *Config) Answer(view *cluster.View, q Question, client netip.Addr) Answer {
	return c.answer(view, q, asker{addr: client}, nil)
}

// asker is who asks CoreDNS, as far as it looks: the pod itself where the engine knows it.
type asker struct {
	addr netip.Addr
	pod  *cluster.Pod
}

// answer is Answer; upstream, where given, runs the queries that CoreDNS forwards as traffic.
func (c *Config) answer(view *cluster.View, q Question, from asker, upstream Upstream) Answer {
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}, Server: "coredns", Evidence: slices.Clone(c.CorefileEvidence)}
	if c.CorefileErr != nil {
		a.Unknown, a.UnknownReason = words.Say("dns.corefile.not-understood", c.CorefileErr.Error()), "not-modelled.corefile"
		return a
	}
	if c.CorefileOrigin == OriginDefault {
		if slices.Contains(c.Missing, "configmaps") {
			a.Notes = append(a.Notes, words.Say("dns.corefile.not-read"))
		}
		a.Assumed = append(a.Assumed, "corefile")
		if c.ZoneOrigin != OriginDetected {
			a.Assumed = append(a.Assumed, "cluster-domain")
		}
	}
	if c.unread(&a) {
		a.settle()
		return a
	}
	a.upstream, a.from = upstream, from
	c.serve(view, a.Question, &a, 0)
	a.settle()
	return a
}

// settle gives an answer its reason.
func (a *Answer) settle() {
	switch {
	case a.Unknown != "":
		a.RCode = ""
		if a.UnknownReason == "" {
			a.UnknownReason = "outside.unknown"
		}
	case a.RCode == NXDomain:
		a.Reason = "dns.nxdomain"
	case a.RCode == ServFail || a.RCode == Refused:
		a.Reason = "dns.servfail"
	default:
		a.RCode = NoData
		a.Reason = "dns.nodata"
		for _, r := range a.Records {
			if r.Type == a.Question.Type || a.Question.Type == "ANY" {
				a.RCode, a.Reason = NoError, ""
			}
		}
		if a.Reason != "" && a.Why == "" {
			a.Why = words.Say("dns.no-record", a.Question.Type)
		}
	}
}

// maxDepth bounds chains of CNAMEs (plugin/backend_lookup.go maxCnameChainLength).
const maxDepth = 10

// serve finds the server block with the longest zone and runs its plugins.
func (c *Config) serve(view *cluster.View, q Question, a *Answer, depth int) {
	var block *ServerBlock
	zone := ""
	for i := range c.Corefile.Blocks {
		b := &c.Corefile.Blocks[i]
		if z, ok := longestZone(q.Name, b.zonesAt(c.port)); ok && (block == nil || len(z) > len(zone)) {
			block, zone = b, z
		}
	}
	if block == nil {
		a.RCode, a.Why = Refused, words.Say("dns.no-server-block")
		return
	}
	if depth == 0 {
		a.Block = block.Name()
	}
	chain := Answer{Question: a.Question, upstream: a.upstream, from: a.from}
	c.chain(view, block, q, &chain, depth)
	a.Plugin = cmp.Or(a.Plugin, chain.Plugin)
	a.RCode, a.Why, a.Unknown, a.UnknownReason = chain.RCode, chain.Why, chain.Unknown, chain.UnknownReason
	a.Records, a.Renamed = append(a.Records, chain.Records...), a.Renamed || chain.Renamed
	a.Steps = append(a.Steps, chain.Steps...)
	a.ForwardedTo = append(a.ForwardedTo, chain.ForwardedTo...)
	a.Assumed = append(a.Assumed, chain.Assumed...)
	a.Notes = append(a.Notes, chain.Notes...)
	a.Evidence = append(a.Evidence, chain.Evidence...)
}

func (c *Config) kubernetes(view *cluster.View, d Directive, block *ServerBlock, q Question, a *Answer, depth int) bool {
	k := readKubernetes(d, block)
	zone, in := longestZone(q.Name, k.zones)
	if !in {
		return false
	}
	if k.unknown != "" {
		a.Unknown, a.UnknownReason = words.Say("dns.kubernetes.option-not-interpreted", k.unknown), "not-modelled.dns-kubernetes-"+k.unknown
		return true
	}
	if c.CorefileOrigin == OriginDefault && c.ZoneOrigin == OriginDefault {
		a.Notes = append(a.Notes, words.Say("dns.zone-assumed", c.Zone))
	}
	if resource := unreadable(view, k, q, zone); resource != "" {
		a.Unknown, a.UnknownReason = words.Say("dns.not-read", resource), "rights."+resource
		return true
	}
	var missing *nameError
	if addr, ok := reverseAddr(q.Name); ok && q.Type == "PTR" {
		names := k.reverse(view, addr)
		for _, n := range names {
			a.Records = append(a.Records, Record{q.Name, "PTR", k.ttl, n})
		}
		if len(names) == 0 {
			missing = &nameError{words.Say("dns.kubernetes.address-unknown", addr.String())}
		}
	} else {
		missing = c.records(view, k, zone, q, a, depth, nil)
	}
	if a.Unknown != "" {
		return true
	}
	if missing == nil {
		if k.ttl > 0 && len(a.Records) > 0 {
			a.Notes = append(a.Notes, words.Say("dns.cached", k.ttl))
		}
		a.Plugin = "kubernetes"
		return true
	}
	if _, passOn := longestZone(q.Name, k.passOn); passOn {
		a.Steps = append(a.Steps, Step{Plugin: "kubernetes", Text: words.Say("dns.falls-through", missing.why)})
		return false
	}
	a.Plugin, a.RCode, a.Why = "kubernetes", NXDomain, missing.why
	return true
}

// records writes the records of a name below the plugin's zone (plugin/backend_lookup.go A, AAAA, SRV, CNAME, and Services
// of plugin/kubernetes). chain are the targets of the aliases that led here.
func (c *Config) records(view *cluster.View, k *kubernetesPlugin, zone string, q Question, a *Answer, depth int, chain []string) *nameError {
	switch {
	case q.Type == "SOA":
		return nil // is not looked up at all below the apex
	case q.Name == "dns-version."+zone && q.Type == "TXT":
		a.Records = append(a.Records, Record{q.Name, "TXT", 28800, `"1.1.0"`})
		return nil
	case q.Name == "ns.dns."+zone && q.Type != "TXT" && q.Type != "PTR":
		// CoreDNS finds the service by the addresses of its own interfaces, which it does not look at where it is bound
		// to some (plugin/kubernetes/local.go).
		if !k.bound && c.Service != nil {
			for _, addr := range serviceAddrs(c.Service) {
				c.address(q, addr, k.ttl, a)
			}
		}
		return nil
	}
	list, missing := k.lookup(view, q.Name, zone, a)
	if missing != nil {
		return missing
	}
	switch q.Type {
	case "A", "AAAA":
		for _, e := range list {
			if e.target == "" {
				c.address(q, e.addr, k.ttl, a)
			} else {
				c.alias(view, k, zone, q, e.target, a, depth, chain)
			}
			if a.Unknown != "" {
				return nil
			}
		}
	case "SRV":
		list = slices.DeleteFunc(list, func(e entry) bool { return e.target != "" })
		for _, e := range list {
			r := Record{q.Name, "SRV", k.ttl, fmt.Sprintf("0 %d %d %s", max(1, 100/len(list)), e.port, e.name)}
			if e.port != -1 && !slices.Contains(a.Records, r) {
				a.Records = append(a.Records, r)
			}
		}
	case "CNAME":
		if len(list) > 0 && list[0].target != "" {
			a.Records = append(a.Records, Record{q.Name, "CNAME", k.ttl, list[0].target})
		}
	case "TXT":
		if len(list) == 0 {
			// Unlike all other questions for a name without a service.
			return &nameError{words.Say("dns.empty-non-terminal")}
		}
	}
	return nil
}

func (c *Config) address(q Question, addr netip.Addr, ttl int, a *Answer) {
	kind := "A"
	if addr.Is6() {
		kind = "AAAA"
	}
	r := Record{q.Name, kind, ttl, addr.String()}
	if q.Type == kind && !slices.Contains(a.Records, r) {
		a.Records = append(a.Records, r)
	}
}

// alias follows an ExternalName: inside the zone in process, where a target that does not exist leaves nothing of the
// alias either; outside it by the server's own upstream look-up. A target below the name itself is taken for a loop.
func (c *Config) alias(view *cluster.View, k *kubernetesPlugin, zone string, q Question, target string, a *Answer, depth int, chain []string) {
	if inZone(target, q.Name) || len(chain) > maxDepth || slices.Contains(chain, target) {
		return
	}
	if depth >= maxDepth {
		// Nothing in CoreDNS 1.15 ends this: it asks itself until its stack is full, and dies.
		a.Unknown, a.UnknownReason = words.Say("dns.external-name.circle", strings.TrimSuffix(target, ".")), "not-modelled.dns-rewrite"
		return
	}
	cname := Record{q.Name, "CNAME", k.ttl, target}
	a.Steps = append(a.Steps, Step{Plugin: "kubernetes", Text: "ExternalName", From: q.Name, To: target})
	if inZone(target, zone) {
		before := len(a.Records)
		missing := c.records(view, k, zone, Question{target, q.Type}, a, depth, append(slices.Clip(chain), target))
		if missing != nil {
			a.Why = words.Say("dns.external-name.no-target", missing.why)
			return
		}
		if len(a.Records) > before {
			a.Records = slices.Insert(a.Records, before, cname)
		}
		return
	}
	further := Answer{Question: Question{target, q.Type}, upstream: a.upstream, from: a.from}
	c.serve(view, further.Question, &further, depth+1)
	further.settle()
	a.ForwardedTo = append(a.ForwardedTo, further.ForwardedTo...)
	a.Steps = append(a.Steps, further.Steps...)
	a.Assumed = append(a.Assumed, further.Assumed...)
	if further.Unknown != "" {
		a.Unknown, a.UnknownReason = further.Unknown, further.UnknownReason
		return
	}
	a.Records, a.Renamed = append(append(a.Records, cname), further.Records...), a.Renamed || further.Renamed
	if further.Reason != "" {
		a.Why = words.Say("dns.external-name.target-answers", strings.TrimSuffix(target, "."), further.RCode)
	}
}

// unreadable is the resource that a name below the zone depends on and that may not be read, empty if there is none.
func unreadable(view *cluster.View, k *kubernetesPlugin, q Question, zone string) string {
	ns := ""
	if base := labelsOf(below(q.Name, zone)); len(base) >= 2 {
		ns = base[len(base)-2]
		if base[len(base)-1] == "pod" && k.pods == "verified" && !view.Readable(cluster.KindPod, ns) {
			return "pods"
		}
	}
	for _, need := range []struct {
		kind      cluster.Kind
		namespace string
		resource  string
	}{
		{cluster.KindNamespace, "", "namespaces"}, {cluster.KindService, ns, "services"}, {cluster.KindEndpointSlice, ns, "endpointslices"},
	} {
		if !view.Readable(need.kind, need.namespace) {
			return need.resource
		}
	}
	return ""
}
