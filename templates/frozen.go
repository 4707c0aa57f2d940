package templates

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/internal/words"
)

// Frozen is what a page carries that is a file of its own: one answer, the picture it was given on, and all that shows
// them. Nothing of it is fetched from anywhere.
type Frozen struct {
	CSS      string // with its fonts in it
	Icon     string // a data: address
	Boot     string // the script that unpacks the program and starts it
	Program  string // the page's script
	Packed   string // the same, deflated, in base64
	Trace    string // the answer's bytes as the API wrote them, packed
	Markdown string // the answer in words, as the command line writes it
	Snapshot string // the map's things, as the browser packed them: base64
}

// policy lets a file run its own two scripts and its own style, and ask nobody.
func (f Frozen) policy() string {
	return "default-src 'none'; script-src " + hashed(f.Boot) + " " + hashed(f.Program) + "; style-src " + hashed(f.CSS) +
		"; font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
}

// inElement escapes a text that stands in an element and in no attribute. The parser takes every "<" for the begin of
// something, every "&" for a name, and makes one character of two at the end of a line.
var inElement = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#13;", "\x00", "\uFFFD")

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// sourceText says where the objects came from, so that nobody takes an example for a cluster.
func sourceText(s trace.Source) string {
	switch s.Kind {
	case "live":
		return words.Say("page.html.frozen.cluster", s.Name)
	case "files":
		return words.Say("page.html.frozen.files", s.Name)
	case "world":
		return words.Say("page.html.frozen.world", s.Name)
	}
	return s.Name
}

// asOfText is a point in time as people write it.
func asOfText(asOf string) string {
	return strings.TrimSuffix(strings.Replace(asOf, "T", " ", 1), "Z") + " UTC"
}
