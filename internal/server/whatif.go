package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/kubestrata/kubestrata/internal/cluster"
	"github.com/kubestrata/kubestrata/internal/picture"
	"github.com/kubestrata/kubestrata/internal/source"
	"github.com/kubestrata/kubestrata/internal/whatif"
	"github.com/kubestrata/kubestrata/internal/words"
)

// whatIfChange is what a Fork does to one object, for the map to mark.
type whatIfChange struct {
	ID      string         `json:"id"` // of the card
	What    string         `json:"what"`
	Fields  []whatif.Field `json:"fields"`
	Follows bool           `json:"follows"` // nobody edited it: it follows from what was edited
}

// whatIf says how the objects of a Fork differ, and how its picture does: {"fork": [...]} as for a trace.
func (s *Server) whatIf(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Fork []json.RawMessage `json:"fork"`
	}
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	if !decode(w, r, &q) {
		return
	}
	edits, err := parseFork(q.Fork)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, problem{"bad-fork", err.Error(), "fork"})
		return
	}
	opened, release := s.use(w, r)
	if opened == nil {
		return
	}
	defer release()
	view := s.synced(r.Context(), opened)
	forked, err := whatif.Apply(view, edits)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, problem{"bad-fork", err.Error(), "fork"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), objectTimeout)
	defer cancel()
	out := struct {
		Changes []whatIfChange `json:"changes"`
		Picture picture.Forked `json:"picture"`
	}{Changes: []whatIfChange{}}
	edited := map[cluster.Ref]bool{}
	var refs []cluster.Ref
	for _, e := range edits {
		c, err := whatif.Between(before(ctx, opened, view, e), e)
		if err != nil {
			fail(w, http.StatusUnprocessableEntity, problem{"bad-fork", err.Error(), "fork"})
			return
		}
		edited[c.Ref] = true
		refs = append(refs, c.Ref)
		out.Changes = append(out.Changes, whatIfChange{picture.ID(c.Kind, c.Namespace, c.Name), c.What, c.Fields, false})
	}
	out.Picture = picture.Fork(view, forked, refs)
	for _, e := range out.Picture.Endpoints {
		if edited[e.Service] {
			continue
		}
		ready := whatif.Field{Path: words.Say("whatif.endpoints"), Was: ofAll(e.WasReady, e.WasTotal), Is: ofAll(e.Ready, e.Total)}
		id := picture.ID(e.Service.Kind, e.Service.Namespace, e.Service.Name)
		out.Changes = append(out.Changes, whatIfChange{id, whatif.Changed, []whatif.Field{ready}, true})
	}
	answer(w, http.StatusOK, out)
}

func ofAll(ready, total int) string {
	if ready == total {
		return fmt.Sprint(ready)
	}
	return words.Say("whatif.of", ready, total)
}

// before is the object that an edit replaces, whole; nil where there is none. One that cannot be fetched is told as what
// was put in its place, so that no field is said to differ.
func before(ctx context.Context, opened *source.Opened, view *cluster.View, e whatif.Edit) cluster.Object {
	if e.Remove != nil {
		return nil
	}
	ref := cluster.Ref{Kind: cluster.KindOf(e.Put), Namespace: e.Put.GetNamespace(), Name: e.Put.GetName()}
	if !whatif.Holds(view, ref) {
		return nil
	}
	if whole, err := opened.Source.Get(ctx, ref); err == nil {
		if o, ok := whole.(cluster.Object); ok {
			return o
		}
	}
	return e.Put
}
