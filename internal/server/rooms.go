package server

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/trace"
	"github.com/kubestrata/kubestrata/templates"
)

// A room's code is all that a phone has: it opens the room's own pages, its socket as a follower, and the traces that its
// presenter has put into it. It opens nothing else. Who wants to open a room, to present, or to see the stage, whose map
// is the cluster's, needs what everybody else needs for the page itself.

// presenterHeader carries a room's presenter token.
const presenterHeader = "Kubestrata-Presenter"

// roomSweep is how often rooms are looked through for those whose presenter does not come back.
const roomSweep = time.Minute

// basedPolicy is the content policy of pages that lie below the page's own address and say so with a base element.
var basedPolicy = strings.Replace(contentPolicy, "base-uri 'none'", "base-uri 'self'", 1)

// phoneRoutes are what the code alone opens.
func (s *Server) phoneRoutes(r chi.Router) {
	r.Get("/room", s.door)
	r.Get("/room/{code}", s.follow)
	r.Get("/room/{code}/", s.follow)
	r.Get("/room/{code}/ws", s.roomSocket)
	r.Get("/room/{code}/trace/{hash}.html", s.roomTrace)
	r.Get("/room/{code}/trace/{hash}.json", s.roomTrace)
	r.Get("/room/{code}/trace/{hash}/places.json", s.roomTrace)
}

// roomRoutes are the API of presenters and stages.
func (s *Server) roomRoutes(r chi.Router) {
	r.Post("/rooms", s.openRoom)
	r.Post("/rooms/{code}/trace", s.putRoomTrace)
	r.Post("/rooms/{code}/end", s.endRoom)
	r.Post("/rooms/{code}/panel.html", s.roomPanel)
	r.Post("/rooms/{code}/join.html", s.roomPanel)
}

// found returns the room that an address names. Only wrong codes are counted, so that a class behind one address comes in
// at once; who has guessed wrong too often is not told whether the next guess is right.
func (s *Server) found(r *http.Request) (*room.Room, *problem, int) {
	if s.guesses.spent(caller(r)) {
		return nil, &problem{"too-many", "too many codes from this address; wait a moment", "code"}, http.StatusTooManyRequests
	}
	found, ok := s.rooms.Find(chi.URLParam(r, "code"))
	if !ok {
		s.guesses.allow(caller(r))
		return nil, &problem{"no-room", "there is no room " + clean(chi.URLParam(r, "code")) + "; rooms end when their presenter ends them, or has been away for long", "code"}, http.StatusNotFound
	}
	return found, nil, 0
}

// theRoom is found for the API; on failure it has answered and returns nil.
func (s *Server) theRoom(w http.ResponseWriter, r *http.Request) *room.Room {
	found, wrong, status := s.found(r)
	if wrong != nil {
		fail(w, status, *wrong)
	}
	return found
}

// door is where a code is typed.
func (s *Server) door(w http.ResponseWriter, r *http.Request) {
	typed := r.URL.Query().Get("code")
	if code, ok := room.ParseCode(typed); ok {
		// Relative, as everywhere: a proxy may show this server below a prefix.
		w.Header().Set("Location", "room/"+code)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	wrong := ""
	if typed != "" {
		wrong = "A code has five letters and digits; it stands on the screen in front."
	}
	s.render(w, r, http.StatusOK, templates.DoorPage(s.shell(), wrong))
}

// follow is the page of phones.
func (s *Server) follow(w http.ResponseWriter, r *http.Request) {
	p := s.shell()
	p.Base = "../"
	if strings.HasSuffix(r.URL.Path, "/") {
		p.Base = "../../"
	}
	w.Header().Set("Content-Security-Policy", basedPolicy)
	found, wrong, status := s.found(r)
	if wrong != nil {
		s.render(w, r, status, templates.DoorPage(p, sentence(wrong.Message)))
		return
	}
	p.Room = found.Code
	s.render(w, r, http.StatusOK, templates.FollowPage(p))
}

// stage is the page of projectors: the page itself without anything to operate.
func (s *Server) stage(w http.ResponseWriter, r *http.Request) {
	found, wrong, status := s.found(r)
	p := s.shell()
	p.Base = "../../"
	w.Header().Set("Content-Security-Policy", basedPolicy)
	if wrong != nil {
		s.render(w, r, status, templates.DoorPage(p, sentence(wrong.Message)))
		return
	}
	p.Room = found.Code
	p.Source = found.State(room.Stage).Source
	s.render(w, r, http.StatusOK, templates.Shell(p))
}

// sentence makes an error's message one that stands alone.
func sentence(message string) string { return strings.ToUpper(message[:1]) + message[1:] + "." }

// openRoom makes a room.
func (s *Server) openRoom(w http.ResponseWriter, r *http.Request) {
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var body struct {
		Source string `json:"source"`
	}
	if !decode(w, r, &body) {
		return
	}
	opened, token, err := s.rooms.Open(body.Source)
	switch {
	case errors.Is(err, room.ErrRooms):
		fail(w, http.StatusServiceUnavailable, problem{"rooms", err.Error(), ""})
	case err != nil:
		fail(w, http.StatusBadRequest, problem{"bad-room", err.Error(), "source"})
	default:
		answer(w, http.StatusCreated, struct {
			Code  string `json:"code"`
			Token string `json:"token"` // for this browser alone
		}{opened.Code, token})
	}
}

// putRoomTrace takes the presenter's trace, as the presenter's page has it: an answer of this server, one with edits, or
// one that a link carries.
func (s *Server) putRoomTrace(w http.ResponseWriter, r *http.Request) {
	into := s.theRoom(w, r)
	if into == nil {
		return
	}
	token := r.Header.Get(presenterHeader)
	if !into.Presents(token) {
		notPresenter(w)
		return
	}
	if !s.limit.allow(caller(r)) {
		tooMany(w)
		return
	}
	var t trace.Trace
	if !decode(w, r, &t) {
		return
	}
	if t.Schema != trace.Schema {
		fail(w, http.StatusUnprocessableEntity, problem{"schema", "this is not a trace of the form " + trace.Schema, "schema"})
		return
	}
	text, err := json.Marshal(t)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, problem{"bad-json", err.Error(), ""})
		return
	}
	var html strings.Builder
	if err := templates.FollowTrace(&t).Render(r.Context(), &html); err != nil {
		fail(w, http.StatusInternalServerError, problem{"internal", err.Error(), ""})
		return
	}
	var places []string
	for _, p := range templates.PlacesOf(&t) {
		places = append(places, p.ID)
	}
	hash, err := into.PutTrace(token, room.Trace{JSON: text, HTML: []byte(html.String()), Places: places})
	switch {
	case errors.Is(err, room.ErrTooLarge):
		fail(w, http.StatusRequestEntityTooLarge, problem{"too-large", err.Error(), ""})
	case err != nil:
		fail(w, http.StatusConflict, problem{"room", err.Error(), ""})
	default:
		answer(w, http.StatusCreated, struct {
			Trace string `json:"trace"`
		}{hash})
	}
}

// roomTrace gives out what was put into the room. Nothing is computed for a follower.
func (s *Server) roomTrace(w http.ResponseWriter, r *http.Request) {
	from := s.theRoom(w, r)
	if from == nil {
		return
	}
	t, ok := from.Trace(chi.URLParam(r, "hash"))
	if !ok {
		fail(w, http.StatusNotFound, problem{"no-trace", "this room has no such trace; it has moved on", "trace"})
		return
	}
	// Named by its content: what a phone has once it need not ask for again.
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	if strings.HasSuffix(r.URL.Path, "/places.json") {
		answer(w, http.StatusOK, append([]string{}, t.Places...)) // never null
		return
	}
	if strings.HasSuffix(r.URL.Path, ".json") {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(t.JSON)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(t.HTML)
}

func (s *Server) endRoom(w http.ResponseWriter, r *http.Request) {
	over := s.theRoom(w, r)
	if over == nil {
		return
	}
	if err := s.rooms.End(over, r.Header.Get(presenterHeader)); err != nil {
		notPresenter(w)
		return
	}
	answer(w, http.StatusOK, struct {
		Ended string `json:"ended"`
	}{over.Code})
}

func notPresenter(w http.ResponseWriter) {
	fail(w, http.StatusForbidden, problem{"presenter", "only the browser that opened the room can do this: it has the room's token", presenterHeader})
}

// sweepRooms ends forgotten rooms until the server shuts down.
func (s *Server) sweepRooms() {
	ticker := time.NewTicker(roomSweep)
	defer ticker.Stop()
	for {
		select {
		case <-s.shutdown.Done():
			return
		case <-ticker.C:
			s.rooms.Sweep()
		}
	}
}
