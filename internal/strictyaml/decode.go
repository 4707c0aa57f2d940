// Package strictyaml fills Go values from YAML and names the line and field of everything that is wrong: unknown fields,
// wrong types, texts that do not parse. The usual decoders name no line for a value that is well formed and wrong.
package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

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

// Decoder walks the nodes of a document and the Go value they fill, side by side. Fields are named by their json tags.
type Decoder struct {
	File     string
	Offset   int            // lines of the file before the document
	Lines    map[string]int // where each field of the last document stands, by its path: "hosts[2].name"
	Problems []Problem      // at most 20
	budget   int            // nodes still allowed: aliases may make a small document huge
}

// Err joins the problems; nil where there are none.
func (d *Decoder) Err() error {
	errs := make([]error, len(d.Problems))
	for i, p := range d.Problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// Report adds a problem.
func (d *Decoder) Report(line int, field, format string, args ...any) {
	const most = 20 // one slip of indentation should not fill the screen
	if len(d.Problems) < most {
		d.Problems = append(d.Problems, Problem{d.File, line, field, fmt.Sprintf(format, args...)})
	}
}

// Document fills into, a pointer to a struct, from a document that is headed by an apiVersion and a kind; metadata may
// stand there, for tools like kubectl, and is not read. An empty document fills nothing.
func (d *Decoder) Document(doc *yaml.Node, apiVersion, kind string, into any) {
	d.budget, d.Lines = 200_000, map[string]int{}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return
	}
	if root.Kind != yaml.MappingNode {
		d.Report(d.Offset+root.Line, "", "a document must be a mapping, not %s", nodeKind(root))
		return
	}
	rest := &yaml.Node{Kind: yaml.MappingNode, Line: root.Line}
	head := map[string]string{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch key := root.Content[i].Value; key {
		case "apiVersion", "kind":
			head[key] = root.Content[i+1].Value
		case "metadata":
		default:
			rest.Content = append(rest.Content, root.Content[i], root.Content[i+1])
		}
	}
	if head["apiVersion"] != apiVersion || head["kind"] != kind {
		d.Report(d.Offset+root.Line, "apiVersion", "must be %s with kind %s, not %q with kind %q", apiVersion, kind, head["apiVersion"], head["kind"])
		return
	}
	d.value(rest, reflect.ValueOf(into).Elem(), "")
}

var textUnmarshaler = reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()

func (d *Decoder) value(n *yaml.Node, v reflect.Value, field string) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if d.budget--; d.budget < 0 {
		if d.budget == -1 {
			d.Report(d.Offset+n.Line, field, "the document is too large")
		}
		return
	}
	line := d.Offset + n.Line
	d.Lines[field] = line
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
			d.Report(line, field, "must be a text, not %s", nodeKind(n))
			return
		}
		if err := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }).UnmarshalText([]byte(n.Value)); err != nil {
			d.Report(line, field, "%q is no %s", n.Value, what(v.Type().Name()))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, field)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.Report(line, field, "must be a list, not %s", nodeKind(n))
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
			d.Report(line, field, "must be a text, not %s", nodeKind(n))
			return
		}
		v.SetString(n.Value)
	case reflect.Int, reflect.Int32:
		var number int32
		if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&number) != nil {
			d.Report(line, field, "must be a number, not %s", nodeKind(n))
			return
		}
		v.SetInt(int64(number))
	}
}

func (d *Decoder) structure(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.Report(d.Offset+n.Line, field, "must be a mapping, not %s", nodeKind(n))
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
		path := Join(field, key.Value)
		at, ok := fields[key.Value]
		if !ok {
			d.Report(d.Offset+key.Line, path, "unknown field; known here: %s", strings.Join(known, ", "))
			continue
		}
		if seen[key.Value] {
			d.Report(d.Offset+key.Line, path, "stands twice")
			continue
		}
		seen[key.Value] = true
		d.value(n.Content[i+1], v.Field(at), path)
	}
}

func (d *Decoder) mapping(n *yaml.Node, v reflect.Value, field string) {
	if n.Kind != yaml.MappingNode {
		d.Report(d.Offset+n.Line, field, "must be a mapping, not %s", nodeKind(n))
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(n.Content[i+1], item, Join(field, n.Content[i].Value))
		m.SetMapIndex(reflect.ValueOf(n.Content[i].Value), item)
	}
	v.Set(m)
}

// Join is the path of a key below a field.
func Join(field, key string) string {
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
