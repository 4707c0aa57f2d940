// Package wire holds the frames of the websocket protocol between Kubestrata and its page. The Go types are the schema:
// web/src/wire.ts is generated from them (`make generate`).
//
// Text messages are JSON. The browser speaks first (ClientHello), the server answers with Hello; after that only the
// browser sends text (Ack, Visibility). Data
// travels in binary Frames (see frame.go): objects of which there are few as JSON cards, pods and endpoints as columns.
// There is no queue: a Frame is built when the one before was acknowledged as painted, from what the browser has yet to
// see, so that a slow browser gets fewer frames and never older ones.
package wire

// Protocol is the version of all of this. A browser that meets another one reloads the page.
const Protocol = 1
