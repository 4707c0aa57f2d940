package stream

import (
	"context"
	"errors"
	"time"
)

// Conn is a browser's connection. Write and Read are each called from one goroutine; Close may be called at any time and
// makes both return.
type Conn interface {
	// Write sends one message: a Frame, or JSON text.
	Write(ctx context.Context, binary bool, message []byte) error
	// Read waits for the next text message of the browser.
	Read(ctx context.Context) ([]byte, error)
	// Close ends the connection, telling the browser why.
	Close(code Code, reason string)
}

// Code is a websocket close code.
type Code int

// The close codes in use (RFC 6455 section 7.4.1, and 4000-4999 for the application).
const (
	CloseNormal    Code = 1000
	CloseGoingAway Code = 1001 // the server shuts down: come back
	CloseProtocol  Code = 1008 // what the browser sent makes no sense
	CloseInternal  Code = 1011
	CloseSlow      Code = 4000 // nothing was acknowledged for too long: come back and resume
	CloseSource    Code = 4001 // the source was closed: come back
	CloseToken     Code = 4401 // the token is missing or wrong
)

// The ends of a connection that are not the network's.
var (
	ErrSlow     = errors.New("the browser acknowledged nothing for too long")
	ErrProtocol = errors.New("the browser broke the protocol")
	ErrClosed   = errors.New("the source was closed")
)

// Options are the times of a Hub. Zero fields take the usual values.
type Options struct {
	Tick       time.Duration // changes are gathered this long before a Frame is built: 20 ms
	Hidden     time.Duration // a hidden tab gets one Frame in this time: 1 s
	AckTimeout time.Duration // a Frame that is not acknowledged for so long ends the connection: 60 s
	Heartbeat  time.Duration // an empty Frame is sent after so much silence: wire.HeartbeatSeconds
	Refresh    time.Duration // the status is renewed so often where only time or counts moved: 1 s
	ChunkBytes int           // a Frame is about this long at most: 64 KiB
	// Latency is told, for every acknowledged Frame of a visible tab, how long its oldest change took from the server
	// to the painted page.
	Latency func(time.Duration)
	// Sent is told the size of every Frame.
	Sent func(bytes int)
}
