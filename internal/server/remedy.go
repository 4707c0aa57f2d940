package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/command"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/whatif"
)

// remedy is what the page may try of what a trace proposes: a Fork of the objects, or another request.
type remedy struct {
	Question string            `json:"question"` // what a button asks: "What if pod busybox had access=true?"
	Note     string            `json:"note"`     // that nothing is written
	Fork     []json.RawMessage `json:"fork"`     // for POST /api/v1/trace
	Command  string            `json:"command"`  // another request to trace; empty where the Fork is tried
}

const (
	forkNote  = "Computed on a copy. Nothing is written to a cluster."
	otherNote = "Computed like any trace. Nothing is sent."
)

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
		if strings.HasPrefix(line, "kubectl ") {
			continue
		}
		if _, err := command.Parse([]string{line}); err == nil {
			out.Remedies = append(out.Remedies, remedy{"What if you asked " + line + "?", otherNote, []json.RawMessage{}, line})
		}
	}
	answer(w, http.StatusOK, out)
}

// forkOf makes one Fork of all commands that change something; nil where none does.
func forkOf(ctx context.Context, opened *source.Opened, commands []string) (*remedy, error) {
	out := remedy{Note: forkNote, Fork: []json.RawMessage{}}
	changed := map[cluster.Ref]cluster.Object{}
	var order []cluster.Ref
	var questions []string
	for _, line := range commands {
		r, ok := whatif.ParseRemedy(line)
		if !ok {
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
		questions = append(questions, r.Question())
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
	if len(questions) == 0 {
		return nil, nil
	}
	out.Question = joined(questions)
	return &out, nil
}

// joined makes one question of several: "What if pod a had x=1? What if namespace b had y=2?" asks once.
func joined(questions []string) string {
	out := questions[0]
	for _, q := range questions[1:] {
		out = strings.TrimSuffix(out, "?") + ", and " + strings.TrimPrefix(q, "What if ")
	}
	return out
}
