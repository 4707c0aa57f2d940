package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/files"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/whatif"
	"github.com/kubestrata/kubestrata/internal/words"
)

// remedy is what the page may try of what a trace proposes: a Fork of the objects, or another request.
type remedy struct {
	Question string            `json:"question"` // what a button asks: "What if pod busybox had access=true?"
	Note     string            `json:"note"`     // that nothing is written
	Fork     []json.RawMessage `json:"fork"`     // for POST /api/v1/trace
	Command  string            `json:"command"`  // another request to trace; empty where the Fork is tried
}

// maxTries bounds what one question may cost: a trace proposes a handful.
const maxTries = 12

// remedies answers which of the commands that a trace proposes can be tried, in one Fork, or as another request. All
// labels that a policy asks for are tried together: each alone would not open the gate.
func (s *Server) remedies(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Try []string `json:"try"`
	}
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	if !decode(w, r, &q) {
		return
	}
	if len(q.Try) > maxTries {
		fail(w, http.StatusUnprocessableEntity, problem{"too-many-commands", "give at most 12 commands", "try"})
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	ctx, cancel := context.WithTimeout(r.Context(), objectTimeout)
	defer cancel()
	out := struct {
		Remedies []remedy `json:"remedies"`
		Problem  string   `json:"problem"` // why what would help cannot be tried; empty where it can
	}{Remedies: []remedy{}}
	tried, err := forkOf(ctx, opened, q.Try)
	if err != nil {
		out.Problem = err.Error()
	} else if tried != nil {
		out.Remedies = append(out.Remedies, *tried)
	}
	for _, line := range q.Try {
		if strings.HasPrefix(line, "kubectl ") || manifest(line) {
			continue
		}
		if _, err := command.Parse([]string{line}); err == nil {
			out.Remedies = append(out.Remedies, remedy{whatif.Question(words.Say("whatif.asked", line)), words.Say("whatif.note.asked"), []json.RawMessage{}, line})
		}
	}
	answer(w, http.StatusOK, out)
}

// manifest reports whether what is tried is an object to add or to put in place of another one, as YAML or JSON.
func manifest(text string) bool {
	return strings.HasPrefix(text, "{") || strings.Contains(text, "\n") && strings.Contains(text, "kind:")
}

// forkOf makes one Fork of all that changes something, commands and objects; nil where nothing does.
func forkOf(ctx context.Context, opened *source.Opened, commands []string) (*remedy, error) {
	out := remedy{Note: words.Say("whatif.note"), Fork: []json.RawMessage{}}
	changed := map[cluster.Ref]cluster.Object{}
	var order []cluster.Ref
	var changes []string
	view := opened.Store.View()
	for _, line := range commands {
		if manifest(line) {
			objects, _, problems := files.Decode("what if", []byte(line))
			for _, p := range problems {
				if p.Severity == files.Error {
					return nil, p
				}
			}
			for _, o := range objects {
				ref := cluster.Ref{Kind: cluster.KindOf(o), Namespace: o.GetNamespace(), Name: o.GetName()}
				if changed[ref] == nil {
					order = append(order, ref)
				}
				changed[ref] = o
				key := "whatif.there"
				if whatif.Holds(view, ref) {
					key = "whatif.as-written"
				}
				changes = append(changes, words.Say(key, words.Kind(string(ref.Kind)), ref.Name))
			}
			continue
		}
		r, ok := whatif.ParseRemedy(line)
		if !ok {
			continue
		}
		if r.Gone {
			entry, err := json.Marshal(removal(r.Ref))
			if err != nil {
				return nil, err
			}
			out.Fork = append(out.Fork, entry)
			changes = append(changes, r.Change())
			continue
		}
		o := changed[r.Ref]
		if o == nil {
			whole, err := opened.Source.Get(ctx, r.Ref)
			if err != nil {
				return nil, err
			}
			if o, ok = whole.(cluster.Object); !ok {
				continue
			}
			order = append(order, r.Ref)
		}
		edit, err := r.Edit(o)
		if err != nil {
			return nil, err
		}
		changed[r.Ref] = edit.Put
		changes = append(changes, r.Change())
	}
	for _, ref := range order {
		o := changed[ref]
		res, _ := cluster.ResourceOf(ref.Kind)
		o.GetObjectKind().SetGroupVersionKind(res.Group.WithKind(string(res.Kind)))
		entry, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		out.Fork = append(out.Fork, entry)
	}
	if len(changes) == 0 {
		return nil, nil
	}
	out.Question = whatif.Question(changes...)
	return &out, nil
}
