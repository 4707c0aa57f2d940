package dns

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
	networkingv1 "k8s.io/api/networking/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
	"github.com/kubestrata/kubestrata/internal/words"
)

// AnswerOutside is what a resolver of the surroundings answers, with the chain of resolvers it asks in turn. A resolver
// whose zones hold "." knows the whole world: what it does not have does not exist. One without, and without a next,
// leaves the answer unknown.
func AnswerOutside(view *cluster.View, r *surroundings.Resolver, q Question) Answer {
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}}
	name := a.Question.Name
	seen := map[string]bool{}
	for hops := 0; ; hops++ {
		a.Server = r.Name
		seen[r.Name] = true
		zones := map[string]map[string]string{}
		for z, records := range r.Zones {
			zones[absolute(z)] = records
		}
		zone, in := longestZone(name, slices.Sorted(maps.Keys(zones)))
		if in && (zone != "." || r.Next == "") {
			target := outsideRecords(zones[zone], zone, name, &a)
			if target == "" || hops >= maxDepth {
				a.settle()
				return a
			}
			name = target
			continue
		}
		next := resolverNamed(view, r.Next)
		if next == nil || seen[next.Resolver.Name] {
			unknown := answerNobody(view, Question{name, a.Question.Type})
			a.take(&unknown)
			a.settle()
			return a
		}
		a.Steps = append(a.Steps, Step{Plugin: "resolver", Text: words.Say("dns.resolver-asks", r.Name, next.Resolver.Name)})
		r = next.Resolver
		a.ForwardedTo = append(a.ForwardedTo, r)
	}
}

// outsideRecords reads a name out of a zone. Names may be written relative to the zone or in full, "*" stands for every
// name that is not there; values are addresses (several, with commas between) or another name.
func outsideRecords(zone map[string]string, origin, name string, a *Answer) (alias string) {
	names := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(zone)) {
		full := absolute(key)
		if key == "@" {
			full = origin
		} else if !inZone(full, origin) || origin == "." && !strings.Contains(strings.TrimSuffix(key, "."), ".") {
			full = absolute(strings.TrimSuffix(key, ".") + "." + strings.TrimSuffix(origin, "."))
		}
		names[full] = zone[key]
	}
	value, found := names[name]
	if !found {
		there := func(ancestor string) bool {
			for full := range names {
				if inZone(full, ancestor) {
					return true
				}
			}
			return ancestor == origin
		}
		if there(name) {
			return "" // an empty non-terminal: NODATA
		}
		// An asterisk stands for what is missing below the closest name that is there (RFC 4592).
		for parent := name; !found; {
			_, parent, _ = strings.Cut(parent, ".")
			if parent == "" {
				parent = "."
			}
			if there(parent) || parent == "." {
				value, found = names[strings.TrimSuffix("*."+parent, ".")+"."]
				break
			}
		}
	}
	if !found {
		a.RCode, a.Why = NXDomain, words.Say("dns.zone-has-no", strings.TrimSuffix(origin, "."), a.Server, strings.TrimSuffix(name, "."))
		return ""
	}
	for _, text := range strings.Split(value, ",") {
		text = strings.TrimSpace(text)
		addr, err := netip.ParseAddr(text)
		if err != nil {
			a.Records = append(a.Records, Record{name, "CNAME", 300, absolute(text)})
			if a.Question.Type == "CNAME" {
				return ""
			}
			return absolute(text)
		}
		kind := "A"
		if addr.Unmap().Is6() {
			kind = "AAAA"
		}
		if kind == a.Question.Type || a.Question.Type == "ANY" {
			a.Records = append(a.Records, Record{name, kind, 300, addr.Unmap().String()})
		}
	}
	return ""
}

// popular are top-level domains of the Internet that people also use as names of namespaces or services. Domains of two
// letters are countries and need no list.
var popular = map[string]bool{
	"com": true, "org": true, "net": true, "edu": true, "gov": true, "mil": true, "int": true, "info": true, "biz": true, "name": true,
	"dev": true, "app": true, "prod": true, "cloud": true, "shop": true, "store": true, "blog": true, "network": true, "media": true,
	"systems": true, "services": true, "tools": true, "live": true, "page": true, "site": true, "online": true, "tech": true,
	"games": true, "bank": true, "email": true, "arpa": true, "zone": true, "center": true,
}

// private are last labels that no public name has and that networks use for their own machines: what the resolvers of such
// a network know nobody can tell.
var private = map[string]bool{
	"lan": true, "home": true, "corp": true, "internal": true, "intranet": true, "private": true, "localdomain": true, "domain": true,
	"test": true, "example": true, "mail": true, "box": true, "loc": true, "priv": true, "ad": true, "int": true, "host": true,
}

// topLevel reports whether a label is a top-level domain of the public DNS.
func topLevel(label string) bool {
	_, managed := publicsuffix.PublicSuffix(label)
	if !managed { // some countries have no domain but below a second label
		_, managed = publicsuffix.PublicSuffix("x." + label)
	}
	return managed
}

// published reports whether an object of the cluster takes requests for names that end in a label: whoever wrote it means
// these names to be known somewhere.
func published(view *cluster.View, last string) bool {
	ends := func(host string) bool { return strings.HasSuffix(strings.ToLower("."+host), "."+last) }
	for _, ing := range view.Ingresses() {
		if slices.ContainsFunc(ing.Spec.Rules, func(r networkingv1.IngressRule) bool { return ends(r.Host) }) {
			return true
		}
	}
	for _, gw := range view.Gateways() {
		for _, l := range gw.Spec.Listeners {
			if l.Hostname != nil && ends(string(*l.Hostname)) {
				return true
			}
		}
	}
	for _, route := range view.HTTPRoutes() {
		if slices.ContainsFunc(route.Spec.Hostnames, func(h gatewayv1.Hostname) bool { return ends(string(h)) }) {
			return true
		}
	}
	return false
}

// answerNobody is the answer of a resolver of which nothing is known. Names that only a cluster has do not exist out
// there, as far as anybody can tell: one label, what ends in ".svc" or ".local", in no top-level domain at all (a
// namespace that is not there, a cluster domain misspelt) or in the name of a namespace, and private addresses. That is
// assumed; about all other names nothing is.
func answerNobody(view *cluster.View, q Question) Answer {
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}, Server: words.Say("dns.outside-resolver")}
	labels := parts(a.Question.Name)
	if len(labels) > 0 {
		last := labels[len(labels)-1]
		nowhere := !topLevel(last) && !private[last] && !published(view, last) || view.Namespace(last) != nil && len(last) > 2 && !popular[last]
		addr, reverse := reverseAddr(a.Question.Name)
		if len(labels) == 1 || last == "svc" || last == "local" || nowhere || reverse && addr.IsPrivate() {
			a.RCode, a.Why = NXDomain, words.Say("dns.no-internet-name", strings.TrimSuffix(a.Question.Name, "."))
			a.Assumed = append(a.Assumed, "outside-dns")
			a.settle()
			return a
		}
	}
	a.Unknown, a.UnknownReason = words.Say("dns.unknown.outside", strings.TrimSuffix(a.Question.Name, ".")), "outside.unknown"
	a.settle()
	return a
}
