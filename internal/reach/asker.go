package reach

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/boundary"
	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/gateway"
	"github.com/kubestrata/kubestrata/internal/ingress"
	"github.com/kubestrata/kubestrata/internal/policy"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// asker asks the policies and the traces about one View.
type asker struct {
	view   *cluster.View
	ask    Ask
	gates  *policy.Book
	runner *trace.Runner
	facts  *facts.Facts
	pods   []netip.Prefix // kube-proxy's ranges of pods
	host   bool           // the one sender is a machine outside

	traced map[tracedKey]*told
	order  []*told // in the order in which they were traced

	described map[string]bool // namespaces of whose pods the surroundings say what listens
	around    map[string]bool // names that the surroundings speak of, nodes among them

	// What was found out of things that come again and again.
	ups       map[string]bool
	shapes    map[*cluster.Shape]int32
	texts     map[string]int32
	states    map[endState]string
	podStates map[stateOfPod]string
	hosts     map[string]string
	proxies   map[same]bool
	several   sharedAddrs
	said      map[saidKey]*said // of one sender, where only one asks

	ports map[*cluster.Shape][]int32 // that are asked for, of one question
	ends  []end                      // room for those of one service

	room, space []byte
	parts       []string
}

func newAsker(view *cluster.View, ask Ask) (*asker, error) {
	f, err := facts.Of(view, ask.Assume)
	if err != nil {
		return nil, bad("assume", "%s", err)
	}
	return newAskerOf(view, ask, f), nil
}

func newAskerOf(view *cluster.View, ask Ask, f *facts.Facts) *asker {
	described := map[string]bool{}
	for i := range view.Surroundings().Listeners {
		described[view.Surroundings().Listeners[i].Namespace] = true
	}
	around := map[string]bool{}
	for i := range view.Surroundings().Hosts {
		around[view.Surroundings().Hosts[i].Name] = true
	}
	return &asker{
		view: view, ask: ask, gates: policy.NewBook(view), runner: trace.NewRunner(view), facts: f, pods: f.Prefixes(facts.KeyClusterCIDR),
		traced: map[tracedKey]*told{}, described: described, around: around,
		ups: map[string]bool{}, shapes: map[*cluster.Shape]int32{}, texts: map[string]int32{}, states: map[endState]string{},
		podStates: map[stateOfPod]string{}, hosts: map[string]string{}, proxies: map[same]bool{},
	}
}

// peerAt is who has an address, as a network plug-in sees it.
func (a *asker) peerAt(addr netip.Addr) policy.Peer {
	p := policy.Peer{Addr: addr}
	if n := a.view.NodeWithAddr(addr); n != nil {
		p.Node = n.Name
		return p
	}
	if o := boundary.OwnerOf(a.view, addr); o.Kind == boundary.OwnerPod {
		p.Pod = o.Pod
	}
	return p
}

// notAsked are the fields of a shape that no request to an address meets.
var notAsked = []string{"Containers", "DNSPolicy", "DNSConfig", "HostAliases", "Hostname", "Subdomain", "ServiceAccount"}

// shape numbers shapes that no request tells apart: the name of a container makes no difference, nor the image of one that
// is alone (what proxies of meshes stand beside it is told by images).
func (a *asker) shape(s *cluster.Shape) int32 {
	n, known := a.shapes[s]
	if known {
		return n
	}
	var b strings.Builder
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if f := v.Type().Field(i); f.IsExported() && !slices.Contains(notAsked, f.Name) {
			fmt.Fprintf(&b, "%s %v ", f.Name, v.Field(i))
		}
	}
	for _, c := range s.Containers {
		c.Name = ""
		if len(s.Containers) == 1 {
			c.Image = ""
		}
		fmt.Fprintf(&b, "%+v ", c)
	}
	if n, known = a.texts[b.String()]; !known {
		n = int32(len(a.texts))
		a.texts[b.String()] = n
	}
	a.shapes[s] = n
	return n
}

// proxy reports whether a pod answers as it is configured, whatever it looks like.
func (a *asker) proxy(p *cluster.Pod) bool {
	key := same{namespace: p.Namespace, labels: p.Labels, shape: p.Shape}
	is, known := a.proxies[key]
	if !known {
		is = ingress.ControllerOf(a.view, p) != nil || len(gateway.Read(a.view).Carried(p)) > 0
		a.proxies[key] = is
	}
	return is
}

func contains(list []netip.Prefix, addr netip.Addr) bool {
	for _, p := range list {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func (a *asker) up(node string) bool {
	up, known := a.ups[node]
	if !known {
		up = nodeUp(a.view, node)
		a.ups[node] = up
	}
	return up
}
