// Package world holds the embedded worlds: whole example clusters with their surroundings, the states they pass through,
// and the requests that are worth tracing in them with what is to be expected. A world needs no cluster and no network.
package world

// Info describes an embedded world.
type Info struct {
	Name     string    // what --world takes
	Title    string    // one line
	About    string    // what it shows, one paragraph
	Lesson   string    // Markdown; empty where there is none
	Variants []string  // what may stand behind a slash in the name
	States   []State   // what may stand behind an @, in order; state 1 is how the world begins
	Ready    Request   // stands in the bar when the world opens
	Requests []Request // with their expected results; those of the variants included
}

// State is a moment of a world, counted from 1.
type State struct {
	Number  int
	Title   string
	Variant string // empty: of the plain world
}

// Request is one question with what is to be expected.
type Request struct {
	ID      string // the row of the acceptance list, or a name of its own; unique within a world
	Title   string
	Variant string
	State   int               // 0: as the world begins
	From    string            // as --from takes it; empty where the command names the source
	Via     string            // as --via takes it
	Assume  map[string]string // as --assume takes it
	Command string
	Want    Want
}

// Want is what a request must lead to. Empty fields are not compared.
type Want struct {
	Class     string
	Reason    string
	Certainty string
	Status    int    // HTTP status
	Decided   string // KIND NAMESPACE/NAME or KIND NAME
	Client    string // exit code and message of the client: "7 Connection refused"
	Lookup    string // the addresses of the answer, comma separated; "NXDOMAIN" and the like for none
	Endpoints []string
	Shares    []string
	Seen      string   // source address that the endpoint sees
	Steps     []string // must appear in this order, others may stand between
	Absent    []string // step kinds that must not appear
}
