package templates

import (
	"github.com/kubestrata/kubestrata/internal/wire"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Page is what the shell shows.
type Page struct {
	Build   string // of the program, so that a page of another build reloads
	Hash    string // of the page's own files: it makes their addresses unique
	Source  string // id of the Choice that is shown; empty where none could be opened
	Choices []wire.Choice
	Example bool   // nothing but the example could be opened
	Problem string // why the source could not be opened; the page is disconnected then
	From    string // the trace bar's content
	Command string
	Assume  []string // KEY=VALUE
	Via     string
	Report  *Report // the trace that the address asks for
	Refused *Refusal
	Reading string  // an object's id to inspect, as in the address
	Login   bool    // the page wants a token first
	Frozen  *Frozen // the page is a file of its own that asks nobody; Report is what it holds
	Base    string  // where the page's relative addresses begin, for pages that lie below "./"; empty: there
	Room    string  // code of the room that this page follows
}

// Refusal says why a request could not be traced.
type Refusal struct{ Code, Message, Field string }

// Title is the document's title: the verdict first, since tabs are narrow.
func (p Page) Title() string {
	if p.Report != nil {
		return p.Report.Trace.Verdict.Sentence + " · Kubestrata"
	}
	return "Kubestrata"
}

// SourceName is what the source's chip says.
func (p Page) SourceName() string {
	for _, c := range p.Choices {
		if c.ID == p.Source {
			return c.Name
		}
	}
	if p.Problem != "" {
		return words.Say("page.html.shell.disconnected")
	}
	return words.Say("page.html.shell.no-source")
}
