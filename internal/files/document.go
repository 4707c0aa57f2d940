// Package files reads Kubernetes objects and Surroundings from YAML and JSON files instead of a cluster, follows the
// files as they change, and has package simulate fill in what controllers would have written.
package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 64 << 20

// Severity says what a Problem means for what is shown.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // it is not shown: it does not parse, or the API server would refuse it
	Warning Severity = "warning" // it is shown, and probably not what was meant
	Note    Severity = "note"    // it is left out on purpose
)

// Problem is one thing to know about the files. Line and Document count from 1, 0 where there is none.
type Problem struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line,omitempty"`
	Document int      `json:"document,omitempty"`
	Object   string   `json:"object,omitempty"` // "Service default/web"
	Field    string   `json:"field,omitempty"`
	Text     string   `json:"text"`
}

// Error is the problem in one line, with the place first as compilers write it.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Document > 1 {
		fmt.Fprintf(&b, " (document %d)", p.Document)
	}
	b.WriteString(": ")
	if p.Object != "" {
		b.WriteString(p.Object + ": ")
	}
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// document is one YAML document of a file.
type document struct {
	file   string
	number int // from 1
	line   int // of its first line, from 1
	text   []byte
}

// split cuts a file at its "---" and "..." lines, so that a document that does not parse does not take the others with it.
func split(file string, data []byte) []document {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var docs []document
	start, startLine, line := 0, 1, 0
	end := func(at int) {
		from := startLine
		for _, text := range values(data[start:at]) {
			if !blank(text) {
				docs = append(docs, document{file, len(docs) + 1, from, text})
			}
			from += bytes.Count(text, []byte("\n"))
		}
	}
	for at := 0; at < len(data); {
		next := bytes.IndexByte(data[at:], '\n')
		stop := len(data)
		if next >= 0 {
			stop = at + next + 1
		}
		line++
		if l := data[at:stop]; bytes.HasPrefix(l, []byte("---")) && (len(l) == 3 || bytes.IndexByte([]byte(" \t\r\n"), l[3]) >= 0) {
			end(at)
			rest := bytes.TrimSpace(l[3:])
			start, startLine = stop, line+1
			if len(rest) > 0 && rest[0] != '#' { // a document may begin on the line of its mark
				start, startLine = at+3, line
			}
		}
		if bytes.Equal(bytes.TrimRight(data[at:stop], " \t\r\n"), []byte("...")) { // the end of a document, another may follow
			end(at)
			start, startLine = stop, line+1
		}
		at = stop
	}
	end(len(data))
	return docs
}

// values cuts JSON values that follow each other without a mark, as jq writes them and kubectl reads them. Anything else is
// one piece.
func values(text []byte) [][]byte {
	if first := bytes.TrimSpace(text); len(first) == 0 || first[0] != '{' {
		return [][]byte{text}
	}
	var out [][]byte
	dec := json.NewDecoder(bytes.NewReader(text))
	start := int64(0)
	for {
		var one json.RawMessage
		if err := dec.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil { // YAML in braces, or a mistake that the parser of YAML tells better
			return [][]byte{text}
		}
		out = append(out, text[start:dec.InputOffset()])
		start = dec.InputOffset()
	}
	return out
}

func blank(text []byte) bool {
	for l := range bytes.Lines(text) {
		if l = bytes.TrimSpace(l); len(l) > 0 && l[0] != '#' && !bytes.Equal(l, []byte("...")) {
			return false
		}
	}
	return true
}
