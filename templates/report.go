package templates

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
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
	add("src", words.Say("page.html.report.source"), func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Src
	})
	add("dst", words.Say("page.html.report.destination"), func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Dst
	})
	add("outer", words.Say("page.html.report.envelope"), func(h *trace.Header) string {
		if h == nil || h.Outer == nil {
			return ""
		}
		return h.Outer.Src + " → " + h.Outer.Dst
	})
	add("protocol", words.Say("page.html.report.protocol"), func(h *trace.Header) string {
		if h == nil {
			return ""
		}
		return h.Protocol
	})
	add("http", words.Say("page.html.report.http"), func(h *trace.Header) string {
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
		text += " " + words.Say("page.html.report.version", e.ResourceVersion)
	}
	return text
}

// classText says how a request ends, in plain words.
func classText(c trace.Class) string {
	switch c {
	case trace.Answered:
		return words.Say("page.html.class.answered")
	case trace.HTTPError:
		return words.Say("page.html.class.http-error")
	case trace.NameNotFound:
		return words.Say("page.html.class.name-not-found")
	case trace.Refused:
		return words.Say("page.html.class.refused")
	case trace.NoAnswer:
		return words.Say("page.html.class.no-answer")
	case trace.Reset:
		return words.Say("page.html.class.reset")
	case trace.TLSError:
		return words.Say("page.html.class.tls-error")
	case trace.LeftTheMap:
		return words.Say("page.html.class.left-the-map")
	case trace.CannotTell:
		return words.Say("page.html.class.cannot-tell")
	case trace.Mixed:
		return words.Say("page.html.class.mixed")
	}
	return string(c)
}

// certaintyText says how certain an answer is.
func certaintyText(c trace.Certainty) string { return words.Say("page.certainty." + string(c)) }

func share(f float64) string {
	if f >= 1 {
		return words.Say("page.html.report.always")
	}
	return words.Say("page.html.report.share", strconv.FormatFloat(math.Round(f*1000)/10, 'g', -1, 64))
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
		text += " · " + words.Say("page.html.report.sees", o.SourceSeen)
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
