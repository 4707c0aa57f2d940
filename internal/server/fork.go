package server

import (
	"encoding/json"
	"fmt"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
)

// removal is an entry of a fork that takes an object away.
type removal struct {
	Kind      cluster.Kind `json:"kind"`
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
}

// parseFork reads the edits of a question: whole objects to add or replace, and {kind, namespace, name} to remove. It
// returns nil where there are none.
func parseFork(entries []json.RawMessage) (func(*cluster.View) *cluster.View, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	var edits []func(*cluster.Writer)
	for i, entry := range entries {
		where := fmt.Sprintf("fork[%d]", i)
		var shape struct {
			APIVersion string          `json:"apiVersion"`
			Metadata   json.RawMessage `json:"metadata"`
			removal
		}
		if err := json.Unmarshal(entry, &shape); err != nil {
			return nil, fmt.Errorf("%s: not an object", where)
		}
		if shape.APIVersion == "" && shape.Metadata == nil {
			gone := shape.removal
			if _, known := cluster.ResourceOf(gone.Kind); !known || gone.Name == "" {
				return nil, fmt.Errorf("%s: to remove an object, give kind, namespace and name; to add one, the whole object", where)
			}
			edits = append(edits, func(w *cluster.Writer) { w.Delete(gone.Kind, gone.Namespace, gone.Name) })
			continue
		}
		objects, outside, problems := files.Decode(where, entry)
		for _, p := range problems {
			if p.Severity == files.Error {
				return nil, p
			}
		}
		if outside != nil {
			edits = append(edits, func(w *cluster.Writer) { w.SetSurroundings(outside) })
		}
		for _, o := range objects {
			edits = append(edits, func(w *cluster.Writer) { w.Put(o) })
		}
	}
	return func(v *cluster.View) *cluster.View {
		return v.Fork(func(w *cluster.Writer) {
			for _, edit := range edits {
				edit(w)
			}
		})
	}, nil
}
