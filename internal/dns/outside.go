package dns

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
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
		a.Steps = append(a.Steps, Step{Plugin: "resolver", Text: fmt.Sprintf("%s asks %s", r.Name, next.Resolver.Name)})
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
		a.RCode, a.Why = NXDomain, fmt.Sprintf("zone %s of %s has no %s", strings.TrimSuffix(origin, "."), a.Server, strings.TrimSuffix(name, "."))
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

// topLevel are top-level domains of the Internet that people also use as names of namespaces or services. Domains of two
// letters are countries and need no list.
var topLevel = map[string]bool{
	"com": true, "org": true, "net": true, "edu": true, "gov": true, "mil": true, "int": true, "info": true, "biz": true, "name": true,
	"dev": true, "app": true, "prod": true, "cloud": true, "shop": true, "store": true, "blog": true, "network": true, "media": true,
	"systems": true, "services": true, "tools": true, "live": true, "page": true, "site": true, "online": true, "tech": true,
	"games": true, "bank": true, "email": true, "arpa": true, "zone": true, "center": true,
}

// answerNobody is the answer of a resolver of which nothing is known. Names that only a cluster has do not exist out
// there, as far as anybody can tell: one label, what ends in ".svc" or ".local", or in the name of a namespace that is no
// top-level domain, and private addresses. That is assumed; about all other names nothing is.
func answerNobody(view *cluster.View, q Question) Answer {
	a := Answer{Question: Question{absolute(q.Name), strings.ToUpper(q.Type)}, Server: "the resolver outside"}
	words := parts(a.Question.Name)
	if len(words) > 0 {
		last := words[len(words)-1]
		namespace := view.Namespace(last) != nil && len(last) > 2 && !topLevel[last]
		addr, reverse := reverseAddr(a.Question.Name)
		if len(words) == 1 || last == "svc" || last == "local" || namespace || reverse && addr.IsPrivate() {
			a.RCode, a.Why = NXDomain, strings.TrimSuffix(a.Question.Name, ".")+" is no name of the Internet"
			a.Assumed = append(a.Assumed, "outside-dns")
			a.settle()
			return a
		}
	}
	a.Unknown, a.UnknownReason = "what the resolvers outside the cluster answer for "+strings.TrimSuffix(a.Question.Name, "."), "outside.unknown"
	a.settle()
	return a
}
