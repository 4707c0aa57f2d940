package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/coder/websocket"

	"github.com/kubestrata/kubestrata/internal/room"
	"github.com/kubestrata/kubestrata/internal/stream"
)

// roomReadLimit is how long a message of a peer may be: a presenter's move is the longest.
const roomReadLimit = 4 << 10

// Close codes of a room's socket, beside those of the stream: the page does not come back after them.
const (
	closeNotYours stream.Code = 4403
	closeNoRoom   stream.Code = 4404
	closeReplaced stream.Code = 4409
	closeFull     stream.Code = 4429
)

// roomConn makes a websocket a room.Conn.
type roomConn struct{ conn }

func (c roomConn) Write(ctx context.Context, message []byte) error {
	return c.conn.Write(ctx, false, message)
}

func (c roomConn) Close(why error) { c.conn.Close(roomClose(why), why.Error()) }

// roomSocket connects one presenter, stage or follower with its room. A code that no room has is told on the socket: a
// page cannot read the status of a refused one.
func (s *Server) roomSocket(w http.ResponseWriter, r *http.Request) {
	if !s.originAllowed(r) {
		fail(w, http.StatusForbidden, problem{
			"origin", "pages of " + clean(r.Header.Get("Origin")) + " may not connect; start with --allowed-origins to allow it", "Origin",
		})
		return
	}
	into, wrong, _ := s.found(r)
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // checked above, with the same list as everything else
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	s.sockets.Add(1)
	defer s.sockets.Done()
	socket.SetReadLimit(roomReadLimit)
	defer socket.CloseNow()
	c := roomConn{conn{socket}}
	if wrong != nil {
		if code := closeNoRoom; wrong.Code == "no-room" {
			c.conn.Close(code, wrong.Message)
		} else {
			c.conn.Close(closeFull, wrong.Message)
		}
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.shutdown, func() {
		c.conn.Close(stream.CloseGoingAway, "the server is shutting down")
		cancel()
	})()
	err = s.attend(ctx, into, c, r)
	c.Close(err)
	if ctx.Err() == nil {
		s.log.Debug("peer left the room", "error", err)
	}
}

// attend lets a peer in and serves it. The error is never nil.
func (s *Server) attend(ctx context.Context, into *room.Room, c roomConn, r *http.Request) error {
	first, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	message, err := c.Read(first)
	if err != nil {
		return err
	}
	var hello room.Hello
	if err := json.Unmarshal(message, &hello); err != nil || hello.Type != "hello" {
		return room.ErrMessage
	}
	if hello.Role != "follow" && !s.known(r) {
		return room.ErrPresenter // who may not see the page may neither present nor see the stage
	}
	client, err := into.Join(hello)
	if err != nil {
		return err
	}
	s.options.Metrics.roomPeers.Inc()
	defer s.options.Metrics.roomPeers.Dec()
	go ping(ctx, c.socket)
	return client.Run(ctx, c)
}

func roomClose(err error) stream.Code {
	switch {
	case errors.Is(err, room.ErrEnded):
		return closeNoRoom
	case errors.Is(err, room.ErrPresenter):
		return closeNotYours
	case errors.Is(err, room.ErrReplaced):
		return closeReplaced
	case errors.Is(err, room.ErrFull):
		return closeFull
	case errors.Is(err, room.ErrSlow):
		return stream.CloseSlow
	case errors.Is(err, room.ErrMessage), errors.Is(err, room.ErrFlood), errors.Is(err, stream.ErrProtocol):
		return stream.CloseProtocol
	}
	return stream.CloseGoingAway
}
