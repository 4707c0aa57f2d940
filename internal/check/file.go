package check

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/strictyaml"
	"github.com/kubestrata/kubestrata/internal/trace"
)

// APIVersion and Kind head every document.
const (
	APIVersion = "kubestrata.io/v1alpha1"
	Kind       = "Check"
)

// MaxSize is the largest file that Decode takes, in bytes.
const MaxSize = 4 << 20

// File is what one file asks for: all its documents together.
type File struct {
	Name     string
	Requests []Request
	Reaches  []Reach
}

// Request is one request with the end that is expected of it.
type Request struct {
	Name    string            `json:"name"` // the command and its source where none is given
	From    string            `json:"from"`
	Via     string            `json:"via"`
	Assume  map[string]string `json:"assume"`
	Command string            `json:"command"`
	Expect  Expect            `json:"expect"`

	line int
}

// Reach says who reaches a target, and that nobody else does.
type Reach struct {
	Name     string            `json:"name"` // the target where none is given
	Target   string            `json:"target"`
	Port     string            `json:"port"`
	Protocol string            `json:"protocol"`
	Assume   map[string]string `json:"assume"`
	// Only names all who reach it: KIND/NAMESPACE/NAME of pods' workloads, lan, internet, host/NAME, each part with * for
	// any. Empty: nobody does. Left out are nodes, pods on their node's network, and the target's own pods: no policy keeps a
	// node from its pods, nor a pod from itself.
	Only []string `json:"only"`

	line int
}

// Expect is what must hold of an answer; what is left out may be anything.
type Expect struct {
	Class      []string `json:"class"` // any of these
	Reason     string   `json:"reason"`
	Certainty  string   `json:"certainty"` // at least: certain is better than assumed
	HTTPStatus int      `json:"httpStatus"`
	DecidedBy  string   `json:"decidedBy"`  // KIND/NAME or KIND/NAMESPACE/NAME
	Endpoint   string   `json:"endpoint"`   // NAMESPACE/POD or an address, with * at its end any that begins so: of every outcome
	SourceSeen string   `json:"sourceSeen"` // the address that the endpoint sees, of every outcome
}

// document is the file as it is written; what stands at its top holds for requests that do not say otherwise.
type document struct {
	From     string            `json:"from"`
	Via      string            `json:"via"`
	Assume   map[string]string `json:"assume"`
	Requests []Request         `json:"requests"`
	Reach    []Reach           `json:"reach"`
}

// Decode reads the documents of one file. It is strict: what it does not know is an error, never left out in silence. The
// error joins strictyaml.Problems, each with file, line and field.
func Decode(name string, data []byte) (*File, error) {
	if len(data) > MaxSize {
		return nil, strictyaml.Problem{File: name, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxSize)}
	}
	f := &File{Name: name}
	d := &strictyaml.Decoder{File: name}
	for yd := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var node yaml.Node
		err := yd.Decode(&node)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			d.Report(0, "", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
			break
		}
		shorthand(&node)
		var doc document
		d.Document(&node, APIVersion, Kind, &doc)
		f.add(d, &doc)
	}
	if len(d.Problems) == 0 && len(f.Requests) == 0 && len(f.Reaches) == 0 {
		d.Report(0, "requests", "there are none: give at least one with a command and what is expected")
	}
	return f, d.Err()
}

func (f *File) add(d *strictyaml.Decoder, doc *document) {
	for i, r := range doc.Reach {
		at := fmt.Sprintf("reach[%d]", i)
		r.line = d.Lines[at]
		r.Assume = merged(d, at, r.line, doc.Assume, r.Assume)
		if r.Target == "" {
			d.Report(r.line, at+".target", "is missing: what is reached, as in service/shop/api")
		}
		for k, pattern := range r.Only {
			if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
				d.Report(max(d.Lines[fmt.Sprintf("%s.only[%d]", at, k)], r.line), at+".only", "%q names nobody; write KIND/NAMESPACE/NAME, with * for any part", pattern)
			}
		}
		if r.Name == "" {
			r.Name = "who reaches " + r.Target
			if r.Port != "" {
				r.Name += " port " + r.Port
			}
		}
		f.Reaches = append(f.Reaches, r)
	}
	for i, r := range doc.Requests {
		at := fmt.Sprintf("requests[%d]", i)
		r.line = d.Lines[at]
		if r.From == "" {
			r.From = doc.From
		}
		if r.Via == "" {
			r.Via = doc.Via
		}
		r.Assume = merged(d, at, r.line, doc.Assume, r.Assume)
		if r.Command = strings.TrimSpace(r.Command); r.Command == "" {
			d.Report(r.line, at+".command", "is missing: what a person would type at the source, as in curl http://web/")
		}
		r.Expect.validate(d, at+".expect", r.line)
		if r.Name == "" {
			r.Name = r.Command
			if r.From != "" {
				r.Name += " from " + r.From
			}
		}
		f.Requests = append(f.Requests, r)
	}
}

// merged are the assumptions of a document and of one of its entries, which beats it.
func merged(d *strictyaml.Decoder, at string, line int, all, own map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, all)
	maps.Copy(out, own)
	for _, key := range sorted(out) {
		if err := facts.Validate(key, out[key]); err != nil {
			d.Report(max(d.Lines[at+".assume"], line), at+".assume", "%v", err)
		}
	}
	return out
}

var classes = []string{
	string(trace.Answered), string(trace.HTTPError), string(trace.NameNotFound), string(trace.Refused), string(trace.NoAnswer),
	string(trace.Reset), string(trace.TLSError), string(trace.LeftTheMap), string(trace.CannotTell), string(trace.Mixed),
}

// certainties, best first.
var certainties = []string{string(trace.Certain), string(trace.Assumed), string(trace.Unknown)}

func (e *Expect) validate(d *strictyaml.Decoder, at string, line int) {
	if len(e.Class) == 0 && e.Reason == "" && e.HTTPStatus == 0 && e.DecidedBy == "" && e.Endpoint == "" && e.SourceSeen == "" {
		d.Report(max(d.Lines[at], line), at, "is missing: a class, as in expect: answered, or a mapping")
	}
	for _, c := range e.Class {
		if !slices.Contains(classes, c) {
			d.Report(max(d.Lines[at+".class"], line), at+".class", "%q is none of %s", c, strings.Join(classes, ", "))
		}
	}
	if e.Certainty != "" && !slices.Contains(certainties, e.Certainty) {
		d.Report(d.Lines[at+".certainty"], at+".certainty", "%q is none of %s", e.Certainty, strings.Join(certainties, ", "))
	}
	if e.HTTPStatus != 0 && (e.HTTPStatus < 100 || e.HTTPStatus > 599) {
		d.Report(d.Lines[at+".httpStatus"], at+".httpStatus", "%d is no HTTP status", e.HTTPStatus)
	}
	if e.DecidedBy != "" && strings.Count(e.DecidedBy, "/") != 1 && strings.Count(e.DecidedBy, "/") != 2 {
		d.Report(d.Lines[at+".decidedBy"], at+".decidedBy", "%q names no object; write KIND/NAMESPACE/NAME or KIND/NAME", e.DecidedBy)
	}
}

// shorthand writes `expect: answered`, `expect: [refused, no-answer]` and `class: refused` out in full.
func shorthand(doc *yaml.Node) {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return
	}
	for _, request := range list(value(doc.Content[0], "requests")) {
		e := value(request, "expect")
		if e == nil {
			continue
		}
		if e.Kind == yaml.ScalarNode && e.Tag != "!!null" || e.Kind == yaml.SequenceNode {
			short := *e
			key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "class", Line: short.Line}
			*e = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: short.Line, Content: []*yaml.Node{key, &short}}
		}
		if c := value(e, "class"); c != nil && c.Kind == yaml.ScalarNode && c.Tag != "!!null" {
			one := *c
			*c = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: one.Line, Content: []*yaml.Node{&one}}
		}
	}
}

func value(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func list(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
