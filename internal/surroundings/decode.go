package surroundings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// APIVersion and Kind head every document.
const (
	APIVersion = "kubestrata.io/v1alpha1"
	Kind       = "Surroundings"
)

// MaxSize is the largest input that Decode takes, in bytes.
const MaxSize = 4 << 20

// Problem is one thing that is wrong with a document. Line counts from 1 within the file, 0 where there is none.
type Problem struct {
	File  string
	Line  int
	Field string // "hosts[2].addresses[0]"
	Text  string
}

func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Decode reads the Surroundings documents of one file and merges them. It is strict: an unknown field, a wrong type, an
// address that does not parse, a name of a layer or resolver that does not exist are errors, each a Problem naming file,
// line and field, joined. name stands for the file in them.
func Decode(name string, data []byte) (*Surroundings, error) {
	if len(data) > MaxSize {
		return nil, Problem{File: name, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxSize)}
	}
	all := &Surroundings{}
	d := decoder{file: name, lines: map[string]int{}}
	yd := yaml.NewDecoder(bytes.NewReader(data))
	documents := 0
	for {
		var doc yaml.Node
		err := yd.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Problem{File: name, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
		}
		documents++
		s := &Surroundings{}
		clear(d.lines)
		d.document(&doc, s)
		d.check(s)
		all.Merge(s)
	}
	if len(d.problems) == 0 {
		for _, p := range all.Unresolved() {
			p.File = name
			if documents == 1 {
				p.Line = d.lines[p.Field]
			}
			d.problems = append(d.problems, p)
		}
	}
	return all, d.err()
}

// DecodeDocument reads one document of a file of several; line is the one it begins on. References between hosts and
// resolvers are left to Unresolved, since another document or file may hold the other end.
func DecodeDocument(name string, line int, data []byte) (*Surroundings, error) {
	s := &Surroundings{}
	if len(data) > MaxSize {
		return nil, Problem{File: name, Line: line, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxSize)}
	}
	d := decoder{file: name, offset: line - 1, lines: map[string]int{}}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, Problem{File: name, Line: line, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	d.document(&doc, s)
	d.check(s)
	return s, d.err()
}

// decoder walks the nodes of a document and the Go value they fill, side by side. The usual decoders name no line for a
// value that is well formed and wrong.
type decoder struct {
	file     string
	offset   int            // lines of the file before the document
	lines    map[string]int // where each field stands
	problems []Problem
	budget   int // nodes still allowed: aliases may make a small document huge
}

func (d *decoder) err() error {
	errs := make([]error, len(d.problems))
	for i, p := range d.problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

func (d *decoder) report(line int, field, format string, args ...any) {
	const most = 20 // one slip of indentation should not fill the screen
	if len(d.problems) < most {
		d.problems = append(d.problems, Problem{d.file, line, field, fmt.Sprintf(format, args...)})
	}
}

func (d *decoder) document(doc *yaml.Node, into *Surroundings) {
	d.budget = 200_000
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return
	}
	if root.Kind != yaml.MappingNode {
		d.report(d.offset+root.Line, "", "a document must be a mapping, not %s", nodeKind(root))
		return
	}
	rest := &yaml.Node{Kind: yaml.MappingNode, Line: root.Line}
	head := map[string]string{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch key := root.Content[i].Value; key {
		case "apiVersion", "kind":
			head[key] = root.Content[i+1].Value
		case "metadata": // names a document for kubectl-like tools; nothing is read from it
		default:
			rest.Content = append(rest.Content, root.Content[i], root.Content[i+1])
		}
	}
	if head["apiVersion"] != APIVersion || head["kind"] != Kind {
		d.report(d.offset+root.Line, "apiVersion", "must be %s with kind %s, not %q with kind %q", APIVersion, Kind, head["apiVersion"], head["kind"])
		return
	}
	d.value(rest, reflect.ValueOf(into).Elem(), "")
}

var textUnmarshaler = reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()

func (d *decoder) value(n *yaml.Node, v reflect.Value, field string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if d.budget--; d.budget < 0 {
		if d.budget == -1 {
			d.report(d.offset+n.Line, field, "the document is too large")
		}
		return
	}
	line := d.offset + n.Line
	d.lines[field] = line
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), field)
		return
	}
	if v.CanAddr() && v.Addr().Type().Implements(textUnmarshaler) {
		if n.Kind != yaml.ScalarNode {
			d.report(line, field, "must be a text, not %s", nodeKind(n))
			return
		}
		if err := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }).UnmarshalText([]byte(n.Value)); err != nil {
			d.report(line, field, "%q is no %s", n.Value, what(v.Type().Name()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, field)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.report(line, field, "must be a list, not %s", nodeKind(n))
			return
		}
		list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, item := range n.Content {
			d.value(item, list.Index(i), fmt.Sprintf("%s[%d]", field, i))
		}
		v.Set(list)
	case reflect.Map:
		d.mapping(n, v, field)
	case reflect.String:
		if n.Kind != yaml.ScalarNode {
			d.report(line, field, "must be a text, not %s", nodeKind(n))
			return
		}
		v.SetString(n.Value)
	case reflect.Int, reflect.Int32:
		var number int32
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&number) != nil {
			d.report(line, field, "must be a number, not %s", nodeKind(n))
			return
		}
		v.SetInt(int64(number))
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.report(d.offset+n.Line, field, "must be a mapping, not %s", nodeKind(n))
		return
	}
	fields := map[string]int{}
	var known []string
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		fields[name] = i
		known = append(known, name)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		path := join(field, key.Value)
		at, ok := fields[key.Value]
		if !ok {
			d.report(d.offset+key.Line, path, "unknown field; known here: %s", strings.Join(known, ", "))
			continue
		}
		if seen[key.Value] {
			d.report(d.offset+key.Line, path, "stands twice")
			continue
		}
		seen[key.Value] = true
		d.value(n.Content[i+1], v.Field(at), path)
	}
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.report(d.offset+n.Line, field, "must be a mapping, not %s", nodeKind(n))
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], item, join(field, n.Content[i].Value))
		m.SetMapIndex(reflect.ValueOf(n.Content[i].Value), item)
	}
	v.Set(m)
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	if strings.ContainsAny(key, ".") || key == "" {
		return fmt.Sprintf("%s[%q]", field, key)
	}
	return field + "." + key
}

func nodeKind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return fmt.Sprintf("%q", n.Value)
}

func what(goType string) string {
	switch goType {
	case "Addr":
		return "IP address"
	case "Prefix":
		return "address range (10.40.50.0/24)"
	}
	return goType
}
