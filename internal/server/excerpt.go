package server

import (
	"context"
	"net/http"
	"time"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/facts"
	"github.com/kubestrata/kubestrata/internal/inspect"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/words"
)

// maxExcerpts bounds what one question may cost an API server: a step rests on fewer objects.
const maxExcerpts = 16

// excerpted is an object that a step rests on, as it is now.
type excerpted struct {
	cluster.Ref
	ResourceVersion string                `json:"resourceVersion"`
	Age             string                `json:"age"`
	Lines           []inspect.ExcerptLine `json:"lines"`
	Problem         string                `json:"problem"` // why there is nothing to show; empty where there is
}

// excerpts answers what deciding objects say: with yaml, the lines of the given fields; without, how old they are. It
// only reads.
func (s *Server) excerpts(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Objects []cluster.Evidence `json:"objects"`
		YAML    bool               `json:"yaml"`
	}
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	if !decode(w, r, &q) {
		return
	}
	if len(q.Objects) > maxExcerpts {
		fail(w, http.StatusUnprocessableEntity, problem{"too-many-objects", "ask for at most 16 objects at once", "objects"})
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	view := s.synced(r.Context(), opened)
	ctx, cancel := context.WithTimeout(r.Context(), objectTimeout)
	defer cancel()
	out := struct {
		Objects []excerpted `json:"objects"`
	}{[]excerpted{}}
	for _, e := range q.Objects {
		out.Objects = append(out.Objects, excerptOf(ctx, opened, view, e, q.YAML))
	}
	answer(w, http.StatusOK, out)
}

func excerptOf(ctx context.Context, opened *source.Opened, view *cluster.View, e cluster.Evidence, whole bool) excerpted {
	out := excerpted{Ref: cluster.Ref{Kind: e.Kind, Namespace: e.Namespace, Name: e.Name}, Lines: []inspect.ExcerptLine{}}
	var err error
	switch _, kubernetes := cluster.ResourceOf(e.Kind); {
	case e.Kind == facts.KindSurroundings:
		if whole {
			out.Lines, err = inspect.ExcerptOutside(view.Surroundings(), e.Fields)
		}
	case !kubernetes:
		out.Problem = words.Say("server.object.surroundings")
	default:
		var there bool
		if out.ResourceVersion, out.Age, there = inspect.Known(view, out.Ref, time.Now()); !there {
			out.Problem = words.Say("server.object.gone")
		} else if whole {
			object, failed := opened.Source.Get(ctx, out.Ref)
			if err = failed; err == nil {
				out.Lines, err = inspect.Excerpt(object, e.Fields)
			}
		}
	}
	if err != nil {
		out.Problem, out.Lines = words.Say("server.object.not-shown", err.Error()), []inspect.ExcerptLine{}
	}
	return out
}
