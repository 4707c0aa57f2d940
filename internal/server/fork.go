package server

import (
	"encoding/json"
	"fmt"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/whatif"
)

// removal is an entry of a fork that takes an object away.
type removal struct {
	Kind      cluster.Kind `json:"kind"`
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
}

// parseFork reads the edits of a question: whole objects to add or replace, and {kind, namespace, name} to remove.
func parseFork(entries []json.RawMessage) ([]whatif.Edit, error) {
	var edits []whatif.Edit
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
			gone := cluster.Ref(shape.removal)
			if _, known := cluster.ResourceOf(gone.Kind); !known || gone.Name == "" {
				return nil, fmt.Errorf("%s: to remove an object, give kind, namespace and name; to add one, the whole object", where)
			}
			edits = append(edits, whatif.Edit{Remove: &gone})
			continue
		}
		objects, outside, problems := files.Decode(where, entry)
		for _, p := range problems {
			if p.Severity == files.Error {
				return nil, p
			}
		}
		if outside != nil {
			return nil, fmt.Errorf("%s: surroundings cannot be forked, only objects of the cluster", where)
		}
		for _, o := range objects {
			edits = append(edits, whatif.Edit{Put: o})
		}
	}
	return edits, nil
}
