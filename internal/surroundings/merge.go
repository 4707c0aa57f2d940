package surroundings

import (
	"fmt"
	"slices"
)

// Merge adds what other holds. A host, resolver or router of a name that is already there replaces it; everything else
// adds up.
func (s *Surroundings) Merge(other *Surroundings) {
	if other == nil {
		return
	}
	s.Networks.LAN = appendNew(s.Networks.LAN, other.Networks.LAN)
	s.Networks.Service = appendNew(s.Networks.Service, other.Networks.Service)
	s.Networks.Pod = appendNew(s.Networks.Pod, other.Networks.Pod)
	s.Hosts = replaceNamed(s.Hosts, other.Hosts, func(h Host) string { return h.Name })
	s.Resolvers = replaceNamed(s.Resolvers, other.Resolvers, func(r Resolver) string { return r.Name })
	s.Routers = replaceNamed(s.Routers, other.Routers, func(r Router) string { return r.Name })
	s.LoadBalancers = replaceNamed(s.LoadBalancers, other.LoadBalancers, func(l LoadBalancer) string { return l.Service })
	s.Listeners = replaceNamed(s.Listeners, other.Listeners, func(l Listener) string {
		return fmt.Sprint(l.Namespace, "\x00", l.Selector, "\x00", l.Port, "\x00", l.Protocol)
	})
}

func appendNew[T comparable](list, more []T) []T {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

func replaceNamed[T any](list, more []T, name func(T) string) []T {
	for _, m := range more {
		if i := slices.IndexFunc(list, func(have T) bool { return name(have) == name(m) }); i >= 0 {
			list[i] = m
		} else {
			list = append(list, m)
		}
	}
	return list
}

// Unresolved reports references that lead nowhere or in a circle: resolvers that do not exist, and resolvers that ask
// each other for ever.
func (s *Surroundings) Unresolved() []Problem {
	var out []Problem
	next := map[string]string{}
	var names []string
	for _, r := range s.Resolvers {
		next[r.Name] = r.Next
		names = append(names, r.Name)
	}
	missing := func(field, name string) {
		if _, ok := next[name]; name != "" && !ok {
			out = append(out, Problem{Field: field, Text: fmt.Sprintf("there is no resolver %q; known: %q", name, names)})
		}
	}
	for i, h := range s.Hosts {
		missing(fmt.Sprintf("hosts[%d].resolver", i), h.Resolver)
	}
	for i, r := range s.Resolvers {
		missing(fmt.Sprintf("resolvers[%d].next", i), r.Next)
		for at, steps := r.Next, 0; at != ""; at, steps = next[at], steps+1 {
			if at == r.Name || steps > len(next) {
				out = append(out, Problem{Field: fmt.Sprintf("resolvers[%d].next", i), Text: fmt.Sprintf("resolver %q asks itself in a circle", r.Name)})
				break
			}
		}
	}
	return out
}
