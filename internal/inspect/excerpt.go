package inspect

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/runtime"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/surroundings"
)

// ExcerptLine is one line of an object's YAML.
type ExcerptLine struct {
	Number int    `json:"number"` // counted from 1 in the whole; 0 stands for lines that are left out
	Text   string `json:"text"`
	Lit    bool   `json:"lit"` // it belongs to a field that decided
}

// excerptLines is how long an excerpt may get: what can be read beside a picture, not in place of it.
const excerptLines = 12

// Excerpt is the part of an object's YAML that decided: the lines of the given fields ("spec.ports", "status"), with the
// keys above them, at most twelve lines. Fields that the object does not have are left out; without any, it is the
// object's beginning.
func Excerpt(o runtime.Object, fields []string) ([]ExcerptLine, error) {
	text, err := YAML(o)
	if err != nil {
		return nil, err
	}
	return excerpt(text, fields)
}

// ExcerptOutside is the same of what is no Kubernetes object: the description of the surroundings.
func ExcerptOutside(s *surroundings.Surroundings, fields []string) ([]ExcerptLine, error) {
	b, err := sigsyaml.Marshal(s)
	if err != nil {
		return nil, err
	}
	return excerpt(string(b), fields)
}

// Known says of an object, from the View alone, its resource version and its age as kubectl prints it; ok is false where
// the View does not have it.
func Known(view *cluster.View, ref cluster.Ref, now time.Time) (version, old string, ok bool) {
	switch ref.Kind {
	case cluster.KindPod:
		if p := view.Pod(ref.Namespace, ref.Name); p != nil {
			return p.ResourceVersion, age(p.Created, now), true
		}
	case cluster.KindEndpointSlice:
		for s := range view.AllSlices() {
			if s.Namespace == ref.Namespace && s.Name == ref.Name {
				return s.ResourceVersion, "", true
			}
		}
	default:
		if o := view.Get(ref.Kind, ref.Namespace, ref.Name); o != nil {
			return o.GetResourceVersion(), age(o.GetCreationTimestamp().Time, now), true
		}
	}
	return "", "", false
}

// span is where a field stands: the line of its key and the last line of its value.
type span struct{ key, last int }

func excerpt(text string, fields []string) ([]ExcerptLine, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	shown, lit := map[int]bool{}, map[int]bool{}
	var spans []span
	for _, f := range fields {
		if len(doc.Content) == 0 {
			break
		}
		above, at, ok := find(doc.Content[0], f, len(lines))
		if !ok {
			continue
		}
		for _, n := range above {
			shown[n] = true
		}
		shown[at.key], lit[at.key] = true, true
		spans = append(spans, at)
	}
	// What room is left goes round the fields, a line each, so that one long field does not hide the others.
	for grown := true; grown && len(shown) < excerptLines; {
		grown = false
		for i := range spans {
			s := &spans[i]
			if s.key < s.last && len(shown) < excerptLines {
				s.key++
				shown[s.key], lit[s.key] = true, true
				grown = true
			}
		}
	}
	if len(spans) == 0 {
		for n := 1; n <= min(8, len(lines)); n++ {
			shown[n] = true
		}
	}
	return written(lines, shown, lit), nil
}

// written lists the lines that are shown, with one line of number 0 for each gap.
func written(lines []string, shown, lit map[int]bool) []ExcerptLine {
	var out []ExcerptLine
	last := 0
	for n := range len(lines) {
		if !shown[n+1] {
			continue
		}
		if n > last {
			out = append(out, ExcerptLine{Text: "…"})
		}
		out = append(out, ExcerptLine{Number: n + 1, Text: lines[n], Lit: lit[n+1]})
		last = n + 1
	}
	if last < len(lines) {
		out = append(out, ExcerptLine{Text: "…"})
	}
	return out
}

// find walks down a path such as "spec.rules[0].http" and returns the lines of the keys above it and its own place. The
// value of a field ends where its next sibling begins, or where its parent ends.
func find(root *yaml.Node, path string, lines int) (above []int, at span, ok bool) {
	node, end := root, lines
	for i, part := range parts(path) {
		key, value, next := child(node, part)
		if value == nil {
			return nil, span{}, false
		}
		if next > 0 {
			end = next - 1
		}
		if i > 0 {
			above = append(above, at.key)
		}
		at = span{key, end}
		node = value
	}
	return slices.Compact(above), at, at.key > 0
}

// parts splits "spec.rules[0].http" into spec, rules, [0], http. Quoted names in brackets, as conditions are named by
// ("[Ready]"), stay together.
func parts(path string) []string {
	var out []string
	for _, p := range strings.Split(path, ".") {
		name, rest, indexed := strings.Cut(p, "[")
		if name != "" {
			out = append(out, name)
		}
		for indexed {
			var index string
			index, rest, _ = strings.Cut(rest, "]")
			out = append(out, "["+index)
			_, rest, indexed = strings.Cut(rest, "[")
		}
	}
	return out
}

// child is a field of a mapping or an entry of a list: by its number, or by its name. next is the line where what follows
// it in the same parent begins; 0 where nothing does.
func child(node *yaml.Node, part string) (key int, value *yaml.Node, next int) {
	index, isIndex := strings.CutPrefix(part, "[")
	switch {
	case node.Kind == yaml.MappingNode && !isIndex:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value != part {
				continue
			}
			if i+2 < len(node.Content) {
				next = node.Content[i+2].Line
			}
			return node.Content[i].Line, node.Content[i+1], next
		}
	case node.Kind == yaml.SequenceNode && isIndex:
		n, err := strconv.Atoi(index)
		for i, entry := range node.Content {
			if err == nil && i != n || err != nil && !named(entry, index) {
				continue
			}
			if i+1 < len(node.Content) {
				next = node.Content[i+1].Line
			}
			return entry.Line, entry, next
		}
	}
	return 0, nil, 0
}

func named(entry *yaml.Node, name string) bool {
	_, value, _ := child(entry, "name")
	return value != nil && value.Value == name
}
