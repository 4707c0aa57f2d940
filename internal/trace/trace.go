package trace

import (
	"bytes"
	"encoding/json"

	"github.com/kubestrata/kubestrata/internal/cluster"
)

// Schema names the form of the answer. It changes when a field changes its meaning or disappears.
const Schema = "kubestrata.io/trace/v1"

// Trace is the whole answer. It carries everything it shows, so that it stays true when the cluster has moved on. Lists
// are never nil. The order of the fields is that of the contract.
type Trace struct {
	Schema       string        `json:"schema"`
	Request      Request       `json:"request"`
	Source       Source        `json:"source"`
	Verdict      Verdict       `json:"verdict"`
	Outcomes     []Outcome     `json:"outcomes"`
	Lookup       *Lookup       `json:"lookup"` // nil where no name was resolved
	Steps        []Step        `json:"steps"`
	Assumptions  []Assumption  `json:"assumptions"`
	Alternatives []Alternative `json:"alternatives"`
	Yourself     Yourself      `json:"yourself"` // adds to the contract
}

// Request is what was understood of the command.
type Request struct {
	Command      string            `json:"command"`
	From         Party             `json:"from"`
	Scheme       string            `json:"scheme"`
	Host         string            `json:"host"`
	Port         int32             `json:"port"`
	Method       string            `json:"method"`
	Path         string            `json:"path"`
	Headers      map[string]string `json:"headers"`
	Protocol     string            `json:"protocol"`
	IgnoredFlags []string          `json:"ignoredFlags"`
}

// Party is who asks. Kind is Pod, Node or Host; Node is the node it runs on or is, empty outside the cluster.
type Party struct {
	Kind      cluster.Kind `json:"kind"`
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
	IP        string       `json:"ip"`
	Node      string       `json:"node"`
}

// Source says where the objects came from, how old they are and what may not be read.
type Source struct {
	Kind    string            `json:"kind"`
	Name    string            `json:"name"`
	AsOf    string            `json:"asOf"` // RFC 3339, seconds, UTC; empty where nothing ever arrived
	NotRead []cluster.NotRead `json:"notRead"`
}

// Verdict is the answer in one sentence.
type Verdict struct {
	Class      Class        `json:"class"`
	Certainty  Certainty    `json:"certainty"`
	Reason     string       `json:"reason"`
	HTTPStatus *int         `json:"httpStatus"`
	Sentence   string       `json:"sentence"`
	DecidedBy  *cluster.Ref `json:"decidedBy"`
	Client     Client       `json:"client"`
	Try        []Try        `json:"try"`
}

// Client is what the person at the terminal sees: the program's exit code and the line it prints. Where the end cannot be
// told (cannot-tell, left-the-map) the code is -1, which no program exits with.
type Client struct {
	Program  string `json:"program"`
	ExitCode int    `json:"exitCode"`
	Message  string `json:"message"`
}

// Try is a next thing to do about a failure.
type Try struct {
	Text    string `json:"text"`
	Command string `json:"command"`
}

// Class says how a request ends.
type Class string

// The classes of the contract.
const (
	Answered     Class = "answered"
	HTTPError    Class = "http-error"
	NameNotFound Class = "name-not-found"
	Refused      Class = "refused"
	NoAnswer     Class = "no-answer"
	Reset        Class = "reset"
	TLSError     Class = "tls-error"
	LeftTheMap   Class = "left-the-map"
	CannotTell   Class = "cannot-tell"
	Mixed        Class = "mixed"
)

// Certainty says on what a statement rests.
type Certainty string

// The certainties, best first.
const (
	Certain Certainty = "certain" // follows from the objects shown
	Assumed Certainty = "assumed" // follows if the listed assumptions hold
	Unknown Certainty = "unknown"
)

// Outcome is one way the request can end, with its share of all ways. Steps holds the ids of all its steps, from start
// to end, in order.
type Outcome struct {
	Share        float64   `json:"share"`
	Class        Class     `json:"class"`
	Reason       string    `json:"reason"`
	HTTPStatus   *int      `json:"httpStatus"`
	Endpoint     *Endpoint `json:"endpoint"`
	Backend      *Backend  `json:"backend"`
	SourceSeen   string    `json:"sourceSeen"`
	Masqueraded  bool      `json:"masqueraded"`
	UpstreamPath string    `json:"upstreamPath"`
	Location     string    `json:"location"`
	Steps        []string  `json:"steps"`
}

// Endpoint is the socket that was reached, or would have been. Pod is empty where it is no pod.
type Endpoint struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	IP        string `json:"ip"`
	Port      int32  `json:"port"`
	Node      string `json:"node"`
}

// Backend is the Service whose endpoint was chosen, and its port.
type Backend struct {
	Kind      cluster.Kind `json:"kind"`
	Namespace string       `json:"namespace"`
	Name      string       `json:"name"`
	Port      int32        `json:"port"`
}

// Lookup is how a name became addresses.
type Lookup struct {
	Question  string   `json:"question"`
	Type      string   `json:"type"`
	RCode     string   `json:"rcode"`
	Addresses []string `json:"addresses"`
	Records   []Record `json:"records"`
	Tried     []Query  `json:"tried"`
}

// Record is one line of a DNS answer; TTL is in seconds.
type Record struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	TTL   uint32 `json:"ttl"`
	Value string `json:"value"`
}

// Query is a candidate name that was asked before the one that decided.
type Query struct {
	Question string `json:"question"`
	Type     string `json:"type"`
	RCode    string `json:"rcode"`
}

// Step is one finished state. Before and After are nil where no packet is: while a name is looked up in a file, or when
// the client gives up. Two fields add to the contract: Title is at most 22 letters for a strip of steps, About is the
// object that the step is about where that is not the place At (the service of a swapped address, the pod behind a gate,
// the ingress whose rule matched).
type Step struct {
	ID        string             `json:"id"`
	Kind      StepKind           `json:"kind"`
	Leg       int                `json:"leg"` // the number of the connection; 0 is a DNS query
	Direction Direction          `json:"direction"`
	Layer     string             `json:"layer"` // internet, lan, service or pod
	At        cluster.Ref        `json:"at"`
	Sentence  string             `json:"sentence"`
	Before    *Header            `json:"before"`
	After     *Header            `json:"after"`
	Changed   []string           `json:"changed"` // fields of the header that differ: src, dst, outer, http
	Rule      *Rule              `json:"rule"`
	Compared  []Comparison       `json:"compared"`
	Tried     []Tried            `json:"tried"`
	Certainty Certainty          `json:"certainty"`
	Evidence  []cluster.Evidence `json:"evidence"`
	Title     string             `json:"title"`
	About     *cluster.Ref       `json:"about"`
}

// Direction says which way a packet goes.
type Direction string

// The directions.
const (
	OfRequest Direction = "request"
	OfReply   Direction = "reply"
)

// Header is what a packet carries. Addresses are written ADDRESS:PORT; Outer is the envelope of an overlay.
type Header struct {
	Src      string `json:"src"`
	Dst      string `json:"dst"`
	Protocol string `json:"protocol"`
	Outer    *Outer `json:"outer"`
	HTTP     *HTTP  `json:"http"`
}

// Outer is the envelope of an overlay: from node to node.
type Outer struct {
	Src string `json:"src"`
	Dst string `json:"dst"`
}

// HTTP is the request line and headers, or (Status set) the status of an answer.
type HTTP struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status,omitempty"`
	Body    string            `json:"body,omitempty"`
}

// Rule is what decided, as whoever applies it would hold it. Exact says that the text is what one would read there, not
// a paraphrase.
type Rule struct {
	Text  string `json:"text"`
	Where string `json:"where"`
	Exact bool   `json:"exact"`
}

// Comparison is one thing that was compared.
type Comparison struct {
	What   string `json:"what"`
	Wanted string `json:"wanted"`
	Got    string `json:"got"`
	Holds  bool   `json:"holds"`
}

// Tried is a candidate that lost, and why in a few words.
type Tried struct {
	Object *cluster.Ref `json:"object"`
	Why    string       `json:"why"`
}

// Assumption is a fact that the answer rests on and that objects may not show.
type Assumption struct {
	Key       string            `json:"key"`
	Value     string            `json:"value"`
	Source    string            `json:"source"` // given, detected or default
	Evidence  *cluster.Evidence `json:"evidence"`
	WouldFlip bool              `json:"wouldFlip"`
}

// Alternative is the answer under another value of an assumption.
type Alternative struct {
	Assume   map[string]string `json:"assume"`
	Verdict  Verdict           `json:"verdict"`
	Outcomes []Outcome         `json:"outcomes"`
}

// Exit codes of the command line.
const (
	ExitAnswered = 0
	ExitFailed   = 1 // the tool itself
	ExitUsage    = 2
	ExitFails    = 3 // the request does not get its answer
	ExitUnknown  = 4 // cannot-tell, left-the-map
)

// ExitCode is the exit status of the command line for this answer.
func (t *Trace) ExitCode() int {
	switch t.Verdict.Class {
	case Answered:
		return ExitAnswered
	case CannotTell, LeftTheMap:
		return ExitUnknown
	}
	return ExitFails
}

// JSON writes the answer as the contract has it: two-space indent, no HTML escaping, final newline.
func (t *Trace) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(t); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Step finds a step by its id, nil if there is none.
func (t *Trace) Step(id string) *Step {
	for i := range t.Steps {
		if t.Steps[i].ID == id {
			return &t.Steps[i]
		}
	}
	return nil
}
