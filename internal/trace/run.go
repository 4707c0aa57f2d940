package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Run answers a question about a View. Its errors are *AskError only: what the question itself gets wrong. Whatever the
// View holds, there is an answer.
func Run(view *cluster.View, ask Ask) (*Trace, error) {
	return nil, &AskError{Code: CodeBadCommand, Field: "command", Message: "nothing can be traced yet"}
}

// Sources lists the places a person may ask from: pods, nodes, hosts of the surroundings, and the two bare networks,
// sorted by layer from the Internet inwards and by name.
func Sources(view *cluster.View) []SourceChoice { return nil }
