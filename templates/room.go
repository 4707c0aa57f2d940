package templates

import (
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
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
		said := classText(trace.Class(id))
		if trace.Class(id) == trace.HTTPError {
			said = words.Say("page.html.room.http-error") // before it happened, that is what people say
		}
		out = append(out, prediction{id, said})
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
func layers() []prediction {
	return []prediction{
		{"internet", words.Say("page.internet")}, {"lan", words.Say("page.lan")},
		{"service", words.Say("page.html.room.services")}, {"pod", words.Say("page.html.room.pods")},
	}
}

func viewBox(size int) string { return "0 0 " + strconv.Itoa(size) + " " + strconv.Itoa(size) }
