package trace

import (
	"fmt"
	"strings"

	"github.com/kubestrata/kubestrata/internal/words"
)

// Markdown writes the answer as a numbered list, for a bug report or a lesson (EXPERIENCE.md, D8).
func Markdown(t *Trace) string {
	var b strings.Builder
	v := t.Verdict
	class := v.Class.Word()
	if v.HTTPStatus != nil {
		class += fmt.Sprintf(" %d", *v.HTTPStatus)
	}
	fmt.Fprintf(&b, "**%s**\n\n", plainMarkdown(v.Sentence))
	fmt.Fprint(&b, words.Say("text.markdown.trace", plainMarkdown(partyText(t.Request.From)), code(t.Request.Command))+"\n")
	fmt.Fprint(&b, words.Say("text.markdown.verdict", class, v.Certainty, code(v.Reason))+"\n")
	if v.DecidedBy != nil {
		fmt.Fprint(&b, words.Say("text.markdown.decided-by", v.DecidedBy.Kind, code(refText(v.DecidedBy)))+"\n")
	}
	fmt.Fprint(&b, words.Say("text.markdown.prints", plainMarkdown(v.Client.Program), code(printed(v)))+"\n")
	fmt.Fprint(&b, words.Say("text.markdown.objects", t.Source.Kind, plainMarkdown(t.Source.Name)))
	if t.Source.AsOf != "" {
		fmt.Fprint(&b, words.Say("text.markdown.as-of", t.Source.AsOf))
	}
	b.WriteString("\n\n")
	if len(t.Outcomes) > 1 {
		fmt.Fprint(&b, words.Say("text.markdown.courses", len(t.Outcomes), plainMarkdown(outcomeText(t.Outcomes[t.mainCourse()])))+"\n\n")
	}
	for i, s := range t.Course(-1) {
		fmt.Fprintf(&b, "%d. %s", i+1, plainMarkdown(s.Sentence))
		if d := changeText(s); d != "" {
			fmt.Fprintf(&b, " (%s)", plainMarkdown(d))
		}
		if s.Certainty != Certain {
			fmt.Fprintf(&b, " *%s*", s.Certainty)
		}
		b.WriteString("\n")
	}
	if len(t.Outcomes) > 1 {
		b.WriteString("\nOutcomes:\n\n")
		for _, o := range t.Outcomes {
			fmt.Fprintf(&b, "- %.2f%% %s\n", o.Share*100, plainMarkdown(outcomeText(o)))
		}
	}
	if len(t.Assumptions) > 0 {
		b.WriteString("\nRests on:\n\n")
		for _, a := range t.Assumptions {
			fmt.Fprintf(&b, "- %s\n", plainMarkdown(assumptionText(a)))
		}
		for _, alt := range t.Alternatives {
			for _, key := range sortedKeys(alt.Assume) {
				fmt.Fprint(&b, words.Say("text.markdown.with", code(key+"="+alt.Assume[key]), plainMarkdown(alt.Verdict.Sentence))+"\n")
			}
		}
	}
	if len(v.Try) > 0 {
		b.WriteString("\nTry:\n\n")
		for _, x := range v.Try {
			fmt.Fprintf(&b, "- %s %s\n", plainMarkdown(x.Text), code(x.Command))
		}
	}
	if t.Yourself.Command != "" {
		fmt.Fprint(&b, "\n"+words.Say("text.markdown.yourself", plainMarkdown(t.Yourself.Where), code(t.Yourself.Command))+"\n")
	}
	return b.String()
}

// code writes a text as code; one with backticks gets more of them around it.
func code(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "|", `\|`, "\n", " ",
)

// plainMarkdown keeps names and messages from being read as markup.
func plainMarkdown(s string) string { return markdownEscapes.Replace(s) }
