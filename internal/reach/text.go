package reach

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// headings are the parts of a written answer: what stands alike stands together, what can be reached first.
var headings = []struct {
	verdict  Verdict
	who, can string // of who-can-reach, of reachable-from
}{
	{Allowed, "Can reach it", "Can be reached"},
	{Partly, "Reach it sometimes", "Can be reached sometimes"},
	{Denied, "Kept away by a policy", "Kept away by a policy"},
	{Fails, "Do not reach it, for another reason", "Cannot be reached, for another reason"},
	{Unknown, "Cannot be told", "Cannot be told"},
}

// Heading says the verdict of a part of an answer in words.
func Heading(direction string, v Verdict) string {
	for _, h := range headings {
		if h.verdict == v {
			if direction == WhoCanReachTarget {
				return h.who
			}
			return h.can
		}
	}
	return string(v)
}

// Verdicts are all verdicts, in the order in which an answer is shown.
func Verdicts() []Verdict {
	out := make([]Verdict, len(headings))
	for i, h := range headings {
		out[i] = h.verdict
	}
	return out
}

// Text writes the answer for a terminal: one line a group, and the question that explains one of its pairs.
func Text(a *Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", a.Summary.Sentence)
	if len(a.Subject.Policies) > 0 {
		var names []string
		for _, p := range a.Subject.Policies {
			names = append(names, refText(p))
		}
		fmt.Fprintf(&b, "Guarded by: %s\n", strings.Join(names, ", "))
	}
	for _, n := range a.Source.NotRead {
		fmt.Fprintf(&b, "Not read: %s (no right to %s)\n", n.Resource, n.Verb)
	}
	for _, v := range Verdicts() {
		w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
		first := true
		for _, g := range a.Groups {
			if g.Verdict != v {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s:\n", Heading(a.Direction, v))
				first = false
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\n", Who(g), Why(g), g.Trace.Line)
		}
		_ = w.Flush() // into memory
	}
	if len(a.Assumptions) > 0 {
		b.WriteString("\nRests on:\n")
		for _, x := range a.Assumptions {
			flips := ""
			if x.WouldFlip {
				flips = ", another value changes something"
			}
			fmt.Fprintf(&b, "  %s=%s (%s%s)\n", x.Key, x.Value, x.Source, flips)
		}
	}
	return b.String()
}

// Who names the members of a group: "Deployment shop/web, 3 pods".
func Who(g Group) string {
	out := refText(g.Object)
	if g.Object.Kind == cluster.KindNetwork {
		out = "Somebody on the " + map[string]string{"lan": "LAN", "internet": "Internet"}[g.Object.Name]
	}
	if g.Kind == OfPods && (g.Members > 1 || g.Object.Kind != cluster.KindPod) {
		out += fmt.Sprintf(", %d %s", g.Members, plural(g.Members, "pod"))
	}
	if g.Node != "" {
		out += " on " + g.Node
	}
	if g.Door != nil {
		out += fmt.Sprintf(" by %s %s:%d", strings.ReplaceAll(g.Door.Kind, "-", " "), g.Door.Address, g.Door.Port)
	} else if g.Port != 0 {
		out += fmt.Sprintf(", port %d", g.Port)
	}
	return out
}

// Why is what decides for a group, and how sure that is.
func Why(g Group) string {
	out := g.Class.Word()
	switch {
	case g.Verdict == Denied && g.DecidedBy != nil:
		out = refText(*g.DecidedBy)
	case g.Verdict != Allowed:
		out += ", " + g.Reason
	}
	if g.Certainty != trace.Certain {
		out += " (" + string(g.Certainty) + ")"
	}
	return out
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func refText(r cluster.Ref) string {
	if r.Namespace == "" {
		return string(r.Kind) + " " + r.Name
	}
	return string(r.Kind) + " " + r.Namespace + "/" + r.Name
}
