package reach

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Verdicts are all verdicts, in the order in which an answer is shown: what stands alike stands together, what can be
// reached first.
func Verdicts() []Verdict { return []Verdict{Allowed, Partly, Denied, Fails, Unknown} }

// Heading says the verdict of a part of an answer in words.
func Heading(direction string, v Verdict) string {
	if direction == WhoCanReachTarget {
		return words.Say("reach.heading.who." + string(v))
	}
	return words.Say("reach.heading.can." + string(v))
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
		fmt.Fprint(&b, words.Say("reach.text.guarded-by", strings.Join(names, ", "))+"\n")
	}
	for _, n := range a.Source.NotRead {
		fmt.Fprint(&b, words.Say("reach.text.not-read", n.Resource, n.Verb)+"\n")
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
		b.WriteString("\n" + words.Say("text.rests-on") + ":\n")
		for _, x := range a.Assumptions {
			flips := ""
			if x.WouldFlip {
				flips = words.Say("reach.text.would-flip")
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
		out = words.Say("reach.who.somebody", words.Say("layer."+g.Object.Name))
	}
	if g.Kind == OfPods && (g.Members > 1 || g.Object.Kind != cluster.KindPod) {
		out += ", " + words.Count("count.pods", g.Members)
	}
	if g.Node != "" {
		out += " " + words.Say("reach.who.on", g.Node)
	}
	if g.Door != nil {
		out += " " + words.Say("reach.who.by-door", words.Say("reach.door.kind."+g.Door.Kind), g.Door.Address, g.Door.Port)
	} else if g.Port != 0 {
		out += words.Say("reach.who.port", g.Port)
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

func refText(r cluster.Ref) string {
	if r.Namespace == "" {
		return string(r.Kind) + " " + r.Name
	}
	return string(r.Kind) + " " + r.Namespace + "/" + r.Name
}
