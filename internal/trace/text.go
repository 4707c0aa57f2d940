package trace

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// TextOptions says how Text writes.
type TextOptions struct {
	Color bool // ANSI colours
	Width int  // columns; 0 means 100
}

// Text writes the answer for a terminal: the verdict, what the client prints, the steps, the outcomes, what it rests on,
// and what to do next.
func Text(t *Trace, o TextOptions) string {
	w := writer{width: max(cmp.Or(o.Width, 100), 40), color: o.Color}
	w.verdict(t)
	w.line("")
	w.steps(t)
	w.outcomes(t)
	w.assumptions(t)
	w.try(t)
	w.yourself(t)
	return w.String()
}

// labelWidth is where texts behind labels begin, in columns.
const labelWidth = 9

// SGR codes: colour is never the only sign.
const (
	codeBold   = "1"
	codeFaint  = "2"
	codeBlue   = "34"
	codeRed    = "31"
	codeYellow = "33"
)

type writer struct {
	strings.Builder
	width int
	color bool
}

func (w *writer) paint(code, s string) string {
	if !w.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (w *writer) line(s string) { w.WriteString(strings.TrimRight(s, " ") + "\n") }

// wrapped writes a text with a hanging indent.
func (w *writer) wrapped(first, rest, text, code string) {
	for i, l := range wrap(text, w.width-len([]rune(first))) {
		if i == 0 {
			w.line(first + w.paint(code, l))
			continue
		}
		w.line(rest + w.paint(code, l))
	}
}

// labelled writes a text behind its label, with a hanging indent.
func (w *writer) labelled(key, text, code string) {
	label := words.Say(key)
	label += strings.Repeat(" ", max(1, labelWidth-len([]rune(label))))
	w.wrapped(label, strings.Repeat(" ", len([]rune(label))), text, code)
}

func wrap(text string, width int) []string {
	width = max(width, 16)
	var out []string
	for para := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(para) {
			switch {
			case line == "":
				line = word
			case len([]rune(line))+1+len([]rune(word)) > width:
				out = append(out, line)
				line = word
			default:
				line += " " + word
			}
		}
		out = append(out, line)
	}
	return out
}

func classCode(c Class) string {
	switch c {
	case Answered:
		return codeBlue
	case CannotTell, LeftTheMap:
		return codeYellow
	}
	return codeRed
}

func (w *writer) verdict(t *Trace) {
	v := t.Verdict
	class := v.Class.Word()
	if v.HTTPStatus != nil {
		class += fmt.Sprintf(" %d", *v.HTTPStatus)
	}
	head := w.paint(codeBold+";"+classCode(v.Class), capital(class)) + " (" + string(v.Certainty) + ", " + v.Reason + ")"
	w.line(head)
	w.wrapped("", "", v.Sentence, codeBold)
	w.line("")
	w.labelled("text.from", partyText(t.Request.From), "")
	w.labelled("text.command", t.Request.Command, "")
	if t.Lookup != nil {
		w.labelled("text.name", lookupText(t.Lookup), "")
	}
	w.labelled("text.prints", printed(v), "")
	if len(t.Request.IgnoredFlags) > 0 {
		w.labelled("text.ignored", strings.Join(t.Request.IgnoredFlags, " "), "")
	}
	for _, n := range t.Source.NotRead {
		w.labelled("text.not-read", words.Say("text.no-right", n.Resource, n.Verb), codeYellow)
	}
}

// printed is what the client's terminal shows, as far as that can be told.
func printed(v Verdict) string {
	if v.Class == CannotTell || v.Class == LeftTheMap {
		return words.Say("text.cannot-be-told")
	}
	code := words.Say("text.exit-code", v.Client.ExitCode)
	if v.Client.Message == "" {
		return code
	}
	return v.Client.Message + " (" + code + ")"
}

func partyText(p Party) string {
	out := words.Kind(string(p.Kind)) + " "
	if p.Namespace != "" {
		out += p.Namespace + "/"
	}
	out += p.Name
	if p.IP != "" && p.IP != p.Name {
		out += " (" + p.IP + ")"
	}
	if p.Node != "" && p.Node != p.Name {
		out += " " + words.Say("text.on-node", p.Node)
	}
	return out
}

func lookupText(l *Lookup) string {
	if len(l.Addresses) > 0 {
		return words.Say("text.name-is", l.Question, strings.Join(l.Addresses, ", "))
	}
	return l.Question + ": " + cmp.Or(l.RCode, words.Say("text.no-reply"))
}

func (w *writer) steps(t *Trace) {
	course := t.Course(-1)
	if len(t.Outcomes) > 1 {
		w.wrapped("", "", words.Say("text.courses", len(t.Outcomes), outcomeText(t.Outcomes[t.mainCourse()])), codeFaint)
	}
	n := len(fmt.Sprint(len(course)))
	for i, s := range course {
		mark := "→"
		if s.Direction == OfReply {
			mark = "←"
		}
		doubt := ""
		if s.Certainty != Certain {
			doubt = " (" + string(s.Certainty) + ")"
		}
		first := fmt.Sprintf("%*d %s ", n, i+1, mark)
		rest := strings.Repeat(" ", n+3)
		w.wrapped(first, rest, s.Sentence+doubt, "")
		if d := changeText(s); d != "" {
			w.wrapped(rest, rest, d, codeFaint)
		}
		for _, c := range s.Compared {
			if !c.Holds && s.Kind != StepDNSSearch {
				w.wrapped(rest, rest, words.Say("text.wanted", c.What, cmp.Or(c.Wanted, words.Say("text.nothing")), cmp.Or(c.Got, words.Say("text.nothing"))), codeRed)
			}
		}
		for _, x := range s.Tried {
			w.wrapped(rest, rest, words.Say("text.not", triedText(x)), codeFaint)
		}
	}
}

func triedText(x Tried) string {
	if x.Object == nil {
		return x.Why
	}
	return words.Kind(string(x.Object.Kind)) + " " + refText(x.Object) + ": " + x.Why
}

// changeText is what a step changed in the header.
func changeText(s Step) string {
	if s.Before == nil || s.After == nil {
		return ""
	}
	var out []string
	for _, field := range s.Changed {
		switch field {
		case "src":
			out = append(out, words.Say("text.change.src", s.Before.Src, s.After.Src))
		case "dst":
			out = append(out, words.Say("text.change.dst", s.Before.Dst, s.After.Dst))
		case "outer":
			if s.After.Outer != nil {
				out = append(out, words.Say("text.change.outer", s.After.Outer.Src, s.After.Outer.Dst))
			} else {
				out = append(out, words.Say("text.change.outer-off"))
			}
		}
	}
	return strings.Join(out, "; ")
}

func (w *writer) outcomes(t *Trace) {
	if len(t.Outcomes) < 2 {
		return
	}
	w.line("")
	w.line(w.paint(codeBold, words.Say("text.outcomes")))
	for _, o := range t.Outcomes {
		w.wrapped(fmt.Sprintf("%6.2f%%  ", o.Share*100), "         ", outcomeText(o), "")
	}
}

func outcomeText(o Outcome) string {
	out := o.Class.Word()
	if o.HTTPStatus != nil {
		out += fmt.Sprintf(" %d", *o.HTTPStatus)
	}
	if e := o.Endpoint; e != nil {
		name := e.IP
		if e.Pod != "" {
			name = words.Say("text.pod", e.Namespace, e.Pod)
		}
		out += " " + words.Say("text.at-port", name, e.Port)
		if e.Node != "" {
			out += " " + words.Say("text.on", e.Node)
		}
	}
	if o.SourceSeen != "" {
		out += words.Say("text.which-sees", o.SourceSeen)
	}
	return out + " (" + o.Reason + ")"
}

func (w *writer) assumptions(t *Trace) {
	if len(t.Assumptions) == 0 {
		return
	}
	w.line("")
	w.line(w.paint(codeBold, words.Say("text.rests-on")))
	for _, a := range t.Assumptions {
		w.wrapped("  ", "    ", assumptionText(a), "")
	}
	for _, alt := range t.Alternatives {
		for _, key := range sortedKeys(alt.Assume) {
			w.wrapped("  ", "    ", words.Say("text.with", key, alt.Assume[key], alt.Verdict.Class.Word(), alt.Verdict.Sentence), codeYellow)
		}
	}
}

func assumptionText(a Assumption) string {
	out := a.Key
	if a.Value != "" {
		out += "=" + a.Value
	}
	out += " (" + a.Source
	if a.Evidence != nil {
		out += " " + words.Say("text.evidence", string(a.Evidence.Kind)) + " "
		if a.Evidence.Namespace != "" {
			out += a.Evidence.Namespace + "/"
		}
		out += a.Evidence.Name
	}
	out += ")"
	if a.WouldFlip {
		out += words.Say("text.would-flip")
	}
	return out
}

func (w *writer) try(t *Trace) {
	if len(t.Verdict.Try) == 0 {
		return
	}
	w.line("")
	w.line(w.paint(codeBold, words.Say("text.try")))
	for _, x := range t.Verdict.Try {
		w.wrapped("  ", "  ", x.Text, "")
		w.line("    " + w.paint(codeBlue, x.Command))
	}
}

func (w *writer) yourself(t *Trace) {
	if t.Yourself.Command == "" {
		return
	}
	w.line("")
	w.line(w.paint(codeBold, words.Say("text.yourself")) + ", " + t.Yourself.Where)
	w.line("    " + w.paint(codeBlue, t.Yourself.Command))
}
