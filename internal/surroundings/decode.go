package surroundings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kubestrata/kubestrata/internal/strictyaml"
)

// APIVersion and Kind head every document.
const (
	APIVersion = "kubestrata.io/v1alpha1"
	Kind       = "Surroundings"
)

// MaxSize is the largest input that Decode takes, in bytes.
const MaxSize = 4 << 20

// Problem is one thing that is wrong with a document. Line counts from 1 within the file, 0 where there is none.
type Problem = strictyaml.Problem

// Decode reads the Surroundings documents of one file and merges them. It is strict: an unknown field, a wrong type, an
// address that does not parse, a name of a layer or resolver that does not exist are errors, each a Problem naming file,
// line and field, joined. name stands for the file in them.
func Decode(name string, data []byte) (*Surroundings, error) {
	if len(data) > MaxSize {
		return nil, Problem{File: name, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxSize)}
	}
	all := &Surroundings{}
	d := strictyaml.Decoder{File: name}
	yd := yaml.NewDecoder(bytes.NewReader(data))
	documents := 0
	for {
		var doc yaml.Node
		err := yd.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Problem{File: name, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
		}
		documents++
		s := &Surroundings{}
		d.Document(&doc, APIVersion, Kind, s)
		check(&d, s)
		all.Merge(s)
	}
	if len(d.Problems) == 0 {
		for _, p := range all.Unresolved() {
			p.File = name
			if documents == 1 {
				p.Line = d.Lines[p.Field]
			}
			d.Problems = append(d.Problems, p)
		}
	}
	return all, d.Err()
}

// DecodeDocument reads one document of a file of several; line is the one it begins on. References between hosts and
// resolvers are left to Unresolved, since another document or file may hold the other end.
func DecodeDocument(name string, line int, data []byte) (*Surroundings, error) {
	s := &Surroundings{}
	if len(data) > MaxSize {
		return nil, Problem{File: name, Line: line, Text: fmt.Sprintf("%d bytes are more than the %d that are read", len(data), MaxSize)}
	}
	d := strictyaml.Decoder{File: name, Offset: line - 1}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, Problem{File: name, Line: line, Text: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	d.Document(&doc, APIVersion, Kind, s)
	check(&d, s)
	return s, d.Err()
}
