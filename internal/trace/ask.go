package trace

import (
	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Ask is a question as a person puts it.
type Ask struct {
	From      string            // --from; empty where the command names its source
	Via       string            // --via; node/NAME or empty
	Assume    map[string]string // --assume by key; a given value beats a detected one
	Command   []string          // words, or one element holding a whole quoted line
	Namespace string            // the namespace of pod/NAME; "default" where empty

	runner *Runner // who asks many questions, nil where this is the only one
	brief  bool    // no steps are wanted

	grouping bool // the courses are too many to be walked each for itself
}

// The codes of an AskError.
const (
	CodeBadCommand    = "bad-command"
	CodeBadSource     = "bad-source"
	CodeUnknownSource = "unknown-source"
	CodeBadVia        = "bad-via"
	CodeBadAssume     = "bad-assume"
)

// AskError says what is wrong with a question. The command line maps it to exit 2, the HTTP API to status 400.
type AskError struct {
	Code    string `json:"code"`
	Message string `json:"message"` // a sentence that says what to do
	Field   string `json:"field"`   // from, via, assume or command
}

func (e *AskError) Error() string { return e.Field + ": " + e.Message }

// SourceChoice is a place a person may ask from.
type SourceChoice struct {
	From  string      `json:"from"` // as --from takes it
	Ref   cluster.Ref `json:"ref"`
	IP    string      `json:"ip"`
	Layer string      `json:"layer"`
}
