package templates

import "github.com/kubestrata/kubestrata/internal/inspect"

// Inspected is the inspector's content.
type Inspected struct {
	About       inspect.About
	YAML        string
	YAMLProblem string // why there is no YAML
}
