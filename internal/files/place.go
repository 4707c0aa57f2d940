package files

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// place is where an object stands: a document, and the field within it. It finds lines only when something is wrong.
type place struct {
	doc    document
	prefix string // "items[3]" inside a list
	root   *yaml.Node
}

func (p *place) in(prefix string) *place { return &place{doc: p.doc, prefix: prefix, root: p.root} }

func (p *place) problem(severity Severity, object, field, text string) Problem {
	return Problem{
		Severity: severity, File: p.doc.file, Line: p.line(field), Document: p.doc.number, Object: object, Field: field, Text: text,
	}
}

var pathPart = regexp.MustCompile(`\[(\d+)\]|([^.\[\]]+)`)

// line is that of a field, or of the nearest thing around it that is there.
func (p *place) line(field string) int {
	if p.root == nil {
		p.root = &yaml.Node{}
		if yaml.Unmarshal(p.doc.text, p.root) != nil || len(p.root.Content) == 0 {
			return p.doc.line
		}
	}
	if len(p.root.Content) == 0 {
		return p.doc.line
	}
	line, _ := find(p.root.Content[0], pathPart.FindAllStringSubmatch(p.prefix+"."+field, -1))
	return p.doc.line + line - 1
}

// find goes down a path as far as it leads. A list without an index is searched for the first entry that leads on:
// errors about types name no index.
func find(n *yaml.Node, path [][]string) (line int, all bool) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if len(path) == 0 {
		return n.Line, true
	}
	index, key := path[0][1], path[0][2]
	switch n.Kind {
	case yaml.SequenceNode:
		if index != "" {
			if i, err := strconv.Atoi(index); err == nil && i < len(n.Content) {
				return find(n.Content[i], path[1:])
			}
			return n.Line, false
		}
		for _, item := range n.Content {
			if line, all := find(item, path); all {
				return line, true
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			// Keys with dots (labels) arrive in pieces.
			if k := n.Content[i].Value; k == key || key != "" && strings.HasPrefix(k, key+".") {
				if len(path) == 1 || k != key {
					return n.Content[i].Line, true
				}
				line, all := find(n.Content[i+1], path[1:])
				return max(line, n.Content[i].Line), all
			}
		}
	}
	return n.Line, false
}
