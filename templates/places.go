package templates

import (
	"slices"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Place is a thing at which somebody may expect a request to end.
type Place struct {
	ID    string // as on the map; walls, which have no object, are Wall/internet and Wall/cluster
	Words string
	layer int
}

const (
	innerWall = "Wall/cluster"
	outerWall = "Wall/internet"
)

// order is that of the layers from the outside in, so that the list does not tell the way.
var order = map[cluster.Kind]int{
	"Host": 0, "Resolver": 0, "Router": 1, "LoadBalancer": 1, "Wall": 2, cluster.KindNode: 3, "Proxy": 4, cluster.KindService: 5, cluster.KindPod: 6,
}

// PlacesOf lists what a trace meets or might have met, and the walls: where it ends is among them, and so are other things.
func PlacesOf(t *trace.Trace) []Place {
	var list []Place
	add := func(id string, must bool) {
		kind, _, _ := strings.Cut(id, "/")
		at, known := order[cluster.Kind(kind)]
		if !known && !must || slices.ContainsFunc(list, func(p Place) bool { return p.ID == id }) {
			return
		}
		list = append(list, Place{id, placeText(id), at})
	}
	for i := range t.Outcomes {
		add(endOf(t, i), true)
	}
	add(innerWall, true)
	add(outerWall, true)
	add(ID(cluster.Ref{Kind: t.Request.From.Kind, Namespace: t.Request.From.Namespace, Name: t.Request.From.Name}), false)
	for _, s := range t.Steps {
		add(placeID(s), false)
		for _, e := range s.Evidence {
			add(ID(cluster.Ref{Kind: e.Kind, Namespace: e.Namespace, Name: e.Name}), false)
		}
		for _, other := range s.Tried {
			if other.Object != nil {
				add(ID(*other.Object), false)
			}
		}
	}
	// What is met last is left out first, the ends never.
	list = list[:min(len(list), room.MaxPlaces)]
	slices.SortFunc(list, func(a, b Place) int {
		if a.layer != b.layer {
			return a.layer - b.layer
		}
		return strings.Compare(a.Words, b.Words)
	})
	return list
}

// endOf is where an outcome ends or is stopped: at its last step of the request itself.
func endOf(t *trace.Trace, outcome int) string {
	end := ""
	for _, id := range t.Outcomes[outcome].Steps {
		i := slices.IndexFunc(t.Steps, func(s trace.Step) bool { return s.ID == id })
		if i >= 0 && t.Steps[i].Direction == trace.OfRequest && t.Steps[i].Kind != trace.StepEnd || end == "" && i >= 0 {
			end = placeID(t.Steps[i])
		}
	}
	return end
}

// endsOf lists where the outcomes end, with spaces between.
func endsOf(t *trace.Trace) string {
	ends := make([]string, len(t.Outcomes))
	for i := range t.Outcomes {
		ends[i] = endOf(t, i)
	}
	return strings.Join(ends, " ")
}

// placeID is the thing on the map that a step is at.
func placeID(s trace.Step) string {
	switch {
	case s.At.Kind == cluster.KindGateway:
		return "Proxy/" + strings.TrimPrefix(ID(s.At), "Gateway/")
	case s.At.Kind != cluster.KindNetwork || s.Kind != trace.StepBoundary:
		return ID(s.At)
	case s.At.Name == "internet" || s.At.Name == "lan":
		return outerWall
	}
	return innerWall
}

// placeText is how a place is called on a button.
func placeText(id string) string {
	kind, rest, _ := strings.Cut(id, "/")
	name := rest[strings.LastIndex(rest, "/")+1:]
	switch kind {
	case "Wall":
		return words.Say("page.predict.wall." + name)
	case "Network":
		return words.Say("page.predict.network." + name)
	case "Node", "Host":
		return name
	case "LoadBalancer":
		return words.Say("page.predict.load-balancer", name)
	case "Proxy":
		return words.Say("page.predict.proxy", name)
	}
	return words.Say("page.predict.thing", strings.ToLower(kind), name)
}
