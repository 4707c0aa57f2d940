package whatif

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Kinds of changes.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
)

// Change is what an edit does to an object, or what follows from one for another object.
type Change struct {
	cluster.Ref
	What    string  // added, changed or removed
	Fields  []Field // of a changed object: those that differ, in order of their paths, at most MostFields
	Follows bool    // nobody edited it: it follows from what was edited
}

// Field is a field that differs. What is not there is "".
type Field struct {
	Path string `json:"path"` // as kubectl explain writes it: "metadata.labels.access"
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// MostFields bounds what is told of one object.
const MostFields = 12

// Between says what an edit changes of an object; before is nil where there was none. An edit that changes nothing gives
// no fields.
func Between(before cluster.Object, edit Edit) (Change, error) {
	if edit.Remove != nil {
		return Change{Ref: *edit.Remove, What: Removed, Fields: []Field{}}, nil
	}
	ref := cluster.Ref{Kind: cluster.KindOf(edit.Put), Namespace: edit.Put.GetNamespace(), Name: edit.Put.GetName()}
	c := Change{Ref: ref, What: Added, Fields: []Field{}}
	if before == nil {
		return c, nil
	}
	c.What = Changed
	was, err := tree(before)
	if err != nil {
		return c, fmt.Errorf("%s %s: %w", ref.Kind, ref.Name, err)
	}
	is, err := tree(edit.Put)
	if err != nil {
		return c, fmt.Errorf("%s %s: %w", ref.Kind, ref.Name, err)
	}
	c.Fields = differing("", was, is, c.Fields)
	c.Fields = c.Fields[:min(len(c.Fields), MostFields)]
	return c, nil
}

// tree is an object as JSON has it, without what the API server writes.
func tree(o cluster.Object) (map[string]any, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	delete(out, "kind")
	delete(out, "apiVersion")
	if meta, ok := out["metadata"].(map[string]any); ok {
		for _, key := range []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation"} {
			delete(meta, key)
		}
	}
	return out, nil
}

func differing(path string, was, is any, out []Field) []Field {
	a, aMap := was.(map[string]any)
	b, bMap := is.(map[string]any)
	if (aMap || was == nil) && (bMap || is == nil) && (aMap || bMap) {
		keys := slices.Sorted(maps.Keys(a))
		for _, k := range slices.Sorted(maps.Keys(b)) {
			if _, both := a[k]; !both {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			at := k
			if path != "" {
				at = path + "." + k
			}
			out = differing(at, a[k], b[k], out)
		}
		return out
	}
	x, xList := was.([]any)
	y, yList := is.([]any)
	if xList && yList && len(x) == len(y) {
		for i := range x {
			out = differing(path+"["+strconv.Itoa(i)+"]", x[i], y[i], out)
		}
		return out
	}
	if w, i := text(was), text(is); w != i {
		out = append(out, Field{path, w, i})
	}
	return out
}

// text is a value in a line: what is no word of its own is written as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(encoded)
}
