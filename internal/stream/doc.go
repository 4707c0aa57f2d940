// Package stream brings a Store to browsers. A Hub keeps one Picture up to date and knows, for every browser, what it has
// yet to see: one bit a card, a pod slot and an endpoint slot. A browser has one Frame in flight; the next is built when
// the one before was acknowledged as painted. So there is no queue: a slow browser gets fewer Frames, never older ones,
// and what changed meanwhile is in the next one. Memory a browser is constant.
//
// The package knows no websocket library: a Conn has three methods.
package stream
