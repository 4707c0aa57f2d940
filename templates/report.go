package templates

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// Report is a trace as a page shows it.
type Report struct {
	Trace   *trace.Trace
	Current int    // the number of the step that is looked at, from 1; 0: none
	Link    string // the relative address that computes it again
}

// headerRow is one line of the table of what arrives and what leaves.
type headerRow struct {
	name, before, after string
	changed             bool
}

// headerRows lists what the packet carries before and after a step; a row that neither side has is left out.
func headerRows(s trace.Step) []headerRow {
	if s.Before == nil && s.After == nil {
		return nil
	}
	var rows []headerRow
	add := func(field, name string, of func(*trace.Header) string) {
		b, a := of(s.Before), of(s.After)
		if b != "" || a != "" {
			rows = append(rows, headerRow{name, b, a, slices.Contains(s.Changed, field)})
		}
	}
	add("src", "source", func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Src
	})
	add("dst", "destination", func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Dst
	})
	add("outer", "envelope", func(h *trace.Header) string {
		if h == nil || h.Outer == nil {
			return ""
		}
		return h.Outer.Src + " → " + h.Outer.Dst
	})
	add("protocol", "protocol", func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Protocol
	})
	add("http", "HTTP", func(h *trace.Header) string {
		if h == nil || h.HTTP == nil {
			return ""
		}
		return httpText(h.HTTP)
	})
	return rows
}

func httpText(h *trace.HTTP) string {
	if h.Status != 0 {
		return strconv.Itoa(h.Status)
	}
	parts := []string{strings.TrimSpace(h.Method + " " + h.Path)}
	for _, k := range slices.Sorted(maps.Keys(h.Headers)) {
		parts = append(parts, k+": "+h.Headers[k])
	}
	return strings.Join(parts, " · ")
}

// ID is a reference as the cards of the map have it.
func ID(r cluster.Ref) string {
	if r.Namespace == "" {
		return string(r.Kind) + "/" + r.Name
	}
	return string(r.Kind) + "/" + r.Namespace + "/" + r.Name
}

func refText(r cluster.Ref) string {
	if r.Namespace == "" {
		return string(r.Kind) + " " + r.Name
	}
	return string(r.Kind) + " " + r.Namespace + "/" + r.Name
}

func evidenceText(e cluster.Evidence) string {
	text := refText(cluster.Ref{Kind: e.Kind, Namespace: e.Namespace, Name: e.Name})
	if len(e.Fields) > 0 {
		text += ": " + strings.Join(e.Fields, ", ")
	}
	if e.ResourceVersion != "" {
		text += " (version " + e.ResourceVersion + ")"
	}
	return text
}

// classText says how a request ends, in plain words.
func classText(c trace.Class) string {
	switch c {
	case trace.Answered:
		return "Answered"
	case trace.HTTPError:
		return "HTTP error"
	case trace.NameNotFound:
		return "Name not found"
	case trace.Refused:
		return "Refused"
	case trace.NoAnswer:
		return "No answer"
	case trace.Reset:
		return "Reset"
	case trace.TLSError:
		return "TLS error"
	case trace.LeftTheMap:
		return "Left the map"
	case trace.CannotTell:
		return "Cannot tell"
	case trace.Mixed:
		return "Mixed"
	}
	return string(c)
}

func share(f float64) string {
	if f >= 1 {
		return "always"
	}
	return fmt.Sprintf("%g%%", math.Round(f*1000)/10)
}

func outcomeText(o trace.Outcome) string {
	text := classText(o.Class)
	if o.HTTPStatus != nil {
		text += " " + strconv.Itoa(*o.HTTPStatus)
	}
	if e := o.Endpoint; e != nil {
		name := e.Pod
		if name == "" {
			name = e.IP
		}
		text += " · " + name + " (" + e.IP + ":" + strconv.Itoa(int(e.Port)) + ")"
	}
	if o.SourceSeen != "" {
		text += " · sees " + o.SourceSeen
	}
	return text
}

func assumeText(m map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, k+"="+m[k])
	}
	return strings.Join(parts, ", ")
}

func shown(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
