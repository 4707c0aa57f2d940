package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/kubestrata/kubestrata/internal/stream"
	"github.com/kubestrata/kubestrata/internal/wire"
)

const (
	helloTimeout = 10 * time.Second
	writeTimeout = 30 * time.Second
	pingInterval = 30 * time.Second
	readLimit    = 16 << 10 // hello, acknowledgements and visibility are small
)

// conn makes a websocket a stream.Conn. This file is the only one that knows the websocket library.
type conn struct{ socket *websocket.Conn }

func (c conn) Write(ctx context.Context, binary bool, message []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	kind := websocket.MessageText
	if binary {
		kind = websocket.MessageBinary
	}
	return c.socket.Write(ctx, kind, message)
}

func (c conn) Read(ctx context.Context) ([]byte, error) {
	kind, message, err := c.socket.Read(ctx)
	if err == nil && kind != websocket.MessageText {
		return nil, stream.ErrProtocol
	}
	return message, err
}

func (c conn) Close(code stream.Code, reason string) {
	if len(reason) > 120 {
		reason = reason[:120] // a close frame holds 123 bytes
	}
	_ = c.socket.Close(websocket.StatusCode(code), reason) // whoever is gone need not be told
}

// socket serves one browser.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	if !s.originAllowed(r) {
		fail(w, http.StatusForbidden, problem{
			"origin", "pages of " + clean(r.Header.Get("Origin")) + " may not connect; start with --allowed-origins to allow it", "Origin",
		})
		return
	}
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // checked above, with the same list as everything else
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return // Accept has answered
	}
	s.sockets.Add(1)
	defer s.sockets.Done()
	socket.SetReadLimit(readLimit)
	defer socket.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	// The library drops a connection whose context ends, so the browser is told first.
	defer context.AfterFunc(s.shutdown, func() {
		conn{socket}.Close(stream.CloseGoingAway, "the server is shutting down")
		cancel()
	})()
	if err := s.converse(ctx, conn{socket}, s.known(r), r); err != nil && ctx.Err() == nil {
		s.log.Debug("browser left", "error", err)
	}
}

// converse says hello and then streams.
func (s *Server) converse(ctx context.Context, c conn, known bool, r *http.Request) error {
	hello, err := readHello(ctx, c)
	if err != nil {
		c.Close(stream.CloseProtocol, "the first message must be a hello")
		return err
	}
	if !known && (!s.limit.allow("login") || !equal(hello.Token, s.options.Token)) {
		c.Close(stream.CloseToken, "the token is missing or wrong")
		return errors.New("wrong token")
	}
	reply := wire.Hello{Type: "hello", Protocol: wire.Protocol, Build: s.options.Build, Choices: s.options.Catalog.Choices()}
	if hello.Protocol != wire.Protocol || hello.Build != "" && hello.Build != s.options.Build {
		reply.Reload = true
		return s.sayAndClose(ctx, c, reply)
	}
	opened, release, err := s.options.Catalog.Use(hello.Source)
	if err != nil {
		reply.Source, reply.Error = hello.Source, err.Error()
		return s.sayAndClose(ctx, c, reply)
	}
	defer release()
	client := opened.Hub.Join(hello.Resume)
	defer client.Leave()
	reply.Source, reply.Epoch, reply.Resumed = opened.ID, client.Epoch, client.Resumed
	if err := s.say(ctx, c, reply); err != nil {
		return err
	}
	s.options.Metrics.clients.Inc()
	defer s.options.Metrics.clients.Dec()
	go ping(ctx, c.socket)
	return client.Run(ctx, c)
}

func readHello(ctx context.Context, c conn) (hello wire.ClientHello, err error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	message, err := c.Read(ctx)
	if err != nil {
		return hello, err
	}
	if err := json.Unmarshal(message, &hello); err != nil {
		return hello, err
	}
	if hello.Type != "hello" {
		return hello, stream.ErrProtocol
	}
	return hello, nil
}

func (s *Server) say(ctx context.Context, c conn, hello wire.Hello) error {
	text, err := json.Marshal(hello)
	if err != nil {
		return err
	}
	return c.Write(ctx, false, text)
}

// sayAndClose ends a conversation that has no stream.
func (s *Server) sayAndClose(ctx context.Context, c conn, hello wire.Hello) error {
	err := s.say(ctx, c, hello)
	c.Close(stream.CloseNormal, "")
	return err
}

// ping finds out about peers that vanished without a word, so that their memory is given back.
func ping(ctx context.Context, socket *websocket.Conn) {
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			within, cancel := context.WithTimeout(ctx, pingInterval)
			err := socket.Ping(within)
			cancel()
			if err != nil {
				_ = socket.CloseNow()
				return
			}
		}
	}
}
