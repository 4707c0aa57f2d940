package world

import (
	"fmt"
	"strconv"
	"strings"
)

// Request is one question with what it must lead to.
type Request struct {
	ID      string            `json:"id"` // the row of the acceptance list, or a name of its own; unique within a world
	Title   string            `json:"title"`
	World   string            `json:"world"`   // as --world takes it, with variant and state
	From    string            `json:"from"`    // as --from takes it; empty where the command names the source
	Via     string            `json:"via"`     // as --via takes it
	Assume  map[string]string `json:"assume"`  // as --assume takes it
	Command string            `json:"command"` // one line, as a tutorial prints it
	Want    Want              `json:"-"`
}

// Want is what a request must lead to. Empty fields say nothing.
type Want struct {
	Class     string
	Reason    string
	Certainty string
	Status    int      // HTTP status
	Decided   string   // "KIND NAMESPACE/NAME" or "KIND NAME"
	Exit      *int     // the client's exit code
	Message   string   // must be in the client's message
	Lookup    string   // the addresses found, separated by blanks, or the response code of a failure
	Question  string   // the name that was found in the end
	Endpoints []string // "NAMESPACE/POD IP:PORT SHARE" of every outcome; the share may be left out
	Seen      string   // the source address that endpoints see, of all outcomes
	Steps     []string // kinds that must come in this order; others may stand between
	Absent    []string // kinds that must not come
	Rewritten []string // which addresses hops of the request rewrote: "none", "dst", "dst src"
	Headers   []string // names of HTTP headers that the request has in the end
	Tried     int      // how many names were asked for in vain before the last
}

// parseRequests reads the questions of a world. A block begins with "== ID TITLE"; then come "key: value" lines and the
// command behind a "$". Everything after "want:" is compared:
//
//	== S11 no pod of the service is ready
//	state: 2
//	from: pod/default/curl-pod
//	$ curl http://nginx-service
//	want: refused service.no-endpoints certain
//	exit: 7
//
// Lines that begin with # are comments.
func parseRequests(file, text string) ([]Request, string, error) {
	var out []Request
	ready := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		bad := func(format string, args ...any) error {
			return fmt.Errorf("%s:%d: %s", file, i+1, fmt.Sprintf(format, args...))
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if head, ok := strings.CutPrefix(line, "== "); ok {
			id, title, _ := strings.Cut(head, " ")
			out = append(out, Request{ID: id, Title: title, World: "1"})
			continue
		}
		if len(out) == 0 {
			return nil, "", bad("a request must begin with == ID TITLE")
		}
		r := &out[len(out)-1]
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			r.Command = command
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, "", bad("%q is neither a command nor key: value", line)
		}
		value = strings.TrimSpace(value)
		switch key {
		case "state":
			r.World = value // the archive puts name and variant before it
		case "from":
			r.From = value
		case "via":
			r.Via = value
		case "ready":
			ready = r.ID
		case "assume":
			if r.Assume == nil {
				r.Assume = map[string]string{}
			}
			for _, word := range strings.Fields(value) {
				k, v, _ := strings.Cut(word, "=")
				r.Assume[k] = v
			}
		default:
			if err := r.Want.set(key, value); err != nil {
				return nil, "", bad("%v", err)
			}
		}
	}
	for _, r := range out {
		if r.Command == "" || r.Want.Class == "" {
			return nil, "", fmt.Errorf("%s: request %s needs a command and a want block", file, r.ID)
		}
	}
	return out, ready, nil
}

func (w *Want) set(key, value string) error {
	number := func() (int, error) {
		n, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("%s: %q is no number", key, value)
		}
		return n, nil
	}
	var err error
	switch key {
	case "want":
		for i, word := range strings.Fields(value) {
			if i < 3 {
				*[]*string{&w.Class, &w.Reason, &w.Certainty}[i] = strings.TrimPrefix(word, "-")
			}
		}
	case "status":
		w.Status, err = number()
	case "exit":
		var n int
		n, err = number()
		w.Exit = &n
	case "decided":
		w.Decided = value
	case "message":
		w.Message = value
	case "lookup":
		w.Lookup = value
	case "question":
		w.Question = value
	case "endpoint":
		w.Endpoints = append(w.Endpoints, value)
	case "seen":
		w.Seen = value
	case "steps":
		w.Steps = strings.Fields(value)
	case "rewritten":
		w.Rewritten = strings.Fields(value)
	case "headers":
		w.Headers = strings.Fields(value)
	case "tried":
		w.Tried, err = number()
	case "absent":
		w.Absent = strings.Fields(value)
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return err
}
