package gateway

import (
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// attachments is what became of every route at the gateways of one proxy. It depends on objects alone and is worked out
// once for all requests.
type attachments struct {
	by       map[*Gateway]map[*route]*attachment
	excluded [][2]*route // an older route and one of the other kind that it keeps out
}

func (t *attachments) of(g *Gateway, r *route) *attachment {
	if t == nil {
		return nil
	}
	return t.by[g][r]
}

// attachments works out, or remembers, what is attached to some gateways; exclusive keeps routes of the two kinds with a
// hostname in common apart.
func (s *Set) attachments(gateways []*Gateway, exclusive bool) *attachments {
	var key strings.Builder
	if !exclusive {
		key.WriteString("together ")
	}
	for _, g := range gateways {
		key.WriteString(g.Object.Namespace + "/" + g.Object.Name + " ")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, known := s.attached[key.String()]; known {
		return t
	}
	t := &attachments{by: map[*Gateway]map[*route]*attachment{}}
	var all []*attachment
	for _, g := range gateways {
		t.by[g] = map[*route]*attachment{}
		for _, r := range s.routes {
			if a := s.attach(g, r); a != nil {
				t.by[g][r] = a
				all = append(all, a)
			}
		}
	}
	if exclusive {
		t.exclude(all)
	}
	if s.attached == nil {
		s.attached = map[string]*attachments{}
	}
	s.attached[key.String()] = t
	return t
}

// exclude takes away routes of the younger kind: an HTTPRoute and a GRPCRoute with a hostname in common are not served
// by one listener together (GRPCRouteSpec.Hostnames). Where the controller says that both are accepted, they are.
func (t *attachments) exclude(all []*attachment) {
	kinds := map[string][]*attachment{}
	for _, a := range all {
		kinds[string(a.route.kind)] = append(kinds[string(a.route.kind)], a)
	}
	for _, a := range kinds["HTTPRoute"] {
		for _, b := range kinds["GRPCRoute"] {
			if a.said && b.said {
				continue
			}
			older, younger := a, b
			if b.route.older(a.route) {
				older, younger = b, a
			}
			for l, hosts := range younger.hosts {
				if _, both := older.hosts[l]; !both || !meet(older.hosts[l], hosts) {
					continue
				}
				delete(younger.hosts, l)
				t.excluded = append(t.excluded, [2]*route{older.route, younger.route})
				if len(younger.hosts) == 0 {
					younger.reason, younger.why = "HostnameConflict", words.Say("gateway.attach.older", string(older.route.kind), older.route.meta.Namespace, older.route.meta.Name)
				}
			}
		}
	}
}
