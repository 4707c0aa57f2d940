package templates

import (
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// Join is how a room is joined.
type Join struct {
	Code        string
	URL         string // what the QR code holds
	Words       string // the address where the code is typed, as people read it
	QR          string // the dark squares as the path of an SVG
	Size        int    // of the SVG's sides, in modules
	Unreachable string // host and port under which the page was opened, where phones cannot follow; empty: they can
	Instead     []string
}

// spaced sets the letters of a code apart for those who listen to it.
func spaced(code string) string { return strings.Join(strings.Split(code, ""), " ") }

// prediction is one button of a question.
type prediction struct{ id, words string }

func predictions() (out []prediction) {
	for _, id := range room.Choices {
		words := classText(trace.Class(id))
		if trace.Class(id) == trace.HTTPError {
			words = "4xx or 5xx" // before it happened, that is what people say
		}
		out = append(out, prediction{id, words})
	}
	return out
}

// waysOf lists the steps of each outcome: ids with spaces between, outcomes with semicolons.
func waysOf(t *trace.Trace) string {
	ways := make([]string, len(t.Outcomes))
	for i, o := range t.Outcomes {
		ways[i] = strings.Join(o.Steps, " ")
	}
	return strings.Join(ways, ";")
}

// classesOf lists the classes of the outcomes.
func classesOf(t *trace.Trace) string {
	classes := make([]string, len(t.Outcomes))
	for i, o := range t.Outcomes {
		classes[i] = string(o.Class)
	}
	return strings.Join(classes, " ")
}

// layers are the columns of the small map, from the outside in.
var layers = []prediction{{"internet", "Internet"}, {"lan", "LAN"}, {"service", "Services"}, {"pod", "Pods"}}

func viewBox(size int) string { return "0 0 " + strconv.Itoa(size) + " " + strconv.Itoa(size) }
